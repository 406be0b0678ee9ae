"""Whether a message has the form of a question rather than of an answer."""

from __future__ import annotations

import re

QUESTION = re.compile(
    r"[?？]$|(?:能|会|可以|要|用|行|管|中|算|是|写上|收到|记上|记下)[^,，。;；]{0,12}(?:不|没)$|吗|呢$|谁|什么|怎么|如何|哪[个些里年月天]|能不能|可不可以|可以不可以|是不是|是否|合不合|违不违|有没有|会不会|要不要|给不给|能否|多久|多长时间|几号|为啥|为何|合法$|违法$|啥"
)


# 啥证据也没有, 谁都不信, 具体哪天真记不得, 那个啥金多多: words that ask elsewhere ask nothing here.
ASKS_NOTHING = re.compile(
    r"(?:那个|这个|叫个?|有个)(?:啥|什么)(?=[\u3400-\u9fff]{2})|弄啥[咧嘞哩]|"
    r"(?:啥|什么|谁|哪[个些里年月天儿]?|怎么)[^,，。;；?？]{0,6}[也都](?:不|没|无)|"
    r"(?:啥|什么|谁|哪[个些里年月天儿]|多久|多长时间|几号|怎么)[^,，。;；?？]{0,8}"
    r"(?:记不(?:得|住|清楚?|起来?|准)|忘(?:了|记|光)|不(?:记得|知道|清楚|晓得)|想不起来?|说不(?:上来?|清|准|好))"
)


def is_asking(text: str) -> bool:
    """Whether a message has the form of a question rather than of an answer."""
    return bool(QUESTION.search(ASKS_NOTHING.sub("", text.strip())))
