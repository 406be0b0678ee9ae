"""An office adds a document, looks at how it was read, replaces it, says that it is abolished, takes it away."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import pytest

from knowledge.__main__ import main
from knowledge.build import built_folder, ensure_built, open_knowledge
from knowledge.citations import cite_hit, quoted
from knowledge.holdings import Given, documents, draft
from knowledge.settings import KnowledgeSettings
from tests.conftest import DATA
from tests.data.documents import texts as t
from tests.data.documents.unseen import PENALTY, STANDARD, WIRE
from tests.data.documents.writers import as_docx, as_txt, text

WATER = text(
    "^测试市供水条例",
    "（2019年5月1日测试市第十四届人民代表大会常务委员会第二次会议通过）",
    "第一章　总则",
    "第一条　为了规范供水管理，制定本条例。",
    "第二章　水价",
    "第二条　居民生活用水实行阶梯水价，阶梯水价每三年核定一次，核定结果向社会公布。",
    "供水企业应当在每月二十五日前抄表，抄表误差超过百分之五的，应当退还水费。",
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KnowledgeSettings:
    """A data folder of its own that shares the vectors and trained judges of the test server."""
    ensure_built(KnowledgeSettings(data_dir=DATA))
    (tmp_path / "cache").symlink_to(DATA.absolute() / "cache")
    monkeypatch.setenv("ASSISTANT_DATA_DIR", str(tmp_path))
    return KnowledgeSettings(data_dir=tmp_path)


def written(folder: Path, name: str, content: bytes) -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def test_a_document_from_its_adding_to_its_removal(  # noqa: PLR0915 - one scene, and each build takes seconds
    office: KnowledgeSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = written(tmp_path, "water.docx", as_docx(WATER))
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["add", first]) == 1
    seen = capsys.readouterr()
    assert "《测试市供水条例》" in seen.out
    assert "第二章　水价" in seen.out or "第二章 水价" in seen.out
    assert "没有遗漏" in seen.out
    assert "--yes" in seen.err
    assert documents(office) == []

    assert main(["add", first, "--relation", "配套", "--yes"]) == 0
    capsys.readouterr()
    base = open_knowledge(office)
    question = "供水企业抄表误差超过百分之五怎么办"
    hit = base.search(question)[0]
    assert (hit.document.info.title, hit.clause.id) == ("测试市供水条例", "第二条")
    assert quoted(cite_hit(hit), hit.quote).startswith("【《测试市供水条例》第二条第二款】供水企业")
    assert base.search("P2P能不能搞资金池")[0].clause.id == "二（一）1"
    assert all(found.clause.kind != "heading" for found in base.search("水价", limit=10))
    old = hit.document

    assert main(["add", first, "--yes"]) == 1
    assert "已经添加过了" in capsys.readouterr().err
    assert main(["replace", "测试市供水条例", first, "--yes"]) == 1
    assert "一字不差" in capsys.readouterr().err

    changed = text(*(str(line).replace("百分之五", "百分之三") for line in WATER.lines))
    second = written(tmp_path, "water2.txt", as_txt("utf-8")(changed))
    assert main(["replace", "测试市供水条例", second, "--yes"]) == 0
    base = open_knowledge(office)
    hit = base.search(question)[0]
    assert "百分之三" in hit.clause.text
    assert (hit.document.info.relation, hit.document.is_searched) == ("配套", True)
    kept = base.document(old.info.id)
    assert kept is not None
    assert kept.info.replaced_by == hit.document.info.id
    clause = kept.clause("第二条")
    assert clause is not None
    assert "百分之五" in clause.text
    assert "已被替代" in kept.warning
    assert all(found.document.info.id != old.info.id for found in base.search(question, limit=10))

    assert main(["mark", hit.document.info.id, "--standing", "废止"]) == 0
    hit = open_knowledge(office).search(question)[0]
    assert quoted(cite_hit(hit), hit.quote).startswith("【《测试市供水条例》（已废止）第二条第二款】")
    capsys.readouterr()
    assert main(["draft", hit.document.info.id]) == 0
    assert "草案　第二条　期限　" in capsys.readouterr().out
    assert main(["list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert "废止" in listed[0]
    assert f"已由 {hit.document.info.id} 替代" in listed[1]
    assert main(["show", hit.document.info.id, "第二条"]) == 0
    assert "百分之三" in capsys.readouterr().out

    assert main(["remove", hit.document.info.id, "--yes"]) == 0
    assert documents(office) == []
    assert len(open_knowledge(office).documents) == 1


def test_a_failed_build_leaves_the_documents_as_they_were(
    office: KnowledgeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = built_folder(office)

    def fails(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("knowledge.build.build", fails)
    with pytest.raises(OSError, match="no room"):
        main(["add", written(tmp_path, "water.docx", as_docx(WATER)), "--yes"])
    assert built_folder(office) == before
    assert documents(office) == []


@pytest.mark.parametrize(
    ("content", "title", "number", "issuer", "issued"),
    [
        (t.NOTICE, "测试市行政应诉办法", "测政〔2023〕5号", "测试市人民政府", date(2023, 3, 1)),
        (t.OPINION, "关于加强网络借贷风险防控的实施意见", "测政办〔2018〕33号", "", date(2018, 9, 1)),
        (t.LAW, "测试市防范非法集资条例", "", "测试市第十五届人民代表大会常务委员会", date(2021, 3, 2)),
        (t.LETTER, "测试市金融工作办公室关于有关问题的复函", "", "测试市金融工作办公室", date(2016, 7, 1)),
        (t.ORDER, "测试省地方金融组织管理办法", "第210号", "省长 王测试", date(2022, 1, 20)),
        (STANDARD, "金融宣传资料管理规范", "DB00/T 1234—2021", "", None),
        (PENALTY, "行政处罚决定书", "测市监处罚〔2022〕117号", "测试市市场监督管理局", date(2022, 6, 20)),
        (
            WIRE,
            "关于做好节日期间金融风险防范工作的紧急通知",
            "测政办明电〔2019〕23号",
            "测试市人民政府办公室",
            date(2019, 1, 28),
        ),
    ],
)
def test_what_a_document_says_of_itself(
    tmp_path: Path, content: object, title: str, number: str, issuer: str, issued: date | None
) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(as_docx(content))  # type: ignore[arg-type]
    info = draft(path, Given(), lambda said: None).info
    assert (info.title, info.number, info.issued) == (title, number, issued)
    assert info.issuer == issuer or not issuer


def test_what_the_office_says_counts_more(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(as_txt("utf-8")(t.LAW))
    given = Given("另一个名称", "测〔2020〕1号", "测试局", date(2020, 1, 2), "废止", "上位文件")
    info = draft(path, given, lambda said: None).info
    assert info.model_dump(include={"title", "number", "issuer", "issued", "standing", "relation"}) == {
        "title": "另一个名称", "number": "测〔2020〕1号", "issuer": "测试局", "issued": date(2020, 1, 2),
        "standing": "废止", "relation": "上位文件",
    }  # fmt: skip


def test_documents_of_an_earlier_program_are_read_whole(office: KnowledgeSettings) -> None:
    folder = office.data_dir / "documents"
    folder.mkdir(exist_ok=True)
    info = {"id": "doc-0123456789ab", "title": "旧文件", "number": "", "issuer": "", "issued": None, "checked": None}
    content = {"info": info, "text": "旧文件\n\n一、总则\n\n（一）内容。\n\n第二条　平台应当备案。"}
    (folder / "doc-0123456789ab.json").write_text(json.dumps(content), encoding="utf-8")
    (document,) = documents(office)
    assert [clause.id for clause in document.clauses] == ["文头", "一", "一（一）", "第二条"]


def test_what_is_not_there_is_said(office: KnowledgeSettings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert "还没有添加过文件" in capsys.readouterr().out
    for command in (["remove", "没有的文件", "--yes"], ["mark", "没有的文件", "--standing", "废止"]):
        assert main(command) == 1
        assert "没有添加过“没有的文件”" in capsys.readouterr().err


def test_every_command_for_documents_is_in_the_docs() -> None:
    told = (Path(__file__).parent.parent / "docs" / "documents.md").read_text(encoding="utf-8")
    for command in ("add", "list", "show", "replace", "mark", "draft", "remove"):
        assert f"python -m knowledge {command}" in told
    for said in ("文号", "发文机关", "日期", "效力", "关系"):
        assert said in told
