"""The stores of a process, one of each, for code that a framework constructs (actions)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from actions.cases.database import SealedStore
from actions.cases.sealing import Sealer, load_sealer
from actions.cases.store import CaseStore
from actions.settings import ActionSettings

Store = TypeVar("Store", bound=SealedStore)

_lock = threading.RLock()
_sealers: dict[ActionSettings, Sealer] = {}
_stores: dict[tuple[ActionSettings, str], Any] = {}


def _key(settings: ActionSettings | None) -> ActionSettings:
    wanted = settings or ActionSettings()
    return ActionSettings(data_dir=wanted.data_dir, encryption_key=wanted.encryption_key)


def shared_sealer(settings: ActionSettings | None = None) -> Sealer:
    """Return the process's sealer, its key read at the first call."""
    key = _key(settings)
    with _lock:
        if key not in _sealers:
            _sealers[key] = load_sealer(key)
        return _sealers[key]


def shared_store(name: str, make: Callable[[Path, Sealer], Store], settings: ActionSettings | None = None) -> Store:
    """Return the process's store of a file in the data folder, opened at the first call."""
    key = _key(settings)
    with _lock:
        if (key, name) not in _stores:
            _stores[key, name] = make(key.data_dir / name, shared_sealer(key))
        store: Store = _stores[key, name]
        return store


def shared_cases(settings: ActionSettings | None = None) -> CaseStore:
    return shared_store("cases.db", CaseStore, settings)
