"""From characters at their places on pages to paragraphs: lines joined, page heads and numbers taken out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from knowledge.reading.blocks import Block, Cell, Page
from knowledge.reading.lines import ENDS, NUMBER
from knowledge.reading.numbering import Kind, marker_of

# Where running heads and page numbers stand: the text of an official document leaves 37 mm above and 35 mm below.
EDGE = 0.13
DASHES = r"[-—–―－_·• ]*"
PAGE_NUMBER = re.compile(
    rf"^{DASHES}(?:第? ?\d{{1,4}} ?页?|[一二三四五六七八九十]{{1,3}}|[ivxIVX]{{1,5}})"
    rf"(?: ?[,，/／|] ?共? ?\d{{1,4}} ?页?| ?共 ?\d{{1,4}} ?页)?{DASHES}$"
)
WORD_GAP, TABLE_GAP = 0.8, 3.0
COLUMNS_FROM = 6
# Where the strip between two columns may stand, in shares of the page's width.
GUTTERS = (0.5, 0.48, 0.52, 0.46, 0.54)


@dataclass(frozen=True)
class Glyph:
    """A character, or a few, at its place; y grows downwards."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float


@dataclass
class TextLine:
    """A printed line. ``doubtful`` are words of it that character recognition was unsure of."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    doubtful: tuple[str, ...] = ()
    page: int = 0


@dataclass
class Table:
    """A ruled table at its place on the page."""

    top: float
    bottom: float
    rows: list[tuple[Cell, ...]]


@dataclass
class Sheet:
    """One page: its size, its lines and its tables."""

    width: float
    height: float
    lines: list[TextLine] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def lines_of(glyphs: Iterable[Glyph]) -> list[TextLine]:
    """Put characters that stand side by side into lines, top to bottom."""
    return [line for line in map(_line, _rows(glyphs)) if line.text.strip()]


def _rows(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda one: ((one.top + one.bottom) / 2, one.x0)):
        middle = (glyph.top + glyph.bottom) / 2
        near = next((row for row in reversed(rows[-4:]) if _same_row(row, glyph, middle)), None)
        if near is None:
            rows.append([glyph])
        else:
            near.append(glyph)
    return rows


def _same_row(row: list[Glyph], glyph: Glyph, middle: float) -> bool:
    first = row[0]
    return abs((first.top + first.bottom) / 2 - middle) <= 0.45 * max(first.size, glyph.size)


def _line(row: list[Glyph]) -> TextLine:
    row.sort(key=lambda one: one.x0)
    words = ""
    for before, glyph in zip([None, *row], row, strict=False):
        if before is not None and words and not words[-1].isspace() and not glyph.text.isspace():
            gap = glyph.x0 - before.x1
            size = max(before.size, glyph.size)
            if gap > TABLE_GAP * size:
                words += "\t"
            elif gap > WORD_GAP * size or (gap > 0.2 * size and _latin(before.text[-1]) and _latin(glyph.text[0])):
                words += " "
        words += glyph.text
    size = median(one.size for one in row)
    seen = [one for one in row if one.text.strip()] or row
    return TextLine(words.strip(), seen[0].x0, max(one.x1 for one in seen), min(one.top for one in seen),
                    max(one.bottom for one in seen), size)  # fmt: skip


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def in_columns(sheet: Sheet, glyphs: list[Glyph]) -> list[TextLine]:
    """The lines of a page in reading order; what is printed in two columns is read column by column.

    A title over both columns, a page number between them and text of the page's whole width stay where they are.
    """
    rows = [row for row in _rows(glyphs) if any(one.text.strip() for one in row)]
    x = sheet.width / 2
    for share in GUTTERS:
        if any(_is_columns(run, sheet.width * share) for run in _runs(rows, sheet.width * share)):
            x = sheet.width * share
            break
    else:
        return [_line(row) for row in rows]
    found: list[TextLine] = []
    for run in _runs(rows, x):
        if not _is_columns(run, x):
            found += map(_line, run)
            continue
        within = [one for row in run for one in row]
        left, right = (lines_of(one for one in within if (one.x1 > x) is second) for second in (False, True))
        found += [*left, *_put_under(left, right)]
    return found


def _put_under(left: Sequence[TextLine], right: Sequence[TextLine]) -> list[TextLine]:
    """The right column's lines at the left one's edge: one measure tells which are full and which are set in."""
    moved = min(line.x0 for line in right) - min(line.x0 for line in left)
    return [replace(line, x0=line.x0 - moved, x1=line.x1 - moved) for line in right]


def _runs(rows: Sequence[list[Glyph]], x: float) -> list[list[list[Glyph]]]:
    """Rows one below the other, parted where those that leave a strip at ``x`` free meet those that do not."""
    runs: list[list[list[Glyph]]] = []
    before = None
    for row in rows:
        free = not any(_touches(one, x) for one in row)
        if free is not before:
            runs.append([])
        runs[-1].append(row)
        before = free
    return runs


def _touches(glyph: Glyph, x: float) -> bool:
    return bool(glyph.text.strip()) and glyph.x0 < x + glyph.size * 0.4 and glyph.x1 > x - glyph.size * 0.4


def _is_columns(run: Sequence[list[Glyph]], x: float) -> bool:
    """Whether rows are two columns of text: most have words far out on both sides, and the left ones are full."""
    if len(run) < COLUMNS_FROM or any(_touches(one, x) for row in run for one in row):
        return False
    lines = [_line(list(row)) for row in run]
    size = median(line.size for line in lines)
    full = [line for line in lines if line.x0 < x - 6 * size and line.x1 > x + 6 * size]
    if len(full) < COLUMNS_FROM or len(full) <= len(lines) * 0.4 or any(line.text.count("\t") > 1 for line in lines):
        return False
    # The cells of a table without rules end anywhere; lines of a column end at its edge.
    left = [max((one.x1 for one in row if one.x1 <= x and one.text.strip()), default=0.0) for row in run]
    right = [line.x1 for line in lines]
    at_edge = [
        max(left) - one < 2.2 * size or max(right) - other < 2.2 * size for one, other in zip(left, right, strict=True)
    ]
    return sum(at_edge) >= len(at_edge) * 0.5


def assemble(sheets: Sequence[Sheet], page: Page) -> None:
    """Write the paragraphs and tables of all pages into ``page``; what is not text is left out and reported."""
    for number, sheet in enumerate(sheets):
        for line in sheet.lines:
            line.page = number
    _take_out_edges(sheets, page)
    flow = _flow(sheets)
    lines = [item for item in flow if isinstance(item, TextLine)]
    if not lines:
        _write(flow, page, _Measure(0, 0, 1, 1, 1, False))
        return
    _write(flow, page, _measure(lines))


def _take_out_edges(sheets: Sequence[Sheet], page: Page) -> None:
    """Page numbers and heads and feet that are the same on several pages."""
    found: Counter[str] = Counter()
    for sheet in sheets:
        found.update({_pattern(line) for line in sheet.lines if _at_edge(line, sheet)})
    often = max(2, len(sheets) // 3)
    numbers, running = [], []
    for sheet in sheets:
        kept = []
        for line in sheet.lines:
            edge = _at_edge(line, sheet)
            if edge and PAGE_NUMBER.match(line.text) and _is_last(line, sheet):
                numbers.append(line.text)
            elif (
                edge
                and len(sheets) > 1
                and found[_pattern(line)] >= often
                and len(line.text) < 90
                and _outermost(line, sheet)
            ):
                running.append(line.text)
            else:
                kept.append(line)
        sheet.lines = kept
    page.leave_out("页码", "不属于条文", " ".join(numbers))
    page.leave_out("页眉页脚", "每页重复，不属于条文", "\n".join(running))


def _at_edge(line: TextLine, sheet: Sheet) -> bool:
    return line.bottom < sheet.height * EDGE or line.top > sheet.height * (1 - EDGE)


def _is_last(line: TextLine, sheet: Sheet) -> bool:
    """Whether nothing but another line of the edge stands beyond it: a number in a table's last row is none."""
    if line.top > sheet.height / 2:
        return not any(other.top > line.bottom for other in sheet.lines if not _at_edge(other, sheet))
    return not any(other.bottom < line.top for other in sheet.lines if not _at_edge(other, sheet))


