"""Explanations for petition staff: says where to turn until the approved texts are in."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import fixed
from actions.wording import wording
from knowledge.shared import shared_knowledge


class ActionPetition(Action):
    def name(self) -> str:
        return "action_petition"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        fixed("petition", wording().petition, shared_knowledge()).send(dispatcher)
        return []
