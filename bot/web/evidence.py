"""Files for a tip-off, sealed while they arrive."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote

from anyio import to_thread
from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from bot.assembly import Assistant
from bot.intake import Destination, NotTaken
from bot.web.contract import LONGEST_SENDER
from bot.web.form_parts import Part, drained, parts_of
from bot.web.guards import LARGEST_BODY, BadInput, RateLimits, address_of, error_body, same_site
from bot.web.pages import SESSION, is_quiet, page_of, valid_session
from bot.web.under_way import UnderWay, UploadPlaces
from casework.cases.case import Case
from casework.cases.evidence import LONGEST_CAPTION, Evidence, EvidenceError, SealedWriter
from casework.cases.items import Item, items_of
from knowledge.text import clean
from knowledge.turn import speaking_from

REST_PATH, PAGE_PATH = "/webhooks/rest/evidence", "/evidence"
LONGEST_NAME = 200
NO_ITEMS = '请求内容应为 JSON：{"evidence": [{"type": "location", …}], "caption": "…"}。'


@dataclass(frozen=True)
class Taken:
    """What came of a form's files.

    Attributes:
        sent: whether there were any.
        kept: those that were kept.
        problem: why the next one was not; with it the reading ended.
    """

    sent: bool
    kept: tuple[Evidence, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Sent:
    """What came of one request of a client.

    Attributes:
        answer: what it is told.
        replies: what is said in the conversation.
        opened: a report was opened for it.
    """

    answer: dict[str, Any]
    replies: list[dict[str, Any]]
    opened: bool
    status: int = 200

    def response(self) -> JSONResponse:
        """For a client that shows replies itself."""
        return JSONResponse({**self.answer, "replies": self.replies} if self.opened else self.answer, self.status)


Opens = Callable[[dict[str, str]], Awaitable[Case | None]]


class Uploads:
    """Takes files into the case store, part by part."""

    def __init__(self, assistant: Assistant) -> None:
        self.store, self.settings, self.intake = assistant.cases, assistant.settings, assistant.intake
        self.most = self.settings.evidence_mb * 2**20
        self._places = UploadPlaces()

    async def place(self, channel: str, sender: str) -> Destination:
        """The case that files of a conversation go to, opened when there is none.

        Raises:
            BadInput: there can be none now.
        """
        try:
            return await self.intake.place(channel, sender)
        except NotTaken as problem:
            raise BadInput(str(problem), 409, "no_draft") from problem

    async def streamed(self, request: Request, case: Case, name: str, caption: str) -> Evidence:
        """Take a raw body."""
        async with self._places.held(_from(request)) as under_way:
            with SealedWriter(self.store.evidence_folder, self.most) as writer:
                async for part in request.stream():
                    under_way.took(len(part))
                    writer.write(part)
            with under_way.keeping():
                return await self.intake.kept(case, writer, name, caption)

    async def sent(self, request: Request, channel: str, sender: str, name: str, caption: str) -> Sent:
        """Take what one request brings: a raw body, or items as JSON."""
        media = request.headers.get("content-type", "").partition(";")[0].strip()
        if media == "application/json" and not name:  # a file of that kind has a name
            items, caption = await _items(request)
            destination = await self.place(channel, sender)
            replies = await self.intake.take(channel, sender, items, caption, destination=destination)
        else:
            destination = await self.place(channel, sender)
            try:
                kept = await self.streamed(request, destination.case, name, caption)
            except EvidenceError as problem:
                if not destination.opened:
                    raise
                replies = await self.intake.noted(channel, sender, destination, [], [str(problem)], caption)
                return Sent(error_body(str(problem)), replies, True, 422)
            replies = await self.intake.noted(channel, sender, destination, [kept], [], caption)
        names = [evidence.name for evidence in self.store.evidence(destination.case)]
        text = f"已收到 {len(names)} 个文件：{'、'.join(names)}"
        if not destination.case.is_draft and replies:  # to whom a supplement goes is said as in every channel
            text = str(replies[0]["text"])
        return Sent({"text": text, "files": len(names)}, replies, destination.opened)

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
            async with self._places.held(_from(request)) as under_way:
                taken = await self._files(case, first, parts, under_way)
            if taken.problem:
                await drained(request, self.most)
            return taken

    async def _files(self, case: Case, first: Part, parts: AsyncIterator[Part], under_way: UnderWay) -> Taken:
        """Seal files while they arrive; an empty field of a form is none."""
        kept: list[Evidence] = []
        writer, part = None, first
        try:
            while True:
                under_way.took(len(part.data))
                if part.data and part.filename is not None:
                    writer = writer or SealedWriter(self.store.evidence_folder, self.most)
                    writer.write(part.data)
                if part.last and writer:
                    done, writer = writer, None
                    with under_way.keeping():
                        kept.append(await self.intake.kept(case, done, part.filename or "", ""))
                if (following := await anext(parts, None)) is None:
                    return Taken(sent=True, kept=tuple(kept))
                part = following
        except EvidenceError as error:
            return Taken(sent=True, kept=tuple(kept), problem=str(error))
        finally:
            if writer:  # broken off
                writer.discard()

    def shown(self, conversation_id: str, named: str, replies: list[dict[str, Any]]) -> None:
        """Keep a turn that files began, for the page to show."""
        text = f"（上传文件）{named}"
        self.intake.assistant.conversations.add_turn(conversation_id, text, replies)


def _from(request: Request) -> str:
    """The address that an upload comes from: what is done with it is counted to it."""
    address = address_of(request)
    speaking_from.set(address)
    return address


async def _items(request: Request) -> tuple[list[Item], str]:
    """Items as JSON, and what was said with them.

    Raises:
        BadInput: it is no JSON object.
        EvidenceError: it holds none.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise BadInput(NO_ITEMS, 413, "body_size")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput(NO_ITEMS, 400, "items") from error
    if not isinstance(given, dict) or not given.get("evidence"):
        raise BadInput(NO_ITEMS, 400, "items")
    return items_of(given["evidence"]), caption_of(given.get("caption"))


