"""What in a message of WeChat is its sender's own words: not what they quote or pass on, not faces, not WeChat's notes.

Gateways write a quotation as text, 「name：words」 over a dashed line, or hand on WeChat's own XML (appmsg 57); a
conversation that is passed on is XML (appmsg 19).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

# Greedy: a quotation may hold another one.
QUOTED = re.compile(r"\s*「(?P<name>[^：:\n]{0,60})[：:].*」\s*\n\s*(?:[-—–─] ?){5,}\s*\n", re.DOTALL)
# 企业微信 and 微信客服 write it so (https://developer.work.weixin.qq.com/document/path/91774), or as above.
REPLIED = re.compile(
    r"\s*(?:这是一条引用/回复消息：|This is a quote/reply:)\s*"
    r"[\"“](?P<name>[^：:\n]{0,60})[：:].*[\"”]\s*\n\s*-{6,}\s*\n",
    re.DOTALL,
)
LONGEST_XML = 256 * 1024
# WeChat writes its faces as text, [微笑] or /::) in older forms; “[1]” is somebody's answer.
FACES = re.compile(r"(?:\[(?!\d{1,2}\])[^\[\]\s]{1,6}\]|/:[^\s/一-鿿]{1,7}|\s)+")
FACE = "🙂"
# What 公众号 is given as the text of a sticker, a card, or whatever else it is not shown.
NOT_SHOWN = re.compile(r"\W*收到不支持的消息类型\W*暂时?无法显示\W*")


def spoken(text: str) -> str:
    """What somebody says of their own: faces and nothing else are a face, which is no answer to anything."""
    text = own_words(text).own
    return FACE if text.strip() and FACES.fullmatch(text) else text


@dataclass(frozen=True)
class Words:
    """What somebody says, and whom they quote ("": nobody)."""

    own: str = field(repr=False)
    quoted: str = field(default="", repr=False)


def own_words(text: str) -> Words:
    """A text without its quotation."""
    if match := QUOTED.match(text) or REPLIED.match(text):
        return Words(text[match.end() :].strip(), match["name"])
    message = _xml(text) if "<refermsg>" in text else None
    if message is None:
        return Words(text)
    return Words((message.findtext(".//appmsg/title") or "").strip(), message.findtext(".//refermsg/displayname") or "")


def passed_on(text: str) -> str:
    """The lines of a conversation that is passed on; empty when it is none that can be read."""
    message = _xml(text)
    if message is None or not (record := message.findtext(".//recorditem")):
        return message.findtext(".//appmsg/des") or "" if message is not None else ""
    items = _xml(record)
    lines = [] if items is None else [_line(item) for item in items.iter("dataitem")]
    return "\n".join(filter(None, lines)) or message.findtext(".//appmsg/des") or ""


def _line(item: Any) -> str:
    said = item.findtext("datadesc") or item.findtext("datatitle") or "（不是文字）"
    return f"{item.findtext('sourcename') or '某人'} {item.findtext('sourcetime') or ''}：{said}"


def _xml(text: str) -> Any:
    start = text.find("<")
    if start < 0 or len(text) > LONGEST_XML:
        return None
    try:
        return fromstring(text[start:])
    except (ParseError, DefusedXmlException, ValueError):
        return None
