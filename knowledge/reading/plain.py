"""Plain text: its encoding found out or the file refused, its lines made into paragraphs."""

from __future__ import annotations

import codecs
import contextlib
import re
import unicodedata
from itertools import pairwise

from charset_normalizer import from_bytes

from knowledge.reading.blocks import Block, DocumentError, Page, Reading
from knowledge.reading.lines import ENDS
from knowledge.reading.numbering import marker_of

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The most frequent characters of simplified and of traditional texts, with the marks that both print: a text read in
# the wrong encoding has hardly any of them.
COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三"
    "之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全"
    "表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果"
    "料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则"
    "任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带"
    "安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装"
    "的國會這為來時個們說對發後過經動產種於學實進現業當從機關應開還與無題將條見計運據處給導號書規網證財貨銀監融資險辦縣區務違構簡稱關"
    "，。、；：（）《》“”〔〕０１２３４５６７８９"
)
LEAST_COMMON = 0.25
FULL_LINE = 2


def read_plain(content: bytes, name: str) -> Reading:
    """Read a text file.

    Raises:
        DocumentError: no encoding gives a readable text.
    """
    text, encoding = decoded(content, name)
    page = Page()
    if encoding in ("gb18030", "big5hkscs"):
        page.doubts.append(f"文件没有注明编码，按 {encoding.upper()} 读取。请核对有没有错字。")
    for paragraph in paragraphs(text, page.doubts):
        page.blocks.append(Block(paragraph))
    return page.read()


def decoded(content: bytes, name: str) -> tuple[str, str]:
    """The text of a file and the encoding that it was found to have."""
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return _as(content, encoding, name), encoding
    if b"~{" in content and content.isascii():  # GB2312 in seven bits, of old mails
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode("hz"), "hz"
    try:
        text = content.decode("utf-8")
        if "\0" not in text:
            return text, "utf-8"
    except UnicodeDecodeError:
        pass
    best = max(_guesses(content), key=lambda found: found[0], default=(0.0, "", ""))
    if best[0] < LEAST_COMMON:
        raise DocumentError(f"{name} 的文字编码无法识别。请用记事本或 WPS 打开，另存为 UTF-8 编码的文本后再添加。")
    return best[1], best[2]


def _as(content: bytes, encoding: str, name: str) -> str:
    try:
        return content.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name} 的文字编码无法识别（文件可能不完整）。请另存为 UTF-8 后再添加。") from error


def _guesses(content: bytes) -> list[tuple[float, str, str]]:
    """Each encoding that can be, with the share of common characters that it gives."""
    names = ["gb18030", "big5hkscs"]
    if b"\0" in content:  # no other encoding of a text has it
        names = ["utf-16-le", "utf-16-be"]
    elif guess := from_bytes(content[:100_000]).best():
        names.append(guess.encoding)
    found = []
    for encoding in dict.fromkeys(names):
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if not re.search(r"[\ue000-\uf8ff\x00-\x08]", text):
            # Two encodings can both give common characters here and there: the wrong one gives rare ones beside them.
            found.append((_commonness(text), text, "big5hkscs" if encoding.startswith("big5") else encoding))
    return found


def _commonness(text: str) -> float:
    """Share of common characters among all but white space and what every encoding writes alike (ASCII)."""
    counted = [char for char in text if not char.isspace() and not char.isascii()]
    return sum(char in COMMON for char in counted) / len(counted) if counted else 0.0


def paragraphs(text: str, doubts: list[str]) -> list[str]:
    """The paragraphs of a text: lines that an editor or a mail program broke are joined."""
    text = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c]", "\n", text)
    lines = text.split("\n")
    width = _wrapped_at(lines)
    found: list[str] = []
    joined, before = 0, ""
    for line in lines:
        if found and before and line.strip() and _continues(before, line, width):
            found[-1] = _join(found[-1], line.strip())
            joined += 1
        elif line.strip():
            found.append(line.strip())
        before = line
    found, mended = _mended(found)
    if joined + mended:
        doubts.append(f"原文在句子中间断行，已接上 {joined + mended} 处。")
    return found


def width_of(line: str) -> int:
    """Columns that a line takes: a Chinese character two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def _wrapped_at(lines: list[str]) -> int:
    """The width at which lines were broken; 0 when every line is a paragraph."""
    widths = [width_of(line.rstrip()) for line in lines if line.strip()]
    if len(widths) < 4:
        return 0
    widest = max(widths)
    broken = sum(
        width_of(line.rstrip()) >= widest - FULL_LINE
        and line.rstrip()[-1:] not in tuple("。；！？：”")
        and after.strip() != ""
        and not _is_set_in(after)
        and marker_of(after) is None
        for line, after in pairwise(lines)
    )
    return widest if 30 <= widest <= 130 and broken >= max(2, len(widths) // 25) else 0


def _is_set_in(line: str) -> bool:
    return bool(re.match(r"^(?:\u3000{2}|\t| {2,})", line))


def _continues(before: str, line: str, width: int) -> bool:
    """Whether a line goes on with the one before it, which was broken because it was full."""
    end = before.rstrip()
    # Digits and Latin letters make a line narrower that was broken after a count of characters.
    allowed = 2 * FULL_LINE if end[-1:] in tuple(ENDS) else 6 * FULL_LINE
    if not width or width_of(end) < width - allowed or _is_set_in(line):
        return False
    marker = marker_of(line)
    return marker is None or (end[-1] not in ENDS and not marker.sure)


def _join(before: str, after: str) -> str:
    latin = before[-1].isascii() and before[-1].isalnum() and after[0].isascii() and after[0].isalnum()
    return f"{before} {after}" if latin else before + after


def _mended(found: list[str]) -> tuple[list[str], int]:
    """Paragraphs that a page's end broke in mid-sentence, put together again."""
    whole: list[str] = []
    mended = 0
    for paragraph in found:
        if whole and _broken(whole[-1]) and not _begins(paragraph):
            whole[-1] = _join(whole[-1], paragraph)
            mended += 1
        else:
            whole.append(paragraph)
    return whole, mended


def _broken(paragraph: str) -> bool:
    """Whether a paragraph ends where no sentence can: long, with marks inside, and none at its end."""
    if "\t" in paragraph or paragraph[-1] in "。；：！？”）》…」』)]】;:!?.":
        return False
    if len(paragraph) < 30 or "\u3000\u3000" in paragraph:
        return paragraph[-1] == "，" and len(paragraph) >= 15
    return paragraph[-1] in "，、" or bool(re.search(r"[。；]", paragraph)) or paragraph.count("，") >= 2


def _begins(paragraph: str) -> bool:
    marker = marker_of(paragraph)
    return (marker is not None and marker.sure) or "\t" in paragraph or bool(re.match(r"^附\s*件", paragraph))
