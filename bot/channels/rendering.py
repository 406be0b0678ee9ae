"""Replies as a messenger can carry them: pieces of text, buttons, files and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from casework.interview.commands import TICK

# Where a long text may be parted: behind a paragraph, a line, a sentence.
ENDS = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"(?<=[。；！？])"))
# A page of ours as replies name it: （/console）. Outside our page such a path leads nowhere without its host.
PATH = re.compile(
    r"(?P<open>（)?(?<![\w/:.@-])(?P<path>/(?:console|calendar|charts|files|plan|self-check|tip-off|my-data)"
    r"(?:[/?#][\w\-./?=&%#~]*)?)(?![\w/])(?(open)）)"
)


@dataclass(frozen=True)
class Part:
    """One message of a messenger.

    Attributes:
        buttons: what each shows and what tapping it says.
        file: address of a file of ours, fetched when it is sent.
        name: what the file is called; empty for a picture.
        key: the same each time this message is sent, and no other's; empty until it is kept.
        copies: what a button copies to the clipboard (a receipt); such a message is not to be passed on.
        answers: id of the message that it answers, for a group, where others speak in between.
        edits: id of a message of ours that it takes the place of.
    """

    text: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    file: str = ""
    name: str = ""
    key: str = ""
    copies: str = ""
    answers: str = ""
    edits: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Part:
        return cls(**{**kept, "buttons": tuple((title, says) for title, says in kept["buttons"])})


@dataclass(frozen=True)
class Carries:
    """What a messenger carries.

    Attributes:
        longest: characters that one message may have.
        buttons: whether it has any; where it has none, the choices stand in the text.
        public_url: where our pages are reached from outside; empty: nowhere, and no links are given.
    """

    longest: int
    buttons: bool
    public_url: str


@dataclass(frozen=True)
class Rendered:
    """The messages that carry some replies, and what a number or some words of the choices in them mean."""

    parts: list[Part]
    menu: dict[str, str]


def rendered(replies: list[dict[str, Any]], carries: Carries) -> Rendered:
    """The messages that carry some replies."""
    menu = Menu()
    return Rendered([part for reply in replies for part in _parts(reply, carries, menu)], menu.says)


class Menu:
    """Choices for people whose messenger has no buttons: “回复数字”, counted on over all replies of a turn."""

    def __init__(self) -> None:
        self.says: dict[str, str] = {}
        self._count = 0

    def lines(self, buttons: tuple[tuple[str, str], ...], by_words: bool) -> str:
        """The choices as text.

        Args:
            buttons: what each shows and says.
            by_words: a number would be taken for an answer to the question above; choices are named then.
        """
        if by_words:
            named = [
                (title, says) for title, says in buttons if not TICK.fullmatch(says)
            ]  # those stand in the question
            self.says |= dict(named)
            return f"也可以回复：{'、'.join(title for title, _ in named)}" if named else ""
        lines = []
        for title, says in buttons:
            self._count += 1
            self.says[str(self._count)] = self.says[title] = says
            lines.append(f"{self._count}. {title}")
        return "\n".join(["回复数字即可：", *lines]) if lines else ""


def _parts(reply: dict[str, Any], carries: Carries, menu: Menu) -> Iterator[Part]:
    custom = reply.get("custom") or {}
    url = carries.public_url.rstrip("/")
    text = [with_hosts(reply.get("text") or "", url), _sources(custom, url), _in_the_console(custom, url)]
    buttons = tuple((button["title"], button["payload"]) for button in reply.get("buttons") or [])
    if not carries.buttons:
        open_question = (custom.get("interview") or {}).get("typed", False)
        text, buttons = [*text, menu.lines(buttons, by_words=open_question)], ()
    pieces = list(split("\n\n".join(filter(None, text)), carries.longest)) or [""]
    for number, piece in enumerate(pieces, start=1):
        last = number == len(pieces)
        if piece or (last and buttons):
            yield Part(piece, buttons if last else (), copies=custom.get("receipt") or "")
    if reply.get("image"):
        yield Part(file=reply["image"])
    for file in custom.get("files") or []:
        if not file["url"].startswith("/console"):
            yield Part(file=file["url"], name=file["title"])


def with_hosts(text: str, public_url: str) -> str:
    """A text whose paths of ours are whole addresses; without an address they are left out."""
    return PATH.sub(lambda found: f" {public_url}{found['path']} " if public_url else "", text)


def at(public_url: str, path: str = "/") -> str:
    """A page of ours as it stands in a sentence; empty when it cannot be reached from outside."""
    return f" {public_url.rstrip('/')}{path} " if public_url else ""


def _in_the_console(custom: dict[str, Any], public_url: str) -> str:
    """Papers that open only in the console: where to find them."""
    files = [file for file in custom.get("files") or [] if file["url"].startswith("/console")]
    return "\n".join(f"{file['title']}：{public_url}{file['url']}" for file in files) if public_url else ""


def _sources(custom: dict[str, Any], public_url: str) -> str:
    """A short line a clause, with a link to it, when our pages can be reached."""
    if not public_url:
        return ""
    urls = {citation["url"]: citation["clause"] for citation in custom.get("citations") or []}
    return "\n".join(f"依据 {clause}：{public_url}{url}" for url, clause in list(urls.items())[:5])


def split(text: str, longest: int) -> Iterator[str]:
    """A text in pieces of at most so many characters, parted at the last paragraph, line or sentence that fits.

    Characters are counted as messengers count them: 😀 and rare Chinese characters are two (UTF-16).
    """
    rest = text.strip()
    while (fitting := _fitting(rest, longest)) < len(rest):
        cut = next((place for ends in ENDS if (place := _last_end(ends, rest, fitting))), fitting)
        yield rest[:cut].strip()
        rest = rest[cut:].strip()
    if rest:
        yield rest


def _fitting(text: str, longest: int) -> int:
    """How many letters of a text fit; at least one does."""
    short = text[:longest]
    if short.isascii() or max(short) <= "\uffff":
        return len(short)
    return max(len(short.encode("utf-16-le")[: longest * 2].decode("utf-16-le", "ignore")), 1)


def _last_end(ends: re.Pattern[str], text: str, longest: int) -> int:
    places = [match.end() for match in ends.finditer(text[: longest + 1]) if match.end() <= longest]
    # A tiny first piece is no good place to part.
    return next((place for place in reversed(places) if place > longest // 3), 0)
