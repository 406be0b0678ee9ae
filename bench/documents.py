"""``python -m bench.documents [FILE …]``: documents of many kinds and layouts, each added to a base with the plan.

Prints for each whether every visible word stands in a clause, whether clauses and quotations are cited by their own
numbers, how many of ten questions are answered from the right clause, and how long the add took. The documents are
those of ``tests/data/documents``, made after layouts of real ones; FILE … are only those of these names. Questions are
those written for the document in people's words, or where there are none made from it: by a clause's number, and by
what it speaks of. ``--misses`` prints those that were not answered right.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from actions.answering import answer
from knowledge import holdings
from knowledge.base import NO_NORM, KnowledgeBase
from knowledge.build import add_draft, open_knowledge
from knowledge.clauses import Clause
from knowledge.documents import Document, DocumentError
from knowledge.holdings import Draft, Given, draft
from knowledge.naming import named_place
from knowledge.reading.blocks import letters
from knowledge.reading.files import read_file
from knowledge.reading.numbering import marker_of
from knowledge.reading.structure import cut
from knowledge.settings import KnowledgeSettings
from storage.settings import ActionSettings
from tests.data.documents.fresh import FRESH
from tests.data.documents.further import FURTHER
from tests.data.documents.samples import ALL, Sample
from tests.data.documents.unseen import UNSEEN

QUESTIONS = 10
SHORTEST, LONGEST = 4, 26
# Around the text of a document, and not asked about.
AROUND = {"文头", "主送", "目录", "标题", "出席", "落款", "版记", "附件说明", "附注", "结语"}
WAYS = (
    "{name}里{topic}是怎么说的",
    "按照{name}，{topic}有什么规定",
    "{name}对{topic}怎么要求",
    "{topic}，{name}写了什么",
)


@dataclass(frozen=True)
class Row:
    """What became of one document."""

    file: str
    clauses: int
    kept: bool
    cited: tuple[int, int]
    answered: tuple[int, int]
    seconds: float
    misses: tuple[str, ...] = ()

    def __str__(self) -> str:
        kept = "100 %" if self.kept else "no"
        cited, answered = ("/".join(map(str, pair)) for pair in (self.cited, self.answered))
        return f"| {self.file} | {self.clauses} | {kept} | {cited} | {answered} | {self.seconds:.1f} |"


def questions_of(document: Document) -> Iterator[tuple[str, str]]:
    """Questions with the clause that answers each: by its number, and by the beginning of a sentence of it."""
    norms = [clause for clause in document.clauses if clause.kind not in NO_NORM and clause.id not in AROUND]
    name = f"《{document.info.title}》"
    places = [clause for clause in norms if _is_named(document, f"{name}{clause.id}", clause)]
    by_number = [(f"{name}{clause.id}怎么规定的", clause.id) for clause in places]
    topics = [(clause.id, topic) for clause in norms for topic in _topics(clause)]
    # What several clauses begin with, as the words of a table's header, asks for none of them.
    shared = Counter(topic for _, topic in {*topics})
    topics = [(clause, topic) for clause, topic in topics if shared[topic] == 1]
    by_matter = [(way.format(name=name, topic=topic), clause) for way in WAYS for clause, topic in topics]
    both = [one for one in chain.from_iterable(zip_longest(by_number, by_matter)) if one]
    yield from list(dict.fromkeys(both))[:QUESTIONS]


def _is_named(document: Document, question: str, clause: Clause) -> bool:
    provision = named_place([document], question)
    return provision is not None and provision.clauses[:1] == (clause,)


def _topics(clause: Clause) -> Iterator[str]:
    """What the sentences of a clause begin with, without their numbers."""
    for sentence in clause.sentences:
        for piece in re.split(r"[，；。：\n\t]", sentence.text):
            marker = marker_of(piece)
            text = (marker.rest if marker else piece).strip(" 　“”‘’（）()")
            if SHORTEST <= len(text) <= LONGEST:
                yield text


def tried(sample: Sample, folder: Path, settings: KnowledgeSettings) -> Row:
    """Add one document, ask what it says."""
    started = time.perf_counter()
    drafted = _drafted(_written(sample, folder))
    add_draft(settings, drafted)
    seconds = time.perf_counter() - started
    return row_of(sample, drafted, open_knowledge(settings), seconds)


def tried_together(samples: Sequence[Sample], folder: Path, settings: KnowledgeSettings) -> Iterator[Row]:
    """Add all of them to one base, which is built once, and ask what each says."""
    drafts = [(sample, _drafted(_written(sample, folder))) for sample in samples]
    for _, drafted in drafts:
        holdings.keep(settings, drafted)
    started = time.perf_counter()
    base = open_knowledge(settings)
    seconds = (time.perf_counter() - started) / len(drafts)
    for sample, drafted in drafts:
        yield row_of(sample, drafted, base, seconds)


def _written(sample: Sample, folder: Path) -> Path:
    path = folder / sample.file
    path.write_bytes(sample.write())
    return path


def row_of(sample: Sample, drafted: Draft, base: KnowledgeBase, seconds: float) -> Row:
    """What is kept of a document that was added, how it is cited and what it answers."""
    with tempfile.TemporaryDirectory() as folder:
        found = cut(read_file(_written(sample, Path(folder)), lambda message: None))
    kept = letters(clause.text for clause in found.clauses)
    kept.subtract(found.repeated)
    texts = {clause.id: clause.text for clause in found.clauses}
    named = [(name, words in texts.get(name, "")) for name, words in sample.cited.items()]
    named += [(label, _label(found.clauses, words) == label) for words, label in sample.parts.items()]
    asked = list(sample.asked.items()) or list(questions_of(drafted.document))
    quoted = [(question, clause, first_quoted(base, question)) for question, clause in asked]
    wrong = [f"{q} 应为{clause}，答的是{got}" for q, clause, got in quoted if got != (drafted.info.id, clause)]
    uncited = [f"引用不对：{name}" for name, is_right in named if not is_right]
    return Row(
        sample.file, len(found.clauses), +kept == letters(sample.words), (len(named) - len(uncited), len(named)),
        (len(asked) - len(wrong), len(asked)), seconds, (*uncited, *wrong),
    )  # fmt: skip


def _label(clauses: tuple[Clause, ...], words: str) -> str:
    return next(clause for clause in clauses if words in clause.text).label_of(words)


def _drafted(path: Path) -> Draft:
    try:
        return draft(path, Given(), lambda message: None)
    except DocumentError:  # it prints no title of its own
        return draft(path, Given(title=path.name), lambda message: None)


def first_quoted(base: KnowledgeBase, question: str) -> tuple[str, str]:
    """The document and the clause that the reply quotes first; empty where it quotes none."""
    reply, _ = answer(base, ActionSettings().current_day(), question)
    first = reply.citations[0] if reply.citations else None
    return (first.document.info.id, first.clause.id) if first else ("", "")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.documents", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--together", action="store_true", help="all in one base; the add is its share")
    options = parser.parse_args()
    samples = [one for one in (*ALL, *FURTHER, *FRESH, *UNSEEN) if not options.files or one.file in options.files]
    current = KnowledgeSettings.current()
    open_knowledge(current, print)
    print("| file | clauses | words kept | cited as expected | questions answered | add, s |")
    print("|---|---|---|---|---|---|")
    rows = []
    for row in _rows(samples, current, options.together):
        rows.append(row)
        print(row, flush=True)
        if options.misses:
            print(*row.misses, sep="\n", end="\n" if row.misses else "", file=sys.stderr)
    print(summary(rows))
    return 0


def _rows(samples: Sequence[Sample], current: KnowledgeSettings, together: bool) -> Iterator[Row]:
    """One row a document, from bases of their own or from one that has all."""
    for some in [samples] if together else [[sample] for sample in samples]:
        with tempfile.TemporaryDirectory() as work:
            folder = Path(work)
            (folder / "cache").symlink_to((current.data_dir / "cache").absolute())
            settings = current.model_copy(update={"data_dir": folder})
            yield from tried_together(some, folder, settings) if together else [tried(some[0], folder, settings)]


def summary(rows: Sequence[Row]) -> str:
    """All rows in a line."""
    kept = sum(row.kept for row in rows)
    cited, asked = (
        "/".join(str(sum(pair[n] for pair in pairs)) for n in (0, 1))
        for pairs in ([row.cited for row in rows], [row.answered for row in rows])
    )
    slowest = max(row.seconds for row in rows)
    return (
        f"{len(rows)} documents: words kept whole in {kept}, citations {cited}, questions {asked}, "
        f"slowest add {slowest:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
