"""The desk as somebody finds it who has not been told how it works: what they stumbled over, each as a scene."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pypdfium2 as pdfium
import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pyotp import TOTP

from bench.installation import PASSWORD
from bot.console.access import Console
from bot.console.approvals import nobody_else
from bot.console.notices import on_the_desk
from casework.cases.words import OUTCOMES
from casework.desk.account import Role
from casework.desk.accounts import Accounts
from casework.desk.roles import ROLE_MEANINGS
from storage.encryption import Encryptor
from tests.conftest import Server
from tests.officials import Desk, Official, agreed_to
from tests.talk import CODE, NUMBER, SHORT, SUBMIT, Person
from tests.test_desk_chat import reported, tasks_store
from tests.test_desk_page import led_by_several, opened, section

REASON = "核对合同上的公章是否真实"


@pytest.fixture(scope="module")
def office(server: Server) -> Iterator[Desk]:
    yield Official(server, Role.OFFICE, name="刘芳").console()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def pages_of(page: Page, folder: Path) -> list[str]:
    """What a printer would put on each sheet of paper."""
    path = folder / "printed.pdf"
    page.pdf(path=path, format="A4")
    return [one.get_textpage().get_text_bounded() for one in pdfium.PdfDocument(path)]


# First days -------------------------------------------------------------------------------------------------------


def test_what_waits_for_a_second_person_is_on_their_page_of_the_day(server: Server, office: Desk) -> None:
    """A custodian's page of the day was empty, whatever waited for them."""
    custodian = Official(server, Role.CUSTODIAN).console()
    number, _ = reported(server, "有个叫涧河宝的投资理财公司在涧西区发传单，骗了我4万元")
    office.get(f"/console/cases/{number}")
    before = re.search(r"调取、销毁申请</a>　(\d+) 项", custodian.get("/console/today").text)
    office.post(f"/console/cases/{number}/releases", purpose="verify", reason=REASON)
    after = re.search(r"调取、销毁申请</a>　(\d+) 项", section(custodian.get("/console/today").text, "等您审批"))
    assert after and int(after[1]) == int(before[1] if before else 0) + 1
    agreed_to(server)
    other = Official(server, Role.OFFICE).console()
    admin = Official(server, Role.ADMINISTRATOR).console()
    admin.get("/console/accounts")
    admin.post("/console/accounts", login=uuid.uuid4().hex[:12], name="丁", unit="市商务局", role="official")
    assert "账号申请" in section(other.get("/console/today").text, "等您审批")


def test_an_account_that_waits_is_not_called_stopped_and_can_be_taken_back(server: Server) -> None:
    desk, login = Official(server, Role.ADMINISTRATOR).console(), uuid.uuid4().hex[:12]
    form = desk.get("/console/accounts").text
    for meaning in ROLE_MEANINGS.values():
        assert meaning in form, "what each may do stands where it is chosen"
    asked = desk.post("/console/accounts", login=login, name="戊", unit="市商务局", role="official").text
    row = next(line for line in asked.split("<tr>") if login in line)
    assert "等另一位同事审批" in row and "已停用" not in row
    mine = desk.get("/console/approvals").text.partition(login)[2]
    at = re.search(r'action="(/console/approvals/[0-9a-f]{16})"', mine)
    assert at and "撤回这项申请" in mine.partition("</li>")[0]
    refused = desk.post(at[1], act="approve", old=PASSWORD)
    assert refused.status_code == 422 and "另一位同事" in refused.text
    assert "已撤回申请" in desk.post(at[1], act="refuse").text
    assert login not in desk.get("/console/approvals").text


def test_an_invitation_says_where_and_with_which_name_one_signs_in(server: Server) -> None:
    desk, login = Official(server, Role.ADMINISTRATOR).console(), uuid.uuid4().hex[:12]
    desk.get("/console/accounts")
    made = desk.post("/console/accounts", login=login, name="己", unit="市信访局", role="petition").text
    told = made[made.index('class="big-code"') - 400 : made.index('class="big-code"') + 400]
    assert f"{server.url}/console/join" in told and login in told


