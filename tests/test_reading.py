# ruff: noqa: E501 - a sample is easier to see on one line
"""Documents of many kinds, read whole: every visible word in one clause, every clause under its own number."""

from __future__ import annotations

import sqlite3
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import national_laws
from knowledge.reading.blocks import Block, Cell, DocumentError, Reading, letters
from knowledge.reading.files import read_file
from knowledge.reading.numbering import Kind, marker_of, numeral_of, value_of
from knowledge.reading.plain import read_plain
from knowledge.reading.report import report_of
from knowledge.reading.structure import Cut, cut
from tests.data.documents import texts as t
from tests.data.documents.fresh import FRESH
from tests.data.documents.further import FURTHER
from tests.data.documents.samples import ALL, Sample
from tests.data.documents.unseen import UNSEEN
from tests.data.documents.writers import as_docx, as_html, as_pdf, pictures, scanned

SAMPLES = (*ALL, *FURTHER, *FRESH, *UNSEEN)
IDS = [sample.file for sample in SAMPLES]


def silent(message: str) -> None:
    """Nobody listens."""


@cache
def read(sample: Sample, folder: Path) -> tuple[Reading, Cut]:
    path = folder / sample.file
    path.write_bytes(sample.write())
    reading = read_file(path, silent)
    return reading, cut(reading)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("samples")


def test_there_are_documents_of_many_kinds() -> None:
    assert len(SAMPLES) >= 60
    assert len({Path(sample.file).suffix for sample in SAMPLES}) >= 6
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize("sample", SAMPLES, ids=IDS)
def test_every_visible_word_is_in_one_clause(sample: Sample, folder: Path) -> None:
    _, found = read(sample, folder)
    kept = letters(clause.text for clause in found.clauses)
    kept.subtract(found.repeated)
    assert +kept == letters(sample.words)
    assert min(kept.values()) >= 0


@pytest.mark.parametrize("sample", SAMPLES, ids=IDS)
def test_every_clause_has_its_own_number(sample: Sample, folder: Path) -> None:
    _, found = read(sample, folder)
    clauses = {clause.id: clause for clause in found.clauses}
    assert {name: words for name, words in sample.cited.items() if name not in clauses} == {}
    for name, words in sample.cited.items():
        assert words in clauses[name].text, name
    assert len({clause.anchor for clause in found.clauses}) == len(found.clauses)
    assert not [name for name in clauses if "段" in name and any("条" in other for other in clauses)]


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.parts], ids=[s.file for s in SAMPLES if s.parts])
def test_a_quotation_is_cited_to_its_paragraph_and_item(sample: Sample, folder: Path) -> None:
    _, found = read(sample, folder)
    labels = {}
    for words in sample.parts:
        clause = next(c for c in found.clauses if words in c.text)
        labels[words] = clause.label_of(words)
    assert labels == dict(sample.parts)


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.left_out], ids=[s.file for s in SAMPLES if s.left_out])
def test_what_is_left_out_is_reported_with_the_reason(sample: Sample, folder: Path) -> None:
    reading, _ = read(sample, folder)
    said: Counter[str] = Counter()
    for one in reading.left_out:
        assert one.why
        said[one.what] += 1
    for what, words in sample.left_out.items():
        assert any(words in one.words for one in reading.left_out if one.what == what), (what, said)


BOLD_PAGE = (
    "<body><h1>测试工作报告</h1><p>全市工作取得成效。</p><p><strong>主要工作</strong></p><p>新发案件十九起。</p><p>举办宣讲二百场。</p>"
    "<p><b>存在问题</b></p><p>数据接入率低。</p></body>"
)
BOLD_LINES = "<body><div>测试工作报告<br><b>主要工作</b><br>新发案件十九起。<br>举办宣讲二百场。<br><b>存在问题</b><br>数据接入率低。</div></body>"
BOLD_MARKDOWN = (
    "测试工作报告\n\n**主要工作**\n\n新发案件十九起。\n\n举办宣讲二百场。\n\n**存在问题**\n\n数据接入率低。\n"
)


