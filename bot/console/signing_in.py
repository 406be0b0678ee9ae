"""Signing in and out, the first password, and one's own account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

import segno
from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from bot.console.access import (
    COOKIE,
    HOME,
    TODAY,
    Console,
    Needs,
    proof_in,
    public_form,
    said,
    site_of,
    to,
    wants_key,
)
from bot.console.keys import KEY_ACTS, Enrolling, change_keys, key_page
from bot.console.throttling import FREE_OF_AN_OFFICE, SignInTries, known_browser, signed_in
from bot.web.guards import address_of
from casework.cases.audit_acts import AuditAct
from casework.cases.keyring import keyring
from casework.cases.unit_store import LockedError
from casework.desk.account import MOST_AHEAD, Account, Preferences
from casework.desk.accounts import Accounts
from casework.desk.invitations import INVITATION_HOURS
from casework.desk.roles import Permission
from casework.desk.security_keys import LONGEST_KEY_NAME, AccountError, KeyWanted
from casework.desk.unlocking import new_password, pair_behind
from storage.attempts import AttemptLimiter

Own = Annotated[Account, Depends(Needs(Permission.OWN_ACCOUNT))]
SIGN_IN, JOIN, ME = "/console/login", "/console/join", "/console/me"


class SigningInPages:
    """Signing in with a password, and setting one with an invitation."""

    def __init__(self, console: Console) -> None:
        self.console, self.accounts = console, console.accounts
        self.tries = SignInTries(console.assistant.settings)
        self.codes = AttemptLimiter("invitation page", console.assistant.settings, free=FREE_OF_AN_OFFICE)

    async def home(self, account: Own) -> RedirectResponse:
        return to(TODAY)

    async def ask(self, request: Request) -> HTMLResponse:
        return self.console.page(request, "login.html")

    async def sign_in(self, request: Request) -> Response:
        form = await public_form(request)
        login = said(form, "login", 100)
        known = known_browser(request, self.accounts, login)
        if wait := self.tries.begin(address_of(request), login, known):
            return self.console.page(request, "login.html", 429, problem=f"输错多次，请 {wait} 秒后再试。", login=login)
        password, totp = said(form, "password", 400), said(form, "totp", 12)
        try:
            account, token = await to_thread.run_sync(self.accounts.sign_in, login, password, totp)
        except KeyWanted as wanted:
            self.tries.right(address_of(request), login, known)
            return await to_thread.run_sync(key_page, self.console, request, wanted, password)
        except AccountError as error:
            return self.console.page(request, "login.html", 403, problem=str(error), login=login)
        self.tries.right(address_of(request), login, known)
        await to_thread.run_sync(self._unlock, account, token, password)
        return signed_in(self.console, request, account, token)

    def _unlock(self, account: Account, token: str, password: str) -> None:
        if private := pair_behind(self.console.assistant.cases, account, password):
            self.accounts.carry(token, private)

    async def ask_code(self, request: Request) -> HTMLResponse:
        return self.console.page(request, "join.html")

    async def join(self, request: Request) -> Response:
        """An invitation code becomes a password; a code that was taken stays taken, so all else is checked first."""
        form = await public_form(request)
        password, again = said(form, "password", 400), said(form, "again", 400)
        if wait := self.codes.begin(address_of(request)):
            return self.console.page(request, "join.html", 429, problem=f"邀请码输错多次，请 {wait} 秒后再试。")
        try:
            if password != again:
                raise AccountError("两次输入的密码不一样，请重新输入。")
            account = await to_thread.run_sync(self._joined, said(form, "code", 40), password)
        except AccountError as error:
            return self.console.page(request, "join.html", 403, problem=str(error), code=said(form, "code", 40))
        self.codes.right(address_of(request))
        return self.console.page(request, "login.html", login=account.login, done="密码已设置，请登录。")

    def _joined(self, code: str, password: str) -> Account:
        invited = self.accounts.invited(code)
        self.accounts.check_password(password, invited.login if invited else "")
        account = self.accounts.redeem(code)
        self.accounts.set_password(account, password)
        return account

    async def sign_out(self, request: Request, account: Enrolling) -> Response:
        self.accounts.sign_out(request.cookies.get(COOKIE, ""))
        response = to(SIGN_IN)
        response.delete_cookie(COOKIE, path=HOME)
        return response


def signing_in_routes(console: Console) -> APIRouter:
    router, pages = APIRouter(include_in_schema=False), SigningInPages(console)
    router.get(HOME)(pages.home)
    router.get(SIGN_IN)(pages.ask)
    router.post(SIGN_IN)(pages.sign_in)
    router.get(JOIN)(pages.ask_code)
    router.post(JOIN)(pages.join)
    router.post("/console/logout")(pages.sign_out)
    return router


def own_account_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    accounts, public_url = console.accounts, console.assistant.settings.public_url
    services = console.assistant.services

    def mine(request: Request, account: Account, status: int = 200, **values: Any) -> HTMLResponse:
        if wants_key(services, account):
            values.setdefault(
                "problem", "按本市要求，您的身份需要用安全密钥登录。请先在下面登记一个，登记后才能使用工作台。"
            )
        shown = {"bindings": accounts.bindings(account), "has_feed": accounts.has_feed(account)}
        shown |= {"keys": accounts.keys_of(account), "longest_key_name": LONGEST_KEY_NAME}
        shown |= {"opening_keys": console.assistant.cases.opening_keys(account.id)}
        keys = keyring()
        shown |= {"unlocked": bool(keys.current), "escrowed": console.assistant.cases.is_escrowed(account.unit)}
        shown["can_register"] = site_of(request, public_url).has_name
        return console.page(request, "me.html", status, **shown, hours=INVITATION_HOURS, **values)

    @router.get(ME)
    async def me(request: Request, account: Enrolling) -> HTMLResponse:
        return mine(request, account)

    @router.post(ME)
    async def change(request: Request, account: Enrolling) -> Response:
        form = await request.form()
        try:
            if wants_key(services, account) and said(form, "act", 20) not in BEFORE_A_KEY:
                raise AccountError("请先登记安全密钥。")
            if said(form, "act", 20) in OUTLASTS_THE_SESSION:
                await to_thread.run_sync(accounts.prove, account, proof_in(request, form, public_url))
            shown = _changed(request, console, account, form)
        except AccountError as error:
            return mine(request, account, 422, problem=str(error))
        if said(form, "act", 20) == "password":
            return to(SIGN_IN)
        # The page tells of the account as it is from now on.
        request.state.account = changed = accounts.get(account.id) or account
        if "shares" in shown:
            return console.page(request, "shares.html", keepers=KEEPERS, **shown)
        return mine(request, changed, **shown)

    return router


def _changed(request: Request, console: Console, account: Account, form: FormData) -> dict[str, Any]:
    """Do what somebody wants of their own account; returns what the page shows once."""
    act = said(form, "act", 20)
    if act in KEY_ACTS:
        change_keys(request, console, account, form)
        shown = {}
    elif act in OWN_ACTS:
        shown = OWN_ACTS[act](OwnChange(request, console, account, form)) or {}
    else:
        raise AccountError("没有这项操作，请刷新页面。")
    console.assistant.cases.record(account.id, AuditAct.OWN_ACCOUNT, what=act)
    return shown | {"done": DONE.get(act, "已保存。")}


class OwnChange(NamedTuple):
    """Somebody who changes their own account, and the form that says how."""

    request: Request
    console: Console
    account: Account
    form: FormData

    @property
    def accounts(self) -> Accounts:
        return self.console.accounts


def _new_password(change: OwnChange) -> None:
    password = said(change.form, "password", 400)
    new_password(change.console.assistant.cases, change.accounts, change.account, password, keyring())


def _new_feed(change: OwnChange) -> dict[str, Any]:
    site = str(change.request.base_url).rstrip("/")
    return {"feed": f"{site}/calendar/{change.accounts.new_feed(change.account)}.ics"}


def _new_totp(change: OwnChange) -> dict[str, Any]:
    secret, address = change.accounts.new_totp(change.account)
    picture = segno.make(address, error="m").svg_inline(scale=4, omitsize=False)
    return {"secret": secret, "picture": picture}


def _confirm_totp(change: OwnChange) -> None:
    change.accounts.confirm_totp(change.account, said(change.form, "secret", 64), said(change.form, "totp", 12))


def _prefer(change: OwnChange) -> None:
    change.accounts.prefer(change.account, _preferred(change.account, change.form))


# What somebody may do with their own account, beside its security keys; each returns what the page shows once, if it
# shows anything.
OWN_ACTS: dict[str, Callable[[OwnChange], dict[str, Any] | None]] = {
    "password": _new_password,
    "code": lambda change: {"code": change.accounts.invite(change.account)},
    "feed": _new_feed,
    "drop feed": lambda change: change.accounts.drop_feed(change.account),
    "escrow": lambda change: {"shares": _shares(change.console, change.account)},
    "totp": _new_totp,
    "confirm totp": _confirm_totp,
    "drop totp": lambda change: change.accounts.drop_totp(change.account),
    "sign out everywhere": lambda change: change.accounts.revoke(change.account),
    "reminders": _prefer,
}


def _shares(console: Console, account: Account) -> list[str]:
    """The shares of the unit's key, for paper."""
    try:
        return console.assistant.cases.shares_of(account.id, keyring())
    except LockedError as error:
        raise AccountError("您的登录现在没有本单位密钥。请退出后重新登录再试。") from error


