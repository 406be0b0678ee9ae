"""A reporter's contact details apart from the report: what they are, and how the rest reads without them."""

from __future__ import annotations

import json
import re
from typing import Any

# Answers that are nobody's to see with the case. Whether the reporter may be called (``contact``) is none of them.
KEPT_APART = ("contact_name", "contact_phone")
# Numbers of the platform stay where they are, even when they are the reporter's as well.
ABOUT_THE_PLATFORM = ("target", "reach")
IN_THEIR_PLACE, NAME_APART = "（联系方式，已单独密封）", "（称呼，已单独密封）"
TAKEN_BACK = "（联系方式，已按您的要求删除）"
SHORTEST_PHONE = 7
# What may stand between the digits of a number, and how far its full-width digits are away.
BETWEEN, FULL_WIDTH = r"[\s()（）\-－—]*", 0xFEE0
NO_DIGIT, PLAIN = re.compile("[^0-9０-９]+"), {ord("０") + digit: str(digit) for digit in range(10)}
# All details are sealed in pieces of this length, so that it does not tell whether there are any.
PIECE = 512


def apart(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A report's content without its contact details, and these.

    Telephone, account and mail address go from the other answers as well, where the reporter told them with the story.
    """
    answers, suggested = dict(content.get("answers", {})), dict(content.get("suggested", {}))
    details = {key: given.pop(key) for given in (suggested, answers) for key in KEPT_APART if key in given}
    rest = {**content, "answers": answers, "suggested": suggested}
    if content.get("choice"):
        rest["choice"] = []  # what a message could have meant, which is over with the submission
    phone, name = details.get("contact_phone") or {}, details.get("contact_name") or {}
    numbers = _numbers(phone)
    # A pattern of a number is dear to make, and most stories do not repeat it.
    if any(number in _digits(rest) for number in numbers):
        rest = _masked(rest, _written(numbers), IN_THEIR_PLACE)
    if handles := _handles(phone):
        rest = _masked(rest, handles, IN_THEIR_PLACE)
    return (_masked(rest, named, NAME_APART) if (named := _introduced(name)) else rest), details


def _masked(content: dict[str, Any], pattern: re.Pattern[str], instead: str) -> dict[str, Any]:
    """A content without what a pattern finds, wherever it is told but for what says how to find the platform."""
    told = {key: value for key, value in content["answers"].items() if key not in ABOUT_THE_PLATFORM}
    masked = {**content, "answers": {**content["answers"], **_without(told, pattern, instead)}}
    if "opening" in content:
        masked["opening"] = _without(content["opening"], pattern, instead)
    return masked


def without_phone(content: dict[str, Any], phone: dict[str, Any]) -> dict[str, Any]:
    """A draft's content without a telephone that the reporter took back, wherever else they told it."""
    for pattern in (_written(numbers) if (numbers := _numbers(phone)) else None, _handles(phone)):
        content = _masked(content, pattern, TAKEN_BACK) if pattern else content
    return content


def whole(content: dict[str, Any], details: dict[str, Any]) -> dict[str, Any]:
    """The content as it is shown to who may see the contact details."""
    return {**content, "answers": {**content.get("answers", {}), **details}}


def encoded(details: dict[str, Any]) -> bytes:
    kept = json.dumps(details, ensure_ascii=False).encode()
    return kept + b" " * (-len(kept) % PIECE)


def _numbers(answer: dict[str, Any]) -> list[str]:
    """The numbers of an answer (E.164, an extension behind a semicolon), without what stands for the country."""
    kept = [re.sub(r"[^0-9+]", "", one.partition(";")[0]) for one in str(answer.get("value") or "").split(",")]
    plain = [one.removeprefix("+86").lstrip("+0") for one in kept]
    return [one for one in plain if len(one) >= SHORTEST_PHONE]


def _handles(answer: dict[str, Any]) -> re.Pattern[str] | None:
    """Accounts and mail addresses of an answer as they stand in a text; None where it has none."""
    words = (one.split()[-1] for one in str(answer.get("value") or "").split(",") if one.strip())
    handles = [word for word in words if len(word) >= SHORTEST_HANDLE and LETTER.search(word)]
    if not handles:
        return None
    either = "|".join(map(re.escape, handles))
    return re.compile(rf"(?<![A-Za-z0-9_@.\-])(?:{either})(?![A-Za-z0-9_@])", re.IGNORECASE)


SHORTEST_HANDLE, LETTER = 5, re.compile("[A-Za-z]")


def _introduced(answer: dict[str, Any]) -> re.Pattern[str] | None:
    """The reporter's name where they introduce themselves: 我叫赵敏; elsewhere the same characters may be anybody's."""
    name = str(answer.get("value") or "").removeprefix("姓")
    return re.compile(rf"(?<=我叫|我是|我姓|叫我|喊我|贵姓|本人){re.escape(name)}") if name else None


def _written(numbers: list[str]) -> re.Pattern[str]:
    """Numbers as they may have been written."""
    written = [BETWEEN.join(f"[{digit}{chr(ord(digit) + FULL_WIDTH)}]" for digit in one) for one in numbers]
    return re.compile(f"(?:[+＋]86{BETWEEN})?(?:[0０]{BETWEEN})?(?:{'|'.join(written)})")


def _digits(value: Any) -> str:
    """All digits that stand anywhere in a value, one after the other."""
    if isinstance(value, str):
        return NO_DIGIT.sub("", value).translate(PLAIN)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return " ".join(filter(None, map(_digits, parts)))


def _without(value: Any, number: re.Pattern[str], instead: str = IN_THEIR_PLACE) -> Any:
    if isinstance(value, str):
        return number.sub(instead, value)
    if isinstance(value, list):
        return [_without(each, number, instead) for each in value]
    if isinstance(value, dict):
        return {key: _without(each, number, instead) for key, each in value.items()}
    return value
