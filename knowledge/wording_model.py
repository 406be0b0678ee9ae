"""What the characters of a message say of its label: logistic regression over n-grams, beside what it means.

It learns which few characters tell two labels apart (没死成 and 笑死), which what they mean does not show. Source:
linear models over character n-grams (Wang and Manning 2012, ACL P12-2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from knowledge.ngrams import CharNgrams

Numbers = NDArray[np.float32]

# scikit-learn's C, and by how much unit n-gram vectors are stretched: the better of a few on sentences left out.
STRENGTH, STRETCH = 4.0, 2.0
LONGEST = 4
STEPS, SEED = 200, 0
LEAST = 1e-9


@dataclass(frozen=True)
class WordingModel:
    """Logistic regression on tf-idf of character n-grams, each label against the rest: liblinear's dual descent is five
    times as fast on so sparse a matrix as the multinomial one, and as good (Hsieh et al. 2008, ICML).

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
        rows, names = ngrams.fit_transform(texts) * STRETCH, tuple(sorted(set(labels)))
        against = []
        for name in names:
            model = LogisticRegression(C=STRENGTH, solver="liblinear", dual=True, max_iter=STEPS, random_state=SEED)
            against.append(model.fit(rows, np.array([label == name for label in labels])))
        coefficients = np.stack([one.coef_[0] for one in against], axis=1).astype(np.float32)
        return cls(ngrams, names, coefficients, np.array([one.intercept_[0] for one in against], dtype=np.float32))

    def probabilities(self, texts: Sequence[str]) -> Numbers:
        """Of each label, sorted by name, shape (n, labels)."""
        found = self.ngrams.transform(texts) * STRETCH
        alone = expit(np.asarray(found @ self.coefficients + self.intercepts, dtype=np.float32))
        return np.asarray(alone / np.maximum(alone.sum(axis=1, keepdims=True), LEAST), dtype=np.float32)

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
