"""Whether a question can be answered now: found out again and again, and said at once to whoever asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

# How often it is found out without being asked, and at the earliest again because somebody asks; up to which age what
# was found is said at once; how long who asks waits after that; and how long what was found is true: a check that hangs
# is an answer too, while one that a busy machine holds up for a moment is none. Each check takes a thread that needs
# the interpreter a dozen times: one for each who asks would be in the way of whoever is answered meanwhile.
EACH_SECONDS, AGAIN_SECONDS, YOUNG_SECONDS, WITHIN_SECONDS, FRESH_SECONDS = 1.0, 0.2, 1.5, 0.05, 6.0


class Health:
    """One check at a time, on a thread, shared by all who ask meanwhile.

    Args:
        check: tells whether all is well; what it raises of ``failures`` means that it is not.
    """

    def __init__(self, check: Callable[[], bool], failures: tuple[type[Exception], ...]) -> None:
        self._check, self._failures = check, failures
        self._running: asyncio.Task[None] | None = None
        self._last, self._at = False, -FRESH_SECONDS

    async def watch(self) -> None:
        """Find out again and again, until cancelled: who asks after a long time waits no longer than others."""
        while True:
            await self.look()
            await asyncio.sleep(EACH_SECONDS)

    async def good(self) -> bool:
        """What was found a moment ago, else what is found now, or last when that would take over WITHIN_SECONDS."""
        age = time.monotonic() - self._at
        if age > AGAIN_SECONDS:
            begun = self._begun()
            if age > YOUNG_SECONDS:
                await asyncio.wait({begun}, timeout=WITHIN_SECONDS)
        return self._last and time.monotonic() - self._at < FRESH_SECONDS

    async def look(self) -> None:
        """Find out, however long it takes."""
        await asyncio.shield(self._begun())

    def _begun(self) -> asyncio.Task[None]:
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._found_out())
        return self._running

    async def _found_out(self) -> None:
        try:
            found = await asyncio.to_thread(self._check)
        except self._failures:
            found = False
        self._last, self._at = found, time.monotonic()
