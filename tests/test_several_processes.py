"""Two processes on one PostgreSQL and one Redis, as on two machines: what one began the other goes on with."""

from __future__ import annotations

import os
import re
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import psycopg2
import pytest
import redis
from cryptography.fernet import Fernet

from bench.databases import free_port
from bot.conversations import Conversations
from bot.locks import AdvisoryLocks
from casework.cases.case import Filing, Route
from casework.cases.store import CaseStore
from storage.database import StoreLocation
from storage.encryption import Encryptor
from tests.conftest import QuickServer, command, server_of_its_own
from tests.postgres import new_database
from tests.talk import Person
from tests.test_tip_off import SUBMIT

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
MESSAGES = 30
TOLD = "有个叫金鼎理财的骗了我5万元"


class Cable(socketserver.ThreadingTCPServer):
    """A network cable to PostgreSQL that can be pulled and put back."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self, target: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", free_port()), socketserver.BaseRequestHandler)
        self.target, self.pulled, self.ends = target, False, list[socket.socket]()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        if self.pulled:
            return
        far = socket.create_connection(self.target)
        self.ends += [request, far]
        forth = threading.Thread(target=self._carry, args=(request, far), daemon=True)
        forth.start()
        self._carry(far, request)

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def pull(self) -> None:
        self.pulled = True
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends.clear()


@pytest.fixture(scope="module")
def counters() -> redis.Redis:
    found = redis.Redis.from_url(REDIS)
    try:
        found.flushdb()
    except redis.RedisError as error:
        if os.environ.get("CI"):
            pytest.fail(f"Redis is missing in CI, where nothing may be skipped: {error}")
        pytest.skip("没有 Redis，相关测试跳过")
    return found


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with new_database() as found:
        yield found


@pytest.fixture(scope="module")
def cable(url: str) -> Iterator[Cable]:
    host, _, port = url.partition("@")[2].partition("/")[0].partition(":")
    made = Cable((host, int(port or 5432)))
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def pair(
    url: str, cable: Cable, counters: redis.Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[QuickServer, QuickServer]]:
    through = re.sub(r"@[^/]+/", f"@127.0.0.1:{cable.server_address[1]}/", url)
    shared = {
        "redis_url": REDIS,
        "encryption_key": Fernet.generate_key().decode(),
        "messages_per_minute": str(MESSAGES),
        "address_messages_per_minute": "100000",
        "reports_per_hour": "1000",
    }
    with ExitStack() as opened:
        folders = (tmp_path_factory.mktemp("a"), tmp_path_factory.mktemp("b"))
        first = opened.enter_context(server_of_its_own(folders[0], QuickServer, database_url=url, **shared))
        second = opened.enter_context(server_of_its_own(folders[1], QuickServer, database_url=through, **shared))
        yield first, second


def on(server: QuickServer, person: Person) -> Person:
    return Person(server, person.sender)


def test_a_report_begun_on_one_is_submitted_on_the_other(pair: tuple[QuickServer, QuickServer]) -> None:
    here, there = pair
    person = Person(here)
    person.say(TOLD)
    assert "金鼎" in on(there, person).say("看看填了什么")
    on(here, person).say("其余跳过")
    told = on(there, person)
    told.say(SUBMIT)
    receipt = told.custom["receipt"]
    for server in pair:
        assert "已提交" in Person(server).say(str(receipt)) or "收到" in Person(server).say(str(receipt))


def test_messages_of_one_person_to_both_at_once(pair: tuple[QuickServer, QuickServer]) -> None:
    asked = {"P2P谁牵头": "三（二）3", "股权众筹谁牵头": "三（二）4", "第三方支付谁牵头": "三（二）1"}
    person = Person(pair[0])

    def ask(number: int) -> tuple[str, str]:
        question = list(asked)[number % 3]
        mine = on(pair[number % 2], person)
        mine.say(question)
        return question, mine.custom["citations"][0]["clause"]

    with ThreadPoolExecutor(8) as pool:
        answered = list(pool.map(ask, range(24)))
    for question, clause in answered:
        assert clause == asked[question], question
    assert on(pair[1], person).say("那网络借贷呢")


def test_answers_to_a_form_sent_to_both_at_once_are_noted_one_after_the_other(
    pair: tuple[QuickServer, QuickServer],
) -> None:
    """Each correction is acknowledged with its own name, and the summary has one of them, not a mixture."""
    person = Person(pair[0])
    person.say(TOLD)
    names = [f"丰源{number}号" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda n: on(pair[n % 2], person).say(f"平台名称改成{names[n]}"), range(6)))
    assert all(name in reply for name, reply in zip(names, replies, strict=True)), replies
    shown = on(pair[1], person).say("看看填了什么")
    assert len(set(re.findall(r"丰源\d号", shown))) == 1, shown
    assert shown.count("金鼎") == 1, "the words of the story stay as they were told"
    assert "5万元" in shown


def test_one_process_leads_until_it_is_gone(url: str) -> None:
    first, second = AdvisoryLocks(url), AdvisoryLocks(url)
    assert first.holds("messengers")
    assert first.holds("messengers")
    assert not second.holds("messengers")
    first.close()
    deadline = time.monotonic() + 30  # the server notices a closed connection in its own time
    while not second.holds("messengers"):
        assert time.monotonic() < deadline, "nobody took over"
        time.sleep(0.05)
    second.close()


def test_both_count_messages_together(pair: tuple[QuickServer, QuickServer]) -> None:
    person = Person(pair[0])
    statuses = []
    for number in range(MESSAGES + 4):
        body = {"sender": person.sender, "message": "你好"}
        statuses.append(httpx.post(f"{pair[number % 2].url}/webhooks/rest/webhook", json=body, timeout=30).status_code)
    assert statuses == [200] * MESSAGES + [429] * 4


def test_guessing_a_receipt_at_both_is_no_faster_than_at_one(pair: tuple[QuickServer, QuickServer]) -> None:
    guesser = Person(pair[0])
    said = [on(pair[number % 2], guesser).say(f"0000 0000 0000 000{number}") for number in range(4)]
    assert ["秒后再试" in text for text in said] == [False, False, False, True]
    statuses = [
        httpx.post(f"{pair[number % 2].url}/tip-off", data={"receipt": "0000 0000 0000 0000"}, timeout=30).status_code
        for number in range(4)
    ]
    assert statuses == [404, 404, 404, 429]


def test_a_flushed_redis_costs_nobody_an_answer(pair: tuple[QuickServer, QuickServer], counters: redis.Redis) -> None:
    person = Person(pair[0])
    person.say(TOLD)
    counters.flushdb()
    assert "金鼎" in on(pair[1], person).say("看看填了什么")


def test_connections_that_the_server_closes_are_made_anew(pair: tuple[QuickServer, QuickServer], url: str) -> None:
    person = Person(pair[0])
    person.say(TOLD)
    for _ in range(3):
        with psycopg2.connect(url) as admin, admin.cursor() as cursor:
            cursor.execute(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                "where datname = current_database() and pid != pg_backend_pid()"
            )
        admin.close()
        assert "金鼎" in on(pair[0], person).say("看看填了什么")
        assert pair[1].says_of_itself(200)


def test_a_cable_is_pulled_and_put_back(pair: tuple[QuickServer, QuickServer], cable: Cable) -> None:
    """The process that is cut off says so in Chinese and in its health; the other goes on; then both do."""
    here, there = pair
    person = Person(there)
    person.say(TOLD)
    cable.pull()
    body = {"sender": person.sender, "message": "其余跳过"}
    refused = httpx.post(f"{there.url}/webhooks/rest/webhook", json=body, timeout=30)
    assert "请" in refused.text and "Traceback" not in refused.text
    assert there.says_of_itself(503)
    assert "金鼎" in on(here, person).say("看看填了什么")
    cable.pulled = False
    assert there.says_of_itself(200)
    assert "金鼎" in person.say("看看填了什么")


def test_without_redis_each_counts_for_itself(tmp_path: Path) -> None:
    away = f"redis://127.0.0.1:{free_port()}/0"
    with server_of_its_own(tmp_path, QuickServer, redis_url=away) as server:
        assert "洛阳银监分局" in Person(server).say("P2P谁牵头")


def test_an_installation_moves_to_postgresql(tmp_path: Path) -> None:
    key = Fernet.generate_key()
    encryptor = Encryptor([key])
    store = CaseStore(tmp_path / "cases.db", encryptor)
    cases = []
    for number in range(20):
        draft = store.start("self_check", f"rest:{number}", {"answers": {"name": f"第{number}家"}})
        filing = Filing(
            [Route("市工商局", "lead", "三（二）6"), Route("市公安局", "copy", "三（三）1")], terms=["甲", "乙"]
        )
        case = store.submit(draft, filing, f"rest:{number}")
        store.add_note(case, "internal", f"第{number}条备注", "somebody")
        cases.append(store.by_number(case.number or "") or case)
    conversations = Conversations(tmp_path / "conversations.db", encryptor)
    conversations.add_turn("web:a", "P2P谁牵头", [{"text": "市政府金融办"}])
    with new_database() as url:
        environment = {"ASSISTANT_DATABASE_URL": url, "ASSISTANT_ENCRYPTION_KEY": key.decode()}
        for expected, words in ((0, "逐行核对一致"), (1, "没有复制")):
            done = command(environment, "copy-data", str(tmp_path))
            assert done.returncode == expected, done.stderr
            assert words in done.stdout + done.stderr
        moved = CaseStore(StoreLocation(tmp_path / "cases.db", url), encryptor)
        for case in cases:
            assert moved.by_number(case.number or "") == case
            assert moved.routes(case) == store.routes(case)
            assert moved.notes(case, internal=True) == store.notes(case, internal=True)
        assert moved.audit_is_whole()
        moved.add_note(cases[0], "internal", "搬迁之后", "somebody")
        assert moved.submit(moved.start("self_check", "rest:新", {}), Filing([]), "rest:新").number
        assert moved.audit_is_whole()
        there = Conversations(StoreLocation(tmp_path / "conversations.db", url), encryptor)
        assert [turn["said"] for turn in there.turns("web:a")] == ["P2P谁牵头"]
        for opened in (moved, there):
            opened.close()
