"""How far the plan comes first is chosen by what it costs whom."""

from __future__ import annotations

from bench.plan_first import Asked, chosen, outcome

HELD = ("广告法",)
# A law that is held and answers, one that is not held and is taken for it, and questions to the plan.
RIGHT = [Asked("广告法", 0.1, chance, True) for chance in (0.4, 0.5, 0.6, 0.7)]
ABSENT = [Asked("信托法", 0.05, chance, False) for chance in (0.3, 0.31, 0.32, 0.33, 0.34)]
PLAN = [Asked("", 0.9, 0.5, False) for _ in range(100)]


def test_what_two_thresholds_come_to() -> None:
    found = outcome([*RIGHT, *ABSENT, *PLAN], HELD, (0.45, 0.0))
    assert (found.held, found.right, found.wrong) == (4, 3, 0)
    assert (found.absent, found.from_absent, found.of_plan, found.from_plan) == (5, 0, 100, 0)
    assert outcome(RIGHT, HELD, (0.0, 0.45)).right == 2, "likelier than the plan by as much"


def test_chosen_is_what_answers_most_and_is_not_taken_in_by_what_is_not_held() -> None:
    least, _ = chosen([*RIGHT, *ABSENT, *PLAN], HELD)
    assert 0.34 < least <= 0.4
    assert outcome([*RIGHT, *ABSENT], HELD, chosen([*RIGHT, *ABSENT, *PLAN], HELD)).worth == 4


def test_what_takes_too_much_from_the_plan_is_not_chosen() -> None:
    """Even where it would answer more of the others: the plan comes first."""
    beside = [Asked("", 0.1, 0.65, False) for _ in range(10)]
    best = chosen([*RIGHT, *PLAN, *beside], HELD)
    assert outcome([*PLAN, *beside], HELD, best).from_plan <= 1
    assert outcome(RIGHT, HELD, best).right == 1
