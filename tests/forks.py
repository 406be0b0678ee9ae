"""What a forked process does: ``python -m bot`` without the imports, which its parent has done (``warm.py``)."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

# ``bot`` first, as a server has it: what it shuts off is never loaded.
PRELOADED = ["bot", "tests.forks", "tests.warm"]


def run(environment: dict[str, str], arguments: tuple[str, ...], out: str, err: str, folder: str, program: str) -> None:
    """Run a command of a program in a folder with its output in files; ends with the command's exit status."""
    # It may have processes of its own, as a server that nobody forked: they write papers and read files.
    multiprocessing.current_process().daemon = False
    os.environ.update(environment)
    os.chdir(folder)
    tempfile.tempdir = None  # its own TMPDIR, not what the parent found
    for stream, path in ((1, out), (2, err)):
        with Path(path).open("ab") as file:
            os.dup2(file.fileno(), stream)
    sys.exit(importlib.import_module(f"{program}.__main__").main(list(arguments)))
