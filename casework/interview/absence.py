"""Whether somebody says, in more words than 不知道, that they cannot tell."""

from __future__ import annotations

import re

from casework.interview.answers import TAIL, UNKNOWN
from casework.interview.questions import Question


def lacks_it(question: Question, text: str) -> bool:
    """Whether somebody says, in more words than 不知道, that they cannot tell: 代码手头没有, 不清楚，财务才知道."""
    message = TAIL.sub("", text.strip())
    if question.type == "uscc" and question.optional and NOT_ISSUED.fullmatch(message):
        return True
    if UNKNOWN.fullmatch(message) or question.type in ("text", "checklist"):
        return False
    return bool(NOT_AT_HAND.fullmatch(message))


# 码还没下来, 没有: of a number that is issued.
NOT_ISSUED = re.compile(
    r"(?:没有?|无|暂无|还没有?)|[^\dA-Za-z]{0,14}(?:还没|没|未|尚未|正在|在)(?:有)?(?:下来|办(?:好|下来|完|理)?|拿到|批(?:下来)?|发(?:下来)?|换)了?"
    r"[^\dA-Za-z]{0,6}"
)
# 手头没有, 执照没带在身上, 得问会计, 不清楚，财务才知道.
NOT_AT_HAND = re.compile(
    r"[\u3400-\u9fff]{0,6}?(?:(?:(?:现在|暂时|目前|这会儿|一时|还|真|也|都)*(?:在?(?:手头|手边|身边|身上|眼前)(?:上|现在|暂时)?(?:没有?|没带)|"
    r"(?:没有?|没带|不在)(?:在)?(?:手头|手边|身边|身上)(?:上)?|(?:查|找|翻|看|想)不(?:到|着|见|起来)|记不(?:得|住|清楚?|起来)|"
    r"不(?:知道|清楚|了解|晓得|记得)|说不(?:上来|清楚?|准)|没带(?:营业)?执照|(?:营业)?执照(?:没带|不在(?:手边|身边)?|没在(?:手边|身边)?))(?:了|啊|呀)?"
    r"(?:[,，。 ]*(?:这个|要|得|只有|还是)*(?:[\u3400-\u9fff]{1,4}(?:才|那儿|那里|那边|手里)?"
    r"(?:知道|清楚|有|管|保管|负责|了解)|"
    r"(?:得|要|回头|等)?(?:问|查|找)(?:一?下|问)?[\u3400-\u9fff]{0,6}))?|"
    r"(?:这个|这)?(?:得|要|还得|还要|回头|等我)(?:去)?(?:问|查|找)(?:一?下|问)?(?:财务|会计|出纳|老板|同事|领导|法人|人事|[\u3400-\u9fff]{0,3})"
    r"(?:才(?:知道|行|清楚))?|在(?:财务|会计|老板|代账公司)(?:那儿|那里|那边|手里)))"
)
