"""What takes two people: accounts that may read cases, or decide who may, are made and opened by one and another."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bot.console.access import Console, Needs, said
from casework.cases.audit_acts import AuditAct
from casework.desk.account import Account
from casework.desk.accounts import Accounts
from casework.desk.acts import ACCOUNT_ACTS
from casework.desk.approval_requests import Requested
from casework.desk.invitations import INVITATION_HOURS
from casework.desk.roles import Permission, may
from casework.desk.security_keys import AccountError
from knowledge.directory import OFFICE

Approve = Annotated[Account, Depends(Needs(Permission.APPROVE_ACCOUNTS))]


def nobody_else(console: Console, account: Account) -> str:
    """What to do where this person is the only one who may agree; empty where a second is there."""
    others = [each for each in console.accounts.everybody() if each.id != account.id]
    if any(may(each, Permission.APPROVE_ACCOUNTS) for each in others):
        return ""
    return NOBODY_ELSE


NOBODY_ELSE = (
    "现在除您以外没有人能审批账号，提出的申请无人同意。请管理服务器的人先建一位领导小组办公室的同事："
    f"python -m bot account add 登录名 --name 姓名 --unit {OFFICE} --role office"
)


def approval_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    accounts, cases = console.accounts, console.assistant.cases

    def waiting(request: Request, status: int = 200, **values: Any) -> HTMLResponse:
        names = {person.id: f"{person.name}（{person.unit}）" for person in accounts.everybody()}
        found = accounts.requests()
        return console.page(
            request,
            "approvals.html",
            status,
            found=found,
            names=names,
            acts=ACCOUNT_ACTS,
            hours=INVITATION_HOURS,
            alone=nobody_else(console, request.state.account),
            **values,
        )

    @router.get("/console/approvals")
    def approvals(request: Request, account: Approve) -> HTMLResponse:
        return waiting(request)

    @router.post("/console/approvals/{request_id}")
    async def decide(request: Request, request_id: str, account: Approve) -> Response:
        """Agree or not; who agrees shows that it is them, for a stolen session must not."""
        form = await request.form()
        agreed = said(form, "act") == "approve"
        try:
            if agreed:
                await console.prove(request, form, account)
            wanted = accounts.settle(request_id, account, agreed)
        except AccountError as error:
            return waiting(request, 422, problem=str(error))
        code = carried_out(accounts, wanted) if agreed else ""
        decision, person = "approve" if agreed else "refuse", wanted.account
        if agreed and wanted.act == "no key":
            cases.close_to_keys(person.id)
        cases.record(account.id, AuditAct.DECIDE_ACCOUNT, decision=decision, what=wanted.act, account=person.id)
        own = not agreed and wanted.asked_by == account.id
        decided = "已同意" if agreed else "已撤回申请" if own else "没有同意"
        words = f"{decided}：{wanted.account.name}，{ACCOUNT_ACTS[wanted.act]}。"
        return waiting(request, done=words, code=code, invited=wanted.account)

    return router


def carried_out(accounts: Accounts, wanted: Requested) -> str:
    """Do what was agreed to; returns the invitation code, where there is one."""
    person = wanted.account
    if wanted.act in ("add", "start"):
        accounts.set_active(person, True)
    elif wanted.act == "move":
        accounts.move(person, wanted.unit, wanted.role)
    elif wanted.act == "no totp":
        accounts.drop_totp(person)
    elif wanted.act == "no key":
        accounts.drop_keys(person)
    return accounts.invite(person) if wanted.act in ("add", "invite") else ""
