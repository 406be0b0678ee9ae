"""Tip-offs and their status: says where to turn until reports are taken here."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import fixed
from actions.wording import wording
from knowledge.shared import shared_knowledge


class ActionTipOff(Action):
    def name(self) -> str:
        return "action_tip_off"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        fixed("tip_off", wording().tip_off, shared_knowledge()).send(dispatcher)
        return []


class ActionTipStatus(Action):
    def name(self) -> str:
        return "action_tip_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        fixed("tip_status", wording().tip_status, shared_knowledge()).send(dispatcher)
        return []
