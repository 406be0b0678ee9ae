"""What a conversation is about: the last question, its job, and the clauses shown for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet


@dataclass(frozen=True)
class Topic:
    """Kept in the slot ``topic``; ``skipped`` counts how often 不是这个 was said about the question."""

    question: str
    job: str
    clauses: tuple[str, ...] = ()
    skipped: int = 0

    def events(self) -> list[dict[str, Any]]:
        return [SlotSet("topic", asdict(self))]

    @classmethod
    def of(cls, tracker: Tracker) -> Topic | None:
        kept = tracker.get_slot("topic")
        return cls(**{**kept, "clauses": tuple(kept["clauses"])}) if kept else None
