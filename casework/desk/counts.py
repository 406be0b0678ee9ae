"""Counts as charts need them; light, for they are drawn in a process of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

OPEN, DONE, CONFIRMED = "open", "done", "confirmed"


class Countable(Protocol):
    """A task, as far as it is counted."""

    @property
    def status(self) -> str: ...

    @property
    def due(self) -> date | None: ...


Progress = Literal["open", "overdue", "done", "confirmed"]


def is_late(task: Countable, today: date) -> bool:
    """Whether a task is still open behind its day."""
    return task.status == OPEN and task.due is not None and task.due < today


def progress(tasks: Iterable[Countable], today: date) -> dict[Progress, int]:
    """How far a number of tasks is; an overdue one is not counted as open."""
    counts: dict[Progress, int] = {"open": 0, "overdue": 0, "done": 0, "confirmed": 0}
    for task in tasks:
        key: Progress = "confirmed" if task.status == CONFIRMED else "done"
        if task.status == OPEN:
            key = "overdue" if is_late(task, today) else "open"
        counts[key] += 1
    return counts


@dataclass(frozen=True)
class Statistics:
    """What a unit, or the whole campaign, has before it.

    Attributes:
        weeks: Mondays, the oldest first.
        by_week: sector name -> tip-offs in each of ``weeks``.
        hours_to_act: tip-offs' median hours from submission to a handler's first act; None when none was acted on.
        breaches: clause -> self-checks that own up to a breach of it.
    """

    unit: str | None
    first: date
    last: date
    weeks: tuple[date, ...]
    by_week: dict[str, tuple[int, ...]]
    by_county: dict[str, int]
    by_status: dict[str, int]
    hours_to_act: float | None
    hours_by_week: tuple[float | None, ...]
    breaches: dict[str, int]
    jobs: dict[str, int]
    tasks: dict[str, dict[Progress, int]]

    @property
    def tip_offs(self) -> int:
        return sum(sum(counts) for counts in self.by_week.values())
