"""``/healthz`` asked again and again, in a process of its own: what the one that attacks is busy with is not measured.

``python -m bench.health_watch URL`` asks until its standard input ends, and prints a line for each answer: the seconds
that it took, and its status.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

EACH_SECONDS = 0.02
ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def watched_health(url: str) -> Iterator[list[tuple[float, int]]]:
    """Answers while something else goes on: seconds and status of each; there when that has ended."""
    answers: list[tuple[float, int]] = []
    command = [sys.executable, "-m", "bench.health_watch", url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        process.stdout.readline()  # it has begun
        try:
            yield answers
        finally:
            said, _ = process.communicate()
            for line in said.splitlines():
                seconds, status = line.split()
                answers.append((float(seconds), int(status)))


def main(url: str) -> None:
    over = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    print("begun", flush=True)
    while not over.is_set():
        started = time.perf_counter()
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
        print(time.perf_counter() - started, answer.status)
        over.wait(EACH_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1])
