"""The numbers that Word prints by itself: numbering.xml and styles, counted as Word counts (ISO 29500-1, 17.9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from knowledge.reading.numbering import numeral_of

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MOST_STYLES_UP = 20


@dataclass
class _LevelFormat:
    text: str = ""
    form: str = "decimal"
    start: int = 1
    suffix: str = "tab"
    legal: bool = False
    restart: int | None = None
    style: str = ""


@dataclass
class _Numbering:
    """One w:num: whose levels it has, and the numbers that it starts anew."""

    abstract: str
    levels: dict[int, _LevelFormat]
    starts: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Style:
    """What of a paragraph style matters here, taken from those it is based on."""

    level: int = 0
    num: str | None = None
    depth: int | None = None
    centred: bool = False
    hidden: bool = False


def value(element: etree._Element | None, name: str = "val") -> str | None:
    """A w: attribute of an element."""
    return None if element is None else element.get(f"{W}{name}")


def read_styles(root: etree._Element | None) -> dict[str, Style]:
    """Styles by id, and under an empty id the default paragraph's."""
    if root is None:
        return {}
    raw = {str(one.get(f"{W}styleId")): one for one in root.iter(f"{W}style")}
    styles = {name: _style(name, raw) for name in raw}
    default = next(
        (n for n, one in raw.items() if one.get(f"{W}default") in ("1", "true") and value_is(one, "type", "paragraph")),
        None,
    )
    if default:
        styles[""] = styles[default]
    return styles


def value_is(element: etree._Element, name: str, wanted: str) -> bool:
    return bool(element.get(f"{W}{name}") == wanted)


def _style(name: str, raw: Mapping[str, etree._Element]) -> Style:
    level, num, depth, centred, hidden = 0, None, None, None, None
    known: str | None = name
    for _ in range(MOST_STYLES_UP):
        style = raw.get(known or "")
        if style is None:
            break
        properties = style.find(f"{W}pPr")
        level = level or _heading_level(style, properties)
        if properties is not None:
            numbered = properties.find(f"{W}numPr")
            if numbered is not None:
                num = num if num is not None else value(numbered.find(f"{W}numId"))
                at = value(numbered.find(f"{W}ilvl"))
                depth = depth if depth is not None or at is None else int(at)
            if centred is None and (jc := properties.find(f"{W}jc")) is not None:
                centred = value(jc) == "center"
        if hidden is None and (vanish := style.find(f"{W}rPr/{W}vanish")) is not None:
            hidden = value(vanish) not in ("0", "false")
        known = value(style.find(f"{W}basedOn"))
    return Style(level, num, depth, bool(centred), bool(hidden))


def _heading_level(style: etree._Element, properties: etree._Element | None) -> int:
    outline = value(properties.find(f"{W}outlineLvl")) if properties is not None else None
    if outline is not None and outline.isdigit() and int(outline) < 9:
        return int(outline) + 1
    name = (value(style.find(f"{W}name")) or "").lower()
    match = re.fullmatch(r"(?:heading|标题) ?(\d)", name)
    if match:
        return int(match[1])
    return 1 if name in ("title", "标题") else 0


