"""What a document fetches from elsewhere when it is opened: it would tell whoever runs that place that it was.

A link that somebody has to click is none of these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

# Relationships of an office package whose target a program opens by itself (ECMA-376; templates since CVE-2017-0199).
BY_ITSELF = (
    "attachedtemplate",
    "oleobject",
    "frame",
    "subdocument",
    "image",
    "externallinkpath",
    "xlexternallinkpath",
    "audio",
    "video",
    "media",
    "package",
    "control",
)
ELSEWHERE = re.compile(r"\s*(?:https?|ftp|file|smb|mhtml|webdav|ms-\w+):|\s*(?://|\\\\\\\\)", re.IGNORECASE)
# Elements of OpenDocument that are loaded, not clicked.
LOADED = {"image", "object", "object-ole", "plugin", "template", "section-source", "dde-source", "floating-frame"}
RTF_FETCHES = re.compile(
    rb"\\\*\\template\s+[^}]{0,400}?(?:https?:|\\\\\\\\)|\\field[^}]{0,80}INCLUDE(?:PICTURE|TEXT)", re.IGNORECASE
)
MOST_TEMPLATES = 20
LARGEST_LIST = 2 * 2**20


def fetches(tag: str, attributes: Mapping[Any, Any]) -> bool:
    """Whether an element of a package's XML names something that is fetched from elsewhere when it is opened.

    Args:
        tag: its name without a namespace, in lower case.
    """
    found = {str(name).rpartition("}")[2].lower(): str(value) for name, value in attributes.items()}
    if tag == "relationship":
        kind = found.get("type", "").rpartition("/")[2].lower()
        return found.get("targetmode", "").lower() == "external" and kind in BY_ITSELF
    return tag in LOADED and bool(ELSEWHERE.match(found.get("href", "")))


def package_fetches(name: str, content: bytes) -> bool:
    """Whether a part of an office package names something that is fetched; one that cannot be read might."""
    lower = name.lower()
    if not (lower.endswith(".rels") or lower in ("content.xml", "styles.xml", "meta.xml", "settings.xml")):
        return False
    if len(content) > LARGEST_LIST and lower.endswith(".rels"):
        return True
    try:
        elements = ElementTree.fromstring(content).iter()
        return any(fetches(str(each.tag).rpartition("}")[2].lower(), each.attrib) for each in elements)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):
        return True


def rich_text_fetches(content: bytes) -> bool:
    """Whether a text fetches something; one that names more templates than any writer does might."""
    return content.count(b"\\*\\template") > MOST_TEMPLATES or bool(RTF_FETCHES.search(content))
