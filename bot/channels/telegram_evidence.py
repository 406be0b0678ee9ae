"""What a Telegram message holds that is evidence: files to fetch, and what becomes one without being a file.

``contents_of`` reads a message; the channel fetches the files and passes everything of a message, or of an album, to
``Relay.take_together`` at once, with ``caption`` as what was said with it. Bot API: https://core.telegram.org/bots/api#message
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from telegram import Message, MessageOrigin

from bot.channels.telegram_messages import is_passed_on
from casework.cases.items import Contact, Forwarded, Item, Link, Location

# A bot may download no more from Telegram's own server.
LARGEST = 20 * 2**20
# What is a file in a message, in the order in which a message of several is read (a GIF has a document too), and what
# it is called when Telegram gives it no name.
FILES = {
    "animation": "动图.mp4",
    "document": "文件",
    "video": "视频.mp4",
    "video_note": "圆形视频.mp4",
    "voice": "语音.ogg",
    "audio": "录音.mp3",
}
PHOTO = "照片.jpg"


@dataclass(frozen=True)
class ToFetch:
    """A file that Telegram keeps.

    Attributes:
        unique: the same for the same file, however often it is sent.
        size: in bytes, as Telegram says; 0 when it does not.
    """

    file_id: str = field(repr=False)
    unique: str
    name: str = field(repr=False)
    size: int

    @property
    def too_large(self) -> bool:
        return self.size > LARGEST


@dataclass(frozen=True)
class Contents:
    """What a message holds besides the sender's own words.

    Attributes:
        caption: what the sender said with it; not what was forwarded.
    """

    files: tuple[ToFetch, ...] = ()
    items: tuple[Item, ...] = ()
    caption: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.files or self.items)


def contents_of(message: Message) -> Contents:
    """Read a message.

    Forwarded words are somebody else's: they become an item, never the sender's caption. A live location counts as the
    place where it began; what it does later are edits, which are no messages. A plain text with a link in it is text.
    """
    files, items = _files(message), _items(message)
    words = message.text or message.caption or ""
    if is_passed_on(message):
        if words:
            about = {"from": _from(message)[:500], "date": _when(message)}
            items.append(Forwarded.model_validate({"type": "forwarded", **about, "text": words}).item())
        return Contents(tuple(files), tuple(items))
    return Contents(tuple(files), tuple(items), message.caption or "")


def _files(message: Message) -> list[ToFetch]:
    if message.photo:
        best = message.photo[-1]
        return [ToFetch(best.file_id, best.file_unique_id, PHOTO, best.file_size or 0)]
    for kind, name in FILES.items():
        if attached := getattr(message, kind, None):
            given = getattr(attached, "file_name", None) or name
            return [ToFetch(attached.file_id, attached.file_unique_id, given, attached.file_size or 0)]
    return []


def _items(message: Message) -> list[Item]:
    items: list[Item] = []
    if venue := message.venue:
        items.append(_place(venue.location, title=venue.title, address=venue.address))
    elif location := message.location:
        items.append(_place(location))
    if card := message.contact:
        name = " ".join(filter(None, (card.last_name, card.first_name)))
        account = f"Telegram {card.user_id}" if card.user_id else ""
        items.append(
            Contact(
                type="contact",
                name=name[:500],
                phones=(card.phone_number,) if card.phone_number else (),
                account=account,
                vcard=(card.vcard or "")[:20_000],
            ).item()
        )
    preview = message.link_preview_options
    if preview and isinstance(preview.url, str) and not _said(message, preview.url):
        items.append(Link(type="link", url=preview.url[:2000]).item())
    return items


def _said(message: Message, url: str) -> bool:
    """Whether a link stands in the words of a message as it is."""
    return url in (message.text or message.caption or "")


def _place(location: Any, **named: str) -> Item:
    named = {key: (value or "")[:500] for key, value in named.items()}
    return Location(type="location", latitude=location.latitude, longitude=location.longitude, **named).item()


def _from(message: Message) -> str:
    """Who said what was forwarded, as far as Telegram tells."""
    origin: MessageOrigin | None = message.forward_origin
    user, chat = (
        getattr(origin, "sender_user", None),
        getattr(origin, "sender_chat", None) or getattr(origin, "chat", None),
    )
    hidden = getattr(origin, "sender_user_name", None)
    name = (user.full_name if user else "") or hidden or (chat.effective_name if chat else "") or ""
    handle = getattr(user or chat, "username", None)
    return f"{name}（@{handle}）" if handle else str(name)


def _when(message: Message) -> str:
    """When what was forwarded was first said."""
    origin = message.forward_origin
    return f"{origin.date:%Y-%m-%d %H:%M}（UTC）" if origin else ""
