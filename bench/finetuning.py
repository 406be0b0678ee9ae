"""SetFit, and the encoder fine-tuned on the question bank: what training its weights would be worth.

SetFit (Tunstall et al. 2022, arXiv:2209.11055): pairs of questions of one clause and of different ones, the body
trained so that their cosine is 1 or 0, then a logistic head on its vectors. The other way draws each question to its
clause and to another question of it, all others of the batch pushed away (MultipleNegativesRankingLoss; Henderson et
al. 2017, arXiv:1705.00652). Both train the upper layers only, which is what minutes on two cores allow.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.losses import CosineSimilarityLoss, MultipleNegativesRankingLoss
from sklearn.linear_model import LogisticRegression

from bench.trainable import save_trainable
from knowledge.base import KnowledgeBase
from knowledge.e5_weights import QUERY_PROMPT
from knowledge.query_cleaning import clean_query
from knowledge.question_bank import by_clause

TRAINED_LAYERS = 4
BATCH, RATE = 32, 3e-5


@dataclass
class SetFit:
    """A fine-tuned body with its head.

    Attributes:
        seconds: what training took.
    """

    body: SentenceTransformer
    head: LogisticRegression
    seconds: float

    def best(self, text: str) -> str:
        """The likeliest label of a text."""
        return str(self.head.predict(vectors_of(self.body, [text]))[0])


def vectors_of(body: SentenceTransformer, texts: list[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    found = body.encode(
        [clean_query(text) for text in texts], prompt=QUERY_PROMPT, batch_size=64, show_progress_bar=False
    )
    return np.asarray(found, dtype=np.float32)


def train_setfit(folder: Path, texts: list[str], labels: list[str], pairs_each: int = 6) -> SetFit:
    """Train body and head on labelled texts."""
    started = time.perf_counter()
    body = _body(folder)
    _train(body, CosineSimilarityLoss(body), _pairs(texts, labels, pairs_each))
    head = LogisticRegression(C=20.0, max_iter=500).fit(vectors_of(body, texts), labels)
    return SetFit(body, head, time.perf_counter() - started)


def fine_tuned(folder: Path, knowledge: KnowledgeBase, epochs: int = 2) -> SentenceTransformer:
    """The encoder drawn towards the bank's own notion of what belongs together."""
    body = _body(folder)
    _train(body, MultipleNegativesRankingLoss(body, scale=20.0), _anchored(epochs))
    return body


def _body(folder: Path) -> SentenceTransformer:
    if not (folder / "modules.json").exists():
        save_trainable(folder)
    body = SentenceTransformer(str(folder), device="cpu")
    bert = body[0].auto_model
    for part in (bert.embeddings, *bert.encoder.layer[:-TRAINED_LAYERS]):
        part.requires_grad_(False)
    return body


Batch = tuple[list[list[str]], list[float]]


def _train(body: SentenceTransformer, loss: torch.nn.Module, batches: Iterator[Batch]) -> None:
    torch.manual_seed(0)
    optimiser = torch.optim.AdamW([p for p in body.parameters() if p.requires_grad], lr=RATE)
    body.train()
    for columns, targets in batches:
        features = [body.tokenize([QUERY_PROMPT + clean_query(text) for text in column]) for column in columns]
        value = loss(features, torch.tensor(targets))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
    body.eval()


def _pairs(texts: list[str], labels: list[str], each: int) -> Iterator[Batch]:
    """Batches of pairs, as many of one label as of two."""
    chance = random.Random(0)
    by_label: dict[str, list[str]] = defaultdict(list)
    for text, label in zip(texts, labels, strict=True):
        by_label[label].append(text)
    pairs = []
    for text, label in zip(texts, labels, strict=True):
        others = [other for other in by_label if other != label]
        for _ in range(each // 2):
            pairs.append((text, chance.choice(by_label[label]), 1.0))
            pairs.append((text, chance.choice(by_label[chance.choice(others)]), 0.0))
    chance.shuffle(pairs)
    for start in range(0, len(pairs), BATCH):
        first, second, targets = zip(*pairs[start : start + BATCH], strict=True)
        yield [list(first), list(second)], list(targets)


def _anchored(epochs: int) -> Iterator[Batch]:
    """Batches of (question, another question of its clause), no clause twice in a batch."""
    chance = random.Random(0)
    of_clause: dict[str, list[str]] = defaultdict(list)
    for question, clause in by_clause():
        of_clause[clause].append(question)
    clauses = [clause for clause, asked in of_clause.items() if len(asked) > 1]
    rounds = epochs * sum(len(asked) for asked in of_clause.values()) // BATCH
    for _ in range(rounds):
        weights = [len(of_clause[clause]) for clause in clauses]
        chosen = list(dict.fromkeys(chance.choices(clauses, weights, k=BATCH)))
        pairs = [chance.sample(of_clause[clause], 2) for clause in chosen]
        yield [[a for a, _ in pairs], [b for _, b in pairs]], []
