"""A turn of an interview: what was said goes in with the state, what to say comes out with the next state.

Nothing here knows a store, a messenger or Rasa; the jobs bring their questions and keep the state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from actions.interview.answers import Answer, checked, half_width, read, ticked
from actions.interview.commands import CONFIRMED, EDIT, EDIT_TO, TICK, WRONG, Command, command_in
from actions.interview.errors import AnswerError
from actions.interview.questions import Question
from actions.interview.several import Piece, equation, labelled, pointed_at, tabled, with_phone
from actions.interview.state import State, path
from actions.replies import Button, Citation
from knowledge.text import normalise

Act = Literal["ask", "review", "pause", "cancel", "restart", "submit"]
# After this many failed answers in a row the way out is explained.
MANY_MISSES = 2
LONGEST_ON_BUTTON = 14


@dataclass(frozen=True)
class Side:
    """An answer to something asked in the middle of an interview."""

    text: str
    citations: tuple[Citation, ...] = ()
    job: str = ""


@dataclass(frozen=True)
class Step:
    """What a turn comes to.

    Attributes:
        said: sentences to say before what comes next.
        act: what comes next: the open question, the review, or an end.
        why: the question whose reason was asked for.
        side: an answer to a question about the plan.
    """

    state: State
    said: tuple[str, ...] = ()
    act: Act = "ask"
    why: Question | None = None
    side: Side | None = None


Asked = Callable[[str], Side | None]


@dataclass(frozen=True)
class Interview:
    """A list of questions and the words around them.

    Attributes:
        questions: in the order they are asked.
        submit: the sentence that submits, word for word.
        this_year: what 去年 is counted from.
        asked: answers a question about the plan; None when it is none.
    """

    questions: Sequence[Question]
    submit: str
    this_year: int
    asked: Asked = field(repr=False)

    # Where we are -----------------------------------------------------------------------------------------

    def path(self, state: State) -> list[Question]:
        return path(self.questions, state)

    def current(self, state: State) -> Question | None:
        """The question to ask; None when all are answered and it is time for the review."""
        applicable = self.path(state)
        if state.at:
            found = next((q for q in applicable if q.id == state.at), None)
            if found:
                return found
        pending = [q for q in applicable if q.id not in state.answers]
        return next((q for q in pending if q.id not in state.deferred), next(iter(pending), None))

    def progress(self, state: State) -> str:
        """第 5/23 题."""
        applicable, current = self.path(state), self.current(state)
        if current is None:
            return f"共 {len(applicable)} 题，已全部填写"
        return f"第 {applicable.index(current) + 1}/{len(applicable)} 题"

    def answered(self, state: State) -> list[tuple[Question, Answer]]:
        return [(q, state.answers[q.id]) for q in self.path(state) if q.id in state.answers]

    # A turn -----------------------------------------------------------------------------------------------

    def fill(self, state: State, given: dict[str, str]) -> Step:
        """Take a form that asked several questions at once: what can be read is kept, the rest is asked again.

        Args:
            given: words by question id; an empty field is skipped where it may be, and else stays open.
        """
        state = replace(state, pending=None, at=None)
        read_well: list[tuple[Question, Answer]] = []
        wrong: list[tuple[Question, AnswerError]] = []
        for question in [question for question in self.path(state) if question.id in given]:
            try:
                if answer := self._filled(state, question, half_width(given[question.id]).strip()):
                    read_well.append((question, answer))
                    state = state.with_answer(question, answer)
            except AnswerError as error:
                wrong.append((question, error))
        return self._keep(state, read_well, wrong)

    def _filled(self, state: State, question: Question, text: str) -> Answer | None:
        """The answer in a form's field; None leaves it open."""
        if not text and question.none:
            return Answer("", question.none)
        if not text:
            return Answer("", "（未填）") if question.optional else None
        source = pointed_at(text, question, self.path(state))
        if source:
            return state.answers.get(source)
        return read(question, text)

    def turn(self, state: State, text: str) -> Step:
        """Take what was said.

        Args:
            text: as it came; at most what a channel lets through.
        """
        said = half_width(text).strip()
        if state.pending:
            return self._confirmed(state, said)
        step = self._command(state, said) or self._edit(state, said)
        if step:
            return step
        current = self.current(state)
        return self._at_review(state, said) if current is None else self._answer(state, said, current)

    def _confirmed(self, state: State, said: str) -> Step:
        """A yes or a no to 取消 or 重新开始; anything else counts as a no, and nothing is lost."""
        waiting, state = state.pending, replace(state, pending=None)
        if command_in(said, ("yes", "cancel", "restart")):
            if waiting == "cancel":
                return Step(state, act="cancel")
            return Step(State(), ("已清空，重新开始。",), "restart")
        return self._next(state, "好的，已保留您填写的内容。")

    def _command(self, state: State, said: str) -> Step | None:
        """A word that steers, if the message is nothing else."""
        current = self.current(state)
        if tick := TICK.fullmatch(said):
            return self._tick(state, int(tick[1]))
        if CONFIRMED.fullmatch(said.strip(" 。！!")):
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
            "why": lambda state: replace(self._next(state), why=current),
            "back": self._back,
            "show": lambda state: Step(state, act="review"),
            "pause": lambda state: Step(state, act="pause"),
            "go_on": self._next,
            "restart": lambda state: Step(replace(state, pending="restart"), (SURE_RESTART,)),
            "cancel": lambda state: Step(replace(state, pending="cancel"), (SURE_CANCEL,)),
        }
        command = command_in(said, (*anywhere, *(on_question if current else ())))
        if command is None:
            return None
        if current and command in on_question:
            return on_question[command](state, current)
        return anywhere[command](state)

    def _too_early(self, state: State) -> Step:
        missing = sum(question.id not in state.answers for question in self.path(state))
        return self._next(state, f"还有 {missing} 题没有填，填完核对后才能提交。")

    def _back(self, state: State) -> Step:
        applicable, current = self.path(state), self.current(state)
        at = applicable.index(current) if current else len(applicable)
        if at == 0:
            return self._next(state, "这已经是第一题了。")
        return Step(replace(state, at=applicable[at - 1].id, misses=0, picked=()))

    def _skip(self, state: State, question: Question) -> Step:
        if question.optional:
            return self._next(state.with_answer(question, Answer("", "（未填）")), f"{question.label}：已跳过。")
        others = [
            q for q in self.path(state) if q.id not in state.answers and q.id not in (*state.deferred, question.id)
        ]
        if not others:
            return self._next(state, f"{question.label}是必填项，填好后才能提交。可以先停一下，核实后再来。")
        deferred = (*(q for q in state.deferred if q != question.id), question.id)
        state = replace(state, deferred=deferred, at=None, misses=0, picked=())
        return self._next(state, f"{question.label}：留到最后再填。")

    def _skip_rest(self, state: State, question: Question) -> Step:
        """Leave everything empty that may be; what is required is still asked."""
        skipped = 0
        while optional := [q for q in self.path(state) if q.optional and q.id not in state.answers]:
            for each in optional:
                state = state.with_answer(each, state.suggested.get(each.id) or Answer("", "（未填）"))
                skipped += 1
        if not skipped:
            return self._next(state, f"{question.label}还需要您填写。")
        return self._next(state, f"其余 {skipped} 项已跳过。")

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

    def _edit(self, state: State, said: str) -> Step | None:
        """修改法定代表人; 注册资本改成三千万; 电话填错了."""
        if found := EDIT_TO.fullmatch(said.strip("。！!")):
            meant = self._named(state, found["what"])
            if len(meant) == 1:
                return self._take(state, [Piece(meant[0].id, found["to"])])
        match = EDIT.fullmatch(said.strip(" 。！!")) or WRONG.fullmatch(said.strip(" 。！!"))
        if match is None:
            return None
        meant = self._named(state, match["what"])
        if len(meant) == 1:
            return Step(replace(state, at=meant[0].id, misses=0, picked=()))
        if not meant and match.re is WRONG:
            return None
        if not meant:
            return Step(state, (f"没有找到“{match['what'][:20]}”这一项，请从下面选择要修改的内容。",), "review")
        return Step(state, (f"请说明要修改哪一项：{'、'.join(f'“修改{q.label}”' for q in meant)}。",))

    def _named(self, state: State, what: str) -> list[Question]:
        """Questions that a name means: its own name first, else a part of it."""
        wanted = normalise(what).strip(" 的：:")
        applicable = self.path(state)
        exact = [q for q in applicable if wanted in {normalise(name) for name in (q.label, *q.names)}]
        return exact or [q for q in applicable if len(wanted) >= 2 and wanted in normalise(q.label)]

    def _at_review(self, state: State, said: str) -> Step:
        if command_in(said, ("submit", "yes")):
            return Step(state, (f"提交前请确认内容属实：回复“{self.submit}”即提交，提交后不能再改。",), "review")
        if side := self.asked(said):
            return Step(state, act="review", side=side)
        pieces = labelled(said, self.path(state), None)
        if pieces:
            return self._take(state, pieces)
        return Step(state, (f"没有看懂。要改哪一项，请回复“修改”加名称；没有问题请回复“{self.submit}”。",), "review")

    def _answer(self, state: State, said: str, current: Question) -> Step:
        applicable = self.path(state)
        if equal := equation(said, applicable):
            return self._copy(state, *equal)
        if source := pointed_at(said, current, applicable):
            return self._copy(state, current.id, source)
        if side := self.asked(said):
            return Step(state, side=side)
        return self._take(state, self._pieces(said, current, applicable))

    def _pieces(self, said: str, current: Question, applicable: list[Question]) -> list[Piece]:
        """What of a message is for which question."""
        if current.type == "text":
            return [Piece(current.id, said)]
        pieces = labelled(said, [q for q in applicable if q.type not in ("checklist", "choices", "yes_no")], current)
        if not pieces and current.year:
            return tabled(said, current, applicable, self.this_year)
        by_id = {question.id: question for question in applicable}
        pieces = pieces or [Piece(current.id, said)]
        return [part for piece in pieces for part in with_phone(by_id[piece.question], piece.text)]

    def _take(self, state: State, pieces: list[Piece]) -> Step:
        """Read each piece; what can be read is kept whatever becomes of the others."""
        by_id = {question.id: question for question in self.path(state)}
        read_well: list[tuple[Question, Answer]] = []
        wrong: list[tuple[Question, AnswerError]] = []
        named = [piece.question for piece in pieces]
        for piece in pieces:
            question = by_id[piece.question]
            source = pointed_at(piece.text, question, list(by_id.values()))
            try:
                if source and source in state.answers:
                    read_well.append((question, state.answers[source]))
                else:
                    read_well.append((question, read(question, piece.text)))
            except AnswerError as error:
                for_another = named.count(question.id) > 1  # another part answers this question
                unplaced = AnswerError(f"“{piece.text[:20]}”没有看懂是哪一项，没有记录。")
                wrong.append((question, unplaced if for_another else error))
        return self._keep(state, read_well, wrong)

    def _keep(
        self, state: State, read_well: list[tuple[Question, Answer]], wrong: list[tuple[Question, AnswerError]]
    ) -> Step:
        before = len(self.path(state))
        misses = state.misses
        for question, answer in read_well:
            state = state.with_answer(question, answer)
        said = [f"已记录：{'，'.join(f'{q.label} {a.shown}' for q, a in read_well)}。"] if read_well else []
        if read_well and len(self.path(state)) != before:
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

    def _copy(self, state: State, target: str, source: str) -> Step:
        """Give one question the other's answer, now or as soon as there is one; persons with their phones."""
        by_id = {question.id: question for question in self.path(state)}
        pairs = [(target, source)]
        if (mine := by_id[target].phone) and (theirs := by_id[source].phone):
            pairs.append((mine, theirs))
        said = [f"已记录：{by_id[target].label}与{by_id[source].label}相同。"]
        for to, origin in pairs:
            if to not in state.answers and origin not in state.answers:
                state = replace(state, same={**state.same, to: origin})
            elif origin in state.answers:
                state = state.with_answer(by_id[to], state.answers[origin])
            else:
                state = state.with_answer(by_id[origin], state.answers[to])
        return self._next(state, *said)

    def _next(self, state: State, *said: str) -> Step:
        return Step(state, said, "ask" if self.current(state) else "review")

    # What is shown ----------------------------------------------------------------------------------------

    def prompt(self, state: State) -> tuple[str, tuple[Button, ...]]:
        """The open question with its place, its example and its quick replies."""
        question = self.current(state)
        if question is None:
            return "", ()
        lines = [f"{self.progress(state)} · {question.label}{'（选填）' if question.optional else ''}", question.ask]
        lines += [f"{n}. {option.label}" for n, option in enumerate(question.options, start=1)]
        if question.example:
            lines.append(f"例：{question.example}")
        if question.id in state.suggested and question.id not in state.answers:
            lines.append(f"从您说的看，可能是：{state.suggested[question.id].shown}。没错请回复“对”。")
        if question.id in state.answers and state.at == question.id:
            lines.append(f"现在填的是：{state.answers[question.id].shown}。直接发送新的内容即可替换。")
        return "\n".join(lines), (*self._choices(state, question), *STEERING)

    def _choices(self, state: State, question: Question) -> list[Button]:
        buttons = []
        if question.id in state.suggested and question.id not in state.answers and not state.picked:
            buttons.append(Button("对", "对"))
        if question.type == "yes_no":
            buttons += [Button("是", "是"), Button("否", "否")]
        if question.type == "checklist" and not state.picked:
            buttons += [Button("都没有", "都没有"), Button("都不确定", "都不确定")]
        for number, option in enumerate(question.options, start=1):
            mark = "☑" if option.id in state.picked else "☐"
            name = f"{number}. {option.label}" if len(option.label) <= LONGEST_ON_BUTTON else f"第 {number} 项"
            buttons.append(Button(f"{mark} {name}", f"勾选 {number}"))
        if state.picked:
            buttons.append(Button(f"选好了（{len(state.picked)} 项）", "选好了"))
        if question.same_as:
            source = next(q for q in self.questions if q.id == question.same_as)
            buttons.append(Button(f"与{source.label}相同", f"跟{source.label}一样"))
        if question.none:
            buttons.append(Button("没有", "没有"))
        if question.optional:
            buttons.append(Button("跳过", "跳过"))
        if question.unknown:
            buttons.append(Button("不清楚", "不清楚"))
        return buttons

    def review(self, state: State) -> tuple[str, tuple[Button, ...]]:
        """Everything that was answered, with a way to change each, and to submit when nothing is missing."""
        lines, section = [], ""
        answered = self.answered(state)
        for question, answer in answered:
            if question.section != section:
                section = question.section
                lines.append(f"\n{section}")
            lines.append(f"· {question.label}：{answer.shown}")
        buttons = [Button(f"修改{question.label}"[:20], f"修改{question.label}") for question, _ in answered]
        if self.current(state) is None:
            buttons.insert(0, Button(self.submit, self.submit))
        else:
            missing = len([q for q in self.path(state) if q.id not in state.answers])
            lines.append(f"\n还有 {missing} 题未填。")
            buttons.insert(0, Button("继续填写", "继续"))
        return "\n".join(lines).strip() or "还没有填写内容。", (*buttons, Button("先停一下", "先停一下"))


SURE_RESTART = "重新开始会清空已填写的全部内容。确定要清空吗？"
SURE_CANCEL = "取消后，已填写的内容会全部删除。确定要取消吗？"
STEERING = (Button("上一题", "上一题"), Button("为什么要问这个", "为什么要问这个"), Button("先停一下", "先停一下"))
HELP = (
    "直接用平常的话回答就可以，一次说几项也行，例如“法人张三，电话13812345678”。"
    "您随时可以说：上一题、修改加名称、看看填了什么、跳过、先停一下、继续、重新开始、取消；也可以直接问政策问题。"
)
QUESTION = re.compile(
    r"[?？]$|吗|呢$|谁|什么|怎么|如何|哪[个些里]|能不能|可不可以|可以不可以|是不是|是否|合不合|违不违|有没有|多久|几号|为啥|为何|合法$|违法$|啥"
)


def is_asking(text: str) -> bool:
    """Whether a message has the form of a question rather than of an answer."""
    return bool(QUESTION.search(text.strip()))
