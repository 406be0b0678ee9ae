"""The papers of a self-check: laid out as 附件2, quoting the plan, with the Chinese font inside."""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import docx
import httpx
import pypdf
import pypdfium2 as pdfium
import pytest

from bot.workers import Worker, within
from casework.cases.case import Case
from casework.document_blocks import Cell, Paragraph, Table, heading, write
from casework.interview.answers import Answer
from casework.interview.state import State
from casework.line_breaks import NO_END, NO_START
from casework.self_check.definition import self_check_definition
from casework.self_check.papers import Papers, blocks_of, papers_of
from knowledge.base import KnowledgeBase
from tests.conftest import ROOT, Server
from tests.talk import SHORT, SUBMIT, Person

ANSWERS = {
    "company": "洛阳金鼎财富信息科技有限公司",
    "platform": "金鼎财富",
    "legal_person": "𣲗明",
    "legal_phone": "138 3791 2345",
    "controller": "李四",
    "controller_phone": "0379 6331 2345",
    "capital": "5,000万元人民币",
    "registered": "洛阳市瀍河区启明南路5号",
    "business_place": "洛阳市洛龙区开元大道1号",
    "count_2015": "约300",
    "scale_2015": "2,000万元人民币",
    "people_2015": "150",
    "other_kind": "代销互联网保险",
}


@pytest.fixture(scope="module")
def papers(knowledge: KnowledgeBase) -> Papers:
    from datetime import UTC, date, datetime

    answers = {key: Answer(shown, shown) for key, shown in ANSWERS.items()}
    answers["internet_finance"] = Answer("yes", "是")
    answers["kinds"] = Answer(["p2p", "other"], "P2P网络借贷、其他涉及互联网金融的活动")
    answers["years"] = Answer(["2015"], "2015年")
    answers["red_p2p"] = Answer({"yes": ["pool"], "unsure": ["mismatch"]}, "")
    content = State(answers).as_json()
    at = datetime(2016, 7, 5, tzinfo=UTC)
    case = Case(
        id="1",
        kind="self_check",
        status="submitted",
        number="ZC-3333-4444",
        code="",
        amends=None,
        version=1,
        revision=1,
        county=None,
        content=content,
        created=at,
        updated=at,
        submitted=at,
    )
    return papers_of(knowledge, self_check_definition(), case, [], date(2016, 7, 5))


def pdf_text(content: bytes) -> str:
    """What a reader can copy, without white space and page numbers; PDFium is what Chromium reads PDFs with."""
    pages = (page.get_textpage().get_text_range() for page in pdfium.PdfDocument(content))
    return "".join(re.sub(r"\s|第 \d+ 页，共 \d+ 页", "", page) for page in pages)


def test_the_word_form_is_annex_two_cell_for_cell(papers: Papers) -> None:
    document = docx.Document(io.BytesIO(write(*blocks_of(papers, "form"), "docx")))
    (table,) = document.tables
    rows = [list(dict.fromkeys(cell.text for cell in row.cells)) for row in table.rows]
    assert rows[0] == ["企业名称\n（公章）", ANSWERS["company"], "平台名称", "金鼎财富"]
    assert rows[1] == ["法定代表人", "𣲗明", "联系电话", "138 3791 2345"]
    assert rows[2] == ["实际控制人", "李四", "联系电话", "0379 6331 2345"]
    assert [row[0] for row in rows[3:6]] == ["注册资本", "注册地", "经营地"]
    assert rows[6] == ["开展互联网金融业务的情况", "是否开展或参与互联网金融业务：是 ■，否 □。"]
    kinds = rows[7][1].split("；\n")
    assert kinds[0] == "1. P2P网络借贷 ■"
    assert kinds[1] == "2. 股权众筹 □"
    assert kinds[7] == "8. 其他涉及互联网金融的活动■：代销互联网保险"
    assert rows[8] == ["经营时间", "2015年", "2016年以来"]
    assert [cell.text for cell in table.rows[9].cells][0::3] == ["业务数量", ""]
    assert table.rows[9].cells[1].text == "约300"
    assert table.rows[10].cells[1].text == "2,000万元人民币"
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for words in ("附件2", "企业自查信息表", "受理编号：ZC-3333-4444", "填报单位（盖章）", "2016年7月5日"):
        assert words in text


def test_the_pdf_says_the_same_and_carries_its_font(papers: Papers) -> None:
    content = write(*blocks_of(papers, "form"), "pdf")
    text = pdf_text(content)
    for words in ("企业自查信息表", "洛阳金鼎财富信息科技有限公司", "𣲗明", "1.P2P网络借贷■", "2.股权众筹□", "约300"):
        assert words in text
    page = pypdf.PdfReader(io.BytesIO(content)).pages[0]
    fonts = [font.get_object()["/DescendantFonts"][0].get_object() for font in page["/Resources"]["/Font"].values()]
    assert all({"/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"].get_object()) for font in fonts)
    assert len(content) < 300_000
    picture = pdfium.PdfDocument(content)[0].render(scale=1).to_pil().convert("L")
    ink = sum(picture.histogram()[:128]) / (picture.width * picture.height)
    assert 0.02 < ink < 0.2  # neither an empty page nor black boxes where letters should be


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_the_report_quotes_the_plan_and_names_who_leads(papers: Papers, form: str) -> None:
    content = write(*blocks_of(papers, "report"), form)
    if form == "pdf":
        text = pdf_text(content)
    else:
        document = docx.Document(io.BytesIO(content))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        text = re.sub(r"\s", "", "".join([*(p.text for p in document.paragraphs), *cells]))
    for words in (
        "疑似违规1项，需核实1项",
        "【二（一）1】不得设立资金池",
        "期限错配、期限拆分",
        "P2P网络借贷：洛阳银监分局",
        "互联网保险风险专项整治工作小组",
        "瀍河回族区政府",
        "2016年7月10日前完成（还有5天，四（二）1）",
        "不代替有关部门的认定",
        "自查负责人（签字）",
    ):
        assert words in text


