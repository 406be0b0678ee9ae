"""The desk as officials use it day by day: what needs them, what was done, who else must still do something."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from axe_playwright_python.sync_playwright import Axe
from docx import Document as open_docx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.console.access import MESSAGES, NAVIGATION
from bot.web.pages import TEXT_SIZE
from casework.cases.audit import AuditEntry
from casework.cases.audit_acts import AuditAct, Details, written
from casework.cases.case import Note, Route
from casework.desk.account import Role
from casework.desk.copies import marked
from casework.desk.happenings import spoken, story_of
from casework.desk.parts import outcome_of, parts_of
from casework.self_check.mending import mending
from tests.conftest import Server
from tests.officials import Desk, Official
from tests.talk import NUMBER, SHORT, Person
from tests.talk import SUBMIT as SUBMIT_CHECK
from tests.test_desk_chat import reported, tasks_store
from tests.test_page import PHONE
from tests.test_tip_off import SUBMIT


@pytest.fixture(scope="module")
def office(server: Server) -> Iterator[Desk]:
    yield Official(server, Role.OFFICE, name="刘芳").console()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def opened(browser: Browser, desk: Desk, path: str, width: int = 1280, **options: Any) -> Page:
    """A page of somebody who is signed in."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    address = str(desk.http.base_url).rstrip("/")
    context.add_cookies([{"name": "desk", "value": desk.http.cookies["desk"], "url": f"{address}/console"}])
    page = context.new_page()
    page.goto(f"{address}{path}")
    return page


def section(page: str, heading: str) -> str:
    """The text of a page from a heading to the next."""
    match = re.search(rf"<h2[^>]*>{heading}.*?</h2>(.*?)(?:<h2|</main>)", page, re.DOTALL)
    assert match, heading
    return match[1]


# Today ------------------------------------------------------------------------------------------------------------


def test_after_signing_in_comes_what_needs_somebody_today(server: Server) -> None:
    urgent, _ = reported(server, "我要举报大河聚宝网 上百人投了600万，老板跑路了，在洛阳西工区")
    mine, _ = reported(server, "有个叫洛河理财的在老城区发传单，说保本，骗了我3万元")
    official = Official(server, Role.OFFICIAL, "市工商局")
    desk = official.console()
    assert desk.http.get("/console").headers["location"] == "/console/today"
    page = desk.get("/console/today").text
    waiting = section(page, "等着办的案件")
    assert mine in waiting and urgent not in waiting and "还没有受理" in waiting
    assert "逾期" in section(page, "到期和逾期的任务")
    everything = section(Official(server, Role.OFFICE).console().get("/console/today").text, "等着办的案件")
    row = next(line for line in everything.split("<tr>") if urgent in line)
    assert "红" in row  # grave and not taken up, whatever the day


def test_a_case_leaves_the_list_when_it_is_the_reporters_turn_and_comes_back(server: Server) -> None:
    number, receipt = reported(server, "有个叫伊水宝的投资理财公司在栾川县发传单，骗了我4万元")
    desk = Official(server, Role.OFFICIAL, "市工商局").console()
    assert number in desk.get("/console/today").text
    desk.get(f"/console/cases/{number}")
    desk.post(f"/console/cases/{number}", act="accept")
    desk.post(f"/console/cases/{number}", act="ask", text="请问合同还在吗？")
    assert number not in desk.get("/console/today").text
    Person(server).say(receipt, "补充：合同还在，上面盖的是伊水公司的章")
    waiting = section(desk.get("/console/today").text, "等着办的案件")
    row = next(line for line in waiting.split("<tr>") if number in line)
    assert "举报人有补充" in row


def test_copies_see_nothing_to_do(server: Server) -> None:
    number, _ = reported(server, "有个叫嵩山宝的投资理财公司在嵩县发传单，骗了我4万元")
    copy = Official(server, Role.OFFICIAL, "嵩县政府").console()
    assert number not in copy.get("/console/today").text
    assert number in copy.get("/console/cases").text


