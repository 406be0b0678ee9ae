"""``python -m bench.statutes DIR``: lay questions over the articles of the laws in a folder, as STARD measures it.

DIR holds laws as files (.txt, .docx, .pdf, .html, .md), each named as its law, and ``questions.jsonl`` with ``{"law",
"text", "articles"}`` a line. Every article of every law is a candidate. Prints R@5 (the share of the right articles
among the first five), MRR and how often the first is right for BM25, for the encoder, for both joined by their ranks
(RRF, Cormack et al. 2009) and for the product's scorer, and whether the scorer's probabilities mean what they say: ECE
in ten bins over the first article of each question, asked with its law held and once more without it.

bench/laws is what the scorer's weights were found on: there they are found anew for each law, on the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.laws import FOLDER, Example, Held, error_of, examples, fit, held_laws, measured
from knowledge.ranker import Weights, chances, load_weights

FIRST = 5
# The constant of reciprocal rank fusion.
SMOOTHING = 60


@dataclass(frozen=True)
class Found:
    """One question: the share of its right articles among the first five, and the reciprocal rank of the first."""

    among_five: float
    reciprocal: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.statutes", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    options = parser.parse_args()
    held = held_laws(options.folder)
    some, reached = examples(held)
    weights = weights_for(some, options.folder)
    print(f"{len(held.asked)} questions over {len(held.norms)} articles; right one a candidate: {reached:.3f}")
    print("| | R@5 | MRR | first |\n|---|---|---|---|")
    for name, scored in by_way(held).items():
        print(f"| {name} | {figures(scored)} |", flush=True)
    asked = zip(held.asked, some[::2], strict=True)
    scored = [of_scorer(example, weights[law], right) for (law, _, _, right), example in asked]
    print(f"| the product's scorer | {figures(scored)} |")
    said = [measured(example, weights[example.law]) for example in some if len(example.features)]
    print(f"expected calibration error of the scorer: {error_of(said):.3f}")
    return 0


def weights_for(some: Sequence[Example], folder: Path) -> dict[str, Weights]:
    """The scorer's weights by law: those it has, or where they were found on these laws, found on the others."""
    names = {example.law for example in some}
    if folder.resolve() != FOLDER.resolve():
        return dict.fromkeys(names, load_weights())
    return {law: fit([one for one in some if one.law != law]) for law in names}


def by_way(held: Held) -> dict[str, list[Found]]:
    """What each plain way of searching finds, question by question."""
    rows = np.array(sorted(held.norms))
    sentences = len(held.index.owners)
    found: dict[str, list[Found]] = {"BM25": [], "encoder": [], "RRF of both": []}
    for _, vector, (_, words), right in held.asked:
        cosines = held.index.vectors @ vector
        nearest = np.array(cosines[sentences:])
        np.maximum.at(nearest, held.index.owners, cosines[:sentences])
        ranks = [ranks_of(scores[rows]) for scores in (words, nearest)]
        joined = sum(1 / (SMOOTHING + rank) for rank in ranks)
        for name, scores in zip(found, (-ranks[0], -ranks[1], joined), strict=True):
            found[name].append(ranked(rows[np.argsort(-np.asarray(scores), kind="stable")].tolist(), right))
    return found


def ranks_of(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The place of each, from 1."""
    places = np.empty(len(scores), np.int64)
    places[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return places


def ranked(rows: Sequence[int], right: frozenset[int]) -> Found:
    place = next((number for number, row in enumerate(rows, 1) if row in right), 0)
    return Found(len(right & {*rows[:FIRST]}) / len(right), 1 / place if place else 0.0)


def of_scorer(example: Example, weights: Weights, right: frozenset[int]) -> Found:
    """What the scorer puts first, of its candidates."""
    order = np.argsort(-chances(example.features @ weights), kind="stable")
    hits = example.right[order]
    places = np.flatnonzero(hits)
    return Found(float(hits[:FIRST].sum()) / len(right), 1 / (int(places[0]) + 1) if len(places) else 0.0)


def figures(found: Iterable[Found]) -> str:
    some = list(found)
    five, reciprocal = (np.array([getattr(one, name) for one in some]) for name in ("among_five", "reciprocal"))
    return f"{five.mean():.3f} | {reciprocal.mean():.3f} | {(reciprocal == 1).mean():.3f}"


if __name__ == "__main__":
    sys.exit(main())
