"""The keys that seal what is kept, and the two things done with them.

What a store keeps is sealed for its place (table, column, row) with AES-GCM: moved to another row or column it does
not open, and it tells no time. Each column has a key of its own, derived from the installation's, so that a process
can be given those of what it has to do with (``PartEncryptor``). What leaves us for a while (links, the list of
a backup) is sealed with Fernet, which knows how old it is. The newest key seals; older ones still open. What must be
found again without being readable (who is speaking, a resume code) is kept as a keyed hash under a lookup secret of its
own, so that a new sealing key changes no hash.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.settings import ActionSettings

KEY_FILE = "secret.key"
# A value that is sealed for its place begins so; Fernet's begin with "g", the base 64 of their version.
IN_PLACE, SALT, NONCE = b"\x04", 16, 12
# One that takes a secret of its own besides, which is kept elsewhere and can be destroyed.
WITH_SECRET = b"\x05"
# The same two as earlier programs sealed them, under one key for all columns.
EARLIER_IN_PLACE, EARLIER_WITH_SECRET = b"\x02", b"\x03"
EARLIER = (EARLIER_IN_PLACE, EARLIER_WITH_SECRET)
# The keys of a part, instead of the installation's, begin so.
PART = "part:"


class KeyFileError(RuntimeError):
    """The encryption key is missing its form; the message says what to do."""


class OutOfPlaceError(RuntimeError):
    """A sealed value was changed or moved since it was written, or its key is not there."""


class DestroyedError(OutOfPlaceError):
    """What a value was sealed with besides the key was destroyed, or is not there."""


class Encryptor:
    """Seals JSON values; opens what any of its keys sealed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take Fernet keys, the newest first."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise KeyFileError("ASSISTANT_ENCRYPTION_KEY 不是有效的 Fernet 密钥，请重新生成。") from error
        self._keys = list(keys)
        self._earlier = [hmac.digest(key, b"sealed for its place", "sha256") for key in keys]
        self._columns: dict[str, list[bytes]] = {}
        self._tokens: dict[str, MultiFernet] = {}
        self._naming = self.naming_key()

    # What a part of the program may be given of it --------------------------------------------------------

    def column_keys(self, column: str) -> list[bytes]:
        """The keys of what is kept in a column (``cases.content``), the newest first."""
        if column not in self._columns:
            self._columns[column] = [hmac.digest(key, f"column {column}".encode(), "sha256") for key in self._keys]
        return self._columns[column]

    def token_keys(self, purpose: str) -> list[bytes]:
        """The Fernet keys of what leaves us for a purpose, the newest first."""
        derived = (hmac.digest(key, f"token {purpose}".encode(), "sha256") for key in self._keys)
        return [urlsafe_b64encode(key) for key in derived]

    def naming_key(self) -> bytes:
        return hmac.digest(self._keys[0], b"pseudonyms", "sha256")

    # What leaves us for a while ---------------------------------------------------------------------------

    def pseudonym(self, name: str, day: date) -> str:
        """A name for somebody that holds for a day and cannot be read back, nor tied to that of another day."""
        today = hmac.digest(self._naming, day.isoformat().encode(), "sha256")
        return hmac.digest(today, name.encode(), "sha256").hex()

    def encrypt(self, value: Any) -> bytes:
        return _fernet_sealed(self._fernet, value)

    def decrypt(self, sealed: bytes, within: float | None = None) -> Any:
        """Open a sealed value.

        Args:
            within: seconds since it was sealed after which it counts as expired.

        Returns:
            The value; None when it is expired, damaged, or sealed with a key that is not there.
        """
        return _fernet_opened(self._fernet, sealed, within)

    def seal_token(self, purpose: str, value: Any) -> bytes:
        """Seal what somebody is given to bring back, for one purpose."""
        return _fernet_sealed(self._tokens_of(purpose), value)

    def open_token(self, purpose: str, sealed: bytes, within: float | None = None) -> Any:
        """Open what was given for a purpose; None as for ``decrypt``."""
        return _fernet_opened(self._tokens_of(purpose), sealed, within)

    def _tokens_of(self, purpose: str) -> MultiFernet:
        if purpose not in self._tokens:
            # Those that earlier programs gave are good until their time is over.
            self._tokens[purpose] = MultiFernet([*map(Fernet, self.token_keys(purpose)), *map(Fernet, self._keys)])
        return self._tokens[purpose]

    # What a store keeps -----------------------------------------------------------------------------------

    def encrypt_for(self, place: str, value: Any, secret: bytes = b"") -> bytes:
        """Seal a value so that it opens in one place only, each under a key of its own.

        Args:
            secret: what it takes besides the key to open it.
        """
        salt, nonce = os.urandom(SALT), os.urandom(NONCE)
        content = json.dumps(value, ensure_ascii=False).encode()
        cipher = _cipher(self.column_keys(_column_of(place))[0], salt + secret)
        mark = WITH_SECRET if secret else IN_PLACE
        return mark + salt + nonce + cipher.encrypt(nonce, content, place.encode())

    def decrypt_in(self, place: str, sealed: bytes, secret: bytes = b"") -> Any:
        """Open a value where it was sealed for.

        Raises:
            DestroyedError: it takes a secret that was not given.
            OutOfPlaceError: it was changed, belongs elsewhere, or was sealed with a key that is not there.
        """
        salt, nonce, content = sealed[1 : 1 + SALT], sealed[1 + SALT : 1 + SALT + NONCE], sealed[1 + SALT + NONCE :]
        column = _column_of(place)
        if takes_secret(sealed) and not secret:
            raise DestroyedError(f"{column} 中有内容的钥匙已经销毁，或者钥匙库没有恢复。")
        besides = salt + secret if takes_secret(sealed) else salt
        for key in self._opening(column, sealed):
            try:
                return json.loads(_cipher(key, besides).decrypt(nonce, content, place.encode()))
            except InvalidTag:
                continue
        raise OutOfPlaceError(f"{column} 中有内容被改动、挪动过，或密钥不对。")

    def _opening(self, column: str, sealed: bytes) -> Sequence[bytes]:
        """The keys that may open a value."""
        if not is_in_place(sealed):
            return ()
        return self._earlier if sealed[:1] in EARLIER else self.column_keys(column)


