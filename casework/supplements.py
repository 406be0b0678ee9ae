"""What somebody adds to a submitted case or takes back: one rule for chat, pages and messengers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from casework.cases.case import ASKING, CLOSED, EXAMINING, SUBMITTED, Case
from casework.cases.store import CaseStore
from casework.desk.notify import answered
from casework.workflows import WORKFLOWS

if TYPE_CHECKING:
    from casework.services import Services

# Characters of a message; what is longer is kept in several.
LONGEST_NOTE = 1000


def case_in_mind(services: Services, conversation_id: str) -> Case | None:
    """The case in hand, or the report just submitted here, as long as its receipt may be told again."""
    store = services.cases
    if case := services.in_hand.of(conversation_id, store):
        return case
    receipt = store.receipt_again(conversation_id)
    return store.by_receipt(receipt) if receipt else None


class ClosedError(RuntimeError):
    """A case that is closed takes nothing more."""


def add_notes(services: Services, case: Case, texts: Sequence[str]) -> Case:
    """Add messages of who brought the case, tell its handlers once, and go on with what they had asked.

    Messages that were just added already, because an answer got lost and they are sent again, are kept once.

    Returns:
        The case as it is then.

    Raises:
        ClosedError: nothing was added.
    """
    _require_open(case)
    store = services.cases
    texts = [text[at : at + LONGEST_NOTE] for text in texts for at in range(0, len(text), LONGEST_NOTE)]
    last = store.notes(case, internal=False)[-len(texts) :]
    if [(note.author, note.text) for note in last] != [("reporter", text) for text in texts]:
        for text in texts:
            store.add_note(case, "reporter", text, "reporter")
        answered(services, case, store.routes(case))
    return _going_on(store, case)


def files_added(services: Services, case: Case) -> Case:
    """The same for files, which are kept in the case already."""
    _require_open(case)
    answered(services, case, services.cases.routes(case))
    return _going_on(services.cases, case)


def may_withdraw(case: Case) -> bool:
    """Whether a report can still be taken back: nobody has begun to work on it. A self-check is amended instead."""
    return WORKFLOWS[case.kind].withdrawable and case.status == SUBMITTED and not case.acted


def withdraw(store: CaseStore, case: Case) -> bool:
    """Delete a report with all that belongs to it; False when it is too late."""
    return may_withdraw(case) and store.withdraw(case)


def asks_how_to_hand_in(message: str) -> bool:
    """我找到转账记录了，怎么交: who has something for the case, and asks how it gets there."""
    return bool(HANDS_IN.search(message))


THINGS = r"(?:记录|截图|照片|图片|材料|证据|合同|协议|录音|录像|视频|凭证|收据|文件|流水|聊天)"
GETS_THERE = r"(?:上传|提交|交|传|发|补|加|给|寄|递)+(?:给你们?|上去?|过去|过来|进去|到哪|哪)?"
HANDS_IN = re.compile(
    rf"{THINGS}[^。]{{0,10}}?(?:怎么|咋|如何|往哪|在哪|从哪|能不能|可不可以|可以|能)(?:儿|里)?(?:再|往)?{GETS_THERE}(?:吗|呢|啊|不)?$|"
    rf"(?:怎么|咋|如何|往哪|在哪|从哪|能不能|可不可以|可以|能)(?:儿|里)?(?:再|往)?{GETS_THERE}[^。]{{0,6}}{THINGS}(?:吗|呢|啊|不)?$"
)


def _require_open(case: Case) -> None:
    if case.status == CLOSED:
        raise ClosedError(case.number)


def _going_on(store: CaseStore, case: Case) -> Case:
    if case.status == ASKING:
        return store.set_status(case, EXAMINING, "reporter")
    return store.again(case) or case
