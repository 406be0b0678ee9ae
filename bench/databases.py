"""A PostgreSQL database for a while, for measurements and for tests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

ADMIN = "postgresql://postgres@127.0.0.1:5432/postgres"


@contextmanager
def new_database(admin_url: str) -> Iterator[str]:
    """Make a database, yield its URL, drop it whoever is still in it.

    Raises:
        psycopg2.OperationalError: the server cannot be reached.
    """
    admin = psycopg2.connect(admin_url, connect_timeout=3)
    admin.autocommit = True
    name = f"assistant_{secrets.token_hex(6)}"
    with admin.cursor() as cursor:
        cursor.execute(f"create database {name} template template0 encoding 'UTF8'")
        try:
            yield f"{admin_url.rpartition('/')[0]}/{name}"
        finally:
            cursor.execute(f"drop database {name} with (force)")
            admin.close()
