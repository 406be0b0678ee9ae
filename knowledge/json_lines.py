"""Files of JSON lines in the data folder that grow while the assistant runs; whoever reads them looks for changes."""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import TypeAdapter


class DataclassRow(Protocol):
    """What every dataclass is to a type checker."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Row = TypeVar("Row", bound=DataclassRow)
Version = tuple[int, int]
log = logging.getLogger(__name__)


class JsonLines(Generic[Row]):
    """Rows appended by any process and read by all.

    Attributes:
        version: changes whenever the file does; None without one.
    """

    def __init__(self, path: Path, kind: type[Row]) -> None:
        """Take the file and the dataclass whose rows it holds."""
        self._path, self._rows = path, TypeAdapter(kind)
        self._lock = threading.Lock()

    @property
    def version(self) -> Version | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_size

    def append(self, row: Row) -> None:
        """Write one more."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(asdict(row), ensure_ascii=False).encode() + b"\n"
        with self._lock, self._path.open("a+b") as file:
            # Where the power went in the middle of a line, that one alone is lost.
            if file.tell():
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)

    def rows(self) -> list[Row]:
        """All rows that can be read, in the order they were written.

        One that cannot be is said in the log and left out: everybody who asks would wait for whoever mends the file.
        """
        if self.version is None:
            return []
        found = []
        for number, line in enumerate(self._path.read_bytes().splitlines(), 1):
            try:
                found += [self._rows.validate_json(line)] if line.strip() else []
            except ValueError:  # no JSON, or not of that kind; the words of it stay out of the log
                log.warning("%s:%d cannot be read and is left out", self._path, number)
        return found
