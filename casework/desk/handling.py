"""What officials do with a case, each act checked, recorded, and said to the reporter where it is theirs to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from casework.cases.audit import AuditEntry
from casework.cases.audit_acts import AuditAct
from casework.cases.case import ASKING, CLOSED, EXAMINING, FORWARDED, SUBMITTED, Case, Conflict, Note, Route
from casework.cases.contact import KEPT_APART, apart, whole
from casework.cases.copies import without_names
from casework.cases.evidence import Evidence
from casework.cases.store import CaseStore
from casework.cases.words import OUTCOMES, STATUS_NAMES
from casework.desk.account import Account
from casework.desk.notify import announce
from casework.desk.parts import Part, leads_of, outcome_of, parts_of
from casework.desk.roles import NOT_ALLOWED, Permission, Refused, may, may_act, may_see
from casework.interview.state import State, path
from casework.workflows import WORKFLOWS
from knowledge.counties import desks
from knowledge.directory import OFFICE
from knowledge.text import clean

if TYPE_CHECKING:
    from casework.services import Services

EVIDENCE, CONTACT = "evidence", "contact"
LONGEST_TEXT = 1000


class HandlingError(ValueError):
    """An act that cannot be done now; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class CaseView:
    """A case as one official may see it.

    Attributes:
        rows: label and answer.
        contact: the same of what the reporter left to be reached by; empty but for who was given it for a while.
        reachable: whether the reporter agreed to be called, for those who decide on the case.
        parts: how far each unit is, where several lead together.
        joint: whether this official acts for one of several lead units only.
        files: without the names that their senders gave them, which leave with the originals only.
    """

    case: Case
    routes: Sequence[Route]
    rows: Sequence[tuple[str, str]] = field(repr=False)
    contact: Sequence[tuple[str, str]] = field(repr=False)
    notes: Sequence[Note] = field(repr=False)
    files: Sequence[Evidence] = field(repr=False)
    history: Sequence[AuditEntry]
    escalated: Sequence[str]
    can_act: bool
    deciding: bool
    parts: Sequence[Part] = ()
    joint: bool = False
    reachable: bool = False

    @property
    def lead(self) -> str:
        return "、".join(leads_of(self.routes))


def viewed(store: CaseStore, account: Account, case: Case) -> CaseView:
    """Open a case; who opened it is recorded.

    Raises:
        Refused: it is not this person's business.
    """
    found = store.routes(case)
    if case.is_draft or not may_see(account, found):
        raise Refused(NOT_ALLOWED)
    store.record(account.id, AuditAct.VIEW, case)
    deciding, files = may_act(account, found), store.evidence(case)
    rows = _rows(case, apart(case.content)[0])
    history = store.history(case)
    parts = parts_of(found, history)
    joint = acts_for_a_part(account, parts)
    done = joint and _own(account, parts).closed is not None
    # Names of files tell of their senders.
    listed = f"{len(files)} 个文件" if files else "见主办单位"
    rows = [(question, label, listed if question == EVIDENCE else shown) for question, label, shown in rows]
    return CaseView(
        case=case,
        routes=found,
        rows=[(label, shown) for question, label, shown in rows if deciding or question != CONTACT],
        contact=_contact(store, account, case) if deciding else [],
        notes=store.notes(case, internal=True),
        files=without_names(files),
        deciding=deciding,
        history=history,
        escalated=case.content.get("escalated", []),
        can_act=deciding and case.status != CLOSED and not done,
        parts=parts,
        joint=joint,
        reachable=deciding and leaves_contact(case),
    )


def leaves_contact(case: Case) -> bool:
    """Whether a reporter agreed to be called."""
    return case.kind == "tip_off" and "yes" in State.from_json(case.content).values(CONTACT)


def _contact(store: CaseStore, account: Account, case: Case) -> list[tuple[str, str]]:
    """What somebody was given for a while of a reporter's contact details; that they see it is recorded."""
    details = store.released_contact(account.id, case.id)
    if not details:
        return []
    store.record(account.id, AuditAct.VIEW_CONTACT, case)
    rows = _rows(case, whole(case.content, details))
    return [(label.replace("您的", "举报人的"), shown) for question, label, shown in rows if question in KEPT_APART]


