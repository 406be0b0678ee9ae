"""Where 公众号 and 企业微信 send what people say: any process keeps it, one of them answers.

Whatever is not signed with the account's Token is refused before it is read; what is kept is acknowledged, and what
cannot be kept is not, so that the platform sends it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from bot.assembly import Assistant
from bot.channels.inbox import Brought, Inbox, keep
from bot.channels.outbox import Outbox
from bot.channels.relay import NOT_HEARD
from bot.channels.tencent import customer_service, service_account, wecom
from bot.channels.tencent.crypto import CallbackCrypto, Forged, read_xml
from bot.channels.tencent.records import PAGES, Records
from bot.channels.tencent.service_account import PASSIVE_SECONDS, ServiceAccount
from bot.logs import turn_log
from bot.web.guards import BadInput
from bot.web.pages import page_of
from storage.database import STORE_ERRORS
from storage.shared import shared_store

NOT_OURS = "只接受平台发来的消息。"
EXPIRED = "这段全文已过期。请回到对话里再问一次。"
TAKEN = PlainTextResponse("success")
# WeChat asks again when it heard nothing for five seconds; another answer than a reply it shows as a fault of ours.
SILENT_SECONDS = 1.5
LATER = 503


def callback_routes(assistant: Assistant) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    settings = assistant.settings
    official, work = service_account.crypto_of(settings), wecom.crypto_of(settings)
    outbox = partial(shared_store, "outbox", Outbox, settings)

    @router.get(service_account.CALLBACK)
    async def prove_service_account(request: Request) -> Response:
        """What 公众平台 asks when the address is entered there: the same words back."""
        crypto, query = _there(official), request.query_params
        _checked(crypto, query, "signature")
        return PlainTextResponse(query.get("echostr", ""))

    @router.post(service_account.CALLBACK)
    async def from_service_account(request: Request) -> Response:
        crypto = _there(official)
        message = await _message(crypto, request)
        brought = service_account.brought_by(message)
        if brought is None:
            return TAKEN
        running: ServiceAccount | None = request.app.state.channels.service_account
        if running is not None:
            return await _answered(running, crypto, brought)
        if not settings.service_account_customer_messages:
            return Response(status_code=LATER)  # only the process that answers can reply within the callback
        return _kept(None, outbox(), ServiceAccount.channel, brought)

    @router.get(wecom.CALLBACK)
    async def prove_wecom(request: Request) -> Response:
        """What 企业微信 asks when the address is entered there: what was sealed, opened."""
        crypto, echo = _there(work), request.query_params.get("echostr", "")
        _checked(crypto, request.query_params, "msg_signature", echo)
        return PlainTextResponse(_opened(crypto, echo))

    @router.post(wecom.CALLBACK)
    async def from_wecom(request: Request) -> Response:
        """Messages to the application, and that there is something to read in 微信客服."""
        message = await _message(_there(work), request)
        channels = request.app.state.channels
        if reading := customer_service.told_to_read(message):
            running = channels.customer_service
            return _kept(running and running.callbacks, outbox(), customer_service.SYNC, reading)
        if brought := wecom.brought_by(message):
            return _kept(channels.wecom and channels.wecom.inbox, outbox(), wecom.WeCom.channel, brought)
        return TAKEN

    return router


def full_text_routes(assistant: Assistant, templates: Jinja2Templates) -> APIRouter:
    """What is too long for a message of 公众号 or 企业微信, on a page of its own."""
    router = APIRouter(include_in_schema=False)
    settings = assistant.settings
    has_channel = bool(service_account.crypto_of(settings) or wecom.crypto_of(settings))

    @router.get(PAGES + "/{key}")
    async def full_text(request: Request, key: str) -> Response:
        """What did not fit into a message, for who has its link, for an hour."""
        records = shared_store("tencent", Records, settings) if has_channel else None
        found = records.page(key[:64], settings.link_minutes) if records else {}
        if path := found.get("file"):
            return RedirectResponse(quote(path), 303, {"cache-control": "no-store", "referrer-policy": "no-referrer"})
        text = found.get("text")
        page = page_of(
            request, templates, assistant, "full_text.html", 200 if text else 410, text=text, expired=EXPIRED
        )
        page.headers["referrer-policy"] = "no-referrer"
        return page

    return router


def _there(crypto: CallbackCrypto | None) -> CallbackCrypto:
    if crypto is None:
        raise HTTPException(404)
    return crypto


def _checked(crypto: CallbackCrypto, query: Mapping[str, str], name: str, *encrypted: str) -> None:
    try:
        crypto.check(query.get(name, ""), query.get("timestamp", ""), query.get("nonce", ""), *encrypted)
    except Forged as error:
        raise BadInput(NOT_OURS, 403, "callback") from error


def _opened(crypto: CallbackCrypto, encrypted: str) -> str:
    try:
        return crypto.open(encrypted)
    except Forged as error:
        raise BadInput(NOT_OURS, 403, "callback") from error


async def _message(crypto: CallbackCrypto, request: Request) -> dict[str, str]:
    """The fields of a callback, once it is known to be the platform's."""
    try:
        encrypted = read_xml(await request.body()).get("Encrypt", "")
    except Forged as error:
        raise BadInput(NOT_OURS, 403, "callback") from error
    _checked(crypto, request.query_params, "msg_signature", encrypted)
    try:
        return read_xml(_opened(crypto, encrypted))
    except Forged as error:
        raise BadInput(NOT_OURS, 403, "callback") from error


def _kept(inbox: Inbox | None, outbox: Outbox, channel: str, brought: Brought) -> Response:
    """Keep a message here, or for the process that answers."""
    try:
        if inbox is not None:
            inbox.keep(brought)
        else:
            keep(outbox, channel, brought)
    except STORE_ERRORS as error:
        turn_log.error("not kept", channel=channel, error=type(error).__name__)
        return Response(status_code=LATER)
    return TAKEN


async def _answered(account: ServiceAccount, crypto: CallbackCrypto, brought: Brought) -> Response:
    """The reply to a message, if it is there while WeChat waits; later ones go as messages of their own."""
    slot = account.expect(brought.id)
    try:
        account.inbox.keep(brought)
        await asyncio.wait({slot.filled}, timeout=PASSIVE_SECONDS)
        text, late = (slot.filled.result(), False) if slot.filled.done() else (None, True)
        slot.close()
        text = text or account.given(brought.id)
    except STORE_ERRORS as error:
        turn_log.error("not kept", channel=account.channel, error=type(error).__name__)
        slot.close()
        text, late = NOT_HEARD, False
    if text is None:
        if not late or account.writes_first:
            return TAKEN
        await asyncio.sleep(SILENT_SECONDS)  # an account that may only reply needs to be asked again
        return Response(status_code=LATER)
    reply = crypto.sealed_reply(service_account.reply_to(brought.content, text))
    return Response(reply, media_type="application/xml", background=BackgroundTask(slot.wrote))
