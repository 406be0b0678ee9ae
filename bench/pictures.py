"""Draws docs/pictures from a running server: ``python -m bench.pictures URL [--data FOLDER]``.

``contact-sheet.png`` has every state at every width, light, dark, in large letters and at 200 %; tests/test_pictures.py
draws some of it anew and compares. ``--data`` is the server's data folder, for the officials' desk: it gets an account.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image, PngImagePlugin
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SHEET = FOLDER / "contact-sheet.png"
STORY, SUBMIT = "有个叫丰源理财的骗了我3万元", "确认如实举报并提交"
GAP, GROUND, COLOURS = 8, "#9aa4ae", 240
# Codes and days that differ each time are drawn as one and the same.
STEADY = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const steady = (text) => text
        .replace(/[0-9A-HJ-NP-Z]{4}(-[0-9A-HJ-NP-Z]{4})+/g, (code) => code.replace(/[0-9A-Z]/g, "8"))
        .replace(/\\d{4}年\\d{1,2}月\\d{1,2}日/g, "2016年7月27日")
        .replace(/\\d{4}-\\d\\d-\\d\\d( \\d\\d:\\d\\d)?/g, "2016-07-27");
    while (walk.nextNode()) walk.currentNode.nodeValue = steady(walk.currentNode.nodeValue);
    for (const group of document.querySelectorAll(".groups span")) group.textContent = "8888";
    for (const code of document.querySelectorAll(".qr svg")) code.style.opacity = 0;
    document.activeElement.blur();
    getSelection().removeAllRanges();
}"""


@dataclass(frozen=True)
class Profile:
    """A browser that the pages are looked at with.

    Attributes:
        tall: height of its tiles on the sheet, pixels.
        zoom: 2 is 200 %, half as many pixels for the page.
    """

    name: str
    width: int
    height: int
    tall: int
    scheme: Literal["light", "dark"] = "light"
    large: bool = False
    zoom: int = 1

    @property
    def tile(self) -> tuple[int, int]:
        return self.width * self.tall // self.height, self.tall


# 390, 768, 1280 and 1920 pixels; the first of each in light.
WIDTHS = (("phone", 390, 844, 260), ("tablet", 768, 1024, 170), ("desktop", 1280, 800, 130), ("wide", 1920, 1080, 117))
PROFILES = (
    *(
        profile
        for name, width, height, tall in WIDTHS
        for profile in (
            Profile(name, width, height, tall),
            Profile(f"{name}, dark", width, height, tall, scheme="dark"),
            Profile(f"{name}, large letters", width, height, tall, large=True),
            Profile(f"{name}, 200 %", width, height, tall, zoom=2),
        )
    ),
    Profile("desktop, 400 %", 1280, 1024, 130, zoom=4),
)
DESK = (
    Profile("desk", 1280, 800, 150),
    Profile("desk, dark", 1280, 800, 150, scheme="dark"),
    Profile("desk, large letters", 1280, 800, 150, large=True),
    Profile("desk, wide", 1920, 1080, 135),
    Profile("desk, tablet", 768, 1024, 200),
    Profile("desk, phone", 390, 844, 320),
)
DESK_PAGES = ("today", "cases", "charts", "tasks", "explanations", "questions", "audit", "me")
# Those that tests/test_pictures.py draws anew, and the others of the sheet.
STATES, MORE_STATES = 10, 7
DANGER, LIST = "钱全没了，我不想活了", "哪些单位要成立分领域工作小组"


def ask(page: Page, question: str) -> None:
    """Say something and wait for the reply."""
    before = page.locator(".reply").count()
    page.locator("#message").fill(question)
    page.locator("#ask .send").click()
    page.locator(".reply").nth(before).wait_for()
    page.locator(".typing").wait_for(state="detached")


def shot(page: Page) -> Image.Image:
    page.mouse.move(0, 0)
    page.evaluate(STEADY)
    return Image.open(io.BytesIO(page.screenshot(animations="disabled")))


