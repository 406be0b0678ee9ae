"""What may stand in the audit: an act of this list, with its details as JSON.

Earlier programs wrote sentences. Lines of the audit are never rewritten, since each is chained to those before it; so
what they wrote is still read here, and only here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum

Details = Mapping[str, str | int]


class AuditAct(StrEnum):
    """What somebody did. The values are kept for good: they are what a line says."""

    # Of who brought a case
    START = "start"
    SUBMIT = "submit"
    AMEND = "amend"
    ADOPT = "adopt"
    WITHDRAW = "withdraw"
    ADD_EVIDENCE = "add evidence"
    # Of time
    DELETE_DRAFT = "delete draft"
    DELETE_CLOSED = "delete closed"
    DELETE_IDLE = "delete idle"
    DELETE_DESTROYED = "delete destroyed"
    # Of handlers
    VIEW = "view"
    VIEW_STATUS = "view status"
    OPEN_EVIDENCE = "open evidence"
    VIEW_CONTACT = "view contact details"
    ENTER_REPORT = "enter report"
    STATUS = "status"  # status
    TRANSFER = "transfer"  # unit
    MESSAGE = "message"  # author
    ACCEPT_PART = "accept part"  # unit
    CLOSE_PART = "close part"  # unit, outcome
    # What leaves the console
    TAKE_ORIGINAL = "take original evidence"
    EXPORT_CASE = "export case"
    EXPORT_CASES = "export cases"  # count, form
    EXPORT_TASKS = "export tasks"  # count, form
    EXPORT_CHART = "export chart"  # chart, form
    DOWNLOAD = "download"  # paper, form
    ASK_RELEASE = "ask release"  # what
    RELEASE = "release"  # what, unit, purpose
    DESTROY = "destroy case"  # purpose
    REFUSE_RELEASE = "refuse release"  # what
    # Accounts
    SIGN_IN = "sign in to the console"
    SIGN_IN_CHAT = "sign in on a channel"  # channel
    ACCOUNT = "account"  # what, account
    DECIDE_ACCOUNT = "decide account"  # decision, what, account
    OWN_ACCOUNT = "own account"  # what
    # Keys of units
    MAKE_UNIT_KEY = "make unit key"  # unit
    HAND_UNIT_KEY = "hand unit key"  # unit
    CHANGE_UNIT_KEY = "change unit key"  # unit
    PRINT_SHARES = "print shares"  # unit
    RECOVER_UNIT_KEY = "recover unit key"  # unit
    # The office's work
    TASK = "task"  # what, task
    NEW_YEAR = "begin the campaign"  # year, tasks
    DOCUMENT = "document"  # what, document
    SETTLE_FACT = "settle document fact"  # fact
    CORRECT_ENTRY = "correct entry"  # entry
    ADD_QUESTION = "add question"  # clause
    DISMISS_QUESTION = "dismiss question"
    APPROVE_EXPLANATION = "approve explanation"  # explanation
    WITHDRAW_APPROVAL = "withdraw approval of explanation"  # explanation
    # Care
    ROTATE_KEYS = "rotate keys"
    EXPORT_PERSON = "export person"
    ERASE_PERSON = "erase person"
    # A line of an earlier program that this one does not know
    UNKNOWN = "unknown"  # text


def written(act: AuditAct, details: Details) -> str:
    """An act as its line keeps it: the bare word, or JSON where there are details."""
    if not details:
        return str(act)
    return json.dumps({"act": str(act), **details}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(line: str) -> tuple[AuditAct, Details]:
    """The act that a line keeps, whichever program wrote it."""
    if line.startswith("{"):
        details = json.loads(line)
        return AuditAct(details.pop("act")), details
    if line in _BARE:
        return AuditAct(line), {}
    return _read_sentence(line)


_BARE = frozenset(str(act) for act in AuditAct)

# Sentences of programs before 0.3, and what each was about. Nothing is added here any more.
_SENTENCES: tuple[tuple[str, AuditAct], ...] = (
    (r"status (?P<status>\w+)", AuditAct.STATUS),
    (r"transfer to (?P<unit>.+)", AuditAct.TRANSFER),
    (r"message of (?P<author>\w+)", AuditAct.MESSAGE),
    (r"part accepted by (?P<unit>.+)", AuditAct.ACCEPT_PART),
    (r"part closed by (?P<unit>.+): (?P<outcome>\w+)", AuditAct.CLOSE_PART),
    (r"download (?P<paper>\w+)\.(?P<form>\w+)", AuditAct.DOWNLOAD),
    (r"export (?P<count>\d+) cases as (?P<form>\w+)", AuditAct.EXPORT_CASES),
    (r"export (?P<count>\d+) tasks as (?P<form>\w+)", AuditAct.EXPORT_TASKS),
    (r"export chart (?P<chart>\w+) as (?P<form>\w+)", AuditAct.EXPORT_CHART),
    (r"ask release of (?P<what>\w+)", AuditAct.ASK_RELEASE),
    (r"release (?P<what>\w+) to (?P<unit>.+): (?P<purpose>\w+)", AuditAct.RELEASE),
    (r"refuse (?P<what>\w+)", AuditAct.REFUSE_RELEASE),
    (r"approve explanation (?P<explanation>\w+)", AuditAct.APPROVE_EXPLANATION),
    (r"withdraw approval of explanation (?P<explanation>\w+)", AuditAct.WITHDRAW_APPROVAL),
    (r"sign in on (?P<channel>\w+)", AuditAct.SIGN_IN_CHAT),
    (r"account (?P<decision>ask|approve|refuse) (?P<what>\w+(?: \w+)?) (?P<account>\w+)", AuditAct.DECIDE_ACCOUNT),
    (r"account (?P<what>\w+(?: \w+)?) (?P<account>\w+)", AuditAct.ACCOUNT),
    (r"own account: (?P<what>.+)", AuditAct.OWN_ACCOUNT),
    (r"(?P<what>finish|assign|confirm|reopen|redate|add) task (?P<task>\d+)", AuditAct.TASK),
    (r"begin the campaign of (?P<year>\d+): (?P<tasks>\d+) tasks", AuditAct.NEW_YEAR),
    (
        r"(?P<what>upload|approve|refuse|replace|mark|remove|draft facts of) document (?P<document>[\w-]+)",
        AuditAct.DOCUMENT,
    ),
    (r"settle document fact (?P<fact>[\w-]+)", AuditAct.SETTLE_FACT),
    (r"correct entry (?P<entry>.+)", AuditAct.CORRECT_ENTRY),
    (r"add question to (?P<clause>.+)", AuditAct.ADD_QUESTION),
)
_COUNTS = ("count", "task", "year", "tasks")


def _read_sentence(line: str) -> tuple[AuditAct, Details]:
    for pattern, act in _SENTENCES:
        if match := re.fullmatch(pattern, line):
            found = {key: int(value) if key in _COUNTS else value for key, value in match.groupdict().items()}
            return act, found
    return AuditAct.UNKNOWN, {"text": line}
