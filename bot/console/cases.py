"""The queue of cases, and a case's own page with what can be done there."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup, escape

from bot.console.access import HOME, Console, Needs, said, to
from bot.console.order import in_plan_order
from bot.web.guards import BadInput
from casework.cases.case import CLOSED, Case
from casework.cases.case_queries import CaseFilter
from casework.cases.codes import found_number
from casework.cases.file_formats import FILE_FORMATS, PICTURES
from casework.cases.releases import OPEN_HOURS, PURPOSES, PURPOSES_OF
from casework.cases.store import CaseStore
from casework.cases.words import STATUS_NAMES
from casework.desk.account import Account
from casework.desk.copies import near_copies
from casework.desk.dates import find_day
from casework.desk.handling import (
    HandlingError,
    accept,
    ask,
    close,
    name_of,
    remark,
    reply,
    told_place,
    transfer,
    viewed,
)
from casework.desk.happenings import spoken, story_of
from casework.desk.roles import Permission, may, may_see
from casework.desk.statistics import name_of_sector
from casework.self_check.papers import papers_for
from casework.tip_off.clusters import Cluster, cluster_of, wanted_terms
from casework.tip_off.readings import LABELS
from knowledge.counties import current_name, desks
from knowledge.text import clean
from storage.settings import LUOYANG

See = Annotated[Account, Depends(Needs(Permission.SEE_CASES))]
Do = Annotated[Account, Depends(Needs(Permission.ACT_ON_CASES))]
Status = Annotated[Account, Depends(Needs(Permission.SEE_CASE_STATUS))]
TakeOut = Annotated[Account, Depends(Needs(Permission.EXPORT))]
EACH_PAGE, MOST_COUNTED, MOST_EXPORTED = 20, 1000, 20_000
FILTERS = ("q", "kind", "status", "sector", "county", "severity", "since", "until")


class CasePages:
    """The queue of cases, a case, and what is done to it."""

    def __init__(self, console: Console) -> None:
        self.console, self.store = console, console.assistant.cases

    def queue(self, request: Request, account: See) -> Response:
        remembered = request.cookies.get(REMEMBERED, "")
        if not request.query_params and remembered:
            return to(f"/console/cases?{urlencode(kept_of(dict(parse_qsl(remembered))) | {'again': '1'})}")
        chosen, problem, today = chosen_in(request), "", self.console.assistant.settings.current_day()
        number = request.query_params.get("page", "1")
        page = min(int(number), 500) if number.isdecimal() and len(number) < 6 and int(number) else 1
        try:
            filters = wanted_by(account, chosen, today)
        except HandlingError as error:
            filters, problem = wanted_by(account, {}, today), str(error)
        cases = self.store.queue(filters, EACH_PAGE + 1, (page - 1) * EACH_PAGE)
        rows = [(case, name_of(case)) for case in cases[:EACH_PAGE]]
        link = urlencode({name: value for name, value in chosen.items() if value})
        knowledge = self.console.knowledge
        directory = knowledge.directory
        ids = [*(s.id for s in directory.sectors), *(t.id for t in directory.trades)]
        response = self.console.page(
            request,
            "cases.html",
            rows=rows,
            chosen=chosen,
            problem=problem,
            total=self.store.count(filters, MOST_COUNTED + 1),
            most=MOST_COUNTED,
            number=page,
            more=len(cases) > EACH_PAGE,
            link=link,
            sectors={entry: name_of_sector(knowledge, entry) for entry in ids},
            counties=dict.fromkeys(current_name(county) for county in directory.counties),
            purposes=PURPOSES,
            purposes_of=PURPOSES_OF,
            again="again" in request.query_params,
            days_waiting=lambda case: (datetime.now(LUOYANG).date() - case.submitted.astimezone(LUOYANG).date()).days,
        )
        if "set" in request.query_params or "clear" in request.query_params:
            _remember(request, response, kept_of(chosen))
        return response

    def _shown(self, request: Request, account: Account, case: Case, status: int = 200, **values: Any) -> HTMLResponse:
        view, knowledge = viewed(self.store, account, case), self.console.knowledge
        alike = cluster_of(self.store, case) if case.kind == "tip_off" else None
        messages = spoken(view.notes, view.history)
        order = in_plan_order(knowledge.directory, (route.unit for route in view.routes))
        mine = (
            Cluster([other for other in alike.cases if may_see(account, self.store.routes(other))]) if alike else None
        )
        names = {person.id: f"{person.name}（{person.unit}）" for person in self.console.accounts.everybody()}
        mine_open = [each for each in self.store.releases(case.id) if each.open and each.request.asked_by == account.id]
        return self.console.page(
            request,
            "case.html",
            status,
            view=view,
            case=case,
            title=name_of(case),
            told_place=told_place(case),
            reporters=case.kind == "tip_off",
            because=self._because,
            sector=name_of_sector(knowledge, case.sector or ""),
            story=story_of(view.history),
            talk=[(note, said) for note, said in messages if said != "internal"],
            remarks=[note for note, said in messages if said == "internal"],
            copies=near_copies(self.store, account, case)[:MOST_ALIKE],
            routes=sorted(view.routes, key=lambda route: (route.role != "lead", order.index(route.unit))),
            alike=[other for other in mine.cases if other.id != case.id] if mine else [],
            growth=mine.growth if mine else {},
            elsewhere=bool(alike and mine and len(mine.cases) < len(alike.cases)),
            shows={kind.id for kind in FILE_FORMATS.values() if kind.shown},
            pictures=set(PICTURES) - {"tiff"},
            found_labels=LABELS,
            findings=[f for f in papers_for(self.console.assistant.services, case).found if f.outcome != IN_ORDER]
            if case.kind == "self_check"
            else [],
            units=desks(knowledge.directory),
            names=names,
            purposes=PURPOSES,
            purposes_of=PURPOSES_OF,
            hours=OPEN_HOURS,
            alone=not any(
                person.id != account.id and may(person, Permission.RELEASE)
                for person in self.console.accounts.everybody()
            ),
            released={each.request.file for each in mine_open if each.request.what == "original"},
            bundle_released=any(each.request.what == "bundle" for each in mine_open),
            **values,
        )

    def _because(self, because: str) -> Markup:
        """Why a unit has a case, with the clause that says so."""
        clause, _, why = because.partition("：")
        if self.console.knowledge.plan.clause(clause) is None:
            return Markup(escape(because))
        link = Markup('依据 <a href="{}">{}</a>').format(self.console.clause_url(clause), clause)
        return link + (f"：{why}" if why else "")

    def one(self, request: Request, number: str, account: See) -> HTMLResponse:
        return self._shown(request, account, case_numbered(self.store, number))

    async def act(self, request: Request, number: str, account: See) -> Response:
        """One thing done to a case; what was typed is not lost when it cannot be done."""
        case, form = case_numbered(self.store, number), await request.form()
        what, text = said(form, "act", 20), said(form, "text")
        try:
            if what == "accept":
                accept(self.store, account, case)
            elif what == "transfer":
                transfer(self.console.assistant.services, account, case, said(form, "unit", 60), text)
            elif what == "close":
                close(self.store, account, case, said(form, "outcome", 20), text)
            elif what in SIMPLE:
                SIMPLE[what](self.store, account, case, text)
            else:
                raise HandlingError("没有这项操作，请刷新页面。")
        except HandlingError as error:
            problem = str(error)
            return await to_thread.run_sync(
                lambda: self._shown(request, account, case, 422, problem=problem, act=what, typed=text)
            )
        moved = self.store.get(case.id)
        if moved and what == "transfer" and not may(account, Permission.SEE_ALL_UNITS):
            return to("/console/cases?done=transfer")
        done = "part" if what == "close" and moved and moved.status != CLOSED else what
        return to(f"/console/cases/{number}?done={done}")


def case_routes(console: Console) -> APIRouter:
    router, pages = APIRouter(include_in_schema=False), CasePages(console)
    router.get("/console/cases")(pages.queue)
    router.get("/console/cases/{number}")(pages.one)
    router.post("/console/cases/{number}")(pages.act)
    return router


# The filters of the queue that are remembered: what is searched for may name somebody, and is not.
REMEMBERED, REMEMBERED_DAYS = "desk_cases", 90
KEPT = ("kind", "status", "sector", "county", "severity")
MOST_ALIKE = 10


def kept_of(chosen: dict[str, str]) -> dict[str, str]:
    return {name: value[:40] for name, value in chosen.items() if name in KEPT and value}


def _remember(request: Request, response: Response, kept: dict[str, str]) -> None:
    """Keep the filters with the browser; they say nothing of a case."""
    if not kept:
        response.delete_cookie(REMEMBERED, path=HOME)
        return
    response.set_cookie(
        REMEMBERED,
        urlencode(kept),
        max_age=REMEMBERED_DAYS * 86_400,
        path=HOME,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


IN_ORDER = "符合"
SIMPLE = {"ask": ask, "reply": reply, "remark": remark}


def case_numbered(store: CaseStore, number: str) -> Case:
    """The case of a number.

    Raises:
        BadInput: there is none.
    """
    case = store.by_number(found_number(number) or "")
    if case is None:
        wrong = f"没有编号为 {clean(number)[:20]} 的案件，请核对编号。已销毁、撤回或到期删除的也查不到。"
        raise BadInput(wrong, 404, "not_found")
    return case


def chosen_in(request: Request) -> dict[str, str]:
    """The filter as it was filled in."""
    return {name: clean(request.query_params.get(name, ""))[:80] for name in FILTERS}


def wanted_by(account: Account, chosen: dict[str, str], today: date) -> CaseFilter:
    """What a filled-in filter asks for, within what an account may see.

    Raises:
        HandlingError: a day cannot be read.
    """
    asked, severity = chosen.get("q", ""), chosen.get("severity", "")
    number = found_number(asked) if asked else None
    days = {}
    for name, label in (("since", "开始日期"), ("until", "结束日期")):
        typed = chosen.get(name, "")
        days[name] = find_day(typed, today) or _iso(typed) if typed else None
        if typed and days[name] is None:
            raise HandlingError(f"{label}“{typed}”认不出来，请写成 2016-10-13 或 10月13日。")
    since, until = days["since"], days["until"]
    return CaseFilter(
        unit=None if may(account, Permission.SEE_ALL_UNITS) else account.unit,
        kind=chosen.get("kind") or None,
        status=chosen.get("status") if chosen.get("status") in STATUS_NAMES else None,
        county=chosen.get("county") or None,
        sector=chosen.get("sector") or None,
        severity=int(severity) if severity in ("0", "1", "2") else None,
        since=datetime.combine(since, time(), LUOYANG) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), LUOYANG) if until else None,
        number=number,
        terms=tuple(wanted_terms(asked)) if asked and number is None else (),
    )


def _iso(typed: str) -> date | None:
    try:
        return datetime.strptime(typed, "%Y-%m-%d").replace(tzinfo=LUOYANG).date()
    except ValueError:
        return None
