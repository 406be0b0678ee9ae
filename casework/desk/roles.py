"""Who may do what: the one place that decides, and what is not named here is refused."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from casework.cases.case import Route
from casework.desk.account import Account, Role

ROLE_NAMES = {
    Role.OFFICIAL: "单位工作人员",
    Role.PETITION: "信访工作人员",
    Role.OFFICE: "领导小组办公室",
    Role.ADMINISTRATOR: "系统管理员",
    Role.CUSTODIAN: "资料保管员",
}
# What each is there for, in words for whoever makes an account.
ROLE_MEANINGS = {
    Role.OFFICIAL: "看和办转给本单位的案件",
    Role.PETITION: "查标准口径和办理进度，看不到举报内容",
    Role.OFFICE: "看和办全市案件，管任务、口径、审批",
    Role.ADMINISTRATOR: "管账号，看不到案件",
    Role.CUSTODIAN: "审批调取原件、联系方式和销毁，看不到案件",
}


class Permission(StrEnum):
    OWN_ACCOUNT = "own account"
    SEE_TASKS = "see tasks"
    FINISH_TASKS = "finish tasks"
    MANAGE_TASKS = "manage tasks"
    SEE_CASES = "see cases"
    ACT_ON_CASES = "act on cases"
    SEE_CASE_STATUS = "see case status"
    ENTER_REPORTS = "enter reports"
    EXPORT = "export"
    RELEASE = "release"
    SEE_STATISTICS = "see statistics"
    SEE_ALL_UNITS = "see all units"
    SEE_EXPLANATIONS = "see explanations"
    ANSWER_QUESTIONS = "answer questions"
    KEEP_DOCUMENTS = "keep documents"
    SEE_AUDIT = "see audit"
    MANAGE_ACCOUNTS = "manage accounts"
    APPROVE_ACCOUNTS = "approve accounts"


EVERYBODY = {Permission.OWN_ACCOUNT, Permission.SEE_EXPLANATIONS}
UNIT = EVERYBODY | {
    Permission.SEE_TASKS,
    Permission.FINISH_TASKS,
    Permission.SEE_CASES,
    Permission.ACT_ON_CASES,
    Permission.SEE_CASE_STATUS,
    Permission.ENTER_REPORTS,
    Permission.EXPORT,
    Permission.SEE_STATISTICS,
}
ALLOWED: dict[Role, set[Permission]] = {
    Role.OFFICIAL: UNIT,
    Role.PETITION: EVERYBODY | {Permission.SEE_TASKS, Permission.FINISH_TASKS, Permission.SEE_CASE_STATUS},
    Role.OFFICE: UNIT
    | {
        Permission.MANAGE_TASKS,
        Permission.SEE_ALL_UNITS,
        Permission.ANSWER_QUESTIONS,
        Permission.KEEP_DOCUMENTS,
        Permission.SEE_AUDIT,
        Permission.APPROVE_ACCOUNTS,
        Permission.RELEASE,
    },
    # Looks after accounts, and so sees no case: nobody can both make an account and read what it was made for.
    Role.ADMINISTRATOR: EVERYBODY | {Permission.MANAGE_ACCOUNTS, Permission.SEE_AUDIT, Permission.APPROVE_ACCOUNTS},
    # Agrees to what leaves the console, by number, use and reason, and sees no case.
    Role.CUSTODIAN: EVERYBODY | {Permission.RELEASE},
}


class Refused(PermissionError):
    """Somebody asked for what their role does not allow; the message says so in Chinese."""


def may(account: Account | None, permission: Permission) -> bool:
    return account is not None and account.active and permission in ALLOWED[account.role]


def needs_second(*roles: Role) -> bool:
    """Whether an account of these roles takes two people to make or to open: it reads cases, or decides who does."""
    powers = {Permission.SEE_CASES, Permission.MANAGE_ACCOUNTS, Permission.APPROVE_ACCOUNTS, Permission.RELEASE}
    return any(ALLOWED[role] & powers for role in roles)


def require(account: Account | None, permission: Permission) -> Account:
    """Return the account.

    Raises:
        Refused: nobody is signed in, or their role does not allow it.
    """
    if account is None or not may(account, permission):
        raise Refused(NOT_ALLOWED if account else NOT_SIGNED_IN)
    return account


def may_see(account: Account, routes: Iterable[Route]) -> bool:
    """Whether a case with these routes is this person's business: theirs is what went to their unit."""
    if not may(account, Permission.SEE_CASES):
        return False
    return may(account, Permission.SEE_ALL_UNITS) or any(route.unit == account.unit for route in routes)


def may_act(account: Account, routes: Iterable[Route]) -> bool:
    """Whether this person decides on a case: its lead unit, and the leading group's office."""
    if not may(account, Permission.ACT_ON_CASES):
        return False
    leads = any(route.unit == account.unit and route.role == "lead" for route in routes)
    return leads or may(account, Permission.SEE_ALL_UNITS)


NOT_SIGNED_IN = "这项内容需要工作人员登录。请先发送“登录”加邀请码；没有邀请码，请联系本单位的系统管理员。"
NOT_ALLOWED = "您的账号没有这项权限。确有需要，请联系市领导小组办公室（设在市政府金融办）。"
