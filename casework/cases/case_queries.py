"""Which submitted cases there are: queues, counts, and cases that share a term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from casework.cases.case import Case, Kind
from casework.cases.case_rows import COLUMNS, CaseRows
from storage.database import time_of


@dataclass(frozen=True)
class CaseFilter:
    """What a queue shows; None leaves a field open.

    Attributes:
        unit: only what was routed to this unit.
        terms: every one of these is among a case's terms.
    """

    unit: str | None = None
    kind: str | None = None
    status: str | None = None
    county: str | None = None
    sector: str | None = None
    severity: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    number: str | None = None
    terms: Sequence[str] = ()


class CaseQueries(CaseRows):
    """The part of the case store that finds and counts."""

    def by_code(self, code: str) -> Case | None:
        return self._one(f"select {COLUMNS} from cases where code = ?", self._blind_index.hash(f"code:{code}"))

    def by_number(self, number: str) -> Case | None:
        return self._one(f"select {COLUMNS} from cases where number = ?", number)

    def sharing(self, terms: Sequence[str], kind: Kind, least: int = 1, most: int = 200) -> list[Case]:
        """Submitted cases that have at least so many of these terms, those with the most first."""
        hashed = [self._term(term) for term in dict.fromkeys(terms)]
        rows = self._read(
            f"select {COLUMNS} from (select case_id, count(*) as shared from terms "
            f"where term in ({','.join('?' * len(hashed))}) group by case_id having count(*) >= ?) as found "
            "join cases on cases.id = case_id where kind = ? and status != 'draft' "
            "order by shared desc, submitted desc, number limit ?",
            *hashed,
            least,
            kind,
            most,
        )
        return [self._case(row) for row in rows]

    def queue(self, case_filter: CaseFilter, limit: int, offset: int = 0) -> list[Case]:
        """Submitted cases, the newest first."""
        where, values = self._where(case_filter)
        statement = f"select {COLUMNS} from cases {where} order by submitted desc, number limit ? offset ?"
        rows = self._read(statement, *values, limit, offset)
        return [self._case(row) for row in rows]

    def count(self, case_filter: CaseFilter, most: int) -> int:
        """How many a queue holds, counted up to ``most``."""
        where, values = self._where(case_filter)
        (found,) = self._read(f"select count(*) from (select 1 from cases {where} limit ?) as found", *values, most)[0]
        return int(found)

    def counts(
        self, case_filter: CaseFilter, by: Literal["status", "county", "sector", "kind", "outcome"]
    ) -> dict[str, int]:
        """How many cases a queue holds of each."""
        where, values = self._where(case_filter)
        return {
            str(key or ""): n for key, n in self._read(f"select {by}, count(*) from cases {where} group by 1", *values)
        }

    def dates(self, case_filter: CaseFilter) -> list[tuple[str, datetime, datetime | None]]:
        """Sector, submission and first act of each case of a queue."""
        where, values = self._where(case_filter)
        rows = self._read(f"select sector, submitted, acted from cases {where}", *values)
        return [(sector or "", time_of(at), None if acted is None else time_of(acted)) for sector, at, acted in rows]

    def breaches(self, case_filter: CaseFilter, outcome: str) -> dict[str, int]:
        """Findings of an outcome over a queue's self-checks, by clause."""
        where, values = self._where(case_filter)
        statement = (
            f"select clause, count(*) from findings where outcome = ? and case_id in (select id from cases {where}) "
            "group by 1 order by 2 desc"
        )
        return dict(self._read(statement, outcome, *values))

    def _where(self, case_filter: CaseFilter) -> tuple[str, list[Any]]:
        conditions: list[str] = ["status != 'draft'"]
        values: list[Any] = []
        for column in ("kind", "status", "county", "sector", "severity", "number"):
            value = getattr(case_filter, column)
            if value is not None:
                conditions.append(f"{column} = ?")
                values.append(value)
        for comparison, day in ((">=", case_filter.since), ("<", case_filter.until)):
            if day is not None:
                conditions.append(f"submitted {comparison} ?")
                values.append(day.timestamp())
        if case_filter.unit is not None:
            conditions.append("exists (select 1 from routes where case_id = cases.id and unit = ?)")
            values.append(case_filter.unit)
        for term in dict.fromkeys(case_filter.terms):
            conditions.append("id in (select case_id from terms where term = ?)")
            values.append(self._term(term))
        return f"where {' and '.join(conditions)}", values
