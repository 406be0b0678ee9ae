"""Whether an answer is what an expert would say: conclusion first, the fact, nothing untrue, short.

A line of a file is one JSON object: ``id``, ``kind``, ``text`` and what a right reply holds:

  before     messages sent first in the same conversation
  first      one of these stands in the first 60 characters of the reply, white space removed, before any quotation that
             begins a line with 【clause】; ``re:…`` is a regular expression; 可以 does not count inside 不可以
  not_first  none of these stands there
  must, any  all, one of these stand in the reply or its quotations; here, too, ``re:…``
  not        none of these stands in the reply or its quotations, a ``re:…`` in the reply itself
  clauses    the first citation is one of these
  caveat     the answer says in its first two lines that the plan is of 2016
  max        most characters of all replies
  job, not_job, no_form, no_clause

``python -m bench.evaluate FILE`` (``make eval FILE=…``) recognises such a file and prints the table of this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

BEGINNING, LONGEST = 60, 260
NEGATIONS = ("不", "没", "未", "非", "无", "勿", "别", "并非")
QUOTATION = re.compile(r"^\s*【[一二三四五附前文版]")
CAVEAT = re.compile(r"2016年的|现行|现任|届满|时限已|核实|当时")
FORM = re.compile(r"第 ?\d+ ?/ ?\d+ ?题|只问还缺|请把情况告诉我，我会转给")
COLUMNS = {
    "conclusion": {"first", "not_first", "caveat", "job", "not_job", "no_form"},
    "fact": {"must", "any", "clauses"},
    "nothing untrue": {"not", "no_clause"},
    "length": {"max"},
}


@dataclass(frozen=True)
class Expected:
    """A measuring item as it stands in its file."""

    kind: str
    text: str
    before: tuple[str, ...]
    checks: dict[str, Any]

    @classmethod
    def read(cls, row: dict[str, Any]) -> Expected:
        checks = {key: value for key, value in row.items() if key not in ("id", "kind", "text", "before", "why")}
        return cls(row["kind"], row["text"], tuple(row.get("before") or ()), checks)


@dataclass(frozen=True)
class Judged:
    """What was said to an item, and the checks it failed."""

    expected: Expected
    said: str
    failed: tuple[str, ...] = field(default=())


def is_answers_row(row: dict[str, Any]) -> bool:
    """Whether a line of a file is of this kind."""
    if row.get("kind") in ("compare", "list", "sum", "detail"):
        return True
    return bool({"first", "not_first", "not", "no_form", "caveat", "max", "job", "not_job"} & row.keys())


def squeeze(text: str) -> str:
    return re.sub(r"[\s*`]+", "", text)


def judge(expected: Expected, replies: list[dict[str, Any]]) -> Judged:
    """Hold a turn's replies against an item."""
    texts = [reply.get("text") or "" for reply in replies]
    customs = [reply.get("custom") or {} for reply in replies]
    citations = [citation for custom in customs for citation in custom.get("citations") or []]
    text = squeeze("".join(texts))
    whole = text + "\n" + squeeze("".join(citation["quote"] for citation in citations))
    beginning = _beginning("\n".join(texts), bool(expected.checks.get("caveat")))
    jobs = [custom.get("job") for custom in customs]
    wants = expected.checks
    outcome: dict[str, Callable[[], bool]] = {
        "first": lambda: any(holds(part, wants["first"]) for part in beginning),
        "not_first": lambda: not holds(beginning[-1], wants["not_first"]),
        "caveat": lambda: bool(CAVEAT.search("\n".join("\n".join(texts).splitlines()[:2]))),
        "must": lambda: all(_stands(word, whole) for word in wants["must"]),
        "any": lambda: any(_stands(word, whole) for word in wants["any"]),
        "not": lambda: not any(_stands(word, text if word.startswith("re:") else whole) for word in wants["not"]),
        "clauses": lambda: bool(citations) and _names(citations[0]["clause"], wants["clauses"]),
        "no_clause": lambda: not citations,
        "no_form": lambda: not FORM.search("".join(texts)) and not any(custom.get("interview") for custom in customs),
        "job": lambda: any(job in _list(wants["job"]) for job in jobs),
        "not_job": lambda: not any(job in _list(wants["not_job"]) for job in jobs),
    }
    failed = [name for name, right in outcome.items() if wants.get(name) and not right()]
    most = wants.get("max", LONGEST)
    if not text or (most and len(text) > most):
        failed.append("max")
    return Judged(expected, "\n".join(texts), tuple(failed))


def _stands(word: str, text: str) -> bool:
    return bool(re.search(word[3:], text)) if word.startswith("re:") else squeeze(word) in text


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _names(clause: str, wanted: Iterable[str]) -> bool:
    return any(clause == one or (one.endswith("）") and clause.startswith(one)) for one in wanted)


def _beginning(text: str, after_caveat: bool) -> list[str]:
    """The first characters before any quotation; with a caveat, also what follows its first two sentences."""
    own: list[str] = []
    for line in text.splitlines():
        if QUOTATION.match(line):
            break
        own.append(line)
    found = [squeeze("".join(own))[:BEGINNING]]
    if after_caveat:
        sentences = [part for line in own for part in re.findall(r"[^。！？：]+[。！？：]?", line)]
        for count in (1, 2, 3):
            if sentences[:count] and CAVEAT.search("".join(sentences[:count])):
                found.append(squeeze("".join(sentences[count:]))[:BEGINNING])
    return found


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether one of the words stands in a text, 可以 inside 不可以 left out."""
    for word in words:
        if word.startswith("re:"):
            if re.search(word[3:], text):
                return True
            continue
        for match in re.finditer(re.escape(squeeze(word)), text):
            if word.startswith(NEGATIONS) or not text[: match.start()].endswith(NEGATIONS):
                return True
    return False


def table(judged: list[Judged], misses: bool = True) -> str:
    """A row a kind: how many were right in each column, and the median length."""
    lines = []
    if misses:
        for one in judged:
            if one.failed:
                asked = " → ".join((*one.expected.before, one.expected.text))
                lines.append(f"MISS {one.expected.kind} {'/'.join(one.failed)} | {asked} | {squeeze(one.said)[:110]}")
    lines.append(f"{'kind':<20}{'n':>5}" + "".join(f"{name:>18}" for name in (*COLUMNS, "all right")) + f"{'chars':>8}")
    kinds = sorted({one.expected.kind for one in judged})
    for kind in (*kinds, "all"):
        of_it = [one for one in judged if kind in ("all", one.expected.kind)]
        cells = []
        for names in COLUMNS.values():
            measured = [one for one in of_it if names & one.expected.checks.keys() or "max" in names]
            right = sum(not names & set(one.failed) for one in measured)
            cells.append(f"{right}/{len(measured)} {100 * right / len(measured):.0f}%" if measured else "-")
        right = sum(not one.failed for one in of_it)
        cells.append(f"{right}/{len(of_it)} {100 * right / len(of_it):.0f}%")
        length = int(median(len(squeeze(one.said)) for one in of_it))
        lines.append(f"{kind:<20}{len(of_it):>5}" + "".join(f"{cell:>18}" for cell in cells) + f"{length:>8}")
    return "\n".join(lines)
