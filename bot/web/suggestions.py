"""Questions to offer: while somebody types, and after an answer. All are questions of the bank, so each is answered.

The page matches them itself: nothing that is being typed leaves the browser before it is sent.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from knowledge.bank import question_files, read_questions
from knowledge.base import KnowledgeBase
from knowledge.entries import Entries, Fact

SHORTEST, LONGEST, AN_ENTRY, AFTER_AN_ANSWER = 5, 20, 2, 2
# The plainest first; what these have no question for is filled from the others. A city with files of other names: all.
PLAIN = ("buttons.yml", "first_bank.yml", "auntie_clerk_cadre.yml", "open_questions.yml")
OTHERS = ("further_open_points.yml", "official_auditor_farmer.yml", "asking_or_reporting.yml")
READS_WELL = re.compile(r"[\u4e00-\u9fffA-Za-z0-9“”《》、，？?]+")
IS_QUESTION = re.compile(
    r"吗|谁|什么|啥|怎么|如何|哪|多少|几|能不能|可不可以|行不行|是不是|有没有|要不要|[？?]$|办$|名单$|安排$"
)
NOT_IN_A_MOUTH = re.compile(r"^不是|俺|咱|中不|啥时|文件里|方案里|档案|第[一二三四五六七八九十\d]+[章条段]")


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


def follow_ups(knowledge: KnowledgeBase, reply: dict[str, Any]) -> list[str]:
    """Questions worth asking after an answer: those of the entries that its fact names as related."""
    custom = reply.get("custom") or {}
    entry = knowledge.entries.get(str(custom.get("entry")))
    if entry is None or "interview" in custom or not isinstance(entry, Fact):
        return []
    by_entry = questions_by_entry()
    found = [by_entry[related][0] for related in entry.related if by_entry.get(related)]
    return list(dict.fromkeys(found))[:AFTER_AN_ANSWER]
