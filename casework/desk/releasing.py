"""Who may ask to take something out of the console, and who agrees: never one person alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from casework.cases.case import Case
from casework.cases.releases import PURPOSES_OF, Release, ReleaseError, Request, What
from casework.desk.account import Account
from casework.desk.handling import LONGEST_TEXT, NOT_YOURS, leaves_contact
from casework.desk.notify import released, wants_release
from casework.desk.roles import NOT_ALLOWED, Permission, Refused, may, may_act
from knowledge.text import clean

if TYPE_CHECKING:
    from casework.services import Services

SHORTEST_REASON = 4
NO_CONTACT = "这件举报没有留联系方式，或者您的登录现在打不开。可以在案件页面留言，举报人凭回执码能看到并回复。"


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
    """Ask for an original, a whole case, the reporter's contact details, or the list of cases.

    Raises:
        ReleaseError: it says too little, or there is no such file.
        Refused: it is not theirs to ask.
    """
    store = services.cases
    reason = clean(reason)[:LONGEST_TEXT]
    if purpose not in PURPOSES_OF[what] or len(reason) < SHORTEST_REASON:
        raise ReleaseError("请选择用途，并写明具体理由（至少几个字），审批人凭它决定。")
    if not may(account, Permission.EXPORT):
        raise Refused(NOT_ALLOWED)
    if case is not None and (case.is_draft or not may_act(account, store.routes(case))):
        raise Refused(NOT_YOURS)
    if what == "original" and (case is None or file not in {each.id for each in store.evidence(case)}):
        raise ReleaseError("没有这个文件，请刷新页面。")
    if what == "destroy" and (case is None or case.kind != "tip_off" or not may(account, Permission.SEE_ALL_UNITS)):
        raise Refused(NOT_ALLOWED)
    if what == "contact" and (case is None or case.locked or not leaves_contact(case)):
        raise ReleaseError(NO_CONTACT)
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
    store = services.cases
    wanted = store.waiting_release(release_id, account.id)
    copy = store.hand_over_contact(wanted) if agreed and wanted.request.what == "contact" else None
    decided = store.decide_release(release_id, account.id, agreed, copy)
    case = services.cases.get(decided.case_id) if decided.case_id else None
    if case and agreed and decided.request.what == "destroy":
        store.destroy(case, decided.request.purpose, account.id)
    released(services, decided, case)
    return decided
