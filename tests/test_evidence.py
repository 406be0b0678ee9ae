"""Evidence: taken in many forms, refused when it is a trick, sealed at rest, shown without what a camera adds."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from pathlib import Path
from sqlite3 import OperationalError
from urllib.parse import quote

import docx
import httpx
import pytest
from cryptography.fernet import Fernet
from PIL import Image

from casework.cases.case import CLOSED
from casework.cases.evidence import CHUNK, Evidence, EvidenceError, SealedWriter, checked_kind, opened, safe_name
from casework.cases.store import CaseStore
from casework.cases.views import shown_copy
from storage.encryption import Encryptor, load_encryptor
from storage.settings import ActionSettings
from tests.conftest import DATA, Server
from tests.officials import opened as opened_case
from tests.talk import Person

SUBMIT = "确认如实举报并提交"
LONG_FIELD = b'--x\r\ncontent-disposition: form-data; name="message"\r\n\r\n' + b"a" * 80_000
STORY = "我妈被一个叫金鼎财富的拉去投了20万"


def picture(kind: str = "PNG", gps: bool = False) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (40, 20), "white")
    exif = Image.Exif()
    if gps:
        exif[0x010F], exif[0x0112] = "SecretCamera", 6
        exif.get_ifd(0x8825)[1] = "N"
    image.save(out, kind, exif=exif)
    return out.getvalue()


def packed(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def word_file() -> bytes:
    out = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("合同")
    document.save(out)
    return out.getvalue()


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
WAV = (
    b"RIFF"
    + struct.pack("<I", 36)
    + b"WAVEfmt "
    + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    + b"data\0\0\0\0"
)
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 64


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (picture(), "截图.png", "png"),
        (picture("JPEG", gps=True), "照片.jpg", "jpg"),
        (picture(), "其实是png.jpg", "png"),
        (PDF, "合同.pdf", "pdf"),
        (word_file(), "合同.docx", "docx"),
        (WAV, "录音.wav", "wav"),
        (MP4, "视频.mp4", "mp4"),
        (packed({"聊天记录/1.txt": b"x"}), "材料.zip", "zip"),
    ],
)
def test_what_is_taken(content: bytes, name: str, kind: str) -> None:
    assert checked_kind(content, name) == kind


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "空.png", "空的"),
        (b"MZ" + b"\0" * 200, "发票.png", "程序"),
        (b"\x7fELF" + b"\0" * 200, "a", "程序"),
        (b"#!/bin/sh\nrm -rf /", "a.sh", "程序"),
        (b"<html><script>alert(1)</script>", "a.html", "网页"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg", "网页"),
        (picture()[:60], "断.png", "损坏"),
        (picture() + packed({"a.txt": b"x"}), "双.png", "藏有"),
        (picture()[:33] + b"%PDF-1.4" + picture()[33:], "双.png", "藏有"),
        (packed({"../../etc/passwd": b"x"}), "a.zip", "路径"),
        (packed({"/etc/passwd": b"x"}), "a.zip", "路径"),
        (packed({"C:\\a.txt": b"x"}), "a.zip", "路径"),
        (packed({"看图.jpg": b"MZ" + b"\0" * 200}), "a.zip", "程序"),
        (packed({"零.bin": b"\0" * 50_000_000}), "炸弹.zip", "过大"),
        (packed({f"{n}.txt": b"" for n in range(1001)}), "a.zip", "过大"),
        (packed({"a.txt": b"x"})[:-10], "a.zip", "损坏"),
    ],
)
def test_what_is_refused(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(EvidenceError, match=reason):
        checked_kind(content, name)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\张三\\合同.pdf", "合同.pdf"),
        ("<b>x</b>.png", "b_.png"),
        ("a\0b\n.png", "ab_.png"),
        ("", "文件"),
        ("...", "文件"),
        ("x" * 20 + "." + "y" * 79, "y" * 79),
    ],
)
def test_names_lead_nowhere(given: str, safe: str) -> None:
    assert safe_name(given) == safe


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_sealed_and_opened_again(tmp_path: Path, size: int) -> None:
    content = bytes(n % 251 for n in range(size))
    writer = SealedWriter(tmp_path, 10 * CHUNK)
    for start in range(0, size, 1000):
        writer.write(content[start : start + 1000])
    key, _ = writer.finish()
    assert b"".join(opened(tmp_path, writer.id, key)) == content
    if size > 1:  # one byte turns up anywhere
        assert content[:100] not in (tmp_path / writer.id).read_bytes()


def test_a_cut_or_changed_file_is_noticed(tmp_path: Path) -> None:
    writer = SealedWriter(tmp_path, 10 * CHUNK)
    writer.write(b"x" * 3 * CHUNK)
    key, _ = writer.finish()
    path = tmp_path / writer.id
    whole = path.read_bytes()
    for broken in (whole[: 2 * (CHUNK + 16)], whole[:-1], whole[:50] + bytes([whole[50] ^ 1]) + whole[51:]):
        path.write_bytes(broken)
        with pytest.raises(EvidenceError, match="损坏或被改动"):
            b"".join(opened(tmp_path, writer.id, key))


def test_handlers_see_pixels_only() -> None:
    content = picture("JPEG", gps=True)
    assert b"SecretCamera" in content
    shown = shown_copy(content, "jpg")
    assert b"SecretCamera" not in shown
    with Image.open(io.BytesIO(shown)) as image:
        assert not image.getexif()
        assert image.size == (20, 40)  # turned as the camera was held


def test_files_go_with_their_case(tmp_path: Path) -> None:
    store = CaseStore(tmp_path / "cases.db", Encryptor([Fernet.generate_key()]))
    draft = store.start("tip_off", "rest:甲", {})
    writer = SealedWriter(store.evidence_folder, CHUNK)
    writer.write(picture())
    store.add_evidence(draft, writer, "截图.png", most=1)
    again = SealedWriter(store.evidence_folder, CHUNK)
    again.write(WAV * 50)
    with pytest.raises(EvidenceError, match="最多上传 1 个文件"):
        store.add_evidence(draft, again, "录音.wav", most=1)
    assert len(list(store.evidence_folder.iterdir())) == 1
    store.delete_draft(draft, "rest:甲")
    assert list(store.evidence_folder.iterdir()) == []


def send(person: Person, content: bytes, name: str) -> httpx.Response:
    headers = {"x-sender": person.sender, "x-filename": quote(name)}
    url = f"{person.server.url}/webhooks/rest/evidence"
    return httpx.post(url, content=content, headers=headers, timeout=60)


@pytest.mark.parametrize("away_for", [1, 2], ids=["back at once", "away for longer"])
def test_a_file_whose_database_goes_away_while_it_commits_is_there_when_it_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away_for: int
) -> None:
    """What was committed holds: who hears nothing and sends it again is told of the file that is kept."""
    store = CaseStore(tmp_path / "cases.db", Encryptor([Fernet.generate_key()]))
    case = store.start("tip_off", "rest:甲", {})
    commit, read, tries = store._db.commit, store._read, iter(range(away_for))

    def away(*_: object) -> list[object]:
        if next(tries, None) is None:
            return read(*_)  # type: ignore[arg-type]
        raise OperationalError("the database has gone away")

    def committed_and_away() -> None:
        commit()
        monkeypatch.setattr(store, "_read", away)
        away()

    def sent() -> Evidence:
        with SealedWriter(store.evidence_folder, CHUNK) as writer:
            writer.write(picture())
        return store.add_evidence(case, writer, "照片.png", 30)

    with monkeypatch.context() as patch:
        patch.setattr(store._db, "commit", committed_and_away)
        with pytest.raises(OperationalError):
            sent()
    assert store.content_of(sent()) == picture()
    assert len(store.evidence(case)) == 1


def test_an_anonymous_report_with_a_photo(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    photo = picture("JPEG", gps=True)
    taken = send(person, photo, "../照片.jpg")
    assert taken.json() == {"text": "已收到 1 个文件：照片.jpg", "files": 1}
    refused = send(person, b"MZ" + b"\0" * 100, "看图.exe")
    assert refused.status_code == 422
    assert "程序文件" in refused.json()["error"]
    assert "20 MB" in send(person, b"x" * (20 * 2**20 + 70_000), "大.bin").json()["error"]
    assert "手头的证据：已上传 1 个文件：照片.jpg" in person.say("其余跳过")
    person.say(SUBMIT)
    receipt = person.custom["receipt"]
    store = CaseStore(DATA / "cases.db", load_encryptor(ActionSettings(data_dir=DATA)))
    case = store.by_receipt(receipt)
    assert case
    (kept,) = store.evidence(opened_case(server, store, case))
    assert store.content_of(kept) == photo
    for path in store.evidence_folder.iterdir():
        assert b"SecretCamera" not in path.read_bytes()


def test_the_receipt_page_takes_messages_and_files(server: Server) -> None:
    person = Person(server)
    person.say(STORY, "其余跳过", SUBMIT)
    receipt = person.custom["receipt"]
    url = f"{server.url}/tip-off"
    page = httpx.post(
        url,
        data={"receipt": receipt, "message": "又打来电话了"},
        files=[("file", ("录音.wav", WAV)), ("file", ("截图.png", picture()))],
        timeout=60,
    )
    assert "已收到" in page.text
    assert "又打来电话了" in page.text
    assert "录音.wav、截图.png" in page.text
    assert page.headers["cache-control"] == "no-store"
    refused = httpx.post(url, data={"receipt": receipt}, files=[("file", ("a.exe", b"MZ\0\x01" * 50))], timeout=60)
    assert "程序文件" in refused.text
    wrong = httpx.post(url, data={"receipt": "0000 0000 0000 0000", "message": "留着"}, timeout=60)
    assert wrong.status_code == 404
    assert "留着" in wrong.text


def test_the_limit_holds_for_a_body_that_hides_its_length(server: Server) -> None:
    person = Person(server)
    person.say(STORY)

    def endless() -> object:
        for _ in range(25):
            yield b"x" * 2**20

    headers = {"x-sender": person.sender, "x-filename": "a.bin"}
    answer = httpx.post(f"{server.url}/webhooks/rest/evidence", content=endless(), headers=headers, timeout=60)
    assert answer.status_code == 422
    assert "20 MB" in answer.json()["error"]
    assert re.search("第 \\d+/\\d+ 题", person.say("继续"))


def form_in_chunks(receipt: str, content: bytes, times: int) -> tuple[dict[str, str], object]:
    """A form with one file, sent without saying how long it is."""
    border = "----border"

    def body() -> object:
        yield f'--{border}\r\ncontent-disposition: form-data; name="receipt"\r\n\r\n{receipt}\r\n'.encode()
        yield f'--{border}\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'.encode()
        for _ in range(times):
            yield content
        yield f"\r\n--{border}--\r\n".encode()

    return {"content-type": f"multipart/form-data; boundary={border}"}, body()


def peak_memory(server: Server) -> int:
    """The most memory the server has ever had, in KiB."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1])  # type: ignore[index]


