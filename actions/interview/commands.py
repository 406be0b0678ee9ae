"""Words that steer an interview, whatever is being asked. They count only when they are the whole message."""

from __future__ import annotations

import re
from typing import Literal

from knowledge.text import normalise

Command = Literal["help", "why", "back", "show", "pause", "go_on", "restart", "cancel", "skip", "submit", "yes", "no", "picked"]

PLEASE = r"(请|麻烦|帮我|我想|我要|给我|那就?|先)*"
END = r"(吧|一下|了|啊|呀|可以吗|好吗|行吗)*"
PATTERNS: dict[Command, str] = {
    "help": r"帮助|help|怎么填|怎么回答|不会填|有哪些指令|指令|菜单|填写说明",
    "why": r"为什么(要)?(问|填|填写|写|要)?(这个|这些|这项|这题|呢)?|问这个(干什么|干嘛|做什么|有什么用)|这个有什么用|依据(是什么)?|为啥(要)?(问|填)?(这个)?",
    "back": r"(返回)?上一(题|步|个|项|个问题)|返回|后退|回到上一题|退回上一题|back",
    "show": r"(查看|看看|看|看一下|显示|核对)?(我|都|已经|之前)*(填|写)(了|过)?(什么|哪些|的内容|的)|查看(已填|进度|草稿|填写内容)|预览|进度|填到哪了?|看看草稿|检查一下|核对|我的自查",
    "pause": r"(停|暂停|停一停|停一下|停停|休息|等会儿?再填|稍后再填|稍后继续|明天再填|回头再填|以后再填|保存|保存草稿|存草稿|退出|下次再填|改天再填|有事)",
    "go_on": r"继续(填写?|回答|自查|举报|下一题)?|接着(填|来)|go on|下一题|下一步|好的?继续|(开始|我要|进行)?企业?自查|填自查表",
    "restart": r"重新开始|重新填写?|重填|从头(开始|再来|填)?|全部重来|重来|再来一遍",
    "cancel": r"取消(自查|举报|填写)?|不填了|不做了|放弃|算了|不想填了|作废|删除草稿",
    "skip": r"跳过(这题|这个|本题)?|略过|(这题|这个)?(先)?不填|下一个|pass|skip|留空",
    "submit": r"(确认)?(如实填报)?(并)?(提交|报送|上报)(自查表?|举报)?|确认(无误)?(并)?提交|确认无误|没问题了?(提交)?",
    "yes": r"是的?|对的?|确认|确定|好的?|可以|嗯|行|yes|y|要",
    "no": r"不是?|否|不要|不用|不取消|不确认|再想想|no|n|别",
    "picked": r"选好了|选完了|就这些|好了|确定|完成",
}
COMPILED = {command: re.compile(rf"{PLEASE}({pattern}){END}") for command, pattern in PATTERNS.items()}
EDIT = re.compile(rf"{PLEASE}(?:把)?(?:修改|更改|更正|改正|改一?下|改)(?P<what>.{{1,30}}?){END}")
WRONG = re.compile(r"(?P<what>.{1,20}?)(填错了?|写错了?|不对|错了|有误|要改一?下?)")
EDIT_TO = re.compile(r"(?:请|把|将)*(?:修改|更改|更正|改)?(?P<what>.{2,20}?)(?:改成|改为|修改为|更改为|更正为|应该是|应为)(?P<to>.{1,200})")
TICK = re.compile(r"勾选 ?(\d{1,2})")
CONFIRMED = re.compile(r"(我)?确认如实(填报|举报|填写)(并)?(提交)?")


def command_in(text: str, among: tuple[Command, ...]) -> Command | None:
    """The command that a message is, if it is nothing else."""
    said = normalise(text).strip(" 。！!~～，,.?？")
    return next((command for command in among if COMPILED[command].fullmatch(said)), None)
