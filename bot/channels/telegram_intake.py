"""What Telegram brings: fetched as it is, kept before Telegram is told that it has come, read one by one, in order.

The library's own polling reads a whole answer at once: one update that it cannot read would stop all the others, and
its log would quote them. https://core.telegram.org/bots/api#getting-updates
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import warnings
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot, Chat, Update
from telegram.error import Conflict, RetryAfter, TelegramError, TimedOut

from bot.channels.inbox import FILES_AT_ONCE, WORDS_AT_ONCE
from bot.channels.ordering import Locks
from bot.channels.outbox import Outbox
from bot.logs import turn_log
from knowledge.build import Say
from storage.database import STORE_ERRORS

CHANNEL = "telegram"
# Everything else (reactions, channel posts, polls, members …) would only be thrown away here.
ALLOWED = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY]
POLL_SECONDS, ANSWER_SECONDS = 25, 15
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
# How often is looked for what another process received.
COLLECT_SECONDS = 0.5
# Pictures that were chosen together come as a message each; after so long without another one they are all there.
ALBUM_SECONDS = 1.0
# What of a message that cannot be read as a whole is read all the same.
READ_ALWAYS = {
    *("message_id", "message_thread_id", "is_topic_message", "from", "chat", "date", "edit_date", "media_group_id"),
    *("text", "entities", "caption", "caption_entities", "photo", "document", "voice", "audio", "video", "video_note"),
    *("animation", "location", "venue", "contact", "link_preview_options"),
    "forward_date",
}


@dataclass(frozen=True)
class Album:
    """Messages that were sent together."""

    updates: tuple[Update, ...]


@dataclass(frozen=True)
class Unread:
    """A message of which no more can be read than who sent it where."""

    chat: int = field(repr=False)
    sender: int = field(repr=False)
    message: int = field(repr=False)


@dataclass(frozen=True)
class Arrived:
    """What is handled at once, and the numbers of the updates that it came as."""

    what: Update | Album | Unread = field(repr=False)
    numbers: tuple[int, ...]
    chat: int = field(repr=False)


class Intake:
    """From Telegram to the handlers.

    Args:
        handle: does what an Update, an Album or an Unread asks for.
    """

    def __init__(self, bot: Bot, outbox: Outbox, handle: Callable[[object], Awaitable[None]], say: Say) -> None:
        self._bot, self._outbox, self._handle, self._say = bot, outbox, handle, say
        self._read_up_to = 0
        self._order = Locks()
        self._for_words, self._for_files = asyncio.Semaphore(WORDS_AT_ONCE), asyncio.Semaphore(FILES_AT_ONCE)
        self._working: set[asyncio.Task[None]] = set()
        self._albums: dict[int, tuple[str, list[Update], asyncio.TimerHandle]] = {}
        self._again: dict[int, float] = {}
        self._done: set[int] = set()
        self.arrived = asyncio.Event()
        # The library writes what it cannot read or handle into its log, words included; ours says what failed.
        logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)

    async def stop(self) -> None:
        """What is being handled stays kept, and is handled by whoever comes next."""
        for task in list(self._working):
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    # From Telegram ----------------------------------------------------------------------------------------

    async def fetch(self) -> None:
        """Ask Telegram for updates until cancelled; what goes wrong is tried again after a while."""
        offset, pause, contested = 0, FIRST_PAUSE, False
        while True:
            try:
                updates = await self._updates(offset)
                offset = max(offset, await self._keep_all(updates))
                pause, contested = FIRST_PAUSE, False
            except TimedOut:
                continue
            except RetryAfter as error:
                after = error.retry_after
                await asyncio.sleep(after if isinstance(after, int) else after.total_seconds())
            except Exception as error:
                turn_log.error("telegram updates", error=type(error).__name__)
                if isinstance(error, Conflict) and not contested:
                    contested = True
                    self._say("Telegram：另有程序在用同一个令牌收消息，两边都会丢消息。请只留一个。")
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _updates(self, offset: int) -> list[Any]:
        asked = {"timeout": POLL_SECONDS, "allowed_updates": ALLOWED, **({"offset": offset} if offset else {})}
        with warnings.catch_warnings():  # that there is a method which reads them too
            warnings.simplefilter("ignore")
            given = await self._bot.do_api_request(
                "getUpdates", api_kwargs=asked, read_timeout=POLL_SECONDS + ANSWER_SECONDS
            )
        if not isinstance(given, list):
            raise TelegramError("no list of updates")
        return given

    async def _keep_all(self, updates: Iterable[Any]) -> int:
        """Keep updates; returns from where on to ask next."""
        following = 0
        for update in updates:
            number = update.get("update_id") if isinstance(update, dict) else None
            if isinstance(number, int):
                self._keep(number, update)
                following = max(following, number + 1)
        return following

    def _keep(self, number: int, update: dict[str, Any]) -> None:
        try:
            self._outbox.keep(CHANNEL, str(number), json.dumps(update, ensure_ascii=False))
        except STORE_ERRORS as error:  # who wrote is told to write again (relay)
            turn_log.error("not kept", channel=CHANNEL, error=type(error).__name__)
            self._hand_over(number, update)
        else:
            self.arrived.set()

    async def collect(self) -> None:
        """Handle what is kept: what came here, to the webhook of another process, or was left by an earlier one."""
        while True:
            self.arrived.clear()
            try:
                for number, content in self._outbox.kept(CHANNEL, self._read_up_to):
                    self._read_up_to = number
                    update = json.loads(content)
                    self._hand_over(update["update_id"], update)
            except Exception as error:
                turn_log.error("telegram kept", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.arrived.wait(), COLLECT_SECONDS)

    # To the handlers --------------------------------------------------------------------------------------

    def _hand_over(self, number: int, raw: dict[str, Any]) -> None:
        """One update, after those of its chat that came before it."""
        what = self._read(raw)
        if what is None:
            self._handled([number])
        elif isinstance(what, Unread):
            self._flush(what.chat)
            self._submit(Arrived(what, (number,), what.chat))
        else:
            self._arrange(what)

    def _arrange(self, update: Update) -> None:
        chat, message = update.effective_chat.id if update.effective_chat else 0, update.message
        album = message.media_group_id if message and message.chat.type == Chat.PRIVATE else None
        before = self._albums.get(chat)
        if before and before[0] != album:
            self._flush(chat)
        if album is None:
            self._submit(Arrived(update, (update.update_id,), chat))
            return
        _, updates, timer = self._albums.get(chat, (album, [], None))
        if timer:
            timer.cancel()
        timer = asyncio.get_running_loop().call_later(ALBUM_SECONDS, self._flush, chat)
        self._albums[chat] = album, [*updates, update], timer

    def _flush(self, chat: int) -> None:
        """Whatever was sent together in a chat is all there."""
        if chat not in self._albums:
            return
        _, updates, timer = self._albums.pop(chat)
        timer.cancel()
        self._submit(Arrived(Album(tuple(updates)), tuple(update.update_id for update in updates), chat))

    def _submit(self, arrived: Arrived) -> None:
        task = asyncio.create_task(self._work(arrived))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _work(self, arrived: Arrived) -> None:
        """Who waits for those before them in their chat takes no place from others."""
        slots = self._for_files if _has_files(arrived.what) else self._for_words
        async with self._order.of(str(arrived.chat)), slots:
            try:
                await self._handle(arrived.what)
            except Exception as error:
                turn_log.error("telegram update", error=type(error).__name__)
        later = [number for number in arrived.numbers if number in self._again]
        self._handled(number for number in arrived.numbers if number not in later)
        for update in (update for update in _updates_in(arrived.what) if update.update_id in later):
            wait = self._again.pop(update.update_id)
            once_more = Arrived(update, (update.update_id,), arrived.chat)
            asyncio.get_running_loop().call_later(wait, self._submit, once_more)

    def again(self, update: Update, seconds: float) -> None:
        """Handle an update once more after a while; until then it stays kept. For handlers."""
        self._again[update.update_id] = seconds

    def _handled(self, numbers: Iterable[int]) -> None:
        """Keep them no longer; while the database is away that is done with the next ones."""
        self._done.update(numbers)
        if self._done:
            with contextlib.suppress(*STORE_ERRORS):
                self._outbox.handled(CHANNEL, map(str, self._done))
                self._done.clear()

    # Reading ----------------------------------------------------------------------------------------------

    def _read(self, raw: dict[str, Any]) -> Update | Unread | None:
        """An update; of one that cannot be read whole the words and files, or at least who sent it."""
        for reduce in (dict, _reduced):
            try:
                return Update.de_json(reduce(raw), self._bot)
            except Exception as error:  # whatever a library may find in what others wrote
                turn_log.error("telegram unreadable", error=type(error).__name__)
        return _unread(raw)


def _has_files(what: Update | Album | Unread) -> bool:
    messages = (update.message for update in _updates_in(what))
    return any(message.effective_attachment for message in messages if message)


def _updates_in(what: Update | Album | Unread) -> tuple[Update, ...]:
    return what.updates if isinstance(what, Album) else (what,) if isinstance(what, Update) else ()


def _reduced(raw: dict[str, Any]) -> dict[str, Any]:
    """An update without anything that is not needed to answer it."""
    kept: dict[str, Any] = {"update_id": raw["update_id"]}
    for kind in (Update.MESSAGE, Update.EDITED_MESSAGE):
        if kind in raw:
            kept[kind] = _reduced_message(raw[kind])
    if press := raw.get(Update.CALLBACK_QUERY):
        kept[Update.CALLBACK_QUERY] = {key: press[key] for key in ("id", "from", "chat_instance", "data")}
        kept[Update.CALLBACK_QUERY]["message"] = _reduced_message(press["message"])
    return kept


def _reduced_message(message: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in message.items() if key in READ_ALWAYS}
    if replied := message.get("reply_to_message"):
        kept["reply_to_message"] = {key: replied[key] for key in ("message_id", "from", "chat", "date")}
    if "forward_origin" in message:  # that it is somebody else's is not to be forgotten
        kept["forward_date"] = message["date"]
    return kept


def _unread(raw: dict[str, Any]) -> Unread | None:
    message = raw.get(Update.MESSAGE)
    try:
        chat, sender, number = message["chat"], message["from"], message["message_id"]  # type: ignore[index]
        if chat["type"] == "private":
            return Unread(int(chat["id"]), int(sender["id"]), int(number))
    except (KeyError, TypeError, ValueError):
        pass
    return None
