"""The one knowledge base of a process, for code that a framework constructs (Rasa components, actions)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from knowledge.base import KnowledgeBase
from knowledge.build import open_knowledge
from knowledge.settings import KnowledgeSettings

_lock = threading.Lock()
_bases: dict[tuple[Path, str], KnowledgeBase] = {}
_kept: ContextVar[KnowledgeBase | None] = ContextVar("kept", default=None)


def shared_knowledge(settings: KnowledgeSettings | None = None) -> KnowledgeBase:
    """Return the process's knowledge base, opened (and built if its sources changed) at the first call."""
    if (kept := _kept.get()) is not None:
        return kept
    wanted = settings or KnowledgeSettings.current()
    key = (wanted.data_dir, wanted.encoder)
    with _lock:
        if key not in _bases:
            _bases[key] = open_knowledge(wanted)
        return _bases[key]


def switch_to(knowledge: KnowledgeBase, settings: KnowledgeSettings) -> None:
    """Make a newer version the process's knowledge base, from the next message on."""
    with _lock:
        _bases[settings.data_dir, settings.encoder] = knowledge


@contextmanager
def one_version(settings: KnowledgeSettings) -> Iterator[None]:
    """Keep to the version that is current now until the message is answered, whatever is switched to meanwhile."""
    token = _kept.set(shared_knowledge(settings))
    try:
        yield
    finally:
        _kept.reset(token)
