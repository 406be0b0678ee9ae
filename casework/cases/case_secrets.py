"""A secret for each tip-off, kept apart from it: without it nothing that is sealed of the case opens, wherever it lies.

It is in a store of its own (``cases_keys``) that ordinary backups do not hold (``bot/backups.py``), so that a secret
that is destroyed here kills the case in every backup of the data as well. What remains is that it was destroyed.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.database import SECRETS, EncryptedStore, StoreLocation, creates, hour_of, now
from storage.encryption import Encryptor

KEYS = "cases_keys"
SCHEMA = f"{SECRETS};\ncreate table case_secrets (case_id text primary key, secret blob, destroyed real);\n"
LENGTH, REMEMBERED = 32, 20_000


class CaseSecrets(EncryptedStore):
    """The secrets by case."""

    sealed = (("case_secrets", "secret", ("case_id",)),)
    migrations = (creates(SCHEMA),)

    def __init__(self, location: StoreLocation | Path, encryptor: Encryptor) -> None:
        """Open the store, made as needed.

        Raises:
            KeyFileError: it was written with a key that is not there.
        """
        self._remembered: OrderedDict[str, bytes] = OrderedDict()
        self._bulk = False
        super().__init__(location, encryptor)

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Make many in one transaction."""
        with self._writing():
            self._bulk = True
            try:
                yield
            finally:
                self._bulk = False

    def make(self, case_id: str) -> None:
        """Make the secret of a new case; it is kept before anything is sealed with it."""
        secret = secrets.token_bytes(LENGTH)
        row = {"case_id": case_id, "secret": self._seal("case_secrets", "secret", secret.hex(), case_id)}
        if self._bulk:
            self._db["case_secrets"].insert(row)
        else:
            with self._writing():
                self._db["case_secrets"].insert(row)
        self._remember(case_id, secret)

    def of(self, case_id: str) -> bytes:
        """A case's secret; empty where it has none, or none any more."""
        with self._lock:
            if found := self._remembered.get(case_id):
                return found
        rows = self._read("select secret from case_secrets where case_id = ? and secret is not null", case_id)
        if not rows:
            return b""
        return self._remember(case_id, bytes.fromhex(self._open("case_secrets", "secret", rows[0][0], case_id)))

    def _remember(self, case_id: str, secret: bytes) -> bytes:
        with self._lock:
            self._remembered[case_id] = secret
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return secret

    def forget(self) -> None:
        """Keep none in memory: another process may have destroyed it."""
        with self._lock:
            self._remembered.clear()

    def destroy(self, case_ids: Iterable[str]) -> None:
        """Destroy secrets: overwritten in the file, and in its log."""
        gone = list(case_ids)
        with self._writing():
            for case_id in gone:
                self._db.execute(
                    "update case_secrets set secret = null, destroyed = ? where case_id = ?", [hour_of(now()), case_id]
                )
        with self._lock:
            for case_id in gone:
                self._remembered.pop(case_id, None)
        self.write_over()

    def destroyed(self) -> set[str]:
        """The cases whose secret was destroyed."""
        return {row[0] for row in self._read("select case_id from case_secrets where secret is null")}
