"""PDF with text: characters by pdfium, ruled tables by pdfplumber; pages without text are scans and go to recognition.

pdfium reads fonts that pdfminer, on which pdfplumber stands, gives up on; pdfplumber knows where a table's lines are.
"""

from __future__ import annotations

import io
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pdfplumber
import pypdfium2
import pypdfium2.raw as pdfium
from pdfplumber.pdf import PDF

from knowledge.reading.blocks import Cell, DocumentError, Page, Reading
from knowledge.reading.layout import Glyph, Sheet, Table, TextLine, assemble, in_columns, lines_of

logging.getLogger("pdfminer").setLevel(logging.ERROR)

MOST_PAGES = 1500
# A page with fewer characters than this has no text layer worth the name.
LEAST_LETTERS = 6
# Letters that lean, and those that are drawn twice to look bold.
MOST_ANGLE, TWICE_WITHIN = 0.2, 0.15
Recognise = Callable[[bytes, Sequence[int]], dict[int, Sheet]]


def read_pdf(content: bytes, name: str, recognise: Recognise) -> Reading:
    """Read a PDF file.

    Args:
        content: the file.
        name: the file's name, for messages.
        recognise: reads pages (by index) that are pictures.

    Raises:
        DocumentError: too many pages.
        Exception: whatever a damaged or encrypted file raises.
    """
    page = Page()
    document = pypdfium2.PdfDocument(content)
    try:
        if len(document) > MOST_PAGES:
            raise DocumentError(f"{name} 超过 {MOST_PAGES} 页。请拆分后再添加。")
        title = str(document.get_metadata_dict().get("Title") or "")
        sheets, scanned = _sheets(document, content, page)
    finally:
        document.close()
    if scanned:
        sheets |= recognise(content, scanned)
        page.doubts.append(f"第 {_ranges(scanned)} 页是扫描图片，文字由识别得来，请核对。")
    assemble([sheets[number] for number in sorted(sheets)], page)
    return page.read(title, bool(scanned))


def _sheets(document: pypdfium2.PdfDocument, content: bytes, page: Page) -> tuple[dict[int, Sheet], list[int]]:
    """Every page, and the numbers of those that are only pictures."""
    sheets: dict[int, Sheet] = {}
    scanned: list[int] = []
    with pdfplumber.open(io.BytesIO(content)) as ruled:
        for number, one in enumerate(document):
            sheet, glyphs = _characters(one, number, page)
            for found in _ruled(ruled, number):
                table, glyphs = _table(found, glyphs)
                if table:
                    sheet.tables.append(table)
            sheet.lines = in_columns(sheet, glyphs)
            sheets[number] = sheet
            if sum(len(line.text) for line in sheet.lines) < LEAST_LETTERS and not sheet.tables and _has_picture(one):
                scanned.append(number)
            one.close()
    return sheets, scanned


def _ruled(ruled: PDF, number: int) -> list[Any]:
    try:
        one = ruled.pages[number]
        found = list(one.find_tables())
        one.close()
    except Exception:  # pdfminer fails on what pdfium reads; then the words are read without their table
        return []
    return found


def _has_picture(one: pypdfium2.PdfPage) -> bool:
    return any(True for _ in one.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4))


