"""Two do something to the same case at the same moment: one of them is told, and nothing is half done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from casework.cases.audit_acts import AuditAct
from casework.cases.case import EXAMINING, Case, Conflict, Filing, Route
from casework.cases.evidence import EvidenceError, SealedWriter
from casework.cases.keyring import shown
from casework.cases.receipts import new_receipt
from casework.cases.releases import ReleaseError, Request
from casework.cases.store import CaseStore
from casework.desk.account import Role
from casework.desk.accounts import Accounts
from casework.desk.security_keys import AccountError
from storage.encryption import Encryptor
from tests.test_evidence import WAV

LEAD = Filing([Route("市公安局", "lead", "三（二）6")])
KEY = Fernet.generate_key()
PASSWORD = "correct-horse-battery"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[CaseStore, CaseStore]]:
    """The same cases as two processes have them open."""
    stores = CaseStore(tmp_path / "cases.db", Encryptor([KEY])), CaseStore(tmp_path / "cases.db", Encryptor([KEY]))
    yield stores
    for store in stores:
        store.close()


Pair = tuple[CaseStore, CaseStore]


def draft_in(store: CaseStore) -> Case:
    return store.start("tip_off", "rest:甲", {"answers": {}})


def submitted_in(store: CaseStore) -> Case:
    return store.submit_tip_off(draft_in(store), LEAD, new_receipt(), "rest:甲")


def written(store: CaseStore, content: bytes) -> SealedWriter:
    with SealedWriter(store.evidence_folder, 10**6) as writer:
        writer.write(content)
    return writer


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each of some acts that begin together returned or raised."""
    start = threading.Barrier(len(acts))

    def done(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except (Conflict, EvidenceError, ReleaseError, AccountError) as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(done, acts))


@pytest.mark.both_databases
def test_a_report_that_is_submitted_twice_is_one(pair: Pair) -> None:
    case = draft_in(pair[0])
    ended = at_once(*(lambda store=store: store.submit_tip_off(case, LEAD, new_receipt(), "rest:甲") for store in pair))
    assert sorted(type(each).__name__ for each in ended) == ["Case", "Conflict"]
    assert pair[0].mistakes() == []


@pytest.mark.both_databases
def test_a_report_is_withdrawn_once(pair: Pair) -> None:
    case = submitted_in(pair[0])
    assert sorted(map(str, at_once(*(lambda store=store: store.withdraw(case) for store in pair)))) == ["False", "True"]
    assert [act.act for act in pair[0].history(case)].count("withdraw") == 1
    assert pair[0].mistakes() == []


@pytest.mark.both_databases
def test_of_a_report_that_was_withdrawn_nothing_is_recorded_as_done(pair: Pair) -> None:
    """An official has its page open: what they do then is said to have had no effect, and leaves no line."""
    case = submitted_in(pair[0])
    pair[1].withdraw(case)
    before = pair[0].history(case)
    for act in (
        lambda: pair[0].set_status(case, EXAMINING, "zhou"),
        lambda: pair[0].transfer(case, "市商务局", "转办", "zhou"),
        lambda: pair[0].add_note(case, "handler", "已受理", "zhou"),
    ):
        with pytest.raises(Conflict):
            act()
    with pytest.raises(EvidenceError, match="提交或撤回"):
        pair[0].add_evidence(case, written(pair[0], WAV), "录音.wav", 30)
    assert pair[0].history(case) == before
    assert pair[0].mistakes() == []
    assert list(pair[0].evidence_folder.glob("*")) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("sealed", [False, True], ids=["no unit has a key", "sealed to its unit"])
def test_a_file_that_arrives_while_the_report_is_submitted_can_be_opened(
    pair: Pair, sealed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the report or is refused; it was in, and could be opened by nobody, when it came between reading which
    files there are and submitting."""
    case = draft_in(pair[0])
    member = pair[0].member_pair("zhou", PASSWORD)
    assert not sealed or pair[0].first_key("zhou", "市公安局", member)
    hashed = CaseStore._receipt_hash

    def meanwhile(self: CaseStore, stretched: bytes) -> str:
        pair[1].add_evidence(case, written(pair[1], WAV * 3), "录音.wav", 30)
        return hashed(self, stretched)

    begun = CaseStore._writing

    def just_before(self: CaseStore) -> object:
        if self is pair[0] and not arrived:
            arrived.append(pair[1].add_evidence(case, written(pair[1], WAV * 5), "又一段.wav", 30))
        return begun(self)

    arrived: list[object] = []
    with monkeypatch.context() as patch:
        patch.setattr(CaseStore, "_receipt_hash", meanwhile)
        patch.setattr(CaseStore, "_writing", just_before)
        kept = pair[0].submit_tip_off(case, LEAD, new_receipt(), "rest:甲")
    found = pair[0].get(kept.id)
    assert arrived and found and found.locked == sealed
    with shown(pair[0].keys_of("zhou", "市公安局", member)):
        files = pair[0].evidence(pair[0].get(kept.id) or kept)
    assert sorted(file.name for file in files) == ["又一段.wav", "录音.wav"]
    assert {pair[0].content_of(file) for file in files} == {WAV * 3, WAV * 5}
    assert pair[0].mistakes() == []


@pytest.mark.both_databases
def test_two_custodians_decide_once(pair: Pair) -> None:
    asked = pair[0].ask_release(Request("queue", "zhou", "市公安局", "report", "核对公章是否真实"), None)
    ended = at_once(
        lambda: pair[0].decide_release(asked.id, "fang", agreed=True),
        lambda: pair[1].decide_release(asked.id, "li", agreed=False),
    )
    assert sorted(type(each).__name__ for each in ended) == ["Release", "ReleaseError"]
    decided = next(each for each in pair[0].releases() if each.id == asked.id)
    lines = [act.act for _, act in pair[0].acts(10)]
    (decision,) = (line for line in lines if line in (AuditAct.RELEASE, AuditAct.REFUSE_RELEASE))
    assert decided.agreed == (decision == AuditAct.RELEASE)


@pytest.mark.both_databases
def test_an_account_is_agreed_to_once(tmp_path: Path) -> None:
    stores = [Accounts(tmp_path / "accounts.db", Encryptor([KEY])) for _ in range(2)]
    admin, second, third, new = (
        stores[0].add(name, "甲", "市公安局", Role.ADMINISTRATOR) for name in ("a1", "b2", "c3", "d4")
    )
    stores[0].ask(new, "invite", admin)
    request = stores[0].requests()[0].id
    ended = at_once(*(lambda s=s, by=by: s.settle(request, by) for s, by in zip(stores, (second, third), strict=True)))
    assert sorted(type(each).__name__ for each in ended) == ["AccountError", "Requested"]
    for store in stores:
        store.close()
