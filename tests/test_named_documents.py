"""Answers from a document that a question names, by how likely they are."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from actions.follow_ups import refers_back
from actions.named_documents import answered_in_document
from actions.replies import Reply
from actions.topic import Topic
from knowledge.base import Hit, KnowledgeBase
from knowledge.documents import Document, DocumentInfo, load_plan
from knowledge.reading.plain import read_plain
from knowledge.reading.structure import cut


def answered(probability: float, asked: str = "《测试办法》平台备不备案呢") -> Reply:
    clauses = cut(read_plain("测试办法\n\n第一条　平台应当备案。\n\n第二条　平台应当披露。".encode(), "a.txt")).clauses
    document = Document(DocumentInfo(id="doc-1", title="测试办法"), clauses)
    clause = next(one for one in clauses if one.id == "第一条")
    hit = Hit(document, clause, probability, clause.text, (clause.text,))
    knowledge = SimpleNamespace(
        documents=[load_plan(), document], within=lambda document, question: [hit],
        document_facts=SimpleNamespace(approved=lambda document, clause, quote: None),
    )  # fmt: skip
    reply = answered_in_document(knowledge, asked)  # type: ignore[arg-type]
    assert reply is not None
    return reply


def test_in_a_named_document_what_is_likely_is_quoted_what_is_near_as_the_nearest_and_the_rest_declined() -> None:
    assert "平台应当备案" in answered(0.6).text
    assert "最接近" not in answered(0.6).text
    assert "最接近" in answered(0.08).text
    assert "平台应当备案" in answered(0.08).text
    assert answered(0.08).citations
    assert "没有找到" in answered(0.005).text
    assert not answered(0.005).citations


def test_the_very_words_of_one_clause_are_found_however_unlikely_it_is() -> None:
    assert "平台应当披露" in answered(0.005, "《测试办法》里应当披露是怎么说的").text
    assert "最接近" in answered(0.005, "《测试办法》里应当披露是怎么说的").text
    assert "没有找到" in answered(0.005, "《测试办法》里平台应当是怎么说的").text  # two clauses have them


def test_what_stands_before_the_name_is_asked_as_well() -> None:
    assert "平台应当披露" in answered(0.005, "应当披露，《测试办法》写了什么").text


LAW = "测试办法\n\n第一条　平台应当备案。\n\n第二条　平台应当披露。\n逾期不披露的，责令改正。"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("第二条呢", "【《测试办法》第二条】第二条　平台应当披露。"),
        ("那第一条怎么说", "【《测试办法》第一条】第一条　平台应当备案。"),
        ("再看看第2条第2款", "【《测试办法》第二条第二款】逾期不披露的，责令改正。"),
        ("第九条呢", "《测试办法》中没有“第九条”"),
    ],
)
def test_a_place_alone_is_one_of_the_document_that_was_just_quoted(message: str, words: str) -> None:
    clauses = cut(read_plain(LAW.encode(), "a.txt")).clauses
    document = Document(DocumentInfo(id="doc-1", title="测试办法"), clauses)
    knowledge: Any = SimpleNamespace(
        documents=[load_plan(), document], cited=lambda qualified: (document, document.clause("第一条"))
    )
    quoted = Topic("测试办法第一条", "policy", others=("doc-1#第一条",))
    meant = refers_back(knowledge, date(2016, 10, 13), message, quoted)
    assert meant is not None
    assert meant.reply.text.startswith(words)
    assert meant.topic.others


def test_after_the_plan_was_quoted_a_place_alone_is_the_plans(
    knowledge: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = Document(DocumentInfo(id="doc-1", title="测试办法"), cut(read_plain(LAW.encode(), "a.txt")).clauses)
    monkeypatch.setattr(knowledge, "cited", lambda qualified: (document, document.clause("第一条")))
    topic = Topic("资金池", "policy", ("二（一）1",), others=("doc-1#第一条",))
    meant = refers_back(knowledge, date(2016, 10, 13), "第二条呢", topic)
    assert meant is None or "测试办法" not in meant.reply.text
