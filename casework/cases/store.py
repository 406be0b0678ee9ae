"""Where cases live: the interface the jobs use.

A case is a draft until it is submitted. Its content is sealed; what the store must sort or count by (status, unit,
county, which red line) stands beside it in clear and names no person. Each part of the store is a module of its own.
"""

from __future__ import annotations

from casework.cases.audit_acts import AuditAct
from casework.cases.case import CLOSED, FORWARDED, Case
from casework.cases.case_queries import CaseQueries
from casework.cases.draft_store import DraftStore
from casework.cases.store_care import StoreCare
from casework.cases.submission_store import SubmissionStore
from storage.database import now


class CaseStore(DraftStore, SubmissionStore, CaseQueries, StoreCare):
    """Cases in one SQLite file or PostgreSQL schema: all its parts, and what handlers do with a case."""

    def set_status(self, case: Case, status: str, actor: str, outcome: str | None = None, message: str = "") -> Case:
        """Move a submitted case on; a handler's act, or the reporter's answer to a question.

        Args:
            message: what a handler tells the reporter with it; both are written, or neither.

        Raises:
            Conflict: it was withdrawn or deleted meanwhile.
        """
        at = self._moment(actor)
        with self._writing():
            self._touched(
                case,
                "update cases set status = ?, closed = ?, outcome = ?, updated = ? where id = ? and status != 'draft'",
                [status, at if status == CLOSED else None, outcome, at, case.id],
            )
            if message:
                self._insert_note(case, "handler", message, actor, at)
            self._acted(case, actor, at)
            self._record(actor, AuditAct.STATUS, case.id, status=status)
        return self._required(case.id, case.opener)

    def transfer(self, case: Case, unit: str, because: str, actor: str) -> Case:
        """Give the lead of a case to another unit; whoever had it keeps a copy.

        What the unit opens a sealed one with is given here by who can open it, else by the next who can and comes.

        Raises:
            Conflict: it was withdrawn or deleted meanwhile.
        """
        at = now()
        with self._writing():
            self._touched(case, "update cases set status = ?, updated = ? where id = ?", [FORWARDED, at, case.id])
            self._box_to(case, unit)
            self._db.execute("update routes set role = 'copy' where case_id = ?", [case.id])
            self._db["routes"].insert(
                {"case_id": case.id, "unit": unit, "role": "lead", "because": because}, replace=True
            )
            self._acted(case, actor, at)
            self._record(actor, AuditAct.TRANSFER, case.id, unit=unit)
        return self._required(case.id, case.opener)
