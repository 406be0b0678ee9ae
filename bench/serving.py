"""Latency, throughput and memory of a served assistant, over HTTP."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import httpx

from bench.databases import free_port
from bench.evaluate import read_questions

ROOT = Path(__file__).resolve().parent.parent
ANSWERS = ROOT / "bench" / "questions" / "open" / "answers.jsonl"
USERS = (1, 8, 32)
TURNS = 160


@dataclass(frozen=True)
class Serving:
    """Measured on one machine in one run: seconds, MiB, turns a second by number of users."""

    p50: float
    p95: float
    memory: float
    turns_a_second: dict[int, float]

    def __str__(self) -> str:
        rates = ", ".join(f"{users} users {rate:.1f}/s" for users, rate in self.turns_a_second.items())
        return f"p50 {self.p50 * 1000:.1f} ms  p95 {self.p95 * 1000:.1f} ms  memory {self.memory:.0f} MiB  {rates}"


# As many messages as a measurement sends.
UNLIMITED = dict.fromkeys(
    (
        "ASSISTANT_MESSAGES_PER_MINUTE",
        "ASSISTANT_ADDRESS_MESSAGES_PER_MINUTE",
        "ASSISTANT_SENDER_WORK_SECONDS",
        "ASSISTANT_ADDRESS_WORK_SECONDS",
    ),
    "1000000",
)


class Process:
    """The assistant as ``make run`` starts it, without limits on messages, on a port that it keeps."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = UNLIMITED | settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "bot", "serve", "--port", str(self.port)]
        environment = os.environ | self._settings
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        wait_for(f"{self.url}/webhooks/rest/")

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()


@contextmanager
def serve_ours(**settings: str) -> Iterator[tuple[str, int]]:
    """A process for a while; its address and process id."""
    process = Process(settings)
    try:
        process.start()
        yield process.url, process.pid
    finally:
        process.kill()


def lend_built(folder: Path) -> None:
    """Let a data folder have what is built from the program's sources, through links."""
    for built in ("knowledge", "models", "cache"):
        here = Path(os.environ.get("ASSISTANT_DATA_DIR", "var")).absolute() / built
        here.mkdir(parents=True, exist_ok=True)
        (folder / built).symlink_to(here)


def wait_for(url: str, seconds: int = 300) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    raise TimeoutError(f"no answer from {url} within {seconds} s")


def measure(url: str, pids: list[int]) -> Serving:
    questions = [question.text for question in read_questions(ANSWERS)]
    asyncio.run(load(url, questions[:20], 1))
    alone = asyncio.run(load(url, questions[:TURNS], 1))
    rates = {1: TURNS / alone[1]}
    for users in USERS[1:]:
        _, seconds = asyncio.run(load(url, questions[:TURNS], users))
        rates[users] = TURNS / seconds
    return Serving(median(alone[0]), quantiles(alone[0], n=20)[-1], sum(map(resident, pids)), rates)


async def load(url: str, questions: list[str], users: int) -> tuple[list[float], float]:
    """Ask all questions, shared out over some users at once; returns each turn's seconds and the whole."""
    waiting = iter(questions)
    seconds: list[float] = []
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits(max_connections=users)) as client:

        async def user() -> None:
            sender = uuid.uuid4().hex
            for question in waiting:
                started = time.perf_counter()
                answer = await client.post("/webhooks/rest/webhook", json={"sender": sender, "message": question})
                answer.raise_for_status()
                seconds.append(time.perf_counter() - started)

        started = time.perf_counter()
        await asyncio.gather(*(user() for _ in range(users)))
        return seconds, time.perf_counter() - started


def resident(pid: int) -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)
