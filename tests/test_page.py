"""The chat page in a real browser: with and without script, by keyboard, at 390 px, over a restart."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import Server
from tests.talk import CODE, NUMBER, SHORT, SUBMIT
from tests.test_evidence import picture

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, server: Server) -> Page:
    opened = context.new_page()
    opened.goto(server.url)
    return opened


def ask(page: Page, question: str) -> None:
    page.locator("#message").fill(question)
    page.get_by_role("button", name="发送").click()


def clear(page: Page) -> None:
    """清除对话, and yes to what it asks."""
    page.get_by_role("button", name="清除对话").click()
    page.get_by_role("dialog").get_by_role("button", name="清除", exact=True).click()


def test_a_stranger_asks_and_opens_the_clause(page: Page) -> None:
    ask(page, "P2P能不能搞资金池")
    reply = page.locator(".reply").last
    expect(reply).to_contain_text("不得设立资金池")
    card = reply.get_by_role("link", name="二（一）1")
    card.click()
    expect(page).to_have_url(re.compile(r"/plan#c2-1-1$"))
    clause = page.locator("#c2-1-1")
    expect(clause).to_be_in_viewport()
    assert clause.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 243, 196)"


def test_the_conversation_is_there_after_a_reload_and_gone_when_cleared(page: Page) -> None:
    ask(page, "P2P谁牵头")
    expect(page.locator(".reply").last).to_contain_text("洛阳银监分局")
    page.reload()
    expect(page.locator(".said")).to_have_text(["您P2P谁牵头"])
    page.get_by_role("button", name="清除对话").click()
    page.get_by_role("button", name="不清除").click()
    expect(page.locator(".said")).to_have_count(1)
    clear(page)
    expect(page.locator(".said")).to_have_count(0)


def test_quick_replies_and_enter_key(page: Page) -> None:
    page.get_by_role("button", name="时间安排").click()
    expect(page.locator(".reply").last).to_contain_text("2016年11月30日")
    page.locator("#message").press_sequentially("原文")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_count(2)
    expect(page.locator(".reply").last).to_contain_text("先行登记保存")


def test_it_all_works_with_script_off(browser: Browser, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url)
    ask(page, "P2P能不能搞资金池")
    expect(page.locator(".reply").last).to_contain_text("不得设立资金池")
    page.get_by_role("button", name="没用，换一条").click()
    expect(page.locator(".said")).to_have_count(2)
    context.close()


def test_markup_in_a_message_is_only_text(page: Page) -> None:
    alarms: list[str] = []
    page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    ask(page, "<img src=x onerror=alert(1)><b>粗</b>")
    expect(page.locator(".reply")).to_have_count(2)
    page.reload()
    expect(page.locator(".said p")).to_have_text("<img src=x onerror=alert(1)><b>粗</b>")
    assert not alarms


def test_too_long_a_message_is_kept_in_the_box(page: Page) -> None:
    box = page.locator("#message")
    box.evaluate("e => e.removeAttribute('maxlength')")
    ask(page, "长" * 1200)
    expect(page.get_by_role("alert")).to_contain_text("超过了 1000 字")
    assert len(box.input_value()) == 1200


def test_a_server_restart_loses_nothing(page: Page, server: Server) -> None:
    ask(page, "P2P谁牵头")
    expect(page.locator(".reply").last).to_contain_text("洛阳银监分局")
    server.kill()
    ask(page, "那众筹呢")
    expect(page.get_by_role("status")).to_contain_text("您输入的内容已保留")
    assert page.locator("#message").input_value() == "那众筹呢"
    server.start()
    expect(page.get_by_role("status")).to_contain_text("已重新连接", timeout=30_000)
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".reply").last).to_contain_text("市政府金融办")


@pytest.mark.parametrize("large", [False, True])
def test_a_phone_shows_everything_without_sideways_scrolling(browser: Browser, server: Server, large: bool) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)
    page = context.new_page()
    page.goto(server.url)
    if large:
        page.get_by_role("button", name="大字版").click()
    ask(page, "各领域分别由哪个单位负责")
    expect(page.locator(".reply").last).to_contain_text("市保险业协会")
    for address in ("/", "/plan#c-annex-2"):
        page.goto(server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto(server.url)
    least = 60 if large else 44
    page.get_by_role("button", name="菜单").click()
    for button in [*page.get_by_role("button").all(), *page.get_by_role("link").all()]:
        if not button.is_visible() or button.evaluate("e => e.matches('.skip, p > a') && !e.matches('.name > a')"):
            continue  # words within a sentence are as high as its lines
        box = button.bounding_box()
        assert box
        assert box["height"] >= least - 0.5
    context.close()


@pytest.mark.parametrize("address", ["/", "/plan", "/self-check", "/tip-off"])
@pytest.mark.parametrize("large", [False, True])
def test_accessibility_rules(page: Page, server: Server, address: str, large: bool) -> None:
    if large:
        page.get_by_role("button", name="大字版").click()
    ask(page, "P2P谁牵头")
    expect(page.locator(".reply")).to_have_count(2)
    page.goto(server.url + address)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    assert results.violations_count == 0, results.generate_report()


def test_the_plan_reads_as_a_document(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/plan")
    expect(page.get_by_role("heading", level=2)).to_have_text(
        [
            *("一、工作目标和原则", "二、整治对象和重点", "三、组织领导和分工", "四、工作方法和步骤", "五、保障措施"),
            "洛阳市互联网金融风险专项整治工作领导小组 组成人员名单",
            "企业自查信息表",
        ]
    )
    expect(page.get_by_role("heading", level=3)).to_have_count(11)
    expect(page.get_by_role("cell", name="袁 剑")).to_be_visible()
    page.get_by_label("在原文中查找").fill("先行登记")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_role("status")).to_contain_text("四（二）1")


def test_a_form_from_another_site_is_refused(context: BrowserContext, server: Server) -> None:
    answer = context.request.post(
        f"{server.url}/chat", form={"message": "你好"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status == 403


def test_a_self_check_from_the_first_question_to_the_form(page: Page, server: Server) -> None:
    ask(page, "我们公司要做自查")
    expect(page.locator(".reply").last).to_contain_text("这一部分一次填完（11 项）")
    for number, answer in enumerate(SHORT[:-1], start=2):
        ask(page, answer)
        expect(page.locator(".reply")).to_have_count(number + 1)
    page.get_by_role("button", name="否", exact=True).click()
    expect(page.locator(".reply").last).to_contain_text("注册资本：5,000万元人民币")
    page.get_by_role("button", name="修改企业名称").click()
    expect(page.locator(".reply").last).to_contain_text("现在填的是：洛阳某某信息科技有限公司")
    ask(page, "洛阳某某软件有限公司")
    expect(page.locator(".reply").last).to_contain_text("企业名称：洛阳某某软件有限公司")
    page.reload()
    page.get_by_role("button", name=SUBMIT).click()
    expect(page.locator(".reply").last).to_contain_text(re.compile(NUMBER))
    with page.expect_download() as download:
        page.locator(".reply").last.get_by_role("link", name="企业自查信息表.pdf").click()
    assert download.value.suggested_filename == "企业自查信息表.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF")
    code = re.search(CODE, page.locator(".reply").last.inner_text())
    assert code
    page.get_by_role("link", name="自查下载").click()
    page.get_by_label("12 位自查码").fill(code[0].lower())
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_text("受理编号")).to_be_visible()
    assert code[0] not in page.url
    page.get_by_label("12 位自查码").fill("3333-4444-6666")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_role("alert")).to_contain_text("没有找到这个自查码")


def test_ticking_red_lines_on_a_phone(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)
    page = context.new_page()
    page.goto(server.url)
    for number, answer in enumerate(("企业自查", *SHORT[:-1], "是"), start=1):
        ask(page, answer)
        expect(page.locator(".reply")).to_have_count(number + 1)
    page.get_by_role("checkbox", name="1. P2P网络借贷").tap()
    page.get_by_role("checkbox", name="6. 首付贷").tap()
    page.get_by_role("button", name="选好了").tap()
    expect(page.locator(".reply").last).to_contain_text("业务种类 P2P网络借贷、首付贷")
    expect(page.locator(".said").last).to_contain_text("P2P网络借贷、首付贷")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


def test_a_report_with_a_photo_and_its_receipt(page: Page, server: Server) -> None:
    ask(page, "我妈被一个叫金鼎财富的拉去投了20万")
    expect(page.locator(".reply").last).to_contain_text("平台或公司名称 金鼎财富，涉及金额 20万元人民币")
    ask(page, "修改手头的证据")
    photos = [
        {"name": "截图.png", "mimeType": "image/png", "buffer": picture()},
        {"name": "看图.exe", "mimeType": "image/png", "buffer": b"MZ" + bytes(100)},
    ]
    page.get_by_label("选择文件").set_input_files(photos)  # type: ignore[arg-type]
    said = page.locator(".upload [role=status]")
    expect(said).to_contain_text("已收到 1 个文件：截图.png")
    expect(said).to_contain_text("看图.exe：不能上传程序文件")
    page.get_by_role("button", name="继续", exact=True).click()
    expect(page.locator(".reply")).to_have_count(4)
    ask(page, "其余跳过")
    expect(page.locator(".reply").last).to_contain_text("手头的证据：已上传 1 个文件：截图.png")
    page.get_by_role("button", name="确认如实举报并提交").click()
    last = page.locator(".reply").last
    expect(last).to_contain_text("您的回执码")
    expect(last.locator(".receipt svg")).to_be_in_viewport()
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", last.inner_text())
    assert receipt
    page.reload()
    expect(page.get_by_role("region", name="回执已显示过")).to_be_visible()
    assert receipt[0] not in page.content() and "金鼎财富" not in page.content()
    page.get_by_role("link", name="查举报").click()
    page.get_by_label("16 位回执码").fill(receipt[0])
    page.get_by_role("button", name="查看进度").click()
    expect(page.get_by_role("status")).to_contain_text("已收到")
    page.get_by_label("补充说明").fill("他们又打电话来了")
    page.get_by_role("button", name="提交补充").click()
    expect(page.get_by_role("status")).to_contain_text("已收到")
    expect(page.locator(".notes")).to_contain_text("他们又打电话来了")
    assert receipt[0] not in page.url
