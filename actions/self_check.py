"""What a self-check says in a conversation: its opening, its end, and what was submitted before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.interview_form import expiry, register
from actions.replies import Reply
from actions.served import ServedAction
from casework.cases.case import ASKING, SUBMITTED, Case, Kind
from casework.cases.codes import found_number
from casework.cases.links import FileLink, link_path
from casework.cases.steps import next_step, step_line, steps_of
from casework.cases.store import CaseStore
from casework.document_blocks import day
from casework.interview.hearing import Ear, Remarks
from casework.interview.progress import asked_at_most, minutes
from casework.interview.showing import Button
from casework.interview.state import State, path
from casework.self_check.definition import self_check_definition
from casework.self_check.filing import submit
from casework.self_check.papers import FORM, REPORT, next_steps, papers_for, summary, who_leads
from casework.services import Services
from knowledge.citations import Citation, cite
from storage.encryption import Encryptor
from storage.settings import LUOYANG

# On a phone a longer list is not read; the report has them all.
MOST_LISTED = 8
PAPERS = (
    (FORM, "form", "docx"),
    (FORM, "form", "pdf"),
    (REPORT, "report", "docx"),
    (REPORT, "report", "pdf"),
    ("自查数据", "report", "json"),
)
BLANK = "/self-check/blank.docx"
SUBMITTED_LEAD = "已提交，感谢配合。"


@dataclass(frozen=True)
class SelfCheck:
    """附件2 as an interview."""

    services: Services
    kind: Kind = "self_check"

    def opening(self, case: Case) -> Reply:
        questions = self_check_definition().questions
        few = path(questions, State())
        counts = {"few": len(few), "short": minutes(few), "many": asked_at_most(questions, State())}
        text = OPENING.format(code=case.code, until=expiry(case, self.services.settings), **counts)
        files = [{"title": "空白表（先看看要填什么）", "url": BLANK}]
        return Reply(self.kind, text, citations=(cite(self.services.knowledge, "附件2"),), extra={"files": files})

    def caution(self) -> tuple[str, tuple[Citation, ...]]:
        citation = cite(self.services.knowledge, "四（二）1", TRUTH)
        return f"方案要求被调查的单位和个人“{TRUTH}”【四（二）1】。提交后不能再改，只能另行更正。", (citation,)

    def ear(self) -> Ear:
        return Remarks()

    def told(self, before: State, after: State, text: str) -> tuple[State, tuple[str, ...]]:
        return after, ()

    def submitted(self, case: Case, state: State, conversation_id: str) -> Reply:
        """Submit: the case becomes final and goes to the units that answer for it."""
        return self.shown(submit(self.services, case, state, conversation_id), conversation_id, SUBMITTED_LEAD)

    def submitted_again(self, draft_id: str, conversation_id: str) -> Reply | None:
        store = self.services.cases
        case = store.get(draft_id)
        mine = case is not None and not case.is_draft and store.owns(case, conversation_id)
        return self.shown(case, conversation_id, SUBMITTED_LEAD) if case and mine else None

    def shown(self, case: Case, conversation_id: str, lead: str = "") -> Reply:
        """A submitted self-check: number, where it went, what it found, its papers."""
        store, papers = self.services.cases, papers_for(self.services, case)
        store.told(case, conversation_id)
        breaches = [finding for finding in papers.found if finding.outcome == "疑似违规"]
        doubts = [finding for finding in papers.found if finding.outcome == "需核实"]
        listed = [*breaches, *doubts][:MOST_LISTED]
        when = day(case.submitted.astimezone(LUOYANG)) if case.submitted else ""
        lines = [
            f"{lead}受理编号：{case.number}（{when}{f'，第 {case.version} 次填报' if case.version > 1 else ''}）",
            f"自查码：{case.code}（凭它可在任何设备查看、下载和更正，请保存好，不要外传）",
            "",
            f"红线自查结果：{summary(papers.found)}",
            *(f"{n}. {f.outcome}：{f.says}【{f.quote.clause}】{f.quote.quote}" for n, f in enumerate(listed, start=1)),
        ]
        rest = len(breaches) + len(doubts) - len(listed)
        lines += [f"其余 {rest} 项见报告。"] if rest else []
        sent = "、".join(route.unit for route in papers.routes)
        lines += _said_since(store, case)
        lines += ["", f"已转送：{sent}", *who_leads(papers), "", "下一步：", *next_steps(papers)]
        citations: list[Citation] = []
        for finding in listed:
            citation = cite(self.services.knowledge, finding.quote.clause, finding.quote.quote)
            if citation not in citations:
                citations.append(citation)
        files = file_links(self.services.encryptor, case, conversation_id)
        buttons = (Button("更正自查", f"更正自查 {case.number}"), Button("我的自查", "我的自查"))
        extra = {"files": files, "number": case.number, "routes": [route.unit for route in papers.routes]}
        return Reply(self.kind, "\n".join(lines), buttons, tuple(citations), extra, attachment=files[0]["url"])


def _said_since(store: CaseStore, case: Case) -> list[str]:
    """Where a submitted self-check is, and what was written since; nothing as long as nobody has touched it."""
    notes, found = store.notes(case, internal=False), store.routes(case)
    if case.status == SUBMITTED and not notes:
        return []
    lines = ["", f"办理进度：{step_line(steps_of(case, found, notes, store.history(case)))}"]
    for note in notes:
        who = "办理单位" if note.author == "handler" else "贵单位"
        lines.append(f"{day(note.at.astimezone(LUOYANG))} {who}：{note.text}")
    lines.append(next_step(case, found))
    if case.status == ASKING:
        lines.append("直接回复即可，您的下一条消息会转给办理单位。")
    return lines


def file_links(encryptor: Encryptor, case: Case, conversation_id: str) -> list[dict[str, str]]:
    """Links to a case's papers; in a browser they work only for the browser that owns the case."""
    owner_only = conversation_id.startswith("web:")
    return [
        {
            "title": f"{name}.{form}",
            "url": link_path(encryptor, FileLink(case.id, paper, form, owner_only), name),
        }
        for name, paper, form in PAPERS
    ]


