"""Receipts: sixteen digits that nobody keeps but the reporter."""

from __future__ import annotations

import io
import re
import secrets

import segno
from argon2.low_level import Type, hash_secret_raw

from casework.interview.phones import spelt_out
from knowledge.text import normalise

DIGITS = 16
# However it was copied: in fours, in twos, with dots, over two lines.
WRITTEN = r"\d{4}(?:[ .·\-]{0,2}\d{4}){3}|\d{2}(?:[ .·\-]\d{2}){7}"
RECEIPT = re.compile(rf"(?<!\d)(?:{WRITTEN})(?!\d)")
# OWASP's least for Argon2id: 19 MiB, two passes.
MEMORY_KIB, PASSES = 19 * 1024, 2


def new_receipt() -> str:
    """Sixteen digits of the system's generator, in groups of four."""
    digits = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    return " ".join(digits[n : n + 4] for n in range(0, DIGITS, 4))


def found_receipt(text: str) -> str | None:
    """A receipt in a message, as sixteen digits; None when there is none."""
    match = RECEIPT.search(spelt_out(normalise(text)))
    return re.sub(r"\D", "", match[0]) if match else None


def slow_hash(receipt: str, salt: bytes) -> str:
    """Argon2id under the store's own salt: the same receipt gives the same hash, and trying many is dear."""
    digits = re.sub(r"\D", "", receipt).encode()
    return hash_secret_raw(digits, salt, PASSES, MEMORY_KIB, 1, 32, Type.ID).hex()


def qr_code(receipt: str) -> str:
    """The receipt as a QR code, an SVG element."""
    out = io.BytesIO()
    segno.make(receipt, error="m").save(out, kind="svg", scale=5, xmldecl=False, svgns=True, title="回执码")
    return out.getvalue().decode()
