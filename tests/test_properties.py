"""What holds for whatever anybody writes: readers of numbers, days, codes, names and clauses."""

from __future__ import annotations

import re
import string
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.rendering import split
from bot.conversations import masked
from casework.cases.codes import ALPHABET, found_code, found_number, new_code, new_number
from casework.cases.evidence import LONGEST_NAME, safe_name
from casework.cases.receipts import found_receipt, new_receipt
from casework.desk.dates import find_day, find_span
from casework.interview.answers import half_width
from casework.interview.answers import read as read_answer
from casework.interview.errors import AnswerError
from casework.interview.numbers import read_count, read_money, read_phone, shown_phone
from casework.interview.questions import Question
from casework.self_check.definition import self_check_definition
from casework.tip_off.definition import tip_off_definition
from knowledge.clauses import PARAGRAPH_END, parse_clauses
from knowledge.documents import load_plan
from knowledge.text import clean

MOST = 10**12
CHINESE = re.compile(r"[一-鿿]")
QUESTIONS = {
    f"{question.type} {question.id}": question
    for definition in (self_check_definition(), tip_off_definition())
    for question in definition.questions
}
# What people write: Chinese, digits of all widths, what hides, what breaks.
written = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(
            "一二三四五六七八九十百千万亿零两年月日号元角分不没是的，。；：、（）１２３ａ"
            + string.digits
            + " -\u200b\u202e"
        ),
    ),
    max_size=120,
)
# The same words every time: what is made up anew each time is for bench/fuzz.py.
often = settings(max_examples=300, deadline=None, derandomize=True)


@often
@given(written)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\0]", once)


@often
@given(st.integers(0, 10**11))
def test_a_sum_is_read_back_as_it_is_shown(fen: int) -> None:
    yuan = Decimal(fen) / 100
    try:
        value, shown = read_money(f"{yuan}元", MOST, "5万元", may_be_zero=True)
    except AnswerError:
        assert yuan != yuan.to_integral_value() or yuan > MOST
        return
    assert read_money(shown, MOST, "5万元", may_be_zero=True) == (value, shown)


@often
@given(st.integers(0, 10**9))
def test_a_count_is_read_back_as_it_is_shown(count: int) -> None:
    number, shown = read_count(f"{count}笔", 10**9, "300")
    assert number == count
    assert read_count(shown, 10**9, "300") == (number, shown)


@often
@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-"]),
    st.sampled_from(["", "+86 ", "电话"]),
)
def test_a_phone_number_is_read_however_it_is_spaced(digits: str, gap: str, before: str) -> None:
    try:
        number, shown = read_phone(before + gap.join((digits[:3], digits[3:7], digits[7:])))
    except AnswerError as error:  # a range that nobody was given
        assert CHINESE.search(error.wrong)
        return
    assert number == f"+86{digits}"
    assert shown_phone(number) == shown
    assert read_phone(shown) == (number, shown)


@often
@given(st.dates(date(2016, 1, 1), date(2030, 12, 31)), st.integers(-400, 400))
def test_a_day_is_found_as_it_is_written(today: date, days: int) -> None:
    day = today + timedelta(days=days)
    assert find_day(f"{day.year}年{day.month}月{day.day}日前", today) == day


@often
@given(written)
def test_a_span_of_days_ends_after_it_begins(text: str) -> None:
    span = find_span(text, date(2016, 10, 13))
    assert span is None or span.first <= span.last


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(text=written)
def test_any_answer_is_taken_or_refused_in_chinese(question: Question, text: str) -> None:
    try:
        answer = read_answer(question, half_width(text))
    except AnswerError as error:
        assert CHINESE.search(error.wrong)
        return
    assert answer.shown == clean(answer.shown)
    assert not re.search("[\u200b\u202e\0]", answer.shown)


@often
@given(written)
def test_a_file_name_is_a_name_and_stays_one(text: str) -> None:
    name = safe_name(text)
    assert name and len(name) <= LONGEST_NAME
    assert not re.search(r"[/\\\0<>\"'\n]", name) and not name.startswith(".")
    assert safe_name(name) == name


@often
@given(written, written, st.integers(0, 3))
def test_receipts_and_codes_are_found_in_a_message_and_receipts_do_not_stay_in_it(
    before: str, after: str, spelling: int
) -> None:
    receipt, code, number = new_receipt(), new_code(), new_number("tip_off")
    said = (receipt, receipt.replace(" ", ""), receipt.replace(" ", "-"), receipt)[spelling]
    assert found_receipt(said) == re.sub(r"\D", "", receipt)
    assert found_receipt(f"我的回执码是{said}。") == re.sub(r"\D", "", receipt)
    assert said not in masked(f"{before}，{said}，{after}")
    assert found_code((code, code.lower(), code.replace("-", ""), f"续填码：{code}")[spelling]) == code
    assert found_number((number, number.lower(), number.replace("-", ""), f"查看{number}")[spelling]) == number
    assert set(code) <= set(ALPHABET) | {"-"}


@often
@given(st.text(max_size=2000), st.integers(16, 200))
def test_a_long_answer_is_parted_without_losing_a_word(text: str, longest: int) -> None:
    pieces = list(split(text, longest))
    assert all(len(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_wherever_pages_break_the_clauses_are_the_same(data: st.DataObject) -> None:
    """The plan's text as another scan would have it: a page may end anywhere after a clause's first comma."""
    plan = load_plan()
    text = data.draw(
        st.sampled_from(
            [c.text for c in plan.clauses if "，" in c.text[5:40] and len(c.text) > 60 and c.id[0] in "一二三四五"]
        )
    )
    raw = plan_text()
    at = data.draw(st.integers(text.index("，") + 1, len(text) - 5))
    broken, before = text[:at] + "\n\n" + text[at:], text[at - 1]
    if text not in raw or before in PARAGRAPH_END or re.match(r"\d|[一二三四五六七八九十（附]", text[at]):
        return
    assert [c.text for c in parse_clauses(raw.replace(text, broken))] == [c.text for c in parse_clauses(raw)]


def plan_text() -> str:
    from tests.conftest import ROOT

    return (ROOT / "knowledge" / "texts" / "luoyang-2016-58.txt").read_text(encoding="utf-8")
