"""Web pages and Markdown: what a browser would show of them, with the numbers that it gives to lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PreformattedString, Tag
from markdown_it import MarkdownIt

from knowledge.reading.blocks import Block, Cell, DocumentError, Page, Reading
from knowledge.reading.numbering import numeral_of
from knowledge.reading.plain import decoded

UNSEEN = (
    "script", "style", "template", "noscript", "head", "meta", "link", "iframe", "object", "audio", "video", "canvas",
    "map", "datalist",
)  # fmt: skip
# What shows words that are no part of the text.
CONTROLS = {"svg": "图形中的文字", "select": "选择框", "textarea": "输入框"}
FOOTNOTE = re.compile(r"^\[\^([^\]\n]+)\]:[ \t]*", re.M)
BREAKS = {
    "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "ul", "ol", "li", "dl", "dt", "dd",
    "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "figure", "figcaption", "form", "fieldset", "address",
    "details", "summary", "center", "hr", "body", "legend", "option", "td", "th", "tr", "caption",
}  # fmt: skip
# Where the sites of governments, courts and the People's Congress put the text of a document.
MAIN = (
    "#UCAP-CONTENT", "#zoom", "#Zoom", "#vsb_content", ".TRS_Editor", ".trs_editor_view", ".pages_content",
    ".article-content", ".article_content", ".content_body", "#content", "article", "main",
)  # fmt: skip
LEAST_IN_MAIN = 200
HEADLINES = re.compile(r"^(?:h[1-4]|div|p|td|span|strong)$")
LEAST_IN_HEADLINE = 6
BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)


def read_html(content: bytes, name: str) -> Reading:
    """Read a web page that was saved.

    Raises:
        DocumentError: its encoding cannot be found out.
    """
    return _read(_soup(content, name))


def read_markdown(content: bytes, name: str) -> Reading:
    """Read a Markdown file; a line feed within a paragraph stays one, as its writer meant it."""
    text, _ = decoded(content, name)
    # To plain Markdown a footnote's words are the address of a link, which nobody sees.
    text = FOOTNOTE.sub(lambda note: f"\n注[{note[1]}] ", text)
    parser = MarkdownIt("commonmark", {"breaks": True, "html": True}).enable(["table", "strikethrough"]).disable("code")
    return _read(BeautifulSoup(f"<body>{parser.render(text)}</body>", "lxml"), whole=True)


def _soup(content: bytes, name: str) -> BeautifulSoup:
    declared = re.search(rb"charset\s*=\s*[\"']?\s*([\w-]+)", content[:4096], re.I)
    encoding = declared[1].decode("ascii", "replace").lower() if declared else ""
    if encoding in ("gb2312", "gbk", "gb_2312-80"):
        encoding = "gb18030"
    try:
        text = content.decode(encoding) if encoding else decoded(content, name)[0]
    except (UnicodeDecodeError, LookupError):
        text = decoded(content, name)[0]
    if not re.search(r"<\w+", text):
        raise DocumentError(f"{name} 不是网页文件。纯文本请用 .txt。")
    return BeautifulSoup(text.replace("\0", ""), "lxml")


def _read(soup: BeautifulSoup, whole: bool = False) -> Reading:
    page = Page()
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    body = soup.body or soup
    _take_out_unseen(body, page)
    main = body if whole else _main(body)
    walker = _Walker(page)
    if main is not body and (heading := _heading_of(main, title)):
        walker.walk(heading)
        walker.flush()
        heading.decompose()
    walker.walk(main)
    walker.flush()
    if main is not body:
        main.extract()
        page.leave_out("网页上正文以外的部分", "导航、页眉页脚和相关链接", " ".join(body.stripped_strings))
    return page.read(title)


def _take_out_unseen(body: Tag, page: Page) -> None:
    for tag in body.find_all(UNSEEN):
        tag.decompose()
    for name, what in CONTROLS.items():
        for tag in body.find_all(name):
            page.leave_out(what, "不是正文", tag.get_text(" ", strip=True))
            tag.decompose()
    for tag in body.find_all("img"):
        page.leave_out("图片", "图片中的文字没有读", str(tag.get("alt") or "（无说明）"))
    for tag in body.find_all(["del", "strike", "s"]):
        page.leave_out("删除线文字", "原文已划去", tag.get_text())
        tag.decompose()
    for tag in body.find_all(["rt", "rp"]):
        page.leave_out("注音", "注在字上方", tag.get_text())
        tag.decompose()
    for tag in [tag for tag in body.find_all(True) if _hidden(tag)]:
        if not tag.decomposed:
            page.leave_out("隐藏的文字", "网页不显示", tag.get_text(" ", strip=True))
            tag.decompose()


def _hidden(tag: Tag) -> bool:
    if tag.decomposed or tag.attrs is None:
        return False
    style = str(tag.get("style") or "").replace(" ", "").lower()
    return tag.has_attr("hidden") or "display:none" in style or "visibility:hidden" in style


def _main(body: Tag) -> Tag:
    """The element that holds the text; the whole body where none is known to."""
    for selector in MAIN:
        found = max(body.select(selector), key=lambda tag: len(tag.get_text()), default=None)
        if found is not None and len("".join(found.get_text().split())) >= LEAST_IN_MAIN:
            return found
    return body


def _heading_of(main: Tag, title: str) -> Tag | None:
    """The headline that a site prints above the text's own element: the page's name says that it is this one."""
    whole = "".join(title.split())

    def said(tag: Tag) -> int:
        words = "".join(tag.get_text().split())
        return len(words) if words in whole else 0

    above = max(main.find_all_previous(HEADLINES), key=said, default=None)
    longest_inside = max(map(said, main.find_all(True)), default=0)
    return above if above is not None and said(above) > max(longest_inside, LEAST_IN_HEADLINE) else None


class _Walker:
    """Goes through the elements in order and collects paragraphs and rows."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.words: list[tuple[str, bool]] = []
        self.strong = 0
        self.number, self.level, self.centred = "", 0, False

    def flush(self) -> None:
        """End a paragraph."""
        lines: list[list[tuple[str, bool]]] = [[]]
        for words, strong in self.words:
            first, *others = words.split(BREAK)
            lines[-1].append((first, strong))
            lines += [[(one, strong)] for one in others]
        self.words = []
        for line in lines:
            text = re.sub(r"[ \t\r\n]+", " ", "".join(words for words, _ in line)).strip()
            if text:
                bold = all(strong for words, strong in line if words.strip())
                self.page.blocks.append(Block(text, self.number, self.level, self.centred, bold=bold))
                self.number = ""

    def walk(self, tag: Tag) -> None:
        for child in list(tag.children):
            if isinstance(child, PreformattedString):
                continue
            if isinstance(child, NavigableString):
                text = str(child)
                self._say(text.replace("\n", BREAK) if _is_pre(tag) else text)
            elif isinstance(child, Tag):
                self._element(child)

    def _say(self, words: str) -> None:
        self.words.append((words, self.strong > 0))

    def _element(self, tag: Tag) -> None:
        name = tag.name
        if name == "br":
            self._say(BREAK)
        elif name == "table" and not _is_layout(tag):
            self.flush()
            self._table(tag)
        elif name in BREAKS or name == "table":
            self.flush()
            self._block(tag)
        elif name == "input":
            kind = str(tag.get("type") or "").lower()
            if kind in ("checkbox", "radio"):
                self._say("☑" if tag.has_attr("checked") else "□")
            elif kind in ("", "text", "number", "date", "tel"):
                self._say(str(tag.get("value") or ""))
        else:
            strong = name in ("b", "strong") or bool(BOLD.search(str(tag.get("style") or "")))
            self.strong += strong
            self.walk(tag)
            self.strong -= strong

    def _block(self, tag: Tag) -> None:
        before = self.level, self.centred
        if re.fullmatch(r"h[1-6]", tag.name):
            self.level = int(tag.name[1])
        style = str(tag.get("style") or "").replace(" ", "").lower()
        self.centred = tag.name == "center" or tag.get("align") == "center" or "text-align:center" in style or before[1]
        if tag.name == "li":
            self.number = _list_number(tag)
        self.walk(tag)
        self.flush()
        self.level, self.centred = before

    def _table(self, table: Tag) -> None:
        caption = table.find("caption", recursive=False)
        if isinstance(caption, Tag) and caption.get_text(strip=True):
            self.page.blocks.append(Block(" ".join(caption.get_text(" ", strip=True).split())))
        self.page.tables += 1
        for cells, heading in grid(table):
            self.page.blocks.append(Block("", kind="row", table=self.page.tables, cells=cells, heading=heading))


