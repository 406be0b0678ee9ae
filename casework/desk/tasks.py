"""Tasks and reminders at rest: what each unit must do by when, how far it is, and what was said to whom about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from casework.desk.counts import CONFIRMED, DONE, OPEN, is_late
from storage.database import SECRETS, EncryptedStore, creates, now, time_of

if TYPE_CHECKING:
    from casework.desk.plan_tasks import PlanTask

STATUS_NAMES = {OPEN: "办理中", DONE: "已反馈，待复核", CONFIRMED: "已销号"}
LONGEST_NOTE, LONGEST_TITLE = 500, 80
OVERDUE = -1

SCHEMA = f"""{SECRETS};
create table tasks (
    id integer primary key, rule text, unit text not null, title text not null, clause text, quote text,
    due text, planned text, status text not null default 'open', note blob, assignee text,
    done real, revision integer not null default 0, unique (rule, unit));
create index tasks_unit on tasks (unit, status);
create table reminded (
    account_id text not null, subject text not null, at real not null, primary key (account_id, subject));
create table notices (
    id integer primary key, account_id text not null, body blob not null, at real not null, delivered real);
create index notices_open on notices (account_id) where delivered is null;
"""


class TaskError(ValueError):
    """Something cannot be done to a task; the message says why, in Chinese."""


@dataclass(frozen=True)
class Task:
    """What a unit must do.

    Attributes:
        rule: id in tasks.yml; None for a task that the office gave.
        planned: the day the plan sets, where the office set another.
        assignee: account id of the person in the unit who does it.
    """

    id: int
    rule: str | None
    unit: str
    title: str
    clause: str | None
    quote: str | None
    due: date | None
    planned: date | None
    status: str
    note: str | None = field(repr=False)
    assignee: str | None
    done: datetime | None
    revision: int

    @property
    def is_open(self) -> bool:
        return self.status == OPEN

    def is_late(self, today: date) -> bool:
        return is_late(self, today)

    def days_left(self, today: date) -> int | None:
        return None if self.due is None else (self.due - today).days


@dataclass(frozen=True)
class Notice:
    """Something to tell an official in their own channel."""

    id: int
    account_id: str
    text: str = field(repr=False)
    at: datetime


REMINDED = "insert into reminded (account_id, subject, at) values (?, ?, ?) on conflict do nothing"


class Tasks(EncryptedStore):
    """Tasks and notices in one SQLite file."""

    sealed = (("tasks", "note", ("id",)), ("notices", "body", ("id", "account_id")))
    migrations = (creates(SCHEMA),)

    # Tasks ------------------------------------------------------------------------------------------------

    def derive(self, planned: Iterable[PlanTask]) -> int:
        """Add the plan's tasks that are not there yet; returns how many. What the office changed stays."""
        added = 0
        with self._writing():
            for task in planned:
                day = task.due.isoformat() if task.due else None
                added += self._db.execute(
                    "insert into tasks (rule, unit, title, clause, quote, due, planned) "
                    "values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                    [task.rule, task.unit, task.title, task.clause, task.quote, day, day],
                ).rowcount
        return added

    def all(self) -> list[Task]:
        return self._found("")

    def of_unit(self, unit: str) -> list[Task]:
        """A unit's tasks, the nearest day first, those without a day last."""
        return self._found("where unit = ?", unit)

    def get(self, task_id: int) -> Task | None:
        return next(iter(self._found("where id = ?", task_id)), None)

    def add(self, title: str, unit: str, due: date) -> Task:
        """A task that the office gives a unit beyond the plan's."""
        title = title.strip()[:LONGEST_TITLE]
        if not title:
            raise TaskError("请写明任务内容。")
        with self._writing():
            statement = "insert into tasks (unit, title, due) values (?, ?, ?) returning id"
            (task_id,) = self._db.execute(statement, [unit, title, due.isoformat()]).fetchone()
        return self._required(task_id)

    def redate(self, task: Task, due: date) -> Task:
        """Set another day; reminders count from it anew."""
        return self._changed(task, "due = ?", due.isoformat())

    def new_year(self, year: int) -> int:
        """Begin the plan's steps anew in another year, each on its own day; returns how many tasks."""
        with self._writing():
            return int(
                self._db.execute(
                    "update tasks set due = ? || substr(planned, 5), status = ?, note = null, done = null, "
                    "revision = revision + 1 where rule is not null and planned is not null",
                    [f"{year:04d}", OPEN],
                ).rowcount
            )

    def finish(self, task: Task, note: str) -> Task:
        """Mark as done, with what was done.

        Raises:
            TaskError: it was done before.
        """
        if not task.is_open:
            raise TaskError(f"任务 {task.id} {STATUS_NAMES[task.status]}，无需再次反馈。")
        sealed = self._seal("tasks", "note", note.strip()[:LONGEST_NOTE], task.id)
        return self._changed(task, "status = ?, note = ?, done = ?", DONE, sealed, now())

    def reopen(self, task: Task) -> Task:
        return self._changed(task, "status = ?, done = null", OPEN)

    def confirm(self, task: Task) -> Task:
        """The office agrees that it is done (复核销号).

        Raises:
            TaskError: nobody has said that it is done.
        """
        if task.status != DONE:
            raise TaskError(f"任务 {task.id} 还没有反馈，不能销号。")
        return self._changed(task, "status = ?", CONFIRMED)

    def assign(self, task: Task, account_id: str | None) -> Task:
        return self._changed(task, "assignee = ?", account_id)

    # Reminders --------------------------------------------------------------------------------------------

    def remind(self, account_id: str, subjects: Sequence[str], text: str) -> bool:
        """Tell somebody something once: False, and nothing is said, when all of it was said before.

        Whichever of several processes comes first says it; the subjects and the notice are one transaction.
        """
        at = now()
        with self._writing():
            new = sum(self._db.execute(REMINDED, [account_id, subject, at]).rowcount for subject in subjects)
            if new:
                self._put_notice(account_id, text)
        return bool(new)

    def reminded(self, account_id: str) -> set[str]:
        return {subject for (subject,) in self._read("select subject from reminded where account_id = ?", account_id)}

    def tell(self, account_id: str, text: str) -> None:
        """Put a notice where its reader will see it next."""
        with self._writing():
            self._put_notice(account_id, text)

    def _put_notice(self, account_id: str, text: str) -> None:
        number = self._next_id("notices")
        body = self._seal("notices", "body", text, number, account_id)
        self._db["notices"].insert({"id": number, "account_id": account_id, "body": body, "at": now()})

    def undelivered(self, account_id: str) -> list[Notice]:
        statement = (
            "select id, account_id, body, at from notices where account_id = ? and delivered is null order by id"
        )
        return [self._notice(row) for row in self._read(statement, account_id)]

    def delivered(self, notice_ids: Sequence[int]) -> None:
        """These were handed to a messenger's own queue, which will not lose them."""
        with self._writing():
            for notice_id in notice_ids:
                self._db.execute("update notices set delivered = ? where id = ?", [now(), notice_id])

    def take(self, account_id: str) -> list[Notice]:
        """What somebody has not been told yet; from now on it counts as told."""
        with self._writing():
            rows = self._db.execute(
                "update notices set delivered = ? where account_id = ? and delivered is null "
                "returning id, account_id, body, at",
                [now(), account_id],
            ).fetchall()
        return sorted(map(self._notice, rows), key=_by_id)

    def _notice(self, row: Any) -> Notice:
        number, account_id, body, at = row
        return Notice(number, account_id, self._open("notices", "body", body, number, account_id), time_of(at))

    # Within -----------------------------------------------------------------------------------------------

    def _found(self, where: str, *values: Any) -> list[Task]:
        columns = "id, rule, unit, title, clause, quote, due, planned, status, note, assignee, done, revision"
        rows = self._read(f"select {columns} from tasks {where} order by due is null, due, id", *values)
        return [self._task(row) for row in rows]

    def _changed(self, task: Task, what: str, *values: Any) -> Task:
        with self._writing():
            self._db.execute(f"update tasks set {what}, revision = revision + 1 where id = ?", [*values, task.id])
        return self._required(task.id)

    def _required(self, task_id: int) -> Task:
        task = self.get(task_id)
        if task is None:
            raise TaskError("没有这个任务。")
        return task

    def _task(self, row: Any) -> Task:
        task_id, rule, unit, title, clause, quote, due, planned, status, note, assignee, done, revision = row
        return Task(
            task_id,
            rule,
            unit,
            title,
            clause,
            quote,
            date.fromisoformat(due) if due else None,
            date.fromisoformat(planned) if planned else None,
            status,
            self._open("tasks", "note", note, task_id) if note else None,
            assignee,
            None if done is None else time_of(done),
            revision,
        )


def _by_id(notice: Notice) -> int:
    return notice.id
