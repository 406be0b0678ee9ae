"""A report whose key was destroyed is read by nobody: not its units, not its receipt, not from a backup of the data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import bot  # noqa: F401  (prepares the process for Rasa)
from bot.backups import back_up, back_up_keys, restore
from bot.settings import Settings
from casework.cases.case import Case
from casework.cases.keyring import shown
from casework.cases.releases import ReleaseError
from casework.cases.store import CaseStore
from casework.cases.store_care import BackupError
from casework.desk.account import Role
from casework.desk.acts import in_words
from casework.desk.releasing import ask_to_take_out, decide
from casework.desk.roles import Refused
from knowledge.directory import OFFICE
from storage.encryption import DestroyedError, OutOfPlaceError
from tests.test_backup import KEY, desk_of, urls  # noqa: F401  (a fixture)
from tests.test_contact import agreed, asked
from tests.test_sealing import (
    PLANTED,
    POLICE,
    STORY,
    TRADE,
    WAV,
    Desk,
    desk,  # noqa: F401  (a fixture)
    everything_that_opens,
    reported,
    whole_case,
)

REASON = "举报人来信要求删除"


def rows_of(store: CaseStore, case_id: str) -> list[tuple[str, str, Any, tuple[Any, ...]]]:
    """Every sealed value of a case, as whoever has the data has it."""
    found = []
    for table, column, columns in store.sealed:
        of = "id" if table == "cases" else "case_id"
        if of not in columns:
            continue
        listed = ", ".join((column, *columns))
        for kept, *row in store._read(f"select {listed} from {table} where {of} = ?", case_id):
            if kept is not None:
                found.append((table, column, kept, tuple(row)))
    return found


def opens(store: CaseStore, case_id: str) -> list[str]:
    """What of a case opens with the server's key and the keys that are shown now."""
    found = []
    for table, column, kept, row in rows_of(store, case_id):
        try:
            store._open(table, column, kept, *row)
        except OutOfPlaceError:
            continue
        found.append(f"{table}.{column}")
    return found


@pytest.mark.both_databases
def test_the_rows_of_a_backup_open_for_nobody_beside_the_keys_as_they_are_now(desk: Desk) -> None:  # noqa: F811
    """What a backup of the data brings back is these rows: the unit's password, the custodian's and the receipt do
    not help."""
    custodian, police = desk.member(TRADE, Role.CUSTODIAN), desk.member(POLICE)
    case, receipt = whole_case(desk, police)
    agreed(desk, custodian, asked(desk, police, case))
    with shown(police.keys):
        before = opens(desk.cases, case.id)
    assert {"cases.content", "cases.contact", "evidence.about", "notes.body", "case_boxes.box", "releases.copy"} <= set(
        before
    )
    other, _ = reported(desk, POLICE)
    desk.cases.secrets.destroy([case.id])
    for session in (police, custodian):
        with shown(session.keys):
            assert opens(desk.cases, case.id) == []
            with pytest.raises(DestroyedError):
                desk.cases.get(case.id)
            with pytest.raises(DestroyedError):
                desk.cases.by_receipt(receipt)
    assert STORY in str(police.opens(other).content), "and nothing else is lost"


@pytest.mark.about_the_file
def test_the_key_is_in_no_page_and_no_log_of_its_file(tmp_path: Path, desk: Desk) -> None:  # noqa: F811
    case, _ = reported(desk, POLICE)
    (kept,) = desk.cases.secrets._read("select secret from case_secrets where case_id = ?", case.id)[0]
    files = list(tmp_path.glob("cases_keys.db*"))
    assert any(bytes(kept) in path.read_bytes() for path in files)
    assert not any(bytes(kept) in path.read_bytes() for path in tmp_path.glob("cases.db*")), "and never with the case"
    desk.cases.withdraw(case)
    assert not any(bytes(kept) in path.read_bytes() for path in tmp_path.glob("cases_keys.db*"))


