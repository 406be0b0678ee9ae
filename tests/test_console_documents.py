"""The office keeps documents in the console: uploads, looks at them, approves, marks, replaces, removes."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from bench.installation import UNITS
from casework.desk.account import Role
from casework.desk.accounts import Accounts
from knowledge.build import ensure_built
from knowledge.settings import KnowledgeSettings
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import BUILT, DATA, TODAY, QuickServer, Server
from tests.data.documents import texts as t
from tests.data.documents.writers import as_docx, as_txt, text
from tests.officials import PASSWORD, Desk
from tests.talk import Person
from tests.test_desk_page import opened
from tests.test_holdings import WATER

PAGE = "/console/documents"
QUESTION = "供水企业抄表误差超过百分之五怎么办"
LIVE_WITHIN = 240


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose documents are its own, beside the knowledge that is built already."""
    ensure_built(KnowledgeSettings(data_dir=DATA))
    folder = tmp_path_factory.mktemp("documents")
    for built in BUILT:
        if (DATA / built).exists():
            shutil.copytree(DATA / built, folder / built)
    server = QuickServer(folder / "server.log", data_dir=str(folder), today=TODAY)
    server.start()
    yield server
    server.kill()


def desk_of(server: Server, role: Role) -> Desk:
    folder = Path(server.settings["data_dir"])
    accounts = Accounts(folder / "accounts.db", load_encryptor(ActionSettings(data_dir=folder)))
    account = accounts.add(f"{role.value}-{time.monotonic_ns()}", "周明", UNITS[role], role)
    desk = Desk(server)
    desk.post("/console/join", code=accounts.invite(account), password=PASSWORD, again=PASSWORD)
    assert desk.post("/console/login", login=account.login, password=PASSWORD).status_code == 303
    desk.get("/console/me")
    return desk


@pytest.fixture(scope="module")
def office(own: Server) -> Desk:
    return desk_of(own, Role.OFFICE)


def upload(desk: Desk, name: str, content: bytes) -> httpx.Response:
    return desk.http.post(PAGE, data={"form_token": desk.token}, files={"file": (name, content)})


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIVE_WITHIN
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)


def row_of(desk: Desk, title: str) -> str:
    page = desk.get(PAGE).text
    return next((row for row in page.split("<tr>") if title in row and "data-label" in row), "")


def test_a_document_from_its_upload_to_its_removal(own: Server, office: Desk) -> None:
    sent = upload(office, "water.docx", as_docx(WATER))
    assert sent.status_code == 303, sent.text
    waiting = sent.headers["location"]
    seen = office.get(waiting).text
    assert "没有遗漏" in seen and "第二章" in seen and "抄表误差超过百分之五" in seen
    assert "还没有添加过文件" in office.get(PAGE).text

    form = {"title": "测试市供水条例", "issued": "2019-05-01", "standing": "现行", "relation": "配套", "act": "approve"}
    wrong = office.post(waiting, **{**form, "issued": "去年"})
    assert wrong.status_code == 422 and "2021-01-26" in wrong.text
    assert office.post(waiting, **form).status_code == 303
    assert office.get(waiting).status_code == 404
    until(lambda: "已启用" in row_of(office, "测试市供水条例"), "the document did not become live")
    person = Person(own)
    assert "【《测试市供水条例》第二条第二款】供水企业" in person.say(QUESTION)
    assert person.custom["citations"][0]["url"].startswith("/plan?doc=doc-")
    assert "居民生活用水实行阶梯水价" in person.say("原文")
    assert Person(own).say("P2P能不能搞资金池").startswith("不可以")

    path = re.search(rf"{PAGE}/doc-[0-9a-f]+", row_of(office, "测试市供水条例"))
    assert path
    drafted = office.post(path[0], act="draft").text
    assert "抄表误差超过百分之五的" in drafted or "供水企业应当在每月二十五日前抄表" in drafted
    fact = re.search(rf'action="({path[0]}/facts/[\w-]+)"', drafted)
    assert fact
    short = office.post(fact[1], conclusion="短", verdict="由办公室核定")
    assert short.status_code == 422 and "写一句话" in short.text
    assert "由办公室核定" in office.post(fact[1], conclusion="阶梯水价每三年核定一次。", verdict="由办公室核定").text

    again = upload(office, "water.docx", as_docx(WATER))
    assert again.status_code == 422 and "已经添加过了" in again.text
    changed = text(*(str(line).replace("百分之五", "百分之三") for line in WATER.lines))
    newer = upload(office, "water2.txt", as_txt("utf-8")(changed)).headers["location"]
    assert office.post(newer, **form, replaces=path[0].rpartition("/")[2]).status_code == 303
    until(lambda: "百分之三" in Person(own).say(QUESTION), "the new version does not answer")
    assert "旧版，仅供查阅" in office.get(PAGE).text

    now = re.search(rf"{PAGE}/doc-[0-9a-f]+", row_of(office, "测试市供水条例"))
    assert now and now[0] != path[0]
    assert office.post(now[0], act="mark", standing="废止", relation="配套").status_code == 303
    until(lambda: "（已废止）" in Person(own).say(QUESTION), "the document is not quoted as abolished")
    refused = office.post(now[0], act="remove")
    assert refused.status_code == 422 and "确认移除" in refused.text
    assert office.post(now[0], act="remove", sure="yes").status_code == 303
    assert "还没有添加过文件" in office.get(PAGE).text

    audit = office.get("/console/audit").text
    for act in ("上传", "审定启用", "起草结论", "被新版本代替", "改效力或关系", "移除"):
        assert f"文件：{act}" in audit, act


def test_what_is_not_wanted_is_thrown_away(office: Desk) -> None:
    path = upload(office, "a.txt", as_txt("utf-8")(t.LAW)).headers["location"]
    assert office.post(path, act="drop").status_code == 303
    assert office.get(path).status_code == 404
    assert "待核对" not in office.get(PAGE).text


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.exe", b"MZ", "不支持的文件类型"),
        ("a.docx", b"not a zip", "Word 文件"),
        ("a.txt", b"  ", "没有可用的文字"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(office: Desk, name: str, content: bytes, says: str) -> None:
    answer = upload(office, name, content)
    assert answer.status_code == 422
    assert says in answer.text
    empty = office.http.post(PAGE, data={"form_token": office.token})
    assert empty.status_code == 422 and "请选择" in empty.text


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.PETITION, Role.ADMINISTRATOR])
def test_only_the_office_keeps_documents(own: Server, role: Role) -> None:
    desk = desk_of(own, role)
    assert PAGE not in desk.get("/console/me").text
    assert desk.get(PAGE).status_code == 403
    assert upload(desk, "a.txt", as_txt("utf-8")(WATER)).status_code == 403


def test_the_pages_in_a_browser(own: Server, office: Desk, chromium: str, tmp_path: Path) -> None:
    file = tmp_path / "notice.docx"
    file.write_bytes(as_docx(t.NOTICE))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for width in (1280, 375):
            page = opened(browser, office, PAGE, width)
            page.set_input_files("input[name=file]", str(file))
            page.get_by_role("button", name="上传并核对").click()
            page.wait_for_url("**/waiting/*")
            assert page.get_by_label("标题").input_value() == "测试市行政应诉办法"
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            found = Axe().run(page).response["violations"]
            assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
            page.get_by_role("button", name="不添加，删除").click()
            page.get_by_text("已删除，没有添加").wait_for()
            page.context.close()
        browser.close()
