"""An event loop for turns, on a thread of its own: what a message takes holds up no page and no health check."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class TurnLoop:
    """Runs coroutines one beside the other, away from the loop that serves the network."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="turns", daemon=True).start()

    async def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The coroutine's result, in the context of who asks for it."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))
