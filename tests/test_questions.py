"""The measuring questions stay apart from what the assistant learns from, and say what the plan says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.evaluate import Question, read_questions, squeeze
from bench.perturb import perturbed, read
from knowledge.documents import Document
from knowledge.entries import load_entries
from knowledge.question_bank import load_questions
from knowledge.text import normalise

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "bench" / "questions").rglob("*.jsonl"))


def questions() -> list[Question]:
    return [question for path in FILES for question in read_questions(path)]


def test_there_are_enough_of_them() -> None:
    assert len(questions()) >= 1200
    assert {path.parent.parent.name for path in FILES if path.parent.name == "perturbed"} == {"open", "reserved"}


def test_the_perturbed_are_made_from_the_plain_ones() -> None:
    for part in ("open", "reserved"):
        folder = ROOT / "bench" / "questions" / part
        plain = [item for path in sorted(folder.glob("*.jsonl")) for item in read(path)]
        for name, items in perturbed(plain).items():
            assert read(folder / "perturbed" / f"{name}.jsonl") == items


def test_none_of_them_is_trained_on(plan: Document) -> None:
    learnt = {normalise(asked.text) for asked in load_questions(load_entries(plan.clauses))}
    # A bare command (登录, 你好) has one spelling only; it measures nothing and harms nothing.
    both = {question.text for question in questions() if normalise(question.text) in learnt}
    assert all(len(text) <= 7 for text in both), both


def test_what_they_ask_for_is_in_the_clauses_they_name(plan: Document) -> None:
    texts = {clause.id: squeeze(clause.text) for clause in plan.clauses}
    for question in questions():
        for words in question.must:
            named = (*question.clauses, *(clause for some in question.each for clause in some))
            assert any(squeeze(words) in texts[clause] for clause in named), question


def test_the_entries_they_name_exist(plan: Document) -> None:
    entries = load_entries(plan.clauses)
    for question in questions():
        assert all(entries.get(name) for name in question.entries), question


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"kind": "policy", "text": "a"}\n{"kind": "policy"}\n')
    with pytest.raises(ValueError, match=r"x\.jsonl:2: not a question"):
        read_questions(path)
