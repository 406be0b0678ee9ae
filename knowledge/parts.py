"""Several questions in one message, taken apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge.base import KnowledgeBase
from knowledge.core import QUESTION_WORDS, core
from knowledge.directory import Mention

# Somebody says that another question follows.
SAID = r"(?:还有|另外|顺便|再问|以及|同时|然后|再就是|对了)[,，]?(?:我)?(?:想)?(?:再)?(?:问一?下?|请问|问问)?"
SAYS_SO = re.compile(rf"[?？!！,，。;； ]*{SAID}[,，]?|[,，:：]?(?:一|二|三|第一|第二)是")
STRONG = re.compile(rf"[?？!！\n;；]+|{SAYS_SO.pattern}")
WEAK = re.compile(r"[,，。 ]+")
ASKS = re.compile(rf"{QUESTION_WORDS}|么|怎|几|呢|请问|[不没]$")
EACH = re.compile(r"分别|各自|各(?=[是到在由归叫有要得几谁]|哪)")
JOINT, LONGEST_JOINT = re.compile(r"和|与|跟|及|还有|、|,|，"), 6
# After a comma a piece is a question of its own only when it asks by itself: 没几个月就跑了 does not.
ASKS_ALONE = re.compile(
    r"谁|什么|啥|哪|怎么|怎样|咋|如何|多少|多久|为何|是否|(?<![没好过十])几(?=号|月|天|家|步|项|条|时|种|个人|位)|请问|"
    r"[吗呢]$|(?<![什怎那这])么$|[不没]$|(.)不\1|能否|可否"
)
# Pieces of a message that are looked at: each is encoded.
LEAST_LETTERS, MOST_PARTS, MOST_PIECES = 4, 3, 8
# A part is a question of its own when its clause is this likely.
SURE_WHEN_SAID, SURE, SURE_AFTER_COMMA = 0.2, 0.4, 0.7


@dataclass(frozen=True)
class Part:
    """One of several questions of a message, with the clause that answers it best."""

    text: str
    clause: str


def parts_of(knowledge: KnowledgeBase, message: str) -> list[Part]:
    """The questions of a message that asks for more than one thing; empty for any other message.

    Args:
        message: as typed.
    """
    text = core(message)
    if not ASKS.search(text):
        return []
    if distributed := _distributed(knowledge, text):
        return distributed
    for marks, sure, must_ask in (
        (SAYS_SO, SURE_WHEN_SAID, False),
        (STRONG, SURE, False),
        (WEAK, SURE_AFTER_COMMA, True),
    ):
        pieces = [core(piece.strip(" ,，。:：")) for piece in marks.split(text)]
        pieces = [
            piece
            for piece in pieces
            if _is_long_enough(knowledge, piece) and (not must_ask or ASKS_ALONE.search(piece))
        ]
        pieces = pieces[:MOST_PIECES]
        found: dict[str, Part] = {}
        for piece in dict.fromkeys(pieces) if len(pieces) > 1 else ():
            best = knowledge.search(piece, limit=1)[0]
            if best.probability >= sure or knowledge.directory.mentions(piece):
                # After a comma two clauses make two questions; where it is said that another follows, two wordings do.
                found.setdefault(best.clause.id if must_ask else piece, Part(piece, best.clause.id))
        if len(found) > 1:
            return list(found.values())[:MOST_PARTS]
    return []


def _distributed(knowledge: KnowledgeBase, text: str) -> list[Part]:
    """清理整顿和验收分别到哪天: the same question about each of the things named, one after the other."""
    if not EACH.search(text):
        return []
    named = knowledge.directory.mentions(text)
    for kinds in (("step",), ("sector", "trade"), ("person",), ("unit", "county")):
        alike = sorted((m for m in named if m.kind in kinds), key=lambda mention: mention.start)
        if len({mention.id for mention in alike}) < 2 or not _joined(text, alike):
            continue
        before, after = text[: alike[0].start], EACH.sub("", text[alike[-1].end :], count=1)
        asked = {m.id: f"{before}{text[m.start : m.end]}{after}" for m in alike}
        return [Part(one, knowledge.search(one, limit=1)[0].clause.id) for one in asked.values()][:MOST_PARTS]
    return []


def _joined(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether nothing but a short joint (和, 、, 跟后面的) stands between the things named."""
    gaps = [text[one.end : other.start] for one, other in pairwise(mentions)]
    return all(JOINT.search(gap) and len(gap) <= LONGEST_JOINT for gap in gaps)


def _is_long_enough(knowledge: KnowledgeBase, piece: str) -> bool:
    return len(piece) >= LEAST_LETTERS or bool(knowledge.directory.mentions(piece))
