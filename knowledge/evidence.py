"""What speaks for an entry besides the questions asked of it: its own words, and names it shares with a question.

The judge's scores know only the bank. A question about 第三方支付 that is put like one about P2P is told from it by the
name alone; one that nobody has put before is found by the entry's own words. The weights are fitted on leave-one-out
scores, so that they say what each piece of evidence is worth for a question that is not in the bank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from knowledge.directory import Directory
from knowledge.encoder import Vectors
from knowledge.entries import Entry, Fact, NotSaid

Numbers = NDArray[np.float32]

# Kinds of names that are compared: the same one in both, or another of its kind.
KINDS = ("sector", "trade", "unit", "person", "step")
COLUMNS = 1 + 2 * len(KINDS) + 3
LISTED = 5
# Questions that are enough for so few weights.
FITTED_ON = 3000


@dataclass(frozen=True)
class Profile:
    """What an entry is by itself; empty for what is no entry.

    Attributes:
        text: its own words.
        names: directory names in them, as ``kind:id``.
    """

    text: str = ""
    names: frozenset[str] = frozenset()


def names_in(directory: Directory, text: str) -> frozenset[str]:
    """Names of the directory in a text, as ``kind:id``."""
    return frozenset(f"{mention.kind}:{mention.id}" for mention in directory.mentions(text))


def profile(entry: Entry | None, directory: Directory) -> Profile:
    """An entry's own words and names."""
    if entry is None:
        return Profile()
    if isinstance(entry, Fact):
        text = f"{entry.who}{entry.what}。{entry.conclusion}"
        led = {f"sector:{entry.lead}", f"trade:{entry.lead}"} if entry.lead else set[str]()
        return Profile(text, names_in(directory, text + entry.quote) | led)
    if isinstance(entry, NotSaid):
        return Profile(f"{entry.topic}。{entry.says}", names_in(directory, entry.topic + entry.says))
    listed = "；".join(item.text for item in entry.items[:LISTED])
    return Profile(f"{entry.topic}。{entry.says}{listed}", names_in(directory, entry.topic + entry.says))


class Evidence:
    """The profiles of all labels as matrices.

    Attributes:
        vectors: of their words, shape (labels, d); zero for what is no entry.
        words: their n-grams, shape (labels, n-grams).
        names: shape (labels, names).
        weights: of the columns of ``features``.
    """

    def __init__(self, vectors: Numbers, words: sparse.csr_matrix, names: Numbers, known: list[str]) -> None:
        self.vectors, self.words, self.names, self.known = vectors, words, names, known
        self._column = {name: column for column, name in enumerate(known)}
        self._kind = np.array([KINDS.index(name.split(":")[0]) for name in known], dtype=int)
        self._entry = np.asarray(np.abs(vectors).sum(axis=1) > 0, dtype=np.float32)
        self.weights: Numbers = np.zeros(COLUMNS, dtype=np.float32)

    @classmethod
    def of(cls, profiles: Sequence[Profile], vectors: Vectors, words: sparse.csr_matrix) -> Evidence:
        """Lay profiles out; vectors of their words, shape (labels, d)."""
        known = sorted({name for one in profiles for name in one.names if name.split(":")[0] in KINDS})
        column = {name: n for n, name in enumerate(known)}
        names = np.zeros((len(profiles), len(known)), dtype=np.float32)
        for row, one in enumerate(profiles):
            names[row, [column[name] for name in one.names if name in column]] = 1.0
        is_entry = np.array([[bool(one.text)] for one in profiles])
        return cls(np.where(is_entry, vectors, 0.0).astype(np.float32), words, names, known)

    def features(
        self, scores: Numbers, vectors: Vectors, words: sparse.csr_matrix, names: Sequence[frozenset[str]]
    ) -> Numbers:
        """Everything that speaks for each label, shape (n, labels, COLUMNS)."""
        asked = np.zeros((len(names), len(self.known)), dtype=np.float32)
        for row, found in enumerate(names):
            asked[row, [self._column[name] for name in found if name in self._column]] = 1.0
        columns = [scores]
        for kind in range(len(KINDS)):
            of_kind = self._kind == kind
            question, entry = asked[:, of_kind], self.names[:, of_kind]
            shared = (question @ entry.T > 0).astype(np.float32)
            named = np.outer(question.sum(axis=1) > 0, entry.sum(axis=1) > 0)
            columns += [shared, (named & (shared == 0)).astype(np.float32)]
        columns.append(np.asarray(vectors @ self.vectors.T, dtype=np.float32))
        columns.append(np.asarray((words @ self.words.T).toarray(), dtype=np.float32) * self._entry)
        columns.append(np.broadcast_to(self._entry, scores.shape))
        return np.stack(columns, axis=-1)

    def fit(self, features: Numbers, right: NDArray[np.int64], start: float) -> None:
        """Find the weights under which unseen questions are likeliest.

        Args:
            features: of questions left out, shape (n, labels, COLUMNS).
            right: the column of each one's label.
            start: first guess for the weight of the scores.
        """
        rows = np.arange(len(right))

        def loss(weights: Any) -> tuple[float, Any]:
            logits = features @ weights.astype(np.float32)
            logits -= logits.max(axis=1, keepdims=True)
            chances = np.exp(logits)
            chances /= chances.sum(axis=1, keepdims=True)
            value = -float(np.log(chances[rows, right] + 1e-9).mean())
            chances[rows, right] -= 1.0
            gradient = np.einsum("nl,nlc->c", chances, features, optimize=True) / len(right)
            return value, gradient.astype(np.float64)

        first = np.zeros(features.shape[-1])
        first[0] = start
        found = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": 60})
        self.weights = found.x.astype(np.float32)

    def arrays(self) -> dict[str, Any]:
        """What a file must keep of it."""
        return {
            "profile_vectors": self.vectors,
            "profile_words": self.words.data,
            "profile_indices": self.words.indices,
            "profile_indptr": self.words.indptr,
            "profile_names": self.names,
            "names": np.array(self.known),
            "weights_of_evidence": self.weights,
        }

    @classmethod
    def from_arrays(cls, stored: Any, ngrams: int) -> Evidence:
        """Read what ``arrays`` gave."""
        parts = (stored["profile_words"], stored["profile_indices"], stored["profile_indptr"])
        names = stored["profile_names"]
        words = sparse.csr_matrix(parts, shape=(len(names), ngrams))
        evidence = cls(stored["profile_vectors"], words, names, [str(name) for name in stored["names"]])
        evidence.weights = stored["weights_of_evidence"]
        return evidence
