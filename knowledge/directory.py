"""The plan's directory: sectors and who leads them, units and their duties, people, deadlines, counties.

Curated in ``data/directory.yml`` from 洛政办〔2016〕58号; members are read from 附件1 itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import Field

from knowledge.clauses import Clause
from knowledge.data_problems import problem, problem_at
from knowledge.datafile import DATA, Data, DataFileError, load, of_city
from knowledge.entries import Entries, Fact, load_entries
from knowledge.text import normalise

# Units that are named on their own account: who leads the campaign, runs it, and prosecutes.
LEADING_GROUP = "市领导小组"
OFFICE = "市领导小组办公室"
POLICE = "市公安局"
# Names the members of the leading group.
ANNEX = "附件1"

MentionKind = Literal["sector", "trade", "unit", "person", "step", "county"]


class Duty(Data):
    """One duty of a unit: the fact that states it; its clause and words are the fact's."""

    fact: str
    clause: str = ""
    quote: str = ""
    sectors: tuple[str, ...] = ()
    lead: bool = False


class Unit(Data):
    name: str
    full: str | None = None
    aliases: list[str] = Field(min_length=1)
    duties: list[Duty]


class Sector(Data):
    """A business the campaign covers, with the working group that leads it (三（二）)."""

    id: str
    name: str
    aliases: list[str] = Field(min_length=1)
    lead: str
    group: str
    clause: str
    quote: str
    rules: list[str]


class Trade(Data):
    """A trade without a working group of its own: 三（三）1 names the unit that sweeps it."""

    id: str
    name: str
    unit: str
    aliases: list[str] = Field(min_length=1)


class CountyRule(Data):
    sectors: list[str]
    clause: str
    quote: str


class Deadline(Data):
    """A step of 四（二） with the day it must be done by."""

    id: str
    step: str
    aliases: list[str] = Field(min_length=1)
    date: date
    who: str
    clause: str
    quote: str


class DirectoryFile(Data):
    sectors: list[Sector]
    trades: list[Trade]
    not_names: tuple[str, ...] = ()
    trades_clause: str
    trades_quote: str
    units: list[Unit]
    county_rule: CountyRule
    counties: list[str]
    deadlines: list[Deadline]


@dataclass(frozen=True)
class Member:
    """A member of the leading group as 附件1 lists it; ``name`` without the inner space of the print."""

    role: str
    name: str
    post: str
    quote: str


@dataclass(frozen=True)
class FormField:
    """A cell of 附件2 that the enterprise fills in; ``group`` is the heading of its rows."""

    label: str
    group: str = ""


@dataclass(frozen=True)
class Mention:
    """A name from the directory found in a text, with its place in the normalised text."""

    kind: MentionKind
    id: str
    start: int
    end: int


@dataclass(frozen=True)
class Directory:
    """Everything 洛政办〔2016〕58号 says about who, what and when."""

    sectors: tuple[Sector, ...]
    trades: tuple[Trade, ...]
    trades_clause: str
    trades_quote: str
    units: tuple[Unit, ...]
    county_rule: CountyRule
    counties: tuple[str, ...]
    deadlines: tuple[Deadline, ...]
    members: tuple[Member, ...]
    names: dict[str, list[tuple[MentionKind, str]]] = field(default_factory=dict, repr=False)

    def sector(self, sector_id: str) -> Sector:
        return next(sector for sector in self.sectors if sector.id == sector_id)

    def trade(self, trade_id: str) -> Trade:
        return next(trade for trade in self.trades if trade.id == trade_id)

    def unit(self, name: str) -> Unit:
        return next(unit for unit in self.units if unit.name == name)

    def member(self, name: str) -> Member:
        return next(member for member in self.members if member.name == name)

    def deadline(self, deadline_id: str) -> Deadline:
        return next(deadline for deadline in self.deadlines if deadline.id == deadline_id)

    def sectors_led_by(self, unit: str) -> list[Sector]:
        return [sector for sector in self.sectors if sector.lead == unit]

    def members_of(self, unit: str) -> list[Member]:
        """Members whose post in 附件1 names the unit."""
        return [m for m in self.members if any(found.id == unit for found in self.mentions(m.post))]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.names, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)))

    def mentions(self, text: str) -> list[Mention]:
        """Find directory names in a text, the longest first, none overlapping.

        Returns:
            Mentions in the order of the normalised text; a word that names two things (首付贷 …) gives both.
        """
        found = []
        for match in self._pattern.finditer(normalise(text)):
            for kind, key in self.names[match[0]]:  # empty for a longer word that only holds a name
                found.append(Mention(kind, key, match.start(), match.end()))
        return found


def load_directory(clauses: Iterable[Clause], entries: Entries | None = None) -> Directory:
    """Load the directory and hold it against the plan's text.

    Args:
        entries: the facts that duties refer to; loaded when not given.

    Raises:
        DataFileError: a quote does not stand in its clause, or a name it refers to does not exist.
    """
    path = DATA / "directory.yml"
    clauses = tuple(clauses)
    data = load(path, DirectoryFile)
    texts = {clause.id: clause.text for clause in clauses}
    if ANNEX not in texts:
        raise DataFileError(problem(path, f"方案正文里没有 {ANNEX}，读不出领导小组成员。请补上方案的这一部分"))
    members = tuple(parse_members(texts[ANNEX]))
    known = {fact.id: fact for fact in (entries or load_entries(clauses)).facts}
    wrong = [*_misquotes(data, texts), *_unknown_names(data), *_unknown_facts(data, known)]
    if wrong:
        raise DataFileError("\n".join(problem_at(of_city(path), what, words) for what, words in wrong))
    return Directory(
        sectors=tuple(data.sectors),
        trades=tuple(data.trades),
        trades_clause=data.trades_clause,
        trades_quote=data.trades_quote,
        units=tuple(_with_words(unit, known) for unit in data.units),
        county_rule=data.county_rule,
        counties=tuple(data.counties),
        deadlines=tuple(data.deadlines),
        members=members,
        names=_names(data, members),
    )


