"""Download links: sealed, so that they say nothing, and good for a while only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TypeVar

from storage.encryption import Encryptor

# What their keys are derived for.
LINKS = "links"


@dataclass(frozen=True)
class FileLink:
    """What a link opens.

    Attributes:
        paper: ``form`` or ``report``.
        form: ``docx``, ``pdf`` or ``json``.
        owner_only: the browser that opens it must belong to the case's owner.
    """

    case_id: str
    paper: str
    form: str
    owner_only: bool


@dataclass(frozen=True)
class PictureLink:
    """A picture that is drawn when it is opened, by name, as this account may see it."""

    picture: str
    account_id: str


@dataclass(frozen=True)
class CalendarLink:
    """Somebody's tasks as a calendar file to import once."""

    calendar: str


Link = TypeVar("Link", FileLink, PictureLink, CalendarLink)


def link_path(encryptor: Encryptor, link: FileLink, name: str) -> str:
    """The path of a link; ``name`` is what the file is saved as."""
    return f"/files/{_token(encryptor, link)}/{name}.{link.form}"


def picture_path(encryptor: Encryptor, link: PictureLink) -> str:
    return f"/charts/{_token(encryptor, link)}.png"


def calendar_path(encryptor: Encryptor, link: CalendarLink) -> str:
    return f"/calendar/once/{_token(encryptor, link)}/任务日历.ics"


def _token(encryptor: Encryptor, link: FileLink | PictureLink | CalendarLink) -> str:
    return encryptor.seal_token(LINKS, asdict(link)).decode()


def opened_link(encryptor: Encryptor, kind: type[Link], token: str, minutes: int) -> Link | None:
    """What a link's token opens; None when it is forged, expired or of another kind."""
    kept = encryptor.open_token(LINKS, token.encode("ascii", "replace"), within=minutes * 60)
    try:
        return kind(**kept) if isinstance(kept, dict) else None
    except TypeError:
        return None
