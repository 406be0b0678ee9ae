"""Which entry a message asks for after another was answered: 那众筹呢, 谁管, 要是不改呢, 客户的钱放哪.

Every candidate is scored by what the judge says of the message alone and of the message completed from the topic in
three ways, and by how it stands to the entry that was talked about (same clause, related, same business …). The weights
are those under which 1,200 follow-ups by three hands (``data/conversations/``) are likeliest; ``python -m
bench.follow_ups --fit`` finds them and writes ``data/context.yml``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field, RootModel

from knowledge.datafile import DATA, Data, load, of_city
from knowledge.directory import Directory, Mention
from knowledge.entries import Entries, Entry, Fact
from knowledge.judge import OUT_OF_SCOPE, Choice, Numbers, softmax
from knowledge.query_cleaning import clean_query
from knowledge.text import normalise

# Candidates: so many of the likeliest by each reading. A probability below FLOOR says no more than FLOOR.
MOST_CANDIDATES, FLOOR = 40, 1e-4
SHORT = 6
POINTS_BACK = re.compile("这|那个|那些|它|他|她")
# Kinds of names that can stand in each other's place in a question.
SAME_PLACE = ({"sector", "trade"}, {"unit", "county"}, {"person"}, {"step"})
SUBJECTS = ("sector", "trade", "person", "step", "unit", "county")
NAMES = (
    "alone, short", "alone, long", "after, short", "after, long", "subject, short", "subject, long",
    "carried, named", "carried, not named", "alone, points back", "subject, points back",
    "same clause, short", "same clause, long", "same part", "same entry", "same entry, points back", "related",
    "same business", "same kind", "same group", "same end, named", "nothing",
)  # fmt: skip


class Turn(Data):
    """A follow-up with what came before it.

    Attributes:
        about: the entry that answered the first question.
        entry: those that answer the follow-up.
    """

    first: str
    about: str
    then: str
    entry: tuple[str, ...] = Field(min_length=1)


class TurnFile(RootModel[tuple[Turn, ...]]):
    pass


class WeightsFile(RootModel[dict[str, float]]):
    """Weights by name, as ``bench.follow_ups`` writes them."""


@dataclass(frozen=True)
class Meant:
    """What a follow-up asks for.

    Attributes:
        question: complete by itself, for the turn after this one.
    """

    entry: str
    question: str
    probability: float


def load_turns() -> dict[str, tuple[Turn, ...]]:
    """The conversations that the weights are fitted on, by file."""
    return {path.stem: load(path, TurnFile).root for path in sorted(of_city(DATA / "conversations").glob("*.yml"))}


def load_weights(path: Path | None = None) -> Numbers:
    """The weights of the features, in the order of NAMES."""
    weights = load(path or DATA / "context.yml", WeightsFile).root
    return np.array([weights[name] for name in NAMES], dtype=np.float32)


def subject_of(directory: Directory, entries: Entries, question: str, entry: Entry | None) -> str:
    """What a question is about: a name as the person called it, else as the plan calls it."""
    asked = normalise(question)
    by_kind = {m.kind: asked[m.start : m.end] for m in reversed(directory.mentions(asked))}
    if named := next((by_kind[kind] for kind in SUBJECTS if kind in by_kind), ""):
        return named
    if isinstance(entry, Fact):
        return next((sector.name for sector in directory.sectors if sector.id == entry.lead), "") or entry.who
    return entry.topic if entry else ""


def carried_over(directory: Directory, question: str, message: str) -> str:
    """The question before, about what is named now; empty when nothing is."""
    mentions = directory.mentions(message)
    if not mentions:
        return ""
    new = mentions[0]
    return put_in_place(directory, question, message, new) or message[new.start : new.end] + clean_query(
        normalise(question)
    )


def put_in_place(directory: Directory, question: str, message: str, new: Mention) -> str:
    """The question before with what is named now in the place of its like; empty when it names nothing like it."""
    asked = normalise(question)
    place = next((kinds for kinds in SAME_PLACE if new.kind in kinds), set())
    old = next((mention for mention in directory.mentions(asked) if mention.kind in place), None)
    return asked[: old.start] + message[new.start : new.end] + asked[old.end :] if old else ""


def readings_of(directory: Directory, entries: Entries, question: str, about: str, message: str) -> tuple[str, ...]:
    """A follow-up alone, after the question before, with its subject, and put in that question's place."""
    message = normalise(message).strip(" 。！!~?？")
    subject = f"{subject_of(directory, entries, question, entries.get(about))}{message}"
    return (
        message,
        f"{clean_query(question)}，{message}",
        subject,
        carried_over(directory, question, message) or subject,
    )


class Candidates:
    """What a follow-up may ask for, with what speaks for each: ``labels`` and ``features``, shape (labels, NAMES).

    OUT_OF_SCOPE is one of them: it may ask for nothing that is in the plan.
    """

    def __init__(self, readings: Sequence[Sequence[Choice]], message: str, named: bool, about: str, entries: Entries):
        self._found = [
            {c.label: c.probability for c in reading if not c.intent or c.label == OUT_OF_SCOPE} for reading in readings
        ]
        likeliest = [label for found in self._found for label in list(found)[:MOST_CANDIDATES]]
        self.labels = list(dict.fromkeys([*likeliest, OUT_OF_SCOPE]))
        short, back = len(clean_query(message)) <= SHORT, bool(POINTS_BACK.search(message))
        before = entries.get(about)
        rows = [self._row(label, short, back, named, before, entries.get(label)) for label in self.labels]
        self.features: Numbers = np.array(rows, dtype=np.float32).reshape(-1, len(NAMES))

    def _row(
        self, label: str, short: bool, back: bool, named: bool, before: Entry | None, entry: Entry | None
    ) -> list[float]:
        alone, after, subject, carried = (float(np.log(found.get(label, 0.0) + FLOOR)) for found in self._found)
        here, there = _clauses(before), _clauses(entry)
        related = _names_the_other(before, entry) or _names_the_other(entry, before)
        lead = before.lead if isinstance(before, Fact) else ""
        same, (group, end) = label == (before.id if before else ""), _ends(before.id if before else "")
        own_group, own_end = _ends(label)
        return [
            alone * short, alone * (not short), after * short, after * (not short),
            subject * short, subject * (not short), carried * named, carried * (not named),
            alone * back, subject * back,
            bool(here & there) * short, bool(here & there) * (not short),
            any(one[:2] == other[:2] for one in here for other in there), same, same * back, related,
            bool(lead) and isinstance(entry, Fact) and entry.lead == lead, type(before) is type(entry),
            own_group == group, (own_end == end) * named, label == OUT_OF_SCOPE,
        ]  # fmt: skip

    def probabilities(self, weights: Numbers) -> Numbers:
        """Of each label, shape (labels,)."""
        return softmax(self.features @ weights)

    def reading_of(self, label: str) -> int:
        """The reading that speaks most for a label."""
        return int(np.argmax([found.get(label, 0.0) for found in self._found]))


def _ends(label: str) -> tuple[str, str]:
    """The group of an id and its last part: payment and reserve of payment.reserve."""
    return label.partition(".")[0], label.rpartition(".")[2]


def _clauses(entry: Entry | None) -> set[str]:
    return {quotation.clause for quotation in entry.quotations} if entry else set()


def _names_the_other(one: Entry | None, other: Entry | None) -> bool:
    return isinstance(one, Fact) and other is not None and other.id in one.related
