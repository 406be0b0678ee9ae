"""Long tellings: what they ask counts, not what they tell on the way; what is done at one's own work is answered."""

from __future__ import annotations

from datetime import date

import pytest

from actions.answering import answer_parts
from knowledge.base import KnowledgeBase
from knowledge.multi_question import SubQuestion, split_questions
from knowledge.question_bank import names_another_city
from knowledge.question_form import asking_part, read_question_form
from tests.conftest import Say

CAVEAT = "各步骤时限已过"


@pytest.mark.parametrize(
    "story",
    [
        "去年俺儿媳妇在那个网上借钱的公司上班，如今门都锁了，前天房东还来催，我就问一句，这种网上借钱的买卖市里哪家单位挑头整治？",
        "上个月我表弟调去支付公司，天天加班到半夜，现在人瘦了一圈。他说客户放在那儿的备付金，公司先借来发工资，这能行吗？",
    ],
)
def test_what_happened_lately_asks_for_no_rule_of_today(say: Say, story: str) -> None:
    assert not read_question_form(story).now
    assert CAVEAT not in say(story)["text"]


def test_a_story_that_asks_for_today_is_told_that_the_plan_is_of_2016(say: Say) -> None:
    story = "我爷爷当年管过这一摊，家里还留着发黄的文件，写着网贷平台该守哪些规矩。我就想问，这份方案现在还管用吗？"
    assert CAVEAT in say(story)["text"]


def test_the_asking_part_leaves_the_telling_out() -> None:
    told = "我在郑州打工，媳妇在家投了个什么宝，街坊都说政府要收拾这帮人。文件上写着清理整顿几月几号以前弄完？"
    assert "郑州" not in asking_part(told) and "几月几号" in asking_part(told)
    assert asking_part("P2P谁牵头") == "P2P谁牵头"


def test_where_somebody_works_makes_no_question_about_another_city(say: Say) -> None:
    told = "俺在温州厂里打工，媳妇在老家叫人拉去投了个网贷平台，天天愁得睡不着觉。清理整顿文件上写几月几号以前弄完？"
    reply = say(told)
    assert reply["job"] == "deadline" and "2016年10月20日" in reply["text"]
    assert say("温州的P2P归谁管")["job"] == "oos"


@pytest.mark.parametrize(
    ("message", "other"),
    [
        ("俺在温州厂里打工，清理整顿几月几号以前弄完", False),
        ("我是南阳人，众筹归谁管", False),
        ("从深圳回来，想问下首付贷能办吗", False),
        ("我在郑州住，郑州的P2P谁管", True),
        ("在温州开店的话P2P备案找谁", True),
        ("我们在北京的公司能做首付贷吗", True),
    ],
)
def test_where_somebody_is_or_comes_from_is_not_what_is_asked_about(message: str, other: bool) -> None:
    assert names_another_city(message) is other


def test_rhetorical_questions_are_no_second_question(knowledge: KnowledgeBase) -> None:
    story = "昨天来了两个查账的，把我的账本一页一页拍照，我心说这是演电视剧呢？街坊都来看。他们复印我的账本，有规定没？"
    assert not split_questions(knowledge, story)


def test_what_rests_on_the_same_words_is_quoted_once(knowledge: KnowledgeBase) -> None:
    parts = [SubQuestion("相关部门能不能对案件资料录音取证"), SubQuestion("相关部门能不能复制案件资料")]
    reply, _ = answer_parts(knowledge, date(2016, 10, 13), "能录音吗？能复制吗？", parts)
    assert "录音" in reply.text.splitlines()[0] + reply.text.splitlines()[1]
    assert "复制" in reply.text.splitlines()[0] + reply.text.splitlines()[1]
    assert reply.text.count("【四（二）1】") == 1 and "第一问" not in reply.text


@pytest.mark.parametrize(
    "told",
    [
        "老板让我们平台把一年的借款切成十二个一个月的往外卖，行不行",
        "我们支付公司没拿到牌照，主管叫我先给商户装刷卡机收款",
    ],
)
def test_what_is_asked_of_somebody_at_work_begins_no_report(say: Say, told: str) -> None:
    reply = say(told)
    assert reply["job"] == "policy"
    assert reply["citations"]


def test_who_names_whom_they_report_is_still_heard(say: Say) -> None:
    assert say("举报金福来，老板让我们公司的人都去拉老人存钱，骗了我三万")["job"] == "tip_off"


def test_asking_how_many_there_are_begins_no_report(say: Say) -> None:
    assert say("洛阳眼下还剩几家网贷公司呀")["job"] != "tip_off"
