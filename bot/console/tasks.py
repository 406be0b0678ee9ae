"""The board of tasks: whose, by when, how far; the office sets days, gives tasks and signs them off."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from bot.console.access import Console, Needs, said, to
from bot.console.order import in_plan_order
from bot.console.sheets import sheet
from bot.console.today import LIGHT_NAMES, light_of
from bot.web.guards import BadInput
from casework.cases.audit_acts import AuditAct
from casework.desk.account import Account
from casework.desk.counts import progress
from casework.desk.dates import find_day
from casework.desk.roles import NOT_ALLOWED, Permission, Refused, may
from casework.desk.tasks import STATUS_NAMES, Task, TaskError
from knowledge.counties import desks
from knowledge.text import clean

See = Annotated[Account, Depends(Needs(Permission.SEE_TASKS))]
Finish = Annotated[Account, Depends(Needs(Permission.FINISH_TASKS))]
TakeOut = Annotated[Account, Depends(Needs(Permission.EXPORT))]
Manage = Annotated[Account, Depends(Needs(Permission.MANAGE_TASKS))]
BOARD = "/console/tasks"
YEARS = range(2016, 2100)


class TaskPages:
    """The board of tasks, and what is done on it."""

    def __init__(self, console: Console) -> None:
        self.console, self.tasks, self.accounts = console, console.assistant.tasks, console.accounts

    def _board(self, request: Request, account: Account, status: int = 200, **values: Any) -> HTMLResponse:
        everything, today = may(account, Permission.SEE_ALL_UNITS), self.console.assistant.settings.current_day()
        unit, state = clean(request.query_params.get("unit", ""))[:60], request.query_params.get("status", "")
        seen = self.tasks.all() if everything else self.tasks.of_unit(account.unit)
        units = in_plan_order(self.console.knowledge.directory, (task.unit for task in seen))
        counts = {name: progress([t for t in seen if t.unit == name], today) for name in units}
        shown = [
            t
            for t in seen
            if unit in ("", t.unit) and (state in ("", t.status) or (state == "overdue" and t.is_late(today)))
        ]
        return self.console.page(
            request,
            "tasks.html",
            status,
            tasks=shown[:MOST_SHOWN],
            total=len(shown),
            counts=counts,
            light=lambda task: light_of(task, today),
            lights=LIGHT_NAMES,
            whole=progress(seen, today),
            unit=unit,
            state=state,
            everything=everything,
            manages=may(account, Permission.MANAGE_TASKS),
            units=desks(self.console.knowledge.directory),
            colleagues=self.accounts.of_unit(account.unit),
            names={person.id: person.name for person in self.accounts.everybody()},
            states=STATUS_NAMES,
            **values,
        )

    def show(self, request: Request, account: See) -> HTMLResponse:
        return self._board(request, account)

    def export(self, form: str, account: TakeOut) -> Response:
        """The board as .xlsx or .csv, as far as this official may see it."""
        seen = self.tasks.all() if may(account, Permission.SEE_ALL_UNITS) else self.tasks.of_unit(account.unit)
        rows = [
            (str(t.id), t.unit, t.title, t.clause or "", str(t.due or ""), STATUS_NAMES[t.status], t.note or "")
            for t in seen
        ]
        taken = sheet(form, "任务", COLUMNS, rows)
        self.console.assistant.cases.record(account.id, AuditAct.EXPORT_TASKS, count=len(rows), form=form)
        return taken

    def _found(self, task_id: int, account: Account) -> Task:
        task = self.tasks.get(task_id)
        if task is None:
            raise BadInput("没有这个任务。", 404, "not_found")
        if task.unit != account.unit and not may(account, Permission.MANAGE_TASKS):
            raise Refused(NOT_ALLOWED)
        return task

    async def act(self, request: Request, task_id: int, account: Finish) -> Response:
        task, form = self._found(task_id, account), await request.form()
        try:
            what = _acted(self.console, account, task, form)
        except TaskError as error:
            return self._board(request, account, 422, problem=str(error), at=task.id, typed=said(form, "text"))
        self.console.assistant.cases.record(account.id, AuditAct.TASK, what=what, task=task.id)
        shown = {"done": what} | ({"unit": task.unit} if may(account, Permission.SEE_ALL_UNITS) else {})
        return to(f"{BOARD}?{urlencode(shown)}#task-{task.id}")

    async def add(self, request: Request, account: Manage) -> Response:
        form = await request.form()
        unit, typed = said(form, "unit", 60), said(form, "due", 40)
        due = find_day(typed, self.console.assistant.settings.current_day())
        try:
            if unit not in desks(self.console.knowledge.directory):
                raise TaskError("请选择承办单位。")
            if due is None:
                raise TaskError(f"日期“{typed}”认不出来，请写成 11月30日 或 下周五。")
            task = self.tasks.add(clean(said(form, "title", 200)), unit, due)
        except TaskError as error:
            return self._board(request, account, 422, problem=str(error), title=said(form, "title", 200))
        self.console.assistant.cases.record(account.id, AuditAct.TASK, what="add", task=task.id)
        for person in self.accounts.of_unit(unit):
            self.tasks.tell(
                person.id, f"市领导小组办公室新交办任务 {task.id}：{task.title}，{due.month}月{due.day}日前完成。"
            )
        return to(f"{BOARD}?{urlencode({'done': 'add', 'unit': unit})}#task-{task.id}")

    async def new_year(self, request: Request, account: Manage) -> Response:
        typed = said(await request.form(), "year", 6)
        if not typed.isdecimal() or int(typed) not in YEARS:
            return self._board(request, account, 422, problem="请填写年份，例如 2027。")
        changed = self.tasks.new_year(int(typed))
        self.console.assistant.cases.record(account.id, AuditAct.NEW_YEAR, year=int(typed), tasks=changed)
        return to(f"{BOARD}?done=year")


def task_routes(console: Console) -> APIRouter:
    router, pages = APIRouter(include_in_schema=False), TaskPages(console)
    router.get(BOARD)(pages.show)
    router.get("/console/tasks.{form}")(pages.export)
    router.post("/console/tasks/{task_id:int}")(pages.act)
    router.post("/console/tasks/add")(pages.add)
    router.post("/console/tasks/year")(pages.new_year)
    return router


MOST_SHOWN = 40
COLUMNS = ("编号", "单位", "任务", "条款", "日期", "状态", "办理情况")


def _acted(console: Console, account: Account, task: Task, form: FormData) -> str:
    """Do one thing to a task.

    Raises:
        TaskError: it cannot be done.
        Refused: it is the office's to do.
    """
    tasks, what, text = console.assistant.tasks, said(form, "act", 20), clean(said(form, "text"))
    if what == "finish":
        if not text:
            raise TaskError("请写明办理情况。")
        tasks.finish(task, text)
    elif what == "assign":
        person = console.accounts.get(said(form, "person", 40))
        if person and person.unit != task.unit:
            raise TaskError("只能指派给本单位的人。")
        tasks.assign(task, person.id if person else None)
        if person and person.id != account.id:
            tasks.tell(person.id, f"任务 {task.id}“{task.title}”由您承办。")
    elif not may(account, Permission.MANAGE_TASKS):
        raise Refused("改期、退回和销号由市领导小组办公室办理。")
    else:
        _managed(console, task, what, text)
    return what


def _managed(console: Console, task: Task, what: str, text: str) -> None:
    """Do to a task what is the office's to do.

    Raises:
        TaskError: it cannot be done.
    """
    tasks = console.assistant.tasks
    if what == "confirm":
        tasks.confirm(task)
    elif what == "reopen":
        tasks.reopen(task)
    elif what == "redate":
        due = find_day(text, console.assistant.settings.current_day())
        if due is None:
            raise TaskError(f"日期“{text[:20]}”认不出来，请写成 11月30日 或 下周五。")
        tasks.redate(task, due)
    else:
        raise TaskError("没有这项操作，请刷新页面。")
