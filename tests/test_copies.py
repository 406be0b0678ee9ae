"""Units that help with a case see what is theirs to see: no other unit's numbers, no authors, no names of files."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from urllib.parse import quote

import av
import fpdf
import httpx
import openpyxl
import pypdf
import pytest
from docx import Document
from openpyxl.comments import Comment
from PIL import Image

from casework.cases.copies import LISTED, copy_of, seen_copy
from casework.cases.evidence import EvidenceError
from casework.cases.file_formats import detect_format
from casework.desk.account import Role
from tests.conftest import Server
from tests.evidence_files import Made, compound, film, mp3, packed, sound_wav
from tests.officials import Official
from tests.talk import Person
from tests.test_tip_off import SUBMIT
from tests.voices import amr, lasts

AUTHOR = "王铁柱"


def word() -> bytes:
    document, out = Document(), io.BytesIO()
    document.add_paragraph("借款合同")
    document.core_properties.author = document.core_properties.last_modified_by = AUTHOR
    document.add_comment(document.paragraphs[0].runs, text="看这里", author=AUTHOR, initials=AUTHOR)
    picture = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(
        picture, "JPEG", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00GPS-" + b"x" * 9
    )
    document.add_picture(picture)
    document.save(out)
    return out.getvalue()


def sheet() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.properties.creator = AUTHOR
    book.active["A1"] = "转账"
    book.active["A1"].comment = Comment("看这里", AUTHOR)
    book.save(out)
    return out.getvalue()


def pdf() -> bytes:
    writer, out = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Author": AUTHOR, "/Title": AUTHOR})
    writer.add_attachment("a.txt", AUTHOR.encode())
    writer.write(out)
    return out.getvalue()


def held(content: bytes) -> bytes:
    """What is in a file, unpacked."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize(("content", "kind", "kept"), [(word(), "docx", "借款合同"), (sheet(), "xlsx", "转账")])
def test_office_documents_lose_their_authors_and_nothing_else(content: bytes, kind: str, kept: str) -> None:
    assert AUTHOR.encode() in held(content)
    copy, same = copy_of(content, kind)
    assert same == kind
    assert AUTHOR.encode() not in held(copy) and b"GPS-" not in held(copy)
    assert kept.encode() in held(copy)
    if kind == "docx":
        assert Document(io.BytesIO(copy)).paragraphs[0].text == "借款合同"
    else:
        assert openpyxl.load_workbook(io.BytesIO(copy)).active["A1"].value == "转账"


def test_a_pdf_is_its_pages() -> None:
    read = pypdf.PdfReader(io.BytesIO(copy_of(pdf(), "pdf")[0]))
    assert len(read.pages) == 1
    assert not (read.metadata or {}).get("/Author") and not read.attachments


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"RIFF\x04\0\0\0WAVE", "wav"),
        (b"PK\x03\x04", "docx"),
        (b"%PDF-1.4", "pdf"),
        (b"x", "zip"),
        (b"{\\rtf1{\\info{\\author x}", "rtf"),
        (compound("WordDocument"), "doc"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
    ],
)
def test_what_cannot_be_cleaned_is_not_given(content: bytes, kind: str) -> None:
    with pytest.raises(EvidenceError, match="申请调取"):
        copy_of(content, kind)


def exif() -> bytes:
    out = io.BytesIO()
    told = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00GPS-HERE"
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", exif=told)
    return out.getvalue()


def scanned_pdf() -> bytes:
    """A photograph in a PDF, as telephones make them, with all that the camera wrote."""
    out = io.BytesIO()
    document = fpdf.FPDF()
    document.add_page()
    document.image(io.BytesIO(exif()), 10, 10, 60)
    document.set_author(AUTHOR)
    document.output(out)
    return out.getvalue()


def test_a_photograph_in_a_pdf_tells_no_place() -> None:
    assert b"GPS-HERE" in scanned_pdf()
    copy, _ = copy_of(scanned_pdf(), "pdf")
    assert b"GPS-HERE" not in copy
    (picture,) = pypdf.PdfReader(io.BytesIO(copy)).pages[0].images
    assert Image.open(io.BytesIO(picture.data)).convert("RGB").getpixel((5, 5))[0] > 200


