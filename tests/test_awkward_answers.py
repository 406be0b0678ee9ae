"""Answers nobody should give: each gets a sentence that says what to do next, and nothing given before is lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.conftest import Server
from tests.talk import Person

TABLE = yaml.safe_load((Path(__file__).parent / "data" / "awkward_answers.yml").read_text(encoding="utf-8"))
LONG = re.compile(r"LONG(\d+)")
OPENING = (
    "企业自查",
    "企业名称是洛阳某某信息科技有限公司，平台叫某某贷，法人张三，电话13837912345，注册资本五千万",
    "跳过",
    "李四，13937912345",
    "洛阳市涧西区南昌路5号",
    "洛阳市洛龙区开元大道1号",
    "软件开发",
    "是",
    "1",
    "两年都有",
    "300笔，2000万，150人",
    "500笔，3000万，250人",
    "都没有",
    "2",
    "都没有",
)


def said(entry: dict[str, Any]) -> str:
    long = LONG.fullmatch(entry["said"])
    return "洛阳长" * (int(long[1]) // 3 + 1) if long else entry["said"]


@pytest.fixture(scope="module")
def persons() -> dict[str, Person]:
    return {}


def at_review(server: Server, persons: dict[str, Person], field: str) -> Person:
    """Somebody who has answered everything; one for each field, for nobody may say too much in a minute."""
    if field not in persons:
        persons[field] = Person(server)
        persons[field].say(*OPENING)
    return persons[field]


def shown(person: Person, field: str) -> str:
    review = person.say("看看填了什么")
    line = re.search(rf"^· {re.escape(field)}：(.*)$", review, re.MULTILINE)
    return line[1] if line else ""


def test_there_are_at_least_a_hundred() -> None:
    assert len(TABLE) >= 100


@pytest.mark.parametrize("entry", TABLE, ids=[f"{e['field']}-{str(e['said'])[:12]}" for e in TABLE])
def test_awkward_answer(server: Server, persons: dict[str, Person], entry: dict[str, Any]) -> None:
    person = at_review(server, persons, entry["field"])
    if entry["field"].startswith(("2015年", "开展", "业务种类", "P2P", "平台业务")):
        person.say("修改业务种类", "1", "修改开展业务的年份", "都有")
    before = shown(person, entry["field"]) if entry.get("keeps") else ""
    asked = person.say(f"修改{entry['field']}")
    assert entry["field"] in asked
    reply = person.say(said(entry))
    expected = entry["reply"] if isinstance(entry["reply"], list) else [entry["reply"]]
    for words in expected:
        assert words in reply
    assert person.custom["job"] in ("self_check", "duty", "policy")
    if entry.get("keeps"):
        assert shown(person, entry["field"]) == before


def test_ten_thousand_characters_get_a_sentence(server: Server, persons: dict[str, Person]) -> None:
    person = at_review(server, persons, "企业名称")
    body = {"sender": person.sender, "message": "长" * 10_000}
    answer = httpx.post(f"{person.server.url}/webhooks/rest/webhook", json=body)
    assert answer.status_code == 400
    assert "1000 字" in answer.json()["error"]
    assert "注册资本" in person.say("看看填了什么")
