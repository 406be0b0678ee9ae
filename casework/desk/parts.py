"""A case that several units lead together: each takes it up and finishes its own part, the last one ends the whole.

What a unit did stands in the audit, so that there is one account of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from casework.cases.audit import AuditEntry
from casework.cases.audit_acts import AuditAct
from casework.cases.case import Route
from casework.cases.words import OUTCOMES

# Which outcome the whole case has when its parts differ: who reads one line must read the gravest.
GRAVEST_FIRST = ("police", "handled", "rectified", "elsewhere", "untraceable", "unfounded")


@dataclass(frozen=True)
class Part:
    """What one of the lead units has done."""

    unit: str
    accepted: datetime | None = None
    closed: datetime | None = None
    outcome: str | None = None

    @property
    def in_words(self) -> str:
        if self.closed:
            return f"本单位部分已办结：{OUTCOMES.get(self.outcome or '', '')}"
        return "已受理" if self.accepted else "还没有受理"


def leads_of(routes: Iterable[Route]) -> list[str]:
    return [route.unit for route in routes if route.role == "lead"]


def parts_of(routes: Sequence[Route], history: Iterable[AuditEntry]) -> list[Part]:
    """The part of each lead unit; none where one unit leads alone.

    A unit that is given the case anew begins anew.
    """
    leads = leads_of(routes)
    if len(leads) < 2:
        return []
    parts = {unit: Part(unit) for unit in leads}
    for act in history:
        unit = act.of("unit")
        if unit not in parts:
            continue
        if act.act == AuditAct.TRANSFER:
            parts[unit] = Part(unit)
        elif act.act == AuditAct.ACCEPT_PART:
            parts[unit] = replace(parts[unit], accepted=act.at)
        elif act.act == AuditAct.CLOSE_PART:
            parts[unit] = replace(parts[unit], closed=act.at, outcome=act.of("outcome"))
    return list(parts.values())


def outcome_of(parts: Iterable[Part], last: str) -> str:
    """The outcome of the whole, when the last part ends with ``last``."""
    outcomes = {part.outcome for part in parts if part.outcome} | {last}
    return next((outcome for outcome in GRAVEST_FIRST if outcome in outcomes), last)
