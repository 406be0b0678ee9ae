"""``python -m bench.plan_first``: how likely an added document must answer before it is quoted ahead of the plan.

Two thresholds decide (``knowledge.base``): LEAST_AHEAD, and by how much it must be likelier than what the plan says,
PLAN_FIRST. They are chosen on some laws of bench/laws and measured on others, and the other way round: each time the
laws of one group are held, their questions are asked, those about laws that are not held, and questions to the plan, of
which each group has its own half. Chosen is what answers most of the questions about held laws rightly, less those that
it answers wrongly from a document, as long as it takes at most one in ONE_IN of the plan's questions from the plan.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import nlu  # noqa: F401  (Rasa without TensorFlow)
from bench.beside_plan import SEED, with_documents
from bench.evaluate import files_of, read_questions
from bench.laws import FOLDER
from knowledge.base import LEAST_AHEAD, MOST_HITS, PLAN_FIRST, KnowledgeBase
from knowledge.build import open_knowledge

GROUPS = (
    ("刑法", "防范和处置非法集资条例", "反电信网络诈骗法"),
    ("银行业监督管理法", "广告法", "消费者权益保护法", "个人信息保护法"),
)
TO_THE_PLAN = Path(__file__).parent / "questions" / "sixteen_persons"
OF_THE_PLAN, ONE_IN = 600, 100
STEPS = [round(0.05 * step, 2) for step in range(15)]
Thresholds = tuple[float, float]


@dataclass(frozen=True)
class Asked:
    """What is known of a question before anything is decided.

    Attributes:
        about: the law it is about; empty: the plan.
        of_plan: how likely the plan's likeliest entry answers.
        of_document: how likely the likeliest clause of an added document answers.
        right: whether that clause is one that answers.
    """

    about: str
    of_plan: float
    of_document: float
    right: bool

    def is_ahead(self, at: Thresholds) -> bool:
        least, more = at
        return self.of_document >= max(least, self.of_plan + more)


@dataclass(frozen=True)
class Outcome:
    """What two thresholds come to."""

    held: int
    right: int
    wrong: int
    absent: int
    from_absent: int
    of_plan: int
    from_plan: int

    @property
    def keeps_the_plan(self) -> bool:
        return self.from_plan * ONE_IN <= self.of_plan

    @property
    def worth(self) -> int:
        return self.right - self.wrong - self.from_absent

    def __str__(self) -> str:
        return (
            f"held {self.held}: {self.right} right, {self.wrong} wrong; not held {self.absent}: {self.from_absent} "
            f"answered all the same; the plan's {self.of_plan}: {self.from_plan} taken from it"
        )


def asked(knowledge: KnowledgeBase, question: str, about: str = "", articles: Sequence[str] = ()) -> Asked:
    entries = [choice.probability for choice in knowledge.choices(question) if not choice.intent]
    hit = next((hit for hit in knowledge.search(question, MOST_HITS) if not hit.document.is_plan), None)
    right = hit is not None and hit.document.info.title == about and hit.clause.id in articles
    return Asked(about, max(entries), hit.probability if hit else 0.0, right)


def outcome(questions: Iterable[Asked], held: Sequence[str], at: Thresholds) -> Outcome:
    of = {"held": [], "absent": [], "plan": []}  # type: dict[str, list[Asked]]
    for one in questions:
        of["plan" if not one.about else "held" if one.about in held else "absent"].append(one)
    ahead = {name: [one for one in some if one.is_ahead(at)] for name, some in of.items()}
    right = sum(one.right for one in ahead["held"])
    return Outcome(
        len(of["held"]), right, len(ahead["held"]) - right,
        len(of["absent"]), len(ahead["absent"]), len(of["plan"]), len(ahead["plan"]),
    )  # fmt: skip


def chosen(questions: Sequence[Asked], held: Sequence[str]) -> Thresholds:
    """The best two; of equals those that leave more to the plan."""
    found = {at: outcome(questions, held, at) for at in product(STEPS, STEPS)}
    fitting = {at: one for at, one in found.items() if one.keeps_the_plan}
    return max(fitting, key=lambda at: (fitting[at].worth, at))


def of_group(number: int, plan: Sequence[str]) -> list[Asked]:
    """All that is asked while the laws of a group are held."""
    rows = (FOLDER / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    laws = [json.loads(row) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        knowledge = open_knowledge(with_documents(Path(folder), list(GROUPS[number])), print)
        found = [asked(knowledge, row["text"], row["law"], row["articles"]) for row in laws]
        return [*found, *(asked(knowledge, question) for question in plan)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.plan_first", description=__doc__)
    parser.parse_args()
    everything = [q for file in files_of(TO_THE_PLAN) for q in read_questions(file)]
    plan = [q.text for q in everything if (q.entries or q.clauses) and not q.before]
    every = max(1, len(plan) // OF_THE_PLAN)
    plan = plan[SEED % every :: every][:OF_THE_PLAN]
    groups = [of_group(number, plan[number :: len(GROUPS)]) for number in range(len(GROUPS))]
    now = (LEAST_AHEAD, PLAN_FIRST)
    for number, others in ((0, 1), (1, 0)):
        best = chosen(groups[number], GROUPS[number])
        print(f"chosen with {'、'.join(GROUPS[number])}: at least {best[0]}, {best[1]} more than the plan")
        print(f"  there:          {outcome(groups[number], GROUPS[number], best)}")
        for name, at in (("chosen", best), ("as it is", now)):
            print(f"  elsewhere, {name:9}: {outcome(groups[others], GROUPS[others], at)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
