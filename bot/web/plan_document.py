"""A document as it was printed: what each line of it is, and the whole as blocks for .docx and PDF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from casework.document_blocks import Block, Cell, Paragraph, Table, title
from knowledge.clauses import Clause
from knowledge.documents import Document

# issuer: 洛阳市人民政府办公室文件; notice: the title of the letter; addressee, signature and date as letters have them;
# name: the title of what the letter sends; annexes: the list of them.
Kind = Literal["issuer", "number", "notice", "addressee", "signature", "name", "annexes", "imprint", "text"]
HEAD, ANNEX_LIST, IMPRINT = "文头", "附件", "版记"
DAY = re.compile(r"^\d{4}年\d{1,2}月\d{1,2}日$")
FORM_ANNEX = "附件2"
# Of headings, in points.
SIZES = {1: 16, 2: 14}


@dataclass(frozen=True)
class Line:
    kind: Kind
    text: str


@dataclass(frozen=True)
class Heading:
    """A heading that begins at a clause: ``level`` 1 for 一、, 2 for （一）."""

    level: int
    text: str
    anchor: str


def lines(document: Document, clause: Clause) -> list[Line]:
    """The lines of a clause that is no table, each as what it is in print."""
    found = clause.text.split("\n")
    if clause.id == HEAD:
        return [Line(_kind_in_head(document, n, line), line) for n, line in enumerate(found)]
    kinds: dict[str, Kind] = {ANNEX_LIST: "annexes", IMPRINT: "imprint"}
    return [Line(kinds.get(clause.id, "text"), line) for line in found]


def _kind_in_head(document: Document, place: int, line: str) -> Kind:
    plain = re.sub(r"\s", "", line)
    issuer = document.info.issuer
    exact: dict[str, Kind] = {document.info.number: "number", document.info.title: "name"}
    if place and plain in exact:
        return exact[plain]
    if place == 0:
        return "issuer"
    if plain == issuer or DAY.match(plain):
        return "signature"
    if line.endswith("："):
        return "addressee"
    return "text" if line.endswith("。") else "notice"


def headings(document: Document) -> dict[str, list[Heading]]:
    """The headings that begin at each clause, by clause id.

    One that the clause's own first sentence prints (五（一）强化协同配合。) is left out.
    """
    found: dict[str, list[Heading]] = {}
    before: list[str] = []
    for clause in document.clauses:
        here = [f"{number}{name}" for number, name in zip(numbers(clause), clause.path, strict=False)]
        found[clause.id] = [
            Heading(level, text, f"h{'-'.join(clause.anchor[1:].split('-')[:level])}")
            for level, text in enumerate(here, start=1)
            if text not in before and not clause.text.startswith(text)
        ]
        before = here
    return found


def numbers(clause: Clause) -> list[str]:
    """二（一）3 -> ["二、", "（一）"]; nothing for 前言, 文头 and annexes."""
    chapter, bracket, rest = clause.id.partition("（")
    if not chapter or chapter[0] not in "一二三四五六七八九十":
        return []
    return [f"{chapter}、"] + ([f"（{rest.partition('）')[0]}）"] if bracket else [])


def is_annex(clause: Clause) -> bool:
    return clause.id.startswith(ANNEX_LIST) and clause.id != ANNEX_LIST


def annex_title(clause: Clause) -> str:
    """The title of an annex as it is printed above it, on one line."""
    return re.sub(r"\s", "", clause.text.split("\n")[0])


def rows(clause: Clause) -> list[list[str]]:
    """The cells of a clause that is a list in columns (附件1), without its title; empty for prose.

    A role that stands once goes for the lines below it, whose first cell is empty.
    """
    found = [[cell.strip() for cell in line.split("\t")] for line in clause.text.split("\n")]
    if sum(len(line) > 1 for line in found) <= 2:
        return []
    widest = max(map(len, found))
    # A page break took the empty first cell from the lines behind it.
    return [[""] * (widest - len(line)) + line for line in found[1:]]


def blocks_of(document: Document, form: Table | None) -> list[Block]:
    """The whole document.

    Args:
        form: 附件2 as the form it is, where the document is the plan.
    """
    blocks: list[Block] = []
    if document.clauses[0].id != HEAD:
        blocks.append(title(document.info.title))
    above = headings(document)
    for clause in document.clauses:
        blocks += [Paragraph(h.text, bold=True, size=SIZES[h.level], level=h.level) for h in above[clause.id]]
        blocks += _clause_blocks(document, clause, form)
    return blocks


def _clause_blocks(document: Document, clause: Clause, form: Table | None) -> list[Block]:
    cells = rows(clause)
    if not cells and not is_annex(clause):
        return [_block(line) for line in lines(document, clause)]
    above = [Paragraph(clause.id, level=1, new_page=True), title(_as_printed(clause.text.split("\n")[0]))]
    if clause.id == FORM_ANNEX and form:
        return [*above, form]
    if not cells:
        return [*above, *(Paragraph(line, indent=True) for line in clause.text.split("\n")[1:])]
    widest = max(map(len, cells))
    grid = [[Cell(cell, align="left") for cell in line] for line in cells]
    return [*above, Table(grid, (1, 1, 3) if widest == 3 else (1,) * widest, size=12)]


def _block(line: Line) -> Paragraph:
    if line.kind in ("issuer", "notice", "name"):
        size = {"issuer": 24, "notice": 18, "name": 18}[line.kind]
        return Paragraph(_as_printed(line.text), "center", bold=True, size=size)
    if line.kind == "number":
        return Paragraph(line.text, "center", size=14)
    if line.kind == "signature":
        return Paragraph(line.text, "right")
    return Paragraph(line.text, indent=line.kind in ("text", "annexes"))


def _as_printed(text: str) -> str:
    """A title on the lines it was printed on, which the text keeps as spaces."""
    return "\n".join(text.split())
