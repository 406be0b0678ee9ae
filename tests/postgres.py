"""The PostgreSQL server of this machine, for scenes that need one: a database of its own for each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import psycopg2
import pytest

from bench import databases

ADMIN = os.environ.get("TEST_POSTGRES_URL", databases.ADMIN)


@contextmanager
def new_database() -> Iterator[str]:
    """A new database; yields its URL. Where there is no server the scene is skipped, in CI it fails."""
    try:
        psycopg2.connect(ADMIN, connect_timeout=3).close()
    except psycopg2.OperationalError as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL is missing in CI, where nothing may be skipped: {error}")
        pytest.skip("没有 PostgreSQL，相关测试跳过")
    with databases.new_database(ADMIN) as url:
        yield url


class Databases:
    """Databases that one store after the other has: emptying one is sooner done than making and dropping another."""

    def __init__(self) -> None:
        self._made, self._free = ExitStack(), list[str]()

    @contextmanager
    def one(self) -> Iterator[str]:
        """A database with nothing in it, for as long as it is wanted."""
        url = self._free.pop() if self._free else self._made.enter_context(new_database())
        yield url
        _empty(url)
        self._free.append(url)  # not after a failure: who failed may still be at it

    def close(self) -> None:
        self._made.close()


def _empty(url: str) -> None:
    """Send away whoever is still in a database, and take all stores out of it."""
    with closing(psycopg2.connect(url)) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
                " where datname = current_database() and pid != pg_backend_pid() and backend_type = 'client backend'"
            )
            cursor.execute(
                "select nspname from pg_namespace where nspname !~ '^pg_' and nspname != 'information_schema'"
            )
            for (schema,) in cursor.fetchall():
                cursor.execute(f'drop schema "{schema}" cascade')
            cursor.execute("create schema public")
