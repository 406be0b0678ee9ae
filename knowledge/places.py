"""Luoyang's counties and districts in an address, and who governs them."""

from __future__ import annotations

import re

from knowledge.directory import Directory
from knowledge.text import normalise

# Names in use since 2021 of what the plan's time called otherwise: one county, one desk.
RENAMED = {"瀍河区": "瀍河回族区", "偃师市": "偃师区", "孟津县": "孟津区", "吉利区": "孟津区"}
# Other cities have districts of this name: they count only behind 洛阳.
ELSEWHERE_TOO = {"高新区", "老城区"}


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


def government_of(county: str) -> str:
    """Who answers for a county: 三（三）2."""
    return county if county.endswith("政府") else f"{present_name(county)}政府"


def desks(directory: Directory) -> list[str]:
    """Every unit that a case or a task can go to: the directory's own, and each county's government."""
    units = [unit.name for unit in directory.units if unit.name != COUNTIES]
    return [*units, *dict.fromkeys(government_of(county) for county in directory.counties)]


# The directory's one entry for all county governments.
COUNTIES = "各县（市、区）政府"
