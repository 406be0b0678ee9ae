"""The whole campaign under a simulated clock: each reminder once, with two processes, restarts and days off."""

from __future__ import annotations

import pickle
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.reminders import EARLIER, schedule_reminders
from bot.settings import Settings
from casework.desk.account import Account, Preferences, Role
from casework.desk.accounts import Accounts
from casework.desk.plan_tasks import plan_tasks
from casework.desk.reminders import LATE, remind, subject
from casework.desk.tasks import OVERDUE, Task, Tasks
from knowledge.base import KnowledgeBase
from storage.encryption import Encryptor
from storage.settings import LUOYANG
from tests.conftest import ROOT

BEGIN, END = date(2016, 6, 27), date(2016, 12, 9)


class Clock:
    """Two processes over one folder of stores; either may be restarted at any time."""

    def __init__(self, folder: Path, knowledge: KnowledgeBase) -> None:
        self.folder, self.knowledge = folder, knowledge
        self.encryptor = Encryptor([Fernet.generate_key()])
        self.processes = [self.process(), self.process()]
        self.accounts, self.tasks = self.processes[0]
        self.tasks.derive(plan_tasks(knowledge))

    def process(self) -> tuple[Accounts, Tasks]:
        return Accounts(self.folder / "accounts.db", self.encryptor), Tasks(self.folder / "tasks.db", self.encryptor)

    def restart(self) -> None:
        """Both processes end and begin anew on the same files."""
        for stores in self.processes:
            for store in stores:
                store.close()
        self.processes = [self.process(), self.process()]
        self.accounts, self.tasks = self.processes[0]

    def run(self, at: datetime) -> int:
        """Both processes look at the same moment."""
        with ThreadPoolExecutor(2) as pool:
            said = pool.map(lambda stores: remind(stores[0], stores[1], at), self.processes)
        return sum(said)

    def told(self, account: Account) -> list[str]:
        return [notice.text for notice in self.tasks.take(account.id)]


@pytest.fixture
def clock(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[Clock]:
    yield Clock(tmp_path, knowledge)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 5, tzinfo=LUOYANG)


