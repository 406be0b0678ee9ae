"""Who a tip-off goes to: the lead of its sector, the police, its county, and the leading group when it is large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from casework.cases.case import Route
from casework.interview.state import State
from casework.tip_off.definition import Definition
from casework.tip_off.places import locate
from knowledge.counties import county_government, find_county
from knowledge.directory import LEADING_GROUP, OFFICE, POLICE, Directory
from knowledge.text import normalise


@dataclass(frozen=True)
class Routing:
    """Where a tip-off goes, and why it was escalated, if it was."""

    routes: Sequence[Route]
    county: str | None
    escalated: Sequence[str]
    sector: str | None
    severity: int


def routing(directory: Directory, definition: Definition, state: State) -> Routing:
    """The lead of the first sector leads, further sectors see it; with none the office leads (三（一）)."""
    units: dict[str, Route] = {}
    for unit, clause in _leads(directory, definition, state):
        units.setdefault(unit, Route(unit, "lead" if not units else "copy", clause))
    conducts = [definition.conduct(c) for c in state.values("conducts") if c]
    for unit, clause in ((unit, conduct.clause or "三（三）1") for conduct in conducts for unit in conduct.units):
        units.setdefault(unit, Route(unit, "copy" if any(r.role == "lead" for r in units.values()) else "lead", clause))
    units.setdefault(OFFICE, Route(OFFICE, "copy" if units else "lead", "三（一）"))
    if any(conduct.police for conduct in conducts):
        units.setdefault(POLICE, Route(POLICE, "copy", definition.rules.police.clause))
    text = " ".join(answer.shown for answer in state.answers.values())
    place = state.answers.get("place")
    told_place = locate(directory, place.shown) if place and place.value else None
    county = told_place.county if told_place else None
    if county is None and not (told_place and told_place.where == "elsewhere"):
        county = find_county(directory, text)
    if county:
        units.setdefault(county_government(county), Route(county_government(county), "copy", "三（三）2"))
    reasons = escalation(definition, state)
    if reasons:
        clause = definition.rules.escalation.clause
        # Beside the sealed report stands why it was escalated, without the sum, number or words that were told.
        kinds = "；".join(reason.partition("（")[0] for reason in reasons)
        units.setdefault(LEADING_GROUP, Route(LEADING_GROUP, "copy", f"{clause}：{kinds}"))
    severity = 2 if reasons else 1 if POLICE in units else 0
    return Routing(tuple(units.values()), county, reasons, _sector(definition, state), severity)


def _sector(definition: Definition, state: State) -> str | None:
    """The directory's name for the first business that was told."""
    chosen = [definition.business(business) for business in state.values("business") if business]
    return next((entry for business in chosen for entry in (*business.sectors, *business.trades)), None)


def _leads(directory: Directory, definition: Definition, state: State) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    told = state.answers["happened"].shown if "happened" in state.answers else ""
    named = [mention.id for mention in directory.mentions(told) if mention.kind == "trade"]
    for business in (definition.business(b) for b in state.values("business") if b):
        # Of several trades under one heading the one that was named answers. A unit that a trade belongs to comes
        # before the sector's, since the plan names it for just that.
        trades = [trade for trade in named if trade not in business.trades] if business.id == "trading" else []
        found += [(directory.trade(t).unit, directory.trades_clause) for t in (trades or business.trades)]
        found += [(directory.sector(s).lead, directory.sector(s).clause) for s in business.sectors]
    return found


def escalation(definition: Definition, state: State) -> list[str]:
    """Why 四（二）1 wants the leading group told at once; empty when it does not."""
    major = [definition.conduct(c).label for c in state.values("conducts") if c and definition.conduct(c).major]
    large = _large(definition, state)
    return [*large, f"涉嫌重大非法集资等违法行为（{'、'.join(major)}）"] if large and major else []


def in_yuan(definition: Definition, amount: dict[str, str]) -> Decimal:
    """About how many yuan a sum is, of a range the most: to see whether it is large, for nothing else."""
    rate = definition.rules.rates.get(amount["currency"], Decimal(1))
    return Decimal(amount.get("most") or amount["yuan"]) * rate


def _large(definition: Definition, state: State) -> list[str]:
    """In what a platform is large or has grown in a short time, by what was told."""
    rule, reasons = definition.rules.escalation, list[str]()
    amount: Any = state.answers["amount"].value if "amount" in state.answers else None
    if isinstance(amount, dict) and in_yuan(definition, amount) >= rule.amount_yuan:
        reasons.append(f"资金量大（{state.answers['amount'].shown}）")
    people: Any = state.answers["people"].value if "people" in state.answers else None
    text = normalise(state.answers["happened"].shown) if "happened" in state.answers else ""
    crowd = next((word for word in rule.crowd if normalise(word) in text), None)
    if isinstance(people, int) and people >= rule.people:
        reasons.append(f"人数众多（{state.answers['people'].shown}人）")
    elif crowd:
        reasons.append(f"人数众多（举报人称“{crowd}”）")
    if grown := next((word for word in rule.growth if normalise(word) in text), None):
        reasons.append(f"短时间内发展迅速（举报人称“{grown}”）")
    return reasons