class ActionMySelfChecks(ServedAction):
    """我的自查, 下载自查表: what this conversation has submitted or begun."""

    def name(self) -> str:
        return "action_my_self_checks"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        conversation_id = tracker.sender_id
        cases = self.services.cases.of_owner(conversation_id, "self_check")
        number = found_number(tracker.latest_message.get("text") or "")
        submitted = [case for case in cases if not case.is_draft]
        wanted = next((case for case in submitted if case.number == number), None)
        if wanted is None and number is None and len(cases) == 1 and submitted:
            wanted = submitted[0]
        reply = SelfCheck(self.services).shown(wanted, conversation_id) if wanted else _list(cases, number)
        reply.send(dispatcher)
        if wanted:
            self.services.in_hand.take(conversation_id, wanted)
        return []


def _list(cases: list[Case], number: str | None) -> Reply:
    if not cases or number:
        text = "这里没有这份自查。在别处提交或填写的，请把当时给您的 12 位自查码发给我。" if number else NONE_YET
        return Reply("self_check", text, (Button("企业自查", "企业自查"),))
    lines, buttons = ["您的自查："], []
    for case in cases:
        when = day(case.updated.astimezone(LUOYANG))
        if case.is_draft:
            lines.append(f"· 草稿，{when}最后填写")
            buttons.append(Button("继续填写", "继续自查"))
        else:
            lines.append(f"· {case.number}，{when}提交")
            buttons.append(Button(f"查看 {case.number}", f"查看自查 {case.number}"))
    return Reply("self_check", "\n".join(lines), tuple(buttons))


TRUTH = "如实说明有关情况并提供有关文件、资料，不得拒绝、阻碍和隐瞒"
NONE_YET = "您在这里还没有填过自查。在别处填过的，请把当时给您的 12 位自查码发给我；也可以现在开始。"
OPENING = (
    "好的，我陪您填写《企业自查信息表》（附件2）并对照红线自查，可随时停下再来。\n"
    "· 不做互联网金融的共 {few} 题，约 {short} 分钟；做的再按业务种类问，最多 {many} 题，一般约 15 分钟。\n"
    "· 用平常的话回答，一次说几项也行；随时可以说“上一题”“修改…”“看看填了什么”“先停一下”。\n"
    "· 填写内容加密保存，提交后只转送对口牵头单位、市领导小组办公室和注册地县（市、区），涉嫌犯罪的同时送市公安局。\n"
    "· 续填码：{code}，换设备时发给我即可接着填，请勿外传。草稿保留至{until}，到期自动删除。"
)

register("self_check", SelfCheck)