def caption_of(given: object) -> str:
    """What was said with a file, as a client gives it."""
    return clean(given)[:LONGEST_CAPTION] if isinstance(given, str) else ""


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


def rest_evidence_routes(uploads: Uploads, limits: RateLimits) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post(REST_PATH)
    async def from_client(
        request: Request,
        x_sender: Annotated[str, Header()] = "",
        x_filename: Annotated[str, Header()] = "",
        x_caption: Annotated[str, Header()] = "",
    ) -> Response:
        """A file of a REST client: the raw body, with the sender and, percent-encoded, name and caption in headers."""
        sender = clean(unquote(x_sender))
        if not sender or len(sender) > LONGEST_SENDER:
            raise BadInput(f"请求头 x-sender 应为 1 至 {LONGEST_SENDER} 个字符。", reason="sender")
        limits.check(request, f"rest:{sender}")
        name, caption = unquote(x_filename)[:LONGEST_NAME], caption_of(unquote(x_caption))
        return (await uploads.sent(request, "rest", sender, name, caption)).response()

    return router


def page_evidence_routes(uploads: Uploads, limits: RateLimits, templates: Jinja2Templates) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post(PAGE_PATH)
    async def from_page(
        request: Request,
        x_filename: Annotated[str, Header()] = "",
        x_caption: Annotated[str, Header()] = "",
        x_turn: Annotated[str, Header()] = "",
    ) -> Response:
        """A file from the chat page: streamed by its script, or in a form without one.

        With ``x-turn`` it was handed over without being asked for, and the answer is drawn as a turn of the chat.
        """
        same_site(request)
        session = request.cookies.get(SESSION, "")
        if not valid_session(session):
            raise BadInput("会话已失效，请刷新页面后重新上传。", 409, "session")
        limits.check(request, f"web:{session}")
        if request.headers.get("x-requested-with") != "fetch":
            return await _by_form(uploads, request, session)
        name, caption = unquote(x_filename)[:LONGEST_NAME], caption_of(unquote(x_caption))
        sent = await uploads.sent(request, "web", session, name, caption)
        if not (sent.opened or x_turn):
            return sent.response()
        await _shown(uploads, request, session, caption or name, sent.replies)
        turn = {"said": "", "replies": sent.replies}  # the page shows what was handed over already
        drawn = page_of(request, templates, uploads.intake.assistant, "turn.html", turn=turn, last=True)
        return JSONResponse({**sent.answer, "replies": sent.replies, "html": bytes(drawn.body).decode()}, sent.status)

    return router


async def _by_form(uploads: Uploads, request: Request, session: str) -> Response:
    """Files of a form that was sent without script."""
    destination = await uploads.place("web", session)
    said: dict[str, str] = {}

    async def opens(fields: dict[str, str]) -> Case | None:
        said.update(fields)
        return destination.case

    taken = await uploads.from_form(request, opens)
    caption = caption_of(said.get("caption"))
    problems = [taken.problem] if taken.problem else []
    replies = await uploads.intake.noted("web", session, destination, taken.kept, problems, caption)
    if taken.problem and not (taken.kept or caption or destination.opened):
        raise EvidenceError(taken.problem)
    named = caption or "、".join(file.name for file in taken.kept)
    await _shown(uploads, request, session, named, replies)
    return RedirectResponse("/#latest", 303)


async def _shown(uploads: Uploads, request: Request, session: str, named: str, replies: list[dict[str, Any]]) -> None:
    """Keep a turn that files began, for the page to show; on the plain page nothing is kept."""
    if replies and not is_quiet(request):
        await to_thread.run_sync(uploads.shown, f"web:{session}", named, replies)
