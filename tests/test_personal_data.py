"""One person's data: shown, copied, erased; what is kept at all is listed; keys change without anything lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from bot.channels.outbox import Outbox
from bot.channels.rendering import Part
from bot.channels.tencent.records import Records
from bot.conversations import Conversations
from casework.cases.case import Filing
from casework.cases.case_secrets import CaseSecrets
from casework.cases.store import CaseStore
from casework.desk.accounts import Accounts
from casework.desk.questions import Questions
from casework.desk.tasks import Tasks
from storage.database import EncryptedStore, StoreLocation
from storage.encryption import Encryptor
from tests.conftest import ROOT, QuickServer, Server, command, lend_built, server_of_its_own
from tests.postgres import new_database
from tests.talk import SHORT, Person
from tests.talk import SUBMIT as SUBMIT_SELF_CHECK
from tests.test_evidence import WAV
from tests.test_tip_off import SUBMIT

STORES: dict[str, type[EncryptedStore]] = {
    "cases": CaseStore,
    "cases_keys": CaseSecrets,
    "conversations": Conversations,
    "accounts": Accounts,
    "tasks": Tasks,
    "questions": Questions,
    "outbox": Outbox,
    "tencent": Records,
}


class Browser:
    """Somebody on the page, without script."""

    def __init__(self, server: Server) -> None:
        self.http = httpx.Client(base_url=server.url, timeout=60)
        self.http.get("/")

    def say(self, *texts: str) -> str:
        for text in texts:
            answer = self.http.post("/chat", data={"message": text}, headers={"x-requested-with": "fetch"})
            assert answer.status_code == 200, answer.text
        return answer.text


def test_my_data_is_shown_copied_and_erased(server: Server) -> None:
    visitor, other = Browser(server), Browser(server)
    visitor.say("P2P谁牵头", "有个叫瑞昌理财的骗了我3万元")
    upload = {"x-filename": "a.wav", "x-requested-with": "fetch"}
    assert visitor.http.post("/evidence", content=WAV * 20, headers=upload).status_code == 200
    shown = visitor.http.get("/my-data").text
    assert "对话：2 条" in shown
    assert "1 个文件" in shown
    copy = visitor.http.post("/my-data/copy")
    assert "attachment" in copy.headers["content-disposition"]
    content = copy.json()
    assert content["填写的内容"][0]["回答"]["发生了什么"] == "有个叫瑞昌理财的骗了我3万元"
    assert content["对话"][0]["您"] == "P2P谁牵头"
    assert "瑞昌" not in other.http.post("/my-data/copy").text
    code = content["填写的内容"][0]["码"]
    assert "请先勾选" in visitor.http.post("/my-data/erase").text
    assert visitor.http.post("/my-data/copy").json()["填写的内容"], "nothing goes by one tap"
    erased = visitor.http.post("/my-data/erase", data={"sure": "on"}).text
    assert "1 份未提交的填写" in erased
    assert "对话：0 条" in visitor.http.get("/my-data").text
    assert "没有找到这个码" in Person(server).say(code)


def test_nobody_elses_page_can_erase_or_fetch(server: Server) -> None:
    visitor = Browser(server)
    visitor.say("P2P谁牵头")
    foreign = {"sec-fetch-site": "cross-site"}
    for path in ("/my-data/copy", "/my-data/erase"):
        assert visitor.http.post(path, headers=foreign).status_code == 403
        assert visitor.http.get(path).status_code == 405
    assert "对话：1 条" in visitor.http.get("/my-data").text
    nobody = httpx.post(f"{server.url}/my-data/copy", timeout=60)
    assert nobody.status_code == 409
    assert "首页" in nobody.json()["error"]


def test_a_submitted_self_check_stays_and_is_cut_loose(server: Server) -> None:
    visitor = Browser(server)
    visitor.say("企业自查", *SHORT, SUBMIT_SELF_CHECK)
    code = visitor.http.post("/my-data/copy").json()["填写的内容"][0]["码"]
    assert "依法保留" in visitor.http.post("/my-data/erase", data={"sure": "on"}).text
    assert visitor.http.post("/my-data/copy").json()["填写的内容"] == []
    assert "受理编号" in Person(server).say(code), "who has its code still sees it"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with ExitStack() as opened:
        yield opened.enter_context(new_database()) if request.param == "postgresql" else ""


def test_an_operator_gives_a_person_their_copy_and_erases_them(url: str, tmp_path: Path) -> None:
    key = Fernet.generate_key()
    environment = {
        "ASSISTANT_DATA_DIR": str(tmp_path),
        "ASSISTANT_DATABASE_URL": url,
        "ASSISTANT_ENCRYPTION_KEY": key.decode(),
    }
    lend_built(tmp_path)
    place, encryptor = "telegram:12345", Encryptor([key])
    cases = CaseStore(StoreLocation(tmp_path / "cases.db", url), encryptor)
    draft = cases.start("tip_off", place, {"answers": {"happened": {"value": "x", "shown": "瑞昌骗了我"}}})
    others = cases.start("tip_off", "telegram:99", {"answers": {}})
    report = cases.start("tip_off", place, {"answers": {"happened": {"value": "x", "shown": "已经举报的"}}})
    cases.submit_tip_off(report, Filing([]), "1234 5678 9012 3456")
    outbox = Outbox(StoreLocation(tmp_path / "outbox.db", url), encryptor)
    outbox.put(place, [Part("请补充材料")])
    copy = tmp_path / "copy.json"
    done = command(environment, "person", "export", place, str(copy))
    assert done.returncode == 0, done.stderr
    assert copy.stat().st_mode & 0o777 == 0o600
    content = json.loads(copy.read_text())
    assert content["等待发给您的消息"] == ["请补充材料"]
    assert [each["回答"]["发生了什么"] for each in content["填写的内容"]] == ["瑞昌骗了我"], "a report is nobody's"
    erased = command(environment, "person", "erase", place)
    assert "1 份未提交" in erased.stdout, erased.stderr
    assert cases.get(draft.id) is None
    assert cases.get(others.id)
    assert cases.by_receipt("1234 5678 9012 3456")
    assert outbox.waiting(place) == []
    assert [act.act for _, act in cases.acts(3)] == ["erase person", "delete draft", "export person"]
    assert cases.audit_is_whole()
    for wrong in (("export", place), ("export", place, str(copy)), ("erase", "12345")):
        refused = command(environment, "person", *wrong)
        assert refused.returncode == 2
        assert "请写明" in refused.stderr
    for opened in (cases, outbox):
        opened.close()


def test_an_account_made_on_the_command_line_can_sign_in(tmp_path: Path) -> None:
    with server_of_its_own(tmp_path, QuickServer) as server:
        made = command(
            {"ASSISTANT_DATA_DIR": str(tmp_path)},
            *("account", "add", "zhou", "--name", "周明", "--unit", "市公安局", "--role", "official"),
        )
        code = re.search(r"）：(\S+)", made.stdout)
        assert code, made.stderr
        assert "周明" in Person(server).say(f"登录 {code[1]}")


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
def test_the_key_is_changed_without_anything_lost(url: str, tmp_path: Path) -> None:
    """The drill of docs/operations.md: both keys, everything sealed anew, then the new one alone."""
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings = {"database_url": url, "reports_per_hour": "100"}
    with server_of_its_own(tmp_path, QuickServer, encryption_key=old, **settings) as server:
        person = Person(server)
        person.say("有个叫瑞昌理财的骗了我3万元")
        headers = {"x-sender": person.sender, "x-filename": "a.wav"}
        httpx.post(f"{server.url}/webhooks/rest/evidence", content=WAV * 20, headers=headers, timeout=60)
        half_done = Person(server)
        half_done.say("有个叫永昌理财的骗了我5万元")
        person.say("继续", "其余跳过", SUBMIT)
        receipt = person.custom["receipt"]
        server.kill()
        server.settings["encryption_key"] = f"{new},{old}"
        server.start()
        environment = {
            "ASSISTANT_DATA_DIR": str(tmp_path),
            "ASSISTANT_DATABASE_URL": url,
            "ASSISTANT_ENCRYPTION_KEY": f"{new},{old}",
        }
        rotated = command(environment, "cases", "rotate")
        assert rotated.returncode == 0, rotated.stderr
        assert "永昌" in half_done.say("看看填了什么"), "it runs all the while"
        server.kill()
        server.settings["encryption_key"] = new
        server.start()
        assert "永昌" in half_done.say("看看填了什么")
        assert "已提交" in person.say(receipt) or "已收到" in person.text
        environment["ASSISTANT_ENCRYPTION_KEY"] = new
        assert "完整" in command(environment, "cases", "check").stdout
        store = CaseStore(StoreLocation(tmp_path / "cases.db", url), Encryptor([new.encode()]))
        assert store.evidence_at_hand() == (1, 0)
        store.close()
        environment["ASSISTANT_ENCRYPTION_KEY"] = old
        refused = command(environment, "cases", "check")
        assert refused.returncode == 1
        assert "另一把密钥" in refused.stderr


def test_everything_that_is_kept_is_in_the_inventory(tmp_path: Path) -> None:
    inventory = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    encryptor = Encryptor([Fernet.generate_key()])
    for name, kind in STORES.items():
        arguments = [tmp_path / f"{name}.db", encryptor]
        store = kind(*arguments)
        for table in store._db.table_names():
            if not table.startswith("sqlite_") and table != "secrets":
                assert f"`{name}.{table}`" in inventory, f"{name}.{table}"
        for table, column, _ in kind.sealed:
            assert column in {c.name for c in store._db[table].columns}, (table, column)
        store.close()
