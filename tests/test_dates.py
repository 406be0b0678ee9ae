"""Days as officials say them, on Thursday 13 October 2016."""

from __future__ import annotations

from datetime import date

import pytest

from casework.desk.dates import find_day, find_span, unread
from casework.desk.working_days import (
    is_working_day,
    known_until,
    last_working_day,
    next_working_day,
    working_day_after,
)

TODAY = date(2016, 10, 13)
ANY = date.min


@pytest.mark.parametrize(
    ("message", "first", "last"),
    [
        ("下周五前要交什么", ANY, date(2016, 10, 21)),
        ("月底之前有哪些", ANY, date(2016, 10, 31)),
        ("月底到期的", date(2016, 10, 25), date(2016, 10, 31)),
        ("本月到期", date(2016, 10, 1), date(2016, 10, 31)),
        ("这个月我们要完成什么", date(2016, 10, 1), date(2016, 10, 31)),
        ("下个月的任务", date(2016, 11, 1), date(2016, 11, 30)),
        ("上月", date(2016, 9, 1), date(2016, 9, 30)),
        ("11月的", date(2016, 11, 1), date(2016, 11, 30)),
        ("十一月底前", ANY, date(2016, 11, 30)),
        ("11月30日前", ANY, date(2016, 11, 30)),
        ("10月20号", date(2016, 10, 20), date(2016, 10, 20)),
        ("20号前", ANY, date(2016, 10, 20)),
        ("二十号以前", ANY, date(2016, 10, 20)),
        ("本周要交什么", date(2016, 10, 10), date(2016, 10, 16)),
        ("下星期", date(2016, 10, 17), date(2016, 10, 23)),
        ("周五之前", ANY, date(2016, 10, 14)),
        ("星期天", date(2016, 10, 16), date(2016, 10, 16)),
        ("三天内", TODAY, date(2016, 10, 16)),
        ("两周内到期", TODAY, date(2016, 10, 27)),
        ("10天之内", TODAY, date(2016, 10, 23)),
        ("一个月内", TODAY, date(2016, 11, 13)),
        ("半个月内", TODAY, date(2016, 10, 28)),
        ("三天后", date(2016, 10, 16), date(2016, 10, 16)),
        ("明天", date(2016, 10, 14), date(2016, 10, 14)),
        ("大后天", date(2016, 10, 16), date(2016, 10, 16)),
        ("年底前", ANY, date(2016, 12, 31)),
        ("今年", date(2016, 1, 1), date(2016, 12, 31)),
        ("明年6月", date(2017, 6, 1), date(2017, 6, 30)),
        ("2027年7月10日", date(2027, 7, 10), date(2027, 7, 10)),
        ("２月底", date(2016, 2, 23), date(2016, 2, 29)),
        ("下个月5号", date(2016, 11, 5), date(2016, 11, 5)),
        ("下月5日前", ANY, date(2016, 11, 5)),
        ("本月15日前要交的", ANY, date(2016, 10, 15)),
        ("这个月20号", date(2016, 10, 20), date(2016, 10, 20)),
        ("下下个月3号", date(2016, 12, 3), date(2016, 12, 3)),
        ("一个半月内", TODAY, date(2016, 11, 28)),
        ("一年半内", TODAY, date(2018, 4, 13)),
        ("12月1日到12月10日", date(2016, 12, 1), date(2016, 12, 10)),
        ("12月1日至10日", date(2016, 12, 1), date(2016, 12, 10)),
        ("10月20日-10月31日", date(2016, 10, 20), date(2016, 10, 31)),
        ("15号到20号", date(2016, 10, 15), date(2016, 10, 20)),
        ("本周五到下周一", date(2016, 10, 14), date(2016, 10, 17)),
        ("1月", date(2017, 1, 1), date(2017, 1, 31)),
        ("2026-12-05", date(2026, 12, 5), date(2026, 12, 5)),
        ("2026/12/5前", ANY, date(2026, 12, 5)),
        ("12 月 5 日", date(2016, 12, 5), date(2016, 12, 5)),
        ("3个工作日内", TODAY, date(2016, 10, 18)),
        ("两个工作日后", date(2016, 10, 17), date(2016, 10, 17)),
        ("本季度", date(2016, 10, 1), date(2016, 12, 31)),
        ("四季度", date(2016, 10, 1), date(2016, 12, 31)),
        ("下半年", date(2016, 7, 1), date(2016, 12, 31)),
        ("月初", date(2016, 10, 1), date(2016, 10, 10)),
    ],
)
def test_a_span(message: str, first: date, last: date) -> None:
    span = find_span(message, TODAY)
    assert span is not None
    assert (span.first, span.last) == (first, last)


@pytest.mark.parametrize("message", ["我的任务", "还有几天", "逾期的", "2月30日", "三家公司", "13月"])
def test_no_span(message: str) -> None:
    assert find_span(message, TODAY) is None


@pytest.mark.parametrize(
    ("message", "words"),
    [("2月30日前的", "2月30日"), ("13月到期", "13月"), ("下个月5号", ""), ("我的任务", ""), ("三家公司", "")],
)
def test_what_looks_like_a_day_and_is_none_is_asked_about(message: str, words: str) -> None:
    assert unread(message, TODAY) == words


def test_working_days_know_holidays_and_the_days_that_make_up_for_them() -> None:
    assert not is_working_day(date(2016, 10, 3)) and is_working_day(date(2016, 10, 8))
    assert working_day_after(date(2016, 9, 30), 1) == date(2016, 10, 8)
    assert last_working_day(date(2016, 10, 7)) == date(2016, 9, 30)
    assert next_working_day(date(2016, 10, 1)) == date(2016, 10, 8)
    assert is_working_day(date(2090, 1, 2)) and not is_working_day(date(2090, 1, 1))  # a Monday and a Sunday


def test_the_holidays_of_the_year_of_this_release_are_known() -> None:
    assert known_until() >= 2026


def test_a_day() -> None:
    assert find_day("改到下周三", TODAY) == date(2016, 10, 19)
