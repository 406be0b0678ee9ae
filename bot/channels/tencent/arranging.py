"""Fits the messages of a turn into what a platform takes: bytes, messages a turn, no documents, short menus."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from bot.channels.relay import Fetch, File
from bot.channels.rendering import SOURCE, Part, beneath, halves, split

MORE, FILES, CHOOSE, CHOOSE_TOO = "查看全文：", "文件（一小时内可以打开）：", "请选择：", "还可以选择："
OR_SAY = "也可以回复："
PICTURE, BUNDLE = "图片", "全部材料.zip"
ZIP = "zip:"


@dataclass(frozen=True)
class Room:
    """What a platform takes.

    Attributes:
        text_bytes: of one text message, in UTF-8.
        most: messages a turn; 0: any number.
        head_bytes: text above the buttons of a menu message; 0: there are none.
        buttons: in one menu message; 0: any number.
        files: whether documents can be sent; where not, links to them are.
        pictures: the same of pictures.
        public_url: where our pages are reached, for those links.
    """

    text_bytes: int
    most: int = 0
    head_bytes: int = 0
    buttons: int = 0
    files: bool = True
    pictures: bool = True
    public_url: str = ""


class Pages(Protocol):
    """Keeps what does not fit, and returns the path at which it can be had for a while."""

    def put_text(self, text: str) -> str: ...

    def put_file(self, path: str) -> str:
        """A short address of a file: phones end an address at the first Chinese character."""
        ...


def arranged(parts: list[Part], room: Room, pages: Pages) -> list[Part]:
    """The same messages as a platform takes them; nothing of them is left out."""
    fitting = list(_joined(_with_menus(_with_heads(_linked(parts, room, pages), room), room), room))
    if not room.most or len(fitting) <= room.most:
        return fitting
    texts, files = [part for part in fitting if not part.file], [part for part in fitting if part.file]
    if texts and files and room.most < 2:
        return fitting  # the rest waits
    texts = _cut(texts, room, room.most - (1 if files else 0), pages)
    return [*texts, *_bundled(files, room.most - len(texts))]


def size(text: str) -> int:
    return len(text.encode())


def _linked(parts: list[Part], room: Room, pages: Pages) -> Iterator[Part]:
    """Files that the platform does not take, as lines with a link."""
    lines = []
    for part in parts:
        taken = room.files if part.name else room.pictures
        if not part.file or taken:
            yield part
        else:
            lines.append(f"{part.name or PICTURE}：{room.public_url.rstrip('/')}{pages.put_file(part.file)}")
    if lines:
        yield Part("\n".join([FILES, *lines]))


def _joined(parts: Iterator[Part], room: Room) -> Iterator[Part]:
    """Texts that fit into one message in one; buttons end a message."""
    held: Part | None = None
    for part in _in_pieces(parts, room):
        if held is None:
            held = part
        elif _may_join(held, part, room):
            held = replace(part, text=f"{held.text}\n\n{part.text}")
        else:
            yield held
            held = part
    if held is not None:
        yield held


def _may_join(first: Part, second: Part, room: Room) -> bool:
    if first.file or second.file or first.buttons:
        return False
    longest = room.head_bytes if second.buttons else room.text_bytes
    return size(first.text) + size(second.text) + 2 <= longest


def _in_pieces(parts: Iterator[Part], room: Room) -> Iterator[Part]:
    for part in parts:
        *before, last = list(pieces(part.text, room.text_bytes)) or [""]
        for text in before:
            yield Part(text)
        yield replace(part, text=last)


def pieces(text: str, most_bytes: int) -> Iterator[str]:
    """A text in pieces of so many bytes, parted at the last paragraph, line or sentence that fits."""
    rest = text.strip()
    while size(rest) > most_bytes:
        first = next(split(rest, len(rest.encode()[:most_bytes].decode(errors="ignore"))))
        yield first
        rest = rest[len(first) :].strip()
    if rest:
        yield rest


def _with_heads(parts: Iterator[Part], room: Room) -> Iterator[Part]:
    """A menu message with more to say than its head holds becomes a text, and a menu under the end of that text."""
    for part in parts:
        if not part.buttons or size(part.text) <= room.head_bytes:
            yield part
            continue
        said, _, last = part.text.rpartition("\n\n")
        text, sources = (said, last) if last.startswith(SOURCE) else (part.text, "")
        before, head = halves(text, sources, lambda both: size(both) <= room.head_bytes)
        yield Part(before or part.text)
        yield Part(beneath(head, sources) if before else CHOOSE, part.buttons)


def _with_menus(parts: Iterator[Part], room: Room) -> Iterator[Part]:
    """More choices than a menu message holds go on in the next."""
    for part in parts:
        most = room.buttons or len(part.buttons)
        yield replace(part, buttons=part.buttons[:most])
        for at in range(most, len(part.buttons), most or 1):
            yield Part(CHOOSE_TOO, part.buttons[at : at + most])


def _cut(texts: list[Part], room: Room, most: int, pages: Pages) -> list[Part]:
    """So many texts; the last ends with a link to all that was said."""
    if len(texts) <= most:
        return texts
    if most == 1 and size(one := _in_words(texts)) <= room.text_bytes:
        return [Part(one)]
    whole = "\n\n".join(part.text for part in texts)
    buttons = texts[-1].buttons
    kept = texts[: most - 1]
    link = f"……\n\n{MORE}{room.public_url.rstrip('/')}{pages.put_text(whole)}"
    longest = (room.head_bytes if buttons else room.text_bytes) - size(link)
    rest = "\n\n".join(part.text for part in texts[most - 1 :])
    return [*kept, Part(next(pieces(rest, longest)) + link, buttons)]


def _in_words(texts: list[Part]) -> str:
    """All of it as one text; of the buttons those that say what they show."""
    named = [title for part in texts for title, says in part.buttons if title == says]
    choices = [f"{OR_SAY}{'、'.join(named)}"] if named else []
    return "\n\n".join([*(part.text for part in texts if part.text not in (CHOOSE, CHOOSE_TOO)), *choices])


def _bundled(files: list[Part], most: int) -> list[Part]:
    """So many files; those that are too many in one archive."""
    if len(files) <= most:
        return files
    alone, together = files[: most - 1], files[most - 1 :]
    return [*alone, Part(file=ZIP + json.dumps([[part.file, part.name] for part in together]), name=BUNDLE)]


def unbundling(fetch: Fetch) -> Fetch:
    """Also fetches such an archive."""

    async def fetched(path: str) -> File:
        if not path.startswith(ZIP):
            return await fetch(path)
        out, names = io.BytesIO(), set[str]()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for inner, _ in json.loads(path.removeprefix(ZIP)):
                file = await fetched(inner)
                name = file.name if file.name not in names else f"{len(names) + 1} {file.name}"
                names.add(name)
                archive.writestr(name, file.content)
        return File(BUNDLE, out.getvalue())

    return fetched
