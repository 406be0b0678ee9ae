"""The question bank: what people ask, by the clause that answers it; and what must be declined."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import Field, RootModel

from knowledge.datafile import DATA, Data, DataFileError, load

Job = Literal["policy", "duty", "deadline"]


class BankEntry(Data):
    """Questions that the same clauses answer, best clause first."""

    job: Job
    clauses: list[str] = Field(min_length=1)
    questions: list[str] = Field(min_length=1)


class BankFile(RootModel[list[BankEntry]]):
    pass


class OutOfScopeFile(Data):
    questions: list[str] = Field(min_length=1)


# In the data folder: what was learnt from reviewed questions (learn.py), in the bank's own form.
LEARNED = "learned_questions.yml"


def load_bank(known_clauses: Iterable[str], learned: Path | None = None) -> list[BankEntry]:
    """Load the bank, with what was learnt since when that file is there.

    Raises:
        DataFileError: an entry names a clause that the plan does not have, or a question stands twice.
    """
    path = DATA / "question_bank.yml"
    entries = load(path, BankFile).root
    if learned and learned.exists():
        entries = [*entries, *load(learned, BankFile).root]
    known, seen = set(known_clauses), set()
    problems = []
    for entry in entries:
        problems += [f"{path}: no such clause: {clause}" for clause in entry.clauses if clause not in known]
        for question in entry.questions:
            if question in seen:
                problems.append(f"{path}: stands twice: {question}")
            seen.add(question)
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
