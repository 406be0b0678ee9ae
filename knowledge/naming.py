"""Questions that name an added document and a place in it: 《…条例》第十条第二款, 国办发〔2016〕21号二（一）."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.clauses import Clause
from knowledge.documents import COUNTRY, Document
from knowledge.reading.numbering import CHINESE, Kind, marker_of, numeral_of, value_of
from knowledge.short_names import OF_ANOTHER, meant_by_short_name

NUMBER = rf"[{CHINESE}\d]{{1,9}}"
ARTICLE = re.compile(
    rf"第?\s*({NUMBER})\s*条(之[{CHINESE}\d]{{1,3}})?(?:的?第?\s*({NUMBER})\s*款)?(?:的?第?\s*\(?({NUMBER})\)?\s*项)?"
)
DIVISION = re.compile(rf"第\s*({NUMBER})\s*(编|分编|章|节|部分)")
ROW = re.compile(r"表\s*([A-Z]\.\d{1,2}|\d{1,3}(?:-\d{1,2})?)\s*第\s*(\d{1,4})\s*行", re.I)
ANNEX = re.compile(rf"附件\s*({NUMBER})(?!\d)")
DOTTED = re.compile(r"((?:\d{1,2}|[A-Z])(?:\.\d{1,2}){1,4})(?![\d年月日.])", re.I)
OUTLINE = re.compile(
    rf"([{CHINESE}]{{1,3}})\s*[、,]?\s*(?:\(([{CHINESE}]{{1,3}})\))?\s*(\d{{1,3}})?(?![\d年月日{CHINESE}])"
)
# Clauses that follow the text and stand below none of its headings.
AFTER_TEXT = re.compile(r"落款|附注|附件|附表|版记|结语|出席")
SHORTEST_NAME = 2
SHORTEST_RUN, LONGEST_RUN = 4, 30


@dataclass(frozen=True)
class ProvisionReference:
    """What a question names in an added document.

    Attributes:
        name: the place as it is cited: 第十条第二款.
        clauses: the clauses it stands for; empty where the document has no such place.
        words: the words of the one part that is named, all of the clause where no part is; empty for several clauses.
    """

    document: Document
    name: str
    clauses: tuple[Clause, ...]
    words: str


def named_place(documents: Iterable[Document], question: str) -> ProvisionReference | None:
    """The place in an added document that a question names by the document's name and a number; None if it does not."""
    found = named_document(documents, question)
    if found is None:
        return None
    document, rest, _ = found
    return _article(document, rest) or _other(document, rest)


def named_document(documents: Iterable[Document], question: str) -> tuple[Document, str, str] | None:
    """The added document that a question names, what follows the name, and the name; the longest that fits wins.

    A name for short counts where it is short for one document alone.
    """
    text, documents = unicodedata.normalize("NFKC", question), tuple(documents)
    best: tuple[Document, str, str] | None = None
    for document in documents:
        if document.is_plan or not document.is_searched:
            continue
        for name in names_of(document):
            at = _place_of(name, text)
            if at >= 0 and (best is None or len(name) > len(best[2])):
                best = (document, text[at + len(name) :].lstrip("》\"”' "), name)
    return best or _named_for_short(documents, text)


def _named_for_short(documents: Sequence[Document], text: str) -> tuple[Document, str, str] | None:
    meant, at, name = meant_by_short_name(documents, text)
    if len(meant) != 1 or meant[0].is_plan:
        return None
    return meant[0], text[at + len(name) :], name


def literal_place(norms: Sequence[Clause], question: str) -> tuple[Clause, str] | None:
    """The clause, and its sentence, that alone has the longest run of a question's words that any clause has."""
    asked = unicodedata.normalize("NFKC", question)
    texts = [unicodedata.normalize("NFKC", clause.text) for clause in norms]
    whole = "\n".join(texts)
    for length in range(min(len(asked), LONGEST_RUN), SHORTEST_RUN - 1, -1):
        runs = [run for n in range(len(asked) - length + 1) if (run := asked[n : n + length]) in whole]
        if not runs:
            continue
        having = [clause for clause, text in zip(norms, texts, strict=True) if any(run in text for run in runs)]
        if len(having) > 1:
            return None
        normal = (unicodedata.normalize("NFKC", one.text) for one in having[0].sentences)
        found = zip(having[0].sentences, normal, strict=True)
        sentence = next((one.text for one, text in found if any(run in text for run in runs)), having[0].text)
        return having[0], sentence
    return None


