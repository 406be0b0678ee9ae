"""Reviewed questions become training data only after their effect was seen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from knowledge import learn as learning
from knowledge.__main__ import main
from knowledge.additions import Addition
from knowledge.build import ensure_built, source_hash
from knowledge.documents import Document
from knowledge.learn import accept, reviewed
from knowledge.question_bank import LEARNED, load_learned
from knowledge.settings import KnowledgeSettings


@pytest.fixture
def folder(settings: KnowledgeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with the knowledge that is built already."""
    shutil.copytree(settings.data_dir / "cache", tmp_path / "cache")
    shutil.copytree(settings.data_dir / "knowledge", tmp_path / "knowledge", symlinks=True)
    monkeypatch.setenv("ASSISTANT_DATA_DIR", str(tmp_path))
    return tmp_path


def review(folder: Path, question: str, clause: str, job: str) -> None:
    with (folder / "added_questions.jsonl").open("a") as file:
        file.write(json.dumps({"question": question, "clause": clause, "job": job}, ensure_ascii=False) + "\n")


def test_what_gets_worse_is_named_and_nothing_is_accepted(
    folder: Path, settings: KnowledgeSettings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A candidate takes a minute to build: what both versions answer is given here, what follows from it is tested.
    found = iter([[True, True, False], [True, False, True]])
    built = ensure_built(settings)
    monkeypatch.setattr(learning, "ensure_built", lambda *_: built)
    monkeypatch.setattr(learning, "_right", lambda *_: next(found))
    asked = folder / "asked.jsonl"
    rows = [
        {"kind": "policy", "text": "薅羊毛式拉新管不管", "clauses": ["四（一）4"]},
        {"kind": "duty", "text": "P2P谁牵头", "clauses": ["三（二）3"]},
        {"kind": "oos", "text": "今天天气怎么样"},
    ]
    asked.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    learn = ["learn", "--questions", str(asked)]

    assert main(learn) == 0
    assert "没有新的已审核问题" in capsys.readouterr().out

    review(folder, "平台薅羊毛式地拉新客户违规吗", "四（一）4", "policy")
    for question in ("P2P是谁牵头", "P2P由谁牵头", "p2p的牵头方", "P2P哪家牵头的", "网贷谁牵头的"):
        review(folder, question, "二（四）", "duty")
    assert main([*learn, "--accept"]) == 1
    told = capsys.readouterr()
    assert "将学习 6 个问题" in told.out and "评测 3 题" in told.out
    assert "首条正确：2 → 2" in told.out and "变对：今天天气怎么样" in told.out
    assert "变错：P2P谁牵头" in told.out and "没有采用" in told.err
    assert not (folder / LEARNED).exists()


def test_what_is_accepted_is_part_of_the_bank(folder: Path, plan: Document) -> None:
    settings = KnowledgeSettings(data_dir=folder)
    before = source_hash(settings)
    accept(settings, [Addition("平台薅羊毛式地拉新客户违规吗", "四（一）4", "policy")])
    accept(settings, [Addition("发红包拉人头算补贴吗", "四（一）4", "policy")])
    learnt = load_learned((clause.id for clause in plan.clauses), folder / LEARNED)
    assert [entry.questions for entry in learnt] == [["平台薅羊毛式地拉新客户违规吗"], ["发红包拉人头算补贴吗"]]
    assert source_hash(settings) != before  # the next start builds and trains anew
    assert reviewed(settings) == []
