"""The plan as facts: nothing of it left out, nothing added, every word checked against the print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge import entries as entries_module
from knowledge.datafile import DataFileError
from knowledge.documents import Document
from knowledge.entries import OUTSIDE, Entries, load_entries

# Item numbers, marks, and connectives between two norms (并, 和, 以及, 特别是): no norm fits into fewer letters.
LONGEST_GAP = 6
BEFORE_THE_PLAN = ("前言", "文头", "版记", "附件")


@pytest.fixture(scope="module")
def entries(plan: Document) -> Entries:
    return load_entries(plan.clauses)


def gaps(text: str, quotes: list[str]) -> list[str]:
    """What of a text no quotation touches."""
    covered = bytearray(len(text))
    for quote in quotes:
        for match in re.finditer(re.escape(quote), text):
            covered[match.start() : match.end()] = b"\1" * len(quote)
    marked = "".join("\0" if covered[n] else char for n, char in enumerate(text))
    return [re.sub(r"[\W\d_]", "", gap) for gap in marked.split("\0") if gap]


def test_every_sentence_is_a_fact_or_framing_with_a_reason(plan: Document, entries: Entries) -> None:
    quoted: dict[str, list[str]] = {}
    for one in (*entries.facts, *entries.framing):
        quoted.setdefault(one.clause, []).append(one.quote)
    for clause in plan.clauses:
        for sentence in clause.sentences:
            touched = any(quote in sentence.text or sentence.text in quote for quote in quoted.get(clause.id, []))
            heading = clause.path and sentence.text.rstrip("。").endswith(clause.path[-1])
            assert touched or heading, (clause.id, sentence.text)
        left = [gap for gap in gaps(clause.text, quoted.get(clause.id, [])) if len(gap) > LONGEST_GAP]
        left = [gap for gap in left if not any(gap in re.sub(r"\W", "", title) for title in clause.path)]
        assert not left, (clause.id, left)
    assert all(one.reason for one in entries.framing)


def test_there_are_as_many_as_the_plan_has_norms(entries: Entries) -> None:
    assert len(entries.facts) >= 250
    assert len(entries.not_said) >= 120
    assert len(entries.overviews) >= 80


def test_a_conclusion_is_one_short_sentence(entries: Entries) -> None:
    for fact in entries.facts:
        assert fact.conclusion.endswith("。") and fact.conclusion.count("。") == 1, fact.id
        assert len(fact.conclusion) <= 40, fact.id
    long = [fact.id for fact in entries.facts if len(fact.conclusion) > 30]
    assert len(long) <= len(entries.facts) // 5, "most conclusions fit into 30 characters"


def test_a_prohibition_answers_no_and_a_duty_yes(entries: Entries) -> None:
    for fact in entries.facts:
        if fact.modality == "不得" and not fact.unless:
            assert fact.may in ("不可以", "有条件", ""), fact.id
        assert not (fact.modality == "不得" and fact.may == "可以"), fact.id
        assert not (fact.modality == "应当" and fact.must in ("不必", "不应当")), fact.id


def test_what_is_outside_the_plan_says_so(entries: Entries) -> None:
    for entry in entries.not_said:
        assert not entry.outside or entry.outside.startswith(OUTSIDE), entry.id
    assert "2016" in entries.since.general and "12345" in entries.since.general
    assert str(entries.since.date) in entries.since.mark and "供办公室核定" in entries.since.mark


def test_what_is_left_open_promises_nothing(entries: Entries) -> None:
    for entry in entries.not_said:
        for words in ("一定能追回", "保证", "肯定能", "越早越", "全额退还"):
            assert words not in entry.says + entry.ask + entry.outside, entry.id
        for words in entry.sure_not:
            said = entry.says + entry.ask + entry.outside + "".join(only.quote for only in entry.only)
            assert words not in said, (entry.id, words)


def test_a_misquotation_is_refused_with_file_and_clause(
    plan: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    (folder / "facts").mkdir(parents=True)
    for name in ("not_said.yml", "overviews.yml", "reasons.yml", "since_2016.yml"):
        (folder / name).write_text((entries_module.DATA / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "facts" / "one.yml").write_text(
        "facts:\n- {id: a.b, clause: 二（一）1, quote: 可以设立资金池, who: 平台, modality: 可以, what: 资金池, "
        "conclusion: 平台可以设立资金池。, job: policy}\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(entries_module, "DATA", folder)
    with pytest.raises(DataFileError, match=r"one\.yml 第 2 行：引文与方案 二（一）1 的原文不一致：“可以设立资金池”"):
        load_entries(plan.clauses)
