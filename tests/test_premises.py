"""What a question takes for granted: denied where the plan says otherwise, and only there."""

from __future__ import annotations

from datetime import date

import pytest

from actions.answering import answer
from knowledge.base import KnowledgeBase

DENIED = (
    ("工商局自己觉得公司有问题，就能直接吊销它的执照，是吧", "金融管理部门的认定意见"),
    ("违规平台是公安局按经营数额罚款的，对吗？", "行业主管部门"),
    ("追赃挽损是信访局该办的事，对吧？", "公安"),
    ("P2P归证监局管对吧", "银监分局"),
    ("名字里有“理财”俩字的公司，方案说一律吊照，是吧", "原则上"),
)
NOT_CONFIRMED = ("既然市长亲自当组长，这事力度应该很大吧？", "本方案是河南省政府办公厅发的，洛阳只是转发，对吧？")
NOT_SUPPOSED = (
    "开网贷平台注册资本最低要多少？",
    "违规平台罚款，方案写的是经营数额的百分之几？",
    "出整改意见、关停这些动作要在几月几号前做完",
)


def begins(knowledge: KnowledgeBase, question: str) -> str:
    return answer(knowledge, date(2016, 10, 13), question)[0].text


@pytest.mark.parametrize(("question", "instead"), DENIED)
def test_what_is_not_so_is_denied_with_what_is(knowledge: KnowledgeBase, question: str, instead: str) -> None:
    said = begins(knowledge, question)
    assert said.startswith("不对")
    assert instead in said


@pytest.mark.parametrize("question", NOT_CONFIRMED)
def test_what_is_not_so_is_never_confirmed(knowledge: KnowledgeBase, question: str) -> None:
    assert not begins(knowledge, question).startswith("对")


@pytest.mark.parametrize("question", NOT_SUPPOSED)
def test_who_supposes_nothing_is_not_contradicted(knowledge: KnowledgeBase, question: str) -> None:
    assert not begins(knowledge, question).startswith("不对")


@pytest.mark.parametrize(
    ("question", "begins_with"),
    [
        ("持牌机构还能打广告吗", "可以，但有条件"),
        ("持牌机构能打虚假广告吗", "不可以"),
        ("金融部门和工商认定不一致，县里能自己说了算吗", "不对"),
        ("调查的时候被查公司有不说话的权利，对吧", "不对"),
    ],
)
def test_a_ban_on_how_a_thing_is_done_forbids_no_more(
    knowledge: KnowledgeBase, question: str, begins_with: str
) -> None:
    assert begins(knowledge, question).startswith(begins_with)


@pytest.mark.parametrize(
    "question", ["电脑已经被登记保存了，公司能不能先卖了换新的", "硬盘让封存登记了，老板能不能先拿走"]
)
def test_what_others_may_do_allows_nothing(knowledge: KnowledgeBase, question: str) -> None:
    assert not begins(knowledge, question).startswith("可以")


def test_who_holds_a_post_is_named(knowledge: KnowledgeBase) -> None:
    said = begins(knowledge, "领导小组的组长和副组长都是谁")
    assert all(name in said for name in ("高义", "尚英照", "高丽萍", "刘茂钦"))


def test_one_duty_of_a_unit_is_not_answered_with_all_of_them(knowledge: KnowledgeBase) -> None:
    said = begins(knowledge, "工商所登记时碰上名称里带“理财”两个字的企业，必须做什么？")
    assert "职责共" not in said
    assert "职责共" in begins(knowledge, "市工商局负责什么")


def test_a_form_of_the_plan_is_held(knowledge: KnowledgeBase) -> None:
    assert "没有收录" not in begins(knowledge, "《企业自查信息表》要填哪些内容")
    assert "没有收录" in begins(knowledge, "《合同法》第五十二条怎么规定")
