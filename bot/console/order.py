"""Units in the order in which the plan names them, as officials look for them."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.counties import desks
from knowledge.directory import Directory


def in_plan_order(directory: Directory, units: Iterable[str]) -> list[str]:
    """Units as the plan names them, each once; those that it does not name last."""
    places = {unit: place for place, unit in enumerate(desks(directory))}
    return sorted(dict.fromkeys(units), key=lambda unit: places.get(unit, len(places)))
