"""What refers back to the turn before: 那众筹呢, 原文, 不是这个, 看方案怎么规定."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import answer, likely_entries, resolved
from actions.answers import Asked, answer_entry
from actions.earlier import pointed_at
from actions.follow_ups import Resolved, carry_over, send_if_it_refers_back
from actions.replies import Reply, fixed, missed
from actions.served import ServedAction
from actions.topic import Topic
from actions.turn_events import Helpful
from actions.wording import wording
from knowledge.base import KnowledgeBase
from knowledge.citations import Citation, cite, quoted
from knowledge.naming import named_place
from knowledge.text import normalise

# Whoever said 不是这个 so often is better served by other words or by a person.
MOST_SKIPPED = 3


class ActionFollowUp(ServedAction):
    def name(self) -> str:
        return "action_follow_up"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        knowledge, today = self.services.knowledge, self.services.today()
        said, before = tracker.latest_message.get("text") or "", Topic.of(tracker)
        meant = resolved(knowledge, today, said, before) or _usual(knowledge, today, said)
        if meant is None:
            return _nothing_before(dispatcher, self.services.knowledge)
        meant.reply.send(dispatcher)
        return meant.topic.after(before).events()


def _usual(knowledge: KnowledgeBase, today: date, message: str) -> Resolved | None:
    """那众筹呢 with nothing before it: what is usually asked of such a thing."""
    mentions = knowledge.directory.mentions(message)
    if not mentions:
        return None
    return Resolved(*answer(knowledge, today, *carry_over(knowledge, normalise(message), mentions[0], None)))


class ActionAsked(ServedAction):
    """Answers what was asked before, once somebody has said that they wanted an answer and no procedure."""

    def name(self) -> str:
        return "action_asked"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        before = Topic.of(tracker)
        if before is None:
            return _nothing_before(dispatcher, self.services.knowledge)
        reply, topic = answer(self.services.knowledge, self.services.today(), before.question, before.job)
        reply.send(dispatcher)
        return topic.after(before).events()


def _nothing_before(dispatcher: CollectingDispatcher, knowledge: KnowledgeBase) -> list[dict[str, Any]]:
    fixed("help", wording().nothing_before, knowledge).send(dispatcher)
    return []


class ActionShowOriginal(ServedAction):
    def name(self) -> str:
        return "action_show_original"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        knowledge, topic = self.services.knowledge, Topic.of(tracker)
        message = str(tracker.latest_message.get("text") or "")
        named = named_clauses(knowledge, message)
        if topic and not named and (earlier := pointed_at(message, topic)):
            topic = earlier[0]
        clauses = named or (topic.clauses if topic else ())
        known = [cite(knowledge, clause) for clause in clauses if knowledge.plan.clause(clause)]
        if provision := named_place(knowledge.documents, message):
            known = [Citation(provision.document, clause, clause.text) for clause in provision.clauses[:1]]
        elif topic and not named:
            found = [knowledge.cited(one) for one in topic.others]
            known += [Citation(document, clause, clause.text) for document, clause in filter(None, found)]
        if not known:
            return _nothing_before(dispatcher, self.services.knowledge)
        job = topic.job if topic else "policy"
        text = "\n\n".join(quoted(citation, citation.quote) for citation in known)
        Reply(job, text, citations=tuple(known)).send(dispatcher)
        if not named or (topic and named[0] in topic.clauses):
            return []
        return Topic(message, "policy", named).after(topic).events()


def named_clauses(knowledge: KnowledgeBase, message: str) -> tuple[str, ...]:
    """Clause ids in a message, full-width or half-width, the longest reading of each."""
    text = unicodedata.normalize("NFKC", message)
    names = {name: clause.id for clause in knowledge.plan.clauses for name in (clause.id, clause.label)}
    longest_first = sorted(names, key=len, reverse=True)
    found = next((name for name in longest_first if unicodedata.normalize("NFKC", name) in text), None)
    return (names[found],) if found else ()


class ActionUseful(ServedAction):
    """Who says that an answer was of use is thanked, and the clause is counted."""

    def name(self) -> str:
        return "action_useful"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        topic = Topic.of(tracker)
        praised = (Helpful(clause=topic.clauses[0]),) if topic and topic.clauses else ()
        Reply("greet", "谢谢您的反馈。还有问题请接着问。", events=praised).send(dispatcher)
        return []


class ActionNextBest(ServedAction):
    def name(self) -> str:
        return "action_next_best"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        knowledge, topic = self.services.knowledge, Topic.of(tracker)
        if topic is None:
            return _nothing_before(dispatcher, self.services.knowledge)
        # 有没有例外 sounds like 没有用.
        if (events := send_if_it_refers_back(self.services, dispatcher, tracker)) is not None:
            return events
        seen = {topic.entry, *topic.shown}
        others = [entry for entry, _ in likely_entries(knowledge, topic.question) if entry.id not in seen]
        if not others or topic.skipped >= MOST_SKIPPED:
            missed(fixed("help", wording().no_other, knowledge), topic.question, "unhelpful").send(dispatcher)
            return []
        asked = Asked.read(knowledge, topic.question, self.services.today())
        other = answer_entry(knowledge, others[0], asked)
        text = f"换一条较接近的，请看是不是您要的：\n{other.text}"
        missed(replace(other, text=text), topic.question, "unhelpful").send(dispatcher)
        clauses = (*topic.clauses, *other.clauses)
        shown = (*topic.shown, topic.entry)
        return Topic(topic.question, topic.job, clauses, topic.skipped + 1, others[0].id, shown, topic.earlier).events()
