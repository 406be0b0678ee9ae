"""An entry's own words: what speaks for it besides the questions asked of it."""

from __future__ import annotations

from knowledge.entries import Entry, Fact, NotSaid

LISTED = 5


def profile(entry: Entry | None) -> str:
    """What an entry says, in its own words; empty for what is no entry."""
    if entry is None:
        return ""
    if isinstance(entry, Fact):
        return f"{entry.who}{entry.what}。{entry.conclusion}"
    if isinstance(entry, NotSaid):
        return f"{entry.topic}。{entry.says}"
    return f"{entry.topic}。{entry.says}{'；'.join(item.text for item in entry.items[:LISTED])}"