def _column_of(place: str) -> str:
    """What a place's key is derived for: all rows of a column have one."""
    return place.partition(":")[0]


def _fernet_sealed(fernet: MultiFernet, value: Any) -> bytes:
    return fernet.encrypt(json.dumps(value, ensure_ascii=False).encode())


def _fernet_opened(fernet: MultiFernet, sealed: bytes, within: float | None) -> Any:
    try:
        return json.loads(fernet.decrypt(sealed, ttl=None if within is None else int(within)))
    except InvalidToken:
        return None


def encrypt_for_bearer(secret: str, value: Any) -> str:
    """Seal a value for whoever brings a secret that is long, random and not kept beside it: an address, a button."""
    nonce = os.urandom(NONCE)
    content = json.dumps(value, ensure_ascii=False).encode()
    return b64encode(nonce + _bearers(secret).encrypt(nonce, content, None)).decode()


def decrypt_for_bearer(secret: str, sealed: str) -> Any:
    """Open what ``encrypt_for_bearer`` made; None with another secret, or when it was changed."""
    try:
        kept = b64decode(sealed, validate=True)
        return json.loads(_bearers(secret).decrypt(kept[:NONCE], kept[NONCE:], None))
    except (InvalidTag, ValueError):
        return None


def _bearers(secret: str) -> AESGCM:
    return _cipher(b"sealed for the bearer", secret.encode())


def is_in_place(sealed: bytes) -> bool:
    """Whether a value is sealed for its place, or as earlier programs did."""
    return sealed[:1] in (IN_PLACE, WITH_SECRET, *EARLIER) and len(sealed) > 1 + SALT + NONCE


def takes_secret(sealed: bytes) -> bool:
    return bytes(sealed[:1]) in (WITH_SECRET, EARLIER_WITH_SECRET)


def _cipher(master: bytes, besides: bytes) -> AESGCM:
    return AESGCM(hmac.digest(master, besides, "sha256"))


class SecretTable(Protocol):
    """Where a store keeps its sealed lookup secret."""

    def read_secret(self) -> bytes | None: ...

    def write_secret(self, sealed: bytes) -> None: ...


class BlindIndex:
    """Turns names into keys that cannot be read back."""

    def __init__(self, encryptor: Encryptor, table: SecretTable, place: str = "") -> None:
        """Read the store's lookup secret, or make it at the first start.

        Args:
            place: what it is sealed for; empty: as earlier programs sealed it.

        Raises:
            KeyFileError: the store was written with another key.
        """
        if table.read_secret() is None:
            secret = secrets.token_hex(32)
            table.write_secret(encryptor.encrypt_for(place, secret) if place else encryptor.encrypt(secret))
        self._secret = bytes.fromhex(decrypt_secret(encryptor, table.read_secret() or b"", place))

    def hash(self, name: str) -> str:
        return hmac.digest(self._secret, name.encode(), "sha256").hex()


