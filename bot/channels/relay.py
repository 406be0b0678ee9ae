"""The way of a message through any messenger: seen before? answer, keep; ``sending`` sends what is kept, in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from bot.assembly import LONGEST_MESSAGE, Assistant
from bot.channels.foreign import WITHOUT_WORDS, is_foreign, noted
from bot.channels.messenger import Away, Fetch, File, Gone, Messenger, Rejected
from bot.channels.ordering import Locks
from bot.channels.outbox import Begun, Outbox
from bot.channels.rendering import Carries, Part, at, belonging, rendered
from bot.channels.sending import Sending
from bot.intake import Handed
from bot.logs import turn_log
from bot.work import OverBudgetError
from casework.cases.evidence import EvidenceError
from casework.cases.items import Item, items_of
from casework.desk.account import Account
from casework.self_check.answers import answer_text, answers_to
from knowledge.text import WORD, clean
from storage.database import STORE_ERRORS

__all__ = ["Away", "Fetch", "File", "Given", "Gone", "Messenger", "Relay", "in_group", "place_in_group"]

PUSH_SECONDS = 5
# So long after a list of choices was shown in a group a bare number there is meant for us.
MENU_SECONDS = 10 * 60
TOO_FAST = "您发送得太快了：这条没有处理，随后一分钟内的也可能不处理，请过一分钟再发。之前的内容都在。"
BROKEN_OFF = "抱歉，刚才系统中断，您上一条消息可能没有处理完。请再发一次；之前填写的内容都在。"
NOT_HEARD = "抱歉，系统暂时无法保存，您刚才这条没有处理成功，之前的内容都在。请过一会儿再发一次，或拨打 12345。"
# What may be spoken of in front of others: the plan, and what belongs to no person. Whatever else is meant, also by an
# intent that is added later, is for a conversation of one's own.
IN_PUBLIC = {
    *("policy", "duty", "deadline", "petition", "plan_picture", "follow_up", "show_original", "next_best", "useful"),
    *("greet", "goodbye", "thanks", "help", "handoff", "danger", "fraud_now", "out_of_scope", "unclear", "asked"),
    "cancel",  # of what? in front of others nothing is filled in
}
PAUSE, SET_ASIDE = "先停一下", "刚才填写的已保存，说“继续”可以接着填。"
KNOWS = "提示：您在{name}上发的内容，{name}自己也会保存，并知道是您发的。不想留下痕迹，请改用网页举报{web}。"
FORWARDED = (
    "收到您转发的消息。要举报它，请先说“我要举报”，再转发一次，我会把它作为材料保存；想问方案怎么规定，请直接打字问我。"
    "正在受骗或人身安全受到威胁的，请先拨打 110。"
)
Reply = dict[str, Any]


@dataclass(frozen=True)
class Around:
    """What a messenger knows of a message besides its words.

    Attributes:
        foreign: whether it is in another language than Chinese, as far as the messenger can tell.
        edits: id of the message of ours whose place the answer takes, if it is of one piece.
        answers: id of the message that the answer belongs to, where that is not the one that is answered.
        by: who did it, where that is not whose conversation it is (a button in a group); they are counted.
    """

    foreign: bool = False
    edits: str = field(default="", repr=False)
    answers: str = field(default="", repr=False)
    by: str = field(default="", repr=False)


NOTHING_AROUND = Around()


@dataclass(frozen=True)
class Given:
    """What one message hands over, and what its sender says with it."""

    message_id: str
    handed: tuple[Handed | Item, ...] = field(repr=False)
    caption: str = field(default="", repr=False)


class Relay:
    """Between one messenger and the assistant."""

    def __init__(self, assistant: Assistant, outbox: Outbox, messenger: Messenger, fetch: Fetch) -> None:
        self.assistant, self.outbox, self.messenger, self.fetch = assistant, outbox, messenger, fetch
        self._order = Locks()
        self._sending = Sending(outbox, messenger, fetch, self._gone, assistant.settings.public_url)
        self._pushing: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._carries = Carries(messenger.longest, messenger.has_buttons, assistant.settings.public_url)
        self._limits = MovingWindowRateLimiter(MemoryStorage())
        self._a_minute = RateLimitItemPerMinute(assistant.settings.messages_per_minute)

    # Words ------------------------------------------------------------------------------------------------

    async def hear(
        self, sender: str, message_id: str, text: str, around: Around = NOTHING_AROUND, command: bool = False
    ) -> None:
        """Answer a message, once however often it is delivered, and after those before it.

        Args:
            command: a tap on the messenger's own menu, which is no answer to a question that is being asked.
        """
        async with self._order.of(sender), self._says_when_away(sender):
            begun = await asyncio.to_thread(self.outbox.begin, self.messenger.channel, message_id)
            if begun == "answered":
                return
            replies = self._unheard(begun, around.by or place_in_group(sender)[1])
            if replies is None:
                try:
                    replies = await self._replies(sender, text, around, command)
                except OverBudgetError:
                    replies = self._too_fast(around.by or place_in_group(sender)[1])
            await self._answer(sender, message_id, replies, around)

    def _unheard(self, begun: Begun, who: str) -> list[Reply] | None:
        """What is said instead of answering a message; None when it may be answered."""
        if begun == "broken off":
            return [{"text": BROKEN_OFF}]
        return None if self._may(who) else self._too_fast(who)

    async def _replies(
        self, sender: str, text: str, around: Around = NOTHING_AROUND, command: bool = False
    ) -> list[Reply]:
        message = clean(text)
        aside = await self._set_aside(sender) if command else []
        chosen = message if command else self.outbox.chosen(self._place(sender), message)
        if not WORD.search(chosen) and not await self.assistant.in_form(self._place(sender)):
            return [{"text": WITHOUT_WORDS}]
        replies = [*aside, *await self.assistant.turn(self.messenger.channel, sender, chosen or "？")]
        return noted(replies) if around.foreign or is_foreign(message) else replies

    async def _set_aside(self, sender: str) -> list[Reply]:
        """Stop asking; what was answered is kept."""
        if not await self.assistant.in_form(self._place(sender)):
            return []
        await self.assistant.turn(self.messenger.channel, sender, PAUSE)
        return [{"text": SET_ASIDE}]

    async def hear_in_group(self, sender: str, message_id: str, text: str, around: Around = NOTHING_AROUND) -> None:
        """The same in front of others, where nothing personal is spoken of; ``sender`` is from ``in_group``."""
        said = self.outbox.chosen(self._place(sender), clean(text))
        if await self._is_personal(said):
            await self.tell(sender, message_id, self.messenger.in_private, around)
        else:
            await self.hear(sender, message_id, said, around)

    async def _is_personal(self, message: str) -> bool:
        """Whether somebody's own procedure would begin or go on; what is long tells a report."""
        intent = (await self.assistant.parse(message[:LONGEST_MESSAGE])).get("intent") or {}
        return intent.get("name") not in IN_PUBLIC or len(message) > LONGEST_MESSAGE

    async def choose_in_group(self, sender: str, message_id: str, text: str) -> None:
        """A few words in a group that do not name us: heard if they choose from what we have just offered."""
        with contextlib.suppress(*STORE_ERRORS):
            chosen = self.outbox.chosen(self._place(sender), clean(text), MENU_SECONDS)
            if chosen != clean(text):
                await self.hear_in_group(sender, message_id, text)

    # What is handed over ----------------------------------------------------------------------------------

    async def take_file(
        self, sender: str, message_id: str, name: str, content: bytes, caption: str = "", note: str = ""
    ) -> None:
        """Keep a file for the tip-off that is being told, or open one."""
        await self.take(sender, message_id, [Handed(name, content)], caption, note)

    async def take(
        self, sender: str, message_id: str, handed: Sequence[Handed | Item], caption: str = "", note: str = ""
    ) -> None:
        """Keep what came in one message, and answer once."""
        await self.take_together(sender, [Given(message_id, tuple(handed), caption)], note)

    async def take_together(self, sender: str, given: Sequence[Given], note: str = "") -> None:
        """Keep what came in several messages that were sent together; one answer for all of them.

        Args:
            note: said besides when they are answered.
        """
        async with self._order.of(sender), self._says_when_away(sender):
            channel = self.messenger.channel
            begin = self.outbox.begin
            new = [one for one in given if await asyncio.to_thread(begin, channel, one.message_id) != "answered"]
            if not new:
                return
            handed = [one for each in new for one in each.handed]
            caption = "\n".join(each.caption for each in new if each.caption)
            replies = await self.assistant.intake.take(channel, sender, handed, caption, note=note)
            await self._answer(sender, new[0].message_id, replies, also=[each.message_id for each in new[1:]])

    async def take_forwarded(self, sender: str, message_id: str, text: str, items: Sequence[Item]) -> None:
        """What somebody else wrote: evidence for a report that is there, never the words of who passes it on.

        Args:
            items: the same as evidence.
        """
        async with self._order.of(sender), self._says_when_away(sender):
            channel = self.messenger.channel
            begun = await asyncio.to_thread(self.outbox.begin, channel, message_id)
            if begun == "answered":
                return
            if await self.waits(sender):
                replies: list[Reply] | None = await self.assistant.intake.take(channel, sender, items)
            elif (replies := self._unheard(begun, sender)) is None:
                personal = await self._is_personal(clean(text))
                replies = [{"text": FORWARDED}] if personal else await self._replies(sender, text)
            await self._answer(sender, message_id, replies or [])

    async def take_item(self, sender: str, message_id: str, given: dict[str, Any], unreadable: str) -> None:
        """A place, a card or a shared page; see ``casework.cases.items``.

        A page is evidence where there is a report, else what its sender says: many ask about what they have read.

        Args:
            unreadable: what is said when there is nothing in it to keep.
        """
        try:
            (item,) = items_of([given])
        except EvidenceError:
            await self.tell(sender, message_id, unreadable)
            return
        if item.kind == "link" and not await self.waits(sender):
            await self.hear(sender, message_id, item.text)
        else:
            await self.take(sender, message_id, [item])

    async def waits(self, sender: str) -> bool:
        """Whether what somebody hands over has a case to go to, without one being opened for it."""
        return await self.assistant.intake.waits(self.messenger.channel, sender)

    # Answers ----------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _says_when_away(self, sender: str) -> AsyncIterator[None]:
        """Without the database nothing can be noted, not even an answer: who wrote is told at once to write again."""
        try:
            yield
        except STORE_ERRORS as error:
            turn_log.error("not heard", channel=self.messenger.channel, error=type(error).__name__)
            with contextlib.suppress(Away, Gone, Rejected):
                await self.messenger.send(sender, Part(NOT_HEARD), None)

    def _may(self, who: str) -> bool:
        """Count a message of a person, wherever they write."""
        return self._limits.hit(self._a_minute, "sender", who)

    def _too_fast(self, who: str) -> list[Reply]:
        """Said once a minute: an answer to each message would be what the limit is there to prevent."""
        first = self._limits.hit(RateLimitItemPerMinute(1), "told", who)
        return [{"text": TOO_FAST}] if first else []

    async def not_heard(self, conversation_id: str, message: object) -> None:
        """Tell somebody that a message of theirs could not be handled, whatever the reason."""
        await self.tell(conversation_id, f"failed {message}", NOT_HEARD, counted=False)

    async def tell(
        self, sender: str, message_id: str, text: str, around: Around = NOTHING_AROUND, counted: bool = True
    ) -> None:
        """Answer a message with something that is not the assistant's.

        Args:
            counted: whether it counts to what somebody may send in a minute; what became of a file is always said.
        """
        async with self._order.of(sender), self._says_when_away(sender):
            if await asyncio.to_thread(self.outbox.begin, self.messenger.channel, message_id) != "answered":
                who = around.by or place_in_group(sender)[1]
                replies = self._too_fast(who) if counted and not self._may(who) else [{"text": text}]
                parts = rendered(replies, self._carries).parts
                await self._deliver(sender, message_id, belonging(parts, around.answers or message_id, around.edits))

    async def _answer(
        self,
        sender: str,
        message_id: str,
        replies: list[Reply],
        around: Around = NOTHING_AROUND,
        also: Sequence[str] = (),
    ) -> None:
        if any((reply.get("custom") or {}).get("opening") == "tip_off" for reply in replies):
            knows = KNOWS.format(name=self.messenger.shown_name, web=at(self._carries.public_url))
            replies = [{"text": knows}, *replies]
        said = rendered(replies, self._carries)
        asks = any((reply.get("custom") or {}).get("interview") for reply in replies)
        if around.edits and not (asks and len(said.parts) == 1):
            around = replace(around, edits="")
        await self._deliver(
            sender, message_id, belonging(said.parts, around.answers or message_id, around.edits), said.menu, also
        )

    async def _deliver(
        self,
        sender: str,
        message_id: str,
        parts: list[Part],
        menu: dict[str, str] | None = None,
        also: Sequence[str] = (),
    ) -> None:
        """Keep what answers a message, and have it sent; without a menu the last one stays."""
        conversation_id = self._place(sender)
        answer, messenger = self.outbox.answer, self.messenger
        await asyncio.to_thread(
            answer, messenger.channel, message_id, conversation_id, messenger.arrange(parts), menu, also
        )
        self._sending.soon(conversation_id)

    async def flush(self, sender: str) -> None:
        """Send what still waits for somebody, now that there is room for it."""
        await self._sending.now(self._place(sender))

    def _place(self, sender: str) -> str:
        return f"{self.messenger.channel}:{sender}"

    def _gone(self, conversation_id: str) -> None:
        self.assistant.accounts.unbind(conversation_id)

    # What nobody asked for just now -----------------------------------------------------------------------

    def start(self) -> None:
        self._pushing = asyncio.create_task(self._push())

    async def stop(self) -> None:
        if self._pushing:
            self._pushing.cancel()
        await self._sending.stop()

    async def _push(self) -> None:
        """Send reminders to officials, answers to enterprises, and what waited for the messenger."""
        while True:
            for on_thread, work in ((True, self._reminders), (True, self._answers), (False, self._waiting)):
                try:
                    if on_thread:
                        await asyncio.to_thread(work)
                    else:
                        work()
                except Exception as error:
                    turn_log.error("push", channel=self.messenger.channel, error=type(error).__name__)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._woken.wait(), PUSH_SECONDS)
            self._woken.clear()

    def wake(self) -> None:
        """The messenger is there again: send what waits at once."""
        self._sending.forgive()
        self._woken.set()

    def _waiting(self) -> None:
        for place in self.outbox.places():
            if place.partition(":")[0] == self.messenger.channel:
                self._sending.again(place)

    def _answers(self) -> None:
        """What officials wrote about self-checks that were filled in here."""
        cases, channel = self.assistant.cases, self.messenger.channel
        for place in cases.places_to_tell(channel):
            try:
                for untold in answers_to(self.assistant.services, place):
                    reply = {"text": answer_text(cases, untold)}
                    parts = self.messenger.arrange(rendered([reply], self._carries).parts)
                    self.outbox.answer_once("answer", f"{place} {untold.last}", place, parts)
                    cases.told(untold.case, place, untold.last)
            except Exception as error:  # of one enterprise: the others are told all the same
                turn_log.error("answer", channel=channel, error=type(error).__name__)

    def _reminders(self) -> None:
        for account in self.assistant.accounts.everybody():
            try:
                self._remind(account)
            except Exception as error:  # of one official: the others are reminded all the same
                turn_log.error("reminder", channel=self.messenger.channel, error=type(error).__name__)

    def _remind(self, account: Account) -> None:
        accounts, tasks = self.assistant.accounts, self.assistant.tasks
        own = [b for b in accounts.bindings(account) if b.channel == self.messenger.channel]
        waiting = tasks.undelivered(account.id) if own else []
        for notice in waiting:
            parts = self.messenger.arrange(rendered([{"text": notice.text}], self._carries).parts)
            self.outbox.answer_once("notice", str(notice.id), own[0].place, parts)
        if waiting:
            tasks.delivered([notice.id for notice in waiting])


def in_group(group: str | int, sender: str) -> str:
    """Somebody in a group: in private the same person is somebody else."""
    return f"group|{group}|{sender}"


def place_in_group(sender: str) -> tuple[str, str]:
    """The group, empty for a private conversation, and who it is."""
    if not sender.startswith("group|"):
        return "", sender
    _, group, person = sender.split("|", 2)
    return group, person
