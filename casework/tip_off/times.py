"""Times as reporters tell them, with what they are by the calendar: 去年十月（2015年10月）."""

from __future__ import annotations

import re
from datetime import date

from dateutil.relativedelta import relativedelta

from casework.interview.numerals import value_of

MONTH = r"(?:\d{1,2}|十[一二]?|[一二三四五六七八九])"
YEARS = {"大前年": -3, "前年": -2, "去年": -1, "今年": 0, "本年": 0}
MONTHS = {"上上个月": -2, "上个月": -1, "上月": -1, "这个月": 0, "本月": 0, "这月": 0}
# 今年八月十五 is a day of the old calendar, in another month of ours.
OLD_DAY = r"(?!初[一二三四五六七八九十]|廿|[二三]?十[一二三四五六七八九]?(?![日号\d]))"
YEAR = re.compile(rf"(大前年|前年|去年|今年|本年)(?:的)?(?:({MONTH})月{OLD_DAY})?")
# Holidays that are in one month always.
HOLIDAYS = {"国庆": 10, "五一": 5, "元旦": 1, "十一": 10}
MONTH_WORD = re.compile("|".join(MONTHS))
AGO = re.compile(
    rf"(?P<half>半年)(?:之?前|以前)|(?P<count>{MONTH}|两)(?P<unit>个月|年)(?P<more>半)?(?:之?前|以前)|"
    rf"(?P<days>{MONTH}|两)(?P<short>天|个?星期|个?礼拜|周)(?:之?前|以前)"
)
# 昨儿个 is said as often as 昨天.
NEAR = {"大前": -3, "前": -2, "昨": -1, "今": 0}
DAY = re.compile(r"(大前|前|昨|今)(?:天|日(?!子)|儿个?)(?!后)")
# 2016.3.18, 2015-11 to 2016-08: a time in figures alone.
IN_FIGURES = re.compile(
    r"(?:(?:19|20)\d\d(?:\s*[-./年]\s*(?:1[0-2]|0?[1-9])(?:\s*[-./月]\s*(?:3[01]|[12]\d|0?[1-9]))?)?\s*[年月日号]?|20\d{6})"
)
FIGURES = re.compile(rf"{IN_FIGURES.pattern}(?:\s*(?:-|~|—|至|到)+\s*(?:{IN_FIGURES.pattern}|今))?")


def dated(text: str, today: date) -> str:
    """A time with the year or month it means, so that it is still true when it is read next year."""
    return "、".join(_dated(each, today) for each in text.split("、"))


def _dated(text: str, today: date) -> str:
    if match := YEAR.search(text):
        year = today.year + YEARS[match[1]]
        month = int(value_of(match[2])) if match[2] else HOLIDAYS.get(text[match.end() : match.end() + 2], 0)
        meant = f"{year}年{month}月" if 1 <= month <= 12 else f"{year}年"
    elif match := MONTH_WORD.search(text):
        day = today + relativedelta(months=MONTHS[match[0]])
        meant = f"{day.year}年{day.month}月"
    elif match := AGO.search(text):
        meant = _ago(match, today)
    elif match := DAY.search(text):
        day = today + relativedelta(days=NEAR[match[1]])
        meant = f"{day.year}年{day.month}月{day.day}日"
    else:
        return text
    return text if f"（{meant}）" in text else f"{text}（{meant}）"


def _ago(match: re.Match[str], today: date) -> str:
    """What 半年前, 一年半前, 三个月前, 两周前 mean by the calendar."""
    if said := match["days"]:
        count = 2 if said == "两" else int(value_of(said))
        day = today - (relativedelta(days=count) if match["short"] == "天" else relativedelta(weeks=count))
        return f"{day.year}年{day.month}月{day.day}日"
    count = 6 if match["half"] else 2 if match["count"] == "两" else int(value_of(match["count"]))
    if match["unit"] == "年" and not match["more"]:
        return f"{today.year - count}年"
    months = count * 12 + 6 if match["unit"] == "年" else count
    day = today - relativedelta(months=months, days=15 if match["more"] and match["unit"] != "年" else 0)
    return f"{day.year}年{day.month}月"
