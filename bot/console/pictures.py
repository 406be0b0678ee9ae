"""Charts on the console and in chat, the campaign's timeline, the leading group, and calendars."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from bot.assembly import Assistant
from bot.console.access import Console, Needs
from bot.console.figures import figures_of
from bot.console.sheets import sheet
from bot.papers import PaperWriter
from bot.web.files import attached
from bot.web.guards import BadInput
from casework.cases.audit_acts import AuditAct
from casework.cases.links import CalendarLink, PictureLink, opened_link
from casework.desk.account import Account
from casework.desk.calendar import as_calendar
from casework.desk.charts import TITLES, organisation_picture, picture, timeline_picture
from casework.desk.counts import Statistics
from casework.desk.roles import Permission, may
from casework.desk.statistics import in_words, statistics_for

Look = Annotated[Account, Depends(Needs(Permission.SEE_STATISTICS))]
PICTURES = ("svg", "png")
PRIVATE = {"cache-control": "no-store"}
FRESH_SECONDS = 15
ISSUED = date(2016, 6, 27)
GONE = "链接无效或已过期，请回到对话重新获取。"


class FreshCounts:
    """The counts, made at most once in FRESH_SECONDS for a unit: a page and its pictures ask for the same."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._kept: dict[str, tuple[float, Statistics]] = {}

    def __call__(self, account: Account) -> Statistics:
        whose = "" if may(account, Permission.SEE_ALL_UNITS) else account.unit
        at, kept = self._kept.get(whose, (0.0, None))
        if kept is None or time.monotonic() - at > FRESH_SECONDS:
            of, today = self._assistant, self._assistant.settings.current_day()
            kept = statistics_for(account, of.knowledge, of.cases, of.tasks, of.questions, today)
            self._kept[whose] = (time.monotonic(), kept)
        return kept


def chart_routes(console: Console, writer: PaperWriter, counted: FreshCounts) -> APIRouter:
    """The figures of the console."""
    router = APIRouter(include_in_schema=False)
    assistant = console.assistant
    settings = assistant.settings

    @router.get("/console/charts")
    def charts(request: Request, account: Look) -> HTMLResponse:
        found = counted(account)
        figures = figures_of(found, console.knowledge.directory, may(account, Permission.SEE_ALL_UNITS))
        plan = {name: TITLES[name] for name in ("timeline", "group")}
        words = in_words(found, settings.current_day())
        return console.page(request, "charts.html", figures=figures, plan=plan, words=words)

    @router.get("/console/charts/{name}.{form}")
    async def chart(name: str, form: str, account: Look) -> Response:
        """A figure to take out: as a picture, or its numbers as a sheet."""
        found = await to_thread.run_sync(counted, account)
        figures = figures_of(found, console.knowledge.directory, may(account, Permission.SEE_ALL_UNITS))
        figure = next((each for each in figures if each.name == name), None)
        if figure is None:
            raise BadInput("没有这张图。", 404, "not_found")
        if form in PICTURES:
            content = await writer.made(picture, name, found, form)
            return _svg(content) if form == "svg" else Response(content, media_type="image/png", headers=PRIVATE)
        taken = sheet(form, figure.title, figure.columns, figure.table)
        assistant.cases.record(account.id, AuditAct.EXPORT_CHART, chart=name, form=form)
        return taken

    return router


def picture_routes(console: Console, writer: PaperWriter, counted: FreshCounts) -> APIRouter:
    """Pictures for everybody and for chats, and calendars."""
    router = APIRouter(include_in_schema=False)
    assistant = console.assistant
    settings = assistant.settings

    @router.get("/charts/plan/{name}.{form}")
    async def public(name: Literal["timeline", "group"], form: Literal["svg", "png"]) -> Response:
        """What the plan itself says, drawn; for everybody."""
        if name == "timeline":
            today = settings.current_day()
            content = await writer.made(timeline_picture, console.knowledge.directory.deadlines, ISSUED, today, form)
        else:
            content = await writer.made(organisation_picture, console.knowledge.directory.members, form)
        return _svg(content) if form == "svg" else Response(content, media_type="image/png")

    @router.get("/charts/{token}.png")
    async def sent(token: str) -> Response:
        """A picture of a chat; the link says nothing and works for a while, as long as its owner may see it."""
        link = opened_link(assistant.services.encryptor, PictureLink, token, settings.link_minutes)
        account = console.accounts.get(link.account_id) if link else None
        if link is None or account is None or not may(account, Permission.SEE_STATISTICS):
            raise BadInput(GONE, 410, "expired")
        content = await writer.made(picture, link.picture, await to_thread.run_sync(counted, account), "png")
        return Response(content, media_type="image/png", headers={"cache-control": "no-store"})

    def calendar(account: Account | None) -> Response:
        if account is None or not may(account, Permission.SEE_TASKS):
            raise BadInput("日历地址无效或已作废。请在工作台“我的账号”重新生成。", 404, "not_found")
        name = f"{account.unit}专项整治任务"
        content = as_calendar(assistant.tasks.of_unit(account.unit), name, datetime.now(UTC))
        return attached(content, "text/calendar; charset=utf-8", "tasks.ics")

    @router.get("/calendar/{token}.ics")
    def feed(token: str) -> Response:
        """A calendar to subscribe to; whoever has the address sees the unit's tasks, until it is revoked."""
        return calendar(console.accounts.by_feed(token))

    @router.get("/calendar/once/{token}/{name}")
    def once(token: str, name: str) -> Response:
        """A calendar file from a chat."""
        link = opened_link(assistant.services.encryptor, CalendarLink, token, settings.link_minutes)
        return calendar(console.accounts.get(link.calendar) if link else None)

    return router


def _svg(content: bytes) -> Response:
    return Response(content, media_type="image/svg+xml", headers={"cache-control": "no-store"})
