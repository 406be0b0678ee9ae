"""``python -m bench.beside_plan [FILES]``: what added documents cost the plan's own answers, in one run.

Asks a fixed sample of FILES (600 of bench/questions/sixteen_persons) with the plan alone, then with the documents of
``--documents`` (刑法 and two regulations of bench/laws) added; then questions about laws: of those that are held the
right article must be cited first, of those that are not nothing of another document. What is asked goes through the
judge and the answer as in a turn, without a server.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from actions.answering import answer, answer_parts
from actions.replies import Reply
from bench.evaluate import Question, files_of, read_questions
from bench.laws import FOLDER
from knowledge import holdings
from knowledge.build import open_knowledge
from knowledge.holdings import Given, draft
from knowledge.multi_question import split_questions
from knowledge.query_cleaning import clean_query
from knowledge.settings import KnowledgeSettings
from knowledge.shared import shared_knowledge, switch_to
from nlu.components import QuestionJudge
from nlu.reports import ANSWERS
from storage.settings import ActionSettings

MEASURED = Path(__file__).parent / "questions" / "sixteen_persons"
DOCUMENTS = ("刑法", "防范和处置非法集资条例", "反电信网络诈骗法")
SAMPLE, SEED = 600, 16


@dataclass(frozen=True)
class Said:
    """What was said to a message: the reply, where it was taken for a question."""

    question: Question
    reply: Reply | None

    @property
    def right(self) -> bool:
        if self.reply is None:
            return self.question.kind not in ("any", *ANSWERS)
        cited = self.reply.clauses[:1]
        entry = self.reply.extra.get("entry", "")
        fits = not self.question.entries or entry in self.question.entries
        return fits and (not self.question.clauses or (bool(cited) and cited[0] in self.question.clauses))

    @property
    def other(self) -> tuple[str, str] | None:
        """The document and article of another document that is cited first."""
        first = self.reply.citations[0] if self.reply and self.reply.citations else None
        return None if first is None or first.document.is_plan else (first.document.info.title, first.clause.id)


def said(judge: QuestionJudge, text: str) -> Reply | None:
    """The reply to a message that is taken for a question, as in a turn."""
    knowledge = shared_knowledge(KnowledgeSettings.current())
    intent = max((found := judge._judged(clean_query(text))), key=lambda one: found[one])
    if intent not in ANSWERS:
        return None
    parts = split_questions(knowledge, text)
    today = ActionSettings().current_day()
    return (answer_parts(knowledge, today, text, parts) if parts else answer(knowledge, today, text, intent))[0]


def asked(settings: KnowledgeSettings, questions: list[Question]) -> list[Said]:
    switch_to(open_knowledge(settings, print), KnowledgeSettings.current())
    judge = QuestionJudge(QuestionJudge.get_default_config())
    return [Said(question, said(judge, question.text)) for question in questions]


def with_documents(folder: Path, names: list[str]) -> KnowledgeSettings:
    """A data folder with some of bench/laws in it, that shares what is built."""
    current = KnowledgeSettings.current()
    (folder / "cache").symlink_to((current.data_dir / "cache").absolute())
    settings = current.model_copy(update={"data_dir": folder})
    for name in names:
        holdings.keep(settings, draft(FOLDER / f"{name}.txt", Given(title=name), lambda message: None))
    return settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.beside_plan", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[MEASURED])
    parser.add_argument("--documents", nargs="+", default=list(DOCUMENTS))
    parser.add_argument("--misses", action="store_true", help="print what was right before and is wrong after")
    options = parser.parse_args()
    everything = [q for given in options.files for file in files_of(given) for q in read_questions(file)]
    fitting = [q for q in everything if (q.entries or q.clauses or q.kind == "oos") and not q.before]
    sample = random.Random(SEED).sample(fitting, min(SAMPLE, len(fitting)))
    rows = (FOLDER / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    laws = [json.loads(row) for row in rows]
    of_laws = [Question("policy", row["text"], tuple(row["articles"]), file=row["law"]) for row in laws]
    before = asked(KnowledgeSettings.current(), sample)
    with tempfile.TemporaryDirectory() as folder:
        after = asked(with_documents(Path(folder), options.documents), [*sample, *of_laws])
    after, about = after[: len(sample)], after[len(sample) :]
    counts = [sum(one.right for one in some) for some in (before, after)]
    print(
        f"plan alone: {counts[0]}/{len(sample)} right; with {'、'.join(options.documents)}: {counts[1]}/{len(sample)}"
    )
    print(f"of the plan's questions answered from another document: {sum(one.other is not None for one in after)}")
    held = [one for one in about if one.question.file in options.documents]
    right = sum(one.other is not None and one.other[1] in one.question.clauses for one in held)
    print(f"questions about laws that are held: {len(held)}, right article first: {right}, "
          f"another article of an added document: {sum(one.other is not None for one in held) - right}")  # fmt: skip
    absent = [one for one in about if one.question.file not in options.documents]
    print(f"about laws that are not held: {len(absent)}, answered from an added document: "
          f"{sum(one.other is not None for one in absent)}")  # fmt: skip
    if options.misses:
        for old, new in zip(before, after, strict=True):
            if old.right and not new.right:
                print(f"  {new.question.text} -> {new.other}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
