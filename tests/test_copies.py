"""Units that help with a case see what is theirs to see: no other unit's numbers, no authors, no names of files."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from urllib.parse import quote

import httpx
import openpyxl
import pypdf
import pytest
from docx import Document
from openpyxl.comments import Comment
from PIL import Image

from casework.cases.copies import copy_of
from casework.cases.evidence import EvidenceError
from casework.desk.accounts import Role
from tests.conftest import Server
from tests.officials import Official
from tests.talk import Person
from tests.test_evidence import WAV
from tests.test_tip_off import SUBMIT

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
    copy = copy_of(content, kind)
    assert AUTHOR.encode() not in held(copy) and b"GPS-" not in held(copy)
    assert kept.encode() in held(copy)
    if kind == "docx":
        assert Document(io.BytesIO(copy)).paragraphs[0].text == "借款合同"
    else:
        assert openpyxl.load_workbook(io.BytesIO(copy)).active["A1"].value == "转账"


def test_a_pdf_is_its_pages() -> None:
    read = pypdf.PdfReader(io.BytesIO(copy_of(pdf(), "pdf")))
    assert len(read.pages) == 1
    assert not (read.metadata or {}).get("/Author") and not read.attachments


@pytest.mark.parametrize(
    ("content", "kind"), [(WAV, "wav"), (b"PK\x03\x04", "docx"), (b"%PDF-1.4", "pdf"), (b"x", "zip")]
)
def test_what_cannot_be_cleaned_is_not_given(content: bytes, kind: str) -> None:
    with pytest.raises(EvidenceError, match="主办单位"):
        copy_of(content, kind)


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
    assert f"{AUTHOR}的合同.docx" in lead.get(f"/console/cases/{number}").text
    assert AUTHOR.encode() in held(lead.get(f"{at[0]}?download=1").content)