def test_a_rich_text_loses_what_tells_of_its_making() -> None:
    about = rb"{\info{\author \'cd\'f5}{\creatim\yr2016\mo10\dy13}}{\*\rsidtbl \rsid1234}{\*\userprops {\propname x}}"
    copy, _ = copy_of(rb"{\rtf1\ansi" + about + rb"\pard {\b words \{kept\}}\par}", "rtf")
    assert copy == rb"{\rtf1\ansi\pard {\b words \{kept\}}\par}"


def open_text() -> bytes:
    names = 'xmlns:office="o" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="m" xmlns:xlink="x" xmlns:draw="d"'
    return packed(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "meta.xml": f"<a {names}><dc:creator>{AUTHOR}</dc:creator><meta:x>{AUTHOR}</meta:x></a>".encode(),
            "content.xml": (
                f"<a {names}>合同<office:annotation><dc:creator>{AUTHOR}</dc:creator><dc:date>2016-10-13</dc:date>"
                f'</office:annotation><draw:image xlink:href="https://track.example/p.png"/></a>'
            ).encode(),
            "Thumbnails/thumbnail.png": b"THUMB",
        },
        "mimetype",
    )


def test_an_open_document_loses_names_and_fetches_nothing() -> None:
    copy, _ = copy_of(open_text(), "odt")
    assert AUTHOR.encode() not in held(copy) and b"THUMB" not in held(copy) and b"2016-10" not in held(copy)
    assert b"track.example" not in held(copy) and "合同".encode() in held(copy)
    assert detect_format(copy) == "odt"


TAGS = {
    "title": "TAG-TITLE",
    "artist": AUTHOR,
    "location": "+34.6157+112.4537/",
    "creation_time": "2016-10-13T01:02:03Z",
    "comment": "TAG-COMMENT",
}


def tagged(content: bytes, container: str) -> bytes:
    """The same sound or film with what a telephone adds."""
    out = io.BytesIO()
    with av.open(io.BytesIO(content)) as source, av.open(out, "w", format=container) as target:
        target.metadata.update(TAGS)
        stream = source.streams[0]
        copied = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.stream = copied
                target.mux(packet)
    return out.getvalue()


FILMED = (film(".mp4", "mp4v"), film(".avi", "MJPG"), film(".webm", "VP80"))


@pytest.mark.parametrize(
    ("made", "container", "kind"),
    [
        (FILMED[0], "mp4", "mp4"),
        (FILMED[0], "mov", "mov"),
        (FILMED[0], "3gp", "3gp"),
        (FILMED[0], "matroska", "mkv"),
        (FILMED[1], "avi", "avi"),
        (FILMED[2], "webm", "webm"),
        (sound_wav, "wav", "wav"),
        (sound_wav, "caf", "caf"),
    ],
    ids=["mp4", "mov", "3gp", "mkv", "avi", "webm", "wav", "caf"],
)
def test_a_recording_keeps_its_sound_and_pictures_alone(made: Made, container: str, kind: str) -> None:
    source = tagged(made(), container)
    assert b"TAG-" in source
    copy, same = copy_of(source, kind)
    assert same == kind == detect_format(copy)
    for told in (b"TAG-", AUTHOR.encode(), b"34.6157", b"2016-10-13"):
        assert told not in copy
    with av.open(io.BytesIO(source)) as before, av.open(io.BytesIO(copy)) as after:
        frames = [[bytes(packet) for packet in each.demux() if packet.size] for each in (before, after)]
        assert frames[0] == frames[1] and frames[0], "nothing is encoded anew"
        assert not {"title", "artist", "location", "creation_time"} & set(after.metadata)


@pytest.mark.parametrize(
    ("content", "kind", "seconds"), [(amr(3), "amr", 3), (tagged(sound_wav(), "caf"), "caf", None)]
)
def test_sound_that_no_browser_plays_is_listened_to_as_wav(content: bytes, kind: str, seconds: int | None) -> None:
    assert detect_format(content) == kind
    played, as_kind = seen_copy(content, kind)
    assert as_kind == detect_format(played) == "wav" and b"TAG-" not in played
    assert abs(lasts(played) - (seconds or lasts(content))) < 0.1
    assert copy_of(content, kind)[1] == kind, "what is downloaded stays as it was spoken"


