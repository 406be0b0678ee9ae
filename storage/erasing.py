"""What a report leaves in the conversation it was told in, erased in the transaction that submits it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from storage.database import AnyDatabase, SqliteDatabase, StoreLocation

TABLES = ("turns", "trackers")


class ConversationTables:
    """The conversations' tables as the case store reaches them over its own connection.

    Args:
        place: where conversations are kept.
        key_of: what a conversation is called there.
    """

    def __init__(self, location: StoreLocation, key_of: Callable[[str], str]) -> None:
        self._place, self.key_of = location, key_of

    @contextmanager
    def within(self, db: AnyDatabase) -> Iterator[bool]:
        """Let one transaction of ``db``, begun within, reach the conversations; False when there are none.

        In PostgreSQL they are another schema of the same database, in SQLite another file.
        """
        if not isinstance(db, SqliteDatabase):
            yield True
            return
        if self._place.url or not self._place.path.exists():
            yield False
            return
        db.execute(f"attach database ? as {self._name}", [str(self._place.path)])
        try:
            yield True
        finally:
            db.execute(f"detach database {self._name}")

    def erase(self, db: AnyDatabase, conversation_id: str) -> None:
        self.erase_key(db, self.key_of(conversation_id))

    def erase_key(self, db: AnyDatabase, key: str) -> None:
        for table in TABLES:
            db.execute(f"delete from {self._name}.{table} where conversation = ?", [key])

    @property
    def _name(self) -> str:
        return self._place.path.stem
