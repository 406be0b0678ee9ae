"""Where cases live: the interface the jobs use, and its SQLite form.

A case is a draft until it is submitted. Its content is sealed; what the store must sort or count by (status, unit,
county, which red line) stands beside it in clear and names no person. Nothing here is about SQLite outside
``CaseStore``'s own methods, so that another database can stand behind the same methods.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from casework.cases.audit import REPORTER, Act, Head, contradictions, transfers
from casework.cases.audit_acts import AuditAct
from casework.cases.case_secrets import CaseSecrets
from casework.cases.codes import new_code, new_number
from casework.cases.contact import apart
from casework.cases.contact_store import NOT_OPENED, ContactStore
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
from casework.cases.receipts import slow_hash
from casework.cases.unit_keys import KeyPair, new_pair, pair_from
from casework.cases.unit_store import CaseKeys, UnitKey, opened_by, sealed_to
from storage.database import STORE_ERRORS, Place, SqliteDatabase, hour_of, now, place_of, time_of
from storage.encryption import KeyFileError, Lookup, OutOfPlaceError, Sealer, opened_secret
from storage.erasing import ConversationTables
from storage.migrations import MIGRATIONS, SUBMITTED_IS_FINAL, guard, unguard

Kind = Literal["self_check", "tip_off"]
Author = Literal["reporter", "handler", "internal"]
DRAFT, SUBMITTED = "draft", "submitted"
FORWARDED, EXAMINING, ASKING, CLOSED = "forwarded", "examining", "asking", "closed"
# How long an answer may take to arrive: a reporter whose phone lost it in a tunnel is told the receipt again.
DELIVERY_SECONDS = 600
# Channels on which nobody can be told anything before they say something.
ASKS_ITSELF = ("web", "rest", "terminal", "console")
# In the order of _case.
COLUMNS = (
    "id, kind, status, number, code, amends, version, revision, county, content, "
    "created, updated, submitted, closed, sector, severity, acted, outcome, keys"
)


ANOTHER_KEY = "备份是用另一把密钥加密的，没有恢复。请先设置原来的 ASSISTANT_ENCRYPTION_KEY。"
CASE_GONE = "这份举报刚刚提交或撤回了，这个文件没有收下。已提交的，请再发一次文件。"
# What stands in clear of a submitted tip-off is sealed with it once more, to be held against it.
FILED = "filed"
# Reports from before their units had a key that are sealed in one transaction.
SEALED_AT_ONCE = 100
# Where the id of their case stands in rows that take its secret to be opened; a table, or one column of it.
CASE_IN_ROW = {("cases", ""): 0, ("case_boxes", ""): 0, ("evidence", ""): 1, ("notes", ""): 1}
CASE_IN_ROW |= {("releases", "about"): 1, ("releases", "copy"): 1}


class Conflict(RuntimeError):
    """The case was changed by somebody else since it was read; read it again."""


class BackupError(RuntimeError):
    """A backup cannot be used; the message says why, in Chinese."""


@dataclass(frozen=True)
class Case:
    """A case as it was read.

    Attributes:
        number: the receipt number; None for a draft.
        code: the owner's secret, with which it is resumed, read and downloaded from anywhere.
        amends: the case that this one is a later version of.
        version: 1, and one more for each amendment.
        revision: counts the changes of a draft.
        sector: id of the directory's sector or trade it is about; None when unknown.
        severity: 0 ordinary; 1 the police see a tip-off, or a self-check owns up to a breach; 2 the leading group is
            told at once.
        acted: when a handler first did something with it.
        outcome: what became of it, once closed.
        keys: whom its content is sealed to; None: to the server alone.
        opener: the pair that was shown for it: its own, which units have, or its receipt's.
    """

    id: str
    kind: Kind
    status: str
    number: str | None
    code: str = field(repr=False)
    amends: str | None
    version: int
    revision: int
    county: str | None
    content: dict[str, Any] = field(repr=False)
    created: datetime
    updated: datetime
    submitted: datetime | None
    closed: datetime | None = None
    sector: str | None = None
    severity: int = 0
    acted: datetime | None = None
    outcome: str | None = None
    keys: CaseKeys | None = field(default=None, repr=False, compare=False)
    opener: KeyPair | None = field(default=None, repr=False, compare=False)

    @property
    def is_draft(self) -> bool:
        return self.status == DRAFT

    @property
    def locked(self) -> bool:
        """Whether its content stays closed to who is served now; ``content`` is empty then."""
        return self.keys is not None and (self.opener is None or self.opener.public != self.keys.public)


@dataclass(frozen=True)
class Route:
    """A unit a case goes to, and the clause because of which."""

    unit: str
    role: Literal["lead", "copy"]
    because: str


@dataclass(frozen=True)
class FindingRow:
    """What is kept in clear of a finding, to be counted."""

    rule: str
    clause: str
    outcome: str


@dataclass(frozen=True)
class Filing:
    """What becomes of a draft when it is submitted."""

    routes: Sequence[Route]
    findings: Sequence[FindingRow] = ()
    county: str | None = None
    sector: str | None = None
    severity: int = 0
    terms: Sequence[str] = ()


@dataclass(frozen=True)
class Wanted:
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


@dataclass(frozen=True)
class Note:
    """A message between the reporter of a tip-off and those who handle it; an internal one the reporter never sees."""

    author: Author
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class Untold:
    """What handlers wrote to an enterprise and one of its conversations was not told yet; ``last`` is the last note."""

    case: Case
    notes: tuple[Note, ...]
    last: int


class CaseStore(ContactStore):
    """Cases in one SQLite file."""

    sealed = (
        ("cases", "content", ("id",)),
        ("evidence", "about", ("id", "case_id")),
        ("notes", "body", ("id", "case_id", "author")),
        ("deliveries", "receipt", ("owner",)),
        ("audit_head", "sealed", ("id",)),
        ("followers", "place", ("case_id", "owner")),
        ("releases", "about", ("id", "case_id", "what", "asked_by")),
        ("releases", "decision", ("id", "asked_by")),
        ("releases", "copy", ("id", "case_id", "asked_by")),
        ("cases", "keys", ("id",)),
        ("cases", "contact", ("id",)),
        ("members", "about", ("account_id",)),
        ("unit_keys", "about", ("id", "unit")),
        ("unit_keys", "chain", ("id", "successor")),
        ("unit_boxes", "box", ("key_id", "holder")),
        ("case_boxes", "box", ("case_id", "unit", "key_id")),
    )
    migrations = MIGRATIONS
    # Where conversations are kept: what was said of a report goes with its submission.
    conversations: ConversationTables | None = None

    def __init__(self, place: Place | Path, sealer: Sealer) -> None:
        """Open the store and that of the cases' secrets beside it, made or migrated as needed.

        Raises:
            KeyFileError: it was written with a key that is not there.
        """
        place = place if isinstance(place, Place) else Place(place)
        self.secrets = CaseSecrets(replace(place, path=place.path.with_name(f"{place.path.stem}_keys.db")), sealer)
        super().__init__(place, sealer)

    def close(self) -> None:
        super().close()
        self.secrets.close()

    # Drafts -----------------------------------------------------------------------------------------------

    def start(self, kind: Kind, owner: str, content: dict[str, Any]) -> Case:
        """Open a draft for somebody; ``owner`` is their conversation, kept as a keyed hash, or empty for nobody's."""
        with self._writing():
            case_id = self._insert(kind, owner, content)
            self._record(REPORTER if kind == "tip_off" else owner, AuditAct.START, case_id)
        return self._required(case_id)

    def save(self, case: Case, content: dict[str, Any]) -> Case:
        """Write a draft's new content.

        Raises:
            Conflict: it was changed, submitted or deleted since ``case`` was read.
        """
        sealed = self._seal("cases", "content", {**content, "code": case.code}, case.id)
        with self._writing():
            changed = self._db.execute(
                "update cases set content = ?, updated = ?, revision = revision + 1 "
                "where id = ? and revision = ? and status = 'draft'",
                [sealed, now(), case.id, case.revision],
            ).rowcount
            if not changed:
                raise Conflict(case.id)
        return self._required(case.id)

    def amend(self, case: Case, owner: str) -> Case:
        """Open a draft with the content of a submitted case, linked to it as its next version."""
        with self._writing():
            case_id = self._insert(case.kind, owner, case.content, amends=case.id, version=case.version + 1)
            self._record(owner, AuditAct.AMEND, case_id)
        return self._required(case_id)

    def delete_draft(self, case: Case, actor: str) -> None:
        """Delete a draft, its files, and what was said of it in its owner's conversation."""
        with self._writing_with(self.conversations) as tables:
            files = self._files_of(case)
            if tables:
                tables.erase(self._db, actor)
            gone = self._db.execute("delete from cases where id = ? and status = 'draft'", [case.id]).rowcount
            if gone:
                self._doom(case.id)
            self._record(REPORTER if case.kind == "tip_off" else actor, AuditAct.DELETE_DRAFT, case.id)
        if gone:
            self._delete_files(files)
            self.destroy_doomed()

    def delete_drafts_older_than(self, days: int) -> int:
        """Delete drafts untouched for so many days; returns how many."""
        before = now() - timedelta(days=days).total_seconds()
        with self._writing():
            old = self._db.execute("select id from cases where status = 'draft' and updated < ?", [before]).fetchall()
            for (case_id,) in old:
                self._db.execute("delete from cases where id = ?", [case_id])
                self._doom(case_id)
                self._record("retention", AuditAct.DELETE_DRAFT, case_id)
        self.destroy_doomed()
        return len(old)

    # Submitted cases --------------------------------------------------------------------------------------

    def submit(self, case: Case, filing: Filing, actor: str) -> Case:
        """Turn a draft into a submitted case with a receipt number; it is final from then on.

        Raises:
            Conflict: the draft was changed, submitted or deleted since it was read.
        """
        with self._writing():
            self._submit(case.kind, case.id, case.revision, filing, actor)
        return self._required(case.id)

    def _submit(self, kind: Kind, case_id: str, revision: int, filing: Filing, actor: str) -> None:
        number, at = new_number(kind), hour_of(now()) if kind == "tip_off" else now()
        changed = self._db.execute(
            "update cases set status = ?, number = ?, county = ?, sector = ?, severity = ?, "
            "submitted = ?, updated = ? where id = ? and revision = ? and status = 'draft'",
            [SUBMITTED, number, filing.county, filing.sector, filing.severity, at, at, case_id, revision],
        ).rowcount
        if not changed:
            raise Conflict(case_id)
        self._file(case_id, filing)
        self._record(actor, AuditAct.SUBMIT, case_id)

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """One transaction for many imports; their secrets are kept before them."""
        with self._writing(), self.secrets.bulk():
            yield

    def import_submitted(self, kind: Kind, content: dict[str, Any], filing: Filing, at: float) -> str:
        """Take over a case that was submitted elsewhere at a given time; within ``bulk``. Returns its number."""
        case_id, number = secrets.token_hex(16), new_number(kind)
        row: dict[str, Any] = {"id": case_id, "kind": kind, "status": SUBMITTED, "number": number}
        row |= {"code": self._lookup.hash(f"code:{new_code()}")} | self._own_key(kind, case_id)
        receiving = self._receiving(_units_of(filing)) if kind == "tip_off" else []
        pair = new_pair() if receiving else None
        row |= self._content_row(case_id, content, CaseKeys(pair.public, units=_units_of(filing)) if pair else None)
        row |= {"created": at, "updated": at, "submitted": at}
        row |= {"county": filing.county, "sector": filing.sector, "severity": filing.severity}
        self._db.execute(
            f"insert into cases ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values())
        )
        self._file(case_id, filing)
        self._box_for(case_id, pair, receiving)
        self._record("import", AuditAct.SUBMIT, case_id)
        return number

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

    def submit_tip_off(self, case: Case, filing: Filing, receipt: str, owner: str = "") -> Case:
        """Submit a tip-off and cut every tie to the conversation it was told in.

        It gets a new id, no owner and no code but the receipt, of which only a slow keyed hash is kept; times are kept
        to the hour, and the conversation is erased in the same transaction. For DELIVERY_SECONDS the receipt can be
        told again to the conversation ``owner``, in case the answer got lost.

        Where one of its units has a key, all of it is sealed to the units and, what is said further, to the receipt;
        this server opens none of it by itself any more.

        Raises:
            Conflict: the draft was changed, submitted or deleted since it was read.
        """
        new_id, stretched = secrets.token_hex(16), self._stretched(receipt)
        hashed = self._receipt_hash(stretched)
        with self._writing_with(self.conversations) as tables:
            files = self.evidence(case)  # read here: one that arrives at this moment is in, or its upload is refused
            receiving = self._receiving(_units_of(filing))
            pair = new_pair() if receiving else None
            keys = CaseKeys(pair.public, pair_from(stretched).public, _units_of(filing)) if pair else None
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
            if owner:
                self._deliver(owner, receipt, tables)
        return self._required(new_id, pair)

    # Sealed to units --------------------------------------------------------------------------------------

    def _box_for(self, case_id: str, pair: KeyPair | None, receiving: Iterable[UnitKey]) -> None:
        """Hand a report's own pair to its units, within ``_writing``; None where no unit has a key yet."""
        if pair:
            for unit in receiving:
                self._box(case_id, pair, unit)

    def _content_row(
        self, case_id: str, content: dict[str, Any], keys: CaseKeys | None, filed: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The columns of a report's content, sealed to its units where they have keys."""
        beside = {FILED: filed} if filed else {}
        if keys is None:
            return {"content": self._seal("cases", "content", {**content, **beside}, case_id), "keys": None}
        plain, details = apart({key: value for key, value in content.items() if key not in (FILED, "code")})
        inner = sealed_to(place_of("cases", "content", [case_id]), _encoded(plain), [keys.public])
        outer = self._seal("cases", "content", {SEALED: inner, **beside}, case_id)
        row = {"content": outer, "keys": self._seal("cases", "keys", keys.as_json(), case_id)}
        return row | self._contact_row(case_id, details, keys)

    def _write_evidence(self, file: Evidence, case_id: str, keys: CaseKeys | None) -> None:
        """What is kept of a file, within ``_writing``."""
        about = self._seal("evidence", "about", self._about_sealed(file, case_id, keys), file.id, case_id)
        self._db.execute("update evidence set about = ? where id = ?", [about, file.id])

    @staticmethod
    def _about_sealed(file: Evidence, case_id: str, keys: CaseKeys | None) -> dict[str, Any]:
        """What is kept of a file: all of it for the units; its name and digest for whoever has the receipt."""
        if keys is None:
            return file.about()
        place, listed = place_of("evidence", "about", [file.id, case_id]), {"name": file.name, "sha256": file.sha256}
        about: dict[str, Any] = {SEALED: sealed_to(place, _encoded(file.about()), [keys.public])}
        about["listed"] = sealed_to(f"{place} listed", _encoded(listed), [keys.reporter]) if keys.reporter else listed
        return about

    def seal_earlier(self, most: int = SEALED_AT_ONCE) -> int:
        """Seal reports that came before any of their units had a key; returns how many.

        What was said to and fro stays under the server's key until the receipt is shown, which alone says to whom
        it is to be sealed.
        """
        earlier = (
            "from cases where kind = 'tip_off' and status != 'draft' and keys is null and exists (select 1 from routes "
            "join unit_keys on unit_keys.unit = routes.unit and successor is null where routes.case_id = cases.id)"
        )
        if not self._read(f"select 1 {earlier} limit 1"):
            return 0
        with self._writing():
            rows = self._db.execute(f"select {COLUMNS} {earlier} limit ?", [most]).fetchall()
            for row in rows:
                self._seal_case(self._case(row))
        return len(rows)

    def _seal_case(self, case: Case) -> None:
        pair, content = new_pair(), case.content
        filing = Filing(self.routes(case))
        keys = CaseKeys(pair.public, units=_units_of(filing))
        files, notes = self.evidence(case), self.notes(case, internal=True)
        row = self._content_row(case.id, content, keys, content.get(FILED))
        changes = ", ".join(f"{name} = ?" for name in row)
        self._db.execute(f"update cases set {changes} where id = ?", [*row.values(), case.id])
        for file in files:
            self._write_evidence(file, case.id, keys)
        numbers = self._db.execute("select id from notes where case_id = ? order by id", [case.id]).fetchall()
        for (number,), note in zip(numbers, notes, strict=True):
            self._write_note(number, case.id, note.author, note.text, keys)
        self._box_for(case.id, pair, self._receiving(keys.units))

    def _write_note(self, number: int, case_id: str, author: Author, text: str, keys: CaseKeys | None) -> None:
        body = self._note_body(number, case_id, author, text, keys)
        self._db.execute("update notes set body = ? where id = ?", [body, number])

    def _note_body(self, number: int, case_id: str, author: Author, text: str, keys: CaseKeys | None) -> bytes:
        """A message, sealed to the units; one that the reporter may read to their receipt as well."""
        row = (number, case_id, author)
        if keys is None or (author != "internal" and keys.reporter is None):
            return self._seal("notes", "body", text, *row)
        recipients = [keys.public] if author == "internal" or not keys.reporter else [keys.public, keys.reporter]
        inner = sealed_to(place_of("notes", "body", row), text.encode(), recipients)
        return self._seal("notes", "body", {SEALED: inner}, *row)

    def _meet_reporter(self, case: Case, reporter: bytes) -> Case:
        """A report from before shows its receipt: what was said so far is sealed to it now."""
        if case.keys is None or case.keys.reporter:
            return case
        keys = replace(case.keys, reporter=reporter)
        with self._writing():
            self._write_case_keys(case.id, keys)
            rows = self._db.execute("select id, author, body from notes where case_id = ?", [case.id]).fetchall()
            for number, author, body in rows:
                if isinstance(text := self._open("notes", "body", body, number, case.id, author), str):
                    self._write_note(number, case.id, author, text, keys)
            files = self._db.execute("select id, about from evidence where case_id = ?", [case.id]).fetchall()
            for file, sealed in files:
                about = self._open("evidence", "about", sealed, file, case.id)
                if isinstance(listed := about.get("listed"), dict):
                    place = f"{place_of('evidence', 'about', [file, case.id])} listed"
                    about["listed"] = sealed_to(place, _encoded(listed), [reporter])
                    kept = self._seal("evidence", "about", about, file, case.id)
                    self._db.execute("update evidence set about = ? where id = ?", [kept, file])
        return replace(case, keys=keys)

    def _deliver(self, owner: str, receipt: str, tables: ConversationTables | None) -> None:
        """Keep a receipt for a while, and erase the conversation it was given in."""
        told = self._delivery(owner)
        sealed = self._seal("deliveries", "receipt", receipt, told)
        row = {"owner": told, "receipt": sealed, "at": now()}
        self._db["deliveries"].insert({**row, "conversation": tables.key_of(owner) if tables else ""}, replace=True)
        if tables:
            tables.erase(self._db, owner)

    def erase_conversation(self, owner: str) -> None:
        """Erase a conversation in which what was said belongs to a report alone."""
        if self.conversations:
            with self._writing_with(self.conversations) as tables:
                if tables:
                    tables.erase(self._db, owner)

    def finish_cuts(self) -> None:
        """Erase, at a start, the conversations of reports that were submitted a moment before the process was killed:
        two SQLite files are each written whole, but not both at the same moment."""
        rows = self._read("select conversation from deliveries where conversation != ''")
        if rows and self.conversations:
            with self._writing_with(self.conversations) as tables:
                for (key,) in rows:
                    if tables:
                        tables.erase_key(self._db, key)

    @contextmanager
    def _writing_with(self, tables: ConversationTables | None) -> Iterator[ConversationTables | None]:
        """One transaction over cases and conversations; without conversations over cases alone."""
        with self._lock, tables.within(self._db) if tables else nullcontext() as there, self._writing():
            yield tables if there else None

    def receipt_again(self, owner: str) -> str | None:
        """The receipt that a conversation was given a moment ago; None when there was none or it is too late."""
        told = self._delivery(owner)
        rows = self._read("select receipt from deliveries where owner = ? and at > ?", told, now() - DELIVERY_SECONDS)
        return str(self._open("deliveries", "receipt", rows[0][0], told)) if rows else None

    def forget_deliveries(self) -> None:
        """Cut the last tie between conversations and receipts, once it is too late to tell them again."""
        with self._lock:
            self._db.execute("delete from deliveries where at <= ?", [now() - DELIVERY_SECONDS])

    def _delivery(self, owner: str) -> str:
        return self._lookup.hash(f"delivery:{owner}")

    def by_receipt(self, receipt: str) -> Case | None:
        """The tip-off of a receipt, which opens what was said to and fro; takes some 30 ms on purpose."""
        stretched = self._stretched(receipt)
        rows = self._read(f"select {COLUMNS} from cases where code = ?", self._receipt_hash(stretched))
        if not rows:
            return None
        pair = pair_from(stretched)
        return self._meet_reporter(self._case(rows[0], pair), pair.public)

    # Evidence ---------------------------------------------------------------------------------------------

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
        found: Checked | None = None,
    ) -> Evidence:
        """Keep a file that was written whole; the file is discarded when it is not taken.

        Args:
            caption: what was said with it.
            found: what it is, where it was looked at already.

        Raises:
            EvidenceError: it is not of a kind that is taken, there are too many, or its case was withdrawn or
                submitted meanwhile.
        """
        try:
            key, digest = writer.finish()
            found = found or checked(writer.content())
            if twice := next((kept for kept in self.evidence(case) if kept.sha256 == digest), None):
                writer.discard()  # sent again because our answer got lost
                return twice
            evidence = Evidence(
                writer.id, found.kind, writer.size, named(name, found.kind), digest, key, found.flags, caption
            )
            row = {"id": writer.id, "case_id": case.id, "kind": found.kind, "size": writer.size}
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
            writer.discard()
            raise
        return evidence

    def evidence(self, case: Case) -> list[Evidence]:
        rows = self._read("select id, kind, size, about from evidence where case_id = ? order by rowid", case.id)
        return [self._evidence(case.id, file, kind, size, about, case.opener) for file, kind, size, about in rows]

    def _files_of(self, case: Case) -> list[str]:
        """The files of a case, within ``_writing``."""
        return [row[0] for row in self._db.execute("select id from evidence where case_id = ?", [case.id]).fetchall()]

    def evidence_since(self, seconds: float) -> list[Evidence]:
        """What came within the last so many seconds, of all cases whose files the server itself can open."""
        rows = self._read(
            "select case_id, id, kind, size, about from evidence where at > ? order by at", now() - seconds
        )
        return [file for row in rows if (file := self._evidence(*row)).key]

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
        return Evidence.read(file_id, kind, size, kept)

    def note_findings(
        self, evidence: Evidence, findings: Sequence[Finding], terms: Sequence[str] = (), first: bool = False
    ) -> None:
        """Keep what was read in a file, wherever its case is by now; a submitted one is found by ``terms`` too.

        Args:
            first: only if nothing was kept yet: what the reporter has answered about it stays.
        """
        evidence_id = evidence.id
        with self._writing():
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

    def _add_terms(self, case_id: str, terms: Sequence[str]) -> None:
        for term in {self._term(term) for term in terms}:
            self._db.execute("insert into terms (term, case_id) values (?, ?) on conflict do nothing", [term, case_id])

    def content_of(self, evidence: Evidence) -> bytes:
        """The file as it was sent.

        Raises:
            EvidenceError: it was changed since.
        """
        return b"".join(opened(self.evidence_folder, evidence.id, evidence.key))

    def _delete_files(self, evidence_ids: Sequence[str]) -> None:
        for evidence_id in evidence_ids:
            (self.evidence_folder / evidence_id).unlink(missing_ok=True)

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

    def sweep(self, older_than: float = 3600) -> int:
        """Delete files whose case is gone, and what broken uploads left behind; returns how many."""
        known = {row[0] for row in self._read("select id from evidence")}
        before, swept = now() - older_than, 0
        for path in self.evidence_folder.glob("*"):
            if path.name not in known and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                swept += 1
        return swept

    # Tip-offs at work -------------------------------------------------------------------------------------

    def withdraw(self, case: Case) -> bool:
        """Delete a tip-off that nobody has begun to work on; False when it is too late."""
        with self._writing():
            files = self._files_of(case)
            done = self._db.execute("delete from cases where id = ? and status = ?", [case.id, SUBMITTED]).rowcount
            if done:
                self._doom(case.id)
                self._record(REPORTER, AuditAct.WITHDRAW, case.id)
        if done:
            self._delete_files(files)
            self.destroy_doomed()
        return bool(done)

    def destroy(self, case: Case, purpose: str, actor: str) -> None:
        """Delete a tip-off wherever it is kept, backups of the data too: its key is destroyed.

        Raises:
            Conflict: it is gone already.
        """
        with self._writing():
            files = self._files_of(case)
            self._touched(case, "delete from cases where id = ? and kind = 'tip_off'", [case.id])
            self._doom(case.id)
            self._record(actor, AuditAct.DESTROY, case.id, purpose=purpose)
        self._delete_files(files)
        self.destroy_doomed()

    # Keys of their own ------------------------------------------------------------------------------------

    def _secret_of(self, table: str, column: str, row: Sequence[Any]) -> bytes:
        at = CASE_IN_ROW.get((table, column), CASE_IN_ROW.get((table, "")))
        return self.secrets.of(str(row[at])) if at is not None and row[at] else b""

    def _own_key(self, kind: Kind, case_id: str) -> dict[str, Any]:
        """Make a tip-off's secret, before anything of it is sealed; a self-check is a record and has none."""
        if kind != "tip_off":
            return {}
        self.secrets.make(case_id)
        return {"own_key": 1}

    def _doom(self, case_id: str) -> None:
        """Note that a case is gone, within ``_writing``: two stores are not written at the same moment."""
        self._db.execute("insert into doomed (case_id) values (?) on conflict do nothing", [case_id])

    def destroy_doomed(self) -> None:
        """Destroy the secrets of cases that are gone; what fails is tried again each minute."""
        with suppress(*STORE_ERRORS):
            gone = [row[0] for row in self._read("select case_id from doomed")]
            if not gone:
                return
            self.secrets.destroy(gone)
            with self._writing():
                for case_id in gone:
                    self._db.execute("delete from doomed where case_id = ?", [case_id])

    def key_earlier(self, most: int = SEALED_AT_ONCE) -> int:
        """Give tip-offs from before a secret of their own; returns how many."""
        rows = self._read("select id from cases where kind = 'tip_off' and own_key = 0 limit ?", most)
        for (case_id,) in rows:
            if not self.secrets.of(case_id):
                self.secrets.make(case_id)
            with self._writing():
                self._seal_case_anew(case_id)
                self._db.execute("update cases set own_key = 1 where id = ?", [case_id])
        return len(rows)

    def _seal_case_anew(self, case_id: str) -> None:
        for table, column, columns in self.sealed:
            at = CASE_IN_ROW.get((table, column), CASE_IN_ROW.get((table, "")))
            if at is None:
                continue
            listed, same = ", ".join((column, *columns)), " and ".join(f"{name} = ?" for name in columns)
            found = self._db.execute(f"select {listed} from {table} where {columns[at]} = ?", [case_id]).fetchall()
            for kept, *row in found:
                if kept is not None:
                    sealed = self._seal(table, column, self._open(table, column, kept, *row), *row)
                    self._db.execute(f"update {table} set {column} = ? where {same}", [sealed, *row])

    def drop_destroyed(self, unreadable: bool = False) -> tuple[int, int]:
        """Delete from a backup that was restored what was destroyed since; returns how many, and how many have no key.

        Args:
            unreadable: delete those that have no key as well.
        """
        gone, destroyed, missing = self.secrets.destroyed(), [], []
        for (case_id,) in self._read("select id from cases where own_key = 1"):
            if case_id in gone:
                destroyed.append(case_id)
            elif not self.secrets.of(case_id):
                missing.append(case_id)
        dropped = [*destroyed, *(missing if unreadable else [])]
        files: list[str] = []
        with self._writing():
            for case_id in dropped:
                rows = self._db.execute("select id from evidence where case_id = ?", [case_id]).fetchall()
                files += [row[0] for row in rows]
                self._db.execute("delete from cases where id = ?", [case_id])
                self._record("maintenance", AuditAct.DELETE_DESTROYED, case_id)
        self._delete_files(files)
        return len(dropped), 0 if unreadable else len(missing)

    def set_status(self, case: Case, status: str, actor: str, outcome: str | None = None) -> Case:
        """Move a submitted case on; a handler's act, or the reporter's answer to a question.

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

    def _box_to(self, case: Case, unit: str) -> None:
        """Give a unit what it opens a sealed report with, within ``_writing``."""
        if (keys := self._keys_of_case(case.id)) is None:
            return
        if unit not in keys.units:
            self._write_case_keys(case.id, replace(keys, units=(*keys.units, unit)))
        there = self._db.execute("select 1 from case_boxes where case_id = ? and unit = ?", [case.id, unit]).fetchone()
        for key in [] if there else self._receiving([unit]):
            if case.opener is not None and case.opener.public == keys.public:
                self._box(case.id, case.opener, key)
            else:
                self._db.execute("update unit_keys set served = 0 where id = ?", [key.id])

    def _touched(self, case: Case, statement: str, values: Sequence[Any]) -> None:
        """Change a case's row, within ``_writing``: of one that is gone nothing may be recorded as done."""
        if not self._db.execute(statement, values).rowcount:
            raise Conflict(case.id)

    def _acted(self, case: Case, actor: str, at: float) -> None:
        if actor != REPORTER:
            self._db.execute("update cases set acted = ? where id = ? and acted is null", [at, case.id])

    def add_note(self, case: Case, author: Author, text: str, actor: str) -> None:
        """Add a message to a submitted case.

        Raises:
            Conflict: it was withdrawn or deleted meanwhile.
        """
        at = self._moment(actor)
        with self._writing():
            self._touched(case, "update cases set updated = ? where id = ?", [at, case.id])
            note_id = self._next_id("notes")
            body = self._note_body(note_id, case.id, author, text, self._keys_of_case(case.id))
            self._db["notes"].insert({"id": note_id, "case_id": case.id, "author": author, "body": body, "at": at})
            self._acted(case, actor, at)
            self._record(actor, AuditAct.MESSAGE, case.id, author=author)

    def _note(
        self, case_id: str, number: int, author: Author, body: bytes, at: float, opener: KeyPair | None = None
    ) -> Note:
        kept = self._open("notes", "body", body, number, case_id, author)
        if isinstance(kept, dict):
            plain = opened_by(place_of("notes", "body", [number, case_id, author]), kept[SEALED], opener)
            kept = NOT_OPENED if plain is None else plain.decode()
        return Note(author, str(kept), time_of(at))

    def notes(self, case: Case, internal: bool) -> list[Note]:
        """The messages of a case, with or without those between handlers."""
        rows = self._read("select id, author, body, at from notes where case_id = ? order by id", case.id)
        found = [self._note(case.id, number, author, body, at, case.opener) for number, author, body, at in rows]
        return [note for note in found if internal or note.author != "internal"]

    def delete_closed_older_than(self, days: int) -> int:
        """Delete tip-offs so many days after they were closed; returns how many."""
        return self._delete_tip_offs(AuditAct.DELETE_CLOSED, "closed < ?", days)

    def delete_idle_older_than(self, days: int) -> int:
        """Delete tip-offs that were never closed, so many days after anybody last did something; returns how many."""
        noted = "exists (select 1 from notes where notes.case_id = cases.id and notes.at >= ?)"
        idle = f"status != 'draft' and closed is null and updated < ? and not {noted}"
        return self._delete_tip_offs(AuditAct.DELETE_IDLE, idle, days)

    def _delete_tip_offs(self, act: AuditAct, condition: str, days: int) -> int:
        """Delete tip-offs by a condition, each of whose places is the moment so many days ago; returns how many."""
        before = now() - timedelta(days=days).total_seconds()
        chosen = f"select id from cases where kind = 'tip_off' and {condition}"
        with self._writing():
            old = self._db.execute(chosen, [before] * condition.count("?")).fetchall()
            for (case_id,) in old:
                self._db.execute("delete from cases where id = ?", [case_id])
                self._doom(case_id)
                self._record("retention", act, case_id)
        self.destroy_doomed()
        return len(old)

    def _stretched(self, receipt: str) -> bytes:
        """What a receipt is found by and opens with; dear to make, and kept nowhere."""
        salt = bytes.fromhex(self._lookup.hash("receipt salt"))[:16]
        return bytes.fromhex(slow_hash(receipt, salt))

    def _receipt_hash(self, stretched: bytes) -> str:
        return self._lookup.hash(f"receipt:{stretched.hex()}")

    def routes(self, case: Case) -> list[Route]:
        rows = self._read("select unit, role, because from routes where case_id = ? order by role desc, rowid", case.id)
        return [Route(*row) for row in rows]

    # Finding ----------------------------------------------------------------------------------------------

    def get(self, case_id: str, opener: KeyPair | None = None) -> Case | None:
        rows = self._read(f"select {COLUMNS} from cases where id = ?", case_id)
        return self._case(rows[0], opener) if rows else None

    def again(self, case: Case) -> Case | None:
        """The case as it is now, opened as it was."""
        return self.get(case.id, case.opener)

    def by_code(self, code: str) -> Case | None:
        return self._one(f"select {COLUMNS} from cases where code = ?", self._lookup.hash(f"code:{code}"))

    def by_number(self, number: str) -> Case | None:
        return self._one(f"select {COLUMNS} from cases where number = ?", number)

    def of_owner(self, owner: str, kind: Kind) -> list[Case]:
        """An owner's cases of a kind, the last touched first."""
        rows = self._read(
            f"select {COLUMNS} from cases join owners on owners.case_id = cases.id "
            "where owner = ? and kind = ? order by updated desc",
            self._owner(owner),
            kind,
        )
        return [self._case(row) for row in rows]

    def drafts_of(self, owner: str, kind: Kind) -> list[Case]:
        return [case for case in self.of_owner(owner, kind) if case.is_draft]

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

    def queue(self, wanted: Wanted, limit: int, offset: int = 0) -> list[Case]:
        """Submitted cases, the newest first."""
        where, values = self._where(wanted)
        statement = f"select {COLUMNS} from cases {where} order by submitted desc, number limit ? offset ?"
        rows = self._read(statement, *values, limit, offset)
        return [self._case(row) for row in rows]

    def count(self, wanted: Wanted, most: int) -> int:
        """How many a queue holds, counted up to ``most``."""
        where, values = self._where(wanted)
        (found,) = self._read(f"select count(*) from (select 1 from cases {where} limit ?) as found", *values, most)[0]
        return int(found)

    def _where(self, wanted: Wanted) -> tuple[str, list[Any]]:
        conditions: list[str] = ["status != 'draft'"]
        values: list[Any] = []
        for column in ("kind", "status", "county", "sector", "severity", "number"):
            value = getattr(wanted, column)
            if value is not None:
                conditions.append(f"{column} = ?")
                values.append(value)
        for comparison, day in ((">=", wanted.since), ("<", wanted.until)):
            if day is not None:
                conditions.append(f"submitted {comparison} ?")
                values.append(day.timestamp())
        if wanted.unit is not None:
            conditions.append("exists (select 1 from routes where case_id = cases.id and unit = ?)")
            values.append(wanted.unit)
        for term in dict.fromkeys(wanted.terms):
            conditions.append("id in (select case_id from terms where term = ?)")
            values.append(self._term(term))
        return f"where {' and '.join(conditions)}", values

    def counts(self, wanted: Wanted, by: Literal["status", "county", "sector", "kind", "outcome"]) -> dict[str, int]:
        """How many cases a queue holds of each."""
        where, values = self._where(wanted)
        return {
            str(key or ""): n for key, n in self._read(f"select {by}, count(*) from cases {where} group by 1", *values)
        }

    def dates(self, wanted: Wanted) -> list[tuple[str, datetime, datetime | None]]:
        """Sector, submission and first act of each case of a queue."""
        where, values = self._where(wanted)
        rows = self._read(f"select sector, submitted, acted from cases {where}", *values)
        return [(sector or "", time_of(at), None if acted is None else time_of(acted)) for sector, at, acted in rows]

    def breaches(self, wanted: Wanted, outcome: str) -> dict[str, int]:
        """Findings of an outcome over a queue's self-checks, by clause."""
        where, values = self._where(wanted)
        statement = (
            f"select clause, count(*) from findings where outcome = ? and case_id in (select id from cases {where}) "
            "group by 1 order by 2 desc"
        )
        return dict(self._read(statement, outcome, *values))

    def _term(self, term: str) -> bytes:
        return bytes.fromhex(self._lookup.hash(f"term:{term}"))[:16]

    def owns(self, case: Case, owner: str) -> bool:
        wanted = self._owner(owner)
        return bool(self._read("select 1 from owners where case_id = ? and owner = ?", case.id, wanted))

    def adopt(self, case: Case, owner: str) -> None:
        """Let another conversation of the same person, who has shown the code, go on with a case."""
        if self.owns(case, owner):
            return
        with self._writing():
            self._add_owner(case.kind, case.id, owner)
            self._record(REPORTER if case.kind == "tip_off" else owner, AuditAct.ADOPT, case.id)

    def part_from(self, owner: str) -> int:
        """Cut the ties between a conversation and its submitted cases; they stay, as records. Returns how many."""
        mine = self._owner(owner)
        with self._writing():
            self._db.execute("delete from followers where owner = ?", [mine])
            return int(self._db.execute("delete from owners where owner = ?", [mine]).rowcount)

    # Answers to an enterprise -----------------------------------------------------------------------------

    def untold(self, owner: str) -> list[Untold]:
        """What handlers wrote about the self-checks of a conversation since it was told last."""
        found, mine = [], self._owner(owner)
        for case_id, told in self._read("select case_id, told from followers where owner = ?", mine):
            notes = self._read(
                "select id, author, body, at from notes "
                "where case_id = ? and author = 'handler' and id > ? order by id",
                case_id,
                told,
            )
            if notes and (case := self.get(case_id)):
                shown = (self._note(case_id, *note) for note in notes)
                found.append(Untold(case, tuple(shown), notes[-1][0]))
        return found

    def told(self, case: Case, owner: str, last: int | None = None) -> None:
        """A conversation knows what handlers wrote about its self-check, up to note ``last``, else all of it."""
        newest = self._read("select max(id) from notes where case_id = ?", case.id)[0][0] or 0
        with self._writing():
            self._db.execute(
                "update followers set told = ? where case_id = ? and owner = ?",
                [newest if last is None else last, case.id, self._owner(owner)],
            )

    def places_to_tell(self, channel: str) -> list[str]:
        """Conversations of a messenger whose self-checks were answered without their knowing yet."""
        rows = self._read(
            "select case_id, owner, place from followers where place is not null and exists (select 1 from notes "
            "where notes.case_id = followers.case_id and author = 'handler' and notes.id > followers.told)"
        )
        places = {str(self._open("followers", "place", place, case_id, owner)) for case_id, owner, place in rows}
        return sorted(place for place in places if place.partition(":")[0] == channel)

    # Audit ------------------------------------------------------------------------------------------------

    def record(self, actor: str, act: AuditAct, case: Case | str | None = None, **details: str | int) -> None:
        """Add a line to the audit, about a case or not."""
        super().record(actor, act, case.id if isinstance(case, Case) else case, **details)

    def history(self, case: Case) -> list[Act]:
        return self.history_of(case.id)

    def mistakes(self, outside: Iterable[Head] = ()) -> list[str]:
        """What was changed behind the program's back: the audit, sealed values, and cases that it contradicts."""
        with self._as_it_is_now():
            return self._mistakes(outside)

    def _mistakes(self, outside: Iterable[Head]) -> list[str]:
        found, acts = super().mistakes(outside), self._acts_by_case()
        if moved := len(self.secrets.out_of_place()):
            found.append(f"案件钥匙库中有 {moved} 处内容被改动或挪动过。")
        messages: dict[str, dict[str, int]] = {}
        for case_id, author, count in self._read("select case_id, author, count(*) from notes group by 1, 2"):
            messages.setdefault(case_id, {})[author] = count
        there = {}
        for case_id, status in self._read("select id, status from cases"):
            there[case_id] = {"status": status, "messages": messages.get(case_id, {})}
        for case_id in dict.fromkeys((*acts, *there)):
            found += contradictions(case_id, acts.get(case_id, []), there.get(case_id))
        for case_id, kept in there.items():
            if kept["status"] != DRAFT and self._filed_otherwise(case_id, acts.get(case_id, [])):
                found.append(f"案件 {case_id[:8]} 的去向或材料与提交时不符。")
        return found

    def _filed_otherwise(self, case_id: str, acts: Sequence[Act]) -> bool:
        """Whether units, county, sector, severity or files are others than at submission and by what was done since."""
        try:
            case = self._required(case_id)
            (content,) = self._read("select content from cases where id = ?", case_id)[0]
            filed = self._open("cases", "content", content, case_id).get(FILED)
        except OutOfPlaceError:
            return False  # said elsewhere
        if filed is None:
            return False
        handed = list(transfers(acts))
        added = sum(act.act == AuditAct.ADD_EVIDENCE for act in acts)
        units = {*filed["units"], *handed}
        leads = {handed[-1]} if handed else set(filed["leads"])
        routes = self.routes(case)
        (files,) = self._read("select count(*) from evidence where case_id = ?", case_id)[0]
        as_filed = (case.county, case.sector, case.severity) == (filed["county"], filed["sector"], filed["severity"])
        return not as_filed or (
            ({route.unit for route in routes}, {route.unit for route in routes if route.role == "lead"}, files)
            != (units, leads, filed["files"] + added)
        )

    # Care -------------------------------------------------------------------------------------------------

    def backup(self, target: Path) -> None:
        """Copy the store while it is in use. What is sealed stays sealed: the key is not in the copy.

        Raises:
            BackupError: the target exists or cannot be written.
        """
        file = self._file_of_database()
        if target.exists():
            raise BackupError(f"{target} 已经存在，请换一个文件名。")
        try:
            with sqlite3.connect(target) as copy:
                target.chmod(0o600)
                file.conn.backup(copy)
            copy.close()
        except (sqlite3.Error, OSError) as error:
            raise BackupError(f"备份没有写成：{error}") from error

    def restore(self, source: Path) -> None:
        """Put a backup in the store's place.

        Raises:
            BackupError: it is not a whole backup, or was sealed with a key that is not there.
        """
        file = self._file_of_database()
        if not source.is_file():
            raise BackupError(f"没有找到备份文件 {source}。")
        try:
            with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as copy:
                if copy.execute("pragma integrity_check").fetchone() != ("ok",):
                    raise BackupError(f"{source} 已损坏，没有恢复。")
                (sealed,) = copy.execute("select sealed from secrets").fetchone()
                opened_secret(self._sealer, sealed, self._secret_place)
                with self._lock:
                    copy.backup(file.conn)
            copy.close()
        except KeyFileError as error:
            raise BackupError(ANOTHER_KEY) from error
        except (sqlite3.Error, TypeError) as error:
            raise BackupError(f"{source} 不是案件库的备份，没有恢复。") from error
        self._migrate()
        self._bind()
        self._lookup = Lookup(self._sealer, self, self._secret_place)
        self.drop_destroyed()

    def write_over(self) -> None:
        super().write_over()
        self.secrets.write_over()

    def _file_of_database(self) -> SqliteDatabase:
        if isinstance(self._db, SqliteDatabase):
            return self._db
        raise BackupError("案件存放在 PostgreSQL 中，请用 pg_dump 备份、pg_restore 恢复，步骤见 docs/operations.md。")

    def rotate(self) -> int:
        """Seal everything anew with the newest key, after which older ones can be dropped; returns how many cases."""
        with self._writing():
            with self._unguarded():
                self._renew()
            self._record("maintenance", AuditAct.ROTATE_KEYS, None)
            self.secrets.rotate()
            (count,) = self._db.execute("select count(*) from cases").fetchone()
        return int(count)

    @contextmanager
    def _unguarded(self) -> Iterator[None]:
        unguard(self._db, SUBMITTED_IS_FINAL)
        yield
        guard(self._db, SUBMITTED_IS_FINAL)

    # Within -----------------------------------------------------------------------------------------------

    def _insert(
        self, kind: Kind, owner: str, content: dict[str, Any], amends: str | None = None, version: int = 1
    ) -> str:
        case_id, code, at = secrets.token_hex(16), new_code(), now()
        own_key = self._own_key(kind, case_id)
        self._db["cases"].insert(
            own_key
            | {
                "id": case_id,
                "kind": kind,
                "status": DRAFT,
                "code": self._lookup.hash(f"code:{code}"),
                "amends": amends,
                "version": version,
                "content": self._seal("cases", "content", {**content, "code": code}, case_id),
                "created": at,
                "updated": at,
            }
        )
        if owner:
            self._add_owner(kind, case_id, owner)
        return case_id

    def _owner(self, owner: str) -> str:
        return self._lookup.hash(f"owner:{owner}")

    def _add_owner(self, kind: Kind, case_id: str, owner: str) -> None:
        """Tie a case to a conversation; an enterprise is told in it what is answered, on a messenger unasked."""
        mine = {"case_id": case_id, "owner": self._owner(owner)}
        self._db["owners"].insert(mine, ignore=True)
        if kind == "self_check":
            asks = owner.partition(":")[0] in ASKS_ITSELF
            place = None if asks else self._seal("followers", "place", owner, *mine.values())
            self._db["followers"].insert(mine | {"place": place}, ignore=True)

    def _one(self, statement: str, value: str) -> Case | None:
        rows = self._read(statement, value)
        return self._case(rows[0]) if rows else None

    def _required(self, case_id: str, opener: KeyPair | None = None) -> Case:
        case = self.get(case_id, opener)
        if case is None:
            raise Conflict(case_id)
        return case

    def _case(self, row: Sequence[Any], opener: KeyPair | None = None) -> Case:
        (case_id, kind, status, number, _, amends, version, revision, county, sealed, *rest, kept) = row
        content, keys = self._open("cases", "content", sealed, case_id), self._case_keys(case_id, kept)
        if SEALED in content:
            opener = opener or self._case_pair(case_id)
            plain = opened_by(place_of("cases", "content", [case_id]), content[SEALED], opener)
            content = {} if plain is None else json.loads(plain)
        code = content.pop("code", "")
        created, updated, submitted, closed, sector, severity, acted, outcome = rest
        return Case(
            id=case_id,
            kind=kind,
            status=status,
            number=number,
            code=code,
            amends=amends,
            version=version,
            revision=revision,
            county=county,
            content=content,
            created=time_of(created),
            updated=time_of(updated),
            submitted=None if submitted is None else time_of(submitted),
            closed=None if closed is None else time_of(closed),
            sector=sector,
            severity=severity,
            acted=None if acted is None else time_of(acted),
            outcome=outcome,
            keys=keys,
            opener=opener,
        )


def _units_of(filing: Filing) -> tuple[str, ...]:
    return tuple(dict.fromkeys(route.unit for route in filing.routes))


def _encoded(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


# What is shown of a file of which nothing opens.
NOTHING_KNOWN = {"name": "（已密封）", "sha256": ""}


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
