"""The same conversations in every channel, compared turn by turn with the page's: ``python -m bench.channels``.

Prints the table of docs/channels.md; with ``--differences`` what is wrong besides.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.channels import CHANNELS, PAGE, difference, hold_all, scripts, table


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        held = hold_all(Path(folder))
    print("\n".join(table(held)), flush=True)
    wrong = 0
    for script in scripts():
        page = held[script.name][PAGE]
        for channel in CHANNELS[1:]:
            if channel not in held[script.name]:
                continue
            for turn, here, there in zip(script.turns, page.replies, held[script.name][channel].replies, strict=True):
                if found := difference(turn, here, there, page.ticks):
                    wrong += 1
                    if "--differences" in arguments:
                        print(f"\n{channel} · {script.name} · {turn.shown}\n{found}")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
