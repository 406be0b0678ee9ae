"""What people hand over that is no file: a place, a contact card, a shared link, a forwarded message.

Each is written down as a small text and kept like a file, so that it is sealed, shown, found and taken out like one.
A channel builds them itself or passes what a client sent through ``items_of``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from casework.cases.evidence import EvidenceError
from knowledge.text import clean

Line = Annotated[str, StringConstraints(max_length=500)]
MOST_ITEMS, MOST_PHONES, LONGEST_FORWARDED = 20, 10, 20_000


@dataclass(frozen=True)
class Item:
    """Something handed over, written down.

    Attributes:
        kind: of ``kinds.ITEMS``.
        name: what the file that it becomes is called, without an ending.
    """

    kind: str
    name: str = field(repr=False)
    text: str = field(repr=False)


class _Given(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class Location(_Given):
    """A place: degrees of WGS 84 as messengers give them."""

    type: Literal["location"]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    title: Line = ""
    address: Line = ""

    def item(self) -> Item:
        lines = [clean(self.title), clean(self.address), f"北纬 {self.latitude:.6f}，东经 {self.longitude:.6f}"]
        title = clean(self.title) or clean(self.address)
        return Item("location", f"位置 {title[:40]}".strip(), "\n".join(filter(None, lines)))


class Contact(_Given):
    """A contact card: of a person, an account, or an official account."""

    type: Literal["contact"]
    name: Line = ""
    phones: Annotated[tuple[Line, ...], Field(max_length=MOST_PHONES)] = ()
    account: Line = ""
    vcard: Annotated[str, StringConstraints(max_length=20_000)] = ""

    def item(self) -> Item:
        lines = [f"姓名：{clean(self.name)}"] if self.name else []
        lines += [f"电话：{clean(phone)}" for phone in self.phones]
        lines += [f"账号：{clean(self.account)}"] if self.account else []
        lines += [clean(line) for line in self.vcard.splitlines() if clean(line)]
        return Item("contact", f"名片 {clean(self.name)[:40]}".strip(), "\n".join(lines))


class Link(_Given):
    """A shared page, article, video or mini program."""

    type: Literal["link"]
    url: Annotated[str, StringConstraints(max_length=2000)] = ""
    title: Line = ""
    description: Annotated[str, StringConstraints(max_length=2000)] = ""

    def item(self) -> Item:
        lines = [clean(self.title), re.sub(r"\s", "", self.url), clean(self.description)]
        return Item("link", f"链接 {clean(self.title)[:40]}".strip(), "\n".join(filter(None, lines)))


class Forwarded(_Given):
    """A message of somebody else that was passed on: a document of what they said, not the reporter's own words."""

    type: Literal["forwarded"]
    sender: Line = Field("", alias="from")
    date: Line = ""
    text: Annotated[str, StringConstraints(max_length=LONGEST_FORWARDED)]

    def item(self) -> Item:
        lead = [f"转发自：{clean(self.sender)}"] if self.sender else []
        lead += [f"原文时间：{clean(self.date)}"] if self.date else []
        lines = [clean(line) for line in self.text.splitlines()]
        return Item("forwarded", f"转发 {clean(self.sender)[:40]}".strip(), "\n".join([*lead, *lines]))


Given = Annotated[Location | Contact | Link | Forwarded, Field(discriminator="type")]
_READER: TypeAdapter[list[Given]] = TypeAdapter(Annotated[list[Given], Field(max_length=MOST_ITEMS)])
NOT_READ = (
    "这份内容没有看懂，没有收下。evidence 应为数组，每项写明 type：location（latitude、longitude、title、address）、"
    f"contact（name、phones、account、vcard）、link（url、title、description）或 "
    f"forwarded（from、date、text），最多 {MOST_ITEMS} 项。"
)
EMPTY = "收到的{label}是空的，请再发一次，或用文字写下来。"


def items_of(given: Any) -> list[Item]:
    """What a client hands over, as JSON.

    Args:
        given: a list of objects, each with ``type`` (``location``, ``contact``, ``link``, ``forwarded``) and the
            fields of the class of that name here.

    Raises:
        EvidenceError: it is none, or something in it is empty; says what to send.
    """
    try:
        read = [part.item() for part in _READER.validate_python(given)]
    except ValidationError as error:
        raise EvidenceError(NOT_READ) from error
    for item in read:
        if not item.text.strip():
            raise EvidenceError(EMPTY.format(label={"contact": "名片", "link": "链接"}.get(item.kind, "消息")))
    return read