def _preferred(account: Account, form: FormData) -> Preferences:
    days = sorted({int(n) for n in said(form, "days", 60).replace("，", ",").split(",") if n.strip().isdecimal()})
    if not days or days[-1] > MOST_AHEAD or days[0] < 1:
        raise AccountError(f"提前天数请填 1 至 {MOST_AHEAD} 之间的数字，用逗号隔开，例如 7,3,1。")
    muted, digest = said(form, "muted") == "on", said(form, "digest") == "on"
    return replace(account.preferences, days=tuple(reversed(days)), muted=muted, digest=digest)


# Who keeps which of the three shares.
KEEPERS = ("本单位负责人", "领导小组办公室", "档案室")
# Whoever has stolen a session must not make a way in of their own.
OUTLASTS_THE_SESSION = (
    "password",
    "escrow",
    "code",
    "feed",
    "totp",
    "confirm totp",
    "drop totp",
    "add key",
    "drop key",
)
# What somebody may do who still has to register a key: nothing that lets them in elsewhere.
BEFORE_A_KEY = ("add key", "password", "sign out everywhere")
DONE = {
    "code": "绑定码已生成，只显示这一次。",
    "feed": "订阅地址已生成，只显示这一次；原来的地址已失效。",
    "drop feed": "订阅地址已作废。",
    "totp": "请用身份验证器扫描，再输入动态码确认。",
    "confirm totp": "动态码已启用，以后登录需要输入。",
    "drop totp": "动态码已停用。",
    "add key": "安全密钥已登记，以后登录和重要操作要用它确认。",
    "drop key": "安全密钥已删除。",
    "escrow": "恢复纸已生成，请打印。",
    "sign out everywhere": "已在所有设备和渠道退出。",
}
