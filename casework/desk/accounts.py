"""Officials' accounts: made by an administrator, opened with an invitation code, bound to their own channels."""

from __future__ import annotations

from casework.desk.approval_requests import ApprovalRequests
from casework.desk.invitations import Invitations
from casework.desk.security_keys import SCHEMA as SECURITY_KEYS
from casework.desk.sessions import Sessions
from storage.database import SECRETS, creates

SCHEMA = f"""{SECRETS};
create table accounts (
    id text primary key, login text not null unique, about blob not null, unit text not null, role text not null,
    active integer not null default 1, password text, totp blob, totp_used integer not null default 0,
    wrong integer not null default 0, locked real not null default 0, preferences blob, created real not null);
create table invitations (
    code text primary key, account_id text not null references accounts (id), expires real not null, used real);
create table bindings (
    conversation text primary key, account_id text not null references accounts (id), place blob not null,
    at real not null);
create index bindings_account on bindings (account_id);
create table sessions (
    token text primary key, account_id text not null references accounts (id), begun real not null,
    seen real not null);
create table feeds (token text primary key, account_id text not null references accounts (id), at real not null);
"""
REQUESTS = (
    "create table requests (id text primary key, account_id text not null references accounts (id), "
    "act text not null, asked_by text not null, about blob not null, at real not null)"
)
# What the password opened, under what only the browser has: a session's cookie, a challenge.
CARRIED = "alter table sessions add column carried blob;\nalter table challenges add column carried blob"


class Accounts(Invitations, Sessions, ApprovalRequests):
    """Accounts in one SQLite file or PostgreSQL schema; names are sealed, codes and tokens are keyed hashes only."""

    sealed = (
        ("accounts", "about", ("id",)),
        ("accounts", "totp", ("id",)),
        ("accounts", "preferences", ("id",)),
        ("bindings", "place", ("conversation", "account_id")),
        ("requests", "about", ("id", "account_id", "act", "asked_by")),
        ("security_keys", "about", ("id", "account_id")),
    )
    migrations = (creates(SCHEMA), creates(REQUESTS), creates(SECURITY_KEYS), creates(CARRIED))