def acts_for_a_part(account: Account, parts: Sequence[Part]) -> bool:
    """Whether somebody decides for their own unit only: one of several lead units, and not the office."""
    return bool(parts) and not may(account, Permission.SEE_ALL_UNITS) and any(p.unit == account.unit for p in parts)


def _own(account: Account, parts: Sequence[Part]) -> Part:
    return next(part for part in parts if part.unit == account.unit)


def _rows(case: Case, content: dict[str, Any]) -> list[tuple[str, str, str]]:
    definition = WORKFLOWS[case.kind].definition()
    state = State.from_json(content)
    return [
        (question.id, question.label, answer.shown)
        for question in path(definition.questions, state)
        if (answer := state.answers.get(question.id)) and answer.value not in (None, "", [])
    ]


def name_of(case: Case) -> str:
    """The platform or enterprise a case is about, for a list."""
    if case.locked:
        return LOCKED_NAME
    answers = State.from_json(case.content).answers
    for question in ("target", "company", "platform", "reach"):
        if question in answers and answers[question].value:
            return answers[question].shown
    return "（未写名称）"


def told_place(case: Case) -> str:
    """Where the reporter says that it happened; empty where they did not."""
    answer = State.from_json(case.content).answers.get("place") if case.kind == "tip_off" and not case.locked else None
    return answer.shown if answer and answer.value else ""


@contextmanager
def _deciding(store: CaseStore, account: Account, case: Case) -> Iterator[Case]:
    """All that an act writes as one transaction, on the case as it is now: a colleague may have acted meanwhile.

    Raises:
        Conflict: it was withdrawn or deleted meanwhile.
    """
    with store.together():
        current = store.again(case)
        if current is None:
            raise Conflict(case.id)
        _check(store, account, current)
        yield current


def accept(store: CaseStore, account: Account, case: Case) -> Case:
    """Begin to look into a case; where several units lead, each for itself."""
    with _deciding(store, account, case) as current:
        parts = _parts(store, current)
        if acts_for_a_part(account, parts):
            if _own(account, parts).accepted:
                raise HandlingError(f"{account.unit}已经受理 {current.number}。")
            store.record(account.id, AuditAct.ACCEPT_PART, current, unit=account.unit)
            if current.status in (EXAMINING, ASKING):
                return current
        elif current.status in (EXAMINING, ASKING):
            raise HandlingError(f"{current.number} 已经受理，正在{STATUS_NAMES[current.status]}。")
        return store.set_status(current, EXAMINING, account.id)


def transfer(services: Services, account: Account, case: Case, unit: str, because: str) -> Case:
    """Hand a case to the unit that is competent for it; the other handlers read why."""
    store = services.cases
    with _deciding(store, account, case) as current:
        _check_transfer(services, account, current, unit, because)
        moved = store.transfer(current, unit, "转办", account.id)
        store.add_note(moved, "internal", f"转办至{unit}：{clean(because)}", account.id)
    announce(services, moved, store.routes(moved))
    return moved


def _check_transfer(services: Services, account: Account, case: Case, unit: str, because: str) -> None:
    store = services.cases
    _said(because, "转办理由")
    if acts_for_a_part(account, _parts(store, case)):
        raise HandlingError(f"{case.number} 由几个单位共同主办，不能由一个单位转走。请写内部备注，由{OFFICE}转办。")
    known = desks(services.knowledge.directory)
    if unit not in known:
        raise HandlingError(f"没有“{clean(unit)[:30]}”这个单位。请用方案中的单位名称，例如“{known[0]}”“{known[-1]}”。")
    if any(route.unit == unit and route.role == "lead" for route in store.routes(case)):
        raise HandlingError(f"{case.number} 已由{unit}主办。")


def ask(store: CaseStore, account: Account, case: Case, text: str) -> Case:
    """Ask the reporter or the enterprise for something; they see it with their receipt or code."""
    with _deciding(store, account, case) as current:
        return store.set_status(current, ASKING, account.id, message=_said(text, "要补充的内容"))


