"""Reports with nearly the same words, and two of them compared: copies of one text, or one story told twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from casework.cases.case import Case
from casework.cases.case_queries import CaseFilter
from casework.cases.store import CaseStore
from casework.desk.account import Account
from casework.desk.roles import Permission, may
from casework.interview.state import State

# Reports that are looked at for a case, the newest first; a year of a county.
MOST_COMPARED = 300
# Two stories with this share of their characters in common, in order, are shown. Of the 244,650 pairs of 700 stories of
# different people in knowledge/data/safety/fraud.txt one in 10,000 has 50 or more; each of 512 with another name, and
# a sixth of its text and its sums replaced, has 72 or more in common with itself.
NEARLY_THE_SAME = 60
SHORTEST_STORY = 12


@dataclass(frozen=True)
class Piece:
    text: str
    differs: bool


@dataclass(frozen=True)
class Row:
    """One question with both answers."""

    label: str
    left: Sequence[Piece]
    right: Sequence[Piece]

    @property
    def same(self) -> bool:
        return not any(piece.differs for piece in (*self.left, *self.right))


@dataclass(frozen=True)
class Alike:
    """A report whose story reads nearly like another's, with the share of the characters they have in common."""

    case: Case
    share: int


def story(case: Case) -> str:
    answer = State.from_json(case.content).answers.get("happened")
    return "".join(answer.shown.split()) if answer and answer.value else ""


def near_copies(store: CaseStore, account: Account, case: Case) -> list[Alike]:
    """Reports that this official may see and that read nearly like a case, the most alike first."""
    own = story(case)
    if case.kind != "tip_off" or len(own) < SHORTEST_STORY:
        return []
    unit = None if may(account, Permission.SEE_ALL_UNITS) else account.unit
    others = store.queue(CaseFilter(unit=unit, kind="tip_off"), MOST_COMPARED)
    found = [
        Alike(other, int(share))
        for other in others
        if other.id != case.id and (share := fuzz.ratio(own, story(other), score_cutoff=NEARLY_THE_SAME))
    ]
    return sorted(found, key=lambda alike: -alike.share)


def share_of(left: Case, right: Case) -> int:
    """The share of the characters of two stories that they have in common, in order."""
    return int(fuzz.ratio(story(left), story(right)))


def compared(left: Iterable[tuple[str, str]], right: Iterable[tuple[str, str]]) -> list[Row]:
    """The answers of two reports by question, those that only one has beside nothing."""
    first, second = dict(left), dict(right)
    return [
        Row(label, *marked(first.get(label, ""), second.get(label, ""))) for label in dict.fromkeys([*first, *second])
    ]


def marked(left: str, right: str) -> tuple[list[Piece], list[Piece]]:
    """Two texts in pieces, those that the other does not have marked."""
    steps = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    lefts = [Piece(left[a:b], step != "equal") for step, a, b, _, _ in steps if b > a]
    rights = [Piece(right[a:b], step != "equal") for step, _, _, a, b in steps if b > a]
    return lefts, rights
