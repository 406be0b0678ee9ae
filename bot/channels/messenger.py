"""What every messenger can do, as the relay sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.channels.rendering import Part


@dataclass(frozen=True)
class File:
    """A file of ours as a browser would save it."""

    name: str
    content: bytes


Fetch = Callable[[str], Awaitable[File]]


class Away(Exception):
    """The messenger cannot be reached now; what waits is sent later."""


class Gone(Exception):
    """Somebody takes no messages any more (blocked us, left)."""


class Messenger(Protocol):
    """What a channel can do.

    Attributes:
        longest: characters that one message may have.
        has_buttons: whether messages can carry buttons; where they cannot, people answer with a number.
    """

    channel: str
    shown_name: str
    longest: int
    has_buttons: bool

    @property
    def in_private(self) -> str:
        """What is said in a group to who should rather talk to us alone."""
        ...

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; a part without a name whose file is given is a picture.

        Raises:
            Away: later.
            Gone: never.
        """
        ...
