"""What a message of Telegram says: to whom, and in whose words."""

from __future__ import annotations

import re

from telegram import Message, MessageEntity, Update, User

from bot.channels.telegram_menu import COMMAND, COMMANDS


def message_of(update: Update) -> tuple[Message, str]:
    """The message of an update and who sent it."""
    message, user = update.effective_message, update.effective_user
    assert message and user
    return message, str(user.id)


def speaker_of(message: Message) -> str:
    """Who speaks in a group: a person, a channel, or the group itself (anonymous administrators).

    All channels have one bot for a sender, and would share a conversation.
    """
    who = message.sender_chat or message.from_user
    assert who
    return str(who.id)


def id_of(message: Message) -> str:
    return f"{message.chat.id}:{message.message_id}"


def is_passed_on(message: Message) -> bool:
    """Whether somebody else's message was forwarded; Bot API servers before 7.0 say so by its date alone."""
    return message.forward_origin is not None or "forward_date" in message.api_kwargs


def said_to_us(message: Message, us: User) -> str | None:
    """In a group: what is said to us, without our name; None when it is said to others.

    Only a mention that Telegram marks as one counts, and an answer to a message of ours: @luoyang_bot2 is another bot.
    What is passed on, a channel's post in its discussion group among it, was said elsewhere and to others.
    """
    if is_passed_on(message):
        return None
    text = message.text or message.caption or ""
    names = _names_of_us(message, us)
    answer = message.reply_to_message and message.reply_to_message.from_user == us
    if not names and not answer:
        return None
    units = text.encode("utf-16-le")  # in which Telegram counts
    for entity in sorted(names, key=lambda name: name.offset, reverse=True):
        start, end = entity.offset * 2, (entity.offset + entity.length) * 2
        units = units[:start] + _meaning(units[start:end].decode("utf-16-le")).encode("utf-16-le") + units[end:]
    return re.sub(r"\s+", " ", units.decode("utf-16-le")).strip() or COMMANDS["help"].says


def _names_of_us(message: Message, us: User) -> list[MessageEntity]:
    kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.BOT_COMMAND, MessageEntity.TEXT_MENTION]
    marked = message.parse_entities(kinds) if message.text else message.parse_caption_entities(kinds)
    return [entity for entity, words in marked.items() if _is_us(entity, words.lower(), us)]


def _is_us(entity: MessageEntity, words: str, us: User) -> bool:
    name = f"@{us.username}".lower()
    if entity.type == MessageEntity.TEXT_MENTION:  # a link to somebody, whatever it reads
        return entity.user == us
    return words == name or (entity.type == MessageEntity.BOT_COMMAND and words.endswith(name))


def _meaning(name: str) -> str:
    """What our name says: nothing, or what the command says that it stands behind."""
    command = COMMAND.fullmatch(name)
    return f"{COMMANDS.get(command[1].lower(), COMMANDS['help']).says} " if command else ""
