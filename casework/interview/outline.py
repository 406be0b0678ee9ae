"""An interview's outline for pages: its sections, and at the review every answer as a row of its own."""

from __future__ import annotations

from typing import Any

from casework.interview.interview import Interview
from casework.interview.steps import Step

# What several fields of one form can ask for; lists to tick have a form of their own.
IN_A_FIELD = ("name", "person", "phone", "money", "count", "address", "text", "uscc")


def outline(interview: Interview, step: Step) -> dict[str, Any]:
    """The sections that apply, the one that is asked about, what is open in it, and the rows of a review.

    A row is the section, the label, the answer as it is shown, and the words that change it.
    """
    state = step.state
    applicable, current = interview.path(state), interview.current(state)
    found: dict[str, Any] = {
        "open": _open(interview, step),
        "sections": list(dict.fromkeys(question.section for question in applicable)),
        "section": current.section if current else None,
    }
    if step.act == "review" and not state.pending:
        answered = interview.answered(state)
        found["rows"] = [[q.section, q.label, answer.shown, f"修改{q.label}"] for q, answer in answered]
    return found


def _open(interview: Interview, step: Step) -> list[str]:
    """Ids of the questions of this section that are not answered and fit a field."""
    state = step.state
    current = interview.current(state)
    if current is None or step.act != "ask" or state.pending or state.at:
        return []
    here = [q for q in interview.path(state) if q.section == current.section and q.id not in state.answers]
    return [q.id for q in here if q.type in IN_A_FIELD and q.id != "evidence"]
