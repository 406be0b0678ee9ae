"""Numbers as people write them in Chinese: 13万2, 两三万, 八千多万, 百来号人, 20-30万, 半个亿, 200K.

Where only a figure will do (注册资本), whatever is no figure is asked about; where 大概 is allowed (涉及金额), it is
kept as it was said, with the range that it means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from casework.interview.errors import AnswerError

WAN, YI = 10_000, 10**8
UNITS = (("亿", YI), ("万", WAN), ("千", 1000), ("百", 100), ("十", 10))
DIGIT = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
# Capitals of bills, traditional characters, and letters that stand for a unit, as the plain numeral.
PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬億圓兩廿貳參陸", "一二三四五六七八九十百千万亿圆两念二三六")
DIGITS = "0-9零〇一二两三四五六七八九十百千万亿廿卅壹贰叁肆伍陆柒捌玖拾佰仟.半"
CHARS = "0-9零〇一二两三四五六七八九十百千万亿半."
NUMERAL = rf"[{CHARS}]+"
MORE, FEW = "多余", "几数"
NUMBER = re.compile(rf"[{CHARS}{MORE}{FEW}来]*[0-9零〇一二两三四五六七八九十百千万亿半几][{CHARS}{MORE}来]*")
ABOUT = re.compile(
    r"大约|大概|约|将近|接近|差不多|左右|上下|估计|"
    r"近(?=[\d一二两三四五六七八九十百千万几数上])|来(?=[万千百个号名位笔户家单件人元块]|$)"
)
AT_LEAST = re.compile(r"至少|起码|不少于|超过|不止|多于|以上|往上|上(?=[十百千万亿])|\+$|过(?=[十百千万亿])")
AT_MOST = re.compile(r"不到|最多|不超过|以下|以内|少于|不足")
NEGATIVE = re.compile(r"(^|[^\d万亿千百十元k])-\s*\d|^负|减")
VAGUE = re.compile(r"几|数(?=[十百千万亿])|若干|上(?=[百千万亿])|好多|很多|许多|不少(?!于)")
BETWEEN = r"\s*(?:[-~—–－至]|到)\s*"
RANGE = re.compile(rf"({NUMERAL}){BETWEEN}({NUMERAL})")
# 两三万, 二三十, 十七八万: two digits side by side before a unit, the second larger.
PAIR = re.compile(
    r"(?<![一二两三四五六七八九零〇])([一二两三四五六七八九])([二两三四五六七八九])(?![一二两三四五六七八九零〇])"
)


@dataclass(frozen=True)
class Number:
    """What a number word means.

    Attributes:
        value: the figure, or the least of a range (the most, of 不到五万).
        most: the end of a range; None when there is none or it is open.
        about: whether it was said to be approximate.
        rough: whether it is no figure at all: 两三万, 几十万.
    """

    value: Decimal
    about: bool = False
    most: Decimal | None = None
    rough: bool = False


def folded(text: str) -> str:
    """A text with one spelling for each numeral: capitals and old characters plain, 1,234 as 1234, 10w as 10万."""
    plain = text.translate(PLAIN).lower().replace("念", "二十").replace("卅", "三十")
    plain = plain.replace("俩仨", "两三").replace("俩", "两个").replace("仨", "三个")
    plain = re.sub(r"(?<=[笔人户件单家总])数(?:量|目)?(?=[:是为有约大共\d\s])", " ", plain)  # 笔数300来笔
    plain = re.sub(r"(?<=[百千万])单(?=[一二三四五六七八九])", "零", plain)  # 一百单八
    plain = re.sub(r"(?<![一二两三四五六七八九十百千万\d])百十(?=[来号个口名位户人]|$)", "一百来", plain)
    plain = re.sub(r"(?<![\d.])(\d{1,4}) (\d{4})(?=元|块|$)", r"\1\2", plain)  # 12 0000: by the 万
    plain = re.sub(r"一(?=家[一二两三四五六七八九十\d]+口)", "", plain)
    plain = re.sub(r"(?<=\d)[, ](?=\d{3}(?!\d))", "", plain)
    plain = re.sub(r"(?<=[\d.半几多])\s*w(?![a-z])", "万", plain)
    plain = re.sub(r"个\s*w(?![a-z])", "万", plain)
    plain = re.sub(r"(\d+(?:\.\d+)?)\s*k(?![a-z])", lambda m: _spread(Decimal(m[1]) * 1000), plain)
    plain = re.sub(r"(\d+(?:\.\d+)?)\s*m(?![a-z])", lambda m: _spread(Decimal(m[1]) * 1_000_000), plain)
    plain = re.sub(r"(?<=\d)\s+(?=[万亿千百])", "", plain)
    plain = re.sub(r"(?<![一二两三四五六七八九十百千万\d])([百千万])把(?=[块元个人号多来]|$)", r"一\1来", plain)
    plain = re.sub(r"(?<=[十百千万亿\d])(?:挂(?:点|个)?零|出头|冒头|开外|挂点儿?)", "多", plain)
    return re.sub(r"个(?=[亿万])|好(?=几)", "", plain)


def _spread(value: Decimal) -> str:
    return f"{value.normalize():f}"


def value_of(numeral: str) -> Decimal:
    """The value of one numeral: 13万2, 一千两百五十万, 两百五, 半亿.

    Raises:
        ValueError: it is none.
    """
    for unit, size in UNITS:
        head, found, tail = numeral.rpartition(unit)
        if not found:
            continue
        if not head and size >= WAN:
            raise ValueError(numeral)
        front = value_of(head) if head else Decimal(1)
        return front * size + _behind(tail, size)
    if numeral == "半":
        return Decimal("0.5")
    if re.fullmatch(r"\d+(\.\d+)?", numeral):
        return Decimal(numeral)
    if re.fullmatch(r"[零〇一二两三四五六七八九]+", numeral):
        return Decimal("".join(str(DIGIT[char]) for char in numeral))
    raise ValueError(numeral)


def _behind(tail: str, size: int) -> Decimal:
    """What stands behind a unit: the 2 of 13万2 is two thousand, 半 half of it, 零五 just five."""
    if not tail:
        return Decimal(0)
    if tail == "半":
        return Decimal(size) / 2
    if len(tail) == 1 and tail not in "零〇":
        return value_of(tail) * size / 10
    value = value_of(tail.lstrip("零〇") or "零")
    if value >= size:
        raise ValueError(tail)
    return value


def read_number(text: str, example: str, rough: bool = False) -> Number:
    """Read one number out of a text.

    Args:
        text: half-width.
        rough: whether a range and 几十万 are answers too.

    Raises:
        AnswerError: there is none, more than one, a negative or only a vague one.
    """
    plain = folded(text)
    if NEGATIVE.search(plain):
        raise AnswerError("数字不能是负数。", example)
    if not rough and VAGUE.search(plain):
        raise AnswerError("请给出一个具体数字，说个大概也可以。", example)
    about = bool(ABOUT.search(plain))
    plain = ABOUT.sub("", plain)
    if spans := RANGE.search(plain):
        return _between(plain, spans, example, rough)
    found = [part for part in NUMBER.findall(plain) if part.strip("." + MORE + "来")]
    if not found:
        vague = rough and re.search(r"好多|很多|许多|不少|若干", plain)
        raise AnswerError("请给出一个具体数字，说个大概也可以。" if vague else "没有看到数字。", example)
    if len(found) > 1:
        raise AnswerError("看到了不止一个数字，请只填一个。", example)
    try:
        return _one(found[0].strip("."), plain, about, example, rough)
    except AnswerError:
        raise
    except (ValueError, KeyError, InvalidOperation) as error:
        raise AnswerError("这个数字没有看懂。", example) from error


def _between(plain: str, spans: re.Match[str], example: str, rough: bool) -> Number:
    """20-30万, 20万到30万: the first takes the second's unit when it has none."""
    if not rough or NUMBER.search(plain[: spans.start()]) or NUMBER.search(plain[spans.end() :]):
        raise AnswerError("看到了不止一个数字，请只填一个。", example)
    try:
        most, least = value_of(spans[2]), _in_same_unit(spans[1], spans[2])
    except (ValueError, InvalidOperation) as error:
        raise AnswerError("这个数字没有看懂。", example) from error
    if least > most:
        raise AnswerError("前一个数字比后一个大，请再说一次。", example)
    return Number(least, False, most, rough=True)


