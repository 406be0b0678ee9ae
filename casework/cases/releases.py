"""What leaves the console only when a second person agrees: originals of files, whole cases, lists of cases.

What is asked and what was decided are sealed for their rows, so that nobody who reaches the database can agree.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from casework.cases.audit import AuditedStore, AuditEntry
from casework.cases.audit_acts import AuditAct
from casework.cases.keyring import SEALED
from storage.database import now, time_of
from storage.settings import LUOYANG

What = Literal["original", "bundle", "queue", "contact", "destroy"]
WHAT_NAMES: dict[What, str] = {
    "original": "材料原件",
    "bundle": "整件案件",
    "queue": "案件列表",
    "contact": "举报人联系方式",
    "destroy": "销毁整件",
}
# What is asked for, as a sentence says it.
WISHES: dict[str, str] = {what: name if what == "destroy" else f"调取{name}" for what, name in WHAT_NAMES.items()}
# What the reporter is told that it was for; the words beside it stay inside.
PURPOSES = {
    "verify": "核对真伪",
    "unreadable": "副本看不清或打不开",
    "hand_over": "移送公安机关或有权机关",
    "examine": "委托鉴定",
    "report": "向领导小组报告",
    "call": "联系举报人核实情况",
    "protect": "保护举报人安全",
    "wished": "举报人要求删除",
    "danger": "内容危及举报人安全",
    "mistaken": "重复、误填或与举报无关",
}
# What each may be asked for.
TO_TAKE_OUT = ("verify", "unreadable", "hand_over", "examine", "report")
PURPOSES_OF: dict[What, tuple[str, ...]] = {
    "original": TO_TAKE_OUT,
    "bundle": TO_TAKE_OUT,
    "queue": TO_TAKE_OUT,
    "contact": ("call", "protect", "hand_over"),
    "destroy": ("wished", "danger", "mistaken"),
}
# What the reporter sees of it.
SEEN_BY_REPORTER: dict[str, str] = {
    "original": "调取了您的材料原件",
    "bundle": "调取了案件全部内容和材料原件",
    "contact": "查看了您留的联系方式",
}
# How long a request waits, and how long what was agreed to may be taken.
WAIT_DAYS, OPEN_HOURS, KEPT_DAYS = 7, 72, 30


class ReleaseError(ValueError):
    """A request that cannot be made or decided; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Request:
    """What somebody wants to take out, and why.

    Attributes:
        unit: of who asks.
        file: id of the file, of an original.
        filters: those of the list, of a queue.
        sealed: reason and filters, until they are opened (``with_words``).
    """

    what: What
    asked_by: str
    unit: str
    purpose: str
    reason: str = field(repr=False)
    file: str = ""
    filters: Mapping[str, str] = field(default_factory=dict, repr=False)
    sealed: str = field(default="", repr=False)


