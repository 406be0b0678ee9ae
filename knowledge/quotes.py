"""Holds the quotations of a data file against the plan."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from knowledge.data_problems import misquoted
from knowledge.datafile import of_city
from knowledge.documents import Document
from knowledge.entries import OUTSIDE


def misquotes(path: Path, plan: Document, quotes: Iterable[tuple[str, str]]) -> Iterable[str]:
    """A problem for each (clause, quote) that is not word for word in its clause."""
    for clause_id, quote in quotes:
        clause = plan.clause(clause_id)
        if clause is None or quote not in clause.text:
            yield misquoted(of_city(path), clause_id, quote)


MARKS = (OUTSIDE, "本助手：")
WITHIN = "方案规定，"
# Introduces a quotation, or is the bare conclusion before one.
FREE = re.compile(r"^方案(写|坚持)[^。]*$|^(不?可以|应当)$")
SHORTEST_RUN, MOSTLY = 4, 0.7


def unmarked(text: str, plan: Document) -> list[str]:
    """The sentences of a text that neither follow the plan's words nor are marked as coming from outside of it.

    A mark (方案以外：, 本助手：) holds until the text comes back to the plan (方案规定，).
    """
    letters = re.sub(r"\W", "", "".join(clause.text for clause in plan.clauses))
    found, outside = [], False
    for sentence in re.split(r"(?<=。)", text):
        outside = sentence.startswith(MARKS) or (outside and not sentence.startswith(WITHIN))
        if outside or "方案没有" in sentence:
            continue
        parts = [part.removeprefix(WITHIN).strip("。") for part in re.split(r"[；：]", sentence)]
        found += [part for part in parts if part and not FREE.search(part) and _share(part, letters) < MOSTLY]
    return found


def _share(part: str, letters: str) -> float:
    """How much of a sentence stands in the plan in runs of SHORTEST_RUN letters and more."""
    own, at, covered = re.sub(r"\W", "", part), 0, 0
    while at < len(own):
        end = at
        while end < len(own) and own[at : end + 1] in letters:
            end += 1
        covered += end - at if end - at >= SHORTEST_RUN else 0
        at = end if end - at >= SHORTEST_RUN else at + 1
    return covered / max(1, len(own))
