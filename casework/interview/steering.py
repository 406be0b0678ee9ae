"""Words that steer an interview: back, skip, show, pause, tick, 修改…."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from casework.interview.answers import SKIPPED, checked, ticked
from casework.interview.commands import CONFIRMED, EDIT, TICK, WRONG, Command, command_in
from casework.interview.corrections import named
from casework.interview.course import Course
from casework.interview.echoes import cut
from casework.interview.questions import Question
from casework.interview.state import State
from casework.interview.steps import HELP, SURE_CANCEL, SURE_RESTART, Step


class Steering(Course):
    """A course that commands steer; what they are stands in casework/data/commands.yml."""

    def _command(self, state: State, message: str) -> Step | None:
        """A word that steers, if the message is nothing else."""
        current = self.current(state)
        if tick := TICK.fullmatch(message):
            return self._tick(state, int(tick[1]))
        if CONFIRMED.fullmatch(message.strip(" 。！!")):
            return Step(state, act="submit") if current is None else self._too_early(state)
        on_question: dict[Command, Callable[[State, Question], Step]] = {
            "skip": self._skip,
            "skip_rest": self._skip_rest,
            "submit": lambda state, _: self._too_early(state),
            **({"picked": self._picked} if state.picked else {}),
            **({"agree": self._agreed} if current and current.id in state.suggested else {}),
        }
        anywhere: dict[Command, Callable[[State], Step]] = {
            "help": lambda state: self._next(state, HELP),
            "wait": lambda state: self._next(state, "好的，不急，您慢慢来，填过的都在。"),
            "thanks": lambda state: self._next(state, "不客气。"),
            "hello": lambda state: self._next(state, "在的，您接着说。"),
            "why": lambda state: replace(self._next(state), why=current),
            "back": self._back,
            "show": lambda state: Step(state, act="review"),
            "pause": lambda state: Step(state, act="pause"),
            "go_on": self._next,
            "restart": lambda state: Step(replace(state, pending="restart"), (SURE_RESTART,)),
            "cancel": lambda state: Step(replace(state, pending="cancel"), (SURE_CANCEL,)),
        }
        command = command_in(message, (*anywhere, *(on_question if current else ())))
        if current is None and command is None and command_in(message, ("skip", "skip_rest", "picked")):
            return Step(state, ("已经没有要填的了。",), "review")
        if command is None:
            return None
        if current and command in on_question:
            return on_question[command](state, current)
        return anywhere[command](state)

    def _too_early(self, state: State) -> Step:
        missing = len(self.open(state))
        return self._next(state, f"还有 {missing} 题没有填，填完核对后才能提交。")

    def _back(self, state: State) -> Step:
        applicable, current = self.path(state), self.current(state)
        at = applicable.index(current) if current else len(applicable)
        if at == 0:
            return self._next(state, "这已经是第一题了。")
        return Step(replace(state, at=applicable[at - 1].id, misses=0, picked=()))

    def _skip(self, state: State, question: Question) -> Step:
        if question.optional:
            earlier = state.answers.get(question.id)
            was = f"（原来是 {cut(earlier.shown)}）" if earlier and earlier != SKIPPED and earlier.shown else ""
            return self._next(state.with_answer(question, SKIPPED), f"{question.label}：已跳过{was}。")
        others = [q for q in self.open(state) if q.id not in (*state.deferred, question.id)]
        if not others:
            return self._next(state, f"{question.label}是必填项，填好后才能提交。可以先停一下，核实后再来。")
        deferred = (*(q for q in state.deferred if q != question.id), question.id)
        state = replace(state, deferred=deferred, at=None, misses=0, picked=())
        return self._next(state, f"{question.label}：留到最后再填。")

    def _skip_rest(self, state: State, question: Question) -> Step:
        """Leave everything empty that may be; what is required is still asked."""
        skipped = 0
        if question.id in state.answers:  # it was to be changed, and stays as it is
            state = replace(state, at=None, misses=0, picked=())
        while optional := [q for q in self.open(state) if q.optional]:
            for each in optional:
                state = state.with_answer(each, state.suggested.get(each.id) or SKIPPED)
                skipped += 1
        if skipped:
            return self._next(state, f"其余 {skipped} 项已跳过。")
        waits = self.current(state)
        return self._next(state, f"{waits.label}还需要您填写。" if waits else "没有要跳过的了。")

    def _agreed(self, state: State, question: Question) -> Step:
        return self._keep(state, [(question, state.suggested[question.id])], [])

    def _tick(self, state: State, number: int) -> Step:
        """Tick or untick one option; the answer is taken at 选好了."""
        question = self.current(state)
        if question is None or not question.options or not 1 <= number <= len(question.options):
            return self._next(state)
        option = question.options[number - 1].id
        picked = tuple(p for p in state.picked if p != option) if option in state.picked else (*state.picked, option)
        return Step(replace(state, picked=picked))

    def _picked(self, state: State, question: Question) -> Step:
        chosen = [option.id for option in question.options if option.id in state.picked]
        answer = checked(question, chosen, []) if question.type == "checklist" else ticked(question, chosen)
        return self._keep(state, [(question, answer)], [])

    def _edit(self, state: State, message: str) -> Step | None:
        """修改法定代表人; 电话填错了."""
        match = EDIT.fullmatch(message.strip(" 。！!")) or WRONG.fullmatch(message.strip(" 。！!"))
        if match is None:
            return None
        meant = named(match["what"], self.path(state))
        if len(meant) == 1:
            return Step(replace(state, at=meant[0].id, misses=0, picked=()))
        if not meant and match.re is WRONG:
            return None
        if not meant:
            return Step(state, (f"没有找到“{match['what'][:20]}”这一项，请从下面选择要修改的内容。",), "review")
        return Step(state, (f"请说明要修改哪一项：{'、'.join(f'“修改{q.label}”' for q in meant)}。",))
