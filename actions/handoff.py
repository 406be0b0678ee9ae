"""Where a person can be reached: contact lines from YAML, and the channels that 四（一）3 names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.follow_ups import refers_back
from actions.replies import fixed
from actions.topic import Topic
from actions.wording import contacts, wording
from knowledge.shared import shared_knowledge


class ActionHandoff(Action):
    def name(self) -> str:
        return "action_handoff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        knowledge, before = shared_knowledge(), Topic.of(tracker)
        # 他电话多少 asks about somebody on the list, not for a person to talk to.
        if meant := refers_back(knowledge, str(tracker.latest_message.get("text") or ""), before):
            meant.reply.send(dispatcher)
            return meant.topic.after(before).events()
        reply = fixed("handoff", wording().handoff, knowledge)
        lines = [contact.line() for contact in contacts()]
        replace(reply, text="\n".join([reply.text, *lines])).send(dispatcher)
        return []
