"""The web application: one place that shows every route."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.templating import Jinja2Templates
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from bot.assembly import TALKING, Assistant
from bot.channels.starting import Channels, start_channels
from bot.console.access import HOME, Console
from bot.console.documents import PAGE as DOCUMENTS_PATH
from bot.console.routes import add_console
from bot.health import Health
from bot.logs import turn_log
from bot.metrics import FAILED_TURNS
from bot.papers import PaperWriter
from bot.reload import Reloader
from bot.reminders import schedule_reminders
from bot.retention import keep_retention, keep_telling
from bot.web.assets import Static, asset_routes
from bot.web.callbacks import callback_routes, full_text_routes
from bot.web.city import city
from bot.web.contract import contract_routes
from bot.web.evidence import PAGE_PATH, REST_PATH, Uploads, page_evidence_routes, rest_evidence_routes
from bot.web.files import file_routes, self_check_routes
from bot.web.guards import (
    LARGEST_BODY,
    BadInput,
    BehindProxy,
    CompressPublic,
    LimitBody,
    RateLimits,
    error_body,
    wants_page,
)
from bot.web.my_data import my_data_routes
from bot.web.pages import FOLDER, forget_routes, page_routes, reading_routes, say_routes
from bot.web.plan_page import plan_routes
from bot.web.problem_pages import ProblemPages
from bot.web.quiet import quiet_routes
from bot.web.site_pages import site_file_routes, site_routes
from bot.web.tip_page import RECEIPT_PATH, tip_routes
from bot.web.webhook import webhook_routes
from bot.work import MeasuringExecutor, OverBudgetError
from bot.workers import Worker
from casework.cases.case import Conflict
from casework.cases.evidence import EvidenceError
from knowledge.build import Say, silent
from storage.database import STORE_ERRORS

OPENAPI = "/openapi.json"
# An official looks at one file after the other; the process that makes copies takes seconds to begin.
VIEWER_IDLE_SECONDS = 900
BY_STATUS = {
    400: '请求的内容无法读取。请发送 UTF-8 编码的 JSON，例如 {"sender": "a", "message": "P2P谁牵头"}。',
    404: "没有这个页面，地址可能写错了。请回首页提问，或查看方案。",
    405: "这个地址不支持该请求方式。对话请用 POST /webhooks/rest/webhook。",
}
NOT_KEPT = "系统暂时无法保存，您刚才这条没有处理成功，之前的内容都在。请过一会儿再试，或拨打 12345。"
CHANGED = "这件事刚刚被别人改动或撤回了，您这次的操作没有生效。请重新打开看一下。"
WRONG_FORM = (
    '请求格式不对：{field}。请发送 JSON 对象，如 {{"sender": "a", "message": "P2P谁牵头"}}，'
    "其中 sender 和 message 是文字，metadata 是对象或省略。"
)


@asynccontextmanager
async def running(assistant: Assistant, health: Health, say: Say, app: FastAPI) -> AsyncIterator[None]:
    """What runs besides while the application serves."""
    talks = assistant.settings.serves in TALKING
    asyncio.get_running_loop().set_default_executor(MeasuringExecutor("serving"))
    await health.look()
    tasks = [asyncio.create_task(work) for work in (health.watch(), Reloader(assistant).run())]
    scheduler = None
    if assistant.keeps_house:  # one part deletes and reminds for all
        tasks += [asyncio.create_task(work) for work in (keep_retention(assistant), keep_telling(assistant))]
        scheduler = schedule_reminders(assistant.settings)
    assistant.intake.start()
    channels = start_channels(app, assistant, say) if talks else Channels()
    app.state.channels = channels
    yield
    await channels.stop()
    if scheduler:
        scheduler.shutdown(wait=False)
    for task in tasks:
        task.cancel()
    assistant.intake.stop()


def create_app(assistant: Assistant, say: Say = silent) -> FastAPI:
    """Build the application around a loaded assistant."""

    writer, viewer = PaperWriter(), Worker(VIEWER_IDLE_SECONDS, sandboxed=True)
    health = Health(assistant.ready, (*STORE_ERRORS, OSError))
    serves = assistant.settings.serves

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(assistant, health, say, app):
            yield
        writer.close()
        viewer.close()

    openapi = OPENAPI if serves in TALKING else None
    app = FastAPI(title=city().title, docs_url=None, redoc_url=None, openapi_url=openapi, lifespan=lifespan)
    app.state.services = assistant.services
    limits = RateLimits(assistant.settings)
    largest = assistant.settings.evidence_mb * 2**20 + LARGEST_BODY
    if assistant.settings.trust_proxy:
        app.add_middleware(BehindProxy)
    app.add_middleware(CompressPublic)
    templates = Jinja2Templates(FOLDER / "templates")
    problems = ProblemPages(assistant, templates)
    uploaded_to = (REST_PATH, PAGE_PATH, RECEIPT_PATH, DOCUMENTS_PATH)
    app.add_middleware(LimitBody, uploads=uploaded_to, largest_upload=largest, page=problems.written)
    for router in public_routes(assistant, limits, templates, writer):
        app.include_router(router)
    console = Console(assistant, templates) if serves in ("all", "console") else None
    if console:
        add_console(app, console, writer, viewer)
    if serves != "upkeep":  # which has no page
        app.include_router(reading_routes(assistant, templates))
        app.include_router(asset_routes())
        app.mount("/static", Static(), name="static")
    app.include_router(watching_routes(assistant, health))
    _answer_errors_in_chinese(app, console, problems)
    return app


def watching_routes(assistant: Assistant, health: Health) -> APIRouter:
    """For whoever watches over the process."""
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> Response:
        """Ready only when a question can be answered."""
        ready = await health.good()
        status = {"status": "ok" if ready else "unavailable", "knowledge": assistant.knowledge.version}
        return JSONResponse(status, 200 if ready else 503, {"cache-control": "no-store"})

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def public_routes(
    assistant: Assistant, limits: RateLimits, templates: Jinja2Templates, writer: PaperWriter
) -> Iterator[APIRouter]:
    """What the public reaches in the part that this process serves."""
    serves, uploads = assistant.settings.serves, Uploads(assistant)
    if serves in TALKING:
        yield contract_routes(assistant, limits)
        yield page_routes(assistant, templates)
        yield say_routes(assistant, limits, templates)
        yield forget_routes(assistant, templates)
        yield plan_routes(assistant, templates, writer)
        yield my_data_routes(assistant, templates)
        yield rest_evidence_routes(uploads, limits)
        yield page_evidence_routes(uploads, limits, templates)
        yield webhook_routes(assistant)
        yield callback_routes(assistant)
        yield full_text_routes(assistant, templates)
        yield file_routes(assistant, templates, writer)
        yield self_check_routes(assistant, templates)
        yield quiet_routes(assistant, templates)
    if serves in ("all", "chat", "intake"):
        yield site_routes(assistant, templates)
        yield site_file_routes(assistant)
    if serves in ("all", "intake"):
        yield tip_routes(assistant, uploads, templates)


def _refused(
    console: Console | None, problems: ProblemPages, request: Request, message: str, status: int,
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """On the console and for people a page, elsewhere what the contract says."""
    if console and request.url.path.startswith(HOME):
        return console.refused(request, message, status)
    if wants_page(request.headers, request.url.path):
        return problems.answer(request, message, status)
    return JSONResponse(error_body(message), status, headers)


def _answer_errors_in_chinese(app: FastAPI, console: Console | None, problems: ProblemPages) -> None:
    said = partial(_refused, console, problems)

    @app.exception_handler(BadInput)
    async def bad_input(request: Request, error: BadInput) -> Response:
        return said(request, error.message, error.status)

    @app.exception_handler(OverBudgetError)
    async def over_budget(request: Request, error: OverBudgetError) -> Response:
        return said(request, error.message, error.status)

    @app.exception_handler(EvidenceError)
    async def not_taken(request: Request, error: EvidenceError) -> Response:
        return said(request, str(error), 422)

    @app.exception_handler(RequestValidationError)
    async def wrong_form(request: Request, error: RequestValidationError) -> Response:
        fields = "、".join(sorted({str(problem["loc"][-1]) for problem in error.errors()}))[:100]
        return JSONResponse(error_body(WRONG_FORM.format(field=fields)), 422)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        message = BY_STATUS.get(error.status_code, "请求无法处理。请检查后重试。")
        return said(request, message, error.status_code, dict(error.headers or {}))

    async def store_is_away(request: Request, error: Exception) -> Response:
        """Locked, full or gone: said, and no matter for a traceback."""
        turn_log.error("store is away", error=type(error).__name__)
        return said(request, NOT_KEPT, 503)

    @app.exception_handler(Conflict)
    async def changed_meanwhile(request: Request, error: Conflict) -> Response:
        return said(request, CHANGED, 409)

    for kind in STORE_ERRORS:
        app.add_exception_handler(kind, store_is_away)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        FAILED_TURNS.inc()
        # The route as it is written in the program: in the path itself may stand what opens a calendar or a file.
        route = getattr(request.scope.get("route"), "path", "")
        turn_log.error("unexpected", error=type(error).__name__, route=route)
        return said(request, "系统暂时出了点问题，您的消息没有处理成功。请稍后重试，或拨打 12345。", 503)
