"""Greeting, thanks, goodbye, help, and what is declined."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from pydantic import Field
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import direct_answer, resolved
from actions.follow_ups import send_if_it_refers_back
from actions.replies import fixed, missed
from actions.served import ServedAction
from actions.topic import Topic
from actions.wording import DATA, wording
from knowledge.base import KnowledgeBase
from knowledge.datafile import Data, load
from knowledge.question_bank import names_another_city
from knowledge.text import normalise


class ActionGreet(ServedAction):
    def name(self) -> str:
        return "action_greet"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        fixed("greet", wording().greet, self.services.knowledge).send(dispatcher)
        return []


class ActionGoodbye(ServedAction):
    def name(self) -> str:
        return "action_goodbye"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        fixed("greet", wording().goodbye, self.services.knowledge).send(dispatcher)
        return []


class ActionThanks(ServedAction):
    def name(self) -> str:
        return "action_thanks"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        fixed("greet", wording().thanks, self.services.knowledge).send(dispatcher)
        return []


class ActionHelp(ServedAction):
    def name(self) -> str:
        return "action_help"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        # 它还干啥 sounds like 你能干啥.
        if (events := send_if_it_refers_back(self.services, dispatcher, tracker)) is not None:
            return events
        fixed("help", wording().help, self.services.knowledge).send(dispatcher)
        return []


class ActionOutOfScope(ServedAction):
    def name(self) -> str:
        return "action_out_of_scope"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        said, knowledge = str(tracker.latest_message.get("text") or ""), self.services.knowledge
        before, today = Topic.of(tracker), self.services.today()
        if meant := resolved(knowledge, today, said, before):
            meant.reply.send(dispatcher)
            return meant.topic.after(before).events()
        if direct := direct_answer(knowledge, today, said):
            direct.reply.send(dispatcher)
            return direct.topic.after(before).events()
        job, words = "oos", wording().out_of_scope
        if asks_of_plan(said):
            job, words = "policy", wording().not_in_plan
        elif of_the_subject(knowledge, said):
            words = wording().near_plan
        missed(fixed(job, words, knowledge), said, "declined").send(dispatcher)
        return []


class SubjectFile(Data):
    """Read from ``data/subject.yml``."""

    words: tuple[str, ...] = Field(min_length=1)


@lru_cache(maxsize=1)
def _subject_words() -> tuple[str, ...]:
    return tuple(normalise(word) for word in load(DATA / "subject.yml", SubjectFile).words)


def of_the_subject(knowledge: KnowledgeBase, message: str) -> bool:
    """Whether a message that nothing answers is about what the plan is about, as far as its words say."""
    text = normalise(message)
    if names_another_city(message):
        return False
    return any(word in text for word in _subject_words()) or bool(knowledge.directory.mentions(text))


# 方案写了没, 58号文点名没有.
OF_PLAN = re.compile(
    r"(?:(?:这|本|你们|咱)(?:个|份)?|^|[，,])(?:方案|文件|58号文?)(?:里|上|中|头)?[^，。]{0,10}(?:写|提|说|规定|点名|管|讲|涉及)"
    r"|(?:写|提|点名)(?:过|到)?了?没有?[?？]?$"
)


def asks_of_plan(message: str) -> bool:
    """Whether a message that nothing answers asks what the plan says: it is told that the plan does not say it."""
    return bool(OF_PLAN.search(message)) and not names_another_city(message)
