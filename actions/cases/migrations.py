"""The case store's schema, one function a version; what is missing runs when the store is opened."""

from __future__ import annotations

from sqlite_utils import Database

from actions.cases.database import Migration

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


def _desk(db: Database) -> None:
    """What a queue is filtered and counted by, and words to search sealed content with, as keyed hashes."""
    db.execute("alter table cases add column sector text")
    db.execute("alter table cases add column severity integer not null default 0")
    db.execute("alter table cases add column acted real")
    db.execute("alter table cases add column outcome text")
    db.execute(
        "create table terms (term blob not null, case_id text not null "
        "references cases (id) on delete cascade on update cascade, primary key (term, case_id)) without rowid"
    )
    db.execute("create index terms_case on terms (case_id)")
    db.execute("create index cases_queue on cases (submitted) where status != 'draft'")
    for column in ("county", "sector", "severity", "status"):
        db.execute(f"create index cases_{column} on cases ({column}, submitted) where status != 'draft'")
    db.execute(
        "create table notes (id integer primary key, case_id text not null references cases (id) on delete cascade, "
        "author text not null check (author in ('reporter', 'handler', 'internal')), "
        "body blob not null, at real not null)"
    )
    db.execute("insert into notes select id, case_id, author, body, at from messages")
    db.execute("drop table messages")
    db.execute("create index notes_case on notes (case_id)")


MIGRATIONS: tuple[Migration, ...] = (_first, _tip_offs, _evidence, _desk)
