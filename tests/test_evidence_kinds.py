"""Every kind of file: taken or refused by what is in it, named so that it runs nowhere, shown where a browser can."""

from __future__ import annotations

import io
import re
from collections import Counter

import pytest
from PIL import Image
from pypdf import PdfReader

from casework.cases.evidence import EvidenceError, checked, named
from casework.cases.file_formats import ARCHIVES, FILE_FORMATS, FILM, PAPERS, PICTURES, SOUND
from casework.cases.views import FORMATS, view_of, words_of_mail
from tests.conftest import ROOT
from tests.evidence_files import (
    REFUSED,
    TAKEN,
    VCARD,
    Made,
    compound,
    mail,
    packed,
    pages,
    saved,
    text_pdf,
    word_file,
)


@pytest.mark.parametrize(("kind", "name", "made"), TAKEN, ids=[f"{kind}-{name}" for kind, name, _ in TAKEN])
def test_what_is_taken(kind: str, name: str, made: Made) -> None:
    found = checked(made())
    assert found.kind == kind
    ending = named(name, found.kind).rpartition(".")[2].lower()
    own = {FILE_FORMATS[kind].id, *FILE_FORMATS[kind].endings}
    assert ending in own or (kind in PICTURES and ending in {e for k in PICTURES.values() for e in (k.id, *k.endings)})


@pytest.mark.parametrize(("why", "name", "made"), REFUSED, ids=[f"{why}-{name}" for why, name, _ in REFUSED])
def test_what_is_refused(why: str, name: str, made: Made) -> None:
    with pytest.raises(EvidenceError, match=why):
        checked(made())


def test_every_kind_was_tried_and_the_table_says_how_often() -> None:
    tried = Counter(kind for kind, _, _ in TAKEN)
    assert set(tried) >= set(FILE_FORMATS) - {"location", "link", "forwarded"}
    table = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    for title, kinds in (
        ("pictures", PICTURES),
        ("sound", SOUND),
        ("film", FILM),
        ("papers", PAPERS),
        ("archives", ARCHIVES),
    ):
        count = sum(tried[kind] for kind in kinds)
        assert re.search(rf"\| {title} \|.*\| {count} \| {count} \|", table), (title, count)
    assert re.search(rf"\| not taken \|.*\| {len(REFUSED)} \| {len(REFUSED)} \|", table), len(REFUSED)


@pytest.mark.parametrize(
    ("given", "kind", "kept"),
    [
        ("看图.exe", "png", "看图.exe.png"),
        ("说明.bat", "txt", "说明.bat.txt"),
        ("www.jinding.com", "jpg", "www.jinding.com.jpg"),
        ("微信图片 12:30:05", "jpg", "微信图片 12_30_05.jpg"),
        ("照片.jpg", "png", "照片.jpg"),
        ("照片.jpg", "heic", "照片.jpg"),
        ("语音.amr", "silk", "语音.amr"),
        ("流水.csv", "txt", "流水.csv"),
        ("位置 涧西区", "location", "位置 涧西区.txt"),
        ("x" * 90 + ".scr", "pdf", "x" * 72 + ".scr.pdf"),
        ("", "mp3", "文件.mp3"),
    ],
)
def test_a_name_ends_as_its_content_is(given: str, kind: str, kept: str) -> None:
    assert named(given, kind) == kept
    assert named(kept, kind) == kept


@pytest.mark.parametrize(
    ("made", "flags"),
    [
        (word_file, ()),
        (lambda: word_file(word__vbaProject_bin=b"\0"), ("macros",)),
        (lambda: word_file(word__embeddings__ole1_bin=b"x"), ("embedded",)),
        (lambda: compound("WordDocument", "Macros", "_VBA_PROJECT"), ("macros",)),
        (lambda: compound("Workbook"), ()),
        (lambda: rb"{\rtf1 {\object\objdata 00}}", ("embedded",)),
        (lambda: text_pdf() + b"\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj", ("script",)),
        (text_pdf, ()),
        (lambda: b"Rar!\x1a\x07\x01\0" + b"\0" * 20, ("unopened",)),
    ],
)
def test_what_officials_are_warned_of(made: Made, flags: tuple[str, ...]) -> None:
    assert checked(made()).flags == flags


