"""Word documents: every word that Word shows, in order, with the numbers it prints; deletions and comments reported."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lxml import etree

from knowledge.reading.blocks import Block, Cell, Page, Reading
from knowledge.reading.packed import Packed, beside
from knowledge.reading.word_numbers import Style, W, WordNumbers, read_styles, value

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
# Symbol fonts that print a box or a tick where the file has a private character.
SYMBOLS = {"F0A8": "□", "F06F": "□", "F071": "□", "F0A3": "□", "F0FE": "☑", "F052": "☑", "F0FC": "√", "F0D6": "√",
           "F0B7": "·", "F06E": "■", "F06C": "●", "F0D8": "➢"}  # fmt: skip
UNSEEN = {"instrText", "delText", "delInstrText", "fldData", "rt", "commentReference", "annotationRef"}
WRAPPERS = {
    "sdt", "sdtContent", "hyperlink", "smartTag", "customXml", "fldSimple", "dir", "bdo", "ins", "moveTo", "r", "ruby",
    "rubyBase", "oMath", "oMathPara",
}  # fmt: skip

# A paragraph that is longer is no heading, whatever its style.
LONGEST_STYLED = 120


@dataclass
class _Words:
    """What a paragraph shows, and what it holds besides."""

    shown: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    ruby: list[str] = field(default_factory=list)
    pictures: int = 0
    unknown: int = 0


def read_word(content: bytes) -> Reading:
    """Read a .docx file.

    Raises:
        Exception: whatever a damaged archive or damaged XML raises.
    """
    return _Reader(Packed(content)).read()


class _Reader:
    def __init__(self, packed: Packed) -> None:
        self.packed, self.page = packed, Page()
        self.main = self._main_part()
        self.relations = self._relations(self.main)
        self.styles = read_styles(self._related("styles"))
        self.numbers = WordNumbers(self._related("numbering"))
        self.notes: dict[tuple[str, str], etree._Element] = {}
        self.inserted = 0
        self.joined: tuple[str, Block] | None = None
        self.in_cell = False

    # The parts of the archive --------------------------------------------------------------------------

    def _main_part(self) -> str:
        for target, kind in self._relations("").values():
            if kind.endswith("/officeDocument"):
                return target
        return "word/document.xml"

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        folder, _, name = part.rpartition("/")
        path = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        if path not in self.packed:
            return {}
        return {
            str(one.get("Id")): (beside(part or "x", str(one.get("Target"))), str(one.get("Type")))
            for one in self.packed.xml(path)
            if one.get("TargetMode") != "External"
        }

    def _targets(self, kind: str) -> list[str]:
        return [target for target, one in self.relations.values() if one.endswith(f"/{kind}") and target in self.packed]

    def _related(self, kind: str) -> etree._Element | None:
        targets = self._targets(kind)
        return self.packed.xml(targets[0]) if targets else None

    # The whole ------------------------------------------------------------------------------------------

    def read(self) -> Reading:
        for kind in ("footnotes", "endnotes"):
            root = self._related(kind)
            for note in [] if root is None else root:
                if note.get(f"{W}type") in (None, "normal"):
                    self.notes[(kind[:-1], str(note.get(f"{W}id")))] = note
        body = self.packed.xml(self.main).find(f"{W}body")
        if body is None:
            raise ValueError("no body")
        self._flow(body)
        self._drawings()
        self._around()
        if self.inserted:
            self.page.doubts.append(
                f"文件中有 {self.inserted} 处尚未接受的修订插入，已按插入后的文字读取，请确认定稿。"
            )
        return self.page.read(self._title())

    def _title(self) -> str:
        if "docProps/core.xml" not in self.packed:
            return ""
        return self.packed.xml("docProps/core.xml").findtext("{http://purl.org/dc/elements/1.1/}title") or ""

    def _around(self) -> None:
        """What Word shows around the text: page headers, comments."""
        seen: set[str] = set()
        for kind, what in (("header", "页眉"), ("footer", "页脚")):
            for target in self._targets(kind):
                words = _all_words(self.packed.xml(target))
                if words not in seen:
                    seen.add(words)
                    self.page.leave_out(what, "每页重复，不属于条文", words)
        comments = self._related("comments")
        for comment in [] if comments is None else comments:
            self.page.leave_out("批注", "批注不是正文", _all_words(comment))
        if self._targets("aFChunk"):
            self.page.leave_out("嵌入的另一份文件", "请单独添加", f"{len(self._targets('aFChunk'))} 份")

    def _drawings(self) -> None:
        """Words of diagrams (SmartArt) and charts, which lie in parts of their own."""
        for kind in ("diagramData", "chart"):
            for target in self._targets(kind):
                words = [text for text in self.packed.xml(target).itertext(f"{A}t") if text.strip()]
                if words:
                    self.page.blocks.append(Block(" ".join(words), kind="box"))

    # Paragraphs and tables in order -----------------------------------------------------------------------

    def _flow(self, parent: etree._Element, kind: str = "text") -> None:
        for child in parent:
            if not isinstance(child.tag, str):
                continue
            name = etree.QName(child).localname
            if name == "p":
                self._paragraph(child, kind)
            elif name == "tbl":
                self._table(child, kind)
            elif name == "AlternateContent":
                self._flow(_choice(child), kind)
            elif name in ("del", "moveFrom"):
                self.page.leave_out("修订删除的文字", "原文已删除", _deleted_words(child))
            elif name in WRAPPERS:
                self._flow(child, kind)

    def _paragraph(self, paragraph: etree._Element, kind: str) -> None:
        properties = paragraph.find(f"{W}pPr")
        words = _Words()
        style = self._style(properties)
        self._collect(paragraph, words, style.hidden)
        self._report(words)
        text = "".join(words.shown)
        is_empty = not text.strip() and not words.boxes and not words.pictures
        number = "" if is_empty and _is_gone(properties, words) else self._number(properties, style)
        if number and is_empty:
            # Word prints it and counts on; in a table it is often all that a cell holds.
            if self.in_cell:
                text, number = number, ""
            else:
                self.page.leave_out("没有文字的编号", "编号后面是空的", number)
        if self.joined:
            before, block = self.joined
            self.joined = None
            text, number = before + text, block.number or number
        if properties is not None and kind == "text" and _runs_on(properties):
            self.joined = (text, Block("", number))
            return
        level, centred = self._level(properties, style), _centred(properties, style)
        self._emit(Block(text, number, level, centred, kind, bold=_is_bold(paragraph)))
        for box in words.boxes:
            self._flow(box, "box")
        for note in words.notes:
            if note in self.notes:
                self._note(self.notes.pop(note))

    def _emit(self, paragraph: Block) -> None:
        """A paragraph's lines, each a block of its own; the number stands before the first."""
        number = paragraph.number
        for line in map(str.strip, paragraph.text.split("\n")):
            if line:
                level = paragraph.level if len(line) <= LONGEST_STYLED else 0
                self.page.blocks.append(replace(paragraph, text=line, number=number, level=level))
                number = ""

    def _level(self, properties: etree._Element | None, style: Style) -> int:
        outline = value(properties.find(f"{W}outlineLvl")) if properties is not None else None
        return int(outline) + 1 if outline and outline.isdigit() and int(outline) < 9 else style.level

    def _style(self, properties: etree._Element | None) -> Style:
        name = value(properties.find(f"{W}pStyle")) if properties is not None else None
        return self.styles.get(name or "", Style())

    def _number(self, properties: etree._Element | None, style: Style) -> str:
        """The number that Word prints before a paragraph."""
        own = properties.find(f"{W}numPr") if properties is not None else None
        num = value(own.find(f"{W}numId")) if own is not None else None
        at = value(own.find(f"{W}ilvl")) if own is not None else None
        depth = int(at) if at is not None and at.isdigit() else None
        if num is None:
            num = style.num
            if num is not None and depth is None:
                name = value(properties.find(f"{W}pStyle")) if properties is not None else None
                depth = style.depth if style.depth is not None else self.numbers.depth_of_style(num, name or "")
        if num in (None, "0"):
            return ""
        return self.numbers.next(str(num), depth or 0)

    def _note(self, note: etree._Element) -> None:
        words = _Words()
        self._collect(note, words, False)
        self._report(words)
        text = " ".join("".join(words.shown).split())
        if text:
            self.page.blocks.append(Block(text, kind="note"))

    def _report(self, words: _Words) -> None:
        page = self.page
        page.leave_out("修订删除的文字", "原文已删除", "".join(words.deleted))
        page.leave_out("修订移走的文字", "已移到别处", "".join(words.moved))
        page.leave_out("隐藏的文字", "Word 不显示", "".join(words.hidden))
        page.leave_out("注音", "注在字上方", "".join(words.ruby))
        if words.pictures:
            page.leave_out("图片", "图片中的文字没有读", f"{words.pictures} 张")
        if words.unknown:
            page.doubts.append(f"有 {words.unknown} 个符号字体的字符不能识别，写作“�”。")

    # The words of a paragraph -----------------------------------------------------------------------------

    def _collect(self, parent: etree._Element, words: _Words, hidden: bool) -> None:
        for child in parent:
            if isinstance(child.tag, str):
                self._one(child, words, hidden)

    def _one(self, child: etree._Element, words: _Words, hidden: bool) -> None:
        name = etree.QName(child).localname
        if name in ("del", "moveFrom"):
            (words.deleted if name == "del" else words.moved).append(_deleted_words(child))
        elif name == "AlternateContent":
            self._collect(_choice(child), words, hidden)
        elif name == "txbxContent":
            words.boxes.append(child)
        elif name in ("drawing", "pict", "object"):
            self._drawing(child, words)
        elif name == "r":
            vanish = child.find(f"{W}rPr/{W}vanish")
            hides = hidden if vanish is None else value(vanish) not in ("0", "false")
            self._collect(child, words, hides)
        elif name == "p":  # of a note, which is one paragraph here
            words.shown.append("\n")
            self._collect(child, words, hidden)
        else:
            self._leaf(name, child, words, hidden)

    def _leaf(self, name: str, child: etree._Element, words: _Words, hidden: bool) -> None:
        into = words.hidden if hidden else words.shown
        if name == "t":
            into.append(child.text or "")
        elif name in ("tab", "ptab"):
            into.append("\t")
        elif name in ("br", "cr"):
            into.append("\n")
        elif name == "noBreakHyphen":
            into.append("-")
        elif name == "sym":
            sign = SYMBOLS.get(str(child.get(f"{W}char")).upper(), "")
            words.unknown += not sign
            into.append(sign or "�")
        elif name == "rt":
            words.ruby.append(_all_words(child))
        elif name in ("footnoteReference", "endnoteReference"):
            words.notes.append((name.removesuffix("Reference"), str(child.get(f"{W}id"))))
        elif name in UNSEEN:
            return
        elif name in WRAPPERS or child.tag.startswith(M):
            self.inserted += name == "ins"
            self._collect(child, words, hidden)

    def _drawing(self, drawing: etree._Element, words: _Words) -> None:
        """Text boxes of a drawing; a picture is counted."""
        found = False
        for box in _boxes(drawing):
            words.boxes.append(box)
            found = True
        if not found and any(
            etree.QName(one).localname in ("blip", "imagedata") for one in drawing.iter("{*}blip", "{*}imagedata")
        ):
            words.pictures += 1

    # Tables -----------------------------------------------------------------------------------------------

    def _table(self, table: etree._Element, kind: str) -> None:
        rows = [row for row in _children(table, "tr") if not _is_deleted(row)]
        for row in _children(table, "tr"):
            if _is_deleted(row):
                self.page.leave_out("修订删除的表格行", "原文已删除", _deleted_words(row) or _all_words(row))
        if self._is_layout(rows):
            for row in rows:
                for cell in _children(row, "tc"):
                    self._flow(cell, kind)
            return
        self.page.tables += 1
        number = self.page.tables
        above: dict[int, str] = {}
        pending: list[Block] = []
        for row in rows:
            cells = self._cells(row, above, pending)
            flag = row.find(f"{W}trPr/{W}tblHeader")
            heading = flag is not None and value(flag) not in ("0", "false")
            self.page.blocks.append(Block("", kind="row", table=number, cells=cells, heading=heading))
        self.page.blocks += pending

    def _is_layout(self, rows: list[etree._Element]) -> bool:
        """Whether a table only places text on the page: one column, or cells that hold a text of many paragraphs."""
        cells = [cell for row in rows for cell in _children(row, "tc")]
        if all(len(list(_children(row, "tc"))) <= 1 for row in rows):
            return True
        long = [cell for cell in cells if len(list(_children(cell, "p"))) > 5 and len(_all_words(cell)) > 400]
        return bool(long) and len(rows) <= 3

    def _cells(self, row: etree._Element, above: dict[int, str], pending: list[Block]) -> tuple[Cell, ...]:
        found: list[Cell] = []
        skipped = value(row.find(f"{W}trPr/{W}gridBefore"))
        found += [Cell("")] * min(int(skipped or 0), 100)
        for cell in _children(row, "tc"):
            merged = cell.find(f"{W}tcPr/{W}vMerge")
            across = int(value(cell.find(f"{W}tcPr/{W}gridSpan")) or 1)
            own = self._cell_text(cell, pending)
            hangs = merged is not None and value(merged) in (None, "continue")
            text = above.get(len(found), "") if hangs and not own else own
            repeated = hangs and not own
            for n in range(min(max(across, 1), 100)):
                if merged is not None:
                    above[len(found)] = text
                else:
                    above.pop(len(found), None)
                found.append(Cell(text, repeated or n > 0))
        return tuple(found)

    def _cell_text(self, cell: etree._Element, pending: list[Block]) -> str:
        """A cell's words on one line; numbers of its paragraphs and tables within it included."""
        inner = Page()
        outer, self.page = self.page, inner
        around, self.in_cell = self.in_cell, True
        try:
            self._flow(cell)
        finally:
            self.page, self.in_cell = outer, around
        self.page.left_out += inner.left_out
        self.page.doubts += inner.doubts
        pending += [block for block in inner.blocks if block.kind in ("note", "box")]
        texts = [" ".join(block.printed.split()) for block in inner.blocks if block.kind in ("text", "row")]
        return " ".join(text for text in texts if text)


