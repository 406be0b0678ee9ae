"""How well somebody is heard who says it for the first time: reports, sums, dates, places, corrections, self-checks.

``python -m bench.listening --url http://127.0.0.1:8000`` says every scene of ``first_words.yml`` to a running assistant
and prints, by kind, how many were tried and how many came out right, those that were looked at while the reading was
mended apart from those held out. Beside them stand the awkward answers of ``tests/data/awkward_answers.yml`` and what
officials write (``desk_words.yml``), which need no server: ``--here`` prints these alone. Kinds of files have their
table in docs/evidence.md. Days are read as on 13 October 2016: start the assistant with ASSISTANT_TODAY=2016-10-13.
"""

from __future__ import annotations

import argparse
import re
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml

from casework.desk.dates import find_span, unread
from casework.desk.outcomes import read_outcome

FILE = Path(__file__).resolve().parent / "first_words.yml"
DESK = FILE.with_name("desk_words.yml")
TODAY = date(2016, 10, 13)
REVIEW = "看看填了什么"
# A scene that begins with this word begins with a report that was submitted; {receipt} is what it was answered with.
SUBMITTED = "SUBMITTED"
REPORT = ("举报金福来骗了我5万", "其余跳过", "确认如实举报并提交")
# One that begins with this word, with a self-check up to the question whether the firm does internet finance.
BEFORE_BUSINESS = "BEFORE_BUSINESS"
SELF_CHECK = (
    *("企业自查", "洛阳融信网络科技有限公司", "跳过", "没有", "赵建国", "13800001111", "一样", "一样", "300万"),
    *("洛阳市涧西区延安路12号", "一样", "跳过"),
)
BEGUN = {SUBMITTED: REPORT, BEFORE_BUSINESS: SELF_CHECK}
RECEIPT = re.compile(r"\b\d{4} \d{4} \d{4} \d{4}\b")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
# How people write a receipt down.
WRITTEN: dict[str, Callable[[str], str]] = {
    "{receipt}": lambda digits: " ".join(re.findall("....", digits)),
    "{receipt:plain}": str,
    "{receipt:pairs}": lambda digits: " ".join(re.findall("..", digits)),
    "{receipt:wide}": lambda digits: digits.translate(WIDE),
    "{receipt:lines}": lambda digits: f"{digits[:8]}\n{digits[8:]}",
    "{receipt:dots}": lambda digits: ".".join(re.findall("....", digits)),
    "{receipt:spoken}": lambda digits: digits.translate(SPOKEN),
    "{receipt:short}": lambda digits: digits[:-1],
    "{receipt:long}": lambda digits: f"{digits}3",
}


@dataclass(frozen=True)
class Scene:
    """A row of ``first_words.yml``, which says what its fields mean."""

    kind: str
    who: str
    said: tuple[str, ...]
    holds: dict[str, str]
    lacks: tuple[str, ...] = ()
    has: str = ""
    says: str = ""
    job: str = ""
    held: bool = False
    missed: str = ""


@dataclass
class Heard:
    """What came of a scene: what was wrong with it, nothing when all was right."""

    scene: Scene
    wrong: list[str] = field(default_factory=list)


@cache
def scenes(file: Path = FILE) -> tuple[Scene, ...]:
    rows: list[dict[str, Any]] = yaml.load(file.read_bytes(), yaml.CSafeLoader)
    return tuple(
        Scene(
            **{
                **row,
                "said": tuple(row["said"]),
                "holds": {label: str(pattern) for label, pattern in row.get("holds", {}).items()},
                "lacks": tuple(row.get("lacks", ())),
            }
        )
        for row in rows
    )


