"""The submitted case that somebody has in hand: its receipt or code was shown in their conversation just now.

Which one it is stands in memory (``opened.py``), never in the conversation, so that a look-up ties no case to it. With
it stands the key that its receipt made, which opens what was said to and fro and not the report itself.
"""

from __future__ import annotations

from typing import Literal

from casework.cases.case import ASKING, Case
from casework.cases.opened import OpenedCases
from casework.cases.store import CaseStore
from casework.cases.unit_keys import pair_of
from storage.settings import ActionSettings

# After showing a receipt one may write to the case for so long without showing it again.
OPEN_SECONDS = 30 * 60
# next: the next message is the supplement whatever it says; any: unless it is plainly something else; sure: whether to
# withdraw was asked, and a yes is an answer to that.
Expects = Literal["next", "any", "sure"]


class CasesInHand:
    """Which case each conversation has in hand."""

    def __init__(self, settings: ActionSettings) -> None:
        self._opened = OpenedCases(OPEN_SECONDS, settings)

    def take(self, conversation_id: str, case: Case, expects: Expects | None = None) -> None:
        """Remember a case; one whose handler asked something expects the answer next."""
        wanted = expects or ("next" if case.status == ASKING else "any")
        opener = case.opener.private.hex() if case.opener else ""
        self._opened.open(conversation_id, f"{case.id} {wanted} {opener}")

    def put_down(self, conversation_id: str) -> None:
        self._opened.close(conversation_id)

    def of(self, conversation_id: str, store: CaseStore) -> Case | None:
        """The case in hand; None when there is none or it was too long ago."""
        if not (kept := self._opened.of(conversation_id)):
            return None
        case_id, _, opener = (*kept.split(" "), "")[:3]  # an earlier program kept no opener
        return store.get(case_id, pair_of(bytes.fromhex(opener)) if opener else None)

    def expects(self, conversation_id: str) -> Expects | None:
        """What a conversation expects next; None when nothing is in hand."""
        kept = self._opened.of(conversation_id)
        if not kept:
            return None
        wanted = kept.split(" ")[1]
        return "next" if wanted == "next" else "sure" if wanted == "sure" else "any"
