"""The PostgreSQL server of this machine, for scenes that need one: a database of its own for each."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest

ADMIN = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


@contextmanager
def new_database() -> Iterator[str]:
    """A new database; yields its URL. Where there is no server the scene is skipped, in CI it fails."""
    try:
        admin = psycopg2.connect(ADMIN, connect_timeout=3)
    except psycopg2.OperationalError as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL is missing in CI, where nothing may be skipped: {error}")
        pytest.skip("没有 PostgreSQL，相关测试跳过")
    admin.autocommit = True
    name = f"test_{secrets.token_hex(6)}"
    with admin.cursor() as cursor:
        cursor.execute(f"create database {name} template template0 encoding 'UTF8'")
        try:
            yield f"{ADMIN.rpartition('/')[0]}/{name}"
        finally:
            cursor.execute(f"drop database {name} with (force)")
            admin.close()
