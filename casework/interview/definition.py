"""What the data files of every kind of case have in common, and how they are held against the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from casework.interview.questions import Option, Question
from knowledge.data_problems import problem_at
from knowledge.datafile import Data, of_city
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
            what = f"{business.id} 写了不存在的领域 {unknown}。请改成 directory.yml 里 sectors 或 trades 的编号"
            yield problem_at(of_city(path), what, business.id)


def unknown_units(path: Path, named: Iterable[tuple[str, Iterable[str]]], directory: Directory) -> Iterable[str]:
    """A problem for each unit that something, by its id, is given to and the directory has not."""
    units = {unit.name for unit in directory.units}
    for id_, names in named:
        for unknown in {*names} - units:
            what = f"{id_} 的单位“{unknown}”不在单位名录里。请改成 directory.yml 里的名称"
            yield problem_at(of_city(path), what, unknown)
