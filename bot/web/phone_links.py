"""Numbers to call, as links: on a phone one tap calls, which counts most for somebody in danger."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# Emergency numbers and public hotlines; a firm's own number, which may be a swindler's, is never a link.
HOTLINES = (
    "110", "119", "120", "122", "12315", "12333", "12345", "12348", "12356",
    "12363", "12368", "12378", "12386", "12388", "12389", "96110",
)  # fmt: skip
# Not a sum, a count, a house number or a part of a longer number.
CALLED = re.compile(
    rf"(?<![\d.,¥$-])(?<!路)(?:{'|'.join(HOTLINES)})(?![\d-]|[.,]\d|\s*[万亿元块%％年月日条个位人户份股号名岁米字家笔次天题])"
)


def with_phones(text: str) -> Markup:
    """The text with its public numbers as links."""
    parts: list[Markup] = []
    end = 0
    for match in CALLED.finditer(text):
        parts += [escape(text[end : match.start()]), Markup('<a href="tel:{0}">{0}</a>').format(match[0])]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])
