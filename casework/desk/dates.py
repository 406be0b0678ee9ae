"""Spans of days as officials say them: 下周五前, 月底, 下个月5号, 三天内, 3个工作日内, 12月1日到12月10日.

Chinese date libraries were tried first: dateparser knows neither 下周五 nor 月底, JioNLP reads 两周内 as three
days. The calendar arithmetic is dateutil's, the numerals are cn2an's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import cn2an
from dateutil.relativedelta import MO, SU, relativedelta

from casework.desk.working_days import working_day_after
from knowledge.text import normalise


@dataclass(frozen=True)
class Span:
    """Days from ``first`` to ``last``, both included; ``said`` is how it was put."""

    first: date
    last: date
    said: str

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


SEVERAL = re.compile(r"[一二两三四五六七八九]{2,3}")
NUMBER = r"(\d{1,3}|[一二两三四五六七八九十]{1,3}|半)"
WHICH = {
    "上上": -2,
    "上": -1,
    "本": 0,
    "这": 0,
    "这个": 0,
    "": 0,
    "下": 1,
    "下个": 1,
    "上个": -1,
    "下下": 2,
    "下下个": 2,
    "上上个": -2,
}
DAYS = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "今天": 0,
    "今日": 0,
    "当天": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "大后天": 3,
}
WEEKDAYS = "一二三四五六日天"
BEFORE = re.compile(r"(之?前|以前|截止|为止)")
DAY_ALONE = re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})[号日]")
TO = re.compile(r"(?:到|至|-|~|—|－)")
LIKE_A_DAY = re.compile(
    r"\d{1,2}月\d{1,2}[日号]|\d{1,4}[年月日号](?!楼|院|文|线|令)|\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|"
    r"[一二两三四五六七八九十半]+个?(?:工作日|星期|礼拜|周|天|月|年)(?:之?内|以内|之?后|以后)|"
    r"(?:春节|元旦|清明|五一|端午|中秋|国庆|节假日|长假)节?(?:之?后|以?后|之?前|以前)"
)


def find_span(text: str, today: date) -> Span | None:
    """The span of days in a text, read whole: of 12月1日到12月10日 both ends; None when it names none."""
    plain = folded(text)
    first = _first(plain, today)
    if first is None:
        return None
    span, end = first
    if link := TO.match(plain, end):
        # 5号到10号: the second takes the month of the first.
        behind = plain[link.end() :]
        second = _first(behind, span.first if span.first > date.min else today, at_start=True)
        if second and second[0].last >= span.first:
            until, stop = second
            end = link.end() + stop
            return Span(span.first, until.last, plain[_begin(span, plain) : end])
    if before := BEFORE.match(plain, end):
        last = span.last
        if last < today and DAY_ALONE.fullmatch(span.said):  # 5号前, said on the 13th
            last += relativedelta(months=1)
        return Span(date.min, last, span.said + before[0])
    return span


def unread(text: str, today: date) -> str:
    """Words of a text that look like a day and were not read: they are asked about, not passed over."""
    plain = folded(text)
    span = find_span(text, today)
    left = plain.replace(span.said, " ", 1) if span else plain
    return next((match[0] for match in LIKE_A_DAY.finditer(left)), "")


def _begin(span: Span, plain: str) -> int:
    return max(plain.find(span.said), 0)


def _first(plain: str, today: date, at_start: bool = False) -> tuple[Span, int] | None:
    """The first span and where it ends; of two readings at one place the longer one."""
    found: list[tuple[int, int, date, date, str]] = []
    for pattern, read in READERS:
        match = pattern.match(plain) if at_start else pattern.search(plain)
        if match is None:
            continue
        try:
            first, last = read(match, today)
        except (ValueError, OverflowError):  # 2月30日
            return None if not found else _as_span(min(found, key=_order))
        found.append((match.start(), match.end(), first, last, match[0]))
    return _as_span(min(found, key=_order)) if found else None


def _order(one: tuple[int, int, date, date, str]) -> tuple[int, int]:
    return one[0], -one[1]


def _as_span(one: tuple[int, int, date, date, str]) -> tuple[Span, int]:
    return Span(one[2], one[3], one[4]), one[1]


def folded(text: str) -> str:
    return re.sub(r"\s+(?=[\d年月日号前])|(?<=[年月])\s+", "", normalise(text))


def find_day(text: str, today: date) -> date | None:
    """A single day in a text: 11月30日, 下周五, 月底."""
    span = find_span(text, today)
    return span.last if span else None


def whole_number(text: str) -> int:
    """A number of days or the like.

    Raises:
        ValueError: it is none, or two at once: 两三天.
    """
    if SEVERAL.fullmatch(text):
        raise ValueError(text)
    return int(cn2an.cn2an(text, "smart"))


def _day(match: re.Match[str], today: date) -> tuple[date, date]:
    day = today + timedelta(days=DAYS[match[0]])
    return day, day


def _week(match: re.Match[str], today: date) -> tuple[date, date]:
    monday = today + relativedelta(weekday=MO(-1)) + timedelta(weeks=WHICH[match[1] or ""])
    if match[2]:
        day = monday + timedelta(days=min(WEEKDAYS.index(match[2]), 6))
        return day, day
    return monday, monday + relativedelta(weekday=SU)


def _month(match: re.Match[str], today: date) -> tuple[date, date]:
    first = today.replace(day=1) + relativedelta(months=WHICH[match[1]])
    return _of_month(first, match[2])


def _day_of_month(match: re.Match[str], today: date) -> tuple[date, date]:
    """下个月5号, 本月15日."""
    first = today.replace(day=1) + relativedelta(months=WHICH[match[1]])
    day = first.replace(day=whole_number(match[2]))
    return day, day


def _of_month(first: date, part: str | None) -> tuple[date, date]:
    last = first + relativedelta(day=31)
    parts = {"底": (last - timedelta(days=6), last), "末": (last - timedelta(days=6), last)}
    parts |= {"初": (first, first.replace(day=10)), "中": (first.replace(day=11), first.replace(day=20))}
    parts |= {"上旬": parts["初"], "中旬": parts["中"], "下旬": (first.replace(day=21), last)}
    return parts.get(part or "", (first, last))


def _named_month(match: re.Match[str], today: date) -> tuple[date, date]:
    month = whole_number(match[2])
    year = _year(match[1], today) if match[1] else _nearest_year(month, today)
    return _of_month(date(year, month, 1), match[3])


def _nearest_year(month: int, today: date) -> int:
    """1月 said in October is the one to come, 2月 of this year is long past but nearer than none: the nearer one."""
    behind = today.month - month
    return today.year + 1 if behind > FAR_BACK else today.year


# So many months back nobody means any more.
FAR_BACK = 8


def _named_day(match: re.Match[str], today: date) -> tuple[date, date]:
    month = whole_number(match[2]) if match[2] else today.month
    day = date(_year(match[1], today), month, whole_number(match[3]))
    return day, day


def _in_figures(match: re.Match[str], today: date) -> tuple[date, date]:
    """2026-12-05, 2026/12/5, 2026.12.5."""
    day = date(int(match[1]), int(match[2]), int(match[3]))
    return day, day


def _quarter(match: re.Match[str], today: date) -> tuple[date, date]:
    """本季度, 下季度, 四季度."""
    now = (today.month - 1) // 3
    which = {"本": now, "这": now, "这个": now, "下": now + 1, "下个": now + 1, "上": now - 1, "上个": now - 1}
    number = which[match[1]] if match[1] in which else whole_number(match[2]) - 1
    first = today.replace(month=1, day=1) + relativedelta(months=3 * number)
    return first, first + relativedelta(months=2, day=31)


def _half_year(match: re.Match[str], today: date) -> tuple[date, date]:
    year = _year(match[1], today)
    return (date(year, 1, 1), date(year, 6, 30)) if match[2] == "上" else (date(year, 7, 1), date(year, 12, 31))


def _month_and_half(match: re.Match[str], today: date) -> tuple[date, date]:
    """一个半月内: a month and fifteen days; 两年半内: two years and six months."""
    said, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    count = whole_number(said)
    half = relativedelta(months=count, days=15) if unit == "月" else relativedelta(years=count, months=6)
    return today, today + half


def _working_days(match: re.Match[str], today: date) -> tuple[date, date]:
    """3个工作日内, by the calendar of holidays and make-up working days."""
    day = working_day_after(today, whole_number(match[1]))
    return (day, day) if match[2].endswith("后") else (today, day)


def _year(message: str | None, today: date) -> int:
    message = message or "今年"
    near = {"去年": -1, "今年": 0, "明年": 1, "后年": 2}
    return today.year + near[message] if message in near else int(message.rstrip("年"))


def _whole_year(match: re.Match[str], today: date) -> tuple[date, date]:
    year = _year(match[1], today)
    return (date(year, 11, 1) if match[2] else date(year, 1, 1)), date(year, 12, 31)


def _within(match: re.Match[str], today: date) -> tuple[date, date]:
    if match[1] == "半":
        return today, today + (timedelta(days=15) if "月" in match[2] else relativedelta(months=6))
    count = whole_number(match[1])
    unit = match[2].lstrip("个")
    step = {"天": timedelta(days=count), "日": timedelta(days=count), "周": timedelta(weeks=count)}
    step |= {"星期": timedelta(weeks=count), "礼拜": timedelta(weeks=count), "年": relativedelta(years=count)}
    return today, today + (step[unit] if unit in step else relativedelta(months=count))


def _after(match: re.Match[str], today: date) -> tuple[date, date]:
    _, day = _within(match, today)
    return day, day


YEAR = r"(去年|今年|明年|后年|20\d\d年)"
MONTH, DAY_OF_MONTH = r"(\d{1,2}|十[一二]?|[一二三四五六七八九])", r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
Reader = Callable[[re.Match[str], date], tuple[date, date]]
THIS_MONTH = r"(上上个?|下下个?|上个?|下个?|这个?|本)"
PATTERNS: tuple[tuple[str, Reader], ...] = (
    (rf"{NUMBER}个?工作日(之?内|以内|之?后|以后)", _working_days),
    (rf"{NUMBER}个半(月)(?:之?内|以内)|{NUMBER}(年)半(?:之?内|以内)", _month_and_half),
    (rf"{NUMBER}(天|日|个?星期|个?礼拜|周|个?月|年)(?:之?内|以内)", _within),
    (rf"{NUMBER}(天|个?星期|个?礼拜|周|个?月)(?:之?后|以后)", _after),
    (r"(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", _in_figures),
    (rf"{THIS_MONTH}月(?:份)?的?{DAY_OF_MONTH}[日号]", _day_of_month),
    (rf"{YEAR}?的?{MONTH}月{DAY_OF_MONTH}[日号]?(?!月)", _named_day),
    (rf"{YEAR}?()(?<!\d){DAY_OF_MONTH}[号日](?!内|以内|之内|后|以后|之后|\d)", _named_day),
    (rf"{YEAR}?的?{MONTH}月份?的?([上中下]旬|[初中底末])?", _named_month),
    (rf"{THIS_MONTH}月(?:份)?的?([上中下]旬|[初中底末])?", _month),
    (r"()([上中下]旬)", _month),
    (r"()月([初中底末])", _month),
    (r"(本|这个?|上个?|下个?)季度|第?([一二三四1-4])季度", _quarter),
    (rf"{YEAR}?(上|下)半年", _half_year),
    (rf"{THIS_MONTH[:-1]}|)(?:周|星期|礼拜)([一二三四五六日天])", _week),
    (rf"{THIS_MONTH}(?:周|星期|礼拜)()", _week),
    ("|".join(sorted(DAYS, key=len, reverse=True)), _day),
    (rf"{YEAR}(年?[底末])?", _whole_year),
    (r"()(年[底末])", _whole_year),
)
READERS: tuple[tuple[re.Pattern[str], Reader], ...] = tuple((re.compile(p), read) for p, read in PATTERNS)
