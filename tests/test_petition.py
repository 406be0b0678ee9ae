"""Standard explanations: for everybody the words, for staff the whole sheet; found by how a case is told."""

from __future__ import annotations

import io
import json
import re

import pytest
from docx import Document as open_docx

from bench.petitions import TOLD
from casework.desk.account import Role
from casework.petition.explanations import Explanations, read_explanations
from knowledge.base import KnowledgeBase
from knowledge.quotes import unmarked
from knowledge.text import normalise
from tests.conftest import DATA, Server
from tests.officials import Official
from tests.talk import Person

REQUIRED = (
    "跑路",
    "提现困难",
    "政府兑付",
    "众筹买房",
    "首付贷",
    "保本保息",
    "名称带“理财”",
    "第三方支付账户冻结",
    "多次举报没有回音",
    "群体上访",
    "越级上访",
)


def test_the_situations(knowledge: KnowledgeBase) -> None:
    file = read_explanations(knowledge)
    assert len(file.situations) >= 20
    titles = "；".join(situation.title for situation in file.situations)
    for wanted in REQUIRED:
        assert wanted in titles


def test_no_explanation_promises_what_none_may(knowledge: KnowledgeBase) -> None:
    for situation in read_explanations(knowledge).situations:
        assert not re.search(r"(一定|肯定|保证)(能|会|给)|政府(会|将)?(赔|兑付您|兜底)", situation.explain), (
            situation.id
        )


@pytest.mark.parametrize(
    "text",
    [
        "方案规定，公安机关会帮您追回全部本金。",
        "方案没有规定赔偿。政府会在三个月内答复您。",
        "方案以外：请报案。方案规定，损失由保险公司赔付。",
    ],
)
def test_what_the_plan_does_not_say_cannot_be_said_as_the_plan(knowledge: KnowledgeBase, text: str) -> None:
    assert unmarked(text, knowledge.plan)
    assert not unmarked("方案规定，不得设立资金池。方案以外：请保存转账回单。", knowledge.plan)


@pytest.mark.parametrize(
    ("text", "title", "clause"),
    [
        ("口径 老板卷钱跑了", "平台跑路、失联", "三（三）1"),
        ("来访群众说钱取不出来怎么解释", "提现困难、到期不兑付", "四（一）2"),
        ("群众要求政府兜底怎么回复", "要求政府兑付、兜底", "五（三）"),
        ("首付贷信访件怎么答复", "首付贷", "二（一）4"),
        ("口径：公司名称带财富管理", "公司名称带“理财”“财富管理”等字样", "四（一）1"),
        ("越级上访的怎么劝返", "越级上访", "三（三）2"),
    ],
)
def test_everybody_hears_the_explanation_only(
    server: Server, knowledge: KnowledgeBase, text: str, title: str, clause: str
) -> None:
    person = Person(server)
    reply = person.say(text)
    assert person.custom["job"] == "petition"
    known = {situation.title: situation.explain for situation in read_explanations(knowledge).situations}
    assert known[title] in reply and not reply.startswith(title)  # titles are the office's own words
    assert clause in person.clauses
    for inner in ("不能说", "语气：", "不得承诺"):
        assert inner not in reply


def test_staff_gets_the_whole_and_several_sides_together(server: Server) -> None:
    wang = Official(server, Role.PETITION, name="王静")
    wang.signs_in()
    reply = wang.say("口径 老板跑路了，钱提不出来，要求政府赔钱")
    for words in (
        "平台跑路、失联",
        "提现困难",
        "要求政府兑付",
        "不能说：",
        "负责单位：",
        "请来访人：",
        "语气：",
        "一律不得承诺",
    ):
        assert words in reply
    assert reply == wang.say("口径 老板跑路了，钱提不出来，要求政府赔钱")  # the same every time


def test_what_fits_nothing_is_asked_about(server: Server, knowledge: KnowledgeBase) -> None:
    person = Person(server)
    assert "请说说来访人反映的是什么事" in person.say("口径 食堂几点开饭")
    titles = {situation.title for situation in read_explanations(knowledge).situations}
    assert person.buttons and not titles & set(person.buttons)  # titles are the office's own words
    tapped = person.reply["buttons"][0]["payload"]
    assert "请说说来访人反映的是什么事" not in person.say(tapped)


def test_an_answer_leads_to_its_explanation(server: Server, knowledge: KnowledgeBase) -> None:
    person = Person(server)
    person.say("我们被平台骗了，政府会不会先垫钱给我们")
    payload = {button["title"]: button["payload"] for button in person.reply["buttons"]}["看详细解释"]
    explain = next(s.explain for s in read_explanations(knowledge).situations if s.id == "payout")
    assert explain in person.say(payload)


def test_the_sheet_on_the_console(server: Server) -> None:
    desk = Official(server, Role.PETITION).console()
    page = desk.get("/console/explanations", q="平台跑路，要求政府兑付")
    assert "强化防逃、控赃、追赃、挽损工作" in page.text
    link = re.search(r"/console/explanations\.docx\?ids=([a-z_,]+)", page.text)
    assert link
    sheet = desk.get("/console/explanations.docx", ids=link[1])
    text = "\n".join(paragraph.text for paragraph in open_docx(io.BytesIO(sheet.content)).paragraphs)
    assert "信访标准口径" in text and "平台跑路、失联" in text and "不能说" in text
    assert "没有找到对应的口径" in desk.get("/console/explanations", q="食堂几点开饭").text
    assert desk.get("/console/explanations.docx", ids="nothing").status_code == 404


def test_explanations_are_the_same_for_the_same_words(knowledge: KnowledgeBase) -> None:
    known = Explanations(read_explanations(knowledge), knowledge, DATA / "cache")
    for situation in known.situations:
        assert known.find(situation.title)[0] == situation


def test_what_is_measured_on_is_not_learnt_from(knowledge: KnowledgeBase) -> None:
    learnt = {normalise(like) for s in read_explanations(knowledge).situations for like in (s.title, *s.like)}
    told = [json.loads(line)["told"] for line in TOLD.read_text(encoding="utf-8").splitlines()]
    assert len(told) > 50
    assert not learnt & set(map(normalise, told))
