"""What a tip-off says in a conversation: its opening, its receipt, and what the receipt opens later."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.interview_form import ASIDES, CUT, DRAFT_SLOT, STEERING, Aside, expiry, register
from actions.replies import Reply, fixed
from actions.served import ServedAction
from actions.wording import wording
from casework.cases.case import ASKING, CLOSED, SUBMITTED, Case, Kind
from casework.cases.receipts import DIGITS, WRITTEN, found_receipt, qr_code
from casework.cases.releases import release_lines
from casework.cases.steps import next_step, step_line, steps_of
from casework.cases.words import STATUS_NAMES
from casework.document_blocks import day
from casework.interview.answers import half_width
from casework.interview.hearing import Ear
from casework.interview.phones import spelt_out
from casework.interview.showing import Button
from casework.interview.state import State
from casework.services import Services
from casework.supplements import add_notes, asks_how_to_hand_in, case_in_mind, may_withdraw, withdraw
from casework.tip_off.definition import tip_off_definition
from casework.tip_off.filing import Submitted, submit, submitted_again
from casework.tip_off.hearing import TipOffEar
from casework.tip_off.story import forgetting_phone, keeping_files, with_lifted
from casework.workflows import WORKFLOWS
from knowledge.citations import Citation, cite
from knowledge.text import clean
from storage.settings import LUOYANG


@dataclass(frozen=True)
class TipOff:
    """A citizen's report as an interview."""

    services: Services
    kind: Kind = "tip_off"

    def opening(self, case: Case) -> Reply:
        begun = bool(case.content.get("answers"))
        text = OPENING.format(
            lead=HEARD if begun else ASKED, code=case.code, until=expiry(case, self.services.settings)
        )
        return Reply(
            self.kind, text, (), (cite(self.services.knowledge, "四（一）3", COLLECTED),), {"opening": self.kind}
        )

    def caution(self) -> tuple[str, tuple[Citation, ...]]:
        return CAUTION, (cite(self.services.knowledge, "四（一）3", COLLECTED),)

    def ear(self) -> Ear:
        return TipOffEar(tip_off_definition(), self.services.knowledge.directory, self.services.today())

    def told(self, before: State, after: State, text: str) -> tuple[State, tuple[str, ...]]:
        after, files = keeping_files(before, forgetting_phone(before, after))
        after, found = with_lifted(self.services.knowledge.directory, self.services.today(), before, after, text)
        return after, files + found

    def submitted(self, case: Case, state: State, conversation_id: str) -> Reply:
        return self._received(submit(self.services, case, state, conversation_id))

    def submitted_again(self, draft_id: str, conversation_id: str) -> Reply | None:
        again = submitted_again(self.services.cases, conversation_id)
        return self._received(again) if again else None

    def _received(self, submitted: Submitted) -> Reply:
        """That it was received, where it went, and the receipt."""
        case, receipt, knowledge = submitted.case, submitted.receipt, self.services.knowledge
        units = "、".join(route.unit for route in submitted.routes)
        lines = [SUBMITTED_TEXT.format(number=case.number, receipt=receipt, units=units)]
        rule = tip_off_definition().rules.escalation
        citations = [cite(knowledge, "四（一）3", COLLECTED)]
        if case.severity == ESCALATED:
            lines.append(f"您反映的情况较为重大，已按方案要求立即报市领导小组【{rule.clause}】。")
            citations.append(cite(knowledge, rule.clause, rule.quote))
        lines.append(KEEP)
        extra = {
            "number": case.number,
            "receipt": receipt,
            "receipt_qr": qr_code(receipt),
            "routes": [route.unit for route in submitted.routes],
            "once": [receipt],
            CUT: True,
        }
        buttons = (Button("我已记下回执码", "谢谢"),)
        return Reply(self.kind, "\n\n".join(lines), buttons, tuple(citations), extra)

    def shown(self, case: Case, conversation_id: str) -> Reply:
        return status_reply(self.services, case)


