"""Who a submitted self-check goes to: the leads of its kinds of business, the office, its county, the police."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from actions.cases.store import Route
from actions.interview.state import State
from actions.self_check.definition import Definition
from actions.self_check.findings import Finding
from knowledge.directory import Directory
from knowledge.text import normalise

OFFICE = "市领导小组办公室"
POLICE = "市公安局"
# Names in use since 2021 of what the plan's time called otherwise: one county, one desk.
RENAMED = {"瀍河区": "瀍河回族区", "偃师市": "偃师区", "孟津县": "孟津区", "吉利区": "孟津区"}
# Other cities have districts of this name: they count only behind 洛阳.
ELSEWHERE_TOO = {"高新区", "老城区"}


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


def county_of(directory: Directory, address: str) -> str | None:
    """The county or district of Luoyang that an address names, by its present name."""
    text = normalise(address)
    here = "洛阳" in text
    full = [c for c in sorted(directory.counties, key=len, reverse=True) if here or c not in ELSEWHERE_TOO]
    found = next((county for county in full if county in text), None)
    if found is None and here:
        # 洛阳涧西南昌路5号: the short name counts right behind the city's.
        match = re.search(r"洛阳市?(\w{2})", text)
        found = next((c for c in full if match and len(c) == 3 and c[:2] == match[1]), None)
    return present_name(found) if found else None


def present_name(county: str) -> str:
    return RENAMED.get(county, county)


def routes(
    directory: Directory, found_leads: Sequence[Lead], found: Sequence[Finding], county: str | None
) -> list[Route]:
    """Units that see the self-check, each once, with the clause because of which."""
    units: dict[str, Route] = {}
    for lead in found_leads:
        units.setdefault(lead.unit, Route(lead.unit, "lead", lead.clause))
    units.setdefault(OFFICE, Route(OFFICE, "copy" if units else "lead", "三（一）"))
    if county:
        name = f"{county}政府" if not county.endswith("政府") else county
        units.setdefault(name, Route(name, "copy", "三（三）2"))
    if any(finding.police for finding in found):
        units.setdefault(POLICE, Route(POLICE, "copy", "三（三）1"))
    return list(units.values())
