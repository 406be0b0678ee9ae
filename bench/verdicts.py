"""Whether 对, 不可以, 应当 … is said rightly before a conclusion: ``python -m bench.verdicts``, no server.

The questions of ``knowledge/data/verdicts`` in five parts by who asked them, each judged by what was learnt from the
other four; beside it what the form of the question alone says (``knowledge/question_form.py``).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from knowledge.directory import load_directory
from knowledge.documents import load_plan
from knowledge.entries import load_entries
from knowledge.question_bank import load_questions, question_files, read_questions
from knowledge.question_form import opening, read_question_form
from knowledge.text import normalise
from knowledge.values import values_named
from knowledge.verdicts import VERDICTS, VerdictModel, load_verdicts, verdict_of

PARTS = 5
FROM = (0.6, 0.75, 0.85, 0.9)
# The words of ``opening`` as those of the data.
BY_FORM = {"不应当": "不必", "有条件": "看条件"}


def rows() -> Iterator[tuple[str, float, float]]:
    """Name, share of all that get a verdict, share of those verdicts that are right."""
    plan = load_plan()
    entries = load_entries(plan.clauses)
    directory = load_directory(plan.clauses, entries)
    labelled = load_verdicts(load_questions(entries), entries)
    asked_by = {
        normalise(text): path.stem
        for path in question_files()
        for texts in read_questions(path).values()
        for text in texts
    }
    right = np.array([VERDICTS.index(one.verdict) for one in labelled])
    chances = np.zeros((len(labelled), len(VERDICTS)))
    hands = [asked_by.get(one.text, "") for one in labelled]
    for learnt, held in GroupKFold(PARTS).split(right, groups=hands):
        model = VerdictModel.fit(directory, [labelled[row] for row in learnt])
        chances[held] = [model.probabilities(labelled[row].text, labelled[row].fact) for row in held]
    words = [
        opening(one.fact, one.text, *values_named(directory, one.fact, one.text, directory.mentions(one.text)))
        for one in labelled
    ]
    formed = np.array([
        VERDICTS.index(verdict_of(BY_FORM.get(word, word), one.text)) if word else -1
        for word, one in zip(words, labelled, strict=True)
    ])  # fmt: skip
    forms = np.array([read_question_form(one.text).form for one in labelled])
    yield "by the form of the question alone", float((formed >= 0).mean()), _share(formed == right, formed >= 0)
    best, sure = chances.argmax(axis=1), chances.max(axis=1)
    for least in FROM:
        said = (sure >= least) & (best != VERDICTS.index("neither"))
        yield f"learnt, from {least}", float(said.mean()), _share(best == right, said)
    for form in ("may", "must", "confirm", "yes_no"):
        of = forms == form
        for name, guess, said in (
            ("by the form", formed, formed >= 0), ("learnt, from 0.75", best, (sure >= 0.75) & (best != 2)),
        ):  # fmt: skip
            yield f"{form} ({of.sum()}), {name}", float(said[of].mean()), _share(guess == right, said & of)


def _share(right: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    return float(right[of].mean()) if of.any() else 0.0


def main() -> None:
    """Print the table."""
    print("| | gets a verdict | right of those |\n|---|---|---|")
    for name, said, right in rows():
        print(f"| {name} | {said:.1%} | {right:.1%} |", flush=True)


if __name__ == "__main__":
    main()
