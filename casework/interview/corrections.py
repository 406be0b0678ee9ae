"""Corrections in free words: 不对，是李四; 刚才平台名称填错了，应该叫…; 人数不是30，是300; 发生了什么改成：…."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from casework.interview.answers import UNKNOWN, read
from casework.interview.correction_forms import (
    A_SLIP,
    ALL_WRONG,
    BEHIND_WORDS,
    BY_FORM,
    CHANGED,
    CLOSING,
    COUNT,
    DONE,
    HEAD,
    IN_QUOTES,
    KINDS,
    LABEL_AND_ANSWER,
    LAST_DIGITS,
    LINK,
    MONEY_UNIT,
    NAMED_AFTER,
    NOT_THAT,
    ONE_CHARACTER,
    PARTS,
    PATTERNS,
    RESPELT,
    STARRED,
)
from casework.interview.errors import AnswerError
from casework.interview.questions import Question
from casework.interview.spelling import without_spelling
from casework.interview.state import State
from knowledge.text import normalise


@dataclass(frozen=True)
class Correction:
    """A new answer, and the questions it could be for.

    Attributes:
        words: what was said to be right, where ``to`` is a longer answer with these words put into it.
    """

    meant: tuple[str, ...]
    to: str
    words: str = ""


ALIKE = 0.6
# 涧西 for 涧西区: an answer with so few characters more is but these words.
LITTLE_MORE = 4
# 去年八月（2015年8月）: what was added to an answer is not what was said.
BY_CALENDAR = re.compile(r"（[^（）]*）$")


def corrections(message: str, state: State, applicable: Sequence[Question]) -> list[Correction]:
    """All that a message corrects: 钱数改成11万，人数改成40人 is two; empty where it corrects nothing."""
    parts = [part.strip() for part in PARTS.split(message.strip(" 。！!")) if part.strip()]
    if len(parts) > 1 and all(CHANGED.search(part) for part in parts):
        each = [found for part in parts if (found := correction(part, state, applicable)) and len(found.meant) == 1]
        if len(each) == len(parts) and len({found.meant for found in each}) == len(parts):
            return each
    if len(parts) > 1 and (several := _each_named(parts, state, applicable)):
        return several
    found = correction(message, state, applicable)
    return [found] if found else []


def _each_named(parts: Sequence[str], state: State, applicable: Sequence[Question]) -> list[Correction]:
    """更正：平台名称为车友帮贷，涉及金额为21500元: each part names its question; empty where one does not."""
    head = re.match(HEAD, parts[0])
    if len(parts) > 2 and ALL_WRONG.fullmatch(parts[0]):
        named_parts = list(parts[1:])
    elif head and parts[0][head.end() :]:
        named_parts = [parts[0][head.end() :], *parts[1:]]
    else:
        return []
    found = [correction(f"更正:{part}", state, applicable) for part in named_parts]
    known = [each for each in found if each and len(each.meant) == 1]
    return known if len(known) == len(named_parts) == len({each.meant for each in known}) else []


def correction(message: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """What a message corrects; None when it corrects nothing that was answered or can be named."""
    text = without_spelling(message.strip(" 。！!"))
    if starred := STARRED.fullmatch(text):
        said = (starred["before"] or starred["behind"]).strip()
        return _starred(re.sub(rf"^{HEAD}", "", said), state, applicable)
    if (labelled := LABEL_AND_ANSWER.fullmatch(text)) and (found := _labelled(labelled, state, applicable)):
        return found
    for pattern in PATTERNS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        parts = match.groupdict()
        to = without_spelling(_new_answer(parts["to"]))
        if whole := parts.get("whole"):
            meant = _holding_just(whole, to, state, applicable)
        else:
            meant = _meant(parts.get("what"), parts.get("old"), bool(parts.get("last")), to, state, applicable)
        if meant and to and not UNKNOWN.fullmatch(to):
            within = _within(meant, parts.get("old"), to, state)
            return Correction(tuple(question.id for question in meant), within, to)
    return (
        _behind_words(text, state, applicable)
        or _named_after(text, state, applicable)
        or _respelt(text, state, applicable)
        or _in_part(text, state, applicable)
    )


def _behind_words(text: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """A correction behind other words, where what was wrong is the answer to one question and nothing else."""
    for pattern in BEHIND_WORDS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        old, to = match["old"].strip(), without_spelling(_new_answer(match["to"]))
        held = [q for q in applicable if q.id in state.answers and q.type != "text" and _is(state, q, old)]
        if len(held) == 1 and _reads(held[0], to):
            return Correction((held[0].id,), to)
    return None


def _starred(to: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """The answer that a starred word is put in the place of: of its form, or a name like it."""
    answered = [question for question in applicable if question.id in state.answers]
    meant = [q for q in answered if q.type in BY_FORM and q.type != "person" and state.has(q.id) and _reads(q, to)]
    if not meant and BARE_SUM.fullmatch(to):  # 4000*, where a sum stands
        to = f"{to}元"
        meant = [q for q in answered if q.type == "money" and state.has(q.id)]
    meant = [q for q in meant if q.type != "count" or not MONEY_UNIT.search(to)] or meant
    return Correction(tuple(q.id for q in meant), to) if meant else _like(to, state, applicable)


BARE_SUM = re.compile(r"\d{3,9}(?:\.\d{1,2})?")


def _labelled(match: re.Match[str], state: State, applicable: Sequence[Question]) -> Correction | None:
    """涉及金额：9万 where that was answered before; what nobody answered is read where all labels are."""
    wanted = normalise(match["what"]).strip(" 的")
    for question in applicable:
        if wanted in {normalise(name) for name in (question.label, *question.names)}:
            known = question.type != "text" and state.has(question.id) and not question.adds
            return Correction((question.id,), match["to"]) if known and _reads(question, match["to"]) else None
    return None


def _respelt(text: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    match = RESPELT.fullmatch(text)
    return _like(match["to"].strip(), state, applicable) if match else None


def _like(to: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """The one name among the answers that is written nearly the same."""
    alike = [
        question
        for question in applicable
        if question.type in ("name", "person")
        and state.has(question.id)
        and _alike(state.answers[question.id].shown, to)
    ]
    return Correction((alike[0].id,), to) if len(alike) == 1 and _reads(alike[0], to) else None


def _alike(one: str, other: str) -> bool:
    return one != other and len(one) == len(other) and SequenceMatcher(None, one, other).ratio() >= ALIKE


def _new_answer(words: str) -> str:
    """What shall stand there, without what is said around it."""
    to = A_SLIP.sub("", DONE.sub("", NOT_THAT.sub("", CLOSING.sub("", words.strip(" :："))).strip()))
    quoted = IN_QUOTES.fullmatch(to)
    return quoted["inner"] if quoted else to


def _in_part(text: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """A part of an answer that is put right."""
    answered = [question for question in applicable if state.has(question.id)]
    if match := ONE_CHARACTER.fullmatch(text):
        held = [q for q in answered if q.type in ("name", "person") and match["old"] in state.answers[q.id].shown]
        if len(held) == 1:
            return Correction((held[0].id,), state.answers[held[0].id].shown.replace(match["old"], match["new"]))
    if match := LAST_DIGITS.fullmatch(NOT_THAT.sub("", text)):
        phones = [q for q in answered if q.type == "phone"]
        phones = [q for q in phones if q.id == state.last] or phones
        digits = re.sub(r"\D", "", state.answers[phones[0].id].shown) if len(phones) == 1 else ""
        new = digits[: len(digits) - len(match["tail"])] + match["tail"]
        return Correction((phones[0].id,), new) if digits and _reads(phones[0], new) else None
    return None


def _named_after(text: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """更正：平台全名金福来财富管理: a question's name and its answer, with nothing between them."""
    match = NAMED_AFTER.fullmatch(text)
    if match is None:
        return None
    if match["what"]:
        called = named(match["what"], applicable) or _of_kind(
            match["what"], [question for question in applicable if question.id in state.answers], None, state
        )
        meant = [question for question in called if _reads(question, match["to"])]
        return Correction((meant[0].id,), match["to"]) if len(meant) == 1 else None
    names = sorted(
        ((name, question) for question in applicable for name in (question.label, *question.names)),
        key=lambda pair: -len(pair[0]),
    )
    for name, question in names:
        if not match["rest"].startswith(name):
            continue
        to = LINK.sub("", match["rest"][len(name) :])
        return Correction((question.id,), to) if len(to) > 1 and _reads(question, to) else None
    return None


