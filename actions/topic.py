"""What a conversation is about: the last question, its job, what answered it and the clauses shown for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

# Of an earlier question: itself, its job, the clauses shown for it, the entry that answered.
Earlier = tuple[str, str, tuple[str, ...], str]
MOST_EARLIER = 6


@dataclass(frozen=True)
class Topic:
    """Kept in the slot ``topic``.

    Attributes:
        question: complete by itself: what referred back has been resolved in it.
        entry: id of the entry that answered.
        skipped: how often 不是这个 was said about the question.
        shown: entries that were shown for 还有呢.
        others: qualified ids of the clauses of added documents that were shown for it.
        earlier: the questions before it, the first one and the last few.
    """

    question: str
    job: str
    clauses: tuple[str, ...] = ()
    skipped: int = 0
    entry: str = ""
    shown: tuple[str, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    others: tuple[str, ...] = ()

    def after(self, before: Topic | None) -> Topic:
        """This topic, with the one before it remembered."""
        if before is None:
            return self
        if before.question == self.question:
            return replace(self, earlier=before.earlier)
        earlier = (*before.earlier, (before.question, before.job, before.clauses, before.entry))
        return replace(self, earlier=(*earlier[:1], *earlier[1:][1 - MOST_EARLIER :]))

    def events(self) -> list[dict[str, Any]]:
        return [SlotSet("topic", asdict(self))]

    @classmethod
    def of(cls, tracker: Tracker) -> Topic | None:
        kept = tracker.get_slot("topic")
        if not kept:
            return None
        lists = {key: tuple(kept.get(key, ())) for key in ("clauses", "shown", "others")}
        earlier = tuple(
            (question, job, tuple(clauses), entry) for question, job, clauses, entry in kept.get("earlier", ())
        )
        return cls(**{**kept, **lists, "earlier": earlier})
