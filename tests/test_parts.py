"""Chat, receipt page and console in processes of their own: each has its routes and no others; readers are shut in."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import httpx
import pytest
from cryptography.fernet import Fernet
from starlette.testclient import TestClient

from bot.sandbox import PR_SET_DUMPABLE, close_to_others
from bot.settings import Part, Settings
from bot.web.app import create_app
from bot.workers import Worker
from casework.cases.copies import copy_of
from casework.cases.ocr import words_of
from tests.conftest import DATA, QuickServer, Server, server_of_its_own
from tests.evidence_files import WORDS, film, mail, scan, screenshot, word_file
from tests.officials import without_agent

# Path, and the parts in which it is there.
WHERE: dict[str, set[str]] = {
    "/": {"all", "chat"},
    "/plan": {"all", "chat"},
    "/my-data": {"all", "chat"},
    "/webhooks/rest/": {"all", "chat"},
    "/openapi.json": {"all", "chat"},
    "/quiet": {"all", "chat"},
    "/icons/icon.svg": {"all", "chat", "intake"},
    "/tip-off": {"all", "intake"},
    "/console/login": {"all", "console"},
    "/console/cases": {"all", "console"},
    "/static/site.css": {"all", "chat", "intake", "console"},
    "/healthz": {"all", "chat", "intake", "console", "upkeep"},
}


@pytest.mark.parametrize("part", get_args(Part))
def test_a_part_has_its_own_routes_and_no_others(server: Server, part: Part) -> None:
    settings = Settings(data_dir=DATA, serves=part)
    assistant = without_agent(settings)
    client = TestClient(create_app(assistant), raise_server_exceptions=False, follow_redirects=False)
    found = {path: client.get(path).status_code != httpx.codes.NOT_FOUND for path in WHERE}
    assert found == {path: part in parts for path, parts in WHERE.items()}


def test_the_console_starts_without_a_model(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("console")
    with server_of_its_own(folder, QuickServer, serves="console") as console:
        assert httpx.get(f"{console.url}/console/login").status_code == 200
        assert (
            httpx.post(f"{console.url}/webhooks/rest/webhook", json={"sender": "a", "message": "b"}).status_code == 404
        )
        assert "训练" not in console.log.read_text()


# What a decoder that was taken over would want -------------------------------------------------------------------


def calls_home() -> str:
    with socket.socket() as line:
        line.connect(("127.0.0.1", 9))
    return "connected"


def starts_a_program() -> str:
    return subprocess.run(["/bin/true"], check=False).args


def becomes_a_program() -> str:
    os.execv("/bin/true", ["true"])


def looks_into_another() -> str:
    library = ctypes.CDLL(None, use_errno=True)
    if library.ptrace(16, os.getppid(), 0, 0) != 0:  # PTRACE_ATTACH
        raise OSError(ctypes.get_errno(), "not attached")
    return "attached"


def talks_within_the_machine() -> str:
    with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(FileNotFoundError):
        line.connect("/nowhere")
    return "connected"


def lets_a_program_call_home() -> str:
    """What a program that the reader starts is told."""
    command = [sys.executable, "-c", "import socket; socket.socket().connect(('127.0.0.1', 9))"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stderr


@pytest.mark.parametrize("act", [calls_home, starts_a_program, becomes_a_program])
def test_a_reader_that_was_taken_over_reaches_nothing(act: object) -> None:
    async def asked() -> None:
        worker = Worker(sandboxed=True)
        try:
            with pytest.raises(PermissionError):
                await worker.made(act)  # type: ignore[arg-type]
        finally:
            worker.close()

    asyncio.run(asked())


@pytest.mark.parametrize("act", [calls_home, looks_into_another])
def test_a_reader_of_documents_that_was_taken_over_reaches_no_network(act: Callable[[], str]) -> None:
    """It needs programs (LibreOffice for a .doc, recognition for a scan), which are shut in with it."""

    async def asked(said: Callable[..., object], *values: object) -> object:
        worker = Worker(sandboxed=True, programs=True)
        try:
            return await worker.made(said, *values)
        finally:
            worker.close()

    assert asyncio.run(asked(starts_a_program)) == ["/bin/true"]
    assert asyncio.run(asked(talks_within_the_machine)) == "connected"
    with pytest.raises(PermissionError):
        asyncio.run(asked(act))
    assert "PermissionError" in str(asyncio.run(asked(lets_a_program_call_home)))


def test_a_reader_still_reads_and_copies_all_it_should() -> None:
    """Pictures with recognition, scans, films, mails and documents: none of them needs what is refused."""

    async def read() -> tuple[str, str, list[int]]:
        worker = Worker(sandboxed=True)
        try:
            seen, scanned = (
                await worker.made(words_of, screenshot(), "png"),
                await worker.made(words_of, scan(), "pdf"),
            )
            copies = [
                len((await worker.made(copy_of, content, kind))[0])
                for content, kind in (
                    (screenshot(), "png"),
                    (film(".mp4", "mp4v")(), "mp4"),
                    (mail(), "eml"),
                    (word_file(), "docx"),
                    (scan(), "pdf"),
                )
            ]
            return seen, scanned, copies
        finally:
            worker.close()

    seen, scanned, copies = asyncio.run(read())
    assert WORDS[0] in seen and WORDS[0] in scanned
    assert all(copies)


# What a part that was taken over would want of the others --------------------------------------------------------


def as_another_account(act: Callable[[], bool]) -> bool:
    """What an act of a process comes to that has another account of the system, where we may change it."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            os.write(writing, b"y" if act() else b"n")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        return said.read() == b"y"


def reads_another(closed: bool) -> bool:
    """Whether a process reads the environment of another of its account."""
    ready, done = os.pipe(), os.pipe()
    if not (other := os.fork()):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # as a process has it that began with this account
        if closed:
            close_to_others()
        os.write(ready[1], b".")
        os.read(done[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    try:
        return bool(Path(f"/proc/{other}/environ").read_bytes())
    except PermissionError:
        return False
    finally:
        os.write(done[1], b".")
        os.waitpid(other, 0)


def test_a_part_reads_no_settings_of_another() -> None:
    assert as_another_account(lambda: reads_another(closed=False)), "else this would hold nothing"
    assert not as_another_account(lambda: reads_another(closed=True))


def children(process: int) -> list[int]:
    """What a process has started."""
    lists = (path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children"))
    return [int(child) for listed in lists for child in listed.split()]


def test_what_we_start_is_given_no_key(tmp_path: Path) -> None:
    """A decoder that was taken over could else tell the key as words that it read in a picture."""
    key = Fernet.generate_key().decode()
    given = {"ENCRYPTION_KEY": key, "LLM_KEY": "a-key-of-the-city's-model"}
    with server_of_its_own(tmp_path, Server, **{name.lower(): value for name, value in given.items()}) as server:
        assert key.encode() in Path(f"/proc/{server.pid}/environ").read_bytes(), "else this would hold nothing"
        headers = {"x-sender": uuid.uuid4().hex, "x-filename": "a.png"}
        body = {"sender": headers["x-sender"], "message": "有个叫永昌理财的骗了我5万元"}
        assert httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=60).status_code == 200
        sent = httpx.post(f"{server.url}/webhooks/rest/evidence", content=screenshot(), headers=headers, timeout=60)
        assert sent.status_code == 200, sent.text
        started = children(server.pid)
        assert started, "a file is looked at in a process of its own"
        for process in started:
            environment = Path(f"/proc/{process}/environ").read_bytes()
            assert [name for name, value in given.items() if value.encode() in environment] == []
