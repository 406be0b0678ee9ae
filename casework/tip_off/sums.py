"""Sums as they are told in a story: the one that matters, several that add up, so much from each."""

from __future__ import annotations

import re
from decimal import Decimal

from casework.interview.answers import Answer, half_width
from casework.interview.errors import AnswerError
from casework.interview.money import FOREIGN
from casework.interview.numbers import DIGITS, read_count, read_money
from casework.tip_off.heads import people_in

# What a numeral behind a sum counts when it is no part of it: 交5万一年, 3万两个月.
COUNTED = "年月个天次人户名位回笔岁期斤点成分楼层号口家"
# A sum with a unit or a currency, before or behind it: 13万2, HK$500万, 两三万, 20-30万, 八千多万, 200K.
SUM = rf"(?:[{DIGITS}几数][{DIGITS}几数多来余]*)?[{DIGITS}几](?:多|来|余|几)?(?:个)?"
MONEY = re.compile(
    r"(?:[百千万])把(?:块|元)钱?|"
    rf"(?:{FOREIGN.pattern}|￥|¥|rmb)\s*{SUM}(?:万|亿|k|w)?|"
    rf"(?:不到|至少|超过|将近|大概|大约|约|上|小)?(?:{SUM}(?:万|亿|千|百)?\s*[-~至到]\s*)?{SUM}(?:多|来)?"
    rf"(?:元|块钱?|万|亿|[kw](?![a-z])|\s*(?:{FOREIGN.pattern}))(?:[{DIGITS}多]+(?![{DIGITS}多{COUNTED}]))?\s*(?:元|块钱?|人民币|{FOREIGN.pattern})?",
    re.IGNORECASE,
)
# 投了19800: behind a word for paying, a figure of four digits or more needs no unit; a year is none.
BARE_SUM = re.compile(
    r"(?:(?:投|交|充|转|汇|打|亏|骗|坑|借|存|放|损失|搭|砸|垫|刷|扣)(?:给?了|进去了?|进|走了?|掉了?|款|账|他们?|我们?|俺|我[爸妈])*"
    r"(?:押金|定金|订金|保证金|会费|本金|学费|入会费|服务费)?|"
    r"(?:一共|总共|合计|共计|拢共|加起来)(?:是|有|投了?|转了?|交了?|给了?|大概|差不多)*|"
    # 钱嘛，我家是6千
    r"(?:我|俺|咱)(?:家|们家)?(?:就|也|才|只)?(?:是|有)(?=[\d一二两三四五六七八九]千))"
    r"(?:一共|总共|合计|是|有)*"
    r"(?P<sum>(?!(?:19|20)\d\d(?!\d))\d{3,7}|[\d一二两三四五六七八九]千(?:[一二三四五六七八九\d](?:百[一二三四五六七八九\d]?)?)?)"
    r"(?![\d年月日号位天个人户名元块万亿千百多来几%.\-@a-z])",
    re.IGNORECASE,
)
# 给8千利息, 每人三万, 一个月返500: what is paid back, or by each, is not what it is about.
NOT_IT_BEFORE = re.compile(
    r"(?:每人|人均|每户|每家|每月|每个月|每天|每年|每期|每次|一年|一个?月|一天|(?<![\d今昨近])日|(?<![\d上这本个一二三四五六七八九十])月)(?:给|返|能|可以?|就|有|拿|得|赚|挣|要?交|投)*(?:我|您|你|他)?(?:们)?了?(?:个)?$|"
    r"(?:利息|收益|分红|返利|提成|奖励|工资|返还?|返现|送)(?:是|有|给|了|我|到)*$"
)
NOT_IT_BEHIND = re.compile(
    r"^(?:的)?(?:利息|利(?!用)|收益|分红|返利|提成|奖励|奖金|红包|工资|礼品|[/每](?:月|年|天|人))"
)
PER_HEAD = re.compile(r"(?:每人|人均|每户|每家|一人|一家)(?:都|各|要|得|投|交|存)*了?(?P<sum>[^,，。;；]{1,12})")
# 86,400.00 is one figure.
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


# 一股一万，俺家入了四股: each, and how many of them.
SHARES = re.compile(
    rf"(?:一|每)(?P<unit>[股份单注亩棵箱])(?:是|要|交|收|卖|得)?(?P<each>[{DIGITS}]+(?:元|块钱?|万|千|百)?)(?![{DIGITS}个人户]).{{0,20}}?"
    rf"(?:入|买|交|投|认|要|订|种|拿|包|签)了?(?P<times>[{DIGITS}]+)(?P=unit)"
)


