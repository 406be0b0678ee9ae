"""What happened to a case, one line a happening: several lines of the audit make one, and looking at a case makes none.

The audit itself keeps every line; this is how it is read on a case's page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from casework.cases.audit import Act
from casework.cases.store import Note
from casework.desk.acts import in_words

# Opening a page with ten pictures writes eleven of these.
LOOKS = frozenset({"view", "view status", "open evidence"})
# Lines of one click are written within a moment; two clicks are further apart.
ONE_CLICK_SECONDS = 3.0
Spoken = Literal["reporter", "asked", "replied", "closed", "internal"]

# What a line and the next of the same click are together: the first whose patterns fit.
TOGETHER: tuple[tuple[str, str, str], ...] = (
    (r"message of handler", r"status asking", "请举报人补充"),
    (r"message of handler", r"status closed", "办结"),
    (r"message of handler", r"part closed by (.+): \w+", "{second}"),
    (r"part closed by .+", r"status closed", "{first}，全案办结"),
    (r"part accepted by .+", r"status examining", "{first}"),
    (r"transfer to .+", r"message of internal", "{first}"),
    (r"message of reporter", r"status examining", "举报人补充情况"),
    (r"message of reporter", r"add evidence", "举报人补充情况和材料"),
)
ALONE = {"status examining": "受理", "message of handler": "答复举报人"}


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


def story_of(history: Iterable[Act]) -> Story:
    """Read a case's part of the audit, the oldest first."""
    history = list(history)
    acts = [act for act in history if act.act not in LOOKS]
    found: list[Happening] = []
    before: Act | None = None
    for act in acts:
        joined = _joined(before, act)
        if joined and found:
            found[-1] = replace(found[-1], words=joined.format(first=found[-1].words, second=in_words(act.act)))
        elif found and before and (before.actor, before.act) == (act.actor, act.act):
            found[-1] = replace(found[-1], times=found[-1].times + 1)
        else:
            found.append(Happening(act.at, act.actor, ALONE.get(act.act) or in_words(act.act)))
        before = act
    return Story(found, _looks(act for act in history if act.act in LOOKS))


def _looks(acts: Iterable[Act]) -> list[Look]:
    """The last first."""
    found: dict[str, Look] = {}
    for act in acts:
        before = found.pop(act.actor, None)
        found[act.actor] = Look(act.actor, 1 + (before.times if before else 0), act.at)
    return list(reversed(found.values()))


def _joined(before: Act | None, act: Act) -> str:
    """What two lines of one click are called together, empty when they are two happenings."""
    if before is None or before.actor != act.actor or (act.at - before.at).total_seconds() > ONE_CLICK_SECONDS:
        return ""
    pairs = ((first, second, words) for first, second, words in TOGETHER)
    return next((w for f, s, w in pairs if re.fullmatch(f, before.act) and re.fullmatch(s, act.act)), "")


def spoken(notes: Sequence[Note], history: Iterable[Act]) -> list[tuple[Note, Spoken]]:
    """The messages of a case, each with what it was: a question to the reporter, an answer, the end, a remark.

    A message is kept with its author only; what it was stands in the audit, where each message has its line.
    """
    acts = [act for act in history if act.act not in LOOKS]
    places = [n for n, act in enumerate(acts) if act.act.startswith("message of ")]
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


def _said_with(message: Act, following: Act) -> Spoken:
    if not _joined(message, following):
        return "replied"
    return "asked" if following.act == "status asking" else "closed"
