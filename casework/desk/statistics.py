"""The counts behind charts and weekly reports; nothing in them names a person."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from statistics import median

from casework.cases.case_queries import CaseFilter
from casework.cases.store import CaseStore
from casework.cases.words import STATUS_NAMES
from casework.desk.account import Account
from casework.desk.counts import Statistics, progress
from casework.desk.questions import Questions
from casework.desk.roles import Permission, may, require
from casework.desk.tasks import Tasks
from knowledge.base import KnowledgeBase
from storage.settings import LUOYANG

BREACH = "疑似违规"
UNKNOWN = "未分类"
WEEKS = 12
JOB_NAMES = {
    "policy": "政策",
    "duty": "分工",
    "deadline": "时限",
    "tip_off": "举报",
    "tip_status": "查举报",
    "self_check": "企业自查",
    "petition": "信访口径",
    "tasks": "任务",
    "handoff": "转人工",
    "oos": "范围外",
    "greet": "寒暄",
    "help": "帮助",
    "login": "登录",
}


def statistics_for(
    account: Account, knowledge: KnowledgeBase, cases: CaseStore, tasks: Tasks, questions: Questions, today: date
) -> Statistics:
    """The last WEEKS weeks as this official may see them.

    Raises:
        Refused: not for this role.
    """
    require(account, Permission.SEE_STATISTICS)
    everything = may(account, Permission.SEE_ALL_UNITS)
    unit = None if everything else account.unit
    last = today
    monday = today - timedelta(days=today.weekday())
    weeks = tuple(monday - timedelta(weeks=n) for n in range(WEEKS - 1, -1, -1))
    since = datetime.combine(weeks[0], time(), LUOYANG)
    case_filter = CaseFilter(unit=unit, kind="tip_off", since=since)
    dated = [(name_of_sector(knowledge, s), _monday(at), at, acted) for s, at, acted in cases.dates(case_filter)]
    counted = Counter((sector, week) for sector, week, _, _ in dated)
    sectors = [name for name, _ in Counter(sector for sector, *_ in dated).most_common()]
    waits = [(week, (acted - at).total_seconds() / 3600) for _, week, at, acted in dated if acted]
    by_unit = {unit or "": [task for task in tasks.all() if unit in (None, task.unit)]}
    if everything:
        by_unit = {name: tasks.of_unit(name) for name in dict.fromkeys(task.unit for task in tasks.all())}
    return Statistics(
        unit=unit,
        first=weeks[0],
        last=last,
        weeks=weeks,
        by_week={sector: tuple(counted[sector, week] for week in weeks) for sector in sectors},
        by_county={name or "未写明": n for name, n in _ranked(cases.counts(case_filter, "county"))},
        by_status={STATUS_NAMES[name]: n for name, n in cases.counts(case_filter, "status").items()},
        hours_to_act=median(hours for _, hours in waits) if waits else None,
        hours_by_week=tuple(_median([hours for of, hours in waits if of == week]) for week in weeks),
        breaches=cases.breaches(CaseFilter(unit=unit, kind="self_check"), BREACH),
        jobs=_jobs(questions.turns(weeks[0], today)) if everything else {},
        tasks={name: progress(found, today) for name, found in by_unit.items()},
    )


def name_of_sector(knowledge: KnowledgeBase, sector: str) -> str:
    """What a sector or trade is called; the plan's long names cut to what fits a chart."""
    directory = knowledge.directory
    names = {s.id: s.name for s in directory.sectors} | {trade.id: trade.name for trade in directory.trades}
    return SHORT.get(sector) or names.get(sector, UNKNOWN)


SHORT = {
    "asset_management": "互联网资产管理",
    "advertising": "金融广告与投资理财",
    "real_estate": "房地产",
    "farm_coop": "涉农互助合作",
    "equity_exchange": "产权股权交易",
}


def _monday(at: datetime) -> date:
    day = at.astimezone(LUOYANG).date()
    return day - timedelta(days=day.weekday())


def _median(hours: list[float]) -> float | None:
    return median(hours) if hours else None


def _ranked(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: -item[1])


def _jobs(turns: dict[str, int]) -> dict[str, int]:
    named: Counter[str] = Counter()
    for job, count in turns.items():
        named[JOB_NAMES.get(job, "其他")] += count
    return dict(named.most_common())


def in_words(statistics: Statistics, today: date) -> str:
    """The week in a few lines, for those who cannot see the picture."""
    this, before = (sum(counts[n] for counts in statistics.by_week.values()) for n in (-1, -2))
    lines = [
        f"{statistics.unit or '全市'}本周举报 {this} 件（上周 {before} 件），近 {WEEKS} 周共 {statistics.tip_offs} 件。"
    ]
    if statistics.tip_offs:
        most = max(statistics.by_week, key=lambda sector: sum(statistics.by_week[sector]))
        lines.append(f"最多的领域：{most}（{sum(statistics.by_week[most])} 件）。")
    if statistics.by_status:
        lines.append("办理情况：" + "，".join(f"{name} {n} 件" for name, n in statistics.by_status.items()) + "。")
    if statistics.hours_to_act is not None:
        lines.append(f"从收到到首次办理，中位 {statistics.hours_to_act:.1f} 小时。")
    late = sum(counts["overdue"] for counts in statistics.tasks.values())
    lines.append(f"逾期任务 {late} 项（{today.month}月{today.day}日）。")
    return "\n".join(lines)
