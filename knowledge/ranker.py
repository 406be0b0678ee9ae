"""Learns, from the question bank, how likely a clause is to answer a question.

A logistic regression over what the encoder, the words, the nearest bank questions, the clause classifier
and the names mentioned say of one question and one clause. It is trained on the bank itself: each question
scored as if it were not in the bank (its own row left out, classifier probabilities from other folds), the
out-of-scope questions as questions that no clause answers. Its output is therefore a probability, and a
threshold on it means something. Clauses of added documents have no bank questions: a second regression,
trained on the same questions without the bank's columns, scores those.
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

from knowledge.classifier import TextClassifier
from knowledge.directory import Directory
from knowledge.encoder import Vectors
from knowledge.index import Index, Scores

Features = NDArray[np.float64]

# Columns of one (question, clause) row; the first TEXT_COLUMNS need no bank.
TEXT_COLUMNS = 10
COLUMNS = 18
SMALLEST = 1e-3


@dataclass
class Bank:
    """The question bank in vectors: ``answers[q, c]`` is true where clause row c answers question q."""

    vectors: Vectors
    answers: NDArray[np.bool_]

    @property
    def covered(self) -> NDArray[np.bool_]:
        return np.asarray(self.answers.any(axis=0))


@dataclass
class Evidence:
    """All that is known of one question before clauses are compared."""

    vector: Vectors
    candidates: list[int]
    sentence_words: Scores
    clause_words: Scores
    mentions: set[str]
    clause_probability: NDArray[np.float64]
    left_out: int | None = None


class Ranker:
    """Scores candidate clauses for one question."""

    def __init__(self, index: Index, bank: Bank, clause_mentions: Sequence[set[str]]) -> None:
        self.index, self.bank, self.clause_mentions = index, bank, clause_mentions
        self.with_bank = Linear(COLUMNS)
        self.without_bank = Linear(TEXT_COLUMNS)

    def features(self, evidence: Evidence) -> Features:
        """Rows in the order of ``evidence.candidates``; shape (candidates, COLUMNS)."""
        rows = evidence.candidates
        sentence = np.array([self._best_sentence(row, evidence) for row in rows])
        clause = np.array([self.index.clause_similarity(row, evidence.vector) for row in rows])
        sentence_words = np.array([self._best_words(row, evidence) for row in rows])
        clause_words = evidence.clause_words[rows].astype(float)
        shared = np.array([len(evidence.mentions & self.clause_mentions[row]) for row in rows])
        missing = np.array([len(evidence.mentions - self.clause_mentions[row]) for row in rows])
        nearest, near = self._bank_similarity(evidence)
        known = np.log(evidence.clause_probability[rows] + SMALLEST)
        text = [sentence, clause, sentence_words, clause_words, *map(_behind_best, (sentence, clause))]
        text += [_behind_best(sentence_words), _behind_best(clause_words), shared, missing]
        banked = [nearest, near, known, *map(_behind_best, (nearest, near, known))]
        overall = [np.full(len(rows), nearest.max()), np.full(len(rows), sentence.max())]
        return np.stack([*text, *banked, *overall], axis=1)

    def _best_sentence(self, row: int, evidence: Evidence) -> float:
        return float(self.index.sentence_similarities(row, evidence.vector).max(initial=0.0))

    def _best_words(self, row: int, evidence: Evidence) -> float:
        rows = self.index.sentence_rows(row)
        return float(evidence.sentence_words[rows.start : rows.stop].max(initial=0.0))

    def _bank_similarity(self, evidence: Evidence) -> tuple[Features, Features]:
        """Similarity to the nearest bank question of each clause, and the mean of its three nearest."""
        similarity = self.bank.vectors @ evidence.vector
        if evidence.left_out is not None:
            similarity = similarity.copy()
            similarity[evidence.left_out] = -1.0
        by_clause = np.where(self.bank.answers[:, evidence.candidates], similarity[:, None], -1.0)
        three = -np.sort(-by_clause, axis=0)[:3]
        return three[0].astype(float), three.mean(axis=0).astype(float)

    def fit(self, evidence: list[Evidence], right: list[set[int]]) -> None:
        """Train on questions with the clause rows that answer each (none for out of scope)."""
        features = np.concatenate([self.features(one) for one in evidence])
        labels = np.concatenate(
            [[row in answers for row in one.candidates] for one, answers in zip(evidence, right, strict=True)]
        )
        self.with_bank.fit(features, labels)
        self.without_bank.fit(features[:, :TEXT_COLUMNS], labels)

    def probabilities(self, evidence: Evidence) -> NDArray[np.float64]:
        """Probability that each candidate answers the question; shape (candidates,)."""
        features = self.features(evidence)
        banked = self.with_bank.predict(features)
        plain = self.without_bank.predict(features[:, :TEXT_COLUMNS])
        return np.where(self.bank.covered[evidence.candidates], banked, plain)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps([self.with_bank.state(), self.without_bank.state()]))

    def load(self, path: Path) -> Ranker:
        with_bank, without_bank = json.loads(path.read_text())
        self.with_bank, self.without_bank = Linear.from_state(with_bank), Linear.from_state(without_bank)
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


def spread(
    probabilities: NDArray[np.float64], classifier: TextClassifier, rows: dict[str, int], clauses: int
) -> NDArray[np.float64]:
    """Lay the classifier's label probabilities out over all clause rows; shape (n, clauses)."""
    found = np.zeros((len(probabilities), clauses))
    found[:, [rows[label] for label in classifier.labels]] = probabilities
    return found
