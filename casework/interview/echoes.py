"""How an answer that was taken is said back."""

from __future__ import annotations

from casework.interview.answers import Answer
from casework.interview.questions import Question
from casework.interview.state import State


def noted(question: Question, answer: Answer, before: State) -> str:
    """法定代表人 李四（原来是 张三）."""
    earlier = before.answers.get(question.id)
    changed = earlier is not None and earlier.value not in ("", None, []) and earlier.shown != answer.shown
    was = f"（原来是 {cut(earlier.shown)}）" if changed and earlier else ""
    return f"{question.label} {cut(answer.shown)}{was}"


def with_more(before: Answer, answer: Answer) -> Answer:
    if answer.shown in before.shown:
        return before
    both = f"{before.shown}，{answer.shown}"
    return Answer(both, both)


def cut(text: str) -> str:
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"


# Of a long text so much is said back.
LONGEST_ECHO = 120
