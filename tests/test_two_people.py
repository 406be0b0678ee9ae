"""Nobody alone makes, opens or takes over an account that reads cases; names and locks are nobody's weapon."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import httpx
import pytest

from bot.console.throttling import FREE_OF_A_NAME_HERE
from casework.desk.account import Account, Role
from casework.desk.accounts import Accounts
from casework.desk.sessions import MOST_WRONG
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import QuickServer, Server, server_of_its_own
from tests.officials import PASSWORD, Desk, Official
from tests.test_desk_chat import reported

INVITED = re.compile(r"登录 [0-9A-Z]{5}-[0-9A-Z]{5}")


@pytest.fixture
def admin(server: Server) -> Official:
    return Official(server, Role.ADMINISTRATOR)


def waiting_for(desk: Desk, login: str) -> str:
    page = desk.get("/console/approvals").text
    match = re.search(r'action="/console/approvals/([0-9a-f]{16})"', page.partition(login)[2])
    return match[1] if match else ""


def test_one_administrator_cannot_read_a_case(server: Server, admin: Official) -> None:
    """By a new account, by taking over one, by a change of role, or by agreeing to what they asked themselves."""
    desk, number = admin.console(), reported(server)[0]
    login = uuid.uuid4().hex[:12]
    pages = [desk.post("/console/accounts", login=login, name="甲", unit="市公安局", role="official").text]
    victim = Official(server, Role.OFFICIAL)
    staff = Official(server, Role.PETITION)
    at, staff_at = (f"/console/accounts/{each.account.id}" for each in (victim, staff))
    pages.append(desk.post(at, act="invite").text)
    pages.append(desk.post(at, act="no totp").text)
    pages.append(desk.post(staff_at, act="move", unit="市公安局", role="official").text)
    another = {"login": f"{login}2", "name": "乙", "unit": "市公安局", "role": "administrator"}
    pages.append(desk.post("/console/accounts", **another).text)
    for page in pages:
        assert not INVITED.search(page) and "审批" in page
    assert staff.accounts.get(staff.account.id) == staff.account
    made = staff.accounts.by_login(login)
    assert made and not made.active
    for request in staff.accounts.requests():
        if request.asked_by == admin.account.id:
            desk.get("/console/approvals")
            refused = desk.post(f"/console/approvals/{request.id}", act="approve", old=PASSWORD)
            assert refused.status_code == 422 and "另一位同事" in refused.text
    assert desk.get(f"/console/cases/{number}").status_code == 403
    assert INVITED.search(desk.post(staff_at, act="invite").text), "who reads no case needs no second person"


@pytest.mark.parametrize("role", [Role.OFFICE, Role.ADMINISTRATOR])
def test_a_second_person_agrees_and_shows_who_they_are(server: Server, admin: Official, role: Role) -> None:
    login = uuid.uuid4().hex[:12]
    admin.console().post("/console/accounts", login=login, name="丙", unit="市商务局", role="official")
    second = Official(server, role).console()
    at = f"/console/approvals/{waiting_for(second, login)}"
    assert second.post(at, act="approve").status_code == 422, "a session alone agrees to nothing"
    assert INVITED.search(second.post(at, act="approve", old=PASSWORD).text)
    made = admin.accounts.by_login(login)
    assert made and made.active
    audit = second.get("/console/audit").text
    assert "账号：申请新建" in audit and "账号：同意新建" in audit


def test_who_does_not_agree_needs_no_reason(server: Server, admin: Official) -> None:
    victim = Official(server, Role.OFFICIAL)
    admin.console().post(f"/console/accounts/{victim.account.id}", act="invite")
    second = Official(server, Role.OFFICE).console()
    at = waiting_for(second, victim.account.login)
    assert "没有同意" in second.post(f"/console/approvals/{at}", act="refuse").text
    assert not waiting_for(second, victim.account.login)


def test_units_agree_to_nothing(server: Server) -> None:
    for role in (Role.OFFICIAL, Role.PETITION):
        assert Official(server, role).console().get("/console/approvals").status_code == 403


def test_names_are_not_told_apart_nor_locked(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Strangers try a name that exists and one that does not: the same answers, and its owner still gets in."""
    folder = tmp_path_factory.mktemp("names")
    with server_of_its_own(folder, QuickServer, trust_proxy="true") as server:
        account = _account_in(server)
        said: dict[str, list[tuple[int, str]]] = {}
        for name in (account.login, "nobody-of-that-name"):
            said[name] = []
            for number in range(FREE_OF_A_NAME_HERE + 1):
                headers = {"x-forwarded-for": f"{number}.9.9.9, 203.0.113.{len(name)}"}
                form = {"login": name, "password": "wrong"}
                answer = httpx.post(f"{server.url}/console/login", data=form, headers=headers, timeout=60)
                text = answer.text.replace(name, "…")
                said[name].append((answer.status_code, re.sub(r"\d+ 秒", "秒", text)))
        known, unknown = said.values()
        assert known == unknown
        assert [status for status, _ in known] == [403] * FREE_OF_A_NAME_HERE + [429]
        form = {"login": account.login, "password": PASSWORD}
        owner = httpx.post(f"{server.url}/console/login", data=form, timeout=60)
        assert owner.status_code == 303, "the owner, from elsewhere"


def _account_in(server: Server) -> Account:

    folder = Path(server.settings["data_dir"])
    accounts = Accounts(folder / "accounts.db", load_encryptor(ActionSettings(data_dir=folder)))
    account = accounts.add("zhouming", "周明", "市公安局", Role.OFFICIAL)
    accounts.set_password(account, PASSWORD)
    return account


def test_a_stolen_session_ends_when_the_password_is_guessed_in_it(server: Server) -> None:
    official = Official(server, Role.OFFICIAL)
    desk = official.console()
    for _ in range(MOST_WRONG):
        assert desk.post("/console/me", act="feed", old="a wrong password").status_code == 422
    assert desk.get("/console/me").status_code == 303
