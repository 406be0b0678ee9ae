"""What points further back than the last answer: 最开始问的那个, 刚才那个, 第一个问题的依据."""

from __future__ import annotations

import re
from dataclasses import replace

from actions.topic import Topic

FIRST = re.compile(
    r"(?:我)?(?:最开始|一开始|最早|最初|开头|头一个|第一个|第一次)(?:我)?(?:问题|问的?|说的?|提的?|聊的?)(?:的)?(?:那个|那条|那件|问题)?"
)
BEFORE = re.compile(
    r"(?:我)?(?:刚才|刚刚|前头|前面|先前|之前|上一个|前一个|上个|上面)(?:我)?(?:问题|问的?|说的?|提的?|聊的?)?(?:到的)?"
    r"(?:那个|那条|那件|那项|那事|那种)(?:问题|活儿|活|事儿|事|情况|规定)?"
)


def pointed_at(message: str, topic: Topic) -> tuple[Topic, str] | None:
    """The earlier question that a message names by when it was asked, and what is left of the message.

    Returns:
        None when it points at nothing earlier.
    """
    for pattern, chosen in ((FIRST, topic.earlier[:1]), (BEFORE, topic.earlier[-1:])):
        if (match := pattern.search(message)) and chosen:
            rest = (message[: match.start()] + message[match.end() :]).strip(" ，,。、的？?")
            question, job, clauses, entry = chosen[0]
            return replace(topic, question=question, job=job, clauses=clauses, entry=entry, skipped=0, shown=()), rest
    return None
