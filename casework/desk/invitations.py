"""Invitation codes, the conversations that they sign somebody in to, and private calendar addresses."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from casework.cases.codes import ALPHABET
from casework.desk.account import Account
from casework.desk.account_rows import AccountRows
from casework.desk.security_keys import AccountError
from knowledge.text import clean
from storage.database import now, time_of
from storage.postgres import serve_official

INVITATION_HOURS = 72
INVITATION_LENGTH = 10
BAD_CODE = "邀请码不对、已用过或已过期。请核对后重试，或请系统管理员重新发一个。"


@dataclass(frozen=True)
class Binding:
    """A conversation in which somebody is signed in; ``place`` is channel:sender, where reminders go."""

    account_id: str
    place: str = field(repr=False)
    at: datetime

    @property
    def channel(self) -> str:
        return self.place.partition(":")[0]


class Invitations(AccountRows):
    """The part of the accounts that lets somebody in without a password."""

    def invite(self, account: Account) -> str:
        """A code that is good once, for INVITATION_HOURS.

        Of 21^10 = 1.7e13: at 600 tries a minute over its whole life one is hit with a chance of 1.6e-7.
        """
        code = "".join(secrets.choice(ALPHABET) for _ in range(INVITATION_LENGTH))
        row = {"code": self._code_hash(code), "account_id": account.id, "expires": now() + INVITATION_HOURS * 3600}
        with self._writing():
            self._db.execute("delete from invitations where expires < ?", [now()])
            self._db["invitations"].insert(row)
        half = INVITATION_LENGTH // 2
        return f"{code[:half]}-{code[half:]}"

    def redeem(self, code: str) -> Account:
        """Use up a code.

        Raises:
            AccountError: it is unknown, used, expired, or its account was shut.
        """
        at = now()
        with self._writing():
            row = self._db.execute(
                "update invitations set used = ? where code = ? and used is null and expires > ? returning account_id",
                [at, self._code_hash(code), at],
            ).fetchone()
        account = self.get(row[0]) if row else None
        if account is None or not account.active:
            raise AccountError(BAD_CODE)
        return account

    def invited(self, code: str) -> Account | None:
        """Whose code it is, while it is good; it is not used up."""
        owner = "select account_id from invitations where code = ? and used is null and expires > ?"
        statement = f"{self._select} where id = ({owner}) and active = 1"
        rows = self._read(statement, self._code_hash(code), now())
        return self._account(rows[0]) if rows else None

    def _code_hash(self, code: str) -> str:
        plain = "".join(char for char in unicodedata.normalize("NFKC", clean(code)).upper() if char.isalnum())
        return self._blind_index.hash(f"invitation:{plain}")

    # Conversations ---------------------------------------------------------------------------------------

    def bind(self, account: Account, conversation_id: str) -> None:
        """Sign somebody in to a conversation; whoever was signed in there before is no longer."""
        hashed = self._place_hash(conversation_id)
        sealed = self._seal("bindings", "place", conversation_id, hashed, account.id)
        row = {"conversation": hashed, "account_id": account.id, "place": sealed, "at": now()}
        with self._writing():
            self._db["bindings"].insert(row, replace=True)

    def unbind(self, conversation_id: str) -> bool:
        """Sign out of a conversation; False when nobody was signed in."""
        with self._writing():
            done = self._db.execute(
                "delete from bindings where conversation = ?", [self._place_hash(conversation_id)]
            ).rowcount
        return bool(done)

    def bound(self, conversation_id: str) -> Account | None:
        """Who is signed in to a conversation: from here on it is they who are served."""
        statement = f"{self._select} where id = (select account_id from bindings where conversation = ?) and active = 1"
        hashed = self._place_hash(conversation_id)
        rows = self._read(statement, hashed)
        serve_official(hashed if rows else "")
        return self._account(rows[0]) if rows else None

    def bindings(self, account: Account) -> list[Binding]:
        """Where somebody is signed in, the last first."""
        statement = "select conversation, place, at from bindings where account_id = ? order by at desc"
        return [
            Binding(account.id, self._open("bindings", "place", place, key, account.id), time_of(at))
            for key, place, at in self._read(statement, account.id)
        ]

    def _place_hash(self, conversation_id: str) -> str:
        return self._blind_index.hash(f"place:{conversation_id}")

    # Calendar feeds --------------------------------------------------------------------------------------

    def new_feed(self, account: Account) -> str:
        """A token for a private calendar address; the one before stops working."""
        token = secrets.token_urlsafe(24)
        with self._writing():
            self._db.execute("delete from feeds where account_id = ?", [account.id])
            self._db["feeds"].insert({"token": self._token_hash(token), "account_id": account.id, "at": now()})
        return token

    def drop_feed(self, account: Account) -> None:
        with self._writing():
            self._db.execute("delete from feeds where account_id = ?", [account.id])

    def has_feed(self, account: Account) -> bool:
        return bool(self._read("select 1 from feeds where account_id = ?", account.id))

    def by_feed(self, token: str) -> Account | None:
        statement = f"{self._select} where id = (select account_id from feeds where token = ?) and active = 1"
        rows = self._read(statement, self._token_hash(token))
        return self._account(rows[0]) if rows else None
