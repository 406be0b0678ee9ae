"""Charts on the console and in chat, the campaign's timeline, the leading group, and calendars."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from actions.cases.links import CalendarLink, PictureLink, opened_link
from actions.cases.shared import shared_sealer
from actions.desk.accounts import Account
from actions.desk.calendar import as_calendar
from actions.desk.charts import TITLES, Chart, organisation_picture, picture, timeline_picture
from actions.desk.counts import Statistics
from actions.desk.roles import Permission, may
from actions.desk.statistics import in_words, statistics_for
from bot.console.access import Console, Needs
from bot.papers import PaperWriter
from bot.web.guards import BadInput

Look = Annotated[Account, Depends(Needs(Permission.SEE_STATISTICS))]
COUNTED: tuple[Chart, ...] = ("weeks", "counties", "waiting", "breaches", "jobs", "tasks")
FRESH_SECONDS = 15
ISSUED = date(2016, 6, 27)
GONE = "链接无效或已过期，请回到对话重新获取。"


def picture_routes(console: Console, writer: PaperWriter) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    assistant = console.assistant
    directory, settings = assistant.knowledge.directory, assistant.settings

    fresh: dict[str, tuple[float, Statistics]] = {}

    def counted(account: Account) -> Statistics:
        """The counts, made at most once in FRESH_SECONDS for a unit: a page shows eight pictures of the same."""
        whose = "" if may(account, Permission.SEE_ALL_UNITS) else account.unit
        at, kept = fresh.get(whose, (0.0, None))
        if kept is None or time.monotonic() - at > FRESH_SECONDS:
            kept = statistics_for(
                account,
                assistant.knowledge,
                assistant.cases,
                assistant.tasks,
                assistant.questions,
                settings.current_day(),
            )
            fresh[whose] = (time.monotonic(), kept)
        return kept

    @router.get("/console/charts")
    def charts(request: Request, account: Look) -> HTMLResponse:
        found = counted(account)
        shown = [chart for chart in COUNTED if chart != "jobs" or may(account, Permission.SEE_ALL_UNITS)]
        titles = {chart: TITLES[chart] for chart in (*shown, "timeline", "group")}
        return console.page(
            request, "charts.html", titles=titles, found=found, words=in_words(found, settings.current_day())
        )

    @router.get("/console/charts/{name}.svg")
    async def chart(name: str, account: Look) -> Response:
        if name not in COUNTED:
            raise BadInput("没有这张图。", 404, "not_found")
        content = await writer.made(picture, name, await to_thread.run_sync(counted, account), "svg")
        return _svg(content)

    @router.get("/charts/plan/{name}.{form}")
    async def public(name: Literal["timeline", "group"], form: Literal["svg", "png"]) -> Response:
        """What the plan itself says, drawn; for everybody."""
        if name == "timeline":
            today = settings.current_day()
            content = await writer.made(timeline_picture, directory.deadlines, ISSUED, today, form)
        else:
            content = await writer.made(organisation_picture, directory.members, form)
        return _svg(content) if form == "svg" else Response(content, media_type="image/png")

    @router.get("/charts/{token}.png")
    async def sent(token: str) -> Response:
        """A picture of a chat; the link says nothing and works for a while, as long as its owner may see it."""
        link = opened_link(shared_sealer(settings), PictureLink, token, settings.link_minutes)
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
        headers = {"cache-control": "no-store", "content-disposition": 'attachment; filename="tasks.ics"'}
        return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)

    @router.get("/calendar/{token}.ics")
    def feed(token: str) -> Response:
        """A calendar to subscribe to; whoever has the address sees the unit's tasks, until it is revoked."""
        return calendar(console.accounts.by_feed(token))

    @router.get("/calendar/once/{token}/{name}")
    def once(token: str, name: str) -> Response:
        """A calendar file from a chat."""
        link = opened_link(shared_sealer(settings), CalendarLink, token, settings.link_minutes)
        return calendar(console.accounts.get(link.calendar) if link else None)

    return router


def _svg(content: bytes) -> Response:
    return Response(content, media_type="image/svg+xml", headers={"cache-control": "no-store"})
