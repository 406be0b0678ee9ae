"""Where Telegram sends what people say, when it was asked to: any process keeps it, one of them answers."""

from __future__ import annotations

import contextlib
import hmac
import json

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from bot.assembly import Assistant
from bot.channels.outbox import Outbox
from bot.channels.telegram import WEBHOOK, Telegram
from bot.web.guards import BadInput
from storage.shared import shared_store


def webhook_routes(assistant: Assistant) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    settings = assistant.settings

    @router.post(WEBHOOK)
    async def telegram(request: Request) -> Response:
        """An update; while it cannot be kept the answer is 503, and Telegram sends it again."""
        if settings.telegram_token is None or not settings.telegram_webhook:
            raise HTTPException(404)
        outbox = shared_store("outbox", Outbox, settings)
        secret = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(secret.encode(), outbox.secret(WEBHOOK).encode()):
            raise BadInput("只接受 Telegram 发来的消息。", 403, "webhook")
        _keep(outbox, await request.body())
        if running := request.app.state.channels.telegram:
            running.arrived()
        return Response(status_code=200)

    return router


def _keep(outbox: Outbox, body: bytes) -> None:
    """Keep an update; what is none is dropped, since it would only be sent again."""
    with contextlib.suppress(ValueError, RecursionError):
        content = json.loads(body)
        if isinstance(content, dict) and isinstance(number := content.get("update_id"), int):
            outbox.keep(Telegram.channel, str(number), json.dumps(content, ensure_ascii=False))
