"""What a reader makes of a file: its visible words as blocks, in order, and what it left out with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


class DocumentError(ValueError):
    """A document cannot be read or has no text to answer from. The message says what to do, in Chinese."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table's row. ``repeated`` is a cell that spans rows and was printed further up."""

    text: str
    repeated: bool = False


@dataclass(frozen=True)
class Block:
    """One paragraph, or one row of a table.

    Attributes:
        text: its visible words on one line.
        number: the number that Word or a browser prints before it by itself.
        level: 1 to 9 for a heading by its style, 0 for text.
        centred: whether it stands in the middle of the line, as titles do.
        bold: whether all of it is printed bold.
        kind: ``text``, ``row``, ``note`` (a footnote) or ``box`` (a text box).
        table: ordinal of the table that a row belongs to.
        cells: the cells of a row; its ``text`` is empty.
        heading: whether a row is marked as its table's header.
        doubtful: words that character recognition was unsure of.
    """

    text: str
    number: str = ""
    level: int = 0
    centred: bool = False
    kind: str = "text"
    table: int = 0
    cells: tuple[Cell, ...] = ()
    heading: bool = False
    doubtful: tuple[str, ...] = ()
    bold: bool = False

    @property
    def printed(self) -> str:
        """The words as a reader of the page sees them, each once."""
        if self.kind == "row":
            return "\t".join(cell.text for cell in self.cells if not cell.repeated)
        return f"{self.number}{_gap(self.number)}{self.text}" if self.number else self.text


def _gap(number: str) -> str:
    return "" if number[-1] in "、）．" else " "


@dataclass(frozen=True)
class LeftOut:
    """Visible words that stand in no clause: what they are, why, and the words."""

    what: str
    why: str
    words: str


@dataclass(frozen=True)
class Reading:
    """A file as read.

    Attributes:
        blocks: everything that will stand in a clause.
        left_out: everything visible that will not.
        doubts: what the reader was unsure of, in Chinese, for whoever approves the document.
        recognised: whether words come from character recognition.
        title: the title that the file's own properties give it, often empty or wrong.
    """

    blocks: tuple[Block, ...]
    left_out: tuple[LeftOut, ...] = ()
    doubts: tuple[str, ...] = ()
    recognised: bool = False
    title: str = ""

    @property
    def text(self) -> str:
        return "\n".join(block.printed for block in self.blocks)


@dataclass
class Page:
    """What is collected while a file is read."""

    blocks: list[Block] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    tables: int = 0

    def leave_out(self, what: str, why: str, words: str) -> None:
        if words.strip():
            self.left_out.append(LeftOut(what, why, words.strip()))

    def read(self, title: str = "", recognised: bool = False) -> Reading:
        blocks = tuple(block for block in self.blocks if block.printed.strip())
        return Reading(blocks, tuple(self.left_out), tuple(self.doubts), recognised, title.strip())


def letters(texts: Iterable[str]) -> Counter[str]:
    """How often each visible character occurs; white space does not count."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update("".join(text.split()))
    return found
