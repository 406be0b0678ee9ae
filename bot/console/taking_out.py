"""What leaves the console: a case's files, a whole case as a zip, the queue as a sheet."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from bot.console.access import Console, Needs
from bot.console.cases import case_numbered, chosen_in, wanted_by
from bot.console.sheets import sheet
from bot.papers import PaperWriter, within
from bot.web.files import as_file, attached
from bot.web.guards import BadInput
from casework.cases.copies import copy_of
from casework.cases.evidence import EvidenceError
from casework.cases.kinds import CONVERTED, KINDS, PICTURES
from casework.cases.store import Case
from casework.cases.views import NOT_SHOWN, view_of
from casework.cases.words import OUTCOMES, SEVERITY_NAMES, STATUS_NAMES
from casework.desk.accounts import Account
from casework.desk.bundle import bundle
from casework.desk.handling import name_of, viewed
from casework.desk.roles import Permission, Refused, may
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
COLUMNS = ("编号", "类型", "状态", "程度", "领域", "县区", "对象", "提交时间", "首次办理", "办结时间", "办理结果")


class TakenOut:
    """What leaves the console; each taking is recorded."""

    def __init__(self, console: Console, writer: PaperWriter) -> None:
        self.console, self.writer, self.store = console, writer, console.assistant.cases

    async def _shown(self, content: bytes, kind: str) -> tuple[bytes, str]:
        try:
            return await self.writer.made(within, VIEW_SECONDS, view_of, content, kind)
        except BrokenProcessPool as error:  # it took too long, or more memory than there is
            raise EvidenceError(NOT_SHOWN) from error

    async def file(self, number: str, file: str, account: See, download: int = 0) -> Response:
        """A file of a case, in a sandbox: a picture as a copy without hidden data, all else as it was sent.

        What was sent, with place, time and authors inside, is for those who decide on the case; others get a copy
        without them. What a browser cannot show is shown as a copy that it can, made in the
        paper process.
        """
        case = case_numbered(self.store, number)
        view = await to_thread.run_sync(viewed, self.store, account, case)
        found = next((each for each in view.files if each.id == file), None)
        if found is None:
            raise BadInput("没有这个文件。", 404, "not_found")
        content = await to_thread.run_sync(self.store.content_of, found)
        kind = KINDS.get(found.kind)
        inline = bool(kind and kind.shown) and not download
        original = bool(download) and view.deciding
        self.store.record(account.id, "take original evidence" if original else "open evidence", case)
        media, name = (kind.media if kind and inline else "application/octet-stream"), found.name
        if not original and (found.kind in PICTURES or (inline and kind and kind.shown != "itself")):
            content, media = await self._shown(content, found.kind)
            name += f".{media.rpartition('/')[2]}" if found.kind in CONVERTED else ""
        elif not view.deciding:
            content = await to_thread.run_sync(copy_of, content, found.kind)
        media = media if inline else "application/octet-stream"
        return attached(content, media, name, inline, content_security_policy=SANDBOX)

    async def paper(self, number: str, paper: str, form: str, account: See) -> Response:
        """A self-check's form or report, as the enterprise has it."""
        case = case_numbered(self.store, number)
        await to_thread.run_sync(viewed, self.store, account, case)
        if case.kind != "self_check" or paper not in ("form", "report") or form not in MEDIA:
            raise BadInput("没有这份文件。", 404, "not_found")
        content = await self.writer.written(papers_for(self.store, case), paper, form)
        self.store.record(account.id, f"download {paper}.{form}", case)
        return as_file(content, form, f"{case.number}.{form}")

    def take_out(self, number: str, account: Do) -> Response:
        """A case with all that belongs to it, to be worked on without a network."""
        case = case_numbered(self.store, number)
        view = viewed(self.store, account, case)
        if not (view.can_act or may(account, Permission.SEE_ALL_UNITS)):
            raise Refused("只有主办单位和市领导小组办公室可以导出整件案件。")
        self.store.record(account.id, "export case", case)
        content = bundle(self.store, view)
        return attached(content, "application/zip", f"{case.number}.zip")

    def export(self, request: Request, form: str, account: TakeOut) -> Response:
        """The queue as it is filtered, as .xlsx or .csv."""
        filters = wanted_by(account, chosen_in(request), self.console.assistant.settings.current_day())
        cases = self.store.queue(filters, MOST_EXPORTED)
        rows = [_row(case, name_of_sector(self.console.knowledge, case.sector or "")) for case in cases]
        taken = sheet(form, "案件", COLUMNS, rows)
        self.store.record(account.id, f"export {len(cases)} cases as {form}")
        return taken


def taking_out_routes(console: Console, writer: PaperWriter) -> APIRouter:
    router, pages = APIRouter(include_in_schema=False), TakenOut(console, writer)
    router.get("/console/cases/{number}/files/{file}")(pages.file)
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
