"""The case store's schema, one function a version; what is missing runs when the store is opened."""

from __future__ import annotations

from storage.database import AnyDatabase, Migration, creates, hour_of
from storage.postgres import PostgresDatabase

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
SUBMITTED_IS_FINAL = "submitted_is_final"
FINAL = {
    SUBMITTED_IS_FINAL: (
        "update of content, number, submitted on cases",
        "old.kind = 'self_check' and old.status != 'draft'",
        "a submitted self-check is final",
    ),
    "audit_is_kept": ("delete on audit", "", "the audit is append-only"),
    "audit_is_final": ("update on audit", "", "the audit is append-only"),
}


def guard(db: AnyDatabase, name: str) -> None:
    """Make one of the triggers of FINAL."""
    event, when, refusal = FINAL[name]
    when = f"when ({when})" if when else ""
    if isinstance(db, PostgresDatabase):
        db.execute(
            f"create or replace function {name}() returns trigger language plpgsql as "
            f"$$ begin raise exception '{refusal}'; end $$"
        )
        db.execute(f"create trigger {name} before {event} for each row {when} execute function {name}()")
    else:
        db.execute(f"create trigger {name} before {event} {when} begin select raise(abort, '{refusal}'); end")


def unguard(db: AnyDatabase, name: str) -> None:
    table = FINAL[name][0].rpartition(" ")[2]
    db.execute(f"drop trigger {name} on {table}" if isinstance(db, PostgresDatabase) else f"drop trigger {name}")


def _first(db: AnyDatabase) -> None:
    creates(TABLES)(db)
    for name in FINAL:
        guard(db, name)


def _tip_offs(db: AnyDatabase) -> None:
    db.execute("alter table cases add column closed real")
    db.execute(
        "create table messages (id integer primary key, case_id text not null references cases (id) on delete cascade, "
        "author text not null check (author in ('reporter', 'handler')), body blob not null, at real not null)"
    )
    db.execute("create index messages_case on messages (case_id)")


def _evidence(db: AnyDatabase) -> None:
    db.execute(
        "create table evidence (id text primary key, "
        "case_id text not null references cases (id) on delete cascade on update cascade, "
        "kind text not null, size integer not null, about blob not null, at real not null)"
    )
    db.execute("create index evidence_case on evidence (case_id)")


def _desk(db: AnyDatabase) -> None:
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
    db.execute(
        "insert into notes (case_id, author, body, at) select case_id, author, body, at from messages order by id"
    )
    db.execute("drop table messages")
    db.execute("create index notes_case on notes (case_id)")


def _deliveries(db: AnyDatabase) -> None:
    """Receipts that may not have arrived, by the draft they were given for."""
    db.execute("create table deliveries (draft text primary key, receipt blob not null, at real not null)")


def _cut_loose(db: AnyDatabase) -> None:
    """Receipts are told again by the conversation, which a restart can then still cut; tip-offs keep hours only."""
    db.execute("drop table deliveries")
    db.execute(
        "create table deliveries (owner text primary key, conversation text not null, receipt blob not null, "
        "at real not null)"
    )
    db.execute("create table audit_head (id integer primary key, sealed blob not null)")
    moments = "select id, created, submitted from cases where kind = 'tip_off' and status != 'draft'"
    for case_id, created, submitted in db.execute(moments).fetchall():
        hours = [hour_of(created), None if submitted is None else hour_of(submitted), case_id]
        db.execute("update cases set created = ?, submitted = ? where id = ?", hours)
    for note_id, at in db.execute("select id, at from notes where author = 'reporter'").fetchall():
        db.execute("update notes set at = ? where id = ?", [hour_of(at), note_id])
    for evidence_id, at in db.execute("select id, at from evidence").fetchall():
        db.execute("update evidence set at = ? where id = ?", [hour_of(at), evidence_id])


def _followers(db: AnyDatabase) -> None:
    """Where answers to a self-check go, and up to which of them they went; a tip-off has none."""
    db.execute(
        "create table followers (case_id text not null references cases (id) on delete cascade on update cascade, "
        "owner text not null, place blob, told integer not null default 0, primary key (case_id, owner))"
    )
    db.execute("create index followers_owner on followers (owner)")
    db.execute(
        "insert into followers (case_id, owner, told) select case_id, owner, "
        "(select coalesce(max(id), 0) from notes where notes.case_id = owners.case_id) from owners "
        "join cases on cases.id = owners.case_id where cases.kind = 'self_check'"
    )


def _releases(db: AnyDatabase) -> None:
    """What is asked to leave the console, and what a second person decided."""
    db.execute(
        "create table releases (id text primary key, "
        "case_id text references cases (id) on delete cascade on update cascade, "
        "what text not null, asked_by text not null, about blob not null, decision blob, at real not null)"
    )
    db.execute("create index releases_case on releases (case_id)")


def _unit_keys(db: AnyDatabase) -> None:
    """Keys of units and their members, and for whom each report is sealed."""
    db.execute("alter table cases add column keys blob")
    db.execute(
        "create index cases_not_sealed on cases (id) where kind = 'tip_off' and status != 'draft' and keys is null"
    )
    db.execute("create table members (account_id text primary key, about blob not null)")
    db.execute(
        "create table unit_keys (id text primary key, unit text not null, about blob not null, chain blob, "
        "successor text, served integer not null default 0, escrowed integer not null default 0, at real not null)"
    )
    # A unit has one key in use, whichever process makes it.
    db.execute("create unique index unit_keys_unit on unit_keys (unit) where successor is null")
    db.execute(
        "create table unit_boxes (key_id text not null references unit_keys (id), holder text not null, "
        "box blob not null, primary key (key_id, holder))"
    )
    db.execute("create index unit_boxes_holder on unit_boxes (holder)")
    db.execute(
        "create table case_boxes (case_id text not null references cases (id) on delete cascade on update cascade, "
        "unit text not null, key_id text not null, box blob not null, primary key (case_id, unit))"
    )
    db.execute("create index case_boxes_unit on case_boxes (unit)")


def _contacts(db: AnyDatabase) -> None:
    """Contact details apart from the report, and the copy of them that somebody was given for a while."""
    db.execute("alter table cases add column contact blob")
    db.execute("alter table cases add column contact_key text")
    db.execute("create index cases_contact on cases (id) where keys is not null and contact_key is null")
    db.execute("alter table releases add column copy blob")
    db.execute("alter table releases add column copied real")


def _case_keys(db: AnyDatabase) -> None:
    """Which tip-offs take a secret of their own, and whose is to be destroyed since they are gone."""
    db.execute("alter table cases add column own_key integer not null default 0")
    db.execute("create index cases_own_key on cases (id) where kind = 'tip_off' and own_key = 0")
    db.execute("create table doomed (case_id text primary key)")


def _announcements(db: AnyDatabase) -> None:
    """What officials are to be told of a case, left by a process that knows no officials for one that does."""
    db.execute(
        "create table announcements (id integer primary key, "
        "case_id text not null references cases (id) on delete cascade on update cascade, at real not null)"
    )


def _amended(db: AnyDatabase) -> None:
    """A report gets another id when it is submitted: who amends it, or is told of it, is looked for at every one."""
    db.execute("create index cases_amends on cases (amends) where amends is not null")
    db.execute("create index announcements_case on announcements (case_id)")


MIGRATIONS: tuple[Migration, ...] = (
    _first,
    _tip_offs,
    _evidence,
    _desk,
    _deliveries,
    _cut_loose,
    _followers,
    _releases,
    _unit_keys,
    _contacts,
    _case_keys,
    _announcements,
    _amended,
)
