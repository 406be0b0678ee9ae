"""Where cases live: the interface the jobs use, and its SQLite form.

A case is a draft until it is submitted. Its content is sealed; what the store must sort or count by (status, unit,
county, which red line) stands beside it in clear and names no person. Nothing here is about SQLite outside
``CaseStore``'s own methods, so that another database can stand behind the same methods.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from actions.cases.codes import new_code, new_number
from actions.cases.evidence import Evidence, EvidenceError, SealedWriter, checked_kind, opened, safe_name
from actions.cases.migrations import FINAL, migrate
from actions.cases.receipts import slow_hash
from actions.cases.sealing import Lookup, Sealer

Kind = Literal["self_check", "tip_off"]
DRAFT, SUBMITTED = "draft", "submitted"
FORWARDED, EXAMINING, ASKING, CLOSED = "forwarded", "examining", "asking", "closed"
REPORTER = "reporter"
BUSY_SECONDS = 10


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

    @property
    def is_draft(self) -> bool:
        return self.status == DRAFT


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


@dataclass(frozen=True)
class Act:
    """A line of the audit."""

    at: datetime
    actor: str
    act: str
    case_id: str | None


@dataclass(frozen=True)
class Note:
    """A message between the reporter of a tip-off and those who handle it."""

    author: Literal["reporter", "handler"]
    text: str = field(repr=False)
    at: datetime


class CaseStore:
    """Cases in one SQLite file; safe to share between threads, and between processes on one machine."""

    def __init__(self, path: Path, sealer: Sealer) -> None:
        """Open the store, made or migrated as needed.

        Raises:
            KeyFileError: it was written with a key that is not there.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._sealer, self._path = sealer, path
        self._lock = threading.RLock()
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=BUSY_SECONDS)
        self._db = Database(connection)
        path.chmod(0o600)
        for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "secure_delete = on"):
            self._db.execute(f"pragma {pragma}")
        migrate(self._db)
        self._lookup = Lookup(sealer, self)

    # Lookup secret ----------------------------------------------------------------------------------------

    def read_secret(self) -> bytes | None:
        row = self._db.execute("select sealed from secrets").fetchone()
        return row[0] if row else None

    def write_secret(self, sealed: bytes) -> None:
        self._db.execute("insert into secrets select ? where not exists (select 1 from secrets)", [sealed])

    # Drafts -----------------------------------------------------------------------------------------------

    def start(self, kind: Kind, owner: str, content: dict[str, Any]) -> Case:
        """Open a draft for somebody; ``owner`` is their conversation, kept as a keyed hash."""
        with self._writing():
            case_id = self._insert(kind, owner, content)
            self._record(REPORTER if kind == "tip_off" else owner, "start", case_id)
        return self._required(case_id)

    def save(self, case: Case, content: dict[str, Any]) -> Case:
        """Write a draft's new content.

        Raises:
            Conflict: it was changed, submitted or deleted since ``case`` was read.
        """
        sealed = self._sealer.seal({**content, "code": case.code})
        with self._writing():
            changed = self._db.execute(
                "update cases set content = ?, updated = ?, revision = revision + 1 "
                "where id = ? and revision = ? and status = 'draft'",
                [sealed, _now(), case.id, case.revision],
            ).rowcount
            if not changed:
                raise Conflict(case.id)
        return self._required(case.id)

    def amend(self, case: Case, owner: str) -> Case:
        """Open a draft with the content of a submitted case, linked to it as its next version."""
        with self._writing():
            case_id = self._insert(case.kind, owner, case.content, amends=case.id, version=case.version + 1)
            self._record(owner, "amend", case_id)
        return self._required(case_id)

    def delete_draft(self, case: Case, actor: str) -> None:
        with self._writing():
            self._db.execute("delete from cases where id = ? and status = 'draft'", [case.id])
            self._record(REPORTER if case.kind == "tip_off" else actor, "delete draft", case.id)

    def delete_drafts_older_than(self, days: int) -> int:
        """Delete drafts untouched for so many days; returns how many."""
        before = _now() - timedelta(days=days).total_seconds()
        with self._writing():
            old = self._db.execute("select id from cases where status = 'draft' and updated < ?", [before]).fetchall()
            for (case_id,) in old:
                self._db.execute("delete from cases where id = ?", [case_id])
                self._record("retention", "delete draft", case_id)
        return len(old)

    # Submitted cases --------------------------------------------------------------------------------------

    def submit(self, case: Case, filing: Filing, actor: str) -> Case:
        """Turn a draft into a submitted case with a receipt number; it is final from then on.

        Raises:
            Conflict: the draft was changed, submitted or deleted since it was read.
        """
        number, now = new_number(case.kind), _now()
        with self._writing():
            changed = self._db.execute(
                "update cases set status = ?, number = ?, county = ?, submitted = ?, updated = ? "
                "where id = ? and revision = ? and status = 'draft'",
                [SUBMITTED, number, filing.county, now, now, case.id, case.revision],
            ).rowcount
            if not changed:
                raise Conflict(case.id)
            table = self._db["routes"]
            for route in filing.routes:
                row = {"case_id": case.id, "unit": route.unit, "role": route.role, "because": route.because}
                table.insert(row, ignore=True)
            for finding in filing.findings:
                self._db["findings"].insert({"case_id": case.id, **finding.__dict__})
            self._record(actor, "submit", case.id)
        return self._required(case.id)

    def submit_tip_off(self, case: Case, filing: Filing, receipt: str) -> Case:
        """Submit a tip-off and cut every tie to the conversation it was told in.

        It gets a new id, no owner and no code but the receipt, of which only a slow keyed hash is kept.

        Raises:
            Conflict: the draft was changed, submitted or deleted since it was read.
        """
        new_id, hashed = secrets.token_hex(16), self._receipt_hash(receipt)
        sealed = self._sealer.seal(case.content)
        with self._writing():
            self._db.execute("delete from owners where case_id = ?", [case.id])
            changed = self._db.execute(
                "update cases set id = ?, code = ?, content = ?, revision = revision + 1 "
                "where id = ? and revision = ? and status = 'draft'",
                [new_id, hashed, sealed, case.id, case.revision],
            ).rowcount
            if not changed:
                raise Conflict(case.id)
        return self.submit(self._required(new_id), filing, REPORTER)

    def by_receipt(self, receipt: str) -> Case | None:
        """The tip-off of a receipt; takes some 30 ms on purpose."""
        return self._one("select * from cases where code = ?", self._receipt_hash(receipt))

    # Evidence ---------------------------------------------------------------------------------------------

    @property
    def evidence_folder(self) -> Path:
        return self._path.parent / "evidence"

    def add_evidence(self, case: Case, writer: SealedWriter, name: str, most: int) -> Evidence:
        """Keep a file that was written whole; the file is discarded when it is not taken.

        Raises:
            EvidenceError: it is not of a kind that is taken, or there are too many.
        """
        try:
            key, digest = writer.finish()
            content = b"".join(opened(self.evidence_folder, writer.id, key))
            kind, name = checked_kind(content, name), safe_name(name)
            about = self._sealer.seal({"name": name, "sha256": digest, "key": key})
            row = {"id": writer.id, "case_id": case.id, "kind": kind, "size": writer.size, "about": about}
            with self._writing():
                (kept,) = self._db.execute("select count(*) from evidence where case_id = ?", [case.id]).fetchone()
                if kept >= most:
                    raise EvidenceError(f"最多上传 {most} 个文件，这一个没有收下。可以打成 zip 包上传。")
                self._db["evidence"].insert({**row, "at": _now()})
                self._record(REPORTER, "add evidence", case.id)
        except BaseException:
            writer.discard()
            raise
        return Evidence(writer.id, kind, writer.size, name, digest, key)

    def evidence(self, case: Case) -> list[Evidence]:
        rows = self._read("select id, kind, size, about from evidence where case_id = ? order by rowid", case.id)
        return [Evidence(row[0], row[1], row[2], **self._sealer.open(row[3])) for row in rows]

    def content_of(self, evidence: Evidence) -> bytes:
        """The file as it was sent.

        Raises:
            EvidenceError: it was changed since.
        """
        return b"".join(opened(self.evidence_folder, evidence.id, evidence.key))

    def sweep(self, older_than: float = 3600) -> int:
        """Delete files whose case is gone, and what broken uploads left behind; returns how many."""
        known = {row[0] for row in self._read("select id from evidence")}
        before, swept = _now() - older_than, 0
        for path in self.evidence_folder.glob("*"):
            if path.name not in known and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                swept += 1
        return swept

    # Tip-offs at work -------------------------------------------------------------------------------------

    def withdraw(self, case: Case) -> bool:
        """Delete a tip-off that nobody has begun to work on; False when it is too late."""
        files = [evidence.id for evidence in self.evidence(case)]
        with self._writing():
            done = self._db.execute("delete from cases where id = ? and status = ?", [case.id, SUBMITTED]).rowcount
            if done:
                self._record(REPORTER, "withdraw", case.id)
        if done:
            for file in files:
                (self.evidence_folder / file).unlink(missing_ok=True)
        return bool(done)

    def set_status(self, case: Case, status: str, actor: str) -> Case:
        """Move a submitted case on; a handler's act."""
        with self._writing():
            closed = _now() if status == CLOSED else None
            self._db.execute(
                "update cases set status = ?, closed = ?, updated = ? where id = ? and status != 'draft'",
                [status, closed, _now(), case.id],
            )
            self._record(actor, f"status {status}", case.id)
        return self._required(case.id)

    def add_note(self, case: Case, author: Literal["reporter", "handler"], text: str, actor: str) -> None:
        """Add a message to a submitted case."""
        row = {"case_id": case.id, "author": author, "body": self._sealer.seal(text), "at": _now()}
        with self._writing():
            self._db["messages"].insert(row)
            self._db.execute("update cases set updated = ? where id = ?", [_now(), case.id])
            self._record(actor, f"message of {author}", case.id)

    def notes(self, case: Case) -> list[Note]:
        rows = self._read("select author, body, at from messages where case_id = ? order by id", case.id)
        return [Note(author, self._sealer.open(body), _time(at)) for author, body, at in rows]

    def delete_closed_older_than(self, days: int) -> int:
        """Delete tip-offs so many days after they were closed; returns how many."""
        before = _now() - timedelta(days=days).total_seconds()
        with self._writing():
            old = self._db.execute("select id from cases where kind = 'tip_off' and closed < ?", [before]).fetchall()
            for (case_id,) in old:
                self._db.execute("delete from cases where id = ?", [case_id])
                self._record("retention", "delete closed", case_id)
        return len(old)

    def _receipt_hash(self, receipt: str) -> str:
        salt = bytes.fromhex(self._lookup.hash("receipt salt"))[:16]
        return self._lookup.hash(f"receipt:{slow_hash(receipt, salt)}")

    def routes(self, case: Case) -> list[Route]:
        rows = self._read("select unit, role, because from routes where case_id = ? order by role desc, rowid", case.id)
        return [Route(*row) for row in rows]

    # Finding ----------------------------------------------------------------------------------------------

    def get(self, case_id: str) -> Case | None:
        return self._one("select * from cases where id = ?", case_id)

    def by_code(self, code: str) -> Case | None:
        return self._one("select * from cases where code = ?", self._lookup.hash(f"code:{code}"))

    def by_number(self, number: str) -> Case | None:
        return self._one("select * from cases where number = ?", number)

    def of_owner(self, owner: str, kind: Kind) -> list[Case]:
        """An owner's cases of a kind, the last touched first."""
        rows = self._read(
            "select cases.* from cases join owners on owners.case_id = cases.id "
            "where owner = ? and kind = ? order by updated desc",
            self._lookup.hash(f"owner:{owner}"),
            kind,
        )
        return [self._case(row) for row in rows]

    def drafts_of(self, owner: str, kind: Kind) -> list[Case]:
        return [case for case in self.of_owner(owner, kind) if case.is_draft]

    def submitted(self, kind: Kind) -> list[Case]:
        """All submitted cases of a kind, oldest first."""
        rows = self._read("select * from cases where kind = ? and status != 'draft' order by submitted", kind)
        return [self._case(row) for row in rows]

    def owns(self, case: Case, owner: str) -> bool:
        wanted = self._lookup.hash(f"owner:{owner}")
        return bool(self._read("select 1 from owners where case_id = ? and owner = ?", case.id, wanted))

    def adopt(self, case: Case, owner: str) -> None:
        """Let another conversation of the same person, who has shown the code, go on with a case."""
        if self.owns(case, owner):
            return
        with self._writing():
            self._add_owner(case.id, owner)
            self._record(REPORTER if case.kind == "tip_off" else owner, "adopt", case.id)

    # Audit ------------------------------------------------------------------------------------------------

    def record(self, actor: str, act: str, case: Case | None = None) -> None:
        """Add a line to the audit."""
        with self._writing():
            self._record(actor, act, case.id if case else None)

    def history(self, case: Case) -> list[Act]:
        rows = self._read("select at, actor, act, case_id from audit where case_id = ? order by id", case.id)
        return [Act(_time(at), actor, act, case_id) for at, actor, act, case_id in rows]

    def audit_is_whole(self) -> bool:
        """Whether no line of the audit was changed or taken out: each carries a keyed hash over those before."""
        chain = ""
        for at, actor, act, case_id, kept in self._read("select at, actor, act, case_id, chain from audit order by id"):
            chain = self._chain(chain, at, actor, act, case_id)
            if chain != kept:
                return False
        return True

    # Care -------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raise sqlite3.Error when the store cannot be written."""
        with self._writing():
            pass

    def backup(self, target: Path) -> None:
        """Copy the store while it is in use. What is sealed stays sealed: the key is not in the copy.

        Raises:
            BackupError: the target exists or cannot be written.
        """
        if target.exists():
            raise BackupError(f"{target} 已经存在，请换一个文件名。")
        try:
            with sqlite3.connect(target) as copy:
                target.chmod(0o600)
                self._db.conn.backup(copy)
            copy.close()
        except (sqlite3.Error, OSError) as error:
            raise BackupError(f"备份没有写成：{error}") from error

    def restore(self, source: Path) -> None:
        """Put a backup in the store's place.

        Raises:
            BackupError: it is not a whole backup, or was sealed with a key that is not there.
        """
        if not source.is_file():
            raise BackupError(f"没有找到备份文件 {source}。")
        try:
            with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as copy:
                if copy.execute("pragma integrity_check").fetchone() != ("ok",):
                    raise BackupError(f"{source} 已损坏，没有恢复。")
                (sealed,) = copy.execute("select sealed from secrets").fetchone()
                if self._sealer.open(sealed) is None:
                    raise BackupError("备份是用另一把密钥加密的，没有恢复。请先设置原来的 ASSISTANT_ENCRYPTION_KEY。")
                with self._lock:
                    copy.backup(self._db.conn)
            copy.close()
        except (sqlite3.Error, TypeError) as error:
            raise BackupError(f"{source} 不是案件库的备份，没有恢复。") from error
        migrate(self._db)
        self._lookup = Lookup(self._sealer, self)

    def rotate(self) -> int:
        """Seal everything anew with the newest key, after which older ones can be dropped; returns how many cases."""
        with self._writing():
            self._db.execute("drop trigger submitted_is_final")
            rows = self._db.execute("select id, content from cases").fetchall()
            for case_id, content in rows:
                renewed = self._sealer.renew(content)
                self._db.execute("update cases set content = ? where id = ?", [renewed, case_id])
            for file, about in self._db.execute("select id, about from evidence").fetchall():
                self._db.execute("update evidence set about = ? where id = ?", [self._sealer.renew(about), file])
            for note, body in self._db.execute("select id, body from messages").fetchall():
                self._db.execute("update messages set body = ? where id = ?", [self._sealer.renew(body), note])
            self._db.execute("update secrets set sealed = ?", [self._sealer.renew(self.read_secret() or b"")])
            self._db.execute(FINAL["submitted_is_final"])
            self._record("maintenance", "rotate keys", None)
        return len(rows)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Within -----------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, taken at once: two writers wait for each other instead of failing half-way."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
                self._db.execute("commit")
            except BaseException:
                self._db.rollback()
                raise

    def _insert(
        self, kind: Kind, owner: str, content: dict[str, Any], amends: str | None = None, version: int = 1
    ) -> str:
        case_id, code, now = secrets.token_hex(16), new_code(), _now()
        self._db["cases"].insert(
            {
                "id": case_id,
                "kind": kind,
                "status": DRAFT,
                "code": self._lookup.hash(f"code:{code}"),
                "amends": amends,
                "version": version,
                "content": self._sealer.seal({**content, "code": code}),
                "created": now,
                "updated": now,
            }
        )
        self._add_owner(case_id, owner)
        return case_id

    def _add_owner(self, case_id: str, owner: str) -> None:
        self._db["owners"].insert({"case_id": case_id, "owner": self._lookup.hash(f"owner:{owner}")}, ignore=True)

    def _record(self, actor: str, act: str, case_id: str | None) -> None:
        """Add to the audit; an actor who is a conversation is kept as a keyed hash."""
        at = _now()
        who = self._lookup.hash(f"owner:{actor}")[:16] if ":" in actor else actor
        last = self._db.execute("select chain from audit order by id desc limit 1").fetchone()
        chain = self._chain(last[0] if last else "", at, who, act, case_id)
        row = {"at": at, "actor": who, "act": act, "case_id": case_id, "chain": chain}
        self._db["audit"].insert(row)

    def _chain(self, before: str, at: float, actor: str, act: str, case_id: str | None) -> str:
        return self._lookup.hash(f"audit:{before}|{at!r}|{actor}|{act}|{case_id}")

    def _read(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return list(self._db.execute(statement, values).fetchall())

    def _one(self, statement: str, value: str) -> Case | None:
        rows = self._read(statement, value)
        return self._case(rows[0]) if rows else None

    def _required(self, case_id: str) -> Case:
        case = self.get(case_id)
        if case is None:
            raise Conflict(case_id)
        return case

    def _case(self, row: Sequence[Any]) -> Case:
        (case_id, kind, status, number, _, amends, version, revision, county, sealed, *times, closed) = row
        content = self._sealer.open(sealed)
        if content is None:
            raise sqlite3.DatabaseError(f"case {case_id} was sealed with a key that is not there")
        code = content.pop("code", "")
        created, updated, submitted = times
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
            created=_time(created),
            updated=_time(updated),
            submitted=None if submitted is None else _time(submitted),
            closed=None if closed is None else _time(closed),
        )


def _now() -> float:
    return datetime.now(UTC).timestamp()


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
