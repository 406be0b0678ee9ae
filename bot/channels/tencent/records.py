"""What the platforms' rules make us remember over processes and restarts: tokens, cursors, who may be written to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from storage.database import SECRETS, EncryptedStore, creates, now
from storage.encryption import decrypt_for_bearer, encrypt_for_bearer

SCHEMA = f"""{SECRETS};
create table tokens (name text primary key, body blob, expires real not null, renewing real not null);
create table cursors (name text primary key, body blob not null, at real not null);
create table people (place text primary key, remaining integer not null, until real not null);
create table given (message text primary key, body blob not null, at real not null);
create table pages (key text primary key, body blob not null, at real not null);
"""
# A process that asks for a token has so long before another may ask.
RENEWING_SECONDS = 15
# A token is renewed so long before it ends.
EARLY_SECONDS = 300
# A platform that missed a reply asks again within seconds; what was said of a report is not kept for longer.
GIVEN_SECONDS, DAY = 600, 86_400
PAGES = "/full"
UNTIL = "alter table given add column until real not null default 0"


@dataclass(frozen=True)
class Allowance:
    """How many messages of ours somebody's action allows, and for how many seconds."""

    messages: int
    seconds: int


class Records(EncryptedStore):
    """One SQLite file or PostgreSQL schema; who it is about is hashed."""

    sealed = (
        ("tokens", "body", ("name",)),
        ("cursors", "body", ("name",)),
        ("given", "body", ("message",)),
        ("pages", "body", ("key",)),
    )
    migrations = (creates(SCHEMA), creates(UNTIL))

    # Access tokens ----------------------------------------------------------------------------------------

    def token(self, name: str) -> str | None:
        """The token of an account while it is good, whichever process got it."""
        rows = self._read("select body from tokens where name = ? and expires > ? and body is not null", name, now())
        return str(self._open("tokens", "body", rows[0][0], name)) if rows else None

    def may_renew(self, name: str) -> bool:
        """Whether this caller, and no other over all processes, is to ask for a new token now."""
        at = now()
        with self._writing():
            self._db.execute(
                "insert into tokens (name, expires, renewing) values (?, 0, 0) on conflict do nothing", [name]
            )
            claim = "update tokens set renewing = ? where name = ? and renewing < ?"
            return bool(self._db.execute(claim, [at + RENEWING_SECONDS, name, at]).rowcount)

    def renewed(self, name: str, token: str, seconds: int) -> None:
        change = "update tokens set body = ?, expires = ?, renewing = 0 where name = ?"
        good = now() + max(seconds - EARLY_SECONDS, seconds // 2)
        with self._writing():
            self._db.execute(change, [self._seal("tokens", "body", token, name), good, name])

    def not_renewed(self, name: str) -> None:
        """It was refused: the next one who needs it may ask."""
        with self._writing():
            self._db.execute("update tokens set renewing = 0 where name = ?", [name])

    # Where reading goes on --------------------------------------------------------------------------------

    def cursor(self, name: str) -> str:
        rows = self._read("select body from cursors where name = ?", name)
        return str(self._open("cursors", "body", rows[0][0], name)) if rows else ""

    def move_cursor(self, name: str, cursor: str) -> None:
        row = {"name": name, "body": self._seal("cursors", "body", cursor, name), "at": now()}
        with self._writing():
            self._db["cursors"].insert(row, replace=True)

    def cursors(self, prefix: str) -> list[str]:
        """Names of what is read, without the prefix."""
        names = [row[0] for row in self._read("select name from cursors order by name")]
        return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]

    # Who may be written to --------------------------------------------------------------------------------

    def heard_from(self, conversation_id: str, allowance: Allowance) -> None:
        """Somebody did something; what they allowed before and is more stays."""
        at, hashed = now(), self._at(conversation_id)
        with self._writing():
            rows = self._db.execute("select remaining, until from people where place = ?", [hashed]).fetchall()
            remaining, until = rows[0] if rows else (0, 0.0)
            if until > at + allowance.seconds and remaining > allowance.messages:
                return
            row = {"place": hashed, "remaining": allowance.messages, "until": at + allowance.seconds}
            self._db["people"].insert(row, replace=True)

    def remaining(self, conversation_id: str) -> int:
        """How many messages somebody may be sent now."""
        rows = self._read(
            "select remaining from people where place = ? and until > ?", self._at(conversation_id), now()
        )
        return max(int(rows[0][0]), 0) if rows else 0

    def may_write_to(self, conversation_id: str) -> bool:
        return self.remaining(conversation_id) > 0

    def wrote_to(self, conversation_id: str) -> None:
        """One message less is left."""
        with self._writing():
            self._db.execute("update people set remaining = remaining - 1 where place = ?", [self._at(conversation_id)])

    def spent(self, conversation_id: str) -> None:
        """The platform takes nothing for somebody until they write again."""
        with self._writing():
            self._db.execute("update people set remaining = 0 where place = ?", [self._at(conversation_id)])

    def forget(self, conversation_id: str) -> None:
        with self._writing():
            self._db.execute("delete from people where place = ?", [self._at(conversation_id)])

    # What was given in the answer to a callback, for a callback that is delivered again ---------------------

    def give(self, message: str, what: Any, seconds: float = GIVEN_SECONDS) -> None:
        """Remember what a message was answered with, for so long."""
        key, at = self._blind_index.hash(f"given:{message}"), now()
        row = {"message": key, "body": self._seal("given", "body", what, key), "at": at, "until": at + seconds}
        with self._writing():
            self._db["given"].insert(row, replace=True)

    def given(self, message: str) -> Any:
        key = self._blind_index.hash(f"given:{message}")
        rows = self._read("select body from given where message = ? and until > ?", key, now())
        return self._open("given", "body", rows[0][0], key) if rows else None

    # What did not fit into a message, for who knows its address -----------------------------------------------

    def put_text(self, text: str) -> str:
        """See ``arranging.Pages``."""
        return self._put_page({"text": text})

    def put_file(self, path: str) -> str:
        """See ``arranging.Pages``."""
        return self._put_page({"file": path})

    def _put_page(self, what: dict[str, str]) -> str:
        key = secrets.token_urlsafe(18)
        hashed = self._blind_index.hash(key)
        with self._writing():
            # Nobody opens it without the address, which is not kept: not even with the installation's key.
            body = self._seal("pages", "body", encrypt_for_bearer(key, what), hashed)
            self._db["pages"].insert({"key": hashed, "body": body, "at": now()})
        return f"{PAGES}/{key}"

    def page(self, key: str, minutes: int) -> dict[str, str]:
        """That ``text``, or the path of that ``file``, while it is not older; empty else."""
        oldest, hashed = now() - minutes * 60, self._blind_index.hash(key)
        rows = self._read("select body from pages where key = ? and at > ?", hashed, oldest)
        kept = self._open("pages", "body", rows[0][0], hashed) if rows else {}
        # One that an earlier program put there opens as it is.
        return dict(kept if isinstance(kept, dict) else decrypt_for_bearer(key, str(kept)) or {})

    def delete_old(self, page_minutes: int) -> None:
        """Delete pages and replies whose time is up, and who may no longer be written to."""
        at = now()
        with self._writing():
            self._db.execute("delete from pages where at < ?", [at - page_minutes * 60])
            self._db.execute("delete from given where until < ?", [at])
            self._db.execute("delete from people where until < ?", [at])

    def _at(self, conversation_id: str) -> str:
        return self._blind_index.hash(f"place:{conversation_id}")
