"""How likely a clause of an added document is to answer a question, for which nobody has written questions.

A logistic regression over what the encoder, the words and the names mentioned say of one question and one clause. It is
trained on the plan's own questions and clauses; the out-of-scope questions are questions that no clause answers. The
plan's own entries are judged by ``judge.py``, which knows the questions asked of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from knowledge.directory import Directory
from knowledge.encoder import Vectors
from knowledge.index import Index, Scores

Features = NDArray[np.float64]

# Columns of one (question, clause) row.
COLUMNS = 10


@dataclass
class Evidence:
    """All that is known of one question before clauses are compared."""

    vector: Vectors
    candidates: list[int]
    sentence_words: Scores
    clause_words: Scores
    mentions: set[str]


class Ranker:
    """Scores candidate clauses for one question."""

    def __init__(self, index: Index, clause_mentions: Sequence[set[str]]) -> None:
        self.index, self.clause_mentions = index, clause_mentions
        self.linear = Linear(COLUMNS)

    def features(self, evidence: Evidence) -> Features:
        """Rows in the order of ``evidence.candidates``; shape (candidates, COLUMNS)."""
        rows = evidence.candidates
        sentence = np.array([self._best_sentence(row, evidence) for row in rows])
        clause = np.array([self.index.clause_similarity(row, evidence.vector) for row in rows])
        sentence_words = np.array([self._best_words(row, evidence) for row in rows])
        clause_words = evidence.clause_words[rows].astype(float)
        shared = np.array([len(evidence.mentions & self.clause_mentions[row]) for row in rows])
        missing = np.array([len(evidence.mentions - self.clause_mentions[row]) for row in rows])
        text = [sentence, clause, sentence_words, clause_words, *map(_behind_best, (sentence, clause))]
        text += [_behind_best(sentence_words), _behind_best(clause_words), shared, missing]
        return np.stack(text, axis=1)

    def _best_sentence(self, row: int, evidence: Evidence) -> float:
        return float(self.index.sentence_similarities(row, evidence.vector).max(initial=0.0))

    def _best_words(self, row: int, evidence: Evidence) -> float:
        rows = self.index.sentence_rows(row)
        return float(evidence.sentence_words[rows.start : rows.stop].max(initial=0.0))

    def fit(self, evidence: list[Evidence], right: list[set[int]]) -> None:
        """Train on questions with the clause rows that answer each (none for out of scope)."""
        features = np.concatenate([self.features(one) for one in evidence])
        labels = np.concatenate(
            [[row in answers for row in one.candidates] for one, answers in zip(evidence, right, strict=True)]
        )
        self.linear.fit(features, labels)

    def probabilities(self, evidence: Evidence) -> NDArray[np.float64]:
        """Probability that each candidate answers the question; shape (candidates,)."""
        return self.linear.predict(self.features(evidence))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.linear.state()))

    def load(self, path: Path) -> Ranker:
        self.linear = Linear.from_state(json.loads(path.read_text()))
        return self


class Linear:
    """A standardised logistic regression kept as plain numbers, so that its file is data, not code."""

    def __init__(self, columns: int) -> None:
        self.weights, self.bias = np.zeros(columns), 0.0

    def fit(self, features: Features, labels: NDArray[np.bool_]) -> None:
        scaler = StandardScaler().fit(features)
        model = LogisticRegression(C=1.0, max_iter=2000).fit(scaler.transform(features), labels)
        self.weights = model.coef_[0] / scaler.scale_
        self.bias = float(model.intercept_[0] - scaler.mean_ @ self.weights)

    def predict(self, features: Features) -> NDArray[np.float64]:
        return np.asarray(1 / (1 + np.exp(-(features @ self.weights + self.bias))))

    def state(self) -> dict[str, object]:
        return {"weights": self.weights.tolist(), "bias": self.bias}

    @classmethod
    def from_state(cls, state: dict[str, list[float]]) -> Linear:
        linear = cls(len(state["weights"]))
        linear.weights, linear.bias = np.array(state["weights"]), float(state["bias"])  # type: ignore[arg-type]
        return linear


def _behind_best(values: Features) -> Features:
    return np.asarray(values - values.max())


def mention_keys(directory: Directory, text: str) -> set[str]:
    return {f"{mention.kind}:{mention.id}" for mention in directory.mentions(text)}
