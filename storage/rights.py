"""What each part of the program may do in PostgreSQL, and with which keys: ``storage/data/rights.yml``, put in force.

Chat, receipt page and console may each connect as a user of their own, who owns nothing. Where a table holds rows of
many people a part is shown only those that its statement names, by an id of 128 random bits or a keyed hash
(``storage/postgres.py`` tells the server what a statement names): whoever takes over such a part cannot list them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import psycopg2
import yaml
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

from storage.encryption import Encryptor, keys_for_part

LimitedPart = Literal["intake", "chat", "console"]
PARTS: tuple[LimitedPart, ...] = ("intake", "chat", "console")
# Where knowledge/postgres_vectors.py keeps its tables.
VECTORS = "knowledge_vectors"
CONDITIONS = ("rows", "changed", "becomes", "deleted", "added")
VERBS = ("select", "insert", "update", "delete")
FILE = Path(__file__).parent / "data" / "rights.yml"
# What a condition may speak of.
WORDS = {
    "named": "(select rights.named())::text[]",
    "units": "(select rights.acting_units())::text[]",
    "everything": "(select rights.acts_for_all())",
}
FUNCTIONS = """
create schema if not exists rights;
create table if not exists rights.roles (part text primary key, role text not null, given text not null);

create or replace function rights.named() returns text[] language sql stable as
$$ select string_to_array(coalesce(current_setting('assistant.named', true), ''), chr(31)) $$;

create or replace function rights.acting_accounts() returns text[]
language sql stable security definer set search_path = pg_catalog as
$$ select coalesce(array_agg(a.id), '{}') from accounts.accounts a join accounts.bindings b on b.account_id = a.id
   where a.active = 1 and b.conversation = current_setting('assistant.acting', true) $$;

create or replace function rights.acting_units() returns text[]
language sql stable security definer set search_path = pg_catalog as
$$ select coalesce(array_agg(unit), '{}') from accounts.accounts where id = any(rights.acting_accounts()) $$;

create or replace function rights.acts_for_all() returns boolean
language sql stable security definer set search_path = pg_catalog as
$$ select exists (select 1 from accounts.accounts where id = any(rights.acting_accounts()) and role = 'office') $$;

create or replace function rights.may_bind(account text) returns boolean
language sql stable security definer set search_path = pg_catalog as
$$ select exists (select 1 from accounts.invitations where account_id = account
   and used > extract(epoch from clock_timestamp()) - 60) $$;

create or replace function rights.number_is_taken(wanted text) returns boolean
language sql stable security definer set search_path = pg_catalog as
$$ select exists (select 1 from cases.cases where number = wanted) $$;

create or replace function rights.followers_to_tell() returns table (case_id text, owner text, place bytea)
language sql stable security definer set search_path = pg_catalog as
$$ select f.case_id, f.owner, f.place from cases.followers f where f.place is not null and exists
   (select 1 from cases.notes n where n.case_id = f.case_id and n.author = 'handler' and n.id > f.told) $$;

create or replace function rights.next_id(store text, wanted text) returns bigint
language plpgsql security definer set search_path = pg_catalog as
$$ declare found bigint; begin
   if (store, wanted) not in (('cases', 'notes'), ('conversations', 'turns'), ('tasks', 'notices'),
                              ('outbox', 'outgoing')) then
     raise insufficient_privilege;
   end if;
   execute format('select coalesce(max(id), 0) + 1 from %I.%I', store, wanted) into found;
   return found;
end $$;

revoke all on schema rights from public;
revoke all on all functions in schema rights from public;
revoke all on schema public from public;
"""


@dataclass(frozen=True)
class Right:
    """What a part may do with a table.

    Attributes:
        verbs: the columns of each verb; empty: all of them.
        rows: which it is shown; empty: all.
        changed, deleted: which it may change and delete; empty: those that it is shown.
        becomes: what one that was changed must be; empty: one that may be changed.
        added: which it may add; empty: any.
    """

    table: str
    verbs: Mapping[str, tuple[str, ...]]
    rows: str = ""
    changed: str = ""
    becomes: str = ""
    deleted: str = ""
    added: str = ""


@dataclass(frozen=True)
class Rights:
    """What a part may do."""

    tables: tuple[Right, ...]
    functions: tuple[str, ...]
    keys: tuple[str, ...] = field(repr=False)
    purposes: tuple[str, ...] = ()

    @property
    def schemas(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(right.table.partition(".")[0] for right in self.tables))


@cache
def all_rights() -> Mapping[LimitedPart, Rights]:
    """The table of ``rights.yml``."""
    kept = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {part: _rights(kept[part]) for part in PARTS}


def _rights(kept: Mapping[str, Any]) -> Rights:
    keys = (*kept["keys"], *(f"{store}.secrets.sealed" for store in kept["secrets"]))
    tables = tuple(_right(table, about) for table, about in kept["tables"].items())
    return Rights(tables, tuple(kept["functions"]), keys, tuple(kept.get("purposes", ())))


def _right(table: str, about: Mapping[str, Any]) -> Right:
    verbs = {verb: () if about[verb] == "all" else tuple(about[verb]) for verb in VERBS if verb in about}
    said = {name: about.get(name, "").format(**WORDS) for name in CONDITIONS}
    return Right(table, verbs, **said)


def part_key(encryptor: Encryptor, part: LimitedPart) -> str:
    """What a part's ``ASSISTANT_ENCRYPTION_KEY`` is."""
    rights = all_rights()[part]
    return keys_for_part(encryptor, rights.keys, rights.purposes)


