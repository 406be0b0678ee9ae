"""Who sends files slowly keeps nobody else's out."""

from __future__ import annotations

import asyncio
import socket
import uuid

import httpx
import pytest

from bot.web import under_way
from bot.web.guards import BadInput
from bot.web.under_way import (
    GRACE_SECONDS,
    MOST_AT_ONCE,
    MOST_OF_AN_ADDRESS,
    SLOW_BYTES_A_SECOND,
    UploadPlaces,
)
from casework.cases.evidence import EvidenceError
from tests.conftest import DATA, Server
from tests.test_evidence import WAV


def slow_upload(server: Server) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", server.port))
    start = f"POST /webhooks/rest/evidence HTTP/1.1\r\nhost: a\r\nx-sender: {uuid.uuid4().hex}\r\n"
    line.sendall(f"{start}x-filename: a.wav\r\ncontent-length: 1000000\r\n\r\nRIFF".encode())
    return line


def test_slow_clients_give_way(server: Server) -> None:
    """One address, as many connections as it likes, and a byte now and then on none of them."""
    before = len(list((DATA / "evidence").glob("*")))
    lines = [slow_upload(server) for _ in range(MOST_AT_ONCE + 4)]
    try:
        headers = {"x-filename": "a.wav"}
        answers = []
        for number in range(12):
            headers["x-sender"] = uuid.uuid4().hex
            url = f"{server.url}/webhooks/rest/evidence"
            answers.append(httpx.post(url, content=WAV * (9 + number), headers=headers, timeout=120))
            if answers[-1].status_code == 200:
                break
            assert answers[-1].status_code == 503 and "人太多" in answers[-1].json()["error"]
            asyncio.run(asyncio.sleep(GRACE_SECONDS / 4))
        assert answers[-1].status_code == 200, [answer.status_code for answer in answers]
    finally:
        for line in lines:
            line.close()
    for _ in range(100):
        if len(left := list((DATA / "evidence").glob("*"))) <= before + 1:
            return
        asyncio.run(asyncio.sleep(0.1))
    raise AssertionError(f"{len(left)} files, {before} before")


class Clock:
    now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(under_way, "monotonic", lambda: clock.now)
    return clock


async def holding(places: UploadPlaces, address: str, bytes_a_second: int, keeping: bool = False) -> None:
    async with places.held(address) as mine:
        mine.taken = bytes_a_second
        if keeping:
            with mine.keeping():
                await asyncio.sleep(60)
        await asyncio.sleep(60)


async def all_taken(places: UploadPlaces, rates: list[int], keeping: bool = False) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(holding(places, f"a{n // 4}", rate, keeping)) for n, rate in enumerate(rates)]
    await asyncio.sleep(0)
    return tasks


async def ended(tasks: list[asyncio.Task[None]]) -> list[int]:
    await asyncio.sleep(0.05)
    done = [number for number, task in enumerate(tasks) if task.done()]
    for task in tasks:
        if task.done():
            assert isinstance(task.exception(), EvidenceError), "said to whom it happened"
        task.cancel()
    return done


FAST = SLOW_BYTES_A_SECOND * int(GRACE_SECONDS * 2)


def test_the_slowest_gives_way_and_no_other(clock: Clock) -> None:
    async def scene() -> list[int]:
        places = UploadPlaces(wait_seconds=0)
        tasks = await all_taken(places, [FAST] * 5 + [30, 9, 20] + [FAST] * (MOST_AT_ONCE - 8))
        clock.now += GRACE_SECONDS + 1
        async with places.held("new"):
            return await ended(tasks)

    assert asyncio.run(scene()) == [6]


@pytest.mark.parametrize(("rate", "keeping", "passed"), [(FAST, False, 11), (9, True, 11), (9, False, 1)])
def test_nobody_gives_way_who_is_fast_has_arrived_or_has_just_begun(
    clock: Clock, rate: int, keeping: bool, passed: float
) -> None:
    async def scene() -> list[int]:
        places = UploadPlaces(wait_seconds=0)
        tasks = await all_taken(places, [rate] * MOST_AT_ONCE, keeping)
        clock.now += passed
        with pytest.raises(BadInput, match="人太多"):
            async with places.held("new"):
                pass
        return await ended(tasks)

    assert asyncio.run(scene()) == []


def test_one_address_never_has_all_places(clock: Clock) -> None:
    async def scene() -> None:
        places = UploadPlaces(wait_seconds=0)
        tasks = [asyncio.create_task(holding(places, "one", FAST)) for _ in range(MOST_OF_AN_ADDRESS)]
        await asyncio.sleep(0)
        clock.now += GRACE_SECONDS + 1
        with pytest.raises(BadInput):
            async with places.held("one"):
                pass
        async with places.held("another"):
            pass
        assert await ended(tasks) == []

    asyncio.run(scene())


def test_fifty_people_behind_one_address_are_all_served() -> None:
    """A hall's Wi-Fi is one address: who finds no place waits for one."""
    at_once = [0]

    async def upload(places: UploadPlaces) -> None:
        async with places.held("hall"):
            at_once.append(at_once[-1] + 1)
            await asyncio.sleep(0.01)
            at_once.append(at_once[-1] - 1)

    async def scene() -> None:
        places = UploadPlaces()
        await asyncio.gather(*(upload(places) for _ in range(50)))
        assert not places._held and not places._waiting

    asyncio.run(scene())
    assert max(at_once) == MOST_OF_AN_ADDRESS


def test_so_many_wait_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_way, "MOST_WAITING_OF_AN_ADDRESS", 2)

    async def scene() -> None:
        places = UploadPlaces(wait_seconds=5)
        tasks = [asyncio.create_task(holding(places, "one", FAST)) for _ in range(MOST_OF_AN_ADDRESS + 2)]
        await asyncio.sleep(0.05)
        with pytest.raises(BadInput, match="人太多"):
            async with places.held("one"):
                pass
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not places._held and not places._waiting

    asyncio.run(scene())


def test_a_dead_line_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_way, "STALLED_SECONDS", 0.05)

    async def scene() -> None:
        async with UploadPlaces().held("one") as mine:
            for _ in range(4):  # something comes now and then
                await asyncio.sleep(0.03)
                mine.took(1)
            with mine.keeping():
                await asyncio.sleep(0.1)
            await asyncio.sleep(1)

    with pytest.raises(EvidenceError, match="太慢"):
        asyncio.run(scene())
