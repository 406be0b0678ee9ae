"""Whose pages these are: names, examples, colours and emblem, from ``city.yml`` of the city's folder or our own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from knowledge.datafile import Data, load, of_city

FOLDER = Path(__file__).parent / "data"
# WCAG 2.2, 1.4.3: text on its background.
LEAST_CONTRAST = 4.5
WHITE, DARK_PAPER, DARK_TEXT = "#ffffff", "#17212c", "#0b1622"
PICTURES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class Colours(Data):
    """The city's colour: ``light`` under white letters, ``dark`` as letters on a dark page."""

    light: Colour
    dark: Colour

    @model_validator(mode="after")
    def _readable(self) -> Self:
        pairs = ((self.light, WHITE), (self.dark, DARK_PAPER), (self.dark, DARK_TEXT))
        for colour, other in pairs:
            if contrast(colour, other) < LEAST_CONTRAST:
                raise ValueError(f"{colour} 在 {other} 上看不清（对比度不到 {LEAST_CONTRAST}）。请换更深或更浅的颜色")
        return self


class City(Data):
    """What the pages say of whoever runs them.

    Attributes:
        short: the name in the masthead of a phone, and under the icon of an installed page.
        examples: questions offered on the first screen.
        leave_to: where “快速离开” leads: a page that anybody could have open.
        emblem: file name of a picture in the city's folder; it is shown beside the name.
    """

    city: str = Field(min_length=2, max_length=20)
    title: str = Field(min_length=4, max_length=40)
    short: str = Field(min_length=2, max_length=12)
    publisher: str = Field(min_length=4, max_length=60)
    publisher_at: str = Field("", max_length=40)
    audience: str = Field(min_length=2, max_length=40)
    examples: tuple[Annotated[str, Field(min_length=2, max_length=30)], ...] = Field(min_length=1, max_length=8)
    colours: Colours | None = None
    leave_to: str = Field("https://www.gov.cn/", pattern=r"^https://[\w.-]+/[\w./-]*$")
    emblem: Annotated[str, Field(pattern=r"^[\w-]+\.(svg|png|webp)$")] | None = None
    accessibility_contact: str = Field(min_length=2, max_length=60)

    def emblem_file(self) -> Path | None:
        """The emblem, if the city has put one there."""
        path = of_city(FOLDER / self.emblem) if self.emblem else None
        return path if path and path.is_file() else None

    def style(self) -> str:
        """The city's colours over those of tokens.css."""
        if self.colours is None:
            return ""
        light, dark = self.colours.light, self.colours.dark
        return (
            f":root{{--brand:{light};--brand-strong:{light};--masthead:{light}}}\n"
            f"@media (prefers-color-scheme:dark){{:root{{--brand:{dark};--brand-strong:{dark};--masthead:#12263d}}}}\n"
        )


@lru_cache(maxsize=1)
def city() -> City:
    """The city's file, read once.

    Raises:
        DataFileError: it does not fit its schema.
    """
    return load(FOLDER / "city.yml", City)


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
