"""Questions to the plan: find the clause, say its words."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from actions.replies import Button, Reply, cite_hit, fixed, missed, quoted
from actions.topic import Topic
from actions.wording import wording
from knowledge.base import Hit, KnowledgeBase
from knowledge.text import normalise

# A clause is shown beside the first when it is nearly as likely to be meant (chosen on the question bank's
# own multi-clause entries). Below LEAST nothing is shown: better no clause than a wrong one.
LEAST = 0.10
BESIDE_SHARE = 0.45
BESIDE_LEAST = 0.30
MOST_SHOWN = 7
LEAST_SHARED = 2
# Clauses up to this many characters are quoted whole; of longer ones the nearest sentences are.
WHOLE_UP_TO = 260
FEEDBACK = (Button("有用", "有用"), Button("没用，换一条", "不是这个"))


def answer_policy(knowledge: KnowledgeBase, question: str, job: str = "policy") -> tuple[Reply, Topic]:
    """Answer with the plan's words."""
    hits = likely(knowledge.search(question, limit=10))
    if not hits:
        return not_found(knowledge, question), Topic(question, job)
    reply = replace(show_hits(hits, job), extra={"key": key_phrase(question, hits[0].quote)})
    return reply, Topic(question, job, tuple(hit.clause.id for hit in hits))


def likely(hits: list[Hit]) -> list[Hit]:
    """The best hit and those nearly as likely; empty when even the best is unlikely."""
    if not hits or hits[0].probability < LEAST:
        return []
    least = max(BESIDE_LEAST, BESIDE_SHARE * hits[0].probability)
    return [hits[0], *(hit for hit in hits[1:MOST_SHOWN] if hit.probability >= least)]


def show_hits(hits: list[Hit], job: str, lead: str = "") -> Reply:
    """Quote the hits; a lead sentence stands before the quotations."""
    citations = [cite_hit(hit) for hit in hits]
    plan = hits[0].document.info
    intro = f"根据《{plan.title}》（{plan.number}）：" if hits[0].document.is_plan else ""
    quotations = [quoted(c, excerpt(hit, len(hits))) for c, hit in zip(citations, hits, strict=True)]
    text = "\n\n".join(part for part in (lead, "\n\n".join([intro, *quotations]).strip()) if part)
    return Reply(job, text, answer_buttons(hits[0].clause.id), tuple(citations))


def key_phrase(question: str, quote: str) -> str:
    """The part of a quotation that shares the most word pairs with the question: what a page may emphasise.

    Empty when no part shares two; an emphasis on the wrong words would be worse than none.
    """
    asked = set(pairwise(normalise(question)))
    parts = [part for part in re.split(r"[，；。：]", quote) if part]
    shared = {part: len(asked & set(pairwise(normalise(part)))) for part in parts}
    best = max(shared, key=lambda part: (shared[part], -len(part)), default="")
    return best if shared.get(best, 0) >= LEAST_SHARED else ""


def answer_buttons(clause: str) -> tuple[Button, ...]:
    return (Button("查看整条原文", f"原文 {clause}"), *FEEDBACK)


def excerpt(hit: Hit, shown: int) -> str:
    """The whole clause when it is short, else its nearest sentences in their order, gaps marked."""
    clause = hit.clause
    if len(clause.text) <= WHOLE_UP_TO or (shown == 1 and len(clause.sentences) <= 2):
        return _unnumbered(clause.text)
    room = WHOLE_UP_TO if shown > 1 else WHOLE_UP_TO * 3 // 2
    chosen: list[str] = []
    for sentence in hit.sentences:
        if not chosen or sum(map(len, chosen)) + len(sentence) <= room:
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
