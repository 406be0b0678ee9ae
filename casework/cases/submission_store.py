"""How a draft becomes a submitted case, and a tip-off is cut loose from the conversation it was told in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from casework.cases.audit import REPORTER
from casework.cases.audit_acts import AuditAct
from casework.cases.case import SUBMITTED, Case, Conflict, Filing, Kind
from casework.cases.case_sealing import CaseSealing, units_of
from casework.cases.codes import new_code, new_number
from casework.cases.unit_keys import new_pair, pair_from
from casework.cases.unit_store import CaseKeys
from storage.database import hour_of, now
from storage.erasing import ConversationTables

# How long an answer may take to arrive: a reporter whose phone lost it in a tunnel is told the receipt again.
DELIVERY_SECONDS = 600


class SubmissionStore(CaseSealing):
    """The part of the case store that submits."""

    def submit(self, case: Case, filing: Filing, actor: str) -> Case:
        """Turn a draft into a submitted case with a receipt number; it is final from then on.

        Raises:
            Conflict: the draft was changed, submitted or deleted since it was read.
        """
        with self._writing():
            self._submit(case.kind, case.id, case.revision, filing, actor)
        return self._required(case.id)

    def _submit(self, kind: Kind, case_id: str, revision: int, filing: Filing, actor: str) -> None:
        number, at = self._free_number(kind), hour_of(now()) if kind == "tip_off" else now()
        changed = self._db.execute(
            "update cases set status = ?, number = ?, county = ?, sector = ?, severity = ?, "
            "submitted = ?, updated = ? where id = ? and revision = ? and status = 'draft'",
            [SUBMITTED, number, filing.county, filing.sector, filing.severity, at, at, case_id, revision],
        ).rowcount
        if not changed:
            raise Conflict(case_id)
        self._file(case_id, filing)
        self._record(actor, AuditAct.SUBMIT, case_id)

    def _free_number(self, kind: Kind) -> str:
        """A receipt number that no case has: among 100,000 two made by chance are alike once in eight times."""
        statement = "select 1 from cases where number = ?" if self.owned else "select 1 where rights.number_is_taken(?)"
        return next(
            number
            for number in iter(lambda: new_number(kind), "")
            if self._db.execute(statement, [number]).fetchone() is None
        )

    def _file(self, case_id: str, filing: Filing) -> None:
        """Where a case goes, what was found, what it can be found by."""
        for route in filing.routes:
            self._db.execute(
                "insert into routes (case_id, unit, role, because) values (?, ?, ?, ?) on conflict do nothing",
                [case_id, route.unit, route.role, route.because],
            )
        for finding in filing.findings:
            self._db["findings"].insert({"case_id": case_id, **finding.__dict__})
        self._add_terms(case_id, filing.terms)

    # Tip-offs --------------------------------------------------------------------------------------------

    def submit_tip_off(self, case: Case, filing: Filing, receipt: str, conversation_id: str = "") -> Case:
        """Submit a tip-off and cut every tie to the conversation it was told in.

        It gets a new id, no owner and no code but the receipt, of which only a slow keyed hash is kept; times are kept
        to the hour, and the conversation is erased in the same transaction. For DELIVERY_SECONDS the receipt can be
        told again to the conversation ``conversation_id``, in case the answer got lost.

        Where one of its units has a key, all of it is sealed to the units and, what is said further, to the receipt;
        this server opens none of it by itself any more.

        Raises:
            Conflict: the draft was changed, submitted or deleted since it was read.
        """
        new_id, stretched = secrets.token_hex(16), self._stretched(receipt)
        hashed = self._receipt_hash(stretched)
        with self._writing_with(self.conversations) as tables:
            files = self.evidence(case)  # read here: one that arrives at this moment is in, or its upload is refused
            receiving = self._receiving(units_of(filing))
            pair = new_pair() if receiving else None
            keys = CaseKeys(pair.public, pair_from(stretched).public, units_of(filing)) if pair else None
            row = {"id": new_id, "code": hashed, "created": hour_of(case.created.timestamp())}
            row |= self._own_key(case.kind, new_id)
            row |= self._content_row(new_id, case.content, keys, _filed(filing, len(files)))
            self._db.execute("delete from owners where case_id = ?", [case.id])
            changed = self._db.execute(
                f"update cases set {', '.join(f'{name} = ?' for name in row)}, revision = revision + 1 "
                "where id = ? and revision = ? and status = 'draft'",
                [*row.values(), case.id, case.revision],
            ).rowcount
            if not changed:
                raise Conflict(case.id)
            for file in files:
                self._write_evidence(file, new_id, keys)
            self._doom(case.id)
            self._submit(case.kind, new_id, case.revision + 1, filing, REPORTER)
            self._box_for(new_id, pair, receiving)
            if conversation_id:
                self._deliver(conversation_id, receipt, tables)
        return self._required(new_id, pair)

    def _deliver(self, conversation_id: str, receipt: str, tables: ConversationTables | None) -> None:
        """Keep a receipt for a while, and erase the conversation it was given in."""
        told = self._delivery(conversation_id)
        sealed = self._seal("deliveries", "receipt", receipt, told)
        row = {"owner": told, "receipt": sealed, "at": now()}
        self._db["deliveries"].insert(
            {**row, "conversation": tables.key_of(conversation_id) if tables else ""}, replace=True
        )
        if tables:
            tables.erase(self._db, conversation_id)

    def receipt_again(self, conversation_id: str) -> str | None:
        """The receipt that a conversation was given a moment ago; None when there was none or it is too late."""
        told = self._delivery(conversation_id)
        rows = self._read("select receipt from deliveries where owner = ? and at > ?", told, now() - DELIVERY_SECONDS)
        return str(self._open("deliveries", "receipt", rows[0][0], told)) if rows else None

    def forget_deliveries(self) -> None:
        """Cut the last tie between conversations and receipts, once it is too late to tell them again."""
        with self._lock:
            self._db.execute("delete from deliveries where at <= ?", [now() - DELIVERY_SECONDS])

    def _delivery(self, conversation_id: str) -> str:
        return self._blind_index.hash(f"delivery:{conversation_id}")

    def erase_conversation(self, conversation_id: str) -> None:
        """Erase a conversation in which what was said belongs to a report alone."""
        if self.conversations:
            with self._writing_with(self.conversations) as tables:
                if tables:
                    tables.erase(self._db, conversation_id)

    def finish_cuts(self) -> None:
        """Erase, at a start, the conversations of reports that were submitted a moment before the process was killed:
        two SQLite files are each written whole, but not both at the same moment."""
        rows = self._read("select conversation from deliveries where conversation != ''")
        if rows and self.conversations:
            with self._writing_with(self.conversations) as tables:
                for (key,) in rows:
                    if tables:
                        tables.erase_key(self._db, key)

    # From elsewhere --------------------------------------------------------------------------------------

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """One transaction for many imports; their secrets are kept before them."""
        with self._writing(), self.secrets.bulk():
            yield

    def import_submitted(self, kind: Kind, content: dict[str, Any], filing: Filing, at: float) -> str:
        """Take over a case that was submitted elsewhere at a given time; within ``bulk``. Returns its number."""
        case_id, number = secrets.token_hex(16), self._free_number(kind)
        row: dict[str, Any] = {"id": case_id, "kind": kind, "status": SUBMITTED, "number": number}
        row |= {"code": self._blind_index.hash(f"code:{new_code()}")} | self._own_key(kind, case_id)
        receiving = self._receiving(units_of(filing)) if kind == "tip_off" else []
        pair = new_pair() if receiving else None
        row |= self._content_row(case_id, content, CaseKeys(pair.public, units=units_of(filing)) if pair else None)
        row |= {"created": at, "updated": at, "submitted": at}
        row |= {"county": filing.county, "sector": filing.sector, "severity": filing.severity}
        self._db.execute(
            f"insert into cases ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values())
        )
        self._file(case_id, filing)
        self._box_for(case_id, pair, receiving)
        self._record("import", AuditAct.SUBMIT, case_id)
        return number


def _filed(filing: Filing, files: int) -> dict[str, Any]:
    """What a tip-off was submitted with."""
    return {
        "units": sorted({route.unit for route in filing.routes}),
        "leads": sorted({route.unit for route in filing.routes if route.role == "lead"}),
        "county": filing.county,
        "sector": filing.sector,
        "severity": filing.severity,
        "files": files,
    }