@dataclass(frozen=True)
class Release:
    """A request as it is kept.

    Attributes:
        agreed: None as long as nobody has decided.
    """

    id: str
    case_id: str | None
    request: Request
    at: datetime
    agreed: bool | None = None
    decided_by: str = ""
    decided: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether who asked may take it now."""
        return bool(self.agreed and self.decided and self.decided > time_of(now()) - timedelta(hours=OPEN_HOURS))

    @property
    def waits(self) -> bool:
        return self.agreed is None and self.at > time_of(now()) - timedelta(days=WAIT_DAYS)


class ReleaseStore(AuditedStore):
    """The part of the case store that keeps requests; who may ask and decide is decided elsewhere."""

    def ask_release(self, request: Request, case_id: str | None) -> Release:
        """Keep a request; the same that still waits is replaced."""
        release_id, at = secrets.token_hex(8), now()
        about: dict[str, Any] = {"purpose": request.purpose, "unit": request.unit, "file": request.file}
        words = {"reason": request.reason, "filters": dict(request.filters)}
        about |= self._words_kept(words, request, (release_id, case_id, request.what, request.asked_by))
        row: dict[str, Any] = {"id": release_id, "case_id": case_id, "what": request.what, "at": at}
        row["asked_by"] = request.asked_by
        row["about"] = self._seal("releases", "about", about, release_id, case_id, request.what, request.asked_by)
        same = [
            each.id
            for each in self.releases()
            if each.agreed is None
            and (each.case_id, each.request.what, each.request.asked_by, each.request.file)
            == (case_id, request.what, request.asked_by, request.file)
        ]
        with self._writing():
            for each in same:
                self._db.execute("delete from releases where id = ?", [each])
            self._db.execute("delete from releases where at < ?", [at - KEPT_DAYS * 86_400])
            self._db["releases"].insert(row)
            self._record(request.asked_by, AuditAct.ASK_RELEASE, case_id, what=request.what)
        return self._release((release_id, case_id, request.what, request.asked_by, row["about"], None, at))

    def _words_kept(self, words: dict[str, Any], request: Request, row: Sequence[Any]) -> dict[str, Any]:
        """What is kept of the words of a request."""
        return words

    def releases(self, case_id: str | None = None) -> list[Release]:
        """All requests of the last KEPT_DAYS, or a case's, the newest first."""
        where = "case_id = ?" if case_id else "at > ?"
        columns = "id, case_id, what, asked_by, about, decision, at"
        rows = self._read(
            f"select {columns} from releases where {where} order by at desc", case_id or now() - KEPT_DAYS * 86_400
        )
        return [self._release(row) for row in rows]

    def waiting_release(self, release_id: str, by: str) -> Release:
        """A request that somebody may decide on.

        Raises:
            ReleaseError: there is none that waits, or it was asked by who decides.
        """
        wanted = next((each for each in self.releases() if each.id == release_id and each.waits), None)
        if wanted is None:
            raise ReleaseError("这项申请已经处理或过期，请刷新页面。")
        if by == wanted.request.asked_by:
            raise ReleaseError("自己提出的申请，要由另一位同事审批。")
        return wanted

    def decide_release(self, release_id: str, by: str, agreed: bool, copy: bytes | None = None) -> Release:
        """Agree to a request or refuse it, once.

        Args:
            copy: what who asked is given with it, sealed for them.

        Raises:
            ReleaseError: there is none that waits, or it was asked by who decides.
        """
        wanted = self.waiting_release(release_id, by)
        request = wanted.request
        sealed = self._seal("releases", "decision", [agreed, by, now()], release_id, request.asked_by)
        with self._writing():
            change = "update releases set decision = ?, copy = ?, copied = ? where id = ? and decision is null"
            if not self._db.execute(change, [sealed, copy, now() if copy else None, release_id]).rowcount:
                raise ReleaseError("这项申请已经处理或过期，请刷新页面。")
            about: dict[str, str | int] = {"what": request.what}
            about |= {"unit": request.unit, "purpose": request.purpose} if agreed else {}
            self._record(by, AuditAct.RELEASE if agreed else AuditAct.REFUSE_RELEASE, wanted.case_id, **about)
        return next(each for each in self.releases() if each.id == release_id)

    def released(self, account_id: str, what: What, case_id: str | None, file: str = "") -> Release | None:
        """What somebody may take of a case now; None when nobody agreed, or it is too late."""
        return next(
            (
                each
                for each in self.releases(case_id)
                if each.open
                and (each.request.asked_by, each.request.what, each.request.file) == (account_id, what, file)
            ),
            None,
        )

    def _release(self, row: Any) -> Release:
        release_id, case_id, what, asked_by, about, decision, at = row
        kept = self._open("releases", "about", about, release_id, case_id, what, asked_by)
        words = kept.get("reason", ""), kept["file"], kept.get("filters", {}), kept.get(SEALED, "")
        request = Request(what, asked_by, kept["unit"], kept["purpose"], *words)
        release = Release(release_id, case_id, request, time_of(at))
        if decision is None:
            return release
        agreed, by, decided = self._open("releases", "decision", decision, release_id, asked_by)
        return Release(release_id, case_id, request, time_of(at), agreed, by, time_of(decided))


def releases_in(history: Iterable[AuditEntry]) -> list[tuple[datetime, str, str, str]]:
    """What was taken out of a case: when it was agreed to, what, by which unit, and for what, the oldest first."""
    return [
        (act.at, act.of("what"), act.of("unit"), act.of("purpose"))
        for act in sorted(history, key=lambda act: act.at)
        if act.act == AuditAct.RELEASE and act.of("what") in SEEN_BY_REPORTER
    ]


def release_lines(history: Iterable[AuditEntry]) -> list[str]:
    """The same for who reported, a sentence each."""
    lines = []
    for at, what, unit, purpose in releases_in(history):
        here = at.astimezone(LUOYANG)
        why = PURPOSES.get(purpose, "办理需要")
        lines.append(f"{here.month}月{here.day}日 {unit}因“{why}”，经另一位审批人同意，{SEEN_BY_REPORTER[what]}。")
    return list(dict.fromkeys(lines))
