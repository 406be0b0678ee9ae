"""Files made so that looking at them takes for ever, or takes over who looks: each look is bounded and shut in."""

from __future__ import annotations

import io
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from bench.health_watch import watched_health
from casework.cases.evidence import (
    LONGEST_HEADER,
    MOST_BOUNDARIES,
    MOST_PIECES,
    MOST_UNPACKED,
    EvidenceError,
    checked,
)
from casework.cases.fetching import MOST_TEMPLATES
from tests.conftest import DATA, Server
from tests.test_evidence import packed

# On a machine that others use as well; without a bound each of these takes minutes.
LOOKED_AT_WITHIN = 5.0
MAIL = b"From: a@b.c\r\nTo: d@e.f\r\nSubject: x\r\n"
PIECES = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 300_000
DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(900))
PARAMETERS = b"Content-Type: text/plain" + b"; a=b" * 400_000 + b"\r\n\r\nx"
FOLDED = b"Content-Type: text/plain" + b";\r\n a=b" * 400_000 + b"\r\n\r\nx"


def nested() -> bytes:
    """Documents in an archive, none of them a bomb by itself; all together they unpack to gigabytes."""
    body = b"<a>" + b" " * 7_000_000 + b"</a>"
    document = packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": body, "word/pad": os.urandom(60_000)})
    return packed({f"{number}.docx": document for number in range(2 * MOST_UNPACKED // len(body))})


@pytest.mark.parametrize(
    "content",
    [MAIL + PIECES, MAIL + DEEP, MAIL + PARAMETERS, MAIL + FOLDED, nested()],
    ids=["300,000 pieces", "900 deep", "400,000 parameters", "400,000 folded", "an archive of small bombs"],
)
def test_what_would_take_for_ever_is_refused_at_once(content: bytes) -> None:
    started = time.thread_time()
    with pytest.raises(EvidenceError, match=r"太复杂|解开后过大"):
        checked(content)
    assert time.thread_time() - started < LOOKED_AT_WITHIN


def test_what_people_send_is_within_the_bounds() -> None:
    attachment = b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.4\r\n"
    mail = MAIL + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + attachment * 30 + b"--b--\r\n"
    assert checked(mail).kind == "eml"
    assert checked(MAIL + b"References: " + b"<a@b>\r\n " * 2000 + b"\r\n\r\nx").kind == "eml"
    document = packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>" * 1000})
    assert checked(packed({f"{number}.docx": document for number in range(400)})).kind == "zip"
    assert min(MOST_PIECES, MOST_BOUNDARIES, LONGEST_HEADER) > 30


def test_a_text_of_nothing_but_templates_is_flagged_without_a_search() -> None:
    content = b"{\\rtf1 " + b"\\*\\template " * 1_500_000 + b"}"
    started = time.thread_time()
    assert checked(content).flags == ("remote",)
    assert time.thread_time() - started < LOOKED_AT_WITHIN
    few = b"{\\rtf1 " + b"{\\*\\template normal}" * MOST_TEMPLATES + b"}"
    assert checked(few).flags == ()


def upload(server: Server, content: bytes, name: str) -> httpx.Response:
    headers = {"x-sender": uuid.uuid4().hex, "x-filename": quote(name)}
    return httpx.post(f"{server.url}/webhooks/rest/evidence", content=content, headers=headers, timeout=120)


def pixels(side: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (side, side)).save(out, "PNG")
    return out.getvalue()


def memory(server: Server) -> int:
    """KiB that the server itself holds."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_pictures_are_opened_in_a_process_that_is_shut_in(server: Server) -> None:
    """Eight of eighty million pixels at once: 1.9 GB unpacked, of which the server has nothing."""
    picture = pixels(8900)
    upload(server, pixels(40), "a.png")
    before = memory(server)
    with watched_health(server.url) as beside, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: upload(server, picture + bytes([n]), "a.png"), range(8)))
    assert {answer.status_code for answer in answers} == {200}, [answer.text[:100] for answer in answers]
    assert memory(server) - before < 100_000
    assert {status for _, status in beside} == {200}


def test_a_file_that_cannot_be_looked_at_in_time_is_refused_and_leaves_nothing(server: Server) -> None:
    before = set((DATA / "evidence").glob("*"))
    refused = upload(server, MAIL + PARAMETERS, "信.eml")
    assert refused.status_code == 422
    assert "太复杂" in refused.json()["error"]
    assert set((DATA / "evidence").glob("*")) == before
