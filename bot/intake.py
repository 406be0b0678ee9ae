"""What people hand over besides one message: files, places, cards, links, captions, and texts too long for a message.

Every channel comes here. What is handed over goes to the report that is being told, to the one whose receipt was shown
a moment ago, or opens one; it is kept before anything is asked. What can be read in it is read in a process of its own
(``casework/cases/ocr.py``) while the conversation goes on, and the reporter is asked about it with a later answer.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from actions.interview_form import GUESSABLE, MESSAGE_ID
from actions.senders import guessable
from actions.tip_off import TipOff
from bot.logs import turn_log
from bot.work import OverBudgetError, Spent
from bot.workers import IDLE_SECONDS, Worker, gently, within
from casework.cases.case import CLOSED, Case, Conflict
from casework.cases.drafts import draft_of
from casework.cases.evidence import (
    LONGEST_CAPTION,
    Checked,
    Evidence,
    EvidenceError,
    Finding,
    SealedWriter,
    checked,
)
from casework.cases.file_formats import ITEMS
from casework.cases.items import LONGEST_FORWARDED, Forwarded, Item
from casework.cases.ocr import READ
from casework.cases.store import CaseStore
from casework.interview.state import State
from casework.services import Services
from casework.supplements import LONGEST_NOTE, add_notes, files_added
from casework.tip_off.definition import tip_off_definition
from casework.tip_off.extraction import extract_answers
from casework.tip_off.readings import (
    AGREE_BUTTON,
    AGREED,
    CONFIRMED,
    DENIED,
    DENY_BUTTON,
    LABELS,
    MOST_OFFERED,
    REFUSED,
    answer_to_offer,
    offer,
    offered,
    read_findings,
    terms_of_findings,
    with_states,
)
from casework.tip_off.story import changed, is_story, noted_evidence, takes_no_yes, with_findings, with_story
from knowledge.text import clean
from knowledge.turn import speaking_from
from storage.database import STORE_ERRORS

if TYPE_CHECKING:
    from rasa.shared.core.trackers import DialogueStateTracker

    from bot.assembly import Assistant

Reply = dict[str, Any]
# What opens a report, and what asks its open question again, in the words of somebody who does either.
OPENS, GOES_ON = "我要举报", "继续"
# One message as the dialogue takes it, and all that may be said at once.
LONGEST_TURN, LONGEST_TEXT = 1000, 10_000
PART = 900
# A file is read within so long or not at all; a model that was loaded serves so many.
READ_SECONDS, READ_EACH = 60, 100
# A file is looked at within so long before it is kept; a process looks at so many.
CHECK_SECONDS, CHECK_EACH = 20, 1000
TOO_TANGLED = "这个文件太复杂，检查不完，没有收下。请截图，或存成 PDF 再传。"
# After a restart, what came within the last so many seconds and was not read yet.
CATCH_UP_SECONDS = 3600

IN_SELF_CHECK = (
    "您正在填企业自查，自查不用上传文件，这个文件没有保存。"
    "要举报请先回复“先停一下”，再把文件发给我；自查已填的内容都在。"
)
NOT_OPENED = "文件没有收下：现在不能开始举报。请先说“我要举报”，再发文件；已提交的，请先把回执码发给我。"
OPENED = "已为您开始一份举报，{received}"
RECEIVED = "已收到 {count} 个文件：{names}"
PASSED_ON = "聊天记录"
GO_ON = "可以接着发；发完请说“继续”。"
ADDED = "已补充到举报 {number}：{names}。办理单位会看到。"
CAPTION_KEPT = "附的说明已记进举报。"
LONG_KEPT = "您说的较长（{count} 字），已全部记进举报。"
LONG_ADDED = "您说的较长（{count} 字），已全部补充给办理单位。"
TOO_LONG = (
    "这段话有 {count} 字，超过了 {most} 字，没有处理。要提问请精简后再发；"
    "要举报，请先说“我要举报”，再把这段话发给我，多长都会收下。"
)
# Somebody tells what happened to them, rather than pasting a law.
TELLS = re.compile(
    r"举报|投诉|反映|被骗|受骗|上当|我(?:妈|爸|家|们|父|母|老|公|奶|爷|投|在|的钱|朋友|邻居)|投了|提不出|跑路"
)


class NotTaken(ValueError):
    """What was handed over has no case to go to; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Handed:
    """A file, or an item that becomes one (``kind`` is the item's then)."""

    name: str = field(repr=False)
    content: bytes = field(repr=False)
    kind: str = ""

    @classmethod
    def of(cls, item: Item) -> Handed:
        return cls(item.name, item.text.encode(), item.kind)


