"""What the directory answers by itself: what a unit's duties are, and what a unit of 2016 is called today."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from actions.answers import FEEDBACK, Asked, marked_once
from actions.members import LIST_OF_MEMBERS, holds_post
from actions.replies import Reply
from casework.document_blocks import day
from casework.interview.showing import Button
from knowledge.base import KnowledgeBase
from knowledge.citations import cite, quoted
from knowledge.directory import Member, Mention, Unit
from knowledge.query_cleaning import clean_query
from knowledge.text import normalise

DUTIES_ASKED = re.compile(
    r"(?:负责|主管|承担|分管|要?做|要?干|管)(?:些|了|的)?(?:什么|啥|哪些|哪几)|(?:什么|啥|哪些|哪几项?)(?:职责|任务|分工|工作|事|活)|"
    r"(?:职责|任务|分工|角色)(?:是什么|是啥|有哪些|有啥|呢|都有什么)?[?？]?$|扮演什么|起什么作用|干什么的|干啥的"
)
NAMED_TODAY = re.compile(
    r"现在(?:叫|改|是哪|归|变|还有|还在)|改(?:叫|名|成)|换(?:了)?(?:什么)?名|并(?:入|到)|合并|撤销|还(?:有|在|叫)|变成|哪个单位承接|接手|今天叫|如今叫|现名"
)
# 工商局改叫市场监管局了，那广告归谁: the name is told, something else is asked.
ASKS_BESIDES = re.compile(r"[了啦][,，。]?(?:那|按|照)[^?？]{0,24}(?:归谁|谁管|哪|什么时候|怎么)(?!个?单位承接)")
MOST_DUTIES = 9


def answered_by_directory(knowledge: KnowledgeBase, asked: Asked) -> Reply | None:
    """The reply to a question about a unit as a whole; None leaves it to the entries."""
    return (
        _named_today(knowledge, asked)
        or _leads_compared(knowledge, asked)
        or _steps_compared(knowledge, asked)
        or _duties(knowledge, asked)
        or _duties_of_person(knowledge, asked)
        or _post_supposed(knowledge, asked)
    )


def _named_today(knowledge: KnowledgeBase, asked: Asked) -> Reply | None:
    if not NAMED_TODAY.search(asked.text) or ASKS_BESIDES.search(asked.text):
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


def _steps_compared(knowledge: KnowledgeBase, asked: Asked) -> Reply | None:
    """When each of several steps must be done, or which are due on the same day as the one that is named."""
    named = {m.id for m in asked.mentions if m.kind == "step"}
    due = [one for one in knowledge.directory.deadlines if one.id in named]
    others = any(m.kind != "step" for m in asked.mentions)
    if not due or others or not asked.wanted.when or SPAN.search(asked.text):
        return None
    if SAME_DAY.search(asked.text) and len(due) == 1:
        due = [one for one in knowledge.directory.deadlines if one.date == due[0].date]
        says = f"{'、'.join(one.step for one in due)}都在{day(due[0].date)}前完成。" if len(due) > 1 else ""
    elif len({one.clause for one in due}) > 1:
        due.sort(key=lambda one: one.date)
        says = f"{due[0].step}先到期：{day(due[0].date)}前。" if due[0].date < due[-1].date else "各步骤同一天到期。"
    else:
        return None
    if not says:
        return None
    citations = tuple(cite(knowledge, one.clause, one.quote) for one in due)
    caveat = [knowledge.entries.since.general] if asked.wanted.now else []
    lines = [f"{one.step}：{quoted(citation, one.quote)}" for one, citation in zip(due, citations, strict=True)]
    buttons = (*(Button(f"看 {one.clause}", f"原文 {one.clause}") for one in due[:3]), *FEEDBACK)
    return Reply("deadline", "\n".join([*caveat, says, *lines]), buttons, citations)


SAME_UNIT = re.compile(
    r"同一?家|同一?个(?:单位|部门|局|机构)|一家(?:单位)?(?:牵头|管|负责)|一样的?(?:单位|部门)|一个单位"
)


def _leads_compared(knowledge: KnowledgeBase, asked: Asked) -> Reply | None:
    """Whether two fields are led by the same unit: 支付小组和跨界资管小组是同一家牵头吗."""
    fields = list(dict.fromkeys(m.id for m in asked.mentions if m.kind == "sector"))
    if len(fields) != 2 or not SAME_UNIT.search(asked.text) or asked.wanted.form == "other":
        return None
    one, other = (knowledge.directory.sector(field) for field in fields)
    says = "是同一家。" if one.lead == other.lead else "不是同一家。"
    citations = tuple(cite(knowledge, sector.clause, sector.quote) for sector in (one, other))
    lines = marked_once([(f"{sector.name}由{sector.lead}牵头", sector.clause) for sector in (one, other)])
    caveat = [knowledge.entries.since.general] if asked.wanted.now else []
    buttons = (*(Button(f"看 {sector.clause}", f"原文 {sector.clause}") for sector in (one, other)), *FEEDBACK)
    return Reply("duty", "\n".join([*caveat, says, *lines]), buttons, citations)


# How long from one step to another is a sum, answered elsewhere.
SPAN = re.compile(r"多久|多长|多少天|几天|间隔|相差|相隔|隔了?")
SAME_DAY = re.compile(r"同一?天|同一日|一天到期|同时到期|同日")


def _duties(knowledge: KnowledgeBase, asked: Asked) -> Reply | None:
    named = {m.id: m for m in asked.mentions if m.kind == "unit"}
    others = [m for m in asked.mentions if m.kind in ("sector", "trade", "person", "step")]
    if len(named) != 1 or others or not _asks_as_a_whole(asked, named.values()):
        return None
    unit = knowledge.directory.unit(next(iter(named)))
    if not unit.duties:
        return None
    return duties_of(knowledge, unit)


def _asks_as_a_whole(asked: Asked, named: Iterable[Mention]) -> bool:
    """Whether a unit's duties are asked for and little else: 登记时碰上带“理财”的企业，工商所该做什么 asks for one."""
    asks = DUTIES_ASKED.search(asked.text)
    if asks is None:
        return False
    rest = clean_query(asked.text.replace(asks[0], "", 1))
    for mention in named:
        rest = rest.replace(asked.text[mention.start : mention.end], "", 1)
    return len(AROUND.sub("", rest)) <= LITTLE_ELSE


