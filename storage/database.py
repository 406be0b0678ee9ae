"""What every store of ours is: a SQLite file or a PostgreSQL schema whose readable parts are sealed."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import psycopg2
from sqlite_utils import Database

from storage.encryption import (
    EARLIER,
    BlindIndex,
    Encryptor,
    OutOfPlaceError,
    decrypt_secret,
    is_in_place,
    takes_secret,
)
from storage.postgres import PostgresDatabase

# How long a writer waits for another process; and, once that was in vain, until the store is free again, or on an event
# loop: one who holds a file must not hold up everybody in turn. How often it looks meanwhile.
BUSY_SECONDS, BUSY_AGAIN_SECONDS, BUSY_LOOK_SECONDS = 5.0, 0.05, 0.01
SECRETS = "create table if not exists secrets (sealed blob not null)"
HOUR = 3600
OLDER = """{store} 库是旧版本的，本进程的数据库用户不能升级。
请先启动 upkeep 部分（它会升级），再启动本进程。"""
# What either database raises when it cannot be read or written.
STORE_ERRORS = (sqlite3.Error, psycopg2.Error)


class StoreError(RuntimeError):
    """A store cannot be opened by this program; the message says which and what to do."""


class SqliteDatabase(Database):
    """A SQLite file kept as safely as SQLite can; safe to share between processes on one machine.

    Raises:
        StoreError: the file is no database any more.
    """

    waits = BUSY_SECONDS, BUSY_AGAIN_SECONDS

    def __init__(self, path: Path, synchronous: str = "full") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=BUSY_SECONDS))
        path.chmod(0o600)
        try:
            self._set_up(synchronous)
        except sqlite3.OperationalError:  # locked or full: what the file holds may be whole
            raise
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"{path} 已损坏，读不出来。请先停下服务，把它另存一份，再从备份恢复（docs/operations.md）。"
            ) from error

    def _set_up(self, synchronous: str) -> None:
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
        """Take the only writer's place at once: two writers wait for each other instead of failing half-way.

        Raises:
            sqlite3.OperationalError: another process has it; who may wait for it asks again (``is_taken``).
        """
        self.without_waiting("begin immediate")

    def without_waiting(self, statement: str) -> None:
        """Run a statement now or, where another process is in its way, not at all."""
        self.execute("pragma busy_timeout = 0")
        try:
            self.execute(statement).fetchall()
        finally:
            self.execute(f"pragma busy_timeout = {int(BUSY_SECONDS * 1000)}")

    def begin_reading(self) -> None:
        """From here on everything is read as it is now, whoever writes meanwhile."""
        self.execute("begin")

    def commit(self) -> None:
        self.execute("commit")

    def version(self) -> int:
        return int(self.execute("pragma user_version").fetchone()[0])

    def set_version(self, version: int) -> None:
        self.execute(f"pragma user_version = {version}")


AnyDatabase = SqliteDatabase | PostgresDatabase


def is_taken(error: Exception) -> bool:
    """Whether a store could not be written only because another process writes."""
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return isinstance(error, psycopg2.errors.LockNotAvailable)


def on_event_loop() -> bool:
    """Whether everybody who is served on this thread waits for what is done now."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


Migration = Callable[[AnyDatabase], None]


@dataclass(frozen=True)
class StoreLocation:
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


