"""Cuts a reading into clauses by the document's own numbers, so that each block stands in exactly one clause."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from knowledge.clauses import Clause
from knowledge.reading.blocks import Block, Reading, letters
from knowledge.reading.lines import (
    ADDRESSED,
    ADOPTED,
    CAPTION,
    CLOSING,
    IMPRINT,
    MEASURE,
    NUMBER,
    OF_COURT,
    PRESENT,
    REMARK,
    TABLE_TITLE,
    TO_SIGN,
    Line,
    line_of,
)
from knowledge.reading.numbering import CHINESE, DIVISIONS, SMALL, Kind, Marker, value_of
from knowledge.reading.parts import DECIDED, Part, annex_title, contents_lines, parts_of
from knowledge.reading.tables import rows_of

# An enumeration stays with its stem up to this length; its items are parts of one sentence.
LONGEST_LIST, LONGEST_ITEM, SHORT_ITEM = 2500, 260, 60
# A quotation that is never closed must not swallow the rest of a document.
QUOTED_WITHIN = 15
MOST_HEAD = 14
# The annex of a reply that is the letter it answers: it asks, and says nothing that holds.
ASKS = re.compile(r"来函|来文|的请示$")


@dataclass(frozen=True)
class Cut:
    """The clauses of a document, what of their words is only repeated, and what looked wrong in its numbers."""

    clauses: tuple[Clause, ...]
    repeated: Counter[str]
    doubts: tuple[str, ...]
    parts: tuple[str, ...]


@dataclass
class _Draft:
    path: tuple[str, ...]
    kind: str
    texts: list[str] = field(default_factory=list)


class _Builder:
    """Collects clauses in the order of their first words; an id that comes again gets a number of its own."""

    def __init__(self) -> None:
        self.drafts: dict[str, _Draft] = {}
        self.repeated: Counter[str] = Counter()
        self.doubts: list[str] = []
        self.open_marks: Counter[str] = Counter()

    def open(self, name: str, path: tuple[str, ...], kind: str = "", again: bool = False) -> str:
        """Begin a clause and return its id; ``again`` lets an id that is there go on."""
        known, number = name, 2
        while known in self.drafts and not again:
            known, number = f"{name}〔{number}〕", number + 1
        if known != name:
            self.doubts.append(f"编号“{name}”出现了 {number - 1} 次，后一处引用时写作“{known}”。")
        self.drafts.setdefault(known, _Draft(tuple(one for one in path if one), kind))
        return known

    def add(self, name: str, text: str, repeated: str = "") -> None:
        self.drafts[name].texts.append(text)
        self.open_marks[name] = _open_marks(text, self.open_marks[name])
        self.repeated += letters([repeated])

    def last(self, name: str) -> str:
        texts = self.drafts[name].texts if name in self.drafts else []
        return texts[-1] if texts else ""

    def clauses(self) -> tuple[Clause, ...]:
        return tuple(Clause(name, one.path, "\n".join(one.texts), one.kind) for name, one in self.drafts.items())


def cut(reading: Reading) -> Cut:
    """Cut what was read into clauses, ids unique, in the order of the document.

    Raises:
        ValueError: a word of the reading is in no clause, or in two: a fault of this module, never of the file.
    """
    builder = _Builder()
    parts = parts_of([line_of(block) for block in reading.blocks])
    for part in parts:
        _PartCutter(part, builder, any(one.issuing for one in parts)).run()
    clauses = builder.clauses()
    printed = letters(block.printed for block in reading.blocks)
    kept = letters(clause.text for clause in clauses)
    if kept != printed + builder.repeated:
        raise ValueError("words were lost or doubled while the document was cut into clauses")
    names = tuple(part.name or "正文" for part in parts)
    return Cut(clauses, builder.repeated, (*builder.doubts, *_gaps(clauses)), names)


def _gaps(clauses: Sequence[Clause]) -> list[str]:
    """Articles whose numbers leave one out."""
    found, before = [], 0
    for clause in clauses:
        match = re.fullmatch(r"第([一二三四五六七八九十百千零〇两\d]+)条(之.*)?", clause.id)
        if not match:
            continue
        value = value_of(match[1])
        if before and value > before + 1:
            found.append(f"第{before}条之后直接是“{clause.id}”，中间的条没有读到，请核对原文。")
        before = max(before, value)
    return found


@dataclass(frozen=True)
class _Level:
    """A number or an unnumbered heading that the text below belongs to."""

    kind: Kind | None
    name: str
    title: str
    value: int = 0
    style: int = 0


class _PartCutter:
    """Cuts one part; ``run`` once."""

    def __init__(self, part: Part, builder: _Builder, issued: bool) -> None:
        self.part, self.out, self.prefix = part, builder, part.name
        # What stands before the main part shares no head with it: 文头 and 落款 are the document's own.
        self.fixed_prefix = "" if part.issuing or part.name in DECIDED else part.name
        self.lines, self.issued = part.lines, issued
        self.stack: list[_Level] = []
        self.current = ""
        self.heads_only = self.asks = False
        self.paragraphs: Counter[str] = Counter()
        self.notes = self.boxes = self.tables = 0
        self.article = 0
        self.contents = contents_lines(part.lines)
        self.decimals = sum(line.kind is Kind.DECIMAL for line in part.lines) > 1
        self.numbered = any(line.marker and n not in self.contents for n, line in enumerate(part.lines))
        if not self.numbered:
            self.lines = _with_bold_headings(self.lines)

    # The part's lines, one after the other ------------------------------------------------------------

    def run(self) -> None:
        n = self._head()
        while n < len(self.lines):
            n = self._step(n)

    def _step(self, n: int) -> int:
        """Take the line at ``n``, and those that belong to it; returns the next line."""
        line = self.lines[n]
        if n in self.contents:
            self._fixed("目录", line, "contents")
        elif line.is_row or self._is_caption(n):
            return self._table(n)
        elif line.block.kind == "note":
            self.notes += 1
            self._single(f"注{self.notes}", line)
        elif line.block.kind == "box":
            self.boxes += 1
            self._single(f"文本框{self.boxes}", line)
        elif (end := self._ending(n)) > n:
            return end
        elif (marker := self._marker(n)) is not None:
            return self._numbered(n, line, marker)
        elif line.block.level and not self._in_quotation(n):
            self._heading(line)
        else:
            self._paragraph(line)
        return n + 1

    def _single(self, name: str, line: Line) -> None:
        self.out.add(self.out.open(self.prefix + name, self._path()), line.text)

    def _fixed(self, name: str, line: Line, kind: str = "") -> None:
        """A line of a clause that has a name instead of a number: 文头, 落款, 目录."""
        whole = self.fixed_prefix + name
        self.out.open(whole, (name,), kind, again=True)
        self.out.add(whole, line.text)

    # Above the text ----------------------------------------------------------------------------------

    def _head(self) -> int:
        """文头 and 主送; returns the first line of the text."""
        lines, n = self.lines, 0
        if self.part.annex:
            return self._annex_head()
        end = self._head_end()
        while n < end:
            name = "标题" if self.issued and not self.prefix and not self._has_number(end) else "文头"
            self._fixed("目录" if n in self.contents else name, lines[n], "contents" if n in self.contents else "")
            n += 1
        if n < len(lines) and self._is_addressed(lines[n]):
            self._fixed("主送", lines[n])
            n += 1
        return n

    def _has_number(self, end: int) -> bool:
        return any(NUMBER.search(line.text) for line in self.lines[:end])

    def _head_end(self) -> int:
        end = 0
        for n, line in enumerate(self.lines[: MOST_HEAD + len(self.contents)]):
            if n in self.contents:
                continue
            if not line.is_head or (line.block.level and n and self._text_begins(n)):
                break
            if self._is_caption(n) and (n or CAPTION.match(line.text)):
                break
            end = n + 1
        if end == len(self.lines):  # nothing but short lines: no head, a list
            titles = [n for n, line in enumerate(self.lines) if line.is_title or line.block.centred]
            end = titles[0] + 1 if titles else 0
        if not self.numbered and end > 1:  # a letter or an article: its first short lines may be its text already
            titles = [n for n in range(end) if self.lines[n].is_title or self.lines[n].block.centred
                      or ADOPTED.match(self.lines[n].text) or self.lines[n].is_date
                      or NUMBER.fullmatch(self.lines[n].text)]  # fmt: skip
            end = max(titles) + 1 if titles else 1
        return end

    def _text_begins(self, n: int) -> bool:
        """Whether a styled heading is one of the text: a title stands above it already."""
        return any(line.block.level or line.is_title for line in self.lines[:n]) and not self.lines[n].is_title

    def _is_addressed(self, line: Line) -> bool:
        return (
            line.is_plain
            and line.marker is None
            and line.text[-1] in "：:"
            and len(line.text) <= 250
            and "。" not in line.text
            and bool(ADDRESSED.search(line.text))
            and not re.search(r"(?:(?:如下|以下|下列).{0,8}|事项|包括|问题)[：:]$", line.text)
        )

    def _annex_head(self) -> int:
        if not self.prefix:  # the imprint after the annexes
            for line in self.lines:
                self._fixed("版记", line)
            return len(self.lines)
        n = 1
        own = annex_title(self.lines[0].text)
        while not own and n < min(len(self.lines), 4) and self.lines[n].is_head and not self._is_caption(n):
            n += 1
        titles = [own] if own else [line.text for line in self.lines[1:n]]
        self.asks = any(ASKS.search(title) for title in titles)
        self.current = self.out.open(self.prefix, (self.prefix, *titles[:1]), "asked" if self.asks else "")
        for line in self.lines[:n]:
            self.out.add(self.current, line.text)
        self.heads_only = True
        return n

    # Below the text ----------------------------------------------------------------------------------

    def _ending(self, n: int) -> int:
        """Signature, list of annexes, remark, imprint: the line after them, or ``n`` where none stands."""
        line = self.lines[n]
        if not line.is_plain or (line.marker and line.kind is not Kind.BRACKET):
            return n
        if IMPRINT.match(line.text):
            while n < len(self.lines) and not self.lines[n].marker and len(self.lines[n].text) < 80:
                self._fixed("版记", self.lines[n])
                n += 1
            return n
        if name := self._beside_text(line):
            self._fixed(name, line)
            return n + 1
        if n and re.match(r"^附\s*件?\s*[\d一二三四五]?\s*[：:]", line.text):
            return self._annex_list(n)
        return self._signature(n)

    def _beside_text(self, line: Line) -> str:
        """The name of the clause of a line that is no part of the text and stands by itself; empty for any other."""
        if REMARK.match(line.text):
            return "附注"
        if CLOSING.match(line.text) and self.numbered and len(line.text) < 20 and line.text[-1] in "。！":
            return "结语"
        if self.current and PRESENT.match(line.text):
            return "出席"
        return "落款" if self.current and TO_SIGN.match(line.text) else ""

    def _annex_list(self, n: int) -> int:
        self._fixed("附件说明", self.lines[n])
        begin, n = n, n + 1
        while n < len(self.lines) and n - begin < 40:
            line = self.lines[n]
            listed = line.kind is Kind.DIGIT or bool(re.match(r"^附\s*件\s*[\d一二三四五]", line.text))
            more = n + 1 < len(self.lines) and self.lines[n + 1].kind is Kind.DIGIT and not line.marker
            if not line.is_plain or not (listed or (more and len(line.text) < 40 and not line.is_date)):
                break
            self._fixed("附件说明", line)
            n += 1
        return n

    def _signature(self, n: int) -> int:
        """A few units and a date by themselves, or a date by itself below the text."""
        end = n
        while end < len(self.lines) and end - n < 6 and self.lines[end].is_signature:
            end += 1
        if end >= len(self.lines) or not self.lines[end].is_date or (end == n and not self._has_text()):
            return n
        while end + 1 < len(self.lines) and OF_COURT.match(self.lines[end + 1].text):
            end += 1
        for line in self.lines[n : end + 1]:
            self._fixed("落款", line)
        return end + 1

    def _has_text(self) -> bool:
        return bool(self.current)

    # The text ----------------------------------------------------------------------------------------

    def _marker(self, n: int) -> Marker | None:
        """The number of a line where it is one: no mention of an article, nothing within a quotation."""
        line = self.lines[n]
        marker = line.marker
        if marker is None or self._in_quotation(n):
            return None
        if marker.kind is Kind.DECIMAL:
            return marker if marker.sure or self._has(Kind.DECIMAL, Kind.DIGIT) else None
        if marker.sure or line.block.number:
            return marker
        if marker.kind is Kind.ARTICLE:
            return marker if marker.value in (1, self.article + 1) or "之" in marker.name else None
        if marker.kind is Kind.DIGIT:
            return marker if self.decimals and line.is_heading and not self._has(Kind.ARTICLE) else None
        return (
            marker if line.is_heading and len(marker.rest) <= 25 and not re.search(r"[。，；]", marker.rest) else None
        )

    def _has(self, *kinds: Kind) -> bool:
        return any(level.kind in kinds for level in self.stack)

    def _in_quotation(self, n: int) -> bool:
        """Whether a quotation is open in the current clause and will be closed soon: an amendment quotes articles."""
        if not self.out.open_marks[self.current]:
            return False
        return any(line.text.count("”") > line.text.count("“") for line in self.lines[n : n + QUOTED_WITHIN])

    def _numbered(self, n: int, line: Line, marker: Marker) -> int:
        if self._is_item(marker):
            self.out.add(self.current, line.text)
            return n + 1
        if end := self._list_end(n, marker):
            for one in self.lines[n:end]:
                self.out.add(self.current, one.text)
            return end
        self._push(line, marker)
        return n + 1

    def _is_item(self, marker: Marker) -> bool:
        """Whether a number stands within the clause that is open: below an article, or a small number below words."""
        if not self.current:
            return False
        if self._has(Kind.ARTICLE):
            return marker.kind > Kind.ARTICLE and not (marker.kind is Kind.DECIMAL and self._has(Kind.DECIMAL))
        return marker.kind in SMALL and not self.heads_only and not self._has(marker.kind)

    def _is_outer(self, marker: Marker) -> bool:
        """Whether a number is of a kind that stands above the one that is open: 一、 after （三）."""
        open_kind = self.stack[-1].kind if self.stack else None
        return open_kind is not None and marker.kind < open_kind

    def _list_end(self, n: int, marker: Marker) -> int:
        """The line after an enumeration that belongs to the sentence before it; 0 where it is none."""
        stem = self.out.last(self.current) if self.current else ""
        heading = self.heads_only and bool(self.stack) and not self.part.annex
        if (
            not stem
            or (stem[-1] not in "：:" and not heading)
            or (self.heads_only and not heading)
            or marker.kind <= Kind.ARTICLE
            or self._has(marker.kind)
            or self._is_outer(marker)
        ):
            return 0
        items: list[list[str]] = []
        end = n
        while end < len(self.lines):
            one = self.lines[end]
            if not one.is_plain or one.block.level or one.marker is None or one.marker.kind < marker.kind:
                break
            if one.marker.kind is marker.kind:
                if one.marker.value != len(items) + 1:
                    break
                items.append([])
            items[-1].append(one.text)
            end += 1
        words = ["".join(item) for item in items]
        if heading:  # what it names by itself, 举报前已经立案的；, is no sentence without it
            return end if len(words) > 1 and all(re.search(r"的[；;。]?$", one) for one in words) else 0
        return end if _is_enumeration(words, bool(self.stack)) else 0

    def _push(self, line: Line, marker: Marker) -> None:
        self._pop_for(marker)
        heading = line.is_heading and marker.kind is not Kind.ARTICLE
        lead = re.match(r"^([^。：；]{2,30})。.", marker.rest)
        title = marker.rest if heading else lead[1] if lead and marker.kind is not Kind.ARTICLE else ""
        title = re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", title)  # 总　　则
        self.stack.append(_Level(marker.kind, marker.name, title.strip(), marker.value, line.block.level))
        if marker.kind is Kind.ARTICLE:
            self.article = marker.value
        only_heading = heading and (marker.kind <= Kind.SECTION or not self._small_item(marker))
        kind = "heading" if only_heading else "asked" if self.asks else ""
        self.current = self.out.open(self._id(), self._path(), kind)
        self.out.add(self.current, line.text)
        self.heads_only = heading

    def _small_item(self, marker: Marker) -> bool:
        return marker.kind >= Kind.DIGIT

    def _pop_for(self, marker: Marker) -> None:
        """Close what a number ends: its own kind and what is below it."""
        if marker.kind is Kind.DECIMAL:  # 3.1.1 stands below 3.1 and 3
            self.stack = [
                level for level in self.stack
                if level.kind is None or level.kind in DIVISIONS or marker.name.startswith(f"{level.name}.")
            ]  # fmt: skip
            return
        kinds = [level.kind for level in self.stack]
        if marker.kind in kinds:
            del self.stack[kinds.index(marker.kind) :]
            return
        if marker.kind <= Kind.ARTICLE:
            self.stack = [level for level in self.stack if level.kind is None or level.kind < marker.kind]
            return
        below = self.heads_only or (bool(self.current) and self.out.last(self.current).endswith(("：", ":")))
        below = below and not (self._is_outer(marker) and not self.heads_only)
        if marker.value == 1 and below:
            return
        while self.stack and self.stack[-1].kind is not None and self.stack[-1].kind > marker.kind:
            self.stack.pop()

    def _id(self) -> str:
        """The numbers down to the last one; an article and 4.2.1 are named by themselves."""
        last = self.stack[-1]
        if last.kind in (Kind.ARTICLE, Kind.DECIMAL):
            return self._qualified(last.name)
        return self._qualified("".join(level.name for level in self.stack))

    def _qualified(self, name: str) -> str:
        """A number with its part before it: 附件1第三条, but 附件1·一 and 附件2·1."""
        if self._of_annex(name):
            return name
        between = "·" if self.prefix and (name[0].isdigit() or name[0] in CHINESE) else ""
        return f"{self.prefix}{between}{name}"

    def _of_annex(self, name: str) -> bool:
        """Whether a number has its annex's letter and is cited by itself: A.1 of 附录A."""
        return name[:1].isascii() and name[:1].isalpha() and self.prefix.endswith(name[:1])

    def _path(self) -> tuple[str, ...]:
        above = (self.prefix,) if self.prefix else ()
        return (*above, *(level.title for level in self.stack if level.title))

    def _heading(self, line: Line) -> None:
        """A heading by its style, without a number."""
        while self.stack and not 0 < self.stack[-1].style < line.block.level:
            self.stack.pop()
        name = f"“{line.text[:20]}”"
        self.stack.append(_Level(None, name, line.text, style=line.block.level))
        self.current = self.out.open(self._id(), self._path(), "heading")
        self.out.add(self.current, line.text)
        self.heads_only = True

    def _paragraph(self, line: Line) -> None:
        if self.stack and self.stack[-1].kind is not None:
            self._continue(line)
        elif self.stack:
            self._counted(self._id(), line)
        elif self.part.annex:
            self._continue(line)
        elif self.numbered and not self.current:
            self.current = self.out.open(f"{self.prefix}前言", ("前言",), again=True)
            self.out.add(self.current, line.text)
        elif self.numbered:
            self._continue(line)
        elif self.part.issuing:
            self.current = self.out.open(f"{self.prefix}正文", (self.prefix,), again=True)
            self.out.add(self.current, line.text)
        else:
            self._counted(self.prefix, line)

    def _continue(self, line: Line) -> None:
        self.out.add(self.current, line.text)
        if self.out.drafts[self.current].kind == "heading":
            self.out.drafts[self.current].kind = ""
        self.heads_only = self.heads_only and self.part.annex and line.is_head

    def _counted(self, above: str, line: Line) -> None:
        """A paragraph without any number: 第3段, below its heading where it has one."""
        if self.current and self.out.last(self.current).endswith(("：", ":")) and line.text[-1] in "；;":
            self.out.add(self.current, line.text)
            return
        self.paragraphs[above] += 1
        self.current = self.out.open(f"{above}第{self.paragraphs[above]}段", self._path())
        self.out.add(self.current, line.text)
        self.heads_only = False

    # Tables ------------------------------------------------------------------------------------------

    def _is_caption(self, n: int) -> bool:
        """Whether a line is the title of the table below it."""
        if n + 1 >= len(self.lines) or not self.lines[n].is_plain or self.lines[n].marker or n in self.contents:
            return False
        text, after = self.lines[n].text, self.lines[n + 1]
        if MEASURE.match(text):
            return after.is_row
        short = len(text) <= 50 and text[-1] not in "。；，：" and bool(CAPTION.match(text) or TABLE_TITLE.search(text))
        return short and (after.is_row or (MEASURE.match(after.text) is not None and self._is_caption(n + 1)))

    def _table(self, n: int) -> int:
        captions: list[Line] = []
        while not self.lines[n].is_row:
            captions.append(self.lines[n])
            n += 1
        end = n
        while (
            end < len(self.lines)
            and self.lines[end].is_row
            and self.lines[end].block.table == self.lines[n].block.table
        ):
            end += 1
        self._rows(captions, [line.block for line in self.lines[n:end]])
        return end

    def _rows(self, captions: list[Line], blocks: list[Block]) -> None:
        self.tables += 1
        printed = CAPTION.match(captions[0].text) if captions else None
        number = printed[1] if printed else str(self.tables)
        name = f"表{number}" if self._of_annex(number) else f"{self.prefix}表{number}"
        title = captions[0].text if captions else ""
        path = (*self._path(), title)
        rows = rows_of(blocks, numbered=printed is not None)
        if captions or any(row.header for row in rows):
            whole = self.out.open(name, path, "" if captions else "heading")
            for line in captions:
                self.out.add(whole, line.text)
        else:
            whole = name
        place = 0
        for row in rows:
            if row.header:
                self.out.add(whole, row.words)
                continue
            place += 1
            if row.words:
                self.out.add(self.out.open(f"{name}第{place}行", path, "row"), row.words, row.repeated)


