"""What is added to a tip-off's draft beside the interview: its files, their captions, a text too long for a message."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from casework.cases.case import Case, Conflict
from casework.cases.contact import without_phone
from casework.cases.evidence import Finding
from casework.cases.store import CaseStore
from casework.interview.answers import LETTERS, SKIPPED, Answer, half_width, printed, read
from casework.interview.commands import COMMANDS, command_in
from casework.interview.errors import AnswerError
from casework.interview.questions import Question
from casework.interview.state import State, is_open, path
from casework.tip_off.definition import tip_off_definition
from casework.tip_off.extraction import Extracted, extract
from casework.tip_off.times import dated
from knowledge.directory import Directory
from knowledge.text import clean, normalise

# A message this long, in which something was found, tells a story; 我要举报 does not.
STORY, LONG_STORY = 9, 18
# Characters of a story; more than anybody types, and what a form or a message may carry at once.
LONGEST_STORY = 20_000
UPLOADED = "已上传 {count} 个文件：{names}"
FILES_STAY = "已上传的文件都在，仍列在“{label}”里。"
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
    names: list[str] = []

    def change(state: State) -> State:
        names[:] = [evidence.name for evidence in store.evidence(case)]  # at each try: another file may have come
        return with_files(state, names) if names else state

    changed(store, case, change)
    return names


def with_files(state: State, names: Sequence[str]) -> State:
    """The answer on evidence with the names of the files that were uploaded, behind what was typed."""
    question = tip_off_definition().question("evidence")
    kept = state.answers.get(question.id)
    typed = ""
    if kept and kept.value:
        typed = str(kept.value) if isinstance(kept.value, str) else kept.shown.partition("已上传 ")[0].rstrip("；")
    uploaded = UPLOADED.format(count=len(names), names="、".join(names))
    return _answered(state, question, Answer(list(names), f"{typed}；{uploaded}" if typed else uploaded))


def keeping_files(before: State, after: State) -> tuple[State, tuple[str, ...]]:
    """What was typed over the names of files, or skipped: the files are there all the same, and stay in the answer."""
    names = before.answers["evidence"].value if "evidence" in before.answers else None
    if not isinstance(names, list) or not after.answers or before.answers["evidence"] == after.answers.get("evidence"):
        return after, ()
    question = tip_off_definition().question("evidence")
    kept = replace(with_files(after, names), at=after.at, last=after.last)
    return kept, (FILES_STAY.format(label=question.label),)


def forgetting_phone(before: State, after: State) -> State:
    """A telephone that was taken back (把我电话删了吧) goes from the words it was told in as well."""
    kept, now = before.answers.get("contact_phone"), after.answers.get("contact_phone")
    refused = after.values("contact") == ("no",)
    if kept is None or not kept.value or not after.answers or (now and now.value and not refused):
        return after
    cleared = State.from_json(without_phone(after.as_json(), kept.as_json()))
    return replace(cleared, answers={**cleared.answers, "contact_phone": SKIPPED})


def _answered(state: State, question: Question, answer: Answer) -> State:
    """An answer that came from beside what is asked: ticks, tries and what is to be chosen stay as they are."""
    after = state.with_answer(question, answer)
    here = question.id == state.at
    return replace(after, misses=state.misses, picked=() if here else state.picked, choice=state.choice)


def is_story(state: State, text: str) -> bool:
    """Whether what was said with a file tells something, or is only what is in it (合同)."""
    return "happened" in state.answers or len(normalise(text)) >= STORY or bool(SUM_TOLD.search(text))


# 这是合同，七万
SUM_TOLD = re.compile(r"[\d一二两三四五六七八九十几]\s*[万千百亿]|\d\s*[元块]")


def with_story(directory: Directory, today: date, state: State, text: str) -> tuple[State, tuple[str, ...]]:
    """Add to what happened; returns what else was found in it, in words. Nothing is added twice."""
    question = tip_off_definition().question("happened")
    told, kept = printed(half_width(clean(text))).strip(), state.answers.get("happened")
    before = kept.shown if kept and kept.value else ""
    if not told or told in before:
        return state, ()
    whole = f"{before}\n{told}".strip()[:LONGEST_STORY]
    return with_lifted(directory, today, state, _answered(state, question, Answer(whole, whole)), text)


def with_lifted(
    directory: Directory, today: date, before: State, after: State, text: str
) -> tuple[State, tuple[str, ...]]:
    """Lift what a story says besides: only what was not answered yet."""
    definition = tip_off_definition()
    happened = definition.question("happened")
    if not after.answers and not before.answers:
        if after.at or command_in(text, COMMANDS):  # 修改金额 and its like steer, and tell nothing
            return after, ()
        extracted = extract(definition, directory, text)
        enough = STORY if extracted.answers or "conducts" in extracted.suggested else LONG_STORY
        if len(normalise(text)) < enough:
            suggested = {k: v for k, v in extracted.suggested.items() if k == "business"}
            after = replace(after, suggested=suggested, opening=opening_words(text) or after.opening)
            return _with_new(after, extracted.answers, today)
        after = after.with_answer(happened, _story(text))
    elif before.answers.get("happened") == after.answers.get("happened"):
        return after, ()
    else:
        after = _with_opening(after)
        extracted = extract(definition, directory, after.answers["happened"].shown)
    after = _with_opening(after)
    goes_on = before.has("happened") and after.answers["happened"].shown.startswith(before.answers["happened"].shown)
    new = {} if goes_on else {key: a for key, a in extracted.answers.items() if not after.has(key)}
    if before.has("happened") and not goes_on:
        new |= _put_right(extract(definition, directory, before.answers["happened"].shown), extracted, after, today)
    after = replace(after, suggested={**after.suggested, **extracted.suggested})  # what the whole story suggests
    return _with_new(after, new, today)


def _put_right(was: Extracted, now: Extracted, state: State, today: date) -> dict[str, Answer]:
    """是洛龙不是吉利, where the story said 吉利: answers that were read in the words that changed change with them."""
    return {
        key: answer
        for key, answer in now.answers.items()
        if key in was.answers
        and was.answers[key] != answer
        and key in state.answers
        and state.answers[key].shown in (was.answers[key].shown, dated(was.answers[key].shown, today))
    }


def _with_new(after: State, new: dict[str, Answer], today: date) -> tuple[State, tuple[str, ...]]:
    """A state with what was lifted, and the sentence that says so."""
    definition, told = tip_off_definition(), after.has("happened")
    new = _without_own(new, new.get("contact_phone") or after.answers.get("contact_phone"))
    for question, answer in new.items():
        shown = dated(answer.shown, today) if question == "since" else answer.shown
        value = shown if question == "since" else answer.value
        after = replace(after.with_answer(definition.question(question), Answer(value, shown)), choice=after.choice)
    if not new:
        return after, ()
    after = replace(after, last="happened" if told else after.last)
    noted = "，".join(f"{definition.question(q).label} {after.answers[q].shown}" for q in new)
    return after, (f"从您说的记下：{noted}。不对的话随时说“修改”加名称。",)


def _without_own(new: dict[str, Answer], own: Answer | None) -> dict[str, Answer]:
    """What was lifted without ways to the platform that are the reporter's own: QQ 38215567，别打电话."""
    if "reach" not in new or own is None or not own.value:
        return new
    mine = [re.sub(r"\s", "", each.split()[-1] if LETTERS.search(each) else each) for each in own.shown.split("、")]
    ways = [way for way in new["reach"].shown.split("，") if not any(one in re.sub(r"\s", "", way) for one in mine)]
    rest = {key: answer for key, answer in new.items() if key != "reach"}
    return {**rest, "reach": Answer("，".join(ways), "，".join(ways))} if ways else rest


