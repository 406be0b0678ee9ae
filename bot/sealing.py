"""The key that seals what is kept of conversations, and the two things done with it."""

from __future__ import annotations

import hmac
import json
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from bot.settings import Settings


class KeyFileError(RuntimeError):
    """The encryption key is missing its form; the message says what to do."""


class Sealer:
    """Seals JSON values and turns sender ids into keys that cannot be read back."""

    def __init__(self, key: bytes) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError as error:
            raise KeyFileError("ASSISTANT_ENCRYPTION_KEY 不是有效的 Fernet 密钥，请重新生成。") from error
        self._secret = key

    def seal(self, value: Any) -> bytes:
        return self._fernet.encrypt(json.dumps(value, ensure_ascii=False).encode())

    def open(self, sealed: bytes) -> Any:
        """Open a sealed value; None when it was sealed with another key."""
        try:
            return json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            return None

    def pseudonym(self, sender: str) -> str:
        return hmac.digest(self._secret, sender.encode(), "sha256").hex()


def load_sealer(settings: Settings) -> Sealer:
    """Use the key from the settings, else the one in the data folder, made at the first start (mode 0600)."""
    if settings.encryption_key:
        return Sealer(settings.encryption_key.get_secret_value().encode())
    path = settings.data_dir / "secret.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path, Fernet.generate_key())
    return Sealer(path.read_bytes().strip())


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