@dataclass(frozen=True)
class Destination:
    """The case that something handed over goes to.

    Attributes:
        opened: the report was opened for it.
        notices: what an official was told on the way.
    """

    case: Case
    opened: bool = False
    notices: tuple[Reply, ...] = ()


@dataclass
class Intake:
    """Takes what people hand over, for all channels of a process."""

    assistant: Assistant = field(repr=False)
    reader: Worker = field(default_factory=lambda: Worker(IDLE_SECONDS, READ_EACH, sandboxed=True))
    checker: Worker = field(default_factory=lambda: Worker(IDLE_SECONDS, CHECK_EACH, sandboxed=True, tries=1))
    _one_by_one: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    _one_look: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    _looking: Spent = field(init=False)
    _reading: set[asyncio.Task[None]] = field(default_factory=set)
    _opening: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        self._looking = Spent(self.assistant.settings.address_work_seconds)

    @property
    def services(self) -> Services:
        return self.assistant.services

    @property
    def store(self) -> CaseStore:
        return self.services.cases

    # Files and items --------------------------------------------------------------------------------------

    async def take(
        self,
        channel: str,
        sender: str,
        handed: Sequence[Handed | Item],
        caption: str = "",
        known: dict[str, Any] | None = None,
        destination: Destination | None = None,
        note: str = "",
    ) -> list[Reply]:
        """Take what came in one message or one album, and answer once.

        Args:
            caption: what was said with it, in the sender's own words.
            known: as for ``Assistant.turn``.
            destination: where it goes, when that was found already.
            note: what the channel says besides, of a kind of file.
        """
        try:
            destination = destination or await self.place(channel, sender, known)
        except NotTaken as problem:
            return _to(sender, [_reply(_lines(str(problem), note))])
        kept: list[Evidence] = []
        problems: list[str] = []
        for number, each in enumerate(handed):
            file = Handed.of(each) if isinstance(each, Item) else each
            try:
                kept.append(
                    await self._written(destination.case, file, "" if number else caption, f"{channel}:{sender}")
                )
            except (EvidenceError, OverBudgetError) as error:
                why = error.message if isinstance(error, OverBudgetError) else str(error)
                problems.append(f"“{file.name}”：{why}" if len(handed) > 1 else why)
        return _to(sender, await self.noted(channel, sender, destination, kept, problems, caption, note))

    async def waits(self, channel: str, sender: str) -> bool:
        """Whether what is handed over has a case to go to without one being opened for it."""
        conversation_id = f"{channel}:{sender}"
        return (
            self._at_hand(conversation_id, await self.assistant.agent.tracker_store.retrieve(conversation_id))
            is not None
        )

    async def _written(self, case: Case, file: Handed, caption: str, who: str) -> Evidence:
        def sealed() -> SealedWriter:
            with SealedWriter(self.store.evidence_folder, self.assistant.settings.evidence_mb * 2**20) as writer:
                writer.write(file.content)
            return writer

        found = Checked(file.kind) if file.kind else None
        return await self.kept(case, await asyncio.to_thread(sealed), file.name, caption, found, who)

    async def kept(
        self, case: Case, writer: SealedWriter, name: str, caption: str, known: Checked | None = None, who: str = ""
    ) -> Evidence:
        """Keep a file that was written whole, once it was looked at.

        Args:
            known: what it is, where we wrote it down ourselves.
            who: to whom looking at it is counted where no address is known.

        Raises:
            EvidenceError: it is not taken.
            OverBudgetError: looking at such files has taken all the time that they have.
        """
        try:
            known = known or await self._looked_at(await asyncio.to_thread(writer.content), who)
        except BaseException:
            writer.discard()
            raise
        most = self.assistant.settings.evidence_count
        return await asyncio.to_thread(
            self.store.add_evidence, case, writer, name, most, clean(caption)[:LONGEST_CAPTION], known
        )

    async def _looked_at(self, content: bytes, who: str) -> Checked:
        """Look at a file where a decoder that is taken over reaches nothing, and one that never ends is ended."""
        who = speaking_from.get() or who
        if self._looking.over(who):
            raise OverBudgetError
        async with self._one_look:  # what breaks the process breaks nobody else's look
            started = time.monotonic()
            try:
                return await self.checker.made(within, CHECK_SECONDS, checked, content)
            except BrokenProcessPool as error:
                raise EvidenceError(TOO_TANGLED) from error
            finally:
                self._looking.add(who, time.monotonic() - started)

    async def place(self, channel: str, sender: str, known: dict[str, Any] | None = None) -> Destination:
        """The case that something handed over now goes to; a report is opened when there is none.

        Raises:
            NotTaken: there can be none.
        """
        conversation_id = f"{channel}:{sender}"
        if guessable(conversation_id):
            raise NotTaken(GUESSABLE)
        async with self._opening.setdefault(conversation_id, asyncio.Lock()):  # two files at once open one report
            return await self._place(channel, sender, known)

    async def _place(self, channel: str, sender: str, known: dict[str, Any] | None) -> Destination:
        conversation_id = f"{channel}:{sender}"
        tracker = await self.assistant.agent.tracker_store.retrieve(conversation_id)
        if case := self._at_hand(conversation_id, tracker):
            return Destination(case)
        if tracker and tracker.active_loop_name:
            raise NotTaken(IN_SELF_CHECK)
        replies = await self.assistant.one_turn(channel, sender, OPENS, _inner(known))
        if (draft := self._draft(conversation_id)) is None:
            raise NotTaken(NOT_OPENED)
        return Destination(draft, True, tuple(reply for reply in replies if (reply.get("custom") or {}).get("notice")))

    def _draft(self, conversation_id: str) -> Case | None:
        return draft_of(self.store, conversation_id, "tip_off")

    def _at_hand(self, conversation_id: str, tracker: DialogueStateTracker | None) -> Case | None:
        """The report being told; the one whose receipt was shown; the one that waits; the one just submitted."""
        draft, asking = self._draft(conversation_id), tracker is not None and tracker.active_loop_name is not None
        if draft and asking:
            return draft
        case = self.services.in_hand.of(conversation_id, self.store)
        if case and case.status != CLOSED:
            return case
        if draft or asking:
            return draft
        receipt = self.store.receipt_again(conversation_id)
        return self.store.by_receipt(receipt) if receipt else None

    async def noted(
        self,
        channel: str,
        sender: str,
        destination: Destination,
        kept: Sequence[Evidence],
        problems: Sequence[str],
        caption: str,
        note: str = "",
    ) -> list[Reply]:
        """Note what was kept in its case, have it read, and answer."""
        for evidence in kept:
            self.read_later(evidence)
        said = await asyncio.to_thread(self._noted, destination, kept, caption)
        text = _lines(*problems, *said)
        if not destination.case.is_draft:
            return [_reply(_lines(text, note))]
        if not destination.opened:
            going_on = [{"title": "继续", "payload": GOES_ON}]
            text = _lines(text, GO_ON if kept else "", note)
            return [_reply(text, going_on, interview={"kind": "tip_off", "typed": True, "upload": True})]
        opening = TipOff(self.services).opening(self.store.get(destination.case.id) or destination.case)
        replies = await self.assistant.one_turn(channel, sender, GOES_ON)
        first = _merged(f"{_lines(text, note)}\n\n{opening.text}", replies[-1])
        first["custom"] = {**first["custom"], "opening": "tip_off"}
        return [*destination.notices, *replies[:-1], first]

    def _noted(self, destination: Destination, kept: Sequence[Evidence], caption: str) -> list[str]:
        """Write into a draft, or to the handlers of a submitted case, what came; returns what to say of it."""
        told = clean(caption).strip()[:LONGEST_NOTE]
        if not destination.case.is_draft:
            if told:
                add_notes(self.services, destination.case, [told])
            elif kept:
                files_added(self.services, destination.case)
            names = [*(evidence.name for evidence in kept), *(["文字说明"] if told else [])]
            return [ADDED.format(number=destination.case.number, names="、".join(names))] if names else []
        said: list[str] = []
        try:
            if kept:
                names = noted_evidence(self.store, destination.case)
                received = RECEIVED.format(count=len(names), names="、".join(names)) + "。"
                said.append(OPENED.format(received=received) if destination.opened else received)
            if told:
                said += self._told(destination.case, told)
        except Conflict:  # submitted meanwhile from elsewhere: the file is with the case
            pass
        return said

    def _told(self, case: Case, text: str) -> list[str]:
        """Add to a draft's story what is one; what is only a file's title stays with the file."""
        found: list[str] = []

        def change(state: State) -> State:
            found.clear()
            if not is_story(state, text):
                return state
            state, said = with_story(self.services.knowledge.directory, self.services.today(), state, text)
            found.extend((CAPTION_KEPT, *said))
            return state

        changed(self.store, case, change)
        return found or [CAPTION_KEPT]

    # Reading files ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Read what came just before a restart and was not read yet."""
        if self.assistant.settings.ocr:
            for evidence in self.store.evidence_since(CATCH_UP_SECONDS):
                if evidence.found is None:
                    self.read_later(evidence)

    def stop(self) -> None:
        for task in self._reading:
            task.cancel()
        self.reader.close()
        self.checker.close()

    def read_later(self, evidence: Evidence) -> None:
        """Read a file's words once nobody else's is being read; nobody waits for it."""
        unread = bool(evidence.key) and evidence.found is None  # of one that came before, the receipt has the name only
        if not self.assistant.settings.ocr or evidence.kind not in READ or not unread:
            return
        task = asyncio.create_task(self._read(evidence))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read(self, evidence: Evidence) -> None:
        try:
            content = await asyncio.to_thread(self.store.content_of, evidence)
            found = await self._findings(content, evidence.kind)
        except Exception as error:  # too much for it, withdrawn meanwhile, or no process may be started here
            turn_log.warning("not read", kind=evidence.kind, size=evidence.size, error=type(error).__name__)
            found = []
        try:
            await asyncio.to_thread(self._found, evidence, found)
        except STORE_ERRORS as error:
            turn_log.error("not noted", error=type(error).__name__)

    async def _findings(self, content: bytes, kind: str) -> list[Finding]:
        if kind in ITEMS:  # a few lines that we wrote down ourselves
            return await asyncio.to_thread(read_findings, content, kind)
        async with self._one_by_one:
            return await self.reader.made(gently, within, READ_SECONDS, read_findings, content, kind)

    def _found(self, evidence: Evidence, findings: list[Finding]) -> None:
        self.store.note_findings(evidence, findings, terms_of_findings(findings), first=True)

    # Asking about what was read ---------------------------------------------------------------------------

    def with_offer(self, channel: str, sender: str, replies: list[Reply]) -> list[Reply]:
        """Replies in the middle of a report, with what was read meanwhile for the reporter to confirm."""
        place = ((replies[-1].get("custom") or {}).get("interview") or {}) if replies else {}
        if place.get("kind") != "tip_off" or (draft := self._draft(f"{channel}:{sender}")) is None:
            return replies
        files = self.store.evidence(draft)
        if not offered(files):
            return replies
        outstanding = [finding for _, finding in offered(files, ("new", "offered"))]
        self._mark(files, {(f.kind, f.text): "offered" for f in outstanding})
        last = _merged(offer(outstanding), replies[-1])
        last["custom"]["offer"] = [f"{LABELS[finding.kind]}：{finding.text}" for finding in outstanding]
        buttons = [{"title": AGREE_BUTTON, "payload": AGREED}, {"title": DENY_BUTTON, "payload": DENIED}]
        last["buttons"] = [*buttons, *last.get("buttons", [])]
        return [*replies[:-1], last]

    def _mark(self, files: Sequence[Evidence], states: dict[tuple[str, str], str]) -> None:
        for file in files:
            findings = with_states(file, states)
            if tuple(findings) != (file.found or ()):
                self.store.note_findings(file, findings)

    async def answered(self, channel: str, sender: str, text: str) -> list[Reply] | None:
        """The answer to what was offered; None when a message is about something else."""
        if answer_to_offer(text, MOST_OFFERED, plain=True) is None:
            return None
        if (draft := self._draft(f"{channel}:{sender}")) is None:
            return None
        plain = takes_no_yes(State.from_json(draft.content)) and await self.assistant.in_form(f"{channel}:{sender}")
        said = await asyncio.to_thread(self._confirmed, draft, text, plain)
        if said is None:
            return None
        replies = await self.assistant.one_turn(channel, sender, GOES_ON)
        return [*replies[:-1], _merged(said, replies[-1])]

    def _confirmed(self, draft: Case, text: str, plain: bool) -> str | None:
        files = self.store.evidence(draft)
        asked = [finding for _, finding in offered(files, ("offered",))]
        right = answer_to_offer(text, len(asked), plain) if asked else None
        if right is None:
            return None
        self._mark(files, {(f.kind, f.text): "yes" if r else "no" for f, r in zip(asked, right, strict=True)})
        confirmed = [finding for finding, is_right in zip(asked, right, strict=True) if is_right]
        filled: list[str] = []

        def change(state: State) -> State:
            filled.clear()
            state, said = with_findings(state, confirmed)
            filled.extend(said)
            return state

        changed(self.store, draft, change)
        lines = [CONFIRMED.format(count=len(confirmed)) if confirmed else REFUSED]
        return "\n".join([*lines, *(["；".join(filled) + "。"] if filled else [])])

    # Texts too long for one message -----------------------------------------------------------------------

    async def takes(self, channel: str, sender: str, text: str) -> bool:
        """Whether a text is short enough to be taken now: to a report anything may be told, a question is short."""
        return len(text) <= LONGEST_TURN or await self._goes_to(channel, sender, text) is not None

    async def _goes_to(self, channel: str, sender: str, text: str) -> str | None:
        """Where a long text goes: to a ``draft``, a ``receipt``'s case, a ``new`` report; None: nowhere."""
        conversation_id = f"{channel}:{sender}"
        if len(text) > LONGEST_TEXT or guessable(conversation_id):
            return None
        tracker = await self.assistant.agent.tracker_store.retrieve(conversation_id)
        in_form = tracker is not None and tracker.active_loop_name is not None
        if case := self._at_hand(conversation_id, tracker):
            if not case.is_draft:
                return "receipt"
            if in_form:
                return "draft"
        if in_form:
            return None
        head = text[:LONGEST_TURN]
        parsed = await self.assistant.parse(head[:PART])
        found, suggested = extract_answers(tip_off_definition(), self.assistant.knowledge.directory, head)
        tells = TELLS.search(head) and ({"target", "amount", "reach"} & set(found) or "conducts" in suggested)
        return "new" if tells or (parsed.get("intent") or {}).get("name") == TipOff.kind else None

    async def long_text(self, channel: str, sender: str, text: str, known: dict[str, Any] | None = None) -> list[Reply]:
        """Take a text that is longer than a message, whole; or say why not."""
        goes_to = await self._goes_to(channel, sender, text)
        if goes_to is None:
            return [_reply(TOO_LONG.format(count=len(text), most=LONGEST_TURN), OPENING_BUTTONS, job="help")]
        try:
            destination = await self.place(channel, sender, known)
        except NotTaken as problem:
            return [_reply(str(problem))]
        if not destination.case.is_draft:
            await asyncio.to_thread(self._supplement, destination.case, text)
            return [_reply(LONG_ADDED.format(count=len(text)))]
        said = await asyncio.to_thread(self._told, destination.case, text)
        lead = "\n".join([LONG_KEPT.format(count=len(text)), *(line for line in said if line != CAPTION_KEPT)])
        if destination.opened:
            lead += "\n\n" + TipOff(self.services).opening(self.store.get(destination.case.id) or destination.case).text
        replies = await self.assistant.one_turn(channel, sender, GOES_ON)
        last = _merged(lead, replies[-1])
        if destination.opened:
            last["custom"] = {**last["custom"], "opening": "tip_off"}
        return [*destination.notices, *replies[:-1], last]

    def _supplement(self, case: Case, text: str) -> None:
        add_notes(self.services, case, parts_of(text, LONGEST_NOTE))