# What may stand around the name of a unit when all its duties are asked for, and how much more.
AROUND = re.compile(
    r"[\W_]|方案|文件|整治|专项|这次|工作|里面?|当中|具体|主要|到底|究竟|我们?|你们?|他们?|单位|部门|都|在|要|的|是|按"
)
LITTLE_ELSE = 6


def _duties_of_person(knowledge: KnowledgeBase, asked: Asked) -> Reply | None:
    """What somebody on the list of 附件1 is responsible for: the plan gives duties to their unit, not to them."""
    people = {m.id for m in asked.mentions if m.kind == "person"}
    if len(people) != 1 or any(m.kind != "person" for m in asked.mentions) or not DUTIES_ASKED.search(asked.text):
        return None
    member = knowledge.directory.member(people.pop())
    units = _units_of(knowledge, member)
    if len(units) != 1 or not (unit := knowledge.directory.unit(units.pop())).duties:
        return None
    reply = duties_of(knowledge, unit)
    return replace(reply, text=f"{member.name}当时任{member.post}；方案没有写个人分工，只写单位的职责。\n{reply.text}")


def _post_supposed(knowledge: KnowledgeBase, asked: Asked) -> Reply | None:
    """金融办主任不是高丽萍吗: whether somebody holds the post that a question supposes."""
    people = {m.id for m in asked.mentions if m.kind == "person"}
    units = {m.id for m in asked.mentions if m.kind == "unit"}
    supposed = asked.wanted.form in ("confirm", "yes_no") or NOT_SO.search(asked.text)
    if not (supposed and len(people) == len(units) == len(asked.mentions) - 1 == 1 and POST.search(asked.text)):
        return None
    member, unit = knowledge.directory.member(people.pop()), units.pop()
    holders = knowledge.directory.members_of(unit)
    if not holders:
        return None
    shown, said = [member], f"对。{member.name}当时任{member.post}。"
    if member in holders and not holds_post(member.post, asked.text):
        said = f"不对。{member.name}当时任{member.post}。"
    if member not in holders:
        shown = [member, *holders]
        said = f"不对。{member.name}当时任{member.post}；" + "；".join(f"{o.post}是{o.name}" for o in holders) + "。"
    citations = tuple(cite(knowledge, LIST_OF_MEMBERS, one.quote) for one in shown)
    caveat = [knowledge.entries.since.general] if asked.wanted.now else []
    lines = [
        *caveat,
        said,
        *(quoted(citation, citation.quote) for citation in citations),
        "这是2016年的名单，现任请核实。",
    ]
    return Reply("duty", "\n".join(lines), (Button("查看整条原文", f"原文 {LIST_OF_MEMBERS}"), *FEEDBACK), citations)


POST = re.compile(r"主任|局长|行长|书记|秘书长|院长|检察长|会长|部长|社长|总编|负责人|一把手")
NOT_SO = re.compile(r"不是.{1,16}[吗么嘛]|是不是")


def _units_of(knowledge: KnowledgeBase, member: Member) -> set[str]:
    """The units that a member's post names."""
    return {m.id for m in knowledge.directory.mentions(member.post) if m.kind == "unit"}


def duties_of(knowledge: KnowledgeBase, unit: Unit) -> Reply:
    """Everything that the plan gives a unit to do, a line each."""
    citations = tuple(cite(knowledge, duty.clause, duty.quote) for duty in unit.duties)
    conclusions = [knowledge.entry(duty.fact) for duty in unit.duties]
    told = [
        (fact.conclusion.removeprefix(unit.name), one) for fact, one in zip(conclusions, citations, strict=True) if fact
    ]
    lines = marked_once([(f"{n}. {says}", one.clause.label) for n, (says, one) in enumerate(told, start=1)])
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
