"""Finding words in the plan as a reader means them: width, case and white space do not matter."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.text import clean, normalise

LONGEST, MOST_TERMS = 50, 5


@dataclass(frozen=True)
class Piece:
    """A stretch of a line; ``hit`` numbers the find it is, counted over the whole document, 0 for none."""

    text: str
    hit: int = 0


@dataclass(frozen=True)
class Search:
    """What was looked for and where it stands.

    Attributes:
        words: as typed.
        terms: what was looked for; another spelling than ``words`` where only that stands in the text.
        counts: clause id -> finds, in the order of the document.
    """

    words: str
    terms: tuple[str, ...]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def other_spelling(self) -> str:
        shown = "".join(self.terms)
        return "" if folded(shown) == folded(self.words) else " ".join(self.terms)


Texts = Mapping[str, Sequence[str]]


def search(texts: Texts, words: str) -> Search:
    """Look for words as they stand, else each of several words, else as the assistant reads them (前头单位: 牵头单位).

    Args:
        texts: clause id -> the lines, headings and cells that are shown of it.
    """
    words = clean(words)[:LONGEST]
    readings = [(words,), tuple(words.split())[:MOST_TERMS], tuple(normalise(words).split())[:MOST_TERMS]]
    for terms in dict.fromkeys(readings):
        if counts := _counts(texts, terms):
            return Search(words, terms, counts)
    return Search(words, (words,), {})


def _counts(texts: Texts, terms: Sequence[str]) -> dict[str, int]:
    """Finds in each clause that holds every term."""
    if not folded("".join(terms)):
        return {}
    counts = {}
    for clause, lines in texts.items():
        if all(any(_places(line, [term]) for line in lines) for term in terms if folded(term)):
            counts[clause] = sum(len(_places(line, terms)) for line in lines)
    return {clause: count for clause, count in counts.items() if count}


def folded(text: str) -> str:
    return "".join(char for char, _ in _folded(text))


def _folded(text: str) -> list[tuple[str, int]]:
    """Each character that counts, with its place in the text."""
    return [
        (char, place)
        for place, printed in enumerate(text)
        for char in unicodedata.normalize("NFKC", printed).casefold()
        if not char.isspace()
    ]


def _places(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Where the terms stand, from and to, none overlapping another."""
    letters = _folded(text)
    plain = "".join(char for char, _ in letters)
    found: list[tuple[int, int]] = []
    for term in sorted({folded(term) for term in terms} - {""}, key=len, reverse=True):
        at = plain.find(term)
        while at >= 0:
            start, end = letters[at][1], letters[at + len(term) - 1][1] + 1
            if not any(start < other_end and other_start < end for other_start, other_end in found):
                found.append((start, end))
            at = plain.find(term, at + len(term))
    return sorted(found)


class Marker:
    """Cuts lines into pieces, the finds numbered through."""

    def __init__(self, found: Search | None) -> None:
        self._found, self._number = found, 0

    def pieces(self, clause: str, line: str) -> list[Piece]:
        """A line of a clause; a clause that holds only some of the terms is not marked."""
        if self._found is None or clause not in self._found.counts:
            return [Piece(line)]
        pieces, at = [], 0
        for start, end in _places(line, self._found.terms):
            self._number += 1
            pieces += [Piece(line[at:start]), Piece(line[start:end], self._number)]
            at = end
        return [piece for piece in (*pieces, Piece(line[at:])) if piece.text]
