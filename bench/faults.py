"""Everything goes wrong at once, for minutes: ``python -m bench.faults --minutes 5``.

Two processes share a PostgreSQL and a Redis of their own. While reporters, enterprises and people with questions talk
to either, processes are killed, PostgreSQL is stopped as by a power cut, Redis is killed or emptied, all at random
moments, and everything is started again after a while, as a supervisor would. Whoever gets no answer, or is told that
it did not work, says the same again. In the end a ledger of what was acknowledged is held against what is kept:
nothing acknowledged may be lost, nothing may have happened twice, nobody may have been told nonsense, and ``/healthz``
must have said when it could not serve.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
import redis
from cryptography.fernet import Fernet

from bench.databases import OwnPostgres, OwnRedis
from bench.serving import Process, lend_built
from casework.cases.case_queries import CaseFilter
from casework.cases.store import CaseStore
from storage.database import StoreLocation
from storage.encryption import Encryptor

REPORTERS, FIRMS, ASKERS = 4, 2, 2
STEP_TAKES_AT_MOST, PAUSE = 60.0, 0.3
# How long after PostgreSQL went or came back /healthz may still say what was true before.
GRACE = 3.0
MISSING = ("没有记下", "没有处理成功", "暂时", "请稍后")
QUESTIONS = {"P2P谁牵头": "三（二）3", "股权众筹谁牵头": "三（二）4", "第三方支付谁牵头": "三（二）1"}
ANSWERS = ("洛阳{n}信息科技有限公司", "跳过", "没有", "张三", "13837912345", "李四")
SUBMIT = "确认如实举报并提交"
WAV = (
    b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data"
)


class Served(Protocol):
    """A process of ours that can be killed and started again."""

    url: str

    def start(self) -> None: ...

    def kill(self) -> None: ...


@dataclass
class Ledger:
    """What was acknowledged, what was said instead, and what should not have been."""

    receipts: dict[str, str] = field(default_factory=dict)
    added: dict[str, list[str]] = field(default_factory=dict)
    firms: dict[str, str] = field(default_factory=dict)
    answered: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    health: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        text = ", ".join(f"{count} x {what}" for what, count in self.refused.most_common(6))
        additions = sum(map(len, self.added.values()))
        return (
            f"faults {dict(self.faults)}\nacknowledged: {len(self.receipts)} reports, {additions} additions, "
            f"{len(self.firms)} interviews of {len(ANSWERS)} answers, {self.answered} questions\n"
            f"said again because of: {text}\n/healthz {dict(self.health)}\nwrong: {self.wrong or 'nothing'}"
        )


class Campaign:
    """People and faults over some servers, for some seconds."""

    def __init__(self, servers: Sequence[Served], postgres: OwnPostgres, cache: OwnRedis, seed: int = 58) -> None:
        self.servers, self.postgres, self.cache = servers, postgres, cache
        self.ledger, self._over = Ledger(), threading.Event()
        self._chance, self._guard = random.Random(seed), threading.Lock()
        self._client = httpx.Client(timeout=30, verify=False)
        self._database_since = (True, time.monotonic())

    def run(self, seconds: float) -> Ledger:
        people: list[Callable[[], None]] = [self._report] * REPORTERS + [self._fill_in] * FIRMS + [self._ask] * ASKERS
        watchers = [threading.Thread(target=self._watch, args=(server,), daemon=True) for server in self.servers]
        threads = [threading.Thread(target=self._until_over, args=(person,), daemon=True) for person in people]
        for thread in (*watchers, *threads):
            thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self._chance.uniform(1.0, 4.0))
            self._something_fails()
        self._over.set()
        for thread in (*threads, *watchers):
            thread.join(4 * STEP_TAKES_AT_MOST)
        return self.ledger

    # Faults -----------------------------------------------------------------------------------------------

    def _something_fails(self) -> None:
        fault = self._chance.choice(["process", "process", "process", "postgres", "redis stopped", "redis emptied"])
        self.ledger.faults[fault] += 1
        if fault == "process":
            server = self._chance.choice(self.servers)
            server.kill()
            time.sleep(self._chance.random())
            server.start()
        elif fault == "postgres":
            self.postgres.stop()
            self._database_since = (False, time.monotonic())
            time.sleep(self._chance.uniform(1.0, 6.0))
            self._database_since = (True, time.monotonic())
            self.postgres.start()
        elif fault == "redis stopped":
            self.cache.stop()
            time.sleep(self._chance.uniform(1.0, 4.0))
            self.cache.start()
        else:
            redis.Redis.from_url(self.cache.url).flushall()

    def _watch(self, server: Served) -> None:
        """What /healthz says, beside what is so."""
        while not self._over.is_set():
            asked_at, before = time.monotonic(), self._database_since
            with suppress(httpx.TransportError):
                status = self._client.get(f"{server.url}/healthz").status_code
                self.ledger.health[status] += 1
                there, since = before
                gone = not there and since + GRACE < asked_at and self._database_since == before
                if gone and status == httpx.codes.OK:
                    self.ledger.wrong.append("healthz says 200 without a database")
            time.sleep(0.3)

    # People -----------------------------------------------------------------------------------------------

    def _until_over(self, person: Callable[[], None]) -> None:
        while not self._over.is_set():
            try:
                person()
            except Unanswered as error:
                self.ledger.wrong.append(str(error))

    def _say(
        self, sender: str, message: str, wanted: Callable[[dict[str, object], str], bool]
    ) -> tuple[dict[str, object], str]:
        """Say something until it is acknowledged; the acknowledgement's payload and text.

        Raises:
            Unanswered: it never was, or what was answered makes no sense.
        """
        message_id, end = uuid.uuid4().hex, time.monotonic() + STEP_TAKES_AT_MOST
        body = {"sender": sender, "message": message, "metadata": {"id": message_id}}
        while time.monotonic() < end:
            answer = self._tried("/webhooks/rest/webhook", json=body)
            if answer is not None and answer.status_code == httpx.codes.OK:
                reply = answer.json()[0]
                custom, text = reply.get("custom") or {}, reply.get("text") or ""
                if wanted(custom, text):
                    return custom, text
                if not any(word in text for word in MISSING):
                    raise Unanswered(f"{message}: {text[:80]}")
                self.ledger.refused[text[:24]] += 1
            time.sleep(PAUSE)
        raise Unanswered(f"{message}: not within {STEP_TAKES_AT_MOST:.0f} s")

    def _tried(self, path: str, **content: object) -> httpx.Response | None:
        try:
            answer = self._client.post(random.choice(self.servers).url + path, **content)  # type: ignore[arg-type]
        except httpx.TransportError as error:
            self.ledger.refused[type(error).__name__] += 1
            return None
        if answer.status_code != httpx.codes.OK:
            error_text = str(answer.json().get("error"))
            self.ledger.refused[f"{answer.status_code} {error_text[:24]}"] += 1
            if not re.search(r"[一-鿿]", error_text):
                self.ledger.wrong.append(f"not said in Chinese: {answer.text[:80]}")
        return answer

    def _report(self) -> None:
        sender, name = uuid.uuid4().hex, f"丰源{uuid.uuid4().hex[:8]}"
        asked = lambda custom, _: "interview" in custom  # noqa: E731
        self._say(sender, f"有个叫{name}理财的骗了我3万元", asked)
        end = time.monotonic() + STEP_TAKES_AT_MOST
        headers = {"x-sender": sender, "x-filename": "a.wav"}
        while time.monotonic() < end:
            sent = self._tried("/webhooks/rest/evidence", content=WAV + name.encode() * 500, headers=headers)
            if sent is not None and sent.status_code == httpx.codes.OK:
                break
            time.sleep(PAUSE)
        self._say(sender, "其余跳过", asked)
        custom, _ = self._say(sender, SUBMIT, lambda custom, _: "receipt" in custom)
        receipt = str(custom["receipt"])
        with self._guard:
            self.ledger.receipts[receipt] = name
            self.ledger.added[receipt] = []
        self._say(sender, receipt, lambda custom, _: "status" in custom)
        for number in range(3):
            addition = f"第{number}次补充{uuid.uuid4().hex[:6]}"
            self._say(sender, f"补充：{addition}", lambda _, text, said=addition: said in text)  # type: ignore[misc]
            self.ledger.added[receipt].append(addition)

    def _fill_in(self) -> None:
        sender, number = uuid.uuid4().hex, random.randrange(10**6)
        asked = lambda custom, _: "interview" in custom  # noqa: E731
        for line in ("企业自查", *ANSWERS):
            self._say(sender, line.format(n=number), asked)
        with self._guard:
            self.ledger.firms[sender] = ANSWERS[0].format(n=number)

    def _ask(self) -> None:
        question = random.choice(list(QUESTIONS))
        custom, _ = self._say(uuid.uuid4().hex, question, lambda custom, _: bool(custom.get("citations")))
        clause = custom["citations"][0]["clause"]  # type: ignore[index]
        if clause != QUESTIONS[question]:
            self.ledger.wrong.append(f"{question}: {clause}")
        self.ledger.answered += 1
        time.sleep(0.1)


class Unanswered(RuntimeError):
    """Somebody was left without an acknowledgement that makes sense."""


def held_against(ledger: Ledger, store: CaseStore, url: str) -> None:
    """Add to the ledger's wrongs what was acknowledged and is not there, or is there twice."""
    told = Counter[str]()
    for case in store.queue(CaseFilter(kind="tip_off"), 100_000):
        told.update(re.findall(r"丰源[0-9a-f]{8}", case.content["answers"]["happened"]["shown"]))
    ledger.wrong += [f"{name} was reported {count} times" for name, count in told.items() if count != 1]
    for receipt, name in ledger.receipts.items():
        found = store.by_receipt(receipt)
        if found is None or name not in found.content["answers"]["happened"]["shown"]:
            ledger.wrong.append(f"{name} is lost")
            continue
        files = store.evidence(found)
        if len(files) != 1 or store.content_of(files[0]) != WAV + name.encode() * 500:
            ledger.wrong.append(f"{name} has {len(files)} files")
        kept = Counter(note.text for note in store.notes(found, internal=False) if note.author == "reporter")
        missing = [text for text in ledger.added[receipt] if not kept[text]]
        ledger.wrong += [f"{name}: addition lost" for _ in missing]
        ledger.wrong += [f"{name}: {text} kept {count} times" for text, count in kept.items() if count > 1]
    for sender, firm in ledger.firms.items():
        body = {"sender": sender, "message": "看看填了什么"}
        shown = httpx.post(f"{url}/webhooks/rest/webhook", json=body, timeout=60).json()[0]["text"]
        for wanted in (firm, "法定代表人：张三", "法定代表人电话：138 3791 2345", "实际控制人：李四"):
            if shown.count(wanted) != 1:
                ledger.wrong.append(f"{firm}: {wanted} is there {shown.count(wanted)} times")
    if not store.audit_is_whole():
        ledger.wrong.append("the audit is broken")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=58)
    options = parser.parse_args()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        postgres, cache = OwnPostgres(), OwnRedis()
        opened.callback(cache.stop)
        opened.callback(postgres.close)
        lend_built(folder)
        key = Fernet.generate_key()
        settings = {
            "ASSISTANT_DATA_DIR": str(folder),
            "ASSISTANT_DATABASE_URL": postgres.url,
            "ASSISTANT_REDIS_URL": cache.url,
            "ASSISTANT_ENCRYPTION_KEY": key.decode(),
            "ASSISTANT_REPORTS_PER_HOUR": "1000000",
        }
        servers = [Process(settings) for _ in range(2)]
        for server in servers:
            server.start()
            opened.callback(server.kill)
        campaign = Campaign(servers, postgres, cache, options.seed)
        ledger = campaign.run(options.minutes * 60)
        store = CaseStore(StoreLocation(folder / "cases.db", postgres.url), Encryptor([key]))
        held_against(ledger, store, servers[0].url)
        store.close()
        print(ledger)


if __name__ == "__main__":
    main()
