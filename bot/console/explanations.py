"""Standard explanations to read out, copy and print."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from actions.desk.accounts import Account
from actions.desk.roles import Permission
from actions.documents import write
from actions.petition.explanations import Situation, explanations
from actions.petition.sheet import NAME, blocks_of
from bot.console.access import Console, Needs
from bot.papers import PaperWriter
from bot.web.files import as_file
from bot.web.guards import BadInput
from knowledge.text import clean

Read = Annotated[Account, Depends(Needs(Permission.SEE_EXPLANATIONS))]
LONGEST_CASE, MOST = 500, 8


def explanation_routes(console: Console, writer: PaperWriter) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def chosen(request: Request) -> list[Situation]:
        ids = request.query_params.get("ids", "").split(",")[:MOST]
        return [found for each in ids if (found := explanations().get(each))]

    @router.get("/console/explanations")
    def show(request: Request, account: Read) -> HTMLResponse:
        told = clean(request.query_params.get("q", ""))[:LONGEST_CASE]
        known = explanations()
        found = known.find(told) if told else chosen(request)
        return console.page(
            request,
            "explanations.html",
            told=told,
            found=found,
            known=known,
            ids=",".join(situation.id for situation in found),
            problem="没有找到对应的口径，请换个说法，或从下面的目录选择。" if told and not found else "",
        )

    @router.get("/console/explanations.docx")
    async def sheet(request: Request, account: Read) -> Response:
        found = chosen(request)
        if not found:
            raise BadInput("请先选择口径。", 404, "not_found")
        blocks = blocks_of(found, explanations(), console.assistant.settings.current_day())
        return as_file(await writer.made(write, NAME, blocks, "docx"), "docx", f"{NAME}.docx")

    return router
