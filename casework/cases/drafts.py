"""The draft of a conversation: the one place that says which it is."""

from __future__ import annotations

from casework.cases.case import Case, Kind
from casework.cases.store import CaseStore


def draft_of(store: CaseStore, conversation_id: str, kind: Kind) -> Case | None:
    """The draft of a kind that a conversation goes on with; None where it has none."""
    return next(iter(store.drafts_of(conversation_id, kind)), None)
