"""A report that only its units read: with all that the server keeps and knows, but no password, nobody opens it."""

from __future__ import annotations

import argparse
import base64
import io
import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

import bot  # noqa: F401  (prepares the process for Rasa)
from bot.cli.accounts import run_account_command
from bot.settings import Settings
from casework.cases.case import ASKING, Case, Filing, Route
from casework.cases.case_queries import CaseFilter
from casework.cases.contact_store import NOT_OPENED
from casework.cases.evidence import EvidenceError, Finding, SealedWriter
from casework.cases.keyring import NOTHING, Keyring, shown
from casework.cases.receipts import new_receipt
from casework.cases.store import CaseStore
from casework.cases.unit_keys import UnitKeyError
from casework.cases.unit_store import LockedError
from casework.desk.account import Account, Role
from casework.desk.accounts import Accounts
from casework.desk.acts import in_words
from casework.desk.copies import near_copies
from casework.desk.handling import name_of, transfer, viewed
from casework.desk.tasks import Tasks
from casework.desk.unlocking import keys_in_session, new_password, pair_behind
from casework.interview.answers import Answer
from casework.interview.state import State
from casework.services import Services
from casework.shared import shared_accounts, shared_cases
from casework.supplements import add_notes
from casework.tip_off.clusters import cluster_of, marks_of, terms_of, wanted_terms
from knowledge.directory import OFFICE
from storage.database import EncryptedStore
from storage.encryption import Encryptor, load_encryptor
from storage.settings import ActionSettings
from tests.conftest import DATA, Server
from tests.officials import Official, keeper
from tests.talk import Person
from tests.test_desk_chat import reported as told_in_chat
from tests.test_evidence import WAV

pytestmark = pytest.mark.both_databases

PASSWORD, POLICE, TRADE, COUNTY = "correct-horse-battery", "市公安局", "市工商局", "涧西区政府"
STORY, PHONE, CAPTION, ANSWER, REMARK = (
    "琥珀年轮骗了我二十万",
    "13837912345",
    "转账截图说明",
    "请保留合同",
    "此人有前科",
)
PLANTED = (STORY, PHONE, CAPTION, ANSWER, REMARK, "我再补充一句", "老王的录音")


@dataclass
class Desk:
    """An installation's stores, and its people."""

    cases: CaseStore
    accounts: Accounts
    tasks: Tasks

    @property
    def services(self) -> Services:
        """What the jobs of this installation work with."""
        found = Services(ActionSettings())
        found.cases, found.accounts, found.tasks = self.cases, self.accounts, self.tasks
        return found

    def person(self, unit: str, role: Role = Role.OFFICIAL) -> Account:
        made = self.accounts.add(f"{unit}{len(self.accounts.everybody())}", "周明", unit, role)
        self.accounts.set_password(made, PASSWORD)
        return made

    def signs_in(self, person: Account, password: str = PASSWORD) -> Session:
        account, token = self.accounts.sign_in(person.login, password)
        if private := pair_behind(self.cases, account, password):
            self.accounts.carry(token, private)
        return Session(self, account, token)

    def member(self, unit: str, role: Role = Role.OFFICIAL) -> Session:
        return self.signs_in(self.person(unit, role))


@dataclass
class Session:
    desk: Desk
    account: Account
    token: str

    @property
    def keys(self) -> Keyring:
        """What a request of this session opens with."""
        return keys_in_session(self.desk.cases, self.desk.accounts, self.account, self.token)

    def opens(self, case: Case) -> Case:
        with shown(self.keys):
            found = self.desk.cases.get(case.id)
        assert found
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    encryptor = Encryptor([Fernet.generate_key()])
    stores = CaseStore(tmp_path / "cases.db", encryptor), Accounts(tmp_path / "accounts.db", encryptor)
    made = Desk(*stores, Tasks(tmp_path / "tasks.db", encryptor))
    yield made
    for store in (made.cases, made.accounts, made.tasks):
        store.close()


