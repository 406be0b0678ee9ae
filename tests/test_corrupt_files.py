"""Files of a version, the model or the caches that a bad disk changed: made anew at the start, without a hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knowledge.build import ensure_built, is_whole, open_knowledge
from knowledge.settings import KnowledgeSettings
from nlu.training import ensure_trained, model_is_whole
from tests.conftest import DATA, QuickServer, server_of_its_own
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


def test_any_file_of_a_version_that_is_not_what_was_built_is_noticed(whole: Path, tmp_path: Path) -> None:
    version = ensure_built(KnowledgeSettings(data_dir=whole))
    files = [path.relative_to(version) for path in version.rglob("*") if path.is_file()]
    assert len(files) > 5
    for name in files:
        copy = tmp_path / "version"
        shutil.copytree(version, copy)
        assert is_whole(copy)
        spoilt(copy / name)
        assert not is_whole(copy), name
        (copy / name).unlink()
        assert not is_whole(copy), name
        shutil.rmtree(copy)


def test_spoilt_caches_are_made_anew(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(whole, folder)
    settings = KnowledgeSettings(data_dir=folder)
    for classifier in (folder / "cache").glob("classifier-*/*"):
        spoilt(classifier)
    shutil.rmtree(folder / "knowledge")
    assert open_knowledge(settings).search("P2P谁牵头", limit=1)[0].clause.id.startswith("三（二）")


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
