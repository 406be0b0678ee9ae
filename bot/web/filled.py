"""What a form of the chat page was filled in with, as the words a person would have said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import Request

from bot.web.turn_view import MONEY_UNITS, question_of
from casework.tip_off.readings import DENIED
from knowledge.text import clean

# What was read in files, to be confirmed.
OFFER = "offer"
# Words on a button, as its presser saw them.
LONGEST_TITLE = 400
NUMBER = re.compile(r"\d{1,2}")
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
WHOLE, FIELDS = ".*", ("field.", "same.", "unknown.")
NOTHING = "没有勾选任何一项。有的请勾上；确实没有，请点“都没有”或“跳过”。"


@dataclass(frozen=True)
class Filled:
    """The message that the form stands for, and how it is shown; what is missing when it cannot be one.

    Attributes:
        answers: words by question id, of a form that asked several questions.
    """

    text: str
    shown: str
    problem: str = ""
    answers: dict[str, str] = field(default_factory=dict)


async def filled(request: Request) -> Filled:
    """Read the form that was posted; a plain message is its own words."""
    form = await request.form(max_fields=200, max_files=0)

    def values(name: str) -> list[str]:
        return [value for value in form.getlist(name) if isinstance(value, str)]

    message = next(iter(values("message")), "")
    name = next(iter(values("question")), "")
    if not name or message:
        return Filled(message, _title(values("shown")) or message)
    if name == OFFER:
        numbers = _numbers(values("pick"))
        text = f"{'、'.join(map(str, numbers))}对" if numbers else DENIED
        return Filled(text, _title(values("shown")) or text)
    if name.endswith(WHOLE):
        return _together(name, {key: values(key) for key in form})
    if amount := next(iter(values("amount")), "").strip():
        unit = next((unit for unit in values("unit") if unit in MONEY_UNITS), "元")
        text = amount if re.search(r"[^\d.,，]", amount) else f"{amount}{unit}"
        return Filled(text, text)
    if day := DAY.fullmatch(next(iter(values("day")), "")):
        text = f"{day[1]}年{int(day[2])}月{int(day[3])}日"
        return Filled(text, text)
    return _ticked(name, _numbers(values("pick")), _numbers(values("unsure")))


def _title(given: Sequence[str]) -> str:
    return clean(next(iter(given), ""))[:LONGEST_TITLE]


def _together(name: str, given: dict[str, list[str]]) -> Filled:
    """The fields of a section."""
    kind = name.removesuffix(WHOLE)
    answers: dict[str, str] = {}
    lines = []
    # A field that was struck out by 相同 or 不清楚 is not sent; its tick is.
    ids = dict.fromkeys(key.partition(".")[2] for key in given if key.startswith(FIELDS))
    for question in filter(None, (question_of(kind, question_id) for question_id in ids)):
        words = _field_words(question.id, given)
        answers[question.id] = words
        if words:
            lines.append(f"{question.label}：{words}")
    text = "\n".join(lines)
    return Filled(text, text, "" if text else "一项都没有填。请填好要填的，再点“填好了”。", answers)


def _field_words(question_id: str, given: dict[str, list[str]]) -> str:
    """What a field says, with its unit; a ticked 相同 or 不清楚 says it in words."""

    def first(name: str) -> str:
        return next(iter(given.get(f"{name}.{question_id}", [])), "").strip()

    if first("same"):
        return "一样"
    if first("unknown"):
        return "不清楚"
    words, unit = first("field"), first("unit")
    bare = re.fullmatch(r"[\d.,，]+", words)
    return f"{words}{unit}" if bare and unit in MONEY_UNITS else words


def _numbers(given: Sequence[str]) -> list[int]:
    return sorted({int(value) for value in given if NUMBER.fullmatch(value)})


def _ticked(name: str, picked: Sequence[int], unsure: Sequence[int]) -> Filled:
    """Ticked items by number, which can only be read one way; shown by their names."""
    kind, _, question_id = name.partition(".")
    question = question_of(kind, question_id)
    if question is None or not (picked or unsure):
        return Filled("", "", NOTHING)
    unsure = [number for number in unsure if number not in picked]
    labels = {number: option.label for number, option in enumerate(question.options, start=1)}

    def named(numbers: Sequence[int]) -> str:
        return "、".join(labels.get(number, str(number)) for number in numbers)

    said = ["、".join(map(str, picked)), f"{'、'.join(map(str, unsure))}不确定" if unsure else ""]
    shown = [named(picked), f"不确定：{named(unsure)}" if unsure else ""]
    return Filled("，".join(filter(None, said)), "；".join(filter(None, shown)))