def state_of(target: str = "琥珀年轮", happened: str = STORY) -> State:
    answers = {"happened": happened, "target": target, "contact": "yes", "contact_phone": PHONE}
    return State({key: Answer(value, value) for key, value in answers.items()})


def reported(
    desk: Desk, *units: str, target: str = "琥珀年轮", happened: str = STORY, file: bool = False
) -> tuple[Case, str]:
    """A report to these units, the first of which leads, and its receipt."""
    state, receipt = state_of(target, happened), new_receipt()
    draft = desk.cases.start("tip_off", "rest:甲", state.as_json())
    if file:
        writer = SealedWriter(desk.cases.evidence_folder, 10**6)
        writer.write(WAV * 9)
        desk.cases.add_evidence(draft, writer, "老王的录音.wav", 30, CAPTION)
    routes = [Route(unit, "copy" if at else "lead", "三（二）6") for at, unit in enumerate(units)]
    filing = Filing(routes, county="涧西区", terms=terms_of(marks_of(state)))
    return desk.cases.submit_tip_off(draft, filing, receipt, "rest:甲"), receipt


CLEAR = ("cases", "routes", "findings", "audit", "evidence", "notes", "terms", "owners", "deliveries", "case_boxes")


def everything_that_opens(store: CaseStore | Accounts) -> str:
    """What stands in clear, each sealed value opened with the server's own key, and what lies in it."""
    found = [
        str(row) for table in CLEAR if isinstance(store, CaseStore) for row in store._read(f"select * from {table}")
    ]
    return "\n".join([*found, *opened_of(store)])


def opened_of(store: EncryptedStore) -> Iterator[str]:
    """Every sealed value of a store, opened with the installation's key, and what lies in it."""
    for table, column, columns in store.sealed:
        for kept, *row in store._read(f"select {', '.join((column, *columns))} from {table}"):
            if kept is not None:
                yield from _all_of(store._open(table, column, kept, *row))


def _all_of(value: Any) -> Iterator[str]:
    yield json.dumps(value, ensure_ascii=False)
    for each in value.values() if isinstance(value, dict) else [value]:
        if isinstance(each, str):
            try:
                yield base64.b64decode(each, validate=True).decode("utf-8", "replace")
            except ValueError:
                continue


def whole_case(desk: Desk, police: Session) -> tuple[Case, str]:
    """A report with all that one can have, told and answered."""
    case, receipt = reported(desk, POLICE, OFFICE, file=True)
    opened = desk.cases.by_receipt(receipt)
    assert opened
    add_notes(desk.services, opened, ["我再补充一句"])
    desk.cases.add_note(case, "handler", ANSWER, police.account.id)
    desk.cases.add_note(case, "internal", REMARK, police.account.id)
    return case, receipt


def test_with_all_that_the_server_has_but_a_password_nothing_of_a_report_is_read(desk: Desk) -> None:
    police = desk.member(POLICE)
    case, _ = whole_case(desk, police)
    desk.cases._db.execute("update deliveries set at = 0")  # ten minutes later
    desk.cases.forget_deliveries()
    kept = everything_that_opens(desk.cases) + everything_that_opens(desk.accounts)
    assert case.id in str(desk.cases._read("select id from cases")), "it looked where the report is"
    assert [word for word in PLANTED if word in kept] == []
    locked = desk.cases.get(case.id)
    assert locked and locked.locked and locked.content == {}
    assert {note.text for note in desk.cases.notes(locked, internal=True)} == {NOT_OPENED}
    (file,) = desk.cases.evidence(locked)
    assert (file.name, file.key, file.sha256, file.caption) == ("（已密封）", "", "", "")
    with pytest.raises(EvidenceError, match="密封"):
        desk.cases.content_of(file)
    with pytest.raises(UnitKeyError):  # nor by trying every key that lies about: each is itself sealed
        desk.cases.recover(POLICE, ["academic acid", "academic acid"], police.account.id)


def test_the_search_finds_what_is_not_sealed(desk: Desk) -> None:
    """A search that finds nothing anywhere would show nothing."""
    reported(desk, POLICE, OFFICE, file=True)
    kept = everything_that_opens(desk.cases)
    assert all(word in kept for word in (STORY, PHONE, CAPTION, "老王的录音"))