def test_without_a_receipt_nothing_that_is_sent_is_kept(server: Server) -> None:
    """Neither on disk nor in memory, however much it is."""
    httpx.get(f"{server.url}/tip-off", timeout=60)
    before, files = peak_memory(server), set((DATA / "evidence").glob("*"))
    headers, body = form_in_chunks("1111 2222 3333 4444", WAV * 1000, 19 * 2**20 // (len(WAV) * 1000))
    answer = httpx.post(f"{server.url}/tip-off", content=body, headers=headers, timeout=120)
    assert answer.status_code in (404, 429)
    assert set((DATA / "evidence").glob("*")) == files
    assert peak_memory(server) - before < 12_000


def test_a_file_of_a_form_is_counted_while_it_comes(server: Server) -> None:
    person = Person(server)
    person.say(STORY, "其余跳过", SUBMIT)
    headers, body = form_in_chunks(person.custom["receipt"], WAV * 1000, 24 * 2**20 // (len(WAV) * 1000))
    answer = httpx.post(f"{server.url}/tip-off", content=body, headers=headers, timeout=120)
    assert "文件超过 20 MB" in answer.text
    assert "已收到的文件" not in answer.text


def test_a_file_alone_for_a_closed_report_is_answered(server: Server) -> None:
    person = Person(server)
    person.say(STORY, "其余跳过", SUBMIT)
    receipt = person.custom["receipt"]
    store = CaseStore(DATA / "cases.db", load_encryptor(ActionSettings(data_dir=DATA)))
    case = store.by_receipt(receipt)
    assert case
    store.add_note(case, "handler", "已处理", "市工商局")
    store.set_status(case, CLOSED, "市工商局")
    answer = httpx.post(
        f"{server.url}/tip-off", data={"receipt": receipt}, files=[("file", ("录音.wav", WAV))], timeout=60
    )
    assert "已经办结，不能再补充" in answer.text
    assert store.evidence(case) == []
    assert "不能再补充" not in httpx.post(f"{server.url}/tip-off", data={"receipt": receipt}, timeout=60).text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"no form at all"),
        ("multipart/form-data", b"--x\r\n"),
        ("text/plain", b"receipt=1"),
        ("multipart/form-data; boundary=x", LONG_FIELD),
        ("application/x-www-form-urlencoded", b"receipt=" + b"1" * 80_000),
    ],
)
def test_what_is_no_form_is_refused_in_chinese(server: Server, kind: str, body: bytes) -> None:
    answer = httpx.post(f"{server.url}/tip-off", content=body, headers={"content-type": kind}, timeout=60)
    assert answer.status_code in (400, 404, 413, 429)
    assert "Traceback" not in answer.text
    assert any("一" <= char <= "龥" for char in answer.text)
