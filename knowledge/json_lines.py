"""Files of JSON lines in the data folder that grow while the assistant runs; whoever reads them looks for changes."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

Version = tuple[int, int]


class JsonLines:
    """Rows appended by any process and read by all.

    Attributes:
        version: changes whenever the file does; None without one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    @property
    def version(self) -> Version | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_size

    def append(self, row: dict[str, Any]) -> None:
        """Write one more."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def rows(self) -> list[dict[str, Any]]:
        """All rows, in the order they were written."""
        if self.version is None:
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.strip()]
