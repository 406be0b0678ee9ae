"""What added documents say: a place that a question names, exactly that; an answer from a document that it names; and,
beside another answer, what a second document says of the same, both with their dates.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from actions.plan_text import text_not_held
from actions.policy import show_hits
from actions.replies import Reply
from casework.interview.showing import Button
from knowledge.base import NO_NORM, Hit, KnowledgeBase
from knowledge.citations import Citation, cite_hit
from knowledge.clauses import Clause
from knowledge.documents import Document
from knowledge.naming import ARTICLE, ProvisionReference, literal_place, named_document, named_place
from knowledge.penalties import asks_for_penalty, punishes, punishing
from knowledge.reading.numbering import value_of
from knowledge.short_names import meant_by_short_name

# A title or a 文号 that is named with a number of its own; only then must another document's same number not be opened.
PLACE = r"\s*第?\s*[一二三四五六七八九十百千零〇两\d（(]"
WITH_NUMBER = re.compile(rf"》{PLACE}|[〔\[(（]\d{{4}}[〕\])）]\s*第?\d+号》?{PLACE}")
LONGEST_QUOTED, MOST_LISTED, MOST_MEANT = 900, 12, 4


def opened_in_document(knowledge: KnowledgeBase, question: str) -> Reply | None:
    """The clause of an added document that a question names; None where it names none."""
    if len(knowledge.documents) > 1 and (provision := named_place(knowledge.documents, question)):
        return _opened(provision)
    if several := _several_meant(knowledge, question):
        return several
    if WITH_NUMBER.search(question):
        return text_not_held(knowledge, question)
    return None


# 第五条呢, 那第三款怎么说: a place without a document. 二（一） is the plan's wherever it is said.
PLACE_ALONE = re.compile(
    r"(?:那么?|还有|再?看看?|打开|它的?|里面的?|同一?份?文件的?)*"
    r"((?:第\s*[一二三四五六七八九十百千零〇两\d]+\s*[条款章节]|表\s*\d)[^,，。?？]{0,16})[?？]?"
)


def opened_in_same_document(knowledge: KnowledgeBase, message: str, shown: str) -> Reply | None:
    """The place that is named without a document, in the added document that was quoted before it; else None.

    Args:
        shown: qualified id of the clause that was quoted.
    """
    alone = PLACE_ALONE.fullmatch(unicodedata.normalize("NFKC", message).strip())
    cited = knowledge.cited(shown) if alone else None
    if alone is None or cited is None or cited[0].is_plan or not cited[0].is_searched:
        return None
    document, clause = cited
    article = clause.id if re.match(r"第[^条]{1,4}款", alone[1]) and clause.id.endswith("条") else ""
    provision = named_place([document], f"《{document.info.title}》{article}{alone[1]}")
    return _opened(provision) if provision else None


def _several_meant(knowledge: KnowledgeBase, question: str) -> Reply | None:
    """Which documents a short name may mean, where it may mean several and a place in one is asked for."""
    text = unicodedata.normalize("NFKC", question)
    meant, at, name = meant_by_short_name(knowledge.documents, text)
    rest = text[at + len(name) :]
    if len(meant) < 2 or not ARTICLE.match(rest.lstrip("的里中 ")):
        return None
    titles = [f"《{one.info.title}》" for one in meant[:MOST_MEANT]]
    buttons = tuple(Button(f"看第{number}份", title + rest) for number, title in enumerate(titles, 1))
    listed = "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
    return Reply("policy", f"“{name}”可能是下面的一份，请点选，或写明全名：\n{listed}", buttons)


def _opened(provision: ProvisionReference) -> Reply:
    document = provision.document
    if not provision.clauses:
        return Reply("policy", f"{document.named}中没有“{provision.name}”。{_extent(provision)}")
    if len(provision.clauses) == 1:
        words = provision.words if len(provision.words) <= LONGEST_QUOTED else provision.clauses[0].sentences[0].text
        citation = Citation(document, provision.clauses[0], words)
        return Reply("policy", f"【{document.named}{provision.name}】{words}", citations=(citation,))
    shown = [clause for clause in provision.clauses if clause.kind != "heading"][:MOST_LISTED]
    lines = [f"{clause.label}：{_first(clause)}" for clause in shown]
    more = f"\n……共 {len(provision.clauses)} 条。" if len(provision.clauses) > len(shown) + 1 else ""
    citations = tuple(Citation(document, clause, _first(clause)) for clause in shown)
    return Reply("policy", f"{document.named}{provision.name}包括：\n" + "\n".join(lines) + more, citations=citations)


def _first(clause: Clause) -> str:
    return clause.sentences[0].text if clause.sentences else clause.text


def _extent(provision: ProvisionReference) -> str:
    articles = [clause.id for clause in provision.document.clauses if re.fullmatch(r"第[^第]+条(?:之.+)?", clause.id)]
    return f"它从{articles[0]}到{articles[-1]}。" if articles else ""


# Of a document that is named the likeliest clause is quoted from LEAST_WITHIN on: that it is held is known. Down to
# LEAST_NEAREST it is quoted as the nearest only.
LEAST_WITHIN, LEAST_NEAREST = 0.15, 0.03


def answered_in_document(knowledge: KnowledgeBase, question: str) -> Reply | None:
    """The clause that answers, from the added document which a question names; None where it names none."""
    found = named_document(knowledge.documents, question)
    if found is None:
        return None
    document, rest, name = found
    asked = _without_name(question, rest, name)
    hits = knowledge.within(document, asked)
    if hits and hits[0].probability >= LEAST_WITHIN:
        return show_hits(knowledge, with_penalty(asked, hits), "policy", document.warning)
    if (not hits or hits[0].probability < LEAST_NEAREST) and (literal := _literal(document, asked)):
        hits = [literal]
    if hits and hits[0].probability >= LEAST_NEAREST:
        lead = f"{document.warning}\n{NEAREST.format(document.named)}".strip()
        return show_hits(knowledge, hits[:1], "policy", lead)
    text = f"在{document.named}中没有找到直接回答这个问题的条文，请换个说法，或写明第几条。"
    return Reply("policy", text, (Button("转人工", "转人工"),))


def _without_name(question: str, rest: str, name: str) -> str:
    """What is asked of a document that is named: what follows its name, and what stands before it."""
    before, _, _ = unicodedata.normalize("NFKC", question).partition(name)
    before = before.rstrip("《\"”' ,，")
    return rest if len(before) < SHORTEST_QUESTION <= len(rest) else f"{before}，{rest}".strip("，")


def _literal(document: Document, asked: str) -> Hit | None:
    """The clause that alone has the very words of a question."""
    norms = [clause for clause in document.clauses if clause.kind not in NO_NORM]
    found = literal_place(norms, asked)
    return Hit(document, found[0], LEAST_NEAREST, found[1], (found[1],)) if found else None


def with_penalty(question: str, hits: list[Hit]) -> list[Hit]:
    """The clauses to quote, the likeliest first; asked what a breach costs, what punishes it comes before the rule.

    Laws forbid in one article and punish in another, which has fewer of the question's words.

    Args:
        hits: of one document at least, the likeliest first.
    """
    first = hits[0]
    if not asks_for_penalty(question) or punishes(first.clause):
        return hits[:1]
    others = [hit for hit in hits[1:] if hit.document is first.document and punishes(hit.clause)]
    by_number = punishing(first.document, first.clause)
    penal = next((hit for hit in others if hit.clause in by_number), None)
    penal = penal or next((hit for hit in others if hit.probability >= PENAL_SHARE * first.probability), None)
    return [penal, first] if penal else [first]


# How likely, beside the rule, a clause that punishes must be to be quoted before it where it does not name the rule.
PENAL_SHARE = 0.1
NEAREST = "{}中与您的问题最接近的是下面这一处，不一定就是答案，请核对原文："
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
