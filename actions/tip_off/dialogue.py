"""What a tip-off says in a conversation: its opening, its receipt, and what the receipt opens later."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.cases.receipts import found_receipt, new_receipt, qr_code
from actions.cases.shared import shared_cases
from actions.cases.store import ASKING, CLOSED, EXAMINING, SUBMITTED, Case, CaseStore, Filing, Kind, Route
from actions.cases.words import STATUS_NAMES
from actions.counting import WrongTries
from actions.desk.notify import announce, answered
from actions.documents import day
from actions.interview.answers import Answer, half_width, printed
from actions.interview.form import InterviewDefinition, expiry, register
from actions.interview.state import State
from actions.replies import Button, Citation, Reply, cite, fixed
from actions.settings import LUOYANG, ActionSettings
from actions.tip_off.clusters import marks_of, terms_of
from actions.tip_off.definition import tip_off_definition
from actions.tip_off.lifting import lifted
from actions.tip_off.readings import terms_of_findings
from actions.tip_off.routing import routing
from actions.wording import wording
from knowledge.shared import shared_knowledge
from knowledge.text import clean, normalise

# A message this long, in which something was found, tells a story; 我要举报 does not.
STORY, LONG_STORY = 9, 18
# After showing a receipt one may write to the case for so long without showing it again.
OPEN_SECONDS = 30 * 60
LONGEST_NOTE = 1000
SLOT = "tip"


class TipOff:
    """A citizen's report as an interview."""

    kind: Kind = "tip_off"

    def definition(self) -> InterviewDefinition:
        return tip_off_definition()

    def opening(self, case: Case, settings: ActionSettings) -> Reply:
        begun = bool(case.content.get("answers"))
        text = OPENING.format(lead=HEARD if begun else ASKED, code=case.code, until=expiry(case, settings))
        return Reply(self.kind, text, (), (cite(shared_knowledge(), "四（一）3", COLLECTED),), {"opening": self.kind})

    def caution(self) -> tuple[str, tuple[Citation, ...]]:
        return CAUTION, (cite(shared_knowledge(), "四（一）3", COLLECTED),)

    def told(self, before: State, after: State, text: str) -> tuple[State, tuple[str, ...]]:
        """Lift what a story says besides: only what was not answered yet."""
        definition, directory = tip_off_definition(), shared_knowledge().directory
        happened = definition.question("happened")
        if not after.answers and not before.answers:
            found, suggested = lifted(definition, directory, text)
            enough = STORY if found or "conducts" in suggested else LONG_STORY
            if len(normalise(text)) < enough:
                return replace(after, suggested={k: v for k, v in suggested.items() if k == "business"}), ()
            after = after.with_answer(happened, _story(text))
        elif before.answers.get("happened") == after.answers.get("happened"):
            return after, ()
        else:
            found, suggested = lifted(definition, directory, after.answers["happened"].shown)
        new = {question: answer for question, answer in found.items() if question not in after.answers}
        for question, answer in new.items():
            after = after.with_answer(definition.question(question), answer)
        after = replace(after, suggested={**suggested, **after.suggested})
        if not new:
            return after, ()
        noted = "，".join(f"{definition.question(q).label} {a.shown}" for q, a in new.items() if q != "reach_required")
        return after, (f"从您说的记下：{noted}。不对的话随时说“修改”加名称。",)

    def submitted(self, store: CaseStore, case: Case, state: State, owner: str) -> Reply:
        """Submit: routed at once, cut loose from the conversation, opened by its receipt only."""
        knowledge, receipt = shared_knowledge(), new_receipt()
        found = routing(knowledge.directory, tip_off_definition(), state)
        kept = {key: value for key, value in case.content.items() if key != "heard"}
        case = replace(case, content={**kept, "escalated": list(found.escalated)})
        filing = Filing(
            found.routes,
            county=found.county,
            sector=found.sector,
            severity=found.severity,
            terms=[*terms_of(marks_of(state)), *_read_in_files(store, case)],
        )
        case = store.submit_tip_off(case, filing, receipt)
        announce(case, found.routes)
        return self._received(case, found.routes, receipt)

    def submitted_again(self, store: CaseStore, draft_id: str, owner: str) -> Reply | None:
        receipt = store.receipt_again(draft_id)
        case = store.by_receipt(receipt) if receipt else None
        return self._received(case, store.routes(case), receipt) if case and receipt else None

    def _received(self, case: Case, routes: Sequence[Route], receipt: str) -> Reply:
        """That it was received, where it went, and the receipt."""
        knowledge, units = shared_knowledge(), "、".join(route.unit for route in routes)
        lines = [SUBMITTED_TEXT.format(number=case.number, receipt=receipt, units=units)]
        rule = tip_off_definition().rules.escalation
        citations = [cite(knowledge, "四（一）3", COLLECTED)]
        if case.content["escalated"]:
            lines.append(f"您反映的情况较为重大，已按方案要求立即报市领导小组【{rule.clause}】。")
            citations.append(cite(knowledge, rule.clause, rule.quote))
        lines.append(KEEP)
        extra = {
            "number": case.number,
            "receipt": receipt,
            "receipt_qr": qr_code(receipt),
            "routes": [route.unit for route in routes],
            "once": [receipt],
        }
        buttons = (Button("我已记下回执码", "谢谢"),)
        return Reply(self.kind, "\n\n".join(lines), buttons, tuple(citations), extra)

    def shown(self, store: CaseStore, case: Case, owner: str) -> Reply:
        return status_reply(store, case)


