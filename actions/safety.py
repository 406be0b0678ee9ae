"""A life in danger, or a fraud under way: said before everything else, inside a form or not. No form, no clause."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field
from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import Reply
from actions.served import ServedAction
from actions.wording import DATA, ButtonText
from casework.cases.case import CLOSED
from casework.interview.showing import Button
from casework.supplements import add_notes, case_in_mind
from knowledge.datafile import Data, load
from knowledge.text import clean

# Intents that the guard sets (nlu/components.py).
ALARMS = ("danger", "fraud_now")
# After a hint was said so many replies come before another one; the slot has how many are left.
SAID_LATELY, REST = 6, "hint_rest"


class Calm(Data):
    """What somebody is told at once.

    Attributes:
        in_form: said besides when a form is open: what was filled in is there.
        in_case: said besides when the words were added to the case that somebody has in hand.
        hint: said after an answer to words that may mean it, though too unsurely for an alarm.
    """

    text: str = Field(min_length=20, max_length=220)
    in_form: str
    in_case: str
    hint: str = Field(min_length=20, max_length=60)
    buttons: tuple[ButtonText, ...] = ()


class SafetyFile(Data):
    danger: Calm
    fraud_now: Calm


@lru_cache(maxsize=1)
def safety_wording() -> SafetyFile:
    return load(DATA / "safety.yml", SafetyFile)


def safety_reply(alarm: str, besides: Literal["", "in_form", "in_case"] = "") -> Reply:
    """The reply to a message that raised an alarm, with what has become of its words."""
    calm: Calm = getattr(safety_wording(), alarm)
    text = f"{calm.text}\n{getattr(calm, besides)}" if besides else calm.text
    return Reply("safety", text, tuple(Button(button.title, button.payload) for button in calm.buttons))


def with_hint(result: dict[str, Any], tracker: dict[str, Any]) -> dict[str, Any]:
    """An action's result, with where help is to be had after its last text, if the guard heard a hint of danger.

    Said once in a while: not again before SAID_LATELY further replies.

    Args:
        tracker: as Rasa hands it to an action.
    """
    rest, hint = int((tracker.get("slots") or {}).get(REST) or 0), hinted(tracker)
    responses, events = [*(result.get("responses") or ())], [*(result.get("events") or ())]
    last = next((at for at in reversed(range(len(responses))) if responses[at].get("text")), None)
    if rest:
        events.append(SlotSet(REST, rest - 1))
    elif hint and last is not None and (responses[last].get("custom") or {}).get("job") != "safety":
        text = f"{responses[last]['text']}\n{getattr(safety_wording(), hint).hint}"
        responses[last] = {**responses[last], "text": text}
        events.append(SlotSet(REST, SAID_LATELY))
    return {**result, "responses": responses, "events": events}


def hinted(tracker: dict[str, Any]) -> str:
    """The alarm that the last message may mean; empty for an ordinary one."""
    hint = str((tracker.get("latest_message") or {}).get("hint") or "")
    return hint if hint in ALARMS else ""


class ActionSafety(ServedAction):
    """Said first; who has a case in hand loses no word by it: their message is its supplement as well."""

    def name(self) -> str:
        return "action_safety"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        intent = str((tracker.latest_message.get("intent") or {}).get("name"))
        kept = await asyncio.to_thread(self._added, tracker)
        safety_reply(intent if intent in ALARMS else "danger", "in_case" if kept else "").send(dispatcher)
        return []

    def _added(self, tracker: Tracker) -> bool:
        """Whether the message has become a supplement of the case in hand."""
        case = case_in_mind(self.services, tracker.sender_id)
        text = clean(str(tracker.latest_message.get("text") or "")).strip()
        if case is None or case.status == CLOSED or not text:
            return False
        self.services.in_hand.take(tracker.sender_id, add_notes(self.services, case, [text]), "any")
        return True
