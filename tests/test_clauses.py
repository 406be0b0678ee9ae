"""The parser against the real text of 洛政办〔2016〕58号."""

from __future__ import annotations

import re

import pytest

from knowledge.clauses import anchor, parse_clauses, split_sentences
from knowledge.documents import PLAN_FOLDER, Document

ALL = [
    "文头", "前言", "一（一）", "一（二）", "二（一）1", "二（一）2", "二（一）3", "二（一）4",
    "二（二）1", "二（二）2", "二（二）3", "二（二）4", "二（三）1", "二（三）2", "二（四）", "三（一）",
    "三（二）", "三（二）1", "三（二）2", "三（二）3", "三（二）4", "三（二）5", "三（二）6", "三（三）1",
    "三（三）2", "四（一）1", "四（一）2", "四（一）3", "四（一）4", "四（一）5", "四（一）6", "四（二）1",
    "四（二）2", "四（二）3", "四（二）4", "五", "五（一）", "五（二）", "五（三）", "附件",
    "附件1", "附件2", "版记",
]  # fmt: skip


def text(plan: Document, clause_id: str) -> str:
    clause = plan.clause(clause_id)
    assert clause
    return clause.text


def test_every_clause_is_found_in_the_order_of_the_document(plan: Document) -> None:
    assert [clause.id for clause in plan.clauses] == ALL


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("一（二）", "对合法合规行为予以保护支持，对违法违规行为予以坚决打击。"),
        ("二（一）1", "夸大融资项目收益前景等方法误导出借人"),
        ("二（二）1", "采取“穿透式”监管方法"),
        ("二（三）1", "应通过人民银行跨行清算系统或者具有合法资质的清算机构进行"),
        ("三（一）", "市政府金融办主任兼任办公室主任"),
        ("三（二）4", "由市政府金融办牵头负责，按照省证监局下发"),
        ("三（三）1", "担保公司和小额贷款公司开展摸底排查，实施清理整顿"),
        ("三（三）2", "靠近基层一线优势"),
        ("四（一）1", "凡在名称和经营范围中选择使用上述字样的企业"),
        ("四（一）4", "高度关注互联网金融产品承诺或实际收益水平"),
        ("四（二）1", "根据企业自查信息，各有关部门及县（市、区）政府"),
        ("四（二）2", "移送相关司法机关"),
        ("五（一）", "认定意见不一致的，由人民银行洛阳市中心支行研究认定"),
        ("附件", "领导小组组成人员名单"),
    ],
)
def test_sentences_broken_by_a_page_end_are_joined(plan: Document, clause: str, words: str) -> None:
    assert words in text(plan, clause)


def test_no_word_of_the_document_is_lost_or_moved(plan: Document) -> None:
    def bare(words: str) -> str:
        return re.sub(r"\s", "", words)

    raw = (PLAN_FOLDER / "luoyang-2016-58.txt").read_text(encoding="utf-8")
    raw = re.sub(r"<input[^>]*>", "□", raw)
    headings = re.compile(r"^(?:[一二三四五]、.*|（[一二三四]）[^。\n]*|附件\d)$", re.M)
    body, imprint = headings.sub("", raw).split("主办：市政府金融办")
    clauses = {clause.id: clause.text for clause in plan.clauses}
    head, own_imprint = clauses.pop("文头"), clauses.pop("版记").removeprefix("主办：市政府金融办")
    kept, printed = bare(head + "".join(clauses.values())), bare(body)
    assert (kept == printed) is True
    assert bare(own_imprint) == bare(imprint)


def test_paragraphs_end_as_sentences_do(plan: Document) -> None:
    for clause in plan.clauses:
        if clause.id[0] in "一二三四五" and clause.id != "三（三）2":
            assert all(line[-1] in "。：" for line in clause.text.split("\n")), clause.id


def test_every_sentence_is_a_quotation(plan: Document) -> None:
    for clause in plan.clauses:
        assert clause.sentences
        for sentence in clause.sentences:
            assert sentence.clause == clause.id
            assert sentence.text in clause.text


def test_headings_above_a_clause(plan: Document) -> None:
    clause = plan.clause("二（三）1")
    assert clause
    assert clause.path == ("整治对象和重点", "第三方支付业务")


@pytest.mark.parametrize(
    ("clause", "link"),
    [("二（一）1", "c2-1-1"), ("五", "c5"), ("附件2", "c-annex-2"), ("前言", "c-preface"), ("十二（十）3", "c12-10-3")],
)
def test_anchors_are_ascii(clause: str, link: str) -> None:
    assert anchor(clause) == link


def test_anchors_are_unique(plan: Document) -> None:
    assert len({clause.anchor for clause in plan.clauses}) == len(plan.clauses)


def test_a_text_without_numbering_is_refused() -> None:
    with pytest.raises(ValueError, match="章节编号"):
        parse_clauses("一段没有编号的文字。")


def test_sentences_keep_their_marks() -> None:
    assert split_sentences("甲。乙！“丙。”丁") == ["甲。", "乙！", "“丙。”", "丁"]
