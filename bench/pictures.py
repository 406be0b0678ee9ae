"""Draws the pictures of the chat in docs/pictures from a running server: ``python -m bench.pictures URL``."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
STORY, SUBMIT = "有个叫丰源理财的骗了我3万元", "确认如实举报并提交"
GAP, GROUND, COLOURS = 10, "#9aa4ae", 256
Scheme = Literal["light", "dark"]


def ask(page: Page, question: str) -> None:
    """Say something and wait for the reply."""
    before = page.locator(".reply").count()
    page.locator("#message").fill(question)
    page.locator("#ask .send").click()
    page.locator(".reply").nth(before).wait_for()
    page.locator(".typing").wait_for(state="detached")


def shot(page: Page) -> Image.Image:
    page.evaluate("document.activeElement.blur()")
    return Image.open(io.BytesIO(page.screenshot(animations="disabled")))


def states(browser: Browser, url: str, scheme: Scheme) -> Iterator[Image.Image]:
    """First screen, answer, form, review, receipt, on a phone."""
    page = browser.new_context(viewport={"width": 390, "height": 780}, color_scheme=scheme).new_page()
    page.goto(url)
    yield shot(page)
    for message in ("P2P能不能搞资金池", STORY, "修改业务种类", "其余跳过"):
        ask(page, message)
        if message != STORY:
            yield shot(page)
    page.get_by_role("button", name=SUBMIT).click()
    page.locator(".receipt").wait_for()
    yield shot(page)


def sheet(rows: list[list[Image.Image]], width: int) -> Image.Image:
    """Pictures side by side, a row for each list."""
    small = [[one.resize((width, one.height * width // one.width)) for one in row] for row in rows]
    height = max(one.height for row in small for one in row)
    across = max(map(len, small)) * (width + GAP) + GAP
    drawn = Image.new("RGB", (across, len(small) * (height + GAP) + GAP), GROUND)
    for down, row in enumerate(small):
        for at, one in enumerate(row):
            drawn.paste(one, (GAP + at * (width + GAP), GAP + down * (height + GAP)))
    return drawn


def save(picture: Image.Image, name: str) -> None:
    """As a small PNG; 256 colours are enough for a page."""
    picture.convert("RGB").quantize(COLOURS).save(FOLDER / name, optimize=True)


def main(url: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        save(sheet([list(states(browser, url, scheme)) for scheme in ("light", "dark")], 260), "chat-states.png")
        page = browser.new_context(viewport={"width": 1280, "height": 760}).new_page()
        page.goto(url)
        ask(page, "P2P能不能搞资金池")
        page.locator(".sources a").first.click()
        page.locator("#reader .opened").wait_for()
        save(shot(page), "chat.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
