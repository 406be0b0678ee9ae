"""The plan's text as clauses: ids as printed, page breaks joined, every quotation findable.

Source: 洛政办〔2016〕58号, kept verbatim in ``knowledge/documents``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from knowledge.reading.numbering import CHINESE, Kind, Marker, marker_of, numeral_of, value_of

CHAPTER = re.compile(r"^([一二三四五六七八九十]+)、(.*)$", re.S)
SECTION = re.compile(r"^（([一二三四五六七八九十]+)）(.*)$", re.S)
ITEM = re.compile(r"^(\d{1,2})\. ?(.*)$", re.S)
ANNEX = re.compile(r"^附件(\d+)$")
ANNEX_LIST = re.compile(r"^附件：")
IMPRINT = re.compile(r"^(主办|督办|抄送)：")
SENTENCE_END = "。！？"
PARAGRAPH_END = "。！？：；”）"
CHECKBOX = re.compile(r"<input[^>]*>")
NUMERALS = {numeral: n for n, numeral in enumerate("一二三四五六七八九十", start=1)}


@dataclass(frozen=True)
class Sentence:
    """One sentence of a clause. ``text`` is a verbatim substring of the clause's text."""

    clause: str
    ordinal: int
    text: str


@dataclass(frozen=True)
class Clause:
    """One citable unit of a document.

    Attributes:
        id: the document's own numbering, full-width as printed (``二（一）1``, ``附件2``).
        path: the headings above the clause, outermost first, without their numbers.
        text: the clause's words with page breaks joined; paragraphs end in a line feed.
        kind: ``heading`` and ``contents`` hold no norm, nor does ``asked``, the letter that a reply answers; ``row`` is
            a row of a table; else empty.
    """

    id: str
    path: tuple[str, ...]
    text: str
    kind: str = ""

    @property
    def label(self) -> str:
        """The clause as a reader finds it in print: an item whose number was not printed is named by its heading."""
        printed = re.fullmatch(r"(.*（[^）]+）)(\d+)", self.id)
        if printed and self.path and not _is_printed(int(printed[2]), self.text):
            return printed[1] + self.path[-1]
        return self.id

    def label_of(self, quote: str) -> str:
        """The label of the part that a quotation stands in: 第十条第二款第三项, 一（三）2."""
        return (
            label_of_part(self.id, self.text, quote) if self.kind in ("", "asked") and "\n" in self.text else self.label
        )

    @property
    def anchor(self) -> str:
        """An ASCII id for links: 二（一）1 -> c2-1-1. Chat clients cut links at full-width marks."""
        return anchor(self.id)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(Sentence(self.id, n, text) for n, text in enumerate(split_sentences(self.text)))


def _is_printed(number: int, text: str) -> bool:
    marker = marker_of(text)
    return marker is not None and marker.kind is Kind.DIGIT and marker.value == number


def label_of_part(clause_id: str, text: str, quote: str) -> str:
    """The paragraph (款) and the item (项) of a clause that a quotation stands in, behind the clause's id."""
    start = text.find(quote)
    if start < 0 or not quote.strip():
        return clause_id
    first = text.count("\n", 0, start)
    last = text.count("\n", 0, start + len(quote.rstrip()))
    article = ARTICLE_ID.search(clause_id) is not None
    places = list(_places(text.split("\n"), article))
    paragraph = places[first][0]
    if any(place[0] != paragraph for place in places[first : last + 1]):
        return clause_id
    label = clause_id
    if article and places[-1][0] > 1:
        label += f"第{numeral_of(paragraph)}款"
    return label + places[first][1] if first == last else label


ARTICLE_ID = re.compile(r"第[^第]+[条條](?:之[^第]+)?(?:〔\d+〕)?$")


def _places(lines: list[str], article: bool) -> Iterator[tuple[int, str]]:
    """For each line of a clause the number of its paragraph and the name of its item, if it is one."""
    paragraph, items = 0, dict[Kind, str]()
    value = 0
    for n, line in enumerate(lines):
        marker = marker_of(line)
        is_item = n > 0 and marker is not None and marker.kind > Kind.ARTICLE
        if not is_item or marker is None:
            # 第十条 on a line by itself is no paragraph of its own.
            alone = n == 1 and (first := marker_of(lines[0])) is not None and not first.rest
            paragraph, items = paragraph + (0 if alone else 1), {}
            yield paragraph, ""
            continue
        if marker.kind is Kind.DIGIT_BRACKET and marker.value == value + 1 > 1 and Kind.DIGIT_BRACKET not in items:
            marker = replace(marker, kind=Kind.BRACKET, name=f"（{numeral_of(marker.value)}）")  # （一） (2) （三）
        value = marker.value if marker.kind is Kind.BRACKET else value
        items = {kind: name for kind, name in items.items() if kind < marker.kind}
        items[marker.kind] = _item_name(marker, bool(items)) if article else marker.name
        yield paragraph, "".join(items.values())


