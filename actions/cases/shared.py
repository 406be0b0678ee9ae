"""The one case store of a process, for code that a framework constructs (actions)."""

from __future__ import annotations

import threading

from actions.cases.sealing import Sealer, load_sealer
from actions.cases.store import CaseStore
from actions.settings import ActionSettings

_lock = threading.Lock()
_stores: dict[ActionSettings, tuple[CaseStore, Sealer]] = {}


def _opened(settings: ActionSettings | None) -> tuple[CaseStore, Sealer]:
    wanted = settings or ActionSettings()
    key = ActionSettings(data_dir=wanted.data_dir, encryption_key=wanted.encryption_key)
    with _lock:
        if key not in _stores:
            sealer = load_sealer(key)
            _stores[key] = (CaseStore(key.data_dir / "cases.db", sealer), sealer)
        return _stores[key]


def shared_cases(settings: ActionSettings | None = None) -> CaseStore:
    """Return the process's case store, opened at the first call."""
    return _opened(settings)[0]


def shared_sealer(settings: ActionSettings | None = None) -> Sealer:
    """Return the sealer that belongs to the process's case store."""
    return _opened(settings)[1]
