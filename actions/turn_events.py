"""What the assistant learns from a turn: sent beside a reply, never in it, so that no client ever sees it.

Rasa hands what stands beside a reply's own fields to the output channel and no further: its REST channel drops it, ours
(bot/turn_result.py) makes events of it again. So it is whichever process the actions run in.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from knowledge.datafile import Data

# Name of the field beside a reply.
BESIDE = "turn_events"


class Unanswered(Data):
    """A question that got no good answer, and why (a key of ``casework.desk.questions.WHY_NAMES``)."""

    event: Literal["unanswered"] = "unanswered"
    question: str
    why: str


class Helpful(Data):
    """Somebody found an answer helpful, which rests on a clause."""

    event: Literal["helpful"] = "helpful"
    clause: str


class Clarified(Data):
    """Somebody was asked to choose between two jobs, ``policy/tip_off``."""

    event: Literal["clarified"] = "clarified"
    between: str


TurnEvent = Annotated[Unanswered | Helpful | Clarified, Field(discriminator="event")]
TURN_EVENTS: TypeAdapter[tuple[TurnEvent, ...]] = TypeAdapter(tuple[TurnEvent, ...])
