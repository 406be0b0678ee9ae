"""Tells the officials of a unit that something waits for them: number and urgency, never a word of the content."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from casework.cases.case import Case, Route
from casework.cases.releases import OPEN_HOURS, WISHES, Release, What
from casework.desk.account import Account
from casework.desk.roles import Permission, may
from casework.workflows import WORKFLOWS
from knowledge.directory import OFFICE

if TYPE_CHECKING:
    from casework.services import Services

URGENT = 2


def announce(services: Services, case: Case, routes: Iterable[Route]) -> None:
    """A case arrived: its lead unit hears of it, and of an urgent one the leading group's office too (四（二）1)."""
    urgent = case.severity == URGENT and case.kind == "tip_off"
    units = {route.unit for route in routes if route.role == "lead"} | ({OFFICE} if urgent else set())
    mark, where = ("【重大】" if urgent else ""), f"，{case.county}" if case.county else ""
    what = f"{mark}新转来{WORKFLOWS[case.kind].name} {case.number}{where}"
    _tell(services, units, f"{what}，请及时受理：回复“案件 {case.number}”或到工作台查看。")


def answered(services: Services, case: Case, routes: Iterable[Route]) -> None:
    """The reporter or the enterprise wrote or sent something."""
    if not services.tells_officials:
        services.cases.leave_announcement(case)
        return
    units = {route.unit for route in routes if route.role == "lead"}
    _tell(
        services,
        units,
        f"{WORKFLOWS[case.kind].brought_by}对 {case.number} 补充了情况，请查看：回复“案件 {case.number}”。",
    )


def announce_what_was_left(services: Services) -> int:
    """Tell the officials what processes left that know none; returns of how many cases."""
    cases = services.cases.take_announcements()
    for case in cases:
        answered(services, case, services.cases.routes(case))
    return len(cases)


def wants_release(services: Services, account: Account, what: What, case: Case | None) -> None:
    """Somebody asks to take something out: whoever may agree hears of it, but for who asks."""
    about = f"（{case.number}）" if case else ""
    text = f"{account.unit}申请{WISHES[what]}{about}，请到工作台“调取审批”处理。"
    for person in services.accounts.everybody():
        if person.id != account.id and may(person, Permission.RELEASE):
            services.tasks.tell(person.id, text)


def released(services: Services, release: Release, case: Case | None) -> None:
    """Who asked hears what was decided."""
    about = f"（{case.number}）" if case else ""
    how = "在案件页面查看" if release.request.what == "contact" else "下载：见工作台“我的调取”"
    if release.agreed and release.request.what == "destroy":
        services.tasks.tell(release.request.asked_by, f"您申请销毁的案件{about}已销毁，备份中也打不开了。")
        return
    word = f"已同意，{OPEN_HOURS} 小时内可以{how}" if release.agreed else "审批人没有同意"
    text = f"您申请{WISHES[release.request.what]}{about}，{word}。"
    services.tasks.tell(release.request.asked_by, text)


def _tell(services: Services, units: Iterable[str], text: str) -> None:
    for unit in sorted(units):
        for person in services.accounts.of_unit(unit):
            services.tasks.tell(person.id, text)
