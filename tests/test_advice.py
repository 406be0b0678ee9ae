"""A language model may choose among entries, and do nothing else: what it writes is never shown."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from knowledge.base import KnowledgeBase
from nlu.advice import FAILURES, NONE, SURE, Adviser, may_be_asked, offered_for
from tests.conftest import ROOT, QuickServer, server_of_its_own
from tests.talk import Person

LANGUAGE_MODEL = ROOT / "tests" / "llm"
UNCLEAR = "要是谁都说不准这算哪一门生意，最后听谁的"
Writes = Callable[[dict[str, Any]], str | None]


class Model:
    """An OpenAI-compatible server that writes what a test wants, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.writes: Writes = lambda body: None
        self.refuses: Callable[[dict[str, Any]], bool] = lambda body: False
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                model.asked.append(body)
                if model.refuses(body):
                    self.send_error(400)
                    return
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


def test_a_server_that_knows_no_schema_is_asked_without(
    knowledge: KnowledgeBase, model: Model, consulted: Callable[..., str]
) -> None:
    model.refuses = lambda body: body["response_format"]["type"] == "json_schema"
    model.writes = lambda body: json.dumps({"id": NONE})
    consulted(UNCLEAR, times=2)
    formats = [body["response_format"]["type"] for body in model.asked]
    assert formats == ["json_schema", "json_object", "json_object"]


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


class Kept(httpx.AsyncBaseTransport):
    """Keeps what a server answers on its way."""

    def __init__(self, through: httpx.AsyncBaseTransport) -> None:
        self._through, self.answers = through, list[bytes]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._through.handle_async_request(request)
        self.answers.append(await answer.aread())
        return answer


@pytest.fixture(scope="module")
def real_model() -> Iterator[str]:
    """llama.cpp's own server with a model of 270 million parameters, in an environment of its own."""
    python = LANGUAGE_MODEL / ".venv" / "bin" / "python"
    if not (LANGUAGE_MODEL / ".venv" / "ready").exists():
        if os.environ.get("CI"):
            pytest.fail("the language model is missing in CI, where nothing may be skipped")
        pytest.skip("没有小型语言模型（见 tests/prepare_machine.sh）")
    pipe = subprocess.PIPE
    command = [python, LANGUAGE_MODEL / "serve.py"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as running:
        assert running.stdin and running.stdout
        try:
            yield f"{running.stdout.readline().strip()}/v1"
        finally:
            running.kill()


def test_a_real_server_chooses_among_what_it_is_offered(knowledge: KnowledgeBase, real_model: str) -> None:
    """What it wrote is taken: an entry that was offered is now the likeliest, and ``none`` changes nothing."""
    adviser, kept = Adviser(real_model, "gemma-3-270m", seconds=240), Kept(httpx.AsyncHTTPTransport())
    adviser._client._transport = kept
    before = knowledge.choices(UNCLEAR)[0].label

    async def consult() -> None:
        await adviser.consult(knowledge, UNCLEAR)
        await adviser.close()

    asyncio.run(consult())
    (answer,) = kept.answers
    chosen = json.loads(json.loads(answer)["choices"][0]["message"]["content"])["id"]
    assert chosen in {*offered_for(knowledge, UNCLEAR), NONE}
    assert knowledge.choices(UNCLEAR)[0].label == (before if chosen == NONE else chosen)
    knowledge.forget_advice()


def test_beside_a_real_model_the_plan_answers(real_model: str, tmp_path: Path) -> None:
    """However long it takes and whatever it writes: what is said stands in the plan or is the program's own."""
    with server_of_its_own(tmp_path, QuickServer, llm_url=real_model, llm_model="gemma-3-270m") as server:
        reply = Person(server).say(UNCLEAR)
    assert "【" in reply
    assert '"id"' not in reply
