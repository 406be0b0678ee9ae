"""People who write in another language, or no words at all, are told what this assistant understands."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

NOTE = (
    "This assistant answers in Chinese; please write to it in Chinese, for example: P2P谁牵头 (who supervises P2P "
    "lending). In danger, or being defrauded right now? Call 110. To speak to a person, call 12345."
)
# To a face, or a question mark alone, while nothing is being asked.
WITHOUT_WORDS = "我在呢。想问方案怎么规定、举报可疑平台或办企业自查，请打字告诉我；发“帮助”看我能做什么。"
# So many words make a sentence; fewer are names, abbreviations, addresses.
SENTENCE = 3
WORD = re.compile(r"[^\W\d_]{2,}")
# Addresses, and codes and numbers of ours.
NO_WORDS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|\S+\.[a-z]{2,}\b|\b\w+(?:-\w+)+\b", re.IGNORECASE)
OURS = ("CJK", "LATIN", "FULLWIDTH", "BOPOMOFO", "IDEOGRAPHIC")


def is_foreign(text: str, language: str = "") -> bool:
    """Whether somebody writes in another language than Chinese.

    Args:
        language: that of their messenger, as far as it says (IETF tag); then one word is enough.
    """
    words = WORD.findall(NO_WORDS.sub(" ", text))
    if any(not unicodedata.name(letter, "CJK").startswith(OURS) for word in words for letter in word):
        return True
    if any("CJK" in unicodedata.name(letter, "") for word in words for letter in word):
        return False
    other = bool(language) and not language.startswith("zh")
    return len(words) >= SENTENCE or (other and bool(words) and not any(letter.isdigit() for letter in text))


def noted(replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Replies with the note before them, unless what was said answers a form: there a name may be foreign."""
    if any((reply.get("custom") or {}).get("interview") for reply in replies):
        return replies
    return [{"text": NOTE}, *replies]