def test_who_receives_it_reads_all_of_it_and_another_unit_nothing(desk: Desk) -> None:
    police, trade = desk.member(POLICE), desk.member(TRADE)
    case, _ = whole_case(desk, police)
    opened = police.opens(case)
    assert not opened.locked and STORY in str(opened.content)
    assert [note.text for note in desk.cases.notes(opened, internal=True)] == ["我再补充一句", ANSWER, REMARK]
    (file,) = desk.cases.evidence(opened)
    assert file.caption == CAPTION and desk.cases.content_of(file) == WAV * 9
    assert trade.opens(case).locked
    with shown(police.keys):
        view = viewed(desk.cases, police.account, case)
        assert (view.reachable, view.contact, name_of(view.case)) == (True, [], "琥珀年轮")


def test_a_session_without_a_password_opens_nothing(desk: Desk) -> None:
    police = desk.member(POLICE)
    case, _ = reported(desk, POLICE)
    assert keys_in_session(desk.cases, desk.accounts, police.account, "another token") == NOTHING
    desk.accounts._db.execute("update sessions set carried = ?", [b"U1" + bytes(60)])
    assert keys_in_session(desk.cases, desk.accounts, police.account, police.token) == NOTHING
    assert desk.cases.get(case.id).locked  # type: ignore[union-attr]


def test_a_receipt_opens_what_was_said_and_not_the_report(desk: Desk) -> None:
    police = desk.member(POLICE)
    case, receipt = whole_case(desk, police)
    opened = desk.cases.by_receipt(receipt)
    assert opened and opened.locked and opened.content == {}
    assert [note.text for note in desk.cases.notes(opened, internal=False)] == ["我再补充一句", ANSWER]
    assert {note.text for note in desk.cases.notes(opened, internal=True)} > {NOT_OPENED}, "not what is kept inside"
    (file,) = desk.cases.evidence(opened)
    assert file.name == "老王的录音.wav" and file.key == ""
    add_notes(desk.services, opened, ["我再补充一句"])
    assert len(desk.cases.notes(opened, internal=False)) == 3
    asked = desk.cases.set_status(desk.cases.get(case.id) or case, ASKING, police.account.id)
    assert asked.locked
    again = add_notes(desk.services, desk.cases.by_receipt(receipt) or case, ["是的"])
    assert [n.text for n in desk.cases.notes(again, internal=False)][-1] == "是的", "and stays open as it was"


def test_files_sent_later_are_sealed_and_the_same_one_is_kept_once(desk: Desk) -> None:
    police = desk.member(POLICE)
    case, receipt = reported(desk, POLICE, file=True)
    opened = desk.cases.by_receipt(receipt)
    assert opened
    for content in (WAV * 9, WAV * 8):
        writer = SealedWriter(desk.cases.evidence_folder, 10**6)
        writer.write(content)
        later = desk.cases.add_evidence(opened, writer, "又一段.wav", 30)
    desk.cases.note_findings(later, [Finding("name", "琥珀年轮")], ["name:琥珀"], first=True)
    names = [file.name for file in desk.cases.evidence(police.opens(case))]
    assert names == ["老王的录音.wav", "又一段.wav"]
    assert desk.cases.evidence(police.opens(case))[1].found == (Finding("name", "琥珀年轮"),)
    assert desk.cases.evidence_at_hand() == (2, 0)
    (desk.cases.evidence_folder / later.id).write_bytes(b"cut")
    assert desk.cases.evidence_at_hand() == (1, 1)
    assert "又一段" not in everything_that_opens(desk.cases)
    assert desk.cases.evidence_since(3600) == []


