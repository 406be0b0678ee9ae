"""Tf-idf of character n-grams, and its plain arrays: what judge, discriminator and guard keep of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer


def char_ngrams(longest: int, least_texts: int) -> TfidfVectorizer:
    """N-grams of one to so many characters that stand in at least so many texts."""
    return TfidfVectorizer(
        analyzer="char", ngram_range=(1, longest), sublinear_tf=True, min_df=least_texts, dtype=np.float32
    )


def arrays_of(ngrams: TfidfVectorizer) -> dict[str, NDArray[Any]]:
    """What it has learnt, by name."""
    vocabulary = ngrams.vocabulary_
    return {"ngrams": np.array(sorted(vocabulary, key=vocabulary.__getitem__)), "idf": ngrams.idf_}


def restored(ngrams: TfidfVectorizer, stored: Mapping[str, Any]) -> TfidfVectorizer:
    """It, with what ``arrays_of`` kept."""
    ngrams.set_params(vocabulary={ngram: place for place, ngram in enumerate(stored["ngrams"].tolist())})
    ngrams.idf_ = stored["idf"]
    return ngrams
