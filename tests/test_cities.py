"""Several cities on one installation: each with its own documents and contacts, and nothing of the others'."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from knowledge.build import ensure_built
from knowledge.settings import KnowledgeSettings
from tests.conftest import BUILT, DATA, ROOT, TODAY, QuickServer
from tests.postgres import new_database
from tests.talk import Person
from tests.test_tip_off import SUBMIT

OFFICE = "contacts:\n- name: 邻市整治办\n  purpose: 受理投诉，邻市人民路1号\n  phone: null\n"
OTHER_NUMBER = "邻政办〔2016〕12号"


def own_files(folder: Path) -> Path:
    """Another city's plan and contacts: the same order of the province, another number, another office."""
    folder.mkdir()
    plan = (ROOT / "knowledge" / "texts" / "luoyang-2016-58.yml").read_text(encoding="utf-8")
    (folder / "luoyang-2016-58.yml").write_text(plan.replace("洛政办〔2016〕58号", OTHER_NUMBER), encoding="utf-8")
    (folder / "contacts.yml").write_text(OFFICE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[QuickServer, QuickServer]]:
    """Luoyang and another city: one program, one database server, a database, a key and a folder each."""
    ensure_built(KnowledgeSettings(data_dir=DATA))
    with ExitStack() as opened:
        servers = []
        for name in ("luoyang", "other"):
            folder = tmp_path_factory.mktemp(name)
            for built in BUILT:
                shutil.copytree(DATA / built, folder / built)
            settings = {
                "data_dir": str(folder),
                "today": TODAY,
                "database_url": opened.enter_context(new_database()),
                "encryption_key": Fernet.generate_key().decode(),
            }
            if name == "other":
                settings["city_dir"] = str(own_files(folder / "city"))
            server = QuickServer(folder / "server.log", **settings)
            server.start()
            opened.callback(server.kill)
            servers.append(server)
        yield servers[0], servers[1]


def test_each_answers_from_its_own_plan_and_names_its_own_office(cities: tuple[QuickServer, QuickServer]) -> None:
    luoyang, other = (Person(city) for city in cities)
    for person in (luoyang, other):
        assert "不得设立资金池" in person.say("P2P能不能搞资金池")
    assert other.custom["citations"][0]["number"] == OTHER_NUMBER
    assert luoyang.custom["citations"][0]["number"] != OTHER_NUMBER
    assert "邻市人民路1号" in other.say("转人工")
    assert "邻市" not in luoyang.say("转人工")


def test_nothing_of_one_city_is_found_in_another(cities: tuple[QuickServer, QuickServer]) -> None:
    luoyang, other = (Person(city, "the-same-sender-in-both") for city in cities)
    luoyang.say("有个叫丰源理财的骗了我3万元")
    assert "丰源" not in other.say("继续")
    luoyang.say("其余跳过", SUBMIT)
    receipt = luoyang.custom["receipt"]
    assert "没有找到" in other.say(receipt)
    assert "已" in luoyang.say(receipt)


def test_a_citys_own_words_are_known_by_their_sound(tmp_path: Path) -> None:
    terms = (ROOT / "knowledge" / "data" / "terms.yml").read_text(encoding="utf-8")
    (tmp_path / "terms.yml").write_text(terms.replace("terms: [", "terms: [伏牛贷, "), encoding="utf-8")
    code = "from knowledge.text import normalise; print(normalise('funiudai能投吗'))"
    for city, known in (({"ASSISTANT_CITY_DIR": str(tmp_path)}, True), ({}, False)):
        environment = os.environ | {"PYTHONIOENCODING": "utf-8"} | city
        said = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
        ).stdout.decode()
        assert ("伏牛贷" in said) == known, said


def test_a_mistake_in_a_citys_file_is_said_at_the_start(tmp_path: Path) -> None:
    for built in BUILT:
        (tmp_path / built).symlink_to(DATA / built)
    city = tmp_path / "city"
    city.mkdir()
    (city / "contacts.yml").write_text("contacts:\n- name: 邻市整治办\n  telefon: 1\n", encoding="utf-8")
    server = QuickServer(tmp_path / "server.log", data_dir=str(tmp_path), city_dir=str(city))
    with pytest.raises(AssertionError, match=r"contacts\.yml"):
        server.start()
