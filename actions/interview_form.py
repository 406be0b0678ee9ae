"""Rasa's side of every interview: one form whose turns the interview of the draft's kind takes.

Rasa keeps the form active and remembers which draft it is about; the answers themselves are in the case store, so
that they outlive the conversation and can be gone on with from another channel.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import Reply
from actions.safety import ALARMS, safety_reply
from actions.senders import SHORTEST_SENDER, guessable
from actions.served import ServedAction
from actions.topic import Topic
from actions.wording import contacts
from casework.cases.case import Case, Conflict, Kind
from casework.cases.codes import ALPHABET, CODE, found_code
from casework.cases.drafts import draft_of
from casework.document_blocks import day
from casework.interview.answers import half_width
from casework.interview.asides import form_aside
from casework.interview.asking import is_asking
from casework.interview.commands import COMMANDS, command_in
from casework.interview.hearing import Ear
from casework.interview.interview import Interview
from casework.interview.outline import outline
from casework.interview.showing import Button
from casework.interview.state import State
from casework.interview.steps import SURE_CANCEL, Act, Side, Step
from casework.services import Services
from casework.tip_off.story import tells_of_report
from casework.workflows import WORKFLOWS
from knowledge.citations import Citation, cite
from knowledge.text import clean, normalise
from storage.database import STORE_ERRORS
from storage.settings import LUOYANG, ActionSettings

FORM, SLOT, DRAFT_SLOT = "interview_form", "interview", "draft"
# In place of a draft, and in the reply: it is gone or belongs to nobody any more, and so is all that was said of it.
CUT = "cut"
# A question in mid-interview is answered when it is at least this likely to be one that can be.
SURE_ENOUGH = 0.5
# With a question mark, or of the plan by name, it is enough that the pipeline took it for a question to the plan.
EXPLICIT = re.compile(r"([?？]|吗|呢)$|(?:方案|文件|通知)[^,，。]{0,8}(?:哪|什么|谁|啥|多少|几)")
ANSWERS = ("policy", "duty", "deadline")
GUESSABLE = (
    "为了保护您填写的内容，这里不能举报或填表："
    f"接口的 sender 至少要有 {SHORTEST_SENDER} 个字符且不可猜测，请让接入方改正后再试。"
    "政策、分工和时限可以照常问我；急事请拨打 12345 或 110。"
)
# Set by a channel to a message's own id, the same when it is sent again because no answer came.
MESSAGE_ID = "message_id"
# Set by a page whose form asked several questions at once: words by question id.
FILLED = "filled"
# Set by a channel to False when its user has submitted as many reports as one may in an hour.
MAY_SUBMIT = "may_submit"
HUMAN = {"转人工", "人工", "人工服务", "联系方式", "找人工"}


class Job(Protocol):
    """What a kind of case brings to its interviews."""

    @property
    def kind(self) -> Kind: ...

    def opening(self, case: Case) -> Reply: ...

    def caution(self) -> tuple[str, tuple[Citation, ...]]:
        """What is said under the review, before somebody submits."""
        ...

    def ear(self) -> Ear:
        """How what answers no question is heard."""
        ...

    def told(self, before: State, after: State, text: str) -> tuple[State, tuple[str, ...]]:
        """What a message says beyond the question that was asked, added to the state; and what to say of it."""
        ...

    def submitted(self, case: Case, state: State, conversation_id: str) -> Reply: ...

    def submitted_again(self, draft_id: str, conversation_id: str) -> Reply | None:
        """The same once more, while it may be told."""
        ...

    def shown(self, case: Case, conversation_id: str) -> Reply: ...


@dataclass(frozen=True)
class Aside:
    """Something else that was asked for in the middle of an interview."""

    reply: Reply


# What a form is interrupted for: a receipt, 查进度, 撤回举报.
ASIDES: list[Callable[[Services, Tracker, str], Aside | None]] = []
JOBS: dict[str, Callable[[Services], Job]] = {}
# Whole messages that ask for one of these; they sound like despair to a guard that knows only the words.
STEERING: list[re.Pattern[str]] = []


def register(kind: Kind, job: Callable[[Services], Job]) -> None:
    JOBS[kind] = job


@dataclass(frozen=True)
class Outcome:
    """A turn's reply and the draft that the form goes on with; None ends the form.

    ``submitted`` is the draft that was, by which the answer can be told again; CUT when nothing of the conversation is
    kept.
    """

    reply: Reply
    draft: Case | None
    submitted: str | None = None

    def events(self) -> list[dict[str, Any]]:
        if self.draft is None:
            cut = CUT if self.reply.extra.get(CUT) else None
            return [SlotSet(SLOT, None), SlotSet(DRAFT_SLOT, cut or self.submitted), ActiveLoop(None)]
        return [SlotSet(SLOT, None), SlotSet(DRAFT_SLOT, self.draft.id)]


class ValidateInterviewForm(ServedAction):
    """Called by Rasa at the form's start and for every message while it is active."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        turn = Turn(self.services, tracker)
        begins = tracker.get_slot("requested_slot") is None
        try:
            # Whoever waits for a locked store waits alone.
            outcome = await asyncio.to_thread(turn.begin if begins else turn.go_on)
        except STORE_ERRORS:
            # Locked or full: nothing of this message was kept, everything before it was.
            reply = Reply(turn.job_name(), NOT_SAVED)
            reply.send(dispatcher)
            return [ActiveLoop(None), SlotSet(SLOT, None)] if begins else [SlotSet(SLOT, None)]
        if turn.intent in ALARMS and outcome.draft is not None:
            # What was said is kept; nothing is asked of somebody in danger.
            outcome = replace(outcome, reply=safety_reply(turn.intent, "in_form"))
        outcome.reply.send(dispatcher)
        return outcome.events()


