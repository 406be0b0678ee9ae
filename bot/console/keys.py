"""Security keys on the console: signing in with one, and registering and deleting one's own."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import FormData

from bot.console.access import Console, Needs, public_form, said, site_of
from bot.console.throttling import signed_in
from casework.desk.account import KEY_ROLES, Account
from casework.desk.roles import Permission
from casework.desk.security_keys import LONGEST_ANSWER, AccountError, KeyWanted, Purpose
from casework.desk.unlocking import carried_to_key, sign_in_with_key

# Of one's own account, before anything else may be seen.
Enrolling = Annotated[Account, Depends(Needs(Permission.OWN_ACCOUNT, enrolling=True))]
KEY_ACTS = ("add key", "drop key")
NOT_KEPT = {"cache-control": "no-store"}


def key_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    accounts, public_url = console.accounts, console.assistant.settings.public_url
    cases = console.assistant.cases

    @router.post("/console/login/key")
    async def sign_in(request: Request) -> Response:
        answer = said(await public_form(request), "key_answer", LONGEST_ANSWER)
        try:
            site = site_of(request, public_url)
            account, token = await to_thread.run_sync(sign_in_with_key, cases, accounts, answer, site)
        except AccountError as error:
            return console.page(request, "login.html", 403, problem=str(error))
        return signed_in(console, request, account, token)

    @router.post("/console/me/key-options")
    async def options(request: Request, account: Enrolling) -> Response:
        """What a page's script asks the browser for: a new key, or a signature of one that is there."""
        purpose: Purpose = "enrol" if said(await request.form(), "purpose") == "enrol" else "prove"
        try:
            asked = await to_thread.run_sync(accounts.key_options, account, purpose, site_of(request, public_url))
        except AccountError as error:
            return JSONResponse({"error": str(error)}, 422, NOT_KEPT)
        return Response(asked, media_type="application/json", headers=NOT_KEPT)

    return router


def key_page(console: Console, request: Request, wanted: KeyWanted, password: str) -> Response:
    """The password was right: the page that asks for the security key."""
    accounts, site = console.accounts, site_of(request, console.assistant.settings.public_url)
    try:
        account = accounts.get(wanted.account_id)
        if account is None:
            raise wanted
        carrying = carried_to_key(console.assistant.cases, account, password)
        options = accounts.key_options(account, "sign in", site, carrying)
    except AccountError as error:
        return console.page(request, "login.html", 403, problem=str(error))
    return console.page(request, "login_key.html", options=options)


def change_keys(request: Request, console: Console, account: Account, form: FormData) -> None:
    """Register or delete a key of one's own account.

    Raises:
        AccountError: it cannot be done.
    """
    accounts = console.accounts
    if said(form, "act", 20) == "add key":
        site = site_of(request, console.assistant.settings.public_url)
        accounts.add_key(account, said(form, "new_key", LONGEST_ANSWER), said(form, "name", 100), site)
        return
    if account.role in KEY_ROLES and len(accounts.keys_of(account)) == 1:
        raise AccountError("您的身份登记后必须一直有一个安全密钥。请先登记新的再删除；丢失的请另一位管理员取消。")
    accounts.drop_key(account, said(form, "key", 40))
    console.assistant.cases.close_to_keys(account.id, said(form, "key", 40))
