"""Several questions in one message, taken apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge.base import KnowledgeBase
from knowledge.directory import Mention
from knowledge.entries import Overview
from knowledge.query_cleaning import QUESTION_WORDS, clean_query
from knowledge.question_form import LONGEST_QUESTION, read_question_form

# Somebody says that another question follows; what also joins two halves of one question only after a stop.
ASKS_MORE = r"[,，]?(?:我)?(?:想)?(?:再)?(?:问一?下?|请问|问问)"
SAID = (
    rf"(?:[?？!！,，。;； ]+(?:还有|另外|再就是|对了)(?!没|几|一){ASKS_MORE}?|"
    rf"(?:还有(?!没|谁|啥|什么|哪|多|几|人|一|其)|(?<![和与跟要不再是])另外(?![几有一出])|再问|对了){ASKS_MORE}?|"
    rf"(?:顺便|以及|同时|然后){ASKS_MORE})"
)
SAYS_SO = re.compile(
    rf"{SAID}[,，]?|[,，:：]?(?:一|二|三|第一|第二|另一个|再一个|(?<=[,，:：。])一个|(?<=[事样点])一个|(?<=[哪谁儿家门局办位])一个|[一二三]一个)是"
)
STRONG = re.compile(rf"[?？!！\n;；]+|{SAYS_SO.pattern}")
WEAK = re.compile(r"[,，。 ]+")
ASKS = re.compile(rf"{QUESTION_WORDS}|么|怎|咋|几|呢|请问|[不没]$")
EACH = re.compile(r"分别|各自|各(?=[是到在由归叫有要得几谁]|哪)")
JOINT, LONGEST_JOINT = re.compile(r"和|与|跟|及|还有|、|,|，"), 6
# After a comma a piece is a question of its own only when it asks by itself: 没几个月就跑了 does not.
ASKS_ALONE = re.compile(
    r"谁|什么|啥|哪|怎么|怎样|咋|如何|多少|多久|为何|是否|(?<![没好过十])几(?=号|月|天|家|步|项|条|时|种|个人|位)|请问|"
    r"[吗呢]$|(?<![什怎那这])么$|[不没]$|(.)不\1|能否|可否"
)
# What a question may hold besides what it is about: 方案里怎么说的, 依据谁, 要到什么时候.
ABOUT_NOTHING = re.compile(
    rf"{QUESTION_WORDS}|(.)不\1|方案|文件|规定|原则|目标|里面?|中|上|有没有|没有?|给|我们?|你们?|他们?|它们?|自己|这个?|那个?|这么|那么|该|"
    r"要|得|会|能|可以|应当|应该|又|还|再|就|才|都|各|分别|到|由|是|说|写|讲|做|弄|办|定|叫|去|来|着|了|的|地|得|过|吗|呢|吧|啊|嘛|个|下|"
    r"具体|直接|依据|凭|按照?|照|底下|后头|往后|最后|最|总|对|不|也|和|跟|与|[\W_a-z]"
)
# A piece that names so little asks on about the same.
LITTLE = 3
# Pieces of a message that are looked at: each is encoded.
LEAST_LETTERS, MOST_PARTS, MOST_PIECES = 4, 3, 8
# What is told before a question is its topic up to this length; longer it is a story.
LONGEST_TOLD = 14
# A part is a question of its own when its clause is this likely.
SURE_WHEN_SAID, SURE, SURE_AFTER_COMMA = 0.2, 0.4, 0.7


@dataclass(frozen=True)
class SubQuestion:
    """One of several questions of a message.

    Attributes:
        text: complete by itself, or with the entry that answers it after the question before.
    """

    text: str
    entry: str = ""


def split_questions(knowledge: KnowledgeBase, message: str) -> list[SubQuestion]:
    """The questions of a message that asks for more than one thing; empty for any other message.

    Args:
        message: as typed.
    """
    text = clean_query(message)
    if not ASKS.search(text):
        return []
    if distributed := _distributed(knowledge, text):
        return distributed
    supposed = read_question_form(text).form == "confirm"
    is_story = len(text) > LONGEST_QUESTION and not ENUMERATED.search(text)
    for marks, sure, must_ask in (
        (SAYS_SO, SURE_WHEN_SAID, False),
        (STRONG, SURE_AFTER_COMMA if is_story else SURE, False),
        (WEAK, SURE_AFTER_COMMA, True),
    ):
        if marks is WEAK and supposed:  # 对吧 asks about all of it
            break
        pieces = [clean_query(piece.strip(" ,，。:：")) for piece in marks.split(text)]
        asking = [
            piece
            for piece in pieces
            if _is_long_enough(knowledge, piece) and (not (must_ask or is_story) or _asks_alone(text, piece, marks))
        ]
        asking = list(dict.fromkeys(asking))
        others = [
            piece
            for piece in asking[1:MOST_PIECES]
            if not _asks_on(knowledge, piece) or (marks is STRONG and _asks_something_else(knowledge, asking[0], piece))
        ]
        asking = [*asking[:1], *others]
        found = (
            _distinct(knowledge, asking, _told_before(knowledge, pieces, asking), sure, must_ask)
            if len(asking) > 1
            else []
        )
        if len(found) > 1:
            return found[:MOST_PARTS]
    return []


# 第一，…；第二，…: what is told in turn is asked about in turn.
ENUMERATED = re.compile(r"第[一1].{2,60}第[二2]")


def _asks_alone(text: str, piece: str, marks: re.Pattern[str]) -> bool:
    """Whether a piece asks by itself, or by the mark behind it where it was cut at such marks."""
    return bool(ASKS_ALONE.search(piece)) or (marks is STRONG and f"{piece}?" in text.replace("？", "?"))


def _asks_on(knowledge: KnowledgeBase, piece: str) -> bool:
    """Whether a piece only asks on about what the message is about: 依据谁, 方案怎么说的; or guesses: 是市金融办吧."""
    named = sorted(knowledge.directory.mentions(piece), key=lambda one: -one.start)
    if named and not GUESSES.match(piece):
        return False
    for mention in named:
        piece = piece[: mention.start] + piece[mention.end :]
    return len(ABOUT_NOTHING.sub("", piece)) <= LITTLE


def _asks_something_else(knowledge: KnowledgeBase, first: str, piece: str) -> bool:
    """Whether a question of its own, short as it is, asks for another thing: 县里组长谁当？办公室设哪？"""
    if GUESSES.match(piece) or REASON.search(piece) or not ASKS.search(piece):
        return False
    before = _best(knowledge, first)[0]
    meant = knowledge.meant(piece, first, before)
    return bool(meant and meant.entry != before and meant.probability >= SURE_OTHERWISE)


# 方案说具体日子了没: asked of the answer before, and no question beside it.
REASON = re.compile(r"方案|文件|为什么|为啥|为何|凭什么|凭啥|依据|根据|原因|理由|出处|原文|哪一?条|真的|确定")
SURE_OTHERWISE = 0.7
# 是工商局吧, 保监局吗: an answer that is supposed, not another question.
GUESSES = re.compile(r"^(?:是|归|由|还是)?[^，,]{2,10}(?:[吧吗嘛]|(?<![什怎那这])么)[?？]?$")


def _told_before(knowledge: KnowledgeBase, pieces: Sequence[str], asking: Sequence[str]) -> str:
    """What is said right before the first question, which the questions are about: 股权众筹这一摊，哪家挑头."""
    before = pieces[: pieces.index(asking[0])]
    told = before[-1] if before else ""
    return told if len(told) <= LONGEST_TOLD and knowledge.directory.mentions(told) else ""


def _distinct(
    knowledge: KnowledgeBase, pieces: Sequence[str], message: str, sure: float, must_ask: bool
) -> list[SubQuestion]:
    """Those of the pieces that ask for different things; what only asks again, or points back, is no other question."""
    found: dict[str, SubQuestion] = {}
    first: tuple[str, str] | None = None
    for piece in pieces:
        named = bool(knowledge.directory.mentions(piece))
        text = f"{message}，{piece}" if message and (first is None or not named) else piece
        text = of_county(text, first[0]) if first else text
        label, clause, chance = _best(knowledge, text)
        entry = ""
        if first and not named and (meant := knowledge.meant(piece, *first)):
            if meant.entry == first[1] and meant.probability >= SURE:
                continue
            if meant.probability > chance and meant.question != piece:
                text = meant.question
                label, clause, chance = _best(knowledge, text)
            if meant.probability > chance and meant.probability >= SURE_OTHERWISE:
                entry, chance = meant.entry, meant.probability
        if chance >= sure or named:
            # After a comma two clauses make two questions; where it is said that another follows, two wordings do.
            found.setdefault((clause or label) if must_ask else piece, SubQuestion(text, entry))
            first = first or (text, label)
    return list(found.values())


COUNTY = re.compile(r"[我咱各本俺][们里]?(?:的)?(?:县|区)|县(?:里|级|一级|上)|区县|县区")
A_LEVEL = re.compile(r"[县区市省]|国务院|全国")
# What city and county have alike.
OF_A_LEVEL = re.compile(r"办公室|组长|领导小组|牵头|负责人|方案|专班")


def of_county(question: str, before: str) -> str:
    """A question about what city and county both have, of the county where the one before was.

    我县的组长谁当？办公室设在哪？ asks for the county's office.
    """
    if not COUNTY.search(before) or A_LEVEL.search(question) or not OF_A_LEVEL.search(question):
        return question
    return f"县里的{question}"


def _best(knowledge: KnowledgeBase, text: str) -> tuple[str, str, float]:
    """The likeliest entry of a question, the likeliest clause, and how likely the likelier of the two is."""
    entry = knowledge.judgement(text).answers[0]
    hit = knowledge.search(text, limit=1)[0]
    if entry.probability > hit.probability and not knowledge.clauses_of(entry.label):
        return entry.label, "", entry.probability
    return entry.label, hit.clause.id, hit.probability


def _distributed(knowledge: KnowledgeBase, text: str) -> list[SubQuestion]:
    """清理整顿和验收分别到哪天: the same question about each of the things named, one after the other."""
    if not EACH.search(text):
        return []
    likeliest = knowledge.choices(text)[0]
    overview = knowledge.entry(likeliest.label)
    if isinstance(overview, Overview) and likeliest.probability >= SURE_AFTER_COMMA:
        return []  # somebody has laid it side by side
    named = knowledge.directory.mentions(text)
    for kinds in (("step",), ("sector", "trade"), ("person",), ("unit", "county")):
        alike = sorted((m for m in named if m.kind in kinds), key=lambda mention: mention.start)
        if not 2 <= len({mention.id for mention in alike}) <= MOST_PARTS or not _joined(text, alike):
            continue
        before, after = text[: alike[0].start], EACH.sub("", text[alike[-1].end :], count=1)
        asked = {m.id: f"{before}{text[m.start : m.end]}{after}" for m in alike}
        return [SubQuestion(one) for one in asked.values()]
    return []


def _joined(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether nothing but a short joint (和, 、, 跟后面的) stands between the things named."""
    gaps = [text[one.end : other.start] for one, other in pairwise(mentions)]
    return all(JOINT.search(gap) and len(gap) <= LONGEST_JOINT for gap in gaps)


def _is_long_enough(knowledge: KnowledgeBase, piece: str) -> bool:
    return len(piece) >= LEAST_LETTERS or bool(knowledge.directory.mentions(piece))
