"""Questions to offer: while somebody types, and after an answer. All are questions that somebody has seen answered: of
the bank, or of those that the plan's page offers at its clauses.

The page matches them itself: nothing that is being typed leaves the browser before it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, RootModel

from bot.web.asked import Question, asked_about
from bot.web.turn_view import ANSWERS
from knowledge.base import KnowledgeBase
from knowledge.datafile import Data, load
from knowledge.entries import Entries, Fact
from knowledge.question_bank import question_files, read_questions

SHORTEST, LONGEST, AN_ENTRY, AFTER_AN_ANSWER = 5, 20, 2, 2
# The plainest first; what these have no question for is filled from the others. A city with files of other names: all.
PLAIN = ("buttons.yml", "first_bank.yml", "auntie_clerk_cadre.yml", "open_questions.yml")
OTHERS = ("further_open_points.yml", "official_auditor_farmer.yml", "asking_or_reporting.yml")
READS_WELL = re.compile(r"[\u4e00-\u9fffA-Za-z0-9“”《》、，？?]+")
IS_QUESTION = re.compile(
    r"吗|谁|什么|啥|怎么|如何|哪|多少|几|能不能|可不可以|行不行|是不是|有没有|要不要|[？?]$|办$|名单$|安排$"
)
NOT_IN_A_MOUTH = re.compile(r"^不是|俺|咱|中不|啥时|文件里|方案里|档案|第[一二三四五六七八九十\d]+[章条段]")
NOT_LETTERS = re.compile(r"[^\w]|_")
# A clause with more facts than these is about many matters (三（三）1, 四（二）1).
MATTERS = 20
# Of the shorter question's pairs of characters, or of its characters, so many in common: the same in other words.
ALIKE_PAIRS, ALIKE_LETTERS = 0.6, 0.75


class NextRow(Data):
    """What is offered after answers that rest on no clause.

    Attributes:
        entries: ids, * for anything.
        ask: questions of ``asked.yml``.
    """

    entries: tuple[str, ...] = Field(min_length=1)
    ask: tuple[Question, ...] = Field(min_length=2)


class NextFile(RootModel[Annotated[tuple[NextRow, ...], Field(min_length=1)]]):
    """Rows in the order in which they are looked through; the last is for all that no other fits."""


@lru_cache(maxsize=1)
def next_rows() -> tuple[NextRow, ...]:
    """The rows of ``data/next_questions.yml``.

    Raises:
        DataFileError: the file is not as its schema says.
    """
    return load(Path(__file__).parent / "data" / "next_questions.yml", NextFile).root


@lru_cache(maxsize=1)
def questions_by_entry() -> dict[str, tuple[str, ...]]:
    """Some readable questions of each entry, the plainest first."""
    files = {path.name: path for path in question_files()}
    names = [name for name in (*PLAIN, *OTHERS) if name in files] or sorted(files)
    found: dict[str, list[str]] = {}
    for name in names:
        for label, questions in read_questions(files[name]).items():
            if "." in label and not label.startswith("intent."):
                found.setdefault(label, []).extend(filter(_fit, questions))
    return {label: tuple(dict.fromkeys(questions)) for label, questions in found.items() if questions}


def _fit(question: str) -> bool:
    """Short, plain, and a question."""
    shape = SHORTEST <= len(question) <= LONGEST and READS_WELL.fullmatch(question) and IS_QUESTION.search(question)
    return bool(shape) and not NOT_IN_A_MOUTH.search(question)


def offered(entries: Entries) -> list[str]:
    """What is offered while typing: a few questions of every entry that is there."""
    by_entry = questions_by_entry()
    return sorted({question for entry in entries for question in by_entry.get(entry.id, ())[:AN_ENTRY]})


def warm_up() -> None:
    """Read what questions are taken from, so that the first answer does not wait for it.

    Raises:
        DataFileError: a file is not as its schema says.
    """
    questions_by_entry()
    asked_about()
    next_rows()


# After an answer --------------------------------------------------------------------------------------------------


def follow_ups(knowledge: KnowledgeBase, reply: dict[str, Any], message: str = "") -> list[str]:
    """Questions worth asking after an answer, at most AFTER_AN_ANSWER; none while a form is open.

    Args:
        message: what was answered; it is not offered again in other words.
    """
    custom = reply.get("custom") or {}
    entry = knowledge.entries.get(str(custom.get("entry")))
    citations = custom.get("citations") or []
    if custom.get("job") not in ANSWERS or "interview" in custom or (entry is None and not citations):
        return []
    found = _unlike(_candidates(knowledge, entry.id if entry else "", citations), message)
    return list(islice(found, AFTER_AN_ANSWER))


def _candidates(knowledge: KnowledgeBase, own: str, citations: Sequence[dict[str, str]]) -> Iterator[str]:
    """The nearest first: of related facts and those whose words are quoted, of the clauses that are cited and those
    that their working group is there for. What a clause of many matters is asked about comes late: it may be any."""
    by_entry, entry = questions_by_entry(), knowledge.entries.get(own)
    for entry_id in _near(knowledge.entries, entry) if isinstance(entry, Fact) else _quoted(knowledge, citations):
        if entry_id != own and by_entry.get(entry_id):
            yield by_entry[entry_id][0]
    cited = [str(citation.get("clause")) for citation in citations]
    rules = [rule for sector in knowledge.directory.sectors if sector.clause in cited for rule in sector.rules]
    clauses = dict.fromkeys((*cited, *rules))
    of_many = [clause for clause in clauses if len(knowledge.entries.by_clause.get(clause, ())) > MATTERS]
    for clause in clauses:
        if clause not in of_many:
            yield from asked_about().get(clause, ())
    yield from next((row.ask for row in next_rows() if any(fnmatchcase(own, each) for each in row.entries)), ())
    for clause in of_many:
        yield from asked_about().get(clause, ())
    yield from next_rows()[-1].ask


def _near(entries: Entries, fact: Fact) -> list[str]:
    """What a fact names as related, what names it, and the other facts of its clause, the next ones first."""
    here = [other.id for other in entries.by_clause[fact.clause]]
    at = here.index(fact.id)
    return [*fact.related, *_naming(entries).get(fact.id, ()), *here[at + 1 :], *reversed(here[:at])]


def _quoted(knowledge: KnowledgeBase, citations: Sequence[dict[str, str]]) -> Iterator[str]:
    """The facts whose words a list or an open point quotes."""
    for citation in citations:
        words = citation.get("quote") or ""
        for fact in knowledge.entries.by_clause.get(str(citation.get("clause")), ()):
            if words and (fact.quote in words or words in fact.quote):
                yield fact.id


@lru_cache(maxsize=2)
def _naming(entries: Entries) -> dict[str, list[str]]:
    """The facts that name an entry as related, by its id; of the version that is served and of the next one."""
    found: dict[str, list[str]] = {}
    for fact in entries.facts:
        for related in fact.related:
            found.setdefault(related, []).append(fact.id)
    return found


def _unlike(questions: Iterator[str], message: str) -> Iterator[str]:
    """Without those that are the same as what was said, or as one before, in other words."""
    known = [message]
    for question in questions:
        if not any(_alike(question, other) for other in known):
            known.append(question)
            yield question


def _alike(one: str, other: str) -> bool:
    first, second = (NOT_LETTERS.sub("", text.lower()) for text in (one, other))
    return (
        _shared({*pairwise(first)}, {*pairwise(second)}) >= ALIKE_PAIRS or _shared({*first}, {*second}) >= ALIKE_LETTERS
    )


def _shared(one: Set[Any], other: Set[Any]) -> float:
    """How much of the smaller set is in the other."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0