def test_what_came_before_the_first_key_is_sealed_at_the_first_sign_in(desk: Desk) -> None:
    case, receipt = reported(desk, TRADE, OFFICE, file=True)
    desk.cases.add_note(case, "handler", ANSWER, "a1")
    desk.cases.add_note(case, "internal", REMARK, "a1")
    assert not (desk.cases.get(case.id) or case).locked
    trade = desk.member(TRADE)
    locked = desk.cases.get(case.id)
    assert locked and locked.locked
    kept = everything_that_opens(desk.cases)
    assert [word for word in PLANTED if word in kept] == [ANSWER, "老王的录音"], "the rest waits for its receipt"
    opened = desk.cases.by_receipt(receipt)
    assert opened
    assert [note.text for note in desk.cases.notes(opened, internal=False)] == [ANSWER]
    assert [file.name for file in desk.cases.evidence(opened)] == ["老王的录音.wav"]
    desk.cases._db.execute("update deliveries set at = 0")
    desk.cases.forget_deliveries()
    kept = everything_that_opens(desk.cases)
    assert [word for word in PLANTED if word in kept] == []
    own = trade.opens(case)
    assert STORY in str(own.content) and [n.text for n in desk.cases.notes(own, internal=True)] == [ANSWER, REMARK]
    (file,) = desk.cases.evidence(own)
    assert desk.cases.content_of(file) == WAV * 9
    assert desk.cases.mistakes() == []


def test_a_unit_that_comes_later_is_given_its_reports_by_who_has_them(desk: Desk) -> None:
    office = desk.member(OFFICE, Role.OFFICE)
    cases = [reported(desk, TRADE, OFFICE)[0] for _ in range(3)]
    trade = desk.member(TRADE)
    assert all(trade.opens(case).locked for case in cases)
    assert office.keys.current
    assert not any(trade.opens(case).locked for case in cases)
    later, _ = reported(desk, TRADE, OFFICE)
    assert not trade.opens(later).locked and not office.opens(later).locked


def test_a_colleague_is_handed_the_units_key_and_who_leaves_reads_nothing_that_comes_after(desk: Desk) -> None:
    first = desk.member(POLICE)
    case, _ = reported(desk, POLICE)
    second = desk.member(POLICE)
    assert second.opens(case).locked
    assert first.keys.current
    assert not second.opens(case).locked
    before = second.keys
    desk.accounts.set_active(second.account, False)
    assert first.keys.current not in before.pairs
    after, _ = reported(desk, POLICE)
    with shown(before):
        assert desk.cases.get(after.id).locked  # type: ignore[union-attr]
    assert not first.opens(after).locked and not first.opens(case).locked, "who stays reads what came before as well"
    assert "更换市公安局的单位密钥" in [in_words(act) for _, act in desk.cases.acts(20)]


def test_the_office_hands_the_key_of_a_unit_whose_only_member_forgot_the_password(desk: Desk) -> None:
    office, alone = desk.member(OFFICE, Role.OFFICE), desk.member(TRADE)
    case, _ = reported(desk, TRADE, OFFICE)
    assert alone.keys.current and office.keys.current
    desk.accounts.set_password(alone.account, "another-password-of-theirs")  # by an invitation
    back = desk.signs_in(alone.account, "another-password-of-theirs")
    assert back.opens(case).locked
    assert office.keys.current
    assert not back.opens(case).locked


def _stops(*_: object) -> None:
    raise RuntimeError


def test_two_first_sign_ins_at_once_make_one_key(desk: Desk) -> None:
    person = desk.person(POLICE)
    with ThreadPoolExecutor(4) as pool:
        privates = set(pool.map(lambda _: pair_behind(desk.cases, person, PASSWORD), range(4)))
    assert len(privates) == 1
    case, _ = reported(desk, POLICE)
    assert not desk.signs_in(person).opens(case).locked


def test_a_draft_is_written_over(desk: Desk, tmp_path: Path, database: str) -> None:
    """What the server could open while it was told is in no page and no log of the file any more."""
    desk.member(POLICE)
    state, receipt = state_of(), new_receipt()
    draft = desk.cases.start("tip_off", "rest:甲", state.as_json())
    (told,) = desk.cases._read("select content from cases")[0]
    desk.cases.submit_tip_off(draft, Filing([Route(POLICE, "lead", "三（二）6")]), receipt, "rest:甲")
    files = list(tmp_path.glob("cases.db*"))
    assert database == "postgresql" or any(bytes(told) in path.read_bytes() for path in files)
    desk.cases.write_over()
    assert not any(bytes(told) in path.read_bytes() for path in files)


