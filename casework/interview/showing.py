"""What an interview shows: the open question with its place and quick replies, and the review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from casework.interview.questions import Question
from casework.interview.state import State

if TYPE_CHECKING:
    from casework.interview.interview import Interview


@dataclass(frozen=True)
class Button:
    """A quick reply; ``payload`` is what a person could have typed, so any channel can offer it."""

    title: str
    payload: str


LONGEST_ON_BUTTON = 16
STEERING = (Button("上一题", "上一题"), Button("为什么要问这个", "为什么要问这个"), Button("先停一下", "先停一下"))


def prompt(interview: Interview, state: State) -> tuple[str, tuple[Button, ...]]:
    """The open question with its place, its example and its quick replies."""
    question = interview.current(state)
    if question is None:
        return "", ()
    label = f"{question.label}{'（选填）' if question.optional else ''}"
    lines = [f"{interview.progress(state)} · {label}{_place(interview, state, question)}"]
    lines += [question.ask + _branches(interview, state, question)]
    lines += [f"{n}. {option.label}" for n, option in enumerate(question.options, start=1)]
    if question.example:
        lines.append(f"例：{question.example}")
    if question.id in state.suggested and question.id not in state.answers:
        lines.append(f"从您说的看，可能是：{state.suggested[question.id].shown}。没错请回复“对”。")
    if question.id in state.answers and state.at == question.id:
        lines.append(f"现在填的是：{state.answers[question.id].shown}。直接发送新的内容即可替换。")
    return "\n".join(lines), (*_choices(interview, state, question), *STEERING)


def _place(interview: Interview, state: State, question: Question) -> str:
    """一、企业基本情况，还有约 3 分钟."""
    return f"　{question.section}，还有约 {interview.minutes(state)} 分钟"


def _branches(interview: Interview, state: State, question: Question) -> str:
    """How many questions there will be, where an answer decides on it."""
    now, most = len(interview.path(state)), interview.at_most(state)
    decides = question.type == "yes_no" and any(c.question == question.id for q in interview.questions for c in q.when)
    if not decides or most - now < MANY_MORE or state.has(question.id):
        return ""
    return f"\n答“否”，填完这题就核对提交；答“是”，再按业务种类问几组，全部最多 {most} 题。"


# A branch with fewer questions more needs no word beforehand.
MANY_MORE = 5


def _choices(interview: Interview, state: State, question: Question) -> list[Button]:
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
        source = next(q for q in interview.questions if q.id == question.same_as)
        buttons.append(Button(f"与{source.label}相同", f"跟{source.label}一样"))
    if question.none:
        buttons.append(Button("没有", "没有"))
    if question.optional:
        buttons.append(Button("跳过", "跳过"))
    if question.unknown:
        buttons.append(Button("不清楚", "不清楚"))
    return buttons


def review(interview: Interview, state: State) -> tuple[str, tuple[Button, ...]]:
    """Everything that was answered, with a way to change each, and to submit when nothing is missing."""
    lines, section = [], ""
    answered = interview.answered(state)
    for question, answer in answered:
        if question.section != section:
            section = question.section
            lines.append(f"\n{section}")
        lines.append(f"· {question.label}：{answer.shown}")
    buttons = [Button(f"修改{question.label}"[:20], f"修改{question.label}") for question, _ in answered]
    if interview.current(state) is None:
        buttons.insert(0, Button(interview.submit, interview.submit))
    else:
        missing = len(interview.open(state))
        lines.append(f"\n还有 {missing} 题未填，约 {interview.minutes(state)} 分钟。")
        buttons.insert(0, Button("继续填写", "继续"))
    return "\n".join(lines).strip() or "还没有填写内容。", (*buttons, Button("先停一下", "先停一下"))
