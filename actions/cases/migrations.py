"""The case store's schema, one function a version; what is missing runs when the store is opened."""

from __future__ import annotations

from collections.abc import Callable

from sqlite_utils import Database

TABLES = """
create table secrets (sealed blob not null);
create table cases (
    id text primary key,
    kind text not null check (kind in ('self_check', 'tip_off')),
    status text not null,
    number text unique,
    code text not null unique,
    amends text references cases (id),
    version integer not null default 1,
    revision integer not null default 0,
    county text,
    content blob not null,
    created real not null,
    updated real not null,
    submitted real);
create index cases_updated on cases (status, updated);
create table owners (
    case_id text not null references cases (id) on delete cascade,
    owner text not null,
    primary key (case_id, owner));
create index owners_owner on owners (owner);
create table routes (
    case_id text not null references cases (id) on delete cascade,
    unit text not null,
    role text not null check (role in ('lead', 'copy')),
    because text not null,
    primary key (case_id, unit));
create index routes_unit on routes (unit);
create table findings (
    case_id text not null references cases (id) on delete cascade,
    rule text not null,
    clause text not null,
    outcome text not null,
    primary key (case_id, rule));
create table audit (
    id integer primary key autoincrement,
    at real not null,
    actor text not null,
    act text not null,
    case_id text,
    chain text not null);
"""

# What was submitted stays as it was, and what was done stays done, whatever a later program tries.
FINAL = {
    "submitted_is_final": """create trigger submitted_is_final before update of content, number, submitted on cases
        when old.kind = 'self_check' and old.status != 'draft'
        begin select raise(abort, 'a submitted self-check is final'); end""",
    "audit_is_kept": """create trigger audit_is_kept before delete on audit
        begin select raise(abort, 'the audit is append-only'); end""",
    "audit_is_final": """create trigger audit_is_final before update on audit
        begin select raise(abort, 'the audit is append-only'); end""",
}


def _first(db: Database) -> None:
    for statement in (*TABLES.split(";\n"), *FINAL.values()):
        if statement.strip():
            db.execute(statement)


def _tip_offs(db: Database) -> None:
    db.execute("alter table cases add column closed real")
    db.execute(
        "create table messages (id integer primary key, case_id text not null references cases (id) on delete cascade, "
        "author text not null check (author in ('reporter', 'handler')), body blob not null, at real not null)"
    )
    db.execute("create index messages_case on messages (case_id)")


def _evidence(db: Database) -> None:
    db.execute(
        "create table evidence (id text primary key, "
        "case_id text not null references cases (id) on delete cascade on update cascade, "
        "kind text not null, size integer not null, about blob not null, at real not null)"
    )
    db.execute("create index evidence_case on evidence (case_id)")


MIGRATIONS: tuple[Callable[[Database], None], ...] = (_first, _tip_offs, _evidence)


def migrate(db: Database) -> None:
    """Bring a store of any earlier version, or an empty file, to this one.

    Raises:
        RuntimeError: the store was written by a later version of the program.
    """
    db.execute("begin immediate")
    try:
        (have,) = db.execute("pragma user_version").fetchone()
        if have > len(MIGRATIONS):
            raise RuntimeError(f"案件库是更新版本的程序写的（{have} > {len(MIGRATIONS)}），请先升级程序。")
        for version, step in enumerate(MIGRATIONS[have:], start=have + 1):
            step(db)
            db.execute(f"pragma user_version = {version}")
    except BaseException:
        db.execute("rollback")
        raise
    db.execute("commit")