def test_a_single_administrator_is_told_that_nobody_can_agree(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "accounts.db", Encryptor([Fernet.generate_key()]))
    alone = accounts.add("wang", "王", "市政府金融办", Role.ADMINISTRATOR)
    console = cast(Console, SimpleNamespace(accounts=accounts))
    assert "python -m bot account add" in nobody_else(console, alone)
    accounts.add("qian", "钱", "市政府法制办", Role.CUSTODIAN)
    assert nobody_else(console, alone), "a custodian agrees to no accounts"
    accounts.add("liu", "刘", "市领导小组办公室", Role.OFFICE)
    assert nobody_else(console, alone) == ""
    accounts.close()


def test_the_own_account_page_says_at_once_what_is_in_force(server: Server) -> None:
    """After the code was confirmed, the page still offered to turn codes on."""
    desk = Official(server, Role.OFFICIAL).console()
    wrong = desk.post("/console/me", act="totp", old="not-the-password")
    assert "密码不正确" in wrong.text and "登录名" not in section(wrong.text, "修改密码") + wrong.text.split("<h1>")[0]
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', desk.post("/console/me", act="totp", old=PASSWORD).text)
    assert secret
    given = {"act": "confirm totp", "secret": secret[1], "old": PASSWORD, "totp": TOTP(secret[1]).now()}
    page = desk.post("/console/me", **given).text
    assert "停用动态码" in page and 'value="totp"' not in page
    following = TOTP(secret[1]).at(int(time.time()) + 30)
    assert "启用动态码" in desk.post("/console/me", act="drop totp", old=PASSWORD, totp_now=following).text


def test_what_was_made_on_the_own_account_page_is_in_view(server: Server, browser: Browser) -> None:
    """The picture to scan came two screens below where the page opens."""
    page = opened(browser, Official(server, Role.OFFICIAL).console(), "/console/me")
    form = page.locator("form:has(button[value=totp])")
    form.locator("[name=old]").fill(PASSWORD)
    form.locator("button").click()
    expect(page.locator(".receipt svg")).to_be_in_viewport()
    expect(page.locator("p.done")).to_be_in_viewport()
    page.context.close()


def test_the_three_papers_of_a_units_key_are_printed_each_on_its_own_sheet(
    server: Server, browser: Browser, tmp_path: Path
) -> None:
    """They were shown once, to be printed, and the print left them out."""
    page = opened(browser, Official(server, Role.OFFICIAL).console(), "/console/me")
    form = page.locator("form:has(button[value=escrow])")
    form.locator("[name=old]").fill(PASSWORD)
    form.locator("button").click()
    page.locator(".share").first.wait_for()
    expect(page.get_by_role("button", name="打印三张恢复纸")).to_be_in_viewport()
    shares = [one.locator("li").all_inner_texts() for one in page.locator(".share").all()]
    printed = pages_of(page, tmp_path)
    assert len(shares) == len(printed) == 3
    for number, (words, paper) in enumerate(zip(shares, printed, strict=True), start=1):
        assert f"恢复纸 {number}" in paper and "account recover" in paper
        assert len(words) > 20 and all(word in paper for word in words)
        assert "登录密码" not in paper
    page.context.close()


# A case -----------------------------------------------------------------------------------------------------------


def test_a_reporters_times_are_shown_as_exactly_as_they_are_kept(server: Server, office: Desk) -> None:
    """An answer stood at 12:00 below the question of 12:09, since only its hour is kept."""
    number, receipt = reported(server, "有个叫瀍河宝的投资理财公司在瀍河区发传单，骗了我4万元")
    path = f"/console/cases/{number}"
    office.get(path)
    office.post(path, act="accept")
    office.post(path, act="ask", text="合同还在吗")
    Person(server).say(receipt, "补充：合同还在")
    page = office.get(path).text
    talk = section(page, "与举报人的往来")
    assert re.search(r"举报人说</strong>　\d{4}-\d\d-\d\d \d{1,2} 时许", talk)
    assert re.search(r"请举报人补充</strong>　\d{4}-\d\d-\d\d \d\d:\d\d", talk)
    assert re.search(r"提交于 \d{4}-\d\d-\d\d \d{1,2} 时许", page)


