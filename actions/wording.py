"""The assistant's fixed sentences and contact lines, from YAML beside this file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from knowledge.datafile import Data, load

DATA = Path(__file__).parent / "data"


class ButtonText(Data):
    """A quick reply: what it shows and what tapping it says."""

    title: str = Field(min_length=1, max_length=20)
    payload: str = Field(min_length=1, max_length=60)


class Wording(Data):
    """A reply: its sentences, its buttons, and the clauses it rests on."""

    text: str = Field(min_length=1)
    buttons: tuple[ButtonText, ...] = ()
    clauses: tuple[str, ...] = ()


class WordingFile(Data):
    greet: Wording
    goodbye: Wording
    thanks: Wording
    help: Wording
    out_of_scope: Wording
    near_plan: Wording
    not_in_plan: Wording
    not_found: Wording
    nothing_before: Wording
    no_other: Wording
    tip_status: Wording
    tasks: Wording
    login: Wording
    handoff: Wording


class Reading(Data):
    """What a message may have meant, when another meaning is as likely.

    Attributes:
        job: the contract's job for it.
        means: stands after 您是想.
        answers: whether it asks for an answer; else it begins a procedure.
    """

    job: str
    means: str = Field(min_length=1)
    title: str = Field(min_length=1, max_length=20)
    payload: str = Field(min_length=1, max_length=60)
    answers: bool = False


class ReadingFile(Data):
    readings: dict[str, Reading] = Field(min_length=2)


class Contact(Data):
    """A place to turn to. ``phone`` stays empty until the office publishes one: it is never made up."""

    name: str
    purpose: str
    phone: str | None = None
    hours: str | None = None
    clause: str | None = None

    def line(self) -> str:
        phone = f"电话 {self.phone}" if self.phone else ""
        parts = [part for part in (phone, self.hours, self.purpose) if part]
        return f"• {self.name}：{'；'.join(parts)}"


class ContactFile(Data):
    contacts: list[Contact] = Field(min_length=1)


@lru_cache(maxsize=1)
def wording() -> WordingFile:
    return load(DATA / "wording.yml", WordingFile)


@lru_cache(maxsize=1)
def contacts() -> list[Contact]:
    return load(DATA / "contacts.yml", ContactFile).contacts


@lru_cache(maxsize=1)
def readings() -> dict[str, Reading]:
    """By intent: what can be told apart by asking."""
    return load(DATA / "readings.yml", ReadingFile).readings
