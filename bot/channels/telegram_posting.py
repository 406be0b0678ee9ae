"""Messages to Telegram: keyboards, the chat and topic they belong to, how fast they go, and what becomes of a refusal.

Bot API: https://core.telegram.org/bots/api
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from telegram import Bot, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bot.channels.messenger import Away, File, Gone, Rejected
from bot.channels.outbox import Outbox
from bot.channels.pacing import Pace
from bot.channels.relay import place_in_group
from bot.channels.rendering import Part
from bot.logs import turn_log

MOST_CALLBACK_BYTES = 64
AT_ONCE = 64
# A half-width character is one wide, a Chinese one two; two buttons of this width stand side by side on a phone.
HALF_A_ROW = 18
COPY_RECEIPT = "复制回执码"
SLOW_DOWNS = 3
# What Telegram says of a chat that will take nothing, whatever is sent.
CLOSED = re.compile(
    r"chat not found|user not found|PEER_ID_INVALID|not enough rights|have no rights|CHAT_WRITE_FORBIDDEN"
    r"|CHAT_RESTRICTED|group chat was deactivated|bot is not a member",
    re.IGNORECASE,
)
UNCHANGED = re.compile("message is not modified", re.IGNORECASE)
MESSAGE_ID = re.compile(r"(-?\d+):(\d+)")


@dataclass(frozen=True)
class Chat:
    """Where a message goes: a chat, and in a group with topics the thread there (0: none)."""

    id: int
    thread: int = 0

    @classmethod
    def of(cls, sender: str) -> Chat:
        """From what the relay calls a sender."""
        group, person = place_in_group(sender)
        chat, _, thread = (group or person).partition("/")
        return cls(int(chat), int(thread or 0))

    @property
    def is_group(self) -> bool:
        return self.id < 0


class Posting:
    """Sends single messages, each chat at its own pace."""

    def __init__(self, bot: Bot, outbox: Outbox, per_second: int) -> None:
        self._bot, self._outbox = bot, outbox
        self._pace, self._at_once = Pace(per_second), asyncio.Semaphore(AT_ONCE)
        self._moved: dict[int, int] = {}

    async def post(self, sender: str, part: Part, file: File | None) -> None:
        """Send one message; see ``messenger.Messenger``."""
        chat = Chat.of(sender)
        for _ in range(SLOW_DOWNS):
            chat = replace(chat, id=self._moved.get(chat.id, chat.id))
            try:
                async with self._pace.to(chat.id, chat.is_group), self._at_once:
                    await self._posted(chat, part, file)
            except ChatMigrated as error:  # a group became a larger one, under another number
                self._moved[chat.id] = error.new_chat_id
            except RetryAfter as error:
                self._pace.pause(chat.id, _seconds(error))
            except Forbidden as error:
                raise Gone from error
            except TelegramError as error:
                raise Away from error
            else:
                self._pace.took()
                return
        raise Away

    async def _posted(self, chat: Chat, part: Part, file: File | None) -> None:
        """Send it as it is meant; what Telegram refuses is sent plainer.

        Raises:
            Rejected: it takes none of that.
        """
        if part.edits and await self._edited(part):
            return
        plain = replace(part, copies="", answers="", edits="")
        for attempt, where in ((part, chat), (plain, Chat(chat.id)), (replace(plain, buttons=()), Chat(chat.id))):
            try:
                await self._sent(where, attempt, file, protected=bool(part.copies))
                return
            except BadRequest as error:
                # Digits out: no chat's number in a log.
                turn_log.error("telegram refused", error=re.sub(r"\d+", "", str(error))[:80])
                if CLOSED.search(str(error)):
                    raise Gone from error
        raise Rejected

    async def _sent(self, chat: Chat, part: Part, file: File | None, protected: bool) -> None:
        """Send it so; a receipt is not to be passed on, however plainly it is sent."""
        how: dict[str, Any] = {"message_thread_id": chat.thread or None, "reply_parameters": _reply_to(chat, part)}
        if file is None:
            await self._bot.send_message(
                chat.id, part.text, reply_markup=self.keyboard(part), protect_content=protected or None, **how
            )
        elif part.name:
            await self._bot.send_document(chat.id, file.content, filename=file.name, **how)
        else:
            await self._bot.send_photo(chat.id, file.content, **how)

    async def _edited(self, part: Part) -> bool:
        """Put a message in the place of an earlier one; False when that is no longer there to be changed."""
        match = MESSAGE_ID.fullmatch(part.edits)
        if match is None:
            return False
        try:
            await self._bot.edit_message_text(
                part.text, chat_id=int(match[1]), message_id=int(match[2]), reply_markup=self.keyboard(part)
            )
        except BadRequest as error:
            return bool(UNCHANGED.search(str(error)))
        return True

    def keyboard(self, part: Part) -> InlineKeyboardMarkup | None:
        """Buttons in two columns where they are short."""
        buttons = [InlineKeyboardButton(title, callback_data=self._data(says)) for title, says in part.buttons]
        if part.copies:
            buttons.insert(0, InlineKeyboardButton(COPY_RECEIPT, copy_text=CopyTextButton(part.copies)))
        return InlineKeyboardMarkup(in_columns(buttons)) if buttons else None

    def _data(self, says: str) -> str:
        """What a button says, or a key for it: Telegram gives it 64 bytes."""
        plain = f"={says}"
        return plain if len(plain.encode()) <= MOST_CALLBACK_BYTES else f"#{self._outbox.key_for(says)}"

    def says(self, data: str) -> str | None:
        """What a button that was pressed says; None when that is forgotten."""
        return data[1:] if data.startswith("=") else self._outbox.payload_of(data[1:])


def in_columns(buttons: list[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Rows of two where both are short, in their order."""
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        beside = rows[-1] if rows and len(rows[-1]) == 1 and _is_short(rows[-1][0]) and _is_short(button) else None
        if beside is None:
            rows.append([button])
        else:
            beside.append(button)
    return rows


def _is_short(button: InlineKeyboardButton) -> bool:
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in button.text) <= HALF_A_ROW


def _reply_to(chat: Chat, part: Part) -> ReplyParameters | None:
    """In a group an answer shows what it answers."""
    match = MESSAGE_ID.fullmatch(part.answers) if chat.is_group else None
    return ReplyParameters(int(match[2]), allow_sending_without_reply=True) if match else None


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after if isinstance(after, int) else after.total_seconds())
