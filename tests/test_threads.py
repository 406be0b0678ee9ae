"""Threads without work sleep: what OpenMP reads once, when it is loaded, is set in every way of starting."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.databases import free_port
from knowledge.threads import ASLEEP
from tests.conftest import DATA, ROOT

# What libgomp says of itself when it is loaded; 300,000 turns where nobody told it to sleep.
SAID = re.compile(r"GOMP_SPINCOUNT = '(\d+)'")


def environment(**more: str) -> dict[str, str]:
    """That of somebody who sets nothing; OpenMP says what it read."""
    inherited = {name: value for name, value in os.environ.items() if name not in (*ASLEEP, "GOMP_SPINCOUNT")}
    return (
        inherited | {"OMP_DISPLAY_ENV": "VERBOSE", "PYTHONWARNINGS": "ignore", "ASSISTANT_DATA_DIR": str(DATA)} | more
    )


def spins(command: list[str], said: str = "", **more: str) -> set[int]:
    """How often the threads of each OpenMP that a command loads turn before they sleep."""
    found = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment(**more), input=said, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert SAID.search(found.stderr), found.stderr[-2000:]
    return {int(count) for count in SAID.findall(found.stderr)}


def test_openmp_says_when_nobody_told_it_to_sleep() -> None:
    assert spins(["-c", "import torch"]) != {0}


@pytest.mark.usefixtures("server")  # what it needs is built
@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["-m", "bot", "chat"], "P2P谁牵头\n/q\n"),
        (["-m", "knowledge", "search", "P2P谁牵头"], ""),
        (["-m", "nlu", "train"], ""),
        (["-m", "nlu", "rasa", "data", "validate", "--help"], ""),
        (["-m", "bench.laws", "--help"], ""),
        (["-m", "pytest", "--collect-only", "-qs", "-p", "no:cacheprovider", "tests/test_search.py"], ""),
        (["-c", "import uvicorn.main, bot.web.app"], ""),
    ],
    ids=["chat", "knowledge", "train", "rasa", "bench", "pytest", "uvicorn's workers"],
)
def test_it_is_told_before_it_is_loaded(command: list[str], said: str) -> None:
    assert spins(command, said) == {0}


def test_who_starts_it_may_say_otherwise() -> None:
    assert spins(["-c", "import knowledge, torch"], OMP_WAIT_POLICY="active") != {0}


def loaded(log: Path) -> set[int]:
    return {int(count) for count in SAID.findall(log.read_text(errors="replace"))}


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "command",
    [
        lambda port: ["-m", "bot", "serve", "--port", port],
        lambda port: ["-m", "rasa_sdk", "--actions", "actions", "--port", port],
    ],
    ids=["serve", "rasa_sdk"],
)
def test_servers_are_told_before_it_is_loaded(command: Callable[[str], list[str]], tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command(str(free_port()))], cwd=ROOT, env=environment(), stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 120
        while not loaded(tmp_path / "log") and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(3)  # others may be loaded after the first
        assert loaded(tmp_path / "log") == {0}, (tmp_path / "log").read_text()[-2000:]
    finally:
        process.kill()
        process.wait()
