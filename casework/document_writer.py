"""Blocks written as .docx (python-docx) and as PDF (fpdf2, Chinese font embedded)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from docx import Document as new_docx
from docx.document import Document as Docx
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph as DocxParagraph
from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout

from casework.document_blocks import Align, Block, Cell, Paragraph, Table, stays_with_next
from casework.line_breaks import lines_of

FONT = "宋体"
PAGE_CM, MARGIN_CM = 21.0, 2.5
TEXT_CM = PAGE_CM - 2 * MARGIN_CM
ROW_CM = 0.9


# .docx ----------------------------------------------------------------------------------------------------


def as_docx(name: str, blocks: Iterable[Block]) -> bytes:
    """Write blocks as a Word document on A4."""
    document = new_docx()
    document.core_properties.title, document.core_properties.author = name, ""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(PAGE_CM), Cm(29.7)
    section.left_margin = section.right_margin = Cm(MARGIN_CM)
    style = document.styles["Normal"]
    style.font.name = FONT
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    for block in blocks:
        if isinstance(block, Table):
            _docx_table(document, block)
        else:
            paragraph = document.add_paragraph()
            _docx_text(paragraph, block.text, block.align, block.bold, block.size)
            how = paragraph.paragraph_format
            how.keep_with_next, how.page_break_before = stays_with_next(block), block.new_page
            how.first_line_indent = Pt(2 * block.size) if block.indent else None
            if block.level:
                _docx_outline(paragraph, block.level)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _docx_text(paragraph: object, text: str, align: Align, bold: bool, size: int) -> None:
    run = paragraph.add_run(text)  # type: ignore[attr-defined]
    run.bold, run.font.size, run.font.name = bold, Pt(size), FONT
    run._element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    where = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}
    paragraph.alignment = where[align]  # type: ignore[attr-defined]
    paragraph.paragraph_format.space_after = Pt(2)  # type: ignore[attr-defined]


def _docx_outline(paragraph: DocxParagraph, level: int) -> None:
    """An entry of Word's navigation pane, without the looks of its heading styles."""
    entry = OxmlElement("w:outlineLvl")
    entry.set(qn("w:val"), str(level - 1))
    paragraph._p.get_or_add_pPr().append(entry)


def _docx_table(document: Docx, table: Table) -> None:
    grid = document.add_table(len(table.rows), len(table.widths))
    grid.style, grid.alignment, grid.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    whole = sum(table.widths)
    for column, share in zip(grid.columns, table.widths, strict=True):
        column.width = Cm(TEXT_CM * share / whole)
        for cell in column.cells:
            cell.width = column.width
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for row in grid.rows:
        row.height, row.height_rule = Cm(ROW_CM), WD_ROW_HEIGHT_RULE.AT_LEAST
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    if table.has_head:
        grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row, column, cell in placed(table):
        target = grid.cell(row, column)
        if cell.across > 1 or cell.down > 1:
            target = target.merge(grid.cell(row + cell.down - 1, column + cell.across - 1))
        first, *others = cell.text.split("\n")
        _docx_text(target.paragraphs[0], first, cell.align, cell.bold, table.size)
        for line in others:
            _docx_text(target.add_paragraph(), line, cell.align, cell.bold, table.size)


def placed(table: Table) -> list[tuple[int, int, Cell]]:
    """Each cell with the row and column where it begins."""
    taken: set[tuple[int, int]] = set()
    found = []
    for row, cells in enumerate(table.rows):
        column = 0
        for cell in cells:
            while (row, column) in taken:
                column += 1
            found.append((row, column, cell))
            taken |= {(row + d, column + a) for d in range(cell.down) for a in range(cell.across)}
            column += cell.across
    return found


# PDF ------------------------------------------------------------------------------------------------------


# Song for text and black for headings, as official documents have them.
TEXT, HEADINGS = "song", "hei"
FONTS = {TEXT: "NotoSerifCJKsc-Regular.otf", HEADINGS: "NotoSansCJKsc-Regular.otf"}


@lru_cache(maxsize=2)
def font_file(name: str) -> Path:
    """A Chinese font that mplfonts ships (Noto, SIL licence), so that no system font is needed."""
    spec = find_spec("mplfonts")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("mplfonts is not installed")
    return Path(spec.submodule_search_locations[0]) / "fonts" / FONTS[name]


class _Page(FPDF):
    """A4 with page numbers."""

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(TEXT, size=9)
        self.cell(0, 10, f"第 {self.page_no()} 页，共 {{nb}} 页", align="C")


