"""Phone numbers as people write them: remarks, two numbers, extensions, 一三八…; read by phonenumbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from casework.interview.errors import AnswerError
from knowledge.locality import locality

KINDS = {
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.UAN,
}
SPOKEN = str.maketrans("零〇一二两三四五六七八九幺", "0012234567891")
SPELT = re.compile(
    r"(?<![\d零〇一二两三四五六七八九幺])[\d零〇一二两三四五六七八九幺][\d零〇一二两三四五六七八九幺 -]{5,}"
)
EXTENSION = re.compile(r"(?<=\d)\s*(?:转|分机|转分机|ext\.?)\s*(?:号|是|为)?\s*(?=\d{1,6}(?!\d))", re.IGNORECASE)
# 0379-63312345-801
SECOND_DASH = re.compile(r"(0\d{2,3}[- ]?\d{7,8})-(\d{1,5})(?![\d-])")
LABELS = re.compile(
    r"^(?:请?拨?打|我的?|本人|他的?|她的?|联系|办公(?!室)|公司|座机|固定)*(?:电话|手机|号码|手机号码?|联系方式|tel|phone)*"
    r"(?:号码?)?(?:就?是|为|:|：)?|[\s,，。;；、/|<>()（）\[\]：:\-+]+$|^[\s,，。;；、/|<>()（）\[\]：:\-+]+",
    re.IGNORECASE,
)
LINK = re.compile(r"^[\s,，;；、/]*(?:或者?|和|以及|还有|备用|另一个是?|也可以打|或打)?[\s,，;；、/:：]*$")


@dataclass(frozen=True)
class Found:
    """A phone number in a text: as E.164 (an extension after ``;ext=``), and where it stands."""

    e164: str
    start: int
    end: int


def spelt_out(text: str) -> str:
    """Digits said as words as digits, character for character: 一三八… as 138…."""
    return SPELT.sub(lambda match: match[0].translate(SPOKEN), text)


def find_phones(text: str) -> list[Found]:
    """All phone numbers in a text, in their order; places are those in ``text``."""
    plain = spelt_out(text)
    plain = SECOND_DASH.sub(lambda m: f"{m[1]}x{m[2]}", plain)
    # The places must stay: what is longer than x is filled up with spaces.
    plain = EXTENSION.sub(lambda m: "x" + " " * (len(m[0]) - 1), plain)
    plain = re.sub(r"(?<=\d)[./](?=\d)", lambda m: "-" if m[0] == "." else " ", plain)
    parts = re.sub(r"(?<=\d)[,，、;](?=\d)", " ", plain) if len(re.sub(r"\D", "", plain)) <= 24 else plain
    found = []
    for start, end in _candidates(parts):
        for match in phonenumbers.PhoneNumberMatcher(parts[start:end], "CN"):
            if phonenumbers.number_type(match.number) in KINDS:
                found.append(Found(_e164(match.number), start + match.start, start + match.end))
    return found


def _candidates(text: str) -> list[tuple[int, int]]:
    """Mobile numbers one by one, however closely they stand; what is between them as it is."""
    mobiles = [(m.start(), m.end()) for m in re.finditer(r"(?<!\d)1[3-9]\d{9}(?!\d)", text)]
    if len(mobiles) < 2:
        return [(0, len(text))]
    edges, parts = 0, []
    for start, end in mobiles:
        parts += [(edges, start), (start, end)]
        edges = end
    return [*parts, (edges, len(text))]


def find_phone(text: str) -> tuple[str, int, int] | None:
    """The first phone number in a text, as E.164, with its place; None when there is none."""
    found = next(iter(find_phones(text)), None)
    return (found.e164, found.start, found.end) if found else None


def read_phone(text: str) -> tuple[str, str]:
    """Read one or two phone numbers with what is said of them.

    Returns:
        E.164 (``+8613812345678``, an extension after ``;ext=``, further ones after a comma) and the words to show:
        138 1234 5678（微信同号）.
    """
    found = find_phones(text)
    if not found:
        return _single(text)
    numbers = list(dict.fromkeys(each.e164 for each in found))
    remarks, at = [], 0
    for each in [*found, None]:
        between = text[at : each.start if each else len(text)]
        at = each.end if each else at
        if not LINK.fullmatch(between) and (remark := _remark(between)):
            remarks.append(remark)
    shown = "、".join(shown_phone(number) for number in numbers)
    return ",".join(numbers), shown + (f"（{'，'.join(remarks)}）" if remarks else "")


def _remark(text: str) -> str:
    before = None
    while before != text:
        before, text = text, LABELS.sub("", text)
    return text if re.search(r"[一-鿿A-Za-z0-9]{2,}", text) else ""


def _example() -> str:
    return f"13812345678，或带区号的座机 {locality().area_code}-12345678"


def _single(text: str) -> tuple[str, str]:
    """A number that is hidden from the search in a text, or what is wrong with it."""
    digits = re.sub(r"\D", "", spelt_out(text))
    try:
        number = phonenumbers.parse(re.sub(r"转(分机)?|分机", " ext ", spelt_out(text)), "CN")
    except phonenumbers.NumberParseException as error:
        raise AnswerError("没有看到电话号码。", _example()) from error
    if phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in KINDS:
        return _e164(number), shown_phone(_e164(number))
    if re.fullmatch(r"[2-8]\d{6,7}", digits):
        city = locality()
        raise AnswerError(f"座机请带上区号，{city.name}是 {city.area_code}。", f"{city.area_code}-{digits}")
    if re.fullmatch(r"1\d*", digits) and len(digits) != 11:
        raise AnswerError(f"手机号应为 11 位，您填的是 {len(digits)} 位。", _example())
    raise AnswerError("这个电话号码不存在，请核对。", _example())


def _e164(number: phonenumbers.PhoneNumber) -> str:
    plain = str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    return f"{plain};ext={number.extension}" if number.extension else plain


def shown_phone(e164: str) -> str:
    """138 1234 5678, 0379 6331 2345 转 801."""
    plain, _, extension = e164.partition(";ext=")
    number = phonenumbers.parse(plain)
    form = PhoneNumberFormat.NATIONAL if number.country_code == 86 else PhoneNumberFormat.INTERNATIONAL
    shown = str(phonenumbers.format_number(number, form))
    return f"{shown} 转 {extension}" if extension else shown
