"""A report that somebody makes by telephone or at the counter, written down by an official in their words."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bot.console.access import Console, Needs, said
from casework.cases.receipts import qr_code
from casework.desk.account import Account
from casework.desk.roles import Permission
from casework.interview.answers import Answer, half_width, read
from casework.interview.errors import AnswerError
from casework.interview.state import State
from casework.services import Services
from casework.tip_off import filing
from casework.tip_off.definition import tip_off_definition
from casework.tip_off.story import with_lifted
from knowledge.text import clean

Enter = Annotated[Account, Depends(Needs(Permission.ENTER_REPORTS))]
PAGE = "/console/report"
# What the form asks besides the story; the rest is lifted from it, as in a conversation.
FIELDS = ("target", "reach", "amount", "people", "since", "place", "contact_name", "contact_phone")


def report_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    definition = tip_off_definition()
    fields = [definition.question(field) for field in FIELDS]

    def form_page(request: Request, status: int = 200, **values: Any) -> HTMLResponse:
        return console.page(request, "report.html", status, fields=fields, **values)

    @router.get(PAGE)
    def ask(request: Request, account: Enter) -> HTMLResponse:
        return form_page(request)

    @router.post(PAGE)
    async def enter(request: Request, account: Enter) -> Response:
        form = await request.form()
        typed = {field: clean(said(form, field, 400)) for field in ("happened", *FIELDS)}
        services = console.assistant.services
        state, problems = written_down(services, typed)
        if problems:
            return form_page(request, 422, problem="；".join(problems), typed=typed)
        filed = await to_thread.run_sync(filing.enter, services, state, account.id)
        return console.page(request, "entered.html", filed=filed, receipt_qr=qr_code(filed.receipt))

    return router


def written_down(services: Services, typed: dict[str, str]) -> tuple[State, list[str]]:
    """The state of an interview in which all this was said; and what could not be read."""
    definition = tip_off_definition()
    state, problems = State(), list[str]()
    if len(typed["happened"]) < SHORTEST_STORY:
        return state, ["请写明发生了什么"]
    state, _ = with_lifted(services.knowledge.directory, services.today(), State(), State(), typed["happened"])
    state = state.with_answer(definition.question("happened"), Answer(typed["happened"], typed["happened"]))
    if typed["contact_name"] or typed["contact_phone"]:
        state = state.with_answer(definition.question("contact"), Answer("yes", "是"))
    for field in FIELDS:
        if not typed[field]:
            continue
        question = definition.question(field)
        try:
            state = state.with_answer(question, read(question, half_width(typed[field])))
        except AnswerError as error:
            problems.append(f"{question.label}：{error}")
    for guessed, answer in state.suggested.items():
        state = state.with_answer(definition.question(guessed), answer)
    if not any(state.answers.get(q) and state.answers[q].value for q in ("target", "reach")):
        problems.append("请写明平台名称，或网址、地址、电话")
    return state, problems


SHORTEST_STORY = 4
