"""What a message asks, without what is said around it: courtesies, fillers, and what it says it is not about."""

from __future__ import annotations

import re
from functools import lru_cache

from knowledge.text import normalise

LEAST_LETTERS = 4
# Of what is longer the beginning and the end are read: encoding takes time by the letter, for everybody.
LONGEST = 240
GAP = r"[,，。.!！~、:：? ]*"
COURTESY = (
    "你好|您好|早上好|上午好|下午好|晚上好|哈喽|嗨|打扰(?:一下|了)?|不好意思|麻烦(?:您|你|问)?(?:给)?(?:看看|看一下|一下)?|劳驾|"
    "请教(?:一下)?|(?:我)?(?:就)?(?:是)?(?:想|要)?(?:请)?(?:问|咨询|打听|了解)(?:一?下|问)?(?:你们|您|一个事情?|个事儿?|个问题)?|"
    "请问(?:一?下)?|那个|这个(?=请问|我想)|哎+|唉|嗯+|呃|喂|哈|同志|师傅|老师|领导(?=[,，你您好])|又来麻烦(?:你|您)|帮我?(?:查|看)(?:一?下)"
)
LEADS = re.compile(rf"(?:{COURTESY}){GAP}")
THANKS = (
    "谢谢(?:您|你|了|啦|啊)*|多谢|感谢|辛苦(?:了|啦)?|麻烦(?:您|你)?(?:了|告诉我?一声|说简单点)?|急(?:用|着用)?呢|在线等|"
    "(?:知道的话)?(?:请|麻烦)?告诉我(?:一声)?(?:好吗)?|[啊呀哈哦噢嘛]+"
)
TRAILS = re.compile(rf"{GAP}(?:{THANKS}){GAP}$")
# 我不是要举报，就想问…: what the message is not about decides nothing.
THINGS = "举报|投诉|反映|填表|自查|自查表|被骗|上当|转?人工|登录|进度|企业|咨询|政策|条文|时间|要求|谁负责"
# What happened to somebody: no preamble, and no question to the plan, however long.
TELLS = re.compile(r"骗|投了|跑路|卷款|联系不上|失联|提现|提不|取不|不给|兑付|报案|\d ?万|上访|口径|答复")
# Behind such words stands the question, when before them nothing was told.
LEADS_UP = re.compile(
    r"^.*(?:想问一?下|想问问|问一下|问问|想弄明白|想弄清楚|想知道|想了解(?:一下)?|请教一?下|咨询一?下)(?:你们这边|你们|您|你)?"
)
QUESTION_WORDS = "吗|什么|啥|谁|哪|多少|多久|能不能|可不可以|是否|是不是|行不行|有没有|要不要|如何|何时|为何"
# Stricter than parts.ASKS: 前几天 and 好几个 ask nothing, and 呢 may end anything.
ASKED = re.compile(rf"{QUESTION_WORDS}|怎[么样]|(?<![前好])几(?!天)|因何")
NOT = "不是|不要|不用|不想|别|没有?|不看|不问|不涉及|不"
REST = "[^,，。;； ]"
NOT_THIS = re.compile(rf"^我?[又也并先可]?(?:{NOT}){REST}{{0,8}}?(?:{THINGS}){REST}{{0,6}}[,，。;； ]+")
LEADS_TO = re.compile(r"^(?:就是|就|只是|只|而是|是|直接)?(?:想|要)?(?:问问?|打听|了解|说)(?:一?下)?(?:的是)?")

# 不是问排查，我问的是评估…: whoever names both says which of them is meant.
NOT_ASKED = re.compile(
    rf"^我?(?:不是|没有?|不)(?:在|要|想)?(?:问|说|指|讲|打听)(?:的)?(?:是)?{REST}{{1,10}}?[,，。;； ]+"
    rf"(?:我|俺)?(?:就是|是|要|想)?(?:问|说|指|讲|打听)(?:的)?(?:就)?(?:是)?(?={REST})"
)


def drop_denied(text: str) -> str:
    """A normalised message without what it says, at its beginning, that it is not about."""
    return NOT_ASKED.sub("", text)


# 查出毛病了，第一步给人家啥: what comes first there, not the first of the four steps.
FIRST_THING = re.compile(r"(?<=[^步骤]{6})(?<!方案|工作|整治|摸底|总共|整顿)第一步(?=[^是叫也的，。?？和、])")


@lru_cache(maxsize=4096)
def clean_query(message: str) -> str:
    """The asking part of a message, normalised; the whole message when little else would be left.

    Args:
        message: as typed.
    """
    text = drop_denied(normalise(message))
    for _ in range(6):
        before = text
        if match := LEADS.match(text):
            text = _unless_empty(text[match.end() :], text)
        if match := NOT_THIS.match(text):
            text = _unless_empty(LEADS_TO.sub("", text[match.end() :]), text)
        text = _unless_empty(TRAILS.sub("", text), text)
        match = LEADS_UP.match(text)
        if match and not TELLS.search(match[0]) and not ASKED.search(match[0]):
            text = _unless_empty(text[match.end() :].lstrip(",，:： "), text)
        if text == before:
            break
    text = FIRST_THING.sub("先", text)
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}，{text[-LONGEST // 2 :]}"
    return text.rstrip("呢") if ASKED.search(text) else text


def _unless_empty(shorter: str, whole: str) -> str:
    return shorter if sum(char.isalnum() for char in shorter) >= LEAST_LETTERS else whole
