"""Where a case is, for those who may know that and no more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from bot.console.access import Console, Needs, said
from casework.cases.codes import found_number
from casework.desk.account import Account
from casework.desk.handling import HandlingError, status_line
from casework.desk.roles import Permission

Status = Annotated[Account, Depends(Needs(Permission.SEE_CASE_STATUS))]


def status_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    store = console.assistant.cases

    @router.get("/console/status")
    def ask_status(request: Request, account: Status) -> HTMLResponse:
        return console.page(request, "status.html")

    @router.post("/console/status")
    async def status(request: Request, account: Status) -> HTMLResponse:
        typed = said(await request.form(), "number", 40)
        try:
            line = status_line(store, account, found_number(typed) or typed)
        except HandlingError as error:
            return console.page(request, "status.html", 404, problem=str(error), typed=typed)
        return console.page(request, "status.html", line=line, typed=typed)

    return router