def _in_same_unit(first: str, second: str) -> Decimal:
    """20 of 20-30万 is twenty 万, 三千 of 三千到五千万 three thousand 万."""
    value, most = value_of(first), value_of(second)
    unit = re.search(r"[十百千万亿]+$", second)
    if unit is None or first.endswith(("万", "亿")):
        return value
    large = re.sub(r"[十百千]", "", unit[0]) if re.search(r"[十百千]", first) else unit[0]
    scaled = value * value_of("一" + large) if large else value
    return scaled if scaled < most else value


def _one(text: str, plain: str, about: bool, example: str, rough: bool) -> Number:
    if re.search(rf"[{FEW}]", text):
        return _few(text)
    if pair := PAIR.search(text):
        first, second = DIGIT[pair[1]], DIGIT[pair[2]]
        followed = text[pair.end() :] != "" or text[: pair.start()].endswith("十")
        followed = followed or text[pair.start() - 1 : pair.start()] in ("百", "千", "万", "亿")  # 一万二三
        if first < second and followed:
            if not rough:
                raise AnswerError("请给出一个具体数字，说个大概也可以。", example)
            least = value_of(text[: pair.start()] + pair[1] + text[pair.end() :])
            return Number(least, False, value_of(text[: pair.start()] + pair[2] + text[pair.end() :]), rough=True)
    more = re.search(rf"[{MORE}]", text) if rough else None
    about = about or bool(re.search(rf"[{MORE}]", text))
    value = value_of(re.sub(rf"[{MORE}来]", "", text))
    if AT_MOST.search(plain):
        return Number(value, True, None, rough)
    if AT_LEAST.search(plain):
        return Number(value, True, None, rough)
    if more:
        return Number(value, True, value + _step(text[: more.start()], text[more.end() :]), rough)
    return Number(value, about)


