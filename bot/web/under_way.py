"""Uploads that are under way: how many at once, and who gives way when all places are taken.

A place is held only while something comes. Otherwise whoever sends a byte a minute on a few connections would keep
everybody else's files out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from time import monotonic

from bot.web.guards import BadInput
from casework.cases.evidence import EvidenceError

# Altogether, and of one address: an office shares one, and so does everybody who comes through Tor.
MOST_AT_ONCE, MOST_OF_AN_ADDRESS = 16, 8
# Who finds no place waits so long for one, with nothing read yet; so many may wait, so many of one address.
WAIT_SECONDS, MOST_WAITING, MOST_WAITING_OF_AN_ADDRESS = 20.0, 256, 128
# How often somebody who waits looks whether another has become slow.
LOOK_SECONDS = 1.0
# Nothing came for so long: the line is dead, or is meant to be held.
STALLED_SECONDS = 30.0
# Whoever is slower than this after so long gives way to whoever finds all places taken; a bad mobile line is faster.
SLOW_BYTES_A_SECOND, GRACE_SECONDS = 4 * 1024, 10.0
BUSY = "现在上传的人太多，文件没有收下。请过一分钟再传，已填的内容都在。"
TOO_SLOW = "上传太慢，中途停了，这个文件没有收下。请换个网络，或压缩后再传；已填的内容都在。"


@dataclass(eq=False)
class UnderWay:
    """One upload.

    Attributes:
        kept: it has arrived and is being kept: from here on nobody ends it.
    """

    address: str
    limit: asyncio.Timeout
    began: float
    taken: int = 0
    kept: bool = False

    @property
    def bytes_a_second(self) -> float:
        return self.taken / max(monotonic() - self.began, 0.001)

    @property
    def is_slow(self) -> bool:
        old = monotonic() - self.began > GRACE_SECONDS
        return old and not self.kept and self.bytes_a_second < SLOW_BYTES_A_SECOND

    def took(self, count: int) -> None:
        """Something came: there is time again until the next."""
        self.taken += count
        self._wait(STALLED_SECONDS)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """What has arrived is being kept."""
        self.kept = True
        self._wait(None)
        try:
            yield
        finally:
            self.kept = False
            self._wait(STALLED_SECONDS)

    def give_way(self) -> None:
        self._wait(0)

    def _wait(self, seconds: float | None) -> None:
        if not self.limit.expired():
            self.limit.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)


class UploadPlaces:
    """The places of a process.

    Args:
        wait_seconds: how long somebody waits for a place before they are asked to come back.
    """

    def __init__(self, wait_seconds: float = WAIT_SECONDS) -> None:
        self._held: list[UnderWay] = []
        self._waiting: list[str] = []
        self._wait_seconds = wait_seconds
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def held(self, address: str) -> AsyncIterator[UnderWay]:
        """Hold a place for an upload; who sends too slowly loses it to others.

        Raises:
            BadInput: too many are under way.
            EvidenceError: nothing came for too long, or others waited.
        """
        await self._place(address)
        try:
            async with asyncio.timeout(STALLED_SECONDS) as limit:
                mine = UnderWay(address, limit, monotonic())
                self._held.append(mine)
                try:
                    yield mine
                finally:
                    if mine in self._held:
                        self._held.remove(mine)
                    self._freed.set()
        except TimeoutError as error:
            raise EvidenceError(TOO_SLOW) from error

    async def _place(self, address: str) -> None:
        """Wait until there is a place; a moment's crowd, fifty people behind one address, is no reason to refuse.

        Raises:
            BadInput: there was none for too long, or too many wait.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait_seconds
        while True:
            try:
                self._make_room(address)
                return
            except BadInput:
                crowd = len(self._waiting) >= MOST_WAITING or self._waiting.count(address) >= MOST_WAITING_OF_AN_ADDRESS
                if crowd or loop.time() >= until:
                    raise
            self._waiting.append(address)
            self._freed.clear()
            try:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._freed.wait(), LOOK_SECONDS)
            finally:
                self._waiting.remove(address)

    def _make_room(self, address: str) -> None:
        """See that an address has a place.

        Raises:
            BadInput: all are taken and none is slow.
        """
        if sum(each.address == address for each in self._held) >= MOST_OF_AN_ADDRESS:
            self._free_one(address)
        elif len(self._held) >= MOST_AT_ONCE:
            self._free_one()

    def _free_one(self, address: str = "") -> None:
        """Let the slowest give way, of an address or of all.

        Raises:
            BadInput: none is slow.
        """
        slow = [each for each in self._held if each.is_slow and address in ("", each.address)]
        if not slow:
            raise BadInput(BUSY, 503, "uploads")
        slowest = min(slow, key=lambda each: each.bytes_a_second)
        self._held.remove(slowest)
        slowest.give_way()
