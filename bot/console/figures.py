"""The counts as figures: one set of numbers from which the bars, the table beside them and the export are all made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.console.order import in_plan_order
from casework.desk.charts import TITLES, Chart
from casework.desk.counts import Progress, Statistics
from knowledge.directory import Directory

# With the fill that each has in the messengers' picture too.
TASK_SERIES: tuple[tuple[Progress, str, int], ...] = (
    ("overdue", "逾期", 5),
    ("open", "办理中", 1),
    ("done", "待复核", 4),
    ("confirmed", "已销号", 2),
)
FILLS = tuple(range(8))


@dataclass(frozen=True)
class Segment:
    """A stretch of a bar, in hundredths of the longest bar of the figure."""

    fill: int
    start: float
    width: float
    says: str


@dataclass(frozen=True)
class Figure:
    """Numbers by row and series.

    Attributes:
        first: what the rows are (周, 县区 …).
        rows: the label and one number a series; None where nothing was measured.
        unit: of the numbers.
        fills: of each series, colour and hatching together; further series begin again.
    """

    name: Chart
    first: str
    series: Sequence[str]
    rows: Sequence[tuple[str, Sequence[float | None]]]
    unit: str = "件"
    fills: Sequence[int] = FILLS

    @property
    def title(self) -> str:
        return TITLES[self.name]

    @property
    def is_empty(self) -> bool:
        return not any(number for _, numbers in self.rows for number in numbers)

    @property
    def columns(self) -> tuple[str, ...]:
        total = ("合计",) if len(self.series) > 1 else ()
        return (self.first, *self.series, *total)

    def total(self, numbers: Sequence[float | None]) -> float:
        return sum(number or 0 for number in numbers)

    def shown(self, number: float | None) -> str:
        if number is None:
            return "—"
        return f"{number:g}" if isinstance(number, int) else f"{number:.1f}"

    @property
    def table(self) -> list[tuple[str, ...]]:
        """The numbers as a sheet shows them, in the order of ``columns``."""
        lines = []
        for label, numbers in self.rows:
            total = (self.shown(self.total(numbers)),) if len(self.series) > 1 else ()
            lines.append((label, *map(self.shown, numbers), *total))
        return lines

    def segments(self, numbers: Sequence[float | None]) -> list[Segment]:
        longest = max((self.total(row) for _, row in self.rows), default=0) or 1
        found, start = [], 0.0
        for n, number in enumerate(numbers):
            if number:
                width = 100 * number / longest
                fill, says = self.fills[n % len(self.fills)], f"{self.series[n]} {self.shown(number)}"
                found.append(Segment(fill, round(start, 2), round(width, 2), says))
                start += width
        return found


def figures_of(statistics: Statistics, directory: Directory, with_jobs: bool) -> list[Figure]:
    """Every figure of the page that an official may see."""
    weeks = [_day(week) for week in statistics.weeks]
    by_week = [(week, [counts[n] for counts in statistics.by_week.values()]) for n, week in enumerate(weeks)]
    waits = [(week, [hours]) for week, hours in zip(weeks, statistics.hours_by_week, strict=True)]
    units = in_plan_order(directory, statistics.tasks)
    tasks = [(unit or "本单位", [statistics.tasks[unit][key] for key, *_ in TASK_SERIES]) for unit in units]
    figures = [
        Figure("weeks", "周（周一）", tuple(statistics.by_week), by_week),
        Figure("counties", "县区", ("举报",), _single(statistics.by_county)),
        Figure("waiting", "周（周一）", ("小时",), waits, "小时"),
        Figure("breaches", "条款", ("自查疑似违规",), _single(statistics.breaches), "项"),
        Figure("tasks", "单位", tuple(s[1] for s in TASK_SERIES), tasks, "项", tuple(s[2] for s in TASK_SERIES)),
    ]
    if with_jobs:
        figures.insert(4, Figure("jobs", "事项", ("次数",), _single(statistics.jobs), "次"))
    return figures


def _single(counts: dict[str, int]) -> list[tuple[str, Sequence[float | None]]]:
    return [(label, [count]) for label, count in counts.items()]


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
