"""Search scenes: the right clause first, nothing where the plan says nothing, and documents that are added."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import numpy as np
import pytest

from knowledge.__main__ import main
from knowledge.base import KnowledgeBase
from knowledge.build import add_document, built_folder, ensure_built, open_knowledge
from knowledge.documents import DocumentError
from knowledge.index import FLAT_UP_TO, build_dense
from knowledge.settings import KnowledgeSettings
from tests.conftest import DATA

RULES = """关于网络借贷资金存管的补充规定

一、存管要求

（一）存管协议。平台应当与存管银行签订书面存管协议，协议有效期不少于三年。

（二）对账频率。平台应当每个工作日与存管银行核对一次账目，并保存对账记录十五年。
"""


@pytest.mark.parametrize(
    ("question", "clause"),
    [
        ("P2P能不能搞资金池", "二（一）1"),
        ("Ｐ２Ｐ能不能搞資金池", "二（一）1"),
        ("网带平台能不能搞资金池啊", "二（一）1"),
        ("p2p pingtai 可以放贷款不", "二（一）1"),
        ("买房首付不够，中介借给我一部分，合规吗", "二（一）4"),
        ("备付金账户能开在信用社吗", "二（三）1"),
        ("工商怎么处理名称带财富管理的老企业", "四（一）1"),
        ("外省的平台在咱这儿有门店，怎么摸排", "四（二）1"),
        ("几个单位说法不一样，最后谁拍板认定", "五（一）"),
    ],
)
def test_the_right_clause_comes_first(knowledge: KnowledgeBase, question: str, clause: str) -> None:
    hits = knowledge.search(question)
    assert hits[0].clause.id == clause
    assert hits[0].quote in hits[0].clause.text
    assert hits[0].url == f"/plan#{hits[0].clause.anchor}"


@pytest.mark.parametrize("question", ["花呗怎么提前还款", "洛阳老城十字街几点关门", "写一首七言绝句", "asdkjhaskd"])
def test_nothing_is_likely_where_the_plan_says_nothing(knowledge: KnowledgeBase, question: str) -> None:
    assert knowledge.search(question)[0].probability < 0.3


def test_probabilities_fall_from_hit_to_hit(knowledge: KnowledgeBase) -> None:
    found = [hit.probability for hit in knowledge.search("客户资金存管", limit=10)]
    assert found == sorted(found, reverse=True)
    assert all(0 <= probability <= 1 for probability in found)


def test_a_question_about_all_steps_finds_all_four(knowledge: KnowledgeBase) -> None:
    clauses = {hit.clause.id for hit in knowledge.search("各阶段时间安排说一下") if hit.probability > 0.3}
    assert clauses == {"四（二）1", "四（二）2", "四（二）3", "四（二）4"}


def test_literal_words_are_found(knowledge: KnowledgeBase) -> None:
    assert ("luoyang-2016-58", "四（二）1") in knowledge.find("先行登记保存")
    assert ("luoyang-2016-58", "二（三）1") in knowledge.find("利差")
    assert knowledge.find("100%_") == []


@pytest.fixture(scope="module")
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeSettings:
    """A base of its own that shares the test server's vector cache, so that it builds in seconds."""
    folder = tmp_path_factory.mktemp("base")
    ensure_built(KnowledgeSettings(data_dir=DATA))
    (folder / "cache").symlink_to(DATA.absolute() / "cache")
    return KnowledgeSettings(data_dir=folder)


def damaged() -> bytes:
    """A Word file whose packed content was changed."""
    written = io.BytesIO()
    docx.Document().save(written)
    content = bytearray(written.getvalue())
    for place in range(200, len(content) // 2, 97):
        content[place] ^= 0xFF
    return bytes(content)


TASKS = (
    ("事项", "牵头单位", "完成时限"),
    ("对账系统改造", "市财政局", "2022年9月30日"),
    ("存管银行名单公布", "市金融办", "2022年12月31日"),
)


@pytest.mark.parametrize("suffix", [".txt", ".docx"])
def test_an_added_document_is_found_and_named(own_settings: KnowledgeSettings, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rules{suffix}"
    text = RULES.replace("三年", "三年" if suffix == ".txt" else "五年")
    if suffix == ".txt":
        path.write_text(text, encoding="utf-8")
    else:
        word = docx.Document()
        for block in text.split("\n\n"):
            word.add_paragraph(block.strip())
        table = word.add_table(3, 3)
        for row, cells in zip(table.rows, TASKS, strict=True):
            for cell, words in zip(row.cells, cells, strict=True):
                cell.text = words
        word.save(str(path))
    add_document(own_settings, path, f"存管补充规定{suffix}")
    base = open_knowledge(own_settings)
    question = "平台多久要跟存管银行对一次账，对账记录保存几年"
    hits = base.search(question)
    assert hits[0].document.info.title.startswith("存管补充规定")
    assert hits[0].clause.id == "一（二）"
    assert hits[0].url.startswith("/plan?doc=doc-")
    assert base.search("P2P能不能搞资金池")[0].clause.id == "二（一）1"
    assert base.ahead(question)[0].id == f"{hits[0].document.info.id}#一（二）"
    assert base.cited(base.ahead(question)[0].id) == (hits[0].document, hits[0].clause)
    for other in ("P2P能不能搞资金池", "花呗怎么提前还款", "洛阳老城十字街几点关门"):
        assert base.ahead(other) == [], other
    if suffix == ".docx":  # of a row the whole is quoted: a day says nothing without what is due
        tabled = next(one for one in base.documents if any(clause.kind == "row" for clause in one.clauses))
        found = base.within(tabled, "对账系统改造什么时候完成")[0]
        assert (found.clause.id, "对账系统改造" in found.quote, "9月30日" in found.quote) == ("表1第1行", True, True)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.docx", b"not a zip", "不是有效的 Word 文件"),
        ("a.docx", damaged(), "不是有效的 Word 文件"),
        ("a.pdf", b"%PDF-1.4 broken", "无法读取"),
        ("a.exe", b"MZ", "不支持的文件类型"),
        ("a.txt", b"   ", "没有可用的文字"),
        ("a.txt", b"\xff\xfe\x00\x81\x30", "编码无法识别"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_the_base_as_it_was(
    own_settings: KnowledgeSettings, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    before = built_folder(own_settings)
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=says):
        add_document(own_settings, path, "坏文件")
    assert built_folder(own_settings) == before


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["add", "/no/such/file.txt", "--title", "无"]) == 1
    assert "找不到文件" in capsys.readouterr().err


def test_nothing_is_built_twice(settings: KnowledgeSettings) -> None:
    folder = ensure_built(settings)
    built = (folder / "complete").stat().st_mtime_ns
    assert ensure_built(settings) == folder
    assert (folder / "complete").stat().st_mtime_ns == built


def test_a_large_base_gets_a_graph_that_still_finds_the_nearest() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(FLAT_UP_TO + 500, 24)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = build_dense(vectors)
    assert type(index).__name__.startswith("IndexHNSW")
    _, found = index.search(vectors[:50], 1)
    assert (found[:, 0] == np.arange(50)).mean() >= 0.95
