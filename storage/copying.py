"""Copies a store from its SQLite file into an empty PostgreSQL schema, and compares every row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from storage.database import Migration, SqliteDatabase, StoreLocation
from storage.postgres import PostgresDatabase


class CopyError(RuntimeError):
    """Nothing was copied; the message says why, in Chinese."""


def copy_store(location: StoreLocation, migrations: Sequence[Migration]) -> int:
    """Copy all tables in one transaction; returns how many rows.

    Raises:
        CopyError: the file is of another version, the schema is not empty, or a row differs afterwards.
    """
    source, target = SqliteDatabase(location.path), PostgresDatabase(location.url, location.path.stem)
    try:
        if source.version() != len(migrations):
            raise CopyError(f"{location.path} 不是本版本程序的数据。请先用本版本启动一次，再复制。")
        target.begin()
        try:
            if target.version():
                raise CopyError(f"目标数据库中已有 {location.path.stem} 的数据，没有复制。请使用空的数据库。")
            for step in migrations:
                step(target)
            target.set_version(len(migrations))
            copied = sum(_copy_table(source, target, table) for table in _in_order(source))
            target.commit()
        except BaseException:
            target.rollback()
            raise
        return copied
    finally:
        source.close()
        target.close()


def _in_order(source: SqliteDatabase) -> list[str]:
    """Tables in the order they were made, so that what is referred to comes first."""
    rows = source.execute(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by rowid"
    )
    return [name for (name,) in rows]


def _copy_table(source: SqliteDatabase, target: PostgresDatabase, table: str) -> int:
    columns = [column.name for column in source[table].columns]
    has_rows = "rowid" in target.columns_of(table)
    names = [*columns, "rowid"] if has_rows else columns
    listed, marks = ", ".join(names), ", ".join("?" * len(names))
    order = "rowid" if has_rows else ", ".join(target.key_of(table))
    copied = 0
    for row in source.execute(f"select {listed} from {table} order by {order}"):
        target.execute(f"insert into {table} ({listed}) values ({marks})", row)
        copied += 1
    kept = target.execute(f"select {listed} from {table} order by {order}").fetchall()
    if digest(source.execute(f"select {listed} from {table} order by {order}")) != digest(kept):
        raise CopyError(f"{table} 核对不一致，没有复制。")
    for column in {"rowid", "id"} & set(target.columns_of(table)):
        sequence = target.execute("select pg_get_serial_sequence(?, ?)", [table, column]).fetchone()[0]
        if sequence and copied:
            target.execute(f"select setval('{sequence}', (select max({column}) from {table}))")
    return copied


def digest(rows: Iterable[Sequence[Any]]) -> str:
    """One hash of all rows in their order."""
    hashed = hashlib.sha256()
    for row in rows:
        hashed.update(repr(tuple(row)).encode() + b"\0")
    return hashed.hexdigest()
