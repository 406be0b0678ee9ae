"""The measurement of the messengers ends whatever a channel does, and says what it did not measure."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from bench import messengers
from bench.messengers import HEAD, Patience, measured
from tests.messengers import FIVE


class Answering:
    """A channel that answers at once, so many people of it."""

    def __init__(self, name: str, silent_from: int = 10**9) -> None:
        self.name, self.silent_from, self.said = name, silent_from, 0
        self._heard: dict[int, list[str]] = {}

    def knows(self, people: Sequence[int]) -> None:
        pass

    def says(self, person: int, text: str) -> None:
        self.said += 1
        if self.said < self.silent_from:
            self._heard.setdefault(person, []).append(FIVE[text])

    def heard(self) -> dict[int, list[str]]:
        return self._heard


@pytest.fixture(autouse=True)
def no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messengers, "SETTLED_SECONDS", 0.0)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_channel_that_falls_silent_is_counted_and_the_next_is_measured() -> None:
    channels = [Answering("web"), Answering("silent", 1), Answering("tired", 40), Answering("good")]
    rows = list(measured(channels, 4, Patience(0.2, time.monotonic() + 60), lambda: 1.0))
    assert all(len(cells(line)) == len(cells(HEAD[0])) for line, _ in rows)
    found = {cells(line)[0]: (taken.unanswered, taken.wrong) for line, taken in rows}
    for name in ("web", "good"):
        assert found[f"one person: {name}"] == found[f"4 people: {name}"] == (0, 0)
    assert found["one person: silent"] == (25, 1) and found["4 people: silent"] == (20, 4)
    unanswered, wrong = found["4 people: tired"]
    assert 0 < unanswered < 20 and 0 < wrong <= 4


def test_after_so_many_minutes_nothing_more_is_asked() -> None:
    channels = [Answering("web"), Answering("other")]
    rows = list(measured(channels, 4, Patience(60, time.monotonic() - 1), lambda: 1.0))
    assert [taken.unanswered for _, taken in rows] == [25, 25, 20, 20]
    assert sum(channel.said for channel in channels) <= len(channels)
