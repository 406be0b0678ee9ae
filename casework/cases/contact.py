"""A reporter's contact details apart from the report: what they are, and how the rest reads without them."""

from __future__ import annotations

import json
import re
from typing import Any

# Answers that are nobody's to see with the case. Whether the reporter may be called (``contact``) is none of them.
KEPT_APART = ("contact_name", "contact_phone")
# Numbers of the platform stay where they are, even when they are the reporter's as well.
ABOUT_THE_PLATFORM = ("target", "reach")
IN_THEIR_PLACE = "（联系方式，已单独密封）"
TAKEN_BACK = "（联系方式，已按您的要求删除）"
SHORTEST_PHONE = 7
# An account or a mail address among the details: 微信 lixiao_2016, li@example.com.
ACCOUNT = re.compile(r"[A-Za-z0-9][\w.+\-]*@[\w.\-]+|(?=[\w\-]*[A-Za-z])[A-Za-z0-9][\w\-]{4,}", re.ASCII)
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
    if written := _repeated(details.get("contact_phone") or {}, rest):
        told = {key: value for key, value in answers.items() if key not in ABOUT_THE_PLATFORM}
        rest["answers"] = {**answers, **_without(told, written)}
        rest |= _without({key: rest[key] for key in ("opening",) if key in rest}, written)
    return rest, details


def _repeated(details: dict[str, Any], rest: dict[str, Any]) -> re.Pattern[str] | None:
    """The details as they stand in the rest as well; None where none does."""
    numbers, accounts = _numbers(details), _accounts(details)
    # A pattern of a number is dear to make, and most stories do not repeat it.
    again = [number for number in numbers if number in _digits(rest)]
    return _written(again, accounts) if again or accounts else None


def without_phone(content: dict[str, Any], phone: dict[str, Any]) -> dict[str, Any]:
    """A draft's content without a telephone that the reporter took back, wherever else they told it."""
    numbers, accounts = _numbers(phone), _accounts(phone)
    if not numbers and not accounts:
        return content
    number = _written(numbers, accounts)
    told = {key: value for key, value in content["answers"].items() if key not in ABOUT_THE_PLATFORM}
    return {
        **content,
        "answers": {**content["answers"], **_without(told, number, TAKEN_BACK)},
        "opening": _without(content.get("opening", ""), number, TAKEN_BACK),
    }


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


def _accounts(answer: dict[str, Any]) -> list[str]:
    return ACCOUNT.findall(str(answer.get("shown") or ""))


def _written(numbers: list[str], accounts: list[str]) -> re.Pattern[str]:
    """Numbers and accounts as they may have been written."""
    named = [rf"(?<![A-Za-z0-9_]){re.escape(one)}(?![A-Za-z0-9_])" for one in accounts]
    if not numbers:
        return re.compile("|".join(named), re.IGNORECASE)
    written = [BETWEEN.join(f"[{digit}{chr(ord(digit) + FULL_WIDTH)}]" for digit in one) for one in numbers]
    number = f"(?:[+＋]86{BETWEEN})?(?:[0０]{BETWEEN})?(?:{'|'.join(written)})"
    return re.compile("|".join([*named, number]), re.IGNORECASE)


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
