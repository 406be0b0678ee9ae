"""What the data files of every kind of case have in common, and how they are held against the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from casework.interview.questions import Option, Question
from knowledge.datafile import Data
from knowledge.directory import Directory


class Business(Data):
    """A kind of business as people tell them apart, and the directory's sectors and trades that answer for it."""

    id: str
    label: str
    words: tuple[str, ...]
    sectors: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()

    @property
    def option(self) -> Option:
        """The same to choose from."""
        return Option(id=self.id, label=self.label, words=self.words)


def with_options(questions: Iterable[Question], options: Mapping[str, tuple[Option, ...]]) -> tuple[Question, ...]:
    """The questions, some of them with options that stand elsewhere in the files."""
    return tuple(q.model_copy(update={"options": options.get(q.id, q.options)}) for q in questions)


def unknown_businesses(path: Path, businesses: Sequence[Business], directory: Directory) -> Iterable[str]:
    """A problem for each sector or trade that the directory has not."""
    sectors = {sector.id for sector in directory.sectors}
    trades = {trade.id for trade in directory.trades}
    for business in businesses:
        for unknown in {*business.sectors} - sectors | {*business.trades} - trades:
            yield f"{path}: {business.id}: the directory has no {unknown}"


def unknown_units(path: Path, named: Iterable[tuple[str, Iterable[str]]], directory: Directory) -> Iterable[str]:
    """A problem for each unit that something, by its id, is given to and the directory has not."""
    units = {unit.name for unit in directory.units}
    for id_, names in named:
        for unknown in {*names} - units:
            yield f"{path}: {id_}: the directory has no unit {unknown}"
