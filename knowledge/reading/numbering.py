"""The numbers that Chinese official documents and laws print: 第三章, 第十条之一, 一、, （一）, 1., （1）, ①, 4.2.1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

CHINESE = "一二三四五六七八九十百千零〇两"
VALUES = {numeral: n for n, numeral in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
UNNUMBERED = 999
UNITS = {"十": 10, "百": 100, "千": 1000}


class Kind(IntEnum):
    """Kinds of numbers, outermost first as official style has them (GB/T 9704, 立法技术规范)."""

    BOOK = 1  # 第一编
    SUBBOOK = 2  # 第一分编
    CHAPTER = 3  # 第一章, 第一部分
    SECTION = 4  # 第一节
    ARTICLE = 5  # 第一条
    COMMA = 6  # 一、
    BRACKET = 7  # （一）
    DIGIT = 8  # 1.
    DECIMAL = 9  # 1.1
    DIGIT_BRACKET = 10  # （1）
    DIGIT_HALF = 11  # 1）
    CIRCLE = 12  # ①


DIVISIONS = frozenset({Kind.BOOK, Kind.SUBBOOK, Kind.CHAPTER, Kind.SECTION})
# Numbers of what stands within a clause, unless nothing but a heading stands above it.
SMALL = frozenset({Kind.DIGIT_BRACKET, Kind.DIGIT_HALF, Kind.CIRCLE})
WORDS_OF = {"编": Kind.BOOK, "篇": Kind.BOOK, "分编": Kind.SUBBOOK, "章": Kind.CHAPTER, "部分": Kind.CHAPTER,
            "节": Kind.SECTION, "条": Kind.ARTICLE, "編": Kind.BOOK, "分編": Kind.SUBBOOK, "節": Kind.SECTION,
            "條": Kind.ARTICLE}  # fmt: skip


@dataclass(frozen=True)
class Marker:
    """The number a paragraph begins with.

    Attributes:
        value: its place in the sequence; 10 for 第十条, also for 第十条之一.
        name: as it stands in a clause id: 第十条之一, 一, （一）, 1, （1）, ①, 4.2.1.
        rest: the paragraph without it.
        sure: whether what follows it (a space, a bracket, nothing) shows that it is no mention in a sentence.
    """

    kind: Kind
    value: int
    name: str
    rest: str
    sure: bool = True


# One width for every mark; each character stays one character, so that places in the text stay the same.
ONE_WIDTH = str.maketrans(
    "０１２３４５６７８９().．:，﹒｡\u3000\u00a0\t【】〔〕［］",
    "0123456789（）..：，.。   ［］［］［］",
)
BRACKETED_DIGITS = {chr(0x2474 + n): n + 1 for n in range(20)}
DOTTED_DIGITS = {chr(0x2488 + n): n + 1 for n in range(20)}
BRACKETED_CHINESE = {chr(0x3220 + n): n + 1 for n in range(10)}
CIRCLES = {chr(0x2460 + n): n + 1 for n in range(20)} | {chr(0x3251 + n): n + 21 for n in range(15)}
CIRCLES |= {chr(0x2776 + n): n + 1 for n in range(10)}

NUMBER = rf"[{CHINESE}\d](?:[{CHINESE}\d ]{{0,8}}[{CHINESE}\d])?"
NAMED = re.compile(rf"第 ?({NUMBER}) ?(分编|分編|部分|[编編篇章节節条條])((?:之[{CHINESE}]{{1,3}}|-\d{{1,2}})?)")
COMMA = re.compile(rf"([{CHINESE}](?: ?[{CHINESE}]){{0,3}}) ?[、.]")
BRACKET = re.compile(rf"（ ?([{CHINESE}](?: ?[{CHINESE}]){{0,3}}) ?）[、.]?")
DIGIT = re.compile(r"(\d{1,3}) ?(?:\.(?!\d)|\.(?=(?:19|20)\d\d ?年)|、)")
# A.1: the clauses of a standard's annex.
DECIMAL = re.compile(r"((?:\d{1,2}|[A-Z])(?:\.\d{1,2}){1,4})(?:\.(?!\d))?(?=[ \u4e00-\u9fff（“《]|$)")
# 4 试验方法: the chapters of a standard, whose sections are 4.1, 4.2 …
BARE_DIGIT = re.compile(r"(\d{1,2}) {1,4}(?=[\u4e00-\u9fff])")
DIGIT_BRACKET = re.compile(r"（ ?(\d{1,3}) ?）[、.]?")
DIGIT_HALF = re.compile(r"(\d{1,2}) ?）[、.]?")
# What follows 第三条 where a sentence only mentions it.
MENTIONED = re.compile(r"(?:规定|規定|所|第|的|、|和|或|及|与|至|中|之|以|等|已|前|后|[一二三四五六七八九十两\d])")
UNITS_OF_MEASURE = re.compile(r"(?:[万亿]?元|[万亿]|%|％|倍|米|公里|平方|吨|小时|个|年|月|日|折|版)")


def value_of(numeral: str) -> int:
    """Value of 三百八十三, 一百零五, 二〇一六 or 42; 0 when it is none."""
    numeral = numeral.replace(" ", "")
    if numeral.isdigit():
        return int(numeral)
    if not any(char in UNITS for char in numeral):
        return int("".join(str(VALUES.get(char, 0)) for char in numeral) or 0)
    total = number = 0
    for char in numeral:
        if char in UNITS:
            total += (number or 1) * UNITS[char]
            number = 0
        else:
            number = VALUES.get(char, 0)
    return total + number


def numeral_of(value: int) -> str:
    """十, 二十三, 一百零五: as laws print the numbers of articles, up to 9999."""
    digits = "零一二三四五六七八九"
    found, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        number = value // unit % 10
        if number:
            found += ("零" if zero else "") + digits[number] + name
            zero = False
        elif found:
            zero = True
    return found[1:] if found.startswith("一十") else found


def marker_of(text: str) -> Marker | None:
    """The number that a paragraph begins with, if it begins with one."""
    start = len(text) - len(text.lstrip())
    one = text.translate(ONE_WIDTH)[start:]
    if not one:
        return None
    return _named(one, text[start:]) or _of_one_sign(one, text[start:]) or _simple(one, text[start:])


def _named(one: str, text: str) -> Marker | None:
    if re.fullmatch(r"附 *[则則] *", one):  # the last chapter or book of many laws has no number
        return Marker(Kind.BOOK, UNNUMBERED, "附则", text.strip())
    skipped = 1 if one[0] == "［" else 0
    match = NAMED.match(one, skipped)
    if match is None:
        return None
    kind, after = WORDS_OF[match[2]], one[match.end() :]
    value = value_of(match[1])
    if not value:
        return None
    name = f"第{match[1]}{match[2]}{match[3]}".replace(" ", "")
    if skipped and after.startswith("］"):
        return Marker(kind, value, name, text[match.end() + 1 :].strip())
    sure = not after or after[0] in " ：（［［"
    if not sure and MENTIONED.match(after):
        return None
    return Marker(kind, value, name, text[match.end() :].strip(" \u3000\t\u00a0:：、"), sure)


def _of_one_sign(one: str, text: str) -> Marker | None:
    """⑴ ⒈ ㈠ ①: a number that is one character."""
    sign, rest = one[0], text[1:].strip(" \u3000\t\u00a0、.．")
    if sign in BRACKETED_CHINESE:
        value = BRACKETED_CHINESE[sign]
        return Marker(Kind.BRACKET, value, f"（{numeral_of(value)}）", rest)
    if sign in BRACKETED_DIGITS:
        return Marker(Kind.DIGIT_BRACKET, BRACKETED_DIGITS[sign], f"（{BRACKETED_DIGITS[sign]}）", rest)
    if sign in DOTTED_DIGITS:
        return Marker(Kind.DIGIT, DOTTED_DIGITS[sign], str(DOTTED_DIGITS[sign]), rest)
    return Marker(Kind.CIRCLE, CIRCLES[sign], sign, rest) if sign in CIRCLES else None


def _simple(one: str, text: str) -> Marker | None:
    patterns = ((Kind.DECIMAL, DECIMAL), (Kind.COMMA, COMMA), (Kind.BRACKET, BRACKET), (Kind.DIGIT, DIGIT),
                (Kind.DIGIT_BRACKET, DIGIT_BRACKET), (Kind.DIGIT_HALF, DIGIT_HALF))  # fmt: skip
    for kind, pattern in patterns:
        match = pattern.match(one)
        if match is None:
            continue
        number, rest = match[1].replace(" ", ""), text[match.end() :].strip()
        if kind is Kind.DECIMAL:
            spaced = one[match.end() :][:1] in (" ", "")
            if not spaced and UNITS_OF_MEASURE.match(one[match.end() :]):
                return None
            return Marker(kind, int(number.rpartition(".")[2]), number, rest, spaced)
        value = value_of(number)
        name = number if kind in (Kind.COMMA, Kind.DIGIT) else f"（{number}）"
        if kind is Kind.DIGIT_HALF:
            name = f"{number}）"
        return Marker(kind, value, name, rest) if value else None
    if (match := BARE_DIGIT.match(one)) and not UNITS_OF_MEASURE.match(one[match.end() :]):
        return Marker(Kind.DIGIT, int(match[1]), match[1], text[match.end() :].strip(), sure=False)
    return None
