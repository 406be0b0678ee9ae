"""Backups of the case store, new keys for all of it, and whether somebody changed it behind the program's back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from casework.cases.audit import AuditEntry, Head, contradictions, transfers
from casework.cases.audit_acts import AuditAct
from casework.cases.case import DRAFT
from casework.cases.case_deletion import CaseDeletion
from casework.cases.case_sealing import FILED
from storage.database import SqliteDatabase
from storage.encryption import BlindIndex, KeyFileError, OutOfPlaceError, decrypt_secret

ANOTHER_KEY = "备份是用另一把密钥加密的，没有恢复。请先设置原来的 ASSISTANT_ENCRYPTION_KEY。"


class BackupError(RuntimeError):
    """A backup cannot be used; the message says why, in Chinese."""


class StoreCare(CaseDeletion):
    """The part of the case store that is looked after by who runs it."""

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
                decrypt_secret(self._encryptor, sealed, self._secret_place)
                with self._lock:
                    copy.backup(file.conn)
            copy.close()
        except KeyFileError as error:
            raise BackupError(ANOTHER_KEY) from error
        except (sqlite3.Error, TypeError) as error:
            raise BackupError(f"{source} 不是案件库的备份，没有恢复。") from error
        self._migrate()
        self._bind()
        self._blind_index = BlindIndex(self._encryptor, self, self._secret_place)
        self.drop_destroyed()

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

    # What was changed ------------------------------------------------------------------------------------

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

    def _filed_otherwise(self, case_id: str, acts: Sequence[AuditEntry]) -> bool:
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