NOT_SAVED = "抱歉，系统暂时无法保存，您刚才这条没有记下，之前填写的都在。请过一会儿把这条再发一次。"


class Turn:
    """One message to the form."""

    def __init__(self, services: Services, tracker: Tracker) -> None:
        self.services, self.conversation_id, self.tracker = services, tracker.sender_id, tracker
        self.store, self.settings, self.knowledge = services.cases, services.settings, services.knowledge
        self.jobs = {kind: job(services) for kind, job in JOBS.items()}
        self.text = str(tracker.latest_message.get("text") or "")
        self.intent = str((tracker.latest_message.get("intent") or {}).get("name") or "")
        if self.intent in ALARMS and (command_in(self.text, COMMANDS) or self._steers()):
            self.intent = ""  # 选好了 and its like are our own words, whatever they resemble
        self.draft_id = tracker.get_slot(DRAFT_SLOT)
        metadata = tracker.latest_message.get("metadata") or {}
        self.may_submit = metadata.get(MAY_SUBMIT, True)
        self.message_id = str(metadata.get(MESSAGE_ID) or "")
        self.filled = {str(key): str(value) for key, value in (metadata.get(FILLED) or {}).items()}

    def _steers(self) -> bool:
        """Whether a message is nothing but words for something this program does: 我想撤回."""
        return any(words.fullmatch(half_width(clean(self.text)).strip(" 。！!")) for words in STEERING)

    def job_name(self) -> str:
        return self.intent if self.intent in self.jobs else "self_check"

    # Beginning --------------------------------------------------------------------------------------------

    def begin(self) -> Outcome:
        """A new draft, or the one that was meant."""
        if guessable(self.conversation_id):
            return Outcome(Reply(self.job_name(), GUESSABLE), None)
        if by_code := self._begins_with_code():
            return by_code
        if self.intent in NOTHING_THERE:
            return self._submitted_again() or self._put_aside()
        if self.intent.endswith("_amend"):
            return self._amended()
        job = self.jobs[self.job_name()]
        if draft := draft_of(self.store, self.conversation_id, job.kind):
            return self._taken_up(draft)
        return self._begun(job)

    def _begun(self, job: Job) -> Outcome:
        """A new draft with what the message tells, or what was told just before it; a question in it is answered."""
        told = (
            self._told_before() if job.kind == "tip_off" and BARE_WISH.fullmatch(half_width(clean(self.text))) else ""
        )
        state, said = job.told(State(), State(), told or self.text)
        state = replace(state, heard=self.message_id)
        case = self.store.start(job.kind, self.conversation_id, state.as_json())
        step = Step(state, said, "ask" if self._interview(case).current(state) else "review")
        opening = _joined(job.opening(case), self._asking(case, step))
        side = next((side for part in _asking_parts(self.text) if (side := self._asked(job.kind, part))), None)
        if side is None:
            return Outcome(opening, case)
        text, citations = f"{side.text}\n\n{opening.text}", side.citations + opening.citations
        return Outcome(replace(opening, text=text, citations=citations), case)

    def _told_before(self) -> str:
        """What was told with the question that was answered last: 我被富通汇骗了三万，能要回来吗, and then 我要举报."""
        before = Topic.of(self.tracker)
        return before.question if before and tells_of_report(self.knowledge.directory, before.question) else ""

    def _begins_with_code(self) -> Outcome | None:
        code = found_code(self.text)
        if mistyped(self.text) and (code is None or letters_in(self.text) != CODE_LENGTH):
            return Outcome(Reply("self_check", wrong_code(self.text)), None)
        return self._by_code(code) if code else None

    def _taken_up(self, case: Case) -> Outcome:
        """A draft that was put aside; what a reporter says when coming back is part of it."""
        if case.kind != "tip_off" or command_in(self.text, COMMANDS):
            return self._resumed(case)
        try:
            outcome = self._turn(case)
        except Conflict:
            return Outcome(Reply(case.kind, NOT_SAVED), case)
        if outcome.draft is None:
            return outcome
        return replace(outcome, reply=replace(outcome.reply, text=f"{TAKEN_UP}\n{outcome.reply.text}"))

    def _put_aside(self) -> Outcome:
        """The draft that was filled in last, to go on with it or to cancel it."""
        drafts = [case for job in self.jobs.values() for case in self.store.drafts_of(self.conversation_id, job.kind)]
        if not drafts:
            return Outcome(Reply("self_check", NOTHING_THERE[self.intent], tuple(AGAIN.values())), None)
        last = max(drafts, key=lambda case: case.updated)
        return self._resumed(last) if self.intent == "resume" else self._cancelling(last)

    def _by_code(self, code: str) -> Outcome:
        if wait := self.services.codes.begin(self.conversation_id):
            return Outcome(Reply("self_check", TOO_MANY_CODES.format(wait=wait)), None)
        case = self.store.by_code(code)
        if case is None:
            called = next((name for name in CODE_NAMES if name in self.text), "码")
            text = UNKNOWN_CODE.format(called=called, days=self.settings.draft_days)
            return Outcome(Reply("self_check", text), None)
        self.services.codes.right(self.conversation_id)
        self.store.adopt(case, self.conversation_id)
        if case.is_draft:
            return self._resumed(case)
        self.services.in_hand.take(self.conversation_id, case)
        return Outcome(self.jobs[case.kind].shown(case, self.conversation_id), None)

    def _resumed(self, case: Case) -> Outcome:
        state = State.from_json(case.content)
        interview = self._interview(case)
        lead = (
            f"接着上次的填写，{interview.progress(state)}。草稿保留至{self._expiry(case)}。需要从头填请回复“重新开始”。"
        )
        step = Step(state, (lead,), "ask" if interview.current(state) else "review")
        return Outcome(self._asking(case, step), case)

    def _cancelling(self, case: Case) -> Outcome:
        """Asks before a draft that was put aside is deleted."""
        state = replace(State.from_json(case.content), pending="cancel")
        lead = f"您有一份没有提交的{WORKFLOWS[case.kind].name}。{SURE_CANCEL}"
        case = self.store.save(case, state.as_json())
        return Outcome(self._asking(case, Step(state, (lead,))), case)

    def _amended(self) -> Outcome:
        job = self.jobs[self.intent.removesuffix("_amend")]
        mine = [case for case in self.store.of_owner(self.conversation_id, job.kind) if not case.is_draft]
        wanted = [case for case in mine if (case.number or "").lower() in normalise(self.text)] or mine[:1]
        if not wanted:
            return Outcome(Reply(job.kind, NOTHING_TO_AMEND), None)
        drafts = self.store.drafts_of(self.conversation_id, job.kind)
        draft = next((case for case in drafts if case.amends == wanted[0].id), None)
        draft = draft or self.store.amend(wanted[0], self.conversation_id)
        lead = AMENDING.format(number=wanted[0].number, version=draft.version, code=draft.code)
        step = Step(State.from_json(draft.content), (lead,), "review")
        return Outcome(self._asking(draft, step), draft)

    # Going on ---------------------------------------------------------------------------------------------

    def go_on(self) -> Outcome:
        """An answer, a command, or a question in between."""
        code = found_code(self.text)
        if code and CODE.fullmatch(normalise(self.text).upper().strip(" 。")) and self.store.by_code(code):
            return self._by_code(code)
        aside = next((found for ask in ASIDES if (found := ask(self.services, self.tracker, self.text))), None)
        for _ in range(2):
            case = self.store.get(self.draft_id) if self.draft_id else None
            if case is None or not case.is_draft or not self.store.owns(case, self.conversation_id):
                gone = Reply(self.job_name(), DRAFT_GONE, tuple(AGAIN.values()))
                # A receipt is shown also where the report was submitted from elsewhere.
                return self._submitted_again() or Outcome(aside.reply if aside else gone, None)
            if switched := self._switched(case):
                return switched
            if aside or mistyped(self.text):
                return self._besides(case, aside or Aside(Reply(case.kind, wrong_code(self.text))))
            try:
                return self._turn(case)
            except Conflict:
                continue  # the same person answered from another channel meanwhile: read again
        return Outcome(Reply(self.job_name(), NOT_SAVED), case)

    def _switched(self, case: Case) -> Outcome | None:
        """我还想举报别人 in the middle of a self-check: that form waits, the other one is begun or gone on with."""
        text = half_width(clean(self.text)).strip(" 。！!~")
        kind = next((kind for kind, begins in BEGINS.items() if kind != case.kind and begins.fullmatch(text)), None)
        if kind is None or self.filled or State.from_json(case.content).pending:
            return None
        waiting = draft_of(self.store, self.conversation_id, self.jobs[kind].kind)
        outcome = self._resumed(waiting) if waiting else self._begun(self.jobs[kind])
        lead = SET_ASIDE.format(name=WORKFLOWS[case.kind].name, code=case.code)
        return replace(outcome, reply=replace(outcome.reply, text=f"{lead}\n\n{outcome.reply.text}"))

    def _besides(self, case: Case, aside: Aside) -> Outcome:
        """What was asked for besides, and the interview goes on where it was."""
        interview, state = self._interview(case), State.from_json(case.content)
        act: Act = "ask" if interview.current(state) else "review"
        asked = self._asking(case, Step(state, (), act))
        text = f"{aside.reply.text}\n\n我们继续。\n{asked.text}"
        buttons = (*aside.reply.buttons, *asked.buttons)
        extra = {**asked.extra, **aside.reply.extra}
        reply = replace(aside.reply, text=text, buttons=buttons, extra=extra)
        return Outcome(reply, case)

    def _turn(self, case: Case) -> Outcome:
        before = State.from_json(case.content)
        interview, job = self._interview(case), self.jobs[case.kind]
        if self.message_id and before.heard == self.message_id:
            step = Step(before, (ALREADY_NOTED,), "ask" if interview.current(before) else "review")
            return Outcome(self._asking(case, step), case)
        step = interview.fill(before, self.filled) if self.filled else interview.turn(before, self.text)
        if step.state != before and step.act in ("ask", "review") and self.intent != "fraud_now":
            # Who calls about fees and 清退 is not the platform that is reported: nobody is named by guess.
            state, said = job.told(before, step.state, self.text)
            act = step.act if interview.current(state) else "review"
            step = replace(step, state=state, said=step.said + said, act=act)
        if step.act == "cancel":
            self.store.delete_draft(case, self.conversation_id)
            return Outcome(Reply(case.kind, CANCELLED, (AGAIN[case.kind],), extra={CUT: True}), None)
        if step.state != before:
            step = replace(step, state=replace(step.state, heard=self.message_id))
            case = self.store.save(case, step.state.as_json())
        if step.act == "submit" and not self.may_submit:
            return Outcome(
                Reply(case.kind, TOO_MANY_SUBMITTED, (Button("再次提交", WORKFLOWS[case.kind].definition().submit),)),
                case,
            )
        if step.act == "submit":
            return Outcome(self.jobs[case.kind].submitted(case, step.state, self.conversation_id), None, case.id)
        if step.act == "pause":
            text = PAUSED.format(code=case.code, until=self._expiry(case))
            return Outcome(Reply(case.kind, text, (Button("继续", "继续"),)), None)
        return Outcome(self._asking(case, step), case)

    def _submitted_again(self) -> Outcome | None:
        """The answer to the sentence that submits, once more: somebody says it again whom no answer reached."""
        job = next((job for job in self.jobs.values() if WORKFLOWS[job.kind].definition().submit == self.text), None)
        reply = job.submitted_again(self.draft_id or "", self.conversation_id) if job else None
        return Outcome(reply, None, self.draft_id) if reply else None

    def _interview(self, case: Case) -> Interview:
        ear = self.jobs[case.kind].ear()
        return WORKFLOWS[case.kind].interview(self.services.today(), partial(self._asked, case.kind), ear)

    def _asked(self, kind: Kind, text: str) -> Side | None:
        """The answer to a question about the plan or the form; None when the message is an answer to ours."""
        if about_form := form_aside(kind, text):
            return Side(about_form, job=kind, alone=True)
        if text.strip(" 。！!") in HUMAN:
            return Side("\n".join(["您可以联系：", *(contact.line() for contact in contacts())]), job="handoff")
        if not is_asking(text):
            return None
        from actions.answering import answer, likely_entries

        likely = likely_entries(self.knowledge, text)
        answered = sum(probability for _, probability in likely)
        in_scope = self.intent in ANSWERS and EXPLICIT.search(text.strip())
        if not likely or (not in_scope and answered < SURE_ENOUGH):
            return None
        job = self.intent if self.intent in ANSWERS else "policy"
        reply, _ = answer(self.knowledge, self.services.today(), text, job)
        return Side(reply.text, reply.citations, job)

    def _asking(self, case: Case, step: Step) -> Reply:
        """What was noted, then the open question or the review."""
        interview, state = self._interview(case), step.state
        said, citations, job = list(step.said), tuple[Citation, ...](), str(case.kind)
        if step.why:
            said.append(f"为什么要问“{step.why.label}”：{step.why.why.text}")
            citations = (cite(self.knowledge, step.why.why.clause),)
        if step.side:
            said, citations, job = [step.side.text], step.side.citations, step.side.job or job
        text, buttons = self._question(interview, step)
        text = text.replace("{evidence_mb}", str(self.settings.evidence_mb))
        if step.act == "review" and interview.current(state) is None and not state.pending:
            caution, cited = self.jobs[case.kind].caution()
            text += f"\n\n{caution}"
            citations = citations or cited
        if step.side:
            text = f"我们继续。\n{text}"
        extra = {"interview": self._place(case, interview, step) | outline(interview, step)}
        return Reply(job, "\n\n".join(filter(None, ["\n".join(said), text])), buttons, citations, extra)

    @staticmethod
    def _question(interview: Interview, step: Step) -> tuple[str, tuple[Button, ...]]:
        """What is asked now: yes or no, the review, or the open question."""
        if step.state.pending:
            keep = "不取消" if step.state.pending == "cancel" else "不清空"
            return "", (Button("确定", "确定"), Button(keep, "不"))
        if step.state.choice:
            return "", tuple(Button(choice.title, choice.title) for choice in step.state.choice)
        if step.act == "review":
            text, buttons = interview.review(step.state)
            return f"请核对：\n\n{text}" if step.state.answers else text, buttons
        return interview.prompt(step.state)

    @staticmethod
    def _place(case: Case, interview: Interview, step: Step) -> dict[str, Any]:
        """Where the interview is, for pages and programs.

        ``typed`` says that a number or words would be taken for the answer, so that no menu may ask for one.
        """
        state = step.state
        applicable, current = interview.path(state), interview.current(state)
        upload = bool(current and current.id == "evidence")
        asked = current if step.act == "ask" and not state.pending and not state.choice else None
        number = applicable.index(current) + 1 if current else len(applicable)
        return {
            "kind": case.kind,
            "question": current.id if current else None,
            "number": number,
            "of": len(applicable),
            "section": current.section if current else None,
            "minutes": interview.minutes(state) if current else 0,
            "upload": upload,
            "typed": asked is not None and asked.type != "yes_no",
        }

    def _expiry(self, case: Case) -> str:
        return expiry(case, self.settings)


