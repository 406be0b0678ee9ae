"""Writes papers and draws charts in a process of its own: a Chinese font takes a second nobody shall wait for."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any

from actions.documents import write
from actions.self_check.papers import Papers, as_json, blocks_of

# A worker that has written so many is replaced, so that it never grows.
PAPERS_EACH = 200


class PaperWriter:
    """One worker, started with the first paper."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def written(self, papers: Papers, paper: str, form: str) -> bytes:
        """A paper (``form``, ``report``) as ``docx`` or ``pdf``, or all of it as ``json``."""
        if form == "json":
            return as_json(papers)
        name, blocks = blocks_of(papers, paper)
        return await self.made(write, name, blocks, form)

    async def made(self, function: Callable[..., bytes], *values: Any) -> bytes:
        """Anything else that takes long to make: a chart, a sheet."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._ready(), function, *values)
        except BrokenProcessPool:  # killed from outside: once more with a new one
            self._pool = None
            return await loop.run_in_executor(self._ready(), function, *values)

    def _ready(self) -> ProcessPoolExecutor:
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                1, mp_context=spawn, initializer=_end_with_parent, max_tasks_per_child=PAPERS_EACH
            )
        return self._pool

    def close(self) -> None:
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)


def _end_with_parent() -> None:
    """A server that was killed cannot tell its worker, which would wait for papers, with 200 MB, for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _exit_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