def _outermost(line: TextLine, sheet: Sheet) -> bool:
    """Whether at most one other line stands between it and the end of the page."""
    if line.top > sheet.height / 2:
        return sum(other.top > line.bottom for other in sheet.lines) <= 1
    return sum(other.bottom < line.top for other in sheet.lines) <= 1


def _pattern(line: TextLine) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\s", "", line.text))


def _flow(sheets: Sequence[Sheet]) -> list[TextLine | Table]:
    """Lines and tables in the order of the pages; the lines keep the order of their columns."""
    flow: list[TextLine | Table] = []
    for sheet in sheets:
        waiting = sorted(sheet.tables, key=lambda table: table.top)
        for line in sheet.lines:
            while waiting and waiting[0].top <= line.top:
                flow.append(waiting.pop(0))
            flow.append(line)
        flow += waiting
    return flow


@dataclass(frozen=True)
class _Measure:
    """The text's edges and sizes over all pages, in the pages' unit."""

    left: float
    right: float
    size: float
    pitch: float
    width: float
    indented: bool

    def is_full(self, line: TextLine) -> bool:
        return line.x1 >= self.right - 2.2 * self.size

    def is_indented(self, line: TextLine) -> bool:
        return line.x0 >= self.left + 1.2 * self.size

    def is_centred(self, line: TextLine) -> bool:
        """Whether a line stands in the middle, clear of both edges."""
        before, after = line.x0 - self.left, self.right - line.x1
        return before > 2.6 * self.size and after > 2.6 * self.size and abs(before - after) < 2.5 * self.size


