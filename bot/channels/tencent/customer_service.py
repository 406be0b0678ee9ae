"""微信客服: the public's way in, from any WeChat by a link or a code, through the office's 企业微信.

A callback says only that there is something; it is read from a cursor, which is kept. Sources:
https://developer.work.weixin.qq.com/document/path/94670 (reading), …/path/94677 (sending), …/path/95122 (greeting)
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any

from bot.assembly import Assistant
from bot.channels.inbox import Brought, Inbox, NotYet
from bot.channels.messenger import Away, Fetch, File, Gone, Rejected
from bot.channels.outbox import Outbox
from bot.channels.rendering import Part
from bot.channels.tencent.api import Account, Refused
from bot.channels.tencent.arranging import Room, arranged
from bot.channels.tencent.listening import NAMES, NOT_READABLE, Reads, said_by_scene
from bot.channels.tencent.platform import LONGEST_BYTES, PlatformMessenger
from bot.channels.tencent.records import Allowance, Records
from bot.channels.tencent.wecom import message_body
from bot.channels.wechat_words import spoken
from bot.intake import passed_on
from bot.logs import turn_log
from bot.settings import Settings
from knowledge.build import Say

# Of a menu message (…/path/94677#菜单消息): its head, what a choice shows, and its id, of which some editions of that
# page say 64 bytes and some 128; of choices that do something there may be ten.
HEAD_BYTES, ITEM_BYTES, ID_BYTES, MOST_ITEMS = 1024, 128, 64, 10
# 用户发送消息: 5条, 48 小时 (…/path/94677, the same in …/path/96427 of 2023-12-19).
AFTER_MESSAGE = Allowance(5, 48 * 3600)
# The code of a greeting is good for 20 seconds (…/path/95122, …/path/96428).
WELCOME_SECONDS = 18
# Without a callback's token reading is allowed only now and then; it finds what a lost callback spoke of.
NOW_AND_THEN_SECONDS = 600
# Who turns this on for an account with a past does not answer last week's messages.
OLDEST_SECONDS = 600
CUSTOMER, SYSTEM = 3, 4
SHUT, GONE = {95001, 95002, 45015, 45047}, {40096, 84061}
# fail_type of msg_send_fail (…/path/94670): 48 hours over, ended, more than five; turned off by who was written to.
NO_LONGER_ALLOWED, REFUSED_BY_THEM, HOUR = (4, 5, 6), 10, 3600
TAKEN_BACK = (
    "您撤回的那条，我已经记进举报了，在微信里撤回删不掉它。要改哪一项，请说“修改”和那一项的名称；"
    "还没提交、不想举报了，请说“取消”；已经提交的，请发回执码，再说“撤回举报”。"
)
LOST_ON_THE_WAY = (
    "刚才有一条回复微信没有显示出来。请把您上一句话再发一次，点过的按钮请再点一次；"
    "刚提交了举报的，十分钟内这样能再看到回执码。"
)
SECRET_WRONG = "微信客服：Secret 不对或没有权限，发不出消息。请检查 ASSISTANT_WECOM_KF_SECRET。"
# https://developer.work.weixin.qq.com/document/path/94670: of a card it tells only the member's id.
ITEMS = {
    "location": Reads(
        "location", {"latitude": "latitude", "longitude": "longitude", "title": "name", "address": "address"}
    ),
    "link": Reads("link", {"title": "title", "url": "url", "description": "desc"}),
    "business_card": Reads("contact", {"account": "userid"}),
    "miniprogram": Reads("link", {"title": "title", "description": "appid"}),
    "channels": Reads("link", {"title": "title", "description": "nickname"}),
}
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


class CustomerService(PlatformMessenger):
    """The channel; ``sender`` is the customer-service account and the person, with “/” between."""

    channel, shown_name, secret_wrong, has_buttons = "kf", "微信", SECRET_WRONG, True

    def __init__(self, assistant: Assistant, outbox: Outbox, records: Records, fetch: Fetch, say: Say) -> None:
        super().__init__(assistant, outbox, records, fetch, say, account_of(assistant.settings))
        self.callbacks = Inbox(outbox, SYNC, self._read)
        self._inboxes.append(self.callbacks)
        self._reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._welcome: dict[str, tuple[str, float]] = {}

    def _started(self) -> str:
        return "微信客服：已启用。"

    def _works(self) -> list[Coroutine[Any, Any, None]]:
        return [self._now_and_then()]

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
            cursor, more = self._records.cursor(CURSOR + kf), True
            first = not cursor
            while more:
                told = await self._page(kf, cursor, token)
                for message in told.get("msg_list") or []:
                    self._keep(kf, message, first)
                following = told.get("next_cursor")
                more = bool(told.get("has_more")) and following not in (None, "", cursor)
                cursor = following if isinstance(following, str) and following else cursor
                # Kept first, moved on then: what is read twice is known by its number. Of an account's past all is read
                # before that: who goes on in its middle would take last week's messages for new ones.
                if cursor and not (first and more):
                    self._records.move_cursor(CURSOR + kf, cursor)

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
        if kind == "merged_msg" and (lines := conversation_in(about)):
            await self.relay.take_forwarded(sender, message_id, lines, passed_on(lines))
            return
        await self._said(sender, message_id, kind, {key: str(value) for key, value in about.items()})

    async def _said(self, sender: str, message_id: str, kind: str, about: dict[str, str]) -> None:
        listening = self._listening
        match kind:
            case "text":
                pressed = self._pressed(about.get("menu_id", ""))
                await self.relay.hear(sender, message_id, pressed or spoken(about.get("content", "")))
            case "voice":
                await listening.speech(sender, message_id, about.get("media_id", ""))
            case "image" | "video" | "file":
                await listening.file(sender, message_id, about.get("media_id", ""), NAMES.get(kind, ""))
            case kind if kind in ITEMS:
                await listening.item(sender, message_id, ITEMS[kind], about)
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
                await self._failed_to_show(sender, sent, event.get("fail_type"))
            case "user_recall_msg" if await self.relay.waits(sender):
                await self.relay.tell(sender, message_id, TAKEN_BACK, counted=False)

    async def _failed_to_show(self, sender: str, sent: int, why: Any) -> None:
        """A message that the platform took and then did not show: its reader hears of it when they can.

        Once an hour: what says so may itself not be shown.
        """
        turn_log.error("kf not shown", fail_type=why)
        if why == REFUSED_BY_THEM:
            return
        if why in NO_LONGER_ALLOWED:
            self._records.spent(self._place(sender))
        await self.relay.tell(sender, f"{sender} not shown {sent // HOUR}", LOST_ON_THE_WAY, counted=False)

    def _pressed(self, menu_id: str) -> str | None:
        """What a button says that was tapped."""
        if menu_id.startswith("="):
            return menu_id[1:]
        return self._outbox.payload_of(menu_id[1:]) if menu_id.startswith("#") else None

    # Out ----------------------------------------------------------------------------------------------------

    def arrange(self, parts: list[Part], most: int | None = None) -> list[Part]:
        """A turn in at most five messages, papers that are too many in one archive."""
        most, url = min(AFTER_MESSAGE.messages, most or AFTER_MESSAGE.messages), self._settings.public_url
        room = Room(LONGEST_BYTES, most, HEAD_BYTES, MOST_ITEMS, public_url=url)
        return arranged(parts, room, self._records)

    def room(self, sender: str) -> int | None:
        """A greeting of who has just come in, and as many messages of ours as WeChat still allows."""
        _, until = self._welcome.get(sender, ("", 0.0))
        return self._records.remaining(self._place(sender)) + int(time.monotonic() < until)

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; see ``messenger.Messenger``."""
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
            raise Rejected from error
        self._records.wrote_to(place)

    async def _welcomed(self, sender: str, part: Part) -> bool:
        """Greet somebody who has just come in and said nothing yet: one message, for which there is a code.

        A greeting that is not taken waits like any other message, under the same name.
        """
        code, until = self._welcome.pop(sender, ("", 0.0))
        if not code or time.monotonic() > until:
            return False
        try:
            body = {"code": code, **_named(part), **await self._body(part, None)}
            await self.api.post("/cgi-bin/kf/send_msg_on_event", body)
        except (Refused, Away) as error:
            turn_log.warning("kf greeting", error=type(error).__name__)
            return False
        return True

    async def _body(self, part: Part, file: File | None) -> dict[str, Any]:
        if file is not None or not part.buttons:
            return await message_body(self.api, self._records, part, file)
        items = [
            {"type": "click", "click": {"id": self._menu_id(says), "content": _fitting(title)}}
            for title, says in part.buttons
        ]
        return {"msgtype": "msgmenu", "msgmenu": {"head_content": part.text, "list": items}}

    def _menu_id(self, says: str) -> str:
        plain = f"={says}"
        return plain if len(plain.encode()) <= ID_BYTES else f"#{self._outbox.key_for(says)}"


def conversation_in(merged: dict[str, Any]) -> str:
    """The lines of a conversation that was passed on, with who said them; of what is no text only its kind."""
    lines = []
    for item in merged.get("item") or []:
        if isinstance(item, dict):
            kind = str(item.get("msgtype") or "")
            lines.append(f"{item.get('sender_name') or '某人'}：{_words_in(item.get('msg_content'), kind)}")
    return "\n".join(lines)


def _words_in(content: Any, kind: str) -> str:
    try:
        told = json.loads(str(content))
    except ValueError:
        return f"［{kind}］"
    about = told.get(kind, told) if isinstance(told, dict) else {}
    words = about.get("content") or about.get("title") or about.get("name") if isinstance(about, dict) else ""
    return str(words or f"［{kind}］")


def _named(part: Part) -> dict[str, Any]:
    """Named by us, a message shows once however often it is sent: a second one of the name is refused."""
    return {"msgid": part.key} if part.key else {}


def _fitting(title: str) -> str:
    return title.encode()[:ITEM_BYTES].decode(errors="ignore")
