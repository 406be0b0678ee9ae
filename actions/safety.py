"""A life in danger, or a fraud under way: said before everything else, inside a form or not. No form, no clause."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import Field
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import Reply
from actions.wording import DATA, ButtonText
from casework.interview.showing import Button
from knowledge.datafile import Data, load

# Intents that the guard sets (nlu/components.py).
ALARMS = ("danger", "fraud_now")


class Calm(Data):
    """What somebody is told at once.

    Attributes:
        in_form: said besides when a form is open: what was filled in is there.
    """

    text: str = Field(min_length=20, max_length=220)
    in_form: str
    buttons: tuple[ButtonText, ...] = ()


class SafetyFile(Data):
    danger: Calm
    fraud_now: Calm


@lru_cache(maxsize=1)
def safety_wording() -> SafetyFile:
    return load(DATA / "safety.yml", SafetyFile)


def safety_reply(alarm: str, in_form: bool = False) -> Reply:
    """The reply to a message that raised an alarm."""
    calm: Calm = getattr(safety_wording(), alarm)
    text = f"{calm.text}\n{calm.in_form}" if in_form else calm.text
    return Reply("safety", text, tuple(Button(button.title, button.payload) for button in calm.buttons))


class ActionSafety(Action):
    def name(self) -> str:
        return "action_safety"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        intent = str((tracker.latest_message.get("intent") or {}).get("name"))
        safety_reply(intent if intent in ALARMS else "danger").send(dispatcher)
        return []
