"""What the characters of a message say of its label: logistic regression over n-grams, beside the judge's likenesses.

A judge asks what a message is like; this learns which few characters tell two labels apart (没死成 and 笑死), which
the nearest sentence does not show. Source: linear models over character n-grams (Wang and Manning 2012, ACL P12-2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from knowledge.judge import Numbers, softmax
from knowledge.ngrams import CharNgrams

# scikit-learn's C, and by how much unit n-gram vectors are stretched: the better of a few on sentences left out.
STRENGTH, STRETCH = 2.0, 2.0
LONGEST = 4


@dataclass(frozen=True)
class WordingModel:
    """Multinomial logistic regression on tf-idf of character n-grams.

    Attributes:
        coefficients: shape (COLUMNS, labels).
        intercepts: shape (labels,).
    """

    ngrams: CharNgrams
    labels: tuple[str, ...]
    coefficients: Numbers
    intercepts: Numbers

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[str]) -> WordingModel:
        """Train on texts as ``core`` leaves them with one label each; at least three labels."""
        ngrams = CharNgrams(LONGEST, least_texts=2)
        model = LogisticRegression(C=STRENGTH, max_iter=300)
        model.fit(ngrams.fit_transform(texts) * STRETCH, list(labels))
        coefficients = np.ascontiguousarray(model.coef_.T, dtype=np.float32)
        names = tuple(str(label) for label in model.classes_)
        return cls(ngrams, names, coefficients, model.intercept_.astype(np.float32))

    def probabilities(self, texts: Sequence[str]) -> Numbers:
        """Of each label, sorted by name, shape (n, labels)."""
        found = self.ngrams.transform(texts) * STRETCH
        return softmax(np.asarray(found @ self.coefficients + self.intercepts, dtype=np.float32))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that was learnt as plain arrays by name."""
        return {
            "labels": np.array(self.labels),
            **self.ngrams.arrays(),
            "coefficients": self.coefficients,
            "intercepts": self.intercepts,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> WordingModel:
        """A model from its arrays."""
        labels = tuple(str(label) for label in stored["labels"])
        return cls(CharNgrams.of(LONGEST, stored), labels, stored["coefficients"], stored["intercepts"])
