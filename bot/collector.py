"""Python's collector of cycles, kept away from what stays for as long as the process.

A loaded assistant is more than half a million objects. A full collection visits them all while nothing else of the
process runs, not even the answer of ``/healthz``: hundreds of milliseconds each time, and none of them is ever freed.
"""

from __future__ import annotations

import gc


def settle() -> None:
    """Collect once, and leave what is there now out of every collection from now on: for what has just been loaded."""
    gc.collect()
    gc.freeze()
    gc.collect()  # of what is left: how much that is decides when the next full collection comes


def settle_anew() -> None:
    """The same when something else has taken the place of what was left out before: that is looked at, and freed."""
    gc.unfreeze()
    settle()
