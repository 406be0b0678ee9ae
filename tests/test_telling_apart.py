"""The judge's second kind of evidence and the guard's second opinion: what tells labels apart that lie side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.discriminator import Directions, Discriminator
from knowledge.encoder import shared_encoder
from knowledge.judge import EVIDENCE, Judge
from knowledge.safety import HARMLESS, AlarmModel, Sentence
from knowledge.wording_model import WordingModel

# Two labels whose questions mean nearly the same to an encoder, told apart by few characters; and one far from both.
ALLOWED = [
    "能不能设资金池",
    "可以设资金池吗",
    "设个资金池行不行",
    "我们想设资金池合规吗",
    "平台设资金池允许吗",
    "资金池能设不",
]
PUNISHED = [
    "设资金池怎么罚",
    "设了资金池会怎样",
    "设资金池什么后果",
    "设资金池被查到怎么处理",
    "平台设资金池会关吗",
    "设资金池罚多少",
]
LEADER = ["谁牵头网贷整治", "网贷归哪个单位管", "P2P是哪家负责", "网贷整治的牵头部门", "哪个局管网贷", "网贷小组谁带头"]
TEXTS = [*ALLOWED, *PUNISHED, *LEADER]
LABELS = ["allowed"] * 6 + ["punished"] * 6 + ["leader"] * 6


def test_what_was_learnt_is_told_apart() -> None:
    vectors, right = shared_encoder().queries(TEXTS), np.repeat([0, 1, 2], 6)
    found = Discriminator.fit(Directions.fit(TEXTS), TEXTS, vectors, right, 3)

    likely = found.log_probabilities(TEXTS, vectors)

    assert likely.shape == (18, 3)
    assert np.allclose(np.exp(likely).sum(axis=1), 1, atol=1e-4)
    assert (likely.argmax(axis=1) == right).all()


def test_learning_twice_gives_the_same(tmp_path: Path) -> None:
    """Running processes and a restored backup must not answer differently."""
    vectors, right = shared_encoder().queries(TEXTS), np.repeat([0, 1, 2], 6)
    first, second = (Discriminator.fit(Directions.fit(TEXTS), TEXTS, vectors, right, 3) for _ in range(2))

    assert np.allclose(first.log_probabilities(TEXTS, vectors), second.log_probabilities(TEXTS, vectors), atol=1e-3)


def test_a_judge_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    encode = shared_encoder().queries
    judge = Judge()
    judge.fit(TEXTS, encode(TEXTS), LABELS, {}, encode, range(len(TEXTS)))
    judge.save(tmp_path / "judge.npz")

    again = Judge.load(tmp_path / "judge.npz")

    asked = ["网贷可以设资金池么", "设资金池要怎么处罚"]
    assert again.discriminator is not None
    assert np.allclose(again.probabilities(asked, encode(asked)), judge.probabilities(asked, encode(asked)), atol=2e-3)


@pytest.mark.parametrize("text", ["我真的不想活了", "今天笑死我了"])
def test_an_alarm_weighs_three_opinions(text: str, tmp_path: Path) -> None:
    danger = ["我不想活了", "活着没意思", "真想一死了之", "不想活了谁都别拦我", "我要跳楼", "准备喝药了"]
    fraud = [
        "让我先交保证金才能提现",
        "客服叫我再转五千解冻",
        "他说交了税就返钱",
        "现在要我交解冻费",
        "叫我刷流水",
        "还要激活费",
    ]
    plain = ["笑死我了", "累死了今天", "这平台死了", "死期存款多少利息", "今天笑死个人", "热死我了"]
    sentences = [Sentence(t, "danger") for t in danger] + [Sentence(t, "fraud_now") for t in fraud]
    sentences += [Sentence(t, HARMLESS) for t in plain]
    encode = shared_encoder().queries
    model = AlarmModel.train(sentences, [], encode, lambda texts: list(range(len(texts))))
    model.save(tmp_path / "guard.npz")

    found = AlarmModel.load(tmp_path / "guard.npz").probabilities([text], encode([text]))[0]

    meaning = np.exp(model.meaning.log_probabilities([text], encode([text])))[0]
    judge = model.judge.probabilities([text], encode([text]))[0]
    mean = np.cbrt(judge * meaning * model.wording.probabilities([text])[0])
    assert np.allclose(found, mean / mean.sum(), atol=1e-4)
    assert model.labels == model.wording.labels
    assert model.labels[int(found.argmax())] == ("danger" if "活" in text else HARMLESS)


def test_characters_that_nobody_has_used_say_nothing() -> None:
    model = WordingModel.fit(["甲乙", "甲乙丙", "丁戊", "丁戊己", "庚辛", "庚辛壬"], ["a", "a", "b", "b", "c", "c"])

    found = model.probabilities(["zzz"])[0]

    assert np.allclose(found, found.mean(), atol=0.1)


def test_kept_in_a_quarter_of_the_width_the_bank_is_as_near_as_before() -> None:
    vectors = shared_encoder().queries(TEXTS)
    judge = Judge()
    judge.fit(TEXTS, vectors, LABELS, {}, shared_encoder().queries, range(len(TEXTS)))
    asked = ["资金池让不让设", "网贷归谁管"]
    asked_vectors = shared_encoder().queries(asked)

    nearest = judge.evidence(asked, asked_vectors)[:, :, EVIDENCE.index("nearest, entry")]

    cosines = asked_vectors @ vectors.T
    exact = [[max(row[n] for n in range(18) if LABELS[n] == label) for label in judge.labels] for row in cosines]
    assert judge.vectors.dtype == np.int8
    assert np.allclose(nearest, exact, atol=2e-3)
