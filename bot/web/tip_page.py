"""The page where a receipt opens a tip-off: status, messages, further files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from actions.tip_off import IS_CLOSED, TOO_MANY, UNKNOWN_RECEIPT
from bot.assembly import Assistant
from bot.web.evidence import Taken, Uploads
from bot.web.guards import BadInput, address_of, same_site
from bot.web.pages import page_of
from casework.cases.case import CLOSED, Case
from casework.cases.receipts import found_receipt
from casework.cases.releases import release_lines
from casework.cases.steps import next_step, steps_of
from casework.cases.words import STATUS_NAMES
from casework.document_blocks import day
from casework.supplements import LONGEST_NOTE, add_notes, files_added
from knowledge.text import clean
from storage.attempts import AttemptLimiter
from storage.settings import LUOYANG

RECEIPT_PATH = "/tip-off"
LONGEST_RECEIPT = 60
NOTHING_ADDED = "还没有补充内容：请写补充说明，或选择文件，再点“提交补充”。"


@dataclass
class Asked:
    """What the fields of the page asked for, and the case that their receipt opened."""

    typed: str = ""
    message: str = ""
    case: Case | None = None
    status: int = 200
    problem: str = ""
    adds: bool = False


def tip_routes(assistant: Assistant, uploads: Uploads, templates: Jinja2Templates) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    store, tries = assistant.cases, AttemptLimiter("receipt page", assistant.settings)

    def page(request: Request, status: int = 200, **values: Any) -> HTMLResponse:
        return page_of(request, templates, assistant, "tip_off.html", status, **values)

    @router.get(RECEIPT_PATH)
    async def ask_receipt(request: Request) -> HTMLResponse:
        return page(request)

    @router.post(RECEIPT_PATH)
    async def by_receipt(request: Request) -> HTMLResponse:
        """What the receipt opens; it is posted, never in an address."""
        same_site(request)
        address, asked = address_of(request), Asked()

        async def opens(fields: dict[str, str]) -> Case | None:
            """The case that files go to: a receipt comes before anything is kept."""
            asked.typed = fields.get("receipt", "")[:LONGEST_RECEIPT]
            asked.adds = "adds" in fields
            asked.message = clean(fields.get("message", ""))[:LONGEST_NOTE]
            if wait := tries.begin(address):
                asked.status, asked.problem = 429, TOO_MANY.format(wait=wait)
                return None
            receipt = found_receipt(asked.typed)
            asked.case = await to_thread.run_sync(store.by_receipt, receipt) if receipt else None
            if asked.case is None:
                asked.status, asked.problem = 404, UNKNOWN_RECEIPT
                return None
            tries.right(address)
            return None if asked.case.status == CLOSED else asked.case

        taken = await uploads.from_form(request, opens)
        if (case := asked.case) is None:
            return page(request, asked.status, problem=asked.problem, receipt=asked.typed, message=asked.message)
        for evidence in taken.kept:
            uploads.intake.read_later(evidence)
        problem = await to_thread.run_sync(_added, assistant, case, asked.message, taken)
        added = "、".join([*(["补充说明"] if asked.message else []), *(file.name for file in taken.kept)])
        if asked.adds and not (added or problem):
            problem = NOTHING_ADDED
        shown = await to_thread.run_sync(_known_of, assistant, case)
        done = "" if case.status == CLOSED else added
        return page(request, 200, **shown, problem=problem, receipt=asked.typed, added=done)

    return router


def _known_of(assistant: Assistant, opened: Case) -> dict[str, Any]:
    """What its receipt shows of a tip-off.

    Raises:
        BadInput: it was deleted meanwhile.
    """
    store = assistant.cases
    case = store.again(opened)
    if case is None:
        raise BadInput(UNKNOWN_RECEIPT, 404, "not_found")
    routes = store.routes(case)
    shown: dict[str, Any] = {
        "case": case,
        "stage": STATUS_NAMES[case.status],
        "routes": routes,
        "next": next_step(case, routes),
    }
    history, notes = store.history(case), store.notes(case, internal=False)
    shown |= {
        "steps": [step.as_json() for step in steps_of(case, routes, notes, history)],
        "taken": release_lines(history),
    }
    days = [day(note.at.astimezone(LUOYANG)) for note in notes]
    return {**shown, "notes": list(zip(days, notes, strict=True)), "files": store.evidence(case)}


def _added(assistant: Assistant, case: Case, message: str, taken: Taken) -> str:
    """Keep what was written beside the files; returns what could not be kept and why."""
    if case.status == CLOSED:
        return IS_CLOSED if message or taken.sent else ""
    if message:
        add_notes(assistant.services, case, [message])
    elif taken.kept:
        files_added(assistant.services, case)
    return taken.problem
