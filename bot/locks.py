"""One message of a conversation at a time, over all processes: locks that live where the conversations do.

Rasa's RedisLockStore reads a lock, changes it and writes it back, so two processes can both be served first, and a
flushed Redis forgets who is in. PostgreSQL's advisory locks end with the connection that holds them and cannot be
lost while it lives. Two messages of one process wait for each other in the order they came.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock_store import LockError, LockStore

from storage.postgres import PostgresDatabase, lock_number

WAIT_SECONDS = 30.0
PAUSE_SECONDS = 0.02


class AdvisoryLocks:
    """Named locks held by this process over one connection of its own."""

    def __init__(self, url: str) -> None:
        self._db = PostgresDatabase(url, "locks")
        self._guard = threading.Lock()

    def take(self, name: str) -> bool:
        """Take a lock that no other process holds; who holds it already may take it again."""
        with self._guard:
            return bool(self._db.execute("select pg_try_advisory_lock(?)", [lock_number(name)]).fetchone()[0])

    def holds(self, name: str) -> bool:
        """Whether this process has a lock that it means to keep; takes it when it is free, and once only."""
        with self._guard:
            held = self._db.execute(
                "select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() "
                "and objsubid = 1 and (classid::bigint << 32 | objid::bigint) = ?",
                [lock_number(name)],
            ).fetchone()
        return bool(held) or self.take(name)

    def give(self, name: str) -> None:
        """Give a lock back; one that was lost with a connection is given back already."""
        with self._guard:
            self._db.execute("select pg_advisory_unlock(?)", [lock_number(name)])

    def close(self) -> None:
        """Give every lock back and the connection too."""
        with self._guard:
            self._db.close()


class LocalLockStore(LockStore):  # type: ignore[misc]
    """Rasa's lock store within one process: who waits is served in order, and at once.

    Rasa's own looks again once a second, so that quick messages of one person take a second each.
    """

    def __init__(self) -> None:
        super().__init__()
        self._here: dict[str, asyncio.Lock] = {}
        self._users: Counter[str] = Counter()

    @asynccontextmanager
    async def lock(self, conversation_id: str, *args: Any, **kwargs: Any) -> AsyncGenerator[None, None]:
        """Hold a conversation."""
        mine = self._here.setdefault(conversation_id, asyncio.Lock())
        self._users[conversation_id] += 1
        try:
            async with mine:
                yield
        finally:
            self._users[conversation_id] -= 1
            if not self._users[conversation_id]:
                del self._users[conversation_id], self._here[conversation_id]


class DatabaseLockStore(LocalLockStore):
    """The same over all processes that share AdvisoryLocks."""

    def __init__(self, locks: AdvisoryLocks) -> None:
        super().__init__()
        self._held = locks

    @asynccontextmanager
    async def lock(self, conversation_id: str, *args: Any, **kwargs: Any) -> AsyncGenerator[None, None]:
        """Hold a conversation.

        Raises:
            LockError: another process held it for WAIT_SECONDS.
        """
        async with super().lock(conversation_id):
            await self._take(conversation_id)
            try:
                yield
            finally:
                self._held.give(conversation_id)

    async def _take(self, conversation_id: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._held.take(conversation_id):
            if time.monotonic() > deadline:
                raise LockError(f"conversation held elsewhere for {WAIT_SECONDS:.0f} s")
            await asyncio.sleep(PAUSE_SECONDS)
