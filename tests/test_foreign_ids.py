"""Ids of somebody else's: knowing one, or trying all of them, opens nothing."""

from __future__ import annotations

import re
import uuid

import httpx
import pytest

from casework.desk.account import Role
from tests.conftest import Server
from tests.officials import Desk, Official
from tests.talk import SHORT, Person
from tests.talk import SUBMIT as FILED
from tests.test_evidence import WAV
from tests.test_tip_off import SUBMIT

BANK_UNIT, POLICE = "洛阳银监分局", "市公安局"


def reported_with_a_file(server: Server) -> str:
    """A tip-off on a P2P platform with a recording; its receipt."""
    person = Person(server)
    person.say("有个叫金鼎的P2P平台设资金池，骗了我3万元")
    headers = {"x-sender": person.sender, "x-filename": "a.wav"}
    sent = httpx.post(f"{server.url}/webhooks/rest/evidence", content=WAV, headers=headers, timeout=30)
    assert sent.status_code == 200
    person.say("其余跳过", SUBMIT)
    return str(person.custom["number"])


@pytest.fixture(scope="module")
def office(server: Server) -> Desk:
    return Official(server, Role.OFFICE).console()


def files_of(desk: Desk, number: str) -> list[str]:
    return re.findall(rf"/console/cases/{number}/files/([0-9a-f]+)", desk.get(f"/console/cases/{number}").text)


def test_a_case_of_other_units_is_not_there(server: Server, office: Desk) -> None:
    number = reported_with_a_file(server)
    (file,) = set(files_of(office, number))
    stranger = Official(server, Role.OFFICIAL, "市农业局").console()
    for path in ("", f"/files/{file}", f"/files/{file}?download=1", "/bundle.zip", "/papers/form.pdf"):
        answer = stranger.get(f"/console/cases/{number}{path}")
        assert answer.status_code in (403, 404), path
        assert "金鼎" not in answer.text
    for act in ("accept", "note", "ask", "close", "transfer"):
        assert stranger.post(f"/console/cases/{number}", act=act, text="x", outcome="x").status_code in (403, 404)
    assert number not in stranger.get("/console/cases").text
    assert number not in stranger.get("/console/cases", q="金鼎").text


def test_a_file_opens_through_its_own_case_only(server: Server, office: Desk) -> None:
    first, second = reported_with_a_file(server), reported_with_a_file(server)
    (file,) = set(files_of(office, first))
    assert office.get(f"/console/cases/{first}/files/{file}").status_code == 200
    assert office.get(f"/console/cases/{second}/files/{file}").status_code == 404


def test_the_case_of_another_unit_in_chat(server: Server) -> None:
    number = reported_with_a_file(server)
    official = Official(server, Role.OFFICIAL, "市农业局")
    official.signs_in()
    for said in (f"查看 {number}", f"受理 {number}", f"办结 {number} 已处理", f"追问 {number} 您是谁"):
        text = official.say(said)
        assert "金鼎" not in text
        assert re.search("没有|只有", text), text
    assert "金鼎" not in Person(server).say(f"查看 {number}")


def test_the_task_of_another_unit(server: Server, office: Desk) -> None:
    board = office.get("/console/tasks", unit=BANK_UNIT).text
    number = re.findall(r'id="task-(\d+)"', board)[0]
    stranger = Official(server, Role.OFFICIAL, POLICE).console()
    stranger.get("/console/tasks")
    assert stranger.post(f"/console/tasks/{number}", act="done", text="完成").status_code == 403
    assert f'id="task-{number}"' not in stranger.get("/console/tasks").text


def test_a_conversation_is_its_own(server: Server) -> None:
    """The page's conversations are no sender of the REST contract, and no draft is found by its owner's name."""
    page = httpx.Client(base_url=server.url, timeout=60)
    page.get("/")
    page.post("/chat", data={"message": "有个叫银河的平台骗了我3万元"}, headers={"x-requested-with": "fetch"})
    session = page.cookies["conversation"]
    for sender in (session, f"web:{session}", f"rest:{session}"):
        assert "银河" not in Person(server, sender).say("看看填了什么")
    headers = {"x-sender": f"web:{session}", "x-filename": "a.wav"}
    sent = httpx.post(f"{server.url}/webhooks/rest/evidence", content=WAV, headers=headers, timeout=30)
    assert sent.status_code == 200  # it opens a report of that sender's own
    assert "银河" not in Person(server, f"web:{session}").say("看看填了什么")
    other = httpx.Client(base_url=server.url, timeout=60, cookies={"conversation": uuid.uuid4().hex * 2})
    assert "银河" not in other.get("/my-data").text
    assert "银河" not in other.post("/my-data/copy").text


def test_papers_open_by_their_links_and_codes_only(server: Server) -> None:
    person, other = Person(server), Person(server)
    person.say("企业自查", *SHORT, FILED)
    number = re.search(r"ZC-\w{4}-\w{4}", person.text)
    assert number
    assert number[0] not in other.say("我的自查")
    assert "张三" not in other.say(f"查看自查 {number[0]}")
    assert "张三" not in other.say(f"更正自查 {number[0]}")
    link = str(person.custom["files"][0]["url"])
    token = link.split("/")[2]
    for forged in (token[:-5] + "AAAA" + token[-1], token[::-1], "x", token[1:]):
        assert forged != token
        assert httpx.get(server.url + link.replace(token, forged), timeout=60).status_code == 410


@pytest.mark.parametrize("path", ["/calendar/{}.ics", "/calendar/once/{}/tasks.ics", "/charts/{}.png"])
def test_addresses_that_open_something_cannot_be_made_up(server: Server, path: str) -> None:
    for made_up in ("1", "0" * 32, uuid.uuid4().hex, "gAAAAABhZ" + "A" * 91):
        assert httpx.get(server.url + path.format(made_up), timeout=60).status_code in (404, 410)