def test_a_password_that_is_changed_by_its_owner_opens_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    police = desk.member(POLICE)
    case, _ = reported(desk, POLICE)
    keys = police.keys
    with monkeypatch.context() as stopped:
        stopped.setattr(Accounts, "set_password", _stops)
        with pytest.raises(RuntimeError):  # in the middle of it
            new_password(desk.cases, desk.accounts, police.account, "another-password-of-theirs", keys)
    assert not desk.signs_in(police.account).opens(case).locked
    new_password(desk.cases, desk.accounts, police.account, "another-password-of-theirs", keys)
    assert desk.cases._unwrapped(police.account.id, PASSWORD) is None
    assert not desk.signs_in(police.account, "another-password-of-theirs").opens(case).locked


def test_a_report_is_handed_on_by_who_can_open_it_only(desk: Desk) -> None:
    police, trade, county = desk.member(POLICE), desk.member(TRADE), desk.person(COUNTY)
    case, _ = reported(desk, POLICE)
    assert trade.opens(case).locked
    transfer(desk.services, police.account, police.opens(case), TRADE, "属于该单位职责")
    assert not trade.opens(case).locked and not police.opens(case).locked
    assert [n.text for n in desk.cases.notes(trade.opens(case), internal=True)] == ["转办至市工商局：属于该单位职责"]
    transfer(desk.services, trade.account, trade.opens(case), COUNTY, "属于该单位职责")  # it has no key yet
    there = desk.signs_in(county)
    assert there.opens(case).locked
    assert trade.keys.current
    assert not there.opens(case).locked
    assert desk.cases.mistakes() == []


def test_what_a_chat_hands_on_is_given_by_the_next_who_opens_it(desk: Desk) -> None:
    police, trade = desk.member(POLICE), desk.member(TRADE)
    case, _ = reported(desk, POLICE)
    transfer(desk.services, police.account, desk.cases.get(case.id) or case, TRADE, "属于该单位职责")
    assert trade.opens(case).locked
    assert police.keys.current
    assert not trade.opens(case).locked


def test_a_unit_that_somebody_wrote_into_the_database_is_given_nothing(desk: Desk) -> None:
    police, stranger = desk.member(POLICE), desk.member(TRADE)
    case, _ = reported(desk, POLICE)
    desk.cases._db.execute(
        "insert into routes (case_id, unit, role, because) values (?, ?, 'lead', 'x')", [case.id, TRADE]
    )
    desk.cases._db.execute("update unit_keys set served = 0")
    assert police.keys.current
    assert stranger.opens(case).locked and desk.cases.mistakes()


def test_a_lost_unit_comes_back_with_two_of_three_shares(desk: Desk) -> None:
    alone = desk.member(POLICE)
    case, _ = reported(desk, POLICE)
    with pytest.raises(LockedError):
        desk.cases.shares_of(alone.account.id, NOTHING)
    shares = desk.cases.shares_of(alone.account.id, alone.keys)
    assert len(shares) == 3 and desk.cases.is_escrowed(POLICE)
    assert all(share not in everything_that_opens(desk.cases) for share in shares)
    desk.accounts.set_active(alone.account, False)
    new = desk.person(POLICE)
    with pytest.raises(UnitKeyError):
        desk.cases.recover(POLICE, shares[:2], new.id)  # nobody has signed in as them yet
    session = desk.signs_in(new)
    assert session.opens(case).locked
    for too_few in (shares[:1], [shares[0], shares[0]], []):
        with pytest.raises(UnitKeyError):
            desk.cases.recover(POLICE, too_few, new.id)
    desk.cases.recover(POLICE, shares[1:], new.id)
    assert not session.opens(case).locked
    assert not desk.cases.is_escrowed(POLICE), "another key, other shares"
    with pytest.raises(UnitKeyError):
        desk.cases.recover(POLICE, shares[1:], new.id)


