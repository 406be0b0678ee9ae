"""Links to pictures that are drawn when they are opened, sealed like links to papers."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from actions.cases.sealing import Sealer


@dataclass(frozen=True)
class PictureLink:
    """What a link shows: a picture by name, as this account may see it."""

    picture: str
    account_id: str


def picture_path(sealer: Sealer, link: PictureLink) -> str:
    return f"/charts/{sealer.seal(asdict(link)).decode()}.png"


def opened_picture(sealer: Sealer, token: str, minutes: int) -> PictureLink | None:
    """What a link's token shows; None when it is forged or expired."""
    kept = sealer.open(token.encode("ascii", "replace"), within=minutes * 60)
    try:
        return PictureLink(**kept) if isinstance(kept, dict) else None
    except TypeError:
        return None
