"""``python -m bot account``: make accounts, invite, stop and list them."""

from __future__ import annotations

import argparse
import itertools
import sys

from bot.settings import Settings
from casework.cases.audit_acts import AuditAct
from casework.cases.unit_keys import UnitKeyError
from casework.desk.account import Account, Role, key_unit
from casework.desk.accounts import Accounts
from casework.desk.invitations import INVITATION_HOURS
from casework.desk.roles import ROLE_NAMES
from casework.desk.security_keys import AccountError
from casework.shared import shared_cases
from knowledge.counties import desks
from knowledge.directory import load_directory
from knowledge.documents import load_plan
from storage.encryption import KeyFileError
from storage.shared import shared_store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", required=True)
    new = tasks.add_parser("add", help="make an account and its first invitation code")
    new.add_argument("login", help="the name to sign in with")
    new.add_argument("--name", required=True)
    new.add_argument("--unit", required=True, help="a unit of the directory, e.g. 市公安局")
    new.add_argument("--role", required=True, choices=[role.value for role in Role])
    for task, text in (
        ("invite", "another invitation code, for a further channel or a forgotten password"),
        ("revoke", "a lost phone: sign out everywhere"),
        ("stop", "shut an account"),
        ("start", "open a shut account again"),
        ("reset", "a lost authenticator or security key: the password alone signs in, until another is registered"),
        ("recover", "a lost unit key: reads two of its three shares, a line each, and gives the unit's member another"),
    ):
        tasks.add_parser(task, help=text).add_argument("login")
    tasks.add_parser("list", help="all accounts")


def run_account_command(settings: Settings, options: argparse.Namespace) -> int:
    """Run one command; returns the exit status. Whoever may run it on this machine may do all of it."""
    try:
        accounts = shared_store("accounts", Accounts, settings)
        if options.task == "list":
            for account in accounts.everybody():
                state = "" if account.active else "（已停用）"
                print(f"{account.login}\t{account.name}\t{account.unit}\t{ROLE_NAMES[account.role]}{state}")
            return 0
        account = _added(accounts, options) if options.task == "add" else _known(accounts, options.login)
        recovers = options.task == "recover"
        said = _recovered(settings, account) if recovers else _done(accounts, account, options.task)
    except (AccountError, KeyFileError) as error:
        print(error, file=sys.stderr)
        return 1
    if options.task == "reset":
        shared_cases(settings).close_to_keys(account.id)
    shared_cases(settings).record("command line", AuditAct.ACCOUNT, what=options.task, account=account.id)
    print(said)
    return 0


def _added(accounts: Accounts, options: argparse.Namespace) -> Account:
    units = desks(load_directory(load_plan().clauses))
    if options.unit not in units:
        raise AccountError(f"没有“{options.unit}”这个单位。可用的单位：{'、'.join(units)}")
    return accounts.add(options.login, options.name, options.unit, Role(options.role))


def _known(accounts: Accounts, login: str) -> Account:
    account = accounts.by_login(login)
    if account is None:
        raise AccountError(f"没有登录名为 {login} 的账号。")
    return account


def _recovered(settings: Settings, account: Account) -> str:
    """Give the unit's key to one of its members from two shares, which are read where no list of processes shows them.

    Raises:
        AccountError: they do not open the key in use.
    """
    shares = [line.strip() for line in itertools.islice(sys.stdin, SHARES_WANTED)]
    try:
        shared_cases(settings).recover(key_unit(account.unit, account.role), shares, account.id)
    except UnitKeyError as error:
        raise AccountError(NOT_RECOVERED) from error
    return f"{account.unit}的单位密钥已找回并更换，{account.name}现在可以打开本单位的举报。请在工作台重新打印恢复纸。"


SHARES_WANTED = 2
NOT_RECOVERED = (
    "没有找回。请核对：两张恢复纸是同一单位、同一次打印的，每张一行，逐词核对；"
    "本人要先用密码登录过一次工作台；打印后密钥换过的，旧恢复纸已无用。"
)


def _done(accounts: Accounts, account: Account, task: str) -> str:
    if task in ("add", "invite"):
        return (
            f"邀请码（{INVITATION_HOURS} 小时内有效，只能用一次）：{accounts.invite(account)}\n"
            f"请当面交给{account.name}：在工作台 /console/join 输入它设置密码，或在聊天中发送“登录 邀请码”。"
        )
    if task == "revoke":
        accounts.revoke(account)
        return f"{account.name}已在所有设备和渠道退出，日历订阅和未用的邀请码也已作废。"
    if task == "reset":
        accounts.drop_totp(account)
        accounts.drop_keys(account)
        return f"{account.name}的动态码和安全密钥已取消，请本人用密码登录后重新登记。"
    accounts.set_active(account, task == "start")
    return f"{account.name}的账号已{'恢复' if task == 'start' else '停用'}。"
