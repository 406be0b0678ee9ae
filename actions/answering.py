"""The questions that the plan answers: what a message asks, one thing or several, and the reply to it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import FEEDBACK, REPORT, Asked, answer_entry, answer_why
from actions.choosing import asked_why_of, in_fitting_order
from actions.directory_answers import answered_by_directory
from actions.follow_ups import Resolved, in_context
from actions.named_documents import answered_in_document, opened_in_document, with_others, with_penalty
from actions.named_things import thing_not_in_plan
from actions.officials.login import signed_in
from actions.officials.tasks import tasks_or_why_not
from actions.plan_text import opened_by_id, opened_by_number, text_not_held
from actions.policy import not_found, show_hits
from actions.premises import with_premise_put_right
from actions.replies import Reply
from actions.served import ServedAction
from actions.topic import Topic
from casework.desk.roles import Permission, may
from casework.interview.showing import Button
from casework.services import Services
from knowledge.base import MOST_HITS, KnowledgeBase
from knowledge.citations import cite
from knowledge.context import POINTS_BACK
from knowledge.entries import Entry, NotSaid, Overview
from knowledge.multi_question import SubQuestion, split_questions

# An official who asks this wants days and progress; anybody else wants the plan's words.
ASKS_WHAT_IS_DUE = re.compile(r"(要|该|得)(交|办|报|做|完成)|到期")
ASKS_TODO = re.compile(r"(县里|区里|各?县区?|各单位).{0,6}(要做|要干|做什么|干什么|任务|进展)")
ORDINALS = "一二三四五六"
# Below this no entry is said to answer: better no answer than a wrong one. Chosen on questions of the bank left out.
LEAST, LEAST_TOGETHER = 0.05, 1e-4
# A second fact is named beside the first when the first is not sure and the second is likely enough beside it: with
# these a second line stands under 12 of 100 questions of hands not known, and mends 3 of the 7 that are wrong.
BESIDE_SHARE, SURE = 0.25, 0.75


class ActionPolicy(ServedAction):
    """Answers 'may we', 'what happens if', 'what does the plan say'."""

    def name(self) -> str:
        return "action_policy"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        return respond(self.services, dispatcher, tracker, "policy")


class ActionDuty(ServedAction):
    def name(self) -> str:
        return "action_duty"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        return respond(self.services, dispatcher, tracker, "duty", ASKS_TODO)


class ActionDeadline(ServedAction):
    def name(self) -> str:
        return "action_deadline"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        return respond(self.services, dispatcher, tracker, "deadline", ASKS_WHAT_IS_DUE)


def respond(
    services: Services,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    job: str,
    asks_own_tasks: re.Pattern[str] | None = None,
) -> list[dict[str, Any]]:
    """Answer the message; an official who asks after their own tasks gets those."""
    question = str(tracker.latest_message.get("text") or "")
    if asks_own_tasks and asks_own_tasks.search(question):
        account = signed_in(services, tracker)
        if account and may(account, Permission.SEE_TASKS):
            tasks_or_why_not(services, account, question).send(dispatcher)
            return []
    knowledge, today, before = services.knowledge, services.today(), Topic.of(tracker)
    if meant := resolved(knowledge, today, question, before):
        meant.reply.send(dispatcher)
        return meant.topic.after(before).events()
    parts = split_questions(knowledge, question)
    reply, topic = answer_parts(knowledge, today, question, parts) if parts else answer(knowledge, today, question, job)
    reply.send(dispatcher)
    return topic.after(before).events()


def resolved(knowledge: KnowledgeBase, today: date, message: str, before: Topic | None) -> Resolved | None:
    """What a message asks for that needs no judging, or that only the conversation before it tells.

    What names all that it is about is answered by itself, whatever was talked about before.
    """
    if before is None:
        return None
    asked = Asked.read(knowledge, message, today)
    reply = opened_in_document(knowledge, message) or opened_by_id(knowledge, message)
    reply = reply or answered_by_directory(knowledge, asked)
    if reply and not POINTS_BACK.search(asked.text):
        return Resolved(reply, Topic(message, reply.job, reply.clauses, others=reply.others))
    return in_context(knowledge, today, message, before)


def answer(knowledge: KnowledgeBase, today: date, question: str, job: str = "policy") -> tuple[Reply, Topic]:
    """Answer a question to the plan, what it takes for granted of who leads put right first.

    Args:
        today: the day on which it is asked.
        question: complete by itself; what refers back has been resolved.
        job: what the reply is taken for when nothing is found.
    """
    asked = Asked.read(knowledge, question, today)
    reply, topic = _answered(knowledge, today, question, asked, job)
    return _with_report_offered(knowledge, question, with_premise_put_right(knowledge, asked, reply)), topic


# A report this likely is offered beside an answer.
PERHAPS_REPORTED = 0.1


def _with_report_offered(knowledge: KnowledgeBase, question: str, reply: Reply) -> Reply:
    """The answer with a button to report, where what is told may well be meant as a report."""
    if knowledge.judgement(question).chance_of_report < PERHAPS_REPORTED or REPORT in reply.buttons:
        return reply
    return reply.with_buttons([REPORT, *reply.buttons])


def _answered(
    knowledge: KnowledgeBase, today: date, question: str, asked: Asked, job: str
) -> tuple[Reply, Topic]:  # fmt: skip
    if direct := direct_answer(knowledge, today, question, asked):
        return direct.reply, direct.topic
    if shown := _of_added_documents(knowledge, question, job):
        return shown
    entries = likely_entries(knowledge, question)
    chances = {entry.id: chance for entry, chance in entries}
    best = max(chances.values(), default=0.0)
    entries = in_fitting_order(knowledge, entries, asked) if entries else []
    first = entries[0][0] if entries else None
    if unnamed := thing_not_in_plan(knowledge, asked, first, chances.get(first.id, best) if first else 0.0):
        return unnamed, Topic(question, unnamed.job, unnamed.clauses)
    # That it is a question was decided before: which one counts, beside the other questions only.
    together = knowledge.judgement(question).chance_of_answer
    if best < LEAST * together or together < LEAST_TOGETHER:
        return not_found(knowledge, question), Topic(question, job)
    if asked.wanted.why and (fact := asked_why_of(knowledge, entries)):
        reply = answer_why(knowledge, fact, asked)
        return reply, Topic(question, reply.job, reply.clauses, entry=fact.id)
    reply = answer_entry(knowledge, entries[0][0], asked, entries[0][1])
    if len(entries) > 1:
        reply = _beside(knowledge, reply, entries, asked)
    reply = with_others(reply, knowledge.beside(question))
    return reply, Topic(question, reply.job, reply.clauses, entry=entries[0][0].id)


def _of_added_documents(knowledge: KnowledgeBase, question: str, job: str) -> tuple[Reply, Topic] | None:
    """What the office answered with a clause, or a document beside the plan where it comes before it."""
    shown = knowledge.search(question, limit=1) if knowledge.added(question) else knowledge.ahead(question)
    if not shown:
        return None
    first = shown[0].document
    of_first = [*shown[:1], *(hit for hit in knowledge.search(question, MOST_HITS) if hit.document is first)]
    reply = with_others(show_hits(knowledge, with_penalty(question, of_first), job), shown[1:])
    return reply, Topic(question, job, reply.clauses, others=reply.others)


def direct_answer(knowledge: KnowledgeBase, today: date, question: str, asked: Asked | None = None) -> Resolved | None:
    """The answer to what needs no judging: a place named by its number, a law not held, a unit as a whole."""
    asked = asked or Asked.read(knowledge, question, today)
    reply = opened_in_document(knowledge, question) or opened_by_number(knowledge, question)
    reply = reply or text_not_held(knowledge, question) or answered_in_document(knowledge, question)
    reply = reply or answered_by_directory(knowledge, asked)
    return Resolved(reply, Topic(question, reply.job, reply.clauses, others=reply.others)) if reply else None


def likely_entries(knowledge: KnowledgeBase, question: str) -> list[tuple[Entry, float]]:
    """Entries by probability, the likeliest first, those that no question of the kind is about left out."""
    found = []
    for choice in knowledge.judgement(question).answers:
        if entry := knowledge.entry(choice.label):
            found.append((entry, choice.probability))
            if len(found) == MOST_ENTRIES:
                break
    return found


MOST_ENTRIES = 10


def _beside(knowledge: KnowledgeBase, reply: Reply, entries: list[tuple[Entry, float]], asked: Asked) -> Reply:
    """The answer with what is nearly as likely named in a line below it, where neither is sure."""
    (first, sure), (second, close) = entries[:2]
    if isinstance(first, Overview) or isinstance(second, Overview) or second.conclusion in reply.text:
        return reply
    if sure >= SURE or close < BESIDE_SHARE * sure:
        return reply
    if isinstance(second, NotSaid) and second.kind == "premise" and asked.wanted.form != "confirm":
        return reply  # what it denies was not supposed
    if isinstance(second, NotSaid):
        return replace(reply, text=f"{reply.text}\n另外：{second.conclusion}")
    citation = cite(knowledge, second.clause, second.quote)
    if citation in reply.citations:
        return reply
    line = f"另见：{second.conclusion}（{citation.clause.label}）"
    return replace(reply, text=f"{reply.text}\n{line}", citations=(*reply.citations, citation))


def _answer_part(knowledge: KnowledgeBase, today: date, part: SubQuestion) -> Reply:
    entry = knowledge.entry(part.entry) if part.entry else None
    if entry is None:
        return answer(knowledge, today, part.text)[0]
    return answer_entry(knowledge, entry, Asked.read(knowledge, part.text, today))


def _told_once(replies: list[Reply]) -> list[Reply]:
    """Replies without those that rest on the same words as one before: their conclusions stand above its quotation."""
    kept: list[Reply] = []
    for reply in replies:
        same = next(
            (n for n, one in enumerate(kept) if reply.citations and one.citations[:1] == reply.citations[:1]), None
        )
        if same is None:
            kept.append(reply)
        elif (says := reply.text.partition("\n")[0]) not in kept[same].text:
            kept[same] = replace(kept[same], text=f"{says}\n{kept[same].text}")
    return kept


def answer_parts(knowledge: KnowledgeBase, today: date, message: str, parts: list[SubQuestion]) -> tuple[Reply, Topic]:
    """Answer each question of a message, one after the other."""
    replies = _told_once([_answer_part(knowledge, today, part) for part in parts])
    if len(replies) == 1:
        return replies[0], Topic(message, replies[0].job, replies[0].clauses, entry=replies[0].extra.get("entry", ""))
    texts = [f"第{number}问：{reply.text}" for number, reply in zip(ORDINALS, replies, strict=False)]
    citations = tuple(dict.fromkeys(citation for reply in replies for citation in reply.citations))
    first = [reply.citations[0] for reply in replies if reply.citations]
    shown = {one.document.original(one.clause): f"看 {one.clause.id}" for one in first}
    buttons = (*(Button(title, says) for says, title in shown.items()), *FEEDBACK)
    whole = replace(replies[0], text="\n\n".join(texts), citations=citations, buttons=buttons, extra={})
    return whole, Topic(message, whole.job, whole.clauses)
