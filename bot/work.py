"""How much work of a process somebody may take: seconds of its processor, whatever they are spent on.

A message may cost a hundred times another, so that counting messages protects nobody. What is done for a sender, and
for an address over all its senders, is measured where it is done, and waits in line: one turn of a sender at a time,
some of an address, so that nobody stands behind all that somebody else has sent.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from knowledge.turn import speaking_from

# Within this time what was spent is forgotten, evenly.
WINDOW_SECONDS = 60.0
# Turns of an address that are under way at once: people who share one are served beside each other. How many messages
# may wait behind those.
MOST_OF_AN_ADDRESS = 4
LONGEST_LINE, LONGEST_LINE_OF_AN_ADDRESS = 12, 500
# Threads for what waits for a store: many may wait for one that is locked before anybody else does.
MOST_WAITING = 32
REMEMBERED = 10_000

Spend = Callable[[float], None]
Result = TypeVar("Result")
Given = ParamSpec("Given")
# Is told the seconds that are spent for whom is served now.
_spend: ContextVar[Spend | None] = ContextVar("spend", default=None)


class OverBudgetError(Exception):
    """Somebody has taken as much work in this minute as one may."""

    message = "您这一分钟发来的内容太多，这条没有处理。请过一分钟再发；之前的内容都在。"
    status = 429


class Spent:
    """Seconds that each has taken lately."""

    def __init__(self, most: float) -> None:
        self._most, self._guard = most, threading.Lock()
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def add(self, who: str, seconds: float) -> None:
        with self._guard:
            before = self.of(who)
            self._spent.pop(who, None)
            self._spent[who] = before + seconds, time.monotonic()
            if len(self._spent) > REMEMBERED:
                self._spent.popitem(last=False)

    def of(self, who: str) -> float:
        seconds, at = self._spent.get(who, (0.0, 0.0))
        return max(0.0, seconds - (time.monotonic() - at) * self._most / WINDOW_SECONDS)

    def over(self, who: str) -> bool:
        return self.of(who) >= self._most


class Lines:
    """So many at once for each name, in the order of asking; a name that nobody waits under is forgotten.

    Args:
        most: at once.
        longest: how many may be there, served or waiting.
    """

    def __init__(self, most: int, longest: int) -> None:
        self._most, self._longest = most, longest
        self._lines: dict[str, tuple[asyncio.Semaphore, list[int]]] = {}

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """Hold a place.

        Raises:
            OverBudgetError: the line is as long as it may be.
        """
        places, waiting = self._lines.setdefault(name, (asyncio.Semaphore(self._most), [0]))
        if waiting[0] >= self._longest:
            raise OverBudgetError
        waiting[0] += 1
        try:
            async with places:
                yield
        finally:
            waiting[0] -= 1
            if not waiting[0]:
                del self._lines[name]


class WorkBudget:
    """What senders and addresses may take of this process.

    Args:
        sender_seconds: of a sender in WINDOW_SECONDS.
        address_seconds: of an address, over all its senders.
    """

    def __init__(self, sender_seconds: float, address_seconds: float) -> None:
        self._senders, self._addresses = Spent(sender_seconds), Spent(address_seconds)
        self._sender_lines = Lines(1, LONGEST_LINE)
        self._address_lines = Lines(MOST_OF_AN_ADDRESS, LONGEST_LINE_OF_AN_ADDRESS)

    @asynccontextmanager
    async def spending(self, conversation_id: str) -> AsyncIterator[None]:
        """Wait in line, and have what is done within counted to the sender and to the address that speaks.

        Args:
            conversation_id: who, unique over all channels.

        Raises:
            OverBudgetError: one of them has none left when it is their turn.
        """
        address = speaking_from.get()
        async with AsyncExitStack() as held:
            await held.enter_async_context(self._sender_lines.of(conversation_id))
            if address:
                await held.enter_async_context(self._address_lines.of(address))
            if self._senders.over(conversation_id) or (address and self._addresses.over(address)):
                raise OverBudgetError

            def spend(seconds: float) -> None:
                self._senders.add(conversation_id, seconds)
                if address:
                    self._addresses.add(address, seconds)

            before = _spend.set(spend)
            try:
                yield
            finally:
                _spend.reset(before)


class Measured(Awaitable[Result]):
    """A coroutine each step of which is counted to whom it is taken for."""

    def __init__(self, work: Coroutine[Any, Any, Result]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, Any, Result]:
        spend, steps = _spend.get(), self._work.__await__()
        step: Callable[[Any], Any] = steps.send
        given: Any = None
        while True:
            try:
                waits_for = measured(spend, step, given)
            except StopIteration as ended:
                result: Result = ended.value
                return result
            try:
                step, given = steps.send, (yield waits_for)
            except BaseException as error:  # goes to who awaits, who may still have to tidy up
                step, given = steps.throw, error


class MeasuringExecutor(ThreadPoolExecutor):
    """Threads whose work is counted to whom it is done for."""

    def __init__(self, name: str) -> None:
        super().__init__(MOST_WAITING, thread_name_prefix=name)

    def submit(self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Result]:
        spend = _spend.get()
        return super().submit(lambda: measured(spend, fn, *args, **kwargs))


def measured(spend: Spend | None, work: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
    """What the work gives; its seconds are counted, however it ends."""
    started = time.thread_time()
    try:
        return work(*args, **kwargs)
    finally:
        if spend:
            spend(time.thread_time() - started)
