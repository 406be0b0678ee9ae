"""Conclusions of added documents: drafted by rules, said only once the office has approved them.

A rule finds the words by which a norm binds (不得, 应当, …日内, 由…负责) in a sentence and makes one sentence of it
that is true by itself, in the document's own words. Drafts and what the office makes of them lie in the data folder as
JSON lines, the last word on a draft counts; until one is approved, answers quote the sentence with its article.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from knowledge.clauses import Clause
from knowledge.documents import Document
from knowledge.entries import Modality
from knowledge.json_lines import JsonLines, Version

FILE = "document_facts.jsonl"
LONGEST = 60
SHORTEST_WHO, LONGEST_WHO = 2, 30
Verdict = Literal["草案", "由办公室核定", "不采用"]
VERDICTS: tuple[str, ...] = get_args(Verdict)

COUNT = r"[一二三四五六七八九十百\d]+"
UNIT = r"个?(?:工作日|日|天|月|年|小时)"
TIME = rf"(?:{COUNT}{UNIT}(?:以?内|之内|前)|(?:不少于|不超过|不得超过){COUNT}{UNIT})"
LEADS = r"(?:负责|牵头(?!部门|单位|人))"
BY = rf"由[^，；：]{{2,30}}(?:{LEADS}|组织|处|责令|给予)"
RULES: tuple[tuple[Modality, re.Pattern[str]], ...] = (
    ("期限", re.compile(TIME)),
    ("不得", re.compile(r"不得|禁止|严禁|不准")),
    ("负责", re.compile(rf"{BY}|{LEADS}")),
    ("应当", re.compile(r"应当|必须")),
)
# Whom a norm binds stands before the word that binds.
WHO = re.compile(r"^[^，]*?(?=不得|禁止|严禁|不准|应当|必须|由|在|自|于|负责|牵头|保存)")
NUMBER = re.compile(r"^第[^　 条]{1,9}条(?:之[一二三四五六七八九十]+)?[　 ]*")
# An item says nothing without its stem.
ITEM = re.compile(r"^(?:[（(][一二三四五六七八九十\d]+[）)]|\d+[.．、]|[①-⑳])")
# What stands for something said before it cannot be understood by itself.
POINTS_BACK = re.compile(r"^(?:其|该|上述|此|但是?|并|或者|以及|同时|对此|依照前)|前款|前项|前两款|下列")


class DraftingError(ValueError):
    """A conclusion that cannot be taken; the message says why, in Chinese."""


@dataclass(frozen=True)
class DraftedFact:
    """One norm of an added document.

    Attributes:
        id: made of the document's id and the words, so that drafting again finds the same.
        quote: the sentence, verbatim.
        who: whom it binds, in the document's words; may be empty.
        conclusion: what is said first once it is approved.
        verdict: draft, approved by the office, or not to be used.
        by, at: who decided, and the moment in ISO format.
    """

    id: str
    document: str
    clause: str
    quote: str
    who: str
    modality: Modality
    conclusion: str
    verdict: Verdict = "草案"
    by: str = ""
    at: str = ""


def drafted(document: Document) -> Iterator[DraftedFact]:
    """The norms of a document that a rule finds."""
    for clause in document.clauses:
        if clause.kind == "":
            yield from _of_clause(document, clause)


def _of_clause(document: Document, clause: Clause) -> Iterator[DraftedFact]:
    for sentence in clause.sentences:
        text = NUMBER.sub("", sentence.text.strip())
        # A stem with its items (有下列情形之一的：) says nothing without them.
        if "：" in text or ITEM.search(text) or POINTS_BACK.search(text):
            continue
        for part in re.split(r"[；。]", text):
            if found := _norm(part.strip()):
                modality, who = found
                yield DraftedFact(
                    id=_id_of(document, clause, part), document=document.info.id, clause=clause.id,
                    quote=sentence.text, who=who, modality=modality, conclusion=f"{part.strip()}。",
                )  # fmt: skip


def _id_of(document: Document, clause: Clause, part: str) -> str:
    words = hashlib.sha256(f"{clause.id}\0{part}".encode()).hexdigest()[:12]
    return f"{document.info.id}-{words}"


def _norm(part: str) -> tuple[Modality, str] | None:
    """The kind of norm that a sentence states and whom it binds; None where it states none that stands by itself."""
    if len(part) >= LONGEST or POINTS_BACK.search(part):
        return None
    modality = next((modality for modality, pattern in RULES if pattern.search(part)), None)
    if modality is None:
        return None
    match = WHO.search(part)
    who = match[0] if match else ""
    if modality != "负责" and len(who) < SHORTEST_WHO:
        return None  # 不得转让: of whom it speaks stands elsewhere
    return modality, who if len(who) <= LONGEST_WHO else ""


class DocumentFacts:
    """The drafts of a data folder with what was decided, read again when the file changes."""

    def __init__(self, folder: Path) -> None:
        self._lines = JsonLines(folder / FILE, DraftedFact)
        self._lock = threading.Lock()
        self._seen: Version | None = None
        self._latest: dict[str, DraftedFact] = {}

    def add_drafts(self, document: Document) -> tuple[int, int]:
        """Draft a document's facts; what is there already stays as it was decided. Returns new ones, and all."""
        known = {fact.id for fact in self.of_document(document.info.id)}
        found = {fact.id: fact for fact in drafted(document)}
        new = [fact for key, fact in found.items() if key not in known]
        for fact in new:
            self._lines.append(fact)
        return len(new), len(known | found.keys())

    def decide(self, fact_id: str, conclusion: str, verdict: Verdict, by: str, at: str) -> DraftedFact:
        """The office's word on a draft.

        Raises:
            DraftingError: there is no such draft, or the conclusion is no sentence of a fitting length.
        """
        self._read()
        fact, text = self._latest.get(fact_id), conclusion.strip()
        if fact is None:
            raise DraftingError("没有这条草案，请返回刷新后再试。")
        if not 4 <= len(text) <= LONGEST or "\n" in text or not text.endswith(("。", "！", "？")):
            raise DraftingError(f"结论请写一句话，4 到 {LONGEST} 个字，以句号结尾。")
        decided = replace(fact, conclusion=text, verdict=verdict, by=by, at=at)
        self._lines.append(decided)
        return decided

    def of_document(self, key: str) -> list[DraftedFact]:
        """Every draft of a document, in the order in which they were drafted."""
        self._read()
        return [fact for fact in self._latest.values() if fact.document == key]

    def approved(self, document: str, clause: str, quote: str) -> DraftedFact | None:
        """The approved fact of the sentence that is quoted."""
        self._read()
        return next(
            (
                fact
                for fact in self._latest.values()
                if fact.verdict == "由办公室核定"
                and (fact.document, fact.clause) == (document, clause)
                and (fact.quote in quote or quote in fact.quote)
            ),
            None,
        )

    def _read(self) -> None:
        version = self._lines.version
        with self._lock:
            if version == self._seen:
                return
            self._latest, self._seen = {fact.id: fact for fact in self._lines.rows()}, version
