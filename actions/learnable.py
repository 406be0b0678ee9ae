"""What may be kept of a message that got no good answer: a question, never a report, a code or a number."""

from __future__ import annotations

import re
import unicodedata

from knowledge.text import clean

LONGEST = 60
# Receipts, codes and invitations, also with a character too many or too few.
CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9 -]*\d)(?!20\d\d)[A-Za-z0-9]{2,6}(?:[ -][A-Za-z0-9]{2,6}){1,5}(?![A-Za-z0-9])|"
    r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{8,}|\d(?:[ -]?\d){5,}|"
    r"(?<![A-Za-z])[A-Z]{4,5}[ -][A-Z]{4,5}|"
    r"回执|续填码|自查码|更正码|恢复码|邀请码|登录码|验证码|密码"
)
ADDRESS = re.compile(r"https?:|www\.|[A-Za-z0-9-]+\.(?:com|cn|net|org|vip|top|cc|xyz|app|example)\b|@", re.IGNORECASE)
# Somebody to whom something was done, and what.
WHO = (
    r"(?:我们?|咱们?|俺|本人|我妈|我爸|父母|老人|家里人?|邻居|朋友|同事|亲戚|老公|老婆|孩子|村里人?|大家|有人|他们|"
    r"业务员|老板|客服)"
)
DONE = re.compile(
    rf"{WHO}.{{0,16}}(?:投了|投进|投资了|骗|存了|存进|充了|充值|转了|转账|打款|汇了|取不|提不|提现|拿不|要不回|损失|被坑|买了|"
    r"跑路|失联|拉我|拉人|承诺|保本|换了|改名|删|威胁|举报)"
)
NAMED = re.compile(r"(?:叫做?|名叫|名为)[“\"《]?[\w·]{2,14}[”\"》]?(?:的|,|，|。|$)")
SUM = re.compile(r"[\d一二两三四五六七八九十百千几]+ ?(?:多|来)?(?:万|亿|块|元|w(?![a-z]))")


def learnable(text: str) -> bool:
    """Whether a message may be kept as a question that got no answer, for the office to read.

    A report that was not understood, or a code that was mistyped, tells something about a person and is not kept.
    """
    message = unicodedata.normalize("NFKC", clean(text))
    if len(message) > LONGEST or CODE.search(message) or ADDRESS.search(message):
        return False
    return not (DONE.search(message) or NAMED.search(message) or (SUM.search(message) and re.search(WHO, message)))
