"""What an action says: text, quick replies, and the clauses it rests on, sent as one message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.learnable import learnable
from actions.turn_events import BESIDE, TURN_EVENTS, TurnEvent, Unanswered
from actions.wording import Wording
from casework.interview.showing import Button
from knowledge.base import KnowledgeBase
from knowledge.citations import Citation, cite


@dataclass(frozen=True)
class Reply:
    """One reply of a turn.

    Attributes:
        job: one of the contract's jobs.
        extra: further fields of ``custom``, which clients see.
        events: what the assistant learns from it, which they do not.
    """

    job: str
    text: str
    buttons: tuple[Button, ...] = ()
    citations: tuple[Citation, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    attachment: str | None = None
    image: str | None = None
    events: tuple[TurnEvent, ...] = ()

    @property
    def clauses(self) -> tuple[str, ...]:
        """Ids of the plan's clauses that it rests on, each once, in the order of its citations.

        Clauses of added documents have ids like the plan's and are never taken for the plan's.
        """
        return tuple(dict.fromkeys(c.clause.id for c in self.citations if c.document.is_plan))

    @property
    def others(self) -> tuple[str, ...]:
        """Qualified ids of the clauses of added documents that it rests on."""
        ids = (c.document.qualified(c.clause) for c in self.citations if not c.document.is_plan)
        return tuple(dict.fromkeys(ids))

    def send(self, dispatcher: CollectingDispatcher) -> None:
        """Hand the reply to Rasa; Rasa itself adds the recipient."""
        beside = {BESIDE: TURN_EVENTS.dump_python(self.events, mode="json")} if self.events else {}
        custom = {"job": self.job, "citations": [c.as_json() for c in self.citations], **self.extra}
        dispatcher.utter_message(
            text=self.text,
            buttons=[{"title": button.title, "payload": button.payload} for button in self.buttons],
            json_message=custom,
            attachment=self.attachment,
            image=self.image,
            **beside,
        )

    def with_buttons(self, buttons: Iterable[Button]) -> Reply:
        return replace(self, buttons=tuple(buttons))


def missed(reply: Reply, question: str, why: str) -> Reply:
    """A reply that is no good answer to a question: the office will see what was asked, unless it tells of a person."""
    if not learnable(question):
        return reply
    return replace(reply, events=(*reply.events, Unanswered(question=question, why=why)))


def fixed(job: str, text: Wording, knowledge: KnowledgeBase) -> Reply:
    """A reply from the wording file."""
    return Reply(
        job,
        text.text,
        tuple(Button(button.title, button.payload) for button in text.buttons),
        tuple(cite(knowledge, clause) for clause in text.clauses),
    )
