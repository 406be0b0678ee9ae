"""Kernel ridge regression over few labels: danger, fraud under way, harmless.

The kernel is the sum of a radial kernel on sentence vectors (what words mean) and the inner product of character
n-grams (how they are spelt). Of many texts some are centres and all are what is fitted (Nyström; Williams and Seeger
2001). Leave-one-out predictions come in closed form (Golub, Heath, Wahba 1979): a temperature turns them into
probabilities that mean what they say (Guo et al. 2017, arXiv:1706.04599).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize_scalar
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.core import core
from knowledge.encoder import Vectors

Scores = NDArray[np.float32]

# Chosen on sentences that were left out (docs/understanding.md).
VECTOR_WEIGHT, SHARPNESS, RIDGE = 2.0, 4.0, 0.2
MOST_CENTRES, JITTER = 4000, 1e-3


class KernelRidge:
    """Scores every label for a message."""

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.temperature = 10.0
        self.ngrams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32)

    def fit(
        self, texts: Sequence[str], vectors: Vectors, labels: Sequence[str], trusted: Sequence[int] | None = None
    ) -> Scores:
        """Train on texts with unit vectors, shape (n, d), and one label each.

        Args:
            trusted: rows of the texts that the encoder was not taught on, by which probabilities are set; None for all.

        Returns:
            Leave-one-out scores, shape (n, labels).
        """
        self.labels = sorted(set(labels))
        columns = {label: column for column, label in enumerate(self.labels)}
        right = np.array([columns[label] for label in labels])
        words = self.ngrams.fit_transform([core(text) for text in texts]).tocsr()
        centres = _centres(right)
        self.vectors, self.words = vectors[centres].astype(np.float32), words[centres]
        lower = self._kernel(self.vectors, self.words)
        lower[np.diag_indices_from(lower)] += JITTER
        lower = cholesky(lower, lower=True, overwrite_a=True, check_finite=False)
        known = self._kernel(vectors.astype(np.float32), words).T
        known = solve_triangular(lower, known, lower=True, overwrite_b=True, check_finite=False)
        gram = known @ known.T
        gram[np.diag_indices_from(gram)] += RIDGE
        solved = cho_solve(cho_factor(gram, overwrite_a=True, check_finite=False), known, check_finite=False)
        wanted = sparse.csr_matrix((np.ones(len(right), np.float32), (np.arange(len(right)), right)))
        coefficients = np.asarray(wanted.T @ solved.T, dtype=np.float32).T
        leverage = np.einsum("mn,mn->n", solved, known)
        unseen: Scores = known.T @ coefficients
        unseen[np.arange(len(right)), right] -= leverage
        unseen /= (1.0 - leverage)[:, None]
        weights = solve_triangular(lower, coefficients, lower=True, trans=1, check_finite=False)
        self.weights = np.ascontiguousarray(weights, dtype=np.float32)
        rows = np.arange(len(right)) if trusted is None else np.array(trusted)
        self.temperature = _temperature(unseen[rows], right[rows])
        return unseen

    def _kernel(self, vectors: Vectors, words: sparse.csr_matrix) -> Scores:
        near = vectors @ self.vectors.T
        np.subtract(near, 1.0, out=near)
        near *= SHARPNESS
        np.exp(near, out=near)
        near *= VECTOR_WEIGHT
        near += (words @ self.words.T).toarray()
        return np.asarray(near, dtype=np.float32)

    def scores(self, texts: Sequence[str], vectors: Vectors) -> Scores:
        """Scores of messages with their vectors, shape (n, labels)."""
        words = self.ngrams.transform([core(text) for text in texts])
        return np.asarray(self._kernel(vectors.astype(np.float32), words) @ self.weights, dtype=np.float32)

    def spelling_scores(self, texts: Sequence[str]) -> Scores:
        """What the spelling alone says of each label, shape (n, labels): cheap, for choosing what is worth encoding."""
        words = self.ngrams.transform([core(text) for text in texts])
        return np.asarray((words @ self.words.T).toarray() @ self.weights, dtype=np.float32)

    def probabilities(self, scores: Scores) -> Scores:
        """Scores as probabilities, shape (n, labels)."""
        return softmax(scores * self.temperature)

    def save(self, path: Path) -> None:
        """Write plain arrays: the file is data, and loading it runs no code of its own."""
        ngrams = sorted(self.ngrams.vocabulary_, key=self.ngrams.vocabulary_.__getitem__)
        with path.open("wb") as file:
            np.savez(
                file,
                labels=np.array(self.labels),
                temperature=self.temperature,
                vectors=self.vectors,
                weights=self.weights,
                ngrams=np.array(ngrams),
                idf=self.ngrams.idf_,
                words=self.words.data,
                indices=self.words.indices,
                indptr=self.words.indptr,
            )

    @classmethod
    def load(cls, path: Path) -> KernelRidge:
        """Read what ``save`` wrote."""
        found = cls()
        with np.load(path, allow_pickle=False) as stored:
            found.labels = [str(label) for label in stored["labels"]]
            found.temperature = float(stored["temperature"])
            found.vectors, found.weights = stored["vectors"], stored["weights"]
            vocabulary = {ngram: place for place, ngram in enumerate(stored["ngrams"].tolist())}
            found.ngrams.set_params(vocabulary=vocabulary)
            found.ngrams.idf_ = stored["idf"]
            shape = (len(found.vectors), len(vocabulary))
            found.words = sparse.csr_matrix((stored["words"], stored["indices"], stored["indptr"]), shape=shape)
        return found


def _centres(right: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the questions that are centres: of every label as many as of any other, as far as it has them."""
    if len(right) <= MOST_CENTRES:
        return np.arange(len(right))
    seen: dict[int, int] = {}
    turn = np.empty(len(right))
    for row in np.random.default_rng(0).permutation(len(right)):
        turn[row] = seen.get(right[row], 0)
        seen[right[row]] = seen.get(right[row], 0) + 1
    return np.sort(np.argsort(turn, kind="stable")[:MOST_CENTRES])


def softmax(values: Scores) -> Scores:
    """Along the last axis."""
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


def _temperature(unseen: Scores, right: NDArray[np.int64]) -> float:
    """The factor for which unseen questions are likeliest."""

    def loss(log_factor: float) -> float:
        found = softmax(unseen * np.float32(np.exp(log_factor)))
        return -float(np.log(found[np.arange(len(right)), right] + 1e-9).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(0.0, 5.0), method="bounded").x))
