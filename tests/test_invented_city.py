"""A second city, made of files alone: an invented one, so that nothing of Luoyang can stand in the program unseen."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from knowledge.build import ensure_built
from knowledge.settings import KnowledgeSettings
from tests.conftest import BUILT, DATA, ROOT, TODAY, QuickServer
from tests.lengths import length, long
from tests.talk import Person
from tests.test_tip_off import SUBMIT

# No city and no county of these names is known to anybody. Of the same length, so that places in a text stay.
NAMES = {"洛阳": "云泽", "洛政": "云政", "洛龙": "云龙", "洛宁": "云宁", "涧西": "青屏", "0379": "0999"}
LUOYANG = re.compile("|".join(NAMES))
# What a city may have of its own, wherever the program keeps its file.
SOURCES = ("knowledge/data", "knowledge/texts", "casework/data", "actions/data", "bot/web/data")
# Learning the whole bank takes most of a build: a smaller city asks one in so many of its questions.
QUESTIONS_ONE_IN = length(4, 1)
pytestmark = long


def renamed(text: str) -> str:
    return LUOYANG.sub(lambda found: NAMES[found[0]], text)


def files_of_city(folder: Path) -> Path:
    """Every data file that names Luoyang or a place in it, with the invented names; nothing else."""
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*")):
            # Verdicts are on questions of the whole bank; a city that asks fewer has none.
            if path.suffix not in (".yml", ".txt") or path.parent.name == "verdicts":
                continue
            # A folder of files (facts, questions) is taken whole or not at all.
            own = folder / path.relative_to(ROOT / source)
            text = path.read_text(encoding="utf-8")
            if len(path.relative_to(ROOT / source).parts) > 1 or LUOYANG.search(text):
                own.parent.mkdir(parents=True, exist_ok=True)
                own.write_text(renamed(THINNED.get(path.parent.name, str)(text)), encoding="utf-8")
    return folder


HOW_TOS = Path(__file__).parent / "data" / "how_tos.yml"


def changed_as_the_guide_says(city: Path) -> None:
    """What CONTRIBUTING.md tells to change: a conclusion, a reason, a point left open, a red line, an explanation …"""
    for name, change in yaml.safe_load(HOW_TOS.read_text(encoding="utf-8")).items():
        own, begins = city / name, change.get("line")
        if not begins:
            own.write_text(change["put"], encoding="utf-8")
            continue
        source = own if own.exists() else next(ROOT / f / name for f in SOURCES if (ROOT / f / name).exists())
        lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
        at = next(number for number, line in enumerate(lines) if line.startswith(begins))
        lines[at : at + ("instead" in change)] = [change.get("put") or change["instead"]]
        own.write_text("".join(lines), encoding="utf-8")


def thinned(bank: str) -> str:
    """A file of the bank with fewer questions under each label, and one at least."""
    few = {label: questions[::QUESTIONS_ONE_IN] for label, questions in yaml.load(bank, yaml.CSafeLoader).items()}
    return str(yaml.dump(few, Dumper=yaml.CSafeDumper, allow_unicode=True))


def fewer_lines(sentences: str) -> str:
    """A file of the guard's sentences with fewer of them."""
    return "\n".join(sentences.splitlines()[::QUESTIONS_ONE_IN]) + "\n"


# By folder: what is learnt from, of which a smaller city has less.
THINNED = {"questions": thinned, "safety": fewer_lines}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickServer]:
    ensure_built(KnowledgeSettings(data_dir=DATA))
    folder = tmp_path_factory.mktemp("yunze")
    for built in BUILT:  # what was computed for the same words need not be again
        shutil.copytree(DATA / built, folder / built, symlinks=False)
    files = files_of_city(folder / "city")
    changed_as_the_guide_says(files)
    settings = {"data_dir": str(folder), "city_dir": str(files), "today": TODAY}
    environment = os.environ | {f"ASSISTANT_{name.upper()}": value for name, value in settings.items()}
    subprocess.run([sys.executable, "-W", "ignore", "-m", "knowledge", "build"], cwd=ROOT, env=environment, check=True)
    server = QuickServer(folder / "server.log", **settings)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def said_by(person: Person, *messages: str) -> str:
    """All that a turn gives a client, texts, buttons and citations, in which nothing of Luoyang may stand."""
    person.say(*messages)
    everything = str(person.reply)
    assert not LUOYANG.search(everything), LUOYANG.search(everything)
    return person.text


def test_questions_are_answered_from_its_own_plan(city: QuickServer) -> None:
    person = Person(city)
    assert "云泽市" in said_by(person, "这份方案叫什么")
    assert "不得设立资金池" in said_by(person, "P2P能不能搞资金池")
    assert person.custom["citations"][0]["number"].startswith("云政办")
    assert "云泽银监分局" in said_by(person, "P2P谁牵头")
    assert "云泽银监分局" in said_by(person, "云泽银监分局负责什么")
    for message in (
        "你好",
        "帮助",
        "转人工",
        "时间安排",
        "领导小组有哪些人",
        "《证券法》怎么说的",
        "云泽有什么好吃的",
        "我的任务",
        "登录",
    ):
        said_by(person, message)


