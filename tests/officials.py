"""Officials in chat and on the console."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from bench.installation import PASSWORD, TOKEN, UNITS
from bot.assembly import WITH_CONVERSATIONS, Assistant
from bot.conversations import Conversations
from bot.settings import Settings
from casework.cases.case import Case
from casework.cases.keyring import shown
from casework.cases.store import CaseStore
from casework.desk.account import Account, Role, key_unit
from casework.desk.accounts import Accounts
from casework.services import Services
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from storage.shared import shared_store
from tests.conftest import DATA, Server
from tests.talk import Person


def without_agent(settings: Settings) -> Assistant:
    """An assistant that has its stores and answers nothing: for its pages and their routes."""
    known = settings.serves in WITH_CONVERSATIONS
    conversations = shared_store("conversations", Conversations, settings) if known else None
    return Assistant(
        settings,
        agent=None,  # type: ignore[arg-type]
        kept_conversations=conversations,
        services=Services(settings),
    )


def open_accounts() -> Accounts:
    """The server's accounts, as the command line opens them."""
    return Accounts(DATA / "accounts.db", load_encryptor(ActionSettings(data_dir=DATA)))


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
        """Set a password with an invitation, sign in to the console, and be handed the unit's key by a colleague."""
        keeper(self.server)
        desk = self._entered()
        if key_unit(self.account.unit, self.account.role):
            keys_handed(self.server)
        return desk

    def _entered(self) -> Desk:
        desk = Desk(self.server)
        code = self.accounts.invite(self.account)
        joined = desk.post("/console/join", code=code, password=PASSWORD, again=PASSWORD)
        assert joined.status_code == 200, joined.text
        entered = desk.post("/console/login", login=self.account.login, password=PASSWORD)
        assert entered.status_code == 303, entered.text
        desk.get("/console/me")
        return desk


@dataclass
class Keeper:
    """An official of the office who stays signed in: the office has every unit's key, and opens every report."""

    account: Account
    desk: Desk


KEEPERS: dict[str, Keeper] = {}


def keeper(server: Server) -> Keeper:
    """A server's keeper; from the first time on what is reported there is sealed."""
    if server.url not in KEEPERS:
        person = Official(server, Role.OFFICE, name="值守")
        KEEPERS[server.url] = Keeper(person.account, person._entered())
    return KEEPERS[server.url]


def keys_handed(server: Server) -> None:
    """Whoever signed in a moment ago has their unit's key from now on."""
    assert keeper(server).desk.get("/console/me").status_code == 200


@contextmanager
def as_the_office(server: Server, store: CaseStore) -> Iterator[None]:
    """Read for a while what the office reads."""
    account = keeper(server).account
    with shown(store.keys_of(account.id, account.unit, store.member_pair(account.id, PASSWORD))):
        yield


def opened(server: Server, store: CaseStore, case: Case) -> Case:
    """A report as the office reads it."""
    with as_the_office(server, store):
        found = store.get(case.id)
    assert found and not found.locked
    return found


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
        match = TOKEN.search(response.text) if "html" in response.headers.get("content-type", "") else None
        self.token = match[1] if match else self.token
        return response
