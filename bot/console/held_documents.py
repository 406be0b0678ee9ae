"""One document beside the plan: its standing, its drafted facts, its removal."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from bot.console.access import Console, said, to
from bot.console.documents import PAGE, Keep, held_one, record
from casework.cases.audit_acts import AuditAct
from knowledge import holdings
from knowledge.documents import RELATIONS, STANDINGS, Document, Relation, Standing
from knowledge.drafting import VERDICTS, DraftingError, Verdict
from knowledge.reading.report import outline
from knowledge.text import clean


def _page(console: Console, request: Request, document: Document, status: int = 200, **values: Any) -> HTMLResponse:
    """A document with its outline and its facts."""
    facts = console.assistant.knowledge.document_facts.of_document(document.info.id)
    names = {person.id: f"{person.name}（{person.unit}）" for person in console.accounts.everybody()}
    values |= {"document": document, "lines": list(outline(document.clauses)), "facts": facts, "names": names}
    values |= {"standings": STANDINGS, "relations": RELATIONS, "verdicts": VERDICTS}
    return console.page(request, "document.html", status, **values)


def held_document_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    settings, one = console.assistant.settings, partial(_page, console)

    @router.get(f"{PAGE}/{{document_id}}")
    def open_one(request: Request, document_id: str, account: Keep) -> HTMLResponse:
        return one(request, held_one(console, document_id))

    @router.post(f"{PAGE}/{{document_id}}")
    async def change(request: Request, document_id: str, account: Keep) -> Response:
        """Mark its standing and relation, draft its facts, or remove it."""
        form, document = await request.form(), held_one(console, document_id)
        act = said(form, "act", 20)
        if act == "remove":
            if said(form, "sure", 10) != "yes":
                return one(request, document, 422, problem="请先勾选“确认移除”。")
            await to_thread.run_sync(holdings.remove, settings, document)
            record(console, account, "remove", document_id)
            return to(f"{PAGE}?done=remove_document")
        if act == "draft":
            new, _ = console.assistant.knowledge.document_facts.add_drafts(document)
            record(console, account, "draft facts of", document_id)
            return one(request, document, done=f"新起草 {new} 条，请逐条核定；核定前只引原文回答。")
        standing, relation = said(form, "standing", 10), said(form, "relation", 10)
        if standing not in STANDINGS or relation not in (*RELATIONS, ""):
            return one(request, document, 422, problem="请选择效力和关系。")
        await to_thread.run_sync(
            holdings.restate, settings, document, cast(Standing, standing), cast(Relation, relation)
        )
        record(console, account, "mark", document_id)
        return to(f"{PAGE}?done=mark_document")

    @router.post(f"{PAGE}/{{document_id}}/facts/{{fact_id}}")
    async def settle(request: Request, document_id: str, fact_id: str, account: Keep) -> Response:
        """A drafted conclusion as it is to be said from now on, or not to be said."""
        form, document = await request.form(), held_one(console, document_id)
        text, verdict = clean(said(form, "conclusion", 200)), said(form, "verdict", 20)
        if verdict not in VERDICTS:
            return one(request, document, 422, problem="请选择是否采用。", at=fact_id, typed=text)
        try:
            moment = datetime.now(UTC).isoformat(timespec="seconds")
            console.assistant.knowledge.document_facts.decide(fact_id, text, cast(Verdict, verdict), account.id, moment)
        except DraftingError as error:
            return one(request, document, 422, problem=str(error), at=fact_id, typed=text)
        console.assistant.cases.record(account.id, AuditAct.SETTLE_FACT, fact=fact_id)
        return one(request, document, done=f"已保存：{text}（{verdict}）")

    return router
