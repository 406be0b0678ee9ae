"""Rasa's Agent as this program runs it, and every place in which Rasa had to be bent: no setting of its own does it.

- Actions are answered in process: Rasa's endpoint is a URL, so ours answers without one (``InProcessActions``).
- The check of an action's result builds Rasa's constant schema anew each time; nothing of it can be passed in, so the
  method is replaced (``_validate_action_result``).
- Reading a message is the processor's, which the Agent makes itself while it loads a model: its class is changed then
  (``Processor``), and so is its tracker store, which the Agent wraps.

What goes past Rasa with a turn stands in ``knowledge/turn.py``; how actions get their services, in
``actions/served.py``.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import LockStore
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

import actions
from actions.expecting import SUPPLEMENT, after_submission, meant
from actions.follow_ups import goes_on
from actions.safety import hinted, with_hint
from actions.served import ServedExecutor
from actions.staff_words import meant_by_staff
from actions.topic import Topic
from bot.conversations import Conversations, SealedTrackerStore
from casework.desk.account import Account
from casework.interview.asking import is_asking
from casework.services import Services
from knowledge.turn import ANSWERS_A_FORM


class InProcessActions(EndpointConfig):
    """Rasa's action endpoint answered by the action classes themselves, without an HTTP hop."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._executor, self._services = ServedExecutor(services), services
        self._executor.register_package(actions)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        call = kwargs.get("json") or {}
        result = await self._executor.run(call)
        if not result:
            return {"events": [], "responses": []}
        tracker = call.get("tracker") or {}
        if hinted(tracker):
            staff: Account | None = await asyncio.to_thread(self._services.accounts.bound, str(tracker["sender_id"]))
            if staff is not None:
                return result  # staff tell what others say at the counter
        return with_hint(result, tracker)


ACTION_RESULT = validator_for({})(RemoteAction.action_response_format_spec())


def _validate_action_result(action: RemoteAction, result: dict[str, Any]) -> bool:
    """Rasa's own check of an action's result, without checking Rasa's constant schema anew each time.

    That was half the time of a turn (22 of 45 ms).
    """
    ACTION_RESULT.validate(result)
    return True


RemoteAction._validate_action_result = _validate_action_result


class Processor(MessageProcessor):
    """Rasa's processor, which need not find out what an answer to a form could mean."""

    services: Services

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        """Read a message; its parse result is kept on it as well, for the log."""
        in_form = tracker is not None and tracker.active_loop_name is not None
        token = ANSWERS_A_FORM.set(in_form and not is_asking(message.text or ""))
        try:
            parsed: dict[str, Any] = await super().parse_message(message, tracker, only_output_properties)
        finally:
            ANSWERS_A_FORM.reset(token)
        text = message.text or ""
        if not in_form and tracker and (intent := self._heard_as(tracker, text, parsed)):
            parsed["intent"] = {"name": intent, "confidence": 1.0}
        message.parse_data = parsed
        return parsed

    def _heard_as(self, tracker: DialogueStateTracker, text: str, parsed: dict[str, Any]) -> str:
        """The intent of a message that is another than it seems: for who says it, or behind what."""
        return (
            supplement_meant(self.services, tracker, text, parsed)
            or meant_by_staff(self.services, tracker, text, parsed)
            or asked_on(self.services, tracker, text, parsed)
        )


def supplement_meant(
    services: Services, tracker: DialogueStateTracker, text: str, parsed: dict[str, Any]
) -> str | None:
    """The intent of a message of somebody who has a case in hand, where it is another than it seems; else None."""
    heard_as = parsed.get("intent") or {}
    intent, confidence = str(heard_as.get("name") or ""), float(heard_as.get("confidence") or 0)
    wanted = services.in_hand.expects(tracker.sender_id)
    if wanted is None:
        going_on = after_submission(intent, confidence, text)
        submitted = going_on and services.cases.receipt_again(tracker.sender_id)
        return SUPPLEMENT if submitted else None
    heard = meant(text, intent, wanted, is_asking(text))
    return heard if heard != intent else None


def asked_on(services: Services, tracker: DialogueStateTracker, text: str, parsed: dict[str, Any]) -> str:
    """The intent of a message that asks on about what was answered before, though by itself it seems another."""
    intent = parsed.get("intent") or {}
    return goes_on(
        services.knowledge, text, str(intent.get("name") or ""), float(intent.get("confidence") or 0), Topic.of(tracker)
    )


def load_agent(model: Path, services: Services, conversations: Conversations, locks: LockStore) -> Agent:
    """Load a trained model, with the actions in this process."""
    trackers = SealedTrackerStore(conversations)
    agent = Agent.load(str(model), tracker_store=trackers, lock_store=locks, action_endpoint=InProcessActions(services))
    agent.processor.__class__, agent.processor.services = Processor, services
    # Rasa wraps the store in one that answers from an empty conversation when it cannot be read, and keeps in memory
    # what cannot be written: whoever was in the middle of a report would be asked what they mean, and lose it.
    agent.tracker_store = agent.processor.tracker_store = trackers
    return agent