def status_reply(services: Services, case: Case, lead: str = "") -> Reply:
    """Where a report or a self-check is, as a line of steps, with what was written since and what comes next."""
    store = services.cases
    when = day(case.submitted.astimezone(LUOYANG)) if case.submitted else ""
    found, notes = store.routes(case), store.notes(case, internal=False)
    history = store.history(case)
    steps = steps_of(case, found, notes, history)
    units, workflow = "、".join(route.unit for route in found), WORKFLOWS[case.kind]
    lines = [f"{lead}{workflow.yours}（{case.number}，{when}提交）：{STATUS_NAMES[case.status]}。", step_line(steps)]
    lines.append(f"办理单位：{units}。")
    for note in notes:
        who = "办理单位" if note.author == "handler" else workflow.you
        lines.append(f"{day(note.at.astimezone(LUOYANG))} {who}：{note.text}")
    lines += [*release_lines(history), next_step(case, found)]
    if case.status == ASKING:
        lines.append("直接回复即可，您的下一条消息会转给办理单位。")
    buttons = [Button("补充情况", "补充情况")] if case.status != CLOSED else []
    if case.status == SUBMITTED and workflow.withdrawable:
        buttons.append(Button("撤回举报", "撤回举报"))
    citations = (cite(services.knowledge, "四（一）3", COLLECTED),)
    extra = {"status": STATUS_NAMES[case.status], "steps": [step.as_json() for step in steps]}
    return Reply("tip_status", "\n".join(lines), tuple(buttons), citations, extra)


def shown_by_receipt(services: Services, sender: str, receipt: str) -> tuple[Reply, Case | None]:
    """What a receipt opens; guessing is slowed down."""
    if wait := services.receipts.begin(sender):
        return Reply("tip_status", TOO_MANY.format(wait=wait)), None
    case = services.cases.by_receipt(receipt)
    if case is None:
        return Reply("tip_status", UNKNOWN_RECEIPT, (Button("转人工", "转人工"),)), None
    services.receipts.right(sender)
    return status_reply(services, case), case


class ActionTipStatus(ServedAction):
    """查举报进度 and the receipt itself."""

    def name(self) -> str:
        return "action_tip_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        services, text = self.services, str(tracker.latest_message.get("text") or "")
        receipt = found_receipt(text)
        if receipt is None:
            _without_receipt(services, text, case_in_mind(services, tracker.sender_id)).send(dispatcher)
            return []
        reply, case = await asyncio.to_thread(shown_by_receipt, services, tracker.sender_id, receipt)
        reply.send(dispatcher)
        if case is not None:
            services.in_hand.take(tracker.sender_id, case)
        elif reply.text == UNKNOWN_RECEIPT:
            services.in_hand.put_down(tracker.sender_id)
        return []


def _without_receipt(services: Services, text: str, case: Case | None) -> Reply:
    """The case in hand, what is wrong with a receipt, or how one asks."""
    if wrong := wrong_receipt(text):
        return Reply("tip_status", wrong)
    if case is not None:
        return status_reply(services, case)
    return fixed("tip_status", wording().tip_status, services.knowledge)


# A message that is a receipt with digits too many or too few.
LIKE_RECEIPT = re.compile(
    r"(?:我的)?(?:回执码?|回执号|举报码)?(?:是|为|:)?\s*(\d[\d -]{9,26})(?:[,，。. ]*[^\d]{0,8})?"
)


def wrong_receipt(text: str) -> str:
    """What is wrong with a message that is nothing but a number like a receipt; "" when it is none."""
    match = LIKE_RECEIPT.fullmatch(spelt_out(half_width(clean(text))).strip())
    digits = re.sub(r"\D", "", match[1]) if match else ""
    return f"回执码应为 {DIGITS} 位数字，您发的是 {len(digits)} 位，请核对有没有漏抄或多抄。" if digits else ""


