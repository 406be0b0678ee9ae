"""The plain methods our search is made of: what each says of every clause of the plan."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from knowledge.base import KnowledgeBase
from knowledge.text import normalise

# Cosines differ by about 0.1 between right and wrong, BM25 per word by about 1: equal say for both.
FUSION = 10.0
Scores = NDArray[np.float64]


def scores_of(knowledge: KnowledgeBase, method: str) -> Callable[[str], Scores]:
    """A text -> the score of every clause, shape (clauses,), by ``BM25``, ``encoder alone`` or ``plain fusion``."""
    index = knowledge.index

    def best_of(scores: NDArray[np.float32]) -> Scores:
        found = np.full(index.clauses, -np.inf)
        np.maximum.at(found, index.owners, scores)
        return found[: len(knowledge.plan.clauses)]

    def words(text: str) -> Scores:
        return best_of(index.lexical(normalise(text))[0])

    def vectors(text: str) -> Scores:
        vector = knowledge.encoder.query(normalise(text))
        return best_of(np.asarray(index.vectors[: len(index.owners)] @ vector, dtype=np.float32))

    return {
        "BM25": words,
        "encoder alone": vectors,
        "plain fusion": lambda text: words(text) + FUSION * vectors(text),
    }[method]
