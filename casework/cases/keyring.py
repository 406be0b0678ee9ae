"""The keys that whoever is served now has shown: an official's by their password.

They are put here for one request or one message, and the store opens with them what it reads meanwhile; without any it
gives what stands beside the sealed content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from casework.cases.unit_keys import KeyPair

# A value that is sealed to keys, in what the server's own key opens.
SEALED = "sealed"


@dataclass(frozen=True)
class Keyring:
    """What somebody opens with.

    Attributes:
        unit: whose keys these are.
        member: their own pair, under their password.
        pairs: their unit's, the one in use and those before it, by id.
        current: id of the one in use; empty while it was not handed to them yet.
    """

    unit: str = ""
    member: KeyPair | None = field(default=None, repr=False)
    pairs: Mapping[str, KeyPair] = field(default_factory=dict, repr=False)
    current: str = ""


NOTHING = Keyring()
_shown: ContextVar[Keyring] = ContextVar("keyring", default=NOTHING)


def keyring() -> Keyring:
    """The keys of who is served now."""
    return _shown.get()


def show_keys(keys: Keyring) -> None:
    """Open with these until the end of this request: each has a context of its own."""
    _shown.set(keys)


@contextmanager
def shown(keys: Keyring) -> Iterator[None]:
    """Open with these for a while."""
    token = _shown.set(keys)
    try:
        yield
    finally:
        _shown.reset(token)
