"""What every store of ours is: one SQLite file whose readable parts are sealed, kept as safely as SQLite can."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlite_utils import Database

from actions.cases.sealing import Lookup, Sealer

BUSY_SECONDS = 10
SECRETS = "create table if not exists secrets (sealed blob not null)"
Migration = Callable[[Database], None]


def creates(schema: str) -> Migration:
    """A first migration: the statements of a schema, one after the other."""

    def migration(db: Database) -> None:
        for statement in schema.split(";\n"):
            if statement.strip():
                db.execute(statement)

    return migration


class SealedStore:
    """A SQLite file with a sealed lookup secret; safe to share between threads, and processes on one machine."""

    # Tables and columns that hold sealed values, for a change of key.
    sealed: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, path: Path, sealer: Sealer, migrations: Sequence[Migration], synchronous: str = "full") -> None:
        """Open the file, made or migrated as needed.

        Args:
            migrations: one a version; those the file has not seen run, in one transaction.

        Raises:
            KeyFileError: it was written with a key that is not there.
            RuntimeError: it was written by a later version of the program.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._sealer, self._path, self._migrations = sealer, path, migrations
        self._lock = threading.RLock()
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=BUSY_SECONDS)
        self._db = Database(connection)
        path.chmod(0o600)
        # What is deleted is overwritten and given back; no view or trigger may call what could write elsewhere.
        for pragma in ("secure_delete = on", "trusted_schema = off", "foreign_keys = on"):
            self._db.execute(f"pragma {pragma}")
        self._shrinking()
        self._db.execute("pragma journal_mode = wal")
        self._db.execute(f"pragma synchronous = {synchronous}")
        self._migrate()
        self._lookup = Lookup(sealer, self)

    def read_secret(self) -> bytes | None:
        row = self._db.execute("select sealed from secrets").fetchone()
        return row[0] if row else None

    def write_secret(self, sealed: bytes) -> None:
        self._db.execute("insert into secrets select ? where not exists (select 1 from secrets)", [sealed])

    def check(self) -> None:
        """Raise sqlite3.Error when the store cannot be written."""
        with self._writing():
            pass

    def rotate(self) -> int:
        """Seal everything anew with the newest key; returns how many values."""
        with self._writing():
            return self._renew()

    def _renew(self) -> int:
        renewed = 0
        for table, column in (*self.sealed, ("secrets", "sealed")):
            for row, kept in self._db.execute(f"select rowid, {column} from {table}").fetchall():
                if kept is not None:
                    self._db.execute(
                        f"update {table} set {column} = ? where rowid = ?", [self._sealer.renew(kept), row]
                    )
                    renewed += 1
        return renewed

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _shrinking(self) -> None:
        """Auto-vacuum; a file that was made without it is rebuilt once."""
        if self._db.execute("pragma auto_vacuum").fetchone() == (1,):
            return
        self._db.execute("pragma auto_vacuum = full")
        if self._db.table_names():
            self._db.execute("vacuum")

    def _migrate(self) -> None:
        self._db.execute("begin immediate")
        try:
            (have,) = self._db.execute("pragma user_version").fetchone()
            if have > len(self._migrations):
                raise RuntimeError(
                    f"{self._path.name} 是更新版本的程序写的（{have} > {len(self._migrations)}），请先升级程序。"
                )
            for version, step in enumerate(self._migrations[have:], start=have + 1):
                step(self._db)
                self._db.execute(f"pragma user_version = {version}")
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, taken at once: two writers wait for each other instead of failing half-way."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
                self._db.execute("commit")
            except BaseException:
                self._db.rollback()
                raise

    def _read(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return list(self._db.execute(statement, values).fetchall())


def now() -> float:
    return datetime.now(UTC).timestamp()


def time_of(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
