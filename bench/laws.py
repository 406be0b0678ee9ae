"""``python -m bench.laws [FOLDER]``: lay questions over laws that nobody has written questions for.

FOLDER (bench/laws) holds laws as files, and ``questions.jsonl`` with ``{"law", "text", "articles"}`` a line. Prints how
often the right article is a candidate, how high it stands (MRR, first), and whether the probabilities mean what they
say (ECE in ten bins, each question asked once with its law held and once without). Weights are fitted on the other
laws, law by law; ``--fit`` fits them on all and writes ``knowledge/data/ranker.yml``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge.base import NO_NORM
from knowledge.build import index_of
from knowledge.clauses import Clause
from knowledge.documents import COUNTRY, Document, load_plan
from knowledge.encoder import Vectors, shared_encoder
from knowledge.holdings import Given, draft
from knowledge.index import Index, Scores
from knowledge.query_cleaning import clean_query
from knowledge.ranker import NAMES, Evidence, Features, Ranker, Weights, chances
from knowledge.settings import KnowledgeSettings
from knowledge.shared import shared_knowledge
from knowledge.vector_cache import VectorCache

FOLDER = Path(__file__).parent / "laws"
WEIGHTS = Path("knowledge") / "data" / "ranker.yml"
HEAD = "# Weights of knowledge/ranker.py. Written by `python -m bench.laws --fit`; do not edit by hand.\n"
DECAY = 1e-4
BINS = 10


@dataclass(frozen=True)
class Example:
    """A question with its candidates: what speaks for each, and which are right; none where its law is not held."""

    law: str
    features: Features
    right: NDArray[np.bool_]


def laws(folder: Path) -> list[Document]:
    """The laws of a folder, read as an added file is."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".txt", ".docx", ".pdf", ".html", ".md"))
    return [draft(path, Given(title=path.stem), lambda said: None).document for path in paths]


@dataclass(frozen=True)
class Held:
    """Laws beside the plan, and the questions about them.

    Attributes:
        clauses: every clause of the index, the plan's first.
        own: how many sentences of the index are the plan's.
        norms: rows of the clauses that may answer a question about a law.
        asked: for each question its law, its vector, what words say of each clause, and the rows that are right.
    """

    index: Index
    clauses: list[tuple[Document, Clause]]
    own: int
    norms: frozenset[int]
    asked: list[tuple[str, Vectors, tuple[Scores, Scores], frozenset[int]]]


def held_laws(folder: Path) -> Held:
    """The laws of a folder, indexed beside the plan, with the questions of its ``questions.jsonl``."""
    settings = KnowledgeSettings()
    shared_knowledge(settings)  # the names that the plan knows are words
    documents = [load_plan(), *laws(folder)]
    cache = VectorCache(settings.data_dir / "cache" / "laws", shared_encoder(settings.encoder), say)
    index = index_of(documents, cache)
    clauses = [(document, clause) for document in documents for clause in document.clauses]
    rows = {(bare(document.info.title), clause.id): row for row, (document, clause) in enumerate(clauses)}
    asked = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    vectors = cache.cores([clean_query(question["text"]) for question in asked])
    cache.save()
    norms = (n for n, (document, clause) in enumerate(clauses) if not document.is_plan and clause.kind not in NO_NORM)
    return Held(
        index, clauses, index.sentence_rows(len(documents[0].clauses) - 1).stop, frozenset(norms),
        [(bare(question["law"]), vector, index.lexical(clean_query(question["text"])),
          frozenset(rows[bare(question["law"]), article] for article in question["articles"]))
         for question, vector in zip(asked, vectors, strict=True)],
    )  # fmt: skip