def test_after_a_remark_the_way_leads_to_the_remarks(server: Server, office: Desk) -> None:
    number, _ = reported(server, "有个叫孟津宝的投资理财公司在孟津县发传单，骗了我4万元")
    path = f"/console/cases/{number}"
    office.get(path)
    said = {}
    for act in ("remark", "reply"):
        said[act] = office.get(office.post(path, act=act, text="甲").headers["location"]).text
    assert 'href="#remarks"' in said["remark"] and 'href="#talk"' in said["reply"]
    assert 'href="#remarks"' not in said["reply"]


def test_an_enterprise_is_asked_and_answered_on_the_desk_under_its_own_name(server: Server) -> None:
    number, leads = led_by_several(server)
    desk, path = Official(server, Role.OFFICIAL, leads[0]).console(), f"/console/cases/{number}"
    page = desk.get(path).text
    assert "请企业补充" in page and "回复企业" in page and "企业能看到" in page
    assert "举报人" not in page[page.index("<main") : page.index("</main>")]
    assert desk.post(path, act="ask", text="请补充2016年的业务规模").status_code == 303
    page = desk.get(path).text
    assert "请补充2016年的业务规模" in section(page, "与企业的往来") and "请企业补充" in section(page, "经过")
    assert "举报人" not in page[page.index("<main") : page.index("</main>")]


def test_the_enterprise_sees_what_it_was_asked(server: Server) -> None:
    firm = Person(server)
    number = enterprise_checked(firm)
    code = re.search(CODE, firm.text)
    lead = Official(server, Role.OFFICE).console()
    lead.get(f"/console/cases/{number}")
    lead.post(f"/console/cases/{number}", act="ask", text="请补充2016年的业务规模")
    assert code and "请补充2016年的业务规模" in Person(server).say(code[0])


def enterprise_checked(firm: Person) -> str:
    firm.say("企业自查", *SHORT, SUBMIT)
    number = re.search(NUMBER, firm.text)
    assert number
    return number[0]


def test_who_ends_their_part_before_taking_it_up_is_not_shown_to_take_it_up_afterwards(server: Server) -> None:
    number, leads = led_by_several(server)
    desk, path = Official(server, Role.OFFICIAL, leads[0]).console(), f"/console/cases/{number}"
    desk.get(path)
    desk.post(path, act="close", outcome="rectified", text="已停办。")
    story = section(desk.get(path).text, "经过")
    assert story.index("受理") < story.index("办结本单位部分")


def test_why_a_unit_has_a_case_leads_to_the_clause(server: Server, office: Desk) -> None:
    number, _ = reported(server, "有个叫偃师宝的投资理财公司在偃师市发传单，骗了我4万元")
    units = section(office.get(f"/console/cases/{number}").text, "办理单位")
    assert re.search(r'依据 <a href="/plan[^"]*">三（二）6</a>', units)


def test_a_place_that_was_told_is_not_called_untold(server: Server, office: Desk) -> None:
    number, _ = reported(server, "有个叫老街宝的投资理财公司在老城区发传单，骗了我4万元")
    page = office.get(f"/console/cases/{number}").text
    assert "地点未写明" not in page and re.search(r"老城区（没有写明哪个市", page)


def test_who_ends_a_case_is_told_that_it_is_final(server: Server, office: Desk) -> None:
    number, _ = reported(server, "有个叫洛宁宝的投资理财公司在洛宁县发传单，骗了我4万元")
    page = office.get(f"/console/cases/{number}").text
    assert "办结后不能再改，举报人会看到办理结果和答复" in page


