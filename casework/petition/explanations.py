"""The standard explanations, read from YAML and held against the plan, and the search over how people put things."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import Field

from casework import DATA
from knowledge.base import KnowledgeBase
from knowledge.classifier import TextClassifier
from knowledge.data_problems import problem_at
from knowledge.datafile import Data, DataFileError, load, of_city
from knowledge.query_cleaning import clean_query
from knowledge.question_bank import load_out_of_scope
from knowledge.quotes import misquotes, unmarked
from knowledge.text import normalise
from knowledge.vector_cache import VectorCache

PATH = DATA / "explanations.yml"
LONGEST_EXPLANATION = 200


class Quote(Data):
    clause: str
    quote: str


class Situation(Data):
    """What a petitioner brings, and what is said and done about it.

    Attributes:
        like: how people put it, for finding.
        explain: what anybody may be told.
        avoid: what must not be said or promised.
        refer: where the petitioner or the file goes.
        next: what the petitioner does.
    """

    id: str
    title: str
    like: tuple[str, ...] = Field(min_length=4)
    explain: str = Field(max_length=LONGEST_EXPLANATION)
    quotes: tuple[Quote, ...] = Field(min_length=1)
    avoid: tuple[str, ...] = Field(min_length=1)
    units: tuple[str, ...] = Field(min_length=1)
    refer: str
    next: tuple[str, ...] = Field(min_length=1)
    tone: str


class ExplanationFile(Data):
    version: str
    date: date
    source: str
    promise: tuple[str, ...]
    situations: tuple[Situation, ...] = Field(min_length=20)


@dataclass(frozen=True)
class Found:
    """A situation that a description may mean, with its probability."""

    situation: Situation
    probability: float


class Explanations:
    """All situations, and a classifier over how people put them."""

    def __init__(self, file: ExplanationFile, knowledge: KnowledgeBase, cache: Path) -> None:
        self.version, self.date, self.source, self.promise = file.version, file.date, file.source, file.promise
        self.situations = file.situations
        self._encoder = knowledge.encoder
        texts = [(like, situation.id) for situation in file.situations for like in (situation.title, *situation.like)]
        # Something is always likeliest: a joke would be explained by whatever is least unlike it.
        texts += [(text, NOTHING) for text in load_out_of_scope()]
        # Embedding them takes longer than all the rest of a start; the bank's vectors beside them would be loaded too.
        kept = VectorCache(cache / "explanations", self._encoder)
        vectors = kept.queries([text for text, _ in texts])
        kept.save()
        self._classifier = TextClassifier(strength=50.0)
        self._classifier.fit([text for text, _ in texts], vectors, [[label] for _, label in texts])

    def get(self, situation_id: str) -> Situation | None:
        return next((situation for situation in self.situations if situation.id == situation_id), None)

    def find(self, text: str) -> list[Situation]:
        """The situations of a case as it is told, the likeliest first; several when it has several sides."""
        ranked = self.ranked(text)
        return [found.situation for found in ranked if found.probability >= LIKELY][:MOST_SIDES]

    def named(self, words: str) -> list[Situation]:
        """The situations that a word is in the title of, else in how people put it: 跑路 alone tells no case."""
        wanted = normalise(words)
        if len(wanted) < SHORTEST_WORD:
            return []
        titled = [each for each in self.situations if wanted in normalise(each.title)]
        told = [each for each in self.situations if any(wanted in normalise(like) for like in each.like)]
        return (titled or told)[:MOST_SIDES]

    def ranked(self, text: str) -> list[Found]:
        """Every situation with the probability of the part of the telling that speaks for it most."""
        parts = [
            part for part in dict.fromkeys([_asked(text), *map(_asked, PARTS.split(text))]) if len(part) >= SHORTEST
        ]
        if not parts:
            return []
        vectors = self._encoder.queries([clean_query(part) for part in parts])
        best = self._classifier.predict(parts, vectors).max(axis=0)
        by_id = dict(zip(self._classifier.labels, map(float, best), strict=True))
        found = [Found(situation, by_id[situation.id]) for situation in self.situations]
        return sorted(found, key=lambda each: -each.probability)


NOTHING = "nothing"
# Measured on bench/petitions.jsonl (docs/measurements.md); of 200 questions out of scope that were left out of the
# lesson 3 found an explanation, 75 without the lesson.
LIKELY, MOST_SIDES, SHORTEST, SHORTEST_WORD = 0.25, 4, 3, 2
PARTS = re.compile(r"[，。；！？,;!?\n]|还有|另外|同时|而且|并且")
# Words of whoever asks for an explanation, not of the case.
ASKING = re.compile(
    r"(标准|统一|答复|解释|信访)*(口径|话术|说法|说辞)(有没有|有吗|是啥|是什么)?|"
    r"(我们?|咱们?|接待时?|窗口)?(该|应该?)?(怎么|如何|咋|怎样)(给|跟|向|对)?(人家|他们?|她们?|群众|人)?"
    r"(答复|解释|回复|回答|回应|回话|接待|应对|劝返|劝|安抚|说|答|讲|回(?!事))|"
    r"(来访|信访|上访|接访)?的?(群众|老百姓|来访人|投资人)(来)?(问|说|反映|质问)|给我?一?(份|个)|请问|[:：]"
)


def _asked(part: str) -> str:
    return ASKING.sub("", part).strip()


def read_explanations(knowledge: KnowledgeBase) -> ExplanationFile:
    """Read the file.

    Raises:
        DataFileError: a quote is not word for word in its clause, a sentence is neither the plan's nor marked as from
            outside of it, or a unit or an id is wrong.
    """
    file = load(PATH, ExplanationFile)
    quotes = [(quote.clause, quote.quote) for situation in file.situations for quote in situation.quotes]
    problems = [*misquotes(PATH, knowledge.plan, quotes), *_wrong_names(file, knowledge)]
    for situation in file.situations:
        for sentence in unmarked(situation.explain, knowledge.plan):
            what = f"“{sentence}”既不是方案的话，也没有标“方案以外：”。请照方案原文改写，或加上标记"
            problems.append(problem_at(of_city(PATH), what, sentence))
    if problems:
        raise DataFileError("\n".join(problems))
    return file


def _wrong_names(file: ExplanationFile, knowledge: KnowledgeBase) -> Iterable[str]:
    units = {unit.name for unit in knowledge.directory.units}
    seen: set[str] = set()
    for situation in file.situations:
        if situation.id in seen:
            yield problem_at(of_city(PATH), f"口径编号 {situation.id} 出现了两次。请改掉一个", situation.id)
        seen.add(situation.id)
        for unknown in set(situation.units) - units:
            what = f"口径 {situation.id} 的单位“{unknown}”不在单位名录里。请改成 directory.yml 里的名称"
            yield problem_at(of_city(PATH), what, unknown)
