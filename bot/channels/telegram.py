"""Telegram, by python-telegram-bot: inline keyboards, files both ways, groups by mention.

``telegram_intake`` brings what people say, ``telegram_messages`` reads it, ``telegram_posting`` sends, and
``telegram_menu`` is what Telegram shows of the bot. Bot API: https://core.telegram.org/bots/api
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from typing import Any

from telegram import CallbackQuery, Chat, LinkPreviewOptions, MaybeInaccessibleMessage, Update
from telegram.constants import ChatAction, MessageLimit
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    Defaults,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.assembly import Assistant
from bot.channels.foreign import is_foreign
from bot.channels.messenger import Fetch, File, Unlimited
from bot.channels.outbox import Outbox
from bot.channels.relay import Around, Given, Relay, in_group
from bot.channels.rendering import Part, at
from bot.channels.telegram_evidence import ToFetch, contents_of
from bot.channels.telegram_intake import ALLOWED, CHANNEL, Album, Intake, Unread
from bot.channels.telegram_menu import in_words, publish
from bot.channels.telegram_messages import (
    id_of,
    is_passed_on,
    message_of,
    said_to_us,
    speaker_of,
)
from bot.channels.telegram_posting import Posting
from bot.intake import Handed
from bot.logs import turn_log
from casework.cases.items import Item
from casework.interview.commands import TICK
from knowledge.build import Say

IN_PRIVATE = "这件事涉及您的个人信息，请不要在群里说。请点 https://t.me/{bot} 与我单独对话。"
EDITED = "我按原来的消息回答过了。改了内容，请作为新消息再发一次。"
NOT_READABLE = "这种消息我看不懂。请发文字；举报时可以发图片、文件、录音和视频。"
TOO_LARGE = "文件超过 20 MB，Telegram 不让我下载，没有保存。请压缩或分成几个再发，也可以在网页{web}上传。"
NOT_FETCHED = "您发的“{name}”暂时没有从 Telegram 取到。我会自动再取，取到了告诉您；请先不要在聊天里删除它。"
LOST_FILE = "您发的“{name}”一直没有从 Telegram 取到，没有保存。请再发一次，也可以在网页{web}上传。"
IN_WORDS = "录音的内容我听不懂，要点请再用文字说一下。"
BUTTON_FORGOTTEN = "这个按钮过期了。请直接打字告诉我。"
# What of an album is held in memory before it is kept.
MOST_AT_ONCE = 32 * 2**20
# When a file is asked for again that Telegram did not give; a wrong id is often only "temporarily unavailable".
FETCH_AGAIN_SECONDS = (5, 15, 60, 300, 900, 3600)
TRIES_OF_A_WRONG_ID = 3
WEBHOOK_AT_ONCE = 40
BACK_OFF = (1, 2, 4, 8, 16)
WEBHOOK = "/telegram"


class Telegram(Unlimited):
    """The channel; ``start`` returns at once, and a wrong token leaves the rest running."""

    channel, shown_name = CHANNEL, "Telegram"
    longest, has_buttons = int(MessageLimit.MAX_TEXT_LENGTH), True

    def __init__(self, assistant: Assistant, outbox: Outbox, fetch: Fetch, say: Say) -> None:
        settings = assistant.settings
        assert settings.telegram_token
        self._say, self._outbox, self._settings = say, outbox, settings
        self.relay = Relay(assistant, outbox, self, fetch)
        base = settings.telegram_url.rstrip("/")
        self.application: Application[Any, Any, Any, Any, Any, Any] = (
            Application.builder()
            .token(settings.telegram_token.get_secret_value())
            .base_url(f"{base}/bot")
            .base_file_url(f"{base}/file/bot")
            .defaults(Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)))
            .updater(None)
            .build()
        )
        self._bot = self.application.bot
        self._posting = Posting(self._bot, outbox, settings.telegram_per_second)
        self._intake = Intake(self._bot, outbox, self.application.process_update, say)
        self._tries: dict[int, int] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._register()

    def _register(self) -> None:
        """Everything that Telegram can bring, in one place."""
        add = self.application.add_handler
        private, groups = filters.ChatType.PRIVATE, filters.ChatType.GROUPS
        new, changed = filters.UpdateType.MESSAGE, filters.UpdateType.EDITED_MESSAGE
        files = filters.PHOTO | filters.Document.ALL | filters.VOICE | filters.AUDIO | filters.VIDEO
        files = files | filters.VIDEO_NOTE | filters.ANIMATION
        items = filters.LOCATION | filters.VENUE | filters.CONTACT
        add(CallbackQueryHandler(self._pressed))
        add(TypeHandler(Album, self._album))
        add(TypeHandler(Unread, self._unread))
        # A location that moves is edited all the time, and nobody said anything.
        add(MessageHandler(changed & private & (filters.TEXT | filters.CAPTION), self._edited))
        add(MessageHandler(new & private & filters.TEXT, self._said))
        add(MessageHandler(new & private & (files | items), self._file))
        add(MessageHandler(new & private & ~filters.StatusUpdate.ALL, self._other))
        add(MessageHandler(new & groups & (filters.TEXT | filters.CAPTION), self._in_group))
        self.application.add_error_handler(self._failed)

    # Running ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin in the background; tries until Telegram can be reached."""
        self._soon(self._run())

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        wait = 1
        while True:
            try:
                await self.application.initialize()
                break
            except InvalidToken:
                self._say("Telegram：令牌无效，该渠道未启动，其他渠道照常。请检查 ASSISTANT_TELEGRAM_TOKEN。")
                return
            except TelegramError:
                self._say(f"Telegram：暂时连不上，{wait} 秒后再试。")
                await asyncio.sleep(wait)
                wait = min(wait * 2, 60)
        self._soon(self._intake.collect())
        self.relay.start()
        await self._agree_on_the_way()
        self._say(f"Telegram：已连接（@{self._bot.username}）。")
        with contextlib.suppress(TelegramError):
            await publish(self._bot)

    async def _agree_on_the_way(self) -> None:
        """Let Telegram send to us, with a secret that only it was told, or ask it for what there is."""
        url = self._settings.public_url.rstrip("/") + WEBHOOK if self._settings.telegram_webhook else ""
        for wait in (*BACK_OFF, 0):
            try:
                if url:
                    secret = self._outbox.secret(WEBHOOK)
                    await self._bot.set_webhook(
                        url, secret_token=secret, allowed_updates=ALLOWED, max_connections=WEBHOOK_AT_ONCE
                    )
                else:
                    await self._bot.delete_webhook()
                break
            except TelegramError as error:
                self._say(f"Telegram：回调地址 {url or '（无）'} 没有设置成（{type(error).__name__}）。")
                await asyncio.sleep(wait)
        if not url:
            self._soon(self._intake.fetch())

    def arrived(self) -> None:
        """Something came to this process's webhook and is kept."""
        self._intake.arrived.set()

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await self._intake.stop()
        await self.relay.stop()
        with contextlib.suppress(TelegramError, RuntimeError):
            await self.application.shutdown()

    @property
    def in_private(self) -> str:
        """See ``messenger.Messenger``."""
        return IN_PRIVATE.format(bot=self._bot.username)

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; see ``messenger.Messenger``."""
        await self._posting.post(sender, part, file)

    # Words ------------------------------------------------------------------------------------------------

    async def _said(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, sender = message_of(update)
        text, user = message.text or "", update.effective_user
        items = contents_of(message).items
        if is_passed_on(message):
            await self.relay.take_forwarded(sender, id_of(message), text, items)
            return
        if items and await self.relay.waits(sender):
            await self.relay.take(sender, id_of(message), items, text)
            return
        text = "\n".join([text, *(item.text for item in items)])
        around = Around(foreign=is_foreign(text, (user and user.language_code) or ""))
        for number, said in enumerate(in_words(text)):
            await self.relay.hear(sender, f"{id_of(message)} {number}" if number else id_of(message), said, around)

    async def _edited(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, sender = message_of(update)
        await self.relay.tell(sender, f"{id_of(message)} edited {update.update_id}", EDITED)

    async def _other(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, sender = message_of(update)
        await self.relay.tell(sender, id_of(message), NOT_READABLE)

    async def _unread(self, unread: Unread, context: ContextTypes.DEFAULT_TYPE) -> None:
        await self.relay.tell(str(unread.sender), f"{unread.chat}:{unread.message}", NOT_READABLE)

    async def _in_group(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """In a group only who speaks to us is answered, and nothing personal is."""
        message = update.effective_message
        assert message
        said = said_to_us(message, self._bot.bot)
        if said is None:
            return
        place = in_group(_group_of(message), speaker_of(message))
        if message.text:
            await self.relay.hear_in_group(place, id_of(message), said)
        else:
            await self.relay.tell(place, id_of(message), self.in_private)

    # Buttons ----------------------------------------------------------------------------------------------

    async def _pressed(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query
        message, says = query.message, self._posting.says(query.data or "")
        self._soon(self._answered(query, None if says else BUTTON_FORGOTTEN))
        if says is None or message is None:
            return
        message_id = f"callback {query.id}"
        if message.chat.type != Chat.PRIVATE:
            asked = getattr(message, "reply_to_message", None)
            around = Around(answers=id_of(asked) if asked else "", by=str(query.from_user.id))
            await self.relay.hear_in_group(self._presser(query), message_id, says, around)
        elif TICK.fullmatch(says):
            edits = f"{message.chat.id}:{message.message_id}"
            await self.relay.hear(str(query.from_user.id), message_id, says, Around(edits=edits))
        else:
            self._soon(self._without_buttons(message))
            await self.relay.hear(str(query.from_user.id), message_id, says)

    def _presser(self, query: CallbackQuery) -> str:
        """In a group a button goes on with the conversation that its message belongs to, whoever presses it."""
        message = query.message
        assert message
        asked = getattr(message, "reply_to_message", None)
        known = asked and asked.from_user and asked.from_user != self._bot.bot
        return in_group(_group_of(message), speaker_of(asked) if asked and known else str(query.from_user.id))

    async def _answered(self, query: CallbackQuery, text: str | None) -> None:
        """Stop the button's spinning; whether that works changes nothing about what was pressed."""
        with contextlib.suppress(TelegramError):
            await query.answer(text)

    async def _without_buttons(self, message: MaybeInaccessibleMessage) -> None:
        with contextlib.suppress(TelegramError):
            await self._bot.edit_message_reply_markup(message.chat.id, message.message_id)

    # Files and what is no file ----------------------------------------------------------------------------

    async def _file(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await self._take([update])

    async def _album(self, album: Album, context: ContextTypes.DEFAULT_TYPE) -> None:
        await self._take(album.updates)

    async def _take(self, updates: Sequence[Update]) -> None:
        """What came together: a file that is not to be had now is asked for again, the rest is kept."""
        given: list[Given] = []
        words: list[Given] = []
        note = ""
        _, sender = message_of(updates[0])
        for update in updates:
            each, message = await self._given(update), message_of(update)[0]
            if each is None:
                continue
            (given if each.handed else words).append(each)
            note = IN_WORDS if each.handed and (message.voice or message.video_note) else note
            if sum(_size_of(each) for each in given) > MOST_AT_ONCE:
                await self.relay.take_together(sender, given, note)
                given, note = [], ""
        if given:
            await self.relay.take_together(sender, [*given, *words], note)
            return
        for each in words:  # said with what is too large, or lost
            await self.relay.hear(sender, each.message_id, each.caption)

    async def _given(self, update: Update) -> Given | None:
        """What a message holds, its files fetched; None when there is nothing, or when it comes with its file later."""
        message, _ = message_of(update)
        contents = contents_of(message)
        if contents.files:
            self._soon(self._typing(message.chat))
        fetched = [await self._content(update, file) for file in contents.files]
        files = [
            Handed(file.name, content)
            for file, content in zip(contents.files, fetched, strict=True)
            if content is not None
        ]
        handed: tuple[Handed | Item, ...] = (*files, *contents.items)
        if update.update_id in self._tries or not (handed or contents.caption):
            return None
        # What became of a file that is not there was said in answer to the message itself.
        message_id = id_of(message) if len(files) == len(contents.files) else f"{id_of(message)} caption"
        return Given(message_id, handed, contents.caption)

    async def _content(self, update: Update, wanted: ToFetch) -> bytes | None:
        """A file; None when there is none to be had, which its sender is told."""
        message, sender = message_of(update)
        too_large = TOO_LARGE.format(web=at(self._settings.public_url))
        if wanted.too_large:
            await self.relay.tell(sender, id_of(message), too_large, counted=False)
            return None
        try:
            file = await self._bot.get_file(wanted.file_id)
            content = bytes(await file.download_as_bytearray())
        except TelegramError as error:
            turn_log.error("telegram file", error=type(error).__name__)
            if "too big" in str(error).lower():
                self._tries.pop(update.update_id, None)
                await self.relay.tell(sender, id_of(message), too_large, counted=False)
            else:
                await self._fetch_again(update, wanted.name, wrong=isinstance(error, BadRequest))
            return None
        self._tries.pop(update.update_id, None)
        return content

    async def _fetch_again(self, update: Update, name: str, wrong: bool) -> None:
        """The update stays kept and is handled again, so that the file is not lost; its sender knows either way."""
        message, sender = message_of(update)
        tries = self._tries[update.update_id] = self._tries.get(update.update_id, 0) + 1
        if tries > (TRIES_OF_A_WRONG_ID if wrong else len(FETCH_AGAIN_SECONDS)):
            self._tries.pop(update.update_id)
            lost = LOST_FILE.format(name=name, web=at(self._settings.public_url))
            await self.relay.tell(sender, id_of(message), lost, counted=False)
            return
        self._intake.again(update, FETCH_AGAIN_SECONDS[tries - 1])
        waiting = NOT_FETCHED.format(name=name)
        await self.relay.tell(sender, f"{id_of(message)} not fetched", waiting, counted=False)

    async def _typing(self, chat: Chat) -> None:
        """Only while a file is fetched: an answer is there in less time than saying so would take from the limit."""
        with contextlib.suppress(TelegramError):
            await self._bot.send_chat_action(chat.id, ChatAction.TYPING)

    # What goes wrong --------------------------------------------------------------------------------------

    async def _failed(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """One update that cannot be handled never stops the others, and who wrote hears of it."""
        turn_log.error("telegram update", error=type(context.error).__name__)
        for each in update.updates if isinstance(update, Album) else (update,):
            if isinstance(each, Update) and each.effective_chat and each.effective_user:
                chat, sender = each.effective_chat, str(each.effective_user.id)
                place = sender if chat.type == Chat.PRIVATE else in_group(chat.id, sender)
                await self.relay.not_heard(place, each.update_id)
                return


def _group_of(message: MaybeInaccessibleMessage) -> str:
    """A group, and in one with topics the topic."""
    topic = getattr(message, "is_topic_message", None) and getattr(message, "message_thread_id", None)
    return f"{message.chat.id}/{topic}" if topic else str(message.chat.id)


def _size_of(given: Given) -> int:
    return sum(len(each.content) for each in given.handed if isinstance(each, Handed))