@pytest.mark.parametrize(("name", "content"), [("a.html", BOLD_PAGE), ("b.html", BOLD_LINES), ("a.md", BOLD_MARKDOWN)])
def test_bold_lines_are_the_headings_of_a_text_without_numbers(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    clauses = {one.id: one.text for one in cut(read_file(tmp_path / name, silent)).clauses}
    assert clauses["“主要工作”第2段"] == "举办宣讲二百场。"
    assert clauses["“存在问题”第1段"] == "数据接入率低。"


def test_one_bold_line_or_bold_words_within_a_line_are_no_headings(tmp_path: Path) -> None:
    page = "<body><p>测试报告</p><p><b>特别提示</b></p><p>请勿转账。</p><p>全年<b>新发案件</b>十九起。</p></body>"
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    names = [one.id for one in cut(read_file(tmp_path / "a.html", silent)).clauses]
    assert not [name for name in names if name.startswith("“")]


def test_the_annex_of_a_standard_is_cited_by_its_letter() -> None:
    lines = [
        "4.1　应当审核。",
        "4.2　应当留存。",
        "附录B（资料性）示例",
        "B.1　填写要求",
        "B.1.1　应当逐栏填写。",
        "B.2　应当签名。",
    ]
    clauses = {one.id: one.text for one in cut(read_plain("\n".join(["测试规范", *lines]).encode(), "a.txt")).clauses}
    assert clauses["B.1.1"].endswith("逐栏填写。")
    assert clauses["B.2"].endswith("签名。")
    assert "签名" not in clauses["4.2"]


def test_laws_of_a_database_are_held_against_what_is_read_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    db = sqlite3.connect(tmp_path / "laws.db")
    db.execute("create table laws (law_id, law_name)")
    db.execute("create table articles (id integer primary key, law_id, chapter, section, article_no, article_text)")
    db.execute("insert into laws values ('a', '测试法')")
    for chapter, number, words in (
        ("第一章 总则", "第一条", "为了测试，制定本法。"),
        ("第一章 总则", "第二条", "平台应当备案。\n备案免费。\n第二章 附则"),
        ("第二章 附则", "第三条", "本法自公布之日起施行。\n第九条　不在库里的一条。"),
    ):
        db.execute("insert into articles values (null, 'a', ?, null, ?, ?)", (chapter, number, words))
    db.commit()
    monkeypatch.setattr("sys.argv", ["bench.national_laws", str(tmp_path / "laws.db"), "--misses"])
    assert national_laws.main() == 0
    said = capsys.readouterr().out
    assert "1 laws: words kept whole in 1" in said
    assert "2/3" in said
    assert "测试法 第三条" in said


# What anybody could write ---------------------------------------------------------------------------------------

NUMBERS = ("第一条　", "第二条", "第三章　", "一、", "（一）", "(二)", "1. ", "２．", "（1）", "①", "1.1 ", "附件1", "附件：", "目录", "第十条规定的",
           "“第三条　", "抄送：", "某市人民政府", "2016年7月1日", "关于测试的通知", "问：", "")  # fmt: skip
ENDINGS = ("。", "；", "：", "，", "”", "", "……1")
lines = st.lists(
    st.builds(
        lambda number, words, end: number + words + end,
        st.sampled_from(NUMBERS),
        st.text(
            st.sampled_from("平台不得设立资金池按照规定报送情况风险防控办法 \u3000、“”（）《》abc123"), max_size=60
        ),
        st.sampled_from(ENDINGS),
    ),
    max_size=30,
)
blocks = st.lists(
    st.one_of(
        st.builds(
            Block,
            st.text(
                st.sampled_from("第一二三四条章（）1.、：；。“”附件表目录办法的通知市人民政府2016年7月日 "),
                min_size=1,
                max_size=24,
            ),
            st.sampled_from(["", "", "第一条", "（一）", "1."]),
            st.integers(0, 3),
            st.booleans(),
            st.sampled_from(["text", "text", "text", "note", "box"]),
        ),
        st.builds(
            lambda table, words, again: Block(
                "", kind="row", table=table, cells=tuple(Cell(*cell) for cell in zip(words, again, strict=False))
            ),
            st.integers(1, 2),
            st.lists(st.sampled_from(["序号", "任务", "单位", "1", "市金融办", ""]), min_size=1, max_size=4),
            st.lists(st.booleans(), min_size=4, max_size=4),
        ),
    ),
    max_size=25,
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(lines)
def test_whatever_is_written_stands_in_one_clause(written: list[str]) -> None:
    reading = read_plain("\n\n".join(written).encode(), "a.txt")
    found = cut(reading)
    kept = letters(clause.text for clause in found.clauses)
    kept.subtract(found.repeated)
    assert +kept == letters(written)
    assert len({clause.id for clause in found.clauses}) == len(found.clauses)
    assert len({clause.anchor for clause in found.clauses}) == len(found.clauses)
    assert all(clause.anchor.isascii() and " " not in clause.anchor for clause in found.clauses)
    for clause in found.clauses:
        for sentence in clause.sentences:
            assert (
                clause.label_of(sentence.text).startswith(clause.id) or clause.label_of(sentence.text) == clause.label
            )


@settings(max_examples=400, deadline=None, derandomize=True)
@given(blocks)
def test_whatever_a_reader_gives_stands_in_one_clause(given_blocks: list[Block]) -> None:
    reading = Reading(tuple(block for block in given_blocks if block.printed.strip()))
    found = cut(reading)
    kept = letters(clause.text for clause in found.clauses)
    kept.subtract(found.repeated)
    assert +kept == letters(block.printed for block in reading.blocks)
    assert list(report_of(reading, found).lines())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(1, 9999))
def test_numbers_are_read_as_they_are_printed(value: int) -> None:
    assert value_of(numeral_of(value)) == value
    marker = marker_of(f"第{numeral_of(value)}条　平台应当备案。")
    assert marker is not None
    assert (marker.kind, marker.value, marker.rest) == (Kind.ARTICLE, value, "平台应当备案。")


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("第 十 条 甲", Kind.ARTICLE, "第十条"), ("第10条 甲", Kind.ARTICLE, "第10条"), ("【第三条】甲", Kind.ARTICLE, "第三条"),
        ("第二分编　甲", Kind.SUBBOOK, "第二分编"), ("第一部分 甲", Kind.CHAPTER, "第一部分"), ("十二、甲", Kind.COMMA, "十二"),
        ("(三)甲", Kind.BRACKET, "（三）"), ("㈢甲", Kind.BRACKET, "（三）"), ("3、甲", Kind.DIGIT, "3"), ("３．甲", Kind.DIGIT, "3"),
        ("⒊甲", Kind.DIGIT, "3"), ("3.2016年甲", Kind.DIGIT, "3"), ("(3)甲", Kind.DIGIT_BRACKET, "（3）"), ("⑶甲", Kind.DIGIT_BRACKET, "（3）"),
        ("3）甲", Kind.DIGIT_HALF, "3）"), ("③甲", Kind.CIRCLE, "③"), ("3.1.2 甲", Kind.DECIMAL, "3.1.2"),
    ],
)  # fmt: skip
def test_numbers_of_every_kind(text: str, kind: Kind, name: str) -> None:
    marker = marker_of(text)
    assert marker is not None
    assert (marker.kind, marker.name, marker.rest[-1:]) == (kind, name, "甲")


