"""Replies as a messenger can carry them: pieces of text, buttons, files and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Where a long text may be parted: behind a paragraph, a line, a sentence.
ENDS = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"(?<=[。；！？])"))


@dataclass(frozen=True)
class Part:
    """One message of a messenger.

    Attributes:
        buttons: what each shows and what tapping it says.
        file: address of a file of ours, fetched when it is sent.
        name: what the file is called; empty for a picture.
    """

    text: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    file: str = ""
    name: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"text": self.text, "buttons": [list(b) for b in self.buttons], "file": self.file, "name": self.name}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Part:
        return cls(kept["text"], tuple((title, says) for title, says in kept["buttons"]), kept["file"], kept["name"])


def rendered(replies: list[dict[str, Any]], longest: int, public_url: str) -> list[Part]:
    """The messages that carry some replies.

    Args:
        longest: characters that one message may have.
        public_url: where our pages are reached from outside; empty: nowhere, and no links are given.
    """
    return [part for reply in replies for part in _parts(reply, longest, public_url.rstrip("/"))]


def _parts(reply: dict[str, Any], longest: int, public_url: str) -> Iterator[Part]:
    custom = reply.get("custom") or {}
    text = "\n\n".join(filter(None, [reply.get("text") or "", _sources(custom, public_url)]))
    pieces = list(split(text, longest)) or [""]
    files = [file for file in custom.get("files") or [] if not file["url"].startswith("/console")]
    buttons = tuple((button["title"], button["payload"]) for button in reply.get("buttons") or [])
    for number, piece in enumerate(pieces, start=1):
        last = number == len(pieces)
        yield Part(piece, buttons if last else ())
    if reply.get("image"):
        yield Part(file=reply["image"])
    for file in files:
        yield Part(file=file["url"], name=file["title"])


def _sources(custom: dict[str, Any], public_url: str) -> str:
    """A short line a clause, with a link to it, when our pages can be reached."""
    if not public_url:
        return ""
    urls = {citation["url"]: citation["clause"] for citation in custom.get("citations") or []}
    return "\n".join(f"依据 {clause}：{public_url}{url}" for url, clause in list(urls.items())[:5])


def split(text: str, longest: int) -> Iterator[str]:
    """A text in pieces of at most so many characters, parted at the last paragraph, line or sentence that fits."""
    rest = text.strip()
    while len(rest) > longest:
        cut = next((place for ends in ENDS if (place := _last_end(ends, rest, longest))), longest)
        yield rest[:cut].strip()
        rest = rest[cut:].strip()
    if rest:
        yield rest


def _last_end(ends: re.Pattern[str], text: str, longest: int) -> int:
    places = [match.end() for match in ends.finditer(text[: longest + 1]) if match.end() <= longest]
    # A tiny first piece is no good place to part.
    return next((place for place in reversed(places) if place > longest // 3), 0)
