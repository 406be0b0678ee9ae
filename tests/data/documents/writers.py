# ruff: noqa: E501 - a sample is easier to see on one line
"""Writes small documents in each kind of file, after layouts that offices, courts and web sites really use."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import docx
import pypdfium2
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.xmlchemy import BaseOxmlElement
from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout

from casework.document_writer import HEADINGS, TEXT, font_file

Line = str | Sequence[Sequence[str]]


@dataclass(frozen=True)
class Text:
    """A document as its lines: words, or the rows of a table. A line that begins with ``^`` is centred."""

    lines: tuple[Line, ...]

    @property
    def words(self) -> list[str]:
        """Every visible word, in order."""
        found: list[str] = []
        for line in self.lines:
            if isinstance(line, str):
                found.append(line.lstrip("^"))
            else:
                found += [cell for row in line for cell in row]
        return found


def text(*lines: Line) -> Text:
    return Text(lines)


def as_txt(encoding: str, blank: str = "\n", end: str = "\n") -> Callable[[Text], bytes]:
    """Plain text in an encoding; ``blank`` stands between paragraphs."""

    def write(content: Text) -> bytes:
        lines = ["\t".join(row) for line in content.lines if not isinstance(line, str) for row in line]
        if not lines:
            lines = [line.lstrip("^") for line in content.lines if isinstance(line, str)]
        return (end + blank.replace("\n", end)[len(end) :]).join(lines).encode(encoding)

    return write


def as_wrapped(width: int) -> Callable[[Text], bytes]:
    """Plain text whose lines are broken at a width, as mail programs and OCR exports do it."""

    def write(content: Text) -> bytes:
        lines = []
        for line in content.lines:
            whole = ("\u3000\u3000" if not str(line).startswith("^") else "") + str(line).lstrip("^")
            lines += [whole[n : n + width] for n in range(0, len(whole), width)]
        return "\n".join(lines).encode()

    return write


def as_html(encoding: str = "utf-8", around: str = "") -> Callable[[Text], bytes]:
    """A saved web page; ``around`` is a menu that is no part of the document."""

    def write(content: Text) -> bytes:
        body = ""
        for line in content.lines:
            if isinstance(line, str):
                style = ' style="text-align: center"' if line.startswith("^") else ""
                body += f"<p{style}>&nbsp;&nbsp;{html.escape(line.lstrip('^'))}</p>\n"
            else:
                rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in line)
                body += "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>\n"
        menu = f"<nav><a>{around}</a></nav>" if around else ""
        page = (
            f'<html><head><meta charset="{encoding}"><title>页面</title><style>p {{}}</style></head>'
            f"<body>{menu}<div id='UCAP-CONTENT'>{body}</div><script>var 脚本 = 1;</script></body></html>"
        )
        return page.encode("gb18030" if encoding == "gb2312" else encoding)

    return write


def as_markdown(content: Text) -> bytes:
    lines = []
    for line in content.lines:
        if not isinstance(line, str):
            rows = [f"| {' | '.join(row)} |" for row in line]
            lines.append("\n".join([rows[0], "|" + " --- |" * len(line[0]), *rows[1:]]))
        elif line.startswith("^"):
            lines.append(f"# {line[1:]}")
        else:
            lines.append(line)
    return "\n\n".join(lines).encode()


def as_docx(content: Text) -> bytes:
    document = docx.Document()
    for line in content.lines:
        if isinstance(line, str):
            paragraph = document.add_paragraph(line.lstrip("^"))
            if line.startswith("^"):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        else:
            table = document.add_table(len(line), len(line[0]))
            for row, cells in zip(table.rows, line, strict=True):
                for cell, words in zip(row.cells, cells, strict=True):
                    cell.text = words
    return saved(document)


def saved(document: docx.document.Document) -> bytes:
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


class _Printed(FPDF):
    """A4 with a running head and page numbers, as offices print."""

    head = ""

    def header(self) -> None:
        if self.head:
            self.set_y(12)
            self.set_font(TEXT, size=9)
            self.cell(0, 6, self.head, align="C")
            self.set_y(37)

    def footer(self) -> None:
        self.set_y(-22)
        self.set_font(TEXT, size=10)
        self.cell(0, 8, f"— {self.page_no()} —", align="C")


def as_pdf(head: str = "", size: float = 16, columns: float = 0) -> Callable[[Text], bytes]:
    """A PDF with text: paragraphs set in by two characters and justified."""

    def write(content: Text) -> bytes:
        pdf = _Printed()
        pdf.head = head
        pdf.set_margins(28, 37, 26)
        pdf.set_auto_page_break(True, 35)
        for font in (TEXT, HEADINGS):
            pdf.add_font(font, fname=font_file(font))
        pdf.add_page()
        for line in content.lines:
            _print(pdf, line, size, columns)
        return bytes(pdf.output())

    return write


def _print(pdf: FPDF, line: Line, size: float, width: float) -> None:
    if isinstance(line, str):
        centred = line.startswith("^")
        pdf.set_font(HEADINGS if centred else TEXT, size=size * 1.3 if centred else size)
        words = line[1:] if centred else f"\u3000\u3000{line}"
        pdf.multi_cell(width, size * 0.62, words, align="C" if centred else "J", new_x="LMARGIN", new_y="NEXT")
        return
    pdf.set_font(TEXT, size=10)
    with pdf.table(
        headings_style=FontFace(emphasis=""),
        first_row_as_headings=True,
        repeat_headings=1,
        borders_layout=TableBordersLayout.ALL,
        line_height=8,
    ) as grid:
        for cells in line:
            row = grid.row()
            for cell in cells:
                row.cell(cell)


OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def as_ofd(content: Text, per_line: int = 26, lines_a_page: int = 22) -> bytes:
    """An OFD file: one text object a printed line, in millimetres, with a page number below."""
    rows: list[tuple[float, str]] = []
    for line in content.lines:
        words, centred = str(line).lstrip("^"), str(line).startswith("^")
        if centred:
            rows.append((105 - len(words) * 2.8, words))
            continue
        rows.append((28 + 11.2, words[: per_line - 2]))
        rest = words[per_line - 2 :]
        rows += [(28, rest[n : n + per_line]) for n in range(0, len(rest), per_line)]
    pages = [rows[n : n + lines_a_page] for n in range(0, len(rows), lines_a_page)]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        ns = OFD
        archive.writestr("OFD.xml", f"<ofd:OFD {ns}><ofd:DocBody><ofd:DocInfo><ofd:Title>样本</ofd:Title></ofd:DocInfo>"
                         "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>")  # fmt: skip
        listed = "".join(f'<ofd:Page ID="{n + 1}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
        archive.writestr("Doc_0/Document.xml", f"<ofd:Document {ns}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
                         f"</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>{listed}</ofd:Pages></ofd:Document>")  # fmt: skip
        for n, page in enumerate(pages):
            objects = "".join(_text_object(x, 45 + 9.8 * row, words) for row, (x, words) in enumerate(page) if words)
            objects += _text_object(100, 275, f"- {n + 1} -")
            archive.writestr(f"Doc_0/Pages/Page_{n}/Content.xml",
                             f"<ofd:Page {ns}><ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>")  # fmt: skip
    return written.getvalue()


def _text_object(x: float, y: float, words: str) -> str:
    wide = 5.6 * len(words)
    return (
        f'<ofd:TextObject Boundary="{x} {y} {wide} 5.6" Size="5.6"><ofd:TextCode X="0" Y="4.9" '
        f'DeltaX="g {max(len(words) - 1, 1)} 5.6">{html.escape(words)}</ofd:TextCode></ofd:TextObject>'
    )


RUNS_ON = '<w:lvlRestart w:val="0"/>'


def with_numbering(
    document: docx.document.Document, levels: Sequence[tuple[str, str]], running: Sequence[int] = ()
) -> str:
    """Add a numbering of Word's own, one (format, text) a level; levels that are ``running`` never begin anew."""
    root = document.part.numbering_part.element
    key = str(900 + len(root))
    inner = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'{RUNS_ON if n in running else ""}<w:lvlText w:val="{shown}"/></w:lvl>'
        for n, (form, shown) in enumerate(levels)
    )
    first_num = root.find("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}num")
    abstract = parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{key}">{inner}</w:abstractNum>')
    if first_num is None:
        root.append(abstract)
    else:
        first_num.addprevious(abstract)
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{key}"><w:abstractNumId w:val="{key}"/></w:num>'))
    return key


