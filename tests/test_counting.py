"""Guessing gets slower with each wrong try, in one process and over all that share a Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
import redis
from cryptography.fernet import Fernet
from pydantic import SecretStr
from starlette.requests import Request

from actions import counting
from actions.cases.sealing import Sealer
from actions.counting import FREE_TRIES, LONGEST_WAIT, WrongTries
from actions.settings import ActionSettings
from bench.databases import OwnRedis
from bot.settings import Settings
from bot.web.guards import RateLimits
from tests.test_faults import own

Door = Callable[[], WrongTries]


@pytest.fixture
def cache() -> Iterator[OwnRedis]:
    made = own(OwnRedis)
    yield made
    made.stop()


def counted_in(cache: OwnRedis) -> ActionSettings:
    return ActionSettings().model_copy(update={"redis_url": SecretStr(cache.url)})


@pytest.fixture(params=["alone", "together"])
def door(request: pytest.FixtureRequest) -> Door:
    """Makes what each process has for one door."""
    if request.param == "alone":
        only = WrongTries("receipt", ActionSettings())
        return lambda: only
    settings = counted_in(request.getfixturevalue("cache"))
    return lambda: WrongTries("receipt", settings)


def test_three_are_free_and_then_one_waits(door: Door) -> None:
    assert [door().begin("a") for _ in range(FREE_TRIES)] == [0] * FREE_TRIES
    assert door().begin("a") in (1, 2)
    assert door().begin("b") == 0
    door().right("a")
    assert door().begin("a") == 0


def test_many_at_once_are_no_way_around_it(door: Door) -> None:
    processes = [door() for _ in range(4)]
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda n: processes[n % 4].begin("a"), range(32)))
    assert waits.count(0) == FREE_TRIES


def test_each_wait_is_twice_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    at = 1000.0
    monkeypatch.setattr(counting.time, "monotonic", lambda: at)
    tries, waits = WrongTries("receipt", ActionSettings()), []
    for _ in range(12):
        assert tries.begin("a") == 0
        waits.append(tries.begin("a") if len(waits) >= FREE_TRIES - 1 else 0)
        at += waits[-1]
    assert waits[2:8] == [2, 4, 8, 16, 32, 64]
    assert max(waits) == LONGEST_WAIT
    at += counting.FORGOTTEN_AFTER + 1
    assert [tries.begin("a") for _ in range(FREE_TRIES + 1)] == [0, 0, 0, 2]


def test_without_redis_each_process_goes_on_counting(cache: OwnRedis) -> None:
    tries = WrongTries("receipt", counted_in(cache))
    assert tries.begin("a") == 0
    cache.stop()
    assert [tries.begin("a") for _ in range(FREE_TRIES)] == [0] * FREE_TRIES
    assert tries.begin("a") in (1, 2)


def test_redis_is_told_no_address_no_sender_and_no_moment(cache: OwnRedis) -> None:
    """Whoever reads it, or a dump of it, learns not who wrote nor when somebody reported."""
    settings = Settings(**counted_in(cache).model_dump(exclude={"redis_url"}), redis_url=SecretStr(cache.url))
    limits, tries = RateLimits(settings), WrongTries("receipt page", settings)
    request = Request({"type": "http", "client": ("203.0.113.7", 1), "headers": []})
    limits.check(request, "web:Secret-Session")
    for number in range(settings.reports_per_hour):
        assert limits.may_report(request), number
        limits.count_reports(request, [{"custom": {"receipt": "1"}}])
    assert not RateLimits(settings).may_report(request)  # another process
    tries.begin("203.0.113.7")
    client = redis.Redis.from_url(cache.url)
    held = b""
    for key in client.scan_iter("*"):
        held += key + b" " + client.dump(key) + b"\n"
    assert len(held.splitlines()) >= 4
    assert b"203.0.113" not in held and b"Secret-Session" not in held
    ends = [client.expiretime(key) for key in client.scan_iter("reports:*")]
    assert ends and all(end % 3600 == 0 for end in ends)
    assert not list(client.scan_iter("*Secret*"))


def test_a_pseudonym_holds_for_a_day() -> None:
    sealer, day = Sealer([Fernet.generate_key()]), date(2016, 10, 13)
    assert sealer.pseudonym("203.0.113.7", day) == sealer.pseudonym("203.0.113.7", day)
    assert sealer.pseudonym("203.0.113.7", day) != sealer.pseudonym("203.0.113.7", date(2016, 10, 14))
    assert sealer.pseudonym("203.0.113.7", day) != Sealer([Fernet.generate_key()]).pseudonym("203.0.113.7", day)