def _story(text: str) -> Answer:
    told = printed(half_width(clean(text)))
    return Answer(told, told)


def tells_of_report(directory: Directory, text: str) -> bool:
    """Whether a message tells what a report is about: whom, or how much was lost to somebody."""
    extracted = extract(tip_off_definition(), directory, text)
    return bool(HAPPENED.search(text) and (extracted.answers.keys() & {"target", "amount", "reach"}))


# Told as something that happened to people, not asked in general.
HAPPENED = re.compile(
    r"[被让](?:[^,，。]{1,12})?(?:骗|坑|忽悠|哄)|骗了|坑了|(?:投|存|交|充|借|买|转|打|亏|拿)(?:给|进|到)?了|举报|投诉|跑路|"
    r"[提取退要拿]不(?:出|了|到|回)|不给(?:钱|取|退|兑)|打不开|联系不上|拉(?:人|我|俺)"
)
# 我要举报一个平台: words that begin a report and say nothing of it.
BEGINNING = re.compile(
    r"(?:你好|您好|请问|在吗|我们?|要|想|来|需要|怎么|如何|可以|能|帮|举报|投诉|反映|揭发|检举|报案|线索|情况|问题|违法|违规|可疑|"
    r"一个|一家|一下|某个?|这个?|那个?|有|下|平台|公司|企业|网站|app|p2p|骗子|诈骗|吗|呢|的|了|里|是|人|吧|\W)*",
    re.IGNORECASE,
)


def opening_words(text: str) -> str:
    """What a first message says that is too short for a story: it stands before the story once that is told."""
    return "" if BEGINNING.fullmatch(half_width(clean(text))) else printed(half_width(clean(text)))


def _with_opening(state: State) -> State:
    if not state.opening or not state.has("happened"):
        return state
    story = state.answers["happened"].shown
    told = story if state.opening in story else f"{state.opening}\n{story}"
    return replace(state, answers={**state.answers, "happened": Answer(told, told)}, opening="")


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
    return _with_sum(state, [finding.text for finding in findings if finding.kind == "sum"]), tuple(filled)


def _with_sum(state: State, sums: Sequence[str]) -> State:
    """The largest sum in a paper is what it may be about: that is asked, and not how much all over again."""
    question = tip_off_definition().question("amount")
    if not sums or state.has(question.id) or question.id in state.suggested:
        return state
    try:
        suggested = read(question, sums[0])
    except AnswerError:
        return state
    return replace(state, suggested={**state.suggested, question.id: suggested})


def takes_no_yes(state: State) -> bool:
    """Whether 对 answers nothing that is being asked: no yes or no, no guess, no choice."""
    asked = next((q for q in path(tip_off_definition().questions, state) if q.id == state.at), None)
    asked = asked or next((q for q in path(tip_off_definition().questions, state) if is_open(q, state)), None)
    waits = state.pending or state.choice
    return not waits and (asked is None or (asked.type != "yes_no" and asked.id not in state.suggested))


def _joined(texts: Sequence[str], most: int) -> str:
    joined = ""
    for text in texts:
        longer = f"{joined}、{text}" if joined else text
        if len(longer) > most:
            break
        joined = longer
    return joined