def _few(text: str) -> Number:
    """几十万, 十几万, 数百: from two of the unit to ten of it."""
    least = value_of(re.sub(rf"[{FEW}]", "二" if not re.match(r".*十[几数]", text) else "一", text))
    if text[0] in FEW:
        most = value_of(re.sub(rf"^[{FEW}]", "九", text)) / 9 * 10
    else:  # 十几万, 二十几万
        base = re.sub(rf"[{FEW}]", "", text)
        least, most = (
            value_of(base),
            value_of(base) + _step(re.split(rf"[{FEW}]", text)[0], re.split(rf"[{FEW}]", text)[1]),
        )
    return Number(least, False, most, rough=True)


def _step(before: str, behind: str) -> Decimal:
    """How far 多 reaches: 八千多万 to nine thousand 万, 十多万 to twenty, 5万多 to six."""
    unit = value_of("一" + behind) if behind and behind[0] in "十百千万亿" else Decimal(1)
    value = value_of(before)
    place = Decimal(1)
    while value and value % (place * 10) == 0:
        place *= 10
    return place * unit


def read_count(text: str, most: int, example: str, rough: bool = False) -> tuple[int, str]:
    """Read a number of things.

    Returns:
        The count (the least of a range), and the words to show: 约300; 三四十人（30至40）.
    """
    if re.fullmatch(r"(没有|没|无|零|暂无|一(个|笔|家|人)?也?没有?)", text):
        return 0, "0"
    text = HOUSE.sub(" ", text).strip() if HOUSE.search(text) else text
    if rough and (counted := _counted_up(text, most, example)):
        return counted
    number = read_number(text, example, rough)
    if number.value != number.value.to_integral_value():
        raise AnswerError("这里要填整数。", example)
    if max(number.value, number.most or 0) > most:
        raise AnswerError(f"数字太大了，最多 {most:,}。", example)
    count, about = int(number.value), "约" if number.about else ""
    if not kept_as_said(text, number):
        return count, f"{about}{count:,}"
    return count, f"{text}（{in_figures(text, number, lambda value: f'{int(value):,}')}）"


def _counted_up(text: str, most: int, example: str) -> tuple[int, str] | None:
    """Two groups of 500, 就我自己, 120人、8家企业: what has to be counted up; None for a plain number."""
    if (groups := multiplied(text)) and groups[1] <= most:
        return groups[1], f"{text}（约{groups[1]:,}）"
    if ALONE.fullmatch(text):
        return 1, "1"
    if more := _and_kin(text):
        count, _ = read_count(more[0], most, example, rough=True)
        return count + more[1], f"{count + more[1]:,}"
    together = _together(text, most)
    return (together, f"{text}（共{together:,}）") if together else None


