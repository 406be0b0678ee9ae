"""Whether a probability of the search means what it says: ``python -m bench.calibration PICTURE FILES``.

Draws a reliability diagram and a coverage-accuracy curve over questions that have a clause and those to be declined,
and prints the expected calibration error (Naeini et al. 2015), in ten bins of equal width.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

from bench.evaluate import files_of, read_questions
from knowledge.settings import KnowledgeSettings
from knowledge.shared import shared_knowledge

mpl.use("Agg")
import matplotlib.pyplot as plt

BINS = 10


def main() -> None:
    picture, files = Path(sys.argv[1]), [file for given in sys.argv[2:] for file in files_of(Path(given))]
    knowledge = shared_knowledge(KnowledgeSettings())
    asked = [q for file in files for q in read_questions(file) if (q.clauses or q.kind == "oos") and not q.before]
    best = [knowledge.search(question.text, limit=1)[0] for question in asked]
    sure = np.array([hit.probability for hit in best])
    right = np.array([hit.clause.id in q.clauses for hit, q in zip(best, asked, strict=True)])
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    filled = [n for n in range(BINS) if (bins == n).any()]
    said = np.array([sure[bins == n].mean() for n in filled])
    was = np.array([right[bins == n].mean() for n in filled])
    share = np.array([(bins == n).mean() for n in filled])
    print(f"{len(asked)} questions, expected calibration error {float(share @ np.abs(said - was)):.3f}")

    # Coverage counts what the plan answers: declining the others costs nothing.
    inside = np.array([bool(question.clauses) for question in asked])
    order = np.argsort(-sure[inside])
    covered = np.arange(1, inside.sum() + 1) / inside.sum()
    accuracy = np.cumsum(right[inside][order]) / np.arange(1, inside.sum() + 1)
    for least in (0.5, 0.85, 0.95):
        answered = sure[inside] >= least
        print(f"answered at {least:.2f}: {answered.mean():.3f}, of those right {right[inside][answered].mean():.3f}")
    figure, (left, other) = plt.subplots(1, 2, figsize=(9, 4), constrained_layout=True)
    left.plot([0, 1], [0, 1], "--", color="grey")
    left.bar(said, was, width=0.06, color="#2f5d8a")
    left.set(xlabel="probability said", ylabel="share right", title="Reliability", xlim=(0, 1), ylim=(0, 1))
    other.plot(covered, accuracy, color="#2f5d8a")
    other.set(xlabel="share answered, the surest first", ylabel="first clause right", title="Coverage and accuracy")
    figure.savefig(picture, dpi=110)


if __name__ == "__main__":
    main()
