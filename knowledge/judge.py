"""One decision over the same evidence: which entry answers a message, which procedure it begins, or neither.

Labels are the entries of ``entries.py``, ``intent.NAME`` for procedures and small talk, ``intent.out_of_scope``. What
speaks for a label: how near the message is to the middle of its questions and to the nearest of them (sentence
vectors), how like the nearest it is spelt (character n-grams), how near to the entry's own words, and what tells the
labels apart (``discriminator.py``). The weights of this evidence are those under which questions are likeliest that
neither encoder nor discriminator was taught on, each left out of its own label, so that probabilities mean what they
say (Guo et al. 2017, arXiv:1706.04599).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from knowledge.discriminator import Directions, Discriminator
from knowledge.encoder import Vectors
from knowledge.narrowing import narrowed, products, widened
from knowledge.ngrams import CharNgrams
from knowledge.postings import Postings
from knowledge.query_cleaning import clean_query

INTENT = "intent."
OUT_OF_SCOPE, REPORT = f"{INTENT}out_of_scope", f"{INTENT}tip_off"
Numbers = NDArray[np.float32]

# What speaks for a label; entries, intents and out of scope are weighed apart, for their questions lie unlike.
EVIDENCE = (
    "middle, entry", "middle, intent", "nearest, entry", "nearest, intent", "nearest, out of scope",
    "spelt like the nearest", "spelt like the nearest, intent", "spelt like all",
    "own words", "own words spelt", "entry", "out of scope", "number of questions", "told apart",
)  # fmt: skip
START, DECAY, STEPS = 15.0, 1e-4, 40
# Characters of an n-gram.
LONGEST = 3
# Questions that are enough for so few weights.
FITTED_ON = 2000
# The discriminator learns without those by which the evidence is weighed: at most one question in so many.
LEAST_SHARE = 3
# Questions whose evidence is laid out at once.
CHUNK = 200


class Choice(NamedTuple):
    """A label with its probability. A tuple, since each message makes one for every label, several times."""

    label: str
    probability: float

    @property
    def intent(self) -> str | None:
        """The procedure or small talk that it is, if it is no entry."""
        return self.label.removeprefix(INTENT) if self.label.startswith(INTENT) else None


@dataclass(frozen=True)
class Judgement:
    """What a message is taken for.

    Attributes:
        choices: every label, the likeliest first: entries, procedures, out of scope.
    """

    choices: tuple[Choice, ...]

    @cached_property
    def answers(self) -> tuple[Choice, ...]:
        """The entries, the likeliest first."""
        return tuple(choice for choice in self.choices if not choice.intent)

    @cached_property
    def procedures(self) -> dict[str, float]:
        """How likely each procedure, small talk and out of scope is, by intent."""
        return {choice.intent: choice.probability for choice in self.choices if choice.intent}

    @cached_property
    def chance_of_answer(self) -> float:
        """How likely it is that some entry answers, whichever it is."""
        return sum(choice.probability for choice in self.answers)

    @property
    def chance_of_report(self) -> float:
        """How likely it is that somebody wants to report."""
        return self.procedures.get(REPORT.removeprefix(INTENT), 0.0)


class Judge:
    """Scores every label for a message.

    Attributes:
        vectors: of the bank's questions in the bank's order, shape (n, d), in 8 bits a number.
        scales: what each vector's numbers are multiplied by, shape (n,).
        postings: of their n-grams: what a message is spelt like.
        weights: of the evidence.
        discriminator: none where few labels make it needless.
    """

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.weights: Numbers = np.zeros(len(EVIDENCE), dtype=np.float32)
        self.discriminator: Discriminator | None = None
        self.ngrams = CharNgrams(LONGEST, least_texts=2)

    def fit(
        self, texts: Sequence[str], vectors: Vectors, labels: Sequence[str], profiles: Mapping[str, str],
        encode: Callable[[list[str]], Vectors], trusted: Sequence[int], discriminate: bool = True,
    ) -> None:  # fmt: skip
        """Learn the bank.

        Args:
            texts: questions as ``core`` leaves them, with their unit vectors, shape (n, d), and one label each.
            profiles: an entry's own words by label.
            encode: makes vectors of such questions.
            trusted: rows of the questions that the encoder was not taught on, by which the evidence is weighed.
            discriminate: whether what tells the labels apart is learnt too.
        """
        self.labels = sorted(set(labels))
        columns = {label: column for column, label in enumerate(self.labels)}
        self.right = np.array([columns[label] for label in labels])
        self.vectors, self.scales = narrowed(vectors)
        words = self.ngrams.fit_transform(texts)
        self.postings = Postings.of_texts(words)
        described = [clean_query(profiles.get(label, "") or "无") for label in self.labels]
        self.profile_vectors = encode(described).astype(np.float32)
        self.profile_postings = Postings.of_texts(self.ngrams.transform(described))
        self._laid_out()
        seen = np.array(trusted)[:: max(1, -(-len(trusted) * LEAST_SHARE // len(texts)))]
        told = self._told_apart(texts, seen) if discriminate else None
        sample = np.arange(len(seen))[:: -(-len(seen) // FITTED_ON)]
        self._weigh(seen[sample], words, None if told is None else told[sample])

    def _told_apart(self, texts: Sequence[str], held: NDArray[np.int64]) -> Numbers:
        """Learn to tell labels apart; returns what one that has not seen the held questions says of them."""
        directions = Directions.fit(texts)
        rest = np.setdiff1d(np.arange(len(texts)), held)

        def learnt(rows: NDArray[np.int64], begun: Discriminator | None = None) -> Discriminator:
            some = [texts[row] for row in rows]
            return Discriminator.fit(directions, some, self._wide(rows), self.right[rows], len(self.labels), begun)

        without = learnt(rest)
        self.discriminator = learnt(np.arange(len(texts)), without)
        return without.log_probabilities([texts[row] for row in held], self._wide(held))

    def _laid_out(self) -> None:
        """What follows from what is kept."""
        self._order = np.argsort(self.right, kind="stable")
        self._starts = np.searchsorted(self.right[self._order], np.arange(len(self.labels)))
        self._count = np.bincount(self.right, minlength=len(self.labels)).astype(np.float32)
        self._sums = np.add.reduceat(self._wide(self._order), self._starts, axis=0)
        self._middles = _unit(self._sums)
        self._entry = np.array([not label.startswith(INTENT) for label in self.labels], dtype=np.float32)
        self._out = np.array([label == OUT_OF_SCOPE for label in self.labels], dtype=np.float32)

    def _wide(self, rows: NDArray[np.int64]) -> Numbers:
        """Vectors of some questions, 32 bits a number."""
        return widened(self.vectors[rows], self.scales[rows])

    def _evidence(
        self, vectors: Vectors, words: sparse.csr_matrix, told: Numbers | None, own: NDArray[np.int64] | None = None
    ) -> Numbers:
        """Everything that speaks for each label, shape (n, labels, EVIDENCE).

        Args:
            told: what the discriminator says of each label, if there is one.
            own: where the questions stand in the bank; each is left out of its own label.
        """
        middle, near = vectors @ self._middles.T, products(self.vectors, self.scales, vectors)
        spelt = self.postings.products(words)
        count = np.broadcast_to(self._count, middle.shape)
        if own is not None:
            rows, right = np.arange(len(own)), self.right[own]
            near[rows, own], spelt[rows, own] = -1.0, 0.0
            middle[rows, right] = np.einsum("nd,nd->n", vectors, _unit(self._sums[right] - vectors))
            count = count.copy()
            count[rows, right] -= 1
        nearest, alike = self._most(near), self._most(spelt)
        all_alike = np.add.reduceat(spelt[:, self._order], self._starts, axis=1) / np.maximum(count, 1)
        entry, intent = self._entry, 1 - self._entry
        profile = (vectors @ self.profile_vectors.T) * entry
        profile_spelt = self.profile_postings.products(words) * entry
        columns = (
            middle * entry, middle * intent, nearest * entry, nearest * intent, nearest * self._out,
            alike, alike * intent, all_alike, profile, profile_spelt,
            np.broadcast_to(entry, middle.shape), np.broadcast_to(self._out, middle.shape), np.log(count + 1),
            np.zeros_like(middle) if told is None else told,
        )  # fmt: skip
        return np.asarray(np.stack(columns, axis=-1), dtype=np.float32)

    def _weigh(self, trusted: NDArray[np.int64], words: sparse.csr_matrix, told: Numbers | None) -> None:
        parts = [slice(start, start + CHUNK) for start in range(0, len(trusted), CHUNK)]
        chunks = [(trusted[part], None if told is None else told[part]) for part in parts]
        evidence = np.concatenate([self._evidence(self._wide(c), words[c], said, c) for c, said in chunks])
        first = np.where([name.startswith("middle") for name in EVIDENCE], START, 0.0)
        self.weights = weighed(evidence, self.right[trusted], first)

    def probabilities(self, texts: Sequence[str], vectors: Vectors) -> Numbers:
        """Of each label for messages as ``core`` leaves them with their vectors, shape (n, labels)."""
        return softmax(self.evidence(texts, vectors) @ self.weights)

    def evidence(self, texts: Sequence[str], vectors: Vectors) -> Numbers:
        """Everything that speaks for each label, shape (n, labels, EVIDENCE)."""
        told = self.discriminator.log_probabilities(texts, vectors) if self.discriminator else None
        return self._evidence(vectors.astype(np.float32), self.ngrams.transform(texts), told)

    def _most(self, of_questions: Numbers) -> Numbers:
        """The highest value of each label's questions, shape (n, labels)."""
        return np.asarray(np.maximum.reduceat(of_questions[:, self._order], self._starts, axis=1), dtype=np.float32)

    def ranked(self, text: str, vector: Vectors) -> list[Choice]:
        """Every label for one message with its vector, the likeliest first."""
        found = self.probabilities([text], vector[None, :])[0]
        order = np.argsort(-found)
        labels = map(self.labels.__getitem__, order.tolist())
        return list(map(Choice._make, zip(labels, found[order].tolist(), strict=True)))

    def arrays(self) -> dict[str, Any]:
        """All that was learnt as plain arrays by name: the file is data, and loading it runs no code of its own."""
        told = self.discriminator.arrays() if self.discriminator else {}
        return {
            "labels": np.array(self.labels),
            "right": self.right,
            "vectors": self.vectors,
            "scales": self.scales,
            "weights": self.weights,
            **self.ngrams.arrays(),
            "profile_vectors": self.profile_vectors,
            **self.postings.arrays("words"),
            **self.profile_postings.arrays("profile_words"),
            **{f"told_{name}": array for name, array in told.items()},
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Judge:
        """A judge from its arrays."""
        judge = cls()
        judge.labels = [str(label) for label in stored["labels"]]
        judge.right, judge.weights = stored["right"], stored["weights"]
        judge.vectors, judge.scales = stored["vectors"], stored["scales"]
        judge.ngrams = CharNgrams.of(LONGEST, stored)
        judge.profile_vectors = stored["profile_vectors"]
        judge.postings = Postings.of("words", stored, len(judge.vectors))
        judge.profile_postings = Postings.of("profile_words", stored, len(judge.labels))
        if arrays := {name.removeprefix("told_"): stored[name] for name in stored if name.startswith("told_")}:
            judge.discriminator = Discriminator.of(arrays)
        judge._laid_out()
        return judge

    def save(self, path: Path) -> None:
        """Write its arrays."""
        with path.open("wb") as file:
            np.savez(file, **self.arrays())

    @classmethod
    def load(cls, path: Path) -> Judge:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            return cls.of(stored)


def weighed(evidence: Numbers, right: NDArray[np.int64], first: NDArray[np.float64]) -> Numbers:
    """The weights under which the right labels are likeliest, shape (EVIDENCE,).

    Args:
        evidence: shape (n, labels, EVIDENCE).
        right: columns of the right labels, shape (n,).
        first: the weights to begin with.
    """
    rows = np.arange(len(right))

    def loss(weights: Any) -> tuple[float, Any]:
        chances = softmax(evidence @ weights.astype(np.float32))
        value = -float(np.log(chances[rows, right] + 1e-9).mean()) + DECAY * float(weights @ weights)
        chances[rows, right] -= 1.0
        gradient = np.tensordot(chances, evidence, axes=([0, 1], [0, 1])) / len(right)
        return value, gradient.astype(np.float64) + 2 * DECAY * weights

    found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.asarray(found.x, dtype=np.float32)


def softmax(values: Numbers) -> Numbers:
    """Along the last axis."""
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


def _unit(vectors: Numbers) -> Numbers:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
