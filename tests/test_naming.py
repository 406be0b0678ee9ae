"""Questions that name a document and a number: exactly that place, or that it is not there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from actions.named_documents import opened_in_document
from knowledge.documents import Document, DocumentInfo, load_plan
from knowledge.naming import named_place
from knowledge.reading.plain import read_plain
from knowledge.reading.structure import cut
from tests.data.documents import texts as t
from tests.data.documents.writers import Text, as_txt


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
        ("关于加强网络借贷风险防控的实施意见第三条", "opinion", "第三条", ""),
    ],
)
def test_exactly_the_place_that_is_named(
    documents: list[Document], question: str, document: str, name: str, words: str
) -> None:
    place = named_place(documents, question)
    assert place is not None
    assert (place.document.info.id, place.name) == (document, name)
    assert bool(place.clauses) == bool(words)
    assert words in place.words


def test_a_chapter_is_its_articles(documents: list[Document]) -> None:
    place = named_place(documents, "测试市防范非法集资条例第二章讲什么")
    assert place is not None
    assert [clause.id for clause in place.clauses] == ["第二章", "第三条", "第三条之一"]


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
