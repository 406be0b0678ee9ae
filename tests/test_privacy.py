"""What people say is nowhere to be read: not in the logs, not in the data folder, not in the metrics."""

from __future__ import annotations

import json
import logging
import socket
import stat
import threading
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from bot.web.app import _answer_errors_in_chinese
from bot.web.server import server_config
from tests.conftest import DATA, Say, Server

PHONE = "13837912345"
SECRET = "我妈李翠花被金鼎财富骗了二十万"


def test_words_of_a_message_are_kept_sealed_only(server: Server, say: Say) -> None:
    say(f"{SECRET}，我的电话{PHONE}", sender="李翠花的女儿")
    with httpx.Client(base_url=server.url, follow_redirects=True) as browser:
        browser.get("/")
        assert SECRET in browser.post("/chat", data={"message": SECRET}).text
    kept = [path for path in DATA.rglob("*") if path.is_file() and "conversations" in path.name]
    assert kept
    for path in [*kept, server.log]:
        content = path.read_bytes()
        for words in (PHONE, "李翠花", "金鼎财富"):
            assert words.encode() not in content, path
    assert "金鼎" not in httpx.get(f"{server.url}/metrics").text


def test_the_key_and_the_conversations_are_the_owners_alone() -> None:
    for name in ("secret.key", "conversations.db"):
        assert stat.S_IMODE((DATA / name).stat().st_mode) == 0o600


def test_one_log_line_a_turn(server: Server, say: Say) -> None:
    before = len(server.log.read_text().splitlines())
    say("P2P谁牵头")
    (line,) = server.log.read_text().splitlines()[before:]
    turn = json.loads(line)
    assert {"channel": "rest", "job": "duty", "intent": "duty"}.items() <= turn.items()
    assert turn["ms"] > 0
    assert 0 < turn["confidence"] <= 1


WORDS = ("琥珀年轮", "Secret-Token-1", "13837912345")


def broken_app() -> FastAPI:
    """Ours when it goes wrong: an error that repeats what was sent, at an address that opens something."""
    app = FastAPI()

    @app.get("/calendar/{token}.ics")
    async def feed(token: str) -> None:
        raise ValueError(f"invalid literal for int(): {WORDS[0]} {token}")

    class NoPages:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    _answer_errors_in_chinese(app, NoPages(), NoPages())  # type: ignore[arg-type]
    return app


def test_an_error_that_nobody_expected_repeats_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """What our own line and the server's say of it: its type, where it was, and the route as the program writes it."""
    server = uvicorn.Server(server_config(broken_app()))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        serving.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        answer = httpx.get(f"{url}/calendar/{WORDS[1]}.ics", params={"q": WORDS[2]}, timeout=30)
        server.should_exit = True
        serving.join(30)
    assert answer.status_code == 503 and "没有处理成功" in answer.json()["error"]
    text = "".join(capfd.readouterr())
    assert "ValueError" in text and "test_privacy.py:" in text and "/calendar/{token}.ics" in text
    assert not [word for word in WORDS if word in text], text
    assert not [each for each in logging.getLogger("uvicorn").handlers if not each.filters]