def test_messages_are_told_here_too_and_only_ones_own_are_taken(server: Server) -> None:
    official, other = Official(server, Role.OFFICIAL), Official(server, Role.OFFICIAL)
    for person in (official, other):
        tasks_store().tell(person.account.id, f"给{person.account.login}的消息")
    desk = official.console()
    page = desk.get("/console/today").text
    assert f"给{official.account.login}的消息" in page and f"给{other.account.login}" not in page
    foreign = tasks_store().undelivered(other.account.id)[0].id
    own = re.findall(r'name="notice" value="(\d+)"', page)
    done = desk.http.post("/console/today", data={"form_token": desk.token, "notice": [*own, str(foreign), "x"]})
    assert done.headers["location"] == "/console/today?done=heard"
    assert "给" not in section(desk.get("/console/today", done="heard").text + "<h2>新消息</h2></main>", "新消息")
    assert tasks_store().undelivered(other.account.id)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_a_page_of_the_day(server: Server, role: Role) -> None:
    page = Official(server, role).console().get("/console/today")
    assert page.status_code == 200
    assert ("等着办的案件" in page.text) == (role in (Role.OFFICIAL, Role.OFFICE))
    assert ("来访人反映什么" in page.text) == (role is Role.PETITION)
    assert ("管理账号" in page.text) == (role is Role.ADMINISTRATOR)


# The queue ------------------------------------------------------------------------------------------------------


def test_the_queue_remembers_its_filters_but_not_what_was_searched_for(server: Server) -> None:
    desk = Official(server, Role.OFFICE).console()
    desk.get("/console/cases", set="1", county="洛龙区", severity="1", q="13837912345")
    kept = desk.http.cookies.get("desk_cases")
    assert kept and "13837912345" not in kept
    again = desk.http.get("/console/cases")
    assert again.status_code == 303
    page = desk.get(again.headers["location"]).text
    assert "沿用您上次的条件" in page and re.search(r"<option selected>洛龙区", page)
    desk.get("/console/cases", clear="1")
    assert desk.http.get("/console/cases").status_code == 200


@pytest.mark.parametrize(
    "kept", ["county=%00", "status=<script>", "kind=" + "x" * 3000, "q=secret&unit=%E5%B8%82", "&&&"]
)
def test_a_tampered_memory_does_no_harm(server: Server, kept: str) -> None:
    desk = Official(server, Role.OFFICIAL).console()
    desk.http.cookies.set("desk_cases", kept, path="/console")
    answer = desk.http.get("/console/cases", follow_redirects=True)
    assert answer.status_code == 200
    assert "<script>" not in answer.text and "secret" not in answer.text


def test_units_stand_in_the_plans_order(office: Desk) -> None:
    page = office.get("/console/tasks").text
    listed = re.findall(r'<a href="\?unit=[^"]+">([^<]+)</a>', page)
    wanted = ["市领导小组", "市领导小组办公室", "市政府金融办", "人民银行洛阳市中心支行", "洛阳银监分局", "市工商局"]
    assert listed[: len(wanted)] == wanted
    assert listed.index("市公安局") < listed.index("市委宣传部") < listed.index("涧西区政府")
    own = office.get("/console/tasks", unit="市工商局").text
    for lamp in ("▲</span> 红 逾期", "◆</span> 黄 临近", "●</span> 绿 办理中"):  # never by colour alone
        assert lamp in own


# A case ---------------------------------------------------------------------------------------------------------


def test_every_act_says_that_it_was_done(server: Server) -> None:
    number, _ = reported(server, "有个叫汝阳宝的投资理财公司在汝阳县发传单，骗了我4万元")
    desk = Official(server, Role.OFFICIAL, "市工商局").console()
    path = f"/console/cases/{number}"
    desk.get(path)
    acts = {
        "accept": {},
        "ask": {"text": "合同还在吗"},
        "reply": {"text": "正在核查"},
        "remark": {"text": "很像上月那件"},
    }
    acts |= {"close": {"outcome": "unfounded", "text": "经查没有此事。"}}
    for act, form in acts.items():
        answer = desk.post(path, act=act, **form)
        assert answer.headers["location"] == f"{path}?done={act}"
        assert MESSAGES[act] in desk.get(answer.headers["location"]).text
    assert "<b>" not in desk.get(path, done="<b>好</b>").text  # nobody else writes a message here


