"""One server for all scenes, on a data folder of its own, and servers of their own for scenes that need one."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

# Until all tests are collected, nothing that is imported goes away again.
gc.disable()
ROOT = Path(__file__).resolve().parent.parent
BUILT_IN = ROOT / "var" / "test"
# What is made from the program's sources alone, and can be lent to another data folder.
BUILT = ("knowledge", "models", "cache")
WORKER = os.environ.get("PYTEST_XDIST_WORKER")
DATA = ROOT / "var" / f"test-{WORKER}" if WORKER else BUILT_IN
os.environ["ASSISTANT_DATA_DIR"] = str(DATA)
# Tests share a machine's cores: threads of one that wait for each other take them from the others. Before any library
# that counts the cores is loaded.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
# All that they speak to is on this machine and needs no authority's certificate; reading those of the world takes 25 ms
# a client.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = os.devnull
# All scenes come from one address.
# Scenes at an address over https are about something else; where keys are wanted stands in test_security_keys.
os.environ["ASSISTANT_SECURITY_KEYS_REQUIRED"] = "false"
os.environ |= {"ASSISTANT_SENDER_WORK_SECONDS": "100000", "ASSISTANT_ADDRESS_WORK_SECONDS": "100000"}

from bench.databases import free_port  # noqa: E402

# Before anything imports ``bot``, which shuts off parts of torch that teaching and building load.
from knowledge.base import KnowledgeBase  # noqa: E402
from knowledge.build import open_knowledge  # noqa: E402
from knowledge.documents import Document, load_plan  # noqa: E402
from knowledge.settings import KnowledgeSettings  # noqa: E402
from nlu.training import prepare  # noqa: E402
from storage.database import StoreLocation  # noqa: E402
from storage.postgres import PostgresDatabase  # noqa: E402
from tests import forks  # noqa: E402
from tests.bot_api import BotApi  # noqa: E402
from tests.cheap_hashing import hash_cheaply  # noqa: E402
from tests.postgres import Databases  # noqa: E402
from tests.quick_builds import read_once  # noqa: E402
from tests.quick_disks import write_without_waiting  # noqa: E402
from tests.tencent import Oracle, Tencent  # noqa: E402

hash_cheaply()
read_once()
write_without_waiting()

STARTS_WITHIN, ENDS_WITHIN = 240, 600
TODAY = "2016-10-13"


def lend_built(folder: Path) -> None:
    """Let a data folder have what is built; what is not there yet is made through the link, for all."""
    for built in BUILT:
        (BUILT_IN / built).mkdir(parents=True, exist_ok=True)
        if not (folder / built).exists():
            (folder / built).symlink_to(BUILT_IN / built)


if WORKER:  # one of several processes that share out the test files: a server and a data folder of its own
    DATA.mkdir(parents=True, exist_ok=True)
    lend_built(DATA)


class Server:
    """A running assistant, started as a user starts it.

    ``restart`` stops it without warning and starts it again on the same data.
    """

    def __init__(self, log: Path, **settings: str) -> None:
        self.log, self.settings = log, settings
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = os.environ | {f"ASSISTANT_{key.upper()}": value for key, value in self.settings.items()}
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "bot", "serve", "--port", str(self.port)]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self._wait()

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def _alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _wait(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and self._alive():
            try:
                if httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"the server did not start:\n{self.log.read_text()[-3000:]}")

    def says_of_itself(self, status: int) -> bool:
        """Whether ``/healthz`` comes to answer so: what it knows may be a second old."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if httpx.get(f"{self.url}/healthz", timeout=30).status_code == status:
                return True
            time.sleep(0.1)
        return False

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()


class QuickServer(Server):
    """A server forked from a process that has the imports and the knowledge base in memory (``warm.py``)."""

    def start(self) -> None:
        environment = {f"ASSISTANT_{key.upper()}": value for key, value in self.settings.items()}
        arguments = ("serve", "--port", str(self.port))
        self.fork = forked(environment, arguments, self.log, self.log)
        self._wait()

    @property
    def pid(self) -> int:
        assert self.fork.pid
        return self.fork.pid

    def _alive(self) -> bool:
        return self.fork.is_alive()

    def kill(self) -> None:
        if hasattr(self, "fork"):
            self.fork.kill()
            self.fork.join()


AnyServer = TypeVar("AnyServer", bound=Server)


@contextmanager
def server_of_its_own(folder: Path, kind: type[AnyServer], **settings: str) -> Iterator[AnyServer]:
    """A server with its own cases, accounts and conversations, beside the knowledge that is built already."""
    build_once()
    lend_built(folder)
    server = kind(folder / "server.log", data_dir=str(folder), today=TODAY, **settings)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@cache
def build_once() -> None:
    """Have the knowledge base and the model, by the first who needs them."""
    prepare(KnowledgeSettings(data_dir=DATA))


@cache
def forkserver() -> ForkServerContext:
    """The process that servers and commands are forked from; it has in memory what was built."""
    build_once()
    return forks.parent_of_all(BUILT_IN / "forks" / os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())))


def forked(
    environment: dict[str, str],
    arguments: tuple[str, ...],
    out: Path,
    err: Path,
    folder: Path = ROOT,
    program: str = "bot",
) -> ForkServerProcess:
    """``python -m bot``, or another program, in a process that has done the imports already."""
    context, environment = forkserver(), {"ASSISTANT_DATA_DIR": str(DATA), **environment}
    process = context.Process(
        target=forks.run, args=(environment, arguments, str(out), str(err), str(folder), program), daemon=True
    )
    process.start()
    return process


