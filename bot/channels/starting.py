"""Which messengers run beside the web page: those whose settings are there."""

from __future__ import annotations

import asyncio
import mimetypes
from dataclasses import dataclass
from email.message import Message

import httpx
from starlette.types import ASGIApp

from bot.assembly import Assistant
from bot.channels.outbox import Outbox
from bot.channels.relay import Fetch, File
from bot.channels.telegram import Telegram
from bot.channels.tencent.customer_service import CustomerService
from bot.channels.tencent.records import Records
from bot.channels.tencent.service_account import ServiceAccount
from bot.channels.tencent.wecom import WeCom
from bot.channels.wechat import WeChat
from knowledge.build import Say
from storage.database import STORE_ERRORS
from storage.shared import shared_store

MESSENGERS = ("telegram", "wechat", "service_account", "wecom", "customer_service")
LEADER, LEADER_SECONDS = "leader:messengers", 3


def start_channels(app: ASGIApp, assistant: Assistant, say: Say) -> Channels:
    """Start every messenger that is set up, in one of the processes that share a database."""
    if assistant.locks is None:
        return _started(app, assistant, say)
    channels = Channels()
    channels.waiting = asyncio.create_task(_take_turns(channels, app, assistant, say))
    return channels


async def _take_turns(channels: Channels, app: ASGIApp, assistant: Assistant, say: Say) -> None:
    """Run the messengers while this process holds their lock; another takes over when it goes away."""
    while True:
        try:
            leads = assistant.locks is not None and assistant.locks.holds(LEADER)
        except STORE_ERRORS:
            leads = False
        if leads and not channels.running:
            started = _started(app, assistant, say)
            channels.take_over(started)
        elif channels.running and not leads:
            await channels.stop_messengers()
        await asyncio.sleep(LEADER_SECONDS)


def _started(app: ASGIApp, assistant: Assistant, say: Say) -> Channels:
    """Start the messengers; says in one line what is off."""
    settings = assistant.settings
    outbox, fetch = shared_store("outbox", Outbox, settings), OwnLinks(app).fetch
    channels = Channels()
    if settings.telegram_token is None:
        say("Telegram：未设置 ASSISTANT_TELEGRAM_TOKEN，未启用。")
    else:
        channels.telegram = Telegram(assistant, outbox, fetch, say)
        channels.telegram.start()
    if not settings.wechat_endpoint:
        say("微信：未设置 ASSISTANT_WECHAT_ENDPOINT，未启用。")
    else:
        channels.wechat = WeChat(assistant, outbox, fetch, say)
        channels.wechat.start()
    _start_tencent(channels, assistant, outbox, fetch, say)
    return channels


def _start_tencent(channels: Channels, assistant: Assistant, outbox: Outbox, fetch: Fetch, say: Say) -> None:
    """公众号, 企业微信 and 微信客服; what is off says nothing, as most cities have one of them."""
    settings = assistant.settings
    if not settings.service_account_id and not settings.wecom_corp_id:
        return
    records = shared_store("tencent", Records, settings)
    if settings.service_account_id:
        channels.service_account = ServiceAccount(assistant, outbox, records, fetch, say)
        channels.service_account.start()
    if settings.wecom_corp_id:
        channels.wecom = WeCom(assistant, outbox, records, fetch, say)
        channels.wecom.start()
    if settings.wecom_corp_id and settings.wecom_kf:
        channels.customer_service = CustomerService(assistant, outbox, records, fetch, say)
        channels.customer_service.start()


@dataclass
class Channels:
    """The messengers that run."""

    telegram: Telegram | None = None
    wechat: WeChat | None = None
    service_account: ServiceAccount | None = None
    wecom: WeCom | None = None
    customer_service: CustomerService | None = None
    running: bool = False
    waiting: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        if self.waiting:
            self.waiting.cancel()
        await self.stop_messengers()

    async def stop_messengers(self) -> None:
        for name in MESSENGERS:
            if channel := getattr(self, name):
                await channel.stop()
            setattr(self, name, None)
        self.running = False

    def take_over(self, started: Channels) -> None:
        for name in MESSENGERS:
            setattr(self, name, getattr(started, name))
        self.running = True


class OwnLinks:
    """Opens our own links from within, as a browser would from outside."""

    def __init__(self, app: ASGIApp) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://here"
        )

    async def fetch(self, path: str) -> File:
        """The file behind a link of ours.

        Raises:
            FileNotFoundError: the link has expired.
        """
        answer = await self._client.get(path)
        if answer.status_code != httpx.codes.OK:
            raise FileNotFoundError(path)
        given = Message()
        given["content-disposition"] = answer.headers.get("content-disposition", "inline")
        kind = answer.headers.get("content-type", "").partition(";")[0]
        return File(given.get_filename() or f"图片{mimetypes.guess_extension(kind) or ''}", answer.content)
