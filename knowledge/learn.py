"""Turns questions that the office has reviewed into question-bank entries, once their effect has been seen.

The office answers an unanswered question by naming its clause (additions.py): from then on that wording is answered.
Learning goes further: the wording becomes training data, so that others like it are answered too, and could draw
answers from where they belong. So a candidate version is built beside the current one and both are asked the measuring
questions.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge.additions import Addition, Additions
from knowledge.base import KnowledgeBase
from knowledge.build import Say, ensure_built, silent
from knowledge.documents import load_plan
from knowledge.encoder import shared_encoder
from knowledge.entries import load_entries
from knowledge.judge import OUT_OF_SCOPE
from knowledge.question_bank import LEARNED, load_learned, load_questions
from knowledge.settings import KnowledgeSettings


@dataclass(frozen=True)
class Measured:
    """A measuring question: the clauses that are right, none for a question to be declined."""

    text: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Effect:
    """What learning would change.

    Attributes:
        learnt: questions that become bank entries.
        before, after: measuring questions that are right.
        better, worse: those that change.
    """

    learnt: tuple[Addition, ...]
    of: int
    before: int
    after: int
    better: tuple[str, ...]
    worse: tuple[str, ...]


def read_measured(paths: Iterable[Path]) -> list[Measured]:
    """Read question files as ``make eval`` reads them; those that need a conversation or ask twice are left out."""
    files = [file for path in paths for file in (sorted(path.rglob("*.jsonl")) if path.is_dir() else [path])]
    rows = [
        json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    one = [row for row in rows if "before" not in row and "each" not in row]
    asked = [Measured(row["text"], tuple(row["clauses"])) for row in one if row.get("clauses")]
    return asked + [Measured(row["text"], ()) for row in one if row["kind"] == "oos"]


def reviewed(settings: KnowledgeSettings) -> list[Addition]:
    """What the office added and the bank does not have yet."""
    plan = load_plan()
    learned = load_learned((clause.id for clause in plan.clauses), settings.data_dir / LEARNED)
    known = {asked.text for asked in load_questions(load_entries(plan.clauses))}
    known |= {question for entry in learned for question in entry.questions}
    added = Additions(settings.data_dir, shared_encoder(settings.encoder)).all()
    return [addition for addition in added if addition.question not in known]


def effect(settings: KnowledgeSettings, measured: list[Measured], say: Say = silent) -> Effect:
    """Build a candidate with the reviewed questions and ask both versions everything."""
    new = reviewed(settings)
    if not new:
        return Effect((), len(measured), 0, 0, (), ())
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".learning-") as work:
        candidate = settings.model_copy(update={"data_dir": Path(work)})
        shutil.copytree(settings.data_dir / "cache", candidate.data_dir / "cache")
        if (settings.data_dir / "documents").exists():
            shutil.copytree(settings.data_dir / "documents", candidate.data_dir / "documents")
        _write(candidate.data_dir / LEARNED, settings.data_dir / LEARNED, new)
        current = KnowledgeBase(ensure_built(settings, say), settings.encoder)
        current.additions = Additions(candidate.data_dir, current.encoder)  # what was added must not speak for itself
        now = _right(current, measured)
        then = _right(KnowledgeBase(ensure_built(candidate, say), settings.encoder), measured)
    texts = [question.text for question in measured]
    better = tuple(text for text, old, new_ in zip(texts, now, then, strict=True) if new_ and not old)
    worse = tuple(text for text, old, new_ in zip(texts, now, then, strict=True) if old and not new_)
    return Effect(tuple(new), len(texts), sum(now), sum(then), better, worse)


def accept(settings: KnowledgeSettings, learnt: Iterable[Addition]) -> None:
    """Make them entries of the bank; running processes build and train with them at once, others at their start."""
    path = settings.data_dir / LEARNED
    _write(path, path, list(learnt))


def _right(base: KnowledgeBase, measured: list[Measured]) -> list[bool]:
    def is_right(question: Measured) -> bool:
        if not question.clauses:
            return base.choices(question.text)[0].label == OUT_OF_SCOPE
        return base.search(question.text, limit=1)[0].clause.id in question.clauses

    return [is_right(question) for question in measured]


def _write(path: Path, old: Path, new: list[Addition]) -> None:
    """Write the learned entries so far and the new ones, whole or not at all."""
    entries = yaml.safe_load(old.read_text(encoding="utf-8")) if old.exists() else []
    entries += [{"job": one.job, "clauses": [one.clause], "questions": [one.question]} for one in new]
    part = path.with_suffix(".part")
    part.write_text(yaml.safe_dump(entries, allow_unicode=True, sort_keys=False), encoding="utf-8")
    part.rename(path)