def _with_bold_headings(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Lines without any number, where those that are bold, short and stand above text are the headings."""
    bold = [
        n for n, (line, after) in enumerate(pairwise(lines))
        if line.is_plain and line.block.bold and line.is_heading and not (line.block.centred or line.is_date)
        and after.is_plain and not after.block.bold
    ]  # fmt: skip
    if len(bold) < FEWEST_BOLD or sum(line.block.level > 0 for line in lines) > 1:  # one is the title
        return lines
    return tuple(
        replace(line, block=replace(line.block, level=BOLD_LEVEL)) if n in bold else line
        for n, line in enumerate(lines)
    )


# One bold line is a title or a warning; the headings of a text are several.
FEWEST_BOLD, BOLD_LEVEL = 2, 9


def _open_marks(paragraph: str, depth: int) -> int:
    """Quotation marks open after a paragraph; one printed again at its head opens nothing more."""
    for place, char in enumerate(paragraph):
        if char == "“" and not (place == 0 and depth):
            depth += 1
        elif char == "”":
            depth = max(0, depth - 1)
    return depth


def _is_enumeration(items: list[str], numbered: bool) -> bool:
    """Whether items are parts of the sentence above them and not clauses of their own."""
    if len(items) < 2 or sum(map(len, items)) > LONGEST_LIST:
        return False
    joined = sum(item[-1] in "；;，,、" for item in items[:-1]) / (len(items) - 1)
    longest = max(map(len, items))
    return (joined >= 0.6 and longest <= LONGEST_ITEM) or (numbered and longest <= SHORT_ITEM)
