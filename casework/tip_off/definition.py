"""The tip-off's questions, conducts and rules, read from YAML and held against the plan."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from pydantic import Field

from casework import DATA
from casework.interview.definition import Business, unknown_businesses, unknown_units, with_options
from casework.interview.questions import Option, Question
from knowledge.base import KnowledgeBase
from knowledge.datafile import Data, load
from knowledge.quotes import misquotes


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
    """Read both files; ``problems`` holds them against the plan.

    Raises:
        DataFileError: a file does not fit its schema.
    """
    paper, rules = load(DATA / "tip_off.yml", TipOffFile), load(DATA / "tip_rules.yml", TipRulesFile)
    options = {
        "business": tuple(business.option for business in paper.businesses),
        "conducts": tuple(Option(id=c.id, label=c.label, words=c.words) for c in paper.conducts),
    }
    return Definition(
        submit=paper.submit,
        businesses=paper.businesses,
        conducts=paper.conducts,
        questions=with_options(paper.questions, options),
        rules=rules,
    )


def problems(definition: Definition, knowledge: KnowledgeBase) -> Iterable[str]:
    """What in the files does not fit the plan: a quote that is not word for word in its clause, an unknown id."""
    path = DATA / "tip_off.yml"
    yield from misquotes(path, knowledge.plan, _quotes(definition))
    yield from unknown_units(path, ((c.id, c.units) for c in definition.conducts), knowledge.directory)
    yield from unknown_businesses(path, definition.businesses, knowledge.directory)


def _quotes(definition: Definition) -> Iterable[tuple[str, str]]:
    yield from ((c.clause, c.quote) for c in definition.conducts if c.clause and c.quote)
    rules = definition.rules
    yield rules.escalation.clause, rules.escalation.quote
    yield rules.police.clause, rules.police.quote
