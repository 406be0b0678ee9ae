"""A large index in PostgreSQL, by pgvector: what all processes and machines search is there once.

Used where ASSISTANT_DATABASE_URL names a server that has the extension and the index is too large for an exact scan; a
version's vectors are put there by whoever builds or opens it first.
"""

from __future__ import annotations

import io
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import psycopg2
from numpy.typing import NDArray
from psycopg2.extensions import connection
from psycopg2.extensions import cursor as Cursor

if TYPE_CHECKING:  # loads torch, which a backup has no use for
    from knowledge.encoder import Vectors

log = logging.getLogger(__name__)

SCHEMA = "knowledge_vectors"
CONNECT_SECONDS, STATEMENT_MS = 3, 5_000
# After a failure nobody asks again so soon: what is scanned here meanwhile is right as well.
PAUSE_SECONDS = 5.0
PART = 10_000
# Of the nearest 192 of 350,000 FAISS's graph of the same kind finds 99 % so (docs/measurements.md).
NEIGHBOURS, EF_CONSTRUCTION, EF_SEARCH = 32, 80, 512
MEMORY = "1GB"
# Other machines may still answer from the version before, or the one before that.
KEPT = 3


class PostgresVectors:
    """The vectors of one version; ``search`` is FAISS's.

    Raises:
        psycopg2.Error: from ``search`` and ``put``, where the server cannot be asked.
    """

    def __init__(self, url: str, version: str) -> None:
        if not re.fullmatch(r"\w+", version):
            raise ValueError(f"not a version's name: {version}")
        self._url, self._version, self._table = url, version, f'{SCHEMA}."of_{version}"'
        self._lock = threading.Lock()
        self._connection: connection | None = None
        self._refused_at = -PAUSE_SECONDS

    def is_possible(self) -> bool:
        """Whether the server is there and has pgvector."""
        try:
            with closing(self._connect()) as opened, opened.cursor() as cursor:
                cursor.execute("select 1 from pg_available_extensions where name = 'vector'")
                return cursor.fetchone() is not None
        except psycopg2.Error:
            return False

    def put(self, vectors: Vectors, say: Callable[[str], None] = lambda message: None) -> None:
        """Put a version's vectors there, whole or not at all, unless somebody has; the others wait for it."""
        with closing(self._connect(statement_ms=0)) as opened, opened, opened.cursor() as cursor:
            if self._is_there(cursor):  # also for who may search only (storage/rights.py)
                return
            cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [SCHEMA])
            cursor.execute("create extension if not exists vector")
            cursor.execute(f"create schema if not exists {SCHEMA}")
            cursor.execute(
                f"create table if not exists {SCHEMA}.versions"
                " (name text primary key, vectors bigint not null, made timestamptz not null default clock_timestamp())"
            )
            if self._is_there(cursor):
                return
            cursor.execute(f"create table {self._table} (id integer not null, v vector({vectors.shape[1]}) not null)")
            for start in range(0, len(vectors), PART):
                rows = enumerate(vectors[start : start + PART].tolist(), start)
                cursor.copy_expert(f"copy {self._table} (id, v) from stdin", _lines(rows))
                say(f"写入 PostgreSQL {min(start + PART, len(vectors)):,}/{len(vectors):,} …")
            say("PostgreSQL 建立索引 …")
            cursor.execute(f"set local maintenance_work_mem = '{MEMORY}'")
            cursor.execute(
                f"create index on {self._table} using hnsw (v vector_ip_ops)"
                f" with (m = {NEIGHBOURS}, ef_construction = {EF_CONSTRUCTION})"
            )
            cursor.execute(
                f"insert into {SCHEMA}.versions (name, vectors) values (%s, %s)", [self._version, len(vectors)]
            )
            cursor.execute(f"select name from {SCHEMA}.versions order by made desc offset {KEPT}")
            for (old,) in cursor.fetchall():
                cursor.execute(f'drop table if exists {SCHEMA}."of_{old}"')
                cursor.execute(f"delete from {SCHEMA}.versions where name = %s", [old])

    def _is_there(self, cursor: Cursor) -> bool:
        cursor.execute("select to_regclass(%s)", [f"{SCHEMA}.versions"])
        if cursor.fetchone() == (None,):
            return False
        cursor.execute(f"select 1 from {SCHEMA}.versions where name = %s", [self._version])
        return cursor.fetchone() is not None

    def search(self, vectors: Vectors, nearest: int) -> tuple[Vectors, NDArray[np.int64]]:
        """Inner products and rows of the nearest, the nearest first; shape (questions, nearest)."""
        found = [self._nearest(vector, nearest) for vector in vectors]
        scores, rows = zip(*found, strict=True)
        return np.stack(scores), np.stack(rows)

    def _nearest(self, vector: Vectors, nearest: int) -> tuple[Vectors, NDArray[np.int64]]:
        asked = _spelt(vector.tolist())
        with self._lock:
            if time.monotonic() - self._refused_at < PAUSE_SECONDS:
                raise psycopg2.OperationalError("not asked again so soon")
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = self._connect()
                with self._connection.cursor() as cursor:
                    cursor.execute(
                        f"select id, -(v <#> %s::vector) from {self._table} order by v <#> %s::vector limit %s",
                        [asked, asked, nearest],
                    )
                    rows = cursor.fetchall()
            except psycopg2.Error:
                self._refused_at = time.monotonic()
                if self._connection is not None:
                    self._connection.close()
                raise
        scores, ids = np.full(nearest, -np.inf, np.float32), np.full(nearest, -1, np.int64)
        if rows:
            ids[: len(rows)], scores[: len(rows)] = zip(*rows, strict=True)
        return scores, ids

    def _connect(self, statement_ms: int = STATEMENT_MS) -> connection:
        opened = psycopg2.connect(
            self._url, connect_timeout=CONNECT_SECONDS,
            options=f"-c statement_timeout={statement_ms} -c client_min_messages=warning",
        )  # fmt: skip
        if statement_ms:  # only reads: nothing to commit
            opened.autocommit = True
            with opened.cursor() as cursor:
                # The library that knows the setting is loaded by the first use of the type.
                cursor.execute("select count(*) from pg_extension where extname = 'vector'")
                if cursor.fetchone() != (0,):
                    cursor.execute("select '[1]'::vector")
                    cursor.execute(f"set hnsw.ef_search = {EF_SEARCH}")
        return opened


def _spelt(vector: list[float]) -> str:
    return "[" + ",".join(map(repr, vector)) + "]"


def _lines(rows: Iterator[tuple[int, list[float]]]) -> io.StringIO:
    return io.StringIO("".join(f"{row}\t{_spelt(vector)}\n" for row, vector in rows))