class WordNumbers:
    """Counts the automatic numbers of one story of a document, paragraph by paragraph."""

    def __init__(self, root: etree._Element | None) -> None:
        self.numberings: dict[str, _Numbering] = {}
        self.counters: dict[str, dict[int, int]] = {}
        self.started: set[tuple[str, int]] = set()
        if root is not None:
            self._read(root)

    def _read(self, root: etree._Element) -> None:
        abstracts: dict[str, dict[int, _LevelFormat]] = {}
        links: dict[str, str] = {}
        named: dict[str, str] = {}
        for one in root.findall(f"{W}abstractNum"):
            key = str(one.get(f"{W}abstractNumId"))
            abstracts[key] = {int(level.get(f"{W}ilvl") or 0): _level(level) for level in one.findall(f"{W}lvl")}
            if link := value(one.find(f"{W}numStyleLink")):
                links[key] = link
            if link := value(one.find(f"{W}styleLink")):
                named[link] = key
        for key, link in links.items():
            abstracts[key] = abstracts.get(named.get(link, ""), {})
        for num in root.findall(f"{W}num"):
            abstract = str(value(num.find(f"{W}abstractNumId")))
            found = _Numbering(abstract, dict(abstracts.get(abstract, {})))
            for override in num.findall(f"{W}lvlOverride"):
                depth = int(override.get(f"{W}ilvl") or 0)
                if (own := override.find(f"{W}lvl")) is not None:
                    found.levels[depth] = _level(own)
                if start := value(override.find(f"{W}startOverride")):
                    found.starts[depth] = int(start)
            self.numberings[str(num.get(f"{W}numId"))] = found

    def depth_of_style(self, num: str, style: str) -> int | None:
        """The level of a numbering that is tied to a paragraph style."""
        numbering = self.numberings.get(num)
        levels = numbering.levels.items() if numbering else ()
        return next((depth for depth, level in levels if level.style == style), None)

    def next(self, num: str, depth: int) -> str:
        """The number before the next paragraph of a numbering, as printed; empty for bullets and for none."""
        numbering = self.numberings.get(num)
        level = numbering.levels.get(depth) if numbering else None
        if numbering is None or level is None:
            return ""
        counters = self.counters.setdefault(numbering.abstract, {})
        if depth in numbering.starts and (num, depth) not in self.started:
            self.started.add((num, depth))
            counters.pop(depth, None)
            counters[depth] = numbering.starts[depth] - 1
        counters[depth] = counters[depth] + 1 if depth in counters else level.start
        for deeper in [one for one in counters if one > depth]:
            restart = numbering.levels[deeper].restart if deeper in numbering.levels else None
            if restart is None or (restart and depth < restart):
                del counters[deeper]
        if level.form in ("bullet", "none"):
            return ""
        return self._printed(numbering, level, counters)

    def _printed(self, numbering: _Numbering, level: _LevelFormat, counters: dict[int, int]) -> str:
        def number(match: re.Match[str]) -> str:
            depth = int(match[1]) - 1
            other = numbering.levels.get(depth, _LevelFormat())
            form = "decimal" if level.legal else other.form
            return formatted(counters.get(depth, other.start), form)

        return re.sub(r"%([1-9])", number, level.text).strip()


def _level(element: etree._Element) -> _LevelFormat:
    start, restart = value(element.find(f"{W}start")), value(element.find(f"{W}lvlRestart"))
    legal = element.find(f"{W}isLgl")
    return _LevelFormat(
        text=value(element.find(f"{W}lvlText")) or "",
        form=value(element.find(f"{W}numFmt")) or "decimal",
        start=int(start) if start is not None else 0,
        suffix=value(element.find(f"{W}suff")) or "tab",
        legal=legal is not None and value(legal) not in ("0", "false"),
        restart=int(restart) if restart is not None else None,
        style=value(element.find(f"{W}pStyle")) or "",
    )


CHINESE_FORMS = {
    "chineseCounting", "chineseCountingThousand", "chineseLegalSimplified", "japaneseCounting", "taiwaneseCounting",
    "taiwaneseCountingThousand", "japaneseDigitalTenThousand", "koreanCounting",
}  # fmt: skip
DIGIT_FORMS = {"ideographDigital", "taiwaneseDigital"}
# Forms whose numbers are one character each: the first, and how many there are.
SIGNS = {
    "decimalEnclosedCircle": (0x2460, 20),
    "decimalEnclosedCircleChinese": (0x2460, 20),
    "decimalEnclosedParen": (0x2474, 20),
    "decimalEnclosedFullstop": (0x2488, 20),
    "ideographEnclosedCircle": (0x3280, 10),
}
CYCLES = {"ideographTraditional": "甲乙丙丁戊己庚辛壬癸", "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥"}
FULL_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")
ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
    (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip


def formatted(number: int, form: str) -> str:
    """A number as a format of Word prints it."""
    found = str(number)
    if form in CHINESE_FORMS:
        found = numeral_of(number) or "零"
    elif form in DIGIT_FORMS:
        found = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))
    elif form in SIGNS and 1 <= number <= SIGNS[form][1]:
        found = chr(SIGNS[form][0] + number - 1)
    elif form in CYCLES:
        found = CYCLES[form][(number - 1) % len(CYCLES[form])]
    elif form == "decimalFullWidth":
        found = str(number).translate(FULL_DIGITS)
    elif form == "decimalZero":
        found = f"{number:02d}"
    elif form.endswith(("Letter", "Roman")):
        found = _latin(number, form)
    return found


def _latin(number: int, form: str) -> str:
    """a, b … z, aa; i, ii, iii."""
    if form.endswith("Roman"):
        found = ""
        for worth, sign in ROMAN:
            while number >= worth:
                found, number = found + sign, number - worth
    else:
        found = chr(65 + (number - 1) % 26) * ((number - 1) // 26 + 1)
    return found.lower() if form.startswith("lower") else found
