"""What a loaded assistant consists of is in no collection's way, and what is loaded in its place is freed."""

from __future__ import annotations

import gc
import socket
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

import bot.assembly
import bot.web.app
from bot.collector import settle, settle_anew
from bot.settings import Settings
from bot.web.server import serve_web

LOADED = 50_000


class Loaded:
    """Something large that refers to itself, as what Rasa and the knowledge base load does."""

    def __init__(self) -> None:
        self.parts, self.whole = [[number] for number in range(LOADED)], self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_a_full_collection_visits_nothing_of_what_was_loaded() -> None:
    loaded = Loaded()
    assert len(gc.get_objects()) > LOADED
    settle()
    assert len(gc.get_objects()) < LOADED
    assert len(loaded.parts) == LOADED


def test_what_something_else_has_replaced_is_freed() -> None:
    loaded = Loaded()
    settle()
    gone = weakref.ref(loaded)
    del loaded
    gc.collect()
    assert gone() is not None, "it was left out of the collection"
    settle_anew()
    assert gone() is None
    assert len(gc.get_objects()) < LOADED


def test_a_server_has_settled_before_its_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    loaded = Loaded()

    def run(server: Any, sockets: list[socket.socket]) -> None:
        seen.append((len(gc.get_objects()), len(loaded.parts)))
        for each in sockets:
            each.close()

    monkeypatch.setattr(bot.assembly, "assemble", lambda settings, say: loaded)
    monkeypatch.setattr(bot.web.app, "create_app", lambda assistant, say: assistant)
    monkeypatch.setattr(uvicorn.Server, "run", run)
    assert serve_web(Settings(host="127.0.0.1", port=0), lambda message: None) == 0
    ((visited, kept),) = seen
    assert visited < LOADED == kept