# 我认了两份，一份五千
SHARES_BEFORE = re.compile(
    rf"(?:入|买|交|投|认|要|订|种|拿|包|签)了?(?P<times>[{DIGITS}]+)(?P<unit>[股份单注亩棵箱])[^{DIGITS}]{{0,6}}"
    rf"(?:一|每)(?P=unit)(?:是|要|交|收|卖|得)?(?P<each>[{DIGITS}]+(?:元|块钱?|万|千|百)?)(?![{DIGITS}个人户])"
)


def amount_in(text: str) -> tuple[str, Answer] | None:
    """The largest sum named, for that is what matters to whoever acts; one said to be the whole before all others."""
    if (shares := SHARES.search(text) or SHARES_BEFORE.search(text)) and (bought := _times(shares)):
        return shares[0], bought[1]
    if (paid := EACH_PERIOD.search(text)) and not BORROWED.search(text) and (by_period := _times(paid)):
        return paid[0], by_period[1]
    if (SIDE_BY_SIDE.search(text) or FROM_SEVERAL.search(text)) and (added := all_sums(text)):
        return added[0][0], added[1]
    sums = []
    for match in MONEY.finditer(text):
        if (read_one := _sum(match[0])) is None:
            continue
        if NOT_IT_BEFORE.search(text[: match.start()]) or NOT_IT_BEHIND.search(text[match.end() :]):
            continue
        value, shown = read_one
        before = text[: match.start()]
        rank = 0 if BOASTED.search(before) else 2 if WHOLE.search(before) else 1
        sums.append((rank, Decimal(value["yuan"]), match[0], Answer(value, shown)))
    for match in BARE_SUM.finditer(text):
        if read_one := _sum(f"{match['sum']}元"):
            value, shown = read_one
            sums.append((1, Decimal(value["yuan"]), match["sum"], Answer(value, shown)))
    return max(sums, key=lambda item: item[:2])[2:] if sums else None


def _sum(words: str) -> tuple[dict[str, str], str] | None:
    """A figure first; as it was said only where it is none, for the story has the words anyway."""
    for rough in (False, True):
        try:
            return read_money(words, 10**12, "", may_be_zero=False, rough=rough)
        except AnswerError:
            continue
    return None


WHOLE = re.compile(r"(?:一共|总共|合计|共计|总计|统共|拢共|加起来|总额|total)[^,，。]{0,4}$", re.IGNORECASE)
# 规模半个亿: what a platform boasts of, where somebody tells their own sum as well.
BOASTED = re.compile(
    r"(?:规模|注册资[本金]|实缴|号称|吹[牛嘘]?说?|市值|估值|流水|成交额?|交易额?|融资)(?:已经?|都|就|有|是|达|超|过|了|到|上|约|近)*$"
)


def all_sums(text: str) -> tuple[list[str], Answer] | None:
    """Several sums that are said to come on top of each other (一回三万一回五万), added up; None where they are not."""
    plain = re.sub(r"加(?:在|到)?一块儿?", "加一起", THOUSANDS.sub("", half_width(text)))
    plain = re.sub(r"(?=一[回次笔])", " ", plain)
    said = [m[0] if MONEY.fullmatch(m[0]) else f"{m[0]}元" for m in PARTS.finditer(plain)]
    named = [(words, read_one[0]) for words in said if (read_one := _sum(words))]
    exact = all(set(value) == {"yuan", "currency"} and value["currency"] == RENMINBI for _, value in named)
    if len(named) < 2 or not exact or not ADDED.search(plain) or WHOLE_SAID.search(plain):
        return None
    whole = sum((Decimal(value["yuan"]) for _, value in named), Decimal())
    value, shown = read_money(f"{whole.normalize():f}元", 10**12, "", may_be_zero=False)
    return [words for words, _ in named], Answer(value, shown)


def by_each(text: str) -> tuple[list[str], Answer] | None:
    """每人三万，我们家四口人都投了: what each gave, times how many; None where it is not said so."""
    plain = THOUSANDS.sub("", half_width(text))
    if times := EACH_TIME.search(plain) or EACH_PERIOD.search(plain) or SO_MANY_OF.search(plain):
        return _times(times)
    match, people = PER_HEAD.search(plain), people_in(plain)
    if match is None or people is None or set(people[1].shown) - set("0123456789,"):
        return None
    each = MONEY.search(match["sum"])
    read_one = _sum(each[0]) if each else None
    if (
        each is None
        or read_one is None
        or set(read_one[0]) != {"yuan", "currency"}
        or read_one[0]["currency"] != RENMINBI
    ):
        return None
    whole = Decimal(read_one[0]["yuan"]) * int(people[1].value)
    value, shown = read_money(f"{whole.normalize():f}元", 10**12, "", may_be_zero=False)
    return [each[0]], Answer(value, shown)


# 一共投进去4次，每次两万
EACH_TIME = re.compile(
    rf"(?P<times>[{DIGITS}]+)(?P<unit>[次回笔期])[^{DIGITS}]{{0,6}}每(?P=unit)(?:都|投|交|存|充|打|是)*(?P<each>[^,，。;；]{{1,12}})"
)


