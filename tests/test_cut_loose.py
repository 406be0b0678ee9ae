"""A submitted report is cut loose: nothing but the case itself holds it, to whoever has the disk and the key."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

import bot  # noqa: F401  (prepares the process for Rasa)
from bot.conversations import Conversations
from casework.cases.case import Filing, Route
from casework.cases.receipts import new_receipt
from casework.cases.store import CaseStore
from storage.database import HOUR, STORE_ERRORS, EncryptedStore
from storage.encryption import Encryptor, load_encryptor
from storage.settings import ActionSettings
from tests.conftest import DATA, Server
from tests.talk import Person
from tests.test_tip_off import SUBMIT

STORY = "西工区有个叫琥珀年轮的骗了我爸王铁柱八万元，网址www.huponianlun.example"
WORDS = ("琥珀年轮", "王铁柱", "huponianlun")


def kept_of(person: Person) -> str:
    """Everything that the conversations hold of somebody, opened with the key."""
    conversations = Conversations(DATA / "conversations.db", load_encryptor(ActionSettings(data_dir=DATA)))
    place = f"{'web' if len(person.sender) == 43 else 'rest'}:{person.sender}"
    held = json.dumps([conversations.load_events(place), conversations.turns(place)], ensure_ascii=False)
    conversations.close()
    return held


def case_id_of(receipt: str) -> str:
    store = CaseStore(DATA / "cases.db", load_encryptor(ActionSettings(data_dir=DATA)))
    case = store.by_receipt(receipt)
    store.close()
    assert case
    return case.id


def test_after_submission_the_conversation_holds_nothing_of_it(server: Server) -> None:
    person = Person(server)
    person.say("P2P谁牵头", STORY)
    assert any(word in kept_of(person) for word in WORDS), "while it is told it is there"
    person.say("其余跳过", SUBMIT)
    held = kept_of(person)
    assert held == "[null, []]", held[:200]
    assert "洛阳银监分局" in person.say("P2P谁牵头"), "and the conversation goes on"


def test_a_receipt_that_is_shown_leaves_neither_case_nor_content(server: Server) -> None:
    person = Person(server)
    person.say(STORY, "其余跳过", SUBMIT)
    receipt, number = str(person.custom["receipt"]), str(person.custom["number"])
    person.say(receipt, "补充：他们把收款账户换成了李四海的")
    assert "李四海" in person.text
    held = kept_of(person)
    for secret in (*WORDS, "李四海", number, case_id_of(receipt), receipt, receipt.replace(" ", "")):
        assert secret not in held, secret
    person.say("撤回举报", "确认撤回举报")
    assert "已全部删除" in person.text
    assert kept_of(person) == "[null, []]"


def test_a_draft_that_is_cancelled_leaves_nothing(server: Server) -> None:
    person = Person(server)
    person.say(STORY, "取消", "确定")
    assert "已删除" in person.text
    assert kept_of(person) == "[null, []]"


@pytest.mark.parametrize("script", [True, False])
def test_the_page_keeps_nothing_either(server: Server, script: bool) -> None:
    headers = {"x-requested-with": "fetch"} if script else {}
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=60) as browser:
        browser.get("/")
        person = Person(server, browser.cookies["conversation"])

        def says(message: str) -> str:
            return browser.post("/chat", data={"message": message}, headers=headers).text

        for message in (STORY, "其余跳过"):
            says(message)
        receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", says(SUBMIT))
        assert receipt
        assert kept_of(person) == "[null, []]"
        assert "琥珀年轮" not in browser.get("/").text
        assert "：已收到" in says(receipt[0])
        assert "收款账户换了" in says("补充：收款账户换了")
        again = browser.get("/").text
        assert "收款账户换了" not in again and "请再发一次回执码查看" in again
        assert case_id_of(receipt[0]) not in kept_of(person)


def test_times_of_a_report_are_hours(server: Server) -> None:
    """Of the row, the sealed values, the audit, the messages and the files: to whoever compares them with a log."""
    person = Person(server)
    person.say(STORY)
    sent = httpx.post(
        f"{server.url}/webhooks/rest/evidence",
        content=b"%PDF-1.4\n1 0 obj\n" + os.urandom(900),
        headers={"x-sender": person.sender, "x-filename": "a.pdf"},
        timeout=60,
    )
    assert sent.status_code == 200, sent.text
    person.say("继续", "其余跳过", SUBMIT)
    receipt = str(person.custom["receipt"])
    person.say(receipt, "补充：又一件事")
    case = case_id_of(receipt)
    with sqlite3.connect(DATA / "cases.db") as cases:
        rows = cases.execute("select created, updated, submitted from cases where id = ?", [case]).fetchall()
        rows += cases.execute("select at from notes where case_id = ?", [case]).fetchall()
        rows += cases.execute("select at from evidence where case_id = ?", [case]).fetchall()
        rows += cases.execute("select at from audit where actor = 'reporter'").fetchall()
        files = cases.execute("select id from evidence where case_id = ?", [case]).fetchall()
        (content,) = cases.execute("select content from cases where id = ?", [case]).fetchone()
    cases.close()
    assert len(rows) >= 5
    assert all(at % HOUR == 0 for row in rows for at in row)
    assert all((DATA / "evidence" / file).stat().st_mtime % HOUR == 0 for (file,) in files) and files
    assert not content.startswith(b"gAAAA"), "a Fernet token tells when it was made"
    with sqlite3.connect(DATA / "conversations.db") as talk:
        moments = talk.execute("select updated from trackers union select at from turns").fetchall()
    talk.close()
    assert all(at % HOUR == 0 for (at,) in moments)


# Below the server: one transaction, on both databases, and what a kill between two files leaves to do.


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[CaseStore, Conversations]]:
    encryptor = Encryptor([Fernet.generate_key()])
    conversations = Conversations(tmp_path / "conversations.db", encryptor)
    cases = CaseStore(tmp_path / "cases.db", encryptor)
    cases.conversations = conversations.tables()
    yield cases, conversations
    cases.close()
    conversations.close()


def told(conversations: Conversations) -> None:
    conversations.save_events("rest:甲", [{"event": "user", "text": "琥珀年轮"}])
    conversations.add_turn("rest:甲", "琥珀年轮", [])


@pytest.mark.both_databases
def test_it_is_erased_in_the_transaction_that_submits(
    stores: tuple[CaseStore, Conversations], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, conversations = stores
    told(conversations)
    conversations.add_turn("rest:乙", "别人", [])
    draft = cases.start("tip_off", "rest:甲", {"answers": {}})
    with monkeypatch.context() as broken:
        broken.setattr(CaseStore, "_submit", _fails)
        with pytest.raises(STORE_ERRORS):
            cases.submit_tip_off(draft, Filing([]), new_receipt(), "rest:甲")
    assert conversations.load_events("rest:甲") and conversations.turns("rest:甲"), "both or neither"
    case = cases.submit_tip_off(draft, Filing([Route("市工商局", "lead", "三（二）6")]), new_receipt(), "rest:甲")
    assert conversations.load_events("rest:甲") is None
    assert conversations.turns("rest:甲") == []
    assert len(conversations.turns("rest:乙")) == 1
    assert case.submitted and case.submitted.timestamp() % HOUR == 0


def _fails(*_: object) -> None:
    raise sqlite3.OperationalError("disk I/O error")


def test_what_a_kill_left_is_erased_at_the_next_start(stores: tuple[CaseStore, Conversations]) -> None:
    cases, conversations = stores
    draft = cases.start("tip_off", "rest:甲", {"answers": {}})
    cases.submit_tip_off(draft, Filing([]), new_receipt(), "rest:甲")
    told(conversations)  # as if the second file had not been written any more
    cases.finish_cuts()
    assert conversations.load_events("rest:甲") is None
    assert conversations.turns("rest:甲") == []


@pytest.mark.both_databases
def test_conversations_of_an_earlier_program_are_not_kept(tmp_path: Path) -> None:
    """They hold reports that were submitted, and nobody can tell which."""
    encryptor = Encryptor([Fernet.generate_key()])
    older = EncryptedStore(tmp_path / "conversations.db", encryptor, migrations=Conversations.migrations[:1])
    row = {"conversation": "a", "events": encryptor.encrypt([{"event": "user", "text": "琥珀年轮"}]), "updated": 1.0}
    older._db["trackers"].insert(row)
    older._db["turns"].insert({"id": 1, "conversation": "a", "turn": encryptor.encrypt({}), "at": 1.0})
    older.close()
    now = Conversations(tmp_path / "conversations.db", encryptor)
    assert now.keys() == []
    now.close()
