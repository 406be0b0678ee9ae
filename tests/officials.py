"""Officials in chat and on the console."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx

from bench.installation import PASSWORD, TOKEN, UNITS
from bot.assembly import Assistant
from bot.settings import Settings
from casework.desk.accounts import Account, Accounts, Role
from casework.services import Services
from storage.encryption import load_sealer
from storage.settings import ActionSettings
from tests.conftest import DATA, Server
from tests.talk import Person


def without_agent(settings: Settings) -> Assistant:
    """An assistant that has its stores and answers nothing: for its pages and their routes."""
    return Assistant(
        settings,
        agent=None,  # type: ignore[arg-type]
        conversations=None,  # type: ignore[arg-type]
        services=Services(settings),
    )


def open_accounts() -> Accounts:
    """The server's accounts, as the command line opens them."""
    return Accounts(DATA / "accounts.db", load_sealer(ActionSettings(data_dir=DATA)))


class Official(Person):
    """Somebody with an account, signed in to a chat of their own."""

    def __init__(self, server: Server, role: Role, unit: str = "", name: str = "周明") -> None:
        super().__init__(server)
        self.accounts = open_accounts()
        self.account: Account = self.accounts.add(uuid.uuid4().hex[:12], name, unit or UNITS[role], role)

    def signs_in(self) -> str:
        """Sign in to the chat; returns what is said."""
        return self.say(f"登录 {self.accounts.invite(self.account)}")

    def console(self) -> Desk:
        """Set a password with an invitation and sign in to the console."""
        desk = Desk(self.server)
        code = self.accounts.invite(self.account)
        joined = desk.post("/console/join", code=code, password=PASSWORD, again=PASSWORD)
        assert joined.status_code == 200, joined.text
        entered = desk.post("/console/login", login=self.account.login, password=PASSWORD)
        assert entered.status_code == 303, entered.text
        desk.get("/console/me")
        return desk


def released(server: Server, desk: Desk, number: str, file: str = "") -> None:
    """Ask for a file as it was sent, or for a whole case, and let a custodian agree."""
    asked = desk.post(
        f"/console/cases/{number}/releases", file=file, purpose="verify", reason="核对合同上的公章是否真实"
    )
    assert asked.status_code == 303, asked.text
    agreed_to(server)


def agreed_to(server: Server) -> None:
    """A custodian agrees to everything that waits."""
    custodian = Official(server, Role.CUSTODIAN).console()
    for at in re.findall(r'action="(/console/releases/[0-9a-f]{16})"', custodian.get("/console/releases").text):
        assert custodian.post(at, act="approve", old=PASSWORD).status_code == 303


class Desk:
    """A browser without script on the console; forms carry the token of the last page."""

    def __init__(self, server: Server) -> None:
        self.http = httpx.Client(base_url=server.url, timeout=180)
        self.token = ""

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self._seen(self.http.get(path, params=query or None))

    def post(self, path: str, **form: str) -> httpx.Response:
        return self._seen(self.http.post(path, data={"form_token": self.token, **form}))

    def _seen(self, response: httpx.Response) -> httpx.Response:
        found = TOKEN.search(response.text) if "html" in response.headers.get("content-type", "") else None
        self.token = found[1] if found else self.token
        return response