def numbered(document: docx.document.Document, words: str, num: str, level: int) -> None:
    """A paragraph whose number Word prints."""
    document.add_paragraph(words)._p.get_or_add_pPr().append(numbering(num, level))


def numbering(num: str, level: int) -> BaseOxmlElement:
    """What lets Word print a number before a paragraph."""
    return parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>')


def raw(document: docx.document.Document, xml: str) -> None:
    """A paragraph as WordprocessingML."""
    names = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"'
    )
    document.element.body.insert(len(document.element.body) - 1, parse_xml(f"<w:p {names}>{xml}</w:p>"))


def pictures(pdf: bytes) -> list[bytes]:
    """The pages of a PDF as grey pictures, as a scanner gives them."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        written = io.BytesIO()
        page.render(scale=150 / 72).to_pil().convert("L").save(written, "PNG")
        found.append(written.getvalue())
    return found


def scanned(pdf: bytes) -> bytes:
    """A PDF of pictures only."""
    scan = FPDF(unit="pt", format=(595, 842))
    for picture in pictures(pdf):
        scan.add_page()
        scan.image(io.BytesIO(picture), 0, 0, 595, 842)
    return bytes(scan.output())


NOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def with_notes(document: bytes, footnote: str, comment: str) -> bytes:
    """A Word file with a footnote (id 2) and a comment in parts of their own, as Word writes them."""
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    parts = {
        "footnotes": f'<w:footnotes {names}><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote><w:footnote w:id="2"><w:p>'
        f"<w:r><w:footnoteRef/></w:r><w:r><w:t>{footnote}</w:t></w:r></w:p></w:footnote></w:footnotes>",
        "comments": f'<w:comments {names}><w:comment w:id="1"><w:p><w:r><w:t>{comment}</w:t></w:r></w:p></w:comment></w:comments>',
    }
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/_rels/document.xml.rels":
                listed = "".join(
                    f'<Relationship Id="x{kind}" Type="{NOTES}/{kind}" Target="{kind}.xml"/>' for kind in parts
                )
                content = content.replace(b"</Relationships>", listed.encode() + b"</Relationships>")
            new.writestr(name, content)
        for kind, xml in parts.items():
            new.writestr(f"word/{kind}.xml", xml)
    return written.getvalue()


def as_strict(content: bytes) -> bytes:
    """A Word file as "Strict Open XML Document" saves it: the same under other addresses."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = re.sub(
                rb"http://schemas\.openxmlformats\.org/(wordprocessingml|officeDocument|drawingml)/2006/",
                rb"http://purl.oclc.org/ooxml/\1/", old.read(name),
            )  # fmt: skip
            new.writestr(name, part)
    return written.getvalue()


def as_columns(title: str, content: Text, size: float = 11) -> bytes:
    """A page of a gazette: a title over the page, the text below it in two columns, a page number at the foot."""
    pdf = _Printed()
    pdf.set_margins(25, 30, 25)
    pdf.set_auto_page_break(True, 30)
    for font in (TEXT, HEADINGS):
        pdf.add_font(font, fname=font_file(font))
    pdf.add_page()
    pdf.set_font(HEADINGS, size=size * 1.6)
    pdf.multi_cell(0, size, title, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(TEXT, size=size)
    with pdf.text_columns(ncols=2, gutter=10, text_align="J", line_height=1.4, balance=True) as columns:
        columns.write("\n".join(f"\u3000\u3000{line}" for line in content.words))
    return bytes(pdf.output())
