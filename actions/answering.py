"""The questions that the plan answers: what a message asks, one thing or several, and the reply to it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk.login import signed_in
from actions.desk.roles import Permission, may
from actions.desk.task_dialogue import answer_tasks
from actions.duties import answer_deadline, answer_duty
from actions.policy import FEEDBACK, answer_policy
from actions.replies import Button, Reply
from actions.settings import ActionSettings
from actions.topic import Topic
from knowledge.base import KnowledgeBase
from knowledge.parts import Part, parts_of
from knowledge.shared import shared_knowledge

# An official who asks this wants days and progress; anybody else wants the plan's words.
ASKS_WHAT_IS_DUE = re.compile(r"(要|该|得)(交|办|报|做|完成)|到期")
ASKS_TODO = re.compile(r"(县里|区里|各?县区?|各单位).{0,6}(要做|要干|做什么|干什么|任务|进展)")
AS_WRITTEN = {"p2p": "P2P", "pos": "POS", "app": "App"}


class ActionPolicy(Action):
    """Answers 'may we', 'what happens if', 'what does the plan say'."""

    def name(self) -> str:
        return "action_policy"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        return respond(dispatcher, tracker, "policy")


class ActionDuty(Action):
    def name(self) -> str:
        return "action_duty"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        return respond(dispatcher, tracker, "duty", ASKS_TODO)


class ActionDeadline(Action):
    def name(self) -> str:
        return "action_deadline"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        return respond(dispatcher, tracker, "deadline", ASKS_WHAT_IS_DUE)


def respond(
    dispatcher: CollectingDispatcher, tracker: Tracker, job: str, asks_own_tasks: re.Pattern[str] | None = None
) -> list[dict[str, Any]]:
    """Answer the message; an official who asks after their own tasks gets those."""
    question, account = tracker.latest_message.get("text") or "", signed_in(tracker)
    if account and asks_own_tasks and asks_own_tasks.search(question) and may(account, Permission.SEE_TASKS):
        answer_tasks(account, question, ActionSettings.current().current_day()).send(dispatcher)
        return []
    knowledge = shared_knowledge()
    parts = parts_of(knowledge, question)
    reply, topic = answer_parts(knowledge, question, parts) if parts else answer(knowledge, question, job)
    reply.send(dispatcher)
    return topic.events()


def answer(knowledge: KnowledgeBase, question: str, job: str) -> tuple[Reply, Topic]:
    """Answer a question whose job is known."""
    if job == "duty":
        return answer_duty(knowledge, question)
    if job == "deadline":
        return answer_deadline(knowledge, question, ActionSettings.current().current_day())
    return answer_policy(knowledge, question)


def answer_parts(knowledge: KnowledgeBase, message: str, parts: list[Part]) -> tuple[Reply, Topic]:
    """Answer each question of a message, one after the other."""
    texts, replies = [], []
    for part in parts:
        reply, _ = answer(knowledge, part.text, knowledge.job_of(part.text, part.clause))
        asked = part.text
        for typed, written in AS_WRITTEN.items():
            asked = asked.replace(typed, written)
        texts.append(f"您问“{asked}”：\n{reply.text}")
        replies.append(reply)
    by_quote = {(citation.clause.id, citation.quote): citation for reply in replies for citation in reply.citations}
    citations = tuple(by_quote.values())
    buttons = (*(Button(f"看 {part.clause}", f"原文 {part.clause}") for part in parts), *FEEDBACK)
    whole = replace(replies[0], text="\n\n".join(texts), citations=citations, buttons=buttons, extra={})
    return whole, Topic(message, whole.job, tuple(dict.fromkeys(c.clause.id for c in citations)))
