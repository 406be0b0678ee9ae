"""How likely a clause of an added document is to answer a question, for which nobody has written questions.

A conditional logit (McFadden 1974) over the candidates and "none of them". Cosines count in standard deviations of the
question's cosines to the plan's own sentences, so that a question that is near to everything is near to nothing,
whatever the encoder. The weights are found by ``python -m bench.laws --fit`` on questions about laws, each also asked
where its law is not held: so the probabilities stay low for what no document answers. The plan's own entries are judged
by ``judge.py``, which knows the questions asked of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import RootModel

from knowledge.datafile import DATA, load
from knowledge.encoder import Vectors
from knowledge.index import Index, Scores

Features = NDArray[np.float64]
Weights = NDArray[np.float64]

# What is said of a candidate; the last four are the same for all of a question, and speak against "none of them".
NAMES = (
    "nearest sentence", "clause", "nearer of both", "words of a sentence", "words of the clause",
    "candidate", "nearest of all", "ten nearest", "most words",
)  # fmt: skip
TOP = 10


class WeightsFile(RootModel[dict[str, float]]):
    pass


def load_weights(path: Path = DATA / "ranker.yml") -> Weights:
    """The weights of the features, in the order of NAMES."""
    weights = load(path, WeightsFile).root
    return np.array([weights[name] for name in NAMES])


@dataclass
class Evidence:
    """All that is known of one question before clauses are compared."""

    vector: Vectors
    candidates: list[int]
    sentence_words: Scores
    clause_words: Scores


class Ranker:
    """Scores candidate clauses for one question.

    Args:
        index: of the plan and the added documents, the plan first.
        own: how many sentences of the index are the plan's.
    """

    def __init__(self, index: Index, own: int, weights: Weights | None = None) -> None:
        self.index, self._own = index, index.vectors[:own]
        self.weights = load_weights() if weights is None else weights

    def features(self, evidence: Evidence) -> Features:
        """Rows in the order of ``evidence.candidates``; shape (candidates, NAMES)."""
        rows, usual = evidence.candidates, self._own @ evidence.vector
        sentence = np.array([self.index.sentence_similarities(row, evidence.vector).max(initial=0.0) for row in rows])
        clause = np.array([self.index.clause_similarity(row, evidence.vector) for row in rows])
        sentence, clause = ((near - usual.mean()) / usual.std() for near in (sentence, clause))
        nearer = np.maximum(sentence, clause)
        sentence_words = np.array([self._best_words(row, evidence) for row in rows])
        clause_words = evidence.clause_words[rows].astype(float)
        of_all = (1.0, nearer.max(), np.sort(nearer)[-TOP:].mean(), clause_words.max())
        return np.stack(
            [sentence, clause, nearer, sentence_words, clause_words, *(np.full(len(rows), one) for one in of_all)],
            axis=1,
        )

    def _best_words(self, row: int, evidence: Evidence) -> float:
        rows = self.index.sentence_rows(row)
        return float(evidence.sentence_words[rows.start : rows.stop].max(initial=0.0))

    def probabilities(self, evidence: Evidence, documents: Sequence[int] | None = None) -> NDArray[np.float64]:
        """Probability that each candidate answers the question; shape (candidates,). What is left is that none does.

        Args:
            documents: which document each candidate is of. Each is asked by itself, so that two that say the same do
                not take each other's chance; without it all candidates are compared.
        """
        if not evidence.candidates:
            return np.zeros(0)
        scores = self.features(evidence) @ self.weights
        found, of = np.zeros(len(scores)), np.zeros(len(scores)) if documents is None else np.array(documents)
        for document in np.unique(of):
            found[of == document] = chances(scores[of == document])
        return found


def chances(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Softmax over candidates and "none of them", whose score is 0."""
    highest = max(float(scores.max()), 0.0)
    parts = np.exp(scores - highest)
    return np.asarray(parts / (parts.sum() + np.exp(-highest)))
