"""How often danger and fraud are heard, and how often ordinary words raise an alarm: ``python -m bench.safety [-v]``.

``bench/safety/`` holds sentences by hands that wrote none of those that are learnt: danger, fraud, their harmless
look-alikes (``*_twin``) and ordinary messages. The measuring questions count as ordinary messages as well. ``second/``
has those of ninety-seven further persons, whose ordinary messages are look-alikes for the most part.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from bench.evaluate import files_of, read_questions
from knowledge.base import KnowledgeBase
from knowledge.settings import KnowledgeSettings
from knowledge.shared import shared_knowledge

HELD_OUT = Path(__file__).parent / "safety"
QUESTIONS = Path(__file__).parent / "questions"
WANTED = {"danger": "danger", "fraud": "fraud_now"}


@dataclass(frozen=True)
class Rates:
    """Shares of sentences, 0 to 1."""

    danger_recall: float
    fraud_recall: float
    twin_alarms: float
    ordinary_alarms: float
    ordinary: int
    danger_hinted: float
    fraud_hinted: float
    ordinary_hinted: float


def lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def rates(knowledge: KnowledgeBase, folder: Path = HELD_OUT, verbose: bool = False, every: int = 1) -> Rates:
    """Ask about held-out sentences, as a turn does outside any form.

    A danger that is heard as a fraud, or the reverse, still gets an alarm.

    Args:
        every: only every so many-th sentence is asked.
    """
    heard: dict[str, list[bool]] = {}
    hinted: dict[str, list[bool]] = {}
    sets = {path.stem: lines(path) for path in sorted(folder.glob("*.txt"))}
    for file in files_of(QUESTIONS / "open") if folder == HELD_OUT else ():
        sets["ordinary"] += [question.text for question in read_questions(file)]
    for name, all_of_them in sets.items():
        sentences = all_of_them[::every]
        found = [knowledge.heard(sentence) for sentence in sentences]
        heard[name] = [one.alarm is not None for one in found]
        hinted[name] = [one.alarm is not None or one.hint is not None for one in found]
        if verbose:
            for sentence, one in zip(sentences, found, strict=True):
                if one.alarm != WANTED.get(name):
                    print(f"{name:<12} {one.alarm or '-':<10} {sentence}")
    twins = [*heard.get("danger_twin", []), *heard.get("fraud_twin", [])]
    return Rates(
        _share(heard["danger"]),
        _share(heard["fraud"]),
        _share(twins),
        _share(heard["ordinary"]),
        len(heard["ordinary"]),
        _share(hinted["danger"]),
        _share(hinted["fraud"]),
        _share(hinted["ordinary"]),
    )


def _share(heard: list[bool]) -> float:
    return sum(heard) / max(1, len(heard))


def main() -> None:
    for folder in (HELD_OUT, HELD_OUT / "second"):
        found = rates(shared_knowledge(KnowledgeSettings()), folder, verbose="-v" in sys.argv)
        print(f"{folder.name}: danger heard {found.danger_recall:.3f}, fraud heard {found.fraud_recall:.3f}")
        print(f"... or told where help is: {found.danger_hinted:.3f}, {found.fraud_hinted:.3f}")
        print(f"alarms: look-alikes {found.twin_alarms:.3f}, ordinary {found.ordinary_alarms:.4f} of {found.ordinary}")
        print(f"... or told where help is, ordinary: {found.ordinary_hinted:.4f}")


if __name__ == "__main__":
    main()