def _item_name(marker: Marker, below_item: bool) -> str:
    if marker.kind in (Kind.BRACKET, Kind.COMMA):
        return f"第{numeral_of(marker.value)}项"
    if marker.kind is Kind.DIGIT:
        return f"第{marker.value}{'目' if below_item else '项'}"
    return marker.name


OWN_FORM = re.compile(r"[一二三四五六七八九十]+(?:（[一二三四五六七八九十]+）\d*)?")
ASCII_OF = {
    "编": "b", "章": "ch", "节": "s", "条": "art", "款": "par", "项": "it", "表": "t", "行": "r", "段": "p",
    "附件": "annex",
    "注": "note", "之": "of", "第": "",
}  # fmt: skip


def anchor(clause_id: str) -> str:
    """Turn a clause id into an ASCII anchor: 二（一）1 as c2-1-1, 第十条 as c-10art; other signs by their code points.

    Two ids of one document never have one anchor.
    """
    named = {"文头": "c-head", "前言": "c-preface", "附件": "c-annexes", "版记": "c-imprint"}
    if clause_id in named:
        return named[clause_id]
    if re.fullmatch(r"附件\d+", clause_id):
        return f"c-annex-{clause_id[2:]}"
    if not OWN_FORM.fullmatch(clause_id):
        tokens = re.findall(rf"[{CHINESE}]+|\d+|附件|.", clause_id)
        return "c-" + "-".join(filter(None, map(_ascii_of, tokens)))
    parts = re.findall(r"[一二三四五六七八九十]+|\d+|[^（）]", clause_id)
    return "c" + "-".join(str(numeral_value(part)) for part in parts)


def _ascii_of(token: str) -> str:
    if token.isascii() and token.isalnum():
        return token
    if token in ASCII_OF:
        return ASCII_OF[token]
    # Chinese numerals are told from digits: （1） and （一） may stand in one document.
    return f"n{value_of(token)}" if token[0] in CHINESE else "-".join(f"u{ord(char):x}" for char in token)


def numeral_value(text: str) -> int:
    """Value of a chapter numeral (一 … 九十九), a digit string, or a single code point."""
    if text.isdigit():
        return int(text)
    if not all(char in NUMERALS for char in text):
        return ord(text[0])
    if "十" in text:
        tens, _, ones = text.partition("十")
        return 10 * (NUMERALS[tens] if tens else 1) + (NUMERALS[ones] if ones else 0)
    return NUMERALS[text]


def split_sentences(text: str) -> list[str]:
    """Split at 。！？ (a closing quotation mark stays with its sentence) and at line feeds."""
    return [
        part.strip()
        for line in text.split("\n")
        for part in re.findall(rf"[^{SENTENCE_END}]+[{SENTENCE_END}]?[”）]?", line)
        if part.strip()
    ]


def split_segments(sentence: str) -> list[str]:
    """Split one sentence at its semicolons: the parts that name one duty or one prohibition each."""
    return [part for part in re.split(r"(?<=；)", sentence) if part.strip()]


def join_pages(raw: str) -> list[str]:
    """Return the document's paragraphs with the breaks that page ends left in mid-sentence mended."""
    paragraphs: list[str] = []
    blocks = re.split(r"\n\s*\n", CHECKBOX.sub("□", raw.replace("\r\n", "\n")))
    for block in (block.strip("\n") for block in blocks if block.strip()):
        if paragraphs and _continues(paragraphs[-1], block):
            paragraphs[-1] += block
        else:
            paragraphs.append(block)
    return paragraphs


def _continues(previous: str, block: str) -> bool:
    """Whether ``block`` goes on with the sentence that a page end broke off in ``previous``."""
    if _starts_part(block) or "\t" in block or "\t" in previous or previous[-1] in PARAGRAPH_END:
        return False
    if _starts_part(previous):
        return "。" in previous or "，" in previous
    return any(mark in previous for mark in "，。；、")


def _starts_part(block: str) -> bool:
    patterns = (CHAPTER, SECTION, ITEM, ANNEX, ANNEX_LIST, IMPRINT)
    return any(pattern.match(block) for pattern in patterns)