def opened(browser: Browser, profile: Profile) -> Page:
    return browser.new_context(
        viewport={"width": profile.width // profile.zoom, "height": profile.height // profile.zoom},
        device_scale_factor=profile.zoom,
        color_scheme=profile.scheme,
        locale="zh-CN",
        reduced_motion="reduce",
        service_workers="block",
    ).new_page()


def begun(browser: Browser, url: str, profile: Profile) -> Page:
    """The chat page as somebody with this browser finds it."""
    page = opened(browser, profile)
    page.goto(url)
    if profile.large:
        with page.expect_navigation():
            page.get_by_role("button", name="大字版").click()
    return page


def states(browser: Browser, url: str, profile: Profile) -> Iterator[Image.Image]:
    """The main STATES of the public pages."""
    page = begun(browser, url, profile)
    yield shot(page)
    ask(page, "P2P能不能搞资金池")
    yield shot(page)
    page.locator(".sources a").first.click()
    page.locator("#reader .opened").wait_for()
    yield shot(page)
    page.go_back()
    for message in (STORY, "修改业务种类", "其余跳过"):
        ask(page, message)
        yield shot(page)
    page.get_by_role("button", name=SUBMIT).click()
    page.locator(".receipt").wait_for()
    page.locator(".typing").wait_for(state="detached")
    yield shot(page)
    ask(page, "企业自查")
    page.locator(".whole").wait_for()
    yield shot(page)
    for path in ("/plan#c-annex-2", "/tip-off"):
        page.goto(url + path)
        yield shot(page)
    page.context.close()


def more_states(browser: Browser, url: str, profile: Profile) -> Iterator[Image.Image]:
    """The other MORE_STATES: a list, danger, an amount, a day, a file on its way, finds in the plan, no such page."""
    page = begun(browser, url, profile)
    for message in (LIST, DANGER):
        ask(page, message)
        yield shot(page)
    ask(page, STORY)
    for message in ("修改涉及金额", "修改什么时候"):
        ask(page, message)
        yield shot(page)
    ask(page, "修改手头的证据")
    page.route("**/evidence", lambda route: None)
    page.locator(".upload input").first.set_input_files({"name": "转账.png", "mimeType": "image/png", "buffer": b"png"})
    page.locator(".uploads progress").wait_for()
    yield shot(page)
    for path in ("/plan?q=资金池", "/no-such-page"):
        page.goto(url + path)
        yield shot(page)
    page.unroute_all(behavior="ignoreErrors")
    page.context.close()


def tiled(pictures: Iterator[Image.Image], profile: Profile) -> list[Image.Image]:
    return [one.convert("RGB").resize(profile.tile, Image.Resampling.BOX) for one in pictures]


def tiles(browser: Browser, url: str, profile: Profile) -> list[Image.Image]:
    """The main states as they stand on the sheet."""
    return tiled(states(browser, url, profile), profile)


def places(profiles: tuple[Profile, ...], across: int) -> dict[str, list[tuple[int, int, int, int]]]:
    """Where on the sheet each profile's tiles are: left, top, right, bottom."""
    found, top = {}, GAP
    for profile in profiles:
        wide, tall = profile.tile
        lefts = [GAP + n * (wide + GAP) for n in range(across)]
        found[profile.name] = [(left, top, left + wide, top + tall) for left in lefts]
        top += tall + GAP
    return found


def sheet(rows: dict[str, list[Image.Image]], profiles: tuple[Profile, ...]) -> Image.Image:
    """The tiles of each profile side by side, a row for each."""
    where = places(profiles, max(map(len, rows.values())))
    boxes = [box for row in where.values() for box in row]
    drawn = Image.new("RGB", (max(box[2] for box in boxes) + GAP, max(box[3] for box in boxes) + GAP), GROUND)
    for name, row in rows.items():
        for box, one in zip(where[name], row, strict=False):
            drawn.paste(one, box[:2])
    return drawn


def font() -> str:
    """The font that Chinese is drawn in here; with another one every line is another."""
    return subprocess.run(["fc-match", "sans-serif:lang=zh-cn"], capture_output=True, text=True, check=False).stdout


def save(picture: Image.Image, path: Path) -> None:
    """As a small PNG; a palette is enough for pages."""
    said = PngImagePlugin.PngInfo()
    said.add_text("font", json.dumps(font()))
    picture.convert("RGB").quantize(COLOURS).save(path, optimize=True, pnginfo=said)


def desk(browser: Browser, url: str, data: Path, profile: Profile) -> list[Image.Image]:
    """The officials' pages, as tiles."""
    from bench.installation import PASSWORD, UNITS
    from casework.desk.account import Role
    from casework.desk.accounts import Accounts
    from storage.encryption import load_encryptor
    from storage.settings import ActionSettings

    accounts = Accounts(data / "accounts.db", load_encryptor(ActionSettings(data_dir=data)))
    account = accounts.add(uuid.uuid4().hex[:12], "周明", UNITS[Role.OFFICE], Role.OFFICE)
    page = begun(browser, url, profile)
    page.goto(f"{url}/console/join")
    for field, value in (("code", accounts.invite(account)), ("password", PASSWORD), ("again", PASSWORD)):
        page.locator(f"[name={field}]").fill(value)
    page.locator("main button").click()
    page.locator("[role=status]").wait_for()  # the password is set
    page.goto(f"{url}/console/login")
    found = [shot(page)]
    page.locator("[name=login]").fill(account.login)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("**/today")
    for name in DESK_PAGES:
        page.goto(f"{url}/console/{name}")
        found.append(shot(page))
    page.goto(f"{url}/console/cases")
    first = page.locator(".rows tbody a").first
    if first.count():
        first.click()
        page.wait_for_url("**/cases/*")
        found.append(shot(page))
    page.context.close()
    return tiled(iter(found), profile)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url", nargs="?", default="http://127.0.0.1:8000")
    options.add_argument("--data", type=Path)
    chosen = options.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        rows = {
            profile.name: [
                *tiles(browser, chosen.url, profile),
                *tiled(more_states(browser, chosen.url, profile), profile),
            ]
            for profile in PROFILES
        }
        save(sheet(rows, PROFILES), SHEET)
        if chosen.data:
            rows = {profile.name: desk(browser, chosen.url, chosen.data, profile) for profile in DESK}
            save(sheet(rows, DESK), FOLDER / "desk.png")
        page = browser.new_context(viewport={"width": 1280, "height": 760}, locale="zh-CN").new_page()
        page.goto(chosen.url)
        ask(page, "P2P能不能搞资金池")
        page.locator(".sources a").first.click()
        page.locator("#reader .opened").wait_for()
        save(shot(page), FOLDER / "chat.png")
        browser.close()


if __name__ == "__main__":
    main()
