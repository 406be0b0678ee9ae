"""Standard explanations to read out, copy and print."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bot.console.access import Console, Needs, said, to
from bot.papers import PaperWriter
from bot.web.files import as_file
from bot.web.guards import BadInput
from casework.cases.audit_acts import AuditAct
from casework.desk.account import Account
from casework.desk.roles import Permission
from casework.document_blocks import write
from casework.petition.approvals import Approvals
from casework.petition.explanations import Explanations, Situation
from casework.petition.sheet import DRAFT, NAME, blocks_of
from knowledge.directory import OFFICE
from knowledge.text import clean
from storage.settings import LUOYANG

Approve = Annotated[Account, Depends(Needs(Permission.ANSWER_QUESTIONS))]
Read = Annotated[Account, Depends(Needs(Permission.SEE_EXPLANATIONS))]
LONGEST_CASE, MOST = 500, 8


def _standing(console: Console, approvals: Approvals, situation: Situation) -> str:
    """Whether an explanation is approved, by whom and when, in words."""
    approval = approvals.of(situation)
    if approval is None:
        return DRAFT
    by = console.accounts.get(approval.by)
    on = datetime.fromisoformat(approval.at).astimezone(LUOYANG)
    return f"{by.unit if by else OFFICE}已于{on.year}年{on.month}月{on.day}日审定"


def _chosen(known: Explanations, request: Request) -> list[Situation]:
    """The explanations that an address names."""
    ids = request.query_params.get("ids", "").split(",")[:MOST]
    return [found for each in ids if (found := known.get(each))]


def explanation_routes(console: Console, writer: PaperWriter) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    approvals, known = Approvals(console.assistant.settings.data_dir), console.assistant.services.explanations
    standing, chosen = partial(_standing, console, approvals), partial(_chosen, known)

    @router.get("/console/explanations")
    def show(request: Request, account: Read) -> HTMLResponse:
        told = clean(request.query_params.get("q", ""))[:LONGEST_CASE]
        found = (known.find(told) or known.named(told)) if told else chosen(request)
        return console.page(
            request,
            "explanations.html",
            told=told,
            found=found,
            known=known,
            standing=standing,
            approved={s.id for s in known.situations if approvals.of(s)},
            ids=",".join(situation.id for situation in found),
            problem="没有找到对应的口径，请换个说法，或从下面的目录选择。" if told and not found else "",
        )

    @router.post("/console/explanations/{situation_id}")
    async def approve(request: Request, situation_id: str, account: Approve) -> Response:
        """The office approves an explanation in the words that stand there now, or takes that back."""
        situation = known.get(situation_id)
        if situation is None:
            raise BadInput("没有这条口径，请返回目录刷新后再试。", 404, "not_found")
        withdrawn = said(await request.form(), "act", 20) == "withdraw"
        approvals.add(situation, account.id, datetime.now(UTC).isoformat(timespec="seconds"), withdrawn)
        act = AuditAct.WITHDRAW_APPROVAL if withdrawn else AuditAct.APPROVE_EXPLANATION
        console.assistant.cases.record(account.id, act, explanation=situation.id)
        return to(f"/console/explanations?ids={situation.id}&done={'withdraw' if withdrawn else 'approve'}")

    @router.get("/console/explanations.{form}")
    async def sheet(request: Request, form: str, account: Read) -> Response:
        found = chosen(request)
        if form not in ("docx", "pdf"):
            raise BadInput("可以下载 docx 或 pdf。", 404, "not_found")
        if not found:
            raise BadInput("请先选择口径。", 404, "not_found")
        standings = {situation.id: standing(situation) for situation in found}
        blocks = blocks_of(found, known, console.assistant.settings.current_day(), standings)
        return as_file(await writer.made(write, NAME, blocks, form), form, f"{NAME}.{form}")

    return router
