"""Tests that go on for long: whole with ``make test-long``, which runs them alone, shorter among all the others."""

from __future__ import annotations

import os
from typing import TypeVar

import pytest

Amount = TypeVar("Amount", int, float)

WHOLE = os.environ.get("TEST_LONG") == "1"
long = pytest.mark.long


def length(shorter: Amount, whole: Amount) -> Amount:
    """How many, or how many seconds, a test marked ``long`` tries."""
    return whole if WHOLE else shorter
