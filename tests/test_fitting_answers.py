"""Of what is about the same thing, that which the form of the question wants is said first."""

from __future__ import annotations

import pytest

from knowledge.base import KnowledgeBase
from knowledge.documents import load_plan
from knowledge.entries import load_entries
from knowledge.multi_question import split_questions
from tests.conftest import Say


def test_every_reason_stands_in_the_plan_and_belongs_to_a_norm() -> None:
    entries = load_entries(load_plan().clauses)
    assert len(entries.reasons) >= 25
    for reason in entries.reasons:
        assert any(reason.is_of(fact.id) for fact in entries.facts), reason.says


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("备付金为什么不给利息", "吃利差"),
        ("为啥要按经营数额的比例来处罚", "提高违法成本"),
        ("为什么让县里做摸底排查", "靠近基层一线"),
        ("跨区域平台的摸排信息为啥要上报", "互通汇总"),
        ("为什么集团要建防火墙", "防范风险交叉传染"),
    ],
)
def test_why_is_answered_with_the_reason_first(say: Say, question: str, reason: str) -> None:
    assert reason in say(question)["text"].splitlines()[0]


def test_a_norm_without_a_stated_reason_is_said_to_have_none(say: Say) -> None:
    first, second = say("为什么不准搞首付贷")["text"].splitlines()[:2]
    assert "没有单独说明" in first
    assert "严禁各类机构开展" in second


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("摸底排查从哪一天起算", "没有写从哪天开始"),
        ("长效机制要在哪一年建成", "没有写明"),
        ("失信信息要公示多长时间", "方案没有规定"),
    ],
)
def test_a_day_or_number_that_the_plan_does_not_set_is_said_to_be_open(say: Say, question: str, first: str) -> None:
    assert first in say(question)["text"].splitlines()[0]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("没有金融资质的公司能给金融业务打广告吗", "未取得相关金融业务资质"),
        ("有相关金融资质的公司做房地产金融有什么要求", "取得相关金融资质的"),
    ],
)
def test_those_with_a_licence_and_those_without_are_told_apart(say: Say, question: str, words: str) -> None:
    assert words in say(question)["text"]


def test_what_is_asked_of_each_is_answered_for_each(say: Say, knowledge: KnowledgeBase) -> None:
    parts = split_questions(knowledge, "清理整顿和验收总结分别什么时候截止")
    assert [knowledge.search(part.text)[0].clause.id for part in parts] == ["四（二）2", "四（二）4"]
    reply = say("非银行支付和互联网保险各归谁牵头")["text"]
    assert "人民银行洛阳市中心支行" in reply
    assert "市保险业协会" in reply


@pytest.mark.parametrize(
    "message",
    [
        "几个部门认定不一样的产品，最后听谁的",
        "平台没几个月就做得老大，要向谁报告",
    ],
)
def test_one_question_with_a_story_before_it_is_not_taken_apart(knowledge: KnowledgeBase, message: str) -> None:
    assert split_questions(knowledge, message) == []


@pytest.mark.parametrize(
    ("message", "job"),
    [
        ("公司要做自查，这上面可以填吗", "self_check"),
        ("企业自查我不会弄，您一步步问我行不行", "self_check"),
        ("平台卷钱跑了，这事跟你们这儿说行不行", "tip_off"),
    ],
)
def test_whoever_asks_to_do_it_here_may_begin(say: Say, message: str, job: str) -> None:
    assert say(message)["job"] == job


@pytest.mark.parametrize("message", ["自查表在哪里填", "举报有用吗", "平台跑路了怎么办"])
def test_whoever_asks_about_it_gets_an_answer_first(say: Say, message: str) -> None:
    assert say(message)["job"] in ("policy", "duty")
