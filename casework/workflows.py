"""The kinds of cases, and what differs between them: the one place to look, and to add a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from casework.cases.store import Kind
from casework.interview.questions import Question
from casework.self_check.definition import self_check_definition
from casework.tip_off.definition import tip_off_definition


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
    """

    kind: Kind
    name: str
    brought_by: str
    you: str
    yours: str
    begin: str
    withdrawable: bool
    definition: Callable[[], InterviewDefinition]


WORKFLOWS: Mapping[str, CaseWorkflow] = {
    workflow.kind: workflow
    for workflow in (
        CaseWorkflow("tip_off", "举报", "举报人", "您", "您的举报", "我要举报", True, tip_off_definition),
        CaseWorkflow(
            "self_check", "企业自查", "填报企业", "贵单位", "贵单位的自查", "企业自查", False, self_check_definition
        ),
    )
}
