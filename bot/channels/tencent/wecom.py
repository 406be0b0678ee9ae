"""企业微信: messages of an application of the office's own, for officials.

Sources: https://developer.work.weixin.qq.com/document/path/90236 (sending) and …/path/90239 (receiving)
"""

from __future__ import annotations

import asyncio
from typing import Any

from bot.assembly import Assistant
from bot.channels.outbox import Outbox
from bot.channels.relay import Away, Fetch, File, Gone, Relay
from bot.channels.rendering import Part
from bot.channels.tencent.api import Account, Api, Refused, Unsure, say_when_wrong
from bot.channels.tencent.arranging import Room, arranged, unbundling
from bot.channels.tencent.crypto import CallbackCrypto
from bot.channels.tencent.inbox import Brought, Inbox
from bot.channels.tencent.listening import GREETING, NAMES, NOT_READABLE, Listening
from bot.channels.tencent.records import Records
from bot.logs import turn_log
from bot.settings import Settings
from knowledge.build import Say

CALLBACK = "/wecom"
LONGEST_BYTES = 2048
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


class WeCom:
    """The channel of the application; ``start`` returns at once."""

    channel, shown_name = "wecom", "企业微信"
    longest, has_buttons, in_private = LONGEST_BYTES // 3 - 2, False, ""

    def __init__(self, assistant: Assistant, outbox: Outbox, records: Records, fetch: Fetch, say: Say) -> None:
        self._settings, self._say, self._outbox, self._records = assistant.settings, say, outbox, records
        self._assistant = assistant
        self.relay = Relay(assistant, outbox, self, unbundling(fetch), self.arrange)
        self.api = Api(account_of(self._settings), records)
        self._listening = Listening(self.relay, self.api)
        self.inbox = Inbox(outbox, self.channel, self._handle)
        self._unsure: set[str] = set()

    def start(self) -> None:
        self._unsure = left_waiting(self._outbox, self.channel)
        runs = (self.inbox.run(), say_when_wrong(self.api, self._say, SECRET_WRONG))
        self._running = [asyncio.create_task(run) for run in runs]
        self.relay.start()
        self._say(f"企业微信：已启用，接收消息的地址为 {self._settings.public_url.rstrip('/')}{CALLBACK}。")

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        self.inbox.stop()
        await self.relay.stop()
        await self.api.close()

    # In -----------------------------------------------------------------------------------------------------

    async def _handle(self, brought: Brought) -> None:
        sender, message_id, message = brought.who, brought.id, brought.content
        kind, listening = message.get("MsgType", ""), self._listening
        match kind:
            case "text":
                await self.relay.hear(sender, message_id, message.get("Content", ""))
            case "voice":
                await listening.speech(sender, message_id, message.get("MediaId", ""))
            case "image" | "video":
                await listening.file(sender, message_id, message.get("MediaId", ""), NAMES[kind])
            case "location":
                await listening.place(sender, message_id, message.get("Label", ""))
            case "link":
                await listening.link(sender, message_id, message.get("Title", ""), message.get("Url", ""))
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
                place = f"{self.channel}:{sender}"
                self._outbox.drop(place)
                self._assistant.accounts.unbind(place)

    # Out ----------------------------------------------------------------------------------------------------

    def arrange(self, parts: list[Part]) -> list[Part]:
        """A turn in messages of so many bytes."""
        return arranged(parts, Room(LONGEST_BYTES, public_url=self._settings.public_url), self._records)

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; see ``relay.Messenger``."""
        body: dict[str, Any] = {"touser": sender, "agentid": self._settings.wecom_agent_id}
        if part.key in self._unsure:
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": SAME_SECONDS}
        try:
            told = await self.api.post("/cgi-bin/message/send", body | await message_body(self.api, part, file))
        except Unsure:
            self._unsure.add(part.key)
            raise
        except Refused as error:
            if error.code in GONE:
                raise Gone from error
            turn_log.error("wecom refused", errcode=error.code)
            return
        self._unsure.discard(part.key)
        if told.get("invaliduser"):
            raise Gone


async def message_body(api: Api, part: Part, file: File | None) -> dict[str, Any]:
    """The fields of a text, a picture or a file; files are sent up before.

    Raises:
        Away, Refused: as ``Api``.
    """
    if file is None:
        return {"msgtype": "text", "text": {"content": part.text}}
    kind = "file" if part.name else "image"
    try:
        return {"msgtype": kind, kind: {"media_id": await api.upload(kind, file)}}
    except Unsure as error:  # that it was sent up shows nobody anything
        raise Away from error


def left_waiting(outbox: Outbox, channel: str) -> set[str]:
    """Messages that an earlier process may or may not have sent."""
    places = [place for place in outbox.places() if place.partition(":")[0] == channel]
    return {waiting.part.key for place in places for waiting in outbox.waiting(place)}
