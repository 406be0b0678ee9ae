"""What officials wrote about an enterprise's self-checks, as it is told in its conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.cases.case import ASKING, UnreadAnswers
from casework.cases.steps import next_step
from casework.cases.store import CaseStore
from casework.document_blocks import day
from storage.settings import LUOYANG

if TYPE_CHECKING:
    from casework.services import Services


def answers_to(services: Services, conversation_id: str) -> list[UnreadAnswers]:
    """What officials wrote about an enterprise's self-checks and this conversation was not told yet.

    A case that was asked about is in hand from now on, so that the next message answers it.
    """
    found = services.cases.untold(conversation_id)
    for untold in found:
        if untold.case.status == ASKING:
            services.in_hand.take(conversation_id, untold.case)
    return found


def answer_text(store: CaseStore, untold: UnreadAnswers) -> str:
    """The same as a message."""
    case = untold.case
    lines = [f"贵单位的自查 {case.number} 有新答复："]
    lines += [f"{day(note.at.astimezone(LUOYANG))} 办理单位：{note.text}" for note in untold.notes]
    lines.append(next_step(case, store.routes(case)))
    if case.status == ASKING:
        lines.append(f"半小时内直接回复即可；以后请先发“查看自查 {case.number}”再回复。")
    return "\n".join(lines)
