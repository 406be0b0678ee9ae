"""What officials and petition staff write without having learnt how: the scenes of ``data/staff_words.yml``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bench.listening import Scene, heard, scenes
from casework.desk.account import Role
from tests.conftest import Server
from tests.officials import Official

FILE = Path(__file__).parent / "data" / "staff_words.yml"


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60) as opened:
        yield opened


@pytest.mark.parametrize("scene", scenes(FILE), ids=lambda scene: scene.said[-1])
def test_staff_are_heard(server: Server, client: httpx.Client, scene: Scene) -> None:
    person = Official(server, Role(scene.who))
    person.signs_in()
    assert heard(client, scene, person.sender).wrong == []
