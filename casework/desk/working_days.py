"""Working days of China: holidays and make-up working days as the State Council sets them, year by year.

The days are chinese-calendar's; a year that it does not have yet counts by the week alone (docs/operations.md says how
it is brought up to date each November).
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

SATURDAY = 5


def is_working_day(day: date) -> bool:
    """Whether offices are open: no holiday, and a Saturday or Sunday only where it makes up for one."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # a year whose holidays are not known
        return day.weekday() < SATURDAY


def known_until() -> int:
    """The last year whose holidays are known."""
    years: set[int] = {day.year for day in chinese_calendar.constants.holidays}
    return max(years)


def last_working_day(day: date) -> date:
    """The day itself, or the last working day before it."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def next_working_day(day: date) -> date:
    """The day itself, or the first working day behind it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def working_day_after(day: date, count: int) -> date:
    """So many working days behind a day; the day itself is not counted."""
    for _ in range(count):
        day = next_working_day(day + timedelta(days=1))
    return day
