"""What an administrator wants of an account, until a second person agrees."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.desk.account import Account, Role
from casework.desk.account_rows import AccountRows
from casework.desk.security_keys import AccountError
from storage.database import now, time_of

REQUEST_DAYS = 7


@dataclass(frozen=True)
class Requested:
    """Something an administrator wants of an account that may read cases, or decide who may.

    Attributes:
        act: ``add``, ``invite``, ``start``, ``move``, ``no totp`` or ``no key``.
        asked_by: id of the account that asked.
        unit: where it is to belong.
    """

    id: str
    account: Account
    act: str
    asked_by: str
    unit: str
    role: Role
    at: datetime


class ApprovalRequests(AccountRows):
    """The part of the accounts that keeps what waits for a second person."""

    def ask(self, account: Account, act: str, by: Account, unit: str = "", role: Role | None = None) -> None:
        """Ask for something that takes effect when somebody else agrees; the same asked before is replaced."""
        request_id = secrets.token_hex(8)
        about = {"unit": unit or account.unit, "role": (role or account.role).value}
        sealed = self._seal("requests", "about", about, request_id, account.id, act, by.id)
        row = {"id": request_id, "account_id": account.id, "act": act, "asked_by": by.id, "about": sealed, "at": now()}
        with self._writing():
            self._db.execute("delete from requests where account_id = ? and act = ?", [account.id, act])
            self._db["requests"].insert(row)

    def requests(self) -> list[Requested]:
        """What waits for a second person, the longest waiting first; after REQUEST_DAYS it is void."""
        statement = "select id, account_id, act, asked_by, about, at from requests where at > ? order by at"
        return [self._requested(row) for row in self._read(statement, now() - REQUEST_DAYS * 86_400)]

    def settle(self, request_id: str, by: Account, agreed: bool = True) -> Requested:
        """Take a request off the list, to be done or refused by somebody else; who asked may take it back.

        Raises:
            AccountError: there is none, or it was asked by, or is about, who decides.
        """
        wanted = next((each for each in self.requests() if each.id == request_id), None)
        if wanted is None:
            raise AccountError("这项申请已经处理或过期，请刷新页面。")
        takes_back = not agreed and by.id == wanted.asked_by
        if by.id in (wanted.asked_by, wanted.account.id) and not takes_back:
            raise AccountError("自己提出的、关于自己的申请，要由另一位同事审批。")
        with self._writing():
            if not self._db.execute("delete from requests where id = ?", [request_id]).rowcount:
                raise AccountError("这项申请已经处理或过期，请刷新页面。")
        return wanted

    def _requested(self, row: Any) -> Requested:
        request_id, account_id, act, asked_by, about, at = row
        kept = self._open("requests", "about", about, request_id, account_id, act, asked_by)
        account = self._required(account_id)
        return Requested(request_id, account, act, asked_by, kept["unit"], Role(kept["role"]), time_of(at))
