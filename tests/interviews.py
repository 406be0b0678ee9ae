"""An interview without a server: the same turn that a form takes, on a state of its own."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

from actions import self_check, tip_off
from actions.interview_form import JOBS
from casework.interview.state import State
from casework.interview.steps import Step
from casework.services import Services
from casework.workflows import WORKFLOWS
from storage.settings import ActionSettings
from tests.conftest import TODAY

assert self_check and tip_off  # registered by being imported


class Draft:
    """Somebody who fills in a form; what is asked in between is no question about the plan here."""

    def __init__(self, kind: str, opening: str = "") -> None:
        services = self.services = Services(ActionSettings(today=TODAY))
        self.job = JOBS[kind](services)
        self.interview = WORKFLOWS[kind].interview(services.today(), lambda _: None, self.job.ear())
        self.state, self.reply = self.job.told(State(), State(), opening)[0] if opening else State(), ""

    def say(self, *messages: str) -> str:
        for message in messages:
            self._taken(self.interview.turn(self.state, message), message)
        return self.reply

    def fill(self, given: dict[str, str]) -> str:
        """Send a form that asks several questions at once: words by question id."""
        return self._taken(self.interview.fill(self.state, given), "\n".join(given.values()))

    def _taken(self, step: Step, message: str) -> str:
        state, said = step.state, step.said
        if state != self.state and step.act in ("ask", "review"):
            state, more = self.job.told(self.state, state, message)
            said += more
        return self._shown(state, said)

    def beside(self, change: Callable[[State], tuple[State, tuple[str, ...]]]) -> str:
        """Something is added that no message said: a file, its caption, what was read in it."""
        return self._shown(*change(self.state))

    def _shown(self, state: State, said: tuple[str, ...]) -> str:
        self.state = State.from_json(state.as_json())  # as the store gives it back
        current = self.interview.current(self.state)
        shown = self.interview.review(self.state)[0] if current is None else self.interview.prompt(self.state)[0]
        self.reply = "\n".join([*said, shown])
        return self.reply

    def copy(self) -> Draft:
        """Another that goes on from here."""
        return copy(self)

    @property
    def at(self) -> str:
        current = self.interview.current(self.state)
        return current.label if current else ""

    def go_to(self, label: str) -> None:
        """Skip up to a question."""
        for _ in range(30):
            if self.at.startswith(label):
                return
            yes = self.at == "是否留联系方式"
            self.say("是" if yes else "跳过")
        raise AssertionError(f"never asked: {label}")

    def held(self) -> dict[str, str]:
        """What the review shows, by label."""
        return {question.label: answer.shown for question, answer in self.interview.answered(self.state)}

    def all_words(self) -> str:
        """All that the case would hold."""
        return "\n".join(answer.shown for answer in self.state.answers.values())
