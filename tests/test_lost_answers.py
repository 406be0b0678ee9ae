"""An answer got lost on its way and the person says it again: it is told again, and nothing is done twice."""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path

import httpx
import pytest

from casework.cases import submission_store
from casework.cases.case import Filing
from casework.cases.case_queries import CaseFilter
from casework.cases.store import CaseStore
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import DATA, Server
from tests.officials import as_the_office
from tests.talk import FIRM, SHORT, Person
from tests.talk import SUBMIT as SUBMIT_SELF_CHECK
from tests.test_evidence import WAV
from tests.test_tip_off import SUBMIT


def cases() -> CaseStore:
    return CaseStore(DATA / "cases.db", load_encryptor(ActionSettings(data_dir=DATA)))


def ready_to_submit(server: Server) -> tuple[Person, str]:
    name = f"丰源{uuid.uuid4().int % 10**6}号"
    person = Person(server)
    person.say(f"有个叫{name}理财的骗了我3万元", "其余跳过")
    return person, name


def reports_about(server: Server, name: str) -> int:
    store = cases()
    with as_the_office(server, store):
        told = [case for case in store.queue(CaseFilter(kind="tip_off"), 10_000) if not case.locked]
    return sum(name in case.content["answers"]["happened"]["shown"] for case in told)


def test_submitted_again_gives_the_same_receipt_and_one_case(server: Server) -> None:
    person, name = ready_to_submit(server)
    person.say(SUBMIT)
    receipt, number = person.custom["receipt"], person.custom["number"]
    person.say(SUBMIT)
    assert (person.custom["receipt"], person.custom["number"]) == (receipt, number)
    assert receipt in person.text
    assert reports_about(server, name) == 1


def test_killed_between_the_report_and_what_the_conversation_remembers(server: Server) -> None:
    """The report was written, the conversation not yet: to it the form is still open."""
    person, name = ready_to_submit(server)
    tables = sqlite3.connect(DATA / "conversations.db", isolation_level=None)
    before = tables.execute("select conversation, events, updated from trackers order by rowid desc limit 1").fetchone()
    person.say(SUBMIT)
    receipt = person.custom["receipt"]
    tables.execute("insert into trackers (conversation, events, updated) values (?, ?, ?)", before)
    tables.close()
    person.say(SUBMIT)
    assert person.custom["receipt"] == receipt
    assert reports_about(server, name) == 1


def test_a_receipt_is_told_again_for_ten_minutes_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CaseStore(tmp_path / "cases.db", load_encryptor(ActionSettings(data_dir=tmp_path)))
    draft = store.start("tip_off", "rest:a", {"answers": {}})
    store.submit_tip_off(draft, Filing([]), "1234 5678 9012 3456", "rest:a")
    assert store.receipt_again("rest:a") == "1234 5678 9012 3456"
    assert store.receipt_again("another") is None
    clock = submission_store.now() + submission_store.DELIVERY_SECONDS + 1
    monkeypatch.setattr(submission_store, "now", lambda: clock)
    assert store.receipt_again("rest:a") is None
    store.forget_deliveries()
    assert sqlite3.connect(tmp_path / "cases.db").execute("select count(*) from deliveries").fetchone() == (0,)
    assert store.by_receipt("1234 5678 9012 3456"), "the case itself stays"


def test_a_message_sent_twice_with_its_id_answers_one_question(server: Server) -> None:
    person = Person(server)
    person.say("企业自查")
    body = {"sender": person.sender, "message": FIRM, "metadata": {"id": "7f"}}
    replies = [httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=60).json()[0] for _ in range(2)]
    first, second = (reply["custom"]["interview"] for reply in replies)
    assert first["question"] == second["question"]
    assert "已经记下" in replies[1]["text"]
    assert person.say("看看填了什么").count(FIRM) == 1


@pytest.mark.parametrize("given", [7, ["a"], "x" * 65, "标识", {"id": "7f"}, None])
def test_an_id_that_cannot_be_one_is_no_id(server: Server, given: object) -> None:
    body = {"sender": uuid.uuid4().hex, "message": "P2P谁牵头", "metadata": {"id": given}}
    answer = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=60)
    assert "洛阳银监分局" in answer.json()[0]["text"]


def test_a_self_check_submitted_again_is_shown_again(server: Server) -> None:
    person = Person(server)
    person.say("企业自查", *SHORT)
    person.say(SUBMIT_SELF_CHECK)
    number = person.custom["number"]
    person.say(SUBMIT_SELF_CHECK)
    assert person.custom["number"] == number


def test_an_addition_and_a_file_sent_twice_are_kept_once(server: Server) -> None:
    person, _ = ready_to_submit(server)
    headers = {"x-sender": person.sender, "x-filename": "a.wav"}
    for _ in range(2):
        sent = httpx.post(f"{server.url}/webhooks/rest/evidence", content=WAV * 50, headers=headers, timeout=60)
        assert sent.status_code == 200
        assert "1 个文件" in sent.json()["text"]
    person.say("继续", "其余跳过", SUBMIT)
    receipt = person.custom["receipt"]
    person.say(receipt, "补充：他们换了收款账户", "补充：他们换了收款账户")
    assert person.text.count("他们换了收款账户") == 1
    store = cases()
    case = store.by_receipt(receipt)
    assert case and len(store.evidence(case)) == 1
