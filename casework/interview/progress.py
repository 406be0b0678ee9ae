"""How far an interview is, in words that mean something: sections, questions, minutes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from casework.interview.questions import Question, Type
from casework.interview.state import State, path

# Seconds that an answer takes: read, look up, type. Ours, from filling in both forms by hand on a phone.
SECONDS: dict[Type, int] = {"text": 30, "address": 25, "checklist": 30, "choices": 15, "yes_no": 8, "uscc": 25}
USUAL = 15


def minutes(questions: Sequence[Question]) -> int:
    """How long these questions take, in whole minutes, at least one."""
    return max(1, math.ceil(sum(SECONDS.get(question.type, USUAL) for question in questions) / 60))


def asked_at_most(questions: Sequence[Question], state: State) -> int:
    """How many questions there are when everything that is still open is answered with yes."""
    applicable = {question.id for question in path(questions, state)}
    count = 0
    for question in questions:
        open_yet = question.id in applicable or any(c.question not in state.answers for c in question.when)
        count += open_yet and not question.volunteered
    return count
