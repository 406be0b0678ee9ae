"""Facts of an added document: drafted by rules, said only once the office has approved them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from actions.policy import show_hits
from knowledge.base import Hit
from knowledge.documents import Document
from knowledge.drafting import DocumentFacts, DraftingError, drafted
from tests.data.documents import texts as t
from tests.data.documents.writers import text
from tests.test_naming import held

RULES = text(
    "^测试市资金存管办法",
    "第一条　平台不得挪用客户资金；存管银行应当每日对账。",
    "第二条　平台应当在十个工作日内报送月报。",
    "第三条　存管业务由市金融办负责监督。",
    "第四条　有下列情形之一的，不得开展业务：",
    "（一）未经备案不得经营的；",
    "第五条　前款规定的机构应当改正。",
    "第六条　不得转让。",
    "第七条　本办法所称平台，是指网络借贷平台。",
)


@pytest.fixture
def document() -> Document:
    return held("doc-rules", "测试市资金存管办法", RULES)


def test_each_rule_finds_its_norms_and_makes_a_sentence_that_stands_alone(document: Document) -> None:
    found = {fact.conclusion: (fact.clause, fact.modality, fact.who) for fact in drafted(document)}
    assert found == {
        "平台不得挪用客户资金。": ("第一条", "不得", "平台"),
        "存管银行应当每日对账。": ("第一条", "应当", "存管银行"),
        "平台应当在十个工作日内报送月报。": ("第二条", "期限", "平台"),
        "存管业务由市金融办负责监督。": ("第三条", "负责", "存管业务"),
    }


def test_every_quotation_is_verbatim_and_every_id_its_own(document: Document) -> None:
    for one in (document, held("law", "测试市防范非法集资条例", t.LAW)):
        facts = list(drafted(one))
        clauses = {clause.id: clause.text for clause in one.clauses}
        assert all(fact.quote in clauses[fact.clause] for fact in facts)
        assert len({fact.id for fact in facts}) == len(facts)


def test_drafting_again_leaves_what_was_decided(document: Document, tmp_path: Path) -> None:
    facts = DocumentFacts(tmp_path)
    assert facts.add_drafts(document) == (4, 4)
    first = facts.of_document(document.info.id)[0]
    facts.decide(first.id, "平台不能动用客户资金。", "由办公室核定", "liu", "2026-01-01T00:00:00+00:00")
    assert DocumentFacts(tmp_path).add_drafts(document) == (0, 4)
    again = DocumentFacts(tmp_path).of_document(document.info.id)[0]
    assert (again.conclusion, again.verdict, again.by) == ("平台不能动用客户资金。", "由办公室核定", "liu")


@pytest.mark.parametrize("conclusion", ["短。", "没有句号", "一" * 60 + "。", "两行\n结论。"])
def test_a_conclusion_is_one_sentence(document: Document, tmp_path: Path, conclusion: str) -> None:
    facts = DocumentFacts(tmp_path)
    facts.add_drafts(document)
    with pytest.raises(DraftingError, match="一句话"):
        facts.decide(facts.of_document(document.info.id)[0].id, conclusion, "由办公室核定", "liu", "")
    with pytest.raises(DraftingError, match="没有这条草案"):
        facts.decide("nothing", "平台不得挪用客户资金。", "由办公室核定", "liu", "")


def test_only_what_the_office_approved_is_said(document: Document, tmp_path: Path) -> None:
    facts = DocumentFacts(tmp_path)
    facts.add_drafts(document)
    clause = document.clause("第二条")
    assert clause is not None
    hit = Hit(document, clause, 0.9, clause.sentences[0].text, tuple(one.text for one in clause.sentences))

    def reply() -> Any:
        return show_hits(SimpleNamespace(document_facts=facts), [hit], "policy")  # type: ignore[arg-type]

    quotation = f"【《测试市资金存管办法》第二条】{hit.quote}"
    assert reply().text == quotation
    fact = next(one for one in facts.of_document(document.info.id) if one.clause == "第二条")
    facts.decide(fact.id, "月报要在十个工作日内报送。", "由办公室核定", "liu", "")
    assert reply().text == f"月报要在十个工作日内报送。\n{quotation}"
    facts.decide(fact.id, "月报要在十个工作日内报送。", "不采用", "liu", "")
    assert reply().text == quotation
    assert reply().buttons[0].payload == "原文 《测试市资金存管办法》第二条"
