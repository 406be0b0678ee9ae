"""The pages people see: the chat, and the size of letters."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from markupsafe import Markup, escape

from actions.interview_form import FILLED, MAY_SUBMIT, MESSAGE_ID
from bot.assembly import Assistant
from bot.conversations import is_shown_once
from bot.intake import LONGEST_TEXT
from bot.web.assets import asset
from bot.web.city import city
from bot.web.contract import message_id, taken_text
from bot.web.filled import filled
from bot.web.guards import BadInput, RateLimits, same_site
from bot.web.phone_links import with_phones
from bot.web.suggestions import follow_ups
from bot.web.turn_view import ASKS, asks_of, view_of
from bot.work import OverBudgetError
from casework.document_blocks import day
from casework.tip_off.definition import tip_off_definition
from knowledge.base import KnowledgeBase
from knowledge.text import clean

FOLDER = Path(__file__).parent
SESSION = "conversation"
TEXT_SIZE = "text"
# Of a browser that opened the plain page: nothing of its conversation is kept for a later look.
QUIET, QUIET_PATH = "quiet", "/quiet"
# Pages that 大字版 leads back to; from any other it leads to the chat.
SIZED = ("/", QUIET_PATH, "/plan", "/self-check", "/tip-off", "/my-data", "/about", "/privacy", "/accessibility")


def page_of(
    request: Request, templates: Jinja2Templates, assistant: Assistant, name: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page in the text size the visitor chose, never kept by a cache."""
    plan = assistant.knowledge.plan.info
    known = {
        "large": request.cookies.get(TEXT_SIZE) == "large",
        "quiet": is_quiet(request),
        "city": city(),
        "public_url": assistant.settings.public_url.rstrip("/"),
        "plan": plan,
        "issued": day(plan.issued) if plan.issued else "",
        "longest": LONGEST_TEXT,
        "asks": ASKS,
        "view_of": view_of,
        "marked_words": marked_words,
        "with_phones": with_phones,
        "asset": asset,
        "follow_ups": partial(follow_ups, assistant.knowledge),
        "clause_about": partial(clause_about, assistant.knowledge),
    }
    values = known | values
    response = templates.TemplateResponse(request, name, values, status_code=status)
    response.headers["cache-control"] = "no-store"
    return response


def a_conversation(turns: list[dict[str, Any]], signed_in: bool) -> dict[str, Any]:
    """What the chat page shows of a conversation."""
    submits = tip_off_definition().submit
    return {"turns": turns, "asks": asks_of(turns), "signed_in": signed_in, "submits": submits}


def is_quiet(request: Request) -> bool:
    return request.cookies.get(QUIET) == "1"


def marked_words(text: str, key: str | None) -> Markup:
    """A quotation with its key words marked where they first stand."""
    if not key or key not in text:
        return escape(text)
    before, _, after = text.partition(key)
    return Markup("{}<mark>{}</mark>{}").format(before, key, after)


def clause_about(knowledge: KnowledgeBase, citation: dict[str, str]) -> str:
    """What a cited clause is about: of the plan, which everybody here reads, its heading; of others their title."""
    plan, title = knowledge.plan, citation.get("document", "")
    clause = plan.clause(citation.get("clause", "")) if title == plan.info.title else None
    heading = clause.path[-1] if clause and clause.path else ""
    return heading if heading and heading != citation["clause"] else title


def conversation_of(assistant: Assistant, request: Request) -> dict[str, Any]:
    """What the chat page shows of this browser's conversation, reminders that wait for its official among it."""
    session = request.cookies.get(SESSION, "")
    owner = f"web:{session}" if valid_session(session) else ""
    if owner:
        told(assistant, owner, session)
    turns = assistant.conversations.turns(owner) if owner else []
    signed_in = bool(owner) and assistant.accounts.bound(owner) is not None
    return a_conversation(turns, signed_in)


