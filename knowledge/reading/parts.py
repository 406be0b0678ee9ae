"""A document's parts, each with a numbering of its own: the notice, what it issues, annexes, further texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.reading.lines import ANNEX, ATTACHED, CONTENTS, IMPRINT, LEADERS, REMARK, Line, is_annex_list
from knowledge.reading.numbering import DIVISIONS, Kind

TOP = DIVISIONS | {Kind.ARTICLE, Kind.COMMA}
# How far above its first number a part's title may stand: title, who adopted it, a preface of a paragraph or two.
TITLE_WITHIN = 6
MOST_CONTENTS = 400


@dataclass(frozen=True)
class Part:
    """Lines with one numbering. ``name`` stands before their ids; empty for the main part."""

    name: str
    lines: tuple[Line, ...]
    annex: bool = False
    issuing: bool = False


def parts_of(lines: list[Line]) -> list[Part]:
    """Take a document apart; the part with the most numbered lines before the annexes is the main one."""
    body, annexes, imprint = _annexes(lines)
    starts = [0, *_starts(body)]
    cut = [tuple(body[a:b]) for a, b in zip(starts, [*starts[1:], len(body)], strict=True)]
    main = max(range(len(cut)), key=lambda n: (_numbered(cut[n]), -n))
    names = _names(cut, main)
    parts = [
        Part(name, part, issuing=n == 0 and n < main) for n, (name, part) in enumerate(zip(names, cut, strict=True))
    ]
    parts += [Part(name, tuple(part), annex=True) for name, part in annexes]
    return parts + ([Part("", tuple(imprint), annex=True)] if imprint else [])


def _numbered(lines: tuple[Line, ...]) -> int:
    return sum(line.kind in TOP for line in lines)


def _annexes(lines: list[Line]) -> tuple[list[Line], list[tuple[str, list[Line]]], list[Line]]:
    """The lines before the first annex, each annex with its name, and an imprint that follows the annexes."""
    at = [n for n, line in enumerate(lines) if _heads_annex(lines, n)]
    if not at:
        return lines, [], []
    annexes: list[tuple[str, list[Line]]] = []
    imprint = next((n for n in range(at[-1], len(lines)) if IMPRINT.match(lines[n].text)), len(lines))
    if len(lines) - imprint > MOST_IMPRINT:
        imprint = len(lines)
    for begin, end in zip(at, [*at[1:], imprint], strict=True):
        annexes.append((_annex_name(lines[begin].text, [name for name, _ in annexes]), lines[begin:end]))
    return lines[: at[0]], annexes, lines[imprint:]


MOST_IMPRINT = 10


def _heads_annex(lines: list[Line], at: int) -> bool:
    line = lines[at]
    if not line.is_plain or line.marker or at == 0:
        return False
    match = ANNEX.match(line.text)
    if match and (not match[4] or (match[4][-1] not in "。；，" and (match[2] or match[3] or line.block.centred))):
        # 附表 is the title of a table more often than a part.
        of_table = match[1] == "表" and match[4] and (not match[2] or any(one.is_row for one in lines[at + 1 : at + 3]))
        return not of_table and not is_annex_list(lines, at)
    return bool(ATTACHED.match(line.text)) and not is_annex_list(lines, at)


def _annex_name(text: str, taken: list[str]) -> str:
    match = ANNEX.match(text)
    name = f"附{match[1]}{match[2]}".replace("－", "-") if match else "附"
    number = 2
    while name in taken:
        name, number = f"{name.partition('（')[0]}（{number}）", number + 1
    return name


def annex_title(text: str) -> str:
    """The title that stands in one line with 附件2, if one does."""
    match = ANNEX.match(text)
    attached = ATTACHED.match(text)
    return match[4].strip() if match else attached[1] if attached else ""


def contents_lines(lines: tuple[Line, ...]) -> set[int]:
    """Lines of a table of contents: after 目录 up to where its first line is printed again, or with dots and a page."""
    found = {n for n, line in enumerate(lines) if line.is_plain and LEADERS.search(line.text) and "。" not in line.text}
    found = found if len(found) > 1 else set()
    heading = next((n for n, line in enumerate(lines[:60]) if CONTENTS.match(line.text)), None)
    if heading is None:  # its heading may be missing or unreadable: chapters in a row that all come again
        heading = next((n for n, line in enumerate(lines[:60]) if line.kind in DIVISIONS), len(lines)) - 1
        if sum(line.kind in DIVISIONS for line in lines[heading + 1 : heading + 4]) < 3:
            return found
        if _again(lines, heading) is None:
            return found
        return found | set(range(heading + 1, _contents_end(lines, heading, found)))
    return found | set(range(heading, _contents_end(lines, heading, found)))


def _contents_end(lines: tuple[Line, ...], heading: int, found: set[int]) -> int:
    """The line after a table of contents whose heading stands at ``heading``."""
    end = _again(lines, heading)
    if end is None:
        end = heading + 1
        while end < len(lines) and (end in found or lines[end].kind in DIVISIONS):
            end += 1
    while end > heading + 1 and not (lines[end - 1].marker or end - 1 in found or len(lines[end - 1].text) < 12):
        end -= 1
    return end


def _again(lines: tuple[Line, ...], heading: int) -> int | None:
    """Where the first line of a table of contents is printed again, as the heading that it names."""
    if heading + 1 >= len(lines):
        return None
    first = lines[heading + 1]
    for n in range(heading + 2, min(len(lines), heading + MOST_CONTENTS)):
        marker = lines[n].marker
        if marker and first.marker and (marker.kind, marker.name) == (first.marker.kind, first.marker.name):
            return n
        if _bare(lines[n].text) == _bare(first.text):
            return n
    return None


def _bare(text: str) -> str:
    return re.sub(r"[\s.．…·⋯\d]+$|\s", "", text)


def _starts(lines: list[Line]) -> list[int]:
    """Where a further part begins: its title after a signature, or before a numbering that begins anew."""
    contents = contents_lines(tuple(lines))
    found: list[int] = []
    seen: set[Kind] = set()
    signed, last = -1, 0
    for n, line in enumerate(lines):
        if n in contents:
            continue
        if line.is_date and n > last and any(len(one.text) > 15 and one.text[-1] in "。：" for one in lines[last:n]):
            signed = n
        begins = _after_signature(lines, signed, n) if signed >= 0 else None
        if begins is None and line.marker and line.marker.value == 1 and line.kind in TOP:
            begins = _renewed(lines, n, last, seen)
        if begins is not None and begins > last:
            found.append(begins)
            last, signed, seen = begins, -1, set()
        if line.kind in TOP and line.kind is not None:
            seen.add(line.kind)
    return found


def _after_signature(lines: list[Line], signed: int, at: int) -> int | None:
    """A title within three lines after a signature's date, with text below it."""
    if not 0 < at - signed <= 3 or not lines[at].is_title or at + 1 >= len(lines):
        return None
    first = signed + 1
    while first < at and REMARK.match(lines[first].text):
        first += 1
    if not all(one.is_head for one in lines[first:at]):
        return None
    return first if any(len(one.text) > 15 for one in lines[at + 1 : at + 12]) else None


