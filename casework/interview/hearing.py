"""What a message says besides, or instead of, the answer to what was asked: nothing of it is refused or lost."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from casework.interview.answers import MARKUP, UNKNOWN, Answer
from casework.interview.errors import AnswerError
from casework.interview.questions import Question
from casework.interview.state import Choice, State

HAN_OR_WORD = re.compile(r"[㐀-鿿]|[A-Za-z0-9]+")
# An answer with fewer words that cannot be read says nothing that would have to be kept.
LEAST_KEPT = 6


@dataclass(frozen=True)
class Heard:
    """What a message says.

    Attributes:
        answers: by question, the one that was asked and others alike.
        rest: what no question takes, word for word; it goes to the story.
        wrong: why the question that was asked is not answered.
        choice: what it could mean, to be asked.
        ask: the sentence with which it is asked.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    rest: str = ""
    wrong: AnswerError | None = None
    choice: tuple[Choice, ...] = ()
    ask: str = ""


class Ear(Protocol):
    """How a kind of interview hears what is said at a question.

    Attributes:
        story: id of the question whose answer takes what no other does.
    """

    story: str

    def hear(self, state: State, current: Question, message: str) -> Heard | None:
        """Read a message; None: it is read as an answer to the question that was asked, or those it names."""
        ...

    def keeps(self, question: Question, text: str) -> bool:
        """Whether words that did not answer a question are added to the story."""
        ...

    def kept(self, question: Question, answer: Answer) -> Answer:
        """An answer as it is kept."""
        ...


class Remarks:
    """The ear of a form without a story: sentences that answer nothing are kept as remarks."""

    story = "remarks"

    def hear(self, state: State, current: Question, message: str) -> Heard | None:
        return None

    def kept(self, question: Question, answer: Answer) -> Answer:
        return answer

    def keeps(self, question: Question, text: str) -> bool:
        return len(HAN_OR_WORD.findall(text)) >= LEAST_KEPT and not MARKUP.search(text) and not UNKNOWN.fullmatch(text)


def added(story: Answer | None, text: str) -> Answer:
    """A story with something more; what it says already is not said twice."""
    before = story.shown if story and story.value else ""
    if text in before:
        return Answer(before, before)
    told = f"{before}\n{text}" if before else text
    return Answer(told, told)
