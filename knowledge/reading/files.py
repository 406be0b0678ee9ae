"""A file of any kind read: what it is is told by its content first, for names lie (a .doc is often a web page)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from knowledge.reading import office, plain
from knowledge.reading.blocks import DocumentError, Page, Reading
from knowledge.reading.layout import assemble
from knowledge.reading.recognition import recognise

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_TEXT = 2_000_000
Say = Callable[[str], None]

TEXTS = {".txt", ".text"}
PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"}
OLD_OFFICE = {".doc", ".wps", ".rtf", ".dot", ".wpt", ".odt", ".uot"}
KINDS = {".docx": "word", ".docm": "word", ".pdf": "pdf", ".html": "html", ".htm": "html", ".md": "markdown",
         ".markdown": "markdown", ".ofd": "ofd"}  # fmt: skip
KINDS |= dict.fromkeys(TEXTS, "text") | dict.fromkeys(PICTURES, "picture") | dict.fromkeys(OLD_OFFICE, "office")
ACCEPTED = ".docx、.pdf、.txt、.html、.md、.ofd、.doc、.wps 或扫描图片（.png、.jpg、.tif）"


def read_file(path: Path, say: Say) -> Reading:
    """Read a document.

    Args:
        path: a file of one of KINDS, at most 20 MiB.
        say: is told how far recognition of a scan is.

    Raises:
        DocumentError: the file is missing, too large, of another kind, damaged, or has no text.
    """
    if not path.is_file():
        raise DocumentError(f"找不到文件：{path}。请检查路径。")
    if path.stat().st_size > LARGEST_FILE:
        raise DocumentError(f"文件超过 20 MB：{path.name}。请拆分后再添加。")
    content, suffix = path.read_bytes(), path.suffix.lower()
    if suffix not in KINDS:
        raise DocumentError(f"不支持的文件类型“{path.suffix}”。请提供 {ACCEPTED} 文件。")
    reading = _read(content, _kind_of(content, suffix), path.name, suffix, say)
    letters = sum(char.isalnum() for char in reading.text)
    if letters < 10:
        raise DocumentError(
            f"{path.name} 中没有可用的文字。如果内容是图片，请另存为 PDF 或图片文件再添加，由文字识别读取。"
        )
    if letters > LARGEST_TEXT:
        raise DocumentError(f"{path.name} 的文字超过 200 万字。请拆分后再添加。")
    return reading


def _kind_of(content: bytes, suffix: str) -> str:
    """The kind that the content shows, where it shows one other than the name's."""
    named, start = KINDS[suffix], content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if named in ("word", "office", "ofd") and start.startswith(b"PK"):
        if b"OFD.xml" in content:
            return "ofd"
        return "word" if b"word/document" in content or suffix in (".doc", ".wps") else named
    if named in ("word", "office"):
        if start.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf")):
            return "office"
        if start.startswith(b"%PDF"):
            return "pdf"
        if re.match(rb"<(?:!doctype html|html|\?xml[^>]*>\s*<html)", start, re.I):
            return "html"
    return named


def _read(content: bytes, kind: str, name: str, suffix: str, say: Say) -> Reading:
    if kind == "text":
        return plain.read_plain(content, name)
    if kind in ("html", "markdown"):
        from knowledge.reading import markup

        return markup.read_html(content, name) if kind == "html" else markup.read_markdown(content, name)
    if kind == "picture":
        return _picture(content, name, say)
    if kind == "pdf":
        return _pdf(content, name, say)
    if kind == "office":
        content = office.as_docx(content, name, suffix)
    return _packed(content, name, "word" if kind == "office" else kind)


def _packed(content: bytes, name: str, kind: str) -> Reading:
    from knowledge.reading.ofd import read_ofd
    from knowledge.reading.word import read_word

    try:
        return read_word(content) if kind == "word" else read_ofd(content)
    except Exception as error:  # a damaged file makes zip, XML and the numbers in it fail in a dozen ways
        what = "Word" if kind == "word" else "OFD"
        raise DocumentError(f"{name} 不是有效的 {what} 文件。请用 Word 或 WPS 另存为 .docx 后再添加。") from error


def _pdf(content: bytes, name: str, say: Say) -> Reading:
    from knowledge.reading.pdf import read_pdf

    try:
        return read_pdf(content, name, lambda whole, pages: recognise(whole, pages, name, say))
    except DocumentError:
        raise
    except Exception as error:  # pdfminer fails on damaged files with whatever its parts raise
        raise DocumentError(f"{name} 无法读取，可能已损坏或加密。请提供未加密的 PDF。") from error


def _picture(content: bytes, name: str, say: Say) -> Reading:
    page = Page()
    sheets = recognise(content, None, name, say)
    page.doubts.append("全文由文字识别得来，请核对。")
    assemble([sheets[number] for number in sorted(sheets)], page)
    return page.read(recognised=True)
