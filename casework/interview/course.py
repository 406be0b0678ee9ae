"""Where an interview stands: its questions, what is open, how answers are kept and what is asked next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from casework.interview.answers import Answer
from casework.interview.echoes import noted
from casework.interview.errors import AnswerError
from casework.interview.hearing import Ear, Remarks, added
from casework.interview.progress import asked_at_most, minutes
from casework.interview.questions import Question
from casework.interview.state import State, is_open, path
from casework.interview.steps import MANY_MISSES, Asked, Step


@dataclass(frozen=True)
class Course:
    """A list of questions and the words around them.

    Attributes:
        questions: in the order they are asked.
        submit: the sentence that submits, word for word.
        this_year: what 去年 is counted from.
        asked: answers a question about the plan; None when it is none.
        ear: how what answers no question is heard.
    """

    questions: Sequence[Question]
    submit: str
    this_year: int
    asked: Asked = field(repr=False)
    ear: Ear = field(default_factory=Remarks, repr=False)

    def path(self, state: State) -> list[Question]:
        return path(self.questions, state)

    def current(self, state: State) -> Question | None:
        """The question to ask; None when all are answered and it is time for the review."""
        applicable = self.path(state)
        if state.at:
            found = next((q for q in applicable if q.id == state.at), None)
            if found:
                return found
        pending = self.open(state)
        return next((q for q in pending if q.id not in state.deferred), next(iter(pending), None))

    def open(self, state: State) -> list[Question]:
        """The questions that must still be asked."""
        return [question for question in self.path(state) if is_open(question, state)]

    def progress(self, state: State) -> str:
        """第 5/23 题."""
        applicable, current = self.path(state), self.current(state)
        if current is None:
            return f"共 {len(applicable)} 题，已全部填写"
        return f"第 {applicable.index(current) + 1}/{len(applicable)} 题"

    def minutes(self, state: State) -> int:
        """About how long what is still open takes."""
        return minutes(self.open(state))

    def at_most(self, state: State) -> int:
        """How many questions there can be, with what is not known yet."""
        return asked_at_most(self.questions, state)

    def answered(self, state: State) -> list[tuple[Question, Answer]]:
        return [(q, state.answers[q.id]) for q in self.path(state) if q.id in state.answers]

    def _with_rest(self, state: State, text: str) -> State:
        """A state whose story holds these words too."""
        story = next((question for question in self.questions if question.id == self.ear.story), None)
        if story is None or not text.strip():
            return state
        answers = {**state.answers, story.id: added(state.answers.get(story.id), text.strip())}
        return replace(state, answers=answers)

    def _keep(
        self,
        state: State,
        read_well: list[tuple[Question, Answer]],
        wrong: list[tuple[Question, AnswerError]],
        besides: str = "",
    ) -> Step:
        before, earlier = self.path(state), state
        misses = state.misses
        for question, answer in read_well:
            state = state.with_answer(question, answer)
        if earlier.at and earlier.at in {question.id for question, _ in read_well}:
            state = replace(state, at=self._following(state, earlier.at))
        said = [f"已记录：{'，'.join(noted(q, a, earlier) for q, a in read_well)}。"] if read_well else []
        said += [besides] if besides else []
        if len(self.path(state)) != len(before) and not {q.id for q in self.path(state)} <= {
            *(q.id for q in before),
            self.ear.story,
        }:
            left = f"，还有约 {self.minutes(state)} 分钟" if self.open(state) else ""
            said.append(f"已按您的情况调整后面的问题，共 {len(self.path(state))} 题{left}。")
        elif len(self.path(state)) < len(before):
            said.append(f"已按您的情况调整后面的问题，共 {len(self.path(state))} 题。")
        for question, error in wrong:
            example = f"例如：{error.example}。" if error.example else ""
            said.append(f"{question.label}：{error.wrong}{example}")
        if wrong:
            again = next((q.id for q, _ in wrong if q.id not in {r.id for r, _ in read_well}), None)
            state = replace(state, at=again, misses=misses + 1)
            if state.misses >= MANY_MISSES:
                said.append("不方便填这一项的话，可以回复“跳过”最后再填，或“先停一下”核实后再来；已填的内容都在。")
        return self._next(state, *said)

    def _following(self, state: State, changed: str) -> str | None:
        """What is asked behind an answer that was changed: what depends on it, or goes with it, before all else."""
        edited = next((question for question in self.path(state) if question.id == changed), None)
        if edited is None:
            return None
        for question in self.open(state):
            depends = any(condition.question == changed for condition in question.when)
            if question.id != changed and (depends or (edited.when and question.when == edited.when)):
                return question.id
        return None

    def _next(self, state: State, *message: str) -> Step:
        return Step(state, message, "ask" if self.current(state) else "review")

    def _kept_in_story(self) -> str:
        story = next(question.label for question in self.questions if question.id == self.ear.story)
        return f"您的原话已记在“{story}”里。"
