"""What every store of ours is: a SQLite file or a PostgreSQL schema whose readable parts are sealed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import psycopg2
from sqlite_utils import Database

from actions.cases.postgres import PostgresDatabase
from actions.cases.sealing import Lookup, Sealer

BUSY_SECONDS = 10
SECRETS = "create table if not exists secrets (sealed blob not null)"
# What either database raises when it cannot be read or written.
STORE_ERRORS = (sqlite3.Error, psycopg2.Error)


class SqliteDatabase(Database):
    """A SQLite file kept as safely as SQLite can; safe to share between processes on one machine."""

    def __init__(self, path: Path, synchronous: str = "full") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=BUSY_SECONDS))
        path.chmod(0o600)
        # What is deleted is overwritten and given back; no view or trigger may call what could write elsewhere.
        for pragma in ("secure_delete = on", "trusted_schema = off", "foreign_keys = on"):
            self.execute(f"pragma {pragma}")
        self._shrinking()
        self.execute("pragma journal_mode = wal")
        self.execute(f"pragma synchronous = {synchronous}")

    def _shrinking(self) -> None:
        """Auto-vacuum; a file that was made without it is rebuilt once."""
        if self.execute("pragma auto_vacuum").fetchone() == (1,):
            return
        self.execute("pragma auto_vacuum = full")
        if self.table_names():
            self.execute("vacuum")

    def begin(self) -> None:
        """Take the only writer's place at once: two writers wait for each other instead of failing half-way."""
        self.execute("begin immediate")

    def commit(self) -> None:
        self.execute("commit")

    def version(self) -> int:
        return int(self.execute("pragma user_version").fetchone()[0])

    def set_version(self, version: int) -> None:
        self.execute(f"pragma user_version = {version}")


AnyDatabase = SqliteDatabase | PostgresDatabase
Migration = Callable[[AnyDatabase], None]


@dataclass(frozen=True)
class Place:
    """Where a store is kept.

    Attributes:
        path: its SQLite file; files that belong to it lie beside that path in either case.
        url: ``postgresql://…``: it is kept there instead, in a schema of the file's name.
    """

    path: Path
    url: str = ""

    def opened(self, synchronous: str, durable: bool = True) -> AnyDatabase:
        if self.url:
            return PostgresDatabase(self.url, self.path.stem, durable)
        return SqliteDatabase(self.path, synchronous)


def creates(schema: str) -> Migration:
    """A first migration: the statements of a schema, one after the other."""

    def migration(db: AnyDatabase) -> None:
        for statement in schema.split(";\n"):
            if statement.strip():
                db.execute(statement)

    return migration


class SealedStore:
    """Tables with a sealed lookup secret; safe to share between threads and processes."""

    # Tables and columns that hold sealed values, for a change of key.
    sealed: ClassVar[tuple[tuple[str, str], ...]] = ()
    # How SQLite writes: "normal" where the last second may be lost with the power.
    synchronous: ClassVar[str] = "full"
    # False where the last half second may be lost with a PostgreSQL server, and a turn need not wait for its disk.
    durable: ClassVar[bool] = True
    # One a version; those that a store has not seen run when it is opened.
    migrations: ClassVar[tuple[Migration, ...]] = ()

    def __init__(
        self,
        place: Place | Path,
        sealer: Sealer,
        migrations: Sequence[Migration] | None = None,
    ) -> None:
        """Open the store, made or migrated as needed.

        Args:
            migrations: other ones than the class's, to make a store as an earlier program did.

        Raises:
            KeyFileError: it was written with a key that is not there.
            RuntimeError: it was written by a later version of the program.
        """
        self._place = place if isinstance(place, Place) else Place(place)
        self._sealer, self._migrations = sealer, self.migrations if migrations is None else migrations
        self._lock = threading.RLock()
        self._db = self._place.opened(self.synchronous, self.durable)
        self._migrate()
        self._lookup = Lookup(sealer, self)

    def read_secret(self) -> bytes | None:
        row = self._db.execute("select sealed from secrets").fetchone()
        return row[0] if row else None

    def write_secret(self, sealed: bytes) -> None:
        with self._writing():
            if self.read_secret() is None:
                self._db.execute("insert into secrets (sealed) values (?)", [sealed])

    def check(self) -> None:
        """Raise one of STORE_ERRORS when the store cannot be written."""
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

    def _migrate(self) -> None:
        with self._writing():
            have = self._db.version()
            if have > len(self._migrations):
                raise RuntimeError(
                    f"{self._place.path.name} 是更新版本的程序写的（{have} > {len(self._migrations)}），请先升级程序。"
                )
            for version, step in enumerate(self._migrations[have:], start=have + 1):
                step(self._db)
                self._db.set_version(version)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, one writer at a time."""
        with self._lock:
            self._db.begin()
            try:
                yield
                self._db.commit()
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
