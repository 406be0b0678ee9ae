"""What added documents say: a place that a question names, exactly that; an answer from a document that it names; and,
beside another answer, what a second document says of the same, both with their dates.
"""

from __future__ import annotations

import re
from dataclasses import replace

from actions.plan_text import text_not_held
from actions.policy import show_hits
from actions.replies import Reply
from casework.interview.showing import Button
from knowledge.base import Hit, KnowledgeBase
from knowledge.citations import Citation, cite_hit
from knowledge.clauses import Clause
from knowledge.naming import Place, named_document, named_place
from knowledge.reading.numbering import value_of

# A title or a 文号 that is named with a number of its own; only then must another document's same number not be opened.
PLACE = r"\s*第?\s*[一二三四五六七八九十百千零〇两\d（(]"
WITH_NUMBER = re.compile(rf"》{PLACE}|[〔\[(（]\d{{4}}[〕\])）]\s*第?\d+号》?{PLACE}")
LONGEST_QUOTED, MOST_LISTED = 900, 12


def opened_in_document(knowledge: KnowledgeBase, question: str) -> Reply | None:
    """The clause of an added document that a question names; None where it names none."""
    if len(knowledge.documents) > 1 and (place := named_place(knowledge.documents, question)):
        return _opened(place)
    if WITH_NUMBER.search(question):
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


# Of a document that is named the likeliest clause is quoted from this probability on: that it is held is known.
LEAST_WITHIN = 0.15


def answered_in_document(knowledge: KnowledgeBase, question: str) -> Reply | None:
    """The clause that answers, from the added document which a question names; None where it names none."""
    found = named_document(knowledge.documents, question)
    if found is None:
        return None
    document, rest, name = found
    hits = knowledge.within(document, rest if len(rest) >= SHORTEST_QUESTION else question.replace(name, ""))
    if hits and hits[0].probability >= LEAST_WITHIN:
        return show_hits(knowledge, hits[:1], "policy", document.warning)
    text = f"在{document.named}中没有找到直接回答这个问题的条文，请换个说法，或写明第几条。"
    return Reply("policy", text, (Button("转人工", "转人工"),))


SHORTEST_QUESTION = 4


def with_others(reply: Reply, hits: list[Hit]) -> Reply:
    """A reply and, where another document also speaks of it, what that says: both are named with their dates."""
    own = reply.citations[0] if reply.citations else None
    cited = {citation.document.info.id for citation in reply.citations}
    other = next((hit for hit in hits if hit.document.info.id not in cited), None)
    if own is None or other is None:
        return reply
    citation = cite_hit(other)
    unlike = "两处规定不同" if differ(own.quote, citation.quote) else "另一份文件也有规定"
    lines = [
        reply.text,
        f"{unlike}，请注意日期。以上依据：{own.document.dated}{own.clause.label_of(own.quote)}；另见：",
        f"【{other.document.dated}{other.clause.label_of(citation.quote)}】{citation.quote}",
    ]
    return replace(reply, text="\n".join(lines), citations=(*reply.citations, citation))


QUANTITY = re.compile(
    r"(\d[\d,.]*|[一二三四五六七八九十百千两]+)(个?工作日|个月|万元|亿元|小时|周岁|倍|日|天|年|元|%|人|名|次)"
)


def differ(one: str, other: str) -> bool:
    """Whether two rules state different quantities of one kind: ten days here, thirty days there."""
    said = [_quantities(text) for text in (one, other)]
    return any(said[0][unit] != said[1][unit] for unit in said[0].keys() & said[1].keys())


def _quantities(text: str) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for number, unit in QUANTITY.findall(text):
        found.setdefault(unit, set()).add(value_of(number.replace(",", "").partition(".")[0]))
    return found
