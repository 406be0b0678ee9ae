"""How cases go: withdrawn, destroyed with their secret, or because their time is up."""

from __future__ import annotations

from datetime import timedelta

from casework.cases.audit import REPORTER
from casework.cases.audit_acts import AuditAct
from casework.cases.case import SUBMITTED, Case
from casework.cases.evidence_store import EvidenceStore
from storage.database import now


class CaseDeletion(EvidenceStore):
    """The part of the case store that deletes submitted cases."""

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
