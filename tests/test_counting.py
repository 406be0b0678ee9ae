"""Guessing gets slower with each wrong try, in one process and over all that share a Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
import redis
from cryptography.fernet import Fernet
from pydantic import SecretStr
from starlette.requests import Request

from bench.databases import OwnRedis
from bot.settings import Settings
from bot.web.guards import BehindProxy, RateLimits, address_of
from knowledge.turn import speaking_from
from storage import attempts
from storage.attempts import FREE_OF_AN_ADDRESS, FREE_TRIES, LONGEST_WAIT, AttemptLimiter, ConversationAttemptLimiter
from storage.encryption import Encryptor
from storage.settings import ActionSettings
from tests.test_faults import own

Door = Callable[[], AttemptLimiter]


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
        only = AttemptLimiter("receipt", ActionSettings())
        return lambda: only
    settings = counted_in(request.getfixturevalue("cache"))
    return lambda: AttemptLimiter("receipt", settings)


def test_three_are_free_and_then_one_waits(door: Door) -> None:
    assert [door().begin("a") for _ in range(FREE_TRIES)] == [0] * FREE_TRIES
    assert door().begin("a") in (1, 2)
    assert door().begin("b") == 0
    door().right("a")
    assert door().begin("a") == 0


def test_a_right_code_does_not_make_up_for_wrong_ones(door: Door) -> None:
    """Whoever holds one receipt must not be free to guess others."""
    allowed = 0
    for _ in range(10):
        for right in (False, False, True):
            if door().begin("a") == 0:
                allowed += not right
                if right:
                    door().right("a")
    assert allowed == FREE_TRIES


def test_a_right_code_is_not_followed_by_a_wait(door: Door) -> None:
    for _ in range(FREE_TRIES - 1):
        assert door().begin("a") == 0
    for _ in range(20):
        assert door().begin("a") == 0
        door().right("a")


def test_a_new_sender_for_each_try_is_no_way_around_it(door: Door) -> None:
    guarded = ConversationAttemptLimiter("receipt", door()._settings)
    speaking_from.set("203.0.113.7")
    waits = [guarded.begin(f"rest:{number}") for number in range(FREE_OF_AN_ADDRESS + 5)]
    assert waits.count(0) == FREE_OF_AN_ADDRESS
    assert guarded.begin("rest:0") > 0, "and a wait does not count as a try of the sender's"
    speaking_from.set("203.0.113.8")
    assert guarded.begin("rest:0") == 0
    speaking_from.set("")


def request_from(host: str, *forwarded: str) -> Request:
    """A request as it reaches a route behind a proxy that we trust."""
    lines = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope: dict[str, Any] = {"type": "http", "client": (host, 1), "headers": lines, "scheme": "http"}
    seen: list[Request] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(Request(scope))

    asyncio.run(BehindProxy(app)(scope, None, None))  # type: ignore[arg-type]
    return seen[0]


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        (("203.0.113.7",), "203.0.113.7"),
        (("1.1.1.1, 203.0.113.7",), "203.0.113.7"),
        (("1.1.1.1", "203.0.113.7"), "203.0.113.7"),
        (("1.1.1.1, 2.2.2.2", "3.3.3.3, 203.0.113.7:4711"), "203.0.113.7"),
        (("[2001:db8:1:2:3::4]:443",), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::9",), "2001:db8:1:2::/64"),
        (("::ffff:203.0.113.7",), "203.0.113.7"),
        (("203.0.113.7, made up",), "10.0.0.1"),
        (("",), "10.0.0.1"),
        ((), "10.0.0.1"),
    ],
)
def test_only_what_the_proxy_itself_wrote_is_believed(lines: tuple[str, ...], address: str) -> None:
    assert address_of(request_from("10.0.0.1", *lines)) == address


def test_many_at_once_are_no_way_around_it(door: Door) -> None:
    processes = [door() for _ in range(4)]
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda n: processes[n % 4].begin("a"), range(32)))
    assert waits.count(0) == FREE_TRIES


def test_each_wait_is_twice_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    at = 1000.0
    monkeypatch.setattr(attempts.time, "monotonic", lambda: at)
    tries, waits = AttemptLimiter("receipt", ActionSettings()), []
    for _ in range(12):
        assert tries.begin("a") == 0
        waits.append(tries.begin("a") if len(waits) >= FREE_TRIES - 1 else 0)
        at += waits[-1]
    assert waits[2:8] == [2, 4, 8, 16, 32, 64]
    assert max(waits) == LONGEST_WAIT
    at += attempts.FORGOTTEN_AFTER + 1
    assert [tries.begin("a") for _ in range(FREE_TRIES + 1)] == [0, 0, 0, 2]


def test_without_redis_each_process_goes_on_counting(cache: OwnRedis) -> None:
    tries = AttemptLimiter("receipt", counted_in(cache))
    assert tries.begin("a") == 0
    cache.stop()
    assert [tries.begin("a") for _ in range(FREE_TRIES)] == [0] * FREE_TRIES
    assert tries.begin("a") in (1, 2)


def test_redis_is_told_no_address_no_sender_and_no_moment(cache: OwnRedis) -> None:
    """Whoever reads it, or a dump of it, learns not who wrote nor when somebody reported."""
    settings = Settings(**counted_in(cache).model_dump(exclude={"redis_url"}), redis_url=SecretStr(cache.url))
    limits, tries = RateLimits(settings), AttemptLimiter("receipt page", settings)
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
    assert {key.split(b":")[0] for key in client.scan_iter("*")} == {b"sender", b"address", b"reports", b"tries"}
    for key in client.scan_iter("*"):
        whole = 60 if key.split(b":")[0] in (b"sender", b"address") else 3600
        assert client.expiretime(key) % whole == 0, key
        values = list(client.hgetall(key).values()) if client.type(key) == b"hash" else [client.get(key)]
        assert all(0 <= float(value) < 100 for value in values), f"a moment in {key!r}: {values}"


def test_who_must_wait_is_known_to_the_second_and_nobody_longer_than_two_hours(cache: OwnRedis) -> None:
    tries, client = AttemptLimiter("receipt", counted_in(cache)), redis.Redis.from_url(cache.url)
    for _ in range(FREE_TRIES):
        tries.begin("203.0.113.7")
    (key,) = client.scan_iter("tries:*")
    since = client.hget(key, "since").decode()
    assert since.isdecimal() and abs(int(since) - client.time()[0]) < 60
    assert 3600 <= client.expiretime(key) - int(since) <= 7200


def test_a_pseudonym_holds_for_a_day() -> None:
    encryptor, day = Encryptor([Fernet.generate_key()]), date(2016, 10, 13)
    assert encryptor.pseudonym("203.0.113.7", day) == encryptor.pseudonym("203.0.113.7", day)
    assert encryptor.pseudonym("203.0.113.7", day) != encryptor.pseudonym("203.0.113.7", date(2016, 10, 14))
    assert encryptor.pseudonym("203.0.113.7", day) != Encryptor([Fernet.generate_key()]).pseudonym("203.0.113.7", day)
