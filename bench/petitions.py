"""How well a standard explanation is found by how a case is told: ``python -m bench.petitions``.

``chosen on`` are the tellings the threshold was set on, ``kept`` were written afterwards and only measured.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import nlu  # noqa: F401  (Rasa without TensorFlow)
from casework.services import Services
from storage.settings import ActionSettings

TOLD = Path(__file__).with_suffix(".jsonl")


def main() -> None:
    """Print, by part: the first right, all sides right, nothing found where there is nothing."""
    known, counts, misses = Services(ActionSettings()).explanations, Counter[tuple[str, str]](), list[str]()
    for line in TOLD.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        wanted, found = set(case["situations"]), [situation.id for situation in known.find(case["told"])]
        part = case["part"]
        counts[part, "tellings"] += 1
        counts[part, "first right"] += (found[0] in wanted) if found else not wanted
        counts[part, "all sides right"] += set(found) == wanted
        if set(found) != wanted:
            misses.append(f"{part}: {case['told']}: {sorted(wanted)}, found {found}")
    for (part, what), count in counts.items():
        print(f"{part:10} {what:16} {count}")
    print(*misses, sep="\n")


if __name__ == "__main__":
    main()
