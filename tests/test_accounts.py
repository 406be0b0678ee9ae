"""Accounts: invitations that work once, passwords that lock, codes that count once, and doors that shut."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
from cryptography.fernet import Fernet

from casework.desk.account import Account, Role
from casework.desk.accounts import Accounts
from casework.desk.roles import ALLOWED, Permission, may
from casework.desk.security_keys import AccountError
from casework.desk.sessions import MOST_WRONG, Proof
from storage.encryption import Encryptor
from tests.conftest import ROOT

pytestmark = pytest.mark.both_databases

PASSWORD = "correct-horse-battery"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "accounts.db"


@pytest.fixture
def accounts(path: Path) -> Iterator[Accounts]:
    opened = Accounts(path, Encryptor([Fernet.generate_key()]))
    yield opened
    opened.close()


@pytest.fixture
def zhou(accounts: Accounts) -> Account:
    return accounts.add("zhouming", "周明", "市公安局", Role.OFFICIAL)


def test_an_invitation_works_once(accounts: Accounts, zhou: Account) -> None:
    code = accounts.invite(zhou)
    assert accounts.invited(code) == zhou
    assert accounts.redeem(code.lower().replace("-", " ")) == zhou
    for used in (code, "AAAAA-AAAAA"):
        with pytest.raises(AccountError, match="已用过"):
            accounts.redeem(used)


def test_an_invitation_expires(accounts: Accounts, zhou: Account, path: Path) -> None:
    code = accounts.invite(zhou)
    accounts._db.execute("update invitations set expires = expires - 73 * 3600")
    with pytest.raises(AccountError, match="已过期"):
        accounts.redeem(code)


def test_one_person_on_several_channels(accounts: Accounts, zhou: Account) -> None:
    accounts.bind(zhou, "web:a")
    accounts.bind(zhou, "telegram:1")
    assert accounts.bound("web:a") == zhou
    assert {binding.channel for binding in accounts.bindings(zhou)} == {"web", "telegram"}
    assert accounts.unbind("web:a")
    assert accounts.bound("web:a") is None
    assert accounts.bound("telegram:1") == zhou


def test_wrong_passwords_lock_nobody_out_and_say_nothing_of_the_name(accounts: Accounts, zhou: Account) -> None:
    accounts.set_password(zhou, PASSWORD)
    said = set()
    for name in ("zhouming", "nobody") * (MOST_WRONG + 1):
        with pytest.raises(AccountError, match="不正确") as refused:
            accounts.sign_in(name, "wrong-wrong-wrong")
        said.add(str(refused.value))
    assert len(said) == 1
    account, token = accounts.sign_in(" ZhouMing ", PASSWORD)
    assert accounts.session(token) == account


def test_who_guesses_the_password_in_a_stolen_session_loses_it(accounts: Accounts, zhou: Account) -> None:
    accounts.set_password(zhou, PASSWORD)
    _, token = accounts.sign_in("zhouming", PASSWORD)
    accounts.prove(zhou, Proof(PASSWORD))
    for _ in range(MOST_WRONG):
        assert accounts.session(token)
        with pytest.raises(AccountError, match="不正确"):
            accounts.prove(zhou, Proof("wrong-wrong-wrong"))
    assert accounts.session(token) is None
    accounts.sign_in("zhouming", PASSWORD)


def test_a_known_browser_is_known_for_its_own_name_only(accounts: Accounts, zhou: Account) -> None:
    token = accounts.known_token(zhou)
    assert accounts.is_known(token, " ZhouMing")
    for forged, name in ((token, "li"), (token[:-4] + "AAAA", "zhouming"), ("", "zhouming"), ("é", "zhouming")):
        assert not accounts.is_known(forged, name)


def test_what_one_asks_another_decides(accounts: Accounts, zhou: Account) -> None:
    admins = [accounts.add(f"admin{n}", "管理员", "市政府金融办", Role.ADMINISTRATOR) for n in range(2)]
    accounts.ask(zhou, "move", admins[0], "市农业局", Role.OFFICE)
    accounts.ask(zhou, "move", admins[0], "市商务局", Role.OFFICIAL)
    (asked,) = accounts.requests()
    assert (asked.account, asked.act, asked.unit, asked.role) == (zhou, "move", "市商务局", Role.OFFICIAL)
    for decides in (admins[0], zhou):
        with pytest.raises(AccountError, match="另一位同事"):
            accounts.settle(asked.id, decides)
    assert accounts.settle(asked.id, admins[1]) == asked
    with pytest.raises(AccountError, match="已经处理"):
        accounts.settle(asked.id, admins[1])
    accounts.ask(zhou, "invite", admins[0])
    accounts._db.execute("update requests set at = at - 8 * 86400")
    assert accounts.requests() == []


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaa", "zhouming-2016", "x" * 300])
def test_passwords_that_are_not_taken(accounts: Accounts, zhou: Account, password: str) -> None:
    with pytest.raises(AccountError, match="密码"):
        accounts.set_password(zhou, password)


def test_a_code_of_the_authenticator_counts_once(accounts: Accounts, zhou: Account) -> None:
    accounts.set_password(zhou, PASSWORD)
    secret, address = accounts.new_totp(zhou)
    assert address.startswith("otpauth://totp/")
    with pytest.raises(AccountError, match="动态码不对"):
        accounts.confirm_totp(zhou, secret, "000000")
    code = pyotp.TOTP(secret).now()
    accounts.confirm_totp(zhou, secret, code)
    with pytest.raises(AccountError, match="不正确"):
        accounts.sign_in("zhouming", PASSWORD)
    with pytest.raises(AccountError, match="不正确"):
        accounts.sign_in("zhouming", PASSWORD, code)  # it was used to enrol
    following = pyotp.TOTP(secret).at(int(time.time()) + 30)
    accounts.sign_in("zhouming", PASSWORD, following)
    with pytest.raises(AccountError, match="不正确"):
        accounts.sign_in("zhouming", PASSWORD, following)


def test_a_code_counts_once_over_all_processes(accounts: Accounts, zhou: Account) -> None:
    """Many who read the account at the same moment: one of them gets in."""
    accounts.set_password(zhou, PASSWORD)
    secret, _ = accounts.new_totp(zhou)
    accounts.confirm_totp(zhou, secret, pyotp.TOTP(secret).now())
    accounts._change("totp_used = ?", zhou, 0)
    code, entered = pyotp.TOTP(secret).now(), []

    def enter(_: int) -> None:
        with contextlib.suppress(AccountError):
            entered.append(accounts.sign_in("zhouming", PASSWORD, code))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(enter, range(6)))
    assert len(entered) == 1


def test_a_session_ends(accounts: Accounts, zhou: Account, path: Path) -> None:
    accounts.set_password(zhou, PASSWORD)
    _, first = accounts.sign_in("zhouming", PASSWORD)
    _, second = accounts.sign_in("zhouming", PASSWORD)
    accounts.sign_out(first)
    assert accounts.session(first) is None
    assert accounts.session(second)
    accounts._db.execute("update sessions set seen = seen - 3700")
    assert accounts.session(second) is None


def test_a_lost_phone_and_a_stopped_account(accounts: Accounts, zhou: Account) -> None:
    accounts.set_password(zhou, PASSWORD)
    _, token = accounts.sign_in("zhouming", PASSWORD)
    accounts.bind(zhou, "telegram:1")
    feed, code = accounts.new_feed(zhou), accounts.invite(zhou)
    accounts.revoke(zhou)
    assert accounts.session(token) is None
    assert accounts.bound("telegram:1") is None
    assert accounts.by_feed(feed) is None
    with pytest.raises(AccountError):
        accounts.redeem(code)
    accounts.bind(zhou, "telegram:2")
    accounts.set_active(zhou, active=False)
    assert accounts.bound("telegram:2") is None
    with pytest.raises(AccountError):
        accounts.sign_in("zhouming", PASSWORD)


def test_a_calendar_address_is_replaced(accounts: Accounts, zhou: Account) -> None:
    first = accounts.new_feed(zhou)
    second = accounts.new_feed(zhou)
    assert accounts.by_feed(first) is None
    assert accounts.by_feed(second) == zhou


@pytest.mark.about_the_file
def test_nothing_readable_is_in_the_file(accounts: Accounts, zhou: Account, path: Path) -> None:
    accounts.set_password(zhou, PASSWORD)
    _, token = accounts.sign_in("zhouming", PASSWORD)
    accounts.bind(zhou, "telegram:445566")
    secrets = ["周明", "zhouming", PASSWORD, token, accounts.invite(zhou), accounts.new_feed(zhou), "445566"]
    accounts.close()
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    for secret in secrets:
        assert secret.encode() not in content


def test_roles_deny_by_default(zhou: Account) -> None:
    assert not any(may(None, permission) for permission in Permission)
    for role, allowed in ALLOWED.items():
        assert allowed < set(Permission), role
    assert Permission.SEE_CASES not in ALLOWED[Role.PETITION] | ALLOWED[Role.ADMINISTRATOR]
    assert Permission.MANAGE_ACCOUNTS not in ALLOWED[Role.OFFICE] | ALLOWED[Role.OFFICIAL]


@pytest.mark.about_the_file
def test_the_command_line(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", "account", *words]
        environment = {"ASSISTANT_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "ignore"}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    made = run("add", "zhou", "--name", "周明", "--unit", "市公安局", "--role", "official")
    assert "邀请码" in made.stdout, made.stderr
    assert "市公安局" in run("list").stdout
    assert "已在所有设备" in run("revoke", "zhou").stdout
    wrong = run("add", "li", "--name", "李", "--unit", "火星局", "--role", "official")
    assert wrong.returncode == 1
    assert "没有“火星局”这个单位" in wrong.stderr
    assert "没有登录名" in run("invite", "nobody").stderr
