"""Whether what a question says of somebody on the list of 附件1 is so: their place in the leading group, their post.

Names, places and posts decide it, not likeness: 高丽萍是组长吧 and 高丽萍是副组长吧 differ by one letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.directory import Directory, Mention
from knowledge.entries import Fact
from knowledge.text import normalise

LIST_OF_MEMBERS = "附件1"
PLACE = re.compile(r"副组长|(?<!副)组长|成员")
POST = re.compile(r"(?:常务)?副?(?:局长|行长|主任|书记|秘书长|院长|检察长|会长|部长|社长|市长|总编辑?)")
ON_THE_LIST = re.compile(r"成员|名单|在列|列了|附件")
# 成员单位里有公安局吗: a unit is on the list by whoever is there for it.
NEGATION = re.compile(r"(?<!是)不(?:是|在|算|包括|含)|没(?:有)?(?=在|列|当|任|进)|并非")
ASKING = re.compile(r"是不是|在不在|有没有|算不算|含不含")


def member_verdict(directory: Directory, fact: Fact, text: str, mentions: Sequence[Mention]) -> str:
    """对, 不对, or nothing where the question names neither who the fact is about nor their unit, or claims nothing.

    Args:
        text: normalised, with what it names of the directory.
    """
    told = normalise(f"{fact.conclusion}{fact.quote}")
    about = {m.id for m in directory.mentions(told) if m.kind in ("person", "unit")}
    named = [m for m in mentions if m.kind in ("person", "unit") and m.id in about]
    claims = _claims(text, told, any(m.kind == "person" for m in named))
    if not named or not claims:
        return ""
    holds = all(claims) != bool(NEGATION.search(ASKING.sub("", text)))
    return "对" if holds else "不对"


def holds_post(post: str, text: str) -> bool:
    """Whether a post is the one that a question names: 副局长 is no 局长; true where it names none."""
    named = POST.search(ASKING.sub("", text))
    return named is None or named[0] in POST.findall(normalise(post))


def _claims(text: str, told: str, of_a_person: bool) -> list[bool]:
    """Whether each thing that a question says of somebody is so: their place in the group, their post, being listed."""
    place, post = PLACE.search(text), POST.search(text)
    true_place, true_posts = PLACE.search(told), POST.findall(told)
    claims = []
    if place and place[0] != "成员" and true_place:
        claims.append(place[0] == true_place[0])
    elif ON_THE_LIST.search(text):
        claims.append(True)
    if of_a_person and post:
        claims.append(post[0] in true_posts)
    return claims
