"""公众号 (service account): answers within the callback where there is time, and by customer-service messages else.

Sources: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html,
…/Passive_user_reply_message.html and …/Service_Center_messages.html
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from datetime import datetime
from typing import Any, NoReturn

from bot.assembly import Assistant
from bot.channels.inbox import Brought, NotYet
from bot.channels.messenger import Away, Fetch, File, Gone, Rejected
from bot.channels.outbox import Outbox
from bot.channels.rendering import Part
from bot.channels.tencent.api import Account, Refused
from bot.channels.tencent.arranging import Room, arranged
from bot.channels.tencent.crypto import CallbackCrypto, as_xml
from bot.channels.tencent.listening import GREETING, NAMES, NOT_READABLE, XML_ITEMS, said_by_scene
from bot.channels.tencent.menus import menus
from bot.channels.tencent.platform import LONGEST_BYTES, PlatformMessenger
from bot.channels.tencent.records import Allowance, Records
from bot.channels.wechat_words import NOT_SHOWN, spoken
from bot.logs import turn_log
from bot.settings import Settings
from knowledge.build import Say
from storage.settings import LUOYANG

CALLBACK = "/service-account"
# WeChat waits five seconds for an answer, three times; what is on its way needs some of them.
PASSIVE_SECONDS, WRITTEN_SECONDS = 4.2, 10
SECRET_WRONG = "公众号：AppSecret 不对，或本机地址不在白名单里，发不出消息。请检查 ASSISTANT_SERVICE_ACCOUNT_SECRET。"
# What may be sent after what somebody did, besides the reply in the callback itself.
AFTER_MESSAGE, AFTER_EVENT = Allowance(5, 48 * 3600), Allowance(3, 60)
MOST_MESSAGES = 4
SHUT, GONE, NOT_ALLOWED = {45015, 45047}, {40003, 43004, 43019}, {48001}
OPENID = re.compile(r"[\w-]{1,64}", re.ASCII)
LONGEST_FIELD = 20
# So long an official is not told again by a template message of what waits for them.
POINTED_OUT_SECONDS = 3 * 86_400


class Slot:
    """Room for one reply in the answer to a callback."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.filled: asyncio.Future[str | None] = loop.create_future()
        self.written: asyncio.Future[bool] = loop.create_future()

    def close(self) -> None:
        """Nothing is put into it any more."""
        if not self.filled.done():
            self.filled.set_result(None)

    async def wrote(self) -> None:
        """The answer has gone out."""
        if not self.written.done():
            self.written.set_result(True)


def crypto_of(settings: Settings) -> CallbackCrypto | None:
    """What opens the account's callbacks; None where there is no account."""
    token, key = settings.service_account_token, settings.service_account_aes_key
    if not settings.service_account_id or token is None or key is None:
        return None
    return CallbackCrypto(token.get_secret_value(), key.get_secret_value(), settings.service_account_id)


def account_of(settings: Settings) -> Account:
    secret = settings.service_account_secret
    shown = secret.get_secret_value() if secret else ""
    return Account(settings.service_account_url, settings.service_account_id, shown, stable=True)


def brought_by(message: dict[str, str]) -> Brought | None:
    """A message or event; None when nobody we could answer sent it.

    Events have no number; who, when and what tells one from the other, delivered again or not.
    """
    who = message.get("FromUserName", "")
    if not OPENID.fullmatch(who):
        return None
    about = [message.get(name, "") for name in ("CreateTime", "Event", "EventKey")]
    return Brought(message.get("MsgId") or f"{who}:{':'.join(about)}", who, message)


def reply_to(message: dict[str, str], text: str) -> str:
    """The XML of a reply in the answer to a callback."""
    return as_xml(
        {
            "ToUserName": message.get("FromUserName", ""),
            "FromUserName": message.get("ToUserName", ""),
            "CreateTime": str(int(time.time())),
            "MsgType": "text",
            "Content": text,
        }
    )


