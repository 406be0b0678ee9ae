"""Who is asking, whether they may, and pages that say no: every console route names the permission it needs."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from starlette.datastructures import FormData

from bot.assembly import Assistant
from bot.web.assets import asset
from bot.web.guards import BadInput, same_site
from bot.web.pages import TEXT_SIZE
from casework.cases.keyring import show_keys
from casework.cases.words import OUTCOMES, SEVERITY_NAMES, STATUS_NAMES
from casework.desk.account import KEY_ROLES, Account
from casework.desk.accounts import Accounts
from casework.desk.acts import ACTORS
from casework.desk.moments import local
from casework.desk.reminders import when
from casework.desk.roles import ROLE_NAMES, Permission, may, require
from casework.desk.security_keys import LONGEST_ANSWER, Site
from casework.desk.sessions import SESSION_HOURS, Proof
from casework.desk.tasks import STATUS_NAMES as TASK_STATUS
from casework.desk.unlocking import keys_in_session
from casework.services import Services
from casework.workflows import WORKFLOWS
from knowledge.base import KnowledgeBase

COOKIE = "desk"
HOME, TODAY = "/console", "/console/today"
LONGEST_FORM_TEXT = 4000
NAVIGATION = (
    (Permission.OWN_ACCOUNT, TODAY, "今天"),
    (Permission.SEE_CASES, "/console/cases", "案件"),
    (Permission.SEE_TASKS, "/console/tasks", "任务"),
    (Permission.SEE_STATISTICS, "/console/charts", "统计"),
    (Permission.ENTER_REPORTS, "/console/report", "代录举报"),
    (Permission.SEE_CASE_STATUS, "/console/status", "查进度"),
    (Permission.SEE_EXPLANATIONS, "/console/explanations", "标准口径"),
    (Permission.ANSWER_QUESTIONS, "/console/questions", "未答问题"),
    (Permission.ANSWER_QUESTIONS, "/console/entries", "结论和依据"),
    (Permission.KEEP_DOCUMENTS, "/console/documents", "文件"),
    (Permission.MANAGE_ACCOUNTS, "/console/accounts", "账号"),
    (Permission.APPROVE_ACCOUNTS, "/console/approvals", "账号审批"),
    (Permission.EXPORT, "/console/exports", "我的调取"),
    (Permission.RELEASE, "/console/releases", "调取审批"),
    (Permission.SEE_AUDIT, "/console/audit", "操作记录"),
    (Permission.OWN_ACCOUNT, "/console/me", "我的账号"),
)


class NotSignedIn(Exception):
    """Nobody is signed in; the page to sign in follows."""


class KeyMissing(Exception):
    """The city wants a security key of everybody in this role; the page where one is registered follows."""


@dataclass(frozen=True)
class Needs:
    """A route's guard: gives the account that asks.

    A form must have been sent by our own page of this very session.

    Attributes:
        enrolling: open also to somebody who still has to register the security key that is wanted of them.
    """

    permission: Permission
    enrolling: bool = False

    async def __call__(self, request: Request) -> Account:
        token = request.cookies.get(COOKIE, "")
        services: Services = request.app.state.services
        accounts = services.accounts
        account = await to_thread.run_sync(accounts.session, token) if token else None
        if account is None:
            raise NotSignedIn
        request.state.account, request.state.form_token = account, accounts.form_token(token)
        show_keys(await to_thread.run_sync(keys_in_session, services.cases, accounts, account, token))
        if request.method == "POST":
            same_site(request)
            form = await request.form()
            if not hmac.compare_digest(said(form, "form_token", 64).encode(), request.state.form_token.encode()):
                raise BadInput("页面已过期，请返回上一页刷新后再提交。", 403, "form_token")
        if not self.enrolling and wants_key(services, account):
            raise KeyMissing
        return require(account, self.permission)


def wants_key(services: Services, account: Account) -> bool:
    """Whether somebody may go on only after registering a security key."""
    return account.role in KEY_ROLES and not account.has_key and services.settings.keys_wanted


def site_of(request: Request, public_url: str) -> Site:
    """The address that a browser has our page open at; a proxy may leave the port out of what it passes on."""
    base, public = request.base_url, urlsplit(public_url)
    origin = f"{base.scheme}://{base.netloc}"
    if public.hostname and public.hostname == base.hostname:
        origin = f"{public.scheme}://{public.netloc}"
    return Site(origin, base.hostname or "")


def proof_in(request: Request, form: Any, public_url: str) -> Proof:
    """What somebody filled in to show that it is them; the code of a new secret is asked for as "totp", that of the
    one in force as "totp_now"."""
    answer = said(form, "key_answer", LONGEST_ANSWER)
    return Proof(said(form, "old", 400), said(form, "totp_now", 12), answer, site_of(request, public_url))


class Console:
    """What the console's pages share: the assistant and how a page is made."""

    def __init__(self, assistant: Assistant, templates: Jinja2Templates) -> None:
        self.assistant, self.templates = assistant, templates
        self.accounts: Accounts = assistant.accounts

    @property
    def knowledge(self) -> KnowledgeBase:
        """What is answered from now: asked for in every request, since a switch may come between two."""
        return self.assistant.knowledge

    async def prove(self, request: Request, form: Any, account: Account) -> None:
        """Require what was filled in to show that it is them, for a stolen session must not agree to anything.

        Raises:
            AccountError: it does not.
        """
        proof = proof_in(request, form, self.assistant.settings.public_url)
        await to_thread.run_sync(self.accounts.prove, account, proof)

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page of the console, never kept by a cache."""
        account: Account | None = getattr(request.state, "account", None)
        today = self.assistant.settings.current_day()
        values |= {
            "me": account,
            "done": values.get("done") or MESSAGES.get(request.query_params.get("done", ""), ""),
            "asset": asset,
            "large": request.cookies.get(TEXT_SIZE) == "large",
            "key_role": bool(account and account.role in KEY_ROLES),
            "form_token": getattr(request.state, "form_token", ""),
            "navigation": [(path, title) for permission, path, title in NAVIGATION if may(account, permission)],
            "here": request.url.path,
            "can": lambda permission: may(account, Permission(permission)),
            "kinds": {kind: workflow.name for kind, workflow in WORKFLOWS.items()},
            "statuses": STATUS_NAMES,
            "severities": SEVERITY_NAMES,
            "outcomes": OUTCOMES,
            "roles": {role.value: name for role, name in ROLE_NAMES.items()},
            "task_statuses": TASK_STATUS,
            "today": today,
            "join_page": f"{self.address_of(request)}/console/join",
            "clause_url": self.clause_url,
            "actors": ACTORS,
            "when": lambda task: when(task, today),
            "local": local,
            "local_of": local,
            "done_what": request.query_params.get("done", ""),
        }
        response = self.templates.TemplateResponse(request, f"console/{template}", values, status_code=status)
        response.headers["cache-control"] = "no-store"
        return response

    def address_of(self, request: Request) -> str:
        """Where our pages are reached, for words that are handed on: from outside, else as this browser has it."""
        return (self.assistant.settings.public_url or str(request.base_url)).rstrip("/")

    def clause_url(self, clause_id: str) -> str:
        plan = self.knowledge.plan
        clause = plan.clause(clause_id)
        return plan.url(clause) if clause else "/plan"

    def refused(self, request: Request, message: str, status: int) -> HTMLResponse:
        return self.page(request, "refused.html", status, problem=message)


def begin_session(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=SESSION_HOURS * 3600,
        path=HOME,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


# What the page behind a form says was done; its address names the message, so that nobody else can write one there.
MESSAGES = {
    "accept": "已受理。",
    "ask": "已请对方补充，对方查进度时能看到、能直接回复。",
    "reply": "已回复，对方查进度时能看到。",
    "remark": "内部备注已保存，只有办理人员能看到。",
    "transfer": "已转办，新的主办单位会收到通知。",
    "close": "已办结。",
    "part": "本单位部分已办结；其他主办单位都办结后，全案办结。",
    "finish": "已反馈完成，待市领导小组办公室复核。",
    "assign": "已指派承办人。",
    "confirm": "已复核销号。",
    "reopen": "已退回，任务恢复为办理中。",
    "redate": "已改期，提醒按新日期重新计算。",
    "add": "任务已交办，承办单位会收到通知。",
    "year": "已按新的年份重新开始。",
    "heard": "提醒已标为看过。",
    "dismiss": "问题已移除。",
    "approve_document": "已审定，约一分钟内启用；状态变为“已启用”后即可提问。",
    "drop_document": "已删除，没有添加。",
    "mark_document": "已保存，约一分钟内生效。",
    "remove_document": "已移除，约一分钟内生效。",
    "approve": "口径已审定，打印件会写明审定的单位和日期。",
    "asked": "申请已提交，审批人同意后在这里下载或查看。",
    "asked_destroy": "销毁申请已提交，审批人同意后立即销毁，您会收到通知。",
    "released": "已同意，申请人会收到通知。",
    "destroyed": "已同意，案件和它的钥匙已经销毁，申请人会收到通知。",
    "refused": "没有同意，申请人会收到通知。",
    "withdraw": "审定已撤回，口径恢复为草案。",
}


def to(path: str) -> RedirectResponse:
    """After a form, the page with its result: a reload sends nothing twice."""
    return RedirectResponse(path, 303)


def said(form: Any, name: str, longest: int = LONGEST_FORM_TEXT) -> str:
    """A form's field as text, never longer than what a handler may want."""
    value = form.get(name)
    return value[:longest].strip() if isinstance(value, str) else ""


async def public_form(request: Request) -> FormData:
    """A form of somebody who is not signed in: ours all the same."""
    same_site(request)
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise BadInput("请在本页面的表单中填写。", 415, "form")
    return await request.form()
