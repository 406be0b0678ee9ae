"""Nobody's work is in another's way: a budget of seconds for each sender and address, a locked store held up alone."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from bot.health import Health
from bot.turn_loop import TurnLoop
from bot.work import LONGEST_LINE, OverBudgetError, WorkBudget
from casework.cases.store import CaseStore
from knowledge.turn import speaking_from
from storage.database import STORE_ERRORS
from storage.encryption import Encryptor
from tests.conftest import QuickServer, server_of_its_own

LONG = "我在一个平台投了钱现在拿不出来请问应该找谁，" * 40


@pytest.fixture(scope="module")
def frugal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickServer]:
    limits = {"sender_work_seconds": "0.001", "address_work_seconds": "1000", "trust_proxy": "true"}
    with server_of_its_own(tmp_path_factory.mktemp("frugal"), QuickServer, **limits) as running:
        yield running


def asked(server: QuickServer, sender: str, message: str, path: str = "/webhooks/rest/webhook") -> httpx.Response:
    body = {"sender": sender, "message": message, "text": message}
    return httpx.post(f"{server.url}{path}", json=body, timeout=60)


def test_whose_messages_take_too_long_is_asked_to_wait_and_others_are_not(frugal: QuickServer) -> None:
    assert asked(frugal, "somebody-with-long-messages", LONG[:1000]).status_code == 200
    refused = asked(frugal, "somebody-with-long-messages", "P2P谁牵头")
    assert refused.status_code == 429
    assert "过一分钟再发" in refused.json()["error"] and "之前的内容都在" in refused.json()["error"]
    assert "洛阳银监分局" in asked(frugal, "somebody-else-entirely", "P2P谁牵头").json()[0]["text"]


def test_what_a_program_has_parsed_is_counted_too(frugal: QuickServer) -> None:
    assert asked(frugal, "", LONG[:1000], "/model/parse").status_code == 200
    assert asked(frugal, "", "P2P谁牵头", "/model/parse").status_code == 429


def spent(budget: WorkBudget, sender: str, address: str = "", work: float = 0.05) -> str:
    """Have a turn of so many seconds of work done; what became of it."""

    def busy() -> None:
        until = time.thread_time() + work
        while time.thread_time() < until:
            pass

    async def turn() -> str:
        busy()
        await asyncio.to_thread(busy)
        return "done"

    async def served() -> str:
        speaking_from.set(address)
        async with budget.spending(sender):
            return await loop.run(turn())

    loop = TurnLoop()
    try:
        return asyncio.run(served())
    except OverBudgetError:
        return "over"


def test_new_senders_of_an_address_share_what_it_has() -> None:
    budget = WorkBudget(sender_seconds=1000, address_seconds=0.25)
    assert [spent(budget, f"rest:{n}", "203.0.113.7") for n in range(4)] == ["done", "done", "done", "over"]
    assert spent(budget, "rest:9", "203.0.113.8") == "done"


def test_work_on_threads_counts_to_whom_it_is_done_for() -> None:
    budget = WorkBudget(sender_seconds=0.09, address_seconds=1000)
    assert spent(budget, "rest:a") == "done"
    assert spent(budget, "rest:a") == "over"


def test_what_fails_is_raised_where_it_is_waited_for() -> None:
    async def failing() -> None:
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 0.01)
        except TimeoutError as error:
            raise ValueError("tidied up") from error

    with pytest.raises(ValueError, match="tidied up"):
        asyncio.run(TurnLoop().run(failing()))


def test_turns_of_a_sender_wait_in_line_and_others_do_not_stand_behind_them() -> None:
    """Ten messages at once are begun one after the other: whoever comes meanwhile is next."""
    budget, order = WorkBudget(1000, 1000), []

    async def served(sender: str) -> None:
        async with budget.spending(sender):
            order.append(sender)
            await asyncio.sleep(0)

    async def all_at_once() -> None:
        many = [asyncio.create_task(served("rest:many")) for _ in range(10)]
        await asyncio.gather(*many, asyncio.create_task(served("rest:one")))

    asyncio.run(all_at_once())
    assert order.index("rest:one") == 1


def test_a_line_has_an_end() -> None:
    """Who sends on without waiting for answers is put off at once, and what was sent before is answered."""
    budget = WorkBudget(1000, 1000)

    async def served() -> bool:
        async with budget.spending("rest:flood"):
            await asyncio.sleep(0)
            return True

    async def all_at_once() -> list[object]:
        return list(await asyncio.gather(*(served() for _ in range(LONGEST_LINE + 8)), return_exceptions=True))

    answers = asyncio.run(all_at_once())
    assert answers[:LONGEST_LINE] == [True] * LONGEST_LINE
    assert all(isinstance(answer, OverBudgetError) for answer in answers[LONGEST_LINE:])
    assert asyncio.run(served())


def test_who_reads_does_not_wait_with_who_waits_to_write(tmp_path: Path) -> None:
    store = CaseStore(tmp_path / "cases.db", Encryptor([Fernet.generate_key()]))
    case = store.start("tip_off", "rest:somebody-and-nobody-else", {})
    holder = sqlite3.connect(tmp_path / "cases.db", isolation_level=None)
    holder.execute("begin immediate")
    waiting, failed = threading.Event(), []

    def write() -> None:
        waiting.set()
        try:
            store.save(case, {"values": {}})
        except STORE_ERRORS as error:
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    waiting.wait()
    for _ in range(3):
        assert store.get(case.id) is not None
    still_waiting = writer.is_alive()
    holder.execute("rollback")
    writer.join()
    assert still_waiting and not failed, "it waited beside the reader, and wrote when it could"
    store.close()


def test_health_is_known_before_anybody_asks_and_a_check_that_hangs_is_an_answer() -> None:
    hangs, goes_on = threading.Event(), threading.Event()

    def check() -> bool:
        if hangs.is_set():
            goes_on.wait(60)
        return True

    async def scene() -> list[bool]:
        health = Health(check, STORE_ERRORS)
        before = health._last
        await health.look()
        well = await health.good()
        hangs.set()
        meanwhile = await health.good()
        health._at -= 10  # seconds later
        later = await health.good()
        goes_on.set()
        return [before, well, meanwhile, later]

    assert asyncio.run(scene()) == [False, True, True, False]


def test_however_often_health_is_asked_it_is_seldom_looked_at() -> None:
    """Each look takes a thread, which a hundred who ask at once would take from whoever is answered."""
    looked = []

    def check() -> bool:
        looked.append(True)
        return True

    async def scene() -> list[bool]:
        health = Health(check, STORE_ERRORS)
        await health.look()
        return [await health.good() for _ in range(100)]

    assert asyncio.run(scene()) == [True] * 100
    assert len(looked) < 10, "at most five a second, however long the machine lets us wait"


def test_only_a_self_check_on_a_messenger_knows_where_its_answers_go(tmp_path: Path) -> None:
    """A tip-off leads back to nobody, and a page asks for itself."""
    store = CaseStore(tmp_path / "cases.db", Encryptor([Fernet.generate_key()]))
    for kind in ("self_check", "tip_off"):
        for channel in ("telegram", "web"):
            case = store.start(kind, f"{channel}:somebody-with-a-name", {})
            store.add_note(case, "handler", "请补充", "official")
    assert store.places_to_tell("telegram") == ["telegram:somebody-with-a-name"]
    rows = store._db.execute("select kind, place from followers join cases on cases.id = case_id").fetchall()
    assert [(kind, place is None) for kind, place in rows] == [("self_check", False), ("self_check", True)]
    assert all(b"somebody" not in place for _, place in rows if place)
    (untold,) = store.untold("telegram:somebody-with-a-name")
    store.told(untold.case, "telegram:somebody-with-a-name", untold.last)
    assert store.places_to_tell("telegram") == [] and not store.untold("telegram:somebody-with-a-name")
    assert store.part_from("telegram:somebody-with-a-name") and store.untold("web:somebody-with-a-name")
    store.close()
