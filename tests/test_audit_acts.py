"""The audit's lines: an act of a list with its details, beside the sentences that earlier programs wrote."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from casework.cases.audit import AuditEntry
from casework.cases.audit_acts import AuditAct, Details, written
from casework.cases.case import EXAMINING, Filing, Route
from casework.cases.store import CaseStore
from casework.desk.acts import DETAILED, WORDS, in_words
from storage.encryption import Encryptor

pytestmark = pytest.mark.both_databases

NOON = datetime(2016, 10, 13, 4, tzinfo=UTC)
FILING = Filing([Route("市工商局", "lead", "三（二）6")])
# A sentence, what it says, and how an official reads it.
EARLIER: tuple[tuple[str, AuditAct, Details, str], ...] = (
    ("view", AuditAct.VIEW, {}, "查看案件"),
    ("status examining", AuditAct.STATUS, {"status": "examining"}, "状态改为核查中"),
    ("transfer to 市公安局", AuditAct.TRANSFER, {"unit": "市公安局"}, "转办至市公安局"),
    ("message of internal", AuditAct.MESSAGE, {"author": "internal"}, "内部备注"),
    ("part accepted by 市商务局", AuditAct.ACCEPT_PART, {"unit": "市商务局"}, "市商务局受理本单位部分"),
    (
        "part closed by 市商务局: unfounded",
        AuditAct.CLOSE_PART,
        {"unit": "市商务局", "outcome": "unfounded"},
        "市商务局办结本单位部分（经核查不属实）",
    ),
    (
        "release bundle to 市公安局: verify",
        AuditAct.RELEASE,
        {"what": "bundle", "unit": "市公安局", "purpose": "verify"},
        "同意市公安局调取整件案件（核对真伪）",
    ),
    ("refuse original", AuditAct.REFUSE_RELEASE, {"what": "original"}, "不同意调取材料原件"),
    (
        "account ask no totp 4f2a",
        AuditAct.DECIDE_ACCOUNT,
        {"decision": "ask", "what": "no totp", "account": "4f2a"},
        "账号：申请取消动态码",
    ),
    ("account add 4f2a", AuditAct.ACCOUNT, {"what": "add", "account": "4f2a"}, "账号：新建"),
    ("own account: drop feed", AuditAct.OWN_ACCOUNT, {"what": "drop feed"}, "本人账号：作废日历订阅"),
    ("finish task 12", AuditAct.TASK, {"what": "finish", "task": 12}, "任务 12：反馈完成"),
    ("begin the campaign of 2027: 9 tasks", AuditAct.NEW_YEAR, {"year": 2027, "tasks": 9},
     "2027 年任务重新开始（9 项）"),
    ("refuse document a-1", AuditAct.DOCUMENT, {"what": "refuse", "document": "a-1"}, "文件：不添加（a-1）"),
    ("export 7 cases as csv", AuditAct.EXPORT_CASES, {"count": 7, "form": "csv"}, "导出案件列表 7 件（csv）"),
    ("something nobody does any more", AuditAct.UNKNOWN, {"text": "something nobody does any more"},
     "something nobody does any more"),
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    opened = CaseStore(tmp_path / "cases.db", Encryptor([Fernet.generate_key()]))
    yield opened
    opened.close()


@pytest.mark.parametrize(("sentence", "act", "details", "words"), EARLIER)
def test_what_an_earlier_program_wrote_reads_as_what_is_written_today(
    sentence: str, act: AuditAct, details: Details, words: str
) -> None:
    earlier = AuditEntry.kept(NOON.timestamp(), "a", sentence, None)
    assert earlier == AuditEntry(NOON, "a", act, None, details)
    assert in_words(earlier) == words
    if act != AuditAct.UNKNOWN:
        assert AuditEntry.kept(NOON.timestamp(), "a", written(act, details), None) == earlier


def test_every_act_has_its_words() -> None:
    assert set(WORDS) | set(DETAILED) == set(AuditAct)
    assert not set(WORDS) & set(DETAILED)


def test_an_audit_of_both_kinds_of_lines_is_whole_and_tells_a_case_from_its_beginning(
    store: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("casework.cases.audit.written", lambda act, details: SENTENCES[act].format(**details))
        case = store.submit(store.start("self_check", "rest:甲", {}), FILING, "rest:甲")
        case = store.transfer(case, "市公安局", "转办", "o1")
    store.add_note(case, "handler", "请补充", "o2")
    case = store.set_status(case, EXAMINING, "o2")
    lines = [line for (line,) in store._read("select act from audit order by id")]
    assert lines == [
        *("start", "submit", "transfer to 市公安局"),
        *('{"act":"message","author":"handler"}', '{"act":"status","status":"examining"}'),
    ]
    assert [act.act for act in store.history(case)] == [
        *(AuditAct.START, AuditAct.SUBMIT, AuditAct.TRANSFER, AuditAct.MESSAGE, AuditAct.STATUS)
    ]
    assert store.audit_is_whole()
    assert store.mistakes() == []
    store._db.execute("update cases set status = 'forwarded' where id = ?", [case.id])
    assert any("与操作记录不符" in mistake for mistake in store.mistakes())


SENTENCES = {AuditAct.START: "start", AuditAct.SUBMIT: "submit", AuditAct.TRANSFER: "transfer to {unit}"}
