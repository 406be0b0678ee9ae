"""The way of a message through any messenger: seen before? answer, keep, send in order, and push what waits."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from actions.cases.database import STORE_ERRORS
from actions.cases.items import Item
from bot.assembly import LONGEST_MESSAGE, Assistant
from bot.channels.outbox import Outbox, Waiting
from bot.channels.rendering import Carries, Part, rendered
from bot.intake import Handed
from bot.logs import turn_log
from knowledge.text import clean

PUSH_SECONDS = 5
BROKEN_OFF = "抱歉，刚才系统中断，您上一条消息可能没有处理完。请再发一次；之前填写的内容都在。"
NOT_HEARD = "抱歉，系统暂时无法保存，您刚才这条没有处理成功，之前的内容都在。请过一会儿再发一次，或拨打 12345。"
# Procedures with somebody's own data have no place in front of others.
PERSONAL = {"self_check", "self_check_amend", "my_self_checks", "resume", "tip_off", "tip_status", "tip_add"}
PERSONAL |= {"tip_withdraw", "login", "tasks", "desk_cases", "statistics"}
PAUSE, SET_ASIDE = "先停一下", "刚才填写的已保存，说“继续”可以接着填。"
KNOWS = "提示：您在{name}上发的内容，{name}自己也会保存，并知道是您发的。不想留下痕迹，请改用网页举报。"
Reply = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file of ours as a browser would save it."""

    name: str
    content: bytes


Fetch = Callable[[str], Awaitable[File]]
# The messages of a turn as a messenger takes them, where it counts them or has limits of its own.
Arrange = Callable[[list[Part]], list[Part]]


class Away(Exception):
    """The messenger cannot be reached now; what waits is sent later."""


class Gone(Exception):
    """Somebody takes no messages any more (blocked us, left)."""


