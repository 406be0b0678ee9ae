"""The stores of a process, one of each: two connections to one database would lock each other out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from storage.database import EncryptedStore, StoreLocation
from storage.encryption import Encryptor, load_encryptor
from storage.settings import ActionSettings

Store = TypeVar("Store", bound=EncryptedStore)
# What makes stores differ: the folder, the keys, the database.
Key = tuple[Path, str, str]

_lock = threading.RLock()
_sealers: dict[Key, Encryptor] = {}
_stores: dict[tuple[Key, str], Any] = {}


def _key(settings: ActionSettings) -> Key:
    keys = settings.encryption_key.get_secret_value() if settings.encryption_key else ""
    return settings.data_dir, keys, settings.postgres_url


def shared_sealer(settings: ActionSettings) -> Encryptor:
    """Return the process's sealer, its key read at the first call."""
    key = _key(settings)
    with _lock:
        if key not in _sealers:
            _sealers[key] = load_encryptor(settings)
        return _sealers[key]


def shared_store(name: str, make: Callable[[StoreLocation, Encryptor], Store], settings: ActionSettings) -> Store:
    """Return the process's store of a name, opened at the first call."""
    key = _key(settings)
    with _lock:
        if (key, name) not in _stores:
            folder, _, url = key
            _stores[key, name] = make(StoreLocation(folder / f"{name}.db", url), shared_sealer(settings))
        store: Store = _stores[key, name]
        return store


def open_stores(settings: ActionSettings) -> list[EncryptedStore]:
    """The stores of an installation that this process has opened so far."""
    key = _key(settings)
    with _lock:
        return [store for (of, _), store in _stores.items() if of == key]