def _holding_just(words: str, to: str, state: State, applicable: Sequence[Question]) -> list[Question]:
    """The questions whose whole answer is these words, or the same figure: 五万 where 5万元人民币 stands."""
    return [
        question
        for question in applicable
        if question.id in state.answers
        and question.type != "text"
        and _is(state, question, words)
        and _reads(question, to)
    ]


def _is(state: State, question: Question, words: str) -> bool:
    answer = state.answers[question.id]
    if words.strip() == answer.shown:
        return True
    if question.type not in ("money", "count", "phone"):
        return False
    try:
        return bool(read(question, words).value == answer.value)
    except AnswerError:
        return False


def _meant(
    what: str | None, old: str | None, last: bool, to: str, state: State, applicable: Sequence[Question]
) -> list[Question]:
    answered = [question for question in applicable if question.id in state.answers]
    if what:
        # 联系方式改成138…: no yes or no is meant
        called = [q for q in named(what, applicable) if q.type != "yes_no" or _reads(q, to)]
        found = _holding(called, old, state) or _of_kind(what, answered, old, state)
        # 五万说少了，是五万八: what is wrong may be told by what stands there.
        return found or [q for q in answered if _is(state, q, what) and _reads(q, to)]
    if old:
        holding = [question for question in answered if _shows(state, question, old)]
        # A story may hold the same words; the answer that is but these is meant.
        alone = [q for q in holding if len(BY_CALENDAR.sub("", state.answers[q.id].shown)) <= len(old) + LITTLE_MORE]
        return [q for q in holding if q.type != "text" and _reads(q, to)] or alone or holding
    previous = next((question for question in answered if question.id == state.last), None)
    if previous and _reads(previous, to) and (last or previous.type in (*BY_FORM, "name", "yes_no", "choices")):
        return [previous]
    return [question for question in answered if question.type in BY_FORM and _reads(question, to)]