# 补充情况 without saying what; 补充：… and 回复：… before what is said.
WISH = re.compile(
    r"(?:我|想|要|需要|来|再|给|对|把|我的|这个|上次的|之前的|举报|自查|办理单位|里|有|还|一些|一点|一下|点)*"
    r"(?:补充|追加|留言|回复|说明)(?:一下|一点|点|些|一些|举报|情况|材料|内容|新情况|说明|线索|证据|的)*(?:吧|可以吗|行吗)?"
)
PREFIX = re.compile(
    r"^(?:我?(?:再|要|想)?(?:补充|回复|答复|留言|追加)(?:一下|情况|说明|一点)*(?P<earlier>(?:到|给|在|进)?(?:我|俺)?的?"
    r"(?:上一?[个次份件]|之前|刚才|前面|第一个|头一个)(?:那[个份件])?的?(?:举报)?(?:里|中|上)?)?)\s*[:：,，]\s*"
)


class ActionTipAdd(ServedAction):
    """A further message to those who handle a case: 补充：…, or what is said after 补充情况 or their question."""

    def name(self) -> str:
        return "action_tip_add"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._run, dispatcher, tracker)

    def _run(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        case = case_in_mind(self.services, tracker.sender_id)
        text = str(tracker.latest_message.get("text") or "")
        supplemented(self.services, tracker.sender_id, case, text).send(dispatcher)
        return []


def supplemented(services: Services, conversation_id: str, case: Case | None, message: str) -> Reply:
    """Add a message to a case, which stays in hand, or say what is missing for it."""
    message = clean(message)
    text = PREFIX.sub("", message).strip()
    if case is None:
        return Reply("tip_status", SHOW_RECEIPT)
    if case.status == CLOSED:
        return status_reply(services, case, IS_CLOSED)
    if not text or WISH.fullmatch(text) or asks_how_to_hand_in(half_width(text).strip(" 。！!?？~")):
        services.in_hand.take(conversation_id, case, "next")
        return Reply("tip_status", SAY_IT, (Button("不补充了", "查举报进度"),), extra={"supplement": True})
    case = add_notes(services, case, [text])
    services.in_hand.take(conversation_id, case, "any")
    if case.kind == "self_check":
        services.cases.told(case, conversation_id)
    return status_reply(services, case, ADDED.format(number=case.number))


class ActionTipWithdraw(ServedAction):
    """撤回举报, as long as nobody has begun to work on it."""

    def name(self) -> str:
        return "action_tip_withdraw"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._run, dispatcher, tracker)

    def _run(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
        services, text = self.services, str(tracker.latest_message.get("text") or "")
        receipt = found_receipt(text)
        if receipt:
            shown, case = shown_by_receipt(services, tracker.sender_id, receipt)
            if case is None:
                shown.send(dispatcher)
                return []
        else:
            case = case_in_mind(services, tracker.sender_id)
        asked = services.in_hand.expects(tracker.sender_id) == "sure"
        sure = "确认" in text or (asked and bool(YES.fullmatch(half_width(clean(text)).strip(" 。！!"))))
        reply = withdrawn(services, tracker.sender_id, case, sure)
        if reply.text == WITHDRAWN:  # nothing of it is left here either, nor told again
            services.cases.erase_conversation(tracker.sender_id)
            reply = replace(reply, extra={CUT: True})
        reply.send(dispatcher)
        return [SlotSet(DRAFT_SLOT, CUT if reply.text == WITHDRAWN else None)]


def withdrawn(services: Services, conversation_id: str, case: Case | None, sure: bool) -> Reply:
    """Withdraw a report, ask whether that is meant, or say at once that it is too late."""
    if case is None:
        return Reply("tip_status", SHOW_RECEIPT)
    if not WORKFLOWS[case.kind].withdrawable:
        return Reply("tip_status", "已提交的自查不能撤回，可以更正：说“更正自查”。")
    if may_withdraw(case) and not sure:
        services.in_hand.take(conversation_id, case, "sure")
        buttons = (Button("确认撤回", "确认撤回举报"), Button("不撤回", "查举报进度"))
        text = "撤回后，举报内容会全部删除，不能恢复。确定要撤回吗？确定请回复“确认撤回举报”。"
        return Reply("tip_status", text, buttons)
    if withdraw(services.cases, case):
        services.in_hand.put_down(conversation_id)
        return Reply("tip_status", WITHDRAWN)
    services.in_hand.take(conversation_id, case, "any")
    return status_reply(services, case, TOO_LATE)


# In the middle of a form ------------------------------------------------------------------------------------

RECEIPT_ALONE = re.compile(
    r"(?P<called>(?:我的|查|查一下|查询|这是)*(?:回执码?|回执号|举报码)(?:是|为|:)?)?"
    rf"\s*(?:{WRITTEN})"
    r"(?:[,，。 ]*(?:查|看|问)?(?:一下|下)?(?:进度|结果|进展)?)?"
)
ASKS_STATUS = re.compile(
    r"(?:我?想|我?要|请|麻烦|帮我)*(?:查|查询|看|看看|问|问问)(?:一下|下)?(?:我的?|之前的?|上次的?|那个)*"
    r"(?:举报|投诉|回执)(?:的|办理|处理)*(?:进度|进展|结果|情况|状态)?(?:怎么样)?了?[?？]?|"
    r"我(?:之前|上次|以前)?(?:的|那个|举报的)?(?:举报|投诉)(?:的事)?(?:怎么样|有结果|有进展|处理得?怎么样|办得?怎么样|查得?怎么样|受理)了?(?:吗|没有?)?[?？]?|"
    r"(?:我?想|我?要|请|麻烦|帮我)*(?:查|看)(?:一下|下)?(?:我的?|这个)?(?:举报|投诉|自查)?的?进度|举报进度|"
    r"(?:我|俺)?(?:这|那)?(?:个|件)?(?:事|案子|举报)?(?:现在)?(?:是|归)?(?:谁|哪个(?:部门|单位))(?:在|来)?(?:办|管|查|处理)的?(?:呢|啊)?[?？]?|"
    r"(?:我|俺)?(?:这|那)?(?:个|件)?(?:事|案子|举报)?(?:查|办|处理)(?:出来|得|到哪(?:儿|里|一步)?|好|完|清楚)?(?:怎么样|咋样)?了?(?:没有?|吗)?(?:啊|呀|呢)?[?？]|"
    r"(?:我|俺)?(?:这|那)?(?:个|件)?(?:事|案子|举报)?(?:查|办|处理)(?:出来了?没有?|得怎么样|得咋样|到哪(?:儿|里|一步)?|好了?没有?|完了?没有?)了?(?:啊|呀|呢|吗)?|"
    r"有?(?:消息|结果|进展|回复|信儿)了?(?:没有?|吗)(?:啊|呀|呢)?[?？]?|不撤(?:回|销)?了?"
)
MY_REPORT = r"(?:我的?|俺的?|这个|这件|这份|刚才的?|之前的?|上次的?|那个|那份)*(?:举报|投诉)?"
WISHING = (
    r"(?:我?想要?|我?要|请|麻烦|能不能|可以|帮我?|给我|替我|"
    r"(?:我|俺)?(?:还是)?(?:不想|不)(?:举报|告|投诉|追究)了[,，。 ]*|[,，。 ])*"
)
ASKS_WITHDRAWAL = re.compile(
    rf"{WISHING}(?P<sure>确认)?(?:把|将)?{MY_REPORT}(?:给|都|全)?(?:撤回来?|撤销|撤掉|撤)了?{MY_REPORT}(?:吧|了|可以吗|行吗|呀|啊)*[?？]?|"
    rf"{WISHING}(?:把|将)?{MY_REPORT}(?<=举报)(?:给|都|全)?(?:删除|删掉|删)了?(?:吧|可以吗|行吗)?[?？]?|"
    rf"{WISHING}(?:删除|删掉){MY_REPORT}(?<=举报)(?:吧|可以吗|行吗)?[?？]?"
)
YES = re.compile(r"(?:确定|确认|是的?|对的?|嗯+|好的?|要|可以)(?:撤回?|了|吧|啊)*")
# Of somebody with a receipt in hand; in the middle of a form it gives up the form.
GIVES_UP = re.compile(r"(?:我|俺)?(?:还是)?(?:不想|不)(?:举报|告|投诉|追究)了(?:吧|算了)?")


def aside(services: Services, tracker: Tracker, text: str) -> Aside | None:
    """A receipt, 查进度, 撤回举报 and 补充：… while a form is filled in."""
    message = half_width(clean(text)).strip(" 。！!")
    if match := RECEIPT_ALONE.fullmatch(message):
        shown, found = shown_by_receipt(services, tracker.sender_id, found_receipt(message) or "")
        if found is None and not match["called"]:
            return None  # a bank account has sixteen digits as well
        if found:
            services.in_hand.take(tracker.sender_id, found, "any")
        return Aside(shown)
    if said := _with_receipt(services, tracker.sender_id, message):
        return Aside(said)
    case = services.in_hand.of(tracker.sender_id, services.cases)
    if (prefix := PREFIX.match(message)) and prefix["earlier"]:
        case = case or case_in_mind(services, tracker.sender_id)
    reply = _said_of_case(services, tracker.sender_id, case, message)
    return Aside(reply) if reply else None


def _with_receipt(services: Services, conversation_id: str, message: str) -> Reply | None:
    """我上一个举报…有进展没, with its receipt among the words: what is asked of it, and no part of this form.

    Sixteen digits that open nothing may be an account's.
    """
    receipt = found_receipt(message)
    if receipt is None or ACCOUNT_WORDS.search(message) or len(message) > LONGEST_BESIDE:
        return None
    shown, found = shown_by_receipt(services, conversation_id, receipt)
    if found is None:
        return None
    services.in_hand.take(conversation_id, found, "any")
    return withdrawn(services, conversation_id, found, sure=False) if TAKES_BACK.search(message) else shown


ACCOUNT_WORDS = re.compile(r"卡号|银行|账[号户]|帐[号户]|户名|转给|转到|汇[到给]|打到|打给")
TAKES_BACK = re.compile(r"(?<![不别])撤(?!案)")
LONGEST_BESIDE = 60


def _said_of_case(services: Services, conversation_id: str, case: Case | None, message: str) -> Reply | None:
    if ASKS_STATUS.fullmatch(message):
        return _without_receipt(services, "", case)
    if match := ASKS_WITHDRAWAL.fullmatch(message):
        sure = bool(match["sure"])
        return withdrawn(services, conversation_id, case, sure) if case else Reply("tip_status", NOT_SENT_YET)
    return supplemented(services, conversation_id, case, message) if case and PREFIX.match(message) else None


# What routing gives a report that goes to the leading group at once.
ESCALATED = 2
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
SAY_IT = "请说要补充什么，您的下一条消息会原样转给办理单位；照片、文件直接发到这里就行。"
ADDED = "已补充到 {number}，办理单位会看到。"
TOO_LATE = "办理单位已经开始处理，不能撤回。有新情况可以补充。\n"
WITHDRAWN = "已撤回，举报内容已全部删除。"
NOT_SENT_YET = (
    "正在填的这份还没有提交，不用撤回；不想填了请说“取消”。要撤回以前提交的举报，请先把那次的 16 位回执码发给我。"
)

STEERING.extend((ASKS_STATUS, ASKS_WITHDRAWAL))
register("tip_off", TipOff)
ASIDES.append(aside)
