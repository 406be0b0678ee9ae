"""Whether an answer begins with 对 or 不对, 可以 or 不可以: learnt from question and norm together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.datafile import DataFileError
from knowledge.directory import load_directory
from knowledge.documents import load_plan
from knowledge.entries import Entries, load_entries
from knowledge.question_bank import load_questions
from knowledge.verdicts import VERDICTS, Labelled, VerdictModel, load_verdicts


@pytest.fixture(scope="module")
def entries() -> Entries:
    return load_entries(load_plan().clauses)


@pytest.fixture(scope="module")
def labelled(entries: Entries) -> list[Labelled]:
    return load_verdicts(load_questions(entries), entries)


def test_what_other_hands_asked_is_judged_better_than_by_its_form(labelled: list[Labelled]) -> None:
    directory = load_directory(load_plan().clauses)
    learnt = [one for row, one in enumerate(labelled) if row % 4]
    held = [one for row, one in enumerate(labelled) if row % 4 == 0][::4]
    model = VerdictModel.fit(directory, learnt)
    judged = [(model.probabilities(one.text, one.fact), one.verdict) for one in held]
    sure = [(VERDICTS[int(chances.argmax())], right) for chances, right in judged if chances.max() >= 0.75]
    assert len(sure) >= len(held) / 2
    assert np.mean([found == right for found, right in sure]) >= 0.85


def test_it_is_read_from_its_file_as_it_was_written(labelled: list[Labelled], tmp_path: Path) -> None:
    directory = load_directory(load_plan().clauses)
    model = VerdictModel.fit(directory, labelled[::20])
    model.save(tmp_path / "verdicts.npz")
    again = VerdictModel.load(tmp_path / "verdicts.npz", directory)
    for one in labelled[1:400:20]:
        assert np.allclose(model.probabilities(one.text, one.fact), again.probabilities(one.text, one.fact), atol=1e-5)


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("对:\n- 这句话题库里没有吧\n", "第 2 行：题库里没有“这句话题库里没有吧”"),
        ("也许:\n- 这句话题库里没有吧\n", "第 1 行：“也许”不是对"),
        ("对: 不是清单\n", "verdicts.yml 第 1 行：“对”应当是列表"),
    ],
)
def test_a_mistake_in_the_data_is_named(
    written: str, wrong: str, entries: Entries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "verdicts").mkdir()
    (tmp_path / "verdicts" / "verdicts.yml").write_text(written, encoding="utf-8")
    monkeypatch.setattr("knowledge.verdicts.DATA", tmp_path)
    with pytest.raises(DataFileError, match=wrong):
        load_verdicts(load_questions(entries), entries)
