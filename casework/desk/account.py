"""Who works with the assistant: an account, its role, and how it wants to be reminded."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from casework.cases.unit_store import CUSTODY
from knowledge.text import clean

DEFAULT_DAYS, MOST_AHEAD = (7, 3, 1), 60


class Role(StrEnum):
    """What somebody is to the campaign: a unit's official (三（二）, 三（三）), petition staff (三（三）1), the leading
    group's office (三（一）), whoever looks after the accounts, or whoever releases what leaves the console."""

    OFFICIAL = "official"
    PETITION = "petition"
    OFFICE = "office"
    ADMINISTRATOR = "administrator"
    CUSTODIAN = "custodian"


# Who reads reports, and so has a part of their unit's key.
READING_ROLES = frozenset({Role.OFFICIAL, Role.OFFICE})
# Who decides on everything, or on who decides: a code by telephone does not stand in for their security key.
KEY_ROLES = frozenset({Role.OFFICE, Role.ADMINISTRATOR, Role.CUSTODIAN})


def key_unit(unit: str, role: Role) -> str:
    """Whose key somebody is handed: custodians of contact details have one of their own, whatever unit they are of."""
    if role is Role.CUSTODIAN:
        return CUSTODY
    return unit if role in READING_ROLES and unit != CUSTODY else ""


@dataclass(frozen=True)
class Preferences:
    """How somebody wants to be reminded.

    Attributes:
        days: so many days before a task is due.
        muted: no reminders at all.
        digest: the list on Monday.
    """

    days: tuple[int, ...] = DEFAULT_DAYS
    muted: bool = False
    digest: bool = True


@dataclass(frozen=True)
class Account:
    """Somebody who works with the assistant."""

    id: str
    login: str = field(repr=False)
    name: str = field(repr=False)
    unit: str
    role: Role
    active: bool
    has_password: bool
    has_totp: bool
    preferences: Preferences
    has_key: bool = False


def plain_login(login: str) -> str:
    """A login name in its one spelling: width and case folded, spaces left out, no word mended (小李 is not 小理)."""
    return unicodedata.normalize("NFKC", clean(login)).lower().replace(" ", "")
