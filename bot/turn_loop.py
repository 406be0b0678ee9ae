"""An event loop for turns, on a thread of its own: what a message takes holds up no page and no health check."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.work import Measured, MeasuringExecutor

SWITCH_SECONDS = 0.0005

Result = TypeVar("Result")


class TurnLoop:
    """Runs coroutines one beside the other, away from the loop that serves the network; what they take is counted to
    whom they are run for (``WorkBudget.spending``)."""

    def __init__(self) -> None:
        # Each call to the network gives the interpreter away; with Python's own 5 ms until it comes back from a turn
        # that computes, eighty requests at once would hold up /healthz for two seconds.
        sys.setswitchinterval(SWITCH_SECONDS)
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(MeasuringExecutor("turns"))
        threading.Thread(target=self._loop.run_forever, name="turns", daemon=True).start()

    async def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The coroutine's result, in the context of who asks for it."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_measured(work), self._loop))


async def _measured(work: Coroutine[Any, Any, Result]) -> Result:
    return await Measured(work)
