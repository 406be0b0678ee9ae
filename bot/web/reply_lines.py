"""A reply's text, which every channel says, taken apart into the lines that the page draws each in its own way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

QUOTED = re.compile(r"【(?P<label>[^】]{1,60})】(?P<words>.*)")
ONLY = re.compile(r"方案只写：")
OUTSIDE = "方案以外"
# One of several questions, its conclusion behind it.
ASKED = re.compile(r"第[一二三四五六]问：")
NOTE = "· "
# How far a case is, as other channels say it in a line; drawn here.
STEP_LINE = re.compile(r"^[✓▶○].+ → [✓▶○].+$", re.MULTILINE)
STEPS = "steps"
ITEM = re.compile(r"\d{1,2}\. |· ")
# How to answer in words, which a form makes needless.
IN_WORDS = re.compile(
    r"[，]?回复编号、名称，或逐项勾选后选“选好了”|有的回复编号（可多选），都没有回复“都没有”，拿不准的写“不确定”加编号。"
)
QUESTION_LINE = re.compile(r"第 ?\d+ ?/ ?\d+ ?题")


@dataclass(frozen=True)
class Line:
    """A line of a reply.

    Attributes:
        kind: ``asked`` (which of several questions), ``conclusion``, ``quote``, ``only``, ``outside``, ``item``,
            ``question``, ``option``, ``hint``, ``note`` (a point to know before a form), ``aside`` (one that is
            folded away, so that the form is in view), ``recorded`` (much that was just written down, folded away
            too), ``offer`` (what was read in files), ``steps`` (how far a case is), ``text``;
            ``after`` stands below the rows of a review.
        label: the clause of a quotation; what stands beside a question (section, minutes left).
    """

    kind: str
    text: str
    label: str = ""


def lines_of(text: str, custom: dict[str, Any], is_answer: bool) -> Iterator[Line]:
    """The lines of a reply's text."""
    quotes = [citation.get("quote", "") for citation in custom.get("citations") or []]
    if custom.get(STEPS):
        text = STEP_LINE.sub(f"\n{STEPS}\n", text)
    for number, block in enumerate(filter(None, (block.strip("\n") for block in text.split("\n\n")))):
        if number == 0 and custom.get("offer"):
            yield Line("offer", block)
        elif QUESTION_LINE.match(block):
            yield from _question_lines(block)
        elif is_answer and (number == 0 or "【" in block or ASKED.match(block)):
            yield from _answer_lines(block, quotes, first=number == 0 or bool(ASKED.match(block)))
        elif f"\n{NOTE}" in block and (place := custom.get("interview")) and not place.get("rows"):
            yield from _noted_lines(block)
        elif block == STEPS and custom.get(STEPS):
            yield Line(STEPS, block)
        else:
            yield Line("text", block)


def _noted_lines(block: str) -> Iterator[Line]:
    """What is said before a form, its points one by one."""
    for line in block.split("\n"):
        yield Line("note", line.removeprefix(NOTE)) if line.startswith(NOTE) else Line("text", line)


def _answer_lines(block: str, quotes: Sequence[str], first: bool) -> Iterator[Line]:
    """The conclusion, the quotations with their clauses, and what is said beside them."""
    held: Line | None = None
    for line in block.split("\n"):
        match = QUOTED.match(line)
        if held and not match and any(line in quote for quote in quotes):
            held = Line("quote", f"{held.text}\n{line}", held.label)
            continue
        if held:
            yield held
        held = Line("quote", match["words"], match["label"]) if match else None
        if not match:
            yield Line("conclusion" if first else _kind(line), line)
        first = False
    if held:
        yield held


def _kind(line: str) -> str:
    if line.startswith(OUTSIDE):
        return "outside"
    if ONLY.match(line):
        return "only"
    return "item" if ITEM.match(line) else "text"


def _question_lines(block: str) -> Iterator[Line]:
    head, *rest = block.split("\n")
    question, _, beside = head.partition("　")
    # The section stands above the question already, where there are several.
    yield Line("question", question, beside.rpartition("，")[2] or beside)
    for line in rest:
        yield Line("hint" if line.startswith("例：") else "option" if ITEM.match(line) else "text", line)
