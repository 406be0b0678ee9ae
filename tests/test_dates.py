"""Days as officials say them, on Thursday 13 October 2016."""

from __future__ import annotations

from datetime import date

import pytest

from actions.desk.dates import find_day, find_span

TODAY = date(2016, 10, 13)
ANY = date.min


@pytest.mark.parametrize(
    ("said", "first", "last"),
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
    ],
)
def test_a_span(said: str, first: date, last: date) -> None:
    span = find_span(said, TODAY)
    assert span is not None
    assert (span.first, span.last) == (first, last)


@pytest.mark.parametrize("said", ["我的任务", "还有几天", "逾期的", "2月30日", "三家公司", "13月"])
def test_no_span(said: str) -> None:
    assert find_span(said, TODAY) is None


def test_a_day() -> None:
    assert find_day("改到下周三", TODAY) == date(2016, 10, 19)