def heard(client: httpx.Client, scene: Scene, sender: str = "") -> Heard:
    """Say a scene, in a conversation of its own if in no other, and hold the review against what must stand in it."""
    sender = sender or uuid.uuid4().hex

    def say(message: str) -> tuple[str, str]:
        answer = client.post("/webhooks/rest/webhook", json={"sender": sender, "message": message})
        answer.raise_for_status()
        replies = answer.json()
        jobs = [reply["custom"]["job"] for reply in replies if reply.get("custom", {}).get("job")]
        return "\n".join(reply.get("text", "") for reply in replies), next(iter(jobs), "")

    last, receipt, job = "", "", ""
    for message in (*BEGUN.get(scene.said[0], scene.said[:1]), *scene.said[1:]):
        last, job = say(written(message, receipt))
        receipt = next(iter(RECEIPT.findall(last)), receipt)
    review = say(REVIEW)[0] if scene.holds or scene.lacks or scene.has else ""
    wrong = [
        f"{label}: {answer_of(review, label)!r}"
        for label, pattern in scene.holds.items()
        if not re.search(pattern, answer_of(review, label)) and not re.search(pattern, plain(answer_of(review, label)))
    ]
    wrong += [f"stands there: {words}" for words in scene.lacks if words in review]
    wrong += [f"nowhere: {scene.has}"] if scene.has and not re.search(scene.has, review) else []
    wrong += [f"not said: {scene.says}"] if scene.says and not re.search(scene.says, last) else []
    wrong += [f"job: {job}"] if scene.job and not re.fullmatch(scene.job, job) else []
    return Heard(scene, wrong)


def written(message: str, receipt: str) -> str:
    """A message with the receipt as somebody would write it."""
    for name, write in WRITTEN.items():
        message = message.replace(name, write(receipt.replace(" ", "")))
    return message


def answer_of(review: str, label: str) -> str:
    """A question's answer as the review shows it, which may have several lines; empty when it has none."""
    match = re.search(rf"· {re.escape(label)}：((?:.|\n)*?)(?=\n·|\n\n|$)", review)
    return match[1] if match else ""


def plain(figure: str) -> str:
    return figure.replace(",", "")


def table(results: Sequence[Heard]) -> str:
    """Kinds by how many were tried and right: looked at, and held out."""
    tried, right = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    for result in results:
        for kind in (result.scene.kind, "all"):
            tried[kind, result.scene.held] += 1
            right[kind, result.scene.held] += not result.wrong
    lines = ["| kind | looked at: right of tried | held out: right of tried |", "|---|---|---|"]
    for kind in dict.fromkeys([*(result.scene.kind for result in results), "all"]):
        cells = (f"{right[kind, held]} of {tried[kind, held]}" for held in (False, True))
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def desk_mistakes(row: dict[str, Any]) -> str:
    """What an official's words were read as, where that is wrong; else nothing."""
    if "outcome" in row:
        outcome = read_outcome(row["said"]).outcome
        return "" if outcome == row["outcome"] else outcome or "asked"
    span = None if unread(row["said"], TODAY) else find_span(row["said"], TODAY)
    days = [span.first, span.last] if span else None
    return "" if days == row["day"] else str(days)


def here() -> list[tuple[str, str, str]]:
    """Kind, words and what was wrong, of all that needs no server."""
    from tests.test_awkward_answers import IN_TURNS, mistakes  # sets up a data folder when it is imported

    answers = [(f"answer: {row['kind']}", str(row["said"]), "; ".join(mistakes(row))) for row in IN_TURNS]
    rows: list[dict[str, Any]] = yaml.safe_load(DESK.read_text(encoding="utf-8"))
    desk = [("desk: outcome" if "outcome" in row else "desk: day", row["said"], desk_mistakes(row)) for row in rows]
    return [*answers, *desk]


def short_table(results: Sequence[tuple[str, str, str]]) -> str:
    tried = Counter(kind for kind, _, _ in results)
    right = Counter(kind for kind, _, wrong in results if not wrong)
    lines = ["| kind | right of tried |", "|---|---|"]
    lines += [f"| {kind} | {right[kind]} of {count} |" for kind, count in tried.items()]
    return "\n".join([*lines, f"| all | {right.total()} of {tried.total()} |"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.listening", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--misses", action="store_true", help="print what was wrong with each")
    parser.add_argument("--here", action="store_true", help="only what needs no running assistant")
    options = parser.parse_args()
    inside = here()
    for kind, said, wrong in inside if options.misses else ():
        if wrong:
            print(kind, said, "->", wrong)
    print(short_table(inside))
    if options.here:
        return 0
    with httpx.Client(base_url=options.url, timeout=120) as client:
        results = [heard(client, scene) for scene in scenes()]
    for result in results if options.misses else ():
        if result.wrong:
            print(" / ".join(result.scene.said), "->", "; ".join(result.wrong))
    print(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
