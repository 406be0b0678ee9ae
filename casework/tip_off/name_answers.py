"""Names in an answer to 平台或公司叫什么."""

from __future__ import annotations

import re

from casework.interview.answers import LETTERS
from casework.interview.numbers import DIGITS
from casework.interview.spelling import without_spelling
from casework.tip_off.answer_words import WHEN
from casework.tip_off.extraction import WHEN as LIFTED_WHEN
from casework.tip_off.extraction import Extracted
from casework.tip_off.naming import ON_A_SIGN
from casework.tip_off.sums import MONEY

# What people say around a name: 好像叫什么金鼎, 他们APP名字是“金鼎财富”.
ABOUT_NAME = re.compile(
    rf"^(?:{ON_A_SIGN})?(?:嗯|哦|啊|呃|好像|应该|大概|可能|就|原来|原先|以前|之前|现在|它|他们?|这个|那个|平台|公司|企业|app|软件|网站|的|名字|名称|全称|全名|简称|品牌)*"
    r"(?:叫做|名叫|叫|是|为|:|：)*(?:(?:那个|这个)?什么)?(?:做|个|的)?\s*(?=\S{2})",
    re.IGNORECASE,
)
BEHIND_NAME = re.compile(
    r"(?:这个|那个|的)?(?:平台|app|软件|网站|公众号|吧|了|来着|什么的|之类的|这个名字|[,，]?(?:具体)?(?:也)?(?:记不[清得]楚?|不太?确定|说不准)(?:了)?)+$",
    re.IGNORECASE,
)
BETWEEN_NAMES = re.compile(
    r"[、,，;；/|\n]|(?:后来|现在|又)?(?:改名|更名|改)(?:叫|为|成)?(?:做)?|和|以及|还有|又叫|也叫|或者?叫?"
)
NO_NAME = re.compile(
    r"[借还投交充存骗转垫][了过]?\d|\d{3,}[元块]?$|业务员|岁|^姓|^(?:也|都|还|就)?不|换过|好几|几个名|(?:图标|标志|logo)|(?:这|那)[个家]$|^[㐀-鿿]{1,4}(?:镇|乡|村|街道)$|红灯|等下|[老很挺太好]长|[我你您他她们吗呢了吧啊没很都要被把给让跟说]|拍了|照片|知道|晓得|清楚|记得|写着|骗"
)
# Words for such firms in general name none.
GENERIC = re.compile(
    r"(?:一个|一家|这个|那个|某个?)?(?:网贷|p2p|理财|投资|骗子|诈骗|传销|众筹|借贷|金融|互联网|网上|线上|的|平台|公司|企业|软件|app|人)+",
    re.IGNORECASE,
)
NAME = re.compile(r"[\w·（）()&\-—.“”《》' +]{2,30}")


def names_in(message: str, extracted: Extracted) -> list[str]:
    """Names in an answer to 叫什么: 金鼎财富，后来改名叫鼎盛普惠 are two; a sentence is none."""
    names: list[str] = []
    for way in extracted.answers["reach"].shown.split("，") if "reach" in extracted.answers else ():
        message = re.sub(
            rf"(?:网站|网址|链接|公众号|地址|门店|电话)?(?:是|为|:|在)?\s*{re.escape(way.removeprefix('电话 '))}",
            "",
            message,
        )
    message = without_spelling(message)
    for part in BETWEEN_NAMES.split(message):
        plain = BEHIND_NAME.sub("", ABOUT_NAME.sub("", part.strip(" 。！!~～,，;；")))
        plain = re.sub(r"^(?:他们?|现在|又|也)?(?:叫做?|名叫)", "", plain).strip(' “”"《》:：的')
        if not plain:
            continue
        if (
            OTHER_THINGS.fullmatch(part.strip())
            or not NAME.fullmatch(plain)
            or not LETTERS.search(plain)
            or NO_NAME.search(plain)
            or GENERIC.fullmatch(plain)
        ):
            # 鼎福汇，就在丹尼斯楼上，收了我8万: a name, and then other things.
            at = message.find(names[0]) if names else -1
            ends = at >= 0 and message[at + len(names[0]) :].lstrip(' ”"》').startswith(tuple(",，。;；"))
            first = names and extracted.answers and ends and at <= LEAD and _is_bare_name(names[0])
            return names[:1] if first else []
        names.append(plain)
    return names


def _is_bare_name(words: str) -> bool:
    """Whether words that others follow are a name: 鼎福汇, but not 去年十月开始投."""
    return len(words) <= SHORT_NAME and not WHEN.search(words) and not DOES.search(words)


LEAD, SHORT_NAME = 4, 10
# 在栾川, 去年3月投的, 6万: parts of an answer that are of other questions.
OTHER_THINGS = re.compile(
    rf"(?:大概|大约|差不多|一共|就|都|也|他们?|它)*(?:[在搁]\S{{1,12}}|(?:{LIFTED_WHEN.pattern})\S{{0,6}}|(?:{MONEY.pattern})\S{{0,3}}|"
    rf"[{DIGITS}几]+多?(?:个人|人|户|家人?))",
    re.IGNORECASE,
)
# What somebody did, in the words that such stories are told in.
DOES = re.compile(r"[投存买充转打给拿交放借](?:了|的|过|进|钱|$)|开始|以后|之后|时候|[他她我俺咱]")