def command(
    environment: dict[str, str], *arguments: str, folder: Path = ROOT, program: str = "bot"
) -> subprocess.CompletedProcess[str]:
    """What ``python -m bot`` says and returns; one test of each command line is enough to show that it starts."""
    with tempfile.TemporaryDirectory() as written:
        out, err = Path(written) / "out", Path(written) / "err"
        process = forked(environment, arguments, out, err, folder, program)
        try:
            process.join(ENDS_WITHIN)
            said = [path.read_text(encoding="utf-8") if path.exists() else "" for path in (out, err)]
            assert process.exitcode is not None, f"{program} {arguments} did not end: {said}"
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, process.exitcode, *said)


# Files that take longest begin first, so that no process waits for another in the end. The first file builds the
# knowledge base, which takes minutes, and has tests enough that its process is given no second one meanwhile: what the
# others are given then needs nothing of it.
NEEDS_NO_KNOWLEDGE = (
    "test_properties", "test_reading", "test_teaching", "test_accounts", "test_evidence_kinds", "test_bulk_encoding",
    "test_counting", "test_at_once", "test_conversations", "test_telegram_evidence", "test_house", "test_clusters",
    "test_retention", "test_drafting", "test_directory", "test_clauses", "test_facts", "test_audit_acts",
)  # fmt: skip
FIRST = (
    "test_faults", "test_fuzz", *NEEDS_NO_KNOWLEDGE, "test_onion", "test_first_words", "test_environment",
    "test_invented_city", "test_console", "test_telegram_faults", "test_chat_page", "test_desk_page", "test_wecom",
    "test_rights", "test_service_account", "test_channel_faults", "test_papers_in_faults", "test_wechat",
    "test_channels", "test_plan_page", "test_load",
    "test_attack", "test_switching", "test_telegram", "test_backup", "test_intake", "test_deployment",
    "test_several_processes", "test_awkward_answers", "test_personal_data", "test_cities", "test_holdings",
    "test_threads", "test_large_index", "test_killed", "test_under_way",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked ``both_databases`` runs on each, but for what is about the file itself."""
    marked = metafunc.definition.get_closest_marker
    if marked("both_databases") and not marked("about_the_file"):
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """PostgreSQL's, for stores in this process."""
    kept = Databases()
    yield kept
    kept.close()


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, databases: Databases) -> Iterator[str]:
    """With ``postgresql``, a store that is opened at a path in this process is kept there; one database a folder."""
    kind = getattr(request, "param", "sqlite")
    with ExitStack() as opened:
        if kind == "postgresql":
            urls: dict[Path, str] = {}

            def place(self: StoreLocation, synchronous: str, durable: bool = True) -> PostgresDatabase:
                if self.path.parent not in urls:
                    urls[self.path.parent] = opened.enter_context(databases.one())
                return PostgresDatabase(urls[self.path.parent], self.path.stem)

            monkeypatch.setattr(StoreLocation, "opened", place)
        yield kind


@pytest.fixture(scope="session")
def settings() -> KnowledgeSettings:
    return KnowledgeSettings(data_dir=DATA)


@pytest.fixture(scope="session")
def plan() -> Document:
    return load_plan()


@pytest.fixture(scope="session")
def knowledge(settings: KnowledgeSettings) -> KnowledgeBase:
    return open_knowledge(settings)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    for kept in [*DATA.glob("*.db*"), *DATA.glob("added_questions.jsonl")]:
        kept.unlink()
    running = QuickServer(
        tmp_path_factory.mktemp("server") / "server.log",
        data_dir=str(DATA),
        today=TODAY,
        messages_per_minute="200",
        address_messages_per_minute="100000",
        reports_per_hour="100000",
    )
    try:
        running.start()
        yield running
    finally:
        running.kill()


Say = Callable[..., dict[str, Any]]


@pytest.fixture
def say(server: Server) -> Say:
    """Say something in this test's own conversation; returns the turn's reply with its job and clauses."""
    sender = uuid.uuid4().hex

    def _say(message: str, sender: str = sender) -> dict[str, Any]:
        body = {"sender": sender, "message": message}
        answer = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        replies = answer.json()
        assert len(replies) == 1
        assert replies[0]["recipient_id"] == sender
        custom = replies[0]["custom"]
        clauses = [citation["clause"] for citation in custom["citations"]]
        return {**replies[0], "job": custom["job"], "clauses": clauses, "citations": custom["citations"]}

    return _say


@pytest.fixture(scope="session")
def oracle() -> Iterator[Oracle]:
    """Tencent's own encryption of callbacks."""
    if not Oracle.there():
        pytest.skip("没有 Node 或 @wecom/crypto（见 tests/prepare_machine.sh）")
    started = Oracle()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def tencent() -> Iterator[Tencent]:
    """The far end of 公众号, 企业微信 and 微信客服."""
    started = Tencent()
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def api() -> Iterator[BotApi]:
    """The far end of Telegram."""
    started = BotApi()
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Chromium's headless shell where it is installed: the same engine without the windows, tabs and extensions around
    it, which take four times as long to open a page."""
    found = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
    if not found:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing in CI, where nothing may be skipped")
        pytest.skip("没有 chromium，浏览器测试跳过")
    return found
