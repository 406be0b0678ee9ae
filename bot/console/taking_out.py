"""What leaves the console: a case's files, a whole case as a zip, the queue as a sheet."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from bot.console.access import Console, Needs
from bot.console.cases import case_numbered, wanted_by
from bot.console.sheets import sheet
from bot.papers import PaperWriter
from bot.web.files import as_file, attached
from bot.web.guards import BadInput
from bot.workers import Worker, within
from casework.cases.audit_acts import AuditAct
from casework.cases.case import Case
from casework.cases.copies import copy_of, seen_copy
from casework.cases.evidence import EvidenceError
from casework.cases.file_formats import FILE_FORMATS, ITEMS
from casework.cases.views import NOT_SHOWN
from casework.cases.words import OUTCOMES, SEVERITY_NAMES, STATUS_NAMES
from casework.desk.account import Account
from casework.desk.bundle import bundle
from casework.desk.handling import name_of, viewed
from casework.desk.roles import Permission, Refused
from casework.desk.statistics import name_of_sector
from casework.self_check.papers import MEDIA, papers_for
from casework.workflows import WORKFLOWS
from storage.settings import LUOYANG

See = Annotated[Account, Depends(Needs(Permission.SEE_CASES))]
Do = Annotated[Account, Depends(Needs(Permission.ACT_ON_CASES))]
TakeOut = Annotated[Account, Depends(Needs(Permission.EXPORT))]
MOST_EXPORTED = 20_000
# A copy to be shown is made within so long.
VIEW_SECONDS = 20
# What a browser opens from here can run nothing and reach nothing.
SANDBOX = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
NO_TYPE = "application/octet-stream"
ASK_FIRST = "要先申请，由另一位审批人同意后才能下载。请在案件页面提出申请，结果见“我的调取”。"
LOCKED = "这件举报已密封，您的登录现在打不开。请退出后重新登录工作台，再下载。"
LIST_LOCKED = "申请时的筛选条件已密封，您的登录现在打不开。请退出后重新登录工作台再下载；仍打不开的，请重新申请。"
COLUMNS = ("编号", "类型", "状态", "程度", "领域", "县区", "对象", "提交时间", "首次办理", "办结时间", "办理结果")


class ViewedFiles:
    """Files of cases as they are looked at; each look is recorded.

    Args:
        viewer: where files of strangers are read, shut in.
    """

    def __init__(self, console: Console, viewer: Worker) -> None:
        self.viewer, self.store = viewer, console.assistant.cases

    async def _copy(self, content: bytes, kind: str, seen: bool) -> tuple[bytes, str]:
        try:
            return await self.viewer.made(within, VIEW_SECONDS, seen_copy if seen else copy_of, content, kind)
        except BrokenProcessPool as error:  # it took too long, or more memory than there is
            raise EvidenceError(NOT_SHOWN) from error

    async def file(self, number: str, file: str, account: See, download: int = 0, original: int = 0) -> Response:
        """A file of a case, in a sandbox: a copy without hidden data and without its sender's name for it, made in a
        process that is shut in; as it was sent only where another person has agreed to that.
        """
        case = case_numbered(self.store, number)
        view = await to_thread.run_sync(viewed, self.store, account, case)
        at, found = next(((n, each) for n, each in enumerate(view.files, 1) if each.id == file), (0, None))
        if found is None:
            raise BadInput("没有这个文件。", 404, "not_found")
        if original:
            if self.store.released(account.id, "original", case.id, file) is None:
                raise BadInput(ASK_FIRST, 409, "not_released")
            sent = next(each for each in self.store.evidence(case) if each.id == file)
            content = await to_thread.run_sync(self.store.content_of, sent)
            self.store.record(account.id, AuditAct.TAKE_ORIGINAL, case)
            return attached(content, NO_TYPE, sent.name, content_security_policy=SANDBOX)
        content = await to_thread.run_sync(self.store.content_of, found)
        self.store.record(account.id, AuditAct.OPEN_EVIDENCE, case)
        content, kind = await self._copy(content, found.kind, seen=not download)
        shown = FILE_FORMATS[kind]
        inline = bool(shown.shown) and not download
        name = f"材料{at:02d}.{kind if kind not in ITEMS else 'txt'}"
        return attached(content, shown.media if inline else NO_TYPE, name, inline, content_security_policy=SANDBOX)


class TakenOut:
    """What leaves the console when a second person agreed; each taking is recorded."""

    def __init__(self, console: Console, writer: PaperWriter) -> None:
        self.console, self.writer, self.store = console, writer, console.assistant.cases

    async def paper(self, number: str, paper: str, form: str, account: See) -> Response:
        """A self-check's form or report, as the enterprise has it."""
        case = case_numbered(self.store, number)
        await to_thread.run_sync(viewed, self.store, account, case)
        if case.kind != "self_check" or paper not in ("form", "report") or form not in MEDIA:
            raise BadInput("没有这份文件。", 404, "not_found")
        content = await self.writer.written(papers_for(self.console.assistant.services, case), paper, form)
        self.store.record(account.id, AuditAct.DOWNLOAD, case, paper=paper, form=form)
        return as_file(content, form, f"{case.number}.{form}")

    def take_out(self, number: str, account: Do) -> Response:
        """A case with all that belongs to it, to be worked on without a network."""
        case = case_numbered(self.store, number)
        view = viewed(self.store, account, case)
        if not view.deciding:
            raise Refused("只有主办单位和市领导小组办公室可以导出整件案件。")
        if self.store.released(account.id, "bundle", case.id) is None:
            raise BadInput(ASK_FIRST, 409, "not_released")
        if case.locked:
            raise BadInput(LOCKED, 409, "locked")
        self.store.record(account.id, AuditAct.EXPORT_CASE, case)
        content = bundle(self.store, view)
        return attached(content, "application/zip", f"{case.number}.zip")

    def export(self, form: str, account: TakeOut, release: str = "") -> Response:
        """The queue as it was filtered when somebody asked for it, as .xlsx or .csv."""
        mine = (each for each in self.store.releases() if each.id == release and each.request.asked_by == account.id)
        agreed = next((each for each in mine if each.open and each.request.what == "queue"), None)
        if agreed is None:
            raise BadInput(ASK_FIRST, 409, "not_released")
        (agreed,) = self.store.with_words([agreed])
        if agreed.request.sealed:  # which cases were meant is not known here, and never all of them
            raise BadInput(LIST_LOCKED, 409, "locked")
        filters = wanted_by(account, dict(agreed.request.filters), self.console.assistant.settings.current_day())
        cases = self.store.queue(filters, MOST_EXPORTED)
        rows = [_row(case, name_of_sector(self.console.knowledge, case.sector or "")) for case in cases]
        taken = sheet(form, "案件", COLUMNS, rows)
        self.store.record(account.id, AuditAct.EXPORT_CASES, count=len(cases), form=form)
        return taken


def viewing_routes(console: Console, viewer: Worker) -> APIRouter:
    router, pages = APIRouter(include_in_schema=False), ViewedFiles(console, viewer)
    router.get("/console/cases/{number}/files/{file}")(pages.file)
    return router


def taking_out_routes(console: Console, writer: PaperWriter) -> APIRouter:
    router, pages = APIRouter(include_in_schema=False), TakenOut(console, writer)
    router.get("/console/cases/{number}/papers/{paper}.{form}")(pages.paper)
    router.get("/console/cases/{number}/bundle.zip")(pages.take_out)
    router.get("/console/export.{form}")(pages.export)
    return router


def _row(case: Case, sector: str) -> tuple[str, ...]:
    def local(at: datetime | None) -> str:
        return at.astimezone(LUOYANG).strftime("%Y-%m-%d %H:%M") if at else ""

    return (
        case.number or "",
        WORKFLOWS[case.kind].name,
        STATUS_NAMES.get(case.status, case.status),
        SEVERITY_NAMES[case.severity],
        sector,
        case.county or "",
        name_of(case),
        local(case.submitted),
        local(case.acted),
        local(case.closed),
        OUTCOMES.get(case.outcome or "", ""),
    )