def test_question_answer_end_and_remark_are_kept_apart(server: Server, office: Desk) -> None:
    number, receipt = reported(server, "有个叫宜阳宝的投资理财公司在宜阳县发传单，骗了我4万元")
    path = f"/console/cases/{number}"
    office.get(path)
    office.post(path, act="accept")
    office.post(path, act="ask", text="甲：合同还在吗")
    office.post(path, act="reply", text="乙：正在核查")
    office.post(path, act="remark", text="丙：与上月那件很像")
    office.post(path, act="close", outcome="handled", text="丁：已退款")
    page = office.get(path).text
    talk, remarks = section(page, "与举报人的往来"), section(page, "内部备注")
    for said, words in (("请举报人补充", "甲：合同还在吗"), ("答复", "乙：正在核查"), ("办结答复", "丁：已退款")):
        assert re.search(rf"<strong>{said}</strong>[^<]*</span><p>[^<]*{words}", talk), said
    assert "丙：" in remarks and "丙：" not in talk
    assert "丙：" not in Person(server).say(receipt)


def test_looking_does_not_bury_what_was_done(server: Server, office: Desk) -> None:
    number, _ = reported(server, "有个叫新安宝的投资理财公司在新安县发传单，骗了我4万元")
    for _ in range(12):
        office.get(f"/console/cases/{number}")
    office.post(f"/console/cases/{number}", act="accept")
    history = section(office.get(f"/console/cases/{number}").text, "经过")
    assert history.partition("<details>")[0].count("<li>") == 2 and "提交" in history and "受理" in history
    assert "查看和打开材料 13 次" in history and re.search(r"刘芳（市领导小组办公室）　13 次，最近", history)
    audit = office.get("/console/audit").text
    assert re.search(r"查看案件　1[23] 次", audit)
    only = office.get("/console/audit", only="acts").text
    assert ("查看案件" not in only and "受理" in only) or "状态改为核查中" in only


# Several lead units ---------------------------------------------------------------------------------------------


def led_by_several(server: Server) -> tuple[str, list[str]]:
    """A self-check that several units lead, and who they are."""
    firm = Person(server)
    firm.say("企业自查", *SHORT[:-1], "是", "首付贷", "2015年", "3笔，10万，3人", *["都没有"] * 5, SUBMIT_CHECK)
    number = re.search(NUMBER, firm.text)
    assert number
    return number[0], [unit for unit in firm.custom["routes"] if unit != "市领导小组办公室"]


def leads_on(page: str) -> list[str]:
    return re.findall(r"<strong>主办</strong>　([^<\s]+)", page)


def test_one_of_several_lead_units_does_not_close_for_all(server: Server, office: Desk) -> None:
    number, _ = led_by_several(server)
    path = f"/console/cases/{number}"
    leads = leads_on(office.get(path).text)
    assert len(leads) >= 2
    desks = {unit: Official(server, Role.OFFICIAL, unit).console() for unit in leads}
    for desk in desks.values():
        assert number in desk.get("/console/today").text
    first, *others = leads
    desks[first].get(path)
    assert desks[first].post(path, act="accept").status_code == 303
    assert "已经受理" in desks[first].post(path, act="accept").text
    moved = desks[first].post(path, act="transfer", unit="市公安局", text="不归我们管")
    assert moved.status_code == 422 and "共同主办" in moved.text
    ended = desks[first].post(path, act="close", outcome="rectified", text="已停办首付贷。")
    assert ended.headers["location"].endswith("?done=part")
    page = office.get(path).text
    assert "核查中" in page and "本单位部分已办结：已责令整改并落实" in page and "还没有受理" in page
    again = desks[first].post(path, act="close", outcome="rectified", text="再来一次")
    assert again.status_code == 422 and "本单位的部分" in again.text
    assert number not in desks[first].get("/console/today").text
    for unit in others:
        assert number in desks[unit].get("/console/today").text
        desks[unit].get(path)
        desks[unit].post(path, act="close", outcome="unfounded", text="")
    page = office.get(path).text
    assert "已办结：已责令整改并落实" in page  # the gravest of the outcomes
    assert "全案办结" in section(page, "经过")


def test_the_office_may_close_for_all(server: Server, office: Desk) -> None:
    number, _ = led_by_several(server)
    office.get(f"/console/cases/{number}")
    office.post(f"/console/cases/{number}", act="close", outcome="elsewhere", text="重复填报。")
    assert "已办结：不属于本次整治范围" in office.get(f"/console/cases/{number}").text


