"""For whoever must not be seen reporting: a plain page of which nothing is kept, and the way out of any page."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from bot.assembly import Assistant
from bot.web.guards import same_site
from bot.web.pages import (
    QUIET,
    QUIET_PATH,
    SESSION,
    TEXT_SIZE,
    a_conversation,
    is_quiet,
    page_of,
    set_cookie,
    set_session,
    valid_session,
)

LEAVE_PATH, LEFT_PATH = "/leave", "/left"


def quiet_routes(assistant: Assistant, templates: Jinja2Templates) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(QUIET_PATH)
    async def quiet_page(request: Request) -> HTMLResponse:
        """The same conversation on a plain page: one address, a name that says nothing, no past that is shown again,
        and cookies that end with the browser."""
        response = page_of(request, templates, assistant, "chat.html", quiet=True, **a_conversation([], False))
        if not (is_quiet(request) and valid_session(request.cookies.get(SESSION, ""))):
            set_session(request, response, None)
            set_cookie(request, response, QUIET, "1", None)
        return response

    @router.post(LEAVE_PATH)
    async def leave(request: Request) -> Response:
        """Delete this browser's conversation and all that it has of us; a draft still opens by its code."""
        same_site(request)
        session = request.cookies.get(SESSION, "")
        if valid_session(session):
            await to_thread.run_sync(assistant.conversations.forget, f"web:{session}")
            await to_thread.run_sync(assistant.accounts.unbind, f"web:{session}")
        response = RedirectResponse(LEFT_PATH, status_code=303)
        for cookie in (SESSION, QUIET, TEXT_SIZE):
            response.delete_cookie(cookie)
        # Where the address is https; elsewhere browsers keep what the cookies above did not name.
        response.headers["clear-site-data"] = '"cache", "cookies", "storage"'
        return response

    @router.get(LEFT_PATH)
    async def left(request: Request) -> HTMLResponse:
        """Where the way out ends without script: nothing on it tells what was here."""
        return page_of(request, templates, assistant, "left.html")

    return router
