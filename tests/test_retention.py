"""What its time is up for goes, and only that: a clock that jumped deletes nothing, a database away delays it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from cryptography.fernet import Fernet

from bot import conversations as conversations_module
from bot import retention
from bot.channels import outbox as outbox_module
from bot.channels.outbox import Outbox
from bot.channels.rendering import Part
from bot.channels.tencent import records as records_module
from bot.channels.tencent.records import Records
from bot.conversations import Conversations
from bot.settings import Settings
from casework.cases import draft_store
from casework.cases.store import CaseStore
from casework.desk.questions import Questions
from storage.encryption import Encryptor
from storage.shared import shared_store

DAY = 86_400.0


@dataclass
class Kept:
    """The stores that retention looks after, as an assistant holds them."""

    settings: Settings
    conversations: Conversations
    cases: CaseStore
    questions: Questions

    def left(self) -> tuple[int, int]:
        """Drafts and conversations."""
        return len(self.cases.drafts_of("rest:a", "tip_off")), len(self.conversations.turns("rest:a"))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    encryptor = Encryptor([Fernet.generate_key()])
    made = Kept(
        Settings(data_dir=tmp_path),
        Conversations(tmp_path / "conversations.db", encryptor),
        CaseStore(tmp_path / "cases.db", encryptor),
        Questions(tmp_path / "questions.db", encryptor),
    )
    made.cases.start("tip_off", "rest:a", {"answers": {}})
    made.conversations.add_turn("rest:a", "P2P谁牵头", [{"text": "洛阳银监分局"}])
    yield made


class Clocks:
    """A wall clock and a steady one that a test can turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = time.time(), time.monotonic()
        monkeypatch.setattr(retention.time, "time", lambda: self.wall)
        monkeypatch.setattr(retention.time, "monotonic", lambda: self.steady)
        monkeypatch.setattr(draft_store, "now", lambda: self.wall)
        monkeypatch.setattr(conversations_module.time, "time", lambda: self.wall)


def run(kept: Any, clocks: Clocks, monkeypatch: pytest.MonkeyPatch, hours: list[tuple[float, float]]) -> None:
    """Let the job run through hours, in each of which the two clocks go on by so many seconds."""
    passing = iter([(0.0, 0.0)] * 59 + [step for hour in hours for step in [hour, *[(0.0, 0.0)] * 59]])

    async def sleep(seconds: float) -> None:
        step = next(passing, None)
        if step is None:
            raise asyncio.CancelledError
        clocks.wall += step[0]
        clocks.steady += step[1]

    monkeypatch.setattr(retention.asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(retention.keep_retention(kept))


def test_what_is_old_goes(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    run(kept, clocks, monkeypatch, [(29 * DAY, 29 * DAY)])
    assert kept.left() == (1, 1)
    run(kept, clocks, monkeypatch, [(2 * DAY, 2 * DAY)])
    assert kept.left() == (0, 0)


def test_a_clock_that_jumps_a_year_ahead_deletes_nothing(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    run(kept, clocks, monkeypatch, [(365 * DAY, 3600.0), (3600.0, 3600.0), (-365 * DAY, 3600.0)])
    assert kept.left() == (1, 1)


def test_a_database_that_was_away_is_tried_again(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks, whole = Clocks(monkeypatch), kept.cases.delete_drafts_older_than
    tries: list[int] = []

    def away_at_first(days: int) -> int:
        tries.append(days)
        if len(tries) < 3:
            raise psycopg2.OperationalError("away")
        return whole(days)

    monkeypatch.setattr(kept.cases, "delete_drafts_older_than", away_at_first)
    run(kept, clocks, monkeypatch, [(40 * DAY, 40 * DAY), (3600.0, 3600.0), (3600.0, 3600.0)])
    assert len(tries) >= 3
    assert kept.left()[0] == 0


def test_what_messengers_left_goes_though_they_were_turned_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes or goes any more that would clear away what was before it."""
    key = Fernet.generate_key()
    settings, encryptor = Settings(data_dir=tmp_path, encryption_key=key.decode()), Encryptor([key])
    kept = Kept(
        settings,
        Conversations(tmp_path / "conversations.db", encryptor),
        CaseStore(tmp_path / "cases.db", encryptor),
        Questions(tmp_path / "questions.db", encryptor),
    )
    outbox, records = shared_store("outbox", Outbox, settings), shared_store("tencent", Records, settings)
    outbox.keep("telegram", "1", "我要举报")
    outbox.answer("telegram", "2", "telegram:5", [Part("回答")], {"1": "继续"})
    outbox.key_for("很长的按钮")
    records.give("m", "答过的")
    records.put_text("全文")
    clocks = Clocks(monkeypatch)
    for module in (outbox_module, records_module):
        monkeypatch.setattr(module, "now", lambda: clocks.wall)
    run(kept, clocks, monkeypatch, [(50 * DAY, 50 * DAY)])
    waiting = {table: outbox._db[table].count for table in ("incoming", "outgoing", "menus", "payloads")}
    assert set(waiting.values()) == {1}, waiting
    run(kept, clocks, monkeypatch, [(11 * DAY, 11 * DAY)])
    for store, tables in ((outbox, ("seen", *waiting)), (records, ("given", "pages"))):
        assert [table for table in tables if store._db[table].count] == []
