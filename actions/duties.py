"""Who leads, who does what, who is who, by when: answered from the directory, then quoted."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.policy import FEEDBACK, WHOLE_UP_TO, answer_buttons, answer_policy, likely, not_found, show_hits
from actions.replies import Button, Citation, Reply, cite, cite_hit, quoted, quoted_by_clause
from actions.settings import ActionSettings
from actions.topic import Topic
from knowledge.base import Hit, KnowledgeBase
from knowledge.core import core
from knowledge.directory import Deadline, Member, Mention, Sector, Trade, Unit
from knowledge.shared import shared_knowledge

Direct = tuple[str, list[Citation]]

POST_ASKED = re.compile(
    r"局长|主任|会长|行长|书记|检察长|院长|部长|副市长|秘书长|叫什么|叫啥|名字|姓名|哪位|谁是|是谁$"
)
IN_GROUP_ASKED = re.compile(
    r"谁.{0,4}(参加|成员|领导小组)|(参加|成员|领导小组).{0,6}(是)?谁|派(了|的|出)?(是)?谁|谁.{0,3}参加"
)
HEAD_ASKED = re.compile(r"(?<!副)组长")
DEPUTY_ASKED = re.compile(r"副组长")
LIST_ASKED = re.compile(r"名单|组成人员|成员|有哪些人|都有谁|哪些领导|花名册")
COUNTY_WORDS = re.compile(r"县|区")


class ActionPlanPicture(Action):
    """时间安排图, 组织结构图: what the plan says as a picture, and in words for those who cannot see it."""

    def name(self) -> str:
        return "action_plan_picture"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        knowledge = shared_knowledge()
        if re.search(r"时间|日程|进度", tracker.latest_message.get("text") or ""):
            reply, topic = answer_deadline(knowledge, "时间安排", ActionSettings.current().current_day())
            name = "timeline"
        else:
            reply, topic = answer_duty(knowledge, "领导小组名单")
            name = "group"
        replace(reply, image=f"/charts/plan/{name}.png").send(dispatcher)
        return topic.events()


def answer_duty(knowledge: KnowledgeBase, question: str) -> tuple[Reply, Topic]:
    """Answer who or what a unit does: a direct sentence from the directory, then the plan's words."""
    hits = knowledge.search(question, limit=10)
    direct = from_directory(knowledge, question, hits)
    if direct is None:
        return answer_policy(knowledge, question, job="duty")
    lead, citations = direct
    text = "\n\n".join([lead, *quoted_by_clause(citations)])
    reply = Reply("duty", text, answer_buttons(citations[0].clause.id), tuple(citations))
    return reply, Topic(question, "duty", tuple(dict.fromkeys(c.clause.id for c in citations)))


def from_directory(knowledge: KnowledgeBase, question: str, hits: list[Hit]) -> Direct | None:
    """The directory's answer, if the question names something it knows; None leaves it to the search."""
    text = core(question)
    named = knowledge.directory.mentions(text)
    people = _people(knowledge, text, named)
    if people:
        return people
    best = hits[0] if hits and hits[0].probability >= LEAST_TO_OVERRULE else None
    for direct in (_sector(knowledge, named), _trade(knowledge, named), _unit(knowledge, named, hits)):
        if direct and (best is None or best.clause.id in {c.clause.id for c in direct[1]}):
            return direct
    groups = [hit for hit in likely(hits) if hit.clause.id.startswith("三（二）")]
    if len(groups) >= MANY_GROUPS or (best and best.clause.id == "三（二）"):
        return _all_sectors(knowledge)
    return _county(knowledge, named) if best is None or best.clause.id == "三（三）2" else None


# The search outvotes a name found in the question only when it is this sure of another clause.
LEAST_TO_OVERRULE = 0.5
MANY_GROUPS = 4


