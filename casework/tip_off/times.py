"""Times as reporters tell them, with what they are by the calendar: 去年十月（2015年10月）."""

from __future__ import annotations

import re
from datetime import date

from dateutil.relativedelta import relativedelta

from casework.interview.numerals import value_of

MONTH = r"(?:\d{1,2}|十[一二]?|[一二三四五六七八九])"
YEARS = {"大前年": -3, "前年": -2, "去年": -1, "今年": 0, "本年": 0}
MONTHS = {"上上个月": -2, "上个月": -1, "上月": -1, "这个月": 0, "本月": 0, "这月": 0}
YEAR = re.compile(rf"(大前年|前年|去年|今年|本年)(?:的)?({MONTH})?(?(2)月)")
MONTH_WORD = re.compile("|".join(MONTHS))
AGO = re.compile(rf"(?P<half>半年)(?:之?前|以前)|(?P<count>{MONTH}|两)(?P<unit>个月|年)(?:之?前|以前)")


def dated(text: str, today: date) -> str:
    """A time with the year or month it means, so that it is still true when it is read next year."""
    if match := YEAR.search(text):
        year = today.year + YEARS[match[1]]
        month = int(value_of(match[2])) if match[2] else 0
        meant = f"{year}年{month}月" if 1 <= month <= 12 else f"{year}年"
    elif match := MONTH_WORD.search(text):
        day = today + relativedelta(months=MONTHS[match[0]])
        meant = f"{day.year}年{day.month}月"
    elif match := AGO.search(text):
        count = 6 if match["half"] else 2 if match["count"] == "两" else int(value_of(match["count"]))
        years = match["unit"] == "年"
        day = today - (relativedelta(years=count) if years else relativedelta(months=count))
        meant = f"{day.year}年" if years else f"{day.year}年{day.month}月"
    else:
        return text
    return text if f"（{meant}）" in text else f"{text}（{meant}）"
