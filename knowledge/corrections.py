"""Conclusions that the office has corrected or approved while the assistant runs.

They lie in the data folder as JSON lines, the last word on an entry counts. A running process looks at the file's date,
so that a correction is heard in the next answer, without a deployment.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from knowledge.entries import Entry, Fact, State
from knowledge.json_lines import JsonLines, Version

FILE = "corrected_entries.jsonl"
LONGEST = 60


class CorrectionError(ValueError):
    """A conclusion that cannot be taken; the message says why, in Chinese."""


@dataclass(frozen=True)
class Correction:
    """What the office says of an entry.

    Attributes:
        conclusion: the answer's first sentence.
        state: draft, or approved by the office.
        by, at: who, and the moment in ISO format.
    """

    entry: str
    conclusion: str
    state: State
    by: str
    at: str


class Corrections:
    """The corrections of a data folder, read again when the file changes."""

    def __init__(self, folder: Path) -> None:
        self._lines = JsonLines(folder / FILE, Correction)
        self._lock = threading.Lock()
        self._seen: Version | None = None
        self._latest: dict[str, Correction] = {}
        self._all: list[Correction] = []

    def add(self, correction: Correction) -> None:
        """Write one more.

        Raises:
            CorrectionError: it is no sentence of a fitting length.
        """
        text = correction.conclusion.strip()
        if not 4 <= len(text) <= LONGEST or "\n" in text or not text.endswith(("。", "！", "？")):
            raise CorrectionError(f"结论请写一句话，4 到 {LONGEST} 个字，以句号结尾。")
        self._lines.append(correction)

    def latest(self, entry_id: str) -> Correction | None:
        self._read()
        return self._latest.get(entry_id)

    def history(self, entry_id: str) -> list[Correction]:
        """All that was ever said of an entry, the first first."""
        self._read()
        return [one for one in self._all if one.entry == entry_id]

    def applied(self, entry: Entry) -> Entry:
        """The entry as the office wants it said."""
        said = self.latest(entry.id)
        if said is None:
            return entry
        if isinstance(entry, Fact):
            return entry.model_copy(update={"conclusion": said.conclusion, "state": said.state})
        return entry.model_copy(update={"says": said.conclusion, "state": said.state})

    def _read(self) -> None:
        version = self._lines.version
        with self._lock:
            if version == self._seen:
                return
            self._all = self._lines.rows()
            self._latest = {one.entry: one for one in self._all}
            self._seen = version
