"""What leaves the console takes two people, a use and a reason, and the reporter sees that it did."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from casework.cases.releases import OPEN_HOURS, WAIT_DAYS, ReleaseError, Request
from casework.cases.store import CaseStore
from casework.desk.account import Role
from casework.desk.roles import ALLOWED, Permission
from storage.encryption import Encryptor, OutOfPlaceError
from tests.conftest import Server
from tests.officials import PASSWORD, Desk, Official, agreed_to
from tests.talk import Person
from tests.test_foreign_ids import files_of
from tests.test_tip_off import SUBMIT

REASON = "核对合同上的公章是否真实"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    opened = CaseStore(tmp_path / "cases.db", Encryptor([Fernet.generate_key()]))
    yield opened
    opened.close()


def asked(store: CaseStore, by: str = "zhou", case_id: str | None = None) -> str:
    return store.ask_release(Request("queue", by, "市公安局", "report", REASON, filters={"q": "金鼎"}), case_id).id


@pytest.mark.both_databases
def test_nobody_agrees_to_their_own_request_and_nobody_twice(store: CaseStore) -> None:
    release = asked(store)
    with pytest.raises(ReleaseError, match="另一位同事"):
        store.decide_release(release, "zhou", agreed=True)
    assert store.released("zhou", "queue", None) is None
    store.decide_release(release, "fang", agreed=True)
    found = store.released("zhou", "queue", None)
    assert found and found.decided_by == "fang" and found.request.filters == {"q": "金鼎"}
    with pytest.raises(ReleaseError, match="已经处理"):
        store.decide_release(release, "li", agreed=False)
    assert store.released("fang", "queue", None) is None, "it is for who asked"


@pytest.mark.both_databases
def test_a_refusal_opens_nothing_and_what_was_agreed_to_ends(store: CaseStore) -> None:
    store.decide_release(asked(store), "fang", agreed=False)
    assert store.released("zhou", "queue", None) is None
    release = asked(store, "li")
    sealed = store._seal("releases", "decision", [True, "fang", 0.0], release, "li")
    store._db.execute("update releases set decision = ? where id = ?", [sealed, release])
    assert store.released("li", "queue", None) is None, f"after {OPEN_HOURS} hours"
    waiting = asked(store, "wang")
    store._db.execute("update releases set at = at - ? where id = ?", [(WAIT_DAYS + 1) * 86_400, waiting])
    with pytest.raises(ReleaseError, match="过期"):
        store.decide_release(waiting, "fang", agreed=True)


@pytest.mark.both_databases
def test_who_can_write_to_the_database_cannot_agree(store: CaseStore) -> None:
    """A decision is sealed for its request: that of another one does not open here."""
    first, second = asked(store), asked(store, "li")
    store.decide_release(first, "fang", agreed=True)
    moved = store._read("select decision from releases where id = ?", first)[0][0]
    store._db.execute("update releases set decision = ? where id = ?", [moved, second])
    with pytest.raises(OutOfPlaceError):
        store.released("li", "queue", None)
    assert any("releases" in mistake for mistake in store.mistakes())


def test_custodians_see_no_case() -> None:
    assert not ALLOWED[Role.CUSTODIAN] & {Permission.SEE_CASES, Permission.SEE_CASE_STATUS, Permission.EXPORT}
    assert Permission.RELEASE not in ALLOWED[Role.OFFICIAL] | ALLOWED[Role.ADMINISTRATOR]


# On the console ------------------------------------------------------------------------------------------------------


def reported_with_a_file(server: Server) -> tuple[str, str]:
    """Report with a file; the number and the receipt."""
    person = Person(server)
    person.say("我要举报金鼎财富，高息揽储骗了我20万，在西工区")
    headers = {"x-sender": person.sender, "x-filename": "note.txt"}
    sent = httpx.post(f"{server.url}/webhooks/rest/evidence", content=b"receipt of 20,000", headers=headers)
    assert sent.status_code == 200
    person.say("其余跳过", SUBMIT)
    return str(person.custom["number"]), str(person.custom["receipt"])


@pytest.fixture(scope="module")
def office(server: Server) -> Desk:
    return Official(server, Role.OFFICE).console()


def test_an_original_by_two_people_and_the_reporter_sees_it(server: Server, office: Desk) -> None:
    number, receipt = reported_with_a_file(server)
    (file,) = set(files_of(office, number))
    at = f"/console/cases/{number}/files/{file}?original=1"
    assert office.get(at).status_code == 409
    empty = office.post(f"/console/cases/{number}/releases", file=file, purpose="verify", reason="x")
    assert empty.status_code == 422 and "写明具体理由" in empty.text
    office.post(f"/console/cases/{number}/releases", file=file, purpose="verify", reason=REASON)
    assert office.get(at).status_code == 409, "asking alone opens nothing"
    own = re.search(r'action="(/console/releases/[0-9a-f]{16})"', office.get("/console/releases").text)
    assert own is None, "nor is one's own request offered"
    custodian = Official(server, Role.CUSTODIAN).console()
    page = custodian.get("/console/releases").text
    assert number in page and REASON in page and "金鼎" not in page
    assert custodian.get(f"/console/cases/{number}").status_code == 403
    (waiting,) = re.findall(rf'{number}.*?action="(/console/releases/[0-9a-f]{{16}})"', page, re.S)[:1]
    assert custodian.post(waiting, act="approve").status_code == 422, "a session alone agrees to nothing"
    assert custodian.post(waiting, act="approve", old=PASSWORD).status_code == 303
    taken = office.get(at)
    assert taken.content == b"receipt of 20,000" and "note.txt" in taken.headers["content-disposition"]
    other = Official(server, Role.OFFICE).console()
    assert other.get(at).status_code == 409, "it is for who asked"
    # In the audit, in the case's story, and at the reporter's.
    assert "同意市领导小组办公室调取材料原件（核对真伪）" in office.get("/console/audit").text
    said = Person(server)
    text = said.say(receipt)
    assert "调取原件" in text and "核对真伪" in text and REASON not in text
    assert "调取原件" in [step["name"] for step in said.custom["steps"]]
    page = httpx.post(f"{server.url}/tip-off", data={"receipt": receipt}).text
    assert "核对真伪" in page and REASON not in page


def test_a_whole_case_and_a_list_by_two_people(server: Server, office: Desk) -> None:
    number, _ = reported_with_a_file(server)
    assert office.get(f"/console/cases/{number}/bundle.zip").status_code == 409
    assert office.get("/console/export.xlsx").status_code == 409
    office.post(f"/console/cases/{number}/releases", purpose="hand_over", reason=REASON)
    office.post("/console/exports", filter_q=number, purpose="report", reason=REASON)
    agreed_to(server)
    assert office.get(f"/console/cases/{number}/bundle.zip").status_code == 200
    links = re.findall(r'href="(/console/export\.csv\?release=[0-9a-f]+)"', office.get("/console/exports").text)
    sheet = office.get(links[0]).content.decode("utf-8-sig")
    assert number in sheet and sheet.count("\n") == 2, "what was asked for, and no more"
    other = Official(server, Role.OFFICE).console()
    assert other.get(links[0]).status_code == 409


def test_units_that_do_not_decide_cannot_ask(server: Server) -> None:
    number, _ = reported_with_a_file(server)
    helper = Official(server, Role.OFFICIAL, "西工区政府").console()
    assert "申请调取原件" not in helper.get(f"/console/cases/{number}").text
    asked = helper.post(f"/console/cases/{number}/releases", file="0" * 32, purpose="verify", reason=REASON)
    assert asked.status_code == 403
