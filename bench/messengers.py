"""Every messenger beside the web channel, in one run: ``python -m bench.messengers``.

The far ends are those of the tests (tests/channels.py) on this machine, and take part of its processors; the limits of
the messengers themselves are lifted. A time is from what somebody says to the whole answer at the far end. Progress
goes to the error output, the table of docs/measurements.md to the output, row by row. Every wait ends: who has no
answer after ``--seconds`` is counted as not answered, and after ``--minutes`` nothing more is asked.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from typing import Any, NoReturn, Protocol

import httpx

from bench.serving import UNLIMITED, resident
from tests.bot_api import BotApi
from tests.channels import FarEnds, far_ends
from tests.conftest import Server, server_of_its_own
from tests.messengers import FIVE
from tests.tencent import Citizen, Follower, Member, Person
from tests.wechat_gateway import Gateway

PEOPLE, SECONDS, MINUTES = 200, 120.0, 30.0
# What stops a run that its own waits did not end, and leaves time to stop what it started.
GRACE_SECONDS = 60
# How often is told how far a run is.
TELL_SECONDS = 15
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
        try:
            replies = self._gateway.collect()
        except httpx.TransportError:  # too busy to say; asked again at once
            return self._heard
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
        self._pool.submit(self._asked, person, text)

    def _asked(self, person: int, text: str) -> None:
        try:
            self._ask(person, text)
        except (OSError, HTTPException, ValueError) as error:  # counted as not answered
            _tell(f"{self.name}: {type(error).__name__} {str(error)[:100]}")

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
        self._pool.submit(self._brought, person, text)

    def _brought(self, person: int, text: str) -> None:
        try:
            self._brings(self._people[person], text)
        except Exception as error:  # counted as not answered
            _tell(f"{self.name}: {type(error).__name__} {str(error)[:100]}")

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


@dataclass(frozen=True)
class Patience:
    """How long is waited.

    Attributes:
        seconds: for one answer.
        until: for everything, on the clock of ``time.monotonic``.
    """

    seconds: float
    until: float

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.until


def lengths(channel: Channel, patience: Patience) -> list[int]:
    """In how many messages a channel answers each of the questions, as one person sees it; this also warms it up.

    Raises:
        TimeoutError: it does not.
    """
    person = next(NOBODY_ELSE)
    channel.knows([person])
    found, before = [], 0
    for question in QUESTIONS:
        channel.says(person, question)
        until, last, changed = time.monotonic() + patience.seconds, before, time.monotonic()
        while last == before or time.monotonic() - changed < SETTLED_SECONDS:
            if time.monotonic() > until or patience.is_over:
                raise TimeoutError(f"no answer to “{question}”")
            if (now := len(channel.heard().get(person, []))) != last:
                last, changed = now, time.monotonic()
            time.sleep(LOOK_SECONDS)
        found.append(last - before)
        before = last
    return found


def run_of(channel: Channel, people: int, rounds: int, parts: Sequence[int], patience: Patience) -> Taken:
    """So many people ask side by side, each one question after the other.

    Args:
        rounds: how many questions each asks.
        parts: in how many messages each question is answered.
    """
    asking = {next(NOBODY_ELSE): Asker() for _ in range(people)}
    everybody = list(asking)
    channel.knows(everybody)
    whole = [sum(parts[number % len(parts)] for number in range(asked)) for asked in range(rounds + 1)]
    taken, began, told = Taken(), time.perf_counter(), time.monotonic()

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
            elif waited > patience.seconds or patience.is_over:
                taken.unanswered += rounds - at.asked + 1
                del asking[person]
        if time.monotonic() - told > TELL_SECONDS:
            told = time.monotonic()
            _tell(f"{channel.name}: {len(taken.times)} of {people * rounds} answered, {len(asking)} people still ask")
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


NAMES = ("web", "Telegram", "wechaty", "公众号", "企业微信", "微信客服")
HEAD = (
    "| | p50 ms | p95 ms | answers/s | p95 / web | not answered | people answered wrongly | MiB |",
    "|---|---|---|---|---|---|---|---|",
)


def p95_of(taken: Taken) -> float:
    return statistics.quantiles(taken.times, n=20)[-1] * 1000 if len(taken.times) > 1 else 0.0


def measured(
    channels: Sequence[Channel], people: int, patience: Patience, mib: Callable[[], float]
) -> Iterator[tuple[str, Taken]]:
    """The rows of the table, and what each is made of; a channel that answers nothing has one that says so."""
    parts = {}
    for channel in channels:
        try:
            parts[channel.name] = lengths(channel, patience)
            _tell(f"{channel.name}: messages an answer {parts[channel.name]}")
        except TimeoutError as error:
            _tell(f"{channel.name}: {error}")
    crowd = f"{people} people"
    for title, many, rounds in (("one person", 1, ALONE * len(QUESTIONS)), (crowd, people, len(QUESTIONS))):
        web = 0.0
        for channel in channels:
            if channel.name in parts and not patience.is_over:
                taken = run_of(channel, many, rounds, parts[channel.name], patience)
            else:
                taken = Taken(unanswered=many * rounds, wrong=many)
            web = p95_of(taken) if channel.name == OnWeb.name else web
            line = row(title, channel.name, taken, web, mib())
            _tell(f"{channel.name}: {title} in {taken.seconds:.0f} s, load {os.getloadavg()[0]:.1f}")
            yield line, taken


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
    parser.add_argument("--minutes", type=float, default=MINUTES, help="that all of it may take (%(default)s)")
    options = parser.parse_args(arguments)
    wanted = {name for name in options.channels.split(",") if name}
    if unknown := wanted - {*NAMES}:
        parser.error(f"no such channel: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    _tell(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before")
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(int(options.minutes * 60) + GRACE_SECONDS)
    patience = Patience(options.seconds, time.monotonic() + options.minutes * 60)
    try:
        return _measure(options.people, wanted, patience)
    finally:
        signal.alarm(0)


def _too_long(number: int, frame: object) -> NoReturn:
    raise SystemExit("stopped: it took longer than --minutes allows; the rows so far stand above")


def _measure(people: int, wanted: set[str], patience: Patience) -> int:
    """Print the table; returns 1 when somebody was not answered, or not rightly."""
    unlimited = {name.removeprefix("ASSISTANT_").lower(): value for name, value in UNLIMITED.items()}
    with (
        tempfile.TemporaryDirectory() as kept,
        ThreadPoolExecutor(max(people, 2)) as pool,
        far_ends(Path(kept)) as ends,
        server_of_its_own(Path(kept), Server, **ends.settings | unlimited) as server,
    ):
        ends.gateway.wait_until_ready()
        channels: list[Channel] = [OnWeb(server, pool), OnTelegram(ends.api), OnWeChat(ends.gateway)]
        channels += on_tencent(ends, server.url, pool)
        channels = [each for each in channels if not wanted or each.name in {*wanted, OnWeb.name}]
        print("\n".join(HEAD), flush=True)
        all_right = True
        for line, taken in measured(channels, people, patience, lambda: memory_of(server.process)):
            print(line, flush=True)
            all_right = all_right and not taken.unanswered and not taken.wrong
        pool.shutdown(wait=False, cancel_futures=True)
    return 0 if all_right else 1


if __name__ == "__main__":
    sys.exit(main())
