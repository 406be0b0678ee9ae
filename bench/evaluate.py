"""``make eval FILE=…``: ask a running assistant a file of questions over the REST contract, print what was right.

A ``.jsonl`` file has ``{"kind", "text", "clauses", "must", "any", "before", "each"}`` a line; a ``.txt`` file has one
out-of-scope question a line; a folder stands for the files in it. A reply is right when its job is the kind's and, for
policy, duty and deadline, when its first citation is one of ``clauses``, all of ``must`` and one of ``any`` stand in
the text (white space removed). ``before`` is said first in the same conversation. ``each`` has one list of clauses for
every question of the message, and each list must be cited from; their kind is ``any``: whatever answers from the plan.
``entries`` are ids of the entries (facts, open questions, lists) of which one must answer.
Lines that say what must come first in a reply are measured as ``bench/answers.py`` describes, in a table of their own.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.answers import Expected, is_answers_row, judge, table

ANSWERS = {"policy", "duty", "deadline"}


@dataclass(frozen=True)
class Question:
    kind: str
    text: str
    clauses: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    each: tuple[tuple[str, ...], ...] = ()
    entries: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True)
class Outcome:
    """What was said to a question and which of the measures it met."""

    question: Question
    job: str
    cited: tuple[str, ...]
    text: str
    quoted: str = ""
    entry: str = ""

    @property
    def job_right(self) -> bool:
        return self.job in ANSWERS if self.question.kind in (*ANSWERS, "any") else self.job == self.question.kind

    @property
    def clause_right(self) -> bool:
        if not all(set(some) & set(self.cited) for some in self.question.each):
            return False
        return not self.question.clauses or (self.cited[:1] != () and self.cited[0] in self.question.clauses)

    @property
    def facts_right(self) -> bool:
        text = squeeze(self.text + self.quoted)
        some = self.question.any
        if self.question.entries and self.entry not in self.question.entries:
            return False
        return all(squeeze(m) in text for m in self.question.must) and (
            not some or any(squeeze(s) in text for s in some)
        )

    @property
    def right(self) -> bool:
        return self.job_right and self.clause_right and self.facts_right


def squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)


def read_questions(path: Path) -> list[Question]:
    """Read a question file.

    Raises:
        ValueError: a line is not in the format; the message has its number.
    """
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        if path.suffix == ".txt":
            questions.append(Question("oos", line.strip(), file=path.stem))
            continue
        try:
            row: dict[str, Any] = json.loads(line)
            if is_answers_row(row):
                continue
            lists = {key: tuple(row.get(key, ())) for key in ("clauses", "must", "any", "before", "entries")}
            each = tuple(tuple(some) for some in row.get("each", ()))
            questions.append(Question(row["kind"], row["text"], **lists, each=each, file=path.stem))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}:{number}: not a question: {error}") from error
    return questions


def read_expected(path: Path) -> list[Expected]:
    """The lines of a file that say how an answer must begin and what it holds."""
    if path.suffix == ".txt":
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Expected.read(row) for row in rows if is_answers_row(row)]


def files_of(given: Path) -> list[Path]:
    return sorted(path for path in given.rglob("*.jsonl")) if given.is_dir() else [given]


def ask(client: httpx.Client, question: Question) -> Outcome:
    """Ask in a conversation of its own."""
    replies = say(client, question.before, question.text)
    custom = [reply["custom"] for reply in replies if "custom" in reply]
    cited = [citation["clause"] for one in custom for citation in one.get("citations", [])]
    job = next((one["job"] for one in custom), "none")
    quoted = "\n".join(citation["quote"] for one in custom for citation in one.get("citations", []))
    entry = next((one["entry"] for one in custom if "entry" in one), "")
    return Outcome(question, job, tuple(cited), "\n".join(reply.get("text", "") for reply in replies), quoted, entry)


def say(client: httpx.Client, before: tuple[str, ...], text: str) -> list[dict[str, Any]]:
    """The replies to the last message of a new conversation."""
    sender = uuid.uuid4().hex
    for message in (*before, text):
        answer = client.post("/webhooks/rest/webhook", json={"sender": sender, "message": message})
        answer.raise_for_status()
    replies: list[dict[str, Any]] = answer.json()
    return replies


def report(outcomes: Iterable[Outcome], misses: bool = True) -> None:
    outcomes = list(outcomes)
    if misses:
        for outcome in outcomes:
            if not outcome.right:
                print_miss(outcome)
    marks = ("right", "job_right", "clause_right", "facts_right")
    print(f"{'':<24}" + "".join(f"{mark.removesuffix('_right'):>16}" for mark in marks))
    for key in ("file", "kind"):
        for name in sorted({getattr(outcome.question, key) for outcome in outcomes}):
            of_it = [outcome for outcome in outcomes if getattr(outcome.question, key) == name]
            counts = [sum(getattr(o, mark) for o in of_it) for mark in marks]
            shown = (f"{count}/{len(of_it)} {100 * count / len(of_it):.1f}%" for count in counts)
            print(f"{key} {name:<19}" + "".join(f"{each:>16}" for each in shown))
    inside = [outcome for outcome in outcomes if outcome.question.kind != "oos"]
    jobs = sum(outcome.job_right for outcome in outcomes)
    print(f"right job overall: {jobs}/{len(outcomes)} = {jobs / len(outcomes):.3f}")
    if inside:
        declined = sum(outcome.job == "oos" for outcome in inside)
        print(f"in scope but declined: {declined}/{len(inside)} = {declined / len(inside):.3f}")
    confused = Counter((o.question.kind, o.job) for o in outcomes if not o.job_right)
    for (kind, job), count in confused.most_common():
        print(f"  {kind} taken for {job}: {count}")


def print_miss(outcome: Outcome) -> None:
    wrong = [n for n in ("job", "clause", "facts") if not getattr(outcome, f"{n}_right")]
    print(f"MISS {'/'.join(wrong)} [{outcome.question.kind}] {outcome.question.text}")
    print(f"     said: {outcome.job} {' '.join(dict.fromkeys(outcome.cited))} {squeeze(outcome.text)[:90]}")
    wanted = (*outcome.question.clauses, *outcome.question.entries)
    print(f"     want: {' '.join(wanted)} {outcome.question.must or ''}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.evaluate", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--least-right", type=float, default=0.0, help="exit 1 below this share of right replies")
    options = parser.parse_args()
    try:
        with httpx.Client(base_url=options.url, timeout=30) as client:
            files = [path for given in options.files for path in files_of(given)]
            outcomes = [ask(client, question) for path in files for question in read_questions(path)]
            expected = [one for path in files for one in read_expected(path)]
            judged = [judge(one, say(client, one.before, one.text)) for one in expected]
    except (OSError, ValueError, httpx.HTTPError) as error:
        print(f"evaluation stopped: {error}", file=sys.stderr)
        return 2
    if outcomes:
        report(outcomes)
    if judged:
        print(table(judged))
    right = sum(o.right for o in outcomes) + sum(not one.failed for one in judged)
    return 0 if right >= options.least_right * (len(outcomes) + len(judged)) else 1


if __name__ == "__main__":
    sys.exit(main())
