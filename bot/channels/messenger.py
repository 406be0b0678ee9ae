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


class Unsure(Away):
    """Nobody knows whether a message was taken: the answer did not come."""


class Gone(Exception):
    """Somebody takes no messages any more (blocked us, left)."""


class Rejected(Exception):
    """The messenger does not take this message, however often it is sent; its reader is told that there was one."""


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

    def arrange(self, parts: list[Part], most: int | None = None) -> list[Part]:
        """The messages of a turn as it takes them: joined, bundled or as links where it counts them or has no files.

        Args:
            most: messages that may be sent now, where that is less than a turn may have.
        """
        ...

    def room(self, sender: str) -> int | None:
        """How many messages somebody may be sent now, a reply within a callback included; None: any number."""
        ...

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; a part without a name whose file is given is a picture.

        Raises:
            Away: later.
            Gone: never, nor anything else.
            Rejected: never.
        """
        ...


class Unlimited:
    """For a messenger that takes as many messages as there are, as they are."""

    def arrange(self, parts: list[Part], most: int | None = None) -> list[Part]:
        """See ``Messenger``."""
        return parts

    def room(self, sender: str) -> int | None:
        """See ``Messenger``."""
        return None
