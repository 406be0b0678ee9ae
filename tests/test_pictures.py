"""The pages look as on the contact sheet in docs/pictures: what was seen and found good does not change unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from bench.pictures import PROFILES, SHEET, STATES, font, places, tiles
from tests.conftest import Server

MAIN = ("phone", "phone, dark", "phone, large letters", "desktop")
# Tiles are a third to a fifth of the page in size, which evens out how the edges of letters are smoothed.
DIFFERENT, MOST_DIFFERENT = 28, 0.02


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def difference(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels whose brightness differs by more than DIFFERENT of 255."""
    pixels = [np.asarray(each.convert("L"), dtype=np.int16) for each in (one, other)]
    return float((np.abs(pixels[0] - pixels[1]) > DIFFERENT).mean())


@pytest.mark.parametrize("name", MAIN)
def test_every_main_state_looks_as_on_the_contact_sheet(browser: Browser, server: Server, name: str) -> None:
    kept = Image.open(SHEET)
    if json.loads(str(kept.info["font"])) != font():
        pytest.skip("the sheet was drawn with another Chinese font: python -m bench.pictures draws it anew")
    profile = next(profile for profile in PROFILES if profile.name == name)
    drawn = tiles(browser, server.url, profile)
    assert len(drawn) == STATES
    kept = kept.convert("RGB")
    pairs = zip(drawn, places(PROFILES, STATES)[name], strict=True)
    found = [round(difference(one, kept.crop(box)), 4) for one, box in pairs]
    assert max(found) <= MOST_DIFFERENT, f"{found}: if it is meant, python -m bench.pictures"


@pytest.mark.parametrize("by", [(0, 4), (4, 0)])
def test_the_comparison_sees_a_shift_of_one_line(by: tuple[int, int]) -> None:
    kept = Image.open(SHEET).convert("RGB")
    for name in MAIN:
        for box in places(PROFILES, STATES)[name]:
            tile = kept.crop(box)
            moved = Image.new("RGB", tile.size, tile.getpixel((0, 0)))
            moved.paste(tile, by)
            assert difference(tile, moved) > MOST_DIFFERENT, (name, box)
