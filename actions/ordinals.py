"""One of several by its number: 第三个呢, 最后一步是谁来弄, 那第2条呢, 下一步."""

from __future__ import annotations

import re

from actions.answers import FEEDBACK
from actions.plan_text import opened
from actions.replies import Reply
from actions.topic import Topic
from casework.interview.showing import Button
from knowledge.base import KnowledgeBase
from knowledge.citations import cite, quoted
from knowledge.entries import Line, Overview

STEPS = ("四（二）1", "四（二）2", "四（二）3", "四（二）4")
NUMERALS = "一二三四五六七八九十"
NTH = re.compile(
    r"(?:那|那么|还有)?(?:这里的|其中|里面|上面|里头)?(?:第(?P<n>[一二三四五六七八九十]|\d{1,2})|(?P<last>最后)一?那?)"
    r"(?P<of>个阶段|个小组|个|项|条|步|点|位|类|种|块)"
)
# What asks to see the thing itself, rather than something about it.
ITSELF = re.compile(
    r"(?:里头|里面|里|都|主要|具体|再|给我)?(?:是|叫|讲|说|写|指|让|要)?的?(?:什么|啥|哪个|哪些|细说说?|展开|详细|说说|讲讲|看看|内容|具体)?(?:的|呢|啊|是|说|讲|填|做|干|内容|一下|些|什么|啥)*[?？]?"
)
DOER = re.compile(r"谁|哪个(?:部门|单位)|哪家")
NEXT = re.compile(
    r"(?:那|那么|再|然后|接着)*(?P<way>下|后|上|前)面?一?(?:步|个?阶段|个?步骤)(?:是|要|该|干|做|办|叫|怎么走|什么|啥|呢|了|的|吗)*[?？]?"
)
LAST_NUMBER = re.compile(r"(\d|[一二三四五六](?=）$))(?P<end>）?)$")


def nth_of(knowledge: KnowledgeBase, text: str, topic: Topic) -> Reply | str | None:
    """The numbered thing as it stands in the plan, or the question that is asked about it.

    Returns:
        A reply, a question complete by itself, or None when the message names no number or nothing was numbered.
    """
    match = NTH.match(text)
    if match is None:
        return None
    rest = text[match.end() :]
    entry = knowledge.entry(topic.entry) if topic.entry else None
    if isinstance(entry, Overview):
        number = _number(match, len(entry.items))
        return _item(knowledge, entry, number, rest) if 1 <= number <= len(entry.items) else None
    if match["of"] in ("步", "个阶段") and 1 <= (number := _number(match, len(STEPS))) <= len(STEPS):
        return _step(knowledge, number, rest)
    return _sibling(knowledge, topic, match) if ITSELF.fullmatch(rest) else None


def _number(match: re.Match[str], count: int) -> int:
    if match["last"]:
        return count
    return int(match["n"]) if match["n"].isdigit() else NUMERALS.find(match["n"]) + 1


def _item(knowledge: KnowledgeBase, entry: Overview, number: int, rest: str) -> Reply | str:
    item = entry.items[number - 1]
    if not ITSELF.fullmatch(rest):
        if item.clause in STEPS:
            return _step(knowledge, STEPS.index(item.clause) + 1, rest)
        return f"{_subject(item)}{rest}"
    clause = knowledge.plan.clause(item.clause)
    alone = sum(other.clause == item.clause for other in entry.items) == 1
    if clause and alone and rest:
        return opened(knowledge, clause)
    citation = cite(knowledge, item.clause, item.quote)
    text = f"第 {number} 项：{item.text}。\n{quoted(citation, item.quote)}"
    return Reply(entry.job, text, (Button("查看整条原文", f"原文 {item.clause}"), *FEEDBACK), (citation,))


def _subject(item: Line) -> str:
    """What a line of a list is about: what stands before its colon."""
    return item.text.partition("：")[0]


def _step(knowledge: KnowledgeBase, number: int, rest: str = "") -> str:
    step = next(d.step for d in knowledge.directory.deadlines if d.clause == STEPS[number - 1])
    if DOER.search(rest):
        return f"{step}由谁组织实施"
    return f"{step}什么时候完成" if ITSELF.fullmatch(rest) else f"{step}{rest}"


def _sibling(knowledge: KnowledgeBase, topic: Topic, match: re.Match[str]) -> Reply | None:
    """那第2条呢 after 二（一）1: the clause of that number beside the one that was shown."""
    now = topic.clauses[0] if topic.clauses else ""
    if match["last"] or not (last := LAST_NUMBER.search(now)):
        return None
    number = _number(match, 0)
    name = str(number) if last[1].isdigit() else NUMERALS[number - 1 : number]
    clause = knowledge.plan.clause(f"{now[: last.start()]}{name}{last['end']}")
    return opened(knowledge, clause) if clause else None


def next_step(knowledge: KnowledgeBase, text: str, topic: Topic) -> str | None:
    """下一步呢, 上一步是什么: the question about the step of 四（二） after or before the one that was talked about."""
    match = NEXT.fullmatch(text)
    now = next((number for number, clause in enumerate(STEPS, 1) if clause in topic.clauses[:1]), None)
    if match is None or now is None:
        return None
    number = now + 1 if match["way"] in "下后" else now - 1
    return _step(knowledge, number) if 1 <= number <= len(STEPS) else None
