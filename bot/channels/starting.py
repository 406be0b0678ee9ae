"""Which messengers run beside the web page: those whose settings are there."""

from __future__ import annotations

import httpx
from starlette.types import ASGIApp

from actions.cases.shared import shared_store
from bot.assembly import Assistant
from bot.channels.outbox import Outbox
from bot.channels.telegram import Telegram
from knowledge.build import Say


def start_channels(app: ASGIApp, assistant: Assistant, say: Say) -> list[Telegram]:
    """Start every messenger that is set up; says in one line what is off."""
    if assistant.settings.telegram_token is None:
        say("Telegram：未设置 ASSISTANT_TELEGRAM_TOKEN，未启用。")
        return []
    outbox = shared_store("outbox.db", Outbox, assistant.settings)
    telegram = Telegram(assistant, outbox, OwnLinks(app).fetch, say)
    telegram.start()
    return [telegram]


class OwnLinks:
    """Opens our own links from within, as a browser would from outside."""

    def __init__(self, app: ASGIApp) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://here"
        )

    async def fetch(self, path: str) -> bytes:
        """The file behind a link of ours.

        Raises:
            FileNotFoundError: the link has expired.
        """
        answer = await self._client.get(path)
        if answer.status_code != httpx.codes.OK:
            raise FileNotFoundError(path)
        return answer.content
