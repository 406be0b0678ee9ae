"""Documents as blocks: paragraphs and tables, which ``document_writer.py`` writes as .docx and as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Align = Literal["left", "center", "right"]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph.

    Attributes:
        indent: the first line begins two characters in.
        level: 1 for a chapter, 2 for a section: an entry of the outline; such a one is never parted from what follows.
        new_page: begins a page.
    """

    text: str
    align: Align = "left"
    bold: bool = False
    size: int = 12
    indent: bool = False
    level: int = 0
    new_page: bool = False


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

    @property
    def has_head(self) -> bool:
        """Whether the first row names the columns, and so stands on every page that the table goes on to."""
        return len(self.rows) > 1 and all(cell.bold for cell in self.rows[0])


Block = Paragraph | Table


def title(text: str) -> Paragraph:
    return Paragraph(text, "center", bold=True, size=18)


def heading(text: str) -> Paragraph:
    return Paragraph(text, bold=True, size=14, level=1)


def stays_with_next(block: Block) -> bool:
    """A heading at the foot of a page says nothing: it goes where its text or table goes."""
    return isinstance(block, Paragraph) and (block.level > 0 or block.size >= 18)


def write(name: str, blocks: Sequence[Block], form: str) -> bytes:
    """Write blocks as ``docx`` or ``pdf``.

    Papers are written in a process of their own: what writes them is loaded there, and not beside every turn.
    """
    from casework.document_writer import as_docx, as_pdf

    return as_docx(name, blocks) if form == "docx" else as_pdf(name, blocks)


def day(at: date) -> str:
    return f"{at.year}年{at.month}月{at.day}日"