def decrypt_secret(encryptor: Encryptor, sealed: bytes, place: str) -> str:
    """A store's lookup secret.

    Raises:
        KeyFileError: it was sealed with another key.
    """
    try:
        kept = encryptor.decrypt_in(place, sealed) if is_in_place(sealed) else encryptor.decrypt(sealed)
    except OutOfPlaceError:
        kept = None
    if kept is None:
        raise KeyFileError(
            "数据是用另一把密钥加密的。请在 ASSISTANT_ENCRYPTION_KEY 中写上原来的密钥"
            "（新密钥在前，旧密钥在后，逗号分隔）。"
        )
    return str(kept)


class PartEncryptor(Encryptor):
    """The keys of a part of the program: of the columns and purposes that it has to do with, and of no others."""

    def __init__(self, columns: Mapping[str, Sequence[bytes]], tokens: Mapping[str, Sequence[bytes]], naming: bytes):
        self._columns = {column: list(keys) for column, keys in columns.items()}
        self._tokens = {purpose: MultiFernet(list(map(Fernet, keys))) for purpose, keys in tokens.items()}
        self._naming = naming

    @classmethod
    def read(cls, written: str) -> PartEncryptor:
        """Take what ``keys_for_part`` wrote.

        Raises:
            KeyFileError: it is cut or mistyped.
        """
        try:
            kept = json.loads(urlsafe_b64decode(written.removeprefix(PART)))
            columns = {column: [bytes.fromhex(key) for key in keys] for column, keys in kept["columns"].items()}
            tokens = {purpose: [key.encode() for key in keys] for purpose, keys in kept["tokens"].items()}
            return cls(columns, tokens, bytes.fromhex(kept["naming"]))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise KeyFileError(
                "ASSISTANT_ENCRYPTION_KEY 中这一部分的密钥不完整，请用 python -m bot parts 重新生成。"
            ) from error

    def column_keys(self, column: str) -> list[bytes]:
        """As of all keys.

        Raises:
            OutOfPlaceError: it is none of this part's columns.
        """
        if column not in self._columns:
            raise OutOfPlaceError(f"这个进程没有 {column} 的密钥。")
        return self._columns[column]

    def encrypt(self, value: Any) -> bytes:
        raise OutOfPlaceError("这个进程没有整套密钥。")

    def decrypt(self, sealed: bytes, within: float | None = None) -> Any:
        """Nothing: what is sealed so is for who has all keys."""
        return None

    def _tokens_of(self, purpose: str) -> MultiFernet:
        if purpose not in self._tokens:
            raise OutOfPlaceError(f"这个进程没有 {purpose} 的密钥。")
        return self._tokens[purpose]

    def _opening(self, column: str, sealed: bytes) -> Sequence[bytes]:
        if sealed[:1] in EARLIER:
            raise OutOfPlaceError(f"{column} 中有早先版本加密的内容。请先运行一次 python -m bot cases rotate。")
        return super()._opening(column, sealed)


def keys_for_part(encryptor: Encryptor, columns: Iterable[str], tokens: Iterable[str]) -> str:
    """What a part's ``ASSISTANT_ENCRYPTION_KEY`` is: the keys of these columns and purposes."""
    kept = {
        "columns": {column: [key.hex() for key in encryptor.column_keys(column)] for column in columns},
        "tokens": {purpose: [key.decode() for key in encryptor.token_keys(purpose)] for purpose in tokens},
        "naming": encryptor.naming_key().hex(),
    }
    return PART + urlsafe_b64encode(json.dumps(kept).encode()).decode()


def load_encryptor(settings: ActionSettings) -> Encryptor:
    """Use the keys from the settings, all or a part's, else the one in the data folder, made at the first start (0600).

    Raises:
        KeyFileError: the keys are none, or the folder has data and its key is gone: a new one would open none of it.
    """
    if settings.encryption_key:
        given = settings.encryption_key.get_secret_value()
        if given.startswith(PART):
            return PartEncryptor.read(given)
        return Encryptor([key.strip().encode() for key in given.split(",") if key.strip()])
    path = settings.data_dir / KEY_FILE
    if not path.exists():
        # A process that starts beside this one makes the key before it makes a store.
        if any(settings.data_dir.glob("*.db")) and not path.exists():
            raise KeyFileError(
                f"{settings.data_dir} 中有数据，但密钥文件 {path.name} 不见了。请把原来的放回，再重新启动。"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path, Fernet.generate_key())
    return Encryptor(path.read_bytes().split())


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
