"""Chat, receipt page and console with a database user and keys of their own: each does its whole job and no more."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg2
import pytest
from cryptography.fernet import Fernet
from psycopg2.errors import InsufficientPrivilege

import bot  # noqa: F401  (prepares the process for Rasa)
from bot.cli.parts import as_user
from casework.cases.case import CLOSED
from casework.cases.case_queries import CaseFilter
from casework.cases.store import CaseStore
from casework.desk.account import Account, Role
from casework.desk.accounts import Accounts
from casework.desk.reminders import remind
from casework.desk.tasks import Tasks
from knowledge.directory import OFFICE
from storage.database import StoreLocation
from storage.encryption import Encryptor, KeyFileError, OutOfPlaceError, PartEncryptor
from storage.rights import PARTS, VECTORS, LimitedPart, all_rights, renew_rights
from storage.settings import LUOYANG
from tests.conftest import QuickServer, command, server_of_its_own
from tests.evidence_files import WORDS, screenshot
from tests.officials import PASSWORD, Desk
from tests.postgres import ADMIN
from tests.talk import CODE, FIRM, Person
from tests.test_desk_chat import reported
from tests.test_evidence import WAV

SOON_SECONDS = 60
TRADE = "市工商局"


@contextmanager
def owned_database() -> Iterator[tuple[str, str]]:
    """A database whose owner is no superuser but may make users; yields its URL and the prefix of further users."""
    name = f"rights_{secrets.token_hex(5)}"
    parts = urlsplit(as_user(ADMIN, f"{name}_owner", "owner"))
    try:
        admin = psycopg2.connect(ADMIN, connect_timeout=3)
    except psycopg2.OperationalError as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL is missing in CI, where nothing may be skipped: {error}")
        pytest.skip("没有 PostgreSQL，相关测试跳过")
    with closing(admin), admin.cursor() as cursor:
        admin.autocommit = True
        cursor.execute(f"create role {name}_owner login createrole password 'owner'")
        cursor.execute(f"create database {name} owner {name}_owner template template0 encoding 'UTF8'")
        try:
            yield urlunsplit(parts._replace(path=f"/{name}")), name
        finally:
            cursor.execute(f"drop database {name} with (force)")
            for part in ("owner", *PARTS):
                cursor.execute(f"drop role if exists {name}_{part}")


@dataclass
class Installation:
    """An installation in parts.

    Attributes:
        url: of the owner.
        key: all keys.
        given: what stands in each part's file of settings.
    """

    url: str
    key: str
    folder: Path
    given: dict[str, dict[str, str]]
    servers: dict[str, QuickServer]

    @property
    def chat(self) -> QuickServer:
        return self.servers["chat"]

    def owners(self, kind: Callable[..., Any], name: str) -> Any:
        """A store as its owner opens it."""
        return kind(StoreLocation(self.folder / f"{name}.db", self.url), Encryptor([self.key.encode()]))

    def official(self, role: Role = Role.OFFICIAL, unit: str = TRADE) -> tuple[Account, str]:
        """Somebody with an account, and a code that lets them in."""
        with closing(self.owners(Accounts, "accounts")) as accounts:
            account: Account = accounts.add(f"a{secrets.token_hex(4)}", "周明", unit, role)
            return account, accounts.invite(account)

    def desk(self, role: Role = Role.OFFICIAL, unit: str = TRADE) -> Desk:
        """A browser in which such a person is signed in to the console."""
        account, code = self.official(role, unit)
        desk = Desk(self.servers["console"])
        joined = desk.post("/console/join", code=code, password=PASSWORD, again=PASSWORD)
        assert joined.status_code == 200, joined.text
        assert desk.post("/console/login", login=account.login, password=PASSWORD).status_code == 303
        assert desk.get("/console/me").status_code == 200
        return desk

    @cached_property
    def office(self) -> Desk:
        """Somebody of the office, who comes first and has every unit's key."""
        return self.desk(Role.OFFICE, OFFICE)

    def page(self, receipt: str, **sent: Any) -> str:
        """The page that a receipt opens."""
        told = httpx.post(f"{self.servers['intake'].url}/tip-off", data={"receipt": receipt, **sent}, timeout=60)
        assert told.status_code == 200, told.text
        return told.text

    @contextmanager
    def as_part(self, part: str) -> Iterator[Any]:
        """The database as a part's user reaches it with a program of their own."""
        with closing(psycopg2.connect(self.given[part]["DATABASE_URL"])) as opened:
            opened.autocommit = True
            with opened.cursor() as cursor:
                yield cursor

    def asked(self, statement: str, *values: Any) -> list[Any]:
        """What the owner is answered."""
        with closing(psycopg2.connect(self.url)) as opened, opened, opened.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall()) if cursor.description else []


