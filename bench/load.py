"""``make bench-load``: a city's mix of conversations at 1 to 200 users over 1, 2 and 4 processes.

Six conversations of ten ask the plan three questions, two tell a tip-off and submit it, one begins a self-check, one is
an official's (duties and days). Each user goes from one conversation to the next without a pause. One process keeps its
data in SQLite; several share a new PostgreSQL database (``--postgres URL`` of an administrator). Beside it stock Rasa,
one process with its action server, asked the questions alone: it has no procedures to go through.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx
import psycopg2
from cryptography.fernet import Fernet

from bench.databases import ADMIN, new_database
from bench.evaluate import read_questions
from bench.peers import StockRasa
from bench.serving import ANSWERS, lend_built, resident, serve_ours

USERS, PROCESSES = (1, 10, 50, 200), (1, 2, 4)
SECONDS = 12.0
TIP_OFF = ("有个叫金鼎{n}理财的骗了我{n}万元", "其余跳过", "确认如实举报并提交")
SELF_CHECK = ("企业自查", "洛阳{n}信息科技有限公司", "跳过", "没有", "张三", "取消")
OFFICIAL = ("时间安排", "市公安局负责什么", "验收和总结什么时候完成")


@dataclass
class Load:
    """What one cell of the table measured: seconds of each turn, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    empty: int = 0
    conversations: int = 0
    elapsed: float = 0.0

    def __str__(self) -> str:
        cuts = quantiles(self.seconds, n=100) if len(self.seconds) > 1 else [0.0] * 99
        p50, p95, p99 = (1000 * cuts[n] for n in (49, 94, 98))
        return (
            f"{len(self.seconds) / self.elapsed:7.1f} /s  p50 {p50:6.0f}  p95 {p95:6.0f}  p99 {p99:6.0f} ms  "
            f"errors {self.errors}  empty {self.empty}"
        )


def conversations(chance: random.Random, only_questions: bool) -> Iterator[list[str]]:
    """The mix, without end."""
    asked = [question.text for question in read_questions(ANSWERS)]
    for n in itertools.count():
        kind = 0 if only_questions else chance.randrange(10)
        if kind < 6:
            yield chance.sample(asked, 3)
        else:
            script = TIP_OFF if kind < 8 else SELF_CHECK if kind == 8 else OFFICIAL
            yield [message.format(n=n) for message in script]


async def drive(urls: list[str], users: int, only_questions: bool = False) -> Load:
    """Let users talk for SECONDS; a turn goes to the process that has the least to do, as nginx shares them out."""
    load, mix = Load(), conversations(random.Random(58), only_questions)
    limits = httpx.Limits(max_connections=users, max_keepalive_connections=users)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        started = time.perf_counter()
        busy = dict.fromkeys(urls, 0)

        async def user() -> None:
            while time.perf_counter() - started < SECONDS:
                sender = uuid.uuid4().hex
                load.conversations += 1
                for message in next(mix):
                    before = time.perf_counter()
                    url = min(urls, key=lambda url: (busy[url], random.random()))
                    busy[url] += 1
                    try:
                        answer = await client.post(
                            f"{url}/webhooks/rest/webhook", json={"sender": sender, "message": message}
                        )
                    except httpx.HTTPError:
                        load.errors += 1
                        continue
                    finally:
                        busy[url] -= 1
                    load.seconds.append(time.perf_counter() - before)
                    said = answer.json() if answer.status_code == httpx.codes.OK else []
                    load.errors += answer.status_code != httpx.codes.OK or any(
                        (reply.get("custom") or {}).get("failed") for reply in said
                    )
                    load.empty += not any(reply.get("text") for reply in said)

        await asyncio.gather(*(user() for _ in range(users)))
        load.elapsed = time.perf_counter() - started
    return load


@contextmanager
def processes(count: int, postgres: str) -> Iterator[tuple[list[str], list[int], Callable[[], int]]]:
    """So many of our processes: their addresses, their ids, and how many bytes their data takes."""
    shared = {"ASSISTANT_REPORTS_PER_HOUR": "1000000", "ASSISTANT_ENCRYPTION_KEY": Fernet.generate_key().decode()}
    with ExitStack() as opened:
        if count > 1:
            shared["ASSISTANT_DATABASE_URL"] = opened.enter_context(new_database(postgres))
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        lend_built(folder)
        shared["ASSISTANT_DATA_DIR"] = str(folder)
        served = [opened.enter_context(serve_ours(**shared)) for _ in range(count)]

        def size() -> int:
            if count == 1:
                return sum(path.stat().st_size for path in folder.glob("*.db*"))
            opened = psycopg2.connect(shared["ASSISTANT_DATABASE_URL"])
            with closing(opened) as database, database.cursor() as cursor:
                cursor.execute("select pg_database_size(current_database())")
                return int(cursor.fetchone()[0])

        yield [url for url, _ in served], [pid for _, pid in served], size


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--postgres", default=ADMIN)
    parser.add_argument("--no-stock", action="store_true")
    parser.add_argument("--processes", type=int, nargs="*", default=PROCESSES)
    options = parser.parse_args()
    for count in options.processes:
        with processes(count, options.postgres) as (urls, pids, size):
            asyncio.run(drive(urls, 4))
            before, held = size(), 0
            for users in USERS:
                load = asyncio.run(drive(urls, users))
                held += load.conversations
                memory = " + ".join(f"{resident(pid):.0f}" for pid in pids)
                print(
                    f"ours, {count} process{'es' * (count > 1):<2} {users:>4} users  {load}  {memory} MiB", flush=True
                )
            print(f"      {held} conversations, {(size() - before) / held / 1024:.1f} KiB each on disk", flush=True)
    if not options.no_stock:
        with StockRasa.prepare() as stock:
            for users in USERS:
                load = asyncio.run(drive([stock.url], users, only_questions=True))
                memory = " + ".join(f"{resident(pid):.0f}" for pid in stock.pids)
                print(f"stock Rasa       {users:>4} users  {load}  {memory} MiB", flush=True)


if __name__ == "__main__":
    main()