def test_closing_a_part_in_a_chat_says_who_is_left(server: Server, office: Desk) -> None:
    number, _ = led_by_several(server)
    leads = leads_on(office.get(f"/console/cases/{number}").text)
    official = Official(server, Role.OFFICIAL, leads[0])
    official.signs_in()
    reply = official.say(f"办结 {number} 已整改")
    assert f"{leads[0]}的部分已办结" in reply and leads[1] in reply and "全案仍在办理" in reply


NOON = datetime(2016, 10, 13, 4, tzinfo=UTC)


def acts(*lines: tuple[int, str, str | tuple[AuditAct, Details]]) -> list[AuditEntry]:
    """Lines as a program of today writes them, and those given as a sentence as earlier ones did."""
    kept = [(at, actor, line if isinstance(line, str) else written(*line)) for at, actor, line in lines]
    return [AuditEntry.kept((NOON + timedelta(seconds=at)).timestamp(), actor, line, "c") for at, actor, line in kept]


def test_a_unit_that_is_given_a_case_anew_begins_anew() -> None:
    routes = [Route("甲", "lead", ""), Route("乙", "lead", ""), Route("丙", "copy", "")]
    history = acts(
        (0, "a", "part accepted by 甲"),
        (1, "a", (AuditAct.CLOSE_PART, {"unit": "甲", "outcome": "handled"})),
        (2, "o", "transfer to 甲"),
    )
    first, second = parts_of(routes, history)
    assert (first.unit, first.closed, second.unit) == ("甲", None, "乙")
    assert parts_of(routes[1:], history) == []
    assert outcome_of([], "unfounded") == "unfounded"


def test_one_line_a_happening() -> None:
    history = acts(
        (0, "reporter", "submit"),
        (60, "a", "view"),
        (61, "a", "open evidence"),
        (62, "a", "open evidence"),
        (70, "a", "status examining"),
        (80, "a", (AuditAct.MESSAGE, {"author": "handler"})),
        (80, "a", (AuditAct.STATUS, {"status": "asking"})),
        (90, "a", "message of handler"),
        (100, "reporter", "message of reporter"),
        (100, "reporter", "status examining"),
        (110, "reporter", "add evidence"),
        (120, "reporter", "add evidence"),
        (130, "a", (AuditAct.TRANSFER, {"unit": "市公安局"})),
        (130, "a", "message of internal"),
        (140, "b", "message of handler"),
        (140, "b", "status closed"),
    )
    story = story_of(history)
    assert [one.words for one in story.happenings] == [
        *("提交", "受理", "请举报人补充", "答复举报人", "举报人补充情况", "上传材料", "转办至市公安局", "办结")
    ]
    assert [one.times for one in story.happenings if one.words == "上传材料"] == [2]
    assert [(look.actor, look.times) for look in story.looks] == [("a", 3)]
    notes = [Note(a, "", NOON) for a in ("handler", "handler", "reporter", "internal", "handler")]  # type: ignore[arg-type]
    assert [said for _, said in spoken(notes, history)] == ["asked", "replied", "reporter", "internal", "closed"]
    assert [said for _, said in spoken(notes[:2], history)] == ["replied", "replied"]  # not to be told any more


# Near-copies ----------------------------------------------------------------------------------------------------


def test_near_copies_are_compared_side_by_side(server: Server, office: Desk) -> None:
    story = "{}的业务员在我们小区门口摆摊，说年化百分之十八保本保息，我投了{}万元，上个月开始取不出来，门店也关了"
    numbers = []
    for name, sum_ in (("聚财通宝", 12), ("万利通宝", 30)):
        person = Person(server)
        person.say("我要举报", story.format(name, sum_), "跳过", name, "其余跳过", SUBMIT)
        numbers.append(str(person.custom["number"]))
    other, _ = reported(server, "有个叫孟津宝的投资理财公司在孟津区发传单，骗了我4万元")
    first, second = numbers
    page = office.get(f"/console/cases/{first}").text
    assert f"/console/cases/{first}/beside/{second}" in page and f"beside/{other}" not in page
    compared = office.get(f"/console/cases/{first}/beside/{second}").text
    marks = re.findall(r"<mark>(.*?)</mark>", compared)
    assert {"12", "30"} <= set(marks) and not any("小区门口" in mark for mark in marks)
    assert office.get(f"/console/cases/{first}/beside/{first}").status_code == 404
    stranger = Official(server, Role.OFFICIAL, "市农业局").console()
    assert stranger.get(f"/console/cases/{first}/beside/{second}").status_code == 403