def _measure(lines: Sequence[TextLine]) -> _Measure:
    size = Counter(round(line.size, 1) for line in lines for _ in line.text).most_common(1)[0][0] or 1
    body = [line for line in lines if abs(line.size - size) < 0.15 * size] or list(lines)
    starts = Counter(round(line.x0 / size * 2) for line in body)
    common = [start for start, count in starts.items() if count >= max(2, len(body) // 12)]
    left = min(common, default=min(starts)) * size / 2
    right = sorted(line.x1 for line in body)[int(len(body) * 0.9)] if len(body) > 3 else max(line.x1 for line in lines)
    gaps = [
        after.top - before.top
        for before, after in pairwise(lines)
        if before.page == after.page and 0 < after.top - before.top < 4 * size
    ]
    indented = any(line.x0 >= left + 1.2 * size and line.x1 >= right - 2 * size for line in body)
    return _Measure(left, right, size, median(gaps) if gaps else 1.5 * size, right - left, indented)


def _write(flow: Sequence[TextLine | Table], page: Page, measure: _Measure) -> None:
    before: TextLine | None = None
    last_table: Table | None = None
    words: list[str] = []
    doubtful: list[str] = []
    centred = False

    def end() -> None:
        nonlocal words, doubtful
        if words:
            page.blocks.append(Block("".join(words), centred=centred, doubtful=tuple(doubtful)))
        words, doubtful = [], []

    for item in flow:
        if isinstance(item, Table):
            end()
            _write_table(item, page, last_table if before is None else None)
            last_table, before = item, None
            continue
        if before is not None and words and _goes_on(before, item, measure, centred, words):
            words.append(_glue("".join(words), item.text) + item.text)
        else:
            end()
            words, centred = [item.text], measure.is_centred(item)
        doubtful += item.doubtful
        before, last_table = item, None
    end()


def _glue(before: str, after: str) -> str:
    if _is_number_alone(before):
        return "\u3000"
    return " " if before and after and _latin(before[-1]) and _latin(after[0]) else ""


def _goes_on(before: TextLine, line: TextLine, measure: _Measure, centred: bool, words: Sequence[str]) -> bool:
    """Whether a line goes on with the paragraph of the line before it."""
    same_page = before.page == line.page
    if "\t" in line.text + before.text or abs(before.size - line.size) > 0.12 * measure.size:
        return False
    if same_page and line.top - before.top > 1.75 * measure.pitch:
        return False
    if centred:
        return same_page and _is_one_title(before, line, measure)
    if len(words) == 1 and _is_number_alone(words[0]):
        return True
    return _is_full_before(before, line, measure)


def _is_one_title(before: TextLine, line: TextLine, measure: _Measure) -> bool:
    """Whether two lines in the middle are one title: larger than the text, and neither a number."""
    larger = measure.is_centred(line) and before.size > 1.1 * measure.size
    return larger and not NUMBER.search(before.text) and not NUMBER.search(line.text)


def _is_full_before(before: TextLine, line: TextLine, measure: _Measure) -> bool:
    """Whether the line before was broken because it was full, and this one does not begin anything."""
    full = measure.is_full(before)
    marker = marker_of(line.text)
    ended = before.text[-1] in ENDS and before.text[-1] not in "，、"
    begins = marker is not None and marker.sure and (ended or measure.is_indented(line) or not full)
    if begins or (measure.is_centred(line) and not full):
        return False
    if measure.indented and measure.is_indented(line):
        hangs = measure.is_indented(before) and _hangs(before, line)
        return full and hangs and not ended and marker is None
    ends_page = before.page != line.page and ended and marker is not None
    return full and (measure.indented or not ends_page)


def _is_number_alone(text: str) -> bool:
    marker = marker_of(text)
    return marker is not None and marker.kind is Kind.ARTICLE and not marker.rest


def _hangs(before: TextLine, line: TextLine) -> bool:
    """A whole paragraph that is set in: its lines begin at one place."""
    return abs(before.x0 - line.x0) < 0.3 * line.size


def _write_table(table: Table, page: Page, above: Table | None) -> None:
    rows = table.rows
    if above is not None and rows and above.rows and len(rows[0]) == len(above.rows[0]):
        if rows[0] == above.rows[0] and len(rows) > 1:
            page.leave_out(
                "续表的表头", "与上一页的表头相同", " ".join(cell.text for cell in rows[0] if not cell.repeated)
            )
            rows = rows[1:]
        table.rows = [above.rows[0], *rows]
    else:
        page.tables += 1
    for cells in rows:
        page.blocks.append(Block("", kind="row", table=page.tables, cells=cells))
