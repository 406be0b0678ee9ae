"""A whole installation on loopback, to be attacked: our process, and PostgreSQL, Redis and nginx where they are asked
for; and the search for planted words in every byte that it has left on a disk."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import redis
from cryptography.fernet import Fernet

from bench.databases import OwnPostgres, OwnRedis
from bench.front import Nginx
from bench.serving import ROOT, Process, lend_built, wait_for
from bot.conversations import Conversations
from casework.cases.case import Case
from casework.cases.store import CaseStore
from casework.desk.account import Account, Role
from casework.desk.accounts import Accounts
from storage.database import StoreLocation
from storage.encryption import Encryptor

PASSWORD = "correct-horse-battery"
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
UNITS = {
    Role.OFFICIAL: "市公安局",
    Role.PETITION: "市信访局",
    Role.OFFICE: "市领导小组办公室",
    Role.ADMINISTRATOR: "市政府金融办",
    Role.CUSTODIAN: "市政府法制办",
}


class LoggingProcess(Process):
    """A process whose log is kept, with its limits on messages as they are set by default or by ``settings``."""

    def __init__(self, settings: dict[str, str], log: Path) -> None:
        super().__init__(settings)
        self._settings, self._log = settings, log

    def start(self) -> None:
        command = ["python", "-W", "ignore", "-m", "bot", "serve", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *command[1:]], cwd=ROOT, env=os.environ | self._settings, stdout=log, stderr=log
            )
        wait_for(f"{self.url}/webhooks/rest/")


# Runs a command of the assistant with settings, in a folder.
Runner = Callable[[dict[str, str], tuple[str, ...], Path], subprocess.CompletedProcess[str]]


def in_a_process_of_its_own(
    settings: dict[str, str], arguments: tuple[str, ...], folder: Path
) -> subprocess.CompletedProcess[str]:
    """``python -m bot`` as somebody types it."""
    command = [sys.executable, "-W", "ignore", "-m", "bot", *arguments]
    environment = os.environ | settings | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@dataclass
class Installation:
    """What runs, and the ways to it."""

    folder: Path
    key: bytes
    process: LoggingProcess
    settings: dict[str, str]
    postgres: OwnPostgres | None = None
    cache: OwnRedis | None = None
    nginx: Nginx | None = None
    planted: list[str] = field(default_factory=list)
    # Seconds that ``/healthz`` took when it was asked for the first time.
    first_health: float = 0.0
    # False where other work on the machine would be measured as well.
    timed: bool = True
    run: Runner = field(default=in_a_process_of_its_own)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return self.process.url

    def say(self, sender: str, *messages: str, **headers: str) -> dict[str, Any]:
        """Say something over REST; the last reply."""
        reply: dict[str, Any] = {}
        for message in messages:
            body = {"sender": sender, "message": message}
            answer = httpx.post(f"{self.url}/webhooks/rest/webhook", json=body, headers=headers, timeout=120)
            said = answer.json()
            reply = said[-1] if answer.status_code == httpx.codes.OK else {"text": said["error"], "custom": {}}
        return reply

    def reported(self, story: str, file: bytes = b"", called: str = "a.pdf", sender: str = "") -> tuple[str, str]:
        """Report something; its receipt and number."""
        sender = sender or uuid.uuid4().hex
        self.say(sender, story)
        if file:
            headers = {"x-sender": sender, "x-filename": quote(called)}
            httpx.post(f"{self.url}/webhooks/rest/evidence", content=file, headers=headers, timeout=60)
            self.say(sender, "继续")
        custom = self.say(sender, "其余跳过", "确认如实举报并提交").get("custom") or {}
        return str(custom.get("receipt")), str(custom.get("number"))

    def place(self, name: str) -> StoreLocation:
        return StoreLocation(self.data / f"{name}.db", self.settings.get("ASSISTANT_DATABASE_URL", ""))

    @contextmanager
    def cases(self) -> Iterator[CaseStore]:
        store = CaseStore(self.place("cases"), Encryptor([self.key]))
        try:
            yield store
        finally:
            store.close()

    def case_of(self, receipt: str) -> Case:
        with self.cases() as store:
            case = store.by_receipt(receipt)
        if case is None:
            raise LookupError("no case of that receipt")
        return case

    def kept_of(self, place: str) -> str:
        """All that the conversations hold of somebody, opened with the key."""
        conversations = Conversations(self.place("conversations"), Encryptor([self.key]))
        try:
            return json.dumps([conversations.load_events(place), conversations.turns(place)], ensure_ascii=False)
        finally:
            conversations.close()

    @contextmanager
    def accounts(self) -> Iterator[Accounts]:
        store = Accounts(self.place("accounts"), Encryptor([self.key]))
        try:
            yield store
        finally:
            store.close()

    def official(self, role: Role, unit: str = "") -> tuple[Account, Desk]:
        """An account as the command line makes it, and its browser, signed in."""
        with self.accounts() as accounts:
            account = accounts.add(uuid.uuid4().hex[:12], "周明", unit or UNITS[role], role)
            accounts.set_password(account, PASSWORD)
        desk = Desk(self.url)
        desk.post("/console/login", login=account.login, password=PASSWORD)
        desk.get("/console/me")
        return account, desk

    def command(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """``python -m bot`` beside the running process."""
        return self.run(self.settings | settings, arguments, self.folder)


class Desk:
    """A browser without script on the console."""

    def __init__(self, url: str) -> None:
        self.http, self.token = httpx.Client(base_url=url, timeout=120), ""

    def get(self, path: str) -> httpx.Response:
        return self._seen(self.http.get(path))

    def post(self, path: str, **form: str) -> httpx.Response:
        return self._seen(self.http.post(path, data={"form_token": self.token, **form}))

    def _seen(self, response: httpx.Response) -> httpx.Response:
        match = TOKEN.search(response.text) if "html" in response.headers.get("content-type", "") else None
        self.token = match[1] if match else self.token
        return response


@contextmanager
def installed(
    whole: bool, kind: type[LoggingProcess] = LoggingProcess, run: Runner = in_a_process_of_its_own
) -> Iterator[Installation]:
    """An installation for a while: with ``whole`` on PostgreSQL and Redis behind nginx, else on SQLite alone.

    Args:
        kind: how its process is started.
        run: how commands beside it are.
    """
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="installation-")))
        folder.chmod(0o755)
        (folder / "data").mkdir(mode=0o700)
        lend_built(folder / "data")
        key = Fernet.generate_key()
        settings = {"ASSISTANT_DATA_DIR": str(folder / "data"), "ASSISTANT_ENCRYPTION_KEY": key.decode()}
        settings |= {"ASSISTANT_TRUST_PROXY": "true", "ASSISTANT_REPORTS_PER_HOUR": "1000"}
        settings |= {"ASSISTANT_AUDIT_ANCHOR": str(folder / "anchor.txt")}
        (folder / "tmp").mkdir(mode=0o700)  # searched as well: whatever a library puts aside
        settings |= {"TMPDIR": str(folder / "tmp")}
        postgres = cache = nginx = None
        if whole:
            postgres, cache = OwnPostgres(), OwnRedis()
            opened.callback(postgres.close)
            opened.callback(cache.stop)
            settings |= {"ASSISTANT_DATABASE_URL": postgres.url, "ASSISTANT_REDIS_URL": cache.url}
        process = kind(settings, folder / "server.log")
        opened.callback(process.kill)
        process.start()
        with httpx.Client(base_url=process.url, timeout=120) as client:
            started = time.perf_counter()
            client.get("/healthz")
            first = time.perf_counter() - started
        if whole:
            (folder / "nginx").mkdir(mode=0o755)
            nginx = Nginx(folder / "nginx", [process.port])
            nginx.start()
            opened.callback(nginx.stop)
        yield Installation(folder, key, process, settings, postgres, cache, nginx, first_health=first, run=run)


def spellings(word: str) -> list[bytes]:
    """A word in the forms that programs write words in; of base 64 the part that does not depend on what is before."""
    plain = word.encode()
    escaped = json.dumps(word)[1:-1].encode()
    coded = [base64.b64encode(b"x" * shift + plain)[4 if shift else 0 : -4] for shift in range(3)]
    forms = [
        plain,
        escaped,
        word.encode("utf-16-le"),
        word.encode("gb18030"),
        quote(word).encode(),
        plain.hex().encode(),
    ]
    return [form for form in dict.fromkeys([*forms, *coded]) if len(form) >= 4]


def left_on_disk(installation: Installation) -> list[str]:
    """Where a planted word can be read: in files, logs, database files and dumps, what Redis holds and would save."""
    wanted = {form: word for word in installation.planted for form in spellings(word)}
    found, searched = [], 0
    for name, content in _all_that_is_kept(installation):
        searched += 1
        found += [f"{word!r} in {name}" for form, word in wanted.items() if form in content]
    if not searched:
        raise LookupError("nothing was searched")
    return sorted(set(found))


def _all_that_is_kept(installation: Installation) -> Iterator[tuple[str, bytes]]:
    folders = [installation.folder]
    if installation.postgres:
        folders.append(installation.postgres.folder)
        program = ["pg_dump", "--dbname", installation.postgres.url]
        yield "pg_dump", subprocess.run(program, capture_output=True, check=True).stdout
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and not _is_built(path, installation.data):
                yield str(path.relative_to(folder)), path.read_bytes()
    if installation.cache:
        client = redis.Redis.from_url(installation.cache.url)
        for key in client.scan_iter("*"):
            yield f"redis {key!r}", bytes(key) + b" " + bytes(client.dump(key) or b"")


def _is_built(path: Path, data: Path) -> bool:
    """What is made from the program's sources is the same for all."""
    return any(path.is_relative_to(data / name) for name in ("knowledge", "models", "cache"))
