"""A thousand reports by fifty people at once while the server is killed three times: no receipt is lost."""

from __future__ import annotations

import hashlib
import random
import re
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from casework.cases.case_queries import CaseFilter
from casework.cases.store import CaseStore
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import QuickServer, server_of_its_own
from tests.lengths import length, long
from tests.test_evidence import WAV
from tests.test_tip_off import SUBMIT

REPORTS, PEOPLE, KILLS, MOST_TRIES = length(150, 1000), 50, 3, 500
OPENED = length(40, 200)
TOLD = "我举报金鼎{}理财，他们虚假宣传，我投了{}万元"


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[QuickServer]:
    limits = {"messages_per_minute": "100000", "address_messages_per_minute": "1000000", "reports_per_hour": "100000"}
    with server_of_its_own(tmp_path, QuickServer, **limits) as server:
        yield server


class Reporter:
    """Reports until the server has acknowledged a receipt; begins anew when it went away in between."""

    def __init__(self, server: QuickServer, acknowledged: dict[str, tuple[int, str]]) -> None:
        self.acknowledged, self.answered = acknowledged, 0
        # One for all: making a client loads certificates, which costs more than the server's turn.
        self.client = httpx.Client(base_url=server.url, timeout=30, verify=False)

    def report(self, number: int) -> None:
        recording = WAV + number.to_bytes(4, "big") * 2000
        for _ in range(MOST_TRIES):
            try:
                receipt = self._once(number, recording)
            except (httpx.TransportError, AssertionError):
                time.sleep(0.2)
                continue
            self.acknowledged[receipt] = (number, hashlib.sha256(recording).hexdigest())
            return

    def _once(self, number: int, recording: bytes) -> str:
        sender, client = uuid.uuid4().hex, self.client

        def say(message: str) -> dict[str, object]:
            answer = client.post("/webhooks/rest/webhook", json={"sender": sender, "message": message})
            assert answer.status_code == 200
            custom: dict[str, object] = answer.json()[0]["custom"]
            assert not custom.get("failed")
            self.answered += 1
            return custom

        say(TOLD.format(number, number + 1))
        headers = {"x-sender": sender, "x-filename": "a.wav"}
        assert client.post("/webhooks/rest/evidence", content=recording, headers=headers).status_code == 200
        say("其余跳过")
        done = say(SUBMIT)
        assert "receipt" in done
        return str(done["receipt"])


@long
def test_a_thousand_reports_by_fifty_people_and_three_kills(mortal: QuickServer, tmp_path: Path) -> None:
    acknowledged: dict[str, tuple[int, str]] = {}
    chance = random.Random(58)
    reporter, done = Reporter(mortal, acknowledged), threading.Event()

    def killer() -> None:
        for kill in range(KILLS):
            while len(acknowledged) < REPORTS * (kill + 1) // (KILLS + 1) and not done.is_set():
                time.sleep(0.02)
            time.sleep(chance.random() * 0.2)
            mortal.restart()

    killing = threading.Thread(target=killer, daemon=True)
    killing.start()
    try:
        with ThreadPoolExecutor(PEOPLE) as people:
            list(people.map(reporter.report, range(REPORTS)))
    finally:
        done.set()
        killing.join()
    metrics = httpx.get(f"{mortal.url}/metrics", timeout=30).content
    mortal.kill()
    settings = ActionSettings(data_dir=tmp_path)
    store = CaseStore(tmp_path / "cases.db", load_encryptor(settings))
    assert len(acknowledged) == REPORTS
    told = {case.content["answers"]["happened"]["shown"]: case for case in store.queue(CaseFilter(), 2 * REPORTS)}
    for number, digest in acknowledged.values():
        (recording,) = store.evidence(told[TOLD.format(number, number + 1)])
        assert recording.sha256 == digest
        assert hashlib.sha256(store.content_of(recording)).hexdigest() == digest
    some = chance.sample(sorted(acknowledged, key=acknowledged.__getitem__), OPENED)
    for receipt in some:  # each takes 30 ms on purpose
        case, (number, _) = store.by_receipt(receipt), acknowledged[receipt]
        assert case and case.content["answers"]["happened"]["shown"] == TOLD.format(number, number + 1)
    assert len(told) == REPORTS
    assert store.audit_is_whole()
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name not in BUILT]
    assert {path.name for path in written} >= {"server.log", "cases.db", "conversations.db", "tasks.db", "questions.db"}
    kept = {re.sub(r"\D", "", receipt) for receipt in acknowledged}
    for content in (metrics, *(path.read_bytes() for path in written)):
        assert "理财的骗了我".encode() not in content
        assert not kept & {re.sub(rb"\D", b"", found).decode() for found in SIXTEEN.findall(content)}


# What every run shares; read-only here.
BUILT = ("knowledge", "models", "cache")
SIXTEEN = re.compile(rb"\d{4} ?\d{4} ?\d{4} ?\d{4}")
