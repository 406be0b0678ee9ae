"""What glibc's allocator is told: threads share two arenas, and what loading freed goes back to the system.

Each thread that allocates would get an arena of its own, which keeps what was once its peak; together some 40 MiB.
Elsewhere than on glibc nothing is done.
"""

from __future__ import annotations

import ctypes

# mallopt(3): glibc's number for the parameter.
M_ARENA_MAX = -8
ARENAS = 2


def share_arenas() -> None:
    """Let threads share arenas; before any thread is started."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return free memory to the system."""
    if malloc_trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        malloc_trim(0)
