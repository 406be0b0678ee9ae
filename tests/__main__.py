"""Runs the Python that it is given: by ``command(…, program="tests")`` in a process that has a server's imports."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    exec(arguments[0], {"__name__": "__main__"})
    return 0
