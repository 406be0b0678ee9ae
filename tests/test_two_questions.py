"""One message with one question, and one with two: what stands after a comma is not always another question."""

from __future__ import annotations

import pytest

from knowledge.base import KnowledgeBase
from knowledge.multi_question import split_questions

ONE = (
    "谁来吊销执照，依据是谁的意见",
    "我行把几个资管计划一层套一层挂到网上卖，顺便绕开点监管指标，可以吗？",
    "有家支付公司想同时直连我行和另外几家银行，自己在中间做跨行清算，行吗？",
    "啥时候该给投资人公布案子进展？方案说具体日子了没",
    "互联网保险业务的合法合规性由谁认定？保监局吗？",
    "股权众筹怎么整，金融办自己说了算，不用看省里的方案，对吧？",
    "自查表除了注册地，还有没有一栏问在哪儿经营？",
    "众筹和网络保险，牵头的和协助的上级各是谁？",
)
TWO = (
    ("P2P谁牵头？清理整顿到哪天为止？", ("P2P", "清理整顿")),
    ("文件号是多少，另外没有牌照的互联网公司能卖理财吗", ("文件号", "理财")),
    ("备付金有没有利息给支付公司？领导小组的职责是什么", ("备付金", "领导小组")),
    ("股权众筹这一摊，市里哪家挑头，清理整顿哪天前完成", ("股权众筹", "清理整顿")),
)


@pytest.mark.parametrize("message", ONE)
def test_what_only_asks_on_is_no_second_question(knowledge: KnowledgeBase, message: str) -> None:
    assert not split_questions(knowledge, message)


@pytest.mark.parametrize(("message", "about"), TWO)
def test_two_questions_are_taken_apart(knowledge: KnowledgeBase, message: str, about: tuple[str, str]) -> None:
    parts = split_questions(knowledge, message)
    assert len(parts) == 2
    for part, word in zip(parts, about, strict=True):
        assert word.lower() in part.text.lower()
