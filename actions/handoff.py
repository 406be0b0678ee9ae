"""Where a person can be reached: contact lines from YAML, and the channels that 四（一）3 names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.follow_ups import send_if_it_refers_back
from actions.replies import fixed
from actions.served import ServedAction
from actions.wording import contacts, wording


class ActionHandoff(ServedAction):
    def name(self) -> str:
        return "action_handoff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        # 他电话多少 asks about somebody on the list, not for a person to talk to.
        if (events := send_if_it_refers_back(self.services, dispatcher, tracker)) is not None:
            return events
        reply = fixed("handoff", wording().handoff, self.services.knowledge)
        lines = [contact.line() for contact in contacts()]
        replace(reply, text="\n".join([reply.text, *lines])).send(dispatcher)
        return []
