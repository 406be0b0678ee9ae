"""What a conversation is about: the last question, its job, what answered it and the clauses shown for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet


@dataclass(frozen=True)
class Topic:
    """Kept in the slot ``topic``.

    Attributes:
        question: complete by itself: what referred back has been resolved in it.
        entry: id of the entry that answered.
        skipped: how often 不是这个 was said about the question.
        shown: entries that were shown for 还有呢.
    """

    question: str
    job: str
    clauses: tuple[str, ...] = ()
    skipped: int = 0
    entry: str = ""
    shown: tuple[str, ...] = ()

    def events(self) -> list[dict[str, Any]]:
        return [SlotSet("topic", asdict(self))]

    @classmethod
    def of(cls, tracker: Tracker) -> Topic | None:
        kept = tracker.get_slot("topic")
        if not kept:
            return None
        lists = {key: tuple(kept.get(key, ())) for key in ("clauses", "shown")}
        return cls(**{**kept, **lists})
