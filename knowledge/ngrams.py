"""Tf-idf of character n-grams, and its plain arrays: what judge, discriminator and guard keep of theirs.

N-grams are hashed to columns (Weinberger et al. 2009, arXiv:0902.2206): a dictionary of the 200,000 that a bank has
takes 40 MiB in each process and is never looked at again. Where each column has a row of weights the columns are
counted out instead (``counted_ngrams``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.preprocessing import normalize

# With so many columns one n-gram in three of a bank shares its own with a rarer one; right answers stay the same.
COLUMNS = 2**19


class CharNgrams:
    """Unit tf-idf vectors of n-grams of one to ``longest`` characters, shape (n, COLUMNS).

    Attributes:
        idf: of each column; 0 where it stands in fewer than ``least_texts`` texts.
    """

    def __init__(self, longest: int, least_texts: int) -> None:
        self._counts = HashingVectorizer(
            analyzer="char", ngram_range=(1, longest), n_features=COLUMNS, alternate_sign=False, norm=None,
            dtype=np.float32,
        )  # fmt: skip
        self._least = least_texts
        self.idf = np.zeros(COLUMNS, dtype=np.float32)

    def fit_transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Learn how rare each n-gram is; the texts' vectors."""
        counts: sparse.csr_matrix = self._counts.transform(texts)
        standing_in = np.bincount(counts.indices, minlength=COLUMNS)
        idf = TfidfTransformer().fit(counts).idf_
        self.idf = np.where(standing_in >= self._least, idf, 0).astype(np.float32)
        return self._weighed(counts)

    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """The texts' vectors."""
        return self._weighed(self._counts.transform(texts))

    def _weighed(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        counts.data = (1 + np.log(counts.data)) * self.idf[counts.indices]
        counts.eliminate_zeros()
        return normalize(counts, copy=False)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it has learnt, by name."""
        return {"idf": self.idf}

    @classmethod
    def of(cls, longest: int, stored: Mapping[str, Any]) -> CharNgrams:
        """It, with what ``arrays`` kept."""
        ngrams = cls(longest, least_texts=1)
        ngrams.idf = stored["idf"]
        return ngrams


def counted_ngrams(longest: int, least_texts: int) -> TfidfVectorizer:
    """The same with one column for each n-gram that stands in at least so many texts, and no other."""
    return TfidfVectorizer(
        analyzer="char", ngram_range=(1, longest), sublinear_tf=True, min_df=least_texts, dtype=np.float32
    )


def arrays_of(ngrams: TfidfVectorizer) -> dict[str, NDArray[Any]]:
    """What ``counted_ngrams`` has learnt, by name."""
    vocabulary = ngrams.vocabulary_
    return {"ngrams": np.array(sorted(vocabulary, key=vocabulary.__getitem__)), "idf": ngrams.idf_}


def restored(ngrams: TfidfVectorizer, stored: Mapping[str, Any]) -> TfidfVectorizer:
    """It, with what ``arrays_of`` kept."""
    ngrams.set_params(vocabulary={ngram: place for place, ngram in enumerate(stored["ngrams"].tolist())})
    ngrams.idf_ = stored["idf"]
    return ngrams
