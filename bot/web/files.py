"""Papers to download: by the links of a conversation, or by receipt code on a page of its own."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.templating import Jinja2Templates

from actions.self_check import BLANK, file_links
from bot.assembly import Assistant
from bot.papers import PaperWriter
from bot.web.guards import address_of, same_site
from bot.web.pages import SESSION, page_of, valid_session
from casework.cases.audit_acts import AuditAct
from casework.cases.case import CLOSED, Case
from casework.cases.codes import found_code
from casework.cases.links import FileLink, opened_link
from casework.cases.steps import next_step, steps_of
from casework.desk.tasks import LONGEST_NOTE
from casework.self_check.papers import FORM, MEDIA, papers_for
from casework.supplements import add_notes
from knowledge.text import clean
from storage.attempts import AttemptLimiter

EXPIRED = "下载链接无效或已过期。请回到对话发送“我的自查”，或在“自查下载”页面输入自查码，重新获取。"
NOT_YOURS = "这个文件只能在填写自查的浏览器里打开。换了设备，请在“自查下载”页面输入自查码。"
TOO_MANY = "自查码输错多次，请 {wait} 秒后再试。"
NOT_OPEN = "这份自查还没有提交或已经办结，留言没有收下。"
WRONG_CODE = "没有找到这个自查码对应的自查。请核对后再输入，自查码为 12 位字母和数字。"


def file_routes(assistant: Assistant, templates: Jinja2Templates, writer: PaperWriter) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    store, encryptor, problem = assistant.cases, assistant.services.encryptor, partial(_problem, assistant, templates)

    @router.get("/files/{token}/{name}")
    async def download(request: Request, token: str, name: str) -> Response:
        link = opened_link(encryptor, FileLink, token, assistant.settings.link_minutes)
        case = store.get(link.case_id) if link else None
        if link is None or case is None or link.paper not in ("form", "report") or link.form not in MEDIA:
            return problem(request, EXPIRED, 410)
        session = request.cookies.get(SESSION, "")
        if link.owner_only and not (valid_session(session) and store.owns(case, f"web:{session}")):
            return problem(request, NOT_YOURS, 403)
        content = await writer.written(papers_for(assistant.services, case), link.paper, link.form)
        store.record("download", AuditAct.DOWNLOAD, case, paper=link.paper, form=link.form)
        return as_file(content, link.form, clean(name)[:60] or f"{FORM}.{link.form}")

    @router.get(BLANK)
    async def blank() -> Response:
        """附件2 as it is printed, to look at before starting."""
        return as_file(
            await writer.written(papers_for(assistant.services, None), "form", "docx"), "docx", f"{FORM}（空白）.docx"
        )

    return router


def self_check_routes(assistant: Assistant, templates: Jinja2Templates) -> APIRouter:
    """The page where a code opens a self-check."""
    router = APIRouter(include_in_schema=False)
    store, refused = assistant.cases, partial(_problem, assistant, templates)
    tries = AttemptLimiter("self-check page", assistant.settings)

    @router.get("/self-check")
    def ask_code(request: Request) -> HTMLResponse:
        return page_of(request, templates, assistant, "self_check.html")

    @router.post("/self-check")
    def by_code(
        request: Request, code: Annotated[str, Form()] = "", message: Annotated[str, Form()] = ""
    ) -> HTMLResponse:
        """What a code opens, which is posted and so never in an address: papers, steps, answers, and a way back."""
        same_site(request)
        address, typed = address_of(request), clean(code)[:40]
        if wait := tries.begin(address):
            return refused(request, TOO_MANY.format(wait=wait), 429, typed)
        wanted = found_code(typed)
        case = store.by_code(wanted) if wanted else None
        if case is None:
            return refused(request, WRONG_CODE, 404, typed)
        tries.right(address)
        problem = _written(assistant, case, clean(message)[:LONGEST_NOTE])
        shown = _opened(assistant, store.get(case.id) or case)
        return page_of(request, templates, assistant, "self_check.html", **shown, problem=problem, typed=typed)

    return router


def _problem(
    assistant: Assistant, templates: Jinja2Templates, request: Request, message: str, status: int, typed: str = ""
) -> HTMLResponse:
    return page_of(request, templates, assistant, "self_check.html", status, problem=message, typed=typed)


def _opened(assistant: Assistant, case: Case) -> dict[str, Any]:
    """What its code shows of a self-check."""
    store = assistant.cases
    found, notes = store.routes(case), store.notes(case, internal=False)
    shown: dict[str, Any] = {"case": case, "notes": notes}
    shown["files"] = file_links(assistant.services.encryptor, case, "code:")
    if not case.is_draft:
        shown["steps"] = [step.as_json() for step in steps_of(case, found, notes, store.history(case))]
        shown["next"] = next_step(case, found)
    return shown


def _written(assistant: Assistant, case: Case, message: str) -> str:
    """Give a message to those who handle a submitted self-check; why it could not be, else nothing."""
    if not message:
        return ""
    if case.is_draft or case.status == CLOSED:
        return NOT_OPEN
    add_notes(assistant.services, case, [message])
    return ""


def as_file(content: bytes, form: str, name: str) -> Response:
    """A paper to keep, by its form (docx, pdf, json)."""
    return attached(content, MEDIA[form], name)


def attached(content: bytes, media: str, name: str, inline: bool = False, **headers: str) -> Response:
    """A file with its name, kept by no cache and told to nobody: the one place that says how a browser gets one.

    Args:
        name: as people read it; it may be Chinese (RFC 6266).
        inline: shown in the browser instead of saved.
        headers: further ones, with ``_`` for ``-``.
    """
    told = {
        "content-disposition": f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }
    return Response(content, media_type=media, headers=told | {key.replace("_", "-"): v for key, v in headers.items()})
