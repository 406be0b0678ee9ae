"""The kinds of cases, and what differs between them: the one place to look, and to add a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from casework.cases.case import Kind
from casework.interview.hearing import Ear
from casework.interview.interview import Interview
from casework.interview.questions import Question
from casework.interview.steps import Asked
from casework.self_check import definition as self_check
from casework.tip_off import definition as tip_off
from knowledge.base import KnowledgeBase
from knowledge.datafile import DataFileError


class InterviewDefinition(Protocol):
    """What a kind's data files say is asked."""

    @property
    def questions(self) -> tuple[Question, ...]: ...

    @property
    def submit(self) -> str: ...


@dataclass(frozen=True)
class CaseWorkflow:
    """A kind of case.

    Attributes:
        name: how everybody calls it.
        brought_by: how officials call who brought it.
        you: how who brought it is addressed.
        yours: how their case is called to them.
        begin: the words that begin one.
        withdrawable: whether it can be taken back as long as nobody works on it; else it is amended.
        definition: its questions, read once.
        on: the same questions with the words that are true on a day only.
    """

    kind: Kind
    name: str
    brought_by: str
    you: str
    yours: str
    begin: str
    withdrawable: bool
    definition: Callable[[], InterviewDefinition]
    on: Callable[[Sequence[Question], date], Sequence[Question]] = lambda questions, today: questions

    def interview(self, today: date, asked: Asked, ear: Ear) -> Interview:
        """Its interview as it is led today."""
        definition = self.definition()
        return Interview(self.on(definition.questions, today), definition.submit, today.year, asked, ear)


WORKFLOWS: Mapping[str, CaseWorkflow] = {
    workflow.kind: workflow
    for workflow in (
        CaseWorkflow("tip_off", "举报", "举报人", "您", "您的举报", "我要举报", True, tip_off.tip_off_definition),
        CaseWorkflow(
            "self_check",
            "企业自查",
            "填报企业",
            "贵单位",
            "贵单位的自查",
            "企业自查",
            False,
            self_check.self_check_definition,
            self_check.with_words_for_years,
        ),
    )
}


def hold_against_plan(knowledge: KnowledgeBase) -> None:
    """Hold the data files of every kind against the plan and its directory.

    Raises:
        DataFileError: with a line for everything that does not fit.
    """
    found = [
        *tip_off.problems(tip_off.tip_off_definition(), knowledge),
        *self_check.problems(self_check.self_check_definition(), knowledge),
    ]
    if found:
        raise DataFileError("\n".join(found))
