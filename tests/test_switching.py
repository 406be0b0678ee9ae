"""A new version of the knowledge base reaches every running process, and nobody notices but by the answer."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from fastapi.templating import Jinja2Templates
from fastapi.testclient import TestClient

from bot.assembly import Assistant
from bot.console.access import Console
from bot.console.people import question_routes
from bot.settings import Settings
from bot.web.pages import FOLDER
from knowledge.additions import Addition
from knowledge.build import ensure_built
from knowledge.settings import KnowledgeSettings
from tests.conftest import BUILT, DATA, TODAY, QuickServer, command
from tests.postgres import new_database
from tests.talk import Person
from tests.test_search import RULES

QUESTION = "平台多久要跟存管银行对一次账，对账记录保存几年"
SWITCHES_WITHIN = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that two processes share, with versions of its own."""
    ensure_built(KnowledgeSettings(data_dir=DATA))
    made = tmp_path_factory.mktemp("shared")
    for built in BUILT:
        if (DATA / built).exists():
            shutil.copytree(DATA / built, made / built)
    return made


@pytest.fixture(scope="module")
def pair(folder: Path) -> Iterator[list[QuickServer]]:
    with new_database() as url, ExitStack() as opened:
        servers = []
        for name in "ab":
            server = QuickServer(folder / f"{name}.log", data_dir=str(folder), today=TODAY, database_url=url)
            opened.callback(server.kill)
            server.start()
            servers.append(server)
        yield servers


def versions(pair: list[QuickServer]) -> set[str]:
    return {httpx.get(f"{server.url}/healthz", timeout=30).json()["knowledge"] for server in pair}


def test_both_processes_answer_from_an_added_document_without_a_restart(
    pair: list[QuickServer], folder: Path, tmp_path: Path
) -> None:
    before, processes = versions(pair), [server.fork.pid for server in pair]
    talking = Person(pair[0])
    talking.say("有个叫金鼎理财的骗了我5万元")
    stop, refused = threading.Event(), []

    def keep_asking(server: QuickServer) -> None:
        while not stop.is_set():
            body = {"sender": f"meanwhile{server.port}", "message": "P2P谁牵头"}
            answer = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=60)
            if answer.status_code != 200 or answer.json()[0]["custom"]["citations"][0]["clause"] != "三（二）3":
                refused.append(answer.text)
            stop.wait(2)

    asking = [threading.Thread(target=keep_asking, args=(server,)) for server in pair]
    for thread in asking:
        thread.start()
    try:
        path = tmp_path / "rules.txt"
        path.write_text(RULES, encoding="utf-8")
        added = ("add", str(path), "--title", "存管补充规定", "--yes")
        done = command({"ASSISTANT_DATA_DIR": str(folder)}, *added, program="knowledge")
        assert done.returncode == 0, done.stderr
        assert "自动启用" in done.stdout
        deadline = time.monotonic() + SWITCHES_WITHIN
        while (now := versions(pair)) == before or len(now) > 1:
            assert time.monotonic() < deadline, "the processes did not switch"
            time.sleep(0.5)
    finally:
        stop.set()
        for thread in asking:
            thread.join()
    assert not refused
    for server in pair:
        person = Person(server)
        person.say(QUESTION)
        assert person.custom["citations"][0]["document"] == "存管补充规定"
        assert Person(server).say("P2P能不能搞资金池")
    assert "金鼎" in Person(pair[1], talking.sender).say("看看填了什么")
    assert [server.fork.pid for server in pair] == processes
    assert all(server.fork.is_alive() for server in pair)


def test_a_version_that_cannot_be_built_leaves_the_old_one_answering(pair: list[QuickServer], folder: Path) -> None:
    before = versions(pair)
    broken = folder / "documents" / "doc-broken.json"
    broken.write_text("{", encoding="utf-8")
    try:
        deadline = time.monotonic() + SWITCHES_WITHIN
        while any("knowledge_not_switched" not in server.log.read_text() for server in pair):
            assert time.monotonic() < deadline, "the processes did not look"
            time.sleep(0.5)
        assert versions(pair) == before
        for server in pair:
            person = Person(server)
            person.say(QUESTION)
            assert person.custom["citations"][0]["document"] == "存管补充规定"
    finally:
        broken.unlink()


def version_with(question: str) -> Any:
    """As much of a knowledge base as the page of unanswered questions shows."""
    additions = SimpleNamespace(all=lambda: [Addition(question, "二（一）1", "policy")])
    return SimpleNamespace(additions=additions, plan=SimpleNamespace(clauses=(), clause=lambda _: None))


def test_the_console_shows_the_version_that_answers_now() -> None:
    questions = SimpleNamespace(open=lambda most: [], praised=dict)
    stub = SimpleNamespace(
        knowledge=version_with("旧版本的问法"), questions=questions, accounts=None, settings=Settings(data_dir=DATA)
    )
    app = FastAPI()
    router = question_routes(Console(cast(Assistant, stub), Jinja2Templates(FOLDER / "templates")))
    for route in router.routes:  # who may is another file's subject
        for needed in route.dependant.dependencies:  # type: ignore[attr-defined]
            app.dependency_overrides[needed.call] = lambda: None
    app.include_router(router)
    with TestClient(app) as browser:
        assert "旧版本的问法" in browser.get("/console/questions").text
        stub.knowledge = version_with("新版本的问法")
        page = browser.get("/console/questions").text
    assert "新版本的问法" in page
    assert "旧版本的问法" not in page
