"""What refers back to the turn before: 那众筹呢, 原文, 不是这个, 看方案怎么规定."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import answer
from actions.policy import show_hits
from actions.replies import HELPFUL, Reply, cite, fixed, missed, quoted
from actions.topic import Topic
from actions.wording import wording
from knowledge.base import KnowledgeBase
from knowledge.directory import Mention
from knowledge.shared import shared_knowledge
from knowledge.text import normalise

# What somebody most likely asks about a thing of each kind when nothing was asked before.
USUAL_QUESTION = {
    "sector": "{}谁牵头",
    "trade": "{}归谁管",
    "unit": "{}负责什么",
    "person": "{}是谁",
    "step": "{}什么时候完成",
    "county": "{}政府负责什么",
}
# Kinds that can stand in each other's place in a question.
SAME_PLACE = [{"sector", "trade"}, {"unit", "county"}, {"person"}, {"step"}]
# Whoever said 不是这个 so often is better served by other words or by a person.
MOST_SKIPPED = 3
SWITCHED_JOB = {
    "step": "deadline",
    "sector": "duty",
    "trade": "duty",
    "unit": "duty",
    "person": "duty",
    "county": "duty",
}


TURN = re.compile(r"^(那么?|要是|如果是?|换成)|呢$")


class ActionFollowUp(Action):
    def name(self) -> str:
        return "action_follow_up"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        knowledge = shared_knowledge()
        said, before = tracker.latest_message.get("text") or "", Topic.of(tracker)
        mentions = knowledge.directory.mentions(said)
        if mentions:
            return _answered(dispatcher, *carry_over(knowledge, normalise(said), mentions[0], before))
        if before is None:
            return _nothing_before(dispatcher)
        return _answered(dispatcher, f"{before.question} {TURN.sub('', normalise(said))}", before.job)


class ActionAsked(Action):
    """Answers what was asked before, once somebody has said that they wanted an answer and no procedure."""

    def name(self) -> str:
        return "action_asked"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        before = Topic.of(tracker)
        return _answered(dispatcher, before.question, before.job) if before else _nothing_before(dispatcher)


def _answered(dispatcher: CollectingDispatcher, question: str, job: str) -> list[dict[str, Any]]:
    reply, topic = answer(shared_knowledge(), question, job)
    reply.send(dispatcher)
    return topic.events()


def _nothing_before(dispatcher: CollectingDispatcher) -> list[dict[str, Any]]:
    fixed("help", wording().nothing_before, shared_knowledge()).send(dispatcher)
    return []


def carry_over(knowledge: KnowledgeBase, said: str, new: Mention, before: Topic | None) -> tuple[str, str]:
    """Ask the question before about the thing now named.

    Returns:
        The whole question and its job.
    """
    name = said[new.start : new.end]
    if before:
        asked = normalise(before.question)
        place = next(kinds for kinds in SAME_PLACE if new.kind in kinds)
        for old in knowledge.directory.mentions(asked):
            if old.kind in place:
                return asked[: old.start] + name + asked[old.end :], before.job
    return USUAL_QUESTION[new.kind].format(name), SWITCHED_JOB[new.kind]


class ActionShowOriginal(Action):
    def name(self) -> str:
        return "action_show_original"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        knowledge, topic = shared_knowledge(), Topic.of(tracker)
        clauses = named_clauses(knowledge, tracker.latest_message.get("text") or "") or (topic.clauses if topic else ())
        known = [cite(knowledge, clause) for clause in clauses if knowledge.plan.clause(clause)]
        if not known:
            return _nothing_before(dispatcher)
        job = topic.job if topic else "policy"
        text = "\n\n".join(quoted(citation, citation.quote) for citation in known)
        Reply(job, text, citations=tuple(known)).send(dispatcher)
        return []


def named_clauses(knowledge: KnowledgeBase, said: str) -> tuple[str, ...]:
    """Clause ids in a message, full-width or half-width, the longest reading of each."""
    text = unicodedata.normalize("NFKC", said)
    ids = sorted((clause.id for clause in knowledge.plan.clauses), key=len, reverse=True)
    found = next((clause for clause in ids if unicodedata.normalize("NFKC", clause) in text), None)
    return (found,) if found else ()


class ActionUseful(Action):
    """Who says that an answer was of use is thanked, and the clause is counted."""

    def name(self) -> str:
        return "action_useful"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        topic = Topic.of(tracker)
        praised = {HELPFUL: topic.clauses[0]} if topic and topic.clauses else {}
        Reply("greet", "谢谢您的反馈。还有问题请接着问。", extra=praised).send(dispatcher)
        return []


class ActionNextBest(Action):
    def name(self) -> str:
        return "action_next_best"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        knowledge, topic = shared_knowledge(), Topic.of(tracker)
        if topic is None:
            return _nothing_before(dispatcher)
        hits = [hit for hit in knowledge.search(topic.question, limit=10) if hit.clause.id not in topic.clauses]
        if not hits or topic.skipped >= MOST_SKIPPED:
            missed(fixed("help", wording().no_other, knowledge), topic.question, "unhelpful").send(dispatcher)
            return []
        job = next(iter(knowledge.jobs_of_clause(hits[0].clause.id)), topic.job)
        other = show_hits(hits[:1], job, lead="换一条较接近的，请看是不是您要的：")
        missed(other, topic.question, "unhelpful").send(dispatcher)
        shown = (*topic.clauses, hits[0].clause.id)
        return Topic(topic.question, topic.job, shown, topic.skipped + 1).events()
