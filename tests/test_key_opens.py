"""A security key opens what a password does: whose password was set anew reads on with their key at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import bot  # noqa: F401  (prepares the process for Rasa)
from casework.desk.account import Account, Role
from casework.desk.security_keys import KeyWanted, Site
from casework.desk.unlocking import carried_to_key, pair_behind, sign_in_with_key
from tests.conftest import Server
from tests.officials import Official, keeper
from tests.security_keys import SoftKey
from tests.test_desk_chat import reported as told_in_chat
from tests.test_sealing import (
    PASSWORD,
    POLICE,
    STORY,
    TRADE,
    Desk,
    Session,
    desk,  # noqa: F401  (a fixture)
    reported,
)

SITE, ANOTHER = Site("https://desk.example", "desk.example"), "another-password-of-theirs"


def with_key(desk: Desk, person: Account, key: SoftKey) -> SoftKey:  # noqa: F811
    desk.accounts.add_key(person, key.created(desk.accounts.key_options(person, "enrol", SITE)), "钥匙", SITE)
    return key


def enters(desk: Desk, person: Account, key: SoftKey, password: str = PASSWORD) -> Session:  # noqa: F811
    """Sign in with password and key, as the console does it."""
    with pytest.raises(KeyWanted):
        desk.accounts.sign_in(person.login, password)
    account = desk.accounts.get(person.id)
    assert account
    carrying = carried_to_key(desk.cases, account, password)
    answer = key.signed(desk.accounts.key_options(account, "sign in", SITE, carrying))
    return Session(desk, *sign_in_with_key(desk.cases, desk.accounts, answer, SITE))


@pytest.fixture
def alone(desk: Desk) -> tuple[Session, SoftKey]:  # noqa: F811
    """The only official of a unit, who signed in once with a key that derives a secret."""
    person = desk.person(POLICE)
    key = with_key(desk, person, SoftKey(derives=True))
    return enters(desk, person, key), key


pytestmark = pytest.mark.both_databases


def test_a_password_that_was_set_anew_costs_nothing_with_the_key_at_hand(
    desk: Desk,  # noqa: F811
    alone: tuple[Session, SoftKey],
) -> None:
    first, key = alone
    case, _ = reported(desk, POLICE)
    desk.accounts.set_password(first.account, ANOTHER)  # by an invitation
    assert STORY in str(enters(desk, first.account, key, ANOTHER).opens(case).content)
    assert desk.cases.pair_by_password(first.account.id, ANOTHER), "from now on the new password opens it too"
    assert desk.cases.pair_by_password(first.account.id, PASSWORD) is None
    assert desk.cases.mistakes() == []


def test_a_key_that_derives_nothing_opens_nothing(desk: Desk) -> None:  # noqa: F811
    person = desk.person(POLICE)
    key = with_key(desk, person, SoftKey())
    enters(desk, person, key)
    case, _ = reported(desk, POLICE)
    assert desk.cases.opening_keys(person.id) == []
    desk.accounts.set_password(person, ANOTHER)
    assert enters(desk, person, key, ANOTHER).opens(case).locked, "somebody must hand them the unit's key"


def test_neither_the_server_nor_another_key_opens_what_a_key_opens(
    desk: Desk,  # noqa: F811
    alone: tuple[Session, SoftKey],
) -> None:
    first, key = alone
    other = desk.person(TRADE)
    enters(desk, other, with_key(desk, other, SoftKey(derives=True)))
    private = first.keys.member
    assert private
    kept = json.dumps(desk.cases._member(first.account.id))
    assert private.private.hex() not in kept
    (key_id,) = desk.cases.opening_keys(first.account.id)
    for derived in ("", "00" * 32, kept[:64]):
        assert desk.cases.pair_by_key(first.account.id, key_id, derived) is None
    # Who writes to the database with the server's key puts one member's wrapped half under another's name.
    theirs = desk.cases._member(other.id)
    desk.cases._write_member(other.id, private, {**theirs, "keys": desk.cases._member(first.account.id)["keys"]})
    derived = key.signed(desk.accounts.key_options(first.account, "sign in", SITE))
    assert desk.cases.pair_by_key(other.id, key_id, desk.accounts.derived_by(derived)[1]) is None


def test_a_key_that_was_deleted_opens_nothing(desk: Desk, alone: tuple[Session, SoftKey]) -> None:  # noqa: F811
    first, key = alone
    case, _ = reported(desk, POLICE)
    (key_id,) = desk.cases.opening_keys(first.account.id)
    desk.cases.close_to_keys(first.account.id, key_id)
    desk.accounts.set_password(first.account, ANOTHER)
    assert enters(desk, first.account, key, ANOTHER).opens(case).locked


def test_who_comes_without_the_key_destroys_nothing(
    desk: Desk,  # noqa: F811
    alone: tuple[Session, SoftKey],
) -> None:
    first, key = alone
    case, _ = reported(desk, POLICE)
    plain = with_key(desk, first.account, SoftKey())
    desk.accounts.set_password(first.account, ANOTHER)
    account = desk.accounts.get(first.account.id)
    assert account and pair_behind(desk.cases, account, ANOTHER) == b"", "a code in place of the key"
    assert enters(desk, first.account, plain, ANOTHER).opens(case).locked, "a second key that derives nothing"
    assert not enters(desk, first.account, key, ANOTHER).opens(case).locked


def test_a_key_whose_secret_is_another_now_opens_again_after_the_password(
    desk: Desk,  # noqa: F811
    alone: tuple[Session, SoftKey],
) -> None:
    """A key that was given a PIN derives otherwise."""
    first, key = alone
    case, _ = reported(desk, POLICE)
    key.own = b"another"
    assert not enters(desk, first.account, key).opens(case).locked
    desk.accounts.set_password(first.account, ANOTHER)
    assert not enters(desk, first.account, key, ANOTHER).opens(case).locked


def test_who_lost_all_of_it_begins_anew(desk: Desk, alone: tuple[Session, SoftKey]) -> None:  # noqa: F811
    first, _ = alone
    case, _ = reported(desk, POLICE)
    shares = desk.cases.shares_of(first.account.id, first.keys)
    desk.accounts.set_password(first.account, ANOTHER)
    desk.accounts.drop_keys(first.account)
    desk.cases.close_to_keys(first.account.id)
    back = desk.signs_in(desk.accounts.get(first.account.id) or first.account, ANOTHER)
    assert back.opens(case).locked
    desk.cases.recover(POLICE, shares[:2], first.account.id)
    assert not back.opens(case).locked


# In a browser whose authenticator derives secrets -------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


def with_authenticator(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "usb", "hasResidentKey": False}
    options |= {"hasUserVerification": True, "isUserVerified": True, "hasPrf": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(page: Page, address: str, login: str, password: str) -> None:
    page.goto(f"{address}/console/login")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def with_the_key(page: Page) -> None:
    page.get_by_role("button", name="用安全密钥登录").click()
    page.get_by_role("button", name="退出", exact=True).wait_for()


@pytest.mark.about_the_file
def test_in_a_browser_the_key_opens_a_report_after_the_password_was_set_anew(server: Server, browser: Browser) -> None:
    office = keeper(server).desk
    lead, address = Official(server, Role.OFFICIAL, TRADE), server.url.replace("127.0.0.1", "localhost")
    lead.accounts.set_password(lead.account, PASSWORD)
    page = browser.new_context().new_page()
    with_authenticator(page)
    sign_in(page, address, lead.account.login, PASSWORD)
    page.goto(f"{address}/console/me")
    section = page.locator("#keys")
    section.get_by_label("登录密码").fill(PASSWORD)
    section.get_by_role("button", name="登记安全密钥").click()
    page.get_by_text("安全密钥已登记").wait_for()
    page.get_by_role("button", name="退出", exact=True).click()
    sign_in(page, address, lead.account.login, PASSWORD)
    with_the_key(page)
    page.goto(f"{address}/console/me")
    assert "密码重设后也能打开举报" in section.inner_text()
    office.get("/console/me")  # the unit's key is handed to who has just come
    number, _ = told_in_chat(server)
    lead.accounts.set_password(lead.account, ANOTHER)
    sign_in(page, address, lead.account.login, ANOTHER)
    with_the_key(page)
    page.goto(f"{address}/console/cases/{number}")
    assert "金鼎财富" in page.inner_text("main") and "您的登录现在打不开" not in page.inner_text("main")