class Messenger(Protocol):
    """What a channel can do.

    Attributes:
        longest: characters that one message may have.
        has_buttons: whether messages can carry buttons; where they cannot, people answer with a number.
    """

    channel: str
    shown_name: str
    longest: int
    has_buttons: bool

    @property
    def in_private(self) -> str:
        """What is said in a group to who should rather talk to us alone."""
        ...

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; a part without a name whose file is given is a picture.

        Raises:
            Away: later.
            Gone: never.
        """
        ...


class Relay:
    """Between one messenger and the assistant."""

    def __init__(
        self, assistant: Assistant, outbox: Outbox, messenger: Messenger, fetch: Fetch, arrange: Arrange = list
    ) -> None:
        self.assistant, self.outbox, self.messenger, self.fetch = assistant, outbox, messenger, fetch
        self._arrange = arrange
        self._order: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._pushing: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._carries = Carries(messenger.longest, messenger.has_buttons, assistant.settings.public_url)

    async def hear(self, sender: str, message_id: str, text: str, command: bool = False) -> None:
        """Answer a message, once however often it is delivered, and after those before it.

        Args:
            command: a tap on the messenger's own menu, which is no answer to a question that is being asked.
        """
        async with self._order[sender], self._says_when_away(sender):
            begun = self.outbox.begin(self.messenger.channel, message_id)
            if begun == "answered":
                return
            said = clean(text)
            if begun == "broken off":
                replies: list[Reply] = [{"text": BROKEN_OFF}]
            else:
                aside = await self._set_aside(sender) if command else []
                said = said if command else self.outbox.chosen(self._place(sender), said)
                replies = [*aside, *await self.assistant.turn(self.messenger.channel, sender, said or "？")]
            await self._answer(sender, message_id, replies)

    async def _set_aside(self, sender: str) -> list[Reply]:
        """Stop asking; what was answered is kept."""
        if not await self.assistant.in_form(self._place(sender)):
            return []
        await self.assistant.turn(self.messenger.channel, sender, PAUSE)
        return [{"text": SET_ASIDE}]

    async def hear_in_group(self, sender: str, message_id: str, text: str) -> None:
        """The same in front of others, where nothing personal is spoken of; ``sender`` is from ``in_group``."""
        said = self.outbox.chosen(self._place(sender), clean(text))
        intent = (await self.assistant.parse(said[:LONGEST_MESSAGE])).get("intent") or {}
        if intent.get("name") in PERSONAL or len(said) > LONGEST_MESSAGE:
            await self.tell(sender, message_id, self.messenger.in_private)
        else:
            await self.hear(sender, message_id, said)

    async def take_file(self, sender: str, message_id: str, name: str, content: bytes, caption: str = "") -> None:
        """Keep a file for the tip-off that is being told, or open one."""
        await self.take(sender, message_id, [Handed(name, content)], caption)

    async def take(self, sender: str, message_id: str, handed: Sequence[Handed | Item], caption: str = "") -> None:
        """Keep what came in one message or one album, and answer once."""
        async with self._order[sender], self._says_when_away(sender):
            if self.outbox.begin(self.messenger.channel, message_id) == "answered":
                return
            replies = await self.assistant.intake.take(self.messenger.channel, sender, handed, caption)
            await self._answer(sender, message_id, replies)

    @contextlib.asynccontextmanager
    async def _says_when_away(self, sender: str) -> AsyncIterator[None]:
        """Without the database nothing can be noted, not even an answer: who wrote is told at once to write again."""
        try:
            yield
        except STORE_ERRORS as error:
            turn_log.error("not heard", channel=self.messenger.channel, error=type(error).__name__)
            with contextlib.suppress(Away, Gone):
                await self.messenger.send(sender, Part(NOT_HEARD), None)

    def takes_files(self, sender: str) -> bool:
        """Whether somebody is telling a tip-off, to which what they say aloud belongs as a recording too."""
        return bool(self.assistant.cases.drafts_of(self._place(sender), "tip_off"))

    async def tell(self, sender: str, message_id: str, text: str) -> None:
        """Answer a message with something that is not the assistant's."""
        async with self._order[sender]:
            if self.outbox.begin(self.messenger.channel, message_id) != "answered":
                await self._deliver(sender, message_id, rendered([{"text": text}], self._carries).parts)

    async def _answer(self, sender: str, message_id: str, replies: list[Reply]) -> None:
        if any((reply.get("custom") or {}).get("opening") == "tip_off" for reply in replies):
            replies = [{"text": KNOWS.format(name=self.messenger.shown_name)}, *replies]
        said = rendered(replies, self._carries)
        await self._deliver(sender, message_id, said.parts, said.menu)

    async def _deliver(
        self, sender: str, message_id: str, parts: list[Part], menu: dict[str, str] | None = None
    ) -> None:
        """Keep what answers a message, then send it; without a menu the last one stays."""
        place = self._place(sender)
        self.outbox.answer(self.messenger.channel, message_id, place, self._arrange(parts), menu)
        await self._flush(place, sender)

    async def flush(self, sender: str) -> None:
        """Send what still waits for somebody, now that there is room for it."""
        async with self._order[sender]:
            await self._flush(self._place(sender), sender)

    def _place(self, sender: str) -> str:
        return f"{self.messenger.channel}:{sender}"

    async def _flush(self, place: str, sender: str) -> None:
        for waiting in self.outbox.waiting(place):
            try:
                await self._send(sender, waiting)
            except Away:
                return
            except Gone:
                self.outbox.drop(place)
                self.assistant.accounts.unbind(place)
                return
            self.outbox.sent(waiting)

    async def _send(self, sender: str, waiting: Waiting) -> None:
        part = waiting.part
        file = None
        if part.file:
            try:
                file = await self.fetch(part.file)
            except FileNotFoundError:  # its link expired while the messenger was away
                part = Part(f"文件“{part.name or '图片'}”的链接已过期，请重新获取。")
        await self.messenger.send(sender, part, file)

    # What nobody asked for just now -----------------------------------------------------------------------

    def start(self) -> None:
        self._pushing = asyncio.create_task(self._push())

    async def stop(self) -> None:
        if self._pushing:
            self._pushing.cancel()

    async def _push(self) -> None:
        """Send what waited for the messenger, and reminders to officials who are signed in through it."""
        while True:
            try:
                await self._reminders()
                for place in self.outbox.places():
                    channel, _, sender = place.partition(":")
                    if channel == self.messenger.channel:
                        async with self._order[sender]:
                            await self._flush(place, sender)
            except Exception as error:
                turn_log.error("push", channel=self.messenger.channel, error=type(error).__name__)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._woken.wait(), PUSH_SECONDS)
            self._woken.clear()

    def wake(self) -> None:
        """The messenger is there again: send what waits at once."""
        self._woken.set()

    async def _reminders(self) -> None:
        accounts, tasks = self.assistant.accounts, self.assistant.tasks
        for account in accounts.everybody():
            own = [b for b in accounts.bindings(account) if b.channel == self.messenger.channel]
            waiting = tasks.undelivered(account.id) if own else []
            for notice in waiting:
                parts = self._arrange(rendered([{"text": notice.text}], self._carries).parts)
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
