"""What leaves the console by two people: who asks says what for and why, who agrees shows that it is them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bot.console.access import Console, Needs, said, to
from bot.console.cases import FILTERS, case_numbered
from casework.cases.releases import (
    OPEN_HOURS,
    PURPOSES,
    PURPOSES_OF,
    WAIT_DAYS,
    WHAT_NAMES,
    Release,
    ReleaseError,
    What,
)
from casework.cases.store import CaseStore
from casework.desk.account import Account
from casework.desk.releasing import ask_to_take_out, decide
from casework.desk.roles import Permission
from casework.desk.security_keys import AccountError

Ask = Annotated[Account, Depends(Needs(Permission.EXPORT))]
Do = Annotated[Account, Depends(Needs(Permission.ACT_ON_CASES))]
Agree = Annotated[Account, Depends(Needs(Permission.RELEASE))]
MINE, WAITING = "/console/exports", "/console/releases"


def _numbers_of(store: CaseStore, releases: Iterable[Release]) -> dict[str, str]:
    cases = (store.get(each.case_id) for each in releases if each.case_id)
    return {case.id: str(case.number) for case in cases if case}


def _page(
    console: Console, request: Request, name: str, releases: list[Release], status: int = 200, **values: Any
) -> HTMLResponse:
    releases = console.assistant.cases.with_words(releases)
    names = {person.id: f"{person.name}（{person.unit}）" for person in console.accounts.everybody()}
    numbers = _numbers_of(console.assistant.cases, releases)
    shown: dict[str, Any] = {"found": releases, "numbers": numbers, "names": names, "purposes": PURPOSES}
    shown |= {"what_names": WHAT_NAMES, "hours": OPEN_HOURS, "days": WAIT_DAYS, "purposes_of": PURPOSES_OF}
    return console.page(request, name, status, **shown, **values)


def _own(console: Console, request: Request, account: Account, status: int = 200, **values: Any) -> HTMLResponse:
    """What somebody has asked for themselves."""
    own = [each for each in console.assistant.cases.releases() if each.request.asked_by == account.id]
    return _page(console, request, "exports.html", own, status, **values)


def _waiting(console: Console, request: Request, status: int = 200, **values: Any) -> HTMLResponse:
    """What waits for a second person."""
    waiting = [each for each in console.assistant.cases.releases() if each.waits]
    return _page(console, request, "releases.html", waiting, status, **values)


def asking_routes(console: Console) -> APIRouter:
    """Who wants to take something out asks, and sees what came of it."""
    router = APIRouter(include_in_schema=False)
    services, store = console.assistant.services, console.assistant.cases
    mine = partial(_own, console)

    @router.get(MINE)
    def own(request: Request, account: Ask) -> HTMLResponse:
        return mine(request, account)

    @router.post(MINE)
    async def ask_for_queue(request: Request, account: Ask) -> Response:
        """The list of cases, as it is filtered now."""
        form = await request.form()
        filters = {name: said(form, f"filter_{name}", 80) for name in FILTERS}
        purpose, reason = said(form, "purpose", 20), said(form, "reason")
        try:
            ask_to_take_out(services, account, "queue", purpose, reason, filters=filters)
        except ReleaseError as error:
            return mine(request, account, 422, problem=str(error))
        return to(f"{MINE}?done=asked")

    @router.post("/console/cases/{number}/releases")
    async def ask_for_case(request: Request, number: str, account: Do) -> Response:
        """A file as it was sent, a whole case, or how its reporter can be reached."""
        case, form = case_numbered(store, number), await request.form()
        file, purpose, reason = said(form, "file", 40), said(form, "purpose", 20), said(form, "reason")
        chosen = said(form, "what", 20)
        what: What = "contact" if chosen == "contact" else "destroy" if chosen == "destroy" else "bundle"
        what = "original" if file and what == "bundle" else what
        file = file if what == "original" else ""
        try:
            ask_to_take_out(services, account, what, purpose, reason, case, file)
        except ReleaseError as error:
            return mine(request, account, 422, problem=f"{WHAT_NAMES[what]}：{error}")
        return to(f"{MINE}?done={'asked_destroy' if what == 'destroy' else 'asked'}")

    return router


def release_routes(console: Console) -> APIRouter:
    """The second person decides."""
    router = APIRouter(include_in_schema=False)
    services, waiting = console.assistant.services, partial(_waiting, console)

    @router.get(WAITING)
    def requests(request: Request, account: Agree) -> HTMLResponse:
        return waiting(request)

    @router.post(WAITING + "/{request_id}")
    async def settle(request: Request, request_id: str, account: Agree) -> Response:
        form = await request.form()
        agreed = said(form, "act") == "approve"
        try:
            if agreed:
                await console.prove(request, form, account)
            settled = await to_thread.run_sync(decide, services, account, request_id, agreed)
        except (AccountError, ReleaseError) as error:
            return waiting(request, 422, problem=str(error))
        done = "destroyed" if settled.request.what == "destroy" else "released"
        return to(f"{WAITING}?done={done if agreed else 'refused'}")

    return router
