"""What ``make attack`` tries, on SQLite: all of it holds, and planted words are found where they are."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.attack import ATTACKS, Row, printed, run
from bench.installation import Installation, LoggingProcess, installed, left_on_disk, spellings
from bench.serving import wait_for
from tests.conftest import BUILT_IN, build_once, command, forked

# Of these the short form has nothing to try.
ELSEWHERE = {2, 3}


class ForkedProcess(LoggingProcess):
    """The process of an installation without what each start does again."""

    def start(self) -> None:
        arguments = ("serve", "--port", str(self.port))
        self._fork = forked(self._settings, arguments, self._log, self._log)
        wait_for(f"{self.url}/webhooks/rest/")

    def kill(self) -> None:
        self._fork.kill()
        self._fork.join()


def forked_command(
    settings: dict[str, str], arguments: tuple[str, ...], folder: Path
) -> subprocess.CompletedProcess[str]:
    return command(settings, *arguments, folder=folder)


@pytest.fixture(scope="module")
def rows() -> Iterator[list[Row]]:
    with pytest.MonkeyPatch.context() as patch:
        build_once()
        patch.setenv("ASSISTANT_DATA_DIR", str(BUILT_IN))
        with installed(False, ForkedProcess, forked_command) as target:
            target.timed = False
            yield list(run(target))


def test_every_promise_holds(rows: list[Row]) -> None:
    broken = [row for row in rows if row[1] == "BROKEN"]
    assert not broken, "\n".join(map(printed, broken))
    assert {attack.number for attack, state, _ in rows if state != "held"} <= ELSEWHERE


def test_every_promise_is_tried(rows: list[Row]) -> None:
    assert {attack.number for attack in ATTACKS} == set(range(1, 15))
    assert len(rows) == len(ATTACKS) + 1


@pytest.mark.parametrize(
    "write",
    [
        str.encode,
        lambda word: json.dumps({"a": word}).encode(),
        lambda word: base64.b64encode(f"vor{word}nach".encode()),
        lambda word: base64.b64encode(f"vo{word}nach".encode()),
        lambda word: word.encode("utf-16"),
    ],
    ids=["plain", "json", "base64", "base64 shifted", "utf-16"],
)
def test_the_search_finds_what_is_there(tmp_path: Path, write: object) -> None:
    """A search that cannot find is no search."""
    assert callable(write)
    (tmp_path / "data").mkdir()
    (tmp_path / "nginx.log").write_bytes(b"\0\1" + write("琥珀年轮") + b"\2")
    target = Installation(tmp_path, b"", None, {}, planted=["琥珀年轮"])  # type: ignore[arg-type]
    assert left_on_disk(target) == ["'琥珀年轮' in nginx.log"]
    assert all(len(form) >= 4 for form in spellings("琥珀年轮"))
