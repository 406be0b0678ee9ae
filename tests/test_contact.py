"""How a reporter can be reached: no unit opens it with its own key, one official is given it for a while by another."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from typing import Any

import pytest

import bot  # noqa: F401  (prepares the process for Rasa)
from casework.cases.case import Case, Filing, Route
from casework.cases.contact import IN_THEIR_PLACE, apart
from casework.cases.keyring import shown
from casework.cases.receipts import new_receipt
from casework.cases.releases import OPEN_HOURS, Release, ReleaseError, release_lines
from casework.cases.unit_keys import UnitKeyError
from casework.cases.unit_keys import opened as opened_with
from casework.cases.unit_store import CUSTODY, sealed_to
from casework.desk.account import Role
from casework.desk.acts import in_words
from casework.desk.handling import viewed
from casework.desk.releasing import ask_to_take_out, decide
from casework.interview.answers import Answer
from casework.interview.state import State
from knowledge.directory import OFFICE
from tests.conftest import Server
from tests.officials import PASSWORD, Official, agreed_to
from tests.talk import Person
from tests.test_sealing import (
    PHONE,
    POLICE,
    TRADE,
    Desk,
    Session,
    desk,  # noqa: F401  (a fixture)
    everything_that_opens,
    reported,
)
from tests.test_tip_off import SUBMIT

REASON = "核对转账时间，要当面问清楚"


def contact_seen(there: Desk, session: Session, case: Case) -> list[str]:
    with shown(session.keys):
        found = there.cases.get(case.id)
        assert found
        return [value for _, value in viewed(there.cases, session.account, found).contact]


def asked(there: Desk, session: Session, case: Case) -> Release:
    with shown(session.keys):
        return ask_to_take_out(
            there.services, session.account, "contact", "call", REASON, there.cases.get(case.id) or case
        )


def agreed(there: Desk, session: Session, release: Release) -> Release:
    with shown(session.keys):
        return decide(there.services, session.account, release.id, agreed=True)


def opens_with(there: Desk, session: Session, case: Case, column: str) -> bool:
    """Whether any key of a session opens what is sealed in a column of a case, whatever the program allows."""
    (kept,) = there.cases._read(f"select {column} from cases where id = ?", case.id)[0]
    inner = there.cases._open("cases", column, kept, case.id)["sealed"]
    keys = session.keys
    case_pair = there.cases._case_pair(case.id, keys)
    for pair in [*keys.pairs.values(), *([case_pair] if case_pair else []), *([keys.member] if keys.member else [])]:
        try:
            opened_with(b64decode(inner), f"cases.{column}:{case.id}", pair)
        except UnitKeyError:
            continue
        return True
    return False


@pytest.mark.both_databases
def test_with_the_units_keys_alone_the_details_do_not_open(desk: Desk) -> None:  # noqa: F811
    custodian, police = desk.member(TRADE, Role.CUSTODIAN), desk.member(POLICE)
    case, _ = reported(desk, POLICE)
    assert custodian.keys.unit == CUSTODY
    assert opens_with(desk, police, case, "content") and not opens_with(desk, police, case, "contact")
    assert opens_with(desk, custodian, case, "contact") and not opens_with(desk, custodian, case, "content")
    assert PHONE not in str(police.opens(case).content) and contact_seen(desk, police, case) == []
    assert PHONE not in everything_that_opens(desk.cases)
    assert desk.cases.mistakes() == []


@pytest.mark.both_databases
def test_a_custodian_gives_them_to_who_asked_for_a_while(desk: Desk) -> None:  # noqa: F811
    custodian, police, colleague = desk.member(TRADE, Role.CUSTODIAN), desk.member(POLICE), desk.member(POLICE)
    assert police.keys.current and colleague.keys.current
    case, receipt = reported(desk, POLICE)
    release = asked(desk, police, case)
    assert contact_seen(desk, police, case) == [], "asking alone opens nothing"
    agreed(desk, custodian, release)
    assert contact_seen(desk, police, case) == [PHONE]
    assert contact_seen(desk, colleague, case) == [], "it is for who asked"
    kept = everything_that_opens(desk.cases)
    assert PHONE not in kept and REASON not in "".join(release_lines(desk.cases.history(case)))
    opened = desk.cases.by_receipt(receipt)
    assert opened and "市公安局因“联系举报人核实情况”，经另一位审批人同意，查看了您留的联系方式" in "".join(
        release_lines(desk.cases.history(opened))
    )
    assert "查看举报人联系方式" in [in_words(act) for act in desk.cases.history(case)]
    assert desk.cases.mistakes() == []


@pytest.mark.both_databases
def test_the_copy_ends_with_its_time(desk: Desk) -> None:  # noqa: F811
    custodian, police = desk.member(TRADE, Role.CUSTODIAN), desk.member(POLICE)
    case, _ = reported(desk, POLICE)
    release = agreed(desk, custodian, asked(desk, police, case))
    desk.cases.forget_contacts()
    assert contact_seen(desk, police, case) == [PHONE]
    desk.cases._db.execute("update releases set copied = copied - ?", [OPEN_HOURS * 3600 + 1])
    desk.cases.forget_contacts()
    assert desk.cases._read("select copy from releases where id = ?", release.id) == [(None,)]
    assert contact_seen(desk, police, case) == []


@pytest.mark.both_databases
def test_a_second_member_of_the_office_agrees_where_there_is_no_custodian(desk: Desk) -> None:  # noqa: F811
    first, second = desk.member(OFFICE, Role.OFFICE), desk.member(OFFICE, Role.OFFICE)
    police = desk.member(POLICE)
    case, _ = reported(desk, POLICE, OFFICE)
    assert first.keys.current and second.keys.current
    assert not opens_with(desk, police, case, "contact")
    own = asked(desk, first, case)
    with pytest.raises(ReleaseError, match="另一位同事"):
        agreed(desk, first, own)
    agreed(desk, second, own)
    assert contact_seen(desk, first, case) == [PHONE] and contact_seen(desk, police, case) == []


@pytest.mark.both_databases
def test_a_unit_alone_hands_them_over_when_custodians_come(desk: Desk) -> None:  # noqa: F811
    """The first official of all is not kept from working, and nobody is given the details before there is a second."""
    police = desk.member(POLICE)
    case, _ = reported(desk, POLICE)
    assert contact_seen(desk, police, case) == [] and PHONE not in everything_that_opens(desk.cases)
    release = asked(desk, police, case)
    custodian = desk.member(TRADE, Role.CUSTODIAN)
    with pytest.raises(ReleaseError, match="还没有交到您这里"):
        agreed(desk, custodian, release)
    assert police.keys.current
    assert not opens_with(desk, police, case, "contact")
    agreed(desk, custodian, release)
    assert contact_seen(desk, police, case) == [PHONE]
    assert desk.cases.mistakes() == []


@pytest.mark.both_databases
def test_what_an_earlier_program_sealed_with_the_story_moves_over(desk: Desk) -> None:  # noqa: F811
    police = desk.member(POLICE)
    case, _ = reported(desk, POLICE)
    keys = desk.cases._keys_of_case(case.id)
    assert keys
    with shown(police.keys):
        content = (desk.cases.get(case.id) or case).content
    content["answers"] |= {"contact_phone": {"value": PHONE, "shown": PHONE}}
    inner = sealed_to(f"cases.content:{case.id}", json.dumps(content).encode(), [keys.public])
    outer = desk.cases._open(
        "cases", "content", desk.cases._read("select content from cases where id = ?", case.id)[0][0], case.id
    )
    desk.cases._db.execute(
        "update cases set content = ?, contact = null, contact_key = null where id = ?",
        [desk.cases._seal("cases", "content", {**outer, "sealed": inner}, case.id), case.id],
    )
    assert contact_seen(desk, police, case) == [], "nor is it shown before"
    custodian = desk.member(TRADE, Role.CUSTODIAN)
    assert police.keys.current
    assert PHONE not in str(police.opens(case).content)
    agreed(desk, custodian, asked(desk, police, case))
    assert contact_seen(desk, police, case) == [PHONE]
    assert desk.cases.mistakes() == []


@pytest.mark.both_databases
def test_a_custodian_who_forgot_the_password_is_handed_the_key_by_the_office(desk: Desk) -> None:  # noqa: F811
    office, custodian, police = (
        desk.member(OFFICE, Role.OFFICE),
        desk.member(TRADE, Role.CUSTODIAN),
        desk.member(POLICE),
    )
    case, _ = reported(desk, POLICE, OFFICE)
    assert office.keys.current and custodian.keys.current
    desk.accounts.set_password(custodian.account, "another-password-of-theirs")
    back = desk.signs_in(custodian.account, "another-password-of-theirs")
    assert not back.keys.current and office.keys.current and back.keys.current
    before = back.keys
    desk.accounts.set_active(custodian.account, False)
    assert office.keys.current
    after, _ = reported(desk, POLICE, OFFICE)
    with shown(before):
        assert desk.cases._contact_of(after.id) is None, "who left opens nothing that comes after"
    agreed(desk, office, asked(desk, police, case))
    assert contact_seen(desk, police, case) == [PHONE], "and what came before opens with the key that came after"


@pytest.mark.both_databases
def test_who_writes_to_the_database_gives_nobody_another_ones_details(desk: Desk) -> None:  # noqa: F811
    custodian, police = desk.member(TRADE, Role.CUSTODIAN), desk.member(POLICE)
    case, _ = reported(desk, POLICE)
    other, _ = reported(desk, POLICE)
    agreed(desk, custodian, asked(desk, police, case))
    desk.cases._db.execute(
        "update cases set contact = (select contact from cases where id = ?) where id = ?", [case.id, other.id]
    )
    assert any("cases.contact" in mistake for mistake in desk.cases.mistakes())


@pytest.mark.both_databases
def test_nobody_asks_for_what_was_not_left(desk: Desk) -> None:  # noqa: F811
    police = desk.member(POLICE)
    draft = desk.cases.start("tip_off", "rest:甲", State({"happened": Answer("骗钱", "骗钱")}).as_json())
    case = desk.cases.submit_tip_off(draft, Filing([Route(POLICE, "lead", "三（二）6")]), new_receipt())
    with_details, _ = reported(desk, POLICE)
    with pytest.raises(ReleaseError, match="没有留联系方式"):
        asked(desk, police, case)
    lengths = {
        len(desk.cases._open("cases", "contact", kept, case_id)["sealed"])
        for case_id, kept in desk.cases._read("select id, contact from cases")
    }
    assert len(lengths) == 1 and len(desk.cases._read("select 1 from cases")) == 2, "nor does its length tell"
    assert with_details.id != case.id


TOLD: dict[str, tuple[str, str]] = {
    "as it was typed": ("打13837912345找我", f"打{IN_THEIR_PLACE}找我"),
    "in groups": ("电话是 138 3791 2345。", f"电话是 {IN_THEIR_PLACE}。"),
    "full width, with the country": ("＋86１３８３７９１２３４５", IN_THEIR_PLACE),
    "another number": ("客服4008001234骗我", "客服4008001234骗我"),
}


@pytest.mark.parametrize(("story", "kept"), TOLD.values(), ids=TOLD)
def test_a_telephone_that_was_told_with_the_story_goes_with_the_others(story: str, kept: str) -> None:
    def answer(value: str) -> dict[str, Any]:
        return {"value": value, "shown": value}

    content = {"answers": {"happened": answer(story), "contact_phone": answer("+8613837912345")}}
    rest, details = apart(content)
    assert rest["answers"] == {"happened": answer(kept)}
    assert details == {"contact_phone": answer("+8613837912345")}
    assert content["answers"]["happened"] == answer(story), "what was given is not changed itself"


ACCOUNTS: dict[str, tuple[str, str, str]] = {
    "WeChat": ("微信 lixiao_2016", "骗了我5万。可以，微信lixiao_2016", f"骗了我5万。可以，微信{IN_THEIR_PLACE}"),
    "mail": ("li.xiao@example.com", "有事发 Li.Xiao@example.com。", f"有事发 {IN_THEIR_PLACE}。"),
    "another account": ("微信 lixiao_2016", "客服微信 lixiao_20167", "客服微信 lixiao_20167"),
    "a number and its remark": ("138 3791 2345（微信同号）", "加微信说的", "加微信说的"),
}


@pytest.mark.parametrize(("left", "story", "kept"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_an_account_that_was_told_with_the_story_goes_with_the_others(left: str, story: str, kept: str) -> None:
    content = {
        "answers": {
            "happened": {"value": story, "shown": story},
            "reach": {"value": story, "shown": story},
            "contact_phone": {"value": left, "shown": left},
        }
    }
    rest, _ = apart(content)
    assert rest["answers"]["happened"]["shown"] == kept
    assert rest["answers"]["reach"]["shown"] == story, "how the platform is found stays"


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        ("可以，我姓李，微信 lixiao_2016", {"您的称呼": "姓李", "您的联系方式": "微信 lixiao_2016"}),
        ("愿意，邮箱 li.xiao@example.com，叫我老李就行", {"您的称呼": "老李", "您的联系方式": "li.xiao@example.com"}),
    ],
)
def test_who_leaves_an_account_is_called_by_the_name_said_with_it(
    server: Server, left: str, shown: dict[str, str]
) -> None:
    """Name and account stand under their own labels, and not in the story, where every handler would read them."""
    person = Person(server)
    person.say("有个叫金鼎财富的骗了我20万，在西工区", "修改是否留联系方式", left, "其余跳过")
    for label, answer in shown.items():
        assert f"{label}：{answer}" in person.text
    told = next(line for line in person.text.splitlines() if "发生了什么" in line)
    after = person.text[person.text.index(told) : person.text.index("平台或公司名称")]
    assert left not in after


def test_on_the_console_by_two_people_and_the_reporter_sees_it(server: Server) -> None:
    lead, person = Official(server, Role.OFFICIAL, TRADE), Person(server)
    handler = lead.console()
    agreed_to(server)  # a custodian is there
    person.say("我要举报金鼎财富，高息揽储骗了我20万，在西工区，我的电话13837912345", "其余跳过", SUBMIT)
    number, receipt = str(person.custom["number"]), str(person.custom["receipt"])
    page = handler.get(f"/console/cases/{number}").text
    assert "金鼎财富" in page and "申请查看举报人联系方式" in page
    assert not re.search(r"138 ?3791 ?2345", page), "neither among the answers nor in the story"
    wrong = handler.post(f"/console/cases/{number}/releases", what="contact", purpose="examine", reason=REASON)
    assert wrong.status_code == 422
    sent = handler.post(f"/console/cases/{number}/releases", what="contact", purpose="call", reason=REASON)
    assert sent.status_code == 303
    custodian = Official(server, Role.CUSTODIAN).console()
    waiting = custodian.get("/console/releases").text
    assert "举报人联系方式" in waiting and not re.search(r"138 ?3791 ?2345", waiting)
    (at,) = re.findall(rf'{number}.*?action="(/console/releases/[0-9a-f]{{16}})"', waiting, re.S)[:1]
    assert custodian.post(at, act="approve", old=PASSWORD).status_code == 303
    assert re.search(r"138 ?3791 ?2345", handler.get(f"/console/cases/{number}").text)
    assert "到案件页面查看" in handler.get("/console/exports").text
    other = Official(server, Role.OFFICIAL, TRADE).console()
    assert not re.search(r"138 ?3791 ?2345", other.get(f"/console/cases/{number}").text)
    said = Person(server)
    text = said.say(receipt)
    assert "查看联系方式" in text and "联系举报人核实情况" in text and REASON not in text
    assert "查看联系方式" in [step["name"] for step in said.custom["steps"]]