@pytest.mark.both_databases
def test_a_draft_that_was_submitted_opens_in_no_older_backup(desk: Desk) -> None:  # noqa: F811
    draft = desk.cases.start("tip_off", "rest:甲", {"answers": {"happened": {"value": STORY, "shown": STORY}}})
    (kept,) = desk.cases._read("select content from cases where id = ?", draft.id)[0]
    desk.cases.delete_draft(draft, "rest:甲")
    with pytest.raises(DestroyedError):
        desk.cases._open("cases", "content", kept, draft.id)
    case, _ = reported(desk, POLICE)
    assert len(desk.cases._read("select 1 from doomed")) == 1, "within a minute"
    desk.cases.destroy_doomed()
    assert desk.cases._read("select 1 from doomed") == [] and desk.cases.get(case.id)


@pytest.mark.both_databases
def test_what_came_before_is_given_a_key_of_its_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    police = desk.member(POLICE)
    with monkeypatch.context() as earlier:
        earlier.setattr(CaseStore, "_own_key", lambda *_: {})
        case, receipt = whole_case(desk, police)
    assert desk.cases.secrets.of(case.id) == b""
    assert desk.cases.key_earlier() == 1 and desk.cases.key_earlier() == 0
    assert STORY in str(police.opens(case).content) and desk.cases.by_receipt(receipt)
    assert desk.cases.mistakes() == []
    desk.cases.secrets.destroy([case.id])
    assert opens(desk.cases, case.id) == []


@pytest.mark.both_databases
def test_a_new_key_of_the_server_leaves_the_cases_theirs(desk: Desk) -> None:  # noqa: F811
    police = desk.member(POLICE)
    case, _ = whole_case(desk, police)
    desk.cases.rotate()
    desk.cases.secrets.forget()
    assert STORY in str(police.opens(case).content) and desk.cases.mistakes() == []
    desk.cases.secrets._db.execute("update case_secrets set secret = ?", [b"\x02" + bytes(60)])
    desk.cases.secrets.forget()
    assert any("钥匙库" in mistake for mistake in desk.cases.mistakes())


@pytest.mark.both_databases
def test_the_office_destroys_a_report_by_two_people(desk: Desk) -> None:  # noqa: F811
    first, second = desk.member(OFFICE, Role.OFFICE), desk.member(OFFICE, Role.OFFICE)
    police = desk.member(POLICE)
    assert first.keys.current and second.keys.current
    case, receipt = reported(desk, POLICE, OFFICE, file=True)

    def wants(session: Any) -> Any:
        with shown(session.keys):
            found = desk.cases.get(case.id)
            return ask_to_take_out(desk.services, session.account, "destroy", "wished", REASON, found)

    with pytest.raises(Refused):
        wants(police)
    release = wants(first)
    with pytest.raises(ReleaseError, match="另一位同事"):
        decide(desk.services, first.account, release.id, agreed=True)
    assert desk.cases.get(case.id), "asking alone destroys nothing"
    decide(desk.services, second.account, release.id, agreed=True)
    assert desk.cases.get(case.id) is None and desk.cases.by_receipt(receipt) is None
    assert not list(desk.cases.evidence_folder.glob("*")) and case.id in desk.cases.secrets.destroyed()
    assert "销毁整件和它的钥匙（举报人要求删除）" in [in_words(act) for act in desk.cases.history(case)]
    assert desk.cases.mistakes() == []


# From a backup -------------------------------------------------------------------------------------------------------


@pytest.fixture
def installations(tmp_path: Path, urls: tuple[str, str]) -> tuple[Settings, Settings]:  # noqa: F811
    here, there = (
        Settings(data_dir=tmp_path / name, database_url=SecretStr(url) if url else None, encryption_key=SecretStr(KEY))
        for name, url in zip(("here", "there"), urls, strict=True)
    )
    return here, there