def test_what_is_not_marked_is_the_same() -> None:
    left, right = marked("投了12万元给金鼎", "投了30万元给金鼎财富")
    same = ["".join(piece.text for piece in side if not piece.differs) for side in (left, right)]
    assert same[0] == same[1]
    assert "".join(piece.text for piece in right) == "投了30万元给金鼎财富"


# Figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["weeks", "counties", "waiting", "breaches", "jobs", "tasks"])
def test_a_figure_its_table_and_its_export_say_the_same(office: Desk, name: str) -> None:
    reported_rows = list(csv.reader(io.StringIO(office.get(f"/console/charts/{name}.csv").content.decode("utf-8-sig"))))
    page = office.get("/console/charts").text
    shown = section(page, re.search(rf'id="{name}">([^<]+)<', page)[1].replace("（", ".").replace("）", "."))  # type: ignore[index]
    bars = re.findall(r'<th scope="row">([^<]+)</th><td class="bar">.*?<td class="number">([^<]+)</td>', shown)
    assert [(row[0], row[-1]) for row in reported_rows[1:]] == bars or "没有数据" in shown
    assert office.get(f"/console/charts/{name}.xlsx").content.startswith(b"PK")
    assert office.get(f"/console/charts/{name}.png").content.startswith(b"\x89PNG")


def test_figures_are_drawn_from_the_numbers_of_their_tables(server: Server, browser: Browser, office: Desk) -> None:
    reported(server, "有个叫银海宝的投资理财公司在涧西区骗了我4万元")
    page = opened(browser, office, "/console/charts")
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    page.reload()
    section = page.locator(".figure", has=page.locator("#tasks"))
    expect(section.get_by_role("img", name="各单位任务进度，数字见下面的表格").locator("canvas")).to_be_visible()
    expect(section.locator(".bars")).to_be_hidden()
    drawn = page.evaluate("echarts.getInstanceByDom(document.querySelector('.figure:has(#tasks) .drawn')).getOption()")
    section.get_by_text("数字表格").click()
    rows = [row.split("\t") for row in section.get_by_role("table").inner_text().splitlines()]
    labels = [row[0] for row in rows[1:]]
    assert drawn["yAxis"][0]["data"] == labels and len(labels) > 20
    for n, series in enumerate(drawn["series"], start=1):
        assert series["name"] == rows[0][n]
        assert [str(number) for number in series["data"]] == [row[n] for row in rows[1:]]
    assert Axe().run(page).violations_count == 0
    page.emulate_media(media="print")
    expect(section.locator(".bars")).to_be_visible()
    assert refused == []
    page.context.close()


def test_what_is_taken_from_npm_is_unchanged() -> None:
    vendor = Path(__file__).parent.parent / "bot/web/static/vendor"
    said = re.findall(r"^\| `([^`]+)` .* `([0-9a-f]{64})` \|$", (vendor / "README.md").read_text("utf-8"), re.MULTILINE)
    assert {name: hashlib.sha256((vendor / name).read_bytes()).hexdigest() for name, _ in said} == dict(said)
    assert {path.name for path in vendor.glob("*.js")} == dict(said).keys()


def test_what_only_the_office_counts_is_not_given_to_units(server: Server) -> None:
    desk = Official(server, Role.OFFICIAL).console()
    assert desk.get("/console/charts/jobs.csv").status_code == 404
    assert desk.get("/console/charts/nothing.csv").status_code == 404
    assert desk.get("/console/charts/weeks.exe").status_code == 404


# Papers ---------------------------------------------------------------------------------------------------------


def test_a_sheet_says_what_is_approved_and_a_changed_one_is_a_draft_again(server: Server, office: Desk) -> None:
    path = "/console/explanations?ids=withdrawal"
    petition = Official(server, Role.PETITION).console()
    assert "草案，尚未审定" in petition.get(path).text
    assert petition.post("/console/explanations/withdrawal", act="approve").status_code == 403
    office.get(path)
    done = office.post("/console/explanations/withdrawal", act="approve")
    assert done.status_code == 303
    page = petition.get(path).text
    assert re.search(r"市领导小组办公室已于\d{4}年\d+月\d+日审定", page)
    sheet = petition.get("/console/explanations.docx", ids="withdrawal,runaway").content
    words = [paragraph.text for paragraph in open_docx(io.BytesIO(sheet)).paragraphs]
    assert sum("审定】" in line for line in words) == 2 and sum("草案" in line for line in words) == 1
    pdf = pdfium.PdfDocument(petition.get("/console/explanations.pdf", ids="withdrawal").content)
    assert "审定" in pdf[0].get_textpage().get_text_range()
    assert office.post("/console/explanations/nothing", act="approve").status_code == 404
    office.post("/console/explanations/withdrawal", act="withdraw")
    assert "草案，尚未审定" in petition.get(path).text


