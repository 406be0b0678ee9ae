"""What needs somebody today: cases that wait for their unit, tasks near or past their day, what they were told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from bot.console.access import TODAY, Console, Needs, to
from bot.console.approvals import nobody_else
from bot.console.notices import on_the_desk
from casework.cases.audit import REPORTER, AuditEntry
from casework.cases.audit_acts import AuditAct
from casework.cases.case import ASKING, EXAMINING, FORWARDED, SUBMITTED, Case
from casework.cases.case_queries import CaseFilter
from casework.cases.store import CaseStore
from casework.desk.account import Account
from casework.desk.counts import DONE
from casework.desk.handling import name_of
from casework.desk.happenings import LOOKS
from casework.desk.parts import leads_of, parts_of
from casework.desk.reminders import responsible_for
from casework.desk.roles import Permission, may
from casework.desk.tasks import Task
from storage.settings import LUOYANG

Own = Annotated[Account, Depends(Needs(Permission.OWN_ACCOUNT))]
# The plan sets no days for taking up or handling a report; these only sort the list, and the page says so.
RED_DAYS, YELLOW_DAYS, QUIET_DAYS, NEAR_DAYS = 7, 3, 14, 7
URGENT, A_YEAR = 2, 365
# How a notice of a grave case begins (casework/desk/notify.py): never folded away.
GRAVE = "【重大】"
MOST_LOOKED_AT, MOST_SHOWN, MOST_NOTICES = 200, 30, 4
Light = Literal["red", "yellow", "green"]
LIGHT_NAMES: dict[Light, str] = {"red": "红", "yellow": "黄", "green": "绿"}


@dataclass(frozen=True)
class Waiting:
    """A case that waits for somebody, why, and for how many days."""

    case: Case
    name: str
    why: str
    days: int

    @property
    def light(self) -> Light:
        if self.days >= RED_DAYS or (self.case.severity >= URGENT and self.case.status in (SUBMITTED, FORWARDED)):
            return "red"
        return "yellow" if self.days >= YELLOW_DAYS else "green"


def light_of(task: Task, today: date) -> Light | None:
    """红 past its day, 黄 within NEAR_DAYS, 绿 before; None once it is done."""
    left = task.days_left(today)
    if not task.is_open:
        return None
    if left is not None and left < 0:
        return "red"
    return "yellow" if left is not None and left <= NEAR_DAYS else "green"


def today_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    assistant = console.assistant

    @router.get(TODAY)
    def today(request: Request, account: Own) -> HTMLResponse:
        day = assistant.settings.current_day()
        waiting = waiting_for(assistant.cases, account, datetime.now(LUOYANG))
        mine = responsible_for(account, assistant.tasks) if may(account, Permission.SEE_TASKS) else []
        near = [task for task in mine if light_of(task, day) in ("red", "yellow")]
        everything = assistant.tasks.all() if may(account, Permission.MANAGE_TASKS) else []
        unset = []
        if may(account, Permission.MANAGE_ACCOUNTS):
            unset = [person for person in console.accounts.everybody() if person.active and not person.has_password]
        notices, agreeing = assistant.tasks.undelivered(account.id), to_agree(console, account)
        urgent = [notice for notice in notices if notice.text.startswith(GRAVE)]
        others = [notice for notice in notices if notice not in urgent]
        return console.page(
            request,
            "today.html",
            waiting=waiting[:MOST_SHOWN],
            waiting_total=len(waiting),
            near=near[:MOST_SHOWN],
            near_total=len(near),
            to_confirm=sum(task.status == DONE for task in everything),
            late_everywhere=sum(task.is_late(day) for task in everything),
            long_late=sum(task.is_late(day - timedelta(days=A_YEAR)) for task in everything),
            unanswered=len(assistant.questions.open(100)) if may(account, Permission.ANSWER_QUESTIONS) else 0,
            unset=unset,
            to_agree=[waits for waits in agreeing if waits[2]],
            agrees=bool(agreeing),
            alone=nobody_else(console, account) if may(account, Permission.MANAGE_ACCOUNTS) else "",
            notices=notices,
            newest=[*urgent, *others[-MOST_NOTICES:]],
            earlier=others[:-MOST_NOTICES],
            with_links=on_the_desk,
            red_days=RED_DAYS,
            yellow_days=YELLOW_DAYS,
            near_days=NEAR_DAYS,
        )

    @router.post(TODAY)
    async def heard(request: Request, account: Own) -> RedirectResponse:
        """What was told here need not be told in a chat as well."""
        shown = {int(str(n)) for n in (await request.form()).getlist("notice") if _number(n)}
        own = [notice.id for notice in assistant.tasks.undelivered(account.id) if notice.id in shown]
        assistant.tasks.delivered(own)
        return to(f"{TODAY}?done=heard")

    return router


def to_agree(console: Console, account: Account) -> list[tuple[str, str, int]]:
    """What waits for this person as the second of two: the page, what it is called, how many."""
    found = []
    if may(account, Permission.APPROVE_ACCOUNTS):
        asked = [each for each in console.accounts.requests() if account.id not in (each.asked_by, each.account.id)]
        found.append(("/console/approvals", "账号申请", len(asked)))
    if may(account, Permission.RELEASE):
        waiting = [each for each in console.assistant.cases.releases() if each.waits]
        foreign = [each for each in waiting if each.request.asked_by != account.id]
        found.append(("/console/releases", "调取、销毁申请", len(foreign)))
    return found


def _number(given: object) -> bool:
    return isinstance(given, str) and given.isdecimal() and len(given) < 18


def waiting_for(store: CaseStore, account: Account, now: datetime) -> list[Waiting]:
    """The cases that wait for a unit to do something, the longest and gravest first."""
    if not may(account, Permission.ACT_ON_CASES):
        return []
    everything = may(account, Permission.SEE_ALL_UNITS)
    unit = None if everything else account.unit
    found = []
    for status in (SUBMITTED, FORWARDED, EXAMINING, ASKING):
        for case in store.queue(CaseFilter(unit=unit, status=status), MOST_LOOKED_AT):
            routes = store.routes(case)
            if everything or account.unit in leads_of(routes):
                history = store.history(case)
                parts = parts_of(routes, history)
                own = next((part for part in parts if part.unit == account.unit), None)
                if own and own.closed:
                    continue
                untouched = own is not None and own.accepted is None and not everything
                if waits := _why(case, history, now, untouched):
                    found.append(Waiting(case, name_of(case), *waits))
    return sorted(found, key=lambda each: (ORDER.index(each.light), -each.case.severity, -each.days))


ORDER: tuple[Light, ...] = ("red", "yellow", "green")


def _why(case: Case, history: Sequence[AuditEntry], now: datetime, untouched: bool) -> tuple[str, int] | None:
    """Why a case waits, and since how many days; None when it is somebody else's turn."""

    def days(since: datetime | None) -> int:
        return (now.date() - since.astimezone(LUOYANG).date()).days if since else 0

    acts = [act for act in history if act.act not in LOOKS]
    last = acts[-1] if acts else None
    if case.status in (SUBMITTED, FORWARDED) or untouched:
        words = "新转来，还没有受理" if case.status == FORWARDED else "还没有受理"
        return words, days(_transferred(acts) or case.submitted)
    if last and last.actor == REPORTER and case.status == EXAMINING and last.act != AuditAct.SUBMIT:
        return "举报人有补充，请查看", days(last.at)
    quiet = days(last.at if last else case.submitted)
    if quiet >= QUIET_DAYS:
        return (f"追问后 {quiet} 天没有回音" if case.status == ASKING else f"{quiet} 天没有进展"), quiet
    return None


def _transferred(acts: Iterable[AuditEntry]) -> datetime | None:
    return next((act.at for act in reversed(list(acts)) if act.act == AuditAct.TRANSFER), None)
