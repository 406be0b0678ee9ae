"""The tip-off's questions, conducts and rules, read from YAML and held against the plan."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from pydantic import Field

from casework import DATA
from casework.interview.questions import Option, Question
from knowledge.base import KnowledgeBase
from knowledge.datafile import Data, DataFileError, load
from knowledge.quotes import misquotes
from knowledge.shared import shared_knowledge


class Business(Data):
    """A kind of business as a citizen would tell them apart, and the sectors and trades that answer for it."""

    id: str
    label: str
    words: tuple[str, ...]
    sectors: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()


class Conduct(Data):
    """Something a platform does, and the plan's words for it.

    Attributes:
        police: 三（三）1 makes the police deal with it.
        major: points at 重大非法集资 (四（二）1).
        units: further units that the plan makes competent for it.
    """

    id: str
    label: str
    words: tuple[str, ...]
    clause: str | None = None
    quote: str | None = None
    police: bool = False
    major: bool = False
    units: tuple[str, ...] = ()


class TipOffFile(Data):
    submit: str
    businesses: tuple[Business, ...] = Field(min_length=1)
    conducts: tuple[Conduct, ...] = Field(min_length=1)
    questions: tuple[Question, ...]


class Escalation(Data):
    """When 四（二）1 wants the leading group told at once."""

    clause: str
    quote: str
    amount_yuan: int = Field(gt=0)
    people: int = Field(gt=0)
    crowd: tuple[str, ...]
    growth: tuple[str, ...]


class Police(Data):
    clause: str
    quote: str


class TipRulesFile(Data):
    """casework/data/tip_rules.yml; ``rates``: yuan for one of a currency."""

    escalation: Escalation
    police: Police
    rates: dict[str, Decimal] = Field(default_factory=dict)


class Definition(Data):
    submit: str
    businesses: tuple[Business, ...]
    conducts: tuple[Conduct, ...]
    questions: tuple[Question, ...]
    rules: TipRulesFile

    def business(self, business_id: str) -> Business:
        return next(business for business in self.businesses if business.id == business_id)

    def conduct(self, conduct_id: str) -> Conduct:
        return next(conduct for conduct in self.conducts if conduct.id == conduct_id)

    def question(self, question_id: str) -> Question:
        return next(question for question in self.questions if question.id == question_id)


@lru_cache(maxsize=1)
def tip_off_definition() -> Definition:
    """Read both files.

    Raises:
        DataFileError: a quote is not word for word in its clause, or the directory lacks an id.
    """
    paper, rules = load(DATA / "tip_off.yml", TipOffFile), load(DATA / "tip_rules.yml", TipRulesFile)
    problems = [
        *misquotes(DATA / "tip_off.yml", shared_knowledge().plan, _quotes(paper, rules)),
        *_unknown_ids(paper, shared_knowledge()),
    ]
    if problems:
        raise DataFileError("\n".join(problems))
    options = {
        "business": tuple(Option(id=b.id, label=b.label, words=b.words) for b in paper.businesses),
        "conducts": tuple(Option(id=c.id, label=c.label, words=c.words) for c in paper.conducts),
    }
    questions = tuple(q.model_copy(update={"options": options.get(q.id, q.options)}) for q in paper.questions)
    return Definition(
        submit=paper.submit,
        businesses=paper.businesses,
        conducts=paper.conducts,
        questions=questions,
        rules=rules,
    )


def _quotes(paper: TipOffFile, rules: TipRulesFile) -> Iterable[tuple[str, str]]:
    yield from ((c.clause, c.quote) for c in paper.conducts if c.clause and c.quote)
    yield rules.escalation.clause, rules.escalation.quote
    yield rules.police.clause, rules.police.quote


def _unknown_ids(paper: TipOffFile, knowledge: KnowledgeBase) -> Iterable[str]:
    sectors = {sector.id for sector in knowledge.directory.sectors}
    trades = {trade.id for trade in knowledge.directory.trades}
    units = {unit.name for unit in knowledge.directory.units}
    for conduct in paper.conducts:
        for unknown in {*conduct.units} - units:
            yield f"{DATA / 'tip_off.yml'}: {conduct.id}: the directory has no unit {unknown}"
    for business in paper.businesses:
        for unknown in {*business.sectors} - sectors | {*business.trades} - trades:
            yield f"{DATA / 'tip_off.yml'}: {business.id}: the directory has no {unknown}"
