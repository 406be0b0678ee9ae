"""Vectors by text on disk, so that a build embeds only what is new and one that was stopped goes on where it was."""

from __future__ import annotations

import fcntl
import hashlib
import math
import time
import zlib
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.bulk_encoding import Brought, BulkEncoder, brought, text_key
from knowledge.encoder import Encoder, Vectors
from knowledge.query_cleaning import clean_query
from knowledge.text import as_printed

# So many are embedded, then kept: what a kill costs is a few seconds.
CHUNK = 1024
ENTRY = np.dtype([("key", "<u8"), ("checksum", "<u4")])
Keys = NDArray[np.uint64]


class VectorFile:
    """Vectors by key in two files that only grow: ``….keys`` with checksums, ``….vectors`` with 32-bit numbers.

    Several processes may add at once. What a kill left half written, or a bad disk changed, is as if it were not there.
    """

    def __init__(self, path: Path, width: int) -> None:
        self._keys, self._vectors, self._width = path.with_suffix(".keys"), path.with_suffix(".vectors"), width
        self._open()

    def _open(self) -> None:
        self._entries: NDArray[np.void] = np.zeros(0, ENTRY)
        self._rows: dict[int, int] = {}
        self._mapped: Vectors = np.zeros((0, self._width), np.float32)
        try:
            held = min(self._keys.stat().st_size // ENTRY.itemsize, self._vectors.stat().st_size // (4 * self._width))
        except OSError:
            return
        if held:
            self._entries = np.fromfile(self._keys, ENTRY, held)
            self._mapped = np.memmap(self._vectors, np.float32, "r", shape=(held, self._width))
            self._rows = dict(zip(self._entries["key"].tolist(), range(held), strict=True))

    def found(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """Those of the keys that are there and whole."""
        rows = {key: row for key in keys if (row := self._rows.get(int(key, 16))) is not None}
        vectors = self._mapped[list(rows.values())]
        checksums = self._entries["checksum"][list(rows.values())].tolist()
        return {key: vector for key, vector, checksum in zip(rows, vectors, checksums, strict=True)
                if zlib.crc32(vector.tobytes()) == checksum}  # fmt: skip

    def add(self, vectors: dict[str, Vectors]) -> None:
        """Keep vectors."""
        self._keys.parent.mkdir(parents=True, exist_ok=True)
        rows = np.stack(list(vectors.values())).astype(np.float32)
        entries = np.array([(int(key, 16), zlib.crc32(row.tobytes())) for key, row in zip(vectors, rows, strict=True)],
                           ENTRY)  # fmt: skip
        with self._keys.open("ab") as keys, self._vectors.open("ab") as numbers:
            fcntl.flock(keys, fcntl.LOCK_EX)
            held = min(keys.seek(0, 2) // ENTRY.itemsize, numbers.seek(0, 2) // (4 * self._width))
            keys.truncate(held * ENTRY.itemsize)
            numbers.truncate(held * 4 * self._width)
            numbers.write(rows.tobytes())
            numbers.flush()
            keys.write(entries.tobytes())
        self._open()


class VectorCache:
    """Vectors of an encoder by text, kept in a folder.

    Args:
        say: is told how far it is where that takes more than a moment.
    """

    def __init__(self, folder: Path, encoder: Encoder, say: Callable[[str], None] = lambda message: None) -> None:
        name = hashlib.sha256(encoder.version.encode()).hexdigest()[:12]
        self.encoder, self._say = encoder, say
        self._file = VectorFile(folder / f"vectors-{name}", encoder.width)
        self._bulk = BulkEncoder(encoder)
        self._unsaved: dict[str, Vectors] = {}

    def queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions, shape (n, d)."""
        return self.cores([clean_query(text) for text in texts])

    def cores(self, texts: list[str]) -> Vectors:
        """Vectors of questions as ``core`` leaves them, shape (n, d)."""
        return self._vectors("q", texts)

    def passages(self, texts: list[str]) -> Vectors:
        """Vectors of passages, shape (n, d)."""
        return self._vectors("p", [as_printed(text) for text in texts])

    def _vectors(self, role: str, texts: list[str]) -> Vectors:
        keys = [text_key(role, text) for text in texts]
        found: Vectors = np.empty((len(texts), self.encoder.width), np.float32)
        new: dict[str, str] = {}
        for start in range(0, len(keys), CHUNK):
            some = keys[start : start + CHUNK]
            known = self._known(some)
            for row, key in enumerate(some, start):
                if key in known:
                    found[row] = known[key]
                else:
                    new[key] = texts[row]
        if new:
            self._embed(role, new)
            places: dict[str, list[int]] = {}
            for row, key in enumerate(keys):
                if key in new:
                    places.setdefault(key, []).append(row)
            waiting = list(places)
            for start in range(0, len(waiting), CHUNK):
                for key, vector in self._known(waiting[start : start + CHUNK]).items():
                    found[places[key]] = vector
        return found

    def _known(self, keys: Sequence[str]) -> dict[str, Vectors]:
        known = self._file.found([key for key in keys if key not in self._unsaved])
        return known | {key: self._unsaved[key] for key in keys if key in self._unsaved}

    def _embed(self, role: str, new: dict[str, str]) -> None:
        """Embed what is new, keeping each part of it once it is done."""
        from_encoder = {key: self._brought.vectors[key] for key in new if key in self._brought.vectors}
        self._unsaved |= from_encoder
        left = [(key, text) for key, text in new.items() if key not in from_encoder]
        started = time.monotonic()
        for start in range(0, len(left), CHUNK):
            part = left[start : start + CHUNK]
            vectors = self._bulk.encode(role, [text for _, text in part], of=len(left))
            self._unsaved |= zip((key for key, _ in part), vectors, strict=True)
            if len(left) > CHUNK:
                done = start + len(part)
                seconds = (time.monotonic() - started) / done * (len(left) - done)
                self._say(f"计算句向量 {done:,}/{len(left):,}，约还需 {math.ceil(seconds / 60)} 分钟 …")
                self.save()

    @cached_property
    def _brought(self) -> Brought:
        return brought(self.encoder.name)

    def was_taught(self, text: str) -> bool:
        """Whether the encoder was taught on a question (as ``core`` leaves it): who is fitted on such is too sure."""
        return text_key("q", text) in self._brought.taught

    def save(self) -> None:
        """Keep what is new, if anything is."""
        if self._unsaved:
            self._file.add(self._unsaved)
            self._unsaved = {}
