"""Whether a conversation stays fast: its turn 1,000 beside turn 10 of another, asked the same question.

``python -m bench.endurance``: one conversation is led for 1,000 turns (questions, a self-check begun, corrected and
left, a tip-off submitted now and then); then it and new conversations are asked the same questions by turns, so that
both are measured in the same moments. Beside it the server's memory before and after, and the same of stock Rasa, which
replays its whole history each turn.
"""

from __future__ import annotations

import argparse
import time
import uuid
from itertools import cycle, islice
from statistics import median

import httpx

from bench.evaluate import read_questions
from bench.load import OFFICIAL, SELF_CHECK, TIP_OFF, processes
from bench.peers import StockRasa
from bench.serving import ANSWERS, resident

TURNS, EARLY, ASKED = 1000, 10, 60


class Talk:
    """One conversation with a served assistant."""

    def __init__(self, client: httpx.Client) -> None:
        self.client, self.sender = client, uuid.uuid4().hex

    def say(self, message: str) -> float:
        """Say something; seconds until the answer was there."""
        started = time.perf_counter()
        answer = self.client.post("/webhooks/rest/webhook", json={"sender": self.sender, "message": message})
        answer.raise_for_status()
        assert answer.json(), f"no answer to {message}"
        return time.perf_counter() - started


def script(only_questions: bool) -> list[str]:
    """What the long conversation goes through again and again."""
    asked = [question.text for question in read_questions(ANSWERS)[:60]]
    if only_questions:
        return asked
    return [*asked, *(line.format(n=7) for line in (*SELF_CHECK, *OFFICIAL, *TIP_OFF))]


def measure(name: str, url: str, pids: list[int], only_questions: bool) -> None:
    with httpx.Client(base_url=url, timeout=120) as client:
        questions = script(only_questions=True)
        warm = Talk(client)
        for question in islice(cycle(questions), 100):
            warm.say(question)
        long, lines = Talk(client), cycle(script(only_questions))
        before = sum(map(resident, pids))
        for line in islice(lines, TURNS - 1):
            long.say(line)
        after = sum(map(resident, pids))
        late, early, new = [], [], Talk(client)
        for number, question in enumerate(islice(cycle(questions), ASKED)):
            if number % 5 == 0:
                new = Talk(client)
                for earlier in islice(cycle(questions), EARLY - 1):
                    new.say(earlier)
            # Whichever comes second finds the question's vectors in a cache: by turns.
            first, second = (long, new) if number % 2 else (new, long)
            times = {id(first): first.say(question), id(second): second.say(question)}
            late.append(times[id(long)])
            early.append(times[id(new)])
    print(
        f"{name:<11} turn {EARLY}: {1000 * median(early):7.1f} ms   turn {TURNS}: {1000 * median(late):7.1f} ms   "
        f"{median(late) / median(early):5.2f} times   memory {before:.0f} -> {after:.0f} MiB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.endurance", description=__doc__)
    parser.add_argument("--no-stock", action="store_true")
    options = parser.parse_args()
    with processes(1, "") as (urls, pids, _):
        measure("ours", urls[0], pids, only_questions=False)
    if not options.no_stock:
        with StockRasa.prepare() as stock:
            measure("stock Rasa", stock.url, stock.pids, only_questions=True)


if __name__ == "__main__":
    main()
