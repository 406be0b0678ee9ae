"""The city's counties and districts in an address, and who governs them."""

from __future__ import annotations

import re

from knowledge.directory import Directory
from knowledge.locality import locality
from knowledge.text import normalise


def find_county(directory: Directory, address: str) -> str | None:
    """The county or district of the city that an address names, by its present name."""
    text, city = normalise(address), locality()
    here = city.name in text
    full = [c for c in sorted(directory.counties, key=len, reverse=True) if here or c not in city.elsewhere_too]
    found = next((county for county in full if county in text), None)
    if found is None and here:
        # 涧西南昌路5号 behind the city's name: the short name of a district counts there.
        match = re.search(rf"{re.escape(city.name)}(?:{re.escape(city.ending)})?(\w{{2}})", text)
        found = next((c for c in full if match and len(c) == 3 and c[:2] == match[1]), None)
    return current_name(found) if found else None


def current_name(county: str) -> str:
    return locality().renamed.get(county, county)


def county_government(county: str) -> str:
    """Who answers for a county: 三（三）2."""
    return county if county.endswith("政府") else f"{current_name(county)}政府"


def desks(directory: Directory) -> list[str]:
    """Every unit that a case or a task can go to: the directory's own, and each county's government."""
    units = [unit.name for unit in directory.units if unit.name != COUNTIES]
    return [*units, *dict.fromkeys(county_government(county) for county in directory.counties)]


# The directory's one entry for all county governments.
COUNTIES = "各县（市、区）政府"