def _within(meant: Sequence[Question], old: str | None, to: str, state: State) -> str:
    """不是金福来，是金福莱 in a story: the words within it are changed, and the story stays."""
    if len(meant) != 1 or meant[0].type not in ("text", "person") or not old:
        return to
    shown = state.answers[meant[0].id].shown if meant[0].id in state.answers else ""
    if shown.startswith(old) and len(shown) <= len(old) + LITTLE_MORE < len(to):
        return to  # 西工百货楼对面, where 涧西区 stands: all of it
    return shown.replace(old, to) if old in shown else to


def named(what: str, applicable: Sequence[Question]) -> list[Question]:
    """Questions that a name means: its own name first, else a part of one."""
    wanted = normalise(what).strip(" 的：:")
    wanted = re.sub(r"(?<=..)(?:那|这)?(?:一)?(?:栏|项|格|条|块儿?|里)$", "", wanted)
    bare = {wanted, wanted.replace("的", ""), re.sub(r"的?(?:名字|姓名|全名)$", "", wanted)}
    exact = [q for q in applicable if bare & {normalise(name) for name in (q.label, *q.names)}]
    if exact or len(wanted) < 2:
        return exact
    part = [q for q in applicable if any(wanted in normalise(name) for name in (q.label, *q.names))]
    # 投资时间: with a word more than its name has
    longer = [q for q in applicable if any(len(name) > 1 and wanted.endswith(normalise(name)) for name in q.names)]
    return part or (longer if len(longer) == 1 else [])


def _holding(questions: list[Question], old: str | None, state: State) -> list[Question]:
    """Of several, the one whose answer is the one that is said to be wrong."""
    if not old or len(questions) < 2:
        return questions
    return [q for q in questions if _shows(state, q, old)] or questions


def _shows(state: State, question: Question, words: str) -> bool:
    if question.id in state.answers and _is(state, question, words):
        return True
    shown = state.answers[question.id].shown if question.id in state.answers else ""
    return words in shown or words.replace(" ", "") in shown.replace(" ", "")


def _of_kind(what: str, answered: list[Question], old: str | None, state: State) -> list[Question]:
    kinds = [name for name, words in KINDS.items() if words.fullmatch(what.strip())]
    return _holding([question for question in answered if question.type in kinds], old, state)


def _reads(question: Question, text: str) -> bool:
    if question.type == "count" and not COUNT.fullmatch(text):
        return False
    try:
        read(question, text)
    except AnswerError:
        return False
    return True