def page_routes(assistant: Assistant, templates: Jinja2Templates) -> APIRouter:
    """The chat as it is opened, and what comes to it by itself."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def chat_page(request: Request) -> HTMLResponse:
        was_quiet = is_quiet(request)  # whoever opens the ordinary page has another conversation there
        conversation = partial(conversation_of, assistant, request)
        shown = a_conversation([], False) if was_quiet else await to_thread.run_sync(conversation)
        response = page_of(request, templates, assistant, "chat.html", quiet=False, **shown)
        if was_quiet or not valid_session(request.cookies.get(SESSION, "")):
            set_session(request, response, assistant.settings.conversation_days)
            response.delete_cookie(QUIET)
        return response

    @router.get("/notices")
    async def notices(request: Request) -> Response:
        """What an official has not been told yet, as a fragment for the open page; nothing when there is nothing."""
        session = request.cookies.get(SESSION, "")
        owner = f"web:{session}"
        turn = await to_thread.run_sync(told, assistant, owner, session) if valid_session(session) else None
        if turn is None:
            return Response(status_code=204, headers={"cache-control": "no-store"})
        return page_of(request, templates, assistant, "turn.html", turn=turn, last=False)

    return router


def say_routes(assistant: Assistant, limits: RateLimits, templates: Jinja2Templates) -> APIRouter:
    """What is said on the chat page."""
    router = APIRouter(include_in_schema=False)

    def page(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        return page_of(request, templates, assistant, name, status, **values)

    @router.post("/chat")
    async def say(request: Request, id: Annotated[str, Form()] = "") -> Response:
        """One turn from the page: an HTML fragment for its script, a redirect to the page without script."""
        by_script = request.headers.get("x-requested-with") == "fetch"
        session = request.cookies.get(SESSION, "")
        message = await filled(request)
        try:
            same_site(request)
            if not valid_session(session):
                raise BadInput("会话已失效，请刷新页面后重新发送。", 409, "session")
            if message.problem:
                raise BadInput(message.problem, 422, "nothing_ticked")
            limits.check(request, f"web:{session}")
            text = await taken_text(assistant, "web", session, message.text)
            known = {MAY_SUBMIT: limits.may_report(request), MESSAGE_ID: message_id(id), FILLED: message.answers}
            replies = await assistant.turn("web", session, text, known)
        except (BadInput, OverBudgetError) as problem:
            name = "problem.html" if by_script else "chat.html"
            values = {"problem": problem.message, "draft": clean(message.text)[:LONGEST_TEXT]}
            shown = {} if by_script else await to_thread.run_sync(conversation_of, assistant, request)
            return page(request, name, problem.status, **shown, **values)
        limits.count_reports(request, replies)
        said = message.shown if message.shown != message.text else text
        if not is_quiet(request):
            await to_thread.run_sync(assistant.conversations.add_turn, f"web:{session}", said, replies)
        elif not by_script:  # nothing is kept that a redirect could show
            return page(request, "chat.html", **a_conversation([{"said": said, "replies": replies}], False))
        if any(is_shown_once(reply) for reply in replies) and not by_script:
            whole = await to_thread.run_sync(conversation_of, assistant, request)  # a redirect shows what is kept
            whole["turns"] = [*whole["turns"][:-1], {"said": said, "replies": replies}]
            return page(request, "chat.html", **whole)
        if by_script:
            return page(request, "turn.html", turn={"said": said, "replies": replies}, last=True)
        return RedirectResponse("/#latest", status_code=303)

    return router


def forget_routes(assistant: Assistant, templates: Jinja2Templates) -> APIRouter:
    """清除对话."""
    router = APIRouter(include_in_schema=False)

    @router.post("/forget")
    async def forget(request: Request, ask: Annotated[str, Form()] = "") -> Response:
        """Delete this browser's conversation and start another; asks first where no script did."""
        same_site(request)
        if ask:
            return page_of(request, templates, assistant, "sure.html")
        session = request.cookies.get(SESSION, "")
        if valid_session(session):
            await to_thread.run_sync(assistant.conversations.forget, f"web:{session}")
            await to_thread.run_sync(assistant.accounts.unbind, f"web:{session}")
        response = RedirectResponse("/", status_code=303)
        set_session(request, response, assistant.settings.conversation_days)
        return response

    return router


def told(assistant: Assistant, conversation_id: str, session: str) -> dict[str, Any] | None:
    """Reminders that wait for an official, as a turn nobody began."""
    notices = assistant.notices(conversation_id, session)
    if not notices:
        return None
    assistant.conversations.add_turn(conversation_id, "", notices)
    return {"said": "", "replies": notices}


def reading_routes(assistant: Assistant, templates: Jinja2Templates) -> APIRouter:
    """The size of the letters."""
    router = APIRouter(include_in_schema=False)

    @router.post("/display")
    async def display(
        request: Request, text: Annotated[str, Form()] = "", back: Annotated[str, Form()] = "/"
    ) -> Response:
        same_site(request)
        response = RedirectResponse(back if back in SIZED else "/", status_code=303)
        size = "large" if text == "large" else "normal"
        response.set_cookie(TEXT_SIZE, size, max_age=31_536_000, samesite="lax", httponly=True)
        return response

    return router


def valid_session(session: str) -> bool:
    return len(session) == 43 and all(char.isalnum() or char in "-_" for char in session)


def set_session(request: Request, response: Response, days: int | None) -> None:
    """Give the browser a conversation that nobody can guess; it never appears in a URL.

    Args:
        days: how long it is kept; None: until the browser is closed.
    """
    set_cookie(request, response, SESSION, secrets.token_urlsafe(32), days)


def set_cookie(request: Request, response: Response, name: str, value: str, days: int | None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=None if days is None else days * 86_400,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
