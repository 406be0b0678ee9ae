"""A machine that is taken away with every key it has: no store, file, log or temporary file of it tells a report.

The stores of cases alone are held in ``test_sealing.py``; here are the places around them: conversations, what waits
for messengers, replies that could be asked for again, pages behind links, officials' tasks and reminders, files as
they were read, and what is left in a database's own files of what was deleted.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from cryptography.fernet import Fernet

import bot  # noqa: F401  (prepares the process for Rasa)
from bot.channels.outbox import Outbox
from bot.channels.rendering import Part
from bot.channels.tencent.records import GIVEN_SECONDS, Records
from bot.cli.cases import OTHERS
from bot.conversations import Conversations
from casework.cases.case import Filing, Route
from casework.cases.case_secrets import KEYS, CaseSecrets
from casework.cases.contact_store import NOT_OPENED
from casework.cases.keyring import shown
from casework.cases.receipts import new_receipt
from casework.cases.releases import Request
from casework.cases.store import CaseStore
from casework.desk.account import Role
from knowledge.directory import OFFICE
from storage.database import EncryptedStore
from storage.encryption import Encryptor, load_encryptor
from storage.settings import ActionSettings
from tests.conftest import DATA, ROOT, Server
from tests.evidence_files import screenshot
from tests.officials import Official, agreed_to, keeper, open_accounts, released
from tests.talk import Person
from tests.test_sealing import (
    POLICE,
    TRADE,
    Desk,
    desk,  # noqa: F401  (a fixture)
    opened_of,
    reported,
)
from tests.test_tip_off import SUBMIT

KINDS: dict[str, type[EncryptedStore]] = {
    KEYS: CaseSecrets,
    "cases": CaseStore,
    "conversations": Conversations,
    **OTHERS,
}
# What only this report tells: its platform, who tells it, what its picture shows and is called, what is added.
TARGET, TELLER, SHOWN, NAMED, ADDED = "月牙泉通宝", "崔小满", "青蚨引路费", "崔小满的转账", "欠条写的是吕十六"
PLANTED = (TARGET, TELLER, SHOWN, NAMED, ADDED)


def told_anywhere(folder: Path) -> list[tuple[str, str]]:
    """Which planted words are where: in what the stores open, and in every byte of every file."""
    found, settings = [], ActionSettings(data_dir=folder)
    for name, kind in KINDS.items():
        if (folder / f"{name}.db").exists():
            with closing(kind(folder / f"{name}.db", load_encryptor(settings))) as store:
                found += [(name, word) for text in opened_of(store) for word in PLANTED if word in text]
    for path in folder.rglob("*"):
        if path.is_file() and not any(part in BUILT for part in path.relative_to(folder).parts):
            content = path.read_bytes()
            found += [(path.name, word) for word in PLANTED if word.encode() in content]
    return sorted(set(found))


# What was built from the program's own files.
BUILT = ("knowledge", "models", "cache")


def temporary_files() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("*"))


def too_late_to_tell_the_receipt_again() -> None:
    with closing(CaseStore(DATA / "cases.db", load_encryptor(ActionSettings(data_dir=DATA)))) as store:
        store._db.execute("update deliveries set at = 0")
        store.forget_deliveries()


@pytest.mark.about_the_file
def test_a_report_that_was_told_shown_read_and_exported_is_nowhere_to_be_read(server: Server) -> None:
    office = keeper(server).desk
    before, person = temporary_files(), Person(server)
    person.say(f"我叫{TELLER}，{TARGET}用朋友圈广告拉我投了20万，现在不让提现")
    sent = httpx.post(
        f"{server.url}/webhooks/rest/evidence",
        content=screenshot(lines=(SHOWN, "人民币 20000 元")),
        headers={"x-sender": person.sender, "x-filename": quote(f"{NAMED}.png")},
        timeout=120,
    )
    assert sent.status_code == 200, sent.text
    person.say("继续", "其余跳过", SUBMIT)
    receipt, number = str(person.custom["receipt"]), str(person.custom["number"])
    person.say(receipt, f"补充：{ADDED}")
    page = office.get(f"/console/cases/{number}").text
    assert TARGET in page and ADDED in page, "its units read it"
    file = re.search(rf"/console/cases/{number}/files/[0-9a-f]+", page)
    assert file and office.get(file[0]).status_code == office.get(file[0], download=1).status_code == 200
    released(server, office, number)
    assert office.get(f"/console/cases/{number}/bundle.zip").status_code == 200
    assert number in office.get("/console/cases", q=TARGET).text
    too_late_to_tell_the_receipt_again()
    assert told_anywhere(DATA) == []
    assert not any(word in server.log.read_text(encoding="utf-8") for word in (*PLANTED, receipt, quote(TARGET)))
    new = [path for path in temporary_files() - before if path.exists()]
    left = [path for each in new for path in (each.rglob("*") if each.is_dir() else [each]) if path.is_file()]
    assert not [path for path in left if any(word.encode() in path.read_bytes() for word in PLANTED)]


@pytest.mark.about_the_file
def test_the_search_finds_what_is_being_told(server: Server) -> None:
    """A search that finds nothing anywhere would show nothing."""
    person = Person(server)
    person.say(f"我叫{TELLER}，{TARGET}用朋友圈广告拉我投了20万，现在不让提现")
    assert {name for name, _ in told_anywhere(DATA)} >= {"cases", "conversations"}
    person.say("取消", "确定")
    assert told_anywhere(DATA) == []


# What the messengers leave --------------------------------------------------------------------------------------------


@pytest.fixture
def encryptor() -> Encryptor:
    return Encryptor([Fernet.generate_key()])


@pytest.mark.both_databases
def test_what_a_platform_could_ask_for_again_is_gone_ten_minutes_later(
    tmp_path: Path, encryptor: Encryptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = Records(tmp_path / "tencent.db", encryptor)
    records.give("callback 7", f"回执码 1234 5678 1234 5678，{TARGET}")
    assert records.given("callback 7") and any(TARGET in text for text in opened_of(records))
    later = records._read("select until from given")[0][0] + 1
    assert later - 1 <= records._read("select at from given")[0][0] + GIVEN_SECONDS
    monkeypatch.setattr("bot.channels.tencent.records.now", lambda: later)
    assert records.given("callback 7") is None, "at once, whenever it is deleted"
    records.delete_old(60)
    assert not any(TARGET in text for text in opened_of(records))


@pytest.mark.both_databases
def test_a_page_behind_a_link_opens_with_the_link_only(tmp_path: Path, encryptor: Encryptor) -> None:
    records = Records(tmp_path / "tencent.db", encryptor)
    key = records.put_text(f"请核对：{TARGET}骗了{TELLER}").rpartition("/")[2]
    assert records.page(key, 60) == {"text": f"请核对：{TARGET}骗了{TELLER}"}
    assert records.page("another", 60) == {}
    assert not any(word in text for text in opened_of(records) for word in PLANTED)
    assert records.out_of_place() == []


@pytest.mark.both_databases
def test_what_a_button_says_opens_with_the_button_only(tmp_path: Path, encryptor: Encryptor) -> None:
    outbox = Outbox(tmp_path / "outbox.db", encryptor)
    key = outbox.key_for(f"名称改成{TARGET}")
    assert outbox.payload_of(key) == f"名称改成{TARGET}" and outbox.payload_of("0" * 24) is None
    assert not any(word in text for text in opened_of(outbox) for word in PLANTED)
    # A button of an earlier program, which is still on somebody's screen.
    row = {"key": "a" * 24, "body": outbox._seal("payloads", "body", "原文 二（一）1", "a" * 24), "at": 2e9}
    outbox._db["payloads"].insert(row)
    assert outbox.payload_of("a" * 24) == "原文 二（一）1"


@pytest.mark.about_the_file
def test_nothing_that_was_deleted_stays_in_a_databases_own_files(tmp_path: Path, encryptor: Encryptor) -> None:
    """A conversation that went with its report, and messages that were sent: with the key their old pages open."""
    with ExitStack() as opened:
        conversations = opened.enter_context(closing(Conversations(tmp_path / "conversations.db", encryptor)))
        cases = opened.enter_context(closing(CaseStore(tmp_path / "cases.db", encryptor)))
        outbox = opened.enter_context(closing(Outbox(tmp_path / "outbox.db", encryptor)))
        cases.conversations = conversations.tables()
        conversations.save_events("telegram:7", [{"event": "user", "text": TARGET}])
        conversations.add_turn("telegram:7", TARGET, [])
        outbox.keep("telegram", "1", TARGET)
        outbox.put("telegram:7", [Part(TARGET)])
        tables = ((conversations, "turns", "turn"), (conversations, "trackers", "events"))
        tables += ((outbox, "incoming", "body"), (outbox, "outgoing", "body"))
        kept = [bytes(store._read(f"select {column} from {table}")[0][0]) for store, table, column in tables]
        draft = cases.start("tip_off", "telegram:7", {"answers": {}})
        cases.submit_tip_off(draft, Filing([Route("市工商局", "lead", "三（二）6")]), new_receipt(), "telegram:7")
        outbox.handled("telegram", ["1"])
        outbox.sent(outbox.waiting("telegram:7")[0])

        def left() -> int:
            files = b"".join(path.read_bytes() for path in tmp_path.glob("*.db*"))
            return sum(value in files for value in kept)

        assert left() == len(kept), "deleted, and still in the log"
        for store in (conversations, cases, outbox):
            store.write_over()
        assert left() == 0


# What officials write of it ----------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_why_an_official_wants_something_is_read_by_who_asks_and_who_decides(desk: Desk) -> None:  # noqa: F811
    office, police = desk.member(OFFICE, Role.OFFICE), desk.member(POLICE)
    custodian = desk.member(TRADE, Role.CUSTODIAN)
    assert office.keys.current and custodian.keys.current
    case, _ = reported(desk, POLICE)
    reason, filters = f"核对{TELLER}交来的合同", {"q": TARGET}
    made = desk.cases.ask_release(Request("queue", police.account.id, POLICE, "report", reason, filters=filters), None)
    one = desk.cases.ask_release(Request("bundle", police.account.id, POLICE, "verify", reason), case.id)
    assert not any(word in text for text in opened_of(desk.cases) for word in (TELLER, TARGET))
    for session in (police, custodian, office):
        with shown(session.keys):
            found = {each.id: each.request for each in desk.cases.with_words(desk.cases.releases())}
        assert (found[made.id].reason, dict(found[made.id].filters), found[one.id].reason) == (reason, filters, reason)
    with shown(desk.member(TRADE).keys):
        (other,) = desk.cases.with_words([made])
    assert other.request.sealed and other.request.reason == NOT_OPENED and not other.request.filters
    assert desk.cases.mistakes() == []


@pytest.mark.about_the_file
def test_a_list_whose_filters_do_not_open_is_not_exported_whole(server: Server) -> None:
    office = Official(server, Role.OFFICE)
    desk_of_office = office.console()
    form = {"purpose": "report", "reason": f"月度会议，核对{TELLER}", "filter_county": "涧西区"}
    assert desk_of_office.post("/console/exports", **form).status_code == 303
    agreed_to(server)
    release = re.search(r"release=([0-9a-f]{16})", desk_of_office.get("/console/exports").text)
    assert release and f"核对{TELLER}" in desk_of_office.get("/console/exports").text
    assert desk_of_office.get("/console/export.csv", release=release[1]).status_code == 200
    with closing(open_accounts()) as accounts:
        accounts._db.execute("update sessions set carried = null where account_id = ?", [office.account.id])
    refused = desk_of_office.get("/console/export.csv", release=release[1])
    assert refused.status_code == 409 and "筛选条件已密封" in refused.text


@pytest.mark.about_the_file
def test_memory_is_written_to_no_disk() -> None:
    unit = (ROOT / "deploy" / "systemd" / "assistant@.service").read_text(encoding="utf-8").splitlines()
    assert {"LimitCORE=0", "MemorySwapMax=0"} <= set(unit)