def lines_by_page(content: bytes) -> list[list[str]]:
    """What stands on each page, line by line, without the page number."""
    texts = (page.get_textpage().get_text_range().splitlines() for page in pdfium.PdfDocument(content))
    return [[line.strip() for line in page if line.strip() and "页，共" not in line] for page in texts]


def test_no_line_of_a_paper_begins_or_ends_with_the_wrong_mark(papers: Papers) -> None:
    for paper in ("form", "report"):
        lines = [line for page in lines_by_page(write(*blocks_of(papers, paper), "pdf")) for line in page]
        assert [line for line in lines if line[0] in NO_START or line[-1] in NO_END] == []


@pytest.mark.parametrize("above", range(25, 31))
def test_a_heading_stays_with_its_table_wherever_the_page_ends(above: int) -> None:
    head = [Cell(text, bold=True) for text in ("序号", "要求")]
    rows = [
        [Cell(str(n)), Cell("不得设立资金池，不得发放贷款（含以关联方名义）。" * 3, align="left")] for n in range(1, 9)
    ]
    blocks = [Paragraph(f"第{n}行") for n in range(above)]
    pages = lines_by_page(write("标题", [*blocks, heading("疑似违规"), Table([head, *rows], (1, 5))], "pdf"))
    (with_heading,) = [page for page in pages if "疑似违规" in page]
    rest = with_heading[with_heading.index("疑似违规") + 1 :]
    assert "序号" in "".join(rest[:2]) and any("资金池" in line for line in rest)
    for page in pages[pages.index(with_heading) :]:
        assert any("序号" in line for line in page)  # the head again where the table goes on
    document = docx.Document(io.BytesIO(write("标题", [heading("疑似违规"), Table([head, *rows], (1, 5))], "docx")))
    assert document.paragraphs[0].paragraph_format.keep_with_next
    assert document.tables[0].rows[0]._tr.xpath("./w:trPr/w:tblHeader")


def test_the_blank_form_has_nothing_filled_in(knowledge: KnowledgeBase, server: Server) -> None:
    answer = httpx.get(f"{server.url}/self-check/blank.docx", timeout=60)
    (table,) = docx.Document(io.BytesIO(answer.content)).tables
    assert table.rows[0].cells[1].text == ""
    assert "是 □，否 □" in table.rows[6].cells[1].text


def test_the_form_as_downloaded_is_the_one_filled_in(server: Server) -> None:
    person = Person(server)
    person.say("企业自查", *SHORT, SUBMIT)
    assert "洛阳某某信息科技有限公司" in pdf_text(person.file("企业自查信息表.pdf").content)
    document = docx.Document(io.BytesIO(person.file("企业自查信息表.docx").content))
    assert "是 □，否 ■" in document.tables[0].rows[6].cells[1].text
    assert document.tables[0].rows[1].cells[1].text == "张三"


# What a server does when the first paper is asked for.
WRITES = """
import asyncio, time
from bot.papers import PaperWriter
from casework.document_blocks import write
print(len(asyncio.run(PaperWriter().made(write, "标题", [], "docx"))), flush=True)
time.sleep(600)
"""


def test_who_is_killed_leaves_no_process_behind() -> None:
    """The worker that writes papers has 200 MB; a machine whose server dies now and then would fill up."""
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", WRITES], stdout=subprocess.PIPE, cwd=ROOT) as server:
        assert server.stdout and server.stdout.readline().strip().isdigit()
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        workers = [Path("/proc") / pid for pid in children]
        assert workers
        server.kill()
        deadline = time.monotonic() + 20
        while left := [worker for worker in workers if worker.exists()]:
            assert time.monotonic() < deadline, left
            time.sleep(0.1)


def endless() -> None:
    """What a file does that a decoder never finishes with."""
    while True:
        pass


async def idle_worker() -> tuple[int, Worker]:
    worker = Worker(idle_seconds=0.01)
    return await worker.made(os.getpid), worker


def test_a_worker_that_is_idle_gives_its_memory_back() -> None:
    async def scene() -> int:
        pid, worker = await idle_worker()
        deadline = time.monotonic() + 30
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        again = await worker.made(os.getpid)
        worker.close()
        return again - pid

    assert asyncio.run(scene()) != 0


def test_what_takes_too_long_ends_and_the_next_is_made() -> None:
    async def scene() -> int:
        worker = Worker()
        with pytest.raises(BrokenProcessPool):
            await worker.made(within, 1, endless)
        made = await worker.made(within, 30, abs, -7)
        worker.close()
        return made

    assert asyncio.run(scene()) == 7