def _renewed(lines: list[Line], at: int, last: int, seen: set[Kind]) -> int | None:
    """Where the part begins whose first number stands at ``at``: its title's line; None where no part begins."""
    kind = lines[at].kind
    if kind is None or not seen or _is_continued(kind, seen):
        return None
    again = kind in seen
    if again and kind is Kind.COMMA and DECIDES.search(lines[at - 1].text):
        return at
    named = kind in DIVISIONS or kind is Kind.ARTICLE
    if not (named or again or seen & (DIVISIONS | {Kind.ARTICLE})):
        return None
    title = _title_above(lines, at, last)
    return at if title is None and again and kind in (Kind.ARTICLE, Kind.BOOK) else title


def _is_continued(kind: Kind, seen: set[Kind]) -> bool:
    """Whether a first number belongs to what is open: the first article of a chapter, the first chapter of a book."""
    if kind is Kind.ARTICLE:
        return Kind.ARTICLE not in seen and bool(seen & DIVISIONS)
    return kind in DIVISIONS and kind is not Kind.BOOK and Kind.BOOK in seen


def _title_above(lines: list[Line], at: int, last: int) -> int | None:
    for n in range(at - 1, max(last, at - TITLE_WITHIN - 1), -1):
        line = lines[n]
        if (line.marker and line.kind is not Kind.BRACKET) or line.is_row:
            return None
        if line.is_title:
            return _first_of_title(lines, n, last)
    return None


def _first_of_title(lines: list[Line], at: int, last: int) -> int:
    """The first line of a title that is printed over several lines."""
    while at - 1 > last and lines[at - 1].is_head and lines[at - 1].block.centred and not lines[at - 1].is_date:
        at -= 1
    return at


def _names(cut: list[tuple[Line, ...]], main: int) -> list[str]:
    names: list[str] = []
    for n, part in enumerate(cut):
        name = "" if n == main else _name(part, n < main, cut[n - 1][-1].text if n else "")
        again = 2
        while name and name in names:
            name, again = f"{name}（{again}）", again + 1
        names.append(name)
    return names


def _name(lines: tuple[Line, ...], before_main: bool, lead: str) -> str:
    if decides := DECIDES.search(lead):
        return decides[1]
    title = next((line.text for line in lines[:12] if line.is_title), "")
    if before_main:
        kind = next((word for word in ISSUING if any(re.search(rf"{word}$", one.text) for one in lines[:8])), "")
        if kind:
            return kind
    return f"《{title}》" if title else "另一部分"


# After this the numbers of a judgment begin anew: what is decided, after what was found.
DECIDED = ("判决", "裁定", "决定")
DECIDES = re.compile(rf"({'|'.join(DECIDED)})如下[：:]$")
# What issues something: a part of this kind before the main one is named by the kind.
ISSUING = ("通知", "决定", "公告", "通告", "批复", "函", "令", "意见")


def shown(parts: list[Part]) -> Iterator[str]:
    """The parts by name, for a report."""
    for part in parts:
        yield part.name or "正文"
