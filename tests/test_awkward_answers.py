"""Answers as people give them: each is understood, asked about or refused with a sentence, and nothing is lost."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.conftest import Server
from tests.interviews import Draft
from tests.talk import Person

TABLE = yaml.load((Path(__file__).parent / "data" / "awkward_answers.yml").read_bytes(), yaml.CSafeLoader)
OVER_REST = [entry for entry in TABLE if "kind" not in entry]
IN_TURNS = [entry for entry in TABLE if "kind" in entry]
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
)
RED_LINES = 7
STORY = "我妈被一个叫金鼎财富的拉去投了20万"
REPORT = (
    "其余跳过",
    "修改涉及人数",
    "30人",
    "修改在哪个县（市、区）",
    "涧西区",
    "修改是否留联系方式",
    "是",
    "李女士",
    "13837912345",
)
NO_NAME = "有人在小区里拉老人投资，说保本保息"
DEPENDS = ("2015年", "开展", "业务种类", "P2P", "平台业务")


def said(entry: dict[str, Any]) -> str:
    long = LONG.fullmatch(entry["said"])
    return "洛阳长" * (int(long[1]) // 3 + 1) if long else entry["said"]


def listed(words: Any) -> list[str]:
    return words if isinstance(words, list) else [words]


def named(entry: dict[str, Any]) -> str:
    return f"{entry.get('field') or entry.get('at') or '更正'}-{str(entry['said'])[:12]}"


@pytest.fixture(scope="module")
def persons() -> dict[str, Person]:
    return {}


def at_review(server: Server, persons: dict[str, Person], field: str) -> Person:
    """Somebody who has answered everything; one for each field, for nobody may say too much in a minute."""
    if field not in persons:
        persons[field] = Person(server)
        persons[field].say(*OPENING, *["都没有"] * RED_LINES)
        assert "请核对" in persons[field].text
    return persons[field]


def shown(person: Person, field: str) -> str:
    review = person.say("看看填了什么")
    line = re.search(rf"^· {re.escape(field)}：(.*)$", review, re.MULTILINE)
    return line[1] if line else ""


def test_there_are_at_least_four_hundred() -> None:
    assert len(TABLE) >= 400
    assert len({(e.get("form"), e.get("field"), e.get("at"), e["said"]) for e in TABLE}) == len(TABLE)


@pytest.mark.parametrize("entry", OVER_REST, ids=named)
def test_awkward_answer(server: Server, persons: dict[str, Person], entry: dict[str, Any]) -> None:
    person = at_review(server, persons, entry["field"])
    if entry["field"].startswith(DEPENDS):
        person.say("修改业务种类", "1", "修改开展业务的年份", "都有")
    before = shown(person, entry["field"]) if entry.get("keeps") else ""
    asked = person.say(f"修改{entry['field']}")
    assert entry["field"] in asked
    reply = person.say(said(entry))
    for words in listed(entry["reply"]):
        assert words in reply
    assert person.custom["job"] in ("self_check", "duty", "policy")
    if entry.get("keeps"):
        assert shown(person, entry["field"]) == before


@lru_cache(maxsize=2)
def filled(form: str) -> Draft:
    """A form that is filled in to the end."""
    if form == "举报":
        draft = Draft("tip_off", STORY)
        draft.say(*REPORT)
    else:
        draft = Draft("self_check")
        draft.say(*OPENING[1:], *["都没有"] * RED_LINES)
    assert draft.at == "", draft.reply
    return draft


def begun(entry: dict[str, Any]) -> Draft:
    """The form as it is when the answer is given."""
    if at := entry.get("at"):
        draft = Draft("tip_off", NO_NAME)
        draft.go_to(at)
        return draft
    draft = filled("举报" if entry.get("form") == "举报" else "自查").copy()
    if field := entry.get("field"):
        if field.startswith(DEPENDS):
            draft.say("修改业务种类", "1", "修改开展业务的年份", "都有")
        draft.say(f"修改{field}")
    return draft


def under(held: dict[str, str], label: str) -> str:
    return next((value for key, value in held.items() if key.startswith(label)), "")


def mistakes(entry: dict[str, Any]) -> list[str]:
    """What is not as the table says."""
    draft = begun(entry)
    before = draft.held()
    reply, held = draft.say(said(entry)), draft.held()
    wrong = [f"the reply lacks {words}: {reply}" for words in listed(entry.get("reply", [])) if words not in reply]
    for label, expected in entry.get("holds", {}).items():
        value = under(held, label)
        wrong += [f"{label} lacks {words}: {value}" for words in listed(expected) if words not in value]
        wrong += [f"{label} is {value}"] if expected == "" and value not in ("", "（未填）", "待核实") else []
    for label, words in entry.get("lacks", {}).items():
        wrong += [f"{label} holds {words}: {under(held, label)}"] if words in under(held, label) else []
    if entry.get("keeps") and held.get(entry["field"]) != before.get(entry["field"]):
        wrong.append(f"{entry['field']} was {before.get(entry['field'])} and is {held.get(entry['field'])}")
    return wrong


@pytest.mark.parametrize("entry", IN_TURNS, ids=named)
def test_what_comes_out(entry: dict[str, Any]) -> None:
    assert mistakes(entry) == []


def test_table_of_kinds() -> None:
    """How many of each kind were tried and how many came out right; printed with -s."""
    tried, right = Counter[str](), Counter[str]()
    for entry in IN_TURNS:
        tried[entry["kind"]] += 1
        right[entry["kind"]] += not mistakes(entry)
    for kind, count in tried.items():
        print(f"{kind}　{right[kind]}/{count}")
    assert right == tried


def test_ten_thousand_characters_get_a_sentence(server: Server, persons: dict[str, Person]) -> None:
    person = at_review(server, persons, "企业名称")
    body = {"sender": person.sender, "message": "长" * 10_000}
    answer = httpx.post(f"{person.server.url}/webhooks/rest/webhook", json=body)
    assert answer.status_code == 400
    assert "1000 字" in answer.json()["error"]
    assert "注册资本" in person.say("看看填了什么")
