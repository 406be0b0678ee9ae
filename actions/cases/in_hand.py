"""The submitted case that somebody has in hand: its receipt or code was shown in their conversation just now."""

from __future__ import annotations

import time
from typing import Any, Literal

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.cases.store import ASKING, Case, CaseStore

SLOT = "tip"
# After showing a receipt one may write to the case for so long without showing it again.
OPEN_SECONDS = 30 * 60
# next: the next message is the supplement whatever it says; any: unless it is plainly something else.
Expects = Literal["next", "any"]


def in_hand(case: Case, expects: Expects | None = None) -> dict[str, Any]:
    """The event that remembers a case; one whose handler asked something expects the answer next."""
    wanted = expects or ("next" if case.status == ASKING else "any")
    event: dict[str, Any] = SlotSet(SLOT, {"case": case.id, "until": time.time() + OPEN_SECONDS, "expects": wanted})
    return event


def put_down() -> dict[str, Any]:
    event: dict[str, Any] = SlotSet(SLOT, None)
    return event


def opened(tracker: Tracker, store: CaseStore) -> Case | None:
    """The case in hand; None when there is none or it was too long ago."""
    slot = tracker.get_slot(SLOT)
    return store.get(slot["case"]) if slot and slot["until"] > time.time() else None


def expects(slot: Any) -> Expects | None:
    """What a conversation with this slot expects next; None when nothing is in hand."""
    if not slot or slot["until"] <= time.time():
        return None
    return "next" if slot.get("expects") == "next" else "any"
