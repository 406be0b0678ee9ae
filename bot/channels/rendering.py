"""Replies as a messenger can carry them: pieces of text, buttons, files and pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from casework.interview.commands import TICK

# Where a long text may be parted: behind a paragraph, a line, a sentence.
ENDS = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"(?<=[。；！？])"))
# How a line begins that says where an answer stands in the plan.
SOURCE = "依据 "
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


def belonging(parts: list[Part], answers: str, edits: str) -> list[Part]:
    """Messages that say what they answer; the first may take the place of an earlier one."""
    return [replace(part, answers=answers, edits="" if number else edits) for number, part in enumerate(parts)]


class Menu:
    """Choices for people whose messenger has no buttons: “回复数字”, counted on over all replies of a turn."""

    def __init__(self) -> None:
        self.says: dict[str, str] = {}
        self._count = 0

    def lines(self, buttons: tuple[tuple[str, str], ...], by_words: bool, above: str) -> str:
        """The choices as text.

        Args:
            buttons: what each shows and says.
            by_words: a number would be taken for an answer to the question above; choices are named then.
            above: the text that they stand under: what it tells people to say (“继续”) is not named again.
        """
        if by_words:
            named = [
                (title, says) for title, says in buttons if not TICK.fullmatch(says)
            ]  # those stand in the question
            self.says |= dict(named)
            known = all(f"“{title}”" in above for title, _ in named)
            return "" if known else f"也可以回复：{'、'.join(title for title, _ in named)}"
        lines = []
        for title, says in buttons:
            self._count += 1
            self.says[str(self._count)] = self.says[title] = says
            lines.append(f"{self._count}. {title}")
        return "\n".join(["回复数字即可：", *lines]) if lines else ""


def _parts(reply: dict[str, Any], carries: Carries, menu: Menu) -> Iterator[Part]:
    custom = reply.get("custom") or {}
    url = carries.public_url.rstrip("/")
    text = with_hosts(reply.get("text") or "", url)
    under = [_sources(custom, url), _in_the_console(custom, url)]
    buttons = tuple((button["title"], button["payload"]) for button in reply.get("buttons") or [])
    if not carries.buttons:
        open_question = (custom.get("interview") or {}).get("typed", False)
        under, buttons = [*under, menu.lines(buttons, open_question, above=text)], ()
    pieces = list(_with_what_stands_under(text, "\n\n".join(filter(None, under)), carries.longest)) or [""]
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
    return "\n".join(f"{SOURCE}{clause}：{public_url}{url}" for url, clause in list(urls.items())[:5])


def _with_what_stands_under(text: str, under: str, longest: int) -> Iterator[str]:
    """A text in pieces; sources and choices stand under words that they belong to, not in a message by themselves."""
    *before, last = list(split(text, longest)) or [""]
    yield from before
    first, rest = halves(last, under, lambda both: _fitting(both, longest) == len(both))
    if first:
        yield first
    yield from split(beneath(rest, under), longest)


def halves(text: str, under: str, fits: Callable[[str], bool]) -> tuple[str, str]:
    """A text in two, if it must be, so that its end stands over what belongs under it.

    Returns:
        What goes before, and what fits together with ``under``: the last paragraph, else the last line. What has
        neither, a quotation perhaps, is not cut for that: all of it is the second, which does not fit.
    """
    if fits(beneath(text, under)):
        return "", text
    for ends in ("\n\n", "\n"):
        before, end, last = text.rpartition(ends)
        if end and fits(beneath(last, under)):
            return before.strip(), last.strip()
    return "", text


def beneath(text: str, under: str) -> str:
    return "\n\n".join(filter(None, (text, under)))


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
