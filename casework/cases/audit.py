"""The audit: who did what, in lines that can only be added, each with a keyed hash over those before.

Cut lines show in three ways: the sealed head says how many lines there are and how the last one ends; the cases say
what must stand in the audit; and heads that were written down outside (a file, a log, paper) must still be found in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from casework.cases.audit_acts import AuditAct, Details, read, written
from storage.database import EncryptedStore, hour_of, now, time_of
from storage.encryption import OutOfPlaceError

REPORTER = "reporter"
# After these nothing is left of a case.
DELETING = {AuditAct.WITHDRAW, AuditAct.DELETE_CLOSED, AuditAct.DELETE_IDLE, AuditAct.DELETE_DRAFT}
DELETING |= {AuditAct.DESTROY, AuditAct.DELETE_DESTROYED}
# A head as it is written down outside: how many lines there were, and how the last one ends.
HEAD = re.compile(r"(?<!\d)(\d{1,12}):([0-9a-f]{64})(?![0-9a-f])")


@dataclass(frozen=True)
class AuditEntry:
    """A line of the audit."""

    at: datetime
    actor: str
    act: AuditAct
    case_id: str | None
    details: Details = field(default_factory=dict)

    def of(self, name: str) -> str:
        """One of the details; empty where the act has none of this name."""
        return str(self.details.get(name, ""))

    @classmethod
    def kept(cls, at: float, actor: str, line: str, case_id: str | None) -> AuditEntry:
        act, details = read(line)
        return cls(time_of(at), actor, act, case_id, details)


@dataclass(frozen=True)
class Head:
    """Where the audit ends; says nothing of what is in it."""

    lines: int = 0
    chain: str = ""

    def __str__(self) -> str:
        return f"{self.lines}:{self.chain}"


def heads_in(text: str) -> list[Head]:
    """The heads that somebody wrote down, in whatever stands around them (a log, a table)."""
    return [Head(int(lines), chain) for lines, chain in HEAD.findall(text)]


class AuditedStore(EncryptedStore):
    """A store with an audit."""

    # Writing ----------------------------------------------------------------------------------------------

    def record(self, actor: str, act: AuditAct, case: str | None = None, **details: str | int) -> None:
        """Add a line to the audit."""
        with self._writing():
            self._record(actor, act, case, **details)

    def _record(self, actor: str, act: AuditAct, case_id: str | None, **details: str | int) -> None:
        """Add a line, within ``_writing``; an actor who is a conversation is kept as a keyed hash.

        When a reporter did something is kept to the hour: to the second it would tell which conversation they had.
        """
        at, before = self._moment(actor), self._head() or Head()
        who = self._blind_index.hash(f"owner:{actor}")[:16] if ":" in actor else actor
        line = written(act, details)
        chain = self._chain(before.chain, at, who, line, case_id)
        self._db["audit"].insert({"at": at, "actor": who, "act": line, "case_id": case_id, "chain": chain})
        self._write_head(Head(before.lines + 1, chain))

    @staticmethod
    def _moment(actor: str) -> float:
        return hour_of(now()) if actor == REPORTER else now()

    def _chain(self, before: str, at: float, actor: str, line: str, case_id: str | None) -> str:
        return self._blind_index.hash(f"audit:{before}|{at!r}|{actor}|{line}|{case_id}")

    def _head(self) -> Head | None:
        """Where the audit ended when its last line was written; None before the first."""
        row = self._db.execute("select sealed from audit_head where id = 1").fetchone()
        return Head(*self._open("audit_head", "sealed", row[0], 1)) if row else None

    def _write_head(self, head: Head) -> None:
        sealed = self._seal("audit_head", "sealed", [head.lines, head.chain], 1)
        self._db["audit_head"].insert({"id": 1, "sealed": sealed}, replace=True)

    def _upgrade(self) -> None:
        """An audit that an earlier program kept ends where it ends."""
        (lines,) = self._db.execute("select count(*) from audit").fetchone()
        last = self._db.execute("select chain from audit order by id desc limit 1").fetchone()
        self._write_head(Head(lines, last[0] if last else ""))

    # Reading ----------------------------------------------------------------------------------------------

    def acts(self, limit: int, before: int | None = None) -> list[tuple[int, AuditEntry]]:
        """The audit, the newest line first, each with its place."""
        rows = self._read(
            "select id, at, actor, act, case_id from audit where id < ? order by id desc limit ?",
            before or 2**62,
            limit,
        )
        return [(row[0], AuditEntry.kept(*row[1:])) for row in rows]

    def history_of(self, case_id: str) -> list[AuditEntry]:
        rows = self._read("select at, actor, act, case_id from audit where case_id = ? order by id", case_id)
        return [AuditEntry.kept(*row) for row in rows]

    def head(self) -> Head:
        """Where the audit ends."""
        with self._lock:
            return self._head() or Head()

    # Checking ---------------------------------------------------------------------------------------------

    def audit_is_whole(self, outside: Iterable[Head] = ()) -> bool:
        """Whether no line was changed, taken out or cut off since.

        Args:
            outside: heads that were written down earlier, where nobody who reaches the store can change them.
        """
        with self._as_it_is_now():
            return self._is_whole({head.lines: head.chain for head in outside})

    def _is_whole(self, wanted: dict[int, str]) -> bool:
        count, chain = 0, ""
        for at, actor, line, case_id, kept in self._read(
            "select at, actor, act, case_id, chain from audit order by id"
        ):
            count, chain = count + 1, self._chain(chain, at, actor, line, case_id)
            if chain != kept or wanted.pop(count, chain) != chain:
                return False
        try:
            return self.head() == Head(count, chain) and not wanted
        except OutOfPlaceError:
            return False

    def mistakes(self, outside: Iterable[Head] = ()) -> list[str]:
        """What was changed behind the program's back, in a Chinese sentence each; nothing when all is as it was."""
        found = [] if self.audit_is_whole(outside) else ["操作记录被改动或删减过。"]
        moved = Counter(self.out_of_place())
        found += [f"{place} 中有 {count} 处内容被改动或挪动过。" for place, count in moved.items()]
        return found

    def _acts_by_case(self) -> dict[str, list[AuditEntry]]:
        acts: dict[str, list[AuditEntry]] = {}
        for row in self._read("select at, actor, act, case_id from audit where case_id is not null order by id"):
            acts.setdefault(row[3], []).append(AuditEntry.kept(*row))
        return acts


