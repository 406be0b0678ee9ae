"""Words that steer an interview, whatever is being asked. They count only when they are the whole message."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, get_args

from pydantic import RootModel, field_validator

from casework import DATA
from knowledge.datafile import load
from knowledge.text import normalise

Command = Literal[
    "help",
    "why",
    "back",
    "show",
    "pause",
    "go_on",
    "restart",
    "cancel",
    "skip",
    "skip_rest",
    "agree",
    "submit",
    "yes",
    "no",
    "picked",
    "wait",
    "thanks",
    "hello",
]

COMMANDS: tuple[Command, ...] = get_args(Command)

PLEASE = r"(请|麻烦|帮我|我想|我要|给我|那就?|先)*"
END = r"(吧|一下|了|啊|呀|可以吗|好吗|行吗)*"


class CommandsFile(RootModel[dict[Command, list[str]]]):
    """casework/data/commands.yml."""

    @field_validator("root")
    @classmethod
    def _all_there(cls, given: dict[Command, list[str]]) -> dict[Command, list[str]]:
        if missing := set(get_args(Command)) - set(given):
            raise ValueError(f"缺少这些命令的说法：{'、'.join(sorted(missing))}。请补上")
        return given


@lru_cache(maxsize=1)
def patterns() -> dict[Command, re.Pattern[str]]:
    given = load(DATA / "commands.yml", CommandsFile).root
    return {command: re.compile(f"{PLEASE}({'|'.join(words)}){END}") for command, words in given.items()}


EDIT = re.compile(rf"{PLEASE}(?:把)?(?:修改|更改|更正|改正|改一?下|改)(?P<what>.{{1,30}}?){END}")
WRONG = re.compile(r"(?P<what>.{1,20}?)(填错了?|写错了?|不对|错了|有误|要改一?下?)")
TICK = re.compile(r"勾选 ?(\d{1,2})")
CONFIRMED = re.compile(r"(我)?确认如实(填报|举报|填写)(并)?(提交)?")


def command_in(text: str, among: tuple[Command, ...]) -> Command | None:
    """The command that a message is, if it is nothing else."""
    message = normalise(text).strip(" 。！!~～，,.?？")
    return next((command for command in among if patterns()[command].fullmatch(message)), None)
