"""Answers of two or three paragraphs, and whole clauses, as each messenger shows them: plain, whole, within limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from actions.answers import Asked, answer_entry
from actions.replies import Reply
from bot.channels.rendering import Carries, Part, rendered
from bot.channels.telegram import Telegram
from bot.channels.tencent.customer_service import AFTER_MESSAGE, HEAD_BYTES, ITEM_BYTES, MOST_ITEMS, CustomerService
from bot.channels.tencent.platform import LONGEST_BYTES
from bot.channels.tencent.service_account import MOST_MESSAGES, ServiceAccount
from bot.channels.tencent.wecom import WeCom
from bot.channels.wechat import WeChat
from knowledge.base import KnowledgeBase
from knowledge.documents import load_plan
from knowledge.entries import Fact

PUBLIC = "https://zhengzhi.example"
TODAY = date(2016, 7, 1)
# Headings, bold, links, tags and entities of a page or a text editor, of which a messenger would show the signs.
MARKUP = re.compile(r"\*\*|__|^\s{0,3}#{1,6}\s|\]\(|</?[a-zA-Z][^>]*>|&(?:[a-z]+|#\d+);|\{\{|^\s*```", re.MULTILINE)


class Pages:
    """Keeps what does not fit into a message."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def put_text(self, text: str) -> str:
        self.texts.append(text)
        return "/full/key"

    def put_file(self, path: str) -> str:
        return "/full/file"


Arrange = Callable[[list[Part]], list[Part]]


def arranges(kind: type[Any], pages: Pages, **more: Any) -> Arrange:
    """How a messenger arranges a turn, without one that runs."""
    own = SimpleNamespace(_settings=SimpleNamespace(public_url=PUBLIC), _records=pages, **more)
    return cast(Arrange, partial(kind.arrange, own))


def answers(knowledge: KnowledgeBase) -> Iterator[Reply]:
    """What the assistant may say of the plan: each conclusion with what goes with it, each clause whole."""
    for entry in knowledge.entries:
        asked = entry.conclusion if isinstance(entry, Fact) else entry.says
        yield answer_entry(knowledge, entry, Asked.read(knowledge, asked, TODAY))
    for clause in load_plan().clauses:
        yield Reply("policy", f"【{clause.id}】{clause.text}")


def as_reply(reply: Reply) -> dict[str, Any]:
    buttons = [{"title": button.title, "payload": button.payload} for button in reply.buttons]
    custom = {"job": reply.job, "citations": [each.as_json() for each in reply.citations], **reply.extra}
    return {"text": reply.text, "buttons": buttons, "custom": custom}


CHANNELS: dict[str, tuple[type[Any], dict[str, Any], int]] = {
    "Telegram": (Telegram, {}, 0),
    "wechaty": (WeChat, {}, 0),
    "公众号": (ServiceAccount, {"writes_first": True}, MOST_MESSAGES),
    "公众号，只能回复": (ServiceAccount, {"writes_first": False}, 1),
    "企业微信": (WeCom, {}, 0),
    "微信客服": (CustomerService, {}, AFTER_MESSAGE.messages),
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_long_answer_is_shown_whole_and_plain(knowledge: KnowledgeBase, channel: str) -> None:
    kind, more, most = CHANNELS[channel]
    carries = Carries(kind.longest, kind.has_buttons, PUBLIC)
    for reply in answers(knowledge):
        pages = Pages()
        said = rendered([as_reply(reply)], carries)
        shown = arranges(kind, pages, **more)(said.parts)
        assert shown and (not most or len(shown) <= most), reply.text[:60]
        for part in shown:
            assert part.text and not MARKUP.search(part.text), part.text
            assert fits(kind, part), part.text
        whole = "".join("".join(pages.texts or [part.text for part in shown]).split())
        for line in reply.text.split("\n"):
            assert "".join(line.split()) in whole, line
        offered = {title for part in shown for title, _ in part.buttons} | set(said.menu)
        assert {button.title for button in reply.buttons} <= offered
        for address in re.findall(r"https?://\S+", "\n".join(part.text for part in shown)):
            assert address.isascii() and address.startswith(f"{PUBLIC}/"), address  # a phone ends it where it ends


def fits(kind: type[Any], part: Part) -> bool:
    """Whether a message keeps the messenger's documented limits."""
    if issubclass(kind, (Telegram, WeChat)):
        return len(part.text.encode("utf-16-le")) // 2 <= kind.longest
    titles = [len(title.encode()) <= ITEM_BYTES for title, _ in part.buttons]
    most = HEAD_BYTES if part.buttons else LONGEST_BYTES
    return len(part.text.encode()) <= most and all(titles) and len(titles) <= MOST_ITEMS
