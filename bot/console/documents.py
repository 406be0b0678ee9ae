"""Documents beside the plan: uploaded, looked at, approved by the office, and the list of them."""

from __future__ import annotations

import tempfile
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData, UploadFile

from bot.console.access import Console, Needs, said, to
from bot.settings import Settings
from bot.web.guards import BadInput
from bot.workers import Worker, within
from casework.cases.audit_acts import AuditAct
from casework.desk.account import Account
from casework.desk.roles import Permission
from knowledge import holdings
from knowledge.documents import RELATIONS, STANDINGS, Document, DocumentError, DocumentInfo
from knowledge.holdings import Draft, Given
from knowledge.text import clean

PAGE = "/console/documents"
# A long scan takes minutes; whoever has a longer one adds it at the command line.
READING_SECONDS, IDLE_SECONDS = 300, 120
LONGEST_NAME = 120
TOO_MUCH = "这份文件太大或太复杂，没有读完，没有添加。请拆成几份，或请管理员用命令行添加。"


def read(path: Path) -> Draft:
    """A file as a draft; in a process of its own."""
    return holdings.draft(path, Given(), lambda message: None)


async def declared(request: Request) -> None:
    """A file says how long it is, so that one that is too long is refused before it is taken."""
    if request.method == "POST" and "content-length" not in request.headers:
        raise BadInput("没有读懂上传的文件，请刷新页面后重新提交。", 411, "form")


Sized = Annotated[None, Depends(declared)]
Keep = Annotated[Account, Depends(Needs(Permission.KEEP_DOCUMENTS))]


@dataclass(frozen=True)
class DocumentPages:
    """What the office is shown: the documents there are, and one that waits to be looked at."""

    console: Console

    @property
    def settings(self) -> Settings:
        return self.console.assistant.settings

    def listed(self, request: Request, status: int = 200, **values: Any) -> HTMLResponse:
        live = {document.info.id for document in self.console.assistant.knowledge.documents}
        held = [(document, document.info.id in live) for document in holdings.documents(self.settings)]
        values |= {"held": held, "waiting": holdings.waiting(self.settings)}
        return self.console.page(request, "documents.html", status, **values)

    def preview(self, request: Request, drafted: Draft, status: int = 200, **values: Any) -> HTMLResponse:
        held = [one for one in holdings.documents(self.settings) if one.is_searched]
        values |= {"drafted": drafted, "held": held, "standings": STANDINGS, "relations": RELATIONS}
        return self.console.page(request, "document_preview.html", status, **values)

    def waiting_one(self, key: str) -> Draft:
        """The draft of an id.

        Raises:
            BadInput: there is none any more.
        """
        if drafted := holdings.waiting_one(self.settings, key):
            return drafted
        raise BadInput("没有这份待核对的文件，可能已经处理过了。", 404, "not_found")


def document_routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    settings, reader, pages = (
        console.assistant.settings,
        Worker(IDLE_SECONDS, sandboxed=True, programs=True),
        DocumentPages(console),
    )

    @router.get(PAGE)
    def show(request: Request, account: Keep) -> HTMLResponse:
        return pages.listed(request)

    @router.post(PAGE)
    async def upload(request: Request, sized: Sized, account: Keep) -> Response:
        """Read a file and put it aside: nothing is answered from it before it was looked at."""
        sent = (await request.form()).get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            return pages.listed(request, 422, problem="请选择要上传的文件。")
        try:
            drafted = await _read(reader, sent)
            await to_thread.run_sync(holdings.wait, settings, drafted)
        except DocumentError as error:
            return pages.listed(request, 422, problem=str(error))
        except BrokenProcessPool:
            return pages.listed(request, 422, problem=TOO_MUCH)
        record(console, account, "upload", drafted.info.id)
        return to(f"{PAGE}/waiting/{drafted.info.id}")

    @router.get(f"{PAGE}/waiting/{{document_id}}")
    def look(request: Request, document_id: str, account: Keep) -> HTMLResponse:
        return pages.preview(request, pages.waiting_one(document_id))

    @router.post(f"{PAGE}/waiting/{{document_id}}")
    async def decide(request: Request, document_id: str, account: Keep) -> Response:
        """The office approves a document as it was read, with what it says of it, or throws it away."""
        form, drafted = await request.form(), pages.waiting_one(document_id)
        if said(form, "act", 20) == "drop":
            holdings.throw_away(settings, document_id)
            record(console, account, "refuse", document_id)
            return to(f"{PAGE}?done=drop_document")
        try:
            approved = replace(drafted, info=_described(form, drafted.info))
            await to_thread.run_sync(_keep_approved, console, account, approved, said(form, "replaces", 80))
        except DocumentError as error:
            return pages.preview(request, drafted, 422, problem=str(error))
        return to(f"{PAGE}?done=approve_document")

    return router


def _keep_approved(console: Console, account: Account, approved: Draft, old: str) -> None:
    """Answer from a document from now on, in the place of an older one if it is named.

    Raises:
        DocumentError: it is there already.
        BadInput: the older one is there no more.
    """
    settings = console.assistant.settings
    if old:
        holdings.replace_by(settings, held_one(console, old), approved)
    else:
        holdings.keep(settings, approved)
    holdings.throw_away(settings, approved.info.id)
    record(console, account, "approve", approved.info.id)
    if old:
        record(console, account, "replace", old)


def record(console: Console, account: Account, act: str, key: str) -> None:
    console.assistant.cases.record(account.id, AuditAct.DOCUMENT, what=act, document=key)


def held_one(console: Console, key: str) -> Document:
    """The document of an id.

    Raises:
        BadInput: there is none any more.
    """
    found = next((one for one in holdings.documents(console.assistant.settings) if one.info.id == key), None)
    if found is None:
        raise BadInput("没有这份文件，可能已经移除。", 404, "not_found")
    return found


async def _read(reader: Worker, sent: UploadFile) -> Draft:
    """Read what was uploaded, under its own name, in a process that ends when it takes too long."""
    name = Path(clean(sent.filename or "")[-LONGEST_NAME:]).name or "文件"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(await sent.read())
        return await reader.made(within, READING_SECONDS, read, path)


def _described(form: FormData, info: DocumentInfo) -> DocumentInfo:
    """What the office says of a document in the place of what was read.

    Raises:
        DocumentError: a day that is none, or a title of no fitting length.
    """
    issued = said(form, "issued", 10)
    try:
        day = date.fromisoformat(issued) if issued else None
    except ValueError as error:
        raise DocumentError("日期请写成 2021-01-26。") from error
    title = clean(said(form, "title", 400)).strip("《》")
    if not holdings.SHORTEST_TITLE <= len(title) <= holdings.LONGEST_TITLE:
        raise DocumentError("文件标题应为 2 至 200 个字。")
    standing, relation = said(form, "standing", 10), said(form, "relation", 10)
    changed = {
        "title": title, "number": clean(said(form, "number", 80)), "issuer": clean(said(form, "issuer", 120)),
        "issued": day, "standing": standing if standing in STANDINGS else info.standing,
        "relation": relation if relation in RELATIONS else "",
    }  # fmt: skip
    return info.model_copy(update=changed)