def parse_clauses(raw: str) -> list[Clause]:
    """Parse an official document in the usual numbering (一、（一） 1. 附件1) into clauses.

    Args:
        raw: the verbatim text, paragraphs parted by blank lines.

    Returns:
        Clauses in the order of the document, ids unique.

    Raises:
        ValueError: the text has no numbered chapter.
    """
    paragraphs = join_pages(raw)
    first_chapter = next((n for n, p in enumerate(paragraphs) if CHAPTER.match(p)), None)
    if first_chapter is None:
        raise ValueError("文中没有找到“一、”这样的章节编号，无法按条款解析")
    builder = _Builder()
    for paragraph in _front_matter(paragraphs[:first_chapter]):
        builder.add(*paragraph)
    for clause_id, path, text in _body(paragraphs[first_chapter:]):
        builder.add(clause_id, path, text)
    return builder.clauses()


class _Builder:
    """Collects paragraphs under their clause ids, in order of first appearance."""

    def __init__(self) -> None:
        self._paths: dict[str, tuple[str, ...]] = {}
        self._texts: dict[str, list[str]] = {}

    def add(self, clause_id: str, path: tuple[str, ...], text: str) -> None:
        self._paths.setdefault(clause_id, path)
        self._texts.setdefault(clause_id, []).append(text)

    def clauses(self) -> list[Clause]:
        return [Clause(key, self._paths[key], "\n".join(texts)) for key, texts in self._texts.items()]


def _front_matter(paragraphs: list[str]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """文头 up to the second printing of the title, 前言 after it."""
    title_at = max((n for n, p in enumerate(paragraphs) if p[-1] not in PARAGRAPH_END), default=-1)
    for n, paragraph in enumerate(paragraphs):
        if n <= title_at:
            yield "文头", ("文头",), paragraph
        else:
            yield "前言", ("前言",), paragraph


def _body(paragraphs: list[str]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    chapter = section = ""
    titles: list[str] = []
    annex: tuple[str, tuple[str, ...]] | None = None
    lead_is_item = _sections_without_first_item(paragraphs)
    for paragraph in paragraphs:
        begun = _behind_the_body(paragraph)
        annex = begun or annex
        if annex is not None:
            if annex is not begun or annex[0] != paragraph:  # the heading of an annex is its clause's name
                yield *annex, paragraph.replace("\n", "") if annex[0] == "附件" else paragraph
            continue
        if match := CHAPTER.match(paragraph):
            chapter, section, titles = match[1], "", [match[2].strip()]
            continue
        if match := SECTION.match(paragraph):
            title, _, text = match[2].partition("。") if "。" in match[2] else (match[2], "", "")
            section, titles = f"（{match[1]}）", [titles[0], title.strip()]
            if text:
                yield chapter + section, tuple(titles), paragraph
            continue
        if match := ITEM.match(paragraph):
            heading = match[2].strip() if paragraph[-1] not in PARAGRAPH_END else ""
            item = match[1]
            yield chapter + section + item, (*titles, heading) if heading else tuple(titles), paragraph
            if heading:
                lead_is_item[chapter + section] = item
            continue
        clause_id = chapter + section + lead_is_item.get(chapter + section, "")
        yield clause_id, tuple(titles), paragraph


def _behind_the_body(paragraph: str) -> tuple[str, tuple[str, ...]] | None:
    """The clause that begins with a paragraph behind the body: the list of annexes, an annex, the imprint."""
    if IMPRINT.match(paragraph):
        return "版记", ("版记",)
    if ANNEX.match(paragraph):
        return paragraph, (paragraph,)
    return ("附件", ("附件",)) if ANNEX_LIST.match(paragraph) else None


def _sections_without_first_item(paragraphs: list[str]) -> dict[str, str]:
    """Sections whose numbering starts at 2: their opening text is item 1 (三（三）1 in the plan)."""
    chapter = section = ""
    seen: dict[str, list[str]] = {}
    for paragraph in paragraphs:
        if match := CHAPTER.match(paragraph):
            chapter, section = match[1], ""
        elif match := SECTION.match(paragraph):
            section = f"（{match[1]}）"
        elif ANNEX_LIST.match(paragraph) or ANNEX.match(paragraph):
            break
        elif match := ITEM.match(paragraph):
            seen.setdefault(chapter + section, []).append(match[1])
    return {key: "1" for key, items in seen.items() if "1" not in items}