def working_days(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if day.weekday() < 5:
            yield day


def expected(tasks: list[Task]) -> set[str]:
    return {subject(task, rule) for task in tasks if task.due for rule in (7, 3, 1, 0, OVERDUE)}


def test_every_task_is_reminded_once_per_rule_over_the_campaign(clock: Clock) -> None:
    official = clock.accounts.add("xia", "夏雨", "涧西区政府", Role.OFFICIAL)
    clock.accounts.prefer(official, Preferences(digest=False))
    said: list[tuple[date, str]] = []
    for n, day in enumerate(working_days(BEGIN, END)):
        for hour in (8, 9, 13, 17):
            clock.run(at(day, hour))
        if n % 9 == 4:
            clock.restart()
        said += [(day, text) for text in clock.told(official)]
    mine = clock.tasks.of_unit("涧西区政府")
    assert {s for s in clock.tasks.reminded(official.id) if s.startswith("task:")} == expected(mine)
    lines = Counter((day, line) for day, text in said for line in text.split("\n") if line.startswith("· "))
    assert max(lines.values()) == 1
    cleanup = next(task for task in mine if task.rule == "cleanup")
    days = [day for day, text in said if f"任务 {cleanup.id} " in text]
    # 20 October 2016 is a Thursday: 7 days before, Monday, Wednesday, the day itself, and overdue on Friday.
    assert days == [date(2016, 10, 13), date(2016, 10, 17), date(2016, 10, 19), date(2016, 10, 20), date(2016, 10, 21)]
    survey = next(task for task in mine if task.rule == "survey")
    days = [day for day, text in said if f"任务 {survey.id} " in text]
    # 10 July 2016 is a Sunday: what falls on a weekend is said on the Friday before, what is overdue on Monday.
    assert days == [date(2016, 7, 1), date(2016, 7, 7), date(2016, 7, 8), date(2016, 7, 11)]
    assert LATE not in "".join(text for _, text in said)


def test_nobody_is_disturbed_outside_working_hours(clock: Clock) -> None:
    official = clock.accounts.add("xia", "夏雨", "涧西区政府", Role.OFFICIAL)
    for moment in (at(date(2016, 10, 13), 7), at(date(2016, 10, 13), 18), at(date(2016, 10, 15), 10)):
        assert clock.run(moment) == 0
    assert clock.told(official) == []


def test_what_was_missed_is_caught_up_and_marked(clock: Clock) -> None:
    official = clock.accounts.add("xia", "夏雨", "涧西区政府", Role.OFFICIAL)
    clock.accounts.prefer(official, Preferences(digest=False))
    clock.run(at(date(2016, 10, 18)))
    (said,) = clock.told(official)
    cleanup = next(task for task in clock.tasks.of_unit("涧西区政府") if task.rule == "cleanup")
    line = next(line for line in said.split("\n") if f"任务 {cleanup.id} " in line)
    assert line.endswith(LATE)
    assert "还有 2 天" in line
    clock.run(at(date(2016, 10, 18), 14))
    assert clock.told(official) == []


def test_on_monday_a_list_and_the_office_hears_what_is_overdue(clock: Clock) -> None:
    office = clock.accounts.add("liu", "刘芳", "市领导小组办公室", Role.OFFICE)
    official = clock.accounts.add("xia", "夏雨", "涧西区政府", Role.OFFICIAL)
    clock.run(at(date(2016, 10, 17)))
    assert sum("本周任务清单" in text for text in clock.told(official)) == 1
    digest = next(text for text in clock.told(office) if "本周任务清单" in text)
    assert "逾期 25 项" in digest  # the first survey of every county and trade, nothing else has that day
    clock.run(at(date(2016, 10, 17), 11))
    clock.run(at(date(2016, 10, 18)))
    assert not any("清单" in text for text in clock.told(office))


def test_own_wishes(clock: Clock) -> None:
    five = clock.accounts.add("five", "五天", "涧西区政府", Role.OFFICIAL)
    mute = clock.accounts.add("mute", "静音", "涧西区政府", Role.OFFICIAL)
    clock.accounts.prefer(five, Preferences(days=(5,), digest=False))
    clock.accounts.prefer(mute, Preferences(muted=True))
    heard = []
    for day in working_days(date(2016, 10, 12), date(2016, 10, 20)):
        clock.run(at(day))
        heard += [day for text in clock.told(five) if "清理整顿，出具" in text]
    # Five days before Thursday the 20th is Saturday: said on Friday the 14th.
    assert heard == [date(2016, 10, 14), date(2016, 10, 20)]
    assert clock.told(mute) == []


def test_a_finished_or_moved_task(clock: Clock) -> None:
    official = clock.accounts.add("xia", "夏雨", "涧西区政府", Role.OFFICIAL)
    clock.accounts.prefer(official, Preferences(digest=False))
    cleanup = next(task for task in clock.tasks.of_unit("涧西区政府") if task.rule == "cleanup")
    others = [task for task in clock.tasks.of_unit("涧西区政府") if task.due and task.id != cleanup.id]
    for task in others:
        clock.tasks.finish(task, "已办")
    clock.run(at(date(2016, 10, 13)))
    assert len(clock.told(official)) == 1
    moved = clock.tasks.redate(cleanup, date(2016, 11, 10))
    clock.run(at(date(2016, 10, 20)))
    assert clock.told(official) == []
    clock.run(at(date(2016, 11, 3)))
    assert "2016年11月10日" in clock.told(official)[0]
    clock.tasks.finish(moved, "已办结")
    clock.run(at(date(2016, 11, 9)))
    assert clock.told(official) == []


def test_a_task_given_to_one_person_reminds_that_person(clock: Clock) -> None:
    one = clock.accounts.add("one", "甲", "市公安局", Role.OFFICIAL)
    two = clock.accounts.add("two", "乙", "市公安局", Role.OFFICIAL)
    (task,) = [task for task in clock.tasks.of_unit("市公安局") if task.due]
    clock.tasks.assign(task, two.id)
    clock.run(at(date(2016, 10, 13)))
    assert clock.told(one) == []
    assert len(clock.told(two)) == 1


def test_processes_that_wake_at_once_say_it_once(clock: Clock) -> None:
    key = Fernet.generate_key().decode()
    folder, encryptor = clock.folder / "processes", Encryptor([key.encode()])
    accounts, tasks = Accounts(folder / "accounts.db", encryptor), Tasks(folder / "tasks.db", encryptor)
    official = accounts.add("xia", "夏雨", "涧西区政府", Role.OFFICIAL)
    tasks.derive(plan_tasks(clock.knowledge))
    command = [sys.executable, "-c", PROCESS, str(folder), key]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(3)]
    said = [int(process.communicate(timeout=120)[0]) for process in running]
    assert sorted(said) == [0, 0, 1]
    assert len(tasks.take(official.id)) == 1


PROCESS = """
import sys, datetime, pathlib
from storage.encryption import Encryptor
from casework.desk.accounts import Accounts
from casework.desk.reminders import remind
from casework.desk.tasks import Tasks
from storage.settings import LUOYANG
folder, encryptor = pathlib.Path(sys.argv[1]), Encryptor([sys.argv[2].encode()])
stores = Accounts(folder / "accounts.db", encryptor), Tasks(folder / "tasks.db", encryptor)
print(remind(*stores, datetime.datetime(2016, 10, 13, 9, 5, tzinfo=LUOYANG)))
"""


class Planted:
    """What runs as soon as somebody reads it."""

    def __init__(self, ran: Path) -> None:
        self.ran = ran

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.ran,))


def test_a_schedule_that_somebody_planted_is_not_read(tmp_path: Path) -> None:
    """Earlier programs kept jobs as pickles beside the cases: who can write there must not be able to run code."""
    ran = tmp_path / "ran"
    with sqlite3.connect(tmp_path / EARLIER) as planted:
        planted.execute("create table apscheduler_jobs (id text primary key, next_run_time real, job_state blob)")
        planted.execute("insert into apscheduler_jobs values ('reminders', 1, ?)", [pickle.dumps(Planted(ran))])
    planted.close()
    scheduler = schedule_reminders(Settings(data_dir=tmp_path))
    try:
        assert len(scheduler.get_jobs()) == 1
    finally:
        scheduler.shutdown()
    assert not ran.exists()
    assert not (tmp_path / EARLIER).exists()
    pickle.loads(pickle.dumps(Planted(ran)))
    assert ran.exists(), "what was planted does run where it is read"