OPENING_BUTTONS = [{"title": "我要举报", "payload": OPENS}]
ENDS = re.compile(r"(?<=[。！？；!?;\n])")


def passed_on(text: str) -> list[Item]:
    """A conversation that somebody passed on, as evidence."""
    parts = parts_of(text, LONGEST_FORWARDED)
    return [Forwarded.model_validate({"type": "forwarded", "from": PASSED_ON, "text": part}).item() for part in parts]


def parts_of(text: str, most: int) -> list[str]:
    """A long text in parts of at most so many characters, parted behind sentences where there are any."""
    parts, part = [], ""
    for sentence in ENDS.split(text):
        for piece in (sentence[start : start + most] for start in range(0, len(sentence), most)):
            if len(part) + len(piece) > most:
                parts.append(part)
                part = ""
            part += piece
    return [kept for each in (*parts, part) if (kept := each.strip())]


def _inner(known: dict[str, Any] | None) -> dict[str, Any]:
    """What a channel knows, for a turn that nobody said: without the id of the message that led to it."""
    return {key: value for key, value in (known or {}).items() if key != MESSAGE_ID}


def _lines(*message: str) -> str:
    return "\n".join(filter(None, message))


def _to(sender: str, replies: list[Reply]) -> list[Reply]:
    return [{"recipient_id": sender, **reply} for reply in replies]


def _merged(before: str, reply: Reply) -> Reply:
    text = "\n\n".join(filter(None, (before, reply.get("text") or "")))
    return {**reply, "text": text, "custom": dict(reply.get("custom") or {})}


def _reply(text: str, buttons: Sequence[dict[str, str]] = (), job: str = "tip_off", **custom: Any) -> Reply:
    reply: Reply = {"text": text, "custom": {"job": job, "citations": [], **custom}}
    return {**reply, "buttons": list(buttons)} if buttons else reply