def _place_of(name: str, text: str) -> int:
    """Where a text names a document: not where the name is a part of another's, as in 《…条例实施细则》; else -1."""
    for match in re.finditer(re.escape(name), text):
        before, after = text[: match.start()], text[match.end() :]
        in_quotation = before.count("《") > before.count("》")
        if in_quotation and not (before.endswith("《") and after.startswith("》")):
            continue
        if not OF_ANOTHER.match(after):
            return match.start()
    return -1


def names_of(document: Document) -> list[str]:
    """What people call a document: its title with and without the country's name and brackets, its number."""
    title = unicodedata.normalize("NFKC", document.info.title)
    bare = re.sub(r"\([^)]*\)$", "", title)
    names = {title, bare, bare.removeprefix(COUNTRY)}
    if issued := re.search(r"关于印发《?(.+?)》?的通知$", bare):
        names.add(issued[1])
    if document.info.number:
        names.add(unicodedata.normalize("NFKC", document.info.number))
    return [name for name in names if len(name) >= SHORTEST_NAME]


def _numeral(number: str) -> str:
    return numeral_of(value_of(number))


def _article(document: Document, rest: str) -> ProvisionReference | None:
    match = next((one for one in ARTICLE.finditer(rest) if _is_place(one, rest)), None)
    if match is None or not value_of(match[1]):
        return None
    after = f"之{_numeral(match[2][1:])}" if match[2] else ""
    name = f"第{_numeral(match[1])}条{after}"
    clause = document.clause(name) or document.clause(f"第{value_of(match[1])}条{after}")
    part = (f"第{_numeral(match[3])}款" if match[3] else "") + (f"第{_numeral(match[4])}项" if match[4] else "")
    if clause is None and (place := _no_article(document, name, match[4] or "", bool(match[3]))):
        return place
    if clause is None:
        return ProvisionReference(document, name + part, (), "")
    if not part:
        return ProvisionReference(document, name, (clause,), clause.text)
    words = _part(clause, part)
    return ProvisionReference(document, name + part, (clause,) if words else (), words)


def _no_article(document: Document, name: str, item: str, of_paragraph: bool) -> ProvisionReference | None:
    """What 第三条 means in a document without such an article: one that it amends, or what it prints as 三、 or 3.

    Args:
        item: the number of the item that is named with it, 第三条第（二）项; empty where none is.
        of_paragraph: whether a 款 is named, which such a document has not.
    """
    spoken = tuple(one for one in document.clauses if one.kind == "" and _speaks_of(one.text, name))
    if spoken and not item and not of_paragraph:
        return ProvisionReference(document, name, spoken, spoken[0].text if len(spoken) == 1 else "")
    if of_paragraph or not name.endswith("条") or any(ARTICLE.fullmatch(one.id) for one in document.clauses):
        return None
    number = name[1:-1]
    for one in (number, str(value_of(number))):
        found = _item_below(document, one, item) if item else _whole_below(document, one)
        if found:
            return found
    return None


def _whole_below(document: Document, number: str) -> ProvisionReference | None:
    found = _below(document, number)
    return (
        ProvisionReference(document, number, tuple(found), found[0].text if len(found) == 1 else "") if found else None
    )