def _people(knowledge: KnowledgeBase, text: str, named: list[Mention]) -> Direct | None:
    directory = knowledge.directory
    persons = [directory.member(m.id) for m in named if m.kind == "person"]
    units = [m.id for m in named if m.kind == "unit" and m.id not in ("市领导小组", "市领导小组办公室")]
    asks_county = any(m.kind == "county" or m.id == "各县（市、区）政府" for m in named) or COUNTY_WORDS.search(text)
    if persons:
        return "\n".join(f"{p.name}：{p.post}，市领导小组{p.role}。" for p in persons), _cite_members(
            knowledge, persons
        )
    if units and (POST_ASKED.search(text) or IN_GROUP_ASKED.search(text)):
        found = [member for unit in units for member in directory.members_of(unit)]
        if found:
            lead = "\n".join(f"{member.post}：{member.name}（市领导小组{member.role}）。" for member in found)
            return lead, _cite_members(knowledge, found)
    if asks_county:
        return None
    for pattern, role in ((DEPUTY_ASKED, "副组长"), (HEAD_ASKED, "组长")):
        if pattern.search(text) and not re.search(r"职责|负责|任务", text):
            found = [member for member in directory.members if member.role == role]
            names = "；".join(f"{member.name}（{member.post}）" for member in found)
            return f"市领导小组{role}：{names}。", [
                *_cite_members(knowledge, found),
                cite(knowledge, "三（一）", LEADERS),
            ]
    if LIST_ASKED.search(text) and re.search(r"领导小组|名单|成员", text) and not re.search(r"职责|多少|几", text):
        lines = [f"{m.role}：{m.name}，{m.post}" for m in directory.members]
        return "市领导小组组成人员：\n" + "\n".join(lines), [cite(knowledge, "附件1")]
    return None


LEADERS = (
    "市领导小组由分管金融工作的副市长任组长，分管公安信访工作副市长、市政府分管副秘书长、市政府金融办主任任副组长，"
    "市委宣传部、市委政法委、市法院等16家单位主要负责同志或分管负责同志为成员。"
)


def _cite_members(knowledge: KnowledgeBase, members: list[Member]) -> list[Citation]:
    return [cite(knowledge, "附件1", member.quote) for member in members]


def _sector(knowledge: KnowledgeBase, named: list[Mention]) -> Direct | None:
    sectors = [knowledge.directory.sector(m.id) for m in named if m.kind == "sector"]
    if not sectors:
        return None
    lead = "\n".join(f"{sector.name}：由{sector.lead}牵头（{sector.group}）。" for sector in _unique(sectors))
    citations = [cite(knowledge, sector.clause, sector.quote) for sector in _unique(sectors)]
    if any(sector.id == "advertising" for sector in sectors):
        advertising = knowledge.directory.unit("市工商局").duties[1]
        citations.append(cite(knowledge, advertising.clause, advertising.quote))
    if any(m.kind == "county" or m.id == "各县（市、区）政府" for m in named):
        rule = knowledge.directory.county_rule
        if any(sector.id in rule.sectors for sector in sectors):
            lead = "本辖区没有对应监管部门的，由县（市、区）政府落实属地责任、明确牵头单位。市级分工：\n" + lead
            citations.insert(0, cite(knowledge, rule.clause, rule.quote))
    return lead, citations


def _unique(sectors: list[Sector]) -> list[Sector]:
    return list({sector.id: sector for sector in sectors}.values())


def _trade(knowledge: KnowledgeBase, named: list[Mention]) -> Direct | None:
    trades: list[Trade] = [knowledge.directory.trade(m.id) for m in named if m.kind == "trade"]
    if not trades:
        return None
    directory = knowledge.directory
    lead = "\n".join(dict.fromkeys(f"{t.name}：由{t.unit}按照职责摸底排查、清理整顿。" for t in trades))
    citations = []
    for trade in trades:
        duties = [duty for duty in directory.unit(trade.unit).duties if trade.id in duty.sectors]
        citations += [cite(knowledge, duty.clause, duty.quote) for duty in duties]
    return lead, list(dict.fromkeys(citations)) or [cite(knowledge, directory.trades_clause, directory.trades_quote)]


