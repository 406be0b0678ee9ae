"""What happened to a case, one line a happening: several lines of the audit make one, and looking at a case makes none.

The audit itself keeps every line; this is how it is read on a case's page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from casework.cases.audit import AuditEntry
from casework.cases.audit_acts import AuditAct, Details
from casework.cases.case import Note
from casework.desk.acts import in_words

# Opening a page with ten pictures writes eleven of these.
LOOKS = frozenset({AuditAct.VIEW, AuditAct.VIEW_STATUS, AuditAct.OPEN_EVIDENCE, AuditAct.VIEW_CONTACT})
# Lines of one click are written within a moment; two clicks are further apart.
ONE_CLICK_SECONDS = 3.0
Spoken = Literal["reporter", "asked", "replied", "closed", "internal"]

# An act, with those of its details that matter.
Pattern = tuple[AuditAct, Details]
ASKING_NOW: Pattern = (AuditAct.STATUS, {"status": "asking"})
CLOSED_NOW: Pattern = (AuditAct.STATUS, {"status": "closed"})
EXAMINING_NOW: Pattern = (AuditAct.STATUS, {"status": "examining"})
BY_HANDLER: Pattern = (AuditAct.MESSAGE, {"author": "handler"})
BY_REPORTER: Pattern = (AuditAct.MESSAGE, {"author": "reporter"})
ACCEPT_PART: Pattern = (AuditAct.ACCEPT_PART, {})
CLOSE_PART: Pattern = (AuditAct.CLOSE_PART, {})
# What a line and the next of the same click are together: the first whose patterns fit.
TOGETHER: tuple[tuple[Pattern, Pattern, str], ...] = (
    (BY_HANDLER, ASKING_NOW, "请举报人补充"),
    (BY_HANDLER, CLOSED_NOW, "办结"),
    (BY_HANDLER, CLOSE_PART, "{second}"),
    (CLOSE_PART, CLOSED_NOW, "{first}，全案办结"),
    (ACCEPT_PART, EXAMINING_NOW, "{first}"),
    ((AuditAct.TRANSFER, {}), (AuditAct.MESSAGE, {"author": "internal"}), "{first}"),
    (BY_REPORTER, EXAMINING_NOW, "举报人补充情况"),
    (BY_REPORTER, (AuditAct.ADD_EVIDENCE, {}), "举报人补充情况和材料"),
)
ALONE: tuple[tuple[Pattern, str], ...] = ((EXAMINING_NOW, "受理"), (BY_HANDLER, "答复举报人"))


def _is(act: AuditEntry, pattern: Pattern) -> bool:
    return act.act == pattern[0] and pattern[1].items() <= act.details.items()


@dataclass(frozen=True)
class Happening:
    """Something that somebody did.

    Attributes:
        times: how often in a row.
    """

    at: datetime
    actor: str
    words: str
    times: int = 1


@dataclass(frozen=True)
class Look:
    """Who only looked at a case, how often, and when last."""

    actor: str
    times: int
    last: datetime


@dataclass(frozen=True)
class Story:
    """What happened, and who only looked."""

    happenings: Sequence[Happening]
    looks: Sequence[Look]


def story_of(history: Iterable[AuditEntry]) -> Story:
    """Read a case's part of the audit, the oldest first."""
    history = list(history)
    acts = [act for act in history if act.act not in LOOKS]
    found: list[Happening] = []
    before: AuditEntry | None = None
    for act in acts:
        joined = _joined(before, act)
        if joined and found:
            found[-1] = replace(found[-1], words=joined.format(first=found[-1].words, second=in_words(act)))
        elif found and before and _says_the_same(before, act):
            found[-1] = replace(found[-1], times=found[-1].times + 1)
        else:
            found.append(Happening(act.at, act.actor, _alone(act)))
        before = act
    return Story(found, _looks(act for act in history if act.act in LOOKS))


def _says_the_same(one: AuditEntry, other: AuditEntry) -> bool:
    return (one.actor, one.act, one.details) == (other.actor, other.act, other.details)


def _alone(act: AuditEntry) -> str:
    return next((words for pattern, words in ALONE if _is(act, pattern)), None) or in_words(act)


def _looks(acts: Iterable[AuditEntry]) -> list[Look]:
    """The last first."""
    found: dict[str, Look] = {}
    for act in acts:
        before = found.pop(act.actor, None)
        found[act.actor] = Look(act.actor, 1 + (before.times if before else 0), act.at)
    return list(reversed(found.values()))


def _joined(before: AuditEntry | None, act: AuditEntry) -> str:
    """What two lines of one click are called together, empty when they are two happenings."""
    if before is None or before.actor != act.actor or (act.at - before.at).total_seconds() > ONE_CLICK_SECONDS:
        return ""
    return next((words for first, second, words in TOGETHER if _is(before, first) and _is(act, second)), "")


def spoken(notes: Sequence[Note], history: Iterable[AuditEntry]) -> list[tuple[Note, Spoken]]:
    """The messages of a case, each with what it was: a question to the reporter, an answer, the end, a remark.

    A message is kept with its author only; what it was stands in the audit, where each message has its line.
    """
    acts = [act for act in history if act.act not in LOOKS]
    places = [n for n, act in enumerate(acts) if act.act == AuditAct.MESSAGE]
    known = len(places) == len(notes)
    found: list[tuple[Note, Spoken]] = []
    for n, note in enumerate(notes):
        kind: Spoken = "replied"
        if note.author != "handler":
            kind = note.author
        elif known and places[n] + 1 < len(acts):
            kind = _said_with(acts[places[n]], acts[places[n] + 1])
        found.append((note, kind))
    return found


def _said_with(message: AuditEntry, following: AuditEntry) -> Spoken:
    if not _joined(message, following):
        return "replied"
    return "asked" if _is(following, ASKING_NOW) else "closed"
