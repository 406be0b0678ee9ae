"""Tasks as an iCalendar (RFC 5545), to import once or to subscribe to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from casework.desk.tasks import STATUS_NAMES, Task
from knowledge.locality import locality

PRODUCT = "-//{city}互联网金融风险专项整治//任务日历//CN"


def as_calendar(tasks: Iterable[Task], name: str, at: datetime) -> bytes:
    """Every open task with a day, as an all-day event that keeps its identity when the day changes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT.format(city=locality().full))
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    for task in tasks:
        if task.due and task.is_open:
            calendar.add_component(_event(task, at))
    return bytes(calendar.to_ical())


def _event(task: Task, at: datetime) -> Event:
    event = Event()
    event.add("uid", f"task-{task.id}@luoyang-internet-finance")
    event.add("sequence", task.revision)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("summary", f"【到期】{task.title}")
    event.add("dtstart", task.due)
    event.add("dtend", (task.due or at.date()) + timedelta(days=1))  # exclusive
    source = f"依据：{task.clause}“{task.quote}”" if task.clause else "市领导小组办公室交办"
    event.add("description", f"{task.unit}　{STATUS_NAMES[task.status]}\n{source}")
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", task.title)
    alarm.add("trigger", timedelta(days=-1, hours=9))
    event.add_component(alarm)
    return event
