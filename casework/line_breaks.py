"""Where a line of Chinese may end: no line begins with 。、） or ends with （“, words and numbers stay whole.

The rules are those of GB/T 15834—2011 (5.1) and of UAX #14 for the marks that official documents use.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# Gives the width of a text in the font it will be set in.
Measure = Callable[[str], float]
NO_START = frozenset("。，、；：！？）》〉】〕”’」』…—～·.,;:!?)]}%％℃")
NO_END = frozenset("（《〈【〔“‘「『([{")
PIECES = re.compile(r"[A-Za-z0-9][A-Za-z0-9.,:%/@_\-]*|\s+|.", re.DOTALL)


def lines_of(text: str, width: float, measure: Measure) -> list[str]:
    """Break a text into lines no wider than ``width``; its own line feeds stay.

    A piece that is wider than a whole line (a long address) is broken inside, since it fits nowhere.
    """
    return [line for paragraph in text.split("\n") for line in _filled(paragraph, width, measure)]


def _filled(paragraph: str, width: float, measure: Measure) -> list[str]:
    lines, line = [], ""
    for unit in _units(paragraph):
        if not line or measure(line + unit.rstrip()) <= width:
            line += unit
        else:
            lines.append(line.rstrip())
            line = unit.lstrip()
        while measure(line) > width and len(line) > 1:
            cut = _cut(line, width, measure)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()]


def _units(paragraph: str) -> list[str]:
    """What stays on one line: a mark that may not begin one with what stands before it, and the other way round."""
    units: list[str] = []
    for piece in PIECES.findall(paragraph):
        if len(units) > 1 and piece[0] in NO_START and units[-1].isspace():
            units[-2:] = [units[-2] + units[-1]]  # 否 □ 。 is printed with a space, at which no line may end
        if units and (piece[0] in NO_START or units[-1][-1] in NO_END):
            units[-1] += piece
        else:
            units.append(piece)
    return units


def _cut(line: str, width: float, measure: Measure) -> int:
    """How much of a piece that is too wide fits, at a place where a line may end if there is one."""
    fits = next((n for n in range(len(line), 1, -1) if measure(line[:n]) <= width), 1)
    allowed = (n for n in range(fits, 0, -1) if line[n] not in NO_START and line[n - 1] not in NO_END)
    return next(allowed, fits)
