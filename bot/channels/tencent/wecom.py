"""企业微信: messages of an application of the office's own, for officials.

Sources: https://developer.work.weixin.qq.com/document/path/90236 (sending) and …/path/90239 (receiving)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from bot.assembly import Assistant
from bot.channels.inbox import Brought
from bot.channels.messenger import Away, Fetch, File, Gone, Rejected, Unsure
from bot.channels.outbox import Outbox
from bot.channels.rendering import Part
from bot.channels.tencent.api import Account, Api, Refused
from bot.channels.tencent.arranging import Room, arranged
from bot.channels.tencent.crypto import CallbackCrypto
from bot.channels.tencent.listening import GREETING, NAMES, NOT_READABLE, XML_ITEMS
from bot.channels.tencent.platform import LONGEST_BYTES, PlatformMessenger
from bot.channels.tencent.records import Records
from bot.channels.wechat_words import spoken
from bot.logs import turn_log
from bot.settings import Settings
from knowledge.build import Say

CALLBACK = "/wecom"
# An application may send a member so many; what is more is dropped without a word.
# https://developer.work.weixin.qq.com/document/path/90454 (发送应用消息频率)
MEMBER_LIMITS = (RateLimitItemPerMinute(30), RateLimitItemPerHour(1000))
SECRET_WRONG = "企业微信：Secret 不对，或本机地址不在白名单里，发不出消息。请检查 ASSISTANT_WECOM_SECRET。"
GONE = {40003, 60111, 81013, 82001}
# A message of which nobody knows whether it was taken is sent again within so many seconds without showing twice.
SAME_SECONDS = 600


def crypto_of(settings: Settings) -> CallbackCrypto | None:
    """What opens the application's callbacks; None where there is none."""
    token, key = settings.wecom_token, settings.wecom_aes_key
    if not settings.wecom_corp_id or token is None or key is None:
        return None
    return CallbackCrypto(token.get_secret_value(), key.get_secret_value(), settings.wecom_corp_id)


def account_of(settings: Settings) -> Account:
    secret = settings.wecom_secret
    return Account(settings.wecom_url, settings.wecom_corp_id, secret.get_secret_value() if secret else "")


def brought_by(message: dict[str, str]) -> Brought | None:
    """A message or event of a member; None when nobody we could answer sent it."""
    who = message.get("FromUserName", "")
    if not who or len(who.encode()) > 64 or "|" in who:  # “|” would be several people
        return None
    about = [message.get(name, "") for name in ("CreateTime", "Event", "EventKey")]
    return Brought(message.get("MsgId") or f"{who}:{':'.join(about)}", who, message)


class MemberPace:
    """Waits while a member has had as many messages as the platform shows in a while."""

    def __init__(self, limits: Sequence[RateLimitItem] = MEMBER_LIMITS) -> None:
        self._limits = limits
        self.forget()

    def forget(self) -> None:
        self._sent = MovingWindowRateLimiter(MemoryStorage())

    async def may_send(self, member: str) -> None:
        for limit in self._limits:
            while not self._sent.hit(limit, member):
                await asyncio.sleep(max(self._sent.get_window_stats(limit, member).reset_time - time.time(), 0.05))


class WeCom(PlatformMessenger):
    """The channel of the application."""

    channel, shown_name, secret_wrong = "wecom", "企业微信", SECRET_WRONG

    def __init__(self, assistant: Assistant, outbox: Outbox, records: Records, fetch: Fetch, say: Say) -> None:
        super().__init__(assistant, outbox, records, fetch, say, account_of(assistant.settings))
        self._unsure: set[str] = set()
        self._pace = MemberPace()

    def start(self) -> None:
        self._unsure = left_waiting(self._outbox, self.channel)
        super().start()

    def _started(self) -> str:
        return f"企业微信：已启用，接收消息的地址为 {self._settings.public_url.rstrip('/')}{CALLBACK}。"

    # In -----------------------------------------------------------------------------------------------------

    async def _handle(self, brought: Brought) -> None:
        sender, message_id, message = brought.who, brought.id, brought.content
        kind, listening = message.get("MsgType", ""), self._listening
        match kind:
            case "text":
                await self.relay.hear(sender, message_id, spoken(message.get("Content", "")))
            case "voice":
                await listening.speech(sender, message_id, message.get("MediaId", ""))
            case "image" | "video":
                await listening.file(sender, message_id, message.get("MediaId", ""), NAMES[kind])
            case "location" | "link":
                await listening.item(sender, message_id, XML_ITEMS[kind], message)
            case "event":
                await self._event(sender, message_id, message)
            case _:
                await self.relay.tell(sender, message_id, NOT_READABLE)

    async def _event(self, sender: str, message_id: str, message: dict[str, str]) -> None:
        match message.get("Event", "").lower():
            case "subscribe":
                await self.relay.hear(sender, message_id, GREETING)
            case "click":
                await self.relay.hear(sender, message_id, message.get("EventKey", "") or GREETING, command=True)
            case "unsubscribe":
                self._outbox.drop(self._place(sender))
                self._assistant.accounts.unbind(self._place(sender))

    # Out ----------------------------------------------------------------------------------------------------

    def arrange(self, parts: list[Part], most: int | None = None) -> list[Part]:
        """A turn in messages of so many bytes."""
        return arranged(parts, Room(LONGEST_BYTES, public_url=self._settings.public_url), self._records)

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; see ``messenger.Messenger``."""
        await self._pace.may_send(sender)
        body: dict[str, Any] = {"touser": sender, "agentid": self._settings.wecom_agent_id}
        if part.key in self._unsure:
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": SAME_SECONDS}
        try:
            body |= await message_body(self.api, self._records, part, file)
            told = await self.api.post("/cgi-bin/message/send", body)
        except Unsure:
            self._unsure.add(part.key)
            raise
        except Refused as error:
            if error.code in GONE:
                raise Gone from error
            turn_log.error("wecom refused", errcode=error.code)
            raise Rejected from error
        self._unsure.discard(part.key)
        if told.get("invaliduser"):
            raise Gone


async def message_body(api: Api, records: Records, part: Part, file: File | None) -> dict[str, Any]:
    """The fields of a text, a picture or a file; files are sent up before, once however often the message is tried.

    Under another media id it would be another message, and show twice.

    Raises:
        Away, Refused: as ``Api``.
    """
    if file is None:
        return {"msgtype": "text", "text": {"content": part.text}}
    kind, known = "file" if part.name else "image", f"media {part.key}"
    media_id = records.given(known) if part.key else None
    if media_id is None:
        try:
            media_id = await api.upload(kind, file)
        except Unsure as error:  # that it was sent up shows nobody anything
            raise Away from error
        records.give(known, media_id, SAME_SECONDS)
    return {"msgtype": kind, kind: {"media_id": media_id}}


def left_waiting(outbox: Outbox, channel: str) -> set[str]:
    """Messages that an earlier process may or may not have sent."""
    places = [place for place in outbox.places() if place.partition(":")[0] == channel]
    return {waiting.part.key for place in places for waiting in outbox.waiting(place)}
