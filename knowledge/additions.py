"""Questions that the office adds while the assistant runs, answerable at once and without training.

They lie in the data folder as JSON lines. A running process looks at the file's date with each search.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.encoder import Encoder, Vectors
from knowledge.json_lines import JsonLines, Version
from knowledge.query_cleaning import clean_query

FILE = "added_questions.jsonl"
# Chosen by hand and strict: a question that is not the added one must never get its answer.
SAME_QUESTION = 0.955


@dataclass(frozen=True)
class Addition:
    """A question as people put it, the clause that answers it, and the job whose question it is."""

    question: str
    clause: str
    job: str


class Additions:
    """The added questions of a data folder, read again when the file changes."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._lines, self._encoder = JsonLines(folder / FILE, Addition), encoder
        self._lock = threading.Lock()
        self._seen: Version | None = None
        self._added: list[Addition] = []
        self._vectors: Vectors | None = None

    @property
    def version(self) -> Version | None:
        """Changes whenever the file does; None without one."""
        return self._lines.version

    def add(self, addition: Addition) -> None:
        """Write one more."""
        self._lines.append(addition)

    def all(self) -> list[Addition]:
        self._read()
        return self._added

    def match(self, asked: str) -> Addition | None:
        """The added question that a normalised question is, if it is one."""
        self._read()
        if self._vectors is None:
            return None
        exact = next((added for added in self._added if clean_query(added.question) == asked), None)
        if exact:
            return exact
        similar = self._vectors @ self._encoder.query(asked)
        best = int(np.argmax(similar))
        return self._added[best] if similar[best] >= SAME_QUESTION else None

    def _read(self) -> None:
        version = self.version
        with self._lock:
            if version == self._seen:
                return
            self._added = self._lines.rows()
            self._vectors = (
                self._encoder.queries([clean_query(a.question) for a in self._added]) if self._added else None
            )
            self._seen = version
