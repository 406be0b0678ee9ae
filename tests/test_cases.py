"""The case store: sealed, final once submitted, audited, backed up, migrated, and safe with two writers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from casework import supplements
from casework.cases import submission_store
from casework.cases.case import ASKING, CLOSED, EXAMINING, Conflict, Filing, FindingRow, Route
from casework.cases.case_queries import CaseFilter
from casework.cases.codes import ALPHABET, found_code, found_number, new_code, new_number
from casework.cases.receipts import new_receipt
from casework.cases.store import CaseStore
from casework.cases.store_care import BackupError
from casework.services import Services
from storage.database import STORE_ERRORS, EncryptedStore, SqliteDatabase
from storage.encryption import Encryptor, KeyFileError
from storage.migrations import MIGRATIONS, unguard
from storage.settings import ActionSettings
from tests.conftest import command

pytestmark = pytest.mark.both_databases

OLD, NEW = Fernet.generate_key(), Fernet.generate_key()
SECRET = "张三 13837912345"
FILING = Filing([Route("市工商局", "lead", "三（二）6")], [FindingRow("pool", "二（一）1", "疑似违规")], "涧西区")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.db"


@pytest.fixture
def store(path: Path) -> Iterator[CaseStore]:
    opened = CaseStore(path, Encryptor([OLD]))
    yield opened
    opened.close()


def test_a_draft_becomes_a_case(store: CaseStore) -> None:
    draft = store.start("self_check", "rest:甲", {})
    draft = store.save(draft, {"answers": SECRET})
    case = store.submit(draft, FILING, "rest:甲")
    assert found_number(case.number or "") == case.number
    assert store.by_code(draft.code) == store.by_number(case.number or "") == case
    assert case.content == {"answers": SECRET}
    assert (case.county, store.routes(case)) == ("涧西区", list(FILING.routes))
    assert [act.act for act in store.history(case)] == ["start", "submit"]
    assert store.audit_is_whole()


def test_what_is_sent_again_is_kept_once_and_every_question_gets_its_answer(
    store: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str | None] = []
    monkeypatch.setattr(supplements, "answered", lambda _, case, routes: told.append(case.number))
    services = Services(ActionSettings())
    services.cases = store
    case = store.submit_tip_off(store.start("tip_off", "rest:甲", {}), FILING, new_receipt(), "rest:甲")
    for _ in range(2):  # the answer to the first got lost
        case = supplements.add_notes(services, case, ["门店在涧西区"])
    for question in ("还有别人吗", "您愿意作证吗"):
        store.add_note(case, "handler", question, "某人")
        case = store.set_status(case, ASKING, "某人")
        case = supplements.add_notes(services, case, ["是的"])
        assert case.status == EXAMINING
    said = [note.text for note in store.notes(case, internal=False) if note.author == "reporter"]
    assert said == ["门店在涧西区", "是的", "是的"]
    assert told == [case.number] * 3
    assert not supplements.withdraw(store, case)
    closed = store.set_status(case, CLOSED, "某人", "handled")
    with pytest.raises(supplements.ClosedError):
        supplements.add_notes(services, closed, ["还有一点"])


@pytest.mark.about_the_file
def test_nothing_readable_is_in_the_file(store: CaseStore, path: Path) -> None:
    draft = store.start("self_check", "rest:甲", {"answers": SECRET})
    for file in path.parent.glob("cases.db*"):
        content = file.read_bytes()
        for words in (SECRET, draft.code, "rest:甲"):
            assert words.encode() not in content


@pytest.mark.about_the_file
def test_the_file_is_opened_with_care(store: CaseStore) -> None:
    """What is deleted is zeroed, room is given back, others' views and triggers call nothing, nothing is half kept."""
    # That it waits for the disk as well is held in test_environment.py: tests do not.
    wanted = {"secure_delete": 1, "trusted_schema": 0, "auto_vacuum": 1, "journal_mode": "wal"}
    assert {name: store._db.execute(f"pragma {name}").fetchone()[0] for name in wanted} == wanted


