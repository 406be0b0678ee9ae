"""What can be answered: the plan's norms as facts, what it leaves open, lists over clauses, what changed since 2016.

Each is an entry with an id; the question bank hangs on those ids. Source of every quotation: 洛政办〔2016〕58号,
checked word for word when the files are loaded. Curated in ``data/facts/``, ``data/not_said.yml``,
``data/overviews.yml`` and ``data/since_2016.yml``; the office corrects a conclusion while the assistant runs
(``corrections.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, RootModel

from knowledge.clauses import Clause
from knowledge.data_problems import misquoted, problem_at
from knowledge.datafile import DATA, Data, DataFileError, load, of_city

Job = Literal["policy", "duty", "deadline"]
Modality = Literal["不得", "应当", "可以", "负责", "期限", "目标", "说明"]
State = Literal["草案", "由办公室核定"]
OUTSIDE = "方案以外："


class Quotation(Data):
    """Words of a clause, verbatim."""

    clause: str
    quote: str = Field(min_length=2)


class Fact(Data):
    """One norm of the plan.

    Attributes:
        who: whom it binds or is about, in the plan's words.
        unless: a condition or exception, in the plan's words.
        conclusion: one sentence that is true by itself.
        may: how somebody is answered who asks whether the thing it is about is allowed.
        must: how somebody is answered who asks whether it has to be done.
        values: every way of writing the name, day or number that it states.
        lead: id of the business (directory) whose lead unit belongs in the answer.
        keys: words of the quotation to be marked.
        related: entries worth asking next.
    """

    id: str = Field(pattern=r"^[a-z0-9_.]+$")
    clause: str
    quote: str = Field(min_length=2)
    who: str
    modality: Modality
    what: str
    unless: str = ""
    conclusion: str = Field(min_length=4, max_length=60)
    may: Literal["不可以", "可以", "有条件", ""] = ""
    must: Literal["应当", "不应当", "不必", ""] = ""
    values: tuple[str, ...] = ()
    job: Job
    lead: str = ""
    keys: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    state: State = "草案"

    @property
    def quotations(self) -> tuple[Quotation, ...]:
        return (Quotation(clause=self.clause, quote=self.quote),)


class Framing(Data):
    """A sentence of the plan that states no norm, and why."""

    clause: str
    quote: str
    reason: str


class NotSaid(Data):
    """Something people ask, or believe, that the plan leaves open.

    Attributes:
        kind: open (the plan leaves it open), premise (believed to be in the plan), personal (only the competent unit or
            a court can judge it), practical (what to do, where to go).
        says: the conclusion, the answer's first line.
        only: what the plan does say nearest to it.
        ask: who can say, or what to do now.
        outside: a sentence from outside the plan, marked and dated.
        sure_not: words that no answer may contain.
        explanation: id of the standard explanation that says more.
        things: other names of what ``says`` tells that the plan does not name.
    """

    id: str = Field(pattern=r"^[a-z0-9_.]+$")
    kind: Literal["open", "premise", "personal", "practical"]
    topic: str
    says: str = Field(min_length=4, max_length=70)
    only: tuple[Quotation, ...] = Field((), max_length=2)
    ask: str = ""
    outside: str = ""
    job: Job = "policy"
    sure_not: tuple[str, ...] = ()
    explanation: str = ""
    things: tuple[str, ...] = ()
    state: State = "草案"

    @property
    def quotations(self) -> tuple[Quotation, ...]:
        return self.only

    @property
    def conclusion(self) -> str:
        return self.says


class Line(Data):
    """A line of an overview: the words shown and the clause they rest on."""

    text: str
    clause: str
    quote: str


class Overview(Data):
    """A list, a comparison, a sum or a summary over clauses.

    Attributes:
        says: the first line; a sum stands in it.
        items: the lines below it, each with its clause.
    """

    id: str = Field(pattern=r"^[a-z0-9_.]+$")
    shape: Literal["list", "compare", "sum", "summary"]
    topic: str
    says: str = Field(min_length=4, max_length=80)
    items: tuple[Line, ...] = Field(min_length=1)
    job: Job = "policy"
    numbered: bool = True
    state: State = "草案"

    @property
    def quotations(self) -> tuple[Quotation, ...]:
        return tuple(dict.fromkeys(Quotation(clause=item.clause, quote=item.quote) for item in self.items))

    @property
    def conclusion(self) -> str:
        return self.says


class Successor(Data):
    """What a unit or a place of 2016 is called today."""

    id: str
    name_2016: str
    now: str
    since: str
    basis: str
    aliases: tuple[str, ...] = ()
    sure: Literal["high", "medium"] = "high"


class Superseded(Data):
    """Something that has changed since the plan, outside it and dated."""

    id: str
    topic: str
    says: str = Field(max_length=90)
    basis: str
    date: str
    words: tuple[str, ...] = Field(min_length=1)


class Since(Data):
    """What changed since 2016: outside the plan, for the office to approve."""

    date: date
    note: str
    successors: tuple[Successor, ...] = ()
    superseded: tuple[Superseded, ...] = ()
    general: str = Field(min_length=10)

    @property
    def mark(self) -> str:
        """What stands behind everything said from this table."""
        return f"（{self.date.isoformat()}整理，供办公室核定）"


class Reason(Data):
    """Why norms stand in the plan, in its own words.

    Attributes:
        facts: their ids; a * at the end stands for all that begin so.
        says: the answer's first line.
    """

    facts: tuple[str, ...] = Field(min_length=1)
    says: str = Field(min_length=4, max_length=60)
    clause: str
    quote: str = Field(min_length=2)

    def is_of(self, fact_id: str) -> bool:
        return any(fnmatchcase(fact_id, pattern) for pattern in self.facts)


Entry = Fact | NotSaid | Overview


class FactFile(Data):
    """One section of the plan."""

    facts: tuple[Fact, ...]
    framing: tuple[Framing, ...] = ()


class NotSaidFile(RootModel[tuple[NotSaid, ...]]):
    pass


class OverviewFile(RootModel[tuple[Overview, ...]]):
    pass


class ReasonFile(RootModel[tuple[Reason, ...]]):
    pass


class Entries:
    """Every entry by id."""

    def __init__(
        self,
        facts: tuple[Fact, ...],
        framing: tuple[Framing, ...],
        not_said: tuple[NotSaid, ...],
        overviews: tuple[Overview, ...],
        since: Since,
        reasons: tuple[Reason, ...] = (),
    ) -> None:
        self.facts, self.framing, self.not_said = facts, framing, not_said
        self.overviews, self.since, self.reasons = overviews, since, reasons
        self._by_id: dict[str, Entry] = {entry.id: entry for entry in self}

    def __iter__(self) -> Iterator[Entry]:
        yield from self.facts
        yield from self.not_said
        yield from self.overviews

    def get(self, entry_id: str) -> Entry | None:
        return self._by_id.get(entry_id)

    @cached_property
    def by_clause(self) -> dict[str, list[Fact]]:
        """Facts by clause, in their order."""
        found: dict[str, list[Fact]] = {}
        for fact in self.facts:
            found.setdefault(fact.clause, []).append(fact)
        return found

    def reason_of(self, fact_id: str) -> Reason | None:
        """Why a norm stands in the plan; None where the plan gives no reason for it."""
        return next((reason for reason in self.reasons if reason.is_of(fact_id)), None)

    def successor(self, name: str) -> Successor | None:
        """What a unit or place of 2016 is called today, if that has changed."""
        return next((one for one in self.since.successors if one.name_2016 == name), None)


def load_entries(clauses: Iterable[Clause]) -> Entries:
    """Load all entries and hold them against the plan.

    Raises:
        DataFileError: a quotation is not word for word in its clause, an id stands twice, or a reference leads nowhere;
            the message names the file.
    """
    texts = {clause.id: clause.text for clause in clauses}
    facts: list[Fact] = []
    framing: list[Framing] = []
    problems: list[str] = []
    for path in fact_files():
        file = load(path, FactFile)
        facts += file.facts
        framing += file.framing
        problems += _misquoted(path, texts, [*file.facts, *file.framing])
        problems += [
            problem_at(path, f"{fact.id} 的关键词“{key}”不在引文里。请改成引文中的字", fact.id)
            for fact in file.facts
            for key in fact.keys
            if key not in fact.quote
        ]
    not_said = load(DATA / "not_said.yml", NotSaidFile).root
    overviews = load(DATA / "overviews.yml", OverviewFile).root
    since = load(DATA / "since_2016.yml", Since)
    reasons = load(DATA / "reasons.yml", ReasonFile).root
    problems += _misquoted(DATA / "reasons.yml", texts, reasons)
    for name, some in (("not_said.yml", not_said), ("overviews.yml", overviews)):
        quotations = [quotation for entry in some for quotation in entry.quotations]
        problems += _misquoted(DATA / name, texts, quotations)
    problems += [
        problem_at(of_city(DATA / "not_said.yml"), f"{entry.id} 的 outside 要以“{OUTSIDE}”开头。请补上", entry.id)
        for entry in not_said
        if entry.outside and not entry.outside.startswith(OUTSIDE)
    ]
    entries = Entries(tuple(facts), tuple(framing), not_said, overviews, since, reasons)
    problems += _wrong_ids(entries)
    if problems:
        raise DataFileError("\n".join(dict.fromkeys(problems)))
    return entries


def fact_files() -> list[Path]:
    """The files of facts, the city's own folder in place of the program's."""
    return sorted(of_city(DATA / "facts").glob("*.yml"))


def _misquoted(
    path: Path, texts: dict[str, str], quoted: Iterable[Fact | Framing | Quotation | Reason]
) -> Iterator[str]:
    for one in quoted:
        if one.quote not in texts.get(one.clause, ""):
            yield misquoted(of_city(path), one.clause, one.quote)


def _wrong_ids(entries: Entries) -> Iterator[str]:
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            yield f"结论编号 {entry.id} 出现了两次。请在结论文件（facts、not_said.yml、overviews.yml）里改掉一个。"
        seen.add(entry.id)
    for fact in entries.facts:
        for other in fact.related:
            if other not in seen:
                yield f"{fact.id} 的 related 写了不存在的编号 {other}。请在结论文件（facts）里改成已有的编号。"
    for reason in entries.reasons:
        for pattern in reason.facts:
            if not any(fnmatchcase(fact.id, pattern) for fact in entries.facts):
                what = f"没有编号为 {pattern} 的结论。请改成已有的编号"
                yield problem_at(of_city(DATA / "reasons.yml"), what, pattern)
