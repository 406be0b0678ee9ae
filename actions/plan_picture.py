"""时间安排图, 组织结构图: what the plan says as a picture, and in words for those who cannot see it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import answer
from actions.served import ServedAction


class ActionPlanPicture(ServedAction):
    def name(self) -> str:
        return "action_plan_picture"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        asks_when = bool(re.search(r"时间|日程|进度", tracker.latest_message.get("text") or ""))
        question, name = ("时间安排", "timeline") if asks_when else ("领导小组名单", "group")
        reply, topic = answer(self.services.knowledge, self.services.today(), question)
        replace(reply, image=f"/charts/plan/{name}.png").send(dispatcher)
        return topic.events()