def make_role(admin_url: str, role: str, password: str) -> None:
    """Make a user who may sign in and nothing else, or give one that is there another password.

    Raises:
        psycopg2.errors.InsufficientPrivilege: ``admin_url`` is not of somebody who may make users.
    """
    with closing(psycopg2.connect(admin_url)) as opened, opened, opened.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", [role])
        # What a new user is not is what users are not unless it is said; saying so takes a superuser.
        statement = "alter role {} login password {}" if cursor.fetchone() else "create role {} login password {}"
        cursor.execute(sql.SQL(statement).format(sql.Identifier(role), sql.Literal(password)))


def give_rights(url: str, roles: Mapping[LimitedPart, str]) -> None:
    """Let the users of the parts do what the table says and nothing else, in one transaction.

    Args:
        url: of the owner of the stores, which are all there.
        roles: the user of each part.
    """
    with closing(psycopg2.connect(url)) as opened, opened, opened.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        cursor.execute("delete from rights.roles")
        _without_temporary_tables(cursor)
        _without_policies(cursor)
        for part, role in roles.items():
            row = [part, role, _version()]
            cursor.execute("insert into rights.roles (part, role, given) values (%s, %s, %s)", row)
            for statement in _statements(part, role):
                cursor.execute(statement)
        _vectors(cursor, roles)


def renew_rights(url: str) -> None:
    """After an upgrade, which may have made tables: the same users get what the table says now.

    Where that is what they have nothing is done: it would hold up the parts that run.
    """
    with closing(psycopg2.connect(url)) as opened, opened, opened.cursor() as cursor:
        cursor.execute("select to_regclass('rights.roles')")
        if cursor.fetchone() == (None,):
            return
        cursor.execute("select part, role, given from rights.roles")
        rows = cursor.fetchall()
    if any(given != _version() for _, _, given in rows):
        give_rights(url, {part: role for part, role, _ in rows})


@cache
def _version() -> str:
    """What tells one version of the rights from another."""
    return hashlib.sha256(FILE.read_bytes() + Path(__file__).read_bytes()).hexdigest()


def _without_temporary_tables(cursor: Cursor) -> None:
    cursor.execute("select current_database()")
    (name,) = cursor.fetchone() or ("",)
    cursor.execute(sql.SQL("revoke temporary on database {} from public").format(sql.Identifier(name)))


def _without_policies(cursor: Cursor) -> None:
    """Take back what an earlier version of the table gave."""
    cursor.execute("select policyname, schemaname, tablename from pg_policies where policyname like 'part %'")
    for name, schema, table in cursor.fetchall():
        cursor.execute(sql.SQL("drop policy {} on {}").format(sql.Identifier(name), sql.Identifier(schema, table)))


def _statements(part: LimitedPart, role: str) -> Iterator[sql.Composed]:
    who, rights = sql.Identifier(role), all_rights()[part]
    for schema in _all_schemas():
        yield sql.SQL("revoke all on all tables in schema {} from {}").format(sql.Identifier(schema), who)
        yield sql.SQL("revoke all on schema {} from {}").format(sql.Identifier(schema), who)
    for schema in ("rights", *rights.schemas):
        yield sql.SQL("grant usage on schema {} to {}").format(sql.Identifier(schema), who)
    for function in rights.functions:
        yield sql.SQL("grant execute on function {} to {}").format(sql.Identifier("rights", function), who)
    for right in rights.tables:
        yield from _granted(right, part, who)


def _granted(right: Right, part: LimitedPart, who: sql.Identifier) -> Iterator[sql.Composed]:
    table = sql.Identifier(*right.table.split("."))
    yield sql.SQL("alter table {} enable row level security").format(table)
    shown = right.rows or "true"
    changed = right.changed or shown
    conditions = {
        "select": f"using ({shown})",
        "insert": f"with check ({right.added or 'true'})",
        "update": f"using ({changed}) with check ({right.becomes or changed})",
        "delete": f"using ({right.deleted or shown})",
    }
    for verb, columns in right.verbs.items():
        listed = sql.SQL(" ({})").format(sql.SQL(", ").join(map(sql.Identifier, columns))) if columns else sql.SQL("")
        yield sql.SQL("grant {}{} on {} to {}").format(sql.SQL(verb), listed, table, who)
        yield sql.SQL("create policy {} on {} for {} to {} {}").format(
            sql.Identifier(f"part {part} {verb}"), table, sql.SQL(verb), who, sql.SQL(conditions[verb])
        )


def _all_schemas() -> tuple[str, ...]:
    return tuple(dict.fromkeys(schema for rights in all_rights().values() for schema in rights.schemas))


def _vectors(cursor: Cursor, roles: Mapping[LimitedPart, str]) -> None:
    """The index of the knowledge base, where it lies in the database, may be read by all: it holds public words.

    Each version is a table of its own, which the owner makes later.
    """
    schema = sql.Identifier(VECTORS)
    cursor.execute(sql.SQL("create schema if not exists {}").format(schema))
    for role in map(sql.Identifier, roles.values()):
        cursor.execute(sql.SQL("grant usage on schema {} to {}").format(schema, role))
        cursor.execute(sql.SQL("grant select on all tables in schema {} to {}").format(schema, role))
        later = "alter default privileges in schema {} grant select on tables to {}"
        cursor.execute(sql.SQL(later).format(schema, role))