BREAK = "\x1e"


def _is_pre(tag: Tag) -> bool:
    return tag.name == "pre" or tag.find_parent("pre") is not None


def _is_layout(table: Tag) -> bool:
    """Whether a table only places text on the page: one column, or long texts in its cells."""
    rows = _rows(table)
    widest = max((len(_cells(row)) for row in rows), default=0)
    if widest <= 1:
        return True
    return any(len(cell.find_all(["p", "table", "h1", "h2"])) > 3 and len(cell.get_text()) > 300
               for row in rows for cell in _cells(row))  # fmt: skip


def _rows(table: Tag) -> list[Tag]:
    return [row for row in table.find_all("tr") if row.find_parent("table") is table]


def _cells(row: Tag) -> list[Tag]:
    return list(row.find_all(["td", "th"], recursive=False))


def grid(table: Tag) -> Iterator[tuple[tuple[Cell, ...], bool]]:
    """The rows with every cell in each place that it covers, and whether a row is marked as a header."""
    below: dict[int, tuple[int, str]] = {}
    for row in _rows(table):
        cells: list[Cell] = []
        own = _cells(row)
        for cell in own:
            _fill(cells, below)
            text = " ".join(cell.get_text(" ", strip=True).split())
            text = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", text)
            down, across = _span(cell, "rowspan"), _span(cell, "colspan")
            for n in range(across):
                if down > 1:
                    below[len(cells)] = (down - 1, text)
                cells.append(Cell(text, repeated=n > 0))
        _fill(cells, below)
        heading = bool(own) and (row.find_parent("thead") is not None or all(cell.name == "th" for cell in own))
        yield tuple(cells), heading


def _fill(cells: list[Cell], below: dict[int, tuple[int, str]]) -> None:
    """Put in what hangs down into the next places of a row."""
    while len(cells) in below:
        left, text = below.pop(len(cells))
        if left > 1:
            below[len(cells)] = (left - 1, text)
        cells.append(Cell(text, repeated=True))


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name) or "1")
    return min(max(int(value), 1), 200) if value.isdigit() else 1


def _list_number(item: Tag) -> str:
    """The number that a browser prints before an item of an ordered list."""
    parent = item.parent
    if parent is None or parent.name != "ol":
        return ""
    own = list(parent.find_all("li", recursive=False))
    start = str(parent.get("start") or "1")
    value = (int(start) if start.lstrip("-").isdigit() else 1) + next(n for n, one in enumerate(own) if one is item)
    style = f"{parent.get('style') or ''}{item.get('style') or ''}".replace(" ", "").lower()
    if "list-style-type:none" in style or "list-style:none" in style:
        return ""
    if "cjk" in style or "simp-chinese" in style:
        return f"{numeral_of(value)}、"
    letter = str(parent.get("type") or "1")
    return f"{chr(96 + value) if letter == 'a' and value < 27 else value}."
