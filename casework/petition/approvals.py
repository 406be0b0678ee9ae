"""Which explanations the office has approved: the very words it read, and no others.

Kept in the data folder as JSON lines, the last word on an explanation counts. Whoever edits explanations.yml afterwards
has a draft again, for the approval names the words by their hash.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path

from casework.petition.explanations import Situation
from knowledge.json_lines import JsonLines, Version

FILE = "approved_explanations.jsonl"


@dataclass(frozen=True)
class Approval:
    """The office's word on an explanation.

    Attributes:
        words: hash of the explanation as it was read.
        by, at: account id, and the moment in ISO format.
        withdrawn: it stands no longer.
    """

    situation: str
    words: str
    by: str
    at: str
    withdrawn: bool = False


class Approvals:
    """The approvals of a data folder, read again when the file changes."""

    def __init__(self, folder: Path) -> None:
        self._lines = JsonLines(folder / FILE, Approval)
        self._lock = threading.Lock()
        self._seen: Version | None = None
        self._latest: dict[str, Approval] = {}

    def add(self, situation: Situation, by: str, at: str, withdrawn: bool = False) -> None:
        self._lines.append(Approval(situation.id, words_of(situation), by, at, withdrawn))

    def of(self, situation: Situation) -> Approval | None:
        """The approval of an explanation as it reads now; None while it is a draft."""
        version = self._lines.version
        with self._lock:
            if version != self._seen:
                self._latest = {approval.situation: approval for approval in self._lines.rows()}
                self._seen = version
            found = self._latest.get(situation.id)
        stands = found is not None and not found.withdrawn and found.words == words_of(situation)
        return found if stands else None


def words_of(situation: Situation) -> str:
    """What an approval is of; how people put their case (``like``) is for finding only."""
    return hashlib.sha256(situation.model_dump_json(exclude={"like"}).encode()).hexdigest()
