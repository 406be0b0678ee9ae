"""Who may ask to take something out of the console, and who agrees: never one person alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from casework.cases.releases import PURPOSES, Release, ReleaseError, Request, What
from casework.cases.store import Case
from casework.desk.accounts import Account
from casework.desk.handling import LONGEST_TEXT, NOT_YOURS
from casework.desk.notify import released, wants_release
from casework.desk.roles import NOT_ALLOWED, Permission, Refused, may, may_act
from knowledge.text import clean

if TYPE_CHECKING:
    from casework.services import Services

SHORTEST_REASON = 4


def ask_to_take_out(
    services: Services,
    account: Account,
    what: What,
    purpose: str,
    reason: str,
    case: Case | None = None,
    file: str = "",
    filters: Mapping[str, str] | None = None,
) -> Release:
    """Ask for an original, a whole case, or the list of cases.

    Raises:
        ReleaseError: it says too little, or there is no such file.
        Refused: it is not theirs to ask.
    """
    store = services.cases
    reason = clean(reason)[:LONGEST_TEXT]
    if purpose not in PURPOSES or len(reason) < SHORTEST_REASON:
        raise ReleaseError("请选择用途，并写明具体理由（至少几个字），审批人凭它决定。")
    if not may(account, Permission.EXPORT):
        raise Refused(NOT_ALLOWED)
    if case is not None and (case.is_draft or not may_act(account, store.routes(case))):
        raise Refused(NOT_YOURS)
    if what == "original" and (case is None or file not in {each.id for each in store.evidence(case)}):
        raise ReleaseError("没有这个文件，请刷新页面。")
    request = Request(what, account.id, account.unit, purpose, reason, file, filters or {})
    asked = store.ask_release(request, case.id if case else None)
    wants_release(services, account, what, case)
    return asked


def decide(services: Services, account: Account, release_id: str, agreed: bool) -> Release:
    """Agree to what somebody else asked, or refuse it.

    Raises:
        ReleaseError: there is no such request, or it is their own.
        Refused: they are no custodian.
    """
    if not may(account, Permission.RELEASE):
        raise Refused(NOT_ALLOWED)
    decided = services.cases.decide_release(release_id, account.id, agreed)
    case = services.cases.get(decided.case_id) if decided.case_id else None
    released(services, decided, case)
    return decided
