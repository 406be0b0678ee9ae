"""What people say who were never here before is kept under its field: the scenes of ``python -m bench.listening``."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import yaml

from bench.listening import DESK, Scene, desk_mistakes, heard, scenes, short_table, table
from tests.conftest import Server


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as opened:
        yield opened


@pytest.mark.parametrize("scene", [scene for scene in scenes() if not scene.missed], ids=lambda scene: scene.said[-1])
def test_it_is_heard(client: httpx.Client, scene: Scene) -> None:
    assert heard(client, scene).wrong == []


def test_what_is_not_heard_yet_loses_nothing(client: httpx.Client) -> None:
    """A known miss is a field that stays open or is asked about, never an answer that fails."""
    missed = [heard(client, scene) for scene in scenes() if scene.missed]
    assert missed and "| all |" in table(missed)
    assert len(missed) <= len(scenes()) / 5


@pytest.mark.parametrize("row", yaml.load(DESK.read_bytes(), yaml.CSafeLoader), ids=lambda row: row["said"])
def test_what_officials_write_is_read_whole_or_asked_about(row: dict[str, object]) -> None:
    assert desk_mistakes(row) == ""


def test_the_table_counts_what_went_wrong() -> None:
    assert "| day | 1 of 2 |" in short_table([("day", "1月", ""), ("day", "2月", "asked")])
