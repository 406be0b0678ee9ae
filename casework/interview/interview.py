"""A turn of an interview: what was said goes in with the state, what to say comes out with the next state.

Nothing here knows a store, a messenger or Rasa; the jobs bring their questions and keep the state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from casework.interview.answers import (
    SKIPPED,
    UNKNOWN,
    Answer,
    checked,
    half_width,
    lacks_it,
    pick,
    printed,
    read,
    read_leading,
    ticked,
)
from casework.interview.commands import CONFIRMED, EDIT, TICK, WRONG, Command, command_in
from casework.interview.corrections import Correction, corrections, named
from casework.interview.errors import AnswerError
from casework.interview.hearing import Ear, Heard, Remarks, added
from casework.interview.progress import asked_at_most, minutes
from casework.interview.questions import Question
from casework.interview.several import Piece, equation, labelled, parted_from, pointed_at, tabled, with_phone
from casework.interview.showing import Button, prompt, review
from casework.interview.state import Choice, State, is_open, path
from knowledge.citations import Citation

Act = Literal["ask", "review", "pause", "cancel", "restart", "submit"]
# After this many failed answers in a row the way out is explained.
MANY_MISSES = 2


@dataclass(frozen=True)
class Side:
    """An answer to something asked in the middle of an interview; ``alone`` where nothing else was said."""

    text: str
    citations: tuple[Citation, ...] = ()
    job: str = ""
    alone: bool = False


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
        ear: how what answers no question is heard.
    """

    questions: Sequence[Question]
    submit: str
    this_year: int
    asked: Asked = field(repr=False)
    ear: Ear = field(default_factory=Remarks, repr=False)

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

    # A turn -----------------------------------------------------------------------------------------------

    def fill(self, state: State, given: dict[str, str]) -> Step:
        """Take a form that asked several questions at once: what can be read is kept, the rest is asked again.

        Args:
            given: words by question id; an empty field is skipped where it may be, and else stays open.
        """
        state = replace(state, pending=None, at=None)
        read_well: list[tuple[Question, Answer]] = []
        wrong: list[tuple[Question, AnswerError]] = []
        seen, rests = state, list[str]()
        for question in [question for question in self.path(state) if question.id in given]:
            words = half_width(given[question.id]).strip()
            try:
                if answer := self._filled(seen, question, words):
                    read_well.append((question, answer))
                    seen = seen.with_answer(question, answer)
            except AnswerError as error:
                heard = self.ear.hear(seen, question, words) or Heard()
                read_well += self._known(heard)
                rests.append(heard.rest or self._unread(question, words, heard))
                wrong += [] if question.id in heard.answers else [(question, error)]
        state, read_well = self._with_rests(state, read_well, "\n".join(filter(None, rests)))
        return self._keep(state, read_well, wrong, self._kept_in_story() if any(rests) else "")

    def _with_rests(
        self, state: State, read_well: list[tuple[Question, Answer]], rest: str
    ) -> tuple[State, list[tuple[Question, Answer]]]:
        """What is left of a form's fields goes to the story, also to one that was told in the same form."""
        if not rest or self.ear.story not in {question.id for question, _ in read_well}:
            return self._with_rest(state, rest), read_well
        return state, [(q, added(answer, rest) if q.id == self.ear.story else answer) for q, answer in read_well]

    def _known(self, heard: Heard) -> list[tuple[Question, Answer]]:
        by_id = {question.id: question for question in self.questions}
        return [(by_id[key], answer) for key, answer in heard.answers.items() if key in by_id]

    def _unread(self, question: Question, words: str, heard: Heard) -> str:
        """A field's words that nothing was heard in, as they go to the story."""
        return f"{question.label}：{words}" if not heard.answers and self.ear.keeps(question, words) else ""

    def _kept_in_story(self) -> str:
        story = next(question.label for question in self.questions if question.id == self.ear.story)
        return f"您的原话已记在“{story}”里。"

    def _filled(self, state: State, question: Question, text: str) -> Answer | None:
        """The answer in a form's field; None leaves it open, or as it was answered meanwhile."""
        if not text and state.has(question.id):
            return None
        if not text and question.none:
            return Answer("", question.none)
        if not text:
            return Answer("", "（未填）") if question.optional else None
        source = pointed_at(text, question, self.path(state))
        if source:
            return state.answers.get(source)
        return self.ear.kept(question, read(question, text))

    def turn(self, state: State, text: str) -> Step:
        """Take what was said.

        Args:
            text: as it came; at most what a channel lets through.
        """
        message = half_width(text).strip()
        if state.pending:
            return self._confirmed(state, message)
        if state.choice:
            if chosen := self._chosen(state, message):
                return chosen
            state = self._unchosen(state)
        step = self._command(state, message) or self._corrected(state, message) or self._edit(state, message)
        if step:
            return step
        current = self.current(state)
        return self._at_review(state, message) if current is None else self._answer(state, message, current)

    def _chosen(self, state: State, message: str) -> Step | None:
        """Which of the things that a message could have meant it was."""
        plain = message.strip(" 。！!是，,")
        ordinal = re.fullmatch(r"第?([1-9一二三四五六七八九])[个项条.、]?", plain)
        place = "一二三四五六七八九".find(ordinal[1]) + 1 or int(ordinal[1]) if ordinal else 0
        one = state.choice[place - 1] if 0 < place <= len(state.choice) else None
        one = one or next((c for c in state.choice if plain and plain == c.title), None)
        within = [choice for choice in state.choice if plain and (choice.title in plain or plain in choice.title)]
        one = one or (within[0] if len(within) == 1 else None)
        return self._take(replace(state, choice=()), [Piece(one.question, one.text)]) if one else None

    def _unchosen(self, state: State) -> State:
        """Nobody chose: the words are kept with the story, the question is not asked again."""
        told = state.choice[0].text
        return self._with_rest(replace(state, choice=()), told)

    def _with_rest(self, state: State, text: str) -> State:
        """A state whose story holds these words too."""
        story = next((question for question in self.questions if question.id == self.ear.story), None)
        if story is None or not text.strip():
            return state
        answers = {**state.answers, story.id: added(state.answers.get(story.id), text.strip())}
        return replace(state, answers=answers)

    def _corrected(self, state: State, message: str) -> Step | None:
        """不对，是李四: the answer that it corrects is changed; where it could be two, which one is asked."""
        if not state.answers or not (all_found := corrections(message, state, self.path(state))):
            return None
        if all(len(found.meant) == 1 for found in all_found):
            pieces = [Piece(found.meant[0], found.to) for found in all_found]
            return self._take(state, pieces + self._name_asked(state, all_found))
        found = all_found[0]
        by_id = {question.id: question for question in self.path(state)}
        choices = tuple(Choice(by_id[one].label, one, found.to) for one in found.meant)
        labels = "、".join(f"{n}. {choice.title}" for n, choice in enumerate(choices, start=1))
        return Step(replace(state, choice=choices), (f"“{found.to[:40]}”要改的是哪一项？{labels}",))

    def _name_asked(self, state: State, found: Sequence[Correction]) -> list[Piece]:
        """不是金福来，是金福莱 to 叫什么, where the story alone held the name: the name is the answer as well."""
        current = self.current(state)
        if current is None or current.type != "name" or state.has(current.id) or len(found) != 1:
            return []
        words = found[0].words
        in_story = found[0].meant == (self.ear.story,) and found[0].to != words
        return [Piece(current.id, words)] if in_story else []

    def _confirmed(self, state: State, message: str) -> Step:
        """A yes or a no to 取消 or 重新开始; anything else counts as a no, and is heard for what it says."""
        waiting, state = state.pending, replace(state, pending=None)
        if command_in(message, ("yes", "cancel", "restart")):
            if waiting == "cancel":
                return Step(state, act="cancel")
            return Step(State(), ("已清空，重新开始。",), "restart")
        if command_in(message, ("no", "go_on", "wait", "thanks")):
            return self._next(state, KEPT)
        step = self.turn(state, message)
        return replace(step, said=(KEPT, *step.said))

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
            was = f"（原来是 {_cut(earlier.shown)}）" if earlier and earlier != SKIPPED and earlier.shown else ""
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

    def _at_review(self, state: State, message: str) -> Step:
        if command_in(message, ("submit", "yes")):
            return Step(state, (f"提交前请确认内容属实：回复“{self.submit}”即提交，提交后不能再改。",), "review")
        if side := self.asked(message):
            return Step(state, act="review", side=side)
        pieces = labelled(message, self.path(state), None)
        if pieces:
            return self._take(state, pieces, adding=True)
        unclear = f"没有看懂。要改哪一项，请回复“修改”加名称；没有问题请回复“{self.submit}”。"
        return self._volunteered(state, message) or Step(state, (unclear,), "review")

    def _volunteered(self, state: State, message: str) -> Step | None:
        """What somebody adds when nothing is asked any more."""
        story = next((question for question in self.questions if question.id == self.ear.story), None)
        if story is None or not self.ear.keeps(story, message):
            return None
        heard = self.ear.hear(state, story, message) or Heard(rest=message)
        return self._heard(state, story, replace(heard, wrong=None))

    def _answer(self, state: State, message: str, current: Question) -> Step:
        applicable = self.path(state)
        source = pointed_at(message, current, applicable)
        if equal := equation(message, applicable) or (source and (current.id, source)):
            return self._copy(state, *equal)
        if side := self.asked(message):
            return self._beside(state, message, current, side)
        if current.skips and not current.optional and UNKNOWN.fullmatch(message.strip(" ,，。！!")):
            return self._skip(state, current)  # asked at the end again, not at once
        if (heard := self.ear.hear(state, current, message)) is not None:
            return self._heard(state, current, heard)
        if current.type == "yes_no" and (several := self._with_kinds(state, message, current)):
            return several
        return self._cannot_tell(state, message, current) or self._take(
            state, self._pieces(self._by_calendar(message, current), current, applicable)
        )

    def _cannot_tell(self, state: State, message: str, current: Question) -> Step | None:
        """代码手头没有: as if 不清楚 or 跳过 had been said, whichever the question takes."""
        if current.id in state.answers or not lacks_it(current, message):
            return None
        if current.unknown:
            return self._keep(state, [(current, read(current, "不清楚"))], [])
        return self._skip(state, current)

    def _by_calendar(self, message: str, current: Question) -> str:
        """去年 as the year that it is, which an option may be called by."""
        if current.type != "choices":
            return message
        return LAST_YEARS.sub(lambda match: f"{self.this_year - YEARS_AGO[match[0]]}年", message)

    def _beside(self, state: State, message: str, current: Question, side: Side) -> Step:
        """A question is answered; a report may well end in one, and what was told before it is kept."""
        heard = None if side.alone else self.ear.hear(state, current, message)
        if heard is None:
            return Step(state, side=side)
        # The question itself is no answer to ours.
        told = {key: answer for key, answer in heard.answers.items() if printed(message) not in answer.shown}
        if current.options and not CLAUSES.search(message.strip(" ,，。?？！!")):
            told.pop(current.id, None)  # 啥叫股权众筹啊 ticks nothing
        if not (told or len(message) >= LONG_SIDE) or not self.ear.keeps(current, message):
            return Step(state, side=side)
        return replace(self._heard(state, current, replace(heard, answers=told)), side=side)

    def _heard(self, state: State, current: Question, heard: Heard) -> Step:
        """Keep what a message says, wherever it belongs."""
        if heard.choice:
            return Step(replace(self._with_rest(state, heard.rest), choice=heard.choice), (heard.ask,))
        by_id = {question.id: question for question in self.questions}
        read_well = self._known(heard)
        answers = {question.id: answer for question, answer in read_well}
        wrong = [] if current.id in answers or heard.wrong is None else [(current, heard.wrong)]
        kept = heard.rest.strip()
        state = self._with_rest(state, kept)
        if wrong and not wrong[0][1].wrong:
            wrong = []  # what was said is kept; that it was no answer need not be held against anybody
            state = replace(state, at=current.id if current.id not in answers else None, misses=state.misses + 1)
            if current.optional and state.misses >= MANY_MISSES and not state.has(current.id):
                read_well.append((current, SKIPPED))
        return self._keep(state, read_well, wrong, f"已记入“{by_id[self.ear.story].label}”。" if kept else "")

    def _with_kinds(self, state: State, message: str, current: Question) -> Step | None:
        """P2P和众筹 to a question of yes or no: yes, and what comes next is answered as well."""
        follow = next((q for q in self.questions if q.options and any(c.question == current.id for c in q.when)), None)
        if follow is None or len(message) < SHORTEST_KIND:
            return None
        try:
            chosen = pick(follow, message)["yes"] if not re.fullmatch(r"[\d\s、,，.]+", message) else []
        except AnswerError:
            chosen = []
        if not chosen:
            return None
        return self._keep(state, [(current, Answer("yes", "是")), (follow, ticked(follow, chosen))], [])

    def _pieces(self, message: str, current: Question, applicable: list[Question]) -> list[Piece]:
        """What of a message is for which question."""
        if current.type == "text":
            return [Piece(current.id, message)]
        pieces = labelled(message, [q for q in applicable if q.type not in ("checklist", "choices", "yes_no")], current)
        if not pieces and current.year:
            return tabled(message, current, applicable, self.this_year)
        by_id = {question.id: question for question in applicable}
        pieces = pieces or [Piece(current.id, message)]
        return [part for piece in pieces for part in with_phone(by_id[piece.question], piece.text)]

    def _take(self, state: State, pieces: list[Piece], adding: bool = False) -> Step:
        """Read each piece; what can be read is kept whatever becomes of the others.

        Args:
            adding: whether questions that take several answers get one more.
        """
        by_id = {question.id: question for question in self.path(state)}
        read_well: list[tuple[Question, Answer]] = []
        wrong: list[tuple[Question, AnswerError]] = []
        rests: list[str] = []
        parted = [parted_from(by_id[piece.question], piece) for piece in pieces]
        pieces = [piece for piece, _ in parted]
        for _, besides in parted:
            state = self._with_rest(state, besides)
        named = [piece.question for piece in pieces]
        for piece in pieces:
            question = by_id[piece.question]
            source = pointed_at(piece.text, question, list(by_id.values()))
            try:
                known = {**state.answers, **{read_one.id: answer for read_one, answer in read_well}}
                if source and source in known:
                    read_well.append((question, known[source]))
                elif question.optional and len(pieces) > 1 and command_in(piece.text, ("skip",)):
                    read_well.append((question, SKIPPED))  # 信用代码先不填
                else:
                    told, besides = read_leading(question, piece.text)
                    answer = self.ear.kept(question, told)
                    rests.append(besides)
                    more = adding and question.adds and state.has(question.id)
                    read_well.append((question, _more(state.answers[question.id], answer) if more else answer))
            except AnswerError as error:
                for_another = named.count(question.id) > 1  # another part answers this question
                unplaced = AnswerError(f"“{piece.text[:20]}”没有看懂是哪一项，没有记录。")
                wrong.append((question, unplaced if for_another else error))
        lost = [piece.text for piece in pieces if any(q.id == piece.question for q, _ in wrong)]
        kept = [text for text in (*lost, *rests) if self.ear.keeps(by_id[pieces[0].question], text)]
        for text in kept:
            state = self._with_rest(state, text)
        return self._keep(state, read_well, wrong, self._kept_in_story() if kept else "")

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
        said = [f"已记录：{'，'.join(_noted(q, a, earlier) for q, a in read_well)}。"] if read_well else []
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

    def _next(self, state: State, *message: str) -> Step:
        return Step(state, message, "ask" if self.current(state) else "review")

    # What is shown ----------------------------------------------------------------------------------------

    def prompt(self, state: State) -> tuple[str, tuple[Button, ...]]:
        """The open question with its place, its example and its quick replies."""
        return prompt(self, state)

    def review(self, state: State) -> tuple[str, tuple[Button, ...]]:
        """Everything that was answered, with a way to change each, and to submit when nothing is missing."""
        return review(self, state)