def _read_in_files(store: CaseStore, case: Case) -> list[str]:
    """What a tip-off can be found by because a file of it says so."""
    return terms_of_findings(found for file in store.evidence(case) for found in file.found or ())


def _story(text: str) -> Answer:
    told = printed(half_width(clean(text)))
    return Answer(told, told)


def status_reply(store: CaseStore, case: Case, lead: str = "") -> Reply:
    """Where a tip-off is, in plain words, with what was written since."""
    when = day(case.submitted.astimezone(LUOYANG)) if case.submitted else ""
    units = "、".join(route.unit for route in store.routes(case))
    lines = [f"{lead}您的举报（{case.number}，{when}提交）：{STATUS_NAMES[case.status]}。", f"办理单位：{units}。"]
    for note in store.notes(case, internal=False):
        who = "办理单位" if note.author == "handler" else "您"
        lines.append(f"{day(note.at.astimezone(LUOYANG))} {who}：{note.text}")
    if case.status == ASKING:
        lines.append("办理单位请您补充情况，请发送“补充：”加内容。")
    buttons = [Button("补充情况", "补充情况")] if case.status != CLOSED else []
    if case.status == SUBMITTED:
        buttons.append(Button("撤回举报", "撤回举报"))
    citations = (cite(shared_knowledge(), "四（一）3", COLLECTED),)
    return Reply("tip_status", "\n".join(lines), tuple(buttons), citations, {"status": STATUS_NAMES[case.status]})


_tries = WrongTries("receipt")


class ActionTipStatus(Action):
    """查举报进度 and the receipt itself."""

    def name(self) -> str:
        return "action_tip_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        receipt = found_receipt(str(tracker.latest_message.get("text") or ""))
        if receipt is None:
            fixed("tip_status", wording().tip_status, shared_knowledge()).send(dispatcher)
            return []
        if wait := _tries.begin(tracker.sender_id):
            Reply("tip_status", TOO_MANY.format(wait=wait)).send(dispatcher)
            return []
        store = shared_cases()
        case = store.by_receipt(receipt)
        if case is None:
            Reply("tip_status", UNKNOWN_RECEIPT, (Button("转人工", "转人工"),)).send(dispatcher)
            return [SlotSet(SLOT, None)]
        _tries.right(tracker.sender_id)
        status_reply(store, case).send(dispatcher)
        return [SlotSet(SLOT, {"case": case.id, "until": time.time() + OPEN_SECONDS})]


def opened(tracker: Tracker, store: CaseStore) -> Case | None:
    """The tip-off whose receipt was shown in this conversation a short while ago."""
    slot = tracker.get_slot(SLOT)
    return store.get(slot["case"]) if slot and slot["until"] > time.time() else None


