"""Telegram, by python-telegram-bot: polling, inline keyboards, files both ways, groups by mention.

Bot API: https://core.telegram.org/bots/api
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    CallbackQuery,
    Chat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
    User,
)
from telegram.constants import ChatAction, MessageLimit
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import (
    AIORateLimiter,
    Application,
    BaseUpdateProcessor,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from actions.cases.database import STORE_ERRORS
from bot.assembly import Assistant
from bot.channels.outbox import Outbox
from bot.channels.relay import Away, Fetch, File, Gone, Relay, in_group, place_in_group
from bot.channels.rendering import Part
from bot.logs import turn_log
from knowledge.build import Say

# What a command says; the descriptions stand in Telegram's menu.
COMMANDS = {
    "start": ("你好", "开始使用"),
    "help": ("帮助", "能问什么"),
    "selfcheck": ("企业自查", "企业自查"),
    "report": ("我要举报", "举报可疑平台"),
    "status": ("查举报进度", "凭回执码查举报"),
    "tasks": ("我的任务", "工作人员：我的任务"),
    "cancel": ("取消", "取消正在填写的内容"),
}
IN_PRIVATE = "这件事涉及您的个人信息，请不要在群里说。请点 https://t.me/{bot} 与我单独对话。"
EDITED = "我按原来的消息回答过了。改了内容，请作为新消息再发一次。"
NOT_READABLE = "这种消息我看不懂。请发文字；举报时可以发图片、文件、录音和视频。"
TOO_LARGE = "文件超过 20 MB，Telegram 不让我下载。请压缩或分成几个再发，也可以在网页上传。"
MOST_CALLBACK_BYTES, LARGEST_DOWNLOAD = 64, 20 * 2**20
AT_ONCE = 64
POLL_SECONDS, WEBHOOK_AT_ONCE = 25, 40
# How often is looked for what another process received.
COLLECT_SECONDS = 0.5
BACK_OFF = (1, 2, 4, 8, 16)
WEBHOOK = "/telegram"


class KeptUpdates(asyncio.Queue[object]):
    """Updates on their way to be handled: once Telegram was told that one has come, it outlives this process."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self._outbox, self._read_up_to = outbox, 0
        self._done: set[int] = set()
        self.arrived = asyncio.Event()

    async def put(self, item: object) -> None:
        """Keep an update; ``collect`` queues it."""
        if isinstance(item, Update):
            try:
                self._outbox.keep(Telegram.channel, str(item.update_id), item.to_json())
            except STORE_ERRORS as error:  # who wrote is told to write again (relay)
                turn_log.error("not kept", channel=Telegram.channel, error=type(error).__name__)
            else:
                self.arrived.set()
                return
        await super().put(item)

    async def collect(self, bot: Bot) -> None:
        """Queue what is kept: what came here, to the webhook of another process, or was left by an earlier one."""
        while True:
            self.arrived.clear()
            with contextlib.suppress(*STORE_ERRORS):
                for number, content in self._outbox.kept(Telegram.channel, self._read_up_to):
                    self._read_up_to = number
                    await self._hand_over(json.loads(content), bot)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.arrived.wait(), COLLECT_SECONDS)

    async def _hand_over(self, update: dict[str, Any], bot: Bot) -> None:
        try:
            await super().put(Update.de_json(update, bot))
        except (KeyError, TypeError, ValueError, TelegramError) as error:
            turn_log.error("telegram update", error=type(error).__name__)
            self.handled(update["update_id"])

    def handled(self, update_id: int) -> None:
        """Keep it no longer; while the database is away that is done with the next one."""
        self._done.add(update_id)
        with contextlib.suppress(*STORE_ERRORS):
            self._outbox.handled(Telegram.channel, map(str, self._done))
            self._done.clear()


class OrderedPerChat(BaseUpdateProcessor):
    """Updates of one chat one after the other, those of different chats side by side."""

    def __init__(self, handled: Callable[[int], None]) -> None:
        super().__init__(AT_ONCE)
        self._order: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._handled = handled

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        chat = update.effective_chat if isinstance(update, Update) else None
        async with self._order[chat.id if chat else 0]:
            await coroutine
        if isinstance(update, Update):
            self._handled(update.update_id)

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""


