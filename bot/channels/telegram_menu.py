"""What Telegram shows of the bot by itself: its commands where they make sense, and what it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)

from bot.web.city import city
from casework.cases.codes import CODE, NUMBER
from casework.cases.receipts import RECEIPT
from knowledge.documents import load_plan
from knowledge.locality import locality


@dataclass(frozen=True)
class Command:
    """A command of the menu.

    Attributes:
        says: what it means in words.
        about: what stands beside it in the menu.
        rest: what becomes of what follows it: it stands alone (/start CODE, or /start report by a link that names a
            command), is the next message (/selfcheck 某某公司), or is said in the same breath (/report 我被骗了…).
        in_groups: whether it is offered there.
    """

    says: str
    about: str
    rest: Literal["alone", "next", "same"] = "alone"
    in_groups: bool = False


COMMANDS = {
    "start": Command("你好", "开始使用"),
    "help": Command("帮助", "能问什么", in_groups=True),
    "selfcheck": Command("企业自查", "企业自查", "next"),
    "report": Command("我要举报", "举报可疑平台", "same"),
    "status": Command("查举报进度", "凭回执码查举报", "same"),
    "tasks": Command("我的任务", "工作人员：我的任务"),
    "cancel": Command("取消", "取消正在填写的内容", "next"),
}
COMMAND = re.compile(r"/(\w+)(?:@\w+)?\s*(.*)", re.DOTALL)
# Shown before somebody writes first (512 characters), and where the bot is shared (120).
DESCRIPTION = (
    "{title}。我依据{number}原文回答问题并注明条款，可以举报可疑平台（可匿名）、"
    "陪企业填写自查表、查举报进度。正在受骗或人身安全受到威胁的，请先拨打 110。\n\n"
    "您在 Telegram 上发的内容，Telegram 自己也会保存。This assistant answers in Chinese."
)
SHORT_DESCRIPTION = "{city}互联网金融风险专项整治：问政策、举报可疑平台、企业自查。依据{number}，注明条款。"


def descriptions() -> tuple[str, str]:
    """What Telegram shows of us, at length and in short."""
    known = {"title": city().title, "city": locality().full, "number": load_plan().info.number}
    return DESCRIPTION.format(**known), SHORT_DESCRIPTION.format(**known)


async def publish(bot: Bot) -> None:
    """Tell Telegram all of it.

    Raises:
        TelegramError: it could not be told.
    """
    everything = [BotCommand(name, command.about) for name, command in COMMANDS.items()]
    in_groups = [BotCommand(name, command.about) for name, command in COMMANDS.items() if command.in_groups]
    await bot.set_my_commands(everything, scope=BotCommandScopeAllPrivateChats())
    await bot.set_my_commands(in_groups, scope=BotCommandScopeAllGroupChats())
    await bot.set_my_commands(in_groups, scope=BotCommandScopeDefault())
    long, short = descriptions()
    await bot.set_my_description(long)
    await bot.set_my_short_description(short)


def in_words(text: str) -> tuple[str, ...]:
    """What a command and what follows it mean, as one or two messages; other text as it is."""
    match = COMMAND.fullmatch(text)
    if match is None:
        return (text,)
    rest = match[2].strip()
    command = COMMANDS.get(match[1].lower(), COMMANDS["help"])
    if not rest:
        return (command.says,)
    if command is COMMANDS["start"] and rest.lower() in COMMANDS:
        return (COMMANDS[rest.lower()].says,)
    if command.rest == "alone" or _is_key(rest):  # a code or a receipt says all
        return (rest,)
    return (f"{command.says}，{rest}",) if command.rest == "same" else (command.says, rest)


def _is_key(text: str) -> bool:
    return any(pattern.fullmatch(text.upper()) for pattern in (RECEIPT, CODE, NUMBER))
