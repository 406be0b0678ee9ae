"""Download links: sealed, so that they say nothing, and good for a while only."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from actions.cases.sealing import Sealer


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


def link_path(sealer: Sealer, link: FileLink, name: str) -> str:
    """The path of a link; ``name`` is what the file is saved as."""
    return f"/files/{sealer.seal(asdict(link)).decode()}/{name}.{link.form}"


def opened_link(sealer: Sealer, token: str, minutes: int) -> FileLink | None:
    """What a link's token opens; None when it is forged or expired."""
    kept = sealer.open(token.encode("ascii", "replace"), within=minutes * 60)
    try:
        return FileLink(**kept) if isinstance(kept, dict) else None
    except TypeError:
        return None


def calendar_path(sealer: Sealer, account_id: str) -> str:
    """The path of a calendar file to import once."""
    return f"/calendar/once/{sealer.seal({'calendar': account_id}).decode()}/任务日历.ics"


def opened_calendar(sealer: Sealer, token: str, minutes: int) -> str | None:
    """Whose calendar a token opens; None when it is forged or expired."""
    kept = sealer.open(token.encode("ascii", "replace"), within=minutes * 60)
    return str(kept["calendar"]) if isinstance(kept, dict) and "calendar" in kept else None