class ServiceAccount(PlatformMessenger):
    """The channel."""

    channel, shown_name, secret_wrong = "service_account", "微信", SECRET_WRONG

    def __init__(self, assistant: Assistant, outbox: Outbox, records: Records, fetch: Fetch, say: Say) -> None:
        super().__init__(assistant, outbox, records, fetch, say, account_of(assistant.settings))
        self.writes_first = self._settings.service_account_customer_messages
        self._slots: dict[str, Slot] = {}
        self._current: dict[str, str] = {}

    def _started(self) -> str:
        return f"公众号：已启用，服务器地址为 {self._settings.public_url.rstrip('/')}{CALLBACK}。"

    # In -----------------------------------------------------------------------------------------------------

    def expect(self, message_id: str) -> Slot:
        """Room for the reply to a message, which is kept after this; one delivered again takes the room over."""
        self._close(message_id)
        slot = self._slots[message_id] = Slot()
        return slot

    def given(self, message_id: str) -> str | None:
        """What was the reply to a message that has come again because WeChat did not see it."""
        text = self._records.given(self._place(message_id))
        return None if text is None else str(text)

    async def _handle(self, brought: Brought) -> None:
        sender = brought.who
        self._current[sender] = brought.id
        try:
            await self._answer(sender, brought.id, brought.content)
            await self.relay.flush(sender)  # also what an earlier delivery of it was answered with, or waits since
        except NotYet:
            await self.relay.flush(sender)  # that it is tried again
            raise
        finally:
            self._current.pop(sender, None)
            self._close(brought.id)

    def _close(self, message_id: str) -> None:
        if slot := self._slots.pop(message_id, None):
            slot.close()

    async def _answer(self, sender: str, message_id: str, message: dict[str, str]) -> None:
        kind, listening = message.get("MsgType", ""), self._listening
        if kind == "event":
            await self._event(sender, message_id, message)
            return
        self._records.heard_from(self._place(sender), AFTER_MESSAGE)
        match kind:
            case "text" if NOT_SHOWN.fullmatch(message.get("Content", "")):
                await self.relay.tell(sender, message_id, NOT_READABLE)
            case "text":
                await self.relay.hear(sender, message_id, spoken(message.get("Content", "")))
            case "voice":
                recognised = message.get("Recognition", "")
                await listening.speech(sender, message_id, message.get("MediaId", ""), recognised)
            case "image" | "video" | "shortvideo":
                await listening.file(sender, message_id, message.get("MediaId", ""), NAMES[kind])
            case "location" | "link":
                await listening.item(sender, message_id, XML_ITEMS[kind], message)
            case _:
                await self.relay.tell(sender, message_id, NOT_READABLE)

    async def _event(self, sender: str, message_id: str, message: dict[str, str]) -> None:
        place, key = self._place(sender), message.get("EventKey", "")
        match message.get("Event", "").lower():
            case "subscribe":
                self._records.heard_from(place, AFTER_EVENT)
                scene = key.removeprefix("qrscene_")
                await self.relay.hear(sender, message_id, said_by_scene(scene), command=True)
            case "scan":
                self._records.heard_from(place, AFTER_EVENT)
                await self.relay.hear(sender, message_id, said_by_scene(key), command=True)
            case "click":
                self._records.heard_from(place, AFTER_EVENT)
                await self.relay.hear(sender, message_id, key or GREETING, command=True)
            case "unsubscribe":
                self._outbox.drop(place)
                self._assistant.accounts.unbind(place)
                self._records.forget(place)
            case "templatesendjobfinish" if message.get("Status") != "success":
                turn_log.error("template message", status=message.get("Status", "")[:40])

    # Out ----------------------------------------------------------------------------------------------------

    def arrange(self, parts: list[Part], most: int | None = None) -> list[Part]:
        """A turn as so few messages as WeChat allows, of so many bytes; documents as links."""
        allowed = MOST_MESSAGES if self.writes_first else 1
        room = Room(
            LONGEST_BYTES,
            min(allowed, most or allowed),
            files=False,
            pictures=self.writes_first,
            public_url=self._settings.public_url,
        )
        return arranged(parts, room, self._records)

    def room(self, sender: str) -> int | None:
        """A reply within the callback, and as many messages of ours as WeChat still allows."""
        slot = self._slots.get(self._current.get(sender, ""))
        more = self._records.remaining(self._place(sender)) if self.writes_first else 0
        return more + int(slot is not None and not slot.filled.done())

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; see ``messenger.Messenger``."""
        if file is None and await self._passively(sender, part.text):
            return
        place = self._place(sender)
        if not self.writes_first or not self._records.may_write_to(place):
            await self._point_out(sender, part)
            raise Away
        try:
            body = await self._body(part, file)
            await self.api.post("/cgi-bin/message/custom/send", {"touser": sender, **body})
        except Refused as error:
            await self._refused(sender, part, error)
        self._records.wrote_to(place)

    async def _body(self, part: Part, file: File | None) -> dict[str, Any]:
        if file is None:
            return {"msgtype": "text", "text": {"content": part.text}}
        return {"msgtype": "image", "image": {"media_id": await self.api.upload("image", file)}}

    async def _passively(self, sender: str, text: str) -> bool:
        """Put a message into the answer to the callback that is being handled; False when there is no room."""
        message_id = self._current.get(sender, "")
        slot = self._slots.get(message_id)
        if slot is None or slot.filled.done():
            return False
        slot.filled.set_result(text)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(slot.written), WRITTEN_SECONDS)
            self._records.give(self._place(message_id), text)
            return True
        return False

    async def _refused(self, sender: str, part: Part, error: Refused) -> NoReturn:
        place = self._place(sender)
        if error.code in SHUT:
            self._records.spent(place)
            await self._point_out(sender, part)
            raise Away from error
        if error.code in GONE:
            raise Gone from error
        if error.code in NOT_ALLOWED:
            self.writes_first = False
            self._say("公众号：没有客服消息权限，只在对方发来消息时回复。认证后可用，见 docs/service-account.md。")
            raise Away from error
        turn_log.error("service account refused", errcode=error.code)
        raise Rejected from error

    async def _point_out(self, sender: str, part: Part) -> None:
        """Tell an official by a template message, once for each, that something waits; they get it when they write."""
        template, place = self._settings.service_account_template, self._place(sender)
        key = f"template {part.key}"
        if not template or not part.text or self._assistant.accounts.bound(place) is None or self._records.given(key):
            return
        now = datetime.now(LUOYANG).strftime("%Y-%m-%d %H:%M")
        shown = {"text": part.text[: LONGEST_FIELD - 1] + "…" if len(part.text) > LONGEST_FIELD else part.text}
        fields = menus().reminder
        data = {name: {"value": value.format(**shown, time=now)} for name, value in fields.items()}
        url = f"{self._settings.public_url.rstrip('/')}/console"
        body = {"touser": sender, "template_id": template, "url": url, "data": data}
        try:
            await self.api.post("/cgi-bin/message/template/send", body)
        except Refused as error:
            turn_log.error("template message", errcode=error.code)
        self._records.give(key, True, POINTED_OUT_SECONDS)
