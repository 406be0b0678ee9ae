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
    said = say("要是不改呢")["text"]
    assert "关闭或取缔" in said and not said.startswith("不可以")


def test_a_whole_question_stands_by_itself(say: Say) -> None:
    say("P2P平台能自己放贷吗")
    assert "2016年11月30日" in say("验收总结什么时候完成")["text"]
    assert say("领导小组组长是谁")["clauses"][0] == "附件1"
    say("省里哪个文件是方案的依据")
    assert "信息中介" in say("P2P平台应当是什么性质")["text"]


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


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        # A name or a condition in another's place.
        (("P2P平台要不要把客户的钱交给银行存管", "网贷平台能自融吗", "那股权众筹平台也行吗"), "自筹"),
        (("没有金融资质能不能给金融业务做广告", "那有资质的呢"), "取得相关业务资质的"),
        (("违规情节较轻的怎么处理", "严重的呢"), "关闭或取缔"),
        # Why, in the plan's own words or said to be left open.
        (("人民银行给支付机构的备付金计付利息吗", "凭啥"), "吃利差"),
        (("企业名字里能用财富管理吗", "为啥要盯着"), "擅自从事金融活动"),
        (("能做首付贷吗", "为什么"), "方案没有单独说明这一条的理由"),
        # Conditions and exceptions of the norm itself.
        (("私募产品能不能拆分了卖给公众", "什么情况下可以"), "未经相关部门批准"),
        (("网贷平台能不能做线下营销", "有没有例外"), "贷后跟踪"),
        # What an approval changes of a ban on those without one.
        (("P2P平台可以从事资产管理业务吗", "批准了也不行吗"), "可以，但有条件"),
        (("没有批准能把私募产品拆分卖给公众吗", "经过批准了也不行吗"), "可以，但有条件"),
        (("“首付贷”性质的业务可以做吗", "半点余地都没有吗"), "没有写例外"),
        # Who does it, of the trade or the step that was asked about.
        (("小额贷款公司要不要摸底排查", "谁去摸"), "市政府金融办"),
        (("工作步骤分哪几步", "最后一步由谁来做"), "市领导小组"),
        (("清理整顿中发现问题要出具整改意见吗", "谁盯着落实"), "各县（市、区）政府及有关部门"),
        # One of several.
        (("工作步骤有几步", "第四步呢"), "2016年11月30日"),
        (("工作方法有哪几条", "第五个具体讲讲"), "内控"),
        (("六个领域分别由谁牵头", "最后一个归谁管"), "市工商局"),
        (("副组长是哪几个人", "第三个是什么职务"), "市政府金融办主任"),
        (("二（二）2讲什么", "那第3条呢"), "资产管理产品嵌套"),
        # Further back than the last answer.
        (("支付机构可以占用备付金吗", "领导小组组长是谁", "最开始问的那个，依据是哪条"), "二（三）1"),
        (("清理整顿什么时候完成", "市工商局局长是谁", "刚才那个归谁做"), "集中整治"),
        # The unit whose post somebody holds.
        (("袁剑是谁", "他们单位牵头什么"), "互联网金融广告"),
        (("刘建军是谁", "他那个单位牵头哪个领域"), "互联网保险"),
        (("李松民是谁", "怎么跟他联系"), "方案没有写联系电话"),
    ],
)
def test_what_refers_back_is_answered_from_the_plan(say: Say, chain: tuple[str, ...], words: str) -> None:
    for message in chain[:-1]:
        say(message)
    assert words in say(chain[-1])["text"].replace(" ", "")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("市政府金融办主任不是高丽萍吗", "不对"),
        ("市工商局负责什么", "市工商局"),
        ("二（三）2讲什么", "无证经营支付业务"),
        ("这个方案是哪个单位印发的", "洛阳市人民政府办公室"),
    ],
)
def test_what_names_all_it_is_about_is_answered_as_if_nothing_was_said_before(
    say: Say, question: str, words: str
) -> None:
    say("平台关了，员工的工资谁来发")
    assert words in say(question)["text"]


@pytest.mark.parametrize(
    ("first", "then", "clause"),
    [
        ("被调查的企业要配合检查吗", "我要是不给材料呢", "四（二）1"),
        ("典当企业由谁摸底排查", "不是典当，我说小贷公司", "三（三）1"),
    ],
)
def test_a_short_message_goes_on_before_it_begins_anything(say: Say, first: str, then: str, clause: str) -> None:
    say(first)
    assert say(then)["clauses"][0] == clause


def test_what_surely_begins_something_begins_it_after_an_answer_too(say: Say) -> None:
    say("P2P平台可以设立资金池吗")
    assert say("我要查举报进度")["job"] == "tip_status"
    say("P2P平台可以设立资金池吗")
    assert say("再见")["job"] == "greet"
    say("P2P平台可以设立资金池吗")
    assert say("我妈被他们骗了十万块钱")["job"] == "tip_off"


def test_after_a_question_on_the_county_its_own_office_is_meant(say: Say) -> None:
    say("我们县的领导小组组长由谁当")
    assert "同级政府金融办" in say("办公室设在哪")["text"]


def test_after_a_question_on_the_county_the_city_may_be_asked_about(say: Say) -> None:
    say("我们县的领导小组组长由谁当")
    assert "市政府金融办" in say("那市里的办公室设在哪")["text"]