@pytest.mark.parametrize(
    ("kind", "made"),
    [(kind, made) for kind, _, made in TAKEN if kind in PICTURES],
    ids=[name for kind, name, _ in TAKEN if kind in PICTURES],
)
def test_every_picture_is_shown_as_pixels_that_a_browser_knows(kind: str, made: Made) -> None:
    shown, media = view_of(made(), kind)
    if media == "application/pdf":
        assert kind == "tiff" and len(PdfReader(io.BytesIO(shown)).pages) == 3
        return
    with Image.open(io.BytesIO(shown)) as image:
        image.load()
        assert image.format in {*FORMATS.values(), "MPO"} and image.size == (64, 48)
        assert not image.getexif()
    assert media == FILE_FORMATS[kind].media


def test_a_red_corner_stays_red_through_every_conversion() -> None:
    for form, kind in (("HEIF", "heic"), ("AVIF", "avif"), ("TIFF", "tiff")):
        shown, _ = view_of(saved(form)(), kind)
        with Image.open(io.BytesIO(shown)) as image:
            red, green, blue = image.convert("RGB").getpixel((15, 12))
            assert red > 180 and green < 80 and blue < 80, form


def test_texts_are_shown_as_they_read() -> None:
    for kind, name, made in TAKEN:
        if kind == "txt" and "聊天记录" in name:
            shown, media = view_of(made(), kind)
            assert "保本保息" in shown.decode() and media.startswith("text/plain")
    assert "张经理" in view_of(VCARD.encode(), "contact")[0].decode()
    for letter in (mail(), mail(encoding="gb18030"), mail(html=True)):
        read = words_of_mail(letter)
        assert "主题：投资邀请" in read and "鼎盛普惠年化18%" in read and "<p>" not in read
    assert "附件：合同.pdf" in words_of_mail(mail(b"x"))


@pytest.mark.parametrize("kind", ["heic", "avif", "tiff", "jpg", "txt"])
def test_what_cannot_be_shown_says_so(kind: str) -> None:
    content = {"heic": saved("HEIF")()[:300], "tiff": pages()()[:40]}.get(kind, b"\xff\xd8\xff\0\0\0\0")
    with pytest.raises(EvidenceError, match="请下载原件"):
        view_of(content, kind)


def remote_word(target: str, kind: str = "attachedTemplate") -> bytes:
    """A document that fetches its template, or a picture, when it is opened."""
    place = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    one = f'<Relationship Id="a" Type="{place}/{kind}" Target="{target}" TargetMode="External"/>'
    listed = f'<Relationships xmlns="r">{one}</Relationships>'
    parts = {
        "[Content_Types].xml": b"<Types/>",
        "word/document.xml": b"<d/>",
        "word/_rels/settings.xml.rels": listed.encode(),
    }
    return packed(parts)


FETCHING = remote_word("https://track.example/a.dotm")


@pytest.mark.parametrize(
    ("content", "flags"),
    [
        (FETCHING, ("remote",)),
        (remote_word("https://track.example/a.png", "image"), ("remote",)),
        (remote_word("https://example.cn/", "hyperlink"), ()),
        (packed({"合同.docx": FETCHING}), ("remote",)),
        (packed({"页面.txt": "<!doctype html><html>活动".encode()}), ("web_page",)),
        (packed({"页面.html": b"text"}), ("web_page",)),
        (packed({"再包.zip": packed({"a.txt": b"a"})}), ("nested",)),
        (packed({"a.tar.gz": b"\x1f\x8b\x08\0" + b"\0" * 20}), ("nested",)),
        (packed({"a.txt": "聊天记录".encode()}), ()),
        (rb"{\rtf1{\*\template http://track.example/a.dotm}x}", ("remote",)),
        (rb"{\rtf1{\field{\*\fldinst INCLUDEPICTURE \\\\track.example\\a}}}", ("remote",)),
    ],
    ids=[
        "template",
        "picture",
        "link",
        "in a zip",
        "page",
        "ending",
        "nested",
        "nested tar",
        "plain",
        "rtf",
        "rtf field",
    ],
)
def test_what_would_tell_on_whoever_opens_it_is_said(content: bytes, flags: tuple[str, ...]) -> None:
    assert checked(content).flags == flags
