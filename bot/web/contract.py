"""Rasa's own REST contract: any client that speaks to a Rasa server speaks to this one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from actions.interview.form import MAY_SUBMIT
from bot.assembly import LONGEST_MESSAGE, Assistant
from bot.web.guards import BadInput, RateLimits
from knowledge.text import clean

LONGEST_SENDER = 128


class IncomingMessage(BaseModel):
    """A message of Rasa's REST channel."""

    model_config = ConfigDict(strict=True)

    sender: Annotated[str, Field(description="who is speaking; one conversation each")] = "default"
    message: str = Field(description="what they say, at most 1000 characters")
    metadata: dict[str, Any] | None = None


class Text(BaseModel):
    """A text to parse."""

    model_config = ConfigDict(strict=True)

    text: str


class ErrorBody(BaseModel):
    """What is wrong and what to send instead, in Chinese."""

    error: str


ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": ErrorBody} for status in (400, 405, 413, 422, 429, 503)}


def checked_text(text: str) -> str:
    """Return the text without invisible characters.

    Raises:
        BadInput: it is empty or too long.
    """
    text = clean(text)
    if not text:
        raise BadInput("消息是空的。请输入您的问题，例如“P2P能不能搞资金池”。", reason="empty")
    if len(text) > LONGEST_MESSAGE:
        raise BadInput(f"消息有 {len(text)} 个字，超过了 {LONGEST_MESSAGE} 字。请精简后再发送。", reason="length")
    return text


def contract_routes(assistant: Assistant, limits: RateLimits) -> APIRouter:
    router = APIRouter(responses=ERRORS)

    @router.post("/webhooks/rest/webhook", summary="Say something, get the replies")
    async def webhook(request: Request, body: IncomingMessage) -> list[dict[str, Any]]:
        sender = clean(body.sender)
        if not sender or len(sender) > LONGEST_SENDER:
            raise BadInput(f"sender 应为 1 至 {LONGEST_SENDER} 个字符。", reason="sender")
        text = checked_text(body.message)
        limits.check(request, f"rest:{sender}")
        replies = await assistant.turn("rest", sender, text, {MAY_SUBMIT: limits.may_report(request)})
        limits.count_reports(request, replies)
        return replies

    @router.get("/webhooks/rest/", summary="Rasa's channel health")
    async def webhook_health() -> dict[str, str]:
        return {"status": "ok"}

    @router.post("/model/parse", summary="Rasa's parse of a text")
    async def parse(request: Request, body: Text) -> dict[str, Any]:
        limits.check(request, "parse")
        return await assistant.parse(checked_text(body.text))

    return router
