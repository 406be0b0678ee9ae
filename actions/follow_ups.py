"""What refers back: 那众筹呢, 谁管它, 要是不改呢, 为什么, 还有呢, 第三步呢, 我说的是广告.

A message that is not complete by itself is completed from the topic (``data/follow_ups.yml`` has the patterns), and the
completed question is what the next one refers to, so that a chain keeps its thread over any number of turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from pydantic import Field

from actions.answers import FEEDBACK, Asked, answer_entry
from actions.plan_text import opened
from actions.replies import Button, Reply, cite, quoted
from actions.settings import ActionSettings
from actions.topic import Topic
from actions.wording import DATA
from knowledge.base import KnowledgeBase
from knowledge.context import POINTS_BACK, put_in_place, subject_of
from knowledge.core import ASKED, core
from knowledge.datafile import Data, load
from knowledge.directory import Mention
from knowledge.entries import Entry, Fact, NotSaid, Overview
from knowledge.question_form import wanted
from knowledge.text import normalise


class Pattern(Data):
    """A short message that is a question only after another, and the whole question it stands for.

    Attributes:
        like: a regular expression that the whole message must match.
        means: the question; {subject}, {what} and {step} are filled in from the topic.
        after: the kinds of topic it fits; all when empty: fact, deadline, person, lead, not_said, overview.
        entry: the entry that answers, where no question has to be judged.
        asks: why (the reason of what was said), where (the clause that it stands in) or opened (what that clause is
            about), which no question can ask.
    """

    like: str
    means: str = ""
    after: tuple[str, ...] = ()
    entry: str = ""
    asks: Literal["", "why", "where", "opened"] = ""


class FollowUpFile(Data):
    """Read from ``data/follow_ups.yml``."""

    patterns: tuple[Pattern, ...] = Field(min_length=1)
    correction: str
    more: str
    nth: str
    step: str


@lru_cache(maxsize=1)
def follow_up_rules() -> FollowUpFile:
    return load(DATA / "follow_ups.yml", FollowUpFile)


# What somebody most likely asks about a thing of each kind when nothing was asked before.
USUAL_QUESTION = {
    "sector": "{}谁牵头",
    "trade": "{}归谁管",
    "unit": "{}负责什么",
    "person": "{}是谁",
    "step": "{}什么时候完成",
    "county": "{}政府负责什么",
}
SWITCHED = {"step": "deadline", "sector": "duty", "trade": "duty", "unit": "duty", "person": "duty", "county": "duty"}
TURN = re.compile(r"^(那么?|要是|如果是?|换成)|呢$")
# What makes a message one about the thing before: without it a short question stands by itself.
CORRECTS = re.compile(
    r"^(?:不是|不对|我(?:说|问|指|要|想)|是(?:说|问|指)|那|要是|如果|换|至于)|呢[?？]?$|也|怎么说|行吗|怎么样"
)
MOST_MORE = 4
LONGEST_SHOWN = 110
# A message up to this length may be completed from the topic, with a pronoun one of the second length.
LONG, LONG_WITH_PRONOUN = 20, 30
LEAST_SURE = 0.05
WITHOUT_REASON = "open.why_rule"
REASON = re.compile(r"^为|是为|以便|防止|目的|旨在")
STEPS = ("四（二）1", "四（二）2", "四（二）3", "四（二）4")
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Resolved:
    """The reply to a message that referred back, and what the conversation is about from now on."""

    reply: Reply
    topic: Topic


def in_context(knowledge: KnowledgeBase, message: str, topic: Topic | None) -> Resolved | None:
    """Resolve a message that refers back to the topic; None when it stands by itself."""
    if topic is None:
        return None
    text = normalise(message).strip(" 。！!~")
    rules = follow_up_rules()
    return (
        _nth(knowledge, text, topic, rules)
        or _next_step(knowledge, text, topic, rules)
        or _more(knowledge, text, topic, rules)
        or _by_pattern(knowledge, text, topic)
        or _meant(knowledge, text, topic)
        or _corrected(knowledge, text, topic, rules)
    )


def _meant(knowledge: KnowledgeBase, text: str, topic: Topic) -> Resolved | None:
    """What a message asks for after the entry that was answered with; a long one without a pronoun stands by itself."""
    if not topic.entry or len(text) > (LONG_WITH_PRONOUN if POINTS_BACK.search(text) else LONG):
        return None
    found = knowledge.meant(text, topic.question, topic.entry)
    entry = knowledge.entry(found.entry) if found and found.probability >= LEAST_SURE else None
    if found is None or entry is None:
        return None
    form = wanted(text)
    has_form = form.form != "other" or form.who or form.when
    reply = answer_entry(knowledge, entry, _asked(knowledge, text if has_form else found.question))
    return Resolved(reply, Topic(found.question, reply.job, reply.clauses, entry=entry.id))


def answered(knowledge: KnowledgeBase, question: str, topic: Topic) -> Resolved:
    """The answer to a completed question."""
    from actions.answering import answer

    return Resolved(*answer(knowledge, question, topic.job))


def _by_pattern(knowledge: KnowledgeBase, text: str, topic: Topic) -> Resolved | None:
    """谁管, 要是不改呢, 为什么, 第几条: what a short message of a known form stands for after a topic."""
    entry = knowledge.entries.get(topic.entry) if topic.entry else None
    kind = _kind(entry, topic)
    for pattern in follow_up_rules().patterns:
        if not re.fullmatch(pattern.like, text) or (pattern.after and kind not in pattern.after):
            continue
        if pattern.asks == "where":
            return _where(knowledge, topic)
        if pattern.asks == "opened":
            return _opened(knowledge, topic)
        meant = knowledge.entry(_why(knowledge, topic) if pattern.asks == "why" else pattern.entry)
        if meant is None:
            return answered(knowledge, pattern.means.format(**_filling(knowledge, topic, entry)), topic)
        reply = answer_entry(knowledge, meant, _asked(knowledge, topic.question))
        return Resolved(reply, replace(topic, entry=meant.id, job=reply.job))
    return None


def _where(knowledge: KnowledgeBase, topic: Topic) -> Resolved | None:
    """第几条, 依据呢: the clause that was quoted, and its words."""
    if not topic.clauses:
        return None
    entry = knowledge.entry(topic.entry) if topic.entry else None
    words = entry.quotations[0] if entry and entry.quotations else None
    clause = words.clause if words else topic.clauses[0]
    citation = cite(knowledge, clause, words.quote if words else None)
    heading = "、".join(citation.clause.path)
    text = f"依据是{citation.clause.label}（{heading}）。\n{quoted(citation, citation.quote[:LONGEST_SHOWN])}"
    reply = Reply(topic.job, text, (Button("查看整条原文", f"原文 {clause}"), *FEEDBACK), (citation,))
    return Resolved(reply, topic)


def _opened(knowledge: KnowledgeBase, topic: Topic) -> Resolved | None:
    """这条说的是谁: what the clause is about that was shown."""
    clause = knowledge.plan.clause(topic.clauses[0]) if topic.clauses else None
    return Resolved(opened(knowledge, clause), topic) if clause else None


def gives_reason(fact: Fact) -> bool:
    """Whether a norm says what something is for."""
    return fact.modality == "目标" or bool(REASON.search(fact.conclusion))


def _why(knowledge: KnowledgeBase, topic: Topic) -> str:
    """The entry that gives the reason for what was said: an aim of the same clause, or that the plan gives none."""
    aims = [fact.id for clause in topic.clauses[:1] for fact in knowledge.entries.by_clause.get(clause, [])
            if gives_reason(fact) and fact.id != topic.entry]  # fmt: skip
    return aims[0] if len(aims) == 1 else WITHOUT_REASON


def _kind(entry: Entry | None, topic: Topic) -> str:
    if isinstance(entry, NotSaid):
        return "not_said"
    if isinstance(entry, Overview):
        return "overview"
    if isinstance(entry, Fact):
        if entry.modality == "期限" or entry.clause in STEPS:
            return "deadline"
        if entry.clause == "附件1":
            return "person"
        return "lead" if entry.clause.startswith("三（二）") else "fact"
    return topic.job


def _filling(knowledge: KnowledgeBase, topic: Topic, entry: Entry | None) -> dict[str, str]:
    """What a completed question may name."""
    subject = subject_of(knowledge.directory, knowledge.entries, topic.question, entry)
    clause = next((c for c in topic.clauses if c in STEPS), "")
    step = next((d.step for d in knowledge.directory.deadlines if d.clause == clause), "")
    what = entry.what if isinstance(entry, Fact) else entry.topic if entry else ""
    return {"subject": subject or what, "what": what or subject, "step": step or "清理整顿"}


def _nth(knowledge: KnowledgeBase, text: str, topic: Topic, rules: FollowUpFile) -> Resolved | None:
    """第二个是什么时候, 第三步呢."""
    match = re.match(rules.nth, text)
    if match is None:
        return None
    number = int(match["n"]) if match["n"].isdigit() else NUMERALS.find(match["n"]) + 1
    entry = knowledge.entries.get(topic.entry) if topic.entry else None
    if match["of"] == "步" and 1 <= number <= len(STEPS):
        return _step(knowledge, number, topic)
    if not isinstance(entry, Overview) or not 1 <= number <= len(entry.items):
        return None
    item = entry.items[number - 1]
    citation = cite(knowledge, item.clause, item.quote)
    text = f"第 {number} 项：{item.text}。\n{quoted(citation, item.quote)}"
    buttons = (Button("查看整条原文", f"原文 {item.clause}"), *FEEDBACK)
    return Resolved(Reply(topic.job, text, buttons, (citation,)), replace(topic, clauses=(item.clause,)))


def _next_step(knowledge: KnowledgeBase, text: str, topic: Topic, rules: FollowUpFile) -> Resolved | None:
    """下一步呢, 上一步是什么: the step of 四（二） after or before the one that was talked about."""
    match = re.fullmatch(rules.step, text)
    now = next((number for number, clause in enumerate(STEPS, 1) if clause in topic.clauses[:1]), None)
    if match is None or now is None:
        return None
    number = now + 1 if match["way"] in "下后" else now - 1
    return _step(knowledge, number, topic) if 1 <= number <= len(STEPS) else None


def _step(knowledge: KnowledgeBase, number: int, topic: Topic) -> Resolved:
    step = next(d.step for d in knowledge.directory.deadlines if d.clause == STEPS[number - 1])
    return answered(knowledge, f"{step}什么时候完成", topic)


def _more(knowledge: KnowledgeBase, text: str, topic: Topic, rules: FollowUpFile) -> Resolved | None:
    """还有呢: what stands beside the fact that was shown, and was not shown yet."""
    if not re.fullmatch(rules.more, text) or not topic.entry:
        return None
    seen = {topic.entry, *topic.shown}
    more = [fact for fact in _beside(knowledge, topic.entry) if fact.id not in seen][:MOST_MORE]
    if not more:
        reply = Reply(topic.job, "这一点方案只写了这些，没有更多规定。您可以看整条原文，或者换个问题。",
                      tuple(Button(f"看 {clause}", f"原文 {clause}") for clause in topic.clauses[:2]))  # fmt: skip
        return Resolved(reply, topic)
    citations = tuple(dict.fromkeys(cite(knowledge, fact.clause, fact.quote) for fact in more))
    lines = [f"{n}. {fact.conclusion}（{cite(knowledge, fact.clause).clause.label}）" for n, fact in enumerate(more, 1)]
    buttons = (Button("查看整条原文", f"原文 {more[0].clause}"), *FEEDBACK)
    reply = Reply(topic.job, "还有这些相关规定：\n" + "\n".join(lines), buttons, citations)
    return Resolved(reply, replace(topic, shown=(*topic.shown, *(fact.id for fact in more))))


def _beside(knowledge: KnowledgeBase, entry_id: str) -> Iterator[Fact]:
    entry = knowledge.entry(entry_id)
    if isinstance(entry, Fact):
        for other in entry.related:
            if isinstance(found := knowledge.entry(other), Fact):
                yield found
    clause = entry.quotations[0].clause if entry and entry.quotations else ""
    yield from knowledge.entries.by_clause.get(clause, [])


def _corrected(knowledge: KnowledgeBase, text: str, topic: Topic, rules: FollowUpFile) -> Resolved | None:
    """我说的是广告, and 那众筹呢: the question before, about the thing now named."""
    match = re.fullmatch(rules.correction, text)
    if match is None or not CORRECTS.search(text) or (ASKED.search(text) and not TURN.search(text)):
        return None
    mentions = knowledge.directory.mentions(match["thing"])
    if not mentions:
        return None
    question, _ = carry_over(knowledge, match["thing"], mentions[0], topic)
    return answered(knowledge, question, topic)


def carry_over(knowledge: KnowledgeBase, said: str, new: Mention, before: Topic | None) -> tuple[str, str]:
    """Ask the question before about the thing now named.

    Returns:
        The whole question and its job.
    """
    name = said[new.start : new.end]
    if before:
        if whole := put_in_place(knowledge.directory, before.question, said, new):
            return whole, before.job
        if new.kind in ("sector", "trade") and before.entry:
            return f"{name}{core(normalise(before.question))}", before.job
    return USUAL_QUESTION[new.kind].format(name), SWITCHED[new.kind]


def _asked(knowledge: KnowledgeBase, question: str) -> Asked:
    return Asked.read(knowledge, question, ActionSettings.current().current_day())
