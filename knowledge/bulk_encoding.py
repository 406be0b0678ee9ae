"""Vectors of thousands of texts, shared out over the machine's cores: a first start embeds the whole question bank."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from knowledge.encoder import Encoder, Vectors, shared_encoder

# Below this a second process costs more than it saves (it loads the encoder for some three seconds).
WORTH_SHARING = 800
CHUNK = 200


def _encode(name: str, role: str, texts: list[str]) -> Vectors:
    """In a process of its own."""
    encoder = shared_encoder(name)
    return encoder.queries(texts) if role == "q" else encoder.passages(texts)


def encode_all(encoder: Encoder, role: str, texts: list[str]) -> Vectors:
    """Embed texts, shape (n, d).

    Args:
        role: ``q`` for questions, ``p`` for passages.
    """
    workers = min(os.cpu_count() or 1, 8)
    if len(texts) < WORTH_SHARING or workers == 1:
        return encoder.queries(texts) if role == "q" else encoder.passages(texts)
    chunks = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
    context = multiprocessing.get_context("spawn")  # a fork would inherit the threads of the arithmetic libraries
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        found = pool.map(_encode, [encoder.name] * len(chunks), [role] * len(chunks), chunks)
        return np.concatenate(list(found))
