"""What the assistant answers with: facts, what the plan leaves open, lists; the office corrects a conclusion."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bot.console.access import Console, Needs, said
from bot.web.guards import BadInput
from casework.cases.audit_acts import AuditAct
from casework.desk.account import Account
from casework.desk.roles import Permission
from knowledge.corrections import LONGEST, Correction, CorrectionError
from knowledge.entries import Entry, Fact, NotSaid, State
from knowledge.text import clean

Answer = Annotated[Account, Depends(Needs(Permission.ANSWER_QUESTIONS))]
EACH_PAGE = 40
KINDS = {"fact": "方案事实", "not_said": "方案没有规定", "overview": "清单和比较"}
STATES: tuple[State, ...] = ("草案", "由办公室核定")


def kind_of(entry: Entry) -> str:
    if isinstance(entry, Fact):
        return "fact"
    return "not_said" if isinstance(entry, NotSaid) else "overview"


def _listed(
    console: Console, request: Request, words: str, kind: str, page: int, status: int = 200, **values: object
) -> HTMLResponse:
    """The entries of a kind that hold all of the words, a page of them."""
    knowledge = console.knowledge
    found = [
        entry
        for entry in (knowledge.corrections.applied(one) for one in knowledge.entries)
        if (not kind or kind_of(entry) == kind) and all(word in _searched(entry) for word in words.split())
    ]
    last = max(0, (len(found) - 1) // EACH_PAGE)
    page = min(max(page, 0), last)
    shown = found[page * EACH_PAGE : (page + 1) * EACH_PAGE]
    return console.page(
        request,
        "entries.html",
        status,
        rows=[(entry, kind_of(entry), knowledge.corrections.history(entry.id)) for entry in shown],
        names={person.id: f"{person.name}（{person.unit}）" for person in console.accounts.everybody()},
        kinds_of_entries=KINDS,
        states=STATES,
        longest=LONGEST,
        since=knowledge.entries.since,
        words=words,
        kind=kind,
        number=page,
        last=last,
        total=len(found),
        **values,
    )


def entry_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    listed = partial(_listed, console)

    @router.get("/console/entries")
    def show(request: Request, account: Answer, q: str = "", kind: str = "", page: str = "0") -> HTMLResponse:
        number = int(page) if page.isdecimal() and len(page) < 6 else 0
        return listed(request, clean(q)[:60], kind if kind in KINDS else "", number)

    @router.post("/console/entries/{entry_id}")
    async def correct(request: Request, entry_id: str, account: Answer) -> Response:
        """The conclusion as it is to be said from now on, and whether the office stands by it."""
        form, knowledge = await request.form(), console.knowledge
        entry = knowledge.entries.get(entry_id)
        if entry is None:
            raise BadInput("没有这条结论，请返回列表刷新后再试。", 404, "not_found")
        text, state = clean(said(form, "conclusion", 200)), said(form, "state", 20)
        words, kind = said(form, "q", 60), said(form, "kind", 20)
        now: State = "由办公室核定" if state == "由办公室核定" else "草案"
        try:
            moment = datetime.now(UTC).isoformat(timespec="seconds")
            knowledge.corrections.add(Correction(entry_id, text, now, account.id, moment))
        except CorrectionError as error:
            return listed(request, words, kind, 0, 422, problem=str(error), at=entry_id, typed=text)
        console.assistant.cases.record(account.id, AuditAct.CORRECT_ENTRY, entry=entry_id)
        return listed(request, words or entry_id, kind, 0, done=f"已保存，现在问到会说：“{text}”（{now}）")

    return router


def _searched(entry: Entry) -> str:
    """What the search of the list looks in."""
    quotations = "".join(quotation.clause + quotation.quote for quotation in entry.quotations)
    return f"{entry.id}{entry.conclusion}{quotations}{entry.state}"
