"""What is read out of a message before anything is looked up: slips, courtesies, negations, several questions."""

from __future__ import annotations

import pytest

from knowledge import text
from knowledge.base import KnowledgeBase
from knowledge.multi_question import split_questions
from knowledge.query_cleaning import clean_query
from knowledge.text import normalise


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("资金迟能不能用", "资金池能不能用"),
        ("备副金账户", "备付金账户"),
        ("飞法集资", "非法集资"),
        ("银航存馆", "银行存管"),
        ("p2p pingtai keyi fangdai ma", "p2p 平台可以放贷吗"),
        ("zijinchi", "资金池"),
        ("qianTou danwei", "牵头单位"),
        ("網路借貸平台", "网络借贷平台"),
    ],
)
def test_slips_of_sound_and_pinyin_are_mended(typed: str, meant: str) -> None:
    assert normalise(typed).replace(" ", "") == meant.replace(" ", "")


@pytest.mark.parametrize("heard_before", [(), ("资金迟能不能用",)], ids=["as a server starts", "as a build goes on"])
def test_a_message_is_mended_alike_whatever_happened_before_the_units_were_known(
    knowledge: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, heard_before: tuple[str, ...]
) -> None:
    """Models are trained on what a build mends; a server that answers with them mends in the same way."""
    with monkeypatch.context() as patch:
        patch.setattr(text, "_segmenter", text._CommonWords())
        text._slips.cache_clear()
        normalise.cache_clear()
        for message in heard_before:
            normalise(message)
        text.add_words(list(knowledge.directory.names))
        mended = [normalise(message) for message in ("联系我微信 wang_lili88", "给人提供增信", "高丽平是组员吗")]
    text._slips.cache_clear()
    normalise.cache_clear()
    assert mended == ["联系我微信 wang_lili88", "给人提供增信", "高丽萍是组员吗"]


@pytest.mark.parametrize(
    "typed",
    [
        "住建委主任是谁",
        "我的花呗",
        "给我个能打通的电话",
        "python怎么安装",
        "合法合规性由谁认定",
        "比特币还能买吗",
        "app",
    ],
)
def test_what_is_no_slip_stays(typed: str) -> None:
    assert normalise(typed) == typed


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("你好，我想问一下P2P谁牵头，谢谢啊", "p2p谁牵头"),
        ("那个网贷平台是什么性质的机构呢", "网贷平台是什么性质的机构"),
        ("我不是要举报，就想问问资金池违不违规", "资金池违不违规"),
        ("别让我登录，直接说督查评估看什么", "督查评估看什么"),
        ("老师您好我这人嘴笨就想弄明白备付金有没有利息", "备付金有没有利息"),
        # What happened to somebody is not a preamble.
        ("我妈被骗了20万，想问一下怎么办", "我妈被骗了20万,想问一下怎么办"),
        # A question before is not one either.
        ("P2P谁牵头，顺便问一下验收什么时候", "p2p谁牵头,顺便问一下验收什么时候"),
        ("谢谢", "谢谢"),
        ("不举报", "不举报"),
        ("不是问排查，我问的是评估几号前做完", "评估几号前做完"),
        ("我不是说P2P，是问众筹谁管", "众筹谁管"),
    ],
)
def test_what_is_asked_is_found_behind_courtesies_and_negations(message: str, asked: str) -> None:
    assert clean_query(message) == asked


@pytest.mark.parametrize(
    ("message", "clauses"),
    [
        ("P2P谁牵头，顺便问一下验收什么时候完成", ["三（二）3", "四（二）4"]),
        ("资金池能搞吗？工商局局长叫什么？", ["二（一）1", "附件1"]),
        ("我想问两个事，一是备付金账户开在哪里，二是清理整顿哪天前完成", ["二（三）1", "四（二）2"]),
    ],
)
def test_several_questions_are_taken_apart(knowledge: KnowledgeBase, message: str, clauses: list[str]) -> None:
    assert [knowledge.search(part.text)[0].clause.id for part in split_questions(knowledge, message)] == clauses


@pytest.mark.parametrize(
    "message",
    [
        "没牌照的公司，可不可以打广告",
        "P2P网络借贷平台应守住法律底线和政策红线，落实信息中介性质",
        "你好，P2P谁牵头？谢谢",
        "对拒不整改，或者情节较重的，怎么处理",
    ],
)
def test_one_question_stays_one(knowledge: KnowledgeBase, message: str) -> None:
    assert split_questions(knowledge, message) == []