def test_a_destruction_is_called_one_by_who_asks_and_who_agrees(server: Server, office: Desk) -> None:
    number, _ = reported(server, "有个叫栾水宝的投资理财公司在栾川县发传单，骗了我4万元")
    office.get(f"/console/cases/{number}")
    asked = office.post(f"/console/cases/{number}/releases", what="destroy", purpose="danger", reason=REASON)
    told = office.get(asked.headers["location"]).text
    assert "审批人同意后立即销毁" in told and "审批人同意后在这里下载" not in told
    custodian = Official(server, Role.CUSTODIAN).console()
    page = custodian.get("/console/releases").text
    (at,) = re.findall(rf'{number}.*?action="(/console/releases/[0-9a-f]{{16}})"', page, re.S)[:1]
    assert "谁也不能恢复" in page
    done = custodian.post(at, act="approve", old=PASSWORD)
    assert "已经销毁" in custodian.get(done.headers["location"]).text


# Lists and forms --------------------------------------------------------------------------------------------------


def test_notices_lead_where_they_point_and_do_not_tell_to_answer_in_a_chat() -> None:
    told = on_the_desk("新转来举报 JB-7K3M-9QXT，西工区，请及时受理：回复“案件 JB-7K3M-9QXT”或到工作台查看。")
    assert told == '新转来举报 <a href="/console/cases/JB-7K3M-9QXT">JB-7K3M-9QXT</a>，西工区，请及时受理。'
    assert 'href="/console/releases"' in on_the_desk("市公安局申请销毁案件，请到工作台“调取审批”处理。")
    assert "<script>" not in on_the_desk("<script>alert(1)</script>")


def test_many_notices_leave_room_for_what_waits(server: Server) -> None:
    official = Official(server, Role.OFFICIAL)
    tasks_store().tell(official.account.id, "【重大】新转来举报 JB-7K3M-9QXT，请及时受理。")
    for n in range(9):
        tasks_store().tell(official.account.id, f"第{n}条消息")
    desk = official.console()
    page = desk.get("/console/today").text
    assert page.index("第8条消息") < page.index("<details><summary>更早的 5 条")
    assert page.index("<details><summary>更早的 5 条") < page.index("第0条消息")
    assert page.index("【重大】") < page.index("<details><summary>更早的"), "what is grave is never folded away"
    assert page.count('name="notice"') == 10, "taken note of all at once"


def test_clauses_to_choose_from_say_what_they_are_about(server: Server, office: Desk) -> None:
    asked = f"整治期间能不能办{uuid.uuid4().hex[:4]}的迁址登记"
    Person(server).say(asked)
    page = office.get("/console/questions").text
    assert re.search(r'<option value="二（一）1">二（一）1　[^<]*P2P网络借贷平台应守住', page)
    question = re.search(rf'{asked}.*?action="(/console/questions/[^"]+)"', page, re.S)
    assert question and office.post(question[1], act="dismiss").status_code == 303


def test_one_word_finds_the_explanations_it_names(server: Server) -> None:
    desk = Official(server, Role.PETITION).console()
    assert "平台跑路、失联</h2>" in desk.get("/console/explanations", q="跑路").text
    assert "没有找到对应的口径" in desk.get("/console/explanations", q="桂花").text


def test_the_audit_names_documents_and_conclusions(server: Server, office: Desk) -> None:
    page = office.get("/console/entries", q="不得设立资金池").text
    (at,) = re.findall(r'action="(/console/entries/[^"]+)"', page)[:1]
    kept = re.search(rf'action="{at}".*?<textarea[^>]*>([^<]+)<.*?<option selected>([^<]+)<', page, re.S)
    assert kept
    office.post(at, conclusion=kept[1], state=kept[2], q="", kind="")
    assert f"修改结论：{kept[1]}" in office.get("/console/audit").text


def test_what_is_filled_in_for_a_caller_is_called_the_callers(office: Desk) -> None:
    form = office.get("/console/report").text
    assert "举报人的称呼" in form and "举报人的联系方式" in form
    assert "您的" not in form[form.index("<form method=") :]


