"""The console at work: cases, tasks, accounts, questions, sheets and charts, over HTTP and in a headless Chromium."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import openpyxl
import pytest
from docx import Document as open_docx
from icalendar import Calendar
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from pyotp import TOTP

from bot.console.sheets import harmless
from casework.desk.account import Role
from tests.conftest import Server
from tests.officials import PASSWORD, Desk, Official, agreed_to, keys_handed, released
from tests.talk import FIRM, SHORT, Person
from tests.test_desk_chat import reported
from tests.test_tip_off import SUBMIT


@pytest.fixture(scope="module")
def office(server: Server) -> Iterator[Desk]:
    yield Official(server, Role.OFFICE, name="刘芳").console()


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00SECRET-GPS")
    return out.getvalue()


def reported_with_photo(server: Server, story: str) -> str:
    person = Person(server)
    person.say(story)
    headers = {"x-sender": person.sender, "x-filename": "photo.jpg"}
    assert httpx.post(f"{server.url}/webhooks/rest/evidence", content=photo(), headers=headers).status_code == 200
    person.say("其余跳过", SUBMIT)
    return str(person.custom["number"])


def test_the_queue_is_filtered_and_searched(server: Server, office: Desk) -> None:
    big, _ = reported(server, "我要举报银河通宝网 www.yinhe-tb.example 上百人投了500万，老板跑路了，在洛阳西工区")
    small, _ = reported(server, "我要举报首付贷，洛龙区开发商垫首付，叫阳光美地")
    for query, found, missing in (
        ({"q": "银河通宝"}, big, small),
        ({"q": "http://www.yinhe-tb.example/app"}, big, small),
        ({"q": big.replace("-", "").lower()}, big, small),
        ({"severity": "2"}, big, small),
        ({"county": "洛龙区", "q": "阳光"}, small, big),
        ({"sector": "real_estate", "q": "阳光美地", "status": "submitted"}, small, big),
    ):
        page = office.get("/console/cases", **query).text
        assert found in page and missing not in page, query
    assert "认不出来" in office.get("/console/cases", since="昨年").text
    assert "没有符合条件的案件" in office.get("/console/cases", until="2016-01-01").text


def test_a_case_from_receipt_to_close(server: Server, office: Desk) -> None:
    number = reported_with_photo(server, "金鼎财富在老城区骗了我20万，我叫李小明，我的电话13837912345")
    page = office.get(f"/console/cases/{number}")
    assert "20万元人民币" in page.text
    assert office.post(f"/console/cases/{number}", act="accept").status_code == 303
    asked = office.post(f"/console/cases/{number}", act="ask", text="  ")
    assert asked.status_code == 422 and "请写明要补充的内容" in asked.text
    wrong = office.post(f"/console/cases/{number}", act="transfer", unit="火星局", text="我写了很久的理由")
    assert "没有“火星局”这个单位" in wrong.text and "我写了很久的理由" in wrong.text
    office.post(f"/console/cases/{number}", act="remark", text="与上月三件同一平台")
    office.post(f"/console/cases/{number}", act="close", outcome="handled", text="已责令退款。")
    page = office.get(f"/console/cases/{number}").text
    assert "已办结：属实，已依法处置" in page and "已责令退款。" in page and "与上月三件同一平台" in page
    history = page[page.index("经过</h2>") :]
    assert "受理" in history and "办结" in history and "状态改为" not in history  # in words, one line a happening


def test_contact_details_may_be_asked_for_by_those_who_decide(server: Server) -> None:
    number = reported_with_photo(server, "金鼎财富在涧西区骗了我20万，我的电话13837912345")
    lead = Official(server, Role.OFFICIAL, "市工商局").console()
    copy = Official(server, Role.OFFICIAL, "涧西区政府").console()
    page = lead.get(f"/console/cases/{number}").text
    assert "申请查看举报人联系方式" in page and not re.search(r"138[ -]?3791[ -]?2345", page)
    seen = copy.get(f"/console/cases/{number}")
    assert seen.status_code == 200 and "举报人联系方式" not in seen.text and "是否留联系方式" not in seen.text
    assert copy.get(f"/console/cases/{number}/bundle.zip").status_code == 403
    assert Official(server, Role.OFFICIAL, "市农业局").console().get(f"/console/cases/{number}").status_code == 403


def test_files_are_shown_without_hidden_data_and_taken_out_whole(server: Server, office: Desk) -> None:
    number = reported_with_photo(server, "金鼎财富在孟津区骗了我2万")
    page = office.get(f"/console/cases/{number}").text
    path = re.search(rf"/console/cases/{number}/files/[0-9a-f]+", page)
    assert path
    shown = office.get(path[0])
    assert shown.headers["content-type"] == "image/jpeg"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert b"SECRET-GPS" not in shown.content
    assert b"SECRET-GPS" not in office.get(path[0], download=1).content
    released(server, office, number)
    copy = Official(server, Role.OFFICIAL, "孟津区政府").console()
    assert b"SECRET-GPS" not in copy.get(path[0], download=1).content
    bundle = zipfile.ZipFile(io.BytesIO(office.get(f"/console/cases/{number}/bundle.zip").content))
    names = bundle.namelist()
    assert bundle.read("材料/01-photo.jpg") == photo()
    assert json.loads(bundle.read(f"{number}.json"))["files"][0]["sha256"] in bundle.read("SHA256SUMS").decode()
    sums = dict(reversed(line.split("  ")) for line in bundle.read("SHA256SUMS").decode().splitlines())
    assert sums.keys() == set(bundle.namelist()) - {"SHA256SUMS"}, "the paper and the data can be held against it too"
    assert all(hashlib.sha256(bundle.read(name)).hexdigest() == wanted for name, wanted in sums.items())
    assert f"{number}.docx" in names


def test_a_self_check_with_its_findings_and_papers(server: Server, office: Desk) -> None:
    firm = Person(server)
    firm.say("我们公司要做自查", *SHORT)
    firm.say("确认如实填报并提交")
    number = firm.custom["number"]
    page = office.get(f"/console/cases/{number}").text
    assert FIRM in page and "红线自查" in page and "张三" in page
    report = office.get(f"/console/cases/{number}/papers/report.docx")
    assert any("红线自查" in paragraph.text for paragraph in open_docx(io.BytesIO(report.content)).paragraphs)
    assert number in office.get("/console/cases", kind="self_check", q="某某信息").text
    asked = office.post(f"/console/cases/{number}", act="ask", text="请补充经营范围")
    assert asked.status_code == 303
    assert "办理单位：请补充经营范围" in firm.say("我的自查")


def test_sheets_hold_no_formulas(server: Server, office: Desk) -> None:
    person = Person(server)
    person.say("我要举报", "骗了我三万块钱不给退", "跳过", "=cmd 公众号贷你飞", "其余跳过", SUBMIT)
    number = person.custom["number"]
    assert office.get("/console/export.csv", q=number).status_code == 409
    office.post("/console/exports", filter_q=number, purpose="report", reason="向领导小组月度会议报告")
    agreed_to(server)
    release = re.search(r"export\.csv\?release=([0-9a-f]+)", office.get("/console/exports").text)
    assert release
    sheet = office.get("/console/export.csv", release=release[1])
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert rows[0][0] == "编号"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    book = openpyxl.load_workbook(io.BytesIO(office.get("/console/export.xlsx", release=release[1]).content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert any("cmd" in str(cell.value) for cell in cells)
    assert all(cell.data_type == "s" for cell in cells if cell.value is not None)


def test_a_report_by_telephone(server: Server, office: Desk) -> None:
    empty = office.post("/console/report", happened="")
    assert empty.status_code == 422 and "请写明发生了什么" in empty.text
    wrong = office.post("/console/report", happened="老人说被骗了养老钱", target="康养财富", amount="很多很多")
    assert wrong.status_code == 422 and "涉及金额" in wrong.text and "老人说被骗了养老钱" in wrong.text
    entered = office.post(
        "/console/report", happened="老人说被骗了养老钱", target="康养财富", amount="3万", place="西工区"
    )
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", entered.text)
    assert receipt and "西工区政府" in entered.text
    assert "已收到" in Person(server).say(receipt[0])


def test_tasks_are_given_moved_and_signed_off(server: Server, office: Desk) -> None:
    county = Official(server, Role.OFFICIAL, "汝阳县政府")
    county.signs_in()
    bad = office.post("/console/tasks/add", title="报送台账", unit="汝阳县政府", due="猴年马月")
    assert bad.status_code == 422 and "报送台账" in bad.text
    assert office.post("/console/tasks/add", title="报送台账", unit="汝阳县政府", due="11月15日").status_code == 303
    assert "报送台账" in county.say("我的任务")
    assert "新交办任务" in county.notices[0]
    browser = county.console()
    page = browser.get("/console/tasks").text
    task = re.search(r'action="/console/tasks/(\d+)"(?=(?:.|\n)*?)', page[page.index("报送台账") :])
    assert task
    number = task[1]
    assert browser.post(f"/console/tasks/{number}", act="redate", text="12月1日").status_code == 403
    assert browser.post(f"/console/tasks/{number}", act="finish", text="").status_code == 422
    assert browser.post(f"/console/tasks/{number}", act="finish", text="台账已报送").status_code == 303
    assert "台账已报送" in office.get("/console/tasks", unit="汝阳县政府").text
    assert office.post(f"/console/tasks/{number}", act="confirm").status_code == 303
    assert "已销号" in browser.get("/console/tasks").text
    office.post(f"/console/tasks/{number}", act="reopen")
    office.post(f"/console/tasks/{number}", act="redate", text="12月1日")
    assert "2016年12月1日前" in browser.get("/console/tasks").text


CODE = re.compile(r"登录 ([0-9A-Z]{5}-[0-9A-Z]{5})")


def agreed(second: Desk, login: str) -> re.Match[str]:
    """A second person agrees to what was asked about an account; returns the invitation."""
    page = second.get("/console/approvals").text
    at = re.search(r'action="/console/approvals/([0-9a-f]{16})"', page[page.index(login) :])
    assert at
    assert "不正确" in second.post(f"/console/approvals/{at[1]}", act="approve", old="a wrong password").text
    code = CODE.search(second.post(f"/console/approvals/{at[1]}", act="approve", old=PASSWORD).text)
    assert code
    return code


def test_an_account_from_invitation_to_stop(server: Server) -> None:
    admin = Official(server, Role.ADMINISTRATOR).console()
    login = f"new{id(admin)}"
    made = admin.post("/console/accounts", login=login, name="新来的", unit="市商务局", role="official")
    assert "审批" in made.text and not CODE.search(made.text), "it takes a second person"
    code = agreed(Official(server, Role.OFFICE).console(), login)
    again = admin.post("/console/accounts", login=login, name="重名", unit="市商务局", role="official")
    assert again.status_code == 422 and "已有人使用" in again.text and "重名" in again.text
    person = Person(server)
    assert "登录成功：新来的" in person.say(f"登录 {code[1]}")
    row = made.text if login in made.text else admin.get("/console/accounts").text
    person_id = re.search(r'/console/accounts/([0-9a-f]{16})"', row[row.index(login) :])
    assert person_id
    assert "已处理" in admin.post(f"/console/accounts/{person_id[1]}", act="stop").text
    assert "需要工作人员登录" in person.say("我的任务")


def test_an_unanswered_question_becomes_answerable_at_once(server: Server, office: Desk) -> None:
    person = Person(server)
    asked = "月光宝盒在哪家商场卖得便宜"
    person.say(asked)
    assert person.custom["job"] == "oos"
    assert "unanswered" not in person.custom
    page = office.get("/console/questions").text
    assert asked in page
    at = re.search(r'action="/console/questions/([0-9a-f]+)"', page[page.index(asked) :])
    assert at
    assert office.post(f"/console/questions/{at[1]}", act="answer", clause="", text=asked).status_code == 422
    done = office.post(f"/console/questions/{at[1]}", act="answer", clause="二（一）1", text=asked)
    assert "已加入题库" in done.text
    person.say(asked)
    assert person.custom["job"] == "policy"
    assert person.clauses[0] == "二（一）1"
    other = Person(server)
    other.say("今天中午吃什么好呢")
    assert other.custom["job"] == "oos"


def test_long_numbers_are_not_kept_with_a_question(server: Server, office: Desk) -> None:
    Person(server).say("帮我查一下6222021234567890123这张信用卡的额度")
    assert "6222021234567890123" not in office.get("/console/questions").text


def test_a_calendar_to_subscribe_to_and_to_revoke(server: Server) -> None:
    official = Official(server, Role.OFFICIAL, "伊川县政府")
    desk = official.console()
    made = desk.post("/console/me", act="feed", old=PASSWORD)
    address = re.search(r"(/calendar/[\w-]+\.ics)", made.text)
    assert address
    calendar = Calendar.from_ical(httpx.get(f"{server.url}{address[1]}").text)
    assert len(calendar.walk("VEVENT")) == 4
    desk.post("/console/me", act="drop feed")
    assert httpx.get(f"{server.url}{address[1]}").status_code == 404


def test_a_second_factor_from_set_up_to_sign_in(server: Server) -> None:
    official = Official(server, Role.OFFICIAL)
    desk = official.console()
    assert 'name="secret"' not in desk.post("/console/me", act="totp").text  # a session alone is not enough
    begun = desk.post("/console/me", act="totp", old=PASSWORD).text
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', begun)
    assert secret and "<svg" in begun
    given = {"act": "confirm totp", "secret": secret[1], "old": PASSWORD}
    assert "动态码不对" in desk.post("/console/me", **given, totp="000000").text
    code = TOTP(secret[1]).now()
    assert "已启用" in desk.post("/console/me", **given, totp=code).text
    again = Desk(server)
    refused = again.post("/console/login", login=official.account.login, password=PASSWORD)
    assert refused.status_code == 403
    used = again.post("/console/login", login=official.account.login, password=PASSWORD, totp=code)
    assert used.status_code == 403  # a code counts once, from the first
    following = TOTP(secret[1]).at(int(time.time()) + 30)
    entered = again.post("/console/login", login=official.account.login, password=PASSWORD, totp=following)
    assert entered.status_code == 303


def test_a_stolen_session_makes_no_way_in_of_its_own(server: Server) -> None:
    official = Official(server, Role.OFFICIAL)
    desk = official.console()
    for act in ("code", "totp", "drop totp", "password", "confirm totp"):
        refused = desk.post("/console/me", act=act, old="guessed-by-a-thief", password="another-long-one", totp="1")
        assert refused.status_code == 422, act
        assert "不正确" in refused.text
        official.accounts._change("wrong = 0, locked = 0, totp_used = ?", official.account, 0)
    assert "登录 " in desk.post("/console/me", act="code", old=PASSWORD).text


def test_the_audit_shows_who_did_what(server: Server, office: Desk) -> None:
    number, _ = reported(server)
    office.get(f"/console/cases/{number}")
    page = office.get("/console/audit").text
    assert "记录完整" in page
    assert re.search(rf"刘芳（市领导小组办公室）(.|\n)*?查看案件(.|\n)*?{number}", page)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", " =", "\u3000=", "\r", "\n"])
def test_no_sign_in_front_makes_a_formula(sign: str) -> None:
    """Neither in full width, which Excel in Chinese reads as well, nor behind blanks."""
    assert harmless(f"{sign}cmd|' /C calc'!A0").startswith("'")
    assert harmless("金鼎财富=骗子") == "金鼎财富=骗子"
    assert harmless("") == ""


@pytest.mark.parametrize("given", ["²", "9" * 5000, "-1", "一", "9" * 80])
def test_numbers_that_are_none_are_no_error(server: Server, office: Desk, given: str) -> None:
    for address, name in (("cases", "page"), ("cases", "severity"), ("audit", "before"), ("entries", "page")):
        assert office.get(f"/console/{address}", **{name: given}).status_code == 200, (address, name)
    assert office.post("/console/today", notice=given).status_code == 303
    assert office.post("/console/me", act="reminders", days=given[:50]).status_code in (200, 422)


@pytest.mark.parametrize("name", ["weeks", "counties", "waiting", "breaches", "jobs", "tasks"])
def test_charts_draw_chinese(office: Desk, name: str) -> None:
    chart = office.get(f"/console/charts/{name}.svg")
    assert chart.headers["content-type"].startswith("image/svg+xml")
    # Outlines of the embedded font, not empty boxes of a missing one.
    assert "NotoSansCJK" in chart.text


# In a browser -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


def signed_in(browser: Browser, official: Official, width: int = 1280) -> Page:
    """The console as a person opens it the first time."""
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.goto(f"{official.server.url}/console")
    page.get_by_role("link", name="用邀请码设置密码").click()
    page.get_by_label("邀请码").fill(official.accounts.invite(official.account))
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再输入一次").fill(PASSWORD)
    page.get_by_role("button", name="设置密码").click()
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("button", name="退出").wait_for()
    keys_handed(official.server)
    return page


def test_an_official_works_on_a_phone(server: Server, browser: Browser) -> None:
    number = reported_with_photo(server, "金鼎财富在洛宁县骗了我20万，老板跑路了")
    page = signed_in(browser, Official(server, Role.OFFICIAL, "市工商局"), width=390)
    page.get_by_label("查找").fill(number)
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name=number).click()
    assert page.locator(".evidence img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 60
    page.get_by_role("button", name="受理").click()
    page.locator("summary").get_by_text("请举报人补充").click()
    page.get_by_label("要补充的内容").fill("请问合同还在吗？")
    page.locator("details[open]").get_by_role("button", name="发送").click()
    page.locator(".talk").get_by_text("请问合同还在吗？").wait_for()
    assert page.locator(".facts").get_by_text("需补充").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_office_looks_at_charts(server: Server, browser: Browser) -> None:
    page = signed_in(browser, Official(server, Role.OFFICE))
    page.get_by_role("link", name="统计", exact=True).click()
    figures = page.locator(".figure")
    assert figures.count() == 6
    pictures = page.locator(".charts img")
    assert pictures.count() == 2
    for n in range(2):
        pictures.nth(n).scroll_into_view_if_needed()
        assert pictures.nth(n).evaluate("image => image.decode().then(() => image.naturalWidth)") > 300


def test_petition_staff_copies_an_explanation(server: Server, browser: Browser) -> None:
    page = signed_in(browser, Official(server, Role.PETITION))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("来访人反映什么").fill("平台跑路了怎么办")
    page.get_by_role("button", name="查口径").click()
    page.get_by_role("button", name="复制这段话").first.click()
    page.get_by_role("button", name="已复制").wait_for()
    assert "报案" in page.evaluate("navigator.clipboard.readText()")
    assert page.get_by_role("link", name="案件", exact=True).count() == 0


def test_an_administrator_by_keyboard(server: Server, browser: Browser) -> None:
    page = signed_in(browser, Official(server, Role.ADMINISTRATOR))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.get_by_role("link", name="账号", exact=True).press("Enter")
    page.get_by_text("新建账号").focus()
    page.keyboard.press("Enter")
    page.get_by_label("登录名").fill(f"kb{id(page)}")
    page.get_by_label("姓名").fill("键盘")
    page.locator("form[action='/console/accounts'] select[name=unit]").select_option("市信访局")
    page.locator("form[action='/console/accounts'] select[name=role]").select_option("petition")
    page.get_by_role("button", name="新建", exact=True).press("Enter")
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", page.locator(".big-code").inner_text())


@pytest.mark.parametrize(
    "path", ["today", "cases", "tasks", "charts", "questions", "audit", "me", "explanations?ids=runaway", "report"]
)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_console_pages_have_no_accessibility_faults(
    server: Server, browser: Browser, office: Desk, path: str, colours: Literal["light", "dark"]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=colours)
    context.add_cookies([{"name": "desk", "value": office.http.cookies["desk"], "url": f"{server.url}/console"}])
    page = context.new_page()
    page.goto(f"{server.url}/console/{path}")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == []
    context.close()


def test_a_reminder_appears_on_the_open_chat_page(server: Server, browser: Browser, tmp_path: Path) -> None:
    from tests.test_desk_chat import tasks_store

    official = Official(server, Role.OFFICIAL)
    page = browser.new_context().new_page()
    page.goto(server.url)
    page.locator("#message").fill(f"登录 {official.accounts.invite(official.account)}")
    page.get_by_role("button", name="发送").click()
    page.get_by_text("登录成功").wait_for()
    tasks_store().tell(official.account.id, "任务提醒：评估 10 月 20 日到期。")
    page.reload()
    assert page.get_by_text("任务提醒：评估 10 月 20 日到期。").count() == 1
    page.reload()
    assert page.get_by_text("任务提醒：评估 10 月 20 日到期。").count() == 1
