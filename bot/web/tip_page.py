"""The page where a receipt opens a tip-off: status, messages, further files."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from starlette.datastructures import FormData

from actions.cases.evidence import EvidenceError
from actions.cases.receipts import found_receipt
from actions.cases.store import ASKING, CLOSED, EXAMINING, Case
from actions.cases.words import STATUS_NAMES
from actions.counting import WrongTries
from actions.desk.notify import answered
from actions.tip_off.dialogue import IS_CLOSED, LONGEST_NOTE, TOO_MANY, UNKNOWN_RECEIPT
from bot.assembly import Assistant
from bot.web.evidence import Uploads, files_in
from bot.web.guards import address_of, same_site
from bot.web.pages import page_of
from knowledge.text import clean

RECEIPT_PATH = "/tip-off"
LONGEST_RECEIPT = 60


def tip_routes(assistant: Assistant, uploads: Uploads, templates: Jinja2Templates) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    store, tries = assistant.cases, WrongTries("receipt page", assistant.settings)

    def page(request: Request, status: int = 200, **values: Any) -> HTMLResponse:
        return page_of(request, templates, assistant, "tip_off.html", status, **values)

    @router.get(RECEIPT_PATH)
    async def ask_receipt(request: Request) -> HTMLResponse:
        return page(request)

    @router.post(RECEIPT_PATH)
    async def by_receipt(request: Request) -> HTMLResponse:
        """What the receipt opens; it is posted, never in an address."""
        same_site(request)
        address = address_of(request)
        async with request.form(max_files=uploads.settings.evidence_count, max_part_size=uploads.most) as form:
            typed = str(form.get("receipt") or "")[:LONGEST_RECEIPT]
            message = clean(str(form.get("message") or ""))[:LONGEST_NOTE]
            if wait := tries.begin(address):
                return page(request, 429, problem=TOO_MANY.format(wait=wait), receipt=typed, message=message)
            receipt = found_receipt(typed)
            case = await to_thread.run_sync(store.by_receipt, receipt) if receipt else None
            if case is None:
                return page(request, 404, problem=UNKNOWN_RECEIPT, receipt=typed, message=message)
            tries.right(address)
            problem = await added(case, message, form)
        case = store.get(case.id) or case
        routes, notes = store.routes(case), store.notes(case, internal=False)
        files, stage = store.evidence(case), STATUS_NAMES[case.status]
        shown = {"case": case, "stage": stage, "routes": routes, "notes": notes, "files": files}
        return page(request, 200, **shown, problem=problem, receipt=typed)

    async def added(case: Case, message: str, form: FormData) -> str:
        """Keep what was written and sent; returns what could not be kept and why."""
        if case.status == CLOSED:
            return IS_CLOSED if message or files_in(form) else ""
        if message:
            store.add_note(case, "reporter", message, "reporter")
        try:
            files = await uploads.from_form(case, form)
        except EvidenceError as error:
            return str(error)
        if message or files:
            answered(case, store.routes(case))
        if case.status == ASKING and (message or files):
            store.set_status(case, EXAMINING, "reporter")
        return ""

    return router
