"""Every messenger beside the web channel, in one run: ``python -m bench.messengers``.

The far ends are those of the tests (tests/channels.py) on this machine, and take part of its processors; the limits of
the messengers themselves are lifted. A time is from what somebody says to the whole answer at the far end. Progress
goes to the error output, the table of docs/measurements.md to the output. Every wait ends: who has no answer after
``--seconds`` is counted as not answered.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from bench.serving import resident
from tests.bot_api import BotApi
from tests.channels import FarEnds, far_ends
from tests.conftest import Server, server_of_its_own
from tests.messengers import FIVE
from tests.tencent import Citizen, Follower, Member, Person
from tests.wechat_gateway import Gateway

PEOPLE, SECONDS = 200, 120.0
QUESTIONS = tuple(FIVE)
# Of one person's questions, so many times the five: 企业微信 shows a member thirty messages a minute.
ALONE = 5
# What comes later than this after the last message of an answer is none of it.
SETTLED_SECONDS = 0.5
LOOK_SECONDS = 0.004
NOBODY_ELSE = count(10_000)


class Channel(Protocol):
    """People of one channel, known by numbers."""

    name: str

    def knows(self, people: Sequence[int]) -> None:
        """Make what they need, so that it takes none of the time that is measured."""
        ...

    def says(self, person: int, text: str) -> None: ...

    def heard(self) -> dict[int, list[str]]:
        """The texts that everybody has got."""
        ...


class OnTelegram:
    name = "Telegram"

    def __init__(self, api: BotApi) -> None:
        self._api = api

    def knows(self, people: Sequence[int]) -> None:
        pass

    def says(self, person: int, text: str) -> None:
        self._api.says(person, text)

    def heard(self) -> dict[int, list[str]]:
        return {person: [message.get("text", "") for message in sent] for person, sent in list(self._api.sent.items())}


class OnWeChat:
    name = "wechaty"

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._seen = 0
        self._heard: dict[int, list[str]] = {}

    def knows(self, people: Sequence[int]) -> None:
        pass

    def says(self, person: int, text: str) -> None:
        self._gateway.asks("/say", **{"from": f"wx{person}", "text": text})

    def heard(self) -> dict[int, list[str]]:
        replies = self._gateway.collect()
        for reply in replies[self._seen :]:
            self._heard.setdefault(int(reply["to"].removeprefix("wx")), []).append(reply["text"])
        self._seen = len(replies)
        return self._heard


class OnWeb:
    name = "web"

    def __init__(self, server: Server, pool: ThreadPoolExecutor) -> None:
        self._port, self._pool = server.port, pool
        self._heard: dict[int, list[str]] = {}

    def knows(self, people: Sequence[int]) -> None:
        pass

    def says(self, person: int, text: str) -> None:
        self._pool.submit(self._ask, person, text)

    def _ask(self, person: int, text: str) -> None:
        body = json.dumps({"sender": f"bench-{person:08}", "message": text})
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)) as connection:
            connection.request("POST", "/webhooks/rest/webhook", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            replies = json.loads(answer.read()) if answer.status == 200 else []
        if replies:
            self._heard.setdefault(person, []).append("\n".join(reply.get("text", "") for reply in replies))

    def heard(self) -> dict[int, list[str]]:
        return self._heard


class OnTencent:
    """公众号, 企业微信 or 微信客服."""

    def __init__(
        self, name: str, pool: ThreadPoolExecutor, makes: Callable[[], Person], brings: Callable[[Any, str], object]
    ) -> None:
        self.name, self._pool, self._makes, self._brings = name, pool, makes, brings
        self._people: dict[int, Person] = {}

    def knows(self, people: Sequence[int]) -> None:
        self._people |= {person: self._makes() for person in people}

    def says(self, person: int, text: str) -> None:
        self._pool.submit(self._brings, self._people[person], text)

    def heard(self) -> dict[int, list[str]]:
        return {number: person.texts for number, person in self._people.items()}


def on_tencent(ends: FarEnds, url: str, pool: ThreadPoolExecutor) -> list[Channel]:
    def follower(person: Follower, text: str) -> None:
        person.brings(person.message("text", Content=text))

    def member(person: Member, text: str) -> None:
        person.caller.brings(person.message("text", Content=text))

    def citizen(person: Citizen, text: str) -> None:
        person.sends("text", content=text)

    return [
        OnTencent("公众号", pool, lambda: ends.follower(url), follower),
        OnTencent("企业微信", pool, lambda: ends.member(url), member),
        OnTencent("微信客服", pool, lambda: ends.citizen(url), citizen),
    ]


@dataclass
class Asker:
    """Somebody who asks one question after the other, and how far they are."""

    asked: int = 0
    since: float = 0.0


@dataclass
class Taken:
    """What a run of a channel took.

    Attributes:
        times: seconds of each answer.
        unanswered: questions without one.
        wrong: people who did not get each answer, once, in the order of their questions.
    """

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    unanswered: int = 0
    wrong: int = 0


def lengths(channel: Channel, seconds: float) -> list[int]:
    """In how many messages a channel answers each of the questions, as one person sees it; this also warms it up."""
    person = next(NOBODY_ELSE)
    channel.knows([person])
    found, before = [], 0
    for question in QUESTIONS:
        channel.says(person, question)
        until, last, changed = time.monotonic() + seconds, before, time.monotonic()
        while last == before or time.monotonic() - changed < SETTLED_SECONDS:
            if time.monotonic() > until:
                raise TimeoutError(f"{channel.name}: no answer to “{question}” within {seconds:.0f} s")
            if (now := len(channel.heard().get(person, []))) != last:
                last, changed = now, time.monotonic()
            time.sleep(LOOK_SECONDS)
        found.append(last - before)
        before = last
    return found


def run_of(channel: Channel, people: int, rounds: int, parts: Sequence[int], seconds: float) -> Taken:
    """So many people ask side by side, each one question after the other.

    Args:
        rounds: how many questions each asks.
        parts: in how many messages each question is answered.
        seconds: after which a question counts as not answered.
    """
    asking = {next(NOBODY_ELSE): Asker() for _ in range(people)}
    everybody = list(asking)
    channel.knows(everybody)
    whole = [sum(parts[number % len(parts)] for number in range(asked)) for asked in range(rounds + 1)]
    taken, began = Taken(), time.perf_counter()

    def ask(person: int) -> None:
        asking[person].asked, asking[person].since = asking[person].asked + 1, time.perf_counter()
        channel.says(person, QUESTIONS[(asking[person].asked - 1) % len(QUESTIONS)])

    for person in everybody:
        ask(person)
    while asking:
        heard = channel.heard()
        for person, at in list(asking.items()):
            waited = time.perf_counter() - at.since
            if len(heard.get(person, [])) >= whole[at.asked]:
                taken.times.append(waited)
                if at.asked == rounds:
                    del asking[person]
                else:
                    ask(person)
            elif waited > seconds:
                taken.unanswered += rounds - at.asked + 1
                del asking[person]
        time.sleep(LOOK_SECONDS)
    taken.seconds = time.perf_counter() - began
    heard = channel.heard()
    taken.wrong = sum(not _right(heard.get(person, []), rounds, parts) for person in everybody)
    return taken


def _right(texts: Sequence[str], rounds: int, parts: Sequence[int]) -> bool:
    """Whether each question was answered once, in its order."""
    at = 0
    for number in range(rounds):
        question, length = QUESTIONS[number % len(QUESTIONS)], parts[number % len(parts)]
        if FIVE[question] not in "\n".join(texts[at : at + length]):
            return False
        at += length
    return len(texts) == at


def row(who: str, channel: str, taken: Taken, web: float, mib: float) -> str:
    """A row of the table; without a single answer there are no times."""
    times = sorted(taken.times)
    shown = ["—"] * 4
    if len(times) > 1:
        p95 = statistics.quantiles(times, n=20)[-1] * 1000
        p50, each = statistics.median(times) * 1000, len(times) / taken.seconds
        shown = [f"{p50:,.0f}", f"{p95:,.0f}", f"{each:.0f}", f"{p95 / (web or p95):.2f}"]
    return f"| {who}: {channel} | {' | '.join(shown)} | {taken.unanswered} | {taken.wrong} | {mib:,.0f} |"


HEAD = (
    "| | p50 ms | p95 ms | answers/s | p95 / web | not answered | people answered wrongly | MiB |",
    "|---|---|---|---|---|---|---|---|",
)


def p95_of(taken: Taken) -> float:
    return statistics.quantiles(taken.times, n=20)[-1] * 1000 if len(taken.times) > 1 else 0.0


def measured(channels: Sequence[Channel], people: int, seconds: float, mib: Callable[[], float]) -> Iterator[str]:
    parts = {}
    for channel in channels:
        parts[channel.name] = lengths(channel, seconds)
        _tell(f"{channel.name}: messages an answer {parts[channel.name]}")
    crowd = f"{people} people"
    for title, many, rounds in (("one person", 1, ALONE * len(QUESTIONS)), (crowd, people, len(QUESTIONS))):
        web = 0.0
        for channel in channels:
            taken = run_of(channel, many, rounds, parts[channel.name], seconds)
            web = p95_of(taken) if channel.name == OnWeb.name else web
            line = row(title, channel.name, taken, web, mib())
            _tell(f"{line} load {os.getloadavg()[0]:.1f}")
            yield line


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def memory_of(process: subprocess.Popen[bytes] | None) -> float:
    """MiB of an assistant and of the processes that it has, among them the one that speaks to the WeChat gateway."""
    if process is None:
        return 0.0
    waiting, found = [process.pid], 0.0
    while waiting:
        pid = waiting.pop()
        try:
            found += resident(pid)
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except OSError:  # gone meanwhile
            continue
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.messengers", description="the messengers beside the web channel"
    )
    parser.add_argument("--people", type=int, default=PEOPLE, help="who ask at once (%(default)s)")
    parser.add_argument("--channels", default="", help="names, with commas between; web is always measured")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that an answer may take (%(default)s)")
    options = parser.parse_args(arguments)
    wanted = {name for name in options.channels.split(",") if name}
    _tell(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before")
    with (
        tempfile.TemporaryDirectory() as kept,
        ThreadPoolExecutor(max(options.people, 2)) as pool,
        far_ends(Path(kept)) as ends,
        server_of_its_own(Path(kept), Server, **ends.settings) as server,
    ):
        ends.gateway.wait_until_ready()
        channels: list[Channel] = [OnWeb(server, pool), OnTelegram(ends.api), OnWeChat(ends.gateway)]
        channels += on_tencent(ends, server.url, pool)
        if unknown := wanted - {channel.name for channel in channels}:
            parser.error(f"no such channel: {', '.join(sorted(unknown))}")
        channels = [each for each in channels if not wanted or each.name in {*wanted, OnWeb.name}]
        lines = list(measured(channels, options.people, options.seconds, lambda: memory_of(server.process)))
        pool.shutdown(wait=False, cancel_futures=True)
    print("\n".join([*HEAD, *lines]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
