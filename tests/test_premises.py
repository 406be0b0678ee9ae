"""What a question takes for granted of who leads is put right before it is answered."""

from __future__ import annotations

from datetime import date

import pytest

from actions.answering import answer
from knowledge.base import KnowledgeBase

TODAY = date(2016, 9, 1)


@pytest.mark.parametrize(
    ("question", "in_truth", "clause"),
    [
        ("既然股权众筹由洛阳银监分局牵头，细则啥时候出", "股权众筹由市政府金融办牵头", "三（二）4"),
        ("市工商局牵头P2P整治，那它要制定实施细则吗", "P2P网络借贷由洛阳银监分局牵头", "三（二）3"),
        ("互联网保险归市政府金融办负责，要协助谁", "互联网保险由市保险业协会牵头", "三（二）5"),
        ("方案把典当行交给市公安局来摸底，俺该上公安哪个科", "按各自职责推断，典当由市商务局", "三（三）1"),
    ],
)
def test_a_wrong_lead_is_put_right_before_the_answer(
    knowledge: KnowledgeBase, question: str, in_truth: str, clause: str
) -> None:
    reply, _ = answer(knowledge, TODAY, question)

    first, *rest = reply.text.splitlines()
    assert first.startswith(f"不对。{in_truth}") and rest
    assert reply.clauses[0] == clause


@pytest.mark.parametrize(
    "question",
    [
        "P2P由洛阳银监分局牵头，那实施细则谁定",
        "股权众筹由金融办牵头、协助省证监局，摸底什么时候完成",
        "担保公司归金融办管，要做什么",
        "首付贷由市住房城乡建设委整治，什么时候完成",
        "P2P不归工商局管，那归谁管",
    ],
)
def test_what_is_so_or_only_asked_is_not_denied(knowledge: KnowledgeBase, question: str) -> None:
    assert not answer(knowledge, TODAY, question)[0].text.startswith("不对")


def test_a_wrong_lead_that_is_asked_outright_is_answered_once(knowledge: KnowledgeBase) -> None:
    text = answer(knowledge, TODAY, "P2P归证监局管对吧")[0].text
    assert text.startswith("不对") and text.count("不对") == 1
