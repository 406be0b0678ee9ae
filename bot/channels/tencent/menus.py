"""The menus of 公众号 and 企业微信, and the fields of the template message: data/menus.yml."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from knowledge.datafile import Data, load

FILE = Path(__file__).parent.parent / "data" / "menus.yml"
TOP_BYTES, BELOW_BYTES, KEY_BYTES = 16, 40, 128
Which = Literal["service_account", "wecom"]


class Choice(Data):
    """An entry that does something."""

    name: Annotated[str, Field(min_length=1)]
    says: str = ""
    opens: str = Field("", pattern="^(/.*)?$")

    @model_validator(mode="after")
    def _does_one_thing(self) -> Choice:
        if bool(self.says) == bool(self.opens):
            raise ValueError(f"菜单“{self.name}”请写 says 或 opens，只写一个")
        if len(self.says.encode()) > KEY_BYTES or len(self.name.encode()) > BELOW_BYTES:
            raise ValueError(f"菜单“{self.name}”的文字太长。请写短些")
        return self


class Entry(Data):
    """An entry at the top: it holds others."""

    name: Annotated[str, Field(min_length=1)]
    entries: Annotated[tuple[Choice, ...], Field(min_length=1, max_length=5)]

    @model_validator(mode="after")
    def _short(self) -> Entry:
        if len(self.name.encode()) > TOP_BYTES:
            raise ValueError(f"一级菜单“{self.name}”太长。请写短些")
        return self


Top = Annotated[tuple[Entry, ...], Field(min_length=1, max_length=3)]


class Menus(Data):
    """What stands in the file."""

    service_account: Top
    wecom: Top
    reminder: dict[str, str]

    def of(self, which: Which) -> tuple[Entry, ...]:
        return self.service_account if which == "service_account" else self.wecom


@lru_cache(maxsize=1)
def menus() -> Menus:
    """The file, read once.

    Raises:
        DataFileError: with the line that is wrong.
    """
    return load(FILE, Menus)


def as_buttons(entries: Sequence[Entry], public_url: str) -> dict[str, Any]:
    """A menu as both platforms take it (https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/)."""
    base = public_url.rstrip("/")
    return {
        "button": [
            {"name": entry.name, "sub_button": [_button(choice, base) for choice in entry.entries]} for entry in entries
        ]
    }


def _button(choice: Choice, base: str) -> dict[str, str]:
    if choice.opens:
        return {"type": "view", "name": choice.name, "url": base + choice.opens}
    return {"type": "click", "name": choice.name, "key": choice.says}
