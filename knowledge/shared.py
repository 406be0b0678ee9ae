"""The knowledge bases that a process has open, one for each data folder, and the one that answers a turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knowledge.base import KnowledgeBase
from knowledge.build import open_knowledge
from knowledge.settings import KnowledgeSettings
from knowledge.turn import VERSION

_lock = threading.Lock()
_bases: dict[tuple[Path, str], KnowledgeBase] = {}


def shared_knowledge(settings: KnowledgeSettings) -> KnowledgeBase:
    """Return the process's knowledge base, opened (and built if its sources changed) at the first call."""
    if (kept := VERSION.get()) is not None:
        return kept
    key = (settings.data_dir, settings.encoder)
    with _lock:
        if key not in _bases:
            _bases[key] = open_knowledge(settings)
        return _bases[key]


def knowledge_of_turn() -> KnowledgeBase:
    """For what Rasa makes itself: the version that answers the turn.

    Outside of a turn of ours, where ``rasa train`` or ``rasa run`` load the model, it is the one that the environment
    names: nobody of us is there to hand another one in.
    """
    return VERSION.get() or shared_knowledge(KnowledgeSettings.current())


def switch_to(knowledge: KnowledgeBase, settings: KnowledgeSettings) -> None:
    """Make a newer version the process's knowledge base, from the next message on."""
    with _lock:
        _bases[settings.data_dir, settings.encoder] = knowledge


@contextmanager
def one_version(settings: KnowledgeSettings) -> Iterator[None]:
    """Keep to the version that is current now until the message is answered, whatever is switched to meanwhile."""
    token = VERSION.set(shared_knowledge(settings))
    try:
        yield
    finally:
        VERSION.reset(token)