def test_every_red_line_has_an_order_that_is_no_prohibition() -> None:
    orders = mending()
    assert len(set(orders.values())) == len(orders)
    assert not any(word in order for order in orders.values() for word in ("不得", "严禁"))


def test_the_report_says_what_to_do(server: Server) -> None:
    firm = Person(server)
    firm.say("企业自查", *SHORT[:-1], "是", "首付贷", "2015年", "3笔，10万，3人", *["都没有"] * 5, SUBMIT_CHECK)
    document = open_docx(io.BytesIO(firm.file("红线自查报告.docx").content))
    (row,) = [row for table in document.tables for row in table.rows if "首付贷" in row.cells[2].text]
    assert row.cells[4].text.startswith("立即停办“首付贷”性质的业务")
    assert "严禁" not in row.cells[4].text


# In a browser ---------------------------------------------------------------------------------------------------


def test_by_keyboard_from_the_day_to_a_case(server: Server, browser: Browser) -> None:
    number, _ = reported(server, "有个叫偃师宝的投资理财公司在偃师区发传单，骗了我4万元")
    desk = Official(server, Role.OFFICIAL, "市工商局").console()
    page = opened(browser, desk, "/console/tasks")
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="案件", exact=True)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").nth(1)).to_contain_text(number)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile(number)).wait_for()
    page.keyboard.press("n")
    page.keyboard.type("nnn 备注里的字母不是快捷键")
    assert page.get_by_label("备注（举报人看不到）").input_value() == "nnn 备注里的字母不是快捷键"
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("启用快捷键").uncheck()
    page.get_by_role("button", name="关闭").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.context.close()


def test_a_message_is_said_once(browser: Browser, office: Desk) -> None:
    page = opened(browser, office, "/console/tasks?done=confirm")
    expect(page.get_by_text("已复核销号。")).to_be_visible()
    page.reload()
    expect(page.get_by_text("已复核销号。")).to_have_count(0)
    page.context.close()


def test_the_sheet_has_a_print_button(browser: Browser, office: Desk) -> None:
    page = opened(browser, office, "/console/explanations?ids=runaway")
    page.evaluate("window.print = () => { document.title = 'printed' }")
    page.get_by_role("button", name="打印这张口径").click()
    expect(page).to_have_title("printed")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="打印这张口径")).to_be_hidden()
    expect(page.get_by_text("草案，尚未审定").first).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("width", [PHONE["width"], 1280])
def test_no_faults_on_a_case_and_beside_another(server: Server, browser: Browser, office: Desk, width: int) -> None:
    number, _ = led_by_several(server)
    first, _ = reported(server, "有个叫吉利宝的投资理财公司在吉利区发传单说保本，骗了我4万元，电话没人接")
    second, _ = reported(server, "有个叫吉祥宝的投资理财公司在吉利区发传单说保本，骗了我5万元，电话没人接")
    for path in (number, first, f"{first}/beside/{second}"):
        page = opened(browser, office, f"/console/cases/{path}", width)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.context.close()


@pytest.mark.parametrize("width", [PHONE["width"], 1280])
@pytest.mark.parametrize("large", [False, True])
def test_no_faults_on_any_page_in_the_dark_and_in_large_letters(
    server: Server, browser: Browser, office: Desk, width: int, large: bool
) -> None:
    reported(server, "有个叫金海宝的投资理财公司在涧西区骗了我4万元")
    page = opened(browser, office, "/console/today", width, color_scheme="dark")
    if large:
        page.context.add_cookies([{"name": TEXT_SIZE, "value": "large", "url": server.url}])
    paths = [path for _, path, _ in NAVIGATION]
    for path in ("/console/login", "/console/join", *paths):
        answer = page.goto(f"{server.url}{path}")
        assert answer and answer.status in (200, 403), path
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.context.close()
