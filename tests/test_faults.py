"""Killed processes, a database and a Redis that go away and come back: nothing acknowledged is lost or done twice.

``python -m bench.faults`` does the same for minutes.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from cryptography.fernet import Fernet

from bench.databases import OwnPostgres, OwnRedis
from bench.faults import Campaign, held_against
from casework.cases.store import CaseStore
from storage.database import StoreLocation
from storage.encryption import Encryptor
from tests.bot_api import TOKEN, BotApi
from tests.conftest import QuickServer, server_of_its_own
from tests.lengths import length, long
from tests.talk import Person

SECONDS = length(12.0, 60.0)
KEY = Fernet.generate_key()


Own = TypeVar("Own", OwnPostgres, OwnRedis)


def own(kind: type[Own]) -> Own:
    try:
        return kind()
    except (FileNotFoundError, PermissionError) as error:
        if os.environ.get("CI"):
            pytest.fail(f"{error}, and in CI nothing may be skipped")
        pytest.skip("没有 PostgreSQL 或 Redis，相关测试跳过")


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    made = own(OwnPostgres)
    yield made
    made.close()


@pytest.fixture(scope="module")
def cache() -> Iterator[OwnRedis]:
    made = own(OwnRedis)
    yield made
    made.stop()


def settings(postgres: OwnPostgres, cache: OwnRedis) -> dict[str, str]:
    limits = {"messages_per_minute": "100000", "address_messages_per_minute": "1000000", "reports_per_hour": "100000"}
    return limits | {"database_url": postgres.url, "redis_url": cache.url, "encryption_key": KEY.decode()}


@long
def test_everything_goes_wrong_at_once(postgres: OwnPostgres, cache: OwnRedis, tmp_path: Path) -> None:
    with ExitStack() as opened:
        servers = []
        for name in "ab":
            folder = tmp_path / name
            folder.mkdir()
            # One folder for files, as machines that share storage have it.
            (tmp_path / "evidence").mkdir(exist_ok=True)
            (folder / "evidence").symlink_to(tmp_path / "evidence")
            servers.append(opened.enter_context(server_of_its_own(folder, QuickServer, **settings(postgres, cache))))
        campaign = Campaign(servers, postgres, cache, seed=58)
        ledger = campaign.run(SECONDS)
        store = CaseStore(StoreLocation(tmp_path / "cases.db", postgres.url), Encryptor([KEY]))
        held_against(ledger, store, servers[0].url)
        store.close()
    assert not ledger.wrong, str(ledger)
    assert sum(ledger.faults.values()) >= 3, str(ledger)
    assert ledger.receipts and ledger.firms and ledger.answered, str(ledger)


# How often somebody who is told to write again does so.
MOST_TRIES = 10


def test_without_its_database_telegram_says_so_and_goes_on_afterwards(
    postgres: OwnPostgres, cache: OwnRedis, tmp_path: Path
) -> None:
    api = BotApi()
    api.start()
    telegram = {"telegram_token": TOKEN, "telegram_url": api.url}
    with server_of_its_own(tmp_path, QuickServer, **settings(postgres, cache), **telegram):
        api.says(7, "有个叫丰源理财的骗了我3万元")
        api.wait_for(7, 2)
        have = len(api.sent[7])
        postgres.stop()
        try:
            api.says(7, "看看填了什么")
            time.sleep(3)
        finally:
            postgres.start()
        api.wait_for(7, have + 1)  # told to write again, or answered now that it can be
        tries = 0
        while "再发一次" in api.texts(7)[-1] and tries < MOST_TRIES:  # it is back when it is back
            tries, have = tries + 1, len(api.sent[7])
            api.says(7, "看看填了什么")
            api.wait_for(7, have + 1)
        assert "丰源" in api.texts(7)[-1]
    api.stop()


def test_a_server_whose_database_is_away_at_its_start_says_so_and_ends(
    postgres: OwnPostgres, cache: OwnRedis, tmp_path: Path
) -> None:
    """What supervises it starts it again; it must neither hang nor come up half."""
    with server_of_its_own(tmp_path, QuickServer, **settings(postgres, cache)) as server:
        assert "洛阳银监分局" in Person(server).say("P2P谁牵头")
        server.kill()
        postgres.stop()
        try:
            with pytest.raises(AssertionError, match="数据库"):
                server.start()
            assert "Traceback" not in server.log.read_text()
        finally:
            postgres.start()
        server.start()
        assert server.says_of_itself(200)


def test_out_of_file_handles(tmp_path: Path) -> None:
    """Who is talking is told or waits; nothing is lost, and with handles again all is as before."""
    with server_of_its_own(tmp_path, QuickServer) as server:
        person = Person(server)
        person.say("有个叫丰源理财的骗了我3万元")
        pid = server.fork.pid
        assert pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used, before[1]))
        body = {"sender": person.sender, "message": "看看填了什么"}
        with suppress(httpx.TransportError):
            answer = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=5)
            assert "Traceback" not in answer.text
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        time.sleep(1.5)  # asyncio takes new connections again a second after it could not
        assert "丰源" in person.say("看看填了什么")
        assert server.says_of_itself(200)
