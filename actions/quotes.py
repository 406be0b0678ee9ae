"""Holds the quotations of a data file against the plan."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from knowledge.documents import Document


def misquotes(path: Path, plan: Document, quotes: Iterable[tuple[str, str]]) -> Iterable[str]:
    """A problem for each (clause, quote) that is not word for word in its clause."""
    for clause_id, quote in quotes:
        clause = plan.clause(clause_id)
        if clause is None or quote not in clause.text:
            yield f"{path}: not word for word in {clause_id}: {quote[:40]}"