@pytest.mark.parametrize("path", ["/console/entries", "/console/tasks?unit=市工商局", "/console/accounts"])
def test_no_column_is_so_narrow_that_its_words_stand_upright(server: Server, browser: Browser, path: str) -> None:
    role = Role.ADMINISTRATOR if "accounts" in path else Role.OFFICE
    page = opened(browser, Official(server, role).console(), path)
    for one in page.locator(".cards th:visible, .cards summary:visible").all()[:40]:
        tall, line = one.evaluate("e => [e.getBoundingClientRect().height, parseFloat(getComputedStyle(e).lineHeight)]")
        assert tall < 2.4 * line, one.inner_text()
    page.context.close()


def test_where_a_page_opens_at_what_was_done_it_still_says_so(server: Server, browser: Browser) -> None:
    page = opened(browser, Official(server, Role.OFFICE).console(), "/console/tasks")
    page.get_by_text("交办新任务").click()
    form = page.locator('form[action="/console/tasks/add"]')
    form.locator("[name=title]").fill("报送第三季度整治情况")
    form.locator("select").select_option("嵩县政府")
    form.locator("[name=due]").fill("12月30日")
    form.locator("button").click()
    page.wait_for_url("**#task-*")
    expect(page.locator("p.done")).to_be_in_viewport()
    expect(page.locator("tr:target")).to_be_in_viewport()
    page.context.close()


# In a chat --------------------------------------------------------------------------------------------------------


def test_the_own_queue_counts_what_is_open_apart_from_what_is_ended(server: Server) -> None:
    unit = "洛宁县政府"
    official = Official(server, Role.OFFICIAL, unit)
    official.signs_in()
    number, _ = reported(server, "有个叫兴华宝的投资理财公司在洛宁县发传单，骗了我4万元")
    office = Official(server, Role.OFFICE)
    office.signs_in()
    office.say(f"办结 {number} 经核查不属实")
    first = official.say("我的案件").splitlines()[0]
    assert re.search(r"另有 \d+ 件已办结", first) and "：已办结" not in first and "，已办结" not in first


def test_a_case_offers_to_be_taken_up_once_and_its_end_is_said_back(server: Server) -> None:
    number, _ = reported(server, "有个叫新安宝的投资理财公司在新安县发传单，骗了我4万元")
    official = Official(server, Role.OFFICIAL, "市工商局")
    official.signs_in()
    shown = official.say(f"案件 {number}")
    assert "受理" in official.buttons and "；".join(OUTCOMES.values()) in shown
    official.say("受理")
    official.say(f"案件 {number}")
    assert "受理" not in official.buttons
    ended = official.say("办结 属实，已责令停业")
    assert f"已办结：{OUTCOMES['handled']}" in ended and "现在：已办结" not in ended


@pytest.mark.parametrize("asked", ["下个月5号前有哪些任务", "本周要交什么", "这个月底之前要报的有哪些"])
def test_what_is_due_by_a_day_is_asked_of_ones_own_tasks(server: Server, asked: str) -> None:
    official = Official(server, Role.OFFICIAL, "市工商局")
    official.signs_in()
    reply = official.say(asked)
    assert official.custom["job"] == "tasks" and "到期" in reply, reply
    assert "方案写到的日期" not in reply
    stranger = Person(server)
    stranger.say(asked)
    assert stranger.custom["job"] != "tasks" or "登录" in stranger.text


@pytest.mark.parametrize("said", ["提醒 提前5天", "提前5天提醒我", "改成提前5天提醒"])
def test_reminders_are_set_in_ones_own_words(server: Server, said: str) -> None:
    official = Official(server, Role.OFFICIAL)
    official.signs_in()
    assert "提前 5 天" in official.say(said)


@pytest.mark.parametrize("asked", ["清理整顿什么时候结束", "方案要求几号前报送整治报告", "7月10日前完成摸底是谁牵头"])
def test_what_the_plan_says_of_days_stays_the_plans(server: Server, asked: str) -> None:
    official = Official(server, Role.OFFICIAL)
    official.signs_in()
    official.say(asked)
    assert official.custom["job"] != "tasks"
