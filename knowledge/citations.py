"""A clause and the words quoted from it; one that is not word for word in its clause cannot be built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.base import Hit, KnowledgeBase
from knowledge.clauses import Clause
from knowledge.documents import Document


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


def cite(knowledge: KnowledgeBase, clause_id: str, quote: str | None = None) -> Citation:
    """Cite the plan; without a quote the whole clause is quoted."""
    clause = knowledge.plan.clause(clause_id)
    if clause is None:
        raise ValueError(f"the plan has no clause {clause_id}")
    return Citation(knowledge.plan, clause, quote or clause.text)


def cite_hit(hit: Hit) -> Citation:
    return Citation(hit.document, hit.clause, hit.quote)


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
