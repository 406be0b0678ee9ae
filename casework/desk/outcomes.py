"""What an official's words say came of a case: what was found, what is done about it, and where the two leave it open.

办结 属实，已移送公安 says one thing; 属实 alone does not say what is done, and 部分不属实，部分已整改 says two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from casework.cases.words import OUTCOMES

# A denial in front of words turns them round: 未发现涉嫌犯罪, 不予移送, 整改不到位.
NOT = r"(?<![不未没无非])"
NEVER = r"(?:不|未|没有?|无|尚未|并未|不予|无需|不构成|不涉及|未发现|没发现|没有发现|不存在|排除)[^,，。;；]{0,4}$"
FAILED = re.compile(r"^(?:了)?(?:不到位|不力|未完成|没完成|不合格|不了|不成|中$|不彻底)")

FOUND_TRUE = re.compile(rf"{NOT}(?:基本|部分|大部分|情况|反映的?问题|举报)*(?:属实|查实|成立|查证属实)")
FOUND_FALSE = re.compile(
    r"不属实|不实|失实|没有此事|无此事|查无(?:实据|此事)|子虚乌有|举报不成立|不成立|(?:未|没有?)发现(?:违法|违规|问题|异常|举报所称)"
)
DONE: dict[str, re.Pattern[str]] = {
    "police": re.compile(
        r"移送|移交(?:给)?(?:市|县|区)?公安|涉嫌(?:刑事)?犯罪|涉嫌(?:非法集资|诈骗|非法吸收)|立案侦查|刑事立案"
    ),
    "rectified": re.compile(r"整改|改正|纠正|下架|停止(?:宣传|发布|违规)"),
    "untraceable": re.compile(
        r"线索(?:太少|不足|不够|不全|有限)|无法核[查实]|无从核查|核查不了|查不到(?:该|这|举报)?|联系不上举报人|"
        r"查无(?:此人|此企业|此公司|该企业|下落)"
    ),
    "elsewhere": re.compile(
        r"不属于|不在本次|不在(?:整治)?范围|不归|引导(?:至|到|其|举报人|通过)?|已告知.{0,8}(?:渠道|途径)|"
        r"建议(?:走|向|通过).{0,8}(?:诉讼|法院|仲裁)"
    ),
    "handled": re.compile(r"处置|查处|取缔|处罚|罚款|吊销|关停|清退|约谈|依法处理|已处理|处理完毕|没收|注销|责令停业"),
}
# What stands with a finding of no fault, and what with one of fault.
OF_TRUE = ("police", "rectified", "handled")


@dataclass(frozen=True)
class Read:
    """What words say of the outcome.

    Attributes:
        outcome: of OUTCOMES; empty where it must be asked.
        could_be: what it could be then, the likeliest first; empty where nothing was said of it.
        why: what is not clear, in Chinese.
    """

    outcome: str = ""
    could_be: tuple[str, ...] = ()
    why: str = ""


def read_outcome(text: str) -> Read:
    """Read what came of a case; what is not said clearly is asked about, never guessed."""
    if chosen := next((key for key, words in OUTCOMES.items() if _plain(text).startswith(_plain(words))), ""):
        return Read(chosen)
    said = [key for key in DONE if _says(key, text)]
    said = [key for key in said if not any(key in IMPLIED.get(other, ()) for other in said if other != key)]
    true, false = FOUND_TRUE.search(text), FOUND_FALSE.search(text)
    if false:
        against = [key for key in said if key in OF_TRUE]
        return Read("", ("unfounded", *against), BOTH) if true or against else Read("unfounded")
    if len(said) > 1:
        return Read("", tuple(said), TWO)
    if said and not (true and said[0] == "untraceable"):
        return Read(said[0])
    return Read("", OF_TRUE, NOTHING_DONE) if true else Read()


# Where it goes to the police, what else was done is part of it; what is put right was dealt with.
IMPLIED = {"police": ("handled", "rectified"), "rectified": ("handled",), "untraceable": (), "elsewhere": ()}
NOTHING_DONE = "写了属实，没有写怎么处理"
BOTH = "核查结论有两种说法"
TWO = "写了不止一种结果"


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def _says(key: str, text: str) -> bool:
    """Whether a text says so without denying it."""
    for match in DONE[key].finditer(text):
        denied = key not in ("untraceable", "elsewhere") and re.search(NEVER, text[: match.start()])
        if not denied and not FAILED.match(text[match.end() :]):
            return True
    return False


def without_outcome(text: str, outcome: str) -> str:
    """What was said behind an outcome's own name, which is told already."""
    words = OUTCOMES.get(outcome, "")
    return text[len(words) :].lstrip(" ,，.。;；:：") if words and text.startswith(words) else text
