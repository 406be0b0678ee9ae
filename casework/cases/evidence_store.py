"""The files handed over with a case: what is kept of them, and the sealed files themselves."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from casework.cases.audit import REPORTER
from casework.cases.audit_acts import AuditAct
from casework.cases.case import DRAFT, Case
from casework.cases.case_rows import CaseRows
from casework.cases.evidence import (
    Checked,
    Evidence,
    EvidenceError,
    Finding,
    SealedWriter,
    checked,
    named,
    opened,
    sealed_size,
)
from casework.cases.keyring import SEALED
from casework.cases.unit_keys import KeyPair
from casework.cases.unit_store import CaseKeys, opened_by, sealed_to
from storage.database import STORE_ERRORS, hour_of, now, place_of
from storage.postgres import naming

CASE_GONE = "这份举报刚刚提交或撤回了，这个文件没有收下。已提交的，请再发一次文件。"
# What is shown of a file of which nothing opens.
NOTHING_KNOWN = {"name": "（已密封）", "sha256": ""}


class EvidenceStore(CaseRows):
    """The part of the case store that keeps files."""

    @property
    def evidence_folder(self) -> Path:
        return self._place.path.parent / "evidence"

    def add_evidence(
        self,
        case: Case,
        writer: SealedWriter,
        name: str,
        most: int,
        caption: str = "",
        known: Checked | None = None,
    ) -> Evidence:
        """Keep a file that was written whole; the file is discarded when it is not taken.

        Args:
            caption: what was said with it.
            known: what it is, where it was looked at already.

        Raises:
            EvidenceError: it is not of a kind that is taken, there are too many, or its case was withdrawn or
                submitted meanwhile.
        """
        try:
            key, digest = writer.finish()
            known = known or checked(writer.content())
            if twice := next((kept for kept in self.evidence(case) if kept.sha256 == digest), None):
                writer.discard()  # sent again because our answer got lost
                return twice
            title = named(name, known.kind)
            evidence = Evidence(
                writer.id, known.kind, writer.size, title, digest, key, known.flags, caption, case_id=case.id
            )
            row = {"id": writer.id, "case_id": case.id, "kind": known.kind, "size": writer.size}
            with self._writing():
                if not self._db.execute("select 1 from cases where id = ?", [case.id]).fetchone():
                    raise EvidenceError(CASE_GONE)
                about = self._about_sealed(evidence, case.id, self._keys_of_case(case.id))
                row["about"] = self._seal("evidence", "about", about, writer.id, case.id)
                (kept,) = self._db.execute("select count(*) from evidence where case_id = ?", [case.id]).fetchone()
                if kept >= most:
                    raise EvidenceError(f"最多上传 {most} 个文件，这一个没有收下。可以打成 zip 包上传。")
                self._db["evidence"].insert({**row, "at": hour_of(now())})
                self._record(REPORTER, AuditAct.ADD_EVIDENCE, case.id)
            os.utime(self.evidence_folder / writer.id, (hour_of(now()),) * 2)
        except BaseException:
            if not self._may_be_kept(writer.id):
                writer.discard()
            raise
        return evidence

    def _may_be_kept(self, evidence_id: str) -> bool:
        """Whether a file is taken though nobody was told: a database that goes away while it commits may have done so.

        Where it cannot be asked, the file stays; ``sweep`` takes it away if it was not taken.
        """
        try:
            return bool(self._read("select 1 from evidence where id = ?", evidence_id))
        except STORE_ERRORS:
            return True

    def evidence(self, case: Case) -> list[Evidence]:
        rows = self._read("select id, kind, size, about from evidence where case_id = ? order by rowid", case.id)
        return [self._evidence(case.id, file, kind, size, about, case.opener) for file, kind, size, about in rows]

    def evidence_since(self, seconds: float) -> list[Evidence]:
        """What came within the last so many seconds, of all cases whose files the server itself can open."""
        rows = self._read(
            "select case_id, id, kind, size, about from evidence where at > ? order by at", now() - seconds
        )
        return [file for row in rows if (file := self._evidence(*row)).key]

    def content_of(self, evidence: Evidence) -> bytes:
        """The file as it was sent.

        Raises:
            EvidenceError: it was changed since.
        """
        return b"".join(opened(self.evidence_folder, evidence.id, evidence.key))

    def note_findings(
        self, evidence: Evidence, findings: Sequence[Finding], terms: Sequence[str] = (), first: bool = False
    ) -> None:
        """Keep what was read in a file, wherever its case is by now; a submitted one is found by ``terms`` too.

        Args:
            first: only if nothing was kept yet: what the reporter has answered about it stays.
        """
        evidence_id = evidence.id
        with naming(evidence.case_id), self._writing():
            rows = self._db.execute(
                "select evidence.kind, size, about, case_id, status from evidence join cases on cases.id = case_id "
                "where evidence.id = ?",
                [evidence_id],
            ).fetchall()
            for kind, size, about, case_id, status in rows:
                keys = self._keys_of_case(case_id)
                # Sealed meanwhile: what is known of it is what was known when the reading began.
                kept = evidence if keys else self._evidence(case_id, evidence_id, kind, size, about)
                if (first and kept.found is not None) or not kept.key:
                    continue
                self._write_evidence(replace(kept, found=tuple(findings)), case_id, keys)
                if status != DRAFT:
                    self._add_terms(case_id, terms)

    def _evidence(
        self, case_id: str, file_id: str, kind: str, size: int, about: bytes, opener: KeyPair | None = None
    ) -> Evidence:
        """A file as far as ``opener`` opens what is kept of it: all, its name, or neither."""
        kept, place = self._open("evidence", "about", about, file_id, case_id), ""
        if SEALED in kept:
            place, listed = place_of("evidence", "about", [file_id, case_id]), kept["listed"]
            if whole := opened_by(place, kept[SEALED], opener):
                kept = json.loads(whole)
            elif isinstance(listed, str):
                named_only = opened_by(f"{place} listed", listed, opener)
                kept = {**(json.loads(named_only) if named_only else NOTHING_KNOWN), "key": ""}
            else:
                kept = {**(NOTHING_KNOWN if opener is None else listed), "key": ""}
        return replace(Evidence.read(file_id, kind, size, kept), case_id=case_id)

    @staticmethod
    def _about_sealed(file: Evidence, case_id: str, keys: CaseKeys | None) -> dict[str, Any]:
        """What is kept of a file: all of it for the units; its name and digest for whoever has the receipt."""
        if keys is None:
            return file.about()
        place, listed = place_of("evidence", "about", [file.id, case_id]), {"name": file.name, "sha256": file.sha256}
        about: dict[str, Any] = {SEALED: sealed_to(place, as_bytes(file.about()), [keys.public])}
        about["listed"] = sealed_to(f"{place} listed", as_bytes(listed), [keys.reporter]) if keys.reporter else listed
        return about

    def _write_evidence(self, file: Evidence, case_id: str, keys: CaseKeys | None) -> None:
        """What is kept of a file, within ``_writing``."""
        about = self._seal("evidence", "about", self._about_sealed(file, case_id, keys), file.id, case_id)
        self._db.execute("update evidence set about = ? where id = ? and case_id = ?", [about, file.id, case_id])

    # The files themselves --------------------------------------------------------------------------------

    def evidence_at_hand(self) -> tuple[int, int]:
        """How many files of all cases can be read whole, and how many cannot."""
        whole = broken = 0
        for (case_id,) in self._read("select distinct case_id from evidence"):
            for evidence in self.evidence(self._required(case_id)):
                try:
                    found = self._is_whole_file(evidence)
                except (EvidenceError, OSError):
                    found = False
                whole, broken = whole + found, broken + (not found)
        return whole, broken

    def _is_whole_file(self, evidence: Evidence) -> bool:
        """By its digest; of one that only its units can open by its length, and its seal tells them the rest."""
        if not evidence.key:
            return (self.evidence_folder / evidence.id).stat().st_size == sealed_size(evidence.size)
        return hashlib.sha256(self.content_of(evidence)).hexdigest() == evidence.sha256

    def _files_of(self, case: Case) -> list[str]:
        """The files of a case, within ``_writing``."""
        return [row[0] for row in self._db.execute("select id from evidence where case_id = ?", [case.id]).fetchall()]

    def _delete_files(self, evidence_ids: Sequence[str]) -> None:
        for evidence_id in evidence_ids:
            (self.evidence_folder / evidence_id).unlink(missing_ok=True)

    def sweep(self, older_than: float = 3600) -> int:
        """Delete files whose case is gone, and what broken uploads left behind; returns how many."""
        known = {row[0] for row in self._read("select id from evidence")}
        before, swept = now() - older_than, 0
        for path in self.evidence_folder.glob("*"):
            if path.name not in known and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                swept += 1
        return swept


def as_bytes(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
