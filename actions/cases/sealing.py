"""The keys that seal what is kept, and the two things done with them.

Values are sealed with Fernet. The newest key seals; older ones still open. What must be found again without
being readable (who is speaking, a resume code) is kept as a keyed hash under a lookup secret of its own, so
that a new sealing key changes no hash.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from actions.settings import ActionSettings

KEY_FILE = "secret.key"


class KeyFileError(RuntimeError):
    """The encryption key is missing its form; the message says what to do."""


class Sealer:
    """Seals JSON values; opens what any of its keys sealed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take Fernet keys, the newest first."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise KeyFileError("ASSISTANT_ENCRYPTION_KEY 不是有效的 Fernet 密钥，请重新生成。") from error
        self._naming = hmac.digest(keys[0], b"pseudonyms", "sha256")

    def pseudonym(self, name: str, day: date) -> str:
        """A name for somebody that holds for a day and cannot be read back, nor tied to that of another day."""
        today = hmac.digest(self._naming, day.isoformat().encode(), "sha256")
        return hmac.digest(today, name.encode(), "sha256").hex()

    def seal(self, value: Any) -> bytes:
        return self._fernet.encrypt(json.dumps(value, ensure_ascii=False).encode())

    def open(self, sealed: bytes, within: float | None = None) -> Any:
        """Open a sealed value.

        Args:
            within: seconds since it was sealed after which it counts as expired.

        Returns:
            The value; None when it is expired, damaged, or sealed with a key that is not there.
        """
        try:
            return json.loads(self._fernet.decrypt(sealed, ttl=None if within is None else int(within)))
        except InvalidToken:
            return None

    def renew(self, sealed: bytes) -> bytes:
        """Seal the same value with the newest key.

        Raises:
            InvalidToken: none of the keys opens it.
        """
        return self._fernet.rotate(sealed)


class SecretTable(Protocol):
    """Where a store keeps its sealed lookup secret."""

    def read_secret(self) -> bytes | None: ...

    def write_secret(self, sealed: bytes) -> None: ...


class Lookup:
    """Turns names into keys that cannot be read back."""

    def __init__(self, sealer: Sealer, table: SecretTable) -> None:
        """Read the store's lookup secret, or make it at the first start.

        Raises:
            KeyFileError: the store was written with another key.
        """
        if table.read_secret() is None:
            table.write_secret(sealer.seal(secrets.token_hex(32)))
        kept = sealer.open(table.read_secret() or b"")
        if kept is None:
            raise KeyFileError(
                "数据是用另一把密钥加密的。请在 ASSISTANT_ENCRYPTION_KEY 中写上原来的密钥"
                "（新密钥在前，旧密钥在后，逗号分隔）。"
            )
        self._secret = bytes.fromhex(kept)

    def hash(self, name: str) -> str:
        return hmac.digest(self._secret, name.encode(), "sha256").hex()


def load_sealer(settings: ActionSettings) -> Sealer:
    """Use the keys from the settings, else the one in the data folder, made at the first start (mode 0600).

    Raises:
        KeyFileError: the keys are none, or the folder has data and its key is gone: a new one would open none of it.
    """
    if settings.encryption_key:
        given = settings.encryption_key.get_secret_value()
        return Sealer([key.strip().encode() for key in given.split(",") if key.strip()])
    path = settings.data_dir / KEY_FILE
    if not path.exists():
        # A process that starts beside this one makes the key before it makes a store.
        if any(settings.data_dir.glob("*.db")) and not path.exists():
            raise KeyFileError(
                f"{settings.data_dir} 中有数据，但密钥文件 {path.name} 不见了。请把原来的放回，再重新启动。"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path, Fernet.generate_key())
    return Sealer(path.read_bytes().split())


def _create(path: Path, key: bytes) -> None:
    """Write a key that no other process has written meanwhile."""
    temporary = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
