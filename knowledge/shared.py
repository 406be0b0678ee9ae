"""The one knowledge base of a process, for code that a framework constructs (Rasa components, actions)."""

from __future__ import annotations

import threading
from pathlib import Path

from knowledge.base import KnowledgeBase
from knowledge.build import open_knowledge
from knowledge.settings import KnowledgeSettings

_lock = threading.Lock()
_bases: dict[tuple[Path, str], KnowledgeBase] = {}


def shared_knowledge(settings: KnowledgeSettings | None = None) -> KnowledgeBase:
    """Return the process's knowledge base, opened (and built if its sources changed) at the first call."""
    wanted = settings or KnowledgeSettings.current()
    key = (wanted.data_dir, wanted.encoder)
    with _lock:
        if key not in _bases:
            _bases[key] = open_knowledge(wanted)
        return _bases[key]
