"""First-clause accuracy of the search beside the plain methods it is made of, without a server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.evaluate import Question, read_questions
from knowledge.base import KnowledgeBase
from knowledge.shared import shared_knowledge
from knowledge.text import normalise

ANSWERS = Path(__file__).parent / "questions" / "open" / "answers.jsonl"
# Cosines differ by about 0.1 between right and wrong, BM25 per word by about 1: equal say for both.
FUSION = 10.0
Method = Callable[[str], str]


def clause_accuracy() -> dict[str, str]:
    """Accuracy of each method, as text by kind."""
    knowledge = shared_knowledge()
    questions = [question for question in read_questions(ANSWERS) if question.clauses]
    return {name: by_kind(questions, method) for name, method in methods(knowledge).items()}


def by_kind(questions: list[Question], method: Method) -> str:
    marks: dict[str, list[bool]] = defaultdict(list)
    for question in questions:
        marks[question.kind].append(method(question.text) in question.clauses)
        marks["all"].append(marks[question.kind][-1])
    return "  ".join(f"{kind} {sum(m)}/{len(m)} = {sum(m) / len(m):.3f}" for kind, m in sorted(marks.items()))


def methods(knowledge: KnowledgeBase) -> dict[str, Method]:
    ids = [clause.id for clause in knowledge.plan.clauses]
    index = knowledge.index

    def best_of(
        scores: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        found = np.full(len(ids), -np.inf)
        np.maximum.at(found, index.owners, scores)
        return found

    def words(text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return best_of(index.lexical(normalise(text))[0])

    def vectors(text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        vector = knowledge.encoder.query(normalise(text))
        return best_of(np.asarray(index.vectors[: len(index.owners)] @ vector, dtype=np.float32))

    return {
        "BM25": lambda text: ids[int(np.argmax(words(text)))],
        "encoder alone": lambda text: ids[int(np.argmax(vectors(text)))],
        "plain fusion": lambda text: ids[int(np.argmax(words(text) + FUSION * vectors(text)))],
        "ours (search)": lambda text: knowledge.search(text)[0].clause.id,
    }
