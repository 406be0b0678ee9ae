"""What is added to a tip-off's draft beside the interview: its files, their captions, a text too long for a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from actions.cases.evidence import Finding
from actions.cases.store import Case, CaseStore, Conflict
from actions.interview.answers import Answer, half_width, printed
from actions.interview.questions import Question
from actions.interview.state import State
from actions.tip_off.definition import tip_off_definition
from actions.tip_off.dialogue import JOB, STORY
from knowledge.text import clean, normalise

# Characters of a story; more than anybody types, and what a form or a message may carry at once.
LONGEST_STORY = 20_000
UPLOADED = "已上传 {count} 个文件：{names}"
TRIES = 5


def changed(store: CaseStore, case: Case, change: Callable[[State], State]) -> State:
    """Write a change into a draft, over whatever else is written at the same time; returns what it is then.

    Raises:
        Conflict: it was submitted or deleted meanwhile.
    """
    for _ in range(TRIES):
        fresh = store.get(case.id)
        if fresh is None or not fresh.is_draft:
            break
        before = State.from_json(fresh.content)
        if (after := change(before)) == before:
            return before
        try:
            store.save(fresh, after.as_json())
        except Conflict:
            continue
        return after
    raise Conflict(case.id)


def noted_evidence(store: CaseStore, case: Case) -> list[str]:
    """Write the names of a draft's files into its answer on evidence, behind what was typed there; returns them."""
    names = [evidence.name for evidence in store.evidence(case)]
    if names:
        changed(store, case, lambda state: _with_files(state, names))
    return names


def _with_files(state: State, names: Sequence[str]) -> State:
    question = tip_off_definition().question("evidence")
    kept = state.answers.get(question.id)
    typed = ""
    if kept and kept.value:
        typed = str(kept.value) if isinstance(kept.value, str) else kept.shown.partition("已上传 ")[0].rstrip("；")
    uploaded = UPLOADED.format(count=len(names), names="、".join(names))
    return _answered(state, question, Answer(list(names), f"{typed}；{uploaded}" if typed else uploaded))


def _answered(state: State, question: Question, answer: Answer) -> State:
    """An answer that came from beside the open question, whose ticks and tries stay as they are."""
    after = state.with_answer(question, answer)
    here = question.id == state.at
    return replace(after, misses=state.misses, picked=() if here else state.picked)


def is_story(state: State, text: str) -> bool:
    """Whether what was said with a file tells something, or is only what is in it (合同)."""
    return "happened" in state.answers or len(normalise(text)) >= STORY


def with_story(state: State, text: str) -> tuple[State, tuple[str, ...]]:
    """Add to what happened; returns what else was found in it, in words. Nothing is added twice."""
    question = tip_off_definition().question("happened")
    told, kept = printed(half_width(clean(text))).strip(), state.answers.get("happened")
    before = kept.shown if kept and kept.value else ""
    if not told or told in before:
        return state, ()
    whole = f"{before}\n{told}".strip()[:LONGEST_STORY]
    return JOB.told(state, _answered(state, question, Answer(whole, whole)), text)


def with_findings(state: State, findings: Sequence[Finding]) -> tuple[State, tuple[str, ...]]:
    """Fill in what was read in a file and confirmed, where nothing was answered yet; returns what was, in words."""
    definition = tip_off_definition()
    names = [finding.text for finding in findings if finding.kind == "name"]
    ways = [finding.text for finding in findings if finding.kind in ("site", "account", "phone")]
    filled: list[str] = []
    for id_, texts in (("target", names), ("reach", ways)):
        question, kept = definition.question(id_), state.answers.get(id_)
        shown = _joined(texts, question.most)
        if shown and not (kept and kept.value):
            state = _answered(state, question, Answer(shown, shown))
            filled.append(f"{question.label}：{shown}")
    return state, tuple(filled)


def _joined(texts: Sequence[str], most: int) -> str:
    joined = ""
    for text in texts:
        longer = f"{joined}、{text}" if joined else text
        if len(longer) > most:
            break
        joined = longer
    return joined
