"""Who a submitted self-check goes to: the leads of its kinds of business, the office, its county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from casework.cases.case import Route
from casework.interview.state import State
from casework.self_check.definition import Definition
from knowledge.counties import county_government
from knowledge.directory import OFFICE, Directory


@dataclass(frozen=True)
class Lead:
    """A unit that answers for a kind of business."""

    kind: str
    unit: str
    group: str
    clause: str
    quote: str


def leads(directory: Directory, definition: Definition, state: State) -> list[Lead]:
    """The lead of each kind ticked, in the form's order; kind 8 by what its description names."""
    found: list[Lead] = []
    if "yes" not in state.values("internet_finance"):
        return found
    for kind_id in state.values("kinds"):
        kind = definition.kind(kind_id)
        sectors, trades = list(kind.sectors), list(kind.trades)
        if kind_id == "other" and "other_kind" in state.answers:
            for mention in directory.mentions(state.answers["other_kind"].shown):
                (sectors if mention.kind == "sector" else trades if mention.kind == "trade" else []).append(mention.id)
        for sector in (directory.sector(s) for s in dict.fromkeys(sectors)):
            found.append(Lead(kind.label, sector.lead, sector.group, sector.clause, sector.quote))
        for trade in (directory.trade(t) for t in dict.fromkeys(trades)):
            found.append(Lead(kind.label, trade.unit, trade.name, directory.trades_clause, directory.trades_quote))
    return found


def routes(found_leads: Sequence[Lead], county: str | None) -> list[Route]:
    """Units that see the self-check, each once, with the clause because of which.

    The police are none of them: a tick is the enterprise's own word; the lead unit refers what is a crime (四（二）2).
    """
    units: dict[str, Route] = {}
    for lead in found_leads:
        units.setdefault(lead.unit, Route(lead.unit, "lead", lead.clause))
    units.setdefault(OFFICE, Route(OFFICE, "copy" if units else "lead", "三（一）"))
    if county:
        units.setdefault(county_government(county), Route(county_government(county), "copy", "三（三）2"))
    return list(units.values())
