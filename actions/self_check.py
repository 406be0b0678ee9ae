"""Enterprise self-check (附件2): says where to turn until the interview opens."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import fixed
from actions.wording import wording
from knowledge.shared import shared_knowledge


class ActionSelfCheck(Action):
    def name(self) -> str:
        return "action_self_check"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        fixed("self_check", wording().self_check, shared_knowledge()).send(dispatcher)
        return []
