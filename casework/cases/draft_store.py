"""Drafts, and the conversations that go on with them or may read what became of them."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from casework.cases.audit import REPORTER
from casework.cases.audit_acts import AuditAct
from casework.cases.case import DRAFT, Case, Conflict, Kind
from casework.cases.case_rows import COLUMNS
from casework.cases.codes import new_code
from casework.cases.evidence_store import EvidenceStore
from storage.database import now

# Channels on which nobody can be told anything before they say something.
ASKS_ITSELF = ("web", "rest", "terminal", "console")


class DraftStore(EvidenceStore):
    """The part of the case store that keeps what is not submitted yet."""

    def start(self, kind: Kind, conversation_id: str, content: dict[str, Any]) -> Case:
        """Open a draft; ``conversation_id`` is the conversation it belongs to, kept as a keyed hash, or empty."""
        with self._writing():
            case_id = self._insert(kind, conversation_id, content)
            self._record(REPORTER if kind == "tip_off" else conversation_id, AuditAct.START, case_id)
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

    def amend(self, case: Case, conversation_id: str) -> Case:
        """Open a draft with the content of a submitted case, linked to it as its next version."""
        with self._writing():
            case_id = self._insert(case.kind, conversation_id, case.content, amends=case.id, version=case.version + 1)
            self._record(conversation_id, AuditAct.AMEND, case_id)
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

    def _insert(
        self, kind: Kind, conversation_id: str, content: dict[str, Any], amends: str | None = None, version: int = 1
    ) -> str:
        case_id, code, at = secrets.token_hex(16), new_code(), now()
        own_key = self._own_key(kind, case_id)
        self._db["cases"].insert(
            own_key
            | {
                "id": case_id,
                "kind": kind,
                "status": DRAFT,
                "code": self._blind_index.hash(f"code:{code}"),
                "amends": amends,
                "version": version,
                "content": self._seal("cases", "content", {**content, "code": code}, case_id),
                "created": at,
                "updated": at,
            }
        )
        if conversation_id:
            self._add_owner(kind, case_id, conversation_id)
        return case_id

    # Whose a case is -------------------------------------------------------------------------------------

    def of_owner(self, conversation_id: str, kind: Kind) -> list[Case]:
        """An owner's cases of a kind, the last touched first."""
        rows = self._read(
            f"select {COLUMNS} from cases join owners on owners.case_id = cases.id "
            "where owner = ? and kind = ? order by updated desc",
            self._owner(conversation_id),
            kind,
        )
        return [self._case(row) for row in rows]

    def drafts_of(self, conversation_id: str, kind: Kind) -> list[Case]:
        return [case for case in self.of_owner(conversation_id, kind) if case.is_draft]

    def owns(self, case: Case, conversation_id: str) -> bool:
        wanted = self._owner(conversation_id)
        return bool(self._read("select 1 from owners where case_id = ? and owner = ?", case.id, wanted))

    def adopt(self, case: Case, conversation_id: str) -> None:
        """Let another conversation of the same person, who has shown the code, go on with a case."""
        if self.owns(case, conversation_id):
            return
        with self._writing():
            self._add_owner(case.kind, case.id, conversation_id)
            self._record(REPORTER if case.kind == "tip_off" else conversation_id, AuditAct.ADOPT, case.id)

    def part_from(self, conversation_id: str) -> int:
        """Cut the ties between a conversation and its submitted cases; they stay, as records. Returns how many."""
        mine = self._owner(conversation_id)
        with self._writing():
            self._db.execute("delete from followers where owner = ?", [mine])
            return int(self._db.execute("delete from owners where owner = ?", [mine]).rowcount)

    def _add_owner(self, kind: Kind, case_id: str, conversation_id: str) -> None:
        """Tie a case to a conversation; an enterprise is told in it what is answered, on a messenger unasked."""
        mine = {"case_id": case_id, "owner": self._owner(conversation_id)}
        self._db["owners"].insert(mine, ignore=True)
        if kind == "self_check":
            asks = conversation_id.partition(":")[0] in ASKS_ITSELF
            place = None if asks else self._seal("followers", "place", conversation_id, *mine.values())
            self._db["followers"].insert(mine | {"place": place}, ignore=True)
