"""One decision over the same evidence: which entry answers a message, which procedure it begins, or neither.

Kernel ridge regression over the question bank, one output a label: entries of ``entries.py``, ``intent.NAME`` for
procedures and small talk, ``intent.out_of_scope``. The kernel is the sum of a radial kernel on sentence vectors (what
words mean) and the inner product of character n-grams (how they are spelt). Its leave-one-out predictions come in
closed form (Golub, Heath, Wahba 1979), so what is fitted on top never sees a question through a model that knew it:
a temperature turns scores into probabilities that mean what they say (Guo et al. 2017, arXiv:1706.04599).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack
from scipy.optimize import minimize_scalar
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.core import core
from knowledge.encoder import Vectors
from knowledge.evidence import FITTED_ON, Evidence, Profile

INTENT = "intent."
OUT_OF_SCOPE = f"{INTENT}out_of_scope"
Scores = NDArray[np.float32]

# Chosen on questions of hands that wrote nothing in the bank (docs/understanding.md).
VECTOR_WEIGHT, SHARPNESS, RIDGE = 2.0, 4.0, 0.2


@dataclass(frozen=True)
class Choice:
    """A label with its probability."""

    label: str
    probability: float

    @property
    def intent(self) -> str | None:
        """The procedure or small talk that it is, if it is no entry."""
        return self.label.removeprefix(INTENT) if self.label.startswith(INTENT) else None


class Judge:
    """Scores every label for a message."""

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.temperature = 10.0
        self.evidence: Evidence | None = None
        self.ngrams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32)

    def fit(self, texts: Sequence[str], vectors: Vectors, labels: Sequence[str]) -> Scores:
        """Train on texts with unit vectors, shape (n, d), and one label each.

        Returns:
            Leave-one-out scores, shape (n, labels).
        """
        self.labels = sorted(set(labels))
        columns = {label: column for column, label in enumerate(self.labels)}
        right = np.array([columns[label] for label in labels])
        self.vectors = vectors.astype(np.float32)
        self.words = self.ngrams.fit_transform([core(text) for text in texts]).tocsr()
        kernel = self._kernel(self.vectors, self.words)
        kernel[np.diag_indices_from(kernel)] += RIDGE
        inverse = _inverse(kernel)
        wanted = np.zeros((len(texts), len(self.labels)), dtype=np.float32)
        wanted[np.arange(len(texts)), right] = 1.0
        self.weights = (inverse @ wanted).astype(np.float32)
        unseen: Scores = wanted - self.weights / np.diag(inverse)[:, None]
        self.temperature = _temperature(unseen, right)
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

    def weigh(
        self, texts: Sequence[str], labels: Sequence[str], unseen: Scores, profiles: Mapping[str, Profile],
        encode: Callable[[list[str]], Vectors], names: Callable[[str], frozenset[str]],
    ) -> None:  # fmt: skip
        """Fit how much an entry's own words and names count beside the scores.

        Args:
            texts: the questions that the judge was trained on, with their labels.
            unseen: their leave-one-out scores, as ``fit`` gave them.
            profiles: by label; what is no entry has none.
            encode: makes vectors of questions.
            names: the directory's names in a text.
        """
        known = [profiles.get(label, Profile()) for label in self.labels]
        described = [one.text or "无" for one in known]
        words = self.ngrams.transform([core(text) for text in described]).tocsr()
        self.evidence = Evidence.of(known, encode(described), words)
        chosen = np.arange(len(texts))[:: max(1, -(-len(texts) // FITTED_ON))]
        some = [texts[row] for row in chosen]
        asked = self.ngrams.transform([core(text) for text in some])
        found = [names(core(text)) for text in some]
        features = self.evidence.features(unseen[chosen], self.vectors[chosen], asked, found)
        columns = {label: column for column, label in enumerate(self.labels)}
        right = np.array([columns[labels[row]] for row in chosen])
        self.evidence.fit(features, right, self.temperature)

    def spelling_scores(self, texts: Sequence[str]) -> Scores:
        """What the spelling alone says of each label, shape (n, labels): cheap, for choosing what is worth encoding."""
        words = self.ngrams.transform([core(text) for text in texts])
        return np.asarray((words @ self.words.T).toarray() @ self.weights, dtype=np.float32)

    def probabilities(self, scores: Scores) -> Scores:
        """Scores as probabilities, shape (n, labels)."""
        return softmax(scores * self.temperature)

    def ranked(self, text: str, vector: Vectors, names: frozenset[str] = frozenset()) -> list[Choice]:
        """Every label for one message with its vector and the directory's names in it, the likeliest first."""
        scores = self.scores([text], vector[None, :])
        if self.evidence is None:
            found = self.probabilities(scores)[0]
        else:
            words = self.ngrams.transform([core(text)])
            features = self.evidence.features(scores, vector[None, :], words, [names])
            found = softmax(features @ self.evidence.weights)[0]
        order = np.argsort(-found)
        return [Choice(self.labels[n], float(found[n])) for n in order]

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
                **(self.evidence.arrays() if self.evidence else {}),
            )

    @classmethod
    def load(cls, path: Path) -> Judge:
        """Read what ``save`` wrote."""
        judge = cls()
        with np.load(path, allow_pickle=False) as stored:
            judge.labels = [str(label) for label in stored["labels"]]
            judge.temperature = float(stored["temperature"])
            judge.vectors, judge.weights = stored["vectors"], stored["weights"]
            vocabulary = {ngram: place for place, ngram in enumerate(stored["ngrams"].tolist())}
            judge.ngrams.set_params(vocabulary=vocabulary)
            judge.ngrams.idf_ = stored["idf"]
            shape = (len(judge.vectors), len(vocabulary))
            judge.words = sparse.csr_matrix((stored["words"], stored["indices"], stored["indptr"]), shape=shape)
            if "names" in stored:
                judge.evidence = Evidence.from_arrays(stored, len(vocabulary))
        return judge


def _inverse(matrix: Scores) -> Scores:
    """The inverse of a symmetric positive definite matrix, in half the time of a general one; the matrix is lost."""
    factor, failed = lapack.spotrf(matrix.T, lower=1, overwrite_a=1)
    if failed:
        raise ValueError(f"the kernel is not positive definite (LAPACK {failed})")
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    lower: Scores = np.tril(inverse)
    lower += np.tril(inverse, -1).T
    return lower


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
