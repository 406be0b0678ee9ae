"""Documents as blocks, written as .docx (python-docx) and as PDF (fpdf2, Chinese font embedded)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from docx import Document as new_docx
from docx.document import Document as Docx
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from fpdf import FPDF
from fpdf.enums import TableBordersLayout

Align = Literal["left", "center", "right"]
FONT = "宋体"
PAGE_CM, MARGIN_CM = 21.0, 2.5
TEXT_CM = PAGE_CM - 2 * MARGIN_CM
ROW_CM = 0.9


@dataclass(frozen=True)
class Paragraph:
    text: str
    align: Align = "left"
    bold: bool = False
    size: int = 12


@dataclass(frozen=True)
class Cell:
    text: str
    across: int = 1
    down: int = 1
    align: Align = "center"
    bold: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells; a cell that spans leaves out the cells it covers. ``widths`` are shares of the text width."""

    rows: Sequence[Sequence[Cell]]
    widths: Sequence[float]
    size: int = 11


Block = Paragraph | Table


def title(text: str) -> Paragraph:
    return Paragraph(text, "center", bold=True, size=18)


def heading(text: str) -> Paragraph:
    return Paragraph(text, bold=True, size=14)


def write(name: str, blocks: Sequence[Block], form: str) -> bytes:
    """Write blocks as ``docx`` or ``pdf``."""
    return as_docx(name, blocks) if form == "docx" else as_pdf(name, blocks)


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
            _docx_text(document.add_paragraph(), block.text, block.align, block.bold, block.size)
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
    pdf.add_page()
    for block in blocks:
        if isinstance(block, Table):
            _pdf_table(pdf, block)
        else:
            _pdf_text(pdf, block)
    return bytes(pdf.output())


ALIGN = {"left": "L", "center": "C", "right": "R"}


def _pdf_text(pdf: FPDF, block: Paragraph) -> None:
    pdf.set_font(HEADINGS if block.bold else TEXT, size=block.size)
    pdf.multi_cell(0, block.size * 0.6, block.text, align=ALIGN[block.align], new_x="LMARGIN", new_y="NEXT")
    pdf.ln(1.5)


def _pdf_table(pdf: FPDF, table: Table) -> None:
    pdf.set_font(TEXT, size=table.size)
    pdf.set_line_width(0.2)
    with pdf.table(
        col_widths=tuple(table.widths),
        first_row_as_headings=False,
        borders_layout=TableBordersLayout.ALL,
        line_height=table.size * 0.62,
        padding=1.2,
        v_align="MIDDLE",
    ) as grid:
        for cells in table.rows:
            row = grid.row()
            for cell in cells:
                row.cell(cell.text, colspan=cell.across, rowspan=cell.down, align=ALIGN[cell.align])
    pdf.ln(2)


def day(at: date) -> str:
    return f"{at.year}年{at.month}月{at.day}日"
