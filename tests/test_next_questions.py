"""What is offered after an answer: two questions that fit, for whatever was answered."""

from __future__ import annotations

import pytest

from bot.web.asked import asked_about
from bot.web.suggestions import AFTER_AN_ANSWER, follow_ups, next_rows, questions_by_entry
from knowledge.base import KnowledgeBase
from tests.conftest import Server
from tests.talk import Person


def test_after_every_answer_two_other_questions_are_offered(knowledge: KnowledgeBase) -> None:
    """Facts, lists, and what the plan leaves open."""
    by_entry = questions_by_entry()
    offered: dict[str, list[str]] = {}
    for entry in knowledge.entries:
        said = next(iter(by_entry.get(entry.id, ())), "")
        citations = [quotation.model_dump() for quotation in entry.quotations]
        offered[entry.id] = follow_ups(
            knowledge, {"custom": {"job": "policy", "entry": entry.id, "citations": citations}}, said
        )
        assert said not in offered[entry.id]
    few = {entry_id: found for entry_id, found in offered.items() if len(set(found)) != AFTER_AN_ANSWER}
    assert not few


def test_the_same_question_is_not_offered_in_other_words(knowledge: KnowledgeBase) -> None:
    reply = {"custom": {"job": "policy", "entry": "lead.p2p", "citations": [{"clause": "三（二）3"}]}}
    assert "P2P网贷谁牵头" not in follow_ups(knowledge, reply, "p2p网贷归谁牵头")
    reply = {"custom": {"job": "duty", "entry": "member.gao_yi", "citations": [{"clause": "附件1"}]}}
    assert "谁来当组长" not in follow_ups(knowledge, reply, "组长是谁")


def test_beside_a_clause_of_many_matters_it_is_about_the_same_matter(knowledge: KnowledgeBase) -> None:
    """三（三）1 is about fifteen units: who asks whether money comes back does not ask about estate agents."""
    entry = knowledge.entries.get("open.money_back")
    assert entry
    citations = [quotation.model_dump() for quotation in entry.quotations]
    offered = follow_ups(
        knowledge, {"custom": {"job": "policy", "entry": entry.id, "citations": citations}}, "钱能要回来吗"
    )
    assert any("追赃" in question for question in offered)
    assert not any("房地产" in question for question in offered)


def test_nothing_is_offered_in_a_form_or_without_an_answer(knowledge: KnowledgeBase) -> None:
    assert not follow_ups(knowledge, {"custom": {"job": "policy", "entry": "lead.p2p", "interview": {}}})
    for job, citations in (
        ("policy", []),
        ("handoff", [{"clause": "三（一）"}]),
        ("safety", [{"clause": "三（三）1"}]),
    ):
        assert not follow_ups(knowledge, {"custom": {"job": job, "citations": citations}})


def test_what_stands_in_for_a_clause_is_one_of_the_clauses_questions() -> None:
    known = {question for questions in asked_about().values() for question in questions}
    assert {question for row in next_rows() for question in row.ask} <= known
    assert next_rows()[-1].entries == ("*",)


@pytest.mark.parametrize(
    "question", ["P2P能不能搞资金池", "验收都验哪些", "举报后几天给回话", "摸底排查什么时候完成", "第三方支付谁牵头"]
)
def test_what_is_offered_is_answered(server: Server, knowledge: KnowledgeBase, question: str) -> None:
    person = Person(server)
    person.say(question)
    offered = follow_ups(knowledge, person.reply, question)
    assert len(offered) == AFTER_AN_ANSWER
    for each in offered:
        person.say(each)
        assert person.custom["job"] in ("policy", "duty", "deadline"), each
        assert person.custom["citations"], each
