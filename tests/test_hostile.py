"""Hostile words in every field that strangers can fill: refused or answered in Chinese, and nothing done."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import yaml

from tests.conftest import Server
from tests.talk import Person

HOSTILE: dict[str, str] = yaml.safe_load((Path(__file__).parent / "data" / "hostile.yml").read_text(encoding="utf-8"))
CHINESE = re.compile(r"[一-鿿]")
# What would show that something was evaluated, believed or given away.
DONE = ("54775723", "root:x:", "uid=", "Traceback", "psycopg", "sqlite3.", "ASSISTANT_ENCRYPTION_KEY=")


def fields(server: Server) -> dict[str, Callable[[str], httpx.Response]]:
    """Each field, and how to put something into it."""
    client = httpx.Client(base_url=server.url, timeout=30)
    client.get("/")
    script = {"x-requested-with": "fetch"}
    rest = "/webhooks/rest/webhook"

    def header(text: str) -> str:
        return text.encode("ascii", "ignore").decode().replace("\r", "").replace("\n", "")

    def upload(headers: dict[str, str]) -> httpx.Response:
        return client.post("/webhooks/rest/evidence", content=b"x", headers=headers)

    def in_an_interview(text: str) -> httpx.Response:
        person = Person(server)
        person.say("企业自查")
        return client.post(rest, json={"sender": person.sender, "message": text})

    def of_a_story(text: str) -> httpx.Response:
        return client.post(rest, json={"sender": uuid.uuid4().hex, "message": f"有个叫{text}的平台骗了我3万元"[:1000]})

    return {
        "message": lambda text: client.post(rest, json={"sender": uuid.uuid4().hex, "message": text}),
        "sender": lambda text: client.post(rest, json={"sender": text, "message": "P2P谁牵头"}),
        "metadata": lambda text: client.post(
            rest, json={"sender": "a", "message": "P2P谁牵头", "metadata": {"id": text, text: text}}
        ),
        "parse": lambda text: client.post("/model/parse", json={"text": text}),
        "answer": in_an_interview,
        "story": of_a_story,
        "page": lambda text: client.post("/chat", data={"message": text}, headers=script),
        "page without script": lambda text: client.post("/chat", data={"message": text}, follow_redirects=True),
        "message id": lambda text: client.post("/chat", data={"message": "P2P谁牵头", "id": text}, headers=script),
        "session": lambda text: client.get("/", headers={"cookie": f"conversation={header(text)}"}),
        "search": lambda text: client.get("/plan", params={"q": text}),
        "document": lambda text: client.get("/plan", params={"doc": text}),
        "receipt": lambda text: client.post("/tip-off", data={"receipt": text, "message": text}),
        "self-check code": lambda text: client.get("/self-check", params={"code": text}),
        "sign in": lambda text: client.post("/console/login", data={"login": text, "password": text, "totp": text}),
        "invitation": lambda text: client.post("/console/join", data={"code": text, "password": text, "again": text}),
        "file name": lambda text: upload({"x-filename": quote(text), "x-sender": "a"}),
        "file sender": lambda text: upload({"x-sender": header(text) or "a"}),
        "calendar": lambda text: client.get(f"/calendar/{quote(text, safe='')}.ics"),
        "chart": lambda text: client.get("/charts/x.png", params={"t": text}),
        "display": lambda text: client.post("/display", data={"text": text}, follow_redirects=True),
        "address": lambda text: client.get("/", headers={"x-forwarded-for": header(text)}),
        "host": lambda text: client.get("/", headers={"host": re.sub(r"[^\w.-]", "", header(text)) or "x"}),
    }  # fmt: skip


FIELDS = [
    "message", "sender", "metadata", "parse", "answer", "story", "page", "page without script", "message id", "session",
    "search", "document", "receipt", "self-check code", "sign in", "invitation", "file name", "file sender", "calendar",
    "chart", "display", "address", "host",
]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_hostile_words_do_nothing(server: Server, field: str) -> None:
    put = fields(server)[field]
    for name, text in HOSTILE.items():
        answer = put(text)
        said = answer.text
        assert answer.status_code < 500, (name, answer.status_code, said[:200])
        if field != "parse" and "html" not in answer.headers.get("content-type", "") and said:
            assert CHINESE.search(said), (name, said[:200])
        if "html" in answer.headers.get("content-type", ""):
            for markup in ("<script>alert", "onerror=alert(1)>", '" autofocus onfocus="'):
                assert markup not in said, (name, markup)
        shown = said.replace(text, "")
        assert not [sign for sign in DONE if sign in shown], (name, [sign for sign in DONE if sign in shown])
        assert "stolen" not in answer.headers.get("set-cookie", "")


def test_every_field_is_in_the_table(server: Server) -> None:
    assert sorted(fields(server)) == sorted(FIELDS)


@pytest.mark.parametrize("name", ["zero_width", "bidi", "full_width"])
def test_disguised_questions_are_read_as_what_they_say(server: Server, name: str) -> None:
    assert "洛阳银监分局" in Person(server).say(HOSTILE[name])


@pytest.mark.parametrize("name", ["system", "persona", "jailbreak"])
def test_nobody_puts_words_into_our_mouth(server: Server, name: str) -> None:
    reply = Person(server).say(HOSTILE[name])
    assert "本公司牵头" not in reply
    assert "密钥" not in reply
    assert not re.search(r"1[3-9]\d{9}", reply)


def test_a_receipt_cannot_be_guessed_in_a_hurry(server: Server) -> None:
    """Whichever way one tries: after three wrong ones each try has to wait longer."""
    person = Person(server)
    said = [person.say(f"{number:016d}") for number in range(6)]
    assert any("秒后再试" in text for text in said)


def test_a_session_that_was_planted_is_not_taken(server: Server) -> None:
    """A link cannot fix somebody's conversation: the server makes it, and takes none that it could not have made."""
    planted = httpx.get(f"{server.url}/", headers={"cookie": "conversation=attacker"}, timeout=30)
    made = re.search(r"conversation=([^;]+)", planted.headers["set-cookie"])
    assert made and made[1] != "attacker"
    assert "httponly" in planted.headers["set-cookie"].lower()
    refused = httpx.post(
        f"{server.url}/chat", data={"message": "你好"}, headers={"cookie": "conversation=attacker"}, timeout=30
    )
    assert refused.status_code == 409
