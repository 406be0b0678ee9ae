"""Accounts as they are kept: made, found, changed, and shut out."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from casework.desk.account import DEFAULT_DAYS, Account, Preferences, Role, key_unit, plain_login
from casework.desk.security_keys import AccountError, SecurityKeyStore
from knowledge.text import clean
from storage.database import now

LONGEST_NAME = 40
HAS_KEY = "exists (select 1 from security_keys where account_id = accounts.id)"
SELECT = (
    "select id, about, unit, role, active, password is not null, totp is not null, preferences, "
    f"{HAS_KEY} from accounts"
)
# The same where this process may know who somebody is and not how they sign in.
SELECT_PEOPLE = "select id, about, unit, role, active, false, false, preferences, false from accounts"


class AccountRows(SecurityKeyStore):
    """The part of the accounts that knows people."""

    def add(self, login: str, name: str, unit: str, role: Role, active: bool = True) -> Account:
        """Make an account, shut until somebody else agrees when it is not ``active``.

        Raises:
            AccountError: the login name is taken, or a name is empty or too long.
        """
        login, name = plain_login(login), clean(name)
        if not login or not name or len(login) > LONGEST_NAME or len(name) > LONGEST_NAME:
            raise AccountError(f"请写明登录名和姓名，各不超过 {LONGEST_NAME} 个字。")
        account_id = secrets.token_hex(8)
        about = self._seal("accounts", "about", {"login": login, "name": name}, account_id)
        row = {"id": account_id, "login": self._blind_index.hash(f"login:{login}"), "about": about, "created": now()}
        with self._writing():
            if self._db.execute("select 1 from accounts where login = ?", [row["login"]]).fetchone():
                raise AccountError(f"登录名 {login} 已有人使用，请换一个。")
            self._db["accounts"].insert({**row, "unit": unit, "role": role.value, "active": int(active)})
        return self._required(account_id)

    @property
    def _select(self) -> str:
        return SELECT if self._may_read("accounts", "password") else SELECT_PEOPLE

    def everybody(self) -> list[Account]:
        """All accounts, the oldest first."""
        return [self._account(row) for row in self._read(f"{self._select} order by created")]

    def get(self, account_id: str) -> Account | None:
        rows = self._read(f"{self._select} where id = ?", account_id)
        return self._account(rows[0]) if rows else None

    def by_login(self, login: str) -> Account | None:
        rows = self._read(f"{self._select} where login = ?", self._login_hash(login))
        return self._account(rows[0]) if rows else None

    def of_unit(self, unit: str) -> list[Account]:
        rows = self._read(f"{self._select} where unit = ? and active = 1 order by created", unit)
        return [self._account(row) for row in rows]

    def readers(self) -> dict[str, str]:
        """Whose key each account may have now, by id: their unit's, or the custodians'."""
        rows = self._read("select id, unit, role from accounts where active = 1")
        return {account: of for account, unit, role in rows if (of := key_unit(unit, Role(role)))}

    def set_active(self, account: Account, active: bool) -> None:
        """Let somebody in again, or shut them out of every channel at once."""
        if not active:
            self.revoke(account)
        self._change("active = ?", account, int(active))

    def move(self, account: Account, unit: str, role: Role) -> None:
        """Give somebody another unit or role; open sessions follow it at their next click."""
        self._change("unit = ?, role = ?", account, unit, role.value)

    def prefer(self, account: Account, preferences: Preferences) -> Account:
        sealed = self._seal("accounts", "preferences", asdict(preferences), account.id)
        self._change("preferences = ?", account, sealed)
        return replace(account, preferences=preferences)

    def revoke(self, account: Account) -> None:
        """A lost phone: everything that lets somebody in without a password stops working."""
        with self._writing():
            for table in ("bindings", "sessions", "feeds"):
                self._db.execute(f"delete from {table} where account_id = ?", [account.id])
            self._db.execute("delete from invitations where account_id = ? and used is null", [account.id])

    # Within ----------------------------------------------------------------------------------------------

    def _change(self, what: str, account: Account, *values: Any) -> None:
        with self._writing():
            self._db.execute(f"update accounts set {what} where id = ?", [*values, account.id])

    def _login_hash(self, login: str) -> str:
        return self._blind_index.hash(f"login:{plain_login(login)}")

    def _token_hash(self, token: str) -> str:
        return self._blind_index.hash(f"token:{token}")

    def _required(self, account_id: str) -> Account:
        account = self.get(account_id)
        if account is None:
            raise AccountError("没有这个账号。")
        return account

    def _account(self, row: Any) -> Account:
        account_id, about, unit, role, active, has_password, has_totp, preferences, has_key = row
        known: Mapping[str, str] = self._open("accounts", "about", about, account_id)
        kept = self._open("accounts", "preferences", preferences, account_id) if preferences else {}
        return Account(
            id=account_id,
            login=known["login"],
            name=known["name"],
            unit=unit,
            role=Role(role),
            active=bool(active),
            has_password=bool(has_password),
            has_totp=bool(has_totp),
            has_key=bool(has_key),
            preferences=Preferences(**{**kept, "days": tuple(kept.get("days", DEFAULT_DAYS))}),
        )
