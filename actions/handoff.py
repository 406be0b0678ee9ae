"""Where a person can be reached: contact lines from YAML, and the channels that 四（一）3 names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import fixed
from actions.wording import contacts, wording
from knowledge.shared import shared_knowledge


class ActionHandoff(Action):
    def name(self) -> str:
        return "action_handoff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        reply = fixed("handoff", wording().handoff, shared_knowledge())
        lines = [contact.line() for contact in contacts()]
        replace(reply, text="\n".join([reply.text, *lines])).send(dispatcher)
        return []
