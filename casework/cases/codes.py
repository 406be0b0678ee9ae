"""Receipt numbers and secret codes that people read aloud, copy by hand and type on a phone."""

from __future__ import annotations

import re
import secrets
import unicodedata

# No vowels (no words), none that look or sound alike (0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V).
ALPHABET = "34679CDFGHJKMNPQRTWXY"
CODE_GROUPS = 3
NUMBER_GROUPS = 2
CODE = re.compile(rf"[{ALPHABET}]{{4}}([ -]?[{ALPHABET}]{{4}}){{{CODE_GROUPS - 1}}}")
NUMBER = re.compile(rf"(ZC|JB)[ -]?[{ALPHABET}]{{4}}[ -]?[{ALPHABET}]{{4}}")


def new_code() -> str:
    """A secret of 12 characters, 21^12 = 7e15: at 600 tries a minute one in two is found after 11 million years."""
    return _groups(CODE_GROUPS)


def new_number(kind: str) -> str:
    """A receipt number, not a secret: ZC-7K3M-9QXT for a self-check, JB-… for a tip-off."""
    return f"{'ZC' if kind == 'self_check' else 'JB'}-{_groups(NUMBER_GROUPS)}"


def _groups(count: int) -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(count))


def found_code(text: str) -> str | None:
    """A code in a message, in its one spelling; None when there is none."""
    return _found(CODE, text)


def found_number(text: str) -> str | None:
    """A receipt number in a message, in its one spelling; None when there is none."""
    return _found(NUMBER, text)


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(unicodedata.normalize("NFKC", text).upper())
    if match is None:
        return None
    plain = re.sub(r"[ -]", "", match[0])
    prefix = plain[:2] if pattern is NUMBER else ""
    rest = plain[len(prefix) :]
    groups = "-".join(rest[n : n + 4] for n in range(0, len(rest), 4))
    return f"{prefix}-{groups}" if prefix else groups
