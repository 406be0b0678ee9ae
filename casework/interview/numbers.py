"""Numbers, sums and phone numbers as people write them: what the readers of answers and of stories use."""

from __future__ import annotations

from casework.interview.money import currency_of, read_money
from casework.interview.numerals import DIGITS, folded, read_count, read_number
from casework.interview.phones import find_phone, find_phones, read_phone, shown_phone

__all__ = [
    "DIGITS",
    "currency_of",
    "find_phone",
    "find_phones",
    "folded",
    "read_count",
    "read_money",
    "read_number",
    "read_phone",
    "shown_phone",
]
