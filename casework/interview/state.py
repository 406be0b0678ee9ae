"""How far an interview is: what a draft keeps of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from casework.interview.answers import Answer
from casework.interview.questions import Condition, Question

# Questions that were one under two ids: an older draft or case is read as if it had been one then.
MERGED = {"reach_required": "reach"}


@dataclass(frozen=True)
class Choice:
    """One thing that a message could have meant: a button's words, and the question its text would answer."""

    title: str
    question: str
    text: str


@dataclass(frozen=True)
class State:
    """What was answered and what is being asked.

    Attributes:
        answers: by question id; answers that the path no longer needs are kept, for it may need them again.
        at: the question the user went back to or wants to change; None: the first open one.
        deferred: questions put off to the end.
        misses: failed answers in a row.
        pending: what waits for a yes: ``cancel``, ``restart``.
        same: question -> question whose answer it shall copy once there is one.
        picked: options ticked one by one, until 选好了.
        suggested: answers guessed from what was told, until they are confirmed or another is given.
        last: the question that was answered last, which 不对，是李四 corrects.
        choice: what a message could have meant, until one of these is chosen.
        opening: words that began a report and tell no story yet.
        heard: the id of the last message that changed this, so that it changes nothing when it is sent again.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    at: str | None = None
    deferred: tuple[str, ...] = ()
    misses: int = 0
    pending: str | None = None
    same: dict[str, str] = field(default_factory=dict)
    picked: tuple[str, ...] = ()
    suggested: dict[str, Answer] = field(default_factory=dict)
    last: str = ""
    choice: tuple[Choice, ...] = ()
    opening: str = ""
    heard: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> State:
        known = {key: kept[key] for key in cls.__dataclass_fields__ if key in kept}
        answers = {key: Answer(**answer) for key, answer in kept.get("answers", {}).items()}
        suggested = {key: Answer(**answer) for key, answer in kept.get("suggested", {}).items()}
        for old, one in MERGED.items():
            told = answers.pop(old, None)
            if told and told.value and not (one in answers and answers[one].value):
                answers[one] = told
        tuples: dict[str, Any] = {key: tuple(known.get(key, ())) for key in ("deferred", "picked")}
        tuples["choice"] = tuple(Choice(**choice) for choice in kept.get("choice", ()))
        return cls(**{**known, **tuples, "answers": answers, "suggested": suggested})

    def with_answer(self, question: Question, answer: Answer) -> State:
        """Keep an answer, and the same one for the questions that were said to have it too."""
        answers = {**self.answers, question.id: answer}
        answers |= {copy: answer for copy, source in self.same.items() if source == question.id}
        same = {copy: source for copy, source in self.same.items() if question.id not in (copy, source)}
        deferred = tuple(q for q in self.deferred if q not in answers)
        at = None if self.at == question.id else self.at
        kept = replace(self, answers=answers, same=same, deferred=deferred, at=at)
        return replace(kept, misses=0, picked=(), last=question.id, choice=())

    def has(self, question: str) -> bool:
        """Whether there is an answer that says something."""
        return question in self.answers and self.answers[question].value not in ("", [], None)

    def values(self, question: str) -> tuple[str, ...]:
        """The values of an answer as a tuple, for conditions."""
        answer = self.answers.get(question)
        if answer is None:
            return ()
        return tuple(answer.value) if isinstance(answer.value, list) else (str(answer.value),)


def _holds(condition: Condition, values: tuple[str, ...]) -> bool:
    wanted = not condition.has or bool(set(condition.has) & set(values))
    return bool(values) and wanted and not set(condition.lacks) & set(values)


def path(questions: Iterable[Question], state: State) -> list[Question]:
    """The questions that apply, given what was answered, each as it is asked now."""
    applies: dict[str, bool] = {}
    for question in questions:
        applies[question.id] = all(
            applies.get(c.question, False) and _holds(c, state.values(c.question)) for c in question.when
        ) and (not question.volunteered or state.has(question.id))
    return [_as_asked(question, state) for question in questions if applies[question.id]]


def _as_asked(question: Question, state: State) -> Question:
    other = question.otherwise
    if other is None or not all(_holds(c, state.values(c.question)) for c in other.when):
        return question
    asked = {"label": other.label, "ask": other.ask, "example": other.example, "why": other.why}
    return question.model_copy(update={**asked, "names": (question.label, *question.names), "optional": False})


def is_open(question: Question, state: State) -> bool:
    """Whether it must still be asked: not answered, or skipped while it could be and required by now."""
    answer = state.answers.get(question.id)
    return answer is None or (answer.value == "" and not question.optional and question.none is None)
