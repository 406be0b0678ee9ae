"""Moments as officials read them, on pages and in papers."""

from __future__ import annotations

from datetime import datetime

from storage.settings import LUOYANG


def local(at: datetime | None, to_the_hour: bool = False) -> str:
    """A moment by the clock here; of what a reporter did the hour alone is kept, and no minute is made up."""
    if at is None:
        return ""
    here = at.astimezone(LUOYANG)
    return f"{here:%Y-%m-%d} {here.hour} 时许" if to_the_hour else f"{here:%Y-%m-%d %H:%M}"