def _ranges(numbers: Sequence[int]) -> str:
    """0, 1, 2, 5 as 1—3、6."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return "、".join(str(a + 1) if a == b else f"{a + 1}—{b + 1}" for a, b in found)


def _characters(one: pypdfium2.PdfPage, number: int, page: Page) -> tuple[Sheet, list[Glyph]]:
    width, height = one.get_size()
    sheet = Sheet(float(width), float(height))
    glyphs: list[Glyph] = []
    turned: list[str] = []
    lost = 0
    text = one.get_textpage()
    try:
        for glyph, angle in _glyphs(text, one):
            lost += glyph.text == LOST
            if abs(angle) > MOST_ANGLE:
                turned.append(glyph.text)
            elif glyph.x1 > 0 and glyph.x0 < width and glyph.bottom > 0 and glyph.top < height:
                glyphs.append(glyph)
    finally:
        text.close()
    page.leave_out("转了方向的文字", "水印或竖排，没有读", "".join(turned))
    if lost:
        page.doubts.append(
            f"第 {number + 1} 页有 {lost} 个字的字体没有编码，读不出来，写作“{LOST}”。请改用 Word 文件或扫描件。"
        )
    return sheet, _once(glyphs)


LOST = "�"


def _glyphs(text: pypdfium2.PdfTextPage, one: pypdfium2.PdfPage) -> Iterator[tuple[Glyph, float]]:
    """Each character at its place, as the page is turned for its reader, and how much it leans."""
    place = _placer(one)
    loose = pdfium.FS_RECTF()
    turn = one.get_rotation() * math.pi / 180
    for n in range(text.count_chars()):
        if pdfium.FPDFText_IsGenerated(text, n) == 1:
            continue
        code = pdfium.FPDFText_GetUnicode(text, n)
        char = LOST if code == 0 or pdfium.FPDFText_HasUnicodeMapError(text, n) == 1 else _char(code)
        if not char or char in "\r\n\x02":
            continue
        if not pdfium.FPDFText_GetLooseCharBox(text, n, loose):
            continue
        x0, y0, x1, y1 = place(loose.left, loose.bottom, loose.right, loose.top)
        size = float(pdfium.FPDFText_GetFontSize(text, n)) or 1.0
        if y1 - y0 < 0.4 * size or y1 - y0 > 3 * size:  # sizes in a matrix of their own
            size = max(y1 - y0, 0.1)
        angle = float(pdfium.FPDFText_GetCharAngle(text, n)) - turn
        yield Glyph(char, x0, x1, y0, y1, size), (angle + math.pi) % (2 * math.pi) - math.pi


def _char(code: int) -> str:
    return chr(code) if code < 0xD800 or 0xE000 <= code <= 0x10FFFF else ""


def _placer(one: pypdfium2.PdfPage) -> Callable[[float, float, float, float], tuple[float, float, float, float]]:
    """From a box in the file's own space to one on the page as it is shown: y downwards, turned as the page is."""
    x, y, right, top = one.get_bbox()
    wide, high = right - x, top - y
    turned = one.get_rotation() % 360

    def place(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        a, b, c, d = x0 - x, y0 - y, x1 - x, y1 - y
        if turned == 90:
            return b, a, d, c
        if turned == 180:
            return wide - c, b, wide - a, d
        if turned == 270:
            return high - d, wide - c, high - b, wide - a
        return a, high - d, c, high - b

    return place


def _once(glyphs: list[Glyph]) -> list[Glyph]:
    """Characters without those drawn a second time at the same place, which makes them bold or shadowed."""
    seen: dict[tuple[str, int, int], list[Glyph]] = {}
    kept = []
    for glyph in glyphs:
        apart = max(TWICE_WITHIN * glyph.size, 0.1)
        cell = (glyph.text, round(glyph.x0 / glyph.size), round(glyph.top / glyph.size))
        near = (
            one for dx in (-1, 0, 1) for dy in (-1, 0, 1) for one in seen.get((cell[0], cell[1] + dx, cell[2] + dy), ())
        )
        if glyph.text.strip() and any(abs(o.x0 - glyph.x0) < apart and abs(o.top - glyph.top) < apart for o in near):
            continue
        seen.setdefault(cell, []).append(glyph)
        kept.append(glyph)
    return kept


def _table(found: Any, glyphs: list[Glyph]) -> tuple[Table | None, list[Glyph]]:
    """A table's cells with their words, and the characters that stand outside it; a mere frame is no table."""
    boxes = [tuple(map(float, cell)) for cell in found.cells]
    columns = _edges([x for box in boxes for x in (box[0], box[2])])
    lines = _edges([y for box in boxes for y in (box[1], box[3])])
    if len(columns) < 3 or len(boxes) < 3:
        return None, glyphs
    inside: dict[int, list[Glyph]] = {}
    outside = []
    for glyph in glyphs:
        at = next((n for n, box in enumerate(boxes) if _within(glyph, box)), None)
        if at is None:
            outside.append(glyph)
        else:
            inside.setdefault(at, []).append(glyph)
    if not inside:
        return None, glyphs
    grid = [[Cell("") for _ in columns[1:]] for _ in lines[1:]]
    for n, (x0, y0, x1, y1) in enumerate(boxes):
        text = _cell_text(lines_of(inside.get(n, [])))
        first = True
        for row in range(_nearest(lines, y0), _nearest(lines, y1)):
            for column in range(_nearest(columns, x0), _nearest(columns, x1)):
                grid[row][column] = Cell(text, repeated=not first)
                first = False
    rows = [tuple(row) for row in grid if any(cell.text for cell in row)]
    return Table(min(box[1] for box in boxes), max(box[3] for box in boxes), rows), outside


def _cell_text(lines: Sequence[TextLine]) -> str:
    words = ""
    for line in lines:
        text = line.text.replace("\t", " ")
        between = " " if words and words[-1].isascii() and text[0].isascii() and words[-1].isalnum() else ""
        words += between + text
    return words


def _within(glyph: Glyph, box: tuple[float, ...]) -> bool:
    x, y = (glyph.x0 + glyph.x1) / 2, (glyph.top + glyph.bottom) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _edges(values: Sequence[float], apart: float = 3.0) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > apart:
            found.append(value)
    return found


def _nearest(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda n: abs(edges[n] - value))
