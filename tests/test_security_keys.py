"""Security keys beside codes: an answer counts once, for one page, one account and one purpose; and in a browser."""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pyotp
import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, Page, sync_playwright

from bot.settings import Settings
from casework.desk.account import Account, Role
from casework.desk.accounts import Accounts
from casework.desk.security_keys import MOST_KEYS, AccountError, KeyWanted, Site
from casework.desk.sessions import Proof
from storage.encryption import Encryptor
from tests.conftest import QuickServer, Server, command, server_of_its_own
from tests.officials import PASSWORD, Desk, Official
from tests.security_keys import SoftKey

SITE = Site("https://desk.example", "desk.example")


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    opened = Accounts(tmp_path / "accounts.db", Encryptor([Fernet.generate_key()]))
    yield opened
    opened.close()


def somebody(accounts: Accounts, role: Role = Role.OFFICE, login: str = "liufang") -> Account:
    account = accounts.add(login, "刘芳", "市领导小组办公室", role)
    accounts.set_password(account, PASSWORD)
    return account


def registered(accounts: Accounts, account: Account, key: SoftKey | None = None) -> SoftKey:
    key = key or SoftKey()
    accounts.add_key(account, key.created(accounts.key_options(account, "enrol", SITE)), "办公室的钥匙", SITE)
    return key


def signed_in(accounts: Accounts, account: Account, key: SoftKey) -> str:
    with pytest.raises(KeyWanted):
        accounts.sign_in(account.login, PASSWORD)
    return accounts.sign_in_with_key(key.signed(accounts.key_options(account, "sign in", SITE)), SITE)[1]


@pytest.mark.both_databases
def test_who_has_a_key_signs_in_with_it(accounts: Accounts) -> None:
    account = somebody(accounts)
    key = registered(accounts, account)
    assert accounts.session(signed_in(accounts, account, key))
    with pytest.raises(AccountError, match="不正确"):
        accounts.sign_in(account.login, "not the password")


@pytest.mark.both_databases
def test_an_answer_that_was_overheard_opens_nothing(accounts: Accounts) -> None:
    account = somebody(accounts)
    key = registered(accounts, account)
    answer = key.signed(accounts.key_options(account, "sign in", SITE))
    entered: list[str] = []

    def enter(_: int) -> None:
        with contextlib.suppress(AccountError):
            entered.append(accounts.sign_in_with_key(answer, SITE)[1])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(enter, range(6)))
    assert len(entered) == 1, "of all processes that hear it one lets in"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "key",
    [
        SoftKey(origin="https://desk.example.evil"),
        SoftKey(origin="https://evil.example", host="evil.example"),
    ],
    ids=["another page", "another site"],
)
def test_what_was_signed_elsewhere_is_not_taken(accounts: Accounts, key: SoftKey) -> None:
    account = somebody(accounts)
    own = registered(accounts, account)
    key.id, key.private = own.id, own.private
    with pytest.raises(AccountError, match="没有通过核对"):
        accounts.sign_in_with_key(key.signed(accounts.key_options(account, "sign in", SITE)), SITE)


@pytest.mark.both_databases
def test_an_answer_is_for_its_account_and_purpose_only(accounts: Accounts) -> None:
    account, other = somebody(accounts), somebody(accounts, Role.OFFICIAL, "zhouming")
    key, stranger = registered(accounts, account), SoftKey()
    foreign = key.signed(accounts.key_options(other, "prove", SITE))
    with pytest.raises(AccountError, match="没有通过核对"):
        accounts.check_key(account.id, foreign, "prove", SITE)
    proof = key.signed(accounts.key_options(account, "prove", SITE))
    with pytest.raises(AccountError, match="不正确"):
        accounts.sign_in_with_key(proof, SITE)
    with pytest.raises(AccountError, match="没有通过核对"):
        accounts.sign_in_with_key(stranger.signed(accounts.key_options(account, "sign in", SITE)), SITE)
    for nonsense in ("", "{}", "[]", "null", '{"response": {"clientDataJSON": "e30"}}', "x" * 20_000):
        with pytest.raises(AccountError):
            accounts.check_key(account.id, nonsense, "prove", SITE)


@pytest.mark.both_databases
def test_a_copied_key_that_counts_is_found_out(accounts: Accounts) -> None:
    account = somebody(accounts)
    key = registered(accounts, account)
    signed_in(accounts, account, key)
    key.count -= 1
    with pytest.raises(AccountError, match="没有通过核对"):
        accounts.sign_in_with_key(key.signed(accounts.key_options(account, "sign in", SITE)), SITE)


