"""What tests write is not waited for until it has reached the disk: no test cuts the power of the machine it runs on.

A killed process loses nothing by it, since what it wrote is the system's already; nor does a PostgreSQL that a test
stops as by a power cut, which is one of its own and waits as ever. What a process that no test made quick does is held
in ``test_environment.py``.
"""

from __future__ import annotations

import os
from functools import wraps
from typing import Any

from storage.database import SqliteDatabase
from storage.postgres import PostgresDatabase
from tests.postgres import ADMIN

SHARED_SERVER = f"{ADMIN.rpartition('/')[0]}/"


def write_without_waiting() -> None:
    """Let the system write when it likes, in this process and its forks."""
    set_up, connect = SqliteDatabase._set_up, PostgresDatabase.__init__

    @wraps(set_up)
    def set_up_quickly(self: SqliteDatabase, synchronous: str) -> None:
        set_up(self, "off")

    @wraps(connect)
    def connect_quickly(self: PostgresDatabase, url: str, schema: str, durable: bool = True) -> None:
        connect(self, url, schema, durable and not url.startswith(SHARED_SERVER))

    SqliteDatabase._set_up = set_up_quickly  # type: ignore[method-assign]
    PostgresDatabase.__init__ = connect_quickly  # type: ignore[method-assign]
    os.fsync = _not_waited_for


def _not_waited_for(fd: Any) -> None:
    """In the place of ``os.fsync``."""
