"""What tells the labels apart: a small network over a message's meaning and its characters.

A judge asks what a message is like, its nearest question above all; this learns along which directions neighbouring
labels differ, which no likeness shows. It reads the sentence vector and the strongest directions of the character
n-grams (latent semantic analysis; Deerwester et al. 1990) and is one hidden layer wide, trained with dropout
(Srivastava et al. 2014, JMLR 15) in some seconds, with 16-bit products where the processor has them. Where the encoder
has been taught on most of the questions, it is the judge that decides how far it is believed, by questions that neither
has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits
from torch import nn

from knowledge.e5_engine import fastest
from knowledge.encoder import Vectors
from knowledge.narrowing import narrowed, widened
from knowledge.ngrams import arrays_of, counted_ngrams, restored

Numbers = NDArray[np.float32]

DIRECTIONS, HIDDEN, DROPOUT = 192, 1024, 0.3
EPOCHS, BATCH, RATE, DECAY, SMOOTHING = 15, 512, 2e-3, 1e-6, 0.02
# One that goes on from another learns for a third of the time at half the rate, and is as good.
EPOCHS_ON, RATE_ON = 5, 1e-3
# Unit vectors are stretched by this: else the layers begin too flat.
STRETCH = 6.0
SEED = 0


class Directions:
    """The strongest directions of character n-grams.

    Attributes:
        matrix: what each n-gram adds, shape (n-grams, DIRECTIONS), in 8 bits a number.
        scales: what each of its rows is multiplied by, shape (n-grams,).
    """

    def __init__(self, ngrams: TfidfVectorizer, matrix: NDArray[np.int8], scales: Numbers) -> None:
        self.ngrams, self.matrix, self.scales = ngrams, matrix, scales

    @classmethod
    def fit(cls, texts: Sequence[str]) -> Directions:
        """Find them in texts as ``core`` leaves them."""
        ngrams = counted_ngrams(longest=2, least_texts=3)
        counted = ngrams.fit_transform(texts)
        width = min(DIRECTIONS, counted.shape[1] - 1)
        # However many processors there are the same is learnt: sums in another order turn the directions.
        with threadpool_limits(1):
            found = TruncatedSVD(width, n_iter=2, random_state=SEED).fit(counted)
        return cls(ngrams, *narrowed(found.components_.T))

    def __call__(self, texts: Sequence[str]) -> Numbers:
        """Unit vectors of texts, shape (n, DIRECTIONS)."""
        counted: sparse.csr_matrix = self.ngrams.transform(texts)
        # Of each message only its own rows are needed in 32 bits.
        used = np.unique(counted.indices)
        found = np.asarray(counted[:, used] @ widened(self.matrix[used], self.scales[used]), dtype=np.float32)
        return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9), dtype=np.float32)


@dataclass(frozen=True)
class Discriminator:
    """Layers over [sentence vector ; directions].

    Attributes:
        layers: weights and biases: (inputs, HIDDEN), (HIDDEN,), (HIDDEN, labels), (labels,).
    """

    directions: Directions
    layers: tuple[Numbers, Numbers, Numbers, Numbers]

    @classmethod
    def fit(
        cls, directions: Directions, texts: Sequence[str], vectors: Vectors, right: NDArray[np.int64], labels: int,
        begun: Discriminator | None = None,
    ) -> Discriminator:  # fmt: skip
        """Train on texts with their unit vectors, shape (n, d), and the column of their label each.

        Args:
            begun: what learnt a part of the texts already, to go on from.
        """
        inputs = torch.from_numpy(_inputs(directions, texts, vectors))
        wanted = torch.from_numpy(np.asarray(right, dtype=np.int64))
        chance = torch.Generator().manual_seed(SEED)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            network = nn.Sequential(
                nn.Dropout(DROPOUT), nn.Linear(inputs.shape[1], HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT),
                nn.Linear(HIDDEN, labels),
            )  # fmt: skip
            if begun:
                _begin_with(network, begun.layers)
            _train(network, inputs, wanted, chance, *((EPOCHS_ON, RATE_ON) if begun else (EPOCHS, RATE)))
        _, first, _, _, second = network
        made = [one.detach().numpy().astype(np.float32) for layer in (first, second) for one in layer.parameters()]
        return cls(directions, (np.ascontiguousarray(made[0].T), made[1], np.ascontiguousarray(made[2].T), made[3]))

    def log_probabilities(self, texts: Sequence[str], vectors: Vectors) -> Numbers:
        """Of each label, shape (n, labels)."""
        first, first_bias, second, second_bias = self.layers
        hidden = np.maximum(_inputs(self.directions, texts, vectors) @ first + first_bias, 0)
        found = hidden @ second + second_bias
        found -= found.max(axis=1, keepdims=True)
        return np.asarray(found - np.log(np.exp(found).sum(axis=1, keepdims=True)), dtype=np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that was learnt as plain arrays by name."""
        return {
            **arrays_of(self.directions.ngrams),
            "directions": self.directions.matrix,
            "direction_scales": self.directions.scales,
            **{f"layer_{number}": layer for number, layer in enumerate(self.layers)},
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Discriminator:
        """One from its arrays."""
        ngrams = restored(counted_ngrams(longest=2, least_texts=3), stored)
        directions = Directions(ngrams, stored["directions"], stored["direction_scales"])
        layers = (stored["layer_0"], stored["layer_1"], stored["layer_2"], stored["layer_3"])
        return cls(directions, layers)


def _begin_with(network: nn.Sequential, layers: tuple[Numbers, Numbers, Numbers, Numbers]) -> None:
    with torch.no_grad():
        for parameter, layer in zip(network.parameters(), layers, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(layer.T)))


def _train(
    network: nn.Sequential, inputs: torch.Tensor, wanted: torch.Tensor, chance: torch.Generator, epochs: int,
    rate: float,
) -> None:  # fmt: skip
    optimiser = torch.optim.Adam(network.parameters(), lr=rate, weight_decay=DECAY)
    steps = epochs * -(-len(inputs) // BATCH)
    halved = fastest() == torch.bfloat16
    slower = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda done: max(0.01, 1 - done / steps))
    loss_of = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    network.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs), generator=chance).split(BATCH):
            with torch.autocast("cpu", torch.bfloat16, enabled=halved):
                told = network(inputs[rows])
            loss = loss_of(told.float(), wanted[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            slower.step()


def _inputs(directions: Directions, texts: Sequence[str], vectors: Vectors) -> Numbers:
    both = np.concatenate([vectors, directions(texts)], axis=1)
    return np.asarray(both * STRETCH, dtype=np.float32)
