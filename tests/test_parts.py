"""Chat, receipt page and console in processes of their own: each has its routes and no others; readers are shut in."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess

import httpx
import pytest
from starlette.testclient import TestClient

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
    "/quiet": {"all", "chat", "intake"},
    "/tip-off": {"all", "intake"},
    "/console/login": {"all", "console"},
    "/console/cases": {"all", "console"},
    "/healthz": {"all", "chat", "intake", "console"},
}


@pytest.mark.parametrize("part", ["all", "chat", "intake", "console"])
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
