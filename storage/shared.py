"""The stores of a process, one of each: two connections to one database would lock each other out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from storage.database import Place, SealedStore
from storage.encryption import Sealer, load_sealer
from storage.settings import ActionSettings

Store = TypeVar("Store", bound=SealedStore)
# What makes stores differ: the folder, the keys, the database.
Key = tuple[Path, str, str]

_lock = threading.RLock()
_sealers: dict[Key, Sealer] = {}
_stores: dict[tuple[Key, str], Any] = {}


def _key(settings: ActionSettings) -> Key:
    keys = settings.encryption_key.get_secret_value() if settings.encryption_key else ""
    return settings.data_dir, keys, settings.postgres_url


def shared_sealer(settings: ActionSettings) -> Sealer:
    """Return the process's sealer, its key read at the first call."""
    key = _key(settings)
    with _lock:
        if key not in _sealers:
            _sealers[key] = load_sealer(settings)
        return _sealers[key]


def shared_store(name: str, make: Callable[[Place, Sealer], Store], settings: ActionSettings) -> Store:
    """Return the process's store of a name, opened at the first call."""
    key = _key(settings)
    with _lock:
        if (key, name) not in _stores:
            folder, _, url = key
            _stores[key, name] = make(Place(folder / f"{name}.db", url), shared_sealer(settings))
        store: Store = _stores[key, name]
        return store


def open_stores(settings: ActionSettings) -> list[SealedStore]:
    """The stores of an installation that this process has opened so far."""
    key = _key(settings)
    with _lock:
        return [store for (of, _), store in _stores.items() if of == key]
