"""Questions that the office adds while the assistant runs, answerable at once and without training.

They lie in the data folder as JSON lines. A running process looks at the file's date with each search.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from knowledge.core import core
from knowledge.encoder import Encoder, Vectors

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
        self._path, self._encoder = folder / FILE, encoder
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._added: list[Addition] = []
        self._vectors: Vectors | None = None

    @property
    def version(self) -> tuple[int, int] | None:
        """Changes whenever the file does; None without one."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_size

    def add(self, addition: Addition) -> None:
        """Write one more."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(addition), ensure_ascii=False) + "\n")

    def all(self) -> list[Addition]:
        self._read()
        return self._added

    def match(self, asked: str) -> Addition | None:
        """The added question that a normalised question is, if it is one."""
        self._read()
        if self._vectors is None:
            return None
        exact = next((added for added in self._added if core(added.question) == asked), None)
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
            lines = self._path.read_text(encoding="utf-8").splitlines() if version else []
            self._added = [Addition(**json.loads(line)) for line in lines if line.strip()]
            self._vectors = self._encoder.queries([core(a.question) for a in self._added]) if self._added else None
            self._seen = version
