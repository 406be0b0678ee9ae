"""Somebody who can write to the database, but has no key, changes nothing unseen."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

import bot  # noqa: F401  (prepares the process for Rasa)
from bot.anchors import Anchor, written_down
from bot.channels.outbox import Outbox
from bot.channels.rendering import Part
from bot.conversations import Conversations
from bot.settings import Settings
from casework.cases.audit import heads_in
from casework.cases.case import CLOSED, EXAMINING, Filing, Route
from casework.cases.evidence import SealedWriter
from casework.cases.receipts import new_receipt
from casework.cases.store import CaseStore
from casework.desk.account import Role
from casework.desk.accounts import Accounts
from casework.desk.questions import Questions
from casework.desk.tasks import Tasks
from storage.database import EncryptedStore
from storage.encryption import Encryptor, OutOfPlaceError, is_in_place
from storage.migrations import MIGRATIONS, unguard
from tests.conftest import command
from tests.test_evidence import WAV

pytestmark = pytest.mark.both_databases
FILING = Filing([Route("市工商局", "lead", "三（二）6"), Route("涧西区政府", "copy", "三（三）2")], county="涧西区")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    opened = CaseStore(tmp_path / "cases.db", Encryptor([Fernet.generate_key()]))
    yield opened
    opened.close()


def written(store: CaseStore, content: bytes) -> SealedWriter:
    writer = SealedWriter(store.evidence_folder, 10**6)
    writer.write(content)
    return writer


def tip_off(store: CaseStore, text: str = "金鼎财富") -> str:
    draft = store.start("tip_off", "rest:甲", {"answers": text})
    return store.submit_tip_off(draft, FILING, new_receipt(), "rest:甲").id


def worked_on(store: CaseStore) -> str:
    """A case with all that a case can have; returns its id."""
    draft = store.start("tip_off", "rest:甲", {"answers": "金鼎财富"})
    store.add_evidence(draft, written(store, WAV * 9), "录音.wav", 30)
    case = store.submit_tip_off(draft, FILING, new_receipt(), "rest:甲")
    store.add_evidence(case, written(store, WAV * 8), "又一段.wav", 30)
    store.add_note(case, "reporter", "又一件事", "reporter")
    case = store.transfer(case, "市公安局", "转办", "a1")
    store.add_note(case, "internal", "转办", "a1")
    store.set_status(case, EXAMINING, "a1")
    return case.id


def test_what_is_as_it_was_passes(store: CaseStore) -> None:
    worked_on(store)
    self_check = store.start("self_check", "rest:乙", {"answers": "甲公司"})
    store.submit(self_check, FILING, "rest:乙")
    store.delete_draft(store.start("tip_off", "rest:丙", {}), "rest:丙")
    store.start("tip_off", "rest:丙", {})
    withdrawn = store.get(tip_off(store))
    assert withdrawn and store.withdraw(withdrawn)
    closed = store.get(tip_off(store))
    assert closed
    store.set_status(closed, CLOSED, "a1", "handled")
    store._db.execute("update cases set closed = 1 where id = ?", [closed.id])
    assert store.delete_closed_older_than(1) == 1
    assert store.mistakes() == []
    assert store.mistakes([store.head()]) == []


SWAPS = {
    "contents of two cases": "update cases set content = (select content from cases where id = '{b}') where id = '{a}'",
    "a note in another case": "update notes set case_id = '{b}'",
    "who wrote a note": "update notes set author = 'handler' where author = 'reporter'",
    "a file in another case": "update evidence set case_id = '{b}'",
    "what a file is": "update evidence set about = (select content from cases where id = '{b}')",
    "a status": "update cases set status = 'closed' where id = '{a}'",
    "a county": "update cases set county = '西工区' where id = '{a}'",
    "another unit": "insert into routes (case_id, unit, role, because) values ('{a}', '市农业局', 'copy', 'x')",
    "who leads": "update routes set role = 'lead' where case_id = '{a}'",
    "a file is gone": "delete from evidence where id = (select min(id) from evidence)",
    "a note is gone": "delete from notes where id = 1",
    "a case is gone": "delete from cases where id = '{b}'",
}


@pytest.mark.parametrize("statement", SWAPS.values(), ids=SWAPS)
def test_a_change_behind_our_back_is_found(store: CaseStore, statement: str) -> None:
    a, b = worked_on(store), tip_off(store, "银河通宝")
    assert store.mistakes() == []
    store._db.execute(statement.format(a=a, b=b))
    assert store.mistakes()


def test_swapped_content_is_not_shown_either(store: CaseStore) -> None:
    a, b = tip_off(store), tip_off(store, "银河通宝")
    store._db.execute(f"update cases set content = (select content from cases where id = '{b}') where id = '{a}'")
    with pytest.raises(OutOfPlaceError, match="挪动"):
        store.get(a)


def cut(store: CaseStore, condition: str) -> None:
    unguard(store._db, "audit_is_kept")
    store._db.execute(f"delete from audit where {condition}")


@pytest.mark.parametrize("condition", ["id = (select max(id) from audit)", "id = 2", "id = 1", "true"])
def test_cut_lines_are_found(store: CaseStore, condition: str) -> None:
    store.record("a1", "sign in to the console")
    worked_on(store)
    store.record("a1", "view")
    cut(store, condition)
    assert "操作记录被改动或删减过。" in store.mistakes()


def test_an_older_head_put_back_with_its_lines_is_found_by_what_was_written_down(store: CaseStore) -> None:
    """Whoever has a copy of the database from before: the audit alone is whole, and says less than somebody knows."""
    store.record("a1", "sign in to the console")
    (earlier,) = store._db.execute("select sealed from audit_head").fetchone()
    store.record("a1", "account invite b2")
    written_down = heads_in(f"2016-10-13 audit_head {store.head()} ok")
    cut(store, "id = 2")
    store._db.execute("update audit_head set sealed = ?", [earlier])
    assert store.audit_is_whole()
    assert not store.audit_is_whole(written_down)
    store.record("a1", "sign in to the console")
    assert store.audit_is_whole() and not store.audit_is_whole(written_down), "and other lines do not make up for it"


def test_each_store_opens_what_it_holds_in_its_place_only(tmp_path: Path) -> None:
    encryptor = Encryptor([Fernet.generate_key()])
    accounts = Accounts(tmp_path / "accounts.db", encryptor)
    people = [accounts.add(f"a{n}", "周明", "市公安局", Role.OFFICIAL) for n in range(2)]
    for n, person in enumerate(people):
        accounts.bind(person, f"web:{n}")
        accounts.ask(person, "invite", people[1 - n])
    tasks = Tasks(tmp_path / "tasks.db", encryptor)
    questions = Questions(tmp_path / "questions.db", encryptor)
    outbox = Outbox(tmp_path / "outbox.db", encryptor)
    conversations = Conversations(tmp_path / "conversations.db", encryptor)
    for n in range(2):
        tasks.tell(people[n].id, f"到期 {n}")
        questions.note(f"第{'一二'[n]}个问题", "not found")
        outbox.put(f"telegram:{n}", [Part(f"回复 {n}")])
        outbox.keep("telegram", str(n), "{}")
        outbox.key_for(f"按钮 {n}")
        conversations.save_events(f"web:{n}", [])
        conversations.add_turn(f"web:{n}", "问", [])
    places: list[tuple[EncryptedStore, str, str]] = [
        (accounts, "accounts", "about"),
        (accounts, "bindings", "place"),
        (accounts, "requests", "about"),
        (tasks, "notices", "body"),
        (questions, "questions", "question"),
        (outbox, "outgoing", "body"),
        (outbox, "incoming", "body"),
        (outbox, "payloads", "body"),
        (conversations, "trackers", "events"),
        (conversations, "turns", "turn"),
    ]
    for kept, table, column in places:
        assert kept.out_of_place() == []
        values = kept._db.execute(f"select {column} from {table} order by rowid").fetchall()
        assert len(values) == 2 and all(is_in_place(bytes(value)) for (value,) in values)
        kept._db.execute(f"update {table} set {column} = ?", [values[0][0]])
        assert kept.out_of_place() == [f"{table}.{column}"], table
        second = kept._db.execute(f"select min(rowid), max(rowid) from {table}").fetchone()
        kept._db.execute(f"update {table} set {column} = ? where rowid = ?", [values[1][0], second[1]])
        assert kept.out_of_place() == []
    for opened in (accounts, tasks, questions, outbox, conversations):
        opened.close()


def older_store(path: Path, encryptor: Encryptor) -> EncryptedStore:
    """As the program wrote it that sealed for no place."""
    older = EncryptedStore(path, encryptor, migrations=MIGRATIONS[:5])
    for n in range(2):
        row: dict[str, Any] = {"id": str(n) * 32, "kind": "tip_off", "status": "submitted", "code": f"x{n}"}
        row |= {"number": f"JB-AAAA-AAA{n}", "content": encryptor.encrypt({"answers": n}), "created": 4000.5}
        older._db["cases"].insert(row | {"updated": 4000.5, "submitted": 4000.5})
    return older


def test_an_earlier_programs_values_are_sealed_for_their_place_once(tmp_path: Path) -> None:
    encryptor = Encryptor([Fernet.generate_key()])
    older_store(tmp_path / "cases.db", encryptor).close()
    store = CaseStore(tmp_path / "cases.db", encryptor)
    case = store.by_number("JB-AAAA-AAA1")
    assert case and case.content == {"answers": 1}
    assert case.created.timestamp() == 3600
    assert store.out_of_place() == []
    for (value,) in store._db.execute("select content from cases union all select sealed from secrets").fetchall():
        assert is_in_place(bytes(value))
    planted = encryptor.encrypt({"answers": "made by the earlier program, and put back"})
    store._db.execute("update cases set content = ? where number = 'JB-AAAA-AAA1'", [planted])
    with pytest.raises(OutOfPlaceError):
        store.by_number("JB-AAAA-AAA1")
    store.close()
    with pytest.raises(OutOfPlaceError):
        CaseStore(tmp_path / "cases.db", encryptor).by_number("JB-AAAA-AAA1")


def test_what_no_earlier_program_wrote_is_not_taken_over(tmp_path: Path) -> None:
    encryptor = Encryptor([Fernet.generate_key()])
    older = older_store(tmp_path / "cases.db", encryptor)
    older._db.execute(
        "update cases set content = ? where code = 'x1'", [encryptor.encrypt_for("cases.content:elsewhere", {})]
    )
    older.close()
    with pytest.raises(OutOfPlaceError, match="没有升级"):
        CaseStore(tmp_path / "cases.db", encryptor)


@pytest.mark.about_the_file
def test_the_end_is_written_down_once_a_day(store: CaseStore, tmp_path: Path) -> None:
    anchors = tmp_path / "elsewhere" / "anchors.txt"
    settings = Settings(data_dir=tmp_path, audit_anchor=str(anchors))
    anchor = Anchor(settings)
    anchor.daily(store.head(), date(2016, 10, 13))  # the place is not there: nobody is held up
    anchors.parent.mkdir()
    for day in (13, 13, 14):
        store.record("a1", "view")
        anchor.daily(store.head(), date(2016, 10, day))
    lines = anchors.read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["2016-10-13", "2016-10-14"]
    assert [head.lines for head in written_down(settings)] == [1, 3]
    assert store.audit_is_whole(written_down(settings))
    cut(store, "id = 3")
    assert not store.audit_is_whole(written_down(settings))


@pytest.mark.about_the_file
def test_the_command_line_checks_everything_and_prints_the_head(tmp_path: Path) -> None:
    def check(*more: str) -> subprocess.CompletedProcess[str]:
        return command({"ASSISTANT_DATA_DIR": str(tmp_path)}, "cases", "check", *more)

    first = check()
    assert first.returncode == 0, first.stderr
    notes = tmp_path / "抄录.txt"
    notes.write_text(first.stdout, encoding="utf-8")
    key = (tmp_path / "secret.key").read_bytes().split()
    store = CaseStore(tmp_path / "cases.db", Encryptor(key))
    a, b = tip_off(store), tip_off(store, "银河通宝")
    store.close()
    assert check(str(notes)).returncode == 0
    with sqlite3.connect(tmp_path / "cases.db") as tables:
        tables.execute(f"update cases set content = (select content from cases where id = '{b}') where id = '{a}'")
    tables.close()
    found = check()
    assert found.returncode == 1
    assert "cases.content" in found.stdout and "Traceback" not in found.stderr
    notes.write_text("9999:" + "0" * 64, encoding="utf-8")
    assert "删减" in check(str(notes)).stdout