def test_a_report_goes_to_its_own_county(city: QuickServer) -> None:
    person = Person(city)
    said_by(person, "有个叫丰源理财的骗了我3万元，门店在云泽青屏区")
    said_by(person, "其余跳过")
    assert "青屏区" in person.text
    said_by(person, SUBMIT)
    assert "青屏区政府" in person.custom["routes"]
    assert "市领导小组办公室" in person.custom["routes"], "whose business it is was not said"


def test_a_district_of_many_cities_and_a_number_without_its_code_are_asked_about(city: QuickServer) -> None:
    person = Person(city)
    said_by(person, "我要举报", "有人在街上拉老人投钱，说年化18%，保本保息", "丰源理财")
    for _ in range(12):
        if "在哪" in person.text or "地址" in person.text or "地点" in person.text:
            break
        said_by(person, "跳过")
    assert "云泽的吗" in said_by(person, "高新区一个写字楼里")


def test_its_self_check_takes_its_own_numbers(city: QuickServer) -> None:
    person = Person(city)
    said_by(person, "企业自查", "云泽某某信息科技有限公司", "跳过", "没有", "张三", "13837912345", "李四")
    assert "云泽是 0999" in said_by(person, "63312345")


# What CONTRIBUTING.md tells to change, in the files of this city ---------------------------------------------------


def test_a_changed_conclusion_is_said_and_a_reason_is_given(city: QuickServer) -> None:
    person = Person(city)
    assert said_by(person, "这红头文件是哪个衙门盖章印出来的").startswith("本方案由云泽市人民政府办公室印发。")
    assert "为贯彻落实国务院办公厅的通知" in said_by(person, "为什么")


def test_a_point_that_is_left_open_is_said_to_be(city: QuickServer) -> None:
    assert said_by(Person(city), "发传单的志愿者咋挑出来的").startswith("方案没有规定宣传志愿者怎么挑选。")


def test_a_short_message_means_something_after_an_answer(city: QuickServer) -> None:
    person = Person(city)
    said_by(person, "P2P能不能搞资金池")
    assert "云泽银监分局" in said_by(person, "那哪个庙的和尚念这个经")


def test_an_explanation_is_found_by_how_people_put_it(city: QuickServer) -> None:
    assert "宣传志愿者的补贴请向招募单位了解" in said_by(Person(city), "信访口径 有人来反映当志愿者没有补助")


def test_a_red_line_is_asked_and_what_to_do_about_it_is_said(city: QuickServer) -> None:
    person = Person(city)
    said_by(
        person, "企业自查", "云泽某某信息科技有限公司", "跳过", "没有", "张三", "13837912345", "李四", "13937912345"
    )
    said_by(person, "五千万", "云泽市青屏区南昌路5号", "一样", "软件开发", "是", "4", "2016年", "1000笔，五亿，3万人")
    for _ in range(12):
        if "配合检查" in person.text:
            break
        said_by(person, "都没有")
    assert "检查时不派人到场" in person.text
    said_by(person, "不到场")
    done = said_by(person, "确认如实填报并提交")
    assert "检查时不派人到场" in done or "检查时到场说明情况" in done


@pytest.mark.parametrize(
    "path", ["/", "/plan", "/openapi.json", "/about", "/privacy", "/tip-off", "/self-check", "/console/login"]
)
def test_its_pages_name_nothing_of_luoyang(city: QuickServer, path: str) -> None:
    page = httpx.get(f"{city.url}{path}", headers={"accept": "text/html"}, follow_redirects=True, timeout=60)
    if page.status_code == 404:
        pytest.fail(f"{path} is not served")
    assert not LUOYANG.search(page.text), page.text[max(0, LUOYANG.search(page.text).start() - 80) :][:200]


def strings_in(source: str) -> Iterator[str]:
    """The string literals of a module that are no docstrings."""
    tree = ast.parse(source)
    bodies = (node.body for node in ast.walk(tree) if hasattr(node, "body") and isinstance(node.body, list))
    docs = {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


@pytest.mark.parametrize("room", ["actions", "bot", "casework", "knowledge", "nlu", "storage"])
def test_no_code_names_the_city(room: str) -> None:
    """Comments and docstrings may say an example; what the program says, compares or writes may not."""
    found = [
        f"{path.relative_to(ROOT)}: {text[:60]}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for text in strings_in(path.read_text(encoding="utf-8"))
        if LUOYANG.search(text)
    ]
    assert found == []
