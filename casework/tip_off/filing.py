"""Submitting a report: the one rule for chat, console, pages and messengers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from casework.cases.audit_acts import AuditAct
from casework.cases.case import Case, Filing, Route
from casework.cases.receipts import new_receipt
from casework.cases.store import CaseStore
from casework.desk.notify import announce
from casework.interview.state import State
from casework.tip_off.clusters import marks_of, terms_of
from casework.tip_off.definition import tip_off_definition
from casework.tip_off.readings import terms_of_findings
from casework.tip_off.routing import routing

if TYPE_CHECKING:
    from casework.services import Services


@dataclass(frozen=True)
class Submitted:
    """A report as it was filed.

    Attributes:
        routes: the units it went to.
        receipt: 16 digits, the only thing that opens it; it is shown once and kept as a hash only.
    """

    case: Case
    routes: tuple[Route, ...]
    receipt: str = field(repr=False)


def submit(services: Services, draft: Case, state: State, conversation_id: str = "") -> Submitted:
    """File a draft: routed at once, cut loose from the conversation it was told in, opened by its receipt only.

    Args:
        conversation_id: where the receipt can be told again for a while, in case the answer gets lost; empty where
            somebody has it written down already.

    Raises:
        Conflict: the draft was changed, submitted or deleted since it was read.
    """
    store, receipt = services.cases, new_receipt()
    found = routing(services.knowledge.directory, tip_off_definition(), state)
    kept = {key: value for key, value in draft.content.items() if key != "heard"}
    draft = replace(draft, content={**kept, "escalated": list(found.escalated)})
    in_files = terms_of_findings(reading for file in store.evidence(draft) for reading in file.found or ())
    filing = Filing(
        found.routes,
        county=found.county,
        sector=found.sector,
        severity=found.severity,
        terms=[*terms_of(marks_of(state)), *in_files],
    )
    case = store.submit_tip_off(draft, filing, receipt, conversation_id)
    announce(services, case, found.routes)
    return Submitted(case, tuple(found.routes), receipt)


def enter(services: Services, state: State, official: str) -> Submitted:
    """File what somebody told an official by telephone or at the counter; it belongs to no conversation."""
    store = services.cases
    submitted = submit(services, store.start("tip_off", "", state.as_json()), state)
    store.record(official, AuditAct.ENTER_REPORT, submitted.case)
    return submitted


def submitted_again(store: CaseStore, conversation_id: str) -> Submitted | None:
    """What was submitted in a conversation a moment ago, for somebody whom no answer reached."""
    receipt = store.receipt_again(conversation_id)
    case = store.by_receipt(receipt) if receipt else None
    if case is None or receipt is None:
        return None
    store.erase_conversation(conversation_id)
    return Submitted(case, tuple(store.routes(case)), receipt)
