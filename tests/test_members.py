"""What a question says of somebody on the list of 附件1 is confirmed or denied by the list."""

from __future__ import annotations

from datetime import date

import pytest

from actions.answering import answer
from knowledge.base import KnowledgeBase


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("王戈峰是领导小组成员吧", "对。"),
        ("副组长里有尚英照，对吧", "对。"),
        ("尚英照是副组长吗", "对。"),
        ("李红江是公安局副局长，对吧", "对。"),
        ("公安局在成员单位里吗", "对。"),
        ("高丽萍是组长吧", "不对。"),
        ("高义是副组长吧", "不对。"),
        ("李红江是公安局局长，对吧", "不对。"),
        ("王戈峰不是成员吧", "不对。"),
    ],
)
def test_the_list_decides(knowledge: KnowledgeBase, question: str, begins: str) -> None:
    assert answer(knowledge, date(2016, 9, 1), question)[0].text.startswith(begins)


def test_a_line_of_the_list_decides_nothing_of_others(knowledge: KnowledgeBase) -> None:
    text = answer(knowledge, date(2016, 9, 1), "人民银行洛阳中支一家牵头了两个专项小组，我没记错吧")[0].text
    assert not text.startswith("不对")
