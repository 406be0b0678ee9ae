"""What is said after an answer: short messages take their meaning from it, whole questions keep their own."""

from __future__ import annotations

import pytest

from knowledge.base import KnowledgeBase
from knowledge.context import NAMES, load_turns, load_weights
from tests.conftest import Say


def test_every_conversation_is_about_entries_that_exist(knowledge: KnowledgeBase) -> None:
    turns = [turn for of_hand in load_turns().values() for turn in of_hand]
    assert len(turns) >= 1000
    for turn in turns:
        for entry in (turn.about, *turn.entry):
            assert knowledge.entries.get(entry), (turn.first, entry)


def test_the_weights_are_those_of_the_features() -> None:
    assert load_weights().shape == (len(NAMES),)


def test_a_chain_keeps_its_thread(say: Say) -> None:
    assert "不可以" in say("P2P平台能自己放贷吗")["text"]
    assert "洛阳银监分局" in say("谁管")["text"]
    assert "市政府金融办" in say("那众筹呢")["text"]
    assert "关闭或取缔" in say("要是不改呢")["text"]


def test_a_whole_question_stands_by_itself(say: Say) -> None:
    say("P2P平台能自己放贷吗")
    assert "2016年11月30日" in say("验收总结什么时候完成")["text"]
    assert say("领导小组组长是谁")["clauses"][0] == "附件1"


@pytest.mark.parametrize(
    ("first", "then", "clause"),
    [
        ("支付机构能不能挪用备付金", "那账户得开在哪", "二（三）1"),
        ("股权众筹平台能发布虚假标的吗", "那能自己给自己筹钱吗", "二（一）2"),
        ("公司名字里能带理财两个字吗", "不改名会被盯上吗", "四（一）1"),
        ("摸底排查什么时候完成", "再下一步呢", "四（二）2"),
        ("督查和评估是第几步", "下一步是什么", "四（二）4"),
        ("验收总结什么时候完成", "上一步呢", "四（二）3"),
    ],
)
def test_what_is_meant_stands_in_the_clause_that_was_talked_about(say: Say, first: str, then: str, clause: str) -> None:
    say(first)
    assert say(then)["clauses"][0] == clause