class EncryptedStore:
    """Tables with a sealed lookup secret; safe to share between threads and processes."""

    # What is sealed: table, column, and the columns that say which row it is; a value opens there and nowhere else.
    sealed: ClassVar[tuple[tuple[str, str, tuple[str, ...]], ...]] = ()
    # How SQLite writes: "normal" where the last second may be lost with the power.
    synchronous: ClassVar[str] = "full"
    # False where the last half second may be lost with a PostgreSQL server, and a turn need not wait for its disk.
    durable: ClassVar[bool] = True
    # One a version; those that a store has not seen run when it is opened.
    migrations: ClassVar[tuple[Migration, ...]] = ()

    def __init__(
        self,
        location: StoreLocation | Path,
        encryptor: Encryptor,
        migrations: Sequence[Migration] | None = None,
    ) -> None:
        """Open the store, made or migrated as needed.

        Args:
            migrations: other ones than the class's, to make a store as an earlier program did.

        Raises:
            KeyFileError: it was written with a key that is not there.
            StoreError: it was written by a later version of the program, or is damaged.
        """
        self._place = location if isinstance(location, StoreLocation) else StoreLocation(location)
        self._encryptor, self._migrations = encryptor, self.migrations if migrations is None else migrations
        self._lock, self._reading, self._was_taken = threading.RLock(), False, False
        # The thread whose writes are one transaction just now (``together``).
        self._joining: int | None = None
        self._db = self._place.opened(self.synchronous, self.durable)
        self._migrate()
        if migrations is None:
            self._bind()
        self._blind_index = BlindIndex(encryptor, self, "" if migrations is not None else self._secret_place)

    @property
    def _secret_place(self) -> str:
        return f"{self._place.path.stem}.secrets.sealed"

    def _seal(self, table: str, column: str, value: Any, *row: Any) -> bytes:
        """Seal a value for a row, which is told by what ``sealed`` says."""
        return self._encryptor.encrypt_for(place_of(table, column, row), value, self._secret_of(table, column, row))

    def _open(self, table: str, column: str, sealed: bytes, *row: Any) -> Any:
        """Open a value of a row.

        Raises:
            OutOfPlaceError: it was changed, or moved here from elsewhere.
        """
        secret = self._secret_of(table, column, row) if takes_secret(sealed) else b""
        return self._encryptor.decrypt_in(place_of(table, column, row), sealed, secret)

    def _secret_of(self, table: str, column: str, row: Sequence[Any]) -> bytes:
        """What a value of a row takes to be opened besides the key; empty: nothing."""
        return b""

    @property
    def owned(self) -> bool:
        """Whether this process may change what the store is made of: a part of the program may have fewer rights."""
        return not isinstance(self._db, PostgresDatabase) or self._db.owned

    def _may_read(self, table: str, column: str) -> bool:
        return not isinstance(self._db, PostgresDatabase) or self._db.owned or self._db.may_read(table, column)

    def _next_id(self, table: str) -> int:
        """The number of the next row, within ``_writing``: what a row holds is sealed for its number."""
        if not self.owned:  # the last rows may be none that this process is shown
            row = self._db.execute("select rights.next_id(?, ?)", [self._place.path.stem, table]).fetchone()
            return int(row[0])
        return int(self._db.execute(f"select coalesce(max(id), 0) + 1 from {table}").fetchone()[0])

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
        with self._writing(), self._unguarded():
            return self._renew()

    @contextmanager
    def _unguarded(self) -> Iterator[None]:
        """While what is final may be sealed anew, with the same content."""
        yield

    def _renew(self) -> int:
        renewed = self._sealed_anew(self._encryptor.decrypt_in)
        secret = decrypt_secret(self._encryptor, self.read_secret() or b"", self._secret_place)
        self._db.execute("update secrets set sealed = ?", [self._encryptor.encrypt_for(self._secret_place, secret)])
        return renewed + 1

    def _bind(self) -> None:
        """Seal for its place, once, what an earlier program sealed; from then on nothing else opens.

        Raises:
            KeyFileError: it was written with a key that is not there.
            OutOfPlaceError: some of it was not written by an earlier program.
        """
        secret = self.read_secret()
        if secret is None or is_in_place(secret):
            return

        def opened_of_old(place: str, kept: bytes, _: bytes = b"") -> Any:
            if is_in_place(kept) or (value := self._encryptor.decrypt(kept)) is None:
                raise OutOfPlaceError(f"{place.partition(':')[0]} 中有内容被改动过，没有升级。请恢复升级前的备份。")
            return value

        with self._writing(), self._unguarded():
            if not is_in_place(self.read_secret() or b""):  # else another process was faster
                plain = decrypt_secret(self._encryptor, secret, self._secret_place)
                self._sealed_anew(opened_of_old)
                self._upgrade()
                self._db.execute(
                    "update secrets set sealed = ?", [self._encryptor.encrypt_for(self._secret_place, plain)]
                )

    def _upgrade(self) -> None:
        """What else becomes of an earlier program's data when it is sealed for its place, within ``_writing``."""

    def _sealed_anew(self, opened: Callable[[str, bytes, bytes], Any]) -> int:
        """Seal every value for its place, as ``opened`` reads it there; returns how many."""
        renewed = 0
        for table, column, row_columns in self.sealed:
            listed = ", ".join(("rowid", column, *row_columns))
            for rowid, kept, *row in self._db.execute(f"select {listed} from {table}").fetchall():
                if kept is not None:
                    place, secret = place_of(table, column, row), self._secret_of(table, column, row)
                    sealed = self._encryptor.encrypt_for(place, opened(place, kept, secret), secret)
                    self._db.execute(f"update {table} set {column} = ? where rowid = ?", [sealed, rowid])
                    renewed += 1
        return renewed

    def out_of_place(self) -> list[str]:
        """Tables and columns with values that were changed or moved since they were sealed."""
        found = []
        for table, column, row_columns in self.sealed:
            for kept, *row in self._read(f"select {', '.join((column, *row_columns))} from {table}"):
                try:
                    if kept is not None:
                        self._open(table, column, kept, *row)
                except OutOfPlaceError:
                    found.append(f"{table}.{column}")
        return found

    def has_earlier_seals(self) -> bool:
        """Whether anything is still sealed under one key for all columns, as earlier programs did, until ``rotate``."""
        columns = [*((table, column) for table, column, _ in self.sealed), ("secrets", "sealed")]
        marks = ", ".join("?" * len(EARLIER))
        return any(
            self._read(f"select 1 from {table} where substr({column}, 1, 1) in ({marks}) limit 1", *EARLIER)
            for table, column in columns
        )

    def write_over(self) -> None:
        """Leave nothing in the database's own files of what was deleted or changed: SQLite's log still holds it, as
        PostgreSQL's tables do until they are vacuumed. Where another process is in the way, the next call does it."""
        with self._lock:
            if not self.owned:  # whoever owns the tables does it
                return
            if not isinstance(self._db, SqliteDatabase):
                for table in dict.fromkeys(table for table, _, _ in self.sealed):
                    self._db.execute(f"vacuum {table}")
                return
            try:
                self._db.without_waiting("pragma wal_checkpoint(truncate)")
            except sqlite3.OperationalError as error:
                if not is_taken(error):
                    raise

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _migrate(self) -> None:
        with self._writing():
            have = self._db.version()
            if have > len(self._migrations):
                raise StoreError(
                    f"{self._place.path.name} 是更新版本的程序写的（{have} > {len(self._migrations)}），请先升级程序。"
                )
            if have < len(self._migrations) and not self.owned:
                raise StoreError(OLDER.format(store=self._place.path.stem))
            for version, step in enumerate(self._migrations[have:], start=have + 1):
                step(self._db)
                self._db.set_version(version)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Several acts of this store as one transaction: all that is written within is kept, or none of it, and what
        is read within stays true until the end."""
        with self._writing():
            outermost, self._joining = self._joining is None, threading.get_ident()
            try:
                yield
            finally:
                if outermost:
                    self._joining = None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, one writer at a time; within ``together`` a part of that one."""
        if self._joining == threading.get_ident():
            yield
            return
        self._begin()
        try:
            yield
            self._db.commit()
        except BaseException:
            self._db.rollback()
            raise
        finally:
            self._lock.release()

    def _begin(self) -> None:
        """Begin to write, with the lock taken; while another process writes, who reads in this one goes on."""
        quick = self._was_taken or on_event_loop()
        deadline = time.monotonic() + self._db.waits[quick]
        while True:
            self._lock.acquire()
            try:
                self._db.begin()
            except BaseException as error:
                self._lock.release()
                if not (isinstance(error, Exception) and is_taken(error)) or time.monotonic() >= deadline:
                    self._was_taken = not quick or self._was_taken
                    raise
            else:
                self._was_taken = False
                return
            time.sleep(BUSY_LOOK_SECONDS)

    @contextmanager
    def _as_it_is_now(self) -> Iterator[None]:
        """Read many things as they are at one moment; others write meanwhile."""
        with self._lock:
            if self._reading:
                yield
                return
            self._db.begin_reading()
            self._reading = True
            try:
                yield
            finally:
                self._reading = False
                self._db.rollback()

    def _read(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return list(self._db.execute(statement, values).fetchall())


def place_of(table: str, column: str, row: Sequence[Any]) -> str:
    """What a value of a row is sealed for."""
    return f"{table}.{column}:" + "|".join(map(str, row))


def hour_of(at: float) -> float:
    """The hour that a moment lies in: as much as is kept of when somebody reported something."""
    return at - at % HOUR


def now() -> float:
    return datetime.now(UTC).timestamp()


def time_of(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