def _noted(question: Question, answer: Answer, before: State) -> str:
    """法定代表人 李四（原来是 张三）."""
    earlier = before.answers.get(question.id)
    changed = earlier is not None and earlier.value not in ("", None, []) and earlier.shown != answer.shown
    was = f"（原来是 {_cut(earlier.shown)}）" if changed and earlier else ""
    return f"{question.label} {_cut(answer.shown)}{was}"


def _more(before: Answer, answer: Answer) -> Answer:
    if answer.shown in before.shown:
        return before
    both = f"{before.shown}，{answer.shown}"
    return Answer(both, both)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"


# Of a long text so much is said back.
LONGEST_ECHO = 120
# A question this long holds more than a question.
LONG_SIDE = 24
CLAUSES = re.compile(r"[,，。;；?？！!\n ]")
SHORTEST_KIND = 2
YEARS_AGO = {"大前年": 3, "前年": 2, "去年": 1, "今年": 0}
LAST_YEARS = re.compile("大前年|前年|去年|今年")
SURE_RESTART = "重新开始会清空已填写的全部内容。确定要清空吗？"
KEPT = "好的，已保留您填写的内容。"
SURE_CANCEL = "取消后，已填写的内容会全部删除。确定要取消吗？"
HELP = (
    "直接用平常的话回答就可以，一次说几项也行，例如“法人张三，电话13812345678”。"
    "您随时可以说：上一题、修改加名称、看看填了什么、跳过、先停一下、继续、重新开始、取消；也可以直接问政策问题。"
)
QUESTION = re.compile(
    r"[?？]$|(?:能|会|可以|要|用|行|管|中|算|是|写上|收到|记上|记下)[^,，。;；]{0,12}(?:不|没)$|吗|呢$|谁|什么|怎么|如何|哪[个些里年月天]|能不能|可不可以|可以不可以|是不是|是否|合不合|违不违|有没有|会不会|要不要|给不给|能否|多久|多长时间|几号|为啥|为何|合法$|违法$|啥"
)


# 啥证据也没有, 谁都不信, 具体哪天真记不得, 那个啥金多多: words that ask elsewhere ask nothing here.
ASKS_NOTHING = re.compile(
    r"(?:那个|这个|叫个?|有个)(?:啥|什么)(?=[\u3400-\u9fff]{2})|弄啥[咧嘞哩]|"
    r"(?:啥|什么|谁|哪[个些里年月天儿]?|怎么)[^,，。;；?？]{0,6}[也都](?:不|没|无)|"
    r"(?:啥|什么|谁|哪[个些里年月天儿]|多久|多长时间|几号|怎么)[^,，。;；?？]{0,8}"
    r"(?:记不(?:得|住|清楚?|起来?|准)|忘(?:了|记|光)|不(?:记得|知道|清楚|晓得)|想不起来?|说不(?:上来?|清|准|好))"
)


def is_asking(text: str) -> bool:
    """Whether a message has the form of a question rather than of an answer."""
    return bool(QUESTION.search(ASKS_NOTHING.sub("", text.strip())))
