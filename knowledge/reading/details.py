"""What a document says of itself: its title, its number, who issued it and when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.clauses import Clause
from knowledge.reading.lines import ADOPTED, DATE, DAY, NUMBER, SEAL, TITLED, UNIT
from knowledge.reading.numbering import value_of

HEAD_LINES = 16
# What is printed above a title and is none.
NO_TITLE = re.compile(
    r"^(?:特急|加急|急件|机密|秘密|签发人|份号|等级|密级|紧急程度|\d{4,}(?!\s?年))|(?:文件|发电)$|^[（(]|^第.{1,8}[号期]$|^[目前]\s*[录言]$"
    r"|[〔［\[]\s?(?:19|20)\d\d\s?[〕］\]]\s?第?\s?\d+\s?号$|(?:发布|实施)$"
)
# The number of a standard: GB/T 35273—2020, JR/T 0197-2020, DB41/T 1234—2021.
STANDARD = re.compile(r"^[A-Z]{2}\d{0,4}(?:/[A-Z])?\s?\d{1,6}(?:\.\d{1,3})?\s?[-—–－]\s?(?:19|20)\d\d$")


@dataclass(frozen=True)
class Details:
    """Empty where the document does not say."""

    title: str = ""
    number: str = ""
    issuer: str = ""
    issued: date | None = None


def details_of(clauses: Sequence[Clause]) -> Details:
    """Read the details from the head, the signature and the imprint."""
    texts = {clause.id: clause.text.split("\n") for clause in clauses[:60]} | {
        clause.id: clause.text.split("\n") for clause in clauses if clause.id in ("落款", "版记")
    }
    head = texts.get("文头", [])[:HEAD_LINES]
    signature = texts.get("落款", [])
    title = _title(texts.get("标题", [])) or _title(head)
    number = next((_number(line) for line in head if _number(line)), "")
    return Details(title, number, _issuer(head, signature, title), _issued(head, signature))


def _title(lines: Sequence[str]) -> str:
    """The title, put together from the lines that it is printed on."""
    kept = [line for line in lines if not any(one.search(line) for one in (NO_TITLE, STANDARD, DATE, WHOLE_NUMBER))]
    last = next((n for n in range(len(kept) - 1, -1, -1) if TITLED.search(kept[n]) or _broken(kept, n)), None)
    if last is None:
        return kept[-1].strip() if kept else ""
    first = last - _broken(kept, last)
    while first > 0 and not TITLED.search(kept[first - 1]) and len(_joined(kept[first - 1 : last + 1])) <= 90:
        first -= 1
    while first < last and UNIT.search(kept[first]) and "关于" in "".join(kept[first + 1 : last + 1])[:4]:
        first += 1  # the issuer's own line above 关于…
    return _joined(kept[first : last + 1])


WHOLE_NUMBER = re.compile(f"^(?:{NUMBER.pattern})$")


def _broken(lines: Sequence[str], at: int) -> bool:
    """Whether the last word of a title is broken over two lines: …紧急通, 知."""
    broken = at > 0 and not TITLED.search(lines[at]) and len(lines[at]) <= LONGEST_REST
    return broken and bool(TITLED.search(_joined(lines[at - 1 : at + 1])))


LONGEST_REST = 4


def _joined(lines: Sequence[str]) -> str:
    """Lines of a title as one; a space set between two characters only parts its lines."""
    return re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", "".join(line.strip() for line in lines))


def _number(line: str) -> str:
    if STANDARD.match(line):
        return line.strip()
    match = NUMBER.search(line)
    if (
        match is None
        or len(line) > 40
        or not ("〔" in match[0] or re.search(r"[［\[【(（]\s*(?:19|20)\d\d", match[0]) or "号" in match[0])
    ):
        return ""
    return re.sub(r"\s", "", match[0])


def _issuer(head: Sequence[str], signature: Sequence[str], title: str) -> str:
    named = [line.strip() for line in head if line.strip().endswith("文件") and len(line) < 40]
    if named:
        return re.sub(r"\s", "", named[0].removesuffix("文件"))
    signed = [re.sub(r"\s+", " ", line.strip()) for line in signature if not DATE.match(line) and not SEAL.match(line)]
    if signed:
        return "、".join(signed[:4])
    before = re.match(r"^(.{4,40}?(?:政府|办公室|办公厅|委员会|局|部|院|厅|会|行))关于", title)
    if before:
        return before[1]
    adopted = next((line for line in head if ADOPTED.match(line)), "")
    order = re.search(
        r"(?:^|日|[（(])(国务院|[\u4e00-\u9fff]{2,24}?(?:委员会|政府|部|局|院|会))(?:令|公布|发布|第[一二三四五六七八九十]|通过|常务会议)",
        re.sub(r"^[（(]", "", adopted),
    )
    return order[1] if order else ""


def _issued(head: Sequence[str], signature: Sequence[str]) -> date | None:
    adopted = [line for line in head if ADOPTED.match(line) or re.search("(?:通过|公布|发布|施行)$", line)]
    for line in (*signature, *(line for line in head if DATE.match(line)), *adopted):
        if found := day_of(line):
            return found
    return None


def day_of(text: str) -> date | None:
    """The first day that a text names, in digits or Chinese numerals."""
    match = re.search(DAY, text)
    if match is None:
        return None
    year, month, day = re.findall(r"[\d一二〇零○ＯO三四五六七八九十]+(?= ?[年月日])", match[0])
    try:
        return date(value_of(re.sub("[○ＯO]", "〇", year)), value_of(month), value_of(day))
    except ValueError:
        return None