@pytest.mark.both_databases
def test_a_challenge_expires(accounts: Accounts) -> None:
    account = somebody(accounts)
    key = registered(accounts, account)
    answer = key.signed(accounts.key_options(account, "sign in", SITE))
    accounts._db.execute("update challenges set expires = expires - 301")
    with pytest.raises(AccountError):
        accounts.sign_in_with_key(answer, SITE)


@pytest.mark.both_databases
@pytest.mark.parametrize(("role", "code_is_enough"), [(Role.OFFICE, False), (Role.OFFICIAL, True)])
def test_a_code_stands_in_for_a_key_only_where_nobody_decides(
    accounts: Accounts, role: Role, code_is_enough: bool
) -> None:
    account = somebody(accounts, role)
    registered(accounts, account)
    secret, _ = accounts.new_totp(account)
    accounts.confirm_totp(account, secret, pyotp.TOTP(secret).now())
    accounts._change("totp_used = ?", account, 0)
    if code_is_enough:
        accounts.sign_in(account.login, PASSWORD, pyotp.TOTP(secret).now())
    else:
        with pytest.raises(KeyWanted):
            accounts.sign_in(account.login, PASSWORD, pyotp.TOTP(secret).now())
        with pytest.raises(KeyWanted):
            accounts.prove(account, Proof(PASSWORD, pyotp.TOTP(secret).now()))


@pytest.mark.both_databases
def test_what_outlasts_a_session_wants_the_key_too(accounts: Accounts) -> None:
    account = somebody(accounts)
    key = registered(accounts, account)
    with pytest.raises(KeyWanted):
        accounts.prove(account, Proof(PASSWORD))
    accounts.prove(account, Proof(PASSWORD, "", key.signed(accounts.key_options(account, "prove", SITE)), SITE))
    with pytest.raises(AccountError, match="不正确"):
        answer = key.signed(accounts.key_options(account, "prove", SITE))
        accounts.prove(account, Proof("not the password", "", answer, SITE))


@pytest.mark.both_databases
def test_keys_are_counted_named_and_registered_once(accounts: Accounts) -> None:
    account = somebody(accounts)
    first = registered(accounts, account)
    with pytest.raises(AccountError, match="已经登记过"):
        registered(accounts, account, first)
    for _ in range(MOST_KEYS - 1):
        registered(accounts, account)
    with pytest.raises(AccountError, match="最多"):
        registered(accounts, account)
    assert [key.name for key in accounts.keys_of(account)] == ["办公室的钥匙"] * MOST_KEYS
    accounts.drop_keys(account)
    fresh = accounts.get(account.id)
    assert fresh and not fresh.has_key
    accounts.sign_in(account.login, PASSWORD)


def test_an_address_without_a_name_is_explained(accounts: Accounts) -> None:
    account = somebody(accounts)
    for host in ("127.0.0.1", "::1", "10.0.0.7"):
        with pytest.raises(AccountError, match="域名"):
            accounts.key_options(account, "enrol", Site(f"http://{host}:8000", host))


# On the console ---------------------------------------------------------------------------------------------------


def test_nobody_alone_takes_away_what_proves_somebody(server: Server) -> None:
    """Not even of petition staff, who read no case."""
    admin, staff = Official(server, Role.ADMINISTRATOR), Official(server, Role.PETITION)
    registered(staff.accounts, staff.account)
    desk = admin.console()
    for act in ("no key", "no totp"):
        assert "审批" in desk.post(f"/console/accounts/{staff.account.id}", act=act).text
    assert staff.accounts.keys_of(staff.account)
    second = Official(server, Role.OFFICE).console()
    asked = [each.id for each in staff.accounts.requests() if each.account.id == staff.account.id]
    for request in asked:
        second.get("/console/approvals")
        assert "已同意" in second.post(f"/console/approvals/{request}", act="approve", old=PASSWORD).text
    assert not staff.accounts.keys_of(staff.account)


def test_the_command_line_lets_somebody_in_again_who_lost_everything(tmp_path: Path) -> None:
    environment = {"ASSISTANT_DATA_DIR": str(tmp_path)}
    made = ("account", "add", "li", "--name", "李", "--unit", "市公安局", "--role", "official")
    assert command(environment, *made).returncode == 0
    done = command(environment, "account", "reset", "li")
    assert "已取消" in done.stdout, done.stderr


