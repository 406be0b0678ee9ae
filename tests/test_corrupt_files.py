"""Files of a version, the model or the caches that a bad disk changed: made anew at the start, without a hand."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest
from cryptography.fernet import Fernet

from bench.databases import free_port
from casework.petition.approvals import Approval
from knowledge.additions import Addition
from knowledge.build import ensure_built, is_whole, open_knowledge
from knowledge.corrections import Correction
from knowledge.datafile import DataFileError
from knowledge.directory import load_directory
from knowledge.documents import load_plan
from knowledge.drafting import DraftedFact
from knowledge.holdings import documents
from knowledge.json_lines import JsonLines
from knowledge.settings import KnowledgeSettings
from nlu.training import ensure_trained, model_is_whole
from tests.conftest import DATA, QuickServer, build_once, command, lend_built, server_of_its_own
from tests.talk import Person


def spoilt(path: Path) -> None:
    """Change a byte in the middle, as a failing disk does."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with what is built, its own to spoil."""
    ensure_trained(KnowledgeSettings(data_dir=DATA))
    folder = tmp_path_factory.mktemp("data")
    for built in ("knowledge", "models", "cache"):
        shutil.copytree(DATA / built, folder / built)
    return folder


STORES = ("cases", "cases_keys", "accounts", "tasks", "questions", "outbox", "tencent", "conversations")
SEALED_WITH = {"ASSISTANT_ENCRYPTION_KEY": Fernet.generate_key().decode()}


def one_sentence(finished: subprocess.CompletedProcess[str]) -> str:
    """What a command that cannot go on says, in Chinese and without a traceback."""
    assert finished.returncode == 1, finished.stdout + finished.stderr
    (said,) = finished.stderr.strip().splitlines()
    assert "请" in said
    return said


@pytest.mark.parametrize("name", STORES)
def test_a_damaged_database_is_named_in_one_sentence(tmp_path: Path, name: str) -> None:
    damaged = tmp_path / f"{name}.db"
    damaged.write_bytes(b"what a bad disk gave back " * 1000)
    said = one_sentence(command({"ASSISTANT_DATA_DIR": str(tmp_path), **SEALED_WITH}, "cases", "check"))
    assert str(damaged) in said and "从备份恢复" in said
    assert damaged.read_bytes().startswith(b"what a bad disk"), "nothing was made anew in its place"


