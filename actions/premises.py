"""Who leads a field, where a question takes it for granted and is wrong: 既然股权众筹由银监分局牵头，细则啥时候出.

What a question asks outright (P2P归证监局管对吧) is answered by the facts; this is for what it only says on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from actions.answers import Asked
from actions.replies import Reply
from knowledge.base import KnowledgeBase
from knowledge.citations import Citation, cite
from knowledge.directory import Mention

# 股权众筹 由 银监分局 牵头, 把典当行 交给 公安局 来摸底
GIVEN_TO = re.compile(
    r"(?:行业|领域|平台|公司|机构|企业|业务|这一?块|这一?摊|的)?(?:专项)?(?:整治|监管)?"
    r"(?:既然|已经|都|全|是|就|不是|现在)*(?:由|归|交给?了?|让|派给|划给|归口)(?:我?市里?的?)?"
)
DOES_IT = re.compile(r"(?:来|去|负责|一家|专门|统一)*(?:牵头|主管|管|负责|摸底|排查|整治|监管|主抓|主导)")
# 市工商局 牵头的 P2P
LED_BY = re.compile(r"(?:来|去|负责|在|所|一直)*(?:牵头|主管|管|负责|监管)(?:着|了)?(?:的|整治)*(?:是)?")
# 是不是由公安局牵头, 由谁: asked, not supposed; and what is denied is not supposed either.
ASKED_OR_DENIED = re.compile(r"是不是|是否|会不会|能不能|不(?:是|归|由)|没|别|吗|么|谁|哪")
# What is asked besides must be more than 对吧 and 是真的吗.
LEAST_BESIDE = 4
CONFIRMS = re.compile(r"对(?:吧|吗|不对|不)?|是(?:吧|吗|不是|不)?|没错吧?|真的?(?:吗|假)?|你说|请问|听说|[\W_吧吗呢啊]")
DENIED = re.compile(r"^(?:不对|不是|错)")


def with_premise_put_right(knowledge: KnowledgeBase, asked: Asked, reply: Reply) -> Reply:
    """A reply that begins with who leads, where the question says on the way that somebody else does."""
    if DENIED.match(reply.text):
        return reply
    found = next(_wrong_leads(knowledge, asked), None)
    if found is None:
        return reply
    says, citation = found
    text = f"不对。{says}（{citation.clause.label}）。\n{reply.text}"
    return replace(reply, text=text, citations=tuple(dict.fromkeys((citation, *reply.citations))))


def _wrong_leads(knowledge: KnowledgeBase, asked: Asked) -> Iterator[tuple[str, Citation]]:
    """Who leads in truth, and where that stands, of each field that a question gives to another unit."""
    fields = [one for one in asked.mentions if one.kind in ("sector", "trade")]
    units = [one for one in asked.mentions if one.kind == "unit"]
    for field in fields:
        # 首付贷 is a word of two fields: what is so of one of them is no mistake.
        both = [one for one in fields if one.start == field.start]
        for unit in units:
            span = _given(asked.text, field, unit)
            if span is None or ASKED_OR_DENIED.search(asked.text[span[0] : span[1]]):
                continue
            rest = CONFIRMS.sub("", asked.text[: span[0]] + asked.text[span[1] :])
            in_truth = [_in_truth(knowledge, one, unit.id) for one in both]
            if len(rest) >= LEAST_BESIDE and in_truth[0] and all(in_truth):
                yield in_truth[0]


def _given(text: str, field: Mention, unit: Mention) -> tuple[int, int] | None:
    """The part of a text that gives a field to a unit, if any does."""
    if field.end <= unit.start and GIVEN_TO.fullmatch(text[field.end : unit.start]):
        does = DOES_IT.match(text, unit.end)
        return (field.start, does.end()) if does else None
    if unit.end <= field.start and LED_BY.fullmatch(text[unit.end : field.start]):
        return unit.start, field.end
    return None


def _in_truth(knowledge: KnowledgeBase, field: Mention, unit: str) -> tuple[str, Citation] | None:
    """Who leads a field and the clause that says so; None where the unit has a part in it."""
    directory = knowledge.directory
    if field.kind == "sector":
        sector = directory.sector(field.id)
        has_part = unit == sector.lead or any(one.id == unit for one in directory.mentions(sector.quote))
        return None if has_part else (f"{sector.name}由{sector.lead}牵头", cite(knowledge, sector.clause, sector.quote))
    trade = directory.trade(field.id)
    if unit == trade.unit:
        return None
    says = f"按各自职责推断，{trade.name}由{trade.unit}摸底排查、清理整顿"
    return says, cite(knowledge, directory.trades_clause, directory.trades_quote)
