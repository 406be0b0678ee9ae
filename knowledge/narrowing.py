"""Numbers kept in 8 bits each with a scale a row: a quarter of the memory, for what each turn reads a part of."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

MOST_LEVEL = 127
Numbers = NDArray[np.float32]
Narrow = tuple[NDArray[np.int8], Numbers]


def narrowed(rows: NDArray[np.floating[Any]]) -> Narrow:
    """Rows in 8 bits a number, shape (n, d), and what to multiply each by, shape (n,).

    Of unit vectors a cosine changes by less than 0.002.
    """
    scales = np.maximum(np.abs(rows).max(axis=1), 1e-9).astype(np.float32) / MOST_LEVEL
    return np.round(rows / scales[:, None]).astype(np.int8), scales


def widened(levels: NDArray[np.int8], scales: Numbers) -> Numbers:
    """The rows again, 32 bits a number."""
    return np.asarray(levels.astype(np.float32) * scales[:, None], dtype=np.float32)


# Steps of the second part of a number within one of the first: half a step to either side is rounded.
FINE = 2 * MOST_LEVEL


def products(levels: NDArray[np.int8], scales: Numbers, vectors: Numbers) -> Numbers:
    """Inner products of vectors, shape (n, d), with rows kept in 8 bits, shape (n, rows).

    The vectors are taken in two parts of 8 bits each, so that whole numbers are multiplied (four times as fast here as
    widening the rows) and the products are those of 16 bits: within 1e-5 for unit vectors.
    """
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9) / MOST_LEVEL
    coarse = np.round(vectors / largest)
    fine = np.round((vectors / largest - coarse) * FINE)
    both = np.concatenate([coarse, fine]).astype(np.int8)
    # numpy's memory: torch asks for aligned pieces, between which the heap grows for ever.
    found = np.empty((len(levels), len(both)), dtype=np.int32)
    torch._int_mm(torch.from_numpy(levels), torch.from_numpy(both).T, out=torch.from_numpy(found))
    n = len(vectors)
    whole = found[:, :n].T + found[:, n:].T / np.float32(FINE)
    return np.asarray(whole * largest * scales, dtype=np.float32)
