"""Answers from a document that a question names, by how likely they are."""

from __future__ import annotations

from types import SimpleNamespace

from actions.named_documents import answered_in_document
from actions.replies import Reply
from knowledge.base import Hit
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