def as_pdf(name: str, blocks: Iterable[Block]) -> bytes:
    """Write blocks as a PDF on A4 with the font embedded."""
    pdf = _Page()
    pdf.set_title(name)
    pdf.set_lang("zh-CN")
    pdf.set_margins(MARGIN_CM * 10, 20, MARGIN_CM * 10)
    for font in FONTS:
        pdf.add_font(font, fname=font_file(font))
    pdf.c_margin = 0  # the lines are broken here, to the width they have
    pdf.add_page()
    blocks = list(blocks)
    for place, block in enumerate(blocks):
        _pdf_room(pdf, blocks[place:])
        if isinstance(block, Table):
            _pdf_table(pdf, block)
        else:
            _pdf_text(pdf, block)
    return bytes(pdf.output())


ALIGN = {"left": "L", "center": "C", "right": "R"}
# Of the size of the letters in points: the height of a line in millimetres, in text and in a table.
LINE, CELL_LINE = 0.6, 0.62
BELOW_TEXT_MM, BELOW_TABLE_MM, PADDING_MM = 1.5, 2.0, 1.6
# So many lines of a paragraph stand under its heading at least.
LINES_UNDER_HEADING = 2


def _pdf_room(pdf: FPDF, blocks: Sequence[Block]) -> None:
    """Begin a page where a heading would be parted from what it is the heading of."""
    first = blocks[0]
    at_top = pdf.get_y() <= pdf.t_margin
    if isinstance(first, Paragraph) and first.new_page and not at_top:
        pdf.add_page()
        return
    needed = 0.0
    for block in blocks:
        if not stays_with_next(block):
            needed += _pdf_beginning(pdf, block)
            break
        needed += _pdf_height(pdf, block)
    if needed and stays_with_next(first) and not at_top and pdf.will_page_break(needed):
        pdf.add_page()


def _pdf_beginning(pdf: FPDF, block: Block) -> float:
    """The height of the least of a block that may stand under its heading."""
    if isinstance(block, Table):
        return sum(_pdf_row_height(pdf, block, row) for row in block.rows[: 1 + block.has_head])
    return min(LINES_UNDER_HEADING, len(_pdf_lines(pdf, block))) * block.size * LINE


def _pdf_height(pdf: FPDF, block: Block) -> float:
    assert isinstance(block, Paragraph)
    return len(_pdf_lines(pdf, block)) * block.size * LINE + BELOW_TEXT_MM


def _pdf_lines(pdf: FPDF, block: Paragraph) -> list[str]:
    pdf.set_font(HEADINGS if block.bold else TEXT, size=block.size)
    return lines_of(("　　" if block.indent else "") + block.text, pdf.epw - SLACK_MM, pdf.get_string_width)


# What two ways of adding up the widths of letters may differ by.
SLACK_MM = 0.1


def _pdf_text(pdf: FPDF, block: Paragraph) -> None:
    lines = _pdf_lines(pdf, block)
    if block.level:
        pdf.start_section(block.text, block.level - 1)
    pdf.multi_cell(0, block.size * LINE, "\n".join(lines), align=ALIGN[block.align], new_x="LMARGIN", new_y="NEXT")
    pdf.ln(BELOW_TEXT_MM)


def _pdf_cell_lines(pdf: FPDF, table: Table, cell: Cell, width: float) -> list[str]:
    pdf.set_font(HEADINGS if cell.bold else TEXT, size=table.size)
    return lines_of(cell.text, width - 2 * PADDING_MM - SLACK_MM, pdf.get_string_width)


def _pdf_row_height(pdf: FPDF, table: Table, row: Sequence[Cell]) -> float:
    """The height of a row without cells that cover several: the most lines of any of them."""
    whole, column, most = sum(table.widths), 0, 1
    for cell in row:
        width = pdf.epw * sum(table.widths[column : column + cell.across]) / whole
        column += cell.across
        most = max(most, len(_pdf_cell_lines(pdf, table, cell, width)))
    return most * table.size * CELL_LINE + 2 * PADDING_MM


def _pdf_table(pdf: FPDF, table: Table) -> None:
    whole = sum(table.widths)
    bold = FontFace(family=HEADINGS)
    texts = {}
    for row, column, cell in placed(table):
        width = pdf.epw * sum(table.widths[column : column + cell.across]) / whole
        texts[row, column] = "\n".join(_pdf_cell_lines(pdf, table, cell, width))
    in_order = iter(texts.values())
    pdf.set_font(TEXT, size=table.size)
    pdf.set_line_width(0.2)
    with pdf.table(
        col_widths=tuple(table.widths),
        first_row_as_headings=table.has_head,
        headings_style=bold,
        borders_layout=TableBordersLayout.ALL,
        line_height=table.size * CELL_LINE,
        padding=PADDING_MM,
        v_align="MIDDLE",
    ) as grid:
        for cells in table.rows:
            line = grid.row()
            for cell in cells:
                style = bold if cell.bold else None
                line.cell(next(in_order), colspan=cell.across, rowspan=cell.down, align=ALIGN[cell.align], style=style)
    pdf.ln(BELOW_TABLE_MM)
