"""What went wrong, as a page of the site: what it was, and where to go from here."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from bot.assembly import Assistant
from bot.web.assets import asset
from bot.web.city import city
from bot.web.pages import QUIET, TEXT_SIZE, page_of

HEADINGS = {
    403: "这里不能这样打开",
    404: "没有找到这个页面",
    405: "这个地址不能这样打开",
    409: "需要重新进入",
    410: "这个链接过期了",
    413: "内容太大，没有收下",
    422: "没有收下，请改一下",
    429: "请稍等一会儿",
    503: "系统暂时出了点问题",
}
OTHER = "这次没有成功"


class ProblemPages:
    """Writes ``error.html``."""

    def __init__(self, assistant: Assistant, templates: Jinja2Templates) -> None:
        self._assistant, self._templates = assistant, templates

    def answer(self, request: Request, message: str, status: int) -> HTMLResponse:
        values = {"problem": message, "heading": HEADINGS.get(status, OTHER)}
        return page_of(request, self._templates, self._assistant, "error.html", status, **values)

    def written(self, message: str, status: int, cookies: Mapping[str, str]) -> str:
        """The page's text, where there is no request yet; in the letters that the visitor chose."""
        place = {"url": {"path": "/"}}
        heading = HEADINGS.get(status, OTHER)
        known = {
            "city": city(),
            "plan": self._assistant.knowledge.plan.info,
            "large": cookies.get(TEXT_SIZE) == "large",
            "quiet": cookies.get(QUIET) == "1",
            "request": place,
            "asset": asset,
        }
        return self._templates.get_template("error.html").render(problem=message, heading=heading, **known)