@pytest.mark.parametrize("content", [b"#!AMR\n", b"#!AMR\n" + b"\xff" * 300, b"#!AMR_MC1.0\n\0\0\0\x02" + b"\x3c" * 40])
def test_a_broken_recording_is_said_to_be_one(content: bytes) -> None:
    with pytest.raises(EvidenceError, match="下载副本"):
        seen_copy(content, "amr")


def test_a_track_of_sensors_and_a_cover_stay_behind() -> None:
    """A song with a picture beside it: the sound alone comes out."""
    song = b"ID3\x03\0\0\0\0\x00\x20TPE1\0\0\0\x0a\0\0\0TAG-SINGER" + b"\0" * 11 + mp3()()
    copy, _ = copy_of(song, "mp3")
    assert b"TAG-SINGER" not in copy and detect_format(copy) == "mp3"


def test_an_archive_comes_as_copies_with_numbers_for_names() -> None:
    content = packed(
        {
            f"{AUTHOR}/合同.docx": word(),
            "现场.jpg": exif(),
            "老合同.doc": compound("WordDocument"),
            "再包.zip": packed({"a.txt": b"a"}),
        }
    )
    copy, _ = copy_of(content, "zip")
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert archive.namelist() == ["01.docx", "02.jpg", LISTED]
        assert AUTHOR.encode() not in held(archive.read("01.docx"))
        assert b"GPS-HERE" not in archive.read("02.jpg")
        told = archive.read(LISTED).decode()
    assert "03　Word 文档" in told and "04　压缩包" in told and "老合同" not in told


def new_name() -> str:
    """A platform that no other test speaks of, in characters that mean no amount, place or trade."""
    end = uuid.uuid4().hex[:5].translate(str.maketrans("0123456789abcdef", "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳"))
    return f"麦浪{end}"


def reported_in(server: Server, county: str, name: str, file: bytes = b"", called: str = "") -> tuple[str, list[str]]:
    """Report a platform in a county; returns the number and the units, the lead first."""
    person = Person(server)
    person.say(f"{county}有个叫{name}的农民合作社高息揽储，300多人")
    if file:
        headers = {"x-sender": person.sender, "x-filename": quote(called)}
        sent = httpx.post(f"{server.url}/webhooks/rest/evidence", content=file, headers=headers, timeout=60)
        assert sent.status_code == 200, sent.text
        person.say("继续")
    person.say("其余跳过", SUBMIT)
    return str(person.custom["number"]), list(person.custom["routes"])


def test_a_unit_sees_its_own_numbers_of_a_platform_only(server: Server) -> None:
    name = new_name()
    here, units = reported_in(server, "西工区", name)
    there, others = reported_in(server, "涧西区", name)
    assert "西工区政府" in units and "西工区政府" not in others
    county = Official(server, Role.OFFICIAL, "西工区政府").console().get(f"/console/cases/{here}").text
    assert there not in county and "其他单位也收到过" in county
    office = Official(server, Role.OFFICE).console().get(f"/console/cases/{here}").text
    assert there in office and "其他单位也收到过" not in office
    lead = Official(server, Role.OFFICIAL, units[0]).console().get(f"/console/cases/{here}").text
    assert there in lead, "whose own both are"


def test_a_copy_comes_without_authors_and_names(server: Server) -> None:
    number, units = reported_in(server, "西工区", new_name(), word(), f"{AUTHOR}的合同.docx")
    helper = Official(server, Role.OFFICIAL, "西工区政府")
    desk = helper.console()
    page = desk.get(f"/console/cases/{number}").text
    assert "材料01.docx" in page and AUTHOR not in page and "1 个文件" in page
    at = re.search(rf"/console/cases/{number}/files/[0-9a-f]+", page)
    assert at
    for way in ("", "?download=1"):
        taken = desk.get(at[0] + way)
        assert taken.status_code == 200
        assert AUTHOR.encode() not in held(taken.content) and "%E7%8E%8B" not in taken.headers["content-disposition"]
    helper.signs_in()
    assert AUTHOR not in helper.say(f"案件 {number}")
    lead = Official(server, Role.OFFICIAL, units[0]).console()
    assert AUTHOR not in lead.get(f"/console/cases/{number}").text, "nor for those who decide"
    assert AUTHOR.encode() not in held(lead.get(f"{at[0]}?download=1").content)
