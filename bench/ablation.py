"""What each part of the understanding is worth: ``python -m bench.ablation [FILES]``, first clause right, no server.

Each row leaves one part out, or is one method alone. A contrastive projection (InfoNCE over the question bank; van
den Oord et al. 2018, arXiv:1807.03748) and SetFit's head alone (Tunstall et al. 2022, arXiv:2209.11055, the encoder
frozen) stand for what was tried and not kept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

from bench.comparison import OPEN, PERTURBED
from bench.evaluate import Question, files_of, read_questions
from knowledge import base
from knowledge.base import KnowledgeBase
from knowledge.build import open_knowledge
from knowledge.classifier import TextClassifier
from knowledge.core import core
from knowledge.settings import KnowledgeSettings
from knowledge.text import _slips, normalise

STEPS, TEMPERATURE, RATE = 300, 0.05, 1e-3
Method = Callable[[str], str]


def right(questions: list[Question], method: Method) -> tuple[int, int]:
    """First clauses right over the plain questions, and over the perturbed ones."""
    plain = [q for q in questions if q.file not in PERTURBED]
    twisted = [q for q in questions if q.file in PERTURBED]
    return tuple(sum(method(q.text) in q.clauses for q in some) for some in (plain, twisted))  # type: ignore[return-value]


@contextmanager
def without(*patches: Any) -> Iterator[KnowledgeBase]:
    """A knowledge base of its own, which remembers nothing of the others."""
    for each in patches:
        each.start()
    normalise.cache_clear()
    core.cache_clear()
    yield open_knowledge(KnowledgeSettings())
    for each in patches:
        each.stop()
    normalise.cache_clear()
    core.cache_clear()


def searching(knowledge: KnowledgeBase) -> Method:
    return lambda text: knowledge.search(text, limit=1)[0].clause.id


def nearest(knowledge: KnowledgeBase, projection: Any = None) -> Method:
    """The clause of the nearest question of the bank."""
    clauses = [ids[0] for _, _, ids in knowledge.questions if ids]
    vectors = bank_vectors(knowledge)
    known = vectors if projection is None else projected(vectors, projection)

    def method(text: str) -> str:
        vector = knowledge.encoder.query(core(text))
        asked = vector if projection is None else projected(vector[None, :], projection)[0]
        return clauses[int(np.argmax(known @ asked))]

    return method


def bank_vectors(knowledge: KnowledgeBase) -> Any:
    """Vectors of the bank's questions that a clause answers, in their order."""
    return knowledge.judge.vectors[[bool(ids) for _, _, ids in knowledge.questions]]


def projected(vectors: Any, projection: Any) -> Any:
    found = vectors @ projection
    return found / np.linalg.norm(found, axis=-1, keepdims=True)


def contrastive(knowledge: KnowledgeBase) -> Any:
    """A projection that draws questions of one clause together and pushes the nearest others away; shape (d, d)."""
    clauses = [ids[0] for _, _, ids in knowledge.questions if ids]
    vectors, labels = torch.from_numpy(bank_vectors(knowledge)), np.array(clauses)
    same = torch.from_numpy(labels[:, None] == labels[None, :]) & ~torch.eye(len(labels), dtype=torch.bool)
    torch.manual_seed(0)
    weights = torch.eye(vectors.shape[1], requires_grad=True)
    optimiser = torch.optim.AdamW([weights], lr=RATE)
    for _ in range(STEPS):
        unit = torch.nn.functional.normalize(vectors @ weights, dim=1)
        scores = (unit @ unit.T / TEMPERATURE).masked_fill(torch.eye(len(labels), dtype=torch.bool), -1e9)
        chances = scores.log_softmax(dim=1)
        loss = -(chances.masked_fill(~same, 0).sum(1) / same.sum(1).clamp(min=1)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return weights.detach().numpy()


def head_alone(knowledge: KnowledgeBase) -> Method:
    """Multinomial logistic regression over clauses on the same evidence."""
    asked = [(question, ids[:1]) for question, _, ids in knowledge.questions if ids]
    classifier = TextClassifier()
    classifier.fit([question for question, _ in asked], bank_vectors(knowledge), [ids for _, ids in asked])

    def method(text: str) -> str:
        found = classifier.predict([text], knowledge.encoder.query(core(text))[None, :])[0]
        return str(classifier.labels[int(np.argmax(found))])

    return method


def rows(questions: list[Question]) -> Iterator[tuple[str, int, int]]:
    whole = open_knowledge(KnowledgeSettings())
    yield ("all of it", *right(questions, searching(whole)))
    no_slips = patch.object(_slips(), "mend", lambda text: text)
    no_core = patch.object(base, "core", normalise)
    for name, patches in (
        ("without mending slips of sound and pinyin", [no_slips]),
        ("without leaving courtesies and negations aside", [no_core]),
        ("without either", [no_slips, no_core]),
    ):
        with without(*patches) as knowledge:
            yield (name, *right(questions, searching(knowledge)))
    yield ("nearest bank question alone", *right(questions, nearest(whole)))
    yield ("the same after a contrastive projection", *right(questions, nearest(whole, contrastive(whole))))
    yield ("classifier head over frozen vectors and n-grams alone", *right(questions, head_alone(whole)))


def main() -> None:
    paths = [Path(given) for given in sys.argv[1:]] or [OPEN]
    files = [file for path in paths for file in files_of(path)]
    questions = [q for file in files for q in read_questions(file) if q.clauses and not q.before]
    plain = sum(q.file not in PERTURBED for q in questions)
    for name, of_plain, of_twisted in rows(questions):
        twisted = len(questions) - plain
        print(
            f"{name:<56} {of_plain}/{plain} {of_plain / plain:.3f}   {of_twisted}/{twisted} {of_twisted / twisted:.3f}"
        )


if __name__ == "__main__":
    main()
