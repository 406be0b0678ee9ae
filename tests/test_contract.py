"""Rasa's REST contract and hostile input: always a 4xx with a Chinese sentence, never a traceback or a 5xx."""

from __future__ import annotations

import json
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.conftest import Server

WEBHOOK = "/webhooks/rest/webhook"
GOOD = {"sender": "a", "message": "P2P谁牵头"}


def post(server: Server, body: Any, path: str = WEBHOOK, **kwargs: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(server.url + path, content=content, headers={"content-type": "application/json"}, **kwargs)


def assert_refused(answer: httpx.Response, *statuses: int) -> None:
    assert answer.status_code in (statuses or range(400, 500)), answer.text
    error = answer.json()["error"]
    assert any("一" <= char <= "龥" for char in error), error
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"[" * 20000,
        {},
        {"sender": "a"},
        {"sender": "a", "message": None},
        {"sender": "a", "message": 5},
        {"sender": "a", "message": ["x"]},
        {"sender": "a", "message": {"text": "x"}},
        {"sender": 7, "message": "你好"},
        {"sender": "", "message": "你好"},
        {"sender": "x" * 129, "message": "你好"},
        {"sender": "a", "message": ""},
        {"sender": "a", "message": "  \n\t "},
        {"sender": "a", "message": "\u200b\u200b\u0000"},
        {"sender": "a", "message": "查" * 1001},
        {"sender": "a", "message": "你好", "metadata": "x"},
    ],
    ids=repr,
)
def test_bad_messages_are_refused_in_chinese(server: Server, body: Any) -> None:
    assert_refused(post(server, body))


@pytest.mark.parametrize(
    "message",
    [
        "\ud800你好",
        "查" * 1000,
        "<script>alert(1)</script>",
        "{{7*7}}${7*7}",
        "'; drop table clauses; --",
        "../../etc/passwd",
        "\u202e反着写",
        "\r\n\r\nHTTP/1.1 200",
        "%00%0a",
        "👩‍👩‍👧‍👦",
        "/_start",
        "/session_start",
        "EXTERNAL: x",
        "（" * 500,
        "a" * 1000,
        "1" * 16,
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_strange_messages_get_an_ordinary_reply(server: Server, message: str) -> None:
    answer = post(server, {"sender": uuid.uuid4().hex, "message": message}, timeout=30)
    assert answer.status_code == 200, answer.text
    (reply,) = answer.json()
    assert reply["text"]
    assert reply["custom"]["job"]


@hypothesis_settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(message=st.text(max_size=200))
def test_any_text_is_answered_or_refused(server: Server, message: str) -> None:
    answer = post(server, {"sender": uuid.uuid4().hex, "message": message}, timeout=30)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert answer.json()[0]["text"]
    else:
        assert_refused(answer)


def test_a_huge_body_is_refused_before_it_is_read(server: Server) -> None:
    assert_refused(post(server, b'{"message": "' + b"x" * 10_000_000 + b'"}', timeout=30), 413)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", WEBHOOK, 405), ("DELETE", "/chat", 405), ("GET", "/nowhere", 404), ("GET", "/static/../app.py", 404),
     ("GET", "/static/%2e%2e/app.py", 404), ("GET", "/plan?doc=../../etc/passwd", 404)],
)  # fmt: skip
def test_wrong_addresses(server: Server, method: str, path: str, status: int) -> None:
    assert_refused(httpx.request(method, server.url + path), status)


def test_parse_is_rasas(server: Server) -> None:
    parsed = post(server, {"text": "P2P谁牵头"}, "/model/parse").json()
    assert parsed["intent"]["name"] == "duty"
    assert {"entity": "sector", "value": "p2p"}.items() <= parsed["entities"][0].items()
    assert parsed["intent_ranking"]
    assert_refused(post(server, {"text": 1}, "/model/parse"))


def test_strangers_who_leave_their_sender_out_do_not_share_a_conversation(server: Server) -> None:
    """Rasa would give them one, "default": what the first told there the second could read."""
    answer = post(server, {"message": "你好"})
    assert_refused(answer, 422)
    assert "sender" in answer.json()["error"]


def test_a_conversation_that_anybody_could_name_is_no_place_to_report(server: Server) -> None:
    sender = uuid.uuid4().hex[:8]
    (answer,) = post(server, {"sender": sender, "message": "P2P谁牵头"}).json()
    assert "洛阳银监分局" in answer["text"]
    for said in ("我要举报", "企业自查"):
        (refused,) = post(server, {"sender": sender, "message": said}).json()
        assert "至少要有 16 个字符" in refused["text"]
    (again,) = post(server, {"sender": sender, "message": "金鼎财富，骗了我20万"}).json()
    assert "receipt" not in again["custom"]


def test_one_sender_cannot_flood(server: Server) -> None:
    sender = uuid.uuid4().hex
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(server, {"sender": sender, "message": "你好"}, timeout=60), range(205)))
    assert sum(answer.status_code == 429 for answer in answers) == 5
    assert_refused(next(answer for answer in answers if answer.status_code == 429), 429)


def test_messages_of_one_sender_are_answered_once_each(server: Server) -> None:
    sender = uuid.uuid4().hex
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(server, {**GOOD, "sender": sender}, timeout=60), range(16)))
    assert all(len(answer.json()) == 1 and "洛阳银监分局" in answer.json()[0]["text"] for answer in answers)


def test_a_slow_client_does_not_hold_up_others(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /webhooks/rest/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{")
        assert post(server, GOOD, timeout=10).status_code == 200


def test_security_headers_on_every_kind_of_answer(server: Server) -> None:
    for path in ("/", "/plan", "/static/site.css", "/healthz", "/nowhere"):
        headers = httpx.get(server.url + path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_health_and_metrics(server: Server) -> None:
    health = httpx.get(f"{server.url}/healthz")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    post(server, GOOD)
    metrics = httpx.get(f"{server.url}/metrics").text
    assert 'assistant_turns_total{channel="rest",job="duty"}' in metrics
    assert "洛阳" not in metrics
