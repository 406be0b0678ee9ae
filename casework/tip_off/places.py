"""Where a reporter's words put something: which county of ours, another city, or one of two that must be asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from casework import DATA
from knowledge.counties import current_name, find_county
from knowledge.datafile import Data, load
from knowledge.directory import Directory
from knowledge.locality import locality
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
class Location:
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


def locate(directory: Directory, text: str) -> Location:
    """Where a text puts something.

    A city counts only where no street bears its name: 南昌路 and 郑州路 are streets of ours.
    """
    message = clean(text).replace(" ", "")
    known, here = places(), locality().name
    message = elsewhere_themselves(message, known)
    other = _other_city(message, known)
    street = next((county for county, names in known.streets.items() for name in names if name in message), None)
    if other and here not in message:
        return Location("elsewhere", city=other)
    named = [mention.id for mention in directory.mentions(message) if mention.kind == "county"]
    ours = [current_name(name) for name in named if name not in known.everywhere]
    if county := find_county(directory, message) or next(iter(ours), None):
        return Location("here", county)
    if named and (street or here in message):
        return Location("here", current_name(named[0]))
    if named:
        return Location("doubtful", district=named[0])
    where: Where = "here" if street or here in message else "unknown"
    return Location(where, None if street == here else street)


def elsewhere_themselves(message: str, known: PlacesFile) -> str:
    """A text without where the reporter works or lives: 我在东莞打工，老家汝阳 puts nothing in 东莞."""
    return re.sub(
        rf"(?:我|俺|本人)(?:们)?(?:现在|目前|一直|常年|人)*在(?:{'|'.join(known.cities)}){OWN_STAY}|"
        rf"(?:我|俺|本人)(?:们)?人?(?:现在)?在(?:{'|'.join(known.cities)})[,，](?=.{{2,}})",
        "",
        message,
    )


OWN_STAY = r"(?:这边)?(?:打工|上班|工作|干活|上学|念书|读书|做生意|带孩子|住)(?:呢|的)?"


def _other_city(message: str, known: PlacesFile) -> str:
    for city in known.cities:
        if re.search(rf"{city}(?!{STREET}|市场|广场)", message):
            return city
    return next((word for word in known.elsewhere if word in message), "")
