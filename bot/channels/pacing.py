"""How fast Telegram may be sent to: so many messages in all, so many to one chat, none while it asks for a pause.

A chat that must wait makes nobody else wait. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiolimiter import AsyncLimiter

# A person is sent one message a second over a while, a few at once in between; a group 20 a minute.
PRIVATE, GROUP = (10, 10.0), (20, 60.0)
# When so many chats in a row are told to wait, it is not about one of them.
REFUSED_CHATS = 5
REMEMBERED = 5_000


class Pace:
    """Lets each message through when it may be sent."""

    def __init__(self, per_second: int) -> None:
        self._all = AsyncLimiter(per_second, 1)
        self._chats: OrderedDict[int, AsyncLimiter] = OrderedDict()
        self._until: dict[int, float] = {}
        self._all_until = 0.0
        self._refused: set[int] = set()

    @asynccontextmanager
    async def to(self, chat: int, group: bool) -> AsyncIterator[None]:
        """Wait until one message may be sent to a chat."""
        await self._limiter(chat, group).acquire()
        while (wait := max(self._until.get(chat, 0.0), self._all_until) - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        self._until.pop(chat, None)
        await self._all.acquire()
        yield

    def pause(self, chat: int, seconds: float) -> None:
        """The messenger asked to wait before the next message to a chat."""
        until = time.monotonic() + seconds
        self._until[chat] = until
        self._refused.add(chat)
        if len(self._refused) >= REFUSED_CHATS:
            self._all_until = until

    def took(self) -> None:
        """A message was taken: what is refused otherwise is about single chats."""
        self._refused.clear()

    def _limiter(self, chat: int, group: bool) -> AsyncLimiter:
        limiter = self._chats.pop(chat, None) or AsyncLimiter(*(GROUP if group else PRIVATE))
        self._chats[chat] = limiter
        if len(self._chats) > REMEMBERED:
            self._chats.popitem(last=False)
        return limiter
