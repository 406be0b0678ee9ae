"""Work in a process of its own, and what strangers sent in one that is shut in.

Light on purpose: a process that looks at one file starts in half a second, and has nothing of the assistant in memory.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import wait
from typing import Any, TypeVar

from bot.sandbox import shut_in

# A process that has made so many is replaced, so that it never grows.
PAPERS_EACH = 200
GENTLE = 10
# Three times what the largest picture and the recognition model take together (docs/sizing.md).
MOST_MEMORY = 3 * 2**30
Made = TypeVar("Made")


# Nobody waits for what is read in a file; the process and its model go when nothing came for so long.
IDLE_SECONDS = 120


class Worker:
    """One process of its own, started with the first thing it is to make."""

    def __init__(
        self,
        idle_seconds: float = 0,
        each: int = PAPERS_EACH,
        sandboxed: bool = False,
        tries: int = 2,
        programs: bool = False,
    ) -> None:
        """Take how long it may be idle before it ends (0: for ever), and after how many it is replaced.

        Args:
            sandboxed: it reads what strangers sent, and may neither reach the network nor start a program.
            programs: a sandboxed one may start programs all the same, which are shut in with it.
            tries: how often something is begun that the process may end over; what is begun again takes twice as long.
        """
        self._tries = tries
        self._begin = partial(_shut_in, programs) if sandboxed else _end_with_parent
        self._pool: ProcessPoolExecutor | None = None
        self._idle_seconds, self._each, self._busy = idle_seconds, each, 0
        self._ending: asyncio.TimerHandle | None = None

    async def made(self, function: Callable[..., Made], *values: Any) -> Made:
        """Whatever takes long to make: a chart, a sheet, the words in a picture.

        Raises:
            BrokenProcessPool: it ended each time while it made this: what was asked for is too much for it.
        """
        loop = asyncio.get_running_loop()
        self._busy += 1
        if self._ending:
            self._ending.cancel()
        try:
            return await loop.run_in_executor(self._ready(), function, *values)
        except BrokenProcessPool:  # killed from outside: once more with a new one
            self._pool = None
            if self._tries < 2:
                raise
            return await loop.run_in_executor(self._ready(), function, *values)
        finally:
            self._busy -= 1
            if self._idle_seconds and not self._busy:
                self._ending = loop.call_later(self._idle_seconds, self.close)

    def _ready(self) -> ProcessPoolExecutor:
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                1, mp_context=spawn, initializer=self._begin, max_tasks_per_child=self._each
            )
        return self._pool

    def close(self) -> None:
        if self._ending:
            self._ending.cancel()
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def within(seconds: int, function: Callable[..., Made], *values: Any) -> Made:
    """Make something of what strangers sent in the worker's process, which ends if that takes longer or more memory.

    A loop in a C library ends too.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    try:
        return function(*values)
    finally:
        signal.alarm(0)


def gently(function: Callable[..., Made], *values: Any) -> Made:
    """Make something behind everything else that the machine does."""
    os.nice(max(0, GENTLE - os.nice(0)))
    return function(*values)


def _end_with_parent() -> None:
    """A server that was killed cannot tell its worker, which would wait for papers, with 200 MB, for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _shut_in(programs: bool) -> None:
    _end_with_parent()
    shut_in(programs)


def _exit_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
