"""What a build reads of the program's own files is read once in a process, for as long as nobody changes them.

Reading the bank, the entries and the verdicts takes most of a build that only adds a document, and tests build often.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from knowledge import build as program
from knowledge.documents import load_plan

build: Any = program  # what it has imported is used, and replaced, here


def _by_program(load: Callable[..., Any]) -> Callable[..., Any]:
    """A loader whose answer follows from the program's files, or a city's, and from how many questions it is given."""
    kept: dict[object, Any] = {}

    def remembered(*given: Any) -> Any:
        key = (build.program_hash(), *(len(each) for each in given if isinstance(each, list)))
        if key not in kept:
            kept[key] = load(*given)
        return kept[key]

    return remembered


def read_once() -> None:
    """Remember what builds read, in this process and its forks."""
    for name in ("load_directory", "load_entries", "load_questions", "load_verdicts"):
        setattr(build, name, _by_program(getattr(build, name)))


def read_ahead() -> None:
    """Read it now, before anybody builds."""
    clauses = load_plan().clauses
    build.load_directory(clauses)
    entries = build.load_entries(clauses)
    build.load_verdicts([*build.load_questions(entries)], entries)