def _unit(knowledge: KnowledgeBase, named: list[Mention], hits: list[Hit]) -> Direct | None:
    units: list[Unit] = [knowledge.directory.unit(m.id) for m in named if m.kind == "unit"]
    duties = [duty for unit in units for duty in unit.duties]
    if not duties:
        return None
    likelihood = {hit.clause.id: hit.probability for hit in hits if hit.document.is_plan}
    ordered = sorted(duties, key=lambda duty: -likelihood.get(duty.clause, 0.0))
    names = "、".join(dict.fromkeys(unit.name for unit in units))
    led = [sector.name for unit in units for sector in knowledge.directory.sectors_led_by(unit.name)]
    lead = f"{names}在专项整治中的职责" + (f"（牵头：{'、'.join(led)}）：" if led else "：")
    return lead, list(dict.fromkeys(cite(knowledge, duty.clause, duty.quote) for duty in ordered))


def _county(knowledge: KnowledgeBase, named: list[Mention]) -> Direct | None:
    counties = [m.id for m in named if m.kind == "county"]
    if not counties:
        return None
    unit = knowledge.directory.unit("各县（市、区）政府")
    lead = f"{counties[0]}的专项整治由{counties[0]}政府负总责。方案对各县（市、区）政府的要求："
    return lead, [cite(knowledge, duty.clause, duty.quote) for duty in unit.duties]


def _all_sectors(knowledge: KnowledgeBase) -> Direct:
    sectors = knowledge.directory.sectors
    order = sorted(sectors, key=lambda sector: sector.clause)
    lines = [f"{n}. {sector.name}：{sector.lead}" for n, sector in enumerate(order, start=1)]
    general = cite(knowledge, "三（二）", GENERAL)
    return "分领域专项整治工作小组及牵头单位：\n" + "\n".join(lines), [
        general,
        *(cite(knowledge, sector.clause, sector.quote) for sector in order),
    ]


GENERAL = (
    "人民银行洛阳市中心支行、洛阳银监分局、市政府金融办、市工商局和市保险业协会要成立分领域工作小组，"
    "对本领域各项业务合法合规性进行认定，负责本领域的专项整治。"
)


def answer_deadline(knowledge: KnowledgeBase, question: str, today: date) -> tuple[Reply, Topic]:
    """Answer by when: the day of each step meant, how far it is from today, and the plan's words."""
    hits = likely(knowledge.search(question, limit=10))
    by_clause = {deadline.clause: deadline for deadline in knowledge.directory.deadlines}
    meant = [hit for hit in hits if hit.clause.id in by_clause]
    if not hits:
        return not_found(knowledge, question), Topic(question, "deadline")
    if not meant:
        return show_hits(hits, "deadline"), Topic(question, "deadline", tuple(h.clause.id for h in hits))
    if len(meant) == len(by_clause):  # the whole timetable, in the order of the plan; else the likeliest first
        meant.sort(key=lambda hit: hit.clause.id)
    deadlines = [by_clause[hit.clause.id] for hit in meant]
    citations = [_cite_deadline(knowledge, d, whole=len(deadlines) == 1) for d in deadlines]
    others = [cite_hit(hit) for hit in hits if hit.clause.id not in by_clause]
    lines = [f"{d.step}：{_chinese_day(d.date)}前完成（{distance(d, today)}）。责任主体：{d.who}。" for d in deadlines]
    quotations = [quoted(c, c.quote) for c in citations]
    buttons = (Button("查看整条原文", f"原文 {deadlines[0].clause}"), Button("全部时间安排", "时间安排"), *FEEDBACK)
    reply = Reply("deadline", "\n".join(lines) + "\n\n" + "\n".join(quotations), buttons, (*citations, *others))
    return reply, Topic(question, "deadline", tuple(d.clause for d in deadlines))


def _cite_deadline(knowledge: KnowledgeBase, deadline: Deadline, whole: bool) -> Citation:
    """The sentence with the day; asked for one step only, all of its clause if that is short."""
    citation = cite(knowledge, deadline.clause)
    return citation if whole and len(citation.quote) <= WHOLE_UP_TO else replace(citation, quote=deadline.quote)


def _chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def distance(deadline: Deadline, today: date) -> str:
    """How far the day is from today, in words."""
    days = (deadline.date - today).days
    if days > 0:
        return f"还有 {days} 天"
    return "就是今天" if days == 0 else f"已过 {-days} 天"