def status_after(acts: Iterable[AuditEntry]) -> str | None:
    """The status that a case has after these acts; None while it is a draft."""
    status = None
    for act in acts:
        if act.act == AuditAct.TRANSFER:
            status = "forwarded"
        elif act.act == AuditAct.STATUS:
            status = act.of("status")
        elif act.act == AuditAct.SUBMIT:
            status = "submitted"
    return status


def transfers(acts: Iterable[AuditEntry]) -> Iterator[str]:
    """The units that a case was handed to, in order."""
    return (act.of("unit") for act in acts if act.act == AuditAct.TRANSFER)


def is_gone(acts: Iterable[AuditEntry]) -> bool:
    return any(act.act in DELETING for act in acts)


def contradictions(case_id: str, acts: Sequence[AuditEntry], kept: dict[str, Any] | None) -> Iterator[str]:
    """What the audit says of one case and the store does not, or the other way round.

    Args:
        kept: what the store has of it: ``status``, and ``messages`` by author; None when it is not there.
    """
    if kept is None:
        if status_after(acts) is not None and not is_gone(acts):
            yield f"案件 {case_id[:8]} 不见了，操作记录里没有删除它。"
        return
    status = status_after(acts) or "draft"
    begun = any(act.act in (AuditAct.START, AuditAct.AMEND, AuditAct.SUBMIT) for act in acts)
    if not begun or status != kept["status"]:
        yield f"案件 {case_id[:8]} 的状态（{kept['status']}）与操作记录不符。"
    said = Counter(act.of("author") for act in acts if act.act == AuditAct.MESSAGE)
    if said != Counter(kept["messages"]):
        yield f"案件 {case_id[:8]} 的往来与操作记录不符。"
