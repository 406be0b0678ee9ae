"""What the page draws of a reply: the answer in its parts, the form a question is, the review, the receipt.

Nothing is said here that the reply does not say; other channels show the same reply as plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.web.reply_lines import IN_WORDS, Line, lines_of
from casework.interview.commands import TICK
from casework.interview.questions import Question
from casework.tip_off.readings import AGREED, DENIED
from casework.workflows import WORKFLOWS

ANSWERS = ("policy", "duty", "deadline")
RECORDED = "已记录："
# What was filled in as a whole section is in the message above, and again in the review.
LONG_RECORD = 60
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
RATINGS = {"有用": "有用", "不是这个": "没用"}
SKIP, SKIP_ALL, GIVE_FILES = "跳过", "其余跳过", "修改手头的证据"
STEERING = (GIVE_FILES, "上一题", "为什么要问这个", "先停一下")
# Where files are asked for.
EVIDENCE = "evidence"
PICKED = "选好了"
# Before a clause's id: the command that shows the clause whole.
WHOLE = "原文 "
# A row's button says 改; what it changes stands beside it and in its accessible name.
MONEY_UNITS = ("元", "万元", "亿元")
WIDGETS = {"choices": "pick", "checklist": "check", "money": "money"}
# A section with so many open questions is also offered as one form.
FEWEST_TOGETHER = 3
# Free text that is mostly a day; a calendar helps, words are taken as well.
DAYS = {"since"}


@dataclass(frozen=True)
class Choice:
    number: int
    label: str
    picked: bool


@dataclass(frozen=True)
class Section:
    """A section of an interview: ``done``, ``now`` or ``later``."""

    name: str
    state: str


@dataclass(frozen=True)
class Field:
    """A question as a field among others of its section.

    Attributes:
        same: what the box says that copies another answer; empty: none.
        hint: an example, or that it may stay empty.
    """

    id: str
    label: str
    widget: str
    keyboard: str
    required: bool
    hint: str
    same: str = ""
    unknown: bool = False
    longest: int = 100


@dataclass(frozen=True)
class FormView:
    """An open question as a form.

    Attributes:
        name: ``kind.question``, sent back with the answer.
        widget: ``pick``, ``check``, ``money``, ``date`` or empty: the answer is typed into the box below.
    """

    name: str
    title: str
    number: int
    of: int
    widget: str = ""
    choices: tuple[Choice, ...] = ()
    sections: tuple[Section, ...] = ()
    keyboard: str = "text"
    whole: tuple[Field, ...] = ()
    begins: bool = False

    @property
    def stands_in_whole(self) -> bool:
        """Whether the question is a field of the form that is spread out: it is not asked a second time above it."""
        return self.begins and any(self.name.endswith(f".{field.id}") for field in self.whole)

    @property
    def asks(self) -> str:
        return f"回答第 {self.number}/{self.of} 题：{self.title}"


@dataclass(frozen=True)
class ReplyView:
    """A reply in the parts that the page draws."""

    lines: tuple[Line, ...]
    is_answer: bool
    form: FormView | None
    progress: FormView | None
    rows: tuple[tuple[str, str, str, str], ...]
    buttons: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    receipt: tuple[str, ...] = ()
    asks: str = ""


def view_of(reply: dict[str, Any]) -> ReplyView:
    """The parts of a reply."""
    custom = reply.get("custom") or {}
    place = custom.get("interview") or {}
    question = question_of(str(place.get("kind")), str(place.get("question")))
    rows = tuple((str(a), str(b), str(c), str(d)) for a, b, c, d in place.get("rows") or ())
    form = _form(place, question, reply) if question and not rows and place.get("typed", True) else None
    is_answer = custom.get("job") in ANSWERS and bool(custom.get("citations") or custom.get("entry"))
    receipt = tuple(str(custom.get("receipt") or "").split())
    return ReplyView(
        lines=tuple(
            _shown(lines_of(reply.get("text") or "", custom, is_answer), form, rows, receipt, _folds(custom, form))
        ),
        is_answer=is_answer and "interview" not in custom,
        form=form,
        progress=_progress(place, question),
        rows=rows,
        buttons=_sorted([*_in_words(reply), *_shortcuts(place, reply)], form, rows, custom.get("citations") or ()),
        receipt=receipt,
        asks=_asks(custom, rows, _progress(place, question)),
    )


def _asks(custom: dict[str, Any], rows: Sequence[tuple[str, ...]], progress: FormView | None) -> str:
    """What the box is for after a reply; empty when for anything."""
    if progress and progress.title:
        return progress.asks
    if custom.get("supplement"):
        return "补充情况：会原样转给办理单位"
    return "核对：哪里不对直接说" if rows else ""


def question_of(kind: str, question_id: str) -> Question | None:
    """The question that an interview is at; None when there is none."""
    job = WORKFLOWS.get(kind)
    return next((q for q in job.definition().questions if q.id == question_id), None) if job else None


def asks_of(turns: Sequence[dict[str, Any]]) -> str:
    """What the box is for, after these turns."""
    replies = turns[-1]["replies"] if turns else []
    return (view_of(replies[-1]).asks if replies else "") or ASKS


ASKS = "请输入您的问题"


def _folds(custom: dict[str, Any], form: FormView | None) -> bool:
    """Whether points to know beforehand are folded away, so that what is asked is in view on a phone."""
    return bool(custom.get("opening") or (form and form.begins))


def _shown(
    lines: Iterator[Line],
    form: FormView | None,
    rows: Sequence[tuple[str, ...]],
    receipt: Sequence[str],
    folds: bool,
) -> Iterator[Line]:
    """Lines without what stands in the form, the rows or the receipt's card already; ``after`` is below the rows."""
    labels = tuple(f"· {row[1]}：" for row in rows)
    code, behind = " ".join(receipt), False
    for line in lines:
        if line.kind == "question" and form and form.stands_in_whole:
            return  # it is the last that is said
        ticks = form and form.widget in ("pick", "check")
        if line.kind == "option" and ticks:
            continue
        if line.kind == "text" and ticks and IN_WORDS.search(line.text):
            yield Line("text", IN_WORDS.sub("", line.text))
            continue
        if line.kind == "text" and line.text.startswith(RECORDED):
            record, _, rest = line.text.partition("\n")
            yield Line("recorded" if len(record) > LONG_RECORD else "text", record)
            yield Line("text", rest)
            continue
        if line.kind == "note" and folds and not CODE.search(line.text):
            yield Line("aside", line.text)
            continue
        inner = line.text.split("\n")
        if labels and any(part.startswith(labels) for part in inner):
            behind = True
            continue
        if behind:
            yield Line("after", line.text)
            continue
        if code and code in line.text:
            inner = [part for part in inner if code not in part and not part.startswith("您的回执码")]
            yield Line(line.kind, "\n".join(inner))
            continue
        yield line


