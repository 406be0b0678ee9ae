"""The self-check's questions and red lines, read from YAML and held against the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Literal

from pydantic import Field

from casework import DATA
from casework.interview.definition import Business, unknown_businesses, with_options
from casework.interview.questions import Condition, Option, Question, Why
from knowledge.base import KnowledgeBase
from knowledge.data_problems import problem_at
from knowledge.datafile import Data, load, of_city
from knowledge.quotes import misquotes

Outcome = Literal["疑似违规", "需核实", "符合"]
RED = "red_"
RED_SECTION = "四、红线自查"
CHECKLIST = "企业有没有下列情形？有的回复编号（可多选），都没有回复“都没有”，拿不准的写“不确定”加编号。"


class SelfCheckFile(Data):
    submit: str
    kinds: tuple[Business, ...] = Field(min_length=8, max_length=8)
    questions: tuple[Question, ...]


class Quote(Data):
    """The plan's words."""

    clause: str
    quote: str


class Item(Data):
    """A red line: what would be a breach, in plain words, and the plan's words it comes from."""

    id: str
    says: str = Field(max_length=40)
    words: tuple[str, ...] = ()
    quote: str
    clause: str | None = None
    mend: Quote | None = None
    kind: str | None = Field(None, description="ticking this kind of business is a yes, whatever was answered here")
    yes: Outcome | None = None
    no: Outcome | None = None
    unsure: Outcome | None = None


class Group(Data):
    """Red lines of one clause that are asked together."""

    id: str
    clause: str
    title: str
    kinds: tuple[str, ...]
    mend: Quote
    items: tuple[Item, ...] = Field(min_length=1)


class NotAsked(Quote):
    reason: str


class RedLinesFile(Data):
    meanings: dict[Literal["yes", "no", "unsure"], Outcome]
    groups: tuple[Group, ...]
    not_asked: tuple[NotAsked, ...]


class Definition(Data):
    """All that a self-check asks."""

    submit: str
    kinds: tuple[Business, ...]
    questions: tuple[Question, ...]
    groups: tuple[Group, ...]
    not_asked: tuple[NotAsked, ...]
    meanings: dict[Literal["yes", "no", "unsure"], Outcome]

    def kind(self, kind_id: str) -> Business:
        return next(kind for kind in self.kinds if kind.id == kind_id)


@lru_cache(maxsize=1)
def self_check_definition() -> Definition:
    """Read both files; ``problems`` holds them against the plan.

    Raises:
        DataFileError: a file does not fit its schema.
    """
    paper, lines = load(DATA / "self_check.yml", SelfCheckFile), load(DATA / "red_lines.yml", RedLinesFile)
    asked = with_options(paper.questions, {"kinds": tuple(kind.option for kind in paper.kinds)})
    return Definition(
        submit=paper.submit,
        kinds=paper.kinds,
        questions=(
            *(question for question in asked if not question.volunteered),
            *(_as_question(group) for group in lines.groups),
            *(question for question in asked if question.volunteered),
        ),
        groups=lines.groups,
        not_asked=lines.not_asked,
        meanings=lines.meanings,
    )


def with_words_for_years(questions: Sequence[Question], today: date) -> tuple[Question, ...]:
    """The two columns of 附件2 with the words for years that are true today: 去年 was 2015 in 2016 only."""
    names = {today.year: "今年", today.year - 1: "去年", today.year - 2: "前年"}
    options = next(question.options for question in questions if question.id == "years")
    found = []
    for option in options:
        first = int(option.id)
        words = [name for year, name in names.items() if (year >= first if option is options[-1] else year == first)]
        found.append(option.model_copy(update={"words": (*option.words, *words)}))
    return with_options(questions, {"years": tuple(found)})


def _as_question(group: Group) -> Question:
    title, _, note = group.title.partition("（")
    return Question(
        id=f"{RED}{group.id}",
        section=RED_SECTION,
        label=title,
        names=(group.clause,),
        type="checklist",
        ask=(f"（{note}" if note else "") + CHECKLIST,
        why=Why(text="这些是方案划出的红线，如实自查可以及早整改。", clause=group.clause),
        options=tuple(Option(id=item.id, label=item.says, words=item.words) for item in group.items),
        when=(
            Condition(question="internet_finance", has=("yes",)),
            Condition(question="kinds", has=group.kinds),
        ),
    )


def problems(definition: Definition, knowledge: KnowledgeBase) -> Iterable[str]:
    """What in the files does not fit the plan or each other: a quote that is not word for word, an unknown id."""
    yield from misquotes(DATA / "red_lines.yml", knowledge.plan, _quotes(definition))
    yield from _unknown_questions(definition)
    yield from unknown_businesses(DATA / "self_check.yml", definition.kinds, knowledge.directory)
    yield from _unknown_kinds(definition)


def _quotes(definition: Definition) -> Iterable[tuple[str, str]]:
    for group in definition.groups:
        yield group.mend.clause, group.mend.quote
        for item in group.items:
            yield item.clause or group.clause, item.quote
            if item.mend:
                yield item.mend.clause, item.mend.quote
    for left in definition.not_asked:
        yield left.clause, left.quote


def _unknown_questions(definition: Definition) -> Iterable[str]:
    questions = {question.id for question in definition.questions}
    for question in definition.questions:
        named = (question.same_as, question.phone, *(c.question for c in question.when))
        for unknown in {name for name in named if name} - questions:
            what = f"问题 {question.id} 引用了不存在的问题 {unknown}。请改成已有的编号"
            yield problem_at(of_city(DATA / "self_check.yml"), what, question.id)


def _unknown_kinds(definition: Definition) -> Iterable[str]:
    path, kinds = DATA / "red_lines.yml", {kind.id for kind in definition.kinds}
    for group in definition.groups:
        for unknown in set(group.kinds) - kinds:
            what = f"{group.id} 写了不存在的业务种类 {unknown}。请改成 self_check.yml 里的编号"
            yield problem_at(of_city(path), what, group.id)
        for item in group.items:
            if item.kind and item.kind not in kinds:
                what = f"{item.id} 写了不存在的业务种类 {item.kind}。请改成 self_check.yml 里的编号"
                yield problem_at(of_city(path), what, item.id)
    ids = [item.id for group in definition.groups for item in group.items]
    for twice in sorted({item for item in ids if ids.count(item) > 1}):
        yield problem_at(of_city(path), f"红线编号 {twice} 出现了两次。请改掉一个", twice)