def _together(text: str, most: int) -> int | None:
    """120人、8家企业, 出借人1500人，借款人300人: how many there are of both; None where one is part of the other."""
    parts = [
        part.strip()
        for part in re.split(r"[,，、;；]|(?<=[个名位])(?=[男女老大小])|(?<=[人名户家位笔单件业])和", text)
        if part.strip()
    ]
    if len(parts) < 2 or PART_OF.search(text) or not all(COUNTED.fullmatch(part) for part in parts):
        return None
    counts = [read_count(match["figure"], most, "")[0] for part in parts if (match := COUNTED.fullmatch(part))]
    return sum(counts) if sum(counts) <= most else None


PART_OF = re.compile(r"其中|包括|里面|当中|含|占|分别|共")
COUNTED = re.compile(
    rf"[^{CHARS}\d]{{0,8}}(?P<figure>[{CHARS}\d]+)(?:(?:个|名|位)?(?:人|户|家|笔|单|件|企业|公司|客户|投资人|借款人|名|位)(?:人|企业|公司|客户)?|个)"
)
# 5号楼都投了 counts nobody.
HOUSE = re.compile(rf"[{CHARS}]+(?:号楼|号院|栋|幢|单元|楼|层|室)(?!的?[人户])")
ALONE = re.compile(r"(?:就|只有?|光)?(?:我|俺)(?:自己|一个人?|本人)+(?:一个人?)?(?:吧|呀)?")
# 俺两口子加俺闺女
AND_KIN = re.compile(
    r"(?:[,，、 ]*(?:再|还)?(?:加上?|和|跟|连|带|还有)(?:我|俺)?(?:们)?(?:家)?"
    r"(?:爱人|老公|老婆|媳妇|老伴|儿子|女儿|闺女|孩子|孙子|孙女|爸|妈|爹|娘|父亲|母亲|婆婆|公公|哥|弟|姐|妹))+$"
)


def _and_kin(text: str) -> tuple[str, int] | None:
    """俺两口子 and one more: the words that count, and how many are named besides."""
    match = AND_KIN.search(text)
    if match is None or not re.search(NUMERAL, folded(text[: match.start()])):
        return None
    return text[: match.start()], len(re.findall(r"加|和|跟|连|带|还有", match[0]))


# 三个群，每个群差不多200人; 两个500人的群: so many groups of so many.
GROUPS = (
    re.compile(
        rf"(?P<groups>[{CHARS}]+)(?:个|座|栋|家|条)?[^{CHARS}]{{0,6}}?[,，]?(?:每个?|各)[^{CHARS}]{{0,8}}?(?P<each>[{CHARS}]+)(?:多|来|余)?(?:个|名|位)?(?:人|户)"
    ),
    re.compile(
        rf"(?P<groups>[{CHARS}]+)个(?P<each>[{CHARS}]{{2,}})(?:多|来|余)?(?:个|名)?(?:人|户)的?(?:大|微信|qq)*(?:群|村|小区|队|团|班)"
    ),
)


def multiplied(text: str) -> tuple[str, int] | None:
    """The words that count groups of so many each, and how many that is in all; None where there are none."""
    for pattern in GROUPS:
        if (match := pattern.search(text)) and not PAIR.search(match[0]):
            try:
                return match[0], int(value_of(folded(match["groups"])) * value_of(folded(match["each"])))
            except (ValueError, KeyError, InvalidOperation):
                continue
    return None


def kept_as_said(text: str, number: Number) -> bool:
    """Whether the words themselves say more than the figure."""
    bare = re.search(r"(?<![\d一二两三四五六七八九十百千万])[百千万](?=[来多把])", text)
    return number.rough or number.most is not None or bool(bare)


def in_figures(text: str, number: Number, shown: object) -> str:
    """What a rough number means: 2万元至3万元; 100以上."""
    write = shown if callable(shown) else str
    if number.most is not None:
        return f"{'约' if number.about else ''}{write(number.value)}至{write(number.most)}"
    plain = folded(text)
    if AT_MOST.search(plain):
        return f"{write(number.value)}以下"
    if AT_LEAST.search(plain):
        return f"{write(number.value)}以上"
    return f"约{write(number.value)}"
