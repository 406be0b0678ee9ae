"""What people say is nowhere to be read: not in the logs, not in the data folder, not in the metrics."""

from __future__ import annotations

import json
import stat

import httpx

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