# The form ---------------------------------------------------------------------------------------------------


def _progress(place: dict[str, Any], question: Question | None) -> FormView | None:
    if not place.get("of"):
        return None
    names, now = place.get("sections") or [], place.get("section")
    at = names.index(now) if now in names else len(names)
    states = ["done" if n < at else "now" if n == at else "later" for n in range(len(names))]
    return FormView(
        name=f"{place.get('kind')}.{place.get('question')}",
        title=question.label if question else "",
        number=int(place["number"]),
        of=int(place["of"]),
        sections=tuple(Section(name, state) for name, state in zip(names, states, strict=True)),
        keyboard={"phone": "tel", "count": "numeric"}.get(question.type, "text") if question else "text",
    )


def _form(place: dict[str, Any], question: Question, reply: dict[str, Any]) -> FormView:
    widget = WIDGETS.get(question.type, "date" if question.id in DAYS else "")
    ticked = {
        int(m[1]) for b in reply.get("buttons") or [] if "☑" in b["title"] and (m := TICK.fullmatch(b["payload"]))
    }
    choices = tuple(Choice(n, o.label, n in ticked) for n, o in enumerate(question.options, start=1))
    return FormView(
        name=f"{place.get('kind')}.{question.id}",
        title=question.label,
        number=int(place.get("number") or 0),
        of=int(place.get("of") or 0),
        widget=widget,
        choices=choices,
        whole=_fields(str(place.get("kind")), place.get("open") or []),
        begins=place.get("kind") == "self_check" and _begins_section(question),
    )


