"""The names, days and numbers that a question names, beside those that a fact states."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.directory import Directory, Mention
from knowledge.entries import Fact
from knowledge.text import normalise

A_DAY = re.compile(
    r"(?:20\d\d年)?(?:\d{1,2}|[一二三四五六七八九十]{1,3})月(?:(?:\d{1,2}|[一二三四五六七八九十]{1,3})[日号]|[底初中上下]旬?)?"
)
A_COUNT = re.compile(r"(?:\d+|[一二三四五六七八九十两]+)(?:家|个|名|人|位|天|项|条|类|步)")
A_POST = re.compile(r"(?:常务)?副?(?:市长|省长|县长|区长|书记|局长|主任|秘书长|行长|会长|院长|检察长|部长)")
# What looks like a body in the names of the plan: 河南省政府, 市公安局, 六科.
BODY = re.compile(
    r"[\u4e00-\u9fff]{0,3}(?:省|市|县|国务院|局|厅|委|协会|法院|检察院|银行|政府|公安)(?:办公厅|办公室|政府办?)?"
)


def values_named(directory: Directory, fact: Fact, text: str, mentions: Sequence[Mention]) -> tuple[bool, bool]:
    """Whether a question names the value that a fact states, and whether it names another of the same sort.

    Units and people are compared as the directory knows them: 市领导小组 is not 市领导小组办公室.

    Args:
        text: the normalised question.
        mentions: what it names of the directory.
    """
    values = [normalise(value) for value in fact.values]
    of_values = {m.id for value in values for m in directory.mentions(value)}
    named = {m.id for m in mentions if m.kind in ("unit", "person")}
    if named and of_values and not A_POST.search(text):
        subject = {m.id for told in (fact.who, fact.what) for m in directory.mentions(told)}
        return bool(named & of_values), bool(named - of_values - subject)
    for pattern in (A_DAY, A_COUNT, A_POST):
        said = [match[0] for match in pattern.finditer(text)]
        stated = [match[0] for value in values for match in pattern.finditer(value)]
        if said and stated:
            fitting = [one for one in said if any(_is_same(pattern, one, other) for other in stated)]
            return bool(fitting), len(fitting) < len(said)
    return any(value in text for value in values), _names_another_body(fact, text)


def _is_same(pattern: re.Pattern[str], one: str, other: str) -> bool:
    """Whether two values are one: a month may stand for its day; 市长 is not 副市长, and 6家 not 16家."""
    return one == other or (pattern is A_DAY and (one in other or other in one))


def _names_another_body(fact: Fact, text: str) -> bool:
    """Whether a question names a body that the fact does not: 主办是市公安局, 是河南省政府发的."""
    own = normalise(f"{fact.who}{fact.what}{fact.conclusion}{fact.quote}")
    return any(len(body) >= 3 and body[-3:] not in own for body in BODY.findall(text))
