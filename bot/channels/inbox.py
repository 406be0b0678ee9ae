"""What a messenger brings, kept until it is handled: one person's in order, different people's side by side."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot.channels.outbox import Outbox
from bot.logs import turn_log
from storage.database import STORE_ERRORS

# How often is looked for what another process received.
COLLECT_SECONDS = 0.5
# What could not be fetched is tried again after so many seconds, the last of them again and again.
AGAIN_SECONDS = (2, 5, 15, 60, 300, 1800)
# Words do not wait for files, which take longer and lie in memory meanwhile. Not more words than keep the processor
# busy: whoever is being answered when a process dies is asked to write again.
WORDS_AT_ONCE, FILES_AT_ONCE = 16, 6
FILE_KINDS = {"image", "voice", "video", "shortvideo", "file"}


@dataclass(frozen=True)
class Brought:
    """One message as a platform brought it.

    Attributes:
        id: the platform's, or what else tells it from every other.
        who: whose order it belongs to.
        content: the platform's own fields.
    """

    id: str
    who: str = field(repr=False)
    content: dict[str, Any] = field(repr=False)

    @property
    def is_file(self) -> bool:
        """公众号 and 企业微信 write MsgType, 微信客服 msgtype."""
        return (self.content.get("MsgType") or self.content.get("msgtype")) in FILE_KINDS


class NotYet(Exception):
    """It cannot be handled now and stays kept; it is tried again."""


class Inbox:
    """The messages of one channel, whichever process took their callback; ``run`` in the one that answers.

    Args:
        failed: told what could not be handled, whatever the reason.
    """

    def __init__(
        self,
        outbox: Outbox,
        channel: str,
        handle: Callable[[Brought], Awaitable[None]],
        failed: Callable[[Brought], Awaitable[None]] | None = None,
    ) -> None:
        self._outbox, self.channel, self._handle, self._failed = outbox, channel, handle, failed
        self._arrived = asyncio.Event()
        self._order: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._users: Counter[str] = Counter()
        self._for_words, self._for_files = asyncio.Semaphore(WORDS_AT_ONCE), asyncio.Semaphore(FILES_AT_ONCE)
        self._work: set[asyncio.Task[None]] = set()
        self._read_up_to, self._done = 0, set[str]()

    def keep(self, brought: Brought) -> bool:
        """Keep a message; from now on its sender may be told that it has come. False when it is kept already.

        Raises:
            one of STORE_ERRORS: it could not be kept.
        """
        new = keep(self._outbox, self.channel, brought)
        self._arrived.set()
        return new

    async def run(self) -> None:
        """Handle what is kept: what came here, to another process, or was left by an earlier one."""
        while True:
            self._arrived.clear()
            with contextlib.suppress(*STORE_ERRORS):
                for number, content in self._outbox.kept(self.channel, self._read_up_to):
                    self._read_up_to = number
                    self._begin(Brought(**json.loads(content)))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), COLLECT_SECONDS)

    def stop(self) -> None:
        for task in self._work:
            task.cancel()

    def _begin(self, brought: Brought) -> None:
        # Begun in the order of arrival, which is all that the locks need to keep it.
        task = asyncio.create_task(self._in_order(brought))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _in_order(self, brought: Brought) -> None:
        tries = 0
        while not await self._tried(brought, last=tries >= len(AGAIN_SECONDS)):
            await asyncio.sleep(AGAIN_SECONDS[min(tries, len(AGAIN_SECONDS) - 1)])
            tries += 1
        self._handled(brought.id)

    async def _tried(self, brought: Brought, last: bool) -> bool:
        """Whether it is done with. What the database does not take is tried again, unless it was so often."""
        who = brought.who
        self._users[who] += 1
        try:
            async with self._order[who], self._for_files if brought.is_file else self._for_words:
                await self._handle(brought)
            return True
        except NotYet:
            return False
        except Exception as error:  # one message that cannot be handled never stops the others
            turn_log.error("message", channel=self.channel, error=type(error).__name__)
            if isinstance(error, STORE_ERRORS) and not last:
                return False
            await self._say_that_it_failed(brought)
            return True
        finally:
            self._users[who] -= 1
            if not self._users[who]:
                del self._users[who], self._order[who]

    async def _say_that_it_failed(self, brought: Brought) -> None:
        if self._failed:
            with contextlib.suppress(Exception):  # there is nobody else to tell
                await self._failed(brought)

    def _handled(self, message_id: str) -> None:
        """Keep it no longer; while the database is away that is done with the next one."""
        self._done.add(message_id)
        with contextlib.suppress(*STORE_ERRORS):
            self._outbox.handled(self.channel, self._done)
            self._done.clear()


def keep(outbox: Outbox, channel: str, brought: Brought) -> bool:
    """Keep a message for the process that runs the channel."""
    content = {"id": brought.id, "who": brought.who, "content": brought.content}
    return outbox.keep(channel, brought.id, json.dumps(content, ensure_ascii=False))
