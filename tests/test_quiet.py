"""For whoever must not be seen reporting: out at once, nothing shown again, and a page whose name tells nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from bot.web.city import city
from tests.conftest import Server

TOLD = "金鼎财富在老城区骗了我20万"


def browser_without_script(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, timeout=60, headers={"accept": "text/html"})


def test_nothing_of_a_quiet_conversation_is_shown_again(server: Server) -> None:
    visitor = browser_without_script(server)
    page = visitor.get("/quiet")
    assert "max-age" not in page.headers["set-cookie"].lower() and page.headers["cache-control"] == "no-store"
    assert re.search(r"<title>\s*便民服务", page.text)
    said = visitor.post("/chat", data={"message": TOLD})
    assert said.status_code == 200 and said.url.path == "/chat" and TOLD in said.text
    for path in ("/quiet", "/", "/"):
        assert TOLD not in visitor.get(path).text, path


def test_a_report_is_made_and_followed_on_the_quiet_page(server: Server) -> None:
    visitor = browser_without_script(server)
    visitor.get("/quiet")
    for message in (TOLD, "其余跳过"):
        visitor.post("/chat", data={"message": message})
    sent = visitor.post("/chat", data={"message": "确认如实举报并提交"}).text
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", sent)
    assert receipt
    assert "已收到" in visitor.post("/chat", data={"message": receipt[0]}).text


@pytest.mark.parametrize("path", ["/", "/quiet"])
def test_who_leaves_leaves_nothing_in_the_browser(server: Server, path: str) -> None:
    visitor = browser_without_script(server)
    visitor.get(path)
    visitor.post("/chat", data={"message": TOLD})
    before = dict(visitor.cookies)
    left = visitor.post("/leave")
    assert left.status_code == 303 and left.headers["location"] == "/left"
    assert '"cookies"' in left.headers["clear-site-data"]
    assert before and not visitor.cookies
    plain = visitor.get("/left").text
    assert city().leave_to in plain and "举报" not in plain and city().title not in plain
    # Whoever has the old cookie all the same finds nothing.
    again = httpx.Client(base_url=server.url, timeout=60, cookies=before)
    assert TOLD not in again.get("/").text


def test_another_site_cannot_make_somebody_leave(server: Server) -> None:
    assert httpx.post(f"{server.url}/leave", headers={"sec-fetch-site": "cross-site"}).status_code == 403


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


def elsewhere(route: Route) -> None:
    route.fulfill(status=200, content_type="text/html", body="<title>elsewhere</title>")


def opened(browser: Browser, server: Server, path: str) -> Page:
    page = browser.new_context().new_page()
    page.route(f"{city().leave_to}**", elsewhere)
    page.goto(f"{server.url}{path}")
    return page


@pytest.mark.parametrize("path", ["/", "/quiet", "/tip-off"])
def test_out_at_once_by_button(server: Server, browser: Browser, path: str) -> None:
    page = opened(browser, server, path)
    entries = page.evaluate("history.length")
    with page.expect_request(f"{server.url}/leave"):
        page.get_by_role("button", name="快速离开").click()
    page.wait_for_url(city().leave_to)
    assert page.evaluate("history.length") == entries, "in place of our page, not behind it"
    page.context.close()


def test_out_at_once_by_three_times_escape_and_nothing_when_coming_back(server: Server, browser: Browser) -> None:
    page = opened(browser, server, "/quiet")
    page.locator("#message").fill(TOLD)
    page.get_by_role("button", name="发送").click()
    page.locator("#history").get_by_text(TOLD).first.wait_for()
    with page.expect_request(f"{server.url}/leave"):
        for _ in range(3):
            page.keyboard.press("Escape")
    page.wait_for_url(city().leave_to)
    page.goto(f"{server.url}/")
    assert TOLD not in page.content()
    page.context.close()
