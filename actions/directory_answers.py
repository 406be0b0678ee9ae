"""What the directory answers by itself: what a unit's duties are, and what a unit of 2016 is called today."""

from __future__ import annotations

import re

from actions.answers import FEEDBACK, Asked
from actions.replies import Button, Reply, cite
from knowledge.base import KnowledgeBase
from knowledge.directory import Unit
from knowledge.text import normalise

DUTIES_ASKED = re.compile(
    r"(?:负责|主管|承担|分管|要?做|要?干|管)(?:些|了|的)?(?:什么|啥|哪些|哪几)|(?:什么|啥|哪些|哪几项?)(?:职责|任务|分工|工作|事|活)|"
    r"(?:职责|任务|分工|角色)(?:是什么|是啥|有哪些|有啥|呢|都有什么)?[?？]?$|扮演什么|起什么作用|干什么的|干啥的"
)
NAMED_TODAY = re.compile(
    r"现在(?:叫|改|是哪|归|变|还有|还在)|改(?:叫|名|成)|换(?:了)?(?:什么)?名|并(?:入|到)|合并|撤销|还(?:有|在|叫)|变成|哪个单位承接|接手|今天叫|如今叫|现名"
)
MOST_DUTIES = 9


def answered_by_directory(knowledge: KnowledgeBase, asked: Asked) -> Reply | None:
    """The reply to a question about a unit as a whole; None leaves it to the entries."""
    return _named_today(knowledge, asked) or _duties(knowledge, asked)


def _named_today(knowledge: KnowledgeBase, asked: Asked) -> Reply | None:
    if not NAMED_TODAY.search(asked.text):
        return None
    since = knowledge.entries.since
    ids = {mention.id for mention in asked.mentions}
    for one in since.successors:
        names = {one.name_2016, *one.aliases}
        if ids & names or any(normalise(name) in asked.text for name in names):
            mark = since.mark.strip("（）")
            today = f"{one.name_2016}现为{one.now}（{one.since}年，{one.basis}）。"
            text = f"{today}\n方案以外，{mark}；方案用的是2016年的名称。"
            return Reply("duty", text, FEEDBACK)
    return None


def _duties(knowledge: KnowledgeBase, asked: Asked) -> Reply | None:
    named = {m.id: m for m in asked.mentions if m.kind == "unit"}
    others = [m for m in asked.mentions if m.kind in ("sector", "trade", "person", "step")]
    if len(named) != 1 or others or not DUTIES_ASKED.search(asked.text):
        return None
    unit = knowledge.directory.unit(next(iter(named)))
    if not unit.duties:
        return None
    return duties_of(knowledge, unit)


def duties_of(knowledge: KnowledgeBase, unit: Unit) -> Reply:
    """Everything that the plan gives a unit to do, a line each."""
    citations = tuple(cite(knowledge, duty.clause, duty.quote) for duty in unit.duties)
    conclusions = [knowledge.entry(duty.fact) for duty in unit.duties]
    lines = [
        f"{n}. {fact.conclusion.removeprefix(unit.name)}（{citation.clause.label}）"
        for n, (fact, citation) in enumerate(zip(conclusions, citations, strict=True), start=1)
        if fact
    ]
    led = knowledge.directory.sectors_led_by(unit.name)
    leads = f"牵头{'、'.join(sector.name for sector in led)}；" if led else ""
    shown = [f"{unit.name}{leads}方案写明的职责共 {len(lines)} 项：", *lines[:MOST_DUTIES]]
    if len(lines) > MOST_DUTIES:
        shown.append("……其余见下面原文。")
    today = knowledge.entries.successor(unit.name)
    if today and today.sure == "high":
        shown.append(f"方案以外：{unit.name}现为{today.now}{knowledge.entries.since.mark}。")
    clauses = dict.fromkeys(citation.clause.id for citation in citations)
    buttons = (*(Button(f"看 {clause}", f"原文 {clause}") for clause in list(clauses)[:3]), *FEEDBACK)
    return Reply("duty", "\n".join(shown), buttons, tuple(dict.fromkeys(citations)))
