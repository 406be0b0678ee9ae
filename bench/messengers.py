"""Every messenger beside the web channel, in one run: ``python -m bench.messengers``.

The far ends are those of the tests (tests/channels.py) on this machine, and take part of its processors; the limits of
the messengers themselves are lifted. A time is from what somebody says to the whole answer at the far end.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from tests.bot_api import BotApi
from tests.channels import FarEnds, far_ends
from tests.conftest import Server, server_of_its_own
from tests.tencent import Citizen, Follower, Member, Person
from tests.wechat_gateway import Gateway

# 企业微信 shows a member thirty messages a minute.
PEOPLE, ALONE = 200, 25
QUESTIONS = ("第三方支付谁牵头", "P2P谁牵头", "P2P能不能搞资金池", "清理整顿什么时候完成", "谢谢")
NOBODY_ELSE = count(10_000)


class Channel(Protocol):
    """People of one channel, known by numbers."""

    name: str

    def says(self, person: int, text: str) -> None: ...

    def answered(self) -> dict[int, int]:
        """How many messages everybody has got."""
        ...


class OnTelegram:
    name = "Telegram"

    def __init__(self, api: BotApi) -> None:
        self._api = api

    def says(self, person: int, text: str) -> None:
        self._api.says(person, text)

    def answered(self) -> dict[int, int]:
        return {person: len(sent) for person, sent in list(self._api.sent.items())}


class OnWeChat:
    name = "WeChat"

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._seen = 0
        self._answered: dict[int, int] = {}

    def says(self, person: int, text: str) -> None:
        self._gateway.asks("/say", **{"from": f"wx{person}", "text": text})

    def answered(self) -> dict[int, int]:
        replies = self._gateway.collect()
        for reply in replies[self._seen :]:
            person = int(reply["to"].removeprefix("wx"))
            self._answered[person] = self._answered.get(person, 0) + 1
        self._seen = len(replies)
        return self._answered


class OnWeb:
    name = "web"

    def __init__(self, server: Server) -> None:
        self._port = server.port
        self._pool = ThreadPoolExecutor(PEOPLE)
        self._answered: dict[int, int] = {}

    def says(self, person: int, text: str) -> None:
        self._pool.submit(self._ask, person, text)

    def _ask(self, person: int, text: str) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=120)
        body = json.dumps({"sender": f"bench-{person:08}", "message": text})
        headers = {"content-type": "application/json"}
        connection.request("POST", "/webhooks/rest/webhook", body, headers)
        answer = connection.getresponse()
        assert answer.status == 200 and json.loads(answer.read())
        connection.close()
        self._answered[person] = self._answered.get(person, 0) + 1

    def answered(self) -> dict[int, int]:
        return dict(self._answered)


class OnTencent:
    """公众号, 企业微信 or 微信客服: people are made when they first say something."""

    def __init__(self, name: str, makes: Callable[[], Person], brings: Callable[[Any, str], object]) -> None:
        self.name, self._makes, self._brings = name, makes, brings
        self._people: dict[int, Person] = {}
        self._pool = ThreadPoolExecutor(PEOPLE)

    def says(self, person: int, text: str) -> None:
        if person not in self._people:
            self._people[person] = self._makes()
        self._pool.submit(self._brings, self._people[person], text)

    def answered(self) -> dict[int, int]:
        return {number: len(person.shown) for number, person in self._people.items()}


def on_tencent(ends: FarEnds, url: str) -> list[Channel]:
    def follower(person: Follower, text: str) -> None:
        person.brings(person.message("text", Content=text))

    def member(person: Member, text: str) -> None:
        person.caller.brings(person.message("text", Content=text))

    def citizen(person: Citizen, text: str) -> None:
        person.sends("text", content=text)

    return [
        OnTencent("公众号", lambda: ends.follower(url), follower),
        OnTencent("企业微信", lambda: ends.member(url), member),
        OnTencent("微信客服", lambda: ends.citizen(url), citizen),
    ]


def times(channel: Channel, people: int, rounds: int) -> list[float]:
    """Seconds for each answer, when so many people ask side by side, each one question after the other."""
    asking = {next(NOBODY_ELSE): [0, 0.0] for _ in range(people)}
    taken: list[float] = []

    def ask(person: int) -> None:
        asking[person] = [asking[person][0] + 1, time.perf_counter()]
        channel.says(person, QUESTIONS[int(asking[person][0] - 1) % len(QUESTIONS)])

    for person in list(asking):
        ask(person)
    while asking:
        answered = channel.answered()
        for person, (asked, since) in list(asking.items()):
            if answered.get(person, 0) >= asked:
                taken.append(time.perf_counter() - since)
                if asked == rounds:
                    del asking[person]
                else:
                    ask(person)
        time.sleep(0.001)
    return taken


def run() -> Iterator[str]:
    yield f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before"
    with (
        tempfile.TemporaryDirectory() as kept,
        far_ends(Path(kept)) as ends,
        server_of_its_own(Path(kept), Server, **ends.settings) as server,
    ):
        ends.gateway.wait_until_ready()
        channels: list[Channel] = [OnWeb(server), OnTelegram(ends.api), OnWeChat(ends.gateway)]
        channels += on_tencent(ends, server.url)
        for channel in channels:
            times(channel, 5, 5)
        for title, people, rounds in (("one person", 1, ALONE), (f"{PEOPLE} people", PEOPLE, len(QUESTIONS))):
            web = 0.0
            for channel in channels:
                began = time.perf_counter()
                taken = times(channel, people, rounds)
                whole = time.perf_counter() - began
                p50, p95 = statistics.median(taken) * 1000, statistics.quantiles(taken, n=20)[-1] * 1000
                web = web or p95
                yield (
                    f"{title:10} {channel.name:9} p50 {p50:6.0f} ms   p95 {p95:6.0f} ms   "
                    f"{len(taken) / whole:5.1f} answers/s   p95 / web {p95 / web:.2f}   "
                    f"load {os.getloadavg()[0]:.1f}"
                )


if __name__ == "__main__":
    for line in run():
        print(line, flush=True)