def _begins_section(question: Question) -> bool:
    """Whether it is the first of its section; later on the whole section is offered, but not spread out."""
    job = WORKFLOWS["self_check"].definition()
    return next(q for q in job.questions if q.section == question.section).id == question.id


def _fields(kind: str, ids: Sequence[str]) -> tuple[Field, ...]:
    """The open questions of a section as one form; none when there are too few to be worth it."""
    found = [question for question_id in ids if (question := question_of(kind, question_id))]
    return tuple(map(_field, found)) if len(found) >= FEWEST_TOGETHER else ()


def _field(question: Question) -> Field:
    source = question_of("self_check", question.same_as) if question.same_as else None
    empty = "没有可以不填" if question.none else "可以不填" if question.optional else ""
    example = f"例：{question.example}" if question.example and question.type in ("name", "address", "text") else ""
    return Field(
        id=question.id,
        label=question.label,
        widget={"money": "money", "text": "text"}.get(question.type, "line"),
        keyboard={"phone": "tel", "count": "numeric", "money": "decimal"}.get(question.type, "text"),
        required=not (question.optional or question.none or question.unknown or source),
        hint="；".join(filter(None, (empty, example))),
        same=f"与{source.label}相同" if source else "",
        unknown=question.unknown,
        longest=min(question.most, 400) if question.type in ("name", "person", "text") else 100,
    )


# The buttons ------------------------------------------------------------------------------------------------


def _in_words(reply: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The reply's buttons without those that answer what stands in a form of its own."""
    instead = (AGREED, DENIED) if (reply.get("custom") or {}).get("offer") else ()
    return (button for button in reply.get("buttons") or [] if button["payload"] not in instead)


def _shortcuts(place: dict[str, Any], reply: dict[str, Any]) -> Iterator[dict[str, str]]:
    """What one may say at every question of a report that may be skipped, as buttons.

    Who has a photo in hand would tap 跳过 six times to come to the question of evidence. Other channels have room for
    few buttons and say it in words.
    """
    skippable = any(button["payload"] == SKIP for button in reply.get("buttons") or [])
    if place.get("kind") != "tip_off" or place.get("rows") or not skippable:
        return
    yield {"title": "其余跳过，去核对", "payload": SKIP_ALL}
    if place.get("question") != EVIDENCE:
        yield {"title": "传照片或文件", "payload": GIVE_FILES}


def _sorted(
    buttons: Sequence[dict[str, str]],
    form: FormView | None,
    rows: Sequence[tuple[str, ...]],
    citations: Sequence[dict[str, str]],
) -> dict[str, list[dict[str, str]]]:
    """Buttons by what they are for: ``main``, ``choice``, ``steer``, ``rate``.

    One that shows a clause is left out where a card opens the same clause.
    """
    needless = {row[3] for row in rows} | {f"{WHOLE}{citation.get('clause')}" for citation in citations}
    found: dict[str, list[dict[str, str]]] = {"main": [], "choice": [], "steer": [], "rate": []}
    for button in buttons:
        payload = button["payload"]
        in_form = form and form.widget in ("pick", "check") and (TICK.fullmatch(payload) or payload == PICKED)
        if payload in needless or in_form:
            continue
        if payload in RATINGS:
            found["rate"].append(button)
        elif payload in STEERING:
            found["steer"].append(button)
            found["steer"].sort(key=lambda each: STEERING.index(each["payload"]))
        else:
            main = rows and payload in (*(job.definition().submit for job in WORKFLOWS.values()), "继续")
            found["main" if main else "choice"].append(button)
    return found
