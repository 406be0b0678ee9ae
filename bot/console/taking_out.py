"""What leaves the console: a case's files, a whole case as a zip, the queue as a sheet."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from actions.cases.copies import copy_of
from actions.cases.evidence import EvidenceError
from actions.cases.kinds import CONVERTED, KINDS, PICTURES
from actions.cases.store import Case
from actions.cases.views import NOT_SHOWN, view_of
from actions.cases.words import KIND_NAMES, OUTCOMES, SEVERITY_NAMES, STATUS_NAMES
from actions.desk.accounts import Account
from actions.desk.bundle import bundle
from actions.desk.handling import name_of, viewed
from actions.desk.roles import Permission, Refused, may
from actions.desk.statistics import name_of_sector
from actions.self_check.dialogue import papers_for
from actions.self_check.papers import MEDIA
from actions.settings import LUOYANG
from bot.console.access import Console, Needs
from bot.console.cases import case_numbered, chosen_in, wanted_by
from bot.console.sheets import attached, sheet
from bot.papers import PaperWriter, within
from bot.web.files import as_file
from bot.web.guards import BadInput

See = Annotated[Account, Depends(Needs(Permission.SEE_CASES))]
Do = Annotated[Account, Depends(Needs(Permission.ACT_ON_CASES))]
TakeOut = Annotated[Account, Depends(Needs(Permission.EXPORT))]
MOST_EXPORTED = 20_000
# A copy to be shown is made within so long.
VIEW_SECONDS = 20
# What a browser opens from here can run nothing and reach nothing.
SANDBOX = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
COLUMNS = ("编号", "类型", "状态", "程度", "领域", "县区", "对象", "提交时间", "首次办理", "办结时间", "办理结果")


def taking_out_routes(console: Console, writer: PaperWriter) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    store, knowledge = console.assistant.cases, console.assistant.knowledge

    async def shown(content: bytes, kind: str) -> tuple[bytes, str]:
        try:
            return await writer.made(within, VIEW_SECONDS, view_of, content, kind)
        except BrokenProcessPool as error:  # it took too long, or more memory than there is
            raise EvidenceError(NOT_SHOWN) from error

    @router.get("/console/cases/{number}/files/{file}")
    async def file(number: str, file: str, account: See, download: int = 0) -> Response:
        """A file of a case, in a sandbox: a picture as a copy without hidden data, all else as it was sent.

        What was sent, with place, time and authors inside, is for those who decide on the case; others get a copy
        without them. What a browser cannot show is shown as a copy that it can, made in the
        paper process.
        """
        case = case_numbered(store, number)
        view = await to_thread.run_sync(viewed, store, account, case)
        found = next((each for each in view.files if each.id == file), None)
        if found is None:
            raise BadInput("没有这个文件。", 404, "not_found")
        content = await to_thread.run_sync(store.content_of, found)
        kind = KINDS.get(found.kind)
        inline = bool(kind and kind.shown) and not download
        original = bool(download) and view.deciding
        store.record(account.id, "take original evidence" if original else "open evidence", case)
        media, name = (kind.media if kind and inline else "application/octet-stream"), found.name
        if not original and (found.kind in PICTURES or (inline and kind and kind.shown != "itself")):
            content, media = await shown(content, found.kind)
            name += f".{media.rpartition('/')[2]}" if found.kind in CONVERTED else ""
        elif not view.deciding:
            content = await to_thread.run_sync(copy_of, content, found.kind)
        headers = {
            "content-disposition": f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name)}",
            "content-security-policy": SANDBOX,
            "cache-control": "no-store",
        }
        return Response(content, media_type=media if inline else "application/octet-stream", headers=headers)

    @router.get("/console/cases/{number}/papers/{paper}.{form}")
    async def paper(number: str, paper: str, form: str, account: See) -> Response:
        """A self-check's form or report, as the enterprise has it."""
        case = case_numbered(store, number)
        await to_thread.run_sync(viewed, store, account, case)
        if case.kind != "self_check" or paper not in ("form", "report") or form not in MEDIA:
            raise BadInput("没有这份文件。", 404, "not_found")
        content = await writer.written(papers_for(store, case), paper, form)
        store.record(account.id, f"download {paper}.{form}", case)
        return as_file(content, form, f"{case.number}.{form}")

    @router.get("/console/cases/{number}/bundle.zip")
    def take_out(number: str, account: Do) -> Response:
        """A case with all that belongs to it, to be worked on without a network."""
        case = case_numbered(store, number)
        view = viewed(store, account, case)
        if not (view.can_act or may(account, Permission.SEE_ALL_UNITS)):
            raise Refused("只有主办单位和市领导小组办公室可以导出整件案件。")
        store.record(account.id, "export case", case)
        content = bundle(store, view)
        return attached(content, "application/zip", f"{case.number}.zip")

    @router.get("/console/export.{form}")
    def export(request: Request, form: str, account: TakeOut) -> Response:
        """The queue as it is filtered, as .xlsx or .csv."""
        filters = wanted_by(account, chosen_in(request), console.assistant.settings.current_day())
        cases = store.queue(filters, MOST_EXPORTED)
        rows = [_row(case, name_of_sector(knowledge, case.sector or "")) for case in cases]
        taken = sheet(form, "案件", COLUMNS, rows)
        store.record(account.id, f"export {len(cases)} cases as {form}")
        return taken

    return router


def _row(case: Case, sector: str) -> tuple[str, ...]:
    def local(at: datetime | None) -> str:
        return at.astimezone(LUOYANG).strftime("%Y-%m-%d %H:%M") if at else ""

    return (
        case.number or "",
        KIND_NAMES[case.kind],
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
