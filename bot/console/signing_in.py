"""Signing in and out, the first password, and one's own account."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import segno
from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from bot.console.access import COOKIE, HOME, TODAY, Console, Needs, begin_session, said, to
from bot.console.throttling import FREE_OF_AN_OFFICE, SignInTries, known_browser, remember_browser
from bot.web.guards import BadInput, address_of, same_site
from casework.desk.accounts import INVITATION_HOURS, MOST_AHEAD, Account, AccountError, Preferences
from casework.desk.roles import Permission
from storage.attempts import WrongTries

Own = Annotated[Account, Depends(Needs(Permission.OWN_ACCOUNT))]
SIGN_IN, JOIN, ME = "/console/login", "/console/join", "/console/me"


class SigningInPages:
    """Signing in with a password, and setting one with an invitation."""

    def __init__(self, console: Console) -> None:
        self.console, self.accounts, self.cases = console, console.accounts, console.assistant.cases
        self.tries = SignInTries(console.assistant.settings)
        self.codes = WrongTries("invitation page", console.assistant.settings, free=FREE_OF_AN_OFFICE)

    def _begun(self, request: Request, account: Account, token: str) -> Response:
        self.cases.record(account.id, "sign in to the console")
        response = to(TODAY)
        begin_session(request, response, token)
        remember_browser(request, response, self.accounts, account)
        return response

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
        except AccountError as error:
            return self.console.page(request, "login.html", 403, problem=str(error), login=login)
        self.tries.right(address_of(request), login, known)
        return self._begun(request, account, token)

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
            invited = self.accounts.invited(said(form, "code", 40))
            self.accounts.check_password(password, invited.login if invited else "")
            account = self.accounts.redeem(said(form, "code", 40))
            self.accounts.set_password(account, password)
        except AccountError as error:
            return self.console.page(request, "join.html", 403, problem=str(error), code=said(form, "code", 40))
        self.codes.right(address_of(request))
        return self.console.page(request, "login.html", login=account.login, done="密码已设置，请登录。")

    async def sign_out(self, request: Request, account: Own) -> Response:
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
    accounts = console.accounts

    def mine(request: Request, account: Account, status: int = 200, **values: Any) -> HTMLResponse:
        shown = {"bindings": accounts.bindings(account), "has_feed": accounts.has_feed(account)}
        return console.page(request, "me.html", status, **shown, hours=INVITATION_HOURS, **values)

    @router.get(ME)
    async def me(request: Request, account: Own) -> HTMLResponse:
        return mine(request, account)

    @router.post(ME)
    async def change(request: Request, account: Own) -> Response:
        form = await request.form()
        try:
            if said(form, "act", 20) in OUTLASTS_THE_SESSION:
                # The code of a new secret is asked for as "totp", that of the one in force as "totp_now".
                old, now = said(form, "old", 400), said(form, "totp_now", 12)
                await to_thread.run_sync(accounts.prove, account, old, now)
            shown = _changed(request, console, account, form)
        except AccountError as error:
            return mine(request, account, 422, problem=str(error))
        if said(form, "act", 20) == "password":
            return to(SIGN_IN)
        return mine(request, accounts.get(account.id) or account, **shown)

    return router


async def public_form(request: Request) -> FormData:
    """A form of somebody who is not signed in: ours all the same."""
    same_site(request)
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise BadInput("请在本页面的表单中填写。", 415, "form")
    return await request.form()


def _changed(request: Request, console: Console, account: Account, form: FormData) -> dict[str, Any]:
    """Do what somebody wants of their own account; returns what the page shows once."""
    accounts, act = console.accounts, said(form, "act", 20)
    shown: dict[str, Any] = {}
    if act == "password":
        accounts.set_password(account, said(form, "password", 400))
    elif act == "code":
        shown["code"] = accounts.invite(account)
    elif act == "feed":
        shown["feed"] = f"{str(request.base_url).rstrip('/')}/calendar/{accounts.new_feed(account)}.ics"
    elif act == "drop feed":
        accounts.drop_feed(account)
    elif act == "totp":
        secret, address = accounts.new_totp(account)
        picture = segno.make(address, error="m").svg_inline(scale=4, omitsize=False)
        shown |= {"secret": secret, "picture": picture}
    elif act == "confirm totp":
        accounts.confirm_totp(account, said(form, "secret", 64), said(form, "totp", 12))
    elif act == "drop totp":
        accounts.drop_totp(account)
    elif act == "sign out everywhere":
        accounts.revoke(account)
    elif act == "reminders":
        accounts.prefer(account, _preferred(account, form))
    else:
        raise AccountError("没有这项操作，请刷新页面。")
    console.assistant.cases.record(account.id, f"own account: {act}")
    return shown | {"done": DONE.get(act, "已保存。")}


def _preferred(account: Account, form: FormData) -> Preferences:
    days = sorted({int(n) for n in said(form, "days", 60).replace("，", ",").split(",") if n.strip().isdigit()})
    if not days or days[-1] > MOST_AHEAD or days[0] < 1:
        raise AccountError(f"提前天数请填 1 至 {MOST_AHEAD} 之间的数字，用逗号隔开，例如 7,3,1。")
    muted, digest = said(form, "muted") == "on", said(form, "digest") == "on"
    return replace(account.preferences, days=tuple(reversed(days)), muted=muted, digest=digest)


# Whoever has stolen a session must not make a way in of their own.
OUTLASTS_THE_SESSION = ("password", "code", "feed", "totp", "confirm totp", "drop totp")
DONE = {
    "code": "绑定码已生成，只显示这一次。",
    "feed": "订阅地址已生成，只显示这一次；原来的地址已失效。",
    "drop feed": "订阅地址已作废。",
    "totp": "请用身份验证器扫描，再输入动态码确认。",
    "confirm totp": "动态码已启用，以后登录需要输入。",
    "drop totp": "动态码已停用。",
    "sign out everywhere": "已在所有设备和渠道退出。",
}