class ActionTipAdd(Action):
    """补充：…: a further message to those who handle a tip-off."""

    def name(self) -> str:
        return "action_tip_add"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        store = shared_cases()
        case = opened(tracker, store)
        said = clean(str(tracker.latest_message.get("text") or ""))
        _, colon, text = said.replace(":", "：", 1).partition("：")
        if case is None:
            Reply("tip_status", SHOW_RECEIPT).send(dispatcher)
        elif case.status == CLOSED:
            status_reply(store, case, IS_CLOSED).send(dispatcher)
        elif not colon or not text.strip():
            Reply("tip_status", "请发送“补充：”加内容，例如“补充：他们的收款账户换了一个”。").send(dispatcher)
        else:
            said = text.strip()[:LONGEST_NOTE]
            theirs = [note.text for note in store.notes(case, internal=False) if note.author == "reporter"]
            if theirs[-1:] != [said]:  # else sent again because our answer got lost
                store.add_note(case, "reporter", said, "reporter")
                answered(case, store.routes(case))
            if case.status == ASKING:
                case = store.set_status(case, EXAMINING, "reporter")
            status_reply(store, store.get(case.id) or case, "已补充，办理单位会看到。").send(dispatcher)
        return []


class ActionTipWithdraw(Action):
    """撤回举报, as long as nobody has begun to work on it."""

    def name(self) -> str:
        return "action_tip_withdraw"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        store = shared_cases()
        case = opened(tracker, store)
        sure = "确认" in str(tracker.latest_message.get("text") or "")
        if case is None:
            Reply("tip_status", SHOW_RECEIPT).send(dispatcher)
            return []
        if not sure:
            buttons = (Button("确认撤回", "确认撤回举报"), Button("不撤回", "查举报进度"))
            Reply("tip_status", "撤回后，举报内容会全部删除，不能恢复。确定要撤回吗？", buttons).send(dispatcher)
            return []
        if store.withdraw(case):
            Reply("tip_status", "已撤回，举报内容已全部删除。").send(dispatcher)
            return [SlotSet(SLOT, None)]
        status_reply(store, case, "办理单位已经开始处理，不能撤回。").send(dispatcher)
        return []


COLLECTED = "多渠道收集举报，为整治工作提供线索"
HEARD = "您反映的情况我记下了，下面只问还缺的。"
ASKED = "好的，请把情况告诉我，我会转给负责的单位。"
OPENING = (
    "{lead}正在受骗或人身安全受到威胁的，请先拨打 110。\n"
    "· 可以匿名：提交后举报与您的账号、网络地址不再关联，只凭回执码查询；举报请如实，故意捏造要负责任。\n"
    "· 不想答的都可以说“跳过”，说“其余跳过”就直接核对提交；内容加密保存。\n"
    "· 中途离开，把这个码发给我可接着填：{code}（草稿保留至{until}）。"
)
CAUTION = "请确认以上是您知道的真实情况。提交后内容不能再改，可以凭回执码补充。"
SUBMITTED_TEXT = (
    "举报已收到，谢谢您提供线索。举报编号：{number}\n"
    "您的回执码（只显示这一次，请现在抄下或截屏）：\n{receipt}\n"
    "凭它在任何设备上都能查进度、看回复、补充情况；请不要告诉别人，丢了无法找回。\n"
    "已转：{units}。"
)
KEEP = "请保留好合同、转账记录和聊天记录，不要删除。如果正在受骗或人身安全受到威胁，请立即拨打 110。"
UNKNOWN_RECEIPT = "没有找到这个回执码。请核对 16 位数字有没有抄错；已撤回或办结后超过保存期的也查不到。"
IS_CLOSED = "这件举报已经办结，不能再补充；有新情况请重新举报。"
TOO_MANY = "回执码输错多次，请 {wait} 秒后再试。"
SHOW_RECEIPT = "请先把 16 位回执码发给我，再补充或撤回。"

JOB = TipOff()
register(JOB)
