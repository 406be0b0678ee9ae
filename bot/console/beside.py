"""Two cases side by side with what differs marked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from bot.console.access import Console, Needs
from bot.console.cases import case_numbered
from bot.web.guards import BadInput
from casework.desk.account import Account
from casework.desk.copies import compared, share_of
from casework.desk.handling import viewed
from casework.desk.roles import Permission

See = Annotated[Account, Depends(Needs(Permission.SEE_CASES))]


def beside_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    store = console.assistant.cases

    @router.get("/console/cases/{number}/beside/{other}")
    def beside(request: Request, number: str, other: str, account: See) -> HTMLResponse:
        """Both are opened, and that stands in the audit of both."""
        cases = [case_numbered(store, each) for each in (number, other)]
        if cases[0].id == cases[1].id or cases[0].kind != cases[1].kind:
            raise BadInput("请选择两件不同的、同一类的案件比对。", 404, "not_found")
        left, right = (viewed(store, account, case) for case in cases)
        rows = compared(left.rows, right.rows)
        share = share_of(*cases)
        return console.page(request, "beside.html", left=cases[0], right=cases[1], rows=rows, share=share)

    return router
