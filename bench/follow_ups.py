"""``python -m bench.follow_ups``: how many follow-ups are understood, by hands that the weights were not fitted on.

``--fit`` fits the weights on all of ``knowledge/data/conversations`` and writes ``knowledge/data/context.yml``.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge.base import KnowledgeBase
from knowledge.build import open_knowledge
from knowledge.context import NAMES, Turn, load_turns
from knowledge.datafile import DATA
from knowledge.judge import OUT_OF_SCOPE, Numbers, softmax
from knowledge.question_bank import load_out_of_scope
from knowledge.settings import KnowledgeSettings

WEIGHTS = DATA / "context.yml"
DECAY = 1e-3
OFF_TOPIC, LONGEST_OFF_TOPIC = 100, 20
Example = tuple[Numbers, NDArray[np.bool_]]
HEAD = "# Weights of knowledge/context.py. Written by `python -m bench.follow_ups --fit`; do not edit by hand.\n"


def example(knowledge: KnowledgeBase, turn: Turn) -> Example:
    """The features of a turn's candidates and which of them are right; none when the right one is no candidate."""
    found, _ = knowledge.candidates(turn.then, turn.first, turn.about)
    return found.features, np.array([label in turn.entry for label in found.labels], dtype=bool)


def off_topic(turns: Sequence[Turn], number: int) -> list[Turn]:
    """Short messages that have nothing to do with the plan, each after a first question of a hand's."""
    declined = [text for text in sorted(set(load_out_of_scope())) if len(text) <= LONGEST_OFF_TOPIC]
    chance = random.Random(number)
    return [
        turn.model_copy(update={"then": text, "entry": (OUT_OF_SCOPE,)})
        for turn, text in zip(chance.sample(turns, OFF_TOPIC), chance.sample(declined, OFF_TOPIC), strict=True)
    ]


def fit(examples: list[Example]) -> Numbers:
    """The weights under which the right candidates are likeliest."""
    known = [(features, right) for features, right in examples if right.any()]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[Any]]:
        total, gradient = 0.0, np.zeros(len(NAMES))
        for features, right in known:
            chances = softmax(features @ weights)
            hit = chances[right].sum()
            total -= np.log(hit + 1e-9)
            wanted = np.where(right, chances / (hit + 1e-9), 0.0)
            gradient += features.T @ (chances - wanted)
        return float(total / len(known) + DECAY * weights @ weights), gradient / len(known) + 2 * DECAY * weights

    return np.asarray(minimize(loss, np.zeros(len(NAMES)), jac=True, method="L-BFGS-B").x, dtype=np.float32)


def right_share(examples: list[Example], weights: Numbers) -> float:
    hits = [bool(right[(features @ weights).argmax()]) for features, right in examples]
    return sum(hits) / len(hits)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.follow_ups", description=__doc__)
    parser.add_argument("--fit", action="store_true", help="write the weights")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    knowledge = open_knowledge(KnowledgeSettings(), print)
    by_hand = {
        hand: [example(knowledge, turn) for turn in [*turns, *off_topic(turns, number)]]
        for number, (hand, turns) in enumerate(load_turns().items())
    }
    alone = [name.startswith("alone,") for name in NAMES]
    for hand, measured in by_hand.items():
        others = [one for other, examples in by_hand.items() if other != hand for one in examples]
        share, without = right_share(measured, fit(others)), right_share(measured, np.array(alone, dtype=np.float32))
        reach = sum(bool(right.any()) for _, right in measured) / len(measured)
        print(f"{hand}: {share:.3f} right (as a message of its own {without:.3f}; among the candidates {reach:.3f})")
    if options.fit:
        weights = fit([one for examples in by_hand.values() for one in examples])
        content = {name: round(float(weight), 4) for name, weight in zip(NAMES, weights, strict=True)}
        options.out.write_text(HEAD + yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