def withdrawn_after_a_backup(here: Settings, backups: Path) -> tuple[Path, Case, str, Any]:
    """A report that was backed up, keys and all, and then withdrawn with its receipt."""
    there = desk_of(here)
    police = there.member(POLICE)
    case, receipt = whole_case(there, police)
    made = back_up(here, backups)
    back_up_keys(here, backups.with_name("old keys"))
    opened = there.cases.by_receipt(receipt)
    assert opened and there.cases.withdraw(opened)
    return made, case, receipt, police.account


def test_a_withdrawn_report_does_not_come_back_with_a_backup(
    tmp_path: Path, installations: tuple[Settings, Settings]
) -> None:
    here, there = installations
    made, case, receipt, account = withdrawn_after_a_backup(here, tmp_path / "backups")
    keys = tmp_path / "keys"
    back_up_keys(here, keys)
    assert restore(there, made, keys) == (0, 0, 1)
    back = desk_of(there)
    kept = everything_that_opens(back.cases)
    assert [word for word in PLANTED if word in kept] == []
    session = back.signs_in(account)
    with shown(session.keys):
        assert back.cases.get(case.id) is None and back.cases.by_receipt(receipt) is None
    assert not list(back.cases.evidence_folder.glob("*"))
    raw = b"".join(path.read_bytes() for path in made.rglob("*") if path.is_file())
    assert [word for word in PLANTED if word.encode() in raw] == [] and WAV not in raw
    assert back.cases.mistakes() == []


def test_a_stolen_older_copy_of_the_keys_opens_what_was_backed_up_with_it(
    tmp_path: Path, installations: tuple[Settings, Settings]
) -> None:
    """What destroying does not do, held so that the documents say it."""
    here, there = installations
    made, case, _, account = withdrawn_after_a_backup(here, tmp_path / "backups")
    assert restore(there, made, tmp_path / "old keys") == (1, 0, 0)
    back = desk_of(there)
    assert STORY in str(back.signs_in(account).opens(case).content)


def test_a_backup_without_the_keys_is_refused_or_leaves_the_reports_out(tmp_path: Path) -> None:
    here, there = (Settings(data_dir=tmp_path / name, encryption_key=SecretStr(KEY)) for name in ("here", "there"))
    origin = desk_of(here)
    origin.member(POLICE)
    reported(origin, POLICE)
    check = origin.cases.start("self_check", "rest:甲", {"answers": {}})
    made = back_up(here, tmp_path / "backups")
    assert not list(made.glob("cases_keys*"))
    with pytest.raises(BackupError, match="1 件举报的钥匙不在这里"):
        restore(there, made)
    assert not list(there.data_dir.rglob("*.db*")), "nothing is left of what was refused"
    elsewhere = Settings(data_dir=tmp_path / "elsewhere", encryption_key=SecretStr(KEY))
    assert restore(elsewhere, made, drop_unreadable=True) == (0, 0, 1)
    back = desk_of(elsewhere)
    assert back.cases.get(check.id) and len(back.cases._read("select 1 from cases")) == 1
    assert back.cases.mistakes() == []


def test_only_the_newest_copy_of_the_keys_is_left(tmp_path: Path) -> None:
    here = Settings(data_dir=tmp_path / "here", encryption_key=SecretStr(KEY))
    origin, keys = desk_of(here), tmp_path / "keys"
    case, _ = reported(origin, POLICE)
    back_up_keys(here, keys)
    (kept,) = origin.cases.secrets._read("select secret from case_secrets where case_id = ?", case.id)[0]
    assert bytes(kept) in (keys / "cases_keys.db").read_bytes()
    origin.cases.withdraw(case)
    back_up_keys(here, keys)
    left = [path for path in tmp_path.rglob("*") if path.is_file() and bytes(kept) in path.read_bytes()]
    assert left == []
    made = back_up(here, tmp_path / "backups")
    (keys / "cases_keys.db").write_bytes(b"changed")
    with pytest.raises(BackupError, match="没有恢复"):
        restore(Settings(data_dir=tmp_path / "there", encryption_key=SecretStr(KEY)), made, keys)
