"""Where a reporter's words put something: which county of ours, another city, or one of two that must be asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from casework import DATA
from knowledge.datafile import Data, load
from knowledge.directory import Directory
from knowledge.locality import locality
from knowledge.places import county_of, present_name
from knowledge.text import clean

STREET = r"(?:东|西|南|北|中|一|二|三)?(?:路|街|大道|大街|巷|道)"
Where = Literal["here", "elsewhere", "doubtful", "unknown"]


class PlacesFile(Data):
    """casework/data/places.yml."""

    everywhere: tuple[str, ...]
    streets: dict[str, tuple[str, ...]]
    cities: tuple[str, ...]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """What a text says about where.

    Attributes:
        county: ours, by its present name, where it is told.
        district: the name that other cities have too, when that is all there is.
        city: the other city.
    """

    where: Where
    county: str | None = None
    district: str = ""
    city: str = ""


@lru_cache(maxsize=1)
def places() -> PlacesFile:
    return load(DATA / "places.yml", PlacesFile)


def place_of(directory: Directory, text: str) -> Place:
    """Where a text puts something.

    A city counts only where no street bears its name: 南昌路 and 郑州路 are streets of ours.
    """
    said = clean(text).replace(" ", "")
    known, here = places(), locality().name
    other = _other_city(said, known)
    street = next((county for county, names in known.streets.items() for name in names if name in said), None)
    if other and here not in said:
        return Place("elsewhere", city=other)
    named = [mention.id for mention in directory.mentions(said) if mention.kind == "county"]
    ours = [present_name(name) for name in named if name not in known.everywhere]
    if county := county_of(directory, said) or next(iter(ours), None):
        return Place("here", county)
    if named and (street or here in said):
        return Place("here", present_name(named[0]))
    if named:
        return Place("doubtful", district=named[0])
    where: Where = "here" if street or here in said else "unknown"
    return Place(where, None if street == here else street)


def _other_city(said: str, known: PlacesFile) -> str:
    for city in known.cities:
        if re.search(rf"{city}(?!{STREET}|市场|广场)", said):
            return city
    return next((word for word in known.elsewhere if word in said), "")
