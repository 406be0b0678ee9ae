"""微信客服: the public's way in, from any WeChat by a link or a code, through the office's 企业微信.

A callback says only that there is something; it is read from a cursor, which is kept. Sources:
https://developer.work.weixin.qq.com/document/path/94670 (reading), …/path/94677 (sending), …/path/95122 (greeting)
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from typing import Any

from bot.assembly import Assistant
from bot.channels.outbox import Outbox
from bot.channels.relay import Away, Fetch, File, Gone, Relay
from bot.channels.rendering import Part
from bot.channels.tencent.api import Account, Api, Refused, say_when_wrong
from bot.channels.tencent.arranging import Room, arranged, unbundling
from bot.channels.tencent.inbox import Brought, Inbox, NotYet
from bot.channels.tencent.listening import NAMES, NOT_READABLE, Listening, said_by_scene
from bot.channels.tencent.records import Allowance, Records
from bot.channels.tencent.wecom import message_body
from bot.logs import turn_log
from bot.settings import Settings
from knowledge.build import Say

LONGEST_BYTES, HEAD_BYTES, ITEM_BYTES = 2048, 1024, 128
AFTER_MESSAGE = Allowance(5, 48 * 3600)
WELCOME_SECONDS = 18
# Without a callback's token reading is allowed only now and then; it finds what a lost callback spoke of.
NOW_AND_THEN_SECONDS = 600
# Who turns this on for an account with a past does not answer last week's messages.
OLDEST_SECONDS = 600
CUSTOMER, SYSTEM = 3, 4
SHUT, GONE = {95001, 95002, 45015, 45047}, {40096, 84061}
SECRET_WRONG = "微信客服：Secret 不对或没有权限，发不出消息。请检查 ASSISTANT_WECOM_KF_SECRET。"
CURSOR, MOST_READ = "kf:", 1000
SYNC = "kf_sync"


def account_of(settings: Settings) -> Account:
    """The application that may use 微信客服: one of its own, or the one that officials use."""
    secret = settings.wecom_kf_secret or settings.wecom_secret
    return Account(settings.wecom_url, settings.wecom_corp_id, secret.get_secret_value() if secret else "")


def told_to_read(message: dict[str, str]) -> Brought | None:
    """A callback that says that there is something to read; None when it says something else."""
    kf = message.get("OpenKfId", "")
    if message.get("Event") != "kf_msg_or_event" or not kf:
        return None
    return Brought(f"{kf}:{message.get('Token', '')}:{message.get('CreateTime', '')}", kf, message)


class CustomerService:
    """The channel; ``sender`` is the customer-service account and the person, with “/” between."""

    channel, shown_name = "kf", "微信"
    longest, has_buttons, in_private = LONGEST_BYTES // 3 - 2, True, ""

    def __init__(self, assistant: Assistant, outbox: Outbox, records: Records, fetch: Fetch, say: Say) -> None:
        self._settings, self._say, self._outbox, self._records = assistant.settings, say, outbox, records
        self.relay = Relay(assistant, outbox, self, unbundling(fetch), self.arrange)
        self.api = Api(account_of(self._settings), records)
        self._listening = Listening(self.relay, self.api)
        self.inbox = Inbox(outbox, self.channel, self._handle)
        self.callbacks = Inbox(outbox, SYNC, self._read)
        self._reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._welcome: dict[str, tuple[str, float]] = {}

    def start(self) -> None:
        runs = (self.inbox.run(), self.callbacks.run(), self._now_and_then())
        self._running = [asyncio.create_task(run) for run in (*runs, say_when_wrong(self.api, self._say, SECRET_WRONG))]
        self.relay.start()
        self._say("微信客服：已启用。")

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        self.inbox.stop()
        self.callbacks.stop()
        await self.relay.stop()
        await self.api.close()

    # Reading ------------------------------------------------------------------------------------------------

    async def _now_and_then(self) -> None:
        while True:
            try:
                for kf in self._records.cursors(CURSOR):
                    await self._read_all(kf, "")
            except NotYet:
                pass
            except Exception as error:  # the next round may go better
                turn_log.error("kf not read", error=type(error).__name__)
            await asyncio.sleep(NOW_AND_THEN_SECONDS)

    async def _read(self, brought: Brought) -> None:
        await self._read_all(brought.who, str(brought.content.get("Token", "")))

    async def _read_all(self, kf: str, token: str) -> None:
        """Keep what has come since the last time.

        Raises:
            NotYet: it could not be read now.
        """
        async with self._reading[kf]:
            more = True
            while more:
                cursor = self._records.cursor(CURSOR + kf)
                told = await self._page(kf, cursor, token)
                for message in told.get("msg_list") or []:
                    self._keep(kf, message, first=not cursor)
                following = told.get("next_cursor")
                # Kept first, moved on then: what is read twice is known by its number.
                if isinstance(following, str) and following:
                    self._records.move_cursor(CURSOR + kf, following)
                more = bool(told.get("has_more")) and following not in (None, "", cursor)

    async def _page(self, kf: str, cursor: str, token: str) -> dict[str, Any]:
        body = {"open_kfid": kf, "cursor": cursor, "limit": MOST_READ, "voice_format": 0}
        try:
            try:
                return await self.api.post("/cgi-bin/kf/sync_msg", body | ({"token": token} if token else {}))
            except Refused:
                if not token:
                    raise
                return await self.api.post("/cgi-bin/kf/sync_msg", body)  # the token was good for ten minutes
        except Refused as error:
            turn_log.error("kf not read", errcode=error.code)
            raise NotYet from error
        except Away as error:
            raise NotYet from error

    def _keep(self, kf: str, message: Any, first: bool) -> None:
        if not isinstance(message, dict) or message.get("origin") not in (CUSTOMER, SYSTEM):
            return  # what colleagues answered by hand
        event = message.get("event")
        person = message.get("external_userid") or (event.get("external_userid") if isinstance(event, dict) else None)
        message_id, sent = message.get("msgid"), message.get("send_time")
        if not isinstance(person, str) or not isinstance(message_id, str) or not isinstance(sent, int):
            return
        if first and sent < time.time() - OLDEST_SECONDS:
            return
        self.inbox.keep(Brought(message_id, f"{kf}/{person}", message))

    # In -----------------------------------------------------------------------------------------------------

    async def _handle(self, brought: Brought) -> None:
        sender, message_id, message = brought.who, brought.id, brought.content
        kind = str(message.get("msgtype", ""))
        about = message.get(kind)
        about = about if isinstance(about, dict) else {}
        if kind == "event":
            await self._event(sender, message_id, int(message["send_time"]), about)
            return
        self._records.heard_from(self._place(sender), AFTER_MESSAGE)
        await self._said(sender, message_id, kind, {key: str(value) for key, value in about.items()})

    async def _said(self, sender: str, message_id: str, kind: str, about: dict[str, str]) -> None:
        listening = self._listening
        match kind:
            case "text":
                pressed = self._pressed(about.get("menu_id", ""))
                await self.relay.hear(sender, message_id, pressed or about.get("content", ""))
            case "voice":
                await listening.speech(sender, message_id, about.get("media_id", ""))
            case "image" | "video" | "file":
                await listening.file(sender, message_id, about.get("media_id", ""), NAMES.get(kind, ""))
            case "location":
                await listening.place(sender, message_id, about.get("name", ""), about.get("address", ""))
            case "link":
                await listening.link(sender, message_id, about.get("title", ""), about.get("url", ""))
            case _:
                await self.relay.tell(sender, message_id, NOT_READABLE)

    async def _event(self, sender: str, message_id: str, sent: int, event: dict[str, Any]) -> None:
        match event.get("event_type"):
            case "enter_session":
                code, scene = event.get("welcome_code"), str(event.get("scene_param") or event.get("scene") or "")
                if code and time.time() - sent < WELCOME_SECONDS:
                    self._welcome[sender] = (str(code), time.monotonic() + WELCOME_SECONDS)
                    await self.relay.hear(sender, message_id, said_by_scene(scene), command=True)
                    await self.relay.flush(sender)
                    self._welcome.pop(sender, None)
            case "msg_send_fail":
                turn_log.error("kf not shown", fail_type=event.get("fail_type"))

    def _pressed(self, menu_id: str) -> str | None:
        """What a button says that was tapped."""
        if menu_id.startswith("="):
            return menu_id[1:]
        return self._outbox.payload_of(menu_id[1:]) if menu_id.startswith("#") else None

    def _place(self, sender: str) -> str:
        return f"{self.channel}:{sender}"

    # Out ----------------------------------------------------------------------------------------------------

    def arrange(self, parts: list[Part]) -> list[Part]:
        """A turn in at most five messages, papers that are too many in one archive."""
        room = Room(LONGEST_BYTES, AFTER_MESSAGE.messages, HEAD_BYTES, public_url=self._settings.public_url)
        return arranged(parts, room, self._records)

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; see ``relay.Messenger``."""
        if file is None and await self._welcomed(sender, part):
            return
        place = self._place(sender)
        if not self._records.may_write_to(place):
            raise Away
        kf, _, person = sender.partition("/")
        try:
            body = {"touser": person, "open_kfid": kf, **_named(part), **await self._body(part, file)}
            await self.api.post("/cgi-bin/kf/send_msg", body)
        except Refused as error:
            if error.code in SHUT:
                self._records.spent(place)
                raise Away from error
            if error.code in GONE:
                raise Gone from error
            turn_log.warning("kf refused", errcode=error.code)
            return
        self._records.wrote_to(place)

    async def _welcomed(self, sender: str, part: Part) -> bool:
        """Greet somebody who has just come in and said nothing yet: one message, for which there is a code."""
        code, until = self._welcome.pop(sender, ("", 0.0))
        if not code or time.monotonic() > until:
            return False
        try:
            body = {"code": code, **_named(part), **await self._body(part, None)}
            await self.api.post("/cgi-bin/kf/send_msg_on_event", body)
        except (Refused, Away) as error:
            turn_log.warning("kf greeting", error=type(error).__name__)
        return True

    async def _body(self, part: Part, file: File | None) -> dict[str, Any]:
        if file is not None or not part.buttons:
            return await message_body(self.api, part, file)
        items = [
            {"type": "click", "click": {"id": self._menu_id(says), "content": _fitting(title)}}
            for title, says in part.buttons
        ]
        return {"msgtype": "msgmenu", "msgmenu": {"head_content": part.text, "list": items}}

    def _menu_id(self, says: str) -> str:
        plain = f"={says}"
        return plain if len(plain.encode()) <= ITEM_BYTES else f"#{self._outbox.key_for(says)}"


def _named(part: Part) -> dict[str, Any]:
    """Named by us, a message shows once however often it is sent: a second one of the name is refused."""
    return {"msgid": part.key} if part.key else {}


def _fitting(title: str) -> str:
    return title.encode()[:ITEM_BYTES].decode(errors="ignore")
