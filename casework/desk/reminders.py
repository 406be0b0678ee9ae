"""What officials are told without asking: days that come near, days that passed, and the list on Monday.

Everything is decided from what is stored and the time given, so that a run after a restart, or a second process,
comes to the same list; the store lets each thing be said once (``Tasks.remind``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from casework.desk.account import Account
from casework.desk.accounts import Accounts
from casework.desk.roles import Permission, may
from casework.desk.tasks import OVERDUE, Task, Tasks
from casework.desk.working_days import is_working_day, last_working_day, next_working_day
from storage.settings import LUOYANG

WORK_FROM, WORK_UNTIL = time(9, 0), time(17, 30)
DIGEST_DAYS = 14
# On a reminder that should have come earlier; it says nothing of the task, which may well have days left.
LATE = "〔补发的提醒〕"


@dataclass(frozen=True)
class Due:
    """A reminder of one task that is to be said today; ``late`` when its day has passed already."""

    task: Task
    subject: str
    late: bool


def in_working_hours(at: datetime) -> bool:
    """Whether officials may be disturbed: on a working day, WORK_FROM to WORK_UNTIL in Luoyang."""
    here = at.astimezone(LUOYANG)
    return is_working_day(here.date()) and WORK_FROM <= here.time() < WORK_UNTIL


def due_for(tasks: Iterable[Task], days: Sequence[int], today: date) -> list[Due]:
    """The reminders of these tasks whose time has come, one for each rule."""
    found = []
    for task in tasks:
        if not task.is_open or task.due is None:
            continue
        if task.due < today:
            # Said on the first working day behind the due day: 周五 due is overdue on 周一, before a holiday after it.
            overdue_since = next_working_day(task.due + timedelta(days=1))
            if overdue_since <= today:
                found.append(Due(task, subject(task, OVERDUE), overdue_since < today))
            continue
        for before in sorted({*days, 0}, reverse=True):
            day = last_working_day(task.due - timedelta(days=before))
            if day <= today:
                found.append(Due(task, subject(task, before), day < today))
    return found


def subject(task: Task, rule: int) -> str:
    """What one reminder is known by: another day for the task makes it another reminder."""
    return f"task:{task.id}:{task.due}:{rule}"


def responsible_for(account: Account, tasks: Tasks) -> list[Task]:
    """The open tasks that somebody is reminded of: their own, and their unit's that nobody else was given."""
    return [t for t in tasks.of_unit(account.unit) if t.is_open and t.assignee in (None, account.id)]


def remind(accounts: Accounts, tasks: Tasks, at: datetime, today: date | None = None) -> int:
    """Say what is due now; returns how many notices were written.

    Args:
        at: the time, with its zone.
        today: the day deadlines are counted from, where it is not that of ``at``.
    """
    if not in_working_hours(at):
        return 0
    today = today or at.astimezone(LUOYANG).date()
    told = 0
    for account in accounts.everybody():
        if may(account, Permission.SEE_TASKS) and not account.preferences.muted:
            told += _remind(account, tasks, today)
            told += _digest(account, tasks, today)
    return told


def _remind(account: Account, tasks: Tasks, today: date) -> bool:
    said = tasks.reminded(account.id)
    come = due_for(responsible_for(account, tasks), account.preferences.days, today)
    new = [due for due in come if due.subject not in said]
    if not new:
        return False
    lines = {due.task.id: f"· {_line(due.task, today)}{LATE if due.late else ''}" for due in new}
    text = "任务提醒：\n" + "\n".join(lines.values()) + "\n办完请回复“完成 任务编号 办理情况”。"
    return tasks.remind(account.id, [due.subject for due in new], text)


def _digest(account: Account, tasks: Tasks, today: date) -> bool:
    """On the first working run of a week: what is overdue and what comes in the next two weeks."""
    monday = today - timedelta(days=today.weekday())
    first = next_working_day(monday)
    if not account.preferences.digest or f"digest:{monday}" in tasks.reminded(account.id) or today != first:
        return False
    mine = responsible_for(account, tasks)
    seen = tasks.all() if may(account, Permission.SEE_ALL_UNITS) else mine
    late = [task for task in seen if task.is_late(today)]
    near = [t for t in mine if t.due and today <= t.due <= today + timedelta(days=DIGEST_DAYS)]
    if not late and not near:
        return False
    lines = [f"本周任务清单（{today.month}月{today.day}日）："]
    lines += [f"逾期 {len(late)} 项：", *(f"· {_line(t, today, with_unit=t not in mine)}" for t in late[:MOST_LISTED])]
    lines += [f"…… 其余 {len(late) - MOST_LISTED} 项请说“逾期的”查看。"] if len(late) > MOST_LISTED else []
    lines = lines if late else lines[:1]
    lines += [f"两周内到期 {len(near)} 项：", *(f"· {_line(t, today)}" for t in near)] if near else []
    return tasks.remind(account.id, [f"digest:{monday}"], "\n".join(lines))


MOST_LISTED = 10


def _line(task: Task, today: date, with_unit: bool = False) -> str:
    unit = f"{task.unit}：" if with_unit else ""
    return f"任务 {task.id} {unit}{task.title}，{when(task, today)}"


def when(task: Task, today: date) -> str:
    """A task's day and how far it is, in words."""
    left = task.days_left(today)
    if task.due is None or left is None:
        return "方案未规定日期"
    day = f"{task.due.year}年{task.due.month}月{task.due.day}日前"
    if not task.is_open:
        return day
    return f"{day}（{f'还有 {left} 天' if left > 0 else '就是今天' if left == 0 else f'已逾期 {-left} 天'}）"
