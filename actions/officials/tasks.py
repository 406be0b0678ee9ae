"""What officials ask about their tasks, and what they do with one: 我的任务, 本月到期, 完成 3 已报送, 提前5天."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.officials.login import said_by, signed_in
from actions.replies import Reply, fixed
from actions.served import ServedAction
from actions.wording import wording
from casework.cases.audit_acts import AuditAct
from casework.cases.links import CalendarLink, calendar_path
from casework.desk.account import MOST_AHEAD, Account
from casework.desk.accounts import Accounts
from casework.desk.dates import Span, find_span, unread, whole_number
from casework.desk.reminders import when
from casework.desk.roles import Permission, Refused, may, require
from casework.desk.tasks import STATUS_NAMES, Task, TaskError, Tasks
from casework.interview.showing import Button
from casework.services import Services
from knowledge.base import KnowledgeBase
from knowledge.citations import Citation, cite
from knowledge.counties import desks
from knowledge.directory import Directory
from knowledge.text import normalise
from storage.encryption import Encryptor

MOST_LISTED = 8


class ActionTasks(ServedAction):
    """我的任务, 本月到期, 完成 3 已报送, 改成提前5天, 日历."""

    def name(self) -> str:
        return "action_tasks"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        account = signed_in(self.services, tracker)
        if account is None:
            fixed("tasks", wording().tasks, self.services.knowledge).send(dispatcher)
            return []
        try:
            account = require(account, Permission.SEE_TASKS)
            answer_tasks(self.services, account, said_by(tracker)).send(dispatcher)
        except (Refused, TaskError) as error:
            Reply("tasks", str(error)).send(dispatcher)
        return []


FINISH = re.compile(r"^(?:完成|办结|反馈)(?:任务)?[:： ]*(\d{1,6})(?!\d)(?:号|项)?[,，:： ]*(.*)$", re.DOTALL)
MUTE = re.compile(r"(不要|取消|停止|关闭|别|不用).{0,3}提醒")
UNMUTE = re.compile(r"(恢复|打开|开启|继续|设置|要).{0,3}提醒")
AHEAD = re.compile(r"提前([0-9一二两三四五六七八九十、,，和及天 ]{1,20})天")
ASKS_LATE = re.compile(r"逾期|过期|超期|拖了|到期没办")
ASKS_ALL = re.compile(r"全市|各单位|所有单位|全部单位")
ASKS_COUNTIES = re.compile(r"县里|各县|县区|区里|县（市、区）|县市区")
ASKS_PROGRESS = re.compile(r"进展|进度|完成情况|办得怎么样|完成了没")
ASKS_CALENDAR = re.compile(r"日历|ics|日程")


def tasks_or_why_not(services: Services, account: Account, message: str) -> Reply:
    """What an official asks about tasks, or what is wrong with how they ask."""
    try:
        return answer_tasks(services, account, message)
    except (Refused, TaskError) as error:
        return Reply("tasks", str(error))


def answer_tasks(services: Services, account: Account, message: str) -> Reply:
    """What an official asks about tasks, or does with one.

    Raises:
        TaskError: what they want done cannot be.
    """
    text = normalise(message)
    if match := FINISH.match(message):
        return _finished(services, account, int(match[1]), match[2])
    if "提醒" in text or AHEAD.search(text):
        return _reminding(services.accounts, account, text)
    if ASKS_CALENDAR.search(text):
        return _calendar(services.encryptor, account)
    return _seen(services, account, text)


def _seen(services: Services, account: Account, text: str) -> Reply:
    tasks, today, knowledge = services.tasks, services.today(), services.knowledge
    everything = may(account, Permission.SEE_ALL_UNITS)
    if strange := unread(text, today):
        raise TaskError(f"“{strange}”是哪一天没有看懂，请写成“12月5日”“2026-12-05”“12月1日到12月10日”或“3个工作日内”。")
    if ASKS_COUNTIES.search(text):
        mine = tasks.all() if everything else tasks.of_unit(account.unit)
        counties = {unit for unit in desks(knowledge.directory) if unit.endswith(COUNTY_ENDINGS)}
        return _by_rule(knowledge, [task for task in mine if task.unit in counties], today)
    if everything and ASKS_ALL.search(text) and not ASKS_PROGRESS.search(text) and not ASKS_LATE.search(text):
        span = find_span(text, today)
        return _by_rule(knowledge, [t for t in tasks.all() if span is None or t.due in span], today, "各单位的任务：")
    named = unit_named(knowledge.directory, text) if everything else None
    unit = named or account.unit
    found = tasks.of_unit(unit)
    if ASKS_PROGRESS.search(text) and everything and named is None:
        return _progress(tasks, today)
    if ASKS_LATE.search(text):
        late = [task for task in (tasks.all() if everything and not named else found) if task.is_late(today)]
        return _listed(
            knowledge, f"逾期未办 {len(late)} 项：" if late else "没有逾期的任务。", late, today, with_unit=everything
        )
    if span := find_span(text, today):
        inside = [task for task in found if task.due in span]
        meant = f"{span.said}{_by_calendar(span)}"
        head = f"{meant}到期 {len(inside)} 项（{unit}）：" if inside else f"{unit}{meant}没有到期的任务。"
        return _listed(knowledge, head, inside, today)
    return _mine(knowledge, unit, found, today)


def _by_calendar(span: Span) -> str:
    """What a span is by the calendar, where the words leave room for doubt: 1月（2017年1月1日至31日）."""
    if not PLAIN_MONTH.fullmatch(span.said):
        return ""
    return f"（{span.first.year}年{span.first.month}月{span.first.day}日至{span.last.month}月{span.last.day}日）"


# A month or a day without its year, and what depends on the day it is said.
PLAIN_MONTH = re.compile(
    r"[\d一二三四五六七八九十]+月份?[初中底末]?|.{1,8}(?:到|至|-).{1,10}|.{0,4}季度|.{1,6}工作日(?:之?内|以内)"
)
COUNTY_ENDINGS = ("区政府", "县政府", "市政府")


def _finished(services: Services, account: Account, number: int, note: str) -> Reply:
    require(account, Permission.FINISH_TASKS)
    task = services.tasks.get(number)
    if task is None or (task.unit != account.unit and not may(account, Permission.MANAGE_TASKS)):
        raise TaskError(f"本单位没有编号为 {number} 的任务。请说“我的任务”查看编号。")
    if not note.strip():
        raise TaskError(f"请写明办理情况，例如“完成 {number} 方案已报送市领导小组办公室”。")
    services.tasks.finish(task, note)
    services.cases.record(account.id, AuditAct.TASK, what="finish", task=task.id)
    return Reply("tasks", f"已记录：任务 {task.id}“{task.title}”已反馈，等待市领导小组办公室复核。", MORE)


def _reminding(accounts: Accounts, account: Account, text: str) -> Reply:
    kept = account.preferences
    if match := AHEAD.search(text):
        said_days = re.findall(r"\d+|[一二两三四五六七八九十]+", match[1])
        days = sorted({n for n in map(whole_number, said_days) if n > 0}, reverse=True)
        if not days or max(days) > MOST_AHEAD:
            raise TaskError(f"请说提前几天，1 至 {MOST_AHEAD} 天，例如“改成提前5天提醒”。")
        accounts.prefer(account, replace(kept, days=tuple(days), muted=False))
        said = "、".join(map(str, days))
        return Reply("tasks", f"好的，以后提前 {said} 天、当天和逾期时提醒您。", (Button("不要提醒", "不要提醒"),))
    if MUTE.search(text):
        accounts.prefer(account, replace(kept, muted=True))
        return Reply(
            "tasks", "好的，不再提醒。任务仍可随时查看，说“恢复提醒”可以再打开。", (Button("恢复提醒", "恢复提醒"),)
        )
    if UNMUTE.search(text):
        account = accounts.prefer(account, replace(kept, muted=False))
    if account.preferences.muted:
        return Reply("tasks", "提醒现在是关闭的。", (Button("恢复提醒", "恢复提醒"),))
    said = "、".join(map(str, account.preferences.days))
    text = f"到期前 {said} 天、到期当天和逾期时，在工作日上班时间提醒您，周一发清单。可以说“改成提前5天”或“不要提醒”。"
    return Reply("tasks", text, (Button("改成提前5天", "改成提前5天"), Button("不要提醒", "不要提醒")))


def _calendar(encryptor: Encryptor, account: Account) -> Reply:
    url = calendar_path(encryptor, CalendarLink(account.id))
    files = [{"title": "任务日历.ics", "url": url}]
    text = (
        "这是本单位未完成任务的日历文件，可以导入手机或电脑日历。要让日历自动更新，请在工作台“我的账号”里取订阅地址。"
    )
    return Reply("tasks", text, extra={"files": files}, attachment=url)


def _mine(knowledge: KnowledgeBase, unit: str, tasks: list[Task], today: date) -> Reply:
    waiting = [task for task in tasks if task.is_open]
    if not tasks:
        return _standing(knowledge, unit)
    head = f"{unit}的任务共 {len(tasks)} 项，未完成 {len(waiting)} 项："
    reply = _listed(knowledge, head, waiting or tasks, today)
    standing = _duties(knowledge, unit)
    more = f"\n另有方案明确的职责 {len(standing)} 条，问“{unit}负责什么”查看原文。" if standing else ""
    return replace(reply, text=reply.text + more)


def _standing(knowledge: KnowledgeBase, unit: str) -> Reply:
    citations = _duties(knowledge, unit)
    if not citations:
        return Reply("tasks", f"方案没有给{unit}规定有日期的任务。", MORE)
    lines = "\n\n".join(f"【{citation.clause.id}】{citation.quote}" for citation in citations)
    return Reply("tasks", f"方案没有给{unit}规定有日期的任务，职责如下：\n\n{lines}", (), citations)


def _duties(knowledge: KnowledgeBase, unit: str) -> tuple[Citation, ...]:
    known = next((u for u in knowledge.directory.units if u.name == unit), None)
    return tuple(dict.fromkeys(cite(knowledge, duty.clause, duty.quote) for duty in known.duties)) if known else ()


MORE = (Button("我的任务", "我的任务"), Button("本月到期", "本月到期的任务"))


def _listed(knowledge: KnowledgeBase, head: str, tasks: list[Task], today: date, with_unit: bool = False) -> Reply:
    shown = tasks[: MOST_LISTED * 2]
    lines = [head]
    for task in shown:
        state = "" if task.is_open else f"，{STATUS_NAMES[task.status]}"
        unit = f"{task.unit}：" if with_unit else ""
        source = f"【{task.clause}】" if task.clause else ""
        lines.append(f"任务 {task.id}　{unit}{task.title}，{when(task, today)}{state}{source}")
    if len(tasks) > len(shown):
        lines.append(f"…… 共 {len(tasks)} 项，完整清单见工作台。")
    if any(task.is_open for task in shown):
        lines.append("办完请回复“完成 任务编号 办理情况”。")
    return Reply("tasks", "\n".join(lines), (*MORE, Button("逾期的", "逾期的任务")), _cited(knowledge, shown))


def _cited(knowledge: KnowledgeBase, tasks: list[Task]) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(cite(knowledge, t.clause, t.quote) for t in tasks if t.clause and t.quote))


def _by_rule(
    knowledge: KnowledgeBase, found: list[Task], today: date, head: str = "各县（市、区）政府要做的："
) -> Reply:
    """The same task of many counties as one line."""
    rules: dict[str, list[Task]] = {}
    for task in found:
        rules.setdefault(task.title, []).append(task)
    lines = [head if found else "没有符合条件的任务。"]
    for title, tasks in rules.items():
        waiting = [task for task in tasks if task.is_open]
        how = f"，{len(tasks) - len(waiting)}/{len(tasks)} 个单位已反馈" if len(tasks) > 1 else ""
        source = f"【{tasks[0].clause}】" if tasks[0].clause else ""
        lines.append(f"· {title}，{when(tasks[0], today)}{how}{source}")
    firsts = [tasks[0] for tasks in rules.values()]
    return Reply("tasks", "\n".join(lines), MORE, _cited(knowledge, firsts))


def _progress(tasks: Tasks, today: date) -> Reply:
    every = tasks.all()
    waiting = [t for t in every if t.is_open]
    late = [task for task in waiting if task.is_late(today)]
    behind: dict[str, int] = {}
    for task in late:
        behind[task.unit] = behind.get(task.unit, 0) + 1
    done = len(every) - len(waiting)
    lines = [f"全市任务 {len(every)} 项：已反馈 {done} 项，未完成 {len(waiting)} 项，其中逾期 {len(late)} 项。"]
    worst = sorted(behind.items(), key=lambda item: -item[1])[:MOST_LISTED]
    lines += ["逾期较多的单位：" + "、".join(f"{unit} {n} 项" for unit, n in worst)] if worst else []
    return Reply("tasks", "\n".join(lines), (Button("逾期的", "逾期的任务"), Button("本周统计", "本周统计")))


def unit_named(directory: Directory, text: str) -> str | None:
    for mention in directory.mentions(text):
        if mention.kind == "unit":
            return mention.id
        if mention.kind == "county":
            return next((unit for unit in desks(directory) if unit.startswith(mention.id)), None)
    return None
