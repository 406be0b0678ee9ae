"""Several questions in one message, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.base import KnowledgeBase
from knowledge.core import QUESTION_WORDS, core

# Somebody says that another question follows.
SAID = r"(?:还有|另外|顺便|再问|以及|同时|然后|再就是|对了)[,，]?(?:我)?(?:想)?(?:再)?(?:问一?下?|请问|问问)?"
SAYS_SO = re.compile(rf"[?？!！,，。;； ]*{SAID}[,，]?|[,，:：]?(?:一|二|三|第一|第二)是")
STRONG = re.compile(rf"[?？!！\n;；]+|{SAYS_SO.pattern}")
WEAK = re.compile(r"[,，。 ]+")
ASKS = re.compile(rf"{QUESTION_WORDS}|么|怎|几|呢|请问|[不没]$")
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
    for marks, sure, must_ask in (
        (SAYS_SO, SURE_WHEN_SAID, False),
        (STRONG, SURE, False),
        (WEAK, SURE_AFTER_COMMA, True),
    ):
        pieces = [core(piece.strip(" ,，。:：")) for piece in marks.split(text)]
        pieces = [
            piece for piece in pieces if _is_long_enough(knowledge, piece) and (not must_ask or ASKS.search(piece))
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


def _is_long_enough(knowledge: KnowledgeBase, piece: str) -> bool:
    return len(piece) >= LEAST_LETTERS or bool(knowledge.directory.mentions(piece))