@pytest.mark.parametrize("arguments", [("cases", "check"), ("account", "list"), ("person", "erase", "telegram:123456")])
def test_a_command_says_that_the_database_is_away(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    away = {"ASSISTANT_DATABASE_URL": f"postgresql://127.0.0.1:{free_port()}/nobody", **SEALED_WITH}
    said = one_sentence(command({"ASSISTANT_DATA_DIR": str(tmp_path), **away}, *arguments))
    assert "数据库暂时连不上" in said


def test_a_store_of_a_later_program_is_left_alone(tmp_path: Path) -> None:
    settings = {"ASSISTANT_DATA_DIR": str(tmp_path), **SEALED_WITH}
    assert command(settings, "account", "list").returncode == 0
    with closing(sqlite3.connect(tmp_path / "accounts.db")) as store:
        store.execute("pragma user_version = 999")
    assert "请先升级程序" in one_sentence(command(settings, "account", "list"))


def test_settings_in_another_encoding_are_said(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("ASSISTANT_HOST=127.0.0.1 # 本机".encode("gb18030"))
    finished = command({"ASSISTANT_DATA_DIR": str(tmp_path / "data")}, "cases", "check", folder=tmp_path)
    assert finished.returncode == 2 and finished.stderr.strip().count("\n") == 0
    assert ".env 不是 UTF-8" in finished.stderr


ROWS = (
    Addition("平台倒闭了钱找谁要", "三（二）3", "policy"),
    Correction("p2p.pool", "不得设立资金池。", "草案", "somebody", "2016-10-13T09:00:00"),
    DraftedFact("a", "rules", "第一条", "平台应当对账。", "平台", "应当", "平台应当对账。"),
    Approval("waiting", "0" * 64, "somebody", "2016-10-13T09:00:00"),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
def test_a_line_that_cannot_be_read_costs_that_line_alone(
    tmp_path: Path, row: Addition | Correction | DraftedFact | Approval, caplog: pytest.LogCaptureFixture
) -> None:
    """The power went while the office wrote: who asks is answered, and what is written next is kept."""
    path = tmp_path / "rows.jsonl"
    lines = JsonLines(path, type(row))
    lines.append(row)
    for damage in (b"\xff\xfe\x00\n", b"[]\n", b'{"at": "what nobody should read in a log"}\n', b'{"entry": "what nob'):
        with path.open("ab") as file:
            file.write(damage)
    lines.append(row)
    assert lines.rows() == [row, row]
    assert [record.getMessage().partition(" ")[0] for record in caplog.records] == [f"{path}:{n}" for n in (2, 3, 4, 5)]
    assert "what nob" not in caplog.text


def test_questions_are_answered_beside_a_damaged_file_of_the_office(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(whole, folder)
    for name in ("added_questions", "corrected_entries", "document_facts"):
        (folder / f"{name}.jsonl").write_bytes(b'{"question": "\xff')
    knowledge = open_knowledge(KnowledgeSettings(data_dir=folder))
    assert knowledge.search("P2P谁牵头", limit=1)[0].clause.id.startswith("三（二）")
    assert knowledge.entry(knowledge.choices("P2P能不能搞资金池")[0].label)
    assert not knowledge.document_facts.of_document("rules")


def broken_city(folder: Path, name: str, content: bytes) -> Path:
    """A city whose own file of a name is broken."""
    folder.mkdir()
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("luoyang-2016-58.txt", "一、工作目标".encode("gb18030")),
        ("luoyang-2016-58.txt", b""),
        ("luoyang-2016-58.txt", "一、总则\n\n（一）目标\n\n全面排查。".encode()),
        ("luoyang-2016-58.yml", b"title: [\n"),
        ("directory.yml", b"\x00\x01"),
    ],
)
def test_a_citys_damaged_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> None:
    monkeypatch.setenv("ASSISTANT_CITY_DIR", str(broken_city(tmp_path / "city", name, content)))
    with pytest.raises(DataFileError):
        load_directory(load_plan().clauses)


def test_a_city_whose_plan_is_in_another_encoding_does_not_start(tmp_path: Path) -> None:
    city = broken_city(tmp_path / "city", "luoyang-2016-58.txt", "一、工作目标".encode("gb18030"))
    build_once()
    lend_built(tmp_path)
    finished = command({"ASSISTANT_DATA_DIR": str(tmp_path), "ASSISTANT_CITY_DIR": str(city)}, "serve", "--port", "0")
    assert finished.returncode == 1 and "Traceback" not in finished.stderr
    assert f"{city / 'luoyang-2016-58.txt'} 第 1 行：不是 UTF-8 编码。请用编辑器另存为 UTF-8。" in finished.stderr


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b'{"info": {}}', b'{"info": 1, "clauses": 2}'])
def test_a_damaged_document_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "documents" / "rules.json"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=f"{path} 已损坏"):
        documents(KnowledgeSettings(data_dir=tmp_path))


def test_any_file_of_a_version_that_is_not_what_was_built_is_noticed(whole: Path, tmp_path: Path) -> None:
    version = ensure_built(KnowledgeSettings(data_dir=whole))
    files = [path.relative_to(version) for path in version.rglob("*") if path.is_file()]
    assert len(files) > 5
    copy = tmp_path / "version"
    shutil.copytree(version, copy)
    for name in files:
        assert is_whole(copy)
        spoilt(copy / name)
        assert not is_whole(copy), name
        (copy / name).unlink()
        assert not is_whole(copy), name
        shutil.copyfile(version / name, copy / name)


def test_spoilt_caches_are_made_anew(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(whole, folder)
    settings = KnowledgeSettings(data_dir=folder)
    (learnt,) = (folder / "cache").glob("verdicts-*.npz")  # the model that is learnt soonest
    spoilt(learnt)
    shutil.rmtree(folder / "knowledge")
    assert open_knowledge(settings).search("P2P谁牵头", limit=1)[0].clause.id.startswith("三（二）")
    with ZipFile(learnt) as made_anew:
        assert made_anew.testzip() is None


def test_a_server_starts_with_a_spoilt_index_and_model(whole: Path, tmp_path: Path) -> None:
    with server_of_its_own(tmp_path, QuickServer) as server:
        server.kill()
        for built in ("knowledge", "models", "cache"):
            (tmp_path / built).unlink()
            shutil.copytree(whole / built, tmp_path / built)
        settings = KnowledgeSettings(data_dir=tmp_path)
        version, model = ensure_built(settings), ensure_trained(settings)
        spoilt(max((version / "index").glob("*.*"), key=lambda path: path.stat().st_size))
        spoilt(model)
        server.start()
        assert "洛阳银监分局" in Person(server).say("P2P谁牵头")
    assert is_whole(version)
    assert model_is_whole(model)
