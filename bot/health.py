"""Whether a question can be answered now, said at once even when finding out takes long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

# What was found less than FRESH_SECONDS ago is said after WITHIN_SECONDS when finding out anew takes longer; when there
# is nothing as fresh, AT_MOST_SECONDS are waited before the answer is no: a busy machine is not one that is away.
WITHIN_SECONDS, FRESH_SECONDS, AT_MOST_SECONDS = 0.1, 2.0, 1.0


class Health:
    """One check at a time, on a thread, shared by all who ask meanwhile.

    Args:
        check: tells whether all is well; what it raises of ``failures`` means that it is not.
    """

    def __init__(self, check: Callable[[], bool], failures: tuple[type[Exception], ...]) -> None:
        self._check, self._failures = check, failures
        self._running: asyncio.Task[bool] | None = None
        self._last, self._at = False, -FRESH_SECONDS

    async def good(self) -> bool:
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._looked())
        fresh = time.monotonic() - self._at < FRESH_SECONDS
        done, _ = await asyncio.wait({self._running}, timeout=WITHIN_SECONDS if fresh else AT_MOST_SECONDS)
        return self._last and (fresh or bool(done))

    async def _looked(self) -> bool:
        try:
            found = await asyncio.to_thread(self._check)
        except self._failures:
            found = False
        self._last, self._at = found, time.monotonic()
        return found