def bare(title: str) -> str:
    """The name of a law as it is spoken of."""
    return title.strip("《》").removeprefix(COUNTRY)


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def examples(held: Held) -> tuple[list[Example], float]:
    """Every question with its law held and without, and the share whose right article is a candidate."""
    ranker = Ranker(held.index, held.own, np.zeros(len(NAMES)))
    found, reached = [], 0
    for law, vector, words, right in held.asked:
        norms = [row for row in sorted(held.index.candidates(vector, words[1])) if row in held.norms]
        reached += bool(right & {*norms})
        for here in (norms, [row for row in norms if bare(held.clauses[row][0].info.title) != law]):
            features = ranker.features(Evidence(vector, here, *words)) if here else np.zeros((0, len(NAMES)))
            found.append(Example(law, features, np.array([row in right for row in here])))
    return found, reached / len(held.asked)


def fit(some: Sequence[Example]) -> Weights:
    """The weights under which the right candidate is likeliest, or none of them where none is right."""
    features = np.concatenate([one.features for one in some])
    scale = np.maximum(features.std(axis=0), 1e-9)
    scale[features.std(axis=0) < 1e-9] = 1.0

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[Any]]:
        total, gradient = 0.0, np.zeros(len(NAMES))
        for one in some:
            scaled = one.features / scale
            said = chances(scaled @ weights)
            hit = said[one.right].sum() if one.right.any() else 1 - said.sum()
            total -= np.log(hit + 1e-12)
            wanted = np.where(one.right, said / (hit + 1e-12), 0.0)
            gradient += scaled.T @ (said - wanted)
        return float(total / len(some) + DECAY * weights @ weights), gradient / len(some) + 2 * DECAY * weights

    found = minimize(loss, np.zeros(len(NAMES)), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x / scale)


@dataclass(frozen=True)
class Measured:
    """The probability of the first candidate, whether it is right, its reciprocal rank; and whether its law is held."""

    said: float
    right: bool
    reciprocal: float
    held: bool


def measured(one: Example, weights: Weights) -> Measured:
    said = chances(one.features @ weights)
    order = np.argsort(-said)
    places = np.flatnonzero(one.right[order])
    reciprocal = 1 / (int(places[0]) + 1) if len(places) else 0.0
    return Measured(float(said[order[0]]), bool(one.right[order[0]]), reciprocal, bool(one.right.any()))


def error_of(some: Iterable[Measured]) -> float:
    """Expected calibration error (Naeini et al. 2015)."""
    said, was = (np.array(values, dtype=float) for values in zip(*((m.said, m.right) for m in some), strict=True))
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    return float(sum((bins == n).mean() * abs(said[bins == n].mean() - was[bins == n].mean()) for n in {*bins}))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.laws", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--fit", action="store_true", help="fit on all of it and write the weights")
    options = parser.parse_args()
    found, reached = examples(held_laws(options.folder))
    names = sorted({one.law for one in found})
    print(f"{len(found) // 2} questions over {len(names)} laws; right article among the candidates: {reached:.3f}")
    apart = {law: fit([one for one in found if one.law != law]) for law in names}
    seen = [measured(one, apart[one.law]) for one in found]
    held, absent = ([m for m in seen if m.held is each] for each in (True, False))
    rank, first = (float(np.mean(values)) for values in zip(*((m.reciprocal, m.right) for m in held), strict=True))
    print(f"law left out of the fit: MRR {rank:.3f}, first {first:.3f}, ECE {error_of(seen):.3f}")
    middle, without = (float(np.median([m.said for m in some])) for some in (held, absent))
    print(f"median probability: {middle:.2f} held, {without:.2f} not")
    for least in (0.3, 0.4, 0.5, 0.6):
        said = [m.right for m in held if m.said >= least]
        share, wrongly = len(said) / len(held), np.mean([m.said >= least for m in absent])
        print(f"from {least:.1f}: {share:.3f} answered, {np.mean(said):.3f} right; not held: {wrongly:.3f} answered")
    if options.fit:
        weights = dict(zip(NAMES, (round(float(value), 4) for value in fit(found)), strict=True))
        WEIGHTS.write_text(HEAD + yaml.safe_dump(weights, sort_keys=False), encoding="utf-8")
        print(f"written: {WEIGHTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
