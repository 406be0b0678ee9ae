"""Rasa's own REST contract: any client that speaks to a Rasa server speaks to this one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from actions.interview_form import MAY_SUBMIT, MESSAGE_ID
from bot.assembly import LONGEST_MESSAGE, Assistant
from bot.web.guards import BadInput, RateLimits, address_of
from casework.cases.items import items_of
from knowledge.text import clean

LONGEST_SENDER, LONGEST_ID = 128, 64


def _readable(longest: int) -> dict[str, Any]:
    """What is taken, for the description; what is not taken is refused in our own words."""
    return {"minLength": 1, "maxLength": longest, "pattern": r"[A-Za-z0-9\u4e00-\u9fff]"}


class IncomingMessage(BaseModel):
    """A message of Rasa's REST channel."""

    model_config = ConfigDict(strict=True)

    # Rasa's own default is one conversation that all who leave it out would share.
    sender: Annotated[
        str, Field(description="who is speaking; one conversation each", json_schema_extra=_readable(LONGEST_SENDER))
    ]
    message: str = Field(description="what they say", json_schema_extra=_readable(LONGEST_MESSAGE))
    metadata: Annotated[
        dict[str, Any] | None,
        Field(
            description="id: of this message, the same when it is sent again because no answer came; at most 64 "
            "chars. evidence: what is handed over that is no file, a list of objects (casework/cases/items.py); the "
            "message is what was said with it"
        ),
    ] = None


class Text(BaseModel):
    """A text to parse."""

    model_config = ConfigDict(strict=True)

    text: str = Field(json_schema_extra=_readable(LONGEST_MESSAGE))


class ErrorBody(BaseModel):
    """What is wrong and what to send instead, in Chinese."""

    error: str


ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": ErrorBody} for status in (400, 405, 413, 422, 429, 503)}


async def taken_text(assistant: Assistant, channel: str, sender: str, text: str) -> str:
    """A message as it is taken: of any length by who tells a report, else as ``checked_text``.

    Raises:
        BadInput: it is empty, or longer than a message of this conversation may be now.
    """
    plain = clean(text)
    if len(plain) > LONGEST_MESSAGE and await assistant.intake.takes(channel, sender, plain):
        return plain
    return checked_text(text)


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


def message_id(given: object) -> str:
    """A message's own id as its sender gave it; empty when it gave none that can be used."""
    return given if isinstance(given, str) and given.isascii() and len(given) <= LONGEST_ID else ""


def contract_routes(assistant: Assistant, limits: RateLimits) -> APIRouter:
    router = APIRouter(responses=ERRORS)

    @router.post("/webhooks/rest/webhook", summary="Say something, get the replies")
    async def webhook(request: Request, body: IncomingMessage) -> list[dict[str, Any]]:
        sender = clean(body.sender)
        if not sender or len(sender) > LONGEST_SENDER:
            raise BadInput(f"sender 应为 1 至 {LONGEST_SENDER} 个字符。", reason="sender")
        limits.check(request, f"rest:{sender}")
        if evidence := (body.metadata or {}).get("evidence"):
            return await assistant.intake.take("rest", sender, items_of(evidence), clean(body.message))
        text = await taken_text(assistant, "rest", sender, body.message)
        known = {MAY_SUBMIT: limits.may_report(request), MESSAGE_ID: message_id((body.metadata or {}).get("id"))}
        replies = await assistant.turn("rest", sender, text, known)
        limits.count_reports(request, replies)
        return replies

    @router.get("/webhooks/rest/", summary="Rasa's channel health")
    async def webhook_health() -> dict[str, str]:
        return {"status": "ok"}

    @router.post("/model/parse", summary="Rasa's parse of a text")
    async def parse(request: Request, body: Text) -> dict[str, Any]:
        limits.check(request, "parse")
        async with assistant.budget.spending(f"parse:{address_of(request)}"):
            return await assistant.parse(checked_text(body.text))

    return router