def test_it_is_still_searched_and_clustered(desk: Desk) -> None:
    police, trade = desk.member(POLICE), desk.member(TRADE)
    one, _ = reported(desk, POLICE, happened="客服电话400-800-1234，骗走二十万元不给提现")
    two, _ = reported(
        desk, POLICE, target="洛阳琥珀年轮信息咨询有限公司", happened="客服电话400-800-1234，骗走三十万元不给提现"
    )
    elsewhere, _ = reported(desk, TRADE)
    other, _ = reported(desk, TRADE, target="银河通宝")
    found = desk.cases.queue(CaseFilter(unit=POLICE, terms=tuple(wanted_terms("琥珀年轮"))), 10)
    assert {case.id for case in found} == {one.id, two.id} and all(case.locked for case in found)
    with shown(police.keys):
        mine = police.opens(one)
        assert {case.id for case in cluster_of(desk.cases, mine).cases} == {one.id, two.id, elsewhere.id}
        assert [alike.case.id for alike in near_copies(desk.cases, police.account, mine)] == [two.id]
    with shown(trade.keys):
        assert [case.id for case in cluster_of(desk.cases, trade.opens(other)).cases] == [other.id]


def test_a_name_that_repeats_itself_is_clustered_with_what_another_unit_has(desk: Desk) -> None:
    police = desk.member(POLICE)
    desk.member(TRADE)
    mine, _ = reported(desk, POLICE, target="琥珀琥珀琥珀")
    theirs, _ = reported(desk, TRADE, target="琥珀琥珀琥珀", happened="提现不了")
    with shown(police.keys):
        assert police.opens(theirs).locked
        assert {case.id for case in cluster_of(desk.cases, police.opens(mine)).cases} == {mine.id, theirs.id}


def test_a_new_key_of_the_server_changes_nothing_for_who_has_a_password(desk: Desk) -> None:
    police = desk.member(POLICE)
    case, receipt = whole_case(desk, police)
    desk.cases.rotate()
    assert STORY in str(police.opens(case).content)
    assert len(desk.cases.notes(desk.cases.by_receipt(receipt) or case, internal=False)) == 2
    assert desk.cases.mistakes() == []


SWAPS = {
    "content of another": "update cases set content = (select content from cases where id = '{b}') where id = '{a}'",
    "keys of another": "update cases set keys = (select keys from cases where id = '{b}') where id = '{a}'",
    "a box of another": "update case_boxes set box = (select box from case_boxes where case_id = '{b}' limit 1) "
    "where case_id = '{a}'",
    "a unit's key": "update unit_keys set about = (select about from members limit 1)",
    "a member's key": "update unit_boxes set box = (select box from case_boxes limit 1)",
}


@pytest.mark.parametrize("statement", SWAPS.values(), ids=SWAPS)
def test_who_writes_to_the_database_puts_no_key_of_their_own_there(desk: Desk, statement: str) -> None:
    desk.member(POLICE)
    a, b = reported(desk, POLICE)[0], reported(desk, POLICE)[0]
    assert desk.cases.mistakes() == []
    desk.cases._db.execute(statement.format(a=a.id, b=b.id))
    assert desk.cases.mistakes()


@pytest.mark.about_the_file
def test_a_backup_opens_no_more_than_the_server(desk: Desk, tmp_path: Path) -> None:
    police = desk.member(POLICE)
    case, _ = whole_case(desk, police)
    desk.cases._db.execute("update deliveries set at = 0")
    desk.cases.forget_deliveries()
    copy = tmp_path / "elsewhere" / "cases.db"
    copy.parent.mkdir()
    desk.cases.backup(copy)
    desk.cases.secrets.write_over()
    shutil.copy(tmp_path / "cases_keys.db", copy.parent / "cases_keys.db")
    shutil.copytree(desk.cases.evidence_folder, copy.parent / "evidence")
    restored = CaseStore(copy, desk.cases._encryptor)
    kept = everything_that_opens(restored)
    assert [word for word in PLANTED if word in kept] == []
    raw = b"".join(path.read_bytes() for path in copy.parent.rglob("*") if path.is_file())
    assert [word for word in PLANTED if word.encode() in raw] == [] and WAV not in raw
    assert restored.get(case.id).locked and restored.evidence_at_hand() == (1, 0)  # type: ignore[union-attr]
    with shown(police.keys):
        assert STORY in str(restored.get(case.id).content)  # type: ignore[union-attr]
    with sqlite3.connect(copy) as opened:
        assert opened.execute("select count(*) from case_boxes").fetchone() == (1,)
    opened.close()
    restored.close()


