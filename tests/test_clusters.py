"""Several reports of one platform are seen as one cluster by its handlers, and by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from casework.cases.case import Case, Filing
from casework.cases.receipts import new_receipt
from casework.cases.search_tokens import plain_name
from casework.cases.store import CaseStore
from casework.interview.answers import Answer
from casework.interview.state import State
from casework.tip_off.clusters import cluster_of, marks_of, terms_of
from storage.encryption import Encryptor

pytestmark = pytest.mark.both_databases

DAY = 86400


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    opened = CaseStore(tmp_path / "cases.db", Encryptor([Fernet.generate_key()]))
    yield opened
    opened.close()


def report(store: CaseStore, target: str = "", reach: str = "", happened: str = "骗钱") -> Case:
    answers = {"happened": Answer(happened, happened), "target": Answer(target, target), "reach": Answer(reach, reach)}
    state = State(answers)
    draft = store.start("tip_off", "rest:甲", state.as_json())
    return store.submit_tip_off(draft, Filing([], terms=terms_of(marks_of(state))), new_receipt())


def test_five_reports_of_one_platform_and_how_they_grew(store: CaseStore, tmp_path: Path) -> None:
    five = [
        report(store, "金鼎财富"),
        report(store, "洛阳金鼎财富信息咨询有限公司"),
        report(store, "金鼎财富网", reach="www.jinding.example"),
        report(store, reach="http://jinding.example/app?id=3"),
        report(store, "财富之家", reach="网址 jinding.example，电话 400-800-1234"),
    ]
    others = [report(store, "金鑫财富"), report(store, "银河通宝", reach="www.yinhe.example"), report(store)]
    for weeks, case in enumerate(five):
        at = 1_467_600_000 + weeks // 2 * 7 * DAY  # Monday 4 July 2016 and the weeks after
        store._db.execute("update cases set submitted = ? where id = ?", [at, case.id])
    for case in five:
        cluster = cluster_of(store, case)
        assert {each.id for each in cluster.cases} == {each.id for each in five}
    assert list(cluster.growth.values()) == [2, 2, 1]
    assert next(iter(cluster.growth)) == date(2016, 7, 4)
    for case in others:
        assert [each.id for each in cluster_of(store, case).cases] == [case.id]


def test_the_same_phone_is_the_same_platform(store: CaseStore) -> None:
    one = report(store, "甲一理财", happened="客服电话400-800-1234，不给提现")
    two = report(store, "乙二投资", reach="4008001234")
    assert len(cluster_of(store, one).cases) == 2
    assert len(cluster_of(store, two).cases) == 2


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("洛阳金鼎信息咨询有限公司", "金鼎"),
        ("金鼎财富APP", "金鼎财富"),
        ("ＡＢＣ贷", "abc贷"),
        ("信息科技有限公司", "信息科技有限公司"),
    ],
)
def test_names_without_their_forms(name: str, plain: str) -> None:
    assert plain_name(name) == plain
