"""What an action says: text, quick replies, and the clauses it rests on, sent as one message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.learnable import learnable
from actions.wording import Wording
from knowledge.base import Hit, KnowledgeBase
from knowledge.clauses import Clause
from knowledge.documents import Document

# In a reply's extra: the question that got no good answer, and why; the assistant keeps it and takes it out.
UNANSWERED = "unanswered"
# The clause that somebody found helpful, in the same place.
HELPFUL = "helpful"
# The two jobs between which somebody was asked to choose.
CLARIFIED = "clarified"


@dataclass(frozen=True)
class Button:
    """A quick reply; ``payload`` is what a person could have typed, so any channel can offer it."""

    title: str
    payload: str


@dataclass(frozen=True)
class Citation:
    """A clause and the words quoted from it, verbatim."""

    document: Document
    clause: Clause
    quote: str

    def __post_init__(self) -> None:
        if self.quote not in self.clause.text:
            raise ValueError(f"not a quotation from {self.clause.id}: {self.quote[:40]}")

    def as_json(self) -> dict[str, str]:
        return {
            "clause": self.clause.id,
            "label": self.clause.label_of(self.quote),
            "quote": self.quote,
            "url": self.document.url(self.clause),
            "document": self.document.info.title,
            "standing": self.document.info.standing,
            "number": self.document.info.number,
        }


@dataclass(frozen=True)
class Reply:
    """One reply of a turn. ``job`` is one of the contract's jobs."""

    job: str
    text: str
    buttons: tuple[Button, ...] = ()
    citations: tuple[Citation, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    attachment: str | None = None
    image: str | None = None

    @property
    def clauses(self) -> tuple[str, ...]:
        """Ids of the plan's clauses that it rests on, each once, in the order of its citations.

        Clauses of added documents have ids like the plan's and are never taken for the plan's.
        """
        return tuple(dict.fromkeys(c.clause.id for c in self.citations if c.document.is_plan))

    def send(self, dispatcher: CollectingDispatcher) -> None:
        """Hand the reply to Rasa; Rasa itself adds the recipient."""
        custom = {"job": self.job, "citations": [c.as_json() for c in self.citations], **self.extra}
        dispatcher.utter_message(
            text=self.text,
            buttons=[{"title": button.title, "payload": button.payload} for button in self.buttons],
            json_message=custom,
            attachment=self.attachment,
            image=self.image,
        )

    def with_buttons(self, buttons: Iterable[Button]) -> Reply:
        return replace(self, buttons=tuple(buttons))


def missed(reply: Reply, question: str, why: str) -> Reply:
    """A reply that is no good answer to a question: the office will see what was asked, unless it tells of a person."""
    if not learnable(question):
        return reply
    return replace(reply, extra={**reply.extra, UNANSWERED: {"question": question, "why": why}})


def cite(knowledge: KnowledgeBase, clause_id: str, quote: str | None = None) -> Citation:
    """Cite the plan; without a quote the whole clause is quoted."""
    clause = knowledge.plan.clause(clause_id)
    if clause is None:
        raise ValueError(f"the plan has no clause {clause_id}")
    return Citation(knowledge.plan, clause, quote or clause.text)


def cite_hit(hit: Hit) -> Citation:
    return Citation(hit.document, hit.clause, hit.quote)


def fixed(job: str, text: Wording, knowledge: KnowledgeBase) -> Reply:
    """A reply from the wording file."""
    return Reply(
        job,
        text.text,
        tuple(Button(button.title, button.payload) for button in text.buttons),
        tuple(cite(knowledge, clause) for clause in text.clauses),
    )


def quoted(citation: Citation, words: str) -> str:
    """How a quotation stands in a text: where it is from, then the plan's words in quotation marks."""
    name = "" if citation.document.is_plan else citation.document.named
    return f"【{name}{citation.clause.label_of(citation.quote)}】{words}"


def quoted_by_clause(citations: Iterable[Citation]) -> list[str]:
    """The quotations as paragraphs, those of one clause together, in the order of first mention."""
    by_clause: dict[tuple[str, str], list[Citation]] = {}
    for citation in citations:
        by_clause.setdefault((citation.document.info.id, citation.clause.id), []).append(citation)
    return [quoted(found[0], "\n".join(dict.fromkeys(c.quote for c in found))) for found in by_clause.values()]
