"""Spans of days as officials say them: 下周五前, 月底, 本月, 三天内, 11月30日.

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

from knowledge.text import normalise


@dataclass(frozen=True)
class Span:
    """Days from ``first`` to ``last``, both included; ``said`` is how it was put."""

    first: date
    last: date
    said: str

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


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


def find_span(text: str, today: date) -> Span | None:
    """The first span of days in a text; None when it names none."""
    plain = normalise(text)
    for pattern, read in READERS:
        match = re.search(pattern, plain)
        if match is None:
            continue
        try:
            first, last = read(match, today)
        except ValueError:  # 2月30日
            return None
        behind = plain[match.end() : match.end() + 3]
        if BEFORE.match(behind):
            return Span(date.min, last, plain[match.start() : match.end()] + BEFORE.match(behind)[0])  # type: ignore[index]
        return Span(first, last, match[0])
    return None


def find_day(text: str, today: date) -> date | None:
    """A single day in a text: 11月30日, 下周五, 月底."""
    span = find_span(text, today)
    return span.last if span else None


def whole_number(text: str) -> int:
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


def _of_month(first: date, part: str | None) -> tuple[date, date]:
    last = first + relativedelta(day=31)
    parts = {"底": (last - timedelta(days=6), last), "末": (last - timedelta(days=6), last)}
    parts |= {"初": (first, first.replace(day=10)), "中": (first.replace(day=11), first.replace(day=20))}
    return parts.get(part or "", (first, last))


def _named_month(match: re.Match[str], today: date) -> tuple[date, date]:
    year = _year(match[1], today)
    return _of_month(date(year, whole_number(match[2]), 1), match[3])


def _named_day(match: re.Match[str], today: date) -> tuple[date, date]:
    month = whole_number(match[2]) if match[2] else today.month
    day = date(_year(match[1], today), month, whole_number(match[3]))
    return day, day


def _year(said: str | None, today: date) -> int:
    said = said or "今年"
    near = {"去年": -1, "今年": 0, "明年": 1, "后年": 2}
    return today.year + near[said] if said in near else int(said.rstrip("年"))


def _whole_year(match: re.Match[str], today: date) -> tuple[date, date]:
    year = _year(match[1], today)
    return (date(year, 11, 1) if match[2] else date(year, 1, 1)), date(year, 12, 31)


def _within(match: re.Match[str], today: date) -> tuple[date, date]:
    if match[1] == "半":
        return today, today + (timedelta(days=15) if "月" in match[2] else relativedelta(months=6))
    count = whole_number(match[1])
    unit = match[2].lstrip("个")
    step = {"天": timedelta(days=count), "日": timedelta(days=count), "周": timedelta(weeks=count)}
    step |= {"星期": timedelta(weeks=count), "礼拜": timedelta(weeks=count)}
    return today, today + (step[unit] if unit in step else relativedelta(months=count))


def _after(match: re.Match[str], today: date) -> tuple[date, date]:
    _, day = _within(match, today)
    return day, day


YEAR = r"(去年|今年|明年|后年|20\d\d年)"
MONTH, DAY_OF_MONTH = r"(\d{1,2}|十[一二]?|[一二三四五六七八九])", r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
Reader = Callable[[re.Match[str], date], tuple[date, date]]
READERS: tuple[tuple[str, Reader], ...] = (
    (rf"{NUMBER}(天|日|个?星期|个?礼拜|周|个?月|年)(?:之?内|以内)", _within),
    (rf"{NUMBER}(天|个?星期|个?礼拜|周|个?月)(?:之?后|以后)", _after),
    (rf"{YEAR}?{MONTH}月{DAY_OF_MONTH}[日号]", _named_day),
    (rf"{YEAR}?()(?<!\d){DAY_OF_MONTH}号", _named_day),
    (rf"{YEAR}?{MONTH}月份?([初中底末])?", _named_month),
    (r"(上上|下下|上个?|下个?|这个?|本)月(?:份)?([初中底末])?", _month),
    (r"()月([底末])", _month),
    (r"(上上|下下|上个?|下个?|这个?|本|)(?:周|星期|礼拜)([一二三四五六日天])", _week),
    (r"(上上|下下|上个?|下个?|这个?|本)(?:周|星期|礼拜)()", _week),
    ("|".join(sorted(DAYS, key=len, reverse=True)), _day),
    (rf"{YEAR}(年?[底末])?", _whole_year),
    (r"()(年[底末])", _whole_year),
)
