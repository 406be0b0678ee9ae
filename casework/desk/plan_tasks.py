"""Tasks as the plan gives them: data/tasks.yml, spread over the units that the directory names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pydantic import Field

from casework import DATA
from knowledge.base import KnowledgeBase
from knowledge.counties import COUNTIES, county_government
from knowledge.data_problems import problem_at
from knowledge.datafile import Data, DataFileError, load, of_city
from knowledge.directory import LEADING_GROUP, OFFICE, Directory
from knowledge.quotes import misquotes

GROUPS = ("sector_leads", "trade_units", "counties", "members", "leading_group", "office")


class TaskRule(Data):
    """Something the plan asks of units.

    Attributes:
        who: groups of units, or units by the directory's name.
        step: the step of 四（二） whose day is the task's day; None where the plan sets none.
    """

    id: str
    title: str
    who: tuple[str, ...] = Field(min_length=1)
    step: str | None = None
    clause: str
    quote: str


class TaskFile(Data):
    tasks: tuple[TaskRule, ...] = Field(min_length=1)


@dataclass(frozen=True)
class PlanTask:
    """A task of one unit; ``due`` None where the plan sets no day."""

    rule: str
    unit: str
    title: str
    clause: str
    quote: str
    due: date | None


@lru_cache(maxsize=1)
def task_rules(knowledge: KnowledgeBase) -> tuple[TaskRule, ...]:
    """Read the file.

    Raises:
        DataFileError: a quote is not word for word in its clause, or the plan has no such step or unit.
    """
    path = DATA / "tasks.yml"
    rules = load(path, TaskFile).tasks
    steps = {deadline.id for deadline in knowledge.directory.deadlines}
    problems = [*misquotes(path, knowledge.plan, [(rule.clause, rule.quote) for rule in rules])]
    at = of_city(path)
    problems += [
        problem_at(at, f"任务 {r.id} 写了方案没有的步骤 {r.step}。请改成 directory.yml 里 deadlines 的编号", r.id)
        for r in rules
        if r.step and r.step not in steps
    ]
    known = {*GROUPS, *(unit.name for unit in knowledge.directory.units)}
    problems += [
        problem_at(at, f"任务 {r.id} 的承办单位“{who}”不在单位名录里。请改成 directory.yml 里的名称", r.id)
        for r in rules
        for who in r.who
        if who not in known
    ]
    if problems:
        raise DataFileError("\n".join(problems))
    return rules


def units_of(directory: Directory, who: str) -> list[str]:
    """The units that a rule speaks of."""
    if who == "sector_leads":
        return [sector.lead for sector in directory.sectors]
    if who == "trade_units":
        return [trade.unit for trade in directory.trades]
    if who == "counties":
        return [county_government(county) for county in directory.counties]
    if who == "members":
        groups = {LEADING_GROUP, OFFICE, COUNTIES}
        return [unit.name for unit in directory.units if unit.name not in groups and directory.members_of(unit.name)]
    return [{"leading_group": LEADING_GROUP, "office": OFFICE}.get(who, who)]


def plan_tasks(knowledge: KnowledgeBase) -> list[PlanTask]:
    """Every task of every unit, in the order of the file."""
    directory, found = knowledge.directory, dict[tuple[str, str], PlanTask]()
    for rule in task_rules(knowledge):
        due = directory.deadline(rule.step).date if rule.step else None
        for unit in (unit for who in rule.who for unit in units_of(directory, who)):
            found.setdefault((rule.id, unit), PlanTask(rule.id, unit, rule.title, rule.clause, rule.quote, due))
    return list(found.values())