# 每月300还了8个月
EACH_PERIOD = re.compile(
    rf"(?:每|一)(?:个)?(?P<unit>月|周|星期|礼拜|天|期|年|次|回|笔|趟)"
    rf"(?:[往给向在][^,，。\d]{{2,10}}?)?(?:都|要|得|就|还|交|扣|投|存|打|给|他们?|我|了)*"
    rf"(?P<each>[{DIGITS}]+(?:元|块钱?)?)[,， ]*"
    rf"(?:已经|一共|都|我|总共)*(?:还|交|扣|投|存|打|给|充|转|汇|买|借)(?:了|过)(?:有|整整|大概)*(?P<times>[{DIGITS}]+)(?:个)?(?P=unit)"
)
# 借了4000，每月500还了8个月: what was lent is what it is about, unless nothing else is known.
BORROWED = re.compile(rf"借(?:了|到|款)?[{DIGITS}]*[\d千百万]")
# 金蟾贷投了2万，月月盈投了5万
SIDE_BY_SIDE = re.compile(
    r"(?P<paid>投|存|充|交|打|汇)(?:了|进去?)+[^,，。;；]{1,9}[,，;；、和 ]+[\u3400-\u9fffA-Za-z]{2,8}?"
    r"(?P=paid)(?:了|进去?)+[^,，。;；]{0,3}?[\d一二两三四五六七八九十]"
)


# 花呗套了6千5，信用卡刷了1万2: from several purses.
FROM_SEVERAL = re.compile(
    r"[\u3400-\u9fffA-Za-z]{2,6}(?:套|刷|取|凑|拿|贷|转|充|付|打|汇)(?:了|出来?|过?去)+[^,，。;；]{1,9}[,，;；、和 ]+"
    r"[\u3400-\u9fffA-Za-z]{2,6}?(?:套|刷|取|凑|拿|贷|转|充|付|打|汇)(?:了|出来?|过?去)+[^,，。;；]{0,3}?[\d一二两三四五六七八九十]"
)


# 两个五万
SO_MANY_OF = re.compile(
    rf"(?<![{DIGITS}])(?P<times>[两二三四五六七八九])个(?P<each>[{DIGITS}]*[一二两三四五六七八九\d][万千百]\d?)(?![{DIGITS}个人户名家])"
)


def _times(match: re.Match[str]) -> tuple[list[str], Answer] | None:
    each = MONEY.search(match["each"]) or MONEY.search(f"{match['each']}元")
    try:
        times, _ = read_count(match["times"], 10**4, "")
        value, _ = read_money(each[0] if each else "", 10**12, "", may_be_zero=False)
    except AnswerError:
        return None
    if each is None or value["currency"] != RENMINBI:
        return None
    whole, shown = read_money(f"{Decimal(value['yuan']) * times:f}元", 10**12, "", may_be_zero=False)
    return [match[0]], Answer(whole, shown)


RENMINBI = "人民币"
PARTS = re.compile(
    rf"{MONEY.pattern}|[{DIGITS}]+[千百][\d一二三四五六七八九]?(?![{DIGITS}个人户名家])|"
    r"(?<![\d.])(?!(?:19|20)\d\d年?)\d{3,6}(?![\d.%年月日号天个人户名家万亿千百元块kKwW])",
    re.IGNORECASE,
)
ADDED = re.compile(
    r"^(?:我|俺|本人)(?:自己)?(?:投了?|存了?|交了?)?[^,，、 我俺]{1,8}[,，、和 ]+(?:我|俺)[\u3400-\u9fff]{1,3}|"
    r"一[回次笔].*一[回次笔]|[两二三几][回次笔]|头一[回次]|第一[回次笔].*第二|先后|后来又|(?:又|再|还)(?:投|加|存|充|交|转|打)|"
    r"加(?:在|到)?一(?:块|起)|得加上|"
    rf"{SIDE_BY_SIDE.pattern}|{FROM_SEVERAL.pattern}|"
    r"(?:又|再)(?:给|拿|汇|缴|付|借|凑|补|添|贴|搭|取)|加(?:上)?(?:我|他|她|俺|家)|"
    r"(?:又|再)(?:找|问|跟|向|从)[^,，。]{1,6}(?:借|拿|凑)|"
    r"[\d元块千万][,，、 ]*(?:再|还)?加上[\u3400-\u9fff]{0,6}[\d一二两三四五六七八九]|"
    r"[\d一二两三四五六七八九千万]\s*[+＋]\s*[\d一二两三四五六七八九]|我的.*(?:加|和).*的"
)
WHOLE_SAID = re.compile(
    r"一共|总共|合计|共计|总计|统共|加起来|总额|total|拿回|退|还了|返|收益|利息|给了我", re.IGNORECASE
)
