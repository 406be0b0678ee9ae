"""What the case store gives and takes: a case, where it goes, what is written of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from casework.cases.unit_keys import KeyPair
from casework.cases.unit_store import CaseKeys

Kind = Literal["self_check", "tip_off"]
Author = Literal["reporter", "handler", "internal"]
DRAFT, SUBMITTED = "draft", "submitted"
FORWARDED, EXAMINING, ASKING, CLOSED = "forwarded", "examining", "asking", "closed"


class Conflict(RuntimeError):
    """The case was changed by somebody else since it was read; read it again."""


@dataclass(frozen=True)
class Case:
    """A case as it was read.

    Attributes:
        number: the receipt number; None for a draft.
        code: the owner's secret, with which it is resumed, read and downloaded from anywhere.
        amends: the case that this one is a later version of.
        version: 1, and one more for each amendment.
        revision: counts the changes of a draft.
        sector: id of the directory's sector or trade it is about; None when unknown.
        severity: 0 ordinary; 1 the police see a tip-off, or a self-check owns up to a breach; 2 the leading group is
            told at once.
        acted: when a handler first did something with it.
        outcome: what became of it, once closed.
        keys: whom its content is sealed to; None: to the server alone.
        opener: the pair that was shown for it: its own, which units have, or its receipt's.
    """

    id: str
    kind: Kind
    status: str
    number: str | None
    code: str = field(repr=False)
    amends: str | None
    version: int
    revision: int
    county: str | None
    content: dict[str, Any] = field(repr=False)
    created: datetime
    updated: datetime
    submitted: datetime | None
    closed: datetime | None = None
    sector: str | None = None
    severity: int = 0
    acted: datetime | None = None
    outcome: str | None = None
    keys: CaseKeys | None = field(default=None, repr=False, compare=False)
    opener: KeyPair | None = field(default=None, repr=False, compare=False)

    @property
    def is_draft(self) -> bool:
        return self.status == DRAFT

    @property
    def locked(self) -> bool:
        """Whether its content stays closed to who is served now; ``content`` is empty then."""
        return self.keys is not None and (self.opener is None or self.opener.public != self.keys.public)


@dataclass(frozen=True)
class Route:
    """A unit a case goes to, and the clause because of which."""

    unit: str
    role: Literal["lead", "copy"]
    because: str


@dataclass(frozen=True)
class FindingRow:
    """What is kept in clear of a finding, to be counted."""

    rule: str
    clause: str
    outcome: str


@dataclass(frozen=True)
class Filing:
    """What becomes of a draft when it is submitted."""

    routes: Sequence[Route]
    findings: Sequence[FindingRow] = ()
    county: str | None = None
    sector: str | None = None
    severity: int = 0
    terms: Sequence[str] = ()


@dataclass(frozen=True)
class Note:
    """A message between the reporter of a tip-off and those who handle it; an internal one the reporter never sees."""

    author: Author
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True)
class UnreadAnswers:
    """What handlers wrote to an enterprise and one of its conversations was not told yet; ``last`` is the last note."""

    case: Case
    notes: tuple[Note, ...]
    last: int