def reply(store: CaseStore, account: Account, case: Case, text: str) -> Case:
    """Tell the reporter or the enterprise something."""
    with _deciding(store, account, case) as current:
        store.add_note(current, "handler", _said(text, "回复内容"), account.id)
        return store.again(current) or current


def remark(store: CaseStore, account: Account, case: Case, text: str) -> Case:
    """Write something for the other handlers; whoever sees a case may."""
    if not may_see(account, store.routes(case)):
        raise Refused(NOT_ALLOWED)
    store.add_note(case, "internal", f"{account.name}（{account.unit}）：{_said(text, '备注')}", account.id)
    return store.again(case) or case


def close(store: CaseStore, account: Account, case: Case, outcome: str, text: str) -> Case:
    """Finish a case with what came of it; one of several lead units finishes its own part, the last one the whole."""
    with _deciding(store, account, case) as current:
        if outcome not in OUTCOMES:
            raise HandlingError(f"请写明办理结果（任选一种）：{outcomes_named()}。")
        told = clean(text)[:LONGEST_TEXT]
        parts = _parts(store, current)
        if not acts_for_a_part(account, parts):
            return store.set_status(current, CLOSED, account.id, outcome, f"{OUTCOMES[outcome]}。{told}")
        last = all(part.closed for part in parts if part.unit != account.unit)
        if not last and current.status in (SUBMITTED, FORWARDED):
            store.set_status(current, EXAMINING, account.id)
        store.add_note(current, "handler", f"{account.unit}：{OUTCOMES[outcome]}。{told}", account.id)
        store.record(account.id, AuditAct.CLOSE_PART, current, unit=account.unit, outcome=outcome)
        if last:
            return store.set_status(current, CLOSED, account.id, outcome_of(parts, outcome))
        return store.again(current) or current


def outcomes_named() -> str:
    """What can come of a case, told apart although some of the names hold a comma."""
    return "；".join(OUTCOMES.values())


def still_open(store: CaseStore, case: Case) -> list[str]:
    """The lead units that have not finished their part of a case yet."""
    return [part.unit for part in _parts(store, case) if not part.closed]


def _parts(store: CaseStore, case: Case) -> list[Part]:
    return parts_of(store.routes(case), store.history(case))


def status_line(store: CaseStore, account: Account | None, number: str) -> str:
    """Where a case is and with whom, without a word of what it says.

    Raises:
        Refused: not for this role.
        HandlingError: there is no such case.
    """
    if account is None or not may(account, Permission.SEE_CASE_STATUS):
        raise Refused(NOT_ALLOWED)
    case = store.by_number(number)
    if case is None:
        raise HandlingError(f"没有编号为 {number} 的案件，请核对编号。")
    store.record(account.id, AuditAct.VIEW_STATUS, case)
    lead = "、".join(leads_of(store.routes(case)))
    return f"{case.number}（{WORKFLOWS[case.kind].name}）：{STATUS_NAMES[case.status]}，主办单位{lead}。"


def _check(store: CaseStore, account: Account, case: Case) -> None:
    if case.is_draft or not may_act(account, store.routes(case)):
        raise Refused(NOT_YOURS)
    if case.status == CLOSED:
        raise HandlingError(f"{case.number} 已经办结，不能再改。")
    parts = _parts(store, case)
    if acts_for_a_part(account, parts) and _own(account, parts).closed:
        raise HandlingError(f"{account.unit}已办结 {case.number} 中本单位的部分，不能再改；可以写内部备注。")


def _said(text: str, what: str) -> str:
    message = clean(text)
    if not message:
        raise HandlingError(f"请写明{what}。")
    if len(message) > LONGEST_TEXT:
        raise HandlingError(f"{what}有 {len(message)} 个字，请控制在 {LONGEST_TEXT} 字以内。")
    return message


LOCKED_NAME = "（已密封）"
NOT_YOURS = "只有主办单位和市领导小组办公室可以办理这件案件。"
