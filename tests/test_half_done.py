"""An act on a case that takes several writes is done whole or not at all, wherever the process dies in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet

from casework.cases.case import CLOSED, EXAMINING, Case, Filing, Route
from casework.cases.receipts import new_receipt
from casework.cases.store import CaseStore
from casework.desk.account import Account, Preferences, Role
from casework.desk.handling import HandlingError, accept, ask, close, transfer
from casework.services import Services
from knowledge.directory import Directory, load_directory
from knowledge.documents import load_plan
from storage.encryption import Encryptor

pytestmark = pytest.mark.both_databases

KEY = Fernet.generate_key()
FIRST, SECOND, OTHER = "市商务局", "市工商局", "市公安局"
BY_TWO = Filing([Route(FIRST, "lead", "三（二）5"), Route(SECOND, "lead", "三（二）6")])
BY_ONE = Filing([Route(SECOND, "lead", "三（二）6")])
MOST_WRITES = 60


class Killed(BaseException):
    """The process is gone: nothing that it would still do is done."""


def official(unit: str) -> Account:
    return Account(unit, unit, "李四", unit, Role.OFFICIAL, True, True, False, Preferences())


@cache
def directory() -> Directory:
    return load_directory(load_plan().clauses)


@dataclass
class Known:
    """As much of the knowledge base as an act on a case takes."""

    directory: Directory = field(default_factory=directory)


class Nobody:
    """No accounts, and so nobody to tell."""

    def of_unit(self, unit: str) -> list[Account]:
        return []


@dataclass
class Few:
    """As much of the services as an act on a case takes."""

    cases: CaseStore
    knowledge: Known = field(default_factory=Known)
    accounts: Nobody = field(default_factory=Nobody)


def handed_on(store: CaseStore, case: Case) -> Case:
    return transfer(cast(Services, Few(store)), official(SECOND), case, OTHER, "涉嫌诈骗")


def first_part_ended(store: CaseStore, case: Case) -> Case:
    return close(store, official(FIRST), case, "rectified", "已停办。")


def last_part_ended(store: CaseStore, case: Case) -> Case:
    return close(store, official(SECOND), case, "police", "已移送。")


def part_taken_up(store: CaseStore, case: Case) -> Case:
    return accept(store, official(FIRST), case)


Act = Callable[[CaseStore, Case], Case]
# What is done, to a case of whom, and what was done to it before.
ACTS: dict[str, tuple[Act, Filing, tuple[Act, ...]]] = {
    "handing on": (handed_on, BY_ONE, ()),
    "the first of two ends its part": (first_part_ended, BY_TWO, ()),
    "the last of two ends its part": (last_part_ended, BY_TWO, (first_part_ended,)),
    "one of two takes up": (part_taken_up, BY_TWO, ()),
}


def opened(folder: Path) -> CaseStore:
    return CaseStore(folder / "cases.db", Encryptor([KEY]))


def kept(store: CaseStore, case: Case) -> tuple[Any, ...]:
    """All that is kept of a case."""
    now = store.get(case.id)
    assert now
    notes = [(note.author, note.text) for note in store.notes(now, internal=True)]
    return now.status, now.outcome, store.routes(now), notes, [(a.act, a.details) for a in store.history(now)]


def dies_at(store: CaseStore, write: int) -> None:
    """From its n-th write on the process is dead: no statement, no end of what was begun."""
    run, count = store._db.execute, 0

    def execute(statement: str, *values: Any, **named: Any) -> Any:
        nonlocal count
        count += statement.lstrip().lower().startswith(("insert", "update", "delete", "commit"))
        if count >= write:
            raise Killed
        return run(statement, *values, **named)

    def gone(*_: Any) -> None:
        raise Killed

    store._db.execute = execute  # type: ignore[method-assign]
    store._db.rollback = gone  # type: ignore[method-assign]


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Callable[[], CaseStore]]:
    """Opens the same cases anew, as the next process does."""
    made: list[CaseStore] = []

    def another() -> CaseStore:
        for store in made:
            store.close()
        made[:] = [opened(tmp_path)]
        return made[0]

    yield another
    for store in made:
        store.close()


@pytest.mark.parametrize("what", ACTS)
def test_killed_at_any_write_an_act_is_done_whole_or_not_at_all(stores: Callable[[], CaseStore], what: str) -> None:
    act, filing, before = ACTS[what]
    for write in range(1, MOST_WRITES):
        store = stores()
        draft = store.start("tip_off", f"rest:{write}", {"answers": {}})
        case = store.submit_tip_off(draft, filing, new_receipt(), f"rest:{write}")
        for earlier in before:
            case = earlier(store, case)
        untouched = kept(store, case)
        dies_at(store, write)
        try:
            act(store, case)
        except Killed:
            store = stores()
            assert kept(store, case) == untouched, f"half done: killed at write {write}"
            assert store.mistakes() == []
        else:
            break
    assert write > 4  # more than one write, and each was died at
    assert kept(stores(), case) != untouched


def test_two_units_that_end_their_parts_on_pages_opened_before_end_the_whole(stores: Callable[[], CaseStore]) -> None:
    """Each has read the case while the other had not finished: the later one still ends it for all."""
    store = stores()
    case = store.submit_tip_off(store.start("tip_off", "rest:甲", {"answers": {}}), BY_TWO, new_receipt(), "rest:甲")
    first_part_ended(store, case)
    ended = last_part_ended(store, case)
    assert (ended.status, ended.outcome) == (CLOSED, "police")


def test_who_acts_on_a_page_from_before_a_colleague_ended_the_case_is_told(stores: Callable[[], CaseStore]) -> None:
    """A question to the reporter does not open a case again that a colleague has ended meanwhile."""
    store = stores()
    case = store.submit_tip_off(store.start("tip_off", "rest:甲", {"answers": {}}), BY_ONE, new_receipt(), "rest:甲")
    case = store.set_status(case, EXAMINING, "某人")
    close(store, official(SECOND), case, "unfounded", "")
    before = kept(store, case)
    for act in (
        lambda: ask(store, official(SECOND), case, "合同还在吗"),
        lambda: handed_on(store, case),
        lambda: close(store, official(SECOND), case, "handled", ""),
    ):
        with pytest.raises(HandlingError, match="已经办结"):
            act()
    assert kept(store, case) == before
