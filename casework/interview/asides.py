"""What people ask of a form while they fill it in: who reads this, how long does it take, are you a machine."""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic import Field, RootModel

from casework import DATA
from casework.interview.commands import END, PLEASE
from knowledge.datafile import Data, load
from knowledge.text import normalise


class FormAside(Data):
    """A question, as regular expressions for a whole message, and its answer by kind of form."""

    id: str
    asked: tuple[str, ...] = Field(min_length=1)
    answers: dict[str, str] = Field(min_length=1)


class AsidesFile(RootModel[tuple[FormAside, ...]]):
    """casework/data/asides.yml."""


@lru_cache(maxsize=1)
def _asides() -> tuple[tuple[re.Pattern[str], dict[str, str]], ...]:
    rows = load(DATA / "asides.yml", AsidesFile).root
    return tuple((re.compile(f"{PLEASE}({'|'.join(row.asked)}){END}"), row.answers) for row in rows)


def form_aside(kind: str, text: str) -> str | None:
    """The answer to a message that is nothing but a question about the form; None when it is something else."""
    message = normalise(text).strip(" 。！!~～，,.?？")
    return next(
        (answers[kind] for pattern, answers in _asides() if kind in answers and pattern.fullmatch(message)), None
    )
