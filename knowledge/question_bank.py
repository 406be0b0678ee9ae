"""The question bank: what people ask, by the entry that answers it; and what must be declined.

``data/questions/`` has one file a person: entry ids (or ``intent.NAME``) with what that person would ask. Procedures
and small talk stand in Rasa's own training files in nlu/data, which are read here as data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import Field, RootModel

from knowledge.data_problems import problem_at
from knowledge.datafile import DATA, Data, DataFileError, load, of_city
from knowledge.documents import load_plan
from knowledge.entries import Entries, Job, load_entries
from knowledge.judge import INTENT, OUT_OF_SCOPE

# Rasa's examples of procedures and small talk: data, not code.
EXAMPLES = Path(__file__).resolve().parent.parent / "nlu" / "data"


@dataclass(frozen=True)
class BankQuestion:
    """A question with its label: an entry's id, or ``intent.NAME``."""

    text: str
    label: str


class LearnedEntry(Data):
    """Questions that the office answered with a clause."""

    job: Job
    clauses: list[str] = Field(min_length=1)
    questions: list[str] = Field(min_length=1)


class LearnedFile(RootModel[list[LearnedEntry]]):
    pass


class QuestionFile(RootModel[dict[str, list[str]]]):
    """One person's questions by label."""


class OutOfScopeFile(Data):
    questions: list[str] = Field(min_length=1)


# In the data folder: what was learnt from reviewed questions (learn.py).
LEARNED = "learned_questions.yml"


def question_files() -> list[Path]:
    """The bank's files, the city's own folder in place of the program's."""
    return sorted(of_city(DATA / "questions").glob("*.yml"))


def read_questions(path: Path) -> dict[str, list[str]]:
    """One file's questions by label."""
    return load(path, QuestionFile).root


def load_questions(entries: Entries) -> list[BankQuestion]:
    """Load the bank: every question once, entries and procedures and what is declined.

    Raises:
        DataFileError: a label that is no entry's and no intent's, or one question under two labels.
    """
    found: dict[str, str] = {}
    problems = []
    for path, label, question in _all(question_files()):
        if not label.startswith(INTENT) and entries.get(label) is None:
            problems.append(problem_at(path, f"没有编号为 {label} 的结论。请改成已有的编号，或先写这条结论", label))
        elif found.setdefault(question, label) != label:
            what = f"“{question}”同时放在 {found[question]} 和 {label} 下。请只留一处"
            problems.append(problem_at(path, what, question))
    for asked in [*load_examples(), *(BankQuestion(text, OUT_OF_SCOPE) for text in load_out_of_scope())]:
        found.setdefault(asked.text, asked.label)
    if problems:
        raise DataFileError("\n".join(problems))
    return [BankQuestion(text, label) for text, label in found.items()]


def _all(paths: Iterable[Path]) -> Iterator[tuple[Path, str, str]]:
    for path in paths:
        for label, questions in read_questions(path).items():
            for question in questions:
                yield path, label, question


def load_examples() -> list[BankQuestion]:
    """The examples of nlu/data, each labelled with its intent."""
    found = []
    for path in sorted(EXAMPLES.glob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for block in (content or {}).get("nlu", []):
            lines = [line.strip().removeprefix("- ").strip() for line in block["examples"].splitlines()]
            found += [BankQuestion(line, INTENT + block["intent"]) for line in lines if line]
    return found


def by_clause() -> list[tuple[str, str]]:
    """The bank's questions with the first clause of their entry: what peers that know no entries are given."""
    entries = load_entries(load_plan().clauses)
    labelled = [(asked.text, entries.get(asked.label)) for asked in load_questions(entries)]
    return [(text, entry.quotations[0].clause) for text, entry in labelled if entry and entry.quotations]


def load_learned(known_clauses: Iterable[str], path: Path) -> list[LearnedEntry]:
    """Load what was learnt in an installation; nothing when there is no such file.

    Raises:
        DataFileError: an entry names a clause that the plan does not have.
    """
    if not path.exists():
        return []
    known, entries = set(known_clauses), load(path, LearnedFile).root
    problems = [
        problem_at(path, f"方案没有 {c} 这一条。请改正条款号", c)
        for entry in entries
        for c in entry.clauses
        if c not in known
    ]
    if problems:
        raise DataFileError("\n".join(problems))
    return entries


def load_out_of_scope() -> list[str]:
    """Load the questions that the assistant must decline."""
    return load(DATA / "out_of_scope.yml", OutOfScopeFile).questions


class OtherPlacesFile(Data):
    places: list[str] = Field(min_length=1)
    about_us: list[str]


def load_other_places() -> OtherPlacesFile:
    """Load the names of places whose plans this base does not hold."""
    return load(DATA / "other_places.yml", OtherPlacesFile)


# 南昌路 is a street of ours.
STREET = "[东西南北中]?(?:路|街|大道|巷|大街|大厦|小区)"


@lru_cache(maxsize=1)
def _other_places() -> tuple[re.Pattern[str], re.Pattern[str]]:
    file = load_other_places()
    # 坐车去北京讨说法: where somebody goes, not whose plan is asked about.
    places = f"(?<![去到进上赴])(?:{'|'.join(map(re.escape, file.places))})(?!{STREET})"
    return re.compile(places), re.compile("|".join(map(re.escape, file.about_us)))


def names_another_city(text: str) -> bool:
    """Whether a question is about another place's plan: not when it only tells where somebody is or comes from."""
    places, about_us = _other_places()
    asked = re.sub(WHEREABOUTS.format(places=places.pattern), "", text)
    return bool(places.search(asked) and not about_us.search(text))


# 俺在温州厂里打工, 我是南阳人, 从深圳回来: somebody's own life, and no place whose plan is asked about.
WHEREABOUTS = (
    r"在(?:{places})[^，,。？?]{{0,6}}?(?:打工|上班|上学|念书|读书|务工|干活|干工|出差|住|租房|带孩子|跑车|厂里|工地上?)|"
    r"(?:我|俺|咱|家|人|老公|媳妇|儿子|闺女|爸|妈)[们]?(?:是|在)?(?:{places})(?:人|的人)|从(?:{places})(?:回来|过来|打电话|回)"
)
