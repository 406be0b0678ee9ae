"""Which messengers run beside the web page: those whose settings are there."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from email.message import Message

import httpx
from starlette.types import ASGIApp

from actions.cases.shared import shared_store
from bot.assembly import Assistant
from bot.channels.outbox import Outbox
from bot.channels.relay import File
from bot.channels.telegram import Telegram
from bot.channels.wechat import WeChat
from knowledge.build import Say


def start_channels(app: ASGIApp, assistant: Assistant, say: Say) -> Channels:
    """Start every messenger that is set up; says in one line what is off."""
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
    return channels


@dataclass
class Channels:
    """The messengers that run."""

    telegram: Telegram | None = None
    wechat: WeChat | None = None

    async def stop(self) -> None:
        for channel in (self.telegram, self.wechat):
            if channel:
                await channel.stop()


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
