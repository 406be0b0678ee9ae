"""``python -m bench.waiting``: searches beside processes that keep every core busy, threads asleep or spinning."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import islice
from statistics import median

from bench.evaluate import read_questions
from bench.serving import ANSWERS
from knowledge.settings import KnowledgeSettings
from knowledge.shared import shared_knowledge
from knowledge.threads import ASLEEP

SEARCHES = 8
ROUNDS = 5
# Ends with whoever started it, however that ends.
BUSY = "import os\nstarted = os.getppid()\nwhile os.getppid() == started: pass"


def main() -> int:
    if sys.argv[1:] == ["here"]:
        print(f"{searches() * 1000:.0f}")
        return 0
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(os.cpu_count() or 1)]
    try:
        for name, policy in (("asleep", {}), ("spinning", dict.fromkeys(ASLEEP, "") | {"OMP_WAIT_POLICY": "active"})):
            found = subprocess.run(
                [sys.executable, "-W", "ignore", "-m", "bench.waiting", "here"], env=os.environ | policy,
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            print(f"threads {name}: {SEARCHES} searches beside {len(busy)} busy processes in {found.stdout.strip()} ms")
    finally:
        for process in busy:
            process.kill()
            process.wait()
    return 0


def searches() -> float:
    """Seconds that some searches take, none asked before; the median of some rounds."""
    knowledge = shared_knowledge(KnowledgeSettings())
    questions = iter([question.text for question in read_questions(ANSWERS)])
    knowledge.search("预热")
    rounds = []
    for _ in range(ROUNDS):
        some = list(islice(questions, SEARCHES))
        started = time.perf_counter()
        for question in some:
            knowledge.search(question)
        rounds.append(time.perf_counter() - started)
    return median(rounds)


if __name__ == "__main__":
    sys.exit(main())