def given_to(path: Path) -> dict[str, str]:
    """What a file of settings says."""
    lines = (line.partition("=") for line in path.read_text("ascii").splitlines())
    return {name.removeprefix("ASSISTANT_"): value for name, _, value in lines}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder, key = tmp_path_factory.mktemp("parts"), Fernet.generate_key().decode()
    with ExitStack() as opened:
        url, prefix = opened.enter_context(owned_database())
        environment = {"DATA_DIR": str(folder), "DATABASE_URL": url, "ENCRYPTION_KEY": key}
        environment = {f"ASSISTANT_{name}": value for name, value in environment.items()}
        made = command(environment, "parts", str(folder / "settings"), "--prefix", prefix)
        assert made.returncode == 0, made.stderr
        given = {path.stem: given_to(path) for path in (folder / "settings").glob("*.env")}
        assert set(given) == {*PARTS, "upkeep"}
        found = Installation(url, key, folder, given, {})
        for part in ("upkeep", *PARTS):
            settings = {name.lower(): value for name, value in given[part].items()}
            server = server_of_its_own(folder, QuickServer, reports_per_hour="1000", **settings)
            found.servers[part] = opened.enter_context(server)
        yield found


def soon(seen: Callable[[], bool]) -> bool:
    """Whether something comes to be, in another process."""
    deadline = time.monotonic() + SOON_SECONDS
    while not (done := seen()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return done


# The whole job -------------------------------------------------------------------------------------------------------


def test_a_report_is_filed_handled_and_followed_over_all_parts(installation: Installation) -> None:
    office, trade = installation.office, installation.desk()
    office.get("/console/me")  # hands the unit's key on
    person = Person(installation.chat)
    person.say("金鼎财富在涧西区门店承诺保本保息，我妈投了20万，老板跑路了")
    headers = {"x-sender": person.sender, "x-filename": "a.wav"}
    sent = httpx.post(f"{installation.chat.url}/webhooks/rest/evidence", content=WAV * 20, headers=headers, timeout=60)
    assert sent.status_code == 200, sent.text
    person.say("其余跳过", "确认如实举报并提交")
    number, receipt = person.custom["number"], person.custom["receipt"]
    assert "已收到" in installation.page(receipt) and number in installation.page(receipt)
    assert number in Person(installation.chat).say(receipt), "and from any other conversation"
    shown = office.get(f"/console/cases/{number}").text
    assert "金鼎财富" in shown and "材料（1）" in shown
    assert "金鼎财富" in trade.get("/console/cases", q="金鼎财富").text
    asked = office.post(f"/console/cases/{number}", act="ask", text="请问收款账户户名是什么？")
    assert asked.status_code in (200, 303), asked.text
    assert "请问收款账户户名是什么？" in installation.page(receipt)
    assert "户名是王某" in installation.page(receipt, message="户名是王某")
    assert "户名是王某" in office.get(f"/console/cases/{number}").text
    assert "户名是王某" in Person(installation.chat).say(receipt)
    assert soon(lambda: not installation.asked("select 1 from cases.announcements"))
    closed = office.post(f"/console/cases/{number}", act="close", outcome="handled", text="已责令停业")
    assert closed.status_code in (200, 303), closed.text
    assert "已责令停业" in installation.page(receipt)
    (file,) = re.findall(r'href="(/console/cases/[^"]+/files/[0-9a-f]+)\?download=1"', shown)
    assert office.get(file).content[:4] == b"RIFF", "a copy, made anew"
    environment = {"DATA_DIR": str(installation.folder), "DATABASE_URL": installation.url}
    environment |= {"ENCRYPTION_KEY": installation.key}
    checked = command({f"ASSISTANT_{name}": value for name, value in environment.items()}, "cases", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_files_are_added_on_the_receipt_page_and_read_on_the_console(installation: Installation) -> None:
    number, receipt = reported(installation.chat)
    page, files = f"{installation.servers['intake'].url}/tip-off", {"file": ("b.png", screenshot(), "image/png")}
    assert "已收到" in httpx.post(page, data={"receipt": receipt}, files=files, timeout=60).text
    shown = installation.office.get(f"/console/cases/{number}").text
    (file,) = re.findall(r'href="(/console/cases/[^"]+/files/[0-9a-f]+)\?download=1"', shown)
    assert installation.office.get(file).content[:4] == b"\x89PNG"
    assert soon(lambda: WORDS[0] in installation.office.get(f"/console/cases/{number}").text), "what stands in it"


def test_an_official_takes_a_report_down_gives_a_task_and_has_a_report_destroyed(installation: Installation) -> None:
    office = installation.office
    told = {"happened": "老人说被骗了养老钱", "target": "康养财富", "amount": "3万", "place": "西工区"}
    entered = office.post("/console/report", **told)
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", entered.text)
    assert receipt, entered.text
    assert "已收到" in installation.page(receipt[0])
    number = str(re.search(r"JB-\w{4}-\w{4}", entered.text)[0])  # type: ignore[index]
    assert number in office.get("/console/cases", q="康养财富").text
    given = {"title": "报送台账", "unit": "汝阳县政府", "due": "11月15日"}
    assert office.post("/console/tasks/add", **given).status_code == 303
    assert office.get("/console/charts").status_code == 200
    wish = {"what": "destroy", "purpose": "wished", "reason": "举报人来电要求删除，已核对身份"}
    assert office.post(f"/console/cases/{number}/releases", **wish).status_code == 303
    custodian = installation.desk(Role.CUSTODIAN, "市政府法制办")
    (at,) = re.findall(r'action="(/console/releases/[0-9a-f]{16})"', custodian.get("/console/releases").text)
    assert custodian.post(at, act="approve", old=PASSWORD).status_code == 303
    assert installation.asked("select count(*) from cases.cases where number = %s", number) == [(0,)]
    secrets_left = "select count(*) from cases_keys.case_secrets where secret is null"
    assert installation.asked(secrets_left)[0][0] > 0 and installation.asked("select * from cases.doomed") == []


def test_officials_hear_of_what_is_added_on_the_receipt_page_which_knows_no_officials(
    installation: Installation,
) -> None:
    number, receipt = reported(installation.chat)
    _, code = installation.official(Role.OFFICE, OFFICE)
    lead = installation.asked(
        "select unit from cases.routes join cases.cases on id = case_id where number = %s and role = 'lead'", number
    )[0][0]
    account, code = installation.official(Role.OFFICIAL, lead)
    zhou = Person(installation.chat)
    assert "登录成功" in zhou.say(f"登录 {code}")
    installation.page(receipt, message="我又想起来了，户名是李某")
    told: list[str] = []

    def hears() -> bool:
        zhou.say("我的任务")
        told.extend(zhou.notices)
        return any(number in each and "补充了情况" in each for each in told)

    assert soon(hears)
    assert account.id


def test_an_official_works_in_the_chat(installation: Installation) -> None:
    number, receipt = reported(installation.chat)
    _, code = installation.official(Role.OFFICE, OFFICE)
    office = Person(installation.chat)
    assert "需要工作人员登录" in office.say("我的案件")
    assert "登录成功" in office.say(f"登录 {code}")
    assert number in office.say("我的案件")
    assert "答复" in office.say(f"回复 {number} 已约谈该平台") or number in office.text
    assert "已约谈该平台" in installation.page(receipt)
    assert "本周举报" in office.say("本周统计")
    assert "提前 5 天" in office.say("改成提前5天")
    _, code = installation.official(Role.OFFICIAL, "宜阳县政府")
    county = Person(installation.chat)
    assert "登录成功" in county.say(f"登录 {code}")
    assert number not in county.say("我的案件"), "it went to others"
    with closing(installation.owners(Tasks, "tasks")) as tasks:
        task = next(task for task in tasks.of_unit("宜阳县政府") if task.rule == "plan")
        assert "等待市领导小组办公室复核" in county.say(f"完成 {task.id} 方案已于7月5日报送")
        assert tasks.get(task.id).note == "方案已于7月5日报送"
    _, code = installation.official(Role.OFFICIAL, "嵩县政府")
    assert "嵩县政府" in county.say(f"登录 {code}"), "somebody else at the same telephone"
    assert "已退出登录" in county.say("退出登录")
    assert "需要工作人员登录" in county.say("我的案件")


def test_reminders_are_decided_by_the_owner_and_delivered_by_the_chat(installation: Installation) -> None:
    _, code = installation.official(Role.OFFICIAL, "涧西区政府")
    zhou = Person(installation.chat)
    zhou.say(f"登录 {code}")
    with (
        closing(installation.owners(Tasks, "tasks")) as tasks,
        closing(installation.owners(Accounts, "accounts")) as accounts,
    ):
        assert remind(accounts, tasks, datetime(2016, 10, 13, 10, tzinfo=LUOYANG))
    zhou.say("你好")
    assert any("任务提醒" in notice for notice in zhou.notices)


def test_an_enterprise_checks_itself_and_goes_on_elsewhere(installation: Installation) -> None:
    firm = Person(installation.chat)
    firm.say("我要自查", FIRM)
    code = re.search(CODE, firm.say("先停一下"))
    assert code, firm.reply
    assert FIRM in Person(installation.chat).say(f"继续填报 {code[0]}", "看看填了什么")


def test_a_report_is_withdrawn_with_all_that_belongs_to_it(installation: Installation) -> None:
    number, receipt = reported(installation.chat)
    person = Person(installation.chat)
    person.say(receipt)
    person.say("撤回", "确认撤回")
    assert installation.asked("select count(*) from cases.cases where number = %s", number) == [(0,)]
    assert installation.asked("select count(*) from cases.doomed") == [(0,)]


def test_time_is_up_for_what_is_old_and_questions_are_counted(installation: Installation) -> None:
    """The upkeep deletes; the chat may not even list what is old."""
    person = Person(installation.chat)
    person.say("有个叫永昌理财的骗了我5万元")
    (draft,) = installation.asked("select id from cases.cases where status = 'draft' order by created desc limit 1")[0]
    person.say("退出", "火星上能种土豆吗")
    assert installation.asked("select count(*) from questions.turns")[0][0]
    with closing(installation.owners(CaseStore, "cases")) as cases:
        number, _ = reported(installation.chat)
        installation.asked("update cases.cases set updated = 1, submitted = 1 where number = %s", number)
        installation.asked("update cases.cases set updated = 1 where id = %s", draft)
        assert cases.delete_drafts_older_than(30) >= 0
        assert cases.delete_idle_older_than(730) == 1
        assert cases.queue(CaseFilter(number=number), 1) == []
    assert installation.asked("select count(*) from cases.cases where id = %s", draft) == [(0,)]


def test_what_belongs_to_nobody_any_more_is_deleted_by_the_upkeep_itself(installation: Installation) -> None:
    person = Person(installation.chat)
    person.say("有个叫长青理财的骗了我6万元")
    installation.asked("update cases.cases set updated = 1 where status = 'draft'")
    assert installation.asked("select count(*) from cases.cases where status = 'draft'")[0][0]
    installation.servers["upkeep"].restart()
    assert soon(lambda: installation.asked("select count(*) from cases.cases where status = 'draft'") == [(0,)])
    assert soon(lambda: kept_house(installation.servers["upkeep"]) > time.time() - SOON_SECONDS)
    assert not any(kept_house(installation.servers[part]) for part in PARTS), "the others have no right to"


def kept_house(server: QuickServer) -> float:
    """When a process last deleted what its time was up for, as it tells whoever watches over it."""
    told = httpx.get(f"{server.url}/metrics", timeout=60).text
    found = re.search(r"^assistant_kept_house_timestamp_seconds (\S+)", told, re.M)
    assert found
    return float(found[1])


# What is refused -----------------------------------------------------------------------------------------------------

ALL_PARTS = {
    "drop a table": "drop table cases.notes",
    "change a table": "alter table cases.cases add column x text",
    "look behind the policies": "alter table cases.cases disable row level security",
    "make a table": "create table cases.mine (x text)",
    "make a schema": "create schema mine",
    "make a table that nobody sees": "create temporary table mine (x text)",
    "make a function": "create function public.mine() returns int language sql as 'select 1'",
    "change the audit": "update cases.audit set actor = 'nobody'",
    "cut the audit": "delete from cases.audit",
    "empty the audit": "truncate cases.audit",
    "take a trigger off": "drop trigger audit_is_final on cases.audit",
    "be the owner": "set role {owner}",
    "see who has which rights": "select * from rights.roles",
    "read a file of the server": "select pg_read_file('/etc/passwd')",
    "read what a backup is taken of": "copy cases.cases to program 'cat'",
}
NOT_FOR_THE_PUBLIC = {
    "sessions": "select * from accounts.sessions",
    "passwords": "select password from accounts.accounts",
    "codes by telephone": "select totp from accounts.accounts",
    "security keys": "select * from accounts.security_keys",
    "challenges": "select * from accounts.challenges",
    "who is to be let in": "select * from accounts.requests",
    "invitations of one's own": "insert into accounts.invitations (code, account_id, expires) values ('a', 'b', 9e9)",
    "an account of one's own": "insert into accounts.accounts (id, login, about, unit, role, created) "
    "values ('a', 'b', 'c', 'd', 'office', 1)",
    "another role": "update accounts.accounts set role = 'office'",
    "what leaves the console": "select * from cases.releases",
    "to agree to it": "update cases.releases set decision = 'x'",
    "members' keys": "select * from cases.members",
    "boxes of units": "select * from cases.unit_boxes",
    "another key of a unit": "update cases.unit_keys set about = 'x'",
    "what reports are found by": "select * from cases.terms",
    "to forget what was announced": "delete from cases.announcements",
}
INTAKE_ONLY = {
    "officials": "select * from accounts.accounts",
    "bindings": "select * from accounts.bindings",
    "tasks": "select * from tasks.tasks",
    "notices": "select * from tasks.notices",
    "questions": "select * from questions.questions",
    "conversations": "select * from conversations.turns",
    "trackers": "select * from conversations.trackers",
    "what messengers wait for": "select * from outbox.outgoing",
    "owners": "select * from cases.owners",
    "receipts that were told a moment ago": "select * from cases.deliveries",
    "contact details": "select contact from cases.cases",
    "boxes of reports": "select * from cases.case_boxes",
    "to delete a report": "delete from cases.cases",
    "to change a report": "update cases.cases set content = 'x'",
    "to change where it goes": "update cases.routes set unit = 'x'",
    "to destroy a report's secret": "update cases_keys.case_secrets set secret = null",
    "to change what was said": "update cases.notes set author = 'handler'",
    "numbers": "select rights.number_is_taken('JB-AAAA-AAAA')",
    "officials' units": "select rights.acting_units()",
}
CHAT_ONLY = {
    "questions that others asked": "select question from questions.questions",
    "to delete what was said of a case": "delete from cases.notes",
    "to delete the audit's end": "delete from cases.audit_head",
    "reminders that were said": "select * from tasks.reminded",
}
CONSOLE_ONLY = {
    "conversations": "select * from conversations.turns",
    "trackers": "select * from conversations.trackers",
    "what messengers wait for": "select * from outbox.outgoing",
    "access to platforms": "select * from tencent.tokens",
    "receipts that were told a moment ago": "select * from cases.deliveries",
    "whose a self-check is": "select owner from cases.owners",
    "where answers to it go": "select * from cases.followers",
    "to sign somebody in to a chat": "insert into accounts.bindings (conversation, account_id, place, at) "
    "values ('a', 'b', 'c', 1)",
    "to delete an account": "delete from accounts.accounts",
    "to delete the audit's end": "delete from cases.audit_head",
}
REFUSED = [
    *((part, what, said) for part in PARTS for what, said in ALL_PARTS.items()),
    *((part, what, said) for part in ("intake", "chat") for what, said in NOT_FOR_THE_PUBLIC.items()),
    *(("intake", what, said) for what, said in INTAKE_ONLY.items()),
    *(("chat", what, said) for what, said in CHAT_ONLY.items()),
    *(("console", what, said) for what, said in CONSOLE_ONLY.items()),
]


@pytest.mark.parametrize(("part", "what", "statement"), REFUSED, ids=[f"{part}: {what}" for part, what, _ in REFUSED])
def test_a_part_that_was_taken_over_is_refused(
    installation: Installation, part: str, what: str, statement: str
) -> None:
    owner = urlsplit(installation.url).username
    with installation.as_part(part) as cursor, pytest.raises(InsufficientPrivilege):
        cursor.execute(statement.format(owner=owner))


# Tables whose rows a part may read, but none that it does not name.
NOT_LISTED = {
    "intake": ("cases.cases (id)", "cases.routes", "cases.notes", "cases.evidence", "cases.audit",
               "cases_keys.case_secrets"),
    "chat": ("cases.cases", "cases.routes", "cases.notes", "cases.evidence", "cases.audit", "cases.owners",
             "cases.deliveries", "cases.followers", "cases.case_boxes", "cases_keys.case_secrets",
             "conversations.trackers", "conversations.turns", "accounts.bindings", "accounts.invitations"),
}  # fmt: skip


@pytest.mark.parametrize("part", NOT_LISTED)
def test_a_part_that_was_taken_over_cannot_list_what_it_can_read_by_name(installation: Installation, part: str) -> None:
    office = installation.office
    number, _ = reported(installation.chat)
    office.post(f"/console/cases/{number}", act="reply", text="请保留合同")
    (case_id,) = installation.asked("select id from cases.cases where number = %s", number)[0]
    with installation.as_part(part) as cursor:
        for table in NOT_LISTED[part]:
            name, _, column = table.partition(" ")
            cursor.execute(f"select {column.strip('()') or '*'} from {name}")
            assert cursor.fetchall() == [], table
        cursor.execute("select set_config('assistant.named', %s, false)", [number])
        cursor.execute("select id from cases.cases")
        assert cursor.fetchall() == [], "its number is no secret"
        cursor.execute("select set_config('assistant.named', %s, false)", [case_id])
        cursor.execute("select id from cases.cases")
        assert cursor.fetchall() == [(case_id,)], "else this would hold nothing"


def test_a_chat_that_was_taken_over_signs_no_official_in(installation: Installation) -> None:
    """Without an invitation that somebody has just used it may bind no conversation, and serve no unit."""
    account, _ = installation.official(Role.OFFICE, OFFICE)
    reported(installation.chat)
    with installation.as_part("chat") as cursor:
        bind = "insert into accounts.bindings (conversation, account_id, place, at) values (%s, %s, '', 1)"
        with pytest.raises(InsufficientPrivilege):
            cursor.execute(bind, ["mine", account.id])
        cursor.execute("select set_config('assistant.acting', %s, false)", ["mine"])
        cursor.execute("select count(*) from cases.cases")
        assert cursor.fetchone() == (0,)
        cursor.execute("update accounts.accounts set preferences = null")
        assert cursor.rowcount == 0


def test_the_console_sees_no_draft(installation: Installation) -> None:
    person = Person(installation.chat)
    person.say("有个叫永泰理财的骗了我5万元")
    assert installation.asked("select count(*) from cases.cases where status = 'draft'")[0][0]
    with installation.as_part("console") as cursor:
        cursor.execute("select count(*) from cases.cases where status = 'draft'")
        assert cursor.fetchone() == (0,)
        cursor.execute("select count(*) from cases.cases")
        assert cursor.fetchone()[0] > 0


@pytest.mark.parametrize("part", PARTS)
def test_a_part_searches_an_index_that_is_made_later_and_changes_nothing_of_it(
    installation: Installation, part: str
) -> None:
    table = f"{VECTORS}.of_{secrets.token_hex(4)}"
    installation.asked(f"create table {table} (id integer)")
    with installation.as_part(part) as cursor:
        cursor.execute(f"select count(*) from {table}")
        assert cursor.fetchone() == (0,)
        with pytest.raises(InsufficientPrivilege):
            cursor.execute(f"insert into {table} (id) values (1)")


# Keys ----------------------------------------------------------------------------------------------------------------

# What stands in each column that a part has no key of, somewhere in this installation.
KEPT_FROM = {
    "intake": {"accounts.about", "trackers.events", "turns.turn", "notices.body", "deliveries.receipt",
               "case_boxes.box", "cases.contact", "members.about", "unit_boxes.box"},
    "chat": {"members.about", "unit_boxes.box", "releases.about", "releases.decision", "accounts.totp"},
    "console": {"trackers.events", "turns.turn", "deliveries.receipt", "followers.place", "outgoing.body"},
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_the_keys_of_its_columns_only(installation: Installation, part: LimitedPart) -> None:
    whole = Encryptor([installation.key.encode()])
    mine = PartEncryptor.read(installation.given[part]["ENCRYPTION_KEY"])
    assert mine.decrypt_in("cases.content:1", whole.encrypt_for("cases.content:1", "a")) == "a"
    assert whole.decrypt_in("cases.content:1", mine.encrypt_for("cases.content:1", "a", b"s"), b"s") == "a"
    assert KEPT_FROM[part].isdisjoint(all_rights()[part].keys)
    for column in KEPT_FROM[part]:
        with pytest.raises(OutOfPlaceError):
            mine.decrypt_in(f"{column}:1", whole.encrypt_for(f"{column}:1", "a"))
        with pytest.raises(OutOfPlaceError):
            mine.encrypt_for(f"{column}:1", "a")
    assert mine.decrypt(whole.encrypt({"a": 1})) is None, "the list of a backup"
    assert installation.key not in installation.given[part]["ENCRYPTION_KEY"]


def test_every_column_that_is_sealed_belongs_to_somebody() -> None:
    """A column that a later program adds is given to a part, or named here as the owner's alone."""
    from bot.cli.cases import all_stores

    sealed = {f"{table}.{column}" for kind in all_stores().values() for table, column, _ in kind.sealed}
    given = {key for rights in all_rights().values() for key in rights.keys if not key.endswith(".secrets.sealed")}
    assert sealed - given == set()
    assert given - sealed == {"opened"}, "what a receipt opened is in memory or Redis"


def test_with_all_that_the_receipt_page_has_a_report_stays_closed(installation: Installation) -> None:
    """Its user's rights and its keys, in the hands of somebody who knows the report's id but no receipt."""
    office = installation.office
    number, _ = reported(installation.chat, "琥珀年轮财富在涧西区门店承诺保本保息，我妈投了20万，老板跑路了")
    assert "琥珀年轮" in office.get(f"/console/cases/{number}").text
    (case_id,) = installation.asked("select id from cases.cases where number = %s", number)[0]
    place = StoreLocation(installation.folder / "cases.db", installation.given["intake"]["DATABASE_URL"])
    with closing(CaseStore(place, PartEncryptor.read(installation.given["intake"]["ENCRYPTION_KEY"]))) as store:
        case = store.get(case_id)
        assert case and case.locked and "琥珀年轮" not in str(case.content)
        assert case.status != CLOSED and store.routes(case)
        assert "琥珀年轮" not in str([store.notes(case, internal=True), store.evidence(case)])


def test_a_key_of_a_part_that_was_cut_is_said_plainly(installation: Installation) -> None:
    with pytest.raises(KeyFileError, match="python -m bot parts"):
        PartEncryptor.read(installation.given["intake"]["ENCRYPTION_KEY"][:-9])


# The command ---------------------------------------------------------------------------------------------------------


def test_the_settings_are_for_their_part_alone_and_a_second_run_changes_the_passwords(tmp_path: Path) -> None:
    with owned_database() as (url, prefix):
        environment = {"ASSISTANT_DATA_DIR": str(tmp_path), "ASSISTANT_DATABASE_URL": url}
        made = command(environment, "parts", str(tmp_path / "settings"), "--prefix", prefix)
        assert made.returncode == 0, made.stderr
        assert "secret.key" in made.stdout, "the whole key lies where every part reads it"
        files = sorted((tmp_path / "settings").iterdir())
        assert [path.name for path in files] == ["chat.env", "console.env", "intake.env", "upkeep.env"]
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        first = given_to(tmp_path / "settings" / "intake.env")
        assert command(environment, "parts", str(tmp_path / "settings"), "--prefix", prefix).returncode == 0
        second = given_to(tmp_path / "settings" / "intake.env")
        assert first["DATABASE_URL"] != second["DATABASE_URL"]
        environment["ASSISTANT_DATABASE_URL"] = second["DATABASE_URL"]
        environment["ASSISTANT_ENCRYPTION_KEY"] = second["ENCRYPTION_KEY"]
        refused = command(environment, "parts", str(tmp_path / "settings"), "--prefix", prefix)
        assert refused.returncode == 1 and refused.stderr.strip()
        assert "Traceback" not in refused.stderr


def test_an_upgrade_gives_the_same_users_what_the_new_version_names(installation: Installation) -> None:
    """The upkeep does, at its start; where nothing is new it holds nobody up."""
    chat = urlsplit(installation.given["chat"]["DATABASE_URL"]).username
    installation.asked(f"revoke select on cases.routes from {chat}")
    renew_rights(installation.url)
    with installation.as_part("chat") as cursor, pytest.raises(InsufficientPrivilege):
        cursor.execute("select 1 from cases.routes")
    installation.asked("update rights.roles set given = 'an earlier version'")
    installation.servers["upkeep"].restart()
    with installation.as_part("chat") as cursor:
        cursor.execute("select 1 from cases.routes")
    number, receipt = reported(installation.chat)
    assert number in installation.page(receipt)


def test_the_command_needs_postgresql(tmp_path: Path) -> None:
    refused = command({"ASSISTANT_DATA_DIR": str(tmp_path)}, "parts", str(tmp_path / "settings"))
    assert refused.returncode == 2 and "PostgreSQL" in refused.stderr


def test_what_an_earlier_program_sealed_is_sealed_anew_first(tmp_path: Path) -> None:
    """The keys of parts open nothing of it; the command says what to do, and all of it opens afterwards."""
    key = Fernet.generate_key().decode()
    with owned_database() as (url, prefix):
        environment = {"ASSISTANT_DATA_DIR": str(tmp_path), "ASSISTANT_DATABASE_URL": url}
        environment["ASSISTANT_ENCRYPTION_KEY"] = key
        with closing(CaseStore(StoreLocation(tmp_path / "cases.db", url), Earlier([key.encode()]))) as store:
            kept = store.start("tip_off", "web:a", {"answers": {}, "heard": "琥珀年轮"})
        refused = command(environment, "parts", str(tmp_path / "settings"), "--prefix", prefix)
        assert refused.returncode == 1 and "cases rotate" in refused.stderr
        assert command(environment, "cases", "rotate").returncode == 0
        made = command(environment, "parts", str(tmp_path / "settings"), "--prefix", prefix)
        assert made.returncode == 0, made.stderr
        chat = given_to(tmp_path / "settings" / "chat.env")
        place = StoreLocation(tmp_path / "cases.db", chat["DATABASE_URL"])
        with closing(CaseStore(place, PartEncryptor.read(chat["ENCRYPTION_KEY"]))) as store:
            assert [case.content["heard"] for case in store.drafts_of("web:a", "tip_off")] == ["琥珀年轮"]
            assert store.drafts_of("web:b", "tip_off") == []
            assert store.get(kept.id)


class Earlier(Encryptor):
    """Seals as programs did before columns had keys of their own."""

    def column_keys(self, column: str) -> list[bytes]:
        return self._earlier

    def encrypt_for(self, place: str, value: Any, secret: bytes = b"") -> bytes:
        sealed = super().encrypt_for(place, value, secret)
        return {b"\x04": b"\x02", b"\x05": b"\x03"}[sealed[:1]] + sealed[1:]
