"""A person in conversation with the assistant over the REST contract."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from tests.conftest import Server

CODE = r"[34679CDFGHJKMNPQRTWXY]{4}(?:-[34679CDFGHJKMNPQRTWXY]{4}){2}"
NUMBER = r"ZC-[34679CDFGHJKMNPQRTWXY]{4}-[34679CDFGHJKMNPQRTWXY]{4}"
FIRM = "洛阳某某信息科技有限公司"
# A firm that answers everything and does no internet finance; 12 questions.
SHORT = (
    FIRM,
    "跳过",
    "没有",
    "张三",
    "13837912345",
    "李四",
    "0379-63312345",
    "五千万",
    "洛阳市涧西区南昌路5号",
    "一样",
    "计算机软件开发；商务信息咨询",
    "否",
)
SUBMIT = "确认如实填报并提交"


class Person:
    """Somebody with a conversation of their own; remembers the last reply, and the reminders that came with it."""

    def __init__(self, server: Server, sender: str | None = None) -> None:
        self.server, self.sender = server, sender or uuid.uuid4().hex
        self.reply: dict[str, Any] = {}
        self.notices: list[str] = []

    def say(self, *messages: str) -> str:
        """Say one or more things; returns the text of the last reply."""
        for message in messages:
            body = {"sender": self.sender, "message": message}
            answer = httpx.post(f"{self.server.url}/webhooks/rest/webhook", json=body, timeout=60)
            assert answer.status_code == 200, answer.text
            replies = answer.json()
            self.notices = [reply["text"] for reply in replies if reply.get("custom", {}).get("notice")]
            replies = [reply for reply in replies if not reply.get("custom", {}).get("notice")]
            assert len(replies) == 1, [reply.get("text", "")[:80] for reply in replies]
            self.reply = replies[0]
        return self.text

    @property
    def text(self) -> str:
        return str(self.reply["text"])

    @property
    def custom(self) -> dict[str, Any]:
        return dict(self.reply["custom"])

    @property
    def clauses(self) -> list[str]:
        return [citation["clause"] for citation in self.custom["citations"]]

    @property
    def buttons(self) -> list[str]:
        return [button["title"] for button in self.reply.get("buttons", [])]

    def file(self, title: str) -> httpx.Response:
        """Open a file that the last reply offers."""
        url = next(file["url"] for file in self.custom["files"] if file["title"] == title)
        return httpx.get(f"{self.server.url}{url}", timeout=60)
