"""The PostgreSQL server of this machine, for scenes that need one: a database of its own for each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

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
