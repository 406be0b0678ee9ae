"""An inverted index of n-grams: which texts hold each, and with what weight.

Numbers are kept as narrow as they may be: rows in 16 bits where there are no more than 65,536 texts, weights as half
floats, columns only where an n-gram stands. That is half of what a sparse matrix of the same takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Numbers = NDArray[np.float32]


class Postings:
    """Products of texts with all texts of a bank, by the n-grams that they share.

    Attributes:
        columns: columns of the n-grams that stand anywhere, ascending.
        starts: where the postings of each begin, and at last where they end.
        rows, weights: of the texts that hold each.
        texts: how many texts there are.
    """

    def __init__(
        self, columns: NDArray[Any], starts: NDArray[Any], rows: NDArray[Any], weights: NDArray[Any], texts: int
    ) -> None:
        self.columns, self.starts, self.rows, self.weights, self.texts = columns, starts, rows, weights, texts

    @classmethod
    def of_texts(cls, vectors: sparse.csr_matrix) -> Postings:
        """Those of the bank's vectors, shape (texts, n-grams)."""
        by_ngram = vectors.T.tocsr()
        held = np.flatnonzero(np.diff(by_ngram.indptr)).astype(np.uint32)
        starts = np.append(by_ngram.indptr[held], by_ngram.indptr[-1]).astype(np.uint32)
        narrow = np.uint16 if vectors.shape[0] <= np.iinfo(np.uint16).max + 1 else np.uint32
        return cls(held, starts, by_ngram.indices.astype(narrow), by_ngram.data.astype(np.float16), vectors.shape[0])

    def products(self, asked: sparse.csr_matrix) -> Numbers:
        """Inner products of vectors, shape (n, n-grams), with all texts, shape (n, texts)."""
        found = np.zeros((asked.shape[0], self.texts), dtype=np.float32)
        for row, (start, end) in enumerate(zip(asked.indptr[:-1], asked.indptr[1:], strict=True)):
            found[row] = self._products(asked.indices[start:end], asked.data[start:end])
        return found

    def _products(self, columns: NDArray[np.int32], values: Numbers) -> NDArray[np.float64]:
        at = np.searchsorted(self.columns, columns)
        known = at < len(self.columns)
        known[known] = self.columns[at[known]] == columns[known]
        spans = [slice(self.starts[n], self.starts[n + 1]) for n in at[known]]
        if not spans:
            return np.zeros(self.texts)
        weights = np.concatenate([self.weights[span] for span in spans]).astype(np.float32)
        weights *= np.repeat(values[known], [span.stop - span.start for span in spans])
        rows = np.concatenate([self.rows[span] for span in spans])
        return np.asarray(np.bincount(rows, weights=weights, minlength=self.texts), dtype=np.float64)

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Its plain arrays, by names that begin so."""
        return {
            f"{name}_columns": self.columns,
            f"{name}_starts": self.starts,
            f"{name}_rows": self.rows,
            f"{name}_weights": self.weights,
        }

    @classmethod
    def of(cls, name: str, stored: Mapping[str, Any], texts: int) -> Postings:
        """Those that ``arrays`` kept."""
        columns, starts, rows, weights = (stored[f"{name}_{part}"] for part in ("columns", "starts", "rows", "weights"))
        return cls(columns, starts, rows, weights, texts)
