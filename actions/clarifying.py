"""Two readings that are close: an answer names the other one beside it, a procedure is not begun on a guess."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import answer
from actions.replies import Reply
from actions.served import ServedAction
from actions.topic import Topic
from actions.turn_events import Clarified
from actions.wording import Reading, readings
from casework.interview.showing import Button


class ActionClarify(ServedAction):
    def name(self) -> str:
        return "action_clarify"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        message = tracker.latest_message
        question = str(message.get("text") or "")
        first, second = two_readings([item["name"] for item in message.get("intent_ranking") or []])
        if first.answers:
            reply, topic = answer(self.services.knowledge, self.services.today(), question, first.job)
            # First, since on a phone a quotation fills the screen.
            text = f"如果您是想{second.means}，请点下面的“{second.title}”；如果是问规定：\n\n{reply.text}"
            reply = replace(reply, text=text, buttons=(_button(second), *reply.buttons))
        else:
            text = f"我不太确定您的意思：您是想{first.means}，还是想{second.means}？请选一个，或换句话再说一次。"
            reply, topic = Reply(first.job, text, (_button(first), _button(second))), Topic(question, second.job)
        replace(reply, events=(*reply.events, Clarified(between=f"{first.job}/{second.job}"))).send(dispatcher)
        return topic.events()


def _button(reading: Reading) -> Button:
    return Button(reading.title, reading.payload)


def two_readings(ranked: list[str]) -> tuple[Reading, Reading]:
    """The two likeliest readings of a ranking of intents, those that are said alike counted once."""
    found: dict[str, Reading] = {}
    for reading in (readings()[intent] for intent in ranked if intent in readings()):
        found.setdefault(reading.payload, reading)
    first, second, *_ = found.values()
    return first, second
