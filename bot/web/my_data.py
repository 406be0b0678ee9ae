"""我的数据: what is kept of this browser's conversation, a copy of it, and its deletion."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.templating import Jinja2Templates

from bot.assembly import Assistant
from bot.personal_data import PersonalData
from bot.web.files import attached
from bot.web.guards import BadInput, same_site
from bot.web.pages import SESSION, page_of, set_session, valid_session

PATH = "/my-data"


def my_data_routes(assistant: Assistant, templates: Jinja2Templates) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    kept = PersonalData(assistant.conversations, assistant.cases, assistant.accounts)

    def place(request: Request) -> str:
        session = request.cookies.get(SESSION, "")
        return f"web:{session}" if valid_session(session) else ""

    def shown(request: Request, who: str, status: int = 200, **values: str) -> HTMLResponse:
        found = kept.of(who) if who else None
        known = {"found": found, "settings": assistant.settings}
        return page_of(request, templates, assistant, "my_data.html", status, **known, **values)

    @router.get(PATH)
    def show(request: Request) -> HTMLResponse:
        return shown(request, place(request))

    @router.post(f"{PATH}/copy")
    def copy(request: Request) -> Response:
        """A file to keep or to take elsewhere; posted, so that no other site's link can fetch it."""
        same_site(request)
        who = place(request)
        if not who:
            raise BadInput("会话已失效，请从首页重新进入。", 409, "session")
        content = json.dumps(kept.of(who), ensure_ascii=False, indent=1).encode()
        return attached(content, "application/json", "my-data.json")

    @router.post(f"{PATH}/erase")
    def erase(request: Request, sure: Annotated[str, Form()] = "") -> HTMLResponse:
        same_site(request)
        who = place(request)
        if not sure:
            return shown(request, who, 422, problem="请先勾选“我知道删除后不能恢复”，再点“全部删除”。")
        erased = kept.erase(who) if who else {"drafts": 0, "stay": 0}
        response = page_of(request, templates, assistant, "my_data.html", erased=erased, settings=assistant.settings)
        set_session(request, response, assistant.settings.conversation_days)
        return response

    return router
