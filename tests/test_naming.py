"""Questions that name a document and a number: exactly that place, or that it is not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from actions.named_documents import differ, opened_in_document, with_others
from actions.replies import Citation, Reply
from knowledge.base import Hit
from knowledge.documents import Document, DocumentInfo, Standing, load_plan
from knowledge.naming import named_place
from knowledge.reading.plain import read_plain
from knowledge.reading.structure import cut
from tests.data.documents import texts as t
from tests.data.documents.further import AGREEMENT
from tests.data.documents.unseen import AMENDMENT, WIRE
from tests.data.documents.writers import Text, as_txt, text


def held(key: str, title: str, content: Text, number: str = "", replaced_by: str = "") -> Document:
    clauses = cut(read_plain(as_txt("utf-8")(content), "a.txt")).clauses
    return Document(DocumentInfo(id=key, title=title, number=number, replaced_by=replaced_by), clauses)


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [
        load_plan(),
        held("law", "测试市防范非法集资条例", t.LAW),
        held("code", "中华人民共和国测试法典", t.CODE),
        held("opinion", "关于加强网络借贷风险防控的实施意见（试行）", t.OPINION, "测政办〔2018〕33号"),
        held("standard", "测试技术规范", t.STANDARD),
        held("contract", "测试担保合同", AGREEMENT),
        held("wire", "测试值班通知", WIRE),
        held("amendment", "测试修正案", AMENDMENT),
        held("decision", "测试金融条例修改决定", t.DECISION),
        held("old", "测试市防范非法集资条例", t.LETTER, replaced_by="law"),
    ]


@pytest.mark.parametrize(
    ("question", "document", "name", "words"),
    [
        ("《测试市防范非法集资条例》第三条第二款怎么规定的", "law", "第三条第二款", "前款规定由市场监督"),
        ("测试市防范非法集资条例第3条第1款第2项", "law", "第三条第一款第二项", "（二）许可内容不实"),
        ("测试市防范非法集资条例第三条之一说的啥", "law", "第三条之一", "五年"),
        ("测试市防范非法集资条例第四条", "law", "第四条", "一万元以上"),
        ("测试法典第120条之一第二款", "code", "第一百二十条之一第二款", "单位犯前款罪"),
        ("中华人民共和国测试法典一百二十条", "code", "第一百二十条", "三年以下"),
        ("测政办〔2018〕33号二（一）1讲什么", "opinion", "二（一）1", "严格登记"),
        ("关于加强网络借贷风险防控的实施意见第三条", "opinion", "三", "经费保障"),
        ("关于加强网络借贷风险防控的实施意见第九条", "opinion", "第九条", ""),
        ("关于加强网络借贷风险防控的实施意见第二条第（二）项", "opinion", "二（二）", "设立资金池"),
        ("关于加强网络借贷风险防控的实施意见第一条第2项", "opinion", "一（二）", "防止风险外溢"),
        ("测试值班通知第2条", "wire", "2", "重点排查"),
        ("测试修正案增加的第十二条之一讲什么", "amendment", "第十二条之一", "警示函"),
        ("测试值班通知第二条第二项", "wire", "2（2）", "养老服务机构"),
        ("测试值班通知第二条第九项", "wire", "第二条第九项", ""),
        ("《测试担保合同》2.3怎么约定的", "contract", "第二条2.3", "十五日"),
        ("《测试担保合同》2.9怎么约定的", "contract", "2.9", ""),
        ("《测试金融条例修改决定》将第三条改成了什么", "decision", "第三条", "各级人民政府"),
        ("《测试金融条例修改决定》第六条", "decision", "第六条", "删去"),
        ("《测试金融条例修改决定》第七条", "decision", "第七条", ""),
        ("《测试技术规范》2.1是什么", "standard", "2.1", "获取的个人信息"),
    ],
)
def test_exactly_the_place_that_is_named(
    documents: list[Document], question: str, document: str, name: str, words: str
) -> None:
    provision = named_place(documents, question)
    assert provision is not None
    assert (provision.document.info.id, provision.name) == (document, name)
    assert bool(provision.clauses) == bool(words)
    assert words in provision.words


def test_a_chapter_is_its_articles(documents: list[Document]) -> None:
    provision = named_place(documents, "测试市防范非法集资条例第二章讲什么")
    assert provision is not None
    assert [clause.id for clause in provision.clauses] == ["第二章", "第三条", "第三条之一"]


@pytest.mark.parametrize(
    "question", ["二（一）1讲什么", "第二部分说了什么", "测试法典管什么", "P2P能不能搞资金池", "测试法典2021年施行吗"]
)
def test_what_names_no_place_in_an_added_document(documents: list[Document], question: str) -> None:
    assert named_place(documents, question) is None


def said(documents: list[Document], question: str) -> Any:
    return opened_in_document(SimpleNamespace(documents=documents, plan=documents[0]), question)  # type: ignore[arg-type]


def test_the_answer_quotes_the_place_and_cites_it(documents: list[Document]) -> None:
    reply = said(documents, "《测试市防范非法集资条例》第三条第二款")
    assert reply.text.startswith("【《测试市防范非法集资条例》第三条第二款】前款规定由")
    (citation,) = [one.as_json() for one in reply.citations]
    assert (citation["clause"], citation["label"]) == ("第三条", "第三条第二款")
    assert reply.clauses == ()


def test_what_is_not_there_is_said(documents: list[Document]) -> None:
    assert "没有“第九十九条”。它从第一条到第五条" in said(documents, "《测试市防范非法集资条例》第99条").text
    assert "没有收录《信托法》" in said(documents, "《信托法》第三条怎么说").text
    assert said(documents, "《信托法》是什么") is None
    assert "没有收录《测试法典实施细则》" in said(documents, "《测试法典实施细则》第三条").text
    assert (
        "没有收录《测试市防范非法集资条例（修订）》" in said(documents, "《测试市防范非法集资条例（修订）》第三条").text
    )
    assert "没有收录《测政办〔2019〕1号》" in said(documents, "测政办〔2019〕1号第三条讲什么").text
    assert said(documents, "国办发〔2016〕21号是什么文件") is None


def reply_of(document: Document, clause_id: str, day: date, standing: Standing = "现行") -> tuple[Reply, Hit]:
    """A clause of a document quoted whole, as an answer and as what search found."""
    dated = replace(document, info=document.info.model_copy(update={"issued": day, "standing": standing}))
    clause = dated.clause(clause_id)
    assert clause is not None
    quote = clause.sentences[-1].text
    return Reply("policy", quote, citations=(Citation(dated, clause, quote),)), Hit(dated, clause, 0.8, quote, (quote,))


def test_where_two_documents_speak_of_it_both_are_said_with_their_days(documents: list[Document]) -> None:
    law = documents[1]
    reply, _ = reply_of(law, "第三条之一", date(2021, 3, 2))
    old = held("older", "测试旧办法", text("^测试旧办法", "第一条　互联网平台应当保存相关记录，保存期限不少于三年。"))
    _, hit = reply_of(old, "第一条", date(2010, 5, 1))
    both = with_others(reply, [hit])
    assert "两处规定不同" in both.text
    assert "《测试市防范非法集资条例》（2021年3月2日）第三条之一" in both.text
    assert "【《测试旧办法》（2010年5月1日）第一条】" in both.text
    assert [citation.document.info.id for citation in both.citations] == ["law", "older"]
    assert both.others == ("law#第三条之一", "older#第一条")
    _, abolished = reply_of(old, "第一条", date(2010, 5, 1), "废止")
    assert "《测试旧办法》（已废止）（2010年5月1日）" in with_others(reply, [abolished]).text
    assert with_others(reply, []) == reply


@pytest.mark.parametrize(
    ("one", "other", "unlike"),
    [
        ("应当在十日内报告。", "应当在30日内报告。", True),
        ("应当在十日内报告。", "应当在10日内报告。", False),
        ("处一万元以上罚款。", "处5万元以上罚款。", True),
        ("应当在十日内报告。", "保存不少于三年。", False),
        ("不得设立资金池。", "不得设立资金池。", False),
    ],
)
def test_rules_differ_where_a_quantity_does(one: str, other: str, unlike: bool) -> None:
    assert differ(one, other) is unlike
