"""Numbers, money and phone numbers as people write them in Chinese.

Numerals are read by cn2an, phone numbers by phonenumbers; what is ours is which words around them mean what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import cn2an
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from actions.interview.errors import AnswerError

WAN = 10_000
DIGITS = "0-9零〇一二两三四五六七八九十百千万亿廿卅壹贰叁肆伍陆柒捌玖拾佰仟.半"
NUMBER = re.compile(rf"-?[{DIGITS}]+")
ABOUT = re.compile(r"大约|大概|约|将近|接近|差不多|左右|上下|来|多|余|超过|不到|估计")
VAGUE = re.compile(r"几|数[十百千万亿]|若干|上[百千万亿]|好多|很多|许多|不少")
FOREIGN = {
    "美元": "美元",
    "美金": "美元",
    "usd": "美元",
    "欧元": "欧元",
    "港币": "港元",
    "港元": "港元",
    "日元": "日元",
}
OWN = re.compile(r"人民币|rmb|cny|￥|¥")
HOME_AREA_CODE = "0379"


@dataclass(frozen=True)
class Number:
    """A number and whether it was said to be approximate."""

    value: Decimal
    about: bool


def read_number(text: str, example: str) -> Number:
    """Read one number out of a normalised text.

    Raises:
        AnswerError: there is none, more than one, a negative or only a vague one.
    """
    plain = re.sub(r"(?<=\d)[, ](?=\d{3})", "", text)
    if re.search(r"(^|\D)-\s*\d|^负|减", plain):
        raise AnswerError("数字不能是负数。", example)
    if VAGUE.search(plain):
        raise AnswerError("请给出一个具体数字，说个大概也可以。", example)
    plain = re.sub(r"(?<=\d)\s+(?=[万亿千百])", "", plain)
    about = bool(ABOUT.search(plain))
    # 三百来笔 and 二十多万: the word of doubt stands inside the number.
    plain = re.sub(r"个(?=[亿万])", "", ABOUT.sub("", plain).replace("w", "万"))
    found = [part for part in NUMBER.findall(plain) if part.strip(".")]
    if not found:
        raise AnswerError("没有看到数字。", example)
    if len(found) > 1:
        raise AnswerError("看到了不止一个数字，请只填一个。", example)
    return Number(_value(found[0], example), about)


def _value(numeral: str, example: str) -> Decimal:
    text = numeral.strip(".")
    half = text.endswith("半") and len(text) > 1
    text = text.removesuffix("半") if half else text.replace("半", "")
    try:
        value = Decimal(text) if re.fullmatch(r"\d+(\.\d+)?", text) else Decimal(str(cn2an.cn2an(text, "smart")))
    except (ValueError, KeyError, InvalidOperation) as error:
        raise AnswerError("这个数字没有看懂。", example) from error
    if half:  # 一万半, 三百半: half of the last unit
        unit = next((u for u, word in ((10**8, "亿"), (WAN, "万"), (1000, "千"), (100, "百")) if text[-1] == word), 1)
        value += Decimal(unit) / 2
    return value


def read_count(text: str, most: int, example: str) -> tuple[int, str]:
    """Read a number of things.

    Returns:
        The count, and the words to show: 约300.
    """
    if re.fullmatch(r"(没有|没|无|零|暂无|一(个|笔|家|人)?也?没有?)", text):
        return 0, "0"
    number = read_number(text, example)
    if number.value != number.value.to_integral_value():
        raise AnswerError("这里要填整数。", example)
    if number.value > most:
        raise AnswerError(f"数字太大了，最多 {most:,}。", example)
    count = int(number.value)
    return count, f"{'约' if number.about else ''}{count:,}"


def read_money(text: str, most: int, example: str, may_be_zero: bool) -> tuple[dict[str, str], str]:
    """Read an amount with its unit.

    Returns:
        ``{"yuan": "50000000", "currency": "人民币"}`` and the words to show: 5,000万元人民币.
    """
    if may_be_zero and re.fullmatch(r"(没有|没|无|零|暂无|0)(规模|元)?", text):
        return {"yuan": "0", "currency": "人民币"}, "0元"
    currency = next((name for word, name in FOREIGN.items() if word in text), "人民币")
    bare = OWN.sub("", re.sub("|".join(FOREIGN), "", text))
    number = read_number(re.sub(r"[元块圆整钱]", "", bare), example)
    if not re.search(r"[元块圆万亿w￥¥]|人民币|rmb|" + "|".join(FOREIGN), text):
        raise AnswerError("请写明单位是“元”还是“万元”。", example)
    if number.value == 0 and not may_be_zero:
        raise AnswerError("金额应大于 0。", example)
    if number.value > most:
        raise AnswerError("金额太大了，请核对单位。", example)
    about = "约" if number.about else ""
    name = {"人民币": "元人民币", "美元": "美元", "欧元": "欧元", "港元": "港元", "日元": "日元"}[currency]
    wan = number.value / WAN
    amount = f"{_plain(wan)}万" if number.value >= WAN and wan == wan.quantize(Decimal("0.01")) else None
    return (
        {"yuan": str(number.value), "currency": currency},
        f"{about}{amount or _plain(number.value)}{name}",
    )


def _plain(value: Decimal) -> str:
    return f"{value.normalize():,f}"


PHONE_EXAMPLE = "13812345678，或带区号的座机 0379-12345678"
KINDS = {
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.UAN,
}


def find_phone(text: str) -> tuple[str, int, int] | None:
    """The first phone number in a text, as E.164, with its place; None when there is none."""
    for match in phonenumbers.PhoneNumberMatcher(text.replace("转", "x"), "CN"):
        if phonenumbers.number_type(match.number) in KINDS:
            return _e164(match.number), match.start, match.end
    return None


def read_phone(text: str) -> tuple[str, str]:
    """Read a phone number: mobile, landline with area code, 400 or 800, extension after 转.

    Returns:
        E.164 (``+8613812345678``, an extension after ``;ext=``) and the words to show.
    """
    digits = re.sub(r"\D", "", text)
    try:
        number = phonenumbers.parse(re.sub(r"转(分机)?|分机", " ext ", text), "CN")
    except phonenumbers.NumberParseException as error:
        raise AnswerError("没有看到电话号码。", PHONE_EXAMPLE) from error
    if phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in KINDS:
        return _e164(number), shown_phone(_e164(number))
    if re.fullmatch(r"[2-8]\d{6,7}", digits):
        raise AnswerError(f"座机请带上区号，洛阳是 {HOME_AREA_CODE}。", f"{HOME_AREA_CODE}-{digits}")
    if re.fullmatch(r"1\d*", digits) and len(digits) != 11:
        raise AnswerError(f"手机号应为 11 位，您填的是 {len(digits)} 位。", PHONE_EXAMPLE)
    raise AnswerError("这个电话号码不存在，请核对。", PHONE_EXAMPLE)


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