@pytest.mark.parametrize(
    "text",
    ["第三条规定的情形", "第三条、第四条所列", "1.5亿元", "2016.7.1", "二审法院", "（2016）", "三是加强", "第三方支付"],
)
def test_what_only_looks_like_a_number(text: str) -> None:
    assert marker_of(text) is None


# Files that lie, are damaged or need other programs ----------------------------------------------------------------


def test_a_scan_is_recognised_and_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scanned(as_pdf(size=18)(t.LETTER)))
    heard: list[str] = []
    reading = read_file(path, heard.append)
    assert reading.recognised
    assert heard == ["文字识别：第 1 页（1/1）"]
    assert any("请核对" in doubt for doubt in reading.doubts)
    found = {clause.id: clause.text for clause in cut(reading).clauses}
    assert "资金池" in found["前言"]
    assert "银行业协会" in found["主送"]


def test_a_picture_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(pictures(as_pdf(size=18)(t.LETTER))[0])
    assert "资金池" in read_file(path, silent).text


def test_an_old_word_file_needs_libreoffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DocumentError, match=r"没有安装 LibreOffice.*另存为 \.docx"):
        read_file(path, silent)
    ready = tmp_path / "ready.docx"
    ready.write_bytes(as_docx(t.LAW))
    program = tmp_path / "soffice"
    program.write_text(f'#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\n/bin/cp \'{ready}\' "$2/source.docx"\n')
    program.chmod(0o755)
    assert "第三条之一" in {clause.id for clause in cut(read_file(path, silent)).clauses}
    program.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(DocumentError, match="无法转换"):
        read_file(path, silent)


def test_a_word_file_that_is_a_web_page_is_read_as_one(tmp_path: Path) -> None:
    path = tmp_path / "saved.doc"
    path.write_bytes(as_html("gb2312")(t.LAW))
    assert "第三条之一" in {clause.id for clause in cut(read_file(path, silent)).clauses}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", "第一条　文字。".encode("utf-16") + b"\x00", "编码无法识别"),
        ("a.txt", "これは日本語のテキストです、よろしくお願いします".encode("shift_jis"), "编码无法识别"),
        ("a.txt", bytes(range(128, 256)) * 4, "编码无法识别"),
        ("a.docx", b"PK\x03\x04 broken", "不是有效的 Word"),
        ("a.ofd", b"PK\x03\x04 broken", "不是有效的 OFD"),
        ("a.pdf", b"%PDF-1.7 broken", "无法读取"),
        ("a.png", b"\x89PNG broken", "图片无法打开"),
        ("a.html", "只是文字，没有标记，读不成网页".encode(), "不是网页文件"),
        ("a.xlsx", b"PK", "不支持的文件类型"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_chinese(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=says):
        read_file(path, silent)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(5):
            archive.writestr(f"word/document{n}.xml", bytes(50 * 1024 * 1024))
    with pytest.raises(DocumentError, match="不是有效的 Word"):
        read_file(path, silent)
