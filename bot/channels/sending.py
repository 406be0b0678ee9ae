"""Sends what lies in the outbox: in order for each place, side by side for different ones, apart from answering.

Whatever goes wrong with one place is that place's alone: it is tried again after a while that grows, and nobody who
writes, no reminder and no other place waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace

from bot.channels.messenger import Away, Fetch, Gone, Messenger, Rejected, Unsure
from bot.channels.outbox import Outbox, Waiting
from bot.channels.rendering import Part, at
from bot.logs import turn_log

AGAIN_SECONDS, MOST_SECONDS = 5.0, 60.0
NOT_SHOWN = "有一条回复这里没有收下，没能显示。请把上一句话再发一次，或在网页{web}上查看。"
FILE_NOT_SHOWN = "文件“{name}”这里没有收下，没能发给您。请在网页{web}上再要一次。"


class Sending:
    """The tasks that send, one a place while something waits there.

    Args:
        gone: told the place where nobody takes messages any more.
        public_url: where our pages are reached, for who cannot be shown something.
    """

    def __init__(
        self, outbox: Outbox, messenger: Messenger, fetch: Fetch, gone: Callable[[str], None], public_url: str = ""
    ) -> None:
        self._outbox, self._messenger, self._fetch, self._gone = outbox, messenger, fetch, gone
        self._public_url = public_url
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._more: set[str] = set()
        # What was taken while the database was away, and must not be sent again when it is back.
        self._taken: set[int] = set()
        # What may have been taken: it is sent again as it is, under the name that it had.
        self._unsure: set[int] = set()
        self._failures: dict[str, tuple[int, float]] = {}

    def soon(self, conversation_id: str) -> None:
        """Send what waits for a place, after what is being sent there."""
        if conversation_id in self._tasks:
            self._more.add(conversation_id)
            return
        self._tasks[conversation_id] = asyncio.create_task(self._work(conversation_id))

    async def now(self, conversation_id: str) -> None:
        """The same, and return when all of it was tried."""
        self.soon(conversation_id)
        await asyncio.wait({self._tasks[conversation_id]})
        if conversation_id in self._more:  # what was on its way before failed, and nothing after it was tried
            self.soon(conversation_id)
            await asyncio.wait({self._tasks[conversation_id]})

    def again(self, conversation_id: str) -> None:
        """The same, for a place where it failed not before its time has come."""
        _, until = self._failures.get(conversation_id, (0, 0.0))
        if time.monotonic() >= until:
            self.soon(conversation_id)

    def forgive(self) -> None:
        """The messenger is there again: nobody has to wait for what failed before."""
        self._failures.clear()

    async def stop(self) -> None:
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _work(self, conversation_id: str) -> None:
        try:
            while True:
                self._more.discard(conversation_id)
                await self._flush(conversation_id)
                if conversation_id not in self._more:
                    break
            self._failures.pop(conversation_id, None)
        except Exception as error:  # of this place alone
            if not isinstance(error, Away):
                turn_log.error("not sent", channel=self._messenger.channel, error=type(error).__name__)
            failures = self._failures.get(conversation_id, (0, 0.0))[0] + 1
            wait = min(AGAIN_SECONDS * 2 ** (failures - 1), MOST_SECONDS)
            self._failures[conversation_id] = failures, time.monotonic() + wait
        finally:
            del self._tasks[conversation_id]

    async def _flush(self, conversation_id: str) -> None:
        sender = conversation_id.partition(":")[2]
        for waiting in self._gathered(conversation_id, sender):
            try:
                if waiting.id not in self._taken:
                    await self._send(sender, waiting)
            except Unsure:
                self._unsure.add(waiting.id)
                raise
            except Gone:
                self._outbox.drop(conversation_id)
                self._gone(conversation_id)
                return
            self._taken.add(waiting.id)
            await asyncio.to_thread(self._outbox.sent, waiting)
            self._taken.discard(waiting.id)
            self._unsure.discard(waiting.id)

    def _gathered(self, conversation_id: str, sender: str) -> list[Waiting]:
        """What waits for a place; more than may be sent there now goes in fewer messages, like a turn.

        Else whoever writes after a week of reminders would get some of those, and the answer with their next message.
        """
        waiting, room = self._outbox.waiting(conversation_id), self._messenger.room(sender)
        ids = {each.id for each in waiting}
        if not room or len(waiting) <= room or ids & self._taken or ids & self._unsure:
            return waiting
        parts = self._messenger.arrange([each.part for each in waiting], room)
        return self._outbox.replace(waiting, parts) if len(parts) < len(waiting) else waiting

    async def _send(self, sender: str, waiting: Waiting) -> None:
        part, file = waiting.part, None
        if part.file:
            try:
                file = await self._fetch(part.file)
            except FileNotFoundError:  # its link expired while the messenger was away
                part = Part(f"文件“{part.name or '图片'}”的链接已过期，请重新获取。", key=part.key)
        try:
            await self._messenger.send(sender, part, file)
        except Rejected:  # said under the same name: what was taken before, and is refused for that, is not said
            with contextlib.suppress(Rejected):
                await self._messenger.send(sender, self._not_shown(part), None)

    def _not_shown(self, part: Part) -> Part:
        """What is said in the place of a message that is not taken."""
        text, web = (FILE_NOT_SHOWN if part.file else NOT_SHOWN), at(self._public_url)
        return replace(Part(text.format(name=part.name or "图片", web=web)), key=part.key, answers=part.answers)