def expiry(case: Case, settings: ActionSettings) -> str:
    """The day until which a draft is kept, counted from its last answer."""
    return day((case.updated + timedelta(days=settings.draft_days)).astimezone(LUOYANG))


def _asking_parts(text: str) -> list[str]:
    """The parts of a message that ask something, where others tell something."""
    parts = [part.strip() for part in SENTENCES.split(text) if part.strip()]
    return [part for part in parts if is_asking(part)] if len(parts) > 1 else []


# 顺便问一下能不能报案: what leads up to a question is none of it.
SENTENCES = re.compile(r"[,，。;；!！\n]+(?:顺便|另外|还|再|想|我|问问?|请问|一下|咨询)*|(?<=[?？])(?:另外|还有|顺便)?")


def _joined(first: Reply, second: Reply) -> Reply:
    return replace(
        second,
        text=f"{first.text}\n\n{second.text}",
        citations=first.citations + second.citations,
        extra=first.extra | second.extra,
    )


# In the middle of one form, the wish to begin the other.
WISH = r"(?:那|对了|另外|顺便|[我俺咱]们?|公司|单位|企业|还|也|又|再|先|现在|想|要|得|需要|[,， ])*"
BEGINS = {
    "tip_off": re.compile(
        rf"{WISH}(?<=[想要得还也再])(?:举报|投诉|检举|揭发)(?:一?[下个家])?(?:别人|别家|别的|另外?一?[个家]|其他的?|同行|某?个?)?(?:人|平台|公司|企业|机构)?(?:的)?"
        rf"|{WISH}(?<=[想要得])(?:举报|检举|揭发)[^,，。?？]{{2,20}}(?:[,，].*)?"
    ),
    "self_check": re.compile(
        rf"{WISH}(?<=[想要得还也再])(?:做|填|弄|搞|办|给公司做)?(?:一?[下个份])?(?:企业|公司)?自查(?:表|信息表)?(?:的)?"
    ),
}
# Words that begin a report and tell nothing of it, as the button says them.
BARE_WISH = re.compile(r"(?:那|好的?|[,， ])*(?:我|俺)?(?:想|要)?(?:举报|投诉)(?:吧|了|一下)?[。！! ]*")
SET_ASIDE = "您的{name}先放着，填过的都在；随时把续填码 {code} 发给我接着填。"
AMENDING = "正在更正 {number}，原来提交的不变，提交后作为第 {version} 次填报与它关联。更正码：{code}。"
AGAIN = {kind: Button(workflow.begin, workflow.begin) for kind, workflow in sorted(WORKFLOWS.items())}
CANCELLED = "已取消，填写的内容已删除。需要时随时可以重新开始。"
PAUSED = (
    "已保存。随时回复“继续”接着填；换手机、换渠道，把这个码发给我即可：\n{code}\n"
    "请妥善保管，持有它的人能看到填写内容。草稿保留至{until}，到期自动删除。"
)
TOO_MANY_SUBMITTED = (
    "这个网络地址一小时内提交的举报较多。您填写的内容都已保存，请过一小时再点提交；情况紧急请拨打 110。"
)
NOTHING_THERE = {
    "resume": "这里没有未完成的填写。如果在别的手机或渠道填过，请把当时给您的 12 位码发给我；也可以重新开始。",
    "cancel": "这里没有正在填写的内容，不需要取消。要撤回已提交的举报，请先把回执码发给我。",
}
NOTHING_TO_AMEND = "这里没有已提交的自查。请先发送提交时给您的 12 位自查码，再更正。"
CODE_NAMES = ("自查码", "续填码", "更正码", "恢复码")
# A code with a character too many or too few, or one that codes do not have.
NAMED_CODE = re.compile(r"(?:自查码|续填码|更正码|恢复码)(?:是|为|:)?\s*[0-9A-Za-z][0-9A-Za-z -]{3,24}[。.]?")
GROUPS = re.compile(r"[0-9A-Za-z]{3,5}(?:[ -][0-9A-Za-z]{3,5}){2}")


