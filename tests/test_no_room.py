"""A store that is full or locked: a clear sentence, nothing acknowledged lost, and all is well afterwards."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import QuickServer, server_of_its_own
from tests.talk import Person
from tests.test_tip_off import STORY, SUBMIT

UNLIMITED = resource.RLIM_INFINITY


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickServer]:
    with server_of_its_own(tmp_path_factory.mktemp("no_room"), QuickServer, reports_per_hour="3") as running:
        yield running


def largest_file(server: QuickServer, size: int) -> None:
    """As a full disk does it: no file of the server's may grow beyond so many bytes."""
    assert server.fork.pid
    resource.prlimit(server.fork.pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))


def reported(person: Person) -> str | None:
    person.say(STORY, "其余跳过", SUBMIT)
    return person.custom.get("receipt")


def test_a_full_disk(alone: QuickServer) -> None:
    before = Person(alone)
    receipt = reported(before)
    person = Person(alone)
    person.say(STORY, "其余跳过")
    largest_file(alone, 4096)
    body = {"sender": person.sender, "message": SUBMIT}
    answer = httpx.post(f"{alone.url}/webhooks/rest/webhook", json=body, timeout=60)
    said = answer.json()["error"] if answer.status_code == 503 else answer.json()[0]["text"]
    assert "没有" in said and "系统暂时" in said
    upload = httpx.post(
        f"{alone.url}/webhooks/rest/evidence",
        content=b"%PDF-1.4\n" + b"x" * 200_000,
        headers={"x-sender": person.sender, "x-filename": "a.pdf"},
        timeout=60,
    )
    assert upload.status_code == 503
    assert "没有处理成功" in upload.json()["error"]
    largest_file(alone, UNLIMITED)
    assert receipt and "已收到" in Person(alone).say(receipt)
    person.say("继续", SUBMIT)
    assert person.custom["receipt"] != receipt


def test_a_locked_database(alone: QuickServer) -> None:
    person = Person(alone)
    person.say("我要举报")
    holder = sqlite3.connect(Path(alone.settings["data_dir"]) / "cases.db", isolation_level=None)
    holder.execute("begin immediate")
    reply = person.say("金鼎财富骗了我妈20万")
    holder.execute("rollback")
    assert "没有记下" in reply and "再发一次" in reply
    assert "金鼎财富" in person.say("金鼎财富骗了我妈20万", "看看填了什么")


def test_an_address_may_report_so_often_in_an_hour(alone: QuickServer) -> None:
    people = [Person(alone) for _ in range(3)]
    receipts = [reported(person) for person in people]
    assert receipts[0]
    assert receipts[-1] is None
    assert "都已保存" in people[-1].text and "过一小时" in people[-1].text
