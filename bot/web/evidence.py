"""Files for a tip-off, sealed while they arrive."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from anyio import to_thread
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartParser

from actions.cases.evidence import SealedWriter
from actions.cases.store import Case
from actions.tip_off.dialogue import noted_evidence
from bot.assembly import Assistant
from bot.web.contract import LONGEST_SENDER
from bot.web.guards import BadInput, RateLimits, same_site
from bot.web.pages import SESSION, valid_session
from knowledge.text import clean

REST_PATH, PAGE_PATH = "/webhooks/rest/evidence", "/evidence"
FORM_ROOM = 64 * 1024
LONGEST_NAME = 200
NO_DRAFT = "现在没有正在填写的举报。请先说“我要举报”，再上传；已提交的，请到“查举报”页面凭回执码补充。"


class Uploads:
    """Takes files into the case store, part by part."""

    def __init__(self, assistant: Assistant) -> None:
        self.store, self.settings = assistant.cases, assistant.settings
        self.most = self.settings.evidence_mb * 2**20
        # Parts of a form stay in memory: nothing that somebody sends is on disk unsealed.
        MultiPartParser.spool_max_size = self.most + FORM_ROOM

    def draft_of(self, owner: str) -> Case:
        draft = next(iter(self.store.drafts_of(owner, "tip_off")), None)
        if draft is None:
            raise BadInput(NO_DRAFT, 409, "no_draft")
        return draft

    async def streamed(self, request: Request, case: Case, name: str) -> None:
        """Take a raw body."""
        with SealedWriter(self.store.evidence_folder, self.most) as writer:
            async for part in request.stream():
                writer.write(part)
        await self._keep(case, writer, name)

    async def from_form(self, case: Case, form: FormData) -> int:
        """Take the files of a form; returns how many there were."""
        files = files_in(form)
        for file in files:
            with SealedWriter(self.store.evidence_folder, self.most) as writer:
                while part := await file.read(FORM_ROOM):
                    writer.write(part)
            await self._keep(case, writer, file.filename or "")
        return len(files)

    async def _keep(self, case: Case, writer: SealedWriter, name: str) -> None:
        await to_thread.run_sync(self.store.add_evidence, case, writer, name, self.settings.evidence_count)

    def taken(self, owner: str) -> JSONResponse:
        names = noted_evidence(self.store, owner)
        return JSONResponse({"text": f"已收到 {len(names)} 个文件：{'、'.join(names)}", "files": len(names)})


def files_in(form: FormData) -> list[UploadFile]:
    """The files of a form, without the empty field of who chose none."""
    return [file for file in form.getlist("file") if isinstance(file, UploadFile) and file.size]


def evidence_routes(uploads: Uploads, limits: RateLimits) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post(REST_PATH)
    async def from_client(
        request: Request, x_sender: Annotated[str, Header()] = "", x_filename: Annotated[str, Header()] = ""
    ) -> Response:
        """A file of a REST client: the raw body, with the sender and the percent-encoded name in headers."""
        sender = clean(unquote(x_sender))
        if not sender or len(sender) > LONGEST_SENDER:
            raise BadInput(f"请求头 x-sender 应为 1 至 {LONGEST_SENDER} 个字符。", reason="sender")
        owner = f"rest:{sender}"
        limits.check(request, owner)
        await uploads.streamed(request, uploads.draft_of(owner), unquote(x_filename)[:LONGEST_NAME])
        return uploads.taken(owner)

    @router.post(PAGE_PATH)
    async def from_page(request: Request, x_filename: Annotated[str, Header()] = "") -> Response:
        """A file from the chat page: streamed by its script, or in a form without one."""
        same_site(request)
        session = request.cookies.get(SESSION, "")
        if not valid_session(session):
            raise BadInput("会话已失效，请刷新页面后重新上传。", 409, "session")
        owner = f"web:{session}"
        limits.check(request, owner)
        draft = uploads.draft_of(owner)
        if request.headers.get("x-requested-with") == "fetch":
            await uploads.streamed(request, draft, unquote(x_filename)[:LONGEST_NAME])
            return uploads.taken(owner)
        async with request.form(max_files=uploads.settings.evidence_count, max_part_size=uploads.most) as form:
            await uploads.from_form(draft, form)
        noted_evidence(uploads.store, owner)
        return RedirectResponse("/#latest", 303)

    return router
