"""Sums of money with their unit and currency: 13万2, HK$500万, 50万美金, 100万韩元, 八千多万."""

from __future__ import annotations

import re
from decimal import Decimal

from casework.interview.errors import AnswerError
from casework.interview.numerals import DIGITS, WAN, folded, in_figures, kept_as_said, read_number

# How currencies are called, each with the name it is shown by. A longer word comes before one that is part of it.
CURRENCIES: dict[str, tuple[str, ...]] = {
    "港元": ("hk$", "hkd", "港币", "港元", "港纸", "港幣"),
    "新台币": ("nt$", "twd", "新台币", "台币", "新臺幣"),
    "新加坡元": ("s$", "sgd", "新加坡元", "新加坡币", "坡币", "新币"),
    "澳大利亚元": ("aud", "a$", "澳大利亚元", "澳元", "澳币"),
    "澳门元": ("mop", "澳门元", "澳门币", "葡币"),
    "加拿大元": ("cad", "c$", "加拿大元", "加元", "加币"),
    "USDT": ("usdt", "泰达币"),
    "比特币": ("btc", "比特币"),
    "以太币": ("eth", "以太坊", "以太币"),
    "美元": ("us$", "usd", "美元", "美金", "美刀", "$"),
    "欧元": ("eur", "欧元", "€"),
    "英镑": ("gbp", "英镑", "£"),
    "日元": ("jpy", "日元", "日币", "日圆", "円"),
    "韩元": ("krw", "韩元", "韩币", "韩圆", "₩"),
    "泰铢": ("thb", "泰铢"),
    "卢布": ("rub", "卢布"),
    "越南盾": ("vnd", "越南盾"),
    "瑞士法郎": ("chf", "瑞士法郎"),
}
OWN = re.compile(r"人民币|rmb|cny|￥|¥|yuan")
WORDS = sorted(((word, name) for name, words in CURRENCIES.items() for word in words), key=lambda item: -len(item[0]))
# 3万刀, 两千欧: words that mean a currency behind a figure only.
SPOKEN = {"刀": "美元", "欧": "欧元", "镑": "英镑"}
FOREIGN = re.compile(
    "|".join([*(re.escape(word) for word, _ in WORDS), rf"(?<=[{DIGITS}几多来余kw])(?:{'|'.join(SPOKEN)})(?!洲|盟)"])
)
NAMES = dict(WORDS) | SPOKEN
# A currency nobody has told us about is asked for, never taken for yuan.
STRANGE = re.compile(r"[一-鿿a-z]{1,3}(?:币|盾|比索|里拉|卢比|克朗|第纳尔|林吉特)")
UNIT = re.compile(r"[元块圆万亿wkm￥¥]|人民币|rmb")


def currency_of(text: str, example: str = "") -> str:
    """The currency a text names; 人民币 when it names none.

    Raises:
        AnswerError: it names two, or one that is not known.
    """
    named = {NAMES[match] for match in FOREIGN.findall(text)}
    if len(named) > 1 or (named and OWN.search(text)):
        raise AnswerError("看到了不止一种货币，请只填一种。", example)
    if not named and (strange := STRANGE.search(OWN.sub("", text))):
        raise AnswerError(f"没有看懂“{strange[0]}”是哪种货币，请写明，例如“折合人民币约5万元”。", example)
    return next(iter(named), "人民币")


def read_money(
    text: str, most: int, example: str, may_be_zero: bool, rough: bool = False
) -> tuple[dict[str, str], str]:
    """Read an amount with its unit.

    Args:
        text: half-width.
        rough: whether a range will do: 两三万, 八千多万.

    Returns:
        ``{"yuan": "50000000", "currency": "人民币"}`` and the words to show: 5,000万元人民币. Of a range ``yuan`` is
        the least and ``most`` the most, and it is shown as it was said: 两三万（2万元至3万元人民币）.
    """
    text = text.lower().strip()
    if may_be_zero and re.fullmatch(r"(没有|没|无|零|暂无|0)(规模|元)?", text):
        return {"yuan": "0", "currency": "人民币"}, "0元"
    currency = currency_of(text, example)
    bare = OWN.sub("", FOREIGN.sub("", _small_change(text)))
    number = read_number(re.sub(r"[元块圆整钱]", "", bare), example, rough)
    if letters := re.search(r"\d\s*([a-z]+)", folded(bare)):
        raise AnswerError(f"没有看懂“{letters[1]}”，请写明单位是“元”还是“万元”。", example)
    spoken = rough and re.search(r"[百千]", bare)  # 三千五: nobody says so of 万
    if not UNIT.search(text) and not FOREIGN.search(text) and not spoken:
        raise AnswerError("请写明单位是“元”还是“万元”。", example)
    if number.value == 0 and not may_be_zero:
        raise AnswerError("金额应大于 0。", example)
    if max(number.value, number.most or 0) > most:
        raise AnswerError("金额太大了，请核对单位。", example)
    name = "元人民币" if currency == "人民币" else currency
    value = {"yuan": _plain(number.value, grouped=False), "currency": currency}
    if not kept_as_said(text, number):
        return value, f"{'约' if number.about else ''}{amount(number.value)}{name}"
    if number.most is not None:
        value["most"] = _plain(number.most, grouped=False)
    return value, f"{text}（{in_figures(bare, number, amount)}{name}）".replace("以上" + name, name + "以上").replace(
        "以下" + name, name + "以下"
    )


def _small_change(text: str) -> str:
    """3块5 as 3.5块."""
    return re.sub(r"(\d+)[块元](\d)(?:毛|角)?(?!\d)", r"\1.\2块", text)


def amount(value: Decimal) -> str:
    """5,000万; 1,234,567."""
    wan = value / WAN
    if value >= WAN and wan == wan.quantize(Decimal("0.01")):
        return f"{_plain(wan)}万"
    return _plain(value)


def _plain(value: Decimal, grouped: bool = True) -> str:
    return f"{value.normalize():,f}" if grouped else f"{value.normalize():f}"
