"""What a breach costs: questions after a punishment, and the article that punishes the breach of another.

Laws forbid in one article and punish in another, which names it: 违反本法第十条、第十二条至第十四条规定的，处…罚款.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.clauses import Clause
from knowledge.documents import Document
from knowledge.reading.numbering import CHINESE, numeral_of, value_of

# What somebody asks who wants to know what a breach costs.
ASKED_FOR = re.compile(
    r"罚(?!没|单|款(?:归|缴|交))|处分|判(?:几|多少|刑|多久|什么刑)|坐(?:几年)?牢|蹲监狱|拘留|后果|(?:负|担|承担)(?:什么|啥|哪些|何种)?(?:法律)?责任|"
    r"(?:会|要)(?:被)?(?:怎么|咋|怎|如何)(?:样|处理|办|处置)|(?:怎么|咋|如何)(?:处理|处置|查处|追究)"
)
# What an article says that punishes.
PUNISHES = re.compile(
    r"罚款|罚金|处罚|拘留|有期徒刑|没收|吊销|警告|处分|责令(?:改正|停|限期|暂停|关闭)|刑事责任|记入信用|取缔"
)
NUMBER = rf"第[{CHINESE}\d]+条(?:之[{CHINESE}])?"
REFERS = re.compile(
    rf"违反(?:了)?(?:本|前述)?[^，。；第]{{0,8}}(?P<articles>{NUMBER}[^，。；]*)|(?:有|依照|按照)?本[法条例办规定细则]{{1,2}}(?P<listed>{NUMBER}[^，。；]{{0,30}})(?:规定的)?(?:行为|情形)"
)
SPAN = re.compile(rf"({NUMBER})(?:第[{CHINESE}\d]+[款项])*(?:(至)({NUMBER}))?")


def asks_for_penalty(question: str) -> bool:
    """Whether a question asks what a breach costs: 罚多少, 判几年, 会怎么处理."""
    return ASKED_FOR.search(question) is not None


def punishes(clause: Clause) -> bool:
    """Whether a clause says what a breach costs."""
    return PUNISHES.search(clause.text) is not None


def punishing(document: Document, broken: Clause) -> list[Clause]:
    """The clauses of a document that punish the breach of another one by its number, in their order."""
    return [one for one in document.clauses if one is not broken and punishes(one) and broken.id in _named(one)]


def _named(clause: Clause) -> set[str]:
    """The articles whose breach a clause speaks of."""
    found: set[str] = set()
    for match in REFERS.finditer(clause.text):
        for first, to, last in SPAN.findall(match["articles"] or match["listed"] or ""):
            found |= {first} if not to else set(_between(first, last))
    return found


def _between(first: str, last: str) -> Iterator[str]:
    """The names of the articles from one to another, both included."""
    begin, end = (value_of(re.sub(r"^第|条.*$", "", name)) for name in (first, last))
    yield from (first, last)
    if 0 < end - begin < MOST_BETWEEN:
        yield from (f"第{numeral_of(number)}条" for number in range(begin + 1, end))


MOST_BETWEEN = 60
