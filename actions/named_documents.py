"""A place in an added document that a question names: 《…条例》第十条第二款. Exactly that, or that it is not held."""

from __future__ import annotations

import re

from actions.plan_text import text_not_held
from actions.replies import Reply
from knowledge.base import KnowledgeBase
from knowledge.citations import Citation
from knowledge.clauses import Clause
from knowledge.naming import QUOTED, Place, named_place

# A title that is named with a number of its own; only then must another document's same number not be opened.
WITH_NUMBER = re.compile(r"》\s*第?\s*[一二三四五六七八九十百千零〇两\d（(]")
LONGEST_QUOTED, MOST_LISTED = 900, 12


def opened_in_document(knowledge: KnowledgeBase, question: str) -> Reply | None:
    """The clause of an added document that a question names; None where it names none."""
    if len(knowledge.documents) > 1 and (place := named_place(knowledge.documents, question)):
        return _opened(place)
    if QUOTED.search(question) and WITH_NUMBER.search(question):
        return text_not_held(knowledge, question)
    return None


def _opened(place: Place) -> Reply:
    document = place.document
    if not place.clauses:
        return Reply("policy", f"{document.named}中没有“{place.name}”。{_extent(place)}")
    if len(place.clauses) == 1:
        words = place.words if len(place.words) <= LONGEST_QUOTED else place.clauses[0].sentences[0].text
        citation = Citation(document, place.clauses[0], words)
        return Reply("policy", f"【{document.named}{place.name}】{words}", citations=(citation,))
    shown = [clause for clause in place.clauses if clause.kind != "heading"][:MOST_LISTED]
    lines = [f"{clause.label}：{_first(clause)}" for clause in shown]
    more = f"\n……共 {len(place.clauses)} 条。" if len(place.clauses) > len(shown) + 1 else ""
    citations = tuple(Citation(document, clause, _first(clause)) for clause in shown)
    return Reply("policy", f"{document.named}{place.name}包括：\n" + "\n".join(lines) + more, citations=citations)


def _first(clause: Clause) -> str:
    return clause.sentences[0].text if clause.sentences else clause.text


def _extent(place: Place) -> str:
    articles = [clause.id for clause in place.document.clauses if re.fullmatch(r"第[^第]+条(?:之.+)?", clause.id)]
    return f"它从{articles[0]}到{articles[-1]}。" if articles else ""
