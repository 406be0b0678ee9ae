"""What a forked process does: ``python -m bot`` without the imports, which its parent has done (``warm.py``).

The parent is one for all processes of a run that share out the tests, and for servers that have something built apart.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# Nothing that is imported goes away again (``warm.py`` lets it be collected afterwards).
gc.disable()
# ``bot`` before all else, as a server has it: what it shuts off is never loaded.
PRELOADED = ["tests.forks", "bot", "tests.warm"]
# Where it stands what the parent is reached at.
PUBLISHED = "TEST_FORKS_FROM"


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


def parent_of_all(published: Path) -> ForkServerContext:
    """The parent that a file tells of, or a new one that it tells of from now on.

    It ends when the last process that forks from it, or was forked from it, has ended.
    """
    os.environ[PUBLISHED] = str(published)
    context = multiprocessing.get_context("forkserver")
    published.parent.mkdir(parents=True, exist_ok=True)
    with published.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if (found := file.read()) and _joined(json.loads(found)):
            return context
        context.set_forkserver_preload(PRELOADED)
        forkserver.ensure_running()
        ours: Any = forkserver._forkserver
        # Where it is made it goes with this process, which may end before others that fork from the same parent.
        address = Path(tempfile.mkdtemp(prefix="forks-")) / "parent"
        ours._forkserver_address = str(Path(ours._forkserver_address).rename(address))
        file.truncate(0)
        json.dump({"pid": os.getpid(), "alive": ours._forkserver_alive_fd, "address": str(address)}, file)
    _clear_away(published)
    return context


def _clear_away(but: Path) -> None:
    """Remove what runs before this one have left."""
    for published in {*but.parent.iterdir()} - {but}:
        text = published.read_text(encoding="utf-8")
        left = json.loads(text) if text else {}
        if not Path(f"/proc/{left.get('pid')}").exists():
            shutil.rmtree(Path(left["address"]).parent if left else published, ignore_errors=True)
            published.unlink()


def _joined(found: Mapping[str, Any]) -> bool:
    """Fork from another process's parent from now on; False if that process has ended."""
    try:
        # The parent lives for as long as anybody holds this.
        alive = os.open(f"/proc/{found['pid']}/fd/{found['alive']}", os.O_WRONLY)
    except OSError:
        return False
    _fork_from(found["address"], alive)
    return True


def _fork_from(address: str, alive: int) -> None:
    ours: Any = forkserver._forkserver
    ours._forkserver_address, ours._forkserver_alive_fd = address, alive
    ours.ensure_running = resource_tracker.ensure_running  # it is no child of this process, which could not wait for it


def train_in_a_fork(chosen: Mapping[str, str]) -> int:
    """In the place of ``nlu.training.train_apart`` in a forked server: the same command from the same parent."""
    found = json.loads(Path(os.environ[PUBLISHED]).read_text(encoding="utf-8"))
    _fork_from(found["address"], forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]
    settings = {name: value for name, value in os.environ.items() if name.startswith("ASSISTANT_")}
    said = f"/proc/{os.getpid()}/fd/2"
    process = multiprocessing.get_context("forkserver").Process(
        target=run, args=({**settings, **chosen}, ("train",), os.devnull, said, str(ROOT), "nlu")
    )
    process.start()
    process.join()
    return process.exitcode or 0
