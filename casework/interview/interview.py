"""A turn of an interview: what was said goes in with the state, what to say comes out with the next state.

Nothing here knows a store, a messenger or Rasa; the jobs bring their questions and keep the state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from casework.interview.absence import lacks_it
from casework.interview.answers import SKIPPED, UNKNOWN, Answer, half_width, pick, printed, read, ticked
from casework.interview.commands import command_in
from casework.interview.corrections import Correction, corrections
from casework.interview.echoes import with_more
from casework.interview.errors import AnswerError
from casework.interview.hearing import Heard, added
from casework.interview.questions import Question
from casework.interview.several import (
    Piece,
    equation,
    labelled,
    parted_from,
    pointed_at,
    read_leading,
    tabled,
    with_phone,
)
from casework.interview.showing import Button, prompt, review
from casework.interview.state import Choice, State
from casework.interview.steering import Steering
from casework.interview.steps import KEPT, MANY_MISSES, Side, Step


@dataclass(frozen=True)
class Interview(Steering):
    """A list of questions and the words around them: what a turn comes to."""

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
        message = SHORT_YEARS.sub(lambda match: match[0].replace(match["year"], f"20{match['year']}"), message)
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
                    read_well.append((question, with_more(state.answers[question.id], answer) if more else answer))
            except AnswerError as error:
                for_another = named.count(question.id) > 1  # another part answers this question
                unplaced = AnswerError(f"“{piece.text[:20]}”没有看懂是哪一项，没有记录。")
                wrong.append((question, unplaced if for_another else error))
        lost = [piece.text for piece in pieces if any(q.id == piece.question for q, _ in wrong)]
        kept = [text for text in (*lost, *rests) if self.ear.keeps(by_id[pieces[0].question], text)]
        for text in kept:
            state = self._with_rest(state, text)
        return self._keep(state, read_well, wrong, self._kept_in_story() if kept else "")

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

    def prompt(self, state: State) -> tuple[str, tuple[Button, ...]]:
        """The open question with its place, its example and its quick replies."""
        return prompt(self, state)

    def review(self, state: State) -> tuple[str, tuple[Button, ...]]:
        """Everything that was answered, with a way to change each, and to submit when nothing is missing."""
        return review(self, state)


LONG_SIDE = 24
CLAUSES = re.compile(r"[,，。;；?？！!\n ]")
SHORTEST_KIND = 2
YEARS_AGO = {"大前年": 3, "前年": 2, "去年": 1, "今年": 0}
# 15、16年都做
SHORT_YEARS = re.compile(r"(?<!\d)(?P<year>1\d)(?=(?:[、,，和跟到至\-~/ ]+(?:20)?1\d)*年)")
LAST_YEARS = re.compile("大前年|前年|去年|今年")
