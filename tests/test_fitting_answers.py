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


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("股权众筹平台的红线都有哪些", "股权众筹平台不得做下列事项"),
        ("哪些字眼普通公司起名字不让用", "名称和经营范围原则上不得用"),
        ("分领域工作小组一共设几个", "6个分领域工作小组"),
        ("名字里带“理财”不改，会被怎么处理", "这样处理"),
    ],
)
def test_several_things_a_number_and_a_handling_are_answered_as_such(say: Say, question: str, says: str) -> None:
    assert says in say(question)["text"].splitlines()[0]


def test_a_list_marks_the_clause_once_for_all_that_stand_in_it(say: Say) -> None:
    text = say("市公安局的职责有哪些")["text"]
    assert text.count("三（三）其他成员单位职责") < text.count("\n")


def test_what_comes_next_is_the_next_thing_of_the_sentence(say: Say) -> None:
    assert "牵头部门" in say("工商用大数据搜出来一家可疑的网贷公司，下一步该给谁")["text"].splitlines()[0]


@pytest.mark.parametrize("thing", ["陆金所", "网联", "花呗"])
def test_a_thing_that_the_plan_does_not_name_is_said_not_to_be_named(say: Say, thing: str) -> None:
    text = say(f"方案里有没有提到{thing}？")["text"]
    assert f"没有提到“{thing}”" in text
    assert "彩票" not in text and "虚拟货币" not in text


def test_a_thing_that_the_plan_names_is_answered(say: Say) -> None:
    assert "没有提到" not in say("方案里有没有提到首付贷？")["text"].splitlines()[0]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("支付机构和资产管理这两个领域是同一家单位牵头吗", "是同一家"),
        ("P2P和股权众筹是不是同一家单位牵头", "不是同一家"),
    ],
)
def test_whether_two_fields_have_one_lead_is_looked_up(say: Say, question: str, says: str) -> None:
    assert say(question)["text"].startswith(says)


def test_who_held_a_post_in_2016_is_said_beside_that_today_is_open(say: Say) -> None:
    text = say("现在的组长还是高义吗")["text"]
    assert "2016年" in text and "高义" in text


def test_where_a_report_goes_and_by_when_are_both_said(say: Say) -> None:
    text = say("整治报告报送到哪，最晚什么时候")["text"]
    assert "市领导小组办公室" in text and "11月30日" in text


@pytest.mark.parametrize("question", ["钱放在网贷平台，现在还安全吗", "客户资金有银行存管，靠谱不", "P2P的钱放心吗"])
def test_that_a_norm_protects_money_is_not_said_to_make_it_safe(say: Say, question: str) -> None:
    assert not say(question)["text"].splitlines()[0].startswith(("是的", "对。", "可以", "有。"))