def test_no_two_cases_have_one_number(store: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are short enough to read aloud: among 100,000 two made by chance are alike once in eight times."""
    made = iter(["JB-3333-3333", "JB-3333-3333", "JB-4444-4444", "JB-4444-4444", "JB-3333-3333", "JB-6666-6666"])
    monkeypatch.setattr(submission_store, "new_number", lambda kind: next(made))

    first, second = (
        store.submit_tip_off(store.start("tip_off", who, {}), FILING, new_receipt(), who)
        for who in ("rest:甲", "rest:乙")
    )
    with store.bulk():
        taken_over = store.import_submitted("tip_off", {}, FILING, 0.0)

    assert [first.number, second.number, taken_over] == ["JB-3333-3333", "JB-4444-4444", "JB-6666-6666"]


def test_a_submitted_self_check_cannot_be_changed(store: CaseStore, path: Path) -> None:
    draft = store.start("self_check", "rest:甲", {})
    case = store.submit(draft, FILING, "rest:甲")
    with pytest.raises(Conflict):
        store.save(case, {"answers": "别的"})
    with pytest.raises(STORE_ERRORS, match="final"):
        store._db.execute("update cases set content = 'x'")
    with pytest.raises(Conflict):
        store.submit(draft, FILING, "rest:甲")


def test_the_audit_only_grows_and_shows_tampering(store: CaseStore, path: Path) -> None:
    store.record("管理员", "login")
    store.record("管理员", "logout")
    for statement in ("delete from audit", "update audit set actor = 'x'"):
        with pytest.raises(STORE_ERRORS, match="append-only"):
            store._db.execute(statement)
    unguard(store._db, "audit_is_final")
    store._db.execute("update audit set actor = 'x' where id = 1")
    assert not store.audit_is_whole()


def test_an_answer_given_on_two_channels_at_once_is_not_overwritten_unseen(store: CaseStore) -> None:
    draft = store.start("self_check", "rest:甲", {})
    store.save(draft, {"answers": "一"})
    with pytest.raises(Conflict):
        store.save(draft, {"answers": "二"})
    kept = store.get(draft.id)
    assert kept
    assert kept.content == {"answers": "一"}


def test_two_processes_write_without_losing_anything(store: CaseStore, path: Path) -> None:
    other = CaseStore(path, Encryptor([OLD]))
    stores = (store, other)
    with ThreadPoolExecutor(8) as pool:
        drafts = list(pool.map(lambda n: stores[n % 2].start("self_check", f"rest:{n}", {"n": n}), range(80)))
        list(pool.map(lambda n: stores[1 - n % 2].submit(drafts[n], FILING, f"rest:{n}"), range(80)))
    assert {(store.by_code(draft.code) or draft).content["n"] for draft in drafts} == set(range(80))
    assert store.audit_is_whole()
    other.close()


def test_old_drafts_go_and_cases_stay(store: CaseStore, path: Path) -> None:
    case = store.submit(store.start("self_check", "rest:甲", {}), FILING, "rest:甲")
    old, recent = (store.start("self_check", "rest:甲", {}) for _ in range(2))
    store._db.execute("update cases set updated = updated - 31 * 86400 where id = ?", [old.id])
    assert store.delete_drafts_older_than(30) == 1
    assert store.get(old.id) is None
    assert store.by_code(old.code) is None
    assert {c.id for c in store.of_owner("rest:甲", "self_check")} == {case.id, recent.id}


def test_only_who_has_shown_the_code_owns_a_case(store: CaseStore) -> None:
    draft = store.start("self_check", "rest:甲", {})
    assert not store.owns(draft, "web:乙")
    store.adopt(draft, "web:乙")
    assert store.owns(draft, "web:乙")
    assert store.of_owner("web:丙", "self_check") == []


def test_keys_can_be_changed(store: CaseStore, path: Path) -> None:
    case = store.submit(store.start("self_check", "rest:甲", {"answers": SECRET}), FILING, "rest:甲")
    with pytest.raises(KeyFileError, match="另一把密钥"):
        CaseStore(path, Encryptor([NEW]))
    both = CaseStore(path, Encryptor([NEW, OLD]))
    assert both.by_code(case.code) == case
    assert both.rotate() == 1
    only_new = CaseStore(path, Encryptor([NEW]))
    assert only_new.by_code(case.code) == case
    assert only_new.of_owner("rest:甲", "self_check") == [case]
    assert only_new.audit_is_whole()


@pytest.mark.about_the_file
def test_backup_and_restore(store: CaseStore, tmp_path: Path) -> None:
    case = store.submit(store.start("self_check", "rest:甲", {"answers": SECRET}), FILING, "rest:甲")
    backup = tmp_path / "backup.db"
    store.backup(backup)
    assert SECRET.encode() not in backup.read_bytes()
    later = store.start("self_check", "rest:乙", {})
    store.restore(backup)
    assert store.get(case.id) == case
    assert store.get(later.id) is None
    with pytest.raises(BackupError, match="已经存在"):
        store.backup(backup)


@pytest.mark.about_the_file
@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_what_is_no_backup_is_not_restored(store: CaseStore, tmp_path: Path, content: bytes) -> None:
    draft = store.start("self_check", "rest:甲", {})
    broken = tmp_path / "broken.db"
    broken.write_bytes(content)
    with pytest.raises(BackupError, match="没有恢复"):
        store.restore(broken)
    foreign = tmp_path / "foreign.db"
    CaseStore(foreign, Encryptor([NEW])).close()
    with pytest.raises(BackupError, match="另一把密钥"):
        store.restore(foreign)
    assert store.get(draft.id) == draft


def test_a_store_of_a_later_program_is_left_alone(store: CaseStore, path: Path) -> None:
    store._db.set_version(len(MIGRATIONS) + 1)
    with pytest.raises(RuntimeError, match="请先升级程序"):
        CaseStore(path, Encryptor([OLD]))


def test_opening_again_migrates_nothing_twice(store: CaseStore, path: Path) -> None:
    draft = store.start("self_check", "rest:甲", {})
    assert CaseStore(path, Encryptor([OLD])).get(draft.id) == draft


@pytest.mark.about_the_file
def test_the_command_line(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return command({"ASSISTANT_DATA_DIR": str(tmp_path / "data")}, "cases", *arguments)

    backup = str(tmp_path / "b.db")
    assert "操作记录完整" in run("check").stdout
    assert "已备份到" in run("backup", backup).stdout
    assert "已从" in run("restore", backup).stdout
    assert "重新加密" in run("rotate").stdout
    missing = run("restore", str(tmp_path / "none.db"))
    assert missing.returncode == 1
    assert "没有找到备份文件" in missing.stderr
    assert "请写明备份文件" in run("backup").stderr


def test_codes_are_read_however_they_are_typed() -> None:
    code, number = new_code(), new_number("self_check")
    assert set(code) <= set(ALPHABET) | {"-"}
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " "), f"续填码：{code}。"):
        assert found_code(typed) == code
    assert found_number(f"查看 {number.lower()}") == number
    assert found_code("洛阳市涧西区南昌路5号") is None


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_populated_store_of_each_earlier_version(path: Path, version: int) -> None:
    encryptor = Encryptor([Fernet.generate_key()])
    older = EncryptedStore(path, encryptor, migrations=MIGRATIONS[:version])
    row: dict[str, Any] = {
        "id": "a" * 32,
        "kind": "tip_off",
        "status": "submitted",
        "number": "JB-AAAA-AAAA",
        "code": "x",
    }
    row |= {"content": encryptor.encrypt({"answers": {}}), "created": 1.0, "updated": 1.0, "submitted": 1.0}
    older._db["cases"].insert(row)
    if version > 1:
        message = {"case_id": row["id"], "author": "reporter", "body": encryptor.encrypt("户名是王某"), "at": 2.0}
        older._db["messages" if version < 4 else "notes"].insert(message)
    older.close()
    store = CaseStore(path, encryptor)
    case = store.by_number("JB-AAAA-AAAA")
    assert case and case.status == "submitted" and case.severity == 0
    assert [note.text for note in store.notes(case, internal=True)] == (["户名是王某"] if version > 1 else [])
    store.add_note(case, "internal", "升级后", "somebody")
    assert len(store.queue(CaseFilter(), 10)) == 1
    store.close()


@pytest.mark.about_the_file
def test_what_refers_to_a_case_is_found_without_reading_all(tmp_path: Path) -> None:
    """A report gets another id when it is submitted, and goes when its time is up: what refers to it is looked for."""
    store = CaseStore(tmp_path / "cases.db", Encryptor([Fernet.generate_key()]))
    unindexed = []
    assert isinstance(store._db, SqliteDatabase)
    for table in store._db.tables:
        first = {index.columns[0] for index in table.indexes} | set(table.pks[:1])
        for key in table.foreign_keys:
            if key.other_table == "cases" and key.column not in first:
                unindexed.append(f"{table.name}.{key.column}")
    store.close()
    assert unindexed == []