def _centred(properties: etree._Element | None, style: Style) -> bool:
    jc = properties.find(f"{W}jc") if properties is not None else None
    return value(jc) == "center" if jc is not None else style.centred


def _is_bold(paragraph: etree._Element) -> bool:
    """Whether every run that shows words is printed bold by itself."""
    runs = [run for run in paragraph.iter(f"{W}r") if _all_words(run).strip()]
    marks = [run.find(f"{W}rPr/{W}b") for run in runs]
    return bool(runs) and all(mark is not None and value(mark) not in ("0", "false") for mark in marks)


def _is_gone(properties: etree._Element | None, words: _Words) -> bool:
    """Whether a paragraph without words once had some, so that Word does not count it."""
    deleted = properties is not None and properties.find(f"{W}rPr/{W}del") is not None
    return deleted or bool(words.deleted or words.moved or words.hidden)


def _runs_on(properties: etree._Element) -> bool:
    """Whether the next paragraph goes on where this one ends: its end is deleted, or it is a large first letter."""
    frame = properties.find(f"{W}framePr")
    is_first_letter = frame is not None and value(frame, "dropCap") in ("drop", "margin")
    return is_first_letter or properties.find(f"{W}rPr/{W}del") is not None


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    """Children of a name, also those within content controls and tracked insertions."""
    found = []
    for child in element:
        if child.tag == f"{W}{name}":
            found.append(child)
        elif isinstance(child.tag, str) and etree.QName(child).localname in WRAPPERS:
            found += _children(child, name)
    return found


def _choice(alternate: etree._Element) -> etree._Element:
    """What Word shows of several alternatives that hold the same words: the first."""
    found = alternate.find(f"{MC}Choice")
    if found is None:
        found = alternate.find(f"{MC}Fallback")
    return alternate if found is None else found


def _boxes(drawing: etree._Element) -> list[etree._Element]:
    """The outermost text boxes of a drawing."""
    found: list[etree._Element] = []
    for child in drawing:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        if name == "txbxContent":
            found.append(child)
        else:
            found += _boxes(_choice(child) if name == "AlternateContent" else child)
    return found


def _is_deleted(row: etree._Element) -> bool:
    return row.find(f"{W}trPr/{W}del") is not None


def _deleted_words(element: etree._Element) -> str:
    return "".join(text for text in element.itertext(f"{W}delText", f"{W}t"))


def _all_words(element: etree._Element) -> str:
    return "".join(text for text in element.itertext(f"{W}t"))