def test_where_the_city_wants_keys_nothing_else_is_seen_first(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("keys")
    with server_of_its_own(folder, QuickServer, security_keys_required="true") as server:
        accounts = Accounts(folder / "accounts.db", Encryptor([(folder / "secret.key").read_bytes().strip()]))
        for role, waits in ((Role.OFFICE, True), (Role.ADMINISTRATOR, True), (Role.OFFICIAL, False)):
            account = accounts.add(f"{role.value}1", "甲", "市公安局", role)
            accounts.set_password(account, PASSWORD)
            desk = Desk(server)
            assert desk.post("/console/login", login=account.login, password=PASSWORD).status_code == 303
            seen = desk.get("/console/today")
            assert (seen.status_code == 303 and seen.headers["location"] == "/console/me") == waits
            assert ("按本市要求" in desk.get("/console/me").text) == waits
            code = desk.post("/console/me", act="code", old=PASSWORD)
            assert ("请先登记安全密钥" in code.text) == waits, "nor is there a way in elsewhere"
        accounts.close()


@pytest.mark.parametrize(
    ("url", "message", "wanted"),
    [
        ("", "", False),
        ("http://127.0.0.1:8000", "", False),
        ("http://zhengzhi.example", "", False),
        ("https://10.0.0.7", "", False),
        ("https://zhengzhi.example", "", True),
        ("https://zhengzhi.example/", "false", False),
        ("", "true", True),
    ],
)
def test_where_a_key_can_be_bound_to_our_address_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch, url: str, message: str, wanted: bool
) -> None:
    monkeypatch.delenv("ASSISTANT_SECURITY_KEYS_REQUIRED")
    given = {"public_url": url} | ({"security_keys_required": message} if message else {})
    assert Settings(**given).keys_wanted == wanted


# In a browser with an authenticator of its own --------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


def with_authenticator(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "isUserVerified": False}})


def sign_in(page: Page, address: str, login: str) -> None:
    page.goto(f"{address}/console/login")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_a_key_is_registered_and_signs_in(server: Server, browser: Browser) -> None:
    admin, address = Official(server, Role.ADMINISTRATOR), server.url.replace("127.0.0.1", "localhost")
    admin.accounts.set_password(admin.account, PASSWORD)
    page = browser.new_context().new_page()
    with_authenticator(page)
    sign_in(page, address, admin.account.login)
    page.goto(f"{address}/console/me")
    section = page.locator("#keys")
    section.get_by_label("给它起个名字").fill("蓝色钥匙")
    section.get_by_label("登录密码").fill(PASSWORD)
    section.get_by_role("button", name="登记安全密钥").click()
    page.get_by_text("安全密钥已登记").wait_for()
    assert "蓝色钥匙" in section.inner_text()
    # It is asked for at the next sign-in, and a password alone opens nothing.
    page.get_by_role("button", name="退出", exact=True).click()
    sign_in(page, address, admin.account.login)
    page.get_by_role("heading", name="用安全密钥确认").wait_for()
    page.goto(f"{address}/console/today")
    assert page.url.endswith("/console/login")
    sign_in(page, address, admin.account.login)
    page.get_by_role("button", name="用安全密钥登录").click()
    page.get_by_role("button", name="退出", exact=True).wait_for()
    # And for what outlasts the session; the last one of an administrator stays.
    page.goto(f"{address}/console/me")
    section.locator("summary").click()
    removal = section.locator("details form")
    removal.get_by_label("登录密码").fill(PASSWORD)
    removal.get_by_role("button", name="删除").click()
    page.get_by_text("必须一直有一个").wait_for()
    # Another administrator's account, agreed to with the key.
    login = uuid.uuid4().hex[:12]
    other = Official(server, Role.ADMINISTRATOR).console()
    other.post("/console/accounts", login=login, name="丁", unit="市商务局", role="official")
    page.goto(f"{address}/console/approvals")
    form = page.locator("li", has_text=login).locator("form")
    form.get_by_label("您的登录密码").fill(PASSWORD)
    form.get_by_role("button", name="已核实本人，同意").click()
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", page.locator(".big-code").inner_text())


def test_without_a_key_at_hand_the_page_says_so(server: Server, browser: Browser) -> None:
    official, address = Official(server, Role.OFFICIAL), server.url.replace("127.0.0.1", "localhost")
    official.accounts.set_password(official.account, PASSWORD)
    registered(official.accounts, official.account, SoftKey())
    page = browser.new_context().new_page()
    sign_in(page, address, official.account.login)
    with_authenticator(page)  # one that does not know the credential
    page.get_by_role("button", name="用安全密钥登录").click()
    page.get_by_text("没有得到安全密钥的确认").wait_for()
    assert httpx.get(f"{address}/console/today", cookies={}).status_code == 303
