"""Clauses shown as they are: of added documents, and of questions that the office answered with a clause."""

from __future__ import annotations

from actions.answers import FEEDBACK
from actions.replies import Reply, fixed, missed
from actions.wording import wording
from casework.interview.showing import Button
from knowledge.base import Hit, KnowledgeBase
from knowledge.citations import cite_hit, quoted

# Clauses up to this many characters are quoted whole; of longer ones the nearest sentences are.
WHOLE_UP_TO = 200


def show_hits(knowledge: KnowledgeBase, hits: list[Hit], job: str, lead: str = "") -> Reply:
    """Quote the hits; before the quotations stands a lead sentence, and a conclusion that the office has approved."""
    first = hits[0]
    fact = knowledge.document_facts.approved(first.document.info.id, first.clause.id, first.quote)
    lead = "\n".join(part for part in (lead, fact.conclusion if fact else "") if part)
    citations = [cite_hit(hit) for hit in hits]
    # Of another document the sentence is quoted that its label names, of the plan what stands around it too.
    words = [excerpt(hit, len(hits)) if hit.document.is_plan else hit.quote for hit in hits]
    quotations = [quoted(citation, text) for citation, text in zip(citations, words, strict=True)]
    text = "\n".join(part for part in (lead, *quotations) if part)
    return Reply(job, text, answer_buttons(hits[0]), tuple(citations))


def answer_buttons(hit: Hit) -> tuple[Button, ...]:
    return (Button("查看整条原文", hit.document.original(hit.clause)), *FEEDBACK)


def excerpt(hit: Hit, shown: int) -> str:
    """The whole clause when it is short, else its nearest sentences in their order, gaps marked."""
    clause = hit.clause
    if len(clause.text) <= WHOLE_UP_TO or (shown == 1 and len(clause.sentences) <= 2):
        return _unnumbered(clause.text)
    chosen: list[str] = []
    for sentence in hit.sentences:
        if not chosen or sum(map(len, chosen)) + len(sentence) <= WHOLE_UP_TO:
            chosen.append(sentence)
    return "……".join(_runs([s.text for s in clause.sentences], set(chosen)))


def _runs(sentences: list[str], chosen: set[str]) -> list[str]:
    """Neighbouring chosen sentences joined into one run each."""
    runs, open_run = [], ""
    for sentence in sentences:
        if sentence in chosen:
            open_run += _unnumbered(sentence)
        elif open_run:
            runs.append(open_run)
            open_run = ""
    return runs + ([open_run] if open_run else [])


def _unnumbered(text: str) -> str:
    number, dot, rest = text.partition(". ")
    return rest if dot and number.isdigit() else text


def not_found(knowledge: KnowledgeBase, question: str) -> Reply:
    """Say that no clause answers, offer the nearest ones unquoted, and a human."""
    nearest = [hit.clause.id for hit in knowledge.search(question, limit=3) if hit.document.is_plan]
    reply = fixed("oos", wording().not_found, knowledge)
    reply = missed(reply, question, "not found")
    return reply.with_buttons([*(Button(f"看 {clause}", f"原文 {clause}") for clause in nearest), *reply.buttons])
