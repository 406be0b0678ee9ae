"""The table of ``make bench``: every method on the same questions, each in a process of its own.

First clause right on the open questions that have one; out-of-scope questions declined and questions in scope declined
by mistake; p50 of one answer; resident memory of the process. The plain methods have no notion of scope: theirs is a
threshold on the best score, set so that 2 % of the question bank would be declined. SetFit learns out of scope as a
class of its own. Ours and stock Rasa are asked over HTTP.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np

from bench.evaluate import Question, files_of, read_questions

ROOT = Path(__file__).resolve().parent.parent
OPEN = ROOT / "bench" / "questions" / "open"
TRAINABLE = ROOT / ".bench" / "trainable"
DECLINED_OF_BANK = 0.02
OUT_OF_SCOPE = "out_of_scope"
PERTURBED = {path.stem for path in (OPEN / "perturbed").glob("*.jsonl")}
# A text -> the clause it is answered with, None when it is declined.
Answer = Callable[[str], str | None]


@dataclass(frozen=True)
class Row:
    """One method's measures: shares, seconds, MiB."""

    plain: float
    perturbed: float
    declined: float
    wrongly_declined: float
    p50: float
    memory: float

    def __str__(self) -> str:
        return (
            f"{self.plain:>8.1%}{self.perturbed:>11.1%}{self.declined:>10.1%}{self.wrongly_declined:>10.1%}"
            f"{self.p50 * 1000:>9.1f} ms{self.memory:>8.0f} MiB"
        )


HEAD = f"{'':<34}{'plain':>8}{'perturbed':>11}{'declined':>10}{'wrongly':>10}{'p50':>12}{'memory':>12}"


def questions() -> list[Question]:
    """The open questions that have one clause or are out of scope, without a conversation before them."""
    found = [question for file in files_of(OPEN) for question in read_questions(file)]
    return [q for q in found if not q.before and not q.each and (q.clauses or q.kind == "oos")]


def measured(answer: Answer, memory: Callable[[], float]) -> Row:
    """Ask everything once."""
    marks: dict[str, list[bool]] = {"plain": [], "perturbed": [], "declined": [], "wrongly": []}
    seconds = []
    for question in questions():
        started = time.perf_counter()
        clause = answer(question.text)
        seconds.append(time.perf_counter() - started)
        if question.kind == "oos":
            marks["declined"].append(clause is None)
        else:
            marks["perturbed" if question.file in PERTURBED else "plain"].append(clause in question.clauses)
            marks["wrongly"].append(clause is None)
    plain, perturbed, declined, wrongly = (sum(found) / len(found) for found in marks.values())
    return Row(plain, perturbed, declined, wrongly, median(seconds), memory())


def in_its_own_process(method: str) -> Row:
    """Measure one of ``PLAIN`` or SetFit apart, so that its memory is its own."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.comparison", method]
    output = subprocess.run(command, cwd=ROOT, env=os.environ, check=True, stdout=subprocess.PIPE).stdout
    return Row(**json.loads(output.splitlines()[-1]))


def plain_method(method: str) -> Answer:
    """BM25, the encoder alone, or their plain fusion, with a threshold from the bank."""
    from bench.ranking import scores_of
    from knowledge.question_bank import by_clause
    from knowledge.settings import KnowledgeSettings
    from knowledge.shared import shared_knowledge

    knowledge = shared_knowledge(KnowledgeSettings())
    scores = scores_of(knowledge, method)
    ids = [clause.id for clause in knowledge.plan.clauses]
    bank = [float(scores(question).max()) for question, _ in by_clause()]
    least = float(np.quantile(bank, DECLINED_OF_BANK))

    def answer(text: str) -> str | None:
        found = scores(text)
        best = int(np.argmax(found))
        return ids[best] if found[best] >= least else None

    return answer


def setfit() -> Answer:
    """SetFit on the question bank, out of scope as one more class."""
    from bench.finetuning import train_setfit
    from knowledge.question_bank import by_clause, load_out_of_scope

    labelled = [*by_clause(), *((question, OUT_OF_SCOPE) for question in load_out_of_scope())]
    model = train_setfit(TRAINABLE, [text for text, _ in labelled], [label for _, label in labelled])
    print(f"SetFit was trained in {model.seconds:.0f} s", file=sys.stderr, flush=True)

    def answer(text: str) -> str | None:
        label = model.best(text)
        return None if label == OUT_OF_SCOPE else label

    return answer


PLAIN = ("BM25", "encoder alone", "plain fusion")
SETFIT = "SetFit"


def main() -> None:
    from bench.serving import resident

    method = sys.argv[1]
    answer = setfit() if method == SETFIT else plain_method(method)
    row = measured(answer, lambda: resident(os.getpid()))
    print(json.dumps(asdict(row)))


if __name__ == "__main__":
    main()
