"""The same conversations in every channel, compared turn by turn with the page's: ``python -m bench.channels``.

Prints the table of docs/channels.md; with ``--differences`` what is wrong besides. ``--transcripts FOLDER`` writes what
was seen in each channel, message by message, to be read as its users would.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.channels import CHANNELS, PAGE, Held, Shown, difference, hold_all, scripts, table

Everything = Mapping[str, Mapping[str, Held]]


def transcript(held: Everything, channel: str) -> Iterator[str]:
    """All conversations of a channel, as Markdown."""
    for script in (script for script in scripts() if channel in held[script.name]):
        yield f"# {script.name}\n"
        for turn, reply in zip(script.turns, held[script.name][channel].replies, strict=True):
            yield f"## {turn.shown}\n"
            for shown in reply.shown:
                yield from _message(shown)
            if not reply.shown:
                yield f"{reply.text}\n"


def _message(shown: Shown) -> Iterator[str]:
    yield f"--- {len(shown.text.encode())} bytes"
    if shown.text:
        yield shown.text
    if shown.choices:
        yield " ".join(f"[{choice}]" for choice in shown.choices)
    yield from (f"（文件 {name}）" for name in shown.files)
    if shown.picture:
        yield "（图片）"
    yield ""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.channels", description="the channels side by side")
    parser.add_argument("--differences", action="store_true", help="also print what differs, in words")
    parser.add_argument("--transcripts", type=Path, help="a folder for what was seen in each channel")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        held = hold_all(Path(folder))
    print("\n".join(table(held)), flush=True)
    if options.transcripts:
        options.transcripts.mkdir(parents=True, exist_ok=True)
        for channel in CHANNELS:
            text = "\n".join(transcript(held, channel))
            (options.transcripts / f"{channel}.md").write_text(text, encoding="utf-8")
    return min(_differences(held, options.differences), 1)


def _differences(held: Everything, told: bool) -> int:
    """How many replies differ for no reason that stands in the documentation."""
    wrong = 0
    for script in scripts():
        page = held[script.name][PAGE]
        for channel in CHANNELS[1:]:
            if channel not in held[script.name]:
                continue
            for turn, here, there in zip(script.turns, page.replies, held[script.name][channel].replies, strict=True):
                if found := difference(turn, here, there, page.ticks):
                    wrong += 1
                    if told:
                        print(f"\n{channel} · {script.name} · {turn.shown}\n{found}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