def _with_words(unit: Unit, known: dict[str, Fact]) -> Unit:
    """A unit whose duties have the clause and the words of their facts."""
    duties = [
        duty.model_copy(update={"clause": known[duty.fact].clause, "quote": known[duty.fact].quote})
        for duty in unit.duties
    ]
    return unit.model_copy(update={"duties": duties})


def _unknown_facts(data: DirectoryFile, known: dict[str, Fact]) -> Iterable[tuple[str, str]]:
    """What is wrong, and the words where it stands; so are those below."""
    for unit in data.units:
        for duty in unit.duties:
            if duty.fact not in known:
                yield f"{unit.name}的职责引用了不存在的结论 {duty.fact}。请改成已有的编号", duty.fact


def _quotes(data: DirectoryFile) -> Iterable[tuple[str, str]]:
    yield data.trades_clause, data.trades_quote
    yield data.county_rule.clause, data.county_rule.quote
    quoted: list[Sector | Deadline] = [*data.sectors, *data.deadlines]
    for entry in quoted:
        yield entry.clause, entry.quote


def _misquotes(data: DirectoryFile, texts: dict[str, str]) -> Iterable[tuple[str, str]]:
    for clause, quote in _quotes(data):
        if quote not in texts.get(clause, ""):
            yield f"引文与方案 {clause} 的原文不一致：“{quote[:40]}”。请从方案原文逐字复制，或改正条款号", quote


def _unknown_names(data: DirectoryFile) -> Iterable[tuple[str, str]]:
    units = {unit.name for unit in data.units}
    sectors = {sector.id for sector in data.sectors} | {trade.id for trade in data.trades}
    for name in [sector.lead for sector in data.sectors] + [trade.unit for trade in data.trades]:
        if name not in units:
            yield f"units 里没有“{name}”这个单位。请改成已有的单位名称，或补上这个单位", name
    for unit in data.units:
        for sector in (s for duty in unit.duties for s in duty.sectors):
            if sector not in sectors:
                yield f"{unit.name}的职责写了不存在的领域 {sector}。请改成 sectors 或 trades 里的编号", sector


def _names(data: DirectoryFile, members: Iterable[Member]) -> dict[str, list[tuple[MentionKind, str]]]:
    """What each spelling may name; nothing for the words that only look like a name."""
    names: dict[str, list[tuple[MentionKind, str]]] = {normalise(word): [] for word in data.not_names}
    for kind, key, spellings in (*_called(data, members), *_counties(data)):
        for spelling in spellings:
            entry = names.setdefault(normalise(spelling), [])
            if (kind, key) not in entry:
                entry.append((kind, key))
    return names


def _called(data: DirectoryFile, members: Iterable[Member]) -> Iterator[tuple[MentionKind, str, tuple[str, ...]]]:
    """A kind, the key of one of it, and how it is called."""
    for sector in data.sectors:
        yield "sector", sector.id, (sector.name, *sector.aliases)
    for trade in data.trades:
        yield "trade", trade.id, (trade.name, *trade.aliases)
    for unit in data.units:
        yield "unit", unit.name, (unit.name, *([unit.full] if unit.full else []), *unit.aliases)
    for member in members:
        yield "person", member.name, (member.name,)
    for deadline in data.deadlines:
        yield "step", deadline.id, (deadline.step, *deadline.aliases)


def _counties(data: DirectoryFile) -> Iterator[tuple[MentionKind, str, tuple[str, ...]]]:
    for county in data.counties:
        yield "county", county, (county,)
        if len(county) > 2 and county[-1] in "县区市":
            yield "county", county, (county[:-1],)


def parse_members(annex: str) -> Iterable[Member]:
    """Read 附件1's list: a role stands once and goes for the lines below it."""
    role = ""
    for line in annex.split("\n")[1:]:
        cells = [cell.strip() for cell in line.split("\t") if cell.strip()]
        if len(cells) == 3:
            role = re.sub(r"\s|：", "", cells.pop(0))
        if len(cells) == 2:
            yield Member(role, re.sub(r"\s", "", cells[0]), cells[1], quote=line.strip())


def parse_form(annex: str) -> list[FormField]:
    """Read 附件2's cells: labels, the question and the eight kinds of business, and the yearly table."""
    fields: list[FormField] = []
    years: list[str] = []
    group = ""
    for line in annex.split("\n")[1:]:
        cells = [re.sub(r"\s", "", cell) for cell in line.split("\t")]
        if any("是否" in cell or "1." in cell for cell in cells):
            group = cells[0] or group
            fields += [FormField(label, group) for label in _choices(max(cells, key=len))]
        elif cells[0] == "经营时间":
            years = [cell for cell in cells[1:] if cell]
        elif years:
            fields += [FormField(year, cells[0]) for year in years]
        else:
            fields += [FormField(cell) for cell in cells if cell]
    return fields


def _choices(cell: str) -> list[str]:
    """The question before 是□，否□, or the numbered kinds of business."""
    if "：是" in cell:
        return [cell.partition("：")[0]]
    return [kind.strip("；。□") for kind in re.split(r"\d\.", cell) if kind]


def distance(deadline: Deadline, today: date) -> str:
    """How far a deadline is from a day, in words."""
    days = (deadline.date - today).days
    if days > 0:
        return f"还有 {days} 天"
    return "就是今天" if days == 0 else f"已过 {-days} 天"