def _item_below(document: Document, number: str, item: str) -> ProvisionReference | None:
    """An item of a numbered point, a clause of its own or a line of the point's: 二（二）, 三2, 2（2）."""
    names = [f"{number}（{_numeral(item)}）", f"{number}{value_of(item)}", f"{number}（{value_of(item)}）"]
    for name in names:
        if (clause := document.clause(name)) is not None:
            return ProvisionReference(document, name, (clause,), clause.text)
    whole = document.clause(number)
    lines = whole.text.split("\n") if whole else []
    found = next((line for line in lines if whole and whole.label_of(line) in names), "")
    return ProvisionReference(document, whole.label_of(found), (whole,), found) if whole and found else None


def _is_place(match: re.Match[str], rest: str) -> bool:
    """Whether 十条 without 第 is a place and no number of articles, as in 增加一条."""
    return match[0].startswith("第") or not rest[: match.start()].strip("的 ")


def _speaks_of(text: str, article: str) -> bool:
    changes = "(?:修改|删去|增加|修正|作为)"
    return bool(re.search(rf"{changes}[^。]{{0,12}}{article}|{article}[^。]{{0,12}}{changes}", text))


def _part(clause: Clause, part: str) -> str:
    """The lines of a clause whose label ends in a paragraph or an item; of a sole paragraph the first is the whole."""
    lines = clause.text.split("\n")
    labels = [clause.label_of(line).removeprefix(clause.id) for line in lines]
    sole = not any("款" in label for label in labels)
    if sole:
        part = part.removeprefix("第一款")
    of_label = list(zip(lines, labels, strict=True))
    kept = [line for line, label in of_label if label.startswith(part)]
    if not kept and "款" not in part:  # an item of the only paragraph that has items
        kept = [line for line, label in of_label if label.endswith(part)]
    return "\n".join(kept)


def _dotted(document: Document, name: str) -> ProvisionReference | None:
    """A number like 2.3 that stands within an article, as contracts print them."""
    for clause in document.clauses:
        line = next((line for line in clause.text.split("\n") if _number_of(line) == name), "")
        if line and clause.id.endswith("条"):
            return ProvisionReference(document, clause.label_of(line), (clause,), line)
    return None


def _number_of(line: str) -> str:
    marker = marker_of(line)
    return marker.name if marker and marker.kind is Kind.DECIMAL else ""


def _other(document: Document, rest: str) -> ProvisionReference | None:
    for name in _names(rest):
        if "." in name and document.clause(name) is None and (part := _dotted(document, name)):
            return part
        if found := _below(document, name):
            words = found[0].text if len(found) == 1 else ""
            return ProvisionReference(document, name, tuple(found), words)
        return ProvisionReference(document, name, (), "")
    return None


def _names(rest: str) -> Iterable[str]:
    """The first number in what follows a document's name, as a clause id."""
    if match := ROW.search(rest):
        yield f"表{match[1].upper()}第{match[2]}行"
    elif match := DIVISION.search(rest):
        yield f"第{_numeral(match[1])}{match[2]}"
    elif match := ANNEX.search(rest):
        yield f"附件{value_of(match[1])}"
    elif match := DOTTED.match(rest.lstrip("的第 ")):
        yield match[1].upper()
    elif match := OUTLINE.match(rest.lstrip("的第 ")):
        yield match[1] + (f"({match[2]})" if match[2] else "").translate({40: "（", 41: "）"}) + (match[3] or "")


def _below(document: Document, name: str) -> Sequence[Clause]:
    """The clause of a name, or the heading and what stands below it."""
    exact = document.clause(name)
    if exact and exact.kind != "heading":
        return [exact]
    found: list[Clause] = []
    for clause in document.clauses:
        if clause.id == name or (name[0] == "第" and clause.kind == "heading" and clause.id.endswith(name)):
            found = [clause]
        elif found and _ends(found[0], clause):
            break
        elif found:
            found.append(clause)
    return found


def _ends(heading: Clause, clause: Clause) -> bool:
    """Whether a clause stands no more below a heading: a number of its kind or above, or what is no text any more."""
    own, other = marker_of(heading.text), marker_of(clause.text)
    return AFTER_TEXT.match(clause.id) is not None or bool(own and other and other.kind <= own.kind)