class Telegram:
    """The channel; ``start`` returns at once, and a wrong token leaves the rest running."""

    channel, shown_name = "telegram", "Telegram"
    longest, has_buttons = int(MessageLimit.MAX_TEXT_LENGTH), True

    def __init__(self, assistant: Assistant, outbox: Outbox, fetch: Fetch, say: Say) -> None:
        settings = assistant.settings
        assert settings.telegram_token
        self._say, self._outbox, self._assistant = say, outbox, assistant
        self._collecting: asyncio.Task[None] | None = None
        self.relay = Relay(assistant, outbox, self, fetch)
        self._updates = KeptUpdates(outbox)
        base = settings.telegram_url.rstrip("/")
        self.application: Application[Any, Any, Any, Any, Any, Any] = (
            Application.builder()
            .token(settings.telegram_token.get_secret_value())
            .base_url(f"{base}/bot")
            .base_file_url(f"{base}/file/bot")
            .rate_limiter(AIORateLimiter(overall_max_rate=settings.telegram_per_second, max_retries=3))
            .update_queue(self._updates)
            .concurrent_updates(OrderedPerChat(self._updates.handled))
            .build()
        )
        self._register()

    def _register(self) -> None:
        """Everything that Telegram can bring, in one place."""
        add = self.application.add_handler
        private, files = filters.ChatType.PRIVATE, filters.PHOTO | filters.Document.ALL | filters.VOICE | filters.AUDIO
        add(CallbackQueryHandler(self._pressed))
        add(MessageHandler(filters.UpdateType.EDITED_MESSAGE & private, self._edited))
        add(MessageHandler(filters.UpdateType.MESSAGE & private & (filters.TEXT | filters.COMMAND), self._said))
        add(MessageHandler(filters.UpdateType.MESSAGE & private & (files | filters.VIDEO), self._file))
        add(MessageHandler(filters.UpdateType.MESSAGE & private, self._other))
        add(MessageHandler(filters.UpdateType.MESSAGE & filters.ChatType.GROUPS & filters.TEXT, self._in_group))
        self.application.add_error_handler(self._failed)

    # Running ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin in the background; tries until Telegram can be reached."""
        self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        application, wait = self.application, 1
        while True:
            try:
                await application.initialize()
                break
            except InvalidToken:
                self._say("Telegram：令牌无效，该渠道未启动，其他渠道照常。请检查 ASSISTANT_TELEGRAM_TOKEN。")
                return
            except TelegramError:
                self._say(f"Telegram：暂时连不上，{wait} 秒后再试。")
                await asyncio.sleep(wait)
                wait = min(wait * 2, 60)
        with contextlib.suppress(TelegramError):
            await application.bot.set_my_commands([BotCommand(name, about) for name, (_, about) in COMMANDS.items()])
        await application.start()
        self._collecting = asyncio.create_task(self._updates.collect(application.bot))
        if self._assistant.settings.telegram_webhook:
            await self._ask_for_webhook()
        elif application.updater:
            await application.updater.start_polling(
                timeout=POLL_SECONDS, allowed_updates=Update.ALL_TYPES, bootstrap_retries=-1
            )
        self.relay.start()
        self._say(f"Telegram：已连接（@{application.bot.username}）。")

    async def _ask_for_webhook(self) -> None:
        """Let Telegram send to us; what it sends carries a secret that only it was told."""
        url = self._assistant.settings.public_url.rstrip("/") + WEBHOOK
        for wait in (*BACK_OFF, 0):
            try:
                await self.application.bot.set_webhook(
                    url,
                    secret_token=self._outbox.secret(WEBHOOK),
                    allowed_updates=Update.ALL_TYPES,
                    max_connections=WEBHOOK_AT_ONCE,
                )
                return
            except TelegramError as error:
                self._say(f"Telegram：回调地址 {url} 没有设置成（{type(error).__name__}）。")
                await asyncio.sleep(wait)

    def arrived(self) -> None:
        """Something came to this process's webhook and is kept."""
        self._updates.arrived.set()

    async def stop(self) -> None:
        self._running.cancel()
        if self._collecting:
            self._collecting.cancel()
        await self.relay.stop()
        application = self.application
        with contextlib.suppress(TelegramError, RuntimeError):
            if application.updater and application.updater.running:
                await application.updater.stop()
            if application.running:
                await application.stop()
            await application.shutdown()

    @property
    def in_private(self) -> str:
        """See ``relay.Messenger``."""
        return IN_PRIVATE.format(bot=self.application.bot.username)

    # Out --------------------------------------------------------------------------------------------------

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; see ``relay.Messenger``."""
        group, person = place_in_group(sender)
        chat = int(group or person)
        bot = self.application.bot
        try:
            if file is None:
                await bot.send_message(chat, part.text, reply_markup=self._keyboard(part))
            elif part.name:
                await bot.send_document(chat, file.content, filename=file.name)
            else:
                await bot.send_photo(chat, file.content)
        except Forbidden as error:
            raise Gone from error
        except BadRequest as error:
            # Nothing that is sent again would fare better; a chat that is not there takes nothing.
            turn_log.error("telegram refused", error=re.sub(r"\d+", "", str(error))[:80])
            if "chat not found" in str(error).lower():
                raise Gone from error
        except (NetworkError, RetryAfter) as error:
            raise Away from error

    def _keyboard(self, part: Part) -> InlineKeyboardMarkup | None:
        if not part.buttons:
            return None
        rows = [[InlineKeyboardButton(title, callback_data=self._data(says))] for title, says in part.buttons]
        return InlineKeyboardMarkup(rows)

    def _data(self, says: str) -> str:
        """What a button says, or a key for it: Telegram gives it 64 bytes."""
        plain = f"={says}"
        return plain if len(plain.encode()) <= MOST_CALLBACK_BYTES else f"#{self._outbox.key_for(says)}"

    # In ---------------------------------------------------------------------------------------------------

    async def _said(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, sender = _message(update)
        await self.relay.hear(sender, _id(message), _without_command(message.text or ""))

    async def _pressed(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query
        with contextlib.suppress(BadRequest):  # too old to be answered, and still to be heard
            await query.answer()
        says = self._says(query)
        if says is None or not query.message or query.message.chat.type != Chat.PRIVATE:
            return
        with contextlib.suppress(BadRequest):
            await self.application.bot.edit_message_reply_markup(query.message.chat.id, query.message.message_id)
        await self.relay.hear(str(query.from_user.id), f"callback {query.id}", says)

    def _says(self, query: CallbackQuery) -> str | None:
        data = query.data or ""
        return data[1:] if data.startswith("=") else self._outbox.payload_of(data[1:])

    async def _file(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, sender = _message(update)
        attached = message.effective_attachment
        attached = attached[-1] if isinstance(attached, (list, tuple)) else attached
        size = getattr(attached, "file_size", 0) or 0
        if size > LARGEST_DOWNLOAD:
            await self.relay.tell(sender, _id(message), TOO_LARGE)
            return
        await self._typing(message.chat)
        file = await attached.get_file()  # type: ignore[union-attr]
        content = bytes(await file.download_as_bytearray())
        name = getattr(attached, "file_name", None) or NAMES.get(type(attached).__name__, "文件")
        await self.relay.take_file(sender, _id(message), name, content, message.caption or "")

    async def _edited(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, sender = _message(update)
        await self.relay.tell(sender, f"{_id(message)} edited {update.update_id}", EDITED)

    async def _other(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, sender = _message(update)
        await self.relay.tell(sender, _id(message), NOT_READABLE)

    async def _in_group(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """In a group only who speaks to us is answered, and nothing personal is."""
        message, sender = _message(update)
        bot: User = self.application.bot.bot
        mention = f"@{bot.username}"
        to_us = message.reply_to_message and message.reply_to_message.from_user == bot
        text = message.text or ""
        if mention.lower() not in text.lower() and not to_us:
            return
        said = re.sub(re.escape(mention), "", _without_command(text), flags=re.IGNORECASE).strip()
        await self.relay.hear_in_group(in_group(message.chat.id, sender), _id(message), said)

    async def _typing(self, chat: Chat) -> None:
        """Only while a file is fetched: an answer is there in less time than saying so would take from the limit."""
        with contextlib.suppress(TelegramError):
            await self.application.bot.send_chat_action(chat.id, ChatAction.TYPING)

    async def _failed(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """One update that cannot be handled never stops the others."""
        turn_log.error("telegram update", error=type(context.error).__name__)


NAMES = {"PhotoSize": "照片.jpg", "Voice": "录音.ogg", "Video": "视频.mp4", "Audio": "录音.mp3"}


def _message(update: Update) -> tuple[Message, str]:
    message, user = update.effective_message, update.effective_user
    assert message and user
    return message, str(user.id)


def _id(message: Message) -> str:
    return f"{message.chat.id}:{message.message_id}"


def _without_command(text: str) -> str:
    """What a command means in words; other text as it is."""
    command = re.match(r"^/(\w+)(?:@\w+)?\s*", text)
    if command is None:
        return text
    said, _ = COMMANDS.get(command[1].lower(), ("帮助", ""))
    return said