def mistyped(text: str) -> bool:
    """Whether a message is nothing but a code, right or not: it is never an answer."""
    message = half_width(text).strip(" 。.")
    groups = re.split(r"[ -]", message) if GROUPS.fullmatch(message) else []
    lettered = sum(bool(re.search(r"[A-Za-z]", group)) for group in groups)
    like_one = lettered >= 2 and abs(sum(map(len, groups)) - CODE_LENGTH) <= 2 and re.search(r"\d", message)
    return bool(NAMED_CODE.fullmatch(message)) or bool(like_one)


def letters_in(text: str) -> int:
    """How many letters and digits a message has."""
    return len(re.findall(r"[0-9A-Za-z]", half_width(text)))


def wrong_code(text: str) -> str:
    """What is wrong with a code, in a sentence of its own."""
    called = next((name for name in CODE_NAMES if name in text), "自查码、续填码")
    bare = re.sub(r"[^0-9A-Za-z]", "", half_width(text))
    if len(bare) != CODE_LENGTH:
        return f"这个码是 {len(bare)} 位，{called}应为 {CODE_LENGTH} 位字母和数字，请核对有没有漏抄或多抄。"
    strange = "、".join(sorted(set(bare.upper()) - set(ALPHABET)))
    if strange:
        return f"{called}里不会有“{strange}”，请核对是不是抄错了（例如 0 与 D、1 与 7、8 与 3）。"
    return f"没有找到这个{called}。请核对有没有抄错；草稿过期、取消后也找不到。"


CODE_LENGTH = 12
UNKNOWN_CODE = (
    "没有找到这个{called}对应的填写。请核对有没有抄错；草稿超过 {days} 天没有填写会自动删除，已取消的也找不回。"
)
TAKEN_UP = "接着上次没有提交的举报。要另外举报，请先提交或取消这一份。"
TOO_MANY_CODES = "这个码输错多次，请 {wait} 秒后再试。"
ALREADY_NOTED = "这条刚才已经记下了，我们接着往下。"
DRAFT_GONE = "这份草稿已经提交、取消或超过保留期删除了。需要时可以重新开始；已提交的，举报凭回执码、自查凭自查码查看。"
