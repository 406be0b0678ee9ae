"""OFD (GB/T 33190), China's fixed-layout format: its XML read as it is, text objects at their places on the pages."""

from __future__ import annotations

from lxml import etree

from knowledge.reading.blocks import Page, Reading
from knowledge.reading.layout import Glyph, Sheet, assemble, in_columns
from knowledge.reading.packed import Packed, beside

MOST_PAGES = 1500


def read_ofd(content: bytes) -> Reading:
    """Read an .ofd file.

    Raises:
        Exception: whatever a damaged archive or damaged XML raises.
    """
    packed, page = Packed(content), Page()
    root = packed.xml("OFD.xml")
    title = root.findtext(".//{*}DocInfo/{*}Title") or ""
    sheets: list[Sheet] = []
    for body in root.iterfind(".//{*}DocRoot"):
        sheets += _document(packed, (body.text or "").strip(), page)
    assemble(sheets, page)
    return page.read(title)


def _document(packed: Packed, path: str, page: Page) -> list[Sheet]:
    root = packed.xml(path)
    area = root.find(".//{*}CommonData/{*}PageArea/{*}PhysicalBox")
    size = _numbers(area.text if area is not None else "")
    templates = {
        str(one.get("ID")): beside(path, str(one.get("BaseLoc"))) for one in root.iterfind(".//{*}TemplatePage")
    }
    sheets = []
    for one in list(root.iterfind(".//{*}Pages/{*}Page"))[:MOST_PAGES]:
        sheets.append(_page(packed, beside(path, str(one.get("BaseLoc"))), templates, size, page))
    if len(packed.matching(path.rpartition("/")[0], "Signature.xml")):
        page.leave_out("电子签章", "不是文字", "有")
    return sheets


def _page(packed: Packed, path: str, templates: dict[str, str], size: list[float], page: Page) -> Sheet:
    root = packed.xml(path)
    own = root.find(".//{*}Area/{*}PhysicalBox")
    box = _numbers(own.text) if own is not None else size
    width, height = (box[2], box[3]) if len(box) == 4 else (210.0, 297.0)
    sheet = Sheet(width, height)
    glyphs: list[Glyph] = []
    for used in root.iterfind("{*}Template"):
        target = templates.get(str(used.get("TemplateID")))
        if target and target in packed:
            glyphs += _glyphs(packed.xml(target))
    glyphs += _glyphs(root)
    if not glyphs and root.find(".//{*}ImageObject") is not None:
        page.doubts.append("有的页是图片，其中的文字没有读。请另存为 PDF 后再添加，由文字识别读取。")
    sheet.lines = in_columns(sheet, glyphs)
    return sheet


def _glyphs(root: etree._Element) -> list[Glyph]:
    found: list[Glyph] = []
    for one in root.iter("{*}TextObject"):
        if one.get("Visible") == "false":
            continue
        box = _numbers(one.get("Boundary"))
        if len(box) != 4:
            continue
        matrix = _numbers(one.get("CTM"))
        scale_x, scale_y = (matrix[0], matrix[3]) if len(matrix) == 6 else (1.0, 1.0)
        move_x, move_y = (matrix[4], matrix[5]) if len(matrix) == 6 else (0.0, 0.0)
        size = float(one.get("Size") or 4) * abs(scale_y or 1)
        x = y = 0.0
        for code in one.iterfind("{*}TextCode"):
            x = float(code.get("X") or x)
            y = float(code.get("Y") or y)
            steps = _steps(code.get("DeltaX"))
            at = x
            for n, char in enumerate(code.text or ""):
                left, base = box[0] + at * scale_x + move_x, box[1] + y * scale_y + move_y
                wide = size if not char.isascii() else size / 2
                if n < len(steps):
                    wide = min(max(wide, steps[n] * abs(scale_x or 1)), size)
                found.append(Glyph(char, left, left + wide, base - 0.88 * size, base + 0.12 * size, size))
                at += steps[n] if n < len(steps) else wide / (scale_x or 1)
    return found


def _steps(text: str | None) -> list[float]:
    """DeltaX: widths, where ``g n w`` stands for n times w."""
    found: list[float] = []
    parts = (text or "").split()
    n = 0
    while n < len(parts):
        if parts[n] == "g" and n + 2 < len(parts):
            found += [float(parts[n + 2])] * min(int(parts[n + 1]), 10_000)
            n += 3
        else:
            found.append(float(parts[n]))
            n += 1
    return found


def _numbers(text: str | None) -> list[float]:
    return [float(part) for part in (text or "").split()]
