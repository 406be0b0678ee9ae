"""Accounts, what was done by whom, and the questions nobody could answer yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bot.console.access import Console, Needs, said, to
from bot.console.approvals import nobody_else
from bot.console.order import in_plan_order
from bot.web.guards import BadInput
from casework.cases.audit import AuditEntry
from casework.cases.audit_acts import AuditAct
from casework.desk.account import Account, Role
from casework.desk.acts import in_words
from casework.desk.happenings import LOOKS
from casework.desk.invitations import INVITATION_HOURS
from casework.desk.questions import WHY_NAMES
from casework.desk.roles import ROLE_MEANINGS, Permission, needs_second
from casework.desk.security_keys import AccountError
from knowledge import holdings
from knowledge.additions import Addition
from knowledge.counties import desks
from knowledge.entries import Entries
from knowledge.text import clean

Manage = Annotated[Account, Depends(Needs(Permission.MANAGE_ACCOUNTS))]
Audit = Annotated[Account, Depends(Needs(Permission.SEE_AUDIT))]
Answer = Annotated[Account, Depends(Needs(Permission.ANSWER_QUESTIONS))]
ACTS_EACH_PAGE = 100
BEGINNING = 28


class AccountPages:
    """The accounts of officials, and what an administrator does with them."""

    def __init__(self, console: Console) -> None:
        self.console, self.accounts, self.cases = console, console.accounts, console.assistant.cases

    def _listed(self, request: Request, status: int = 200, **values: Any) -> HTMLResponse:
        everybody, directory = self.accounts.everybody(), self.console.knowledge.directory
        units = desks(directory)
        order = in_plan_order(directory, [*units, *(person.unit for person in everybody)])
        by_unit = sorted(everybody, key=lambda person: order.index(person.unit))
        people = [(person, self.accounts.bindings(person)) for person in by_unit]
        return self.console.page(
            request,
            "accounts.html",
            status,
            people=people,
            units=units,
            hours=INVITATION_HOURS,
            pending={each.account.id for each in self.accounts.requests() if each.act == "add"},
            alone=nobody_else(self.console, request.state.account),
            role_meanings={role.value: meaning for role, meaning in ROLE_MEANINGS.items()},
            **values,
        )

    def show(self, request: Request, account: Manage) -> HTMLResponse:
        return self._listed(request)

    async def add(self, request: Request, account: Manage) -> Response:
        form = await request.form()
        login, name, unit = said(form, "login", 100), said(form, "name", 100), said(form, "unit", 60)
        try:
            if unit not in desks(self.console.knowledge.directory) or said(form, "role") not in set(Role):
                raise AccountError("请选择单位和身份。")
            role = Role(said(form, "role"))
            person = self.accounts.add(login, name, unit, role, active=not needs_second(role))
        except AccountError as error:
            typed = {"login": login, "name": name, "unit": unit, "role": said(form, "role")}
            return self._listed(request, 422, problem=str(error), **typed)
        if needs_second(role):
            return self._asked(request, account, person, "add")
        self.cases.record(account.id, AuditAct.ACCOUNT, what="add", account=person.id)
        return self._listed(request, code=self.accounts.invite(person), invited=person)

    def _asked(
        self, request: Request, account: Account, person: Account, what: str, unit: str = "", role: Role | None = None
    ) -> Response:
        """What opens cases to somebody takes effect when a second person agrees."""
        self.accounts.ask(person, what, account, unit, role)
        self.cases.record(account.id, AuditAct.DECIDE_ACCOUNT, decision="ask", what=what, account=person.id)
        return self._listed(request, done=ASKED.format(name=person.name))

    async def act(self, request: Request, person_id: str, account: Manage) -> Response:
        form, person = await request.form(), self.accounts.get(person_id)
        if person is None:
            raise BadInput("没有这个账号。", 404, "not_found")
        what = said(form, "act", 20)
        if person.id == account.id and what in ("stop", "move"):
            return self._listed(request, 422, problem="不能停用或调整自己的账号，请由另一位管理员操作。")
        shown: dict[str, Any] = {}
        moved = (
            what == "move"
            and said(form, "unit", 60) in desks(self.console.knowledge.directory)
            and said(form, "role") in set(Role)
        )
        role = Role(said(form, "role")) if moved else person.role
        reads = needs_second(role, *(() if moved else (person.role,)))
        if what in RESETS or (reads and (what in OPENING or moved)):
            return self._asked(request, account, person, what, said(form, "unit", 60) if moved else "", role)
        if what == "invite":
            shown = {"code": self.accounts.invite(person), "invited": person}
        elif what == "revoke":
            self.accounts.revoke(person)
        elif what in ("stop", "start"):
            self.accounts.set_active(person, what == "start")
        elif moved:
            self.accounts.move(person, said(form, "unit", 60), role)
        else:
            return self._listed(request, 422, problem="没有这项操作，请刷新页面。")
        self.cases.record(account.id, AuditAct.ACCOUNT, what=what, account=person.id)
        return self._listed(request, **shown, done=f"已处理：{person.name}。")


def account_routes(console: Console) -> APIRouter:
    router, pages = APIRouter(include_in_schema=False), AccountPages(console)
    router.get("/console/accounts")(pages.show)
    router.post("/console/accounts")(pages.add)
    router.post("/console/accounts/{person_id}")(pages.act)
    return router


OPENING = ("invite", "start")
# What takes away what proves that somebody is who they say takes two, whoever they are.
RESETS = ("no totp", "no key")
ASKED = "{name}：这项操作要两个人，已提交申请。请另一位管理员或领导小组办公室的同事在“账号审批”中同意后生效。"


def audit_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    accounts, cases = console.accounts, console.assistant.cases

    @router.get("/console/audit")
    def audit(request: Request, account: Audit) -> HTMLResponse:
        before = request.query_params.get("before", "")
        acts = cases.acts(ACTS_EACH_PAGE, int(before) if before.isdecimal() and len(before) < 18 else None)
        names = {person.id: f"{person.name}（{person.unit}）" for person in accounts.everybody()}
        numbers = {act.case_id: case.number for _, act in acts if act.case_id and (case := cases.get(act.case_id))}
        last = acts[-1][0] if len(acts) == ACTS_EACH_PAGE else None
        whole = cases.audit_is_whole() if not before else None
        lines = grouped([act for _, act in acts])
        only = request.query_params.get("only") == "acts"
        shown = [line for line in lines if not only or line.act.act not in LOOKS]
        kept = holdings.documents(console.assistant.settings)
        titles = {document.info.id: document.info.title for document in kept}

        def words(act: AuditEntry) -> str:
            return called(act, titles, console.knowledge.entries)

        return console.page(
            request,
            "audit.html",
            lines=shown,
            only=only,
            names=names,
            numbers=numbers,
            last=last,
            whole=whole,
            words=words,
        )

    return router


def called(act: AuditEntry, titles: Mapping[str, str], entries: Entries) -> str:
    """An act in words, with the title of its document or the conclusion it is about in place of a key."""
    words, document, key = in_words(act), act.of("document"), act.of("entry")
    if document in titles:
        return words.replace(f"（{document}）", f"《{titles[document]}》")
    entry = entries.get(key) if key else None
    return words.replace(f"（{key}）", f"：{entry.conclusion}") if entry else words


@dataclass(frozen=True)
class AuditLine:
    """Lines of the audit that say the same of one person and one case in a row: each stays there, one is shown."""

    act: AuditEntry
    times: int
    first: datetime


def grouped(acts: Iterable[AuditEntry]) -> list[AuditLine]:
    """The newest first; a page of ten pictures that was opened is one line."""
    return [
        AuditLine(lines[0], len(lines), lines[-1].at)
        for _, run in groupby(acts, key=lambda act: (act.actor, act.act, act.details, act.case_id))
        if (lines := list(run))
    ]


def beginning(text: str) -> str:
    """As much of a clause as tells which one it is, in a list to choose from."""
    line = " ".join(text.split())
    return line if len(line) <= BEGINNING else f"{line[:BEGINNING]}…"


def question_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    questions = console.assistant.questions

    def listed(request: Request, status: int = 200, **values: Any) -> HTMLResponse:
        rows, knowledge = [], console.knowledge
        for question in questions.open(100):
            hits = knowledge.search(question.text, limit=3)
            rows.append((question, [hit.clause.id for hit in hits if hit.document.is_plan]))
        clauses = [clause.id for clause in knowledge.plan.clauses]
        return console.page(
            request,
            "questions.html",
            status,
            rows=rows,
            why=WHY_NAMES,
            clauses=clauses,
            begins={clause.id: beginning(clause.text) for clause in knowledge.plan.clauses},
            added=knowledge.additions.all(),
            praised=questions.praised(),
            **values,
        )

    @router.get("/console/questions")
    def show(request: Request, account: Answer) -> HTMLResponse:
        return listed(request)

    @router.post("/console/questions/{question_id}")
    async def answer(request: Request, question_id: str, account: Answer) -> Response:
        """One step: the question, as it may be reworded, is answered by a clause from now on."""
        form, question, knowledge = await request.form(), questions.get(question_id), console.knowledge
        if question is None:
            raise BadInput("没有这个问题。", 404, "not_found")
        if said(form, "act") == "dismiss":
            questions.settle([question_id], "dismissed")
            console.assistant.cases.record(account.id, AuditAct.DISMISS_QUESTION)
            return to("/console/questions?done=dismiss")
        clause, text = said(form, "clause", 20), clean(said(form, "text", 200)) or question.text
        if knowledge.plan.clause(clause) is None:
            return listed(request, 422, problem="请选择能回答这个问题的条款。", at=question_id)
        job = next(iter(knowledge.jobs_of_clause(clause)), "policy")
        for wording in dict.fromkeys((question.text, text)):
            knowledge.additions.add(Addition(wording, clause, job))
        questions.settle([question_id], "answered")
        console.assistant.cases.record(account.id, AuditAct.ADD_QUESTION, clause=clause)
        return listed(request, done=f"已加入题库，现在问这个问题会引用 {clause} 回答。")

    return router
