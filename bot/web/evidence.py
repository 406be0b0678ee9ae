"""Files for a tip-off, sealed while they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

from anyio import to_thread
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from actions.cases.evidence import EvidenceError, SealedWriter
from actions.cases.store import Case
from actions.tip_off.dialogue import noted_evidence
from bot.assembly import Assistant
from bot.web.contract import LONGEST_SENDER
from bot.web.form_parts import Part, drained, parts_of
from bot.web.guards import BadInput, RateLimits, same_site
from bot.web.pages import SESSION, valid_session
from knowledge.text import clean

REST_PATH, PAGE_PATH = "/webhooks/rest/evidence", "/evidence"
LONGEST_NAME = 200
NO_DRAFT = "现在没有正在填写的举报。请先说“我要举报”，再上传；已提交的，请到“查举报”页面凭回执码补充。"


@dataclass(frozen=True)
class Taken:
    """What came of a form's files.

    Attributes:
        sent: whether there were any.
        kept: how many were kept.
        problem: why the next one was not; with it the reading ended.
    """

    sent: bool
    kept: int = 0
    problem: str = ""


Opens = Callable[[dict[str, str]], Awaitable[Case | None]]
MOST_AT_ONCE = 16


class Uploads:
    """Takes files into the case store, part by part."""

    def __init__(self, assistant: Assistant) -> None:
        self.store, self.settings = assistant.cases, assistant.settings
        self.most = self.settings.evidence_mb * 2**20
        self._at_once = asyncio.Semaphore(MOST_AT_ONCE)

    def draft_of(self, owner: str) -> Case:
        draft = next(iter(self.store.drafts_of(owner, "tip_off")), None)
        if draft is None:
            raise BadInput(NO_DRAFT, 409, "no_draft")
        return draft

    async def streamed(self, request: Request, case: Case, name: str) -> None:
        """Take a raw body."""
        async with self._turn():
            with SealedWriter(self.store.evidence_folder, self.most) as writer:
                async for part in request.stream():
                    writer.write(part)
            await self._keep(case, writer, name)

    async def from_form(self, request: Request, opens: Opens) -> Taken:
        """Take a form with files as it comes.

        Args:
            opens: tells from the fields, before the first file is read, which case files go to; None: nothing is kept.
        """
        fields: dict[str, str] = {}
        async with aclosing(parts_of(request)) as parts:
            first = await _fields_of(parts, fields)
            case = await opens(fields)
            if first is None or case is None:
                await drained(request, self.most)
                return Taken(first is not None)
            async with self._turn():
                taken = await self._files(case, first, parts)
            if taken.problem:
                await drained(request, self.most)
            return taken

    async def _files(self, case: Case, first: Part, parts: AsyncIterator[Part]) -> Taken:
        """Seal files while they arrive; an empty field of a form is none."""
        kept, writer, part = 0, None, first
        try:
            while True:
                if part.data and part.filename is not None:
                    writer = writer or SealedWriter(self.store.evidence_folder, self.most)
                    writer.write(part.data)
                if part.last and writer:
                    done, writer = writer, None
                    await self._keep(case, done, part.filename or "")
                    kept += 1
                if (following := await anext(parts, None)) is None:
                    return Taken(sent=True, kept=kept)
                part = following
        except EvidenceError as error:
            return Taken(sent=True, kept=kept, problem=str(error))
        finally:
            if writer:  # broken off
                writer.discard()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """So many uploads at once, in the whole process; others are asked to come again.

        Raises:
            BadInput: too many are under way.
        """
        if self._at_once.locked():
            raise BadInput("现在上传的人太多，文件没有收下。请过一分钟再传，已填的内容都在。", 503, "uploads")
        async with self._at_once:
            yield

    async def _keep(self, case: Case, writer: SealedWriter, name: str) -> None:
        await to_thread.run_sync(self.store.add_evidence, case, writer, name, self.settings.evidence_count)

    def taken(self, owner: str) -> JSONResponse:
        names = noted_evidence(self.store, owner)
        return JSONResponse({"text": f"已收到 {len(names)} 个文件：{'、'.join(names)}", "files": len(names)})


async def _fields_of(parts: AsyncIterator[Part], fields: dict[str, str]) -> Part | None:
    """Read fields up to the first piece of a file, which is returned; None when there is no file."""
    collected: dict[str, bytes] = {}
    async for part in parts:
        if part.filename is not None and part.data:
            break
        if part.filename is None:
            collected[part.name] = collected.get(part.name, b"") + part.data
    else:
        part = None
    fields.update((name, value.decode("utf-8", "replace")) for name, value in collected.items())
    return part


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

        async def opens(fields: dict[str, str]) -> Case | None:
            return draft

        taken = await uploads.from_form(request, opens)
        if taken.problem:
            raise EvidenceError(taken.problem)
        noted_evidence(uploads.store, owner)
        return RedirectResponse("/#latest", 303)

    return router
