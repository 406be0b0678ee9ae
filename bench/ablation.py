"""What each part of the judge is worth: ``python -m bench.ablation``, right entry first, no server.

The judge's evidence (``knowledge/judge.py``) is laid out for the questions that no encoder was taught; a part of it is
left out, what stays is weighed anew on half of them, and the other half measured, both ways round. Besides, what the
query is cleaned of is left in: courtesies and negations, slips of sound and pinyin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unittest.mock import patch

import numpy as np

from knowledge.documents import load_plan
from knowledge.encoder import shared_encoder
from knowledge.encoder_names import TAUGHT
from knowledge.entries import load_entries
from knowledge.evidence import profile
from knowledge.judge import EVIDENCE, START, Judge, Numbers, weighed
from knowledge.query_cleaning import clean_query
from knowledge.question_bank import load_questions
from knowledge.settings import KnowledgeSettings
from knowledge.teaching import left_out
from knowledge.text import _slips, normalise
from knowledge.vector_cache import VectorCache

# What is left out together: the same evidence for entries and for intents.
PARTS = {
    "without the middle of a label's questions": ("middle, entry", "middle, intent"),
    "without the nearest question": ("nearest, entry", "nearest, intent", "nearest, out of scope"),
    "without how it is spelt": ("spelt like the nearest", "spelt like the nearest, intent", "spelt like all"),
    "without the entry's own words": ("own words", "own words spelt"),
    "without how many questions a label has": ("number of questions",),
    "without what tells labels apart (discriminator)": ("told apart",),
    "the nearest question alone": tuple(name for name in EVIDENCE if not name.startswith("nearest")),
    "what tells labels apart alone": tuple(name for name in EVIDENCE if name != "told apart"),
}


class KeptApart:
    """The questions that no encoder was taught, with their evidence for every label, shape (n, labels, EVIDENCE)."""

    def __init__(self, clean: Callable[[str], str] = clean_query) -> None:
        entries, kept = load_entries(load_plan().clauses), left_out()
        bank = load_questions(entries)
        cache = VectorCache(KnowledgeSettings().data_dir / "cache", shared_encoder(TAUGHT))
        vectors = cache.queries([asked.text for asked in bank])
        cache.save()
        taught = [row for row, asked in enumerate(bank) if asked.text not in kept]
        held = [row for row, asked in enumerate(bank) if asked.text in kept]
        judge = Judge()
        judge.fit(
            [clean_query(bank[row].text) for row in taught], vectors[taught], [bank[row].label for row in taught],
            {entry.id: profile(entry) for entry in entries}, cache.cores, range(0, len(taught), 8),
        )  # fmt: skip
        columns = {label: column for column, label in enumerate(judge.labels)}
        held = [row for row in held if bank[row].label in columns]
        self.right = np.array([columns[bank[row].label] for row in held])
        texts = [clean(bank[row].text) for row in held]
        asked = cache.cores(texts)
        self.evidence: Numbers = np.concatenate(
            [judge.evidence(texts[at : at + 100], asked[at : at + 100]) for at in range(0, len(texts), 100)]
        )

    def right_first(self, without: tuple[str, ...] = ()) -> tuple[float, float]:
        """Shares of the questions whose entry comes first, and among the first three, with some evidence left out."""
        kept = [column for column, name in enumerate(EVIDENCE) if name not in without]
        evidence, halves = self.evidence[:, :, kept], np.arange(len(self.right)) % 2
        places = np.empty(len(self.right), dtype=np.int64)
        for half in (0, 1):
            first = np.where(np.arange(len(kept)) == 0, START, 0.0)
            weights = weighed(evidence[halves != half], self.right[halves != half], first)
            measured, right = evidence[halves == half] @ weights, self.right[halves == half]
            places[halves == half] = (measured > measured[np.arange(len(right)), right][:, None]).sum(axis=1)
        return float((places == 0).mean()), float((places < 3).mean())


def rows() -> Iterator[tuple[str, float, float]]:
    whole = KeptApart()
    yield ("all of it", *whole.right_first())
    for name, left in PARTS.items():
        yield (name, *whole.right_first(left))
    del whole
    yield ("courtesies and negations left in the query", *KeptApart(normalise).right_first())
    normalise.cache_clear()
    clean_query.cache_clear()
    with patch.object(_slips(), "mend", lambda text: text):
        yield ("slips of sound and pinyin left in the query", *KeptApart().right_first())


def main() -> None:
    for name, first, third in rows():
        print(f"{name:<56} {first:.3f} first   {third:.3f} among three", flush=True)


if __name__ == "__main__":
    main()
