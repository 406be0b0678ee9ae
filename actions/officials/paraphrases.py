"""What officials write for the acts upon a case: 先受理吧, 问问举报人…, 回复举报人：…, 转给市公安局，….

Read so only of somebody who is signed in and has a case in hand, or names one.
"""

from __future__ import annotations

import re

from actions.officials.tasks import unit_named
from casework.cases.codes import found_number
from knowledge.directory import Directory
from knowledge.text import clean

WHO = r"(?:一下|下)?(?:举报人|反映人|当事人|投诉人|填报(?:企业|单位|人)|企业|对方|[他她])"
LEAD = r"(?:请|麻烦|帮我|那|就|先|我|再|给我|把)*"
THIS = r"(?:(?:这|该|此|本)(?:一)?(?:件|个|起)?(?:案件|案子|举报|案)?|案件|案子)?"
GAP = r"[:：,， ]*"
OPEN = re.compile(rf"{LEAD}(?:打开|查看|看看|看一?下|调出|调阅|查){THIS}{GAP}(?=JB|ZC)", re.IGNORECASE)
PARAPHRASES = (
    (re.compile(rf"{LEAD}{THIS}{LEAD}(?:受理|签收|接收|接办)(?:一?下)?{THIS}(?:了|吧)*"), "受理", ""),
    (re.compile(rf"{LEAD}(?:再)?(?:问问|问一?下|问|追问|询问){WHO}{GAP}(?P<rest>.{{2,}})", re.DOTALL), "追问", ""),
    (re.compile(rf"{LEAD}(?:让|请|叫|要求){WHO}{GAP}(?P<rest>(?:补充|提供|上传|说明).+)", re.DOTALL), "追问", "请"),
    (re.compile(rf"{LEAD}(?:回复|答复|告诉|告知|回){WHO}{GAP}(?P<rest>.{{2,}})", re.DOTALL), "回复", ""),
    (
        re.compile(rf"{LEAD}(?:记|备注|记个备注|做个备注|加个备注)(?:一?下|上|一笔){GAP}(?P<rest>.{{2,}})", re.DOTALL),
        "备注",
        "",
    ),
    (
        re.compile(
            rf"{LEAD}{THIS}(?:可以|能)?(?:结案|结了|办结){THIS}(?:了|吧)?[:：,， ]+(?P<rest>.{{2,}})", re.DOTALL
        ),
        "办结",
        "",
    ),
)
HANDED = re.compile(
    rf"{LEAD}{THIS}(?:转办?|移交|移送|转交)(?:给|到|至){GAP}(?P<unit>[^,，。:：]{{2,16}})(?:{GAP}(?P<because>.+))?",
    re.DOTALL,
)


def in_plain_words(directory: Directory, message: str) -> str:
    """A message with the word of its act in front, as commands are written; the same where it is no such message."""
    text = clean(message).strip(" 。！!")
    number = found_number(text)
    if number and OPEN.match(text):
        return f"案件 {number}"
    if number:
        return message
    for pattern, act, lead in PARAPHRASES:
        if match := pattern.fullmatch(text):
            return f"{act} {lead}{match.groupdict().get('rest') or ''}".strip()
    handed = HANDED.fullmatch(text)
    unit = unit_named(directory, handed["unit"]) if handed else None
    if handed and unit:
        return f"转办 {unit}：{handed['because'] or ''}"
    return message