def test_the_shares_are_printed_once_and_the_command_line_takes_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data_dir=tmp_path)
    desk = Desk(
        shared_cases(settings), shared_accounts(settings), Tasks(tmp_path / "tasks.db", load_encryptor(settings))
    )
    alone = desk.member(POLICE)
    case, _ = reported(desk, POLICE)
    shares = desk.cases.shares_of(alone.account.id, alone.keys)
    desk.accounts.set_password(alone.account, "another-password-of-theirs")
    back = desk.signs_in(alone.account, "another-password-of-theirs")
    assert back.opens(case).locked
    recovers = argparse.Namespace(task="recover", login=alone.account.login)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{shares[0]}\n{shares[0]}\n"))
    assert run_account_command(settings, recovers) == 1
    assert "没有找回" in capsys.readouterr().err and back.opens(case).locked
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{shares[0]}\n{shares[2]}\n"))
    assert run_account_command(settings, recovers) == 0
    assert not back.opens(case).locked
    assert all(share not in str(desk.cases.acts(50)) for share in shares)


@pytest.mark.about_the_file
def test_on_the_console_a_report_opens_by_password_and_a_chat_shows_its_state(server: Server) -> None:
    office = keeper(server).desk
    person, lead = Person(server), Official(server, Role.OFFICIAL, TRADE)
    number, receipt = told_in_chat(server)
    with closing(CaseStore(DATA / "cases.db", load_encryptor(ActionSettings(data_dir=DATA)))) as store:
        case = store.by_number(number)
        assert case and case.locked
    desk = lead.console()
    assert "金鼎财富" in desk.get(f"/console/cases/{number}").text
    assert "金鼎财富" in desk.get("/console/cases", q="金鼎财富").text
    office.get(f"/console/cases/{number}")
    office.post(f"/console/cases/{number}", act="ask", text="请问收款账户户名是什么？")
    assert "请问收款账户户名是什么？" in person.say(receipt)
    assert "已补充" in person.say("补充：户名是王某") and "户名是王某" in person.text
    assert "户名是王某" in desk.get(f"/console/cases/{number}").text
    lead.signs_in()
    reply = lead.say(f"案件 {number}")
    assert "内容已密封" in reply and "金鼎财富" not in reply
    printed = desk.post("/console/me", act="escrow", old=PASSWORD)
    assert printed.text.count("<h2>恢复纸 ") == 3 and "只显示这一次" in printed.text
    assert desk.post("/console/me", act="escrow", old="not-the-password").status_code == 422
    assert "恢复纸 1" not in desk.get("/console/me").text


@pytest.mark.about_the_file
def test_words_that_raise_an_alarm_reach_a_sealed_report(server: Server) -> None:
    office, person = keeper(server).desk, Person(server)
    number, receipt = told_in_chat(server)
    person.say(receipt)
    reply = person.say("我妈知道钱没了，昨晚说不想活了，要喝农药")
    assert person.custom["job"] == "safety" and "已补充到" in reply
    assert "要喝农药" in person.say(receipt), "who told it reads it"
    assert "要喝农药" in office.get(f"/console/cases/{number}").text
    with closing(CaseStore(DATA / "cases.db", load_encryptor(ActionSettings(data_dir=DATA)))) as store:
        case = store.by_number(number)
        assert case and case.locked
        assert [note.text for note in store.notes(case, internal=False)] == [NOT_OPENED]
