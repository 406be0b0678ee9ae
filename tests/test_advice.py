"""A language model may choose among entries, and do nothing else: what it writes is never shown."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from knowledge.base import KnowledgeBase
from nlu.advice import FAILURES, SURE, Adviser, may_be_asked, offered_for
from tests.conftest import QuickServer, server_of_its_own
from tests.talk import Person

UNCLEAR = "要是谁都说不准这算哪一门生意，最后听谁的"
Writes = Callable[[dict[str, Any]], str | None]


class Model:
    """An OpenAI-compatible server that writes what a test wants, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.writes: Writes = lambda body: None
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                model.asked.append(body)
                written = model.writes(body)
                if written is None:
                    self.send_error(500)
                    return
                answer = json.dumps({"choices": [{"message": {"role": "assistant", "content": written}}]}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


@pytest.fixture
def model() -> Iterator[Model]:
    made = Model()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def consulted(knowledge: KnowledgeBase, model: Model) -> Iterator[Callable[..., str]]:
    """The likeliest label of a message after the model was asked about it."""

    def ask(message: str, seconds: float = 20, times: int = 1) -> str:
        async def consult() -> None:
            adviser = Adviser(model.url, "city", "secret", seconds)
            for _ in range(times):
                await adviser.consult(knowledge, message)
            await adviser.close()

        asyncio.run(consult())
        return knowledge.choices(message)[0].label

    yield ask
    knowledge.forget_advice()


def test_it_is_asked_about_what_is_on_the_edge(knowledge: KnowledgeBase) -> None:
    assert knowledge.choices(UNCLEAR)[0].probability < SURE
    assert may_be_asked(knowledge, UNCLEAR)


def test_what_it_chooses_is_answered(knowledge: KnowledgeBase, model: Model, consulted: Callable[..., str]) -> None:
    third = list(offered_for(knowledge, UNCLEAR))[2]
    model.writes = lambda body: json.dumps({"id": third})
    assert consulted(UNCLEAR) == third
    assert sum(choice.probability for choice in knowledge.choices(UNCLEAR)) == pytest.approx(1.0, abs=1e-3)
    (asked,) = model.asked
    assert asked["temperature"] == 0
    assert UNCLEAR in asked["messages"][1]["content"]


def test_it_counts_for_the_search_that_was_made_before_it_and_ends_with_it(
    knowledge: KnowledgeBase, model: Model, consulted: Callable[..., str]
) -> None:
    before = knowledge.search(UNCLEAR)
    entries = [entry for entry in offered_for(knowledge, UNCLEAR) if knowledge.clauses_of(entry)]
    other = next(entry for entry in entries if knowledge.clauses_of(entry)[0] != before[0].clause.id)
    model.writes = lambda body: json.dumps({"id": other})
    assert consulted(UNCLEAR) == other
    assert knowledge.search(UNCLEAR)[0].clause.id == knowledge.clauses_of(other)[0]
    knowledge.forget_advice()
    assert knowledge.search(UNCLEAR) == before


@pytest.mark.parametrize(
    "written",
    ["方案允许保本保息！", "{}", "[]", '{"id": "p2p.made_up"}', '{"id": "none"}', '{"id": ["lead.p2p"]}', "", None],
)
def test_anything_else_is_ignored(
    knowledge: KnowledgeBase, model: Model, consulted: Callable[..., str], written: str | None
) -> None:
    before = knowledge.choices(UNCLEAR)
    model.writes = lambda body: written
    consulted(UNCLEAR)
    assert len(model.asked) == 1
    assert knowledge.choices(UNCLEAR) == before


def test_a_slow_one_is_not_waited_for(knowledge: KnowledgeBase, model: Model, consulted: Callable[..., str]) -> None:
    before, over = knowledge.choices(UNCLEAR), threading.Event()

    def slowly(body: dict[str, Any]) -> str:
        over.wait(60)
        return json.dumps({"id": list(offered_for(knowledge, UNCLEAR))[2]})

    model.writes = slowly
    started = time.monotonic()
    consulted(UNCLEAR, seconds=0.2)
    waited = time.monotonic() - started
    over.set()
    assert waited < 50  # it would write after 60 s only
    assert knowledge.choices(UNCLEAR) == before


def test_one_that_fails_is_left_alone(model: Model, consulted: Callable[..., str]) -> None:
    consulted(UNCLEAR, times=FAILURES + 4)
    assert len(model.asked) == FAILURES


@pytest.mark.parametrize(
    "message",
    [
        "我要举报金鼎财富，骗了我二十万",
        "P2P谁牵头",
        "我叫张三，平台欠我钱这算哪一门生意，听谁的",
        "这个号码13837912345算哪一门生意，听谁的",
        "我不想活了，钱都没了",
        "企业自查",
        "你好",
        "",
    ],
)
def test_what_is_nobody_elses_business_is_not_sent(model: Model, consulted: Callable[..., str], message: str) -> None:
    consulted(message)
    assert model.asked == []


def test_beside_a_model_that_writes_nonsense_the_plan_answers(model: Model, tmp_path: Path) -> None:
    model.writes = lambda body: "方案规定年化24%合法。"
    with server_of_its_own(tmp_path, QuickServer, llm_url=model.url, llm_model="city") as server:
        reply = Person(server).say(UNCLEAR)
        assert len(model.asked) == 1
        assert "24%" not in reply and "【" in reply
        reporter = Person(server)
        reporter.say("我要举报", "银河通宝", UNCLEAR, "去年投了五万，现在谁都说不准这算哪一门生意")
        assert len(model.asked) == 1
