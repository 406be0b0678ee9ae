"""The chat page as a stranger meets it: first screen, box, answers, forms, receipt, in every light and size."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from fastapi.templating import Jinja2Templates
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Locator, Page, Route, expect, sync_playwright

from bot.settings import Settings
from bot.web.assets import asset_routes
from bot.web.city import Colours, city
from bot.web.pages import FOLDER
from bot.web.site_pages import site_file_routes, site_routes
from knowledge.base import KnowledgeBase
from tests.conftest import Server
from tests.talk import FIRM, NUMBER
from tests.talk import SUBMIT as FILED
from tests.test_evidence import picture
from tests.test_page import PHONE, ask

DESKTOP = {"width": 1280, "height": 860}
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
STORY = "有个叫丰源理财的骗了我3万元"
SUBMIT = "确认如实举报并提交"
ON_TOP = "e => { const at = e.getBoundingClientRect(); return document.elementFromPoint(at.x + 5, at.y + 5) === e; }"
LINKED = re.compile(r'(?:href|src)="((?:/static/|/look)[^"]+)"')
SCROLLED = "document.querySelector('.scroll').scrollTop + document.querySelector('.stage').scrollTop"


SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });"""


def late(route: Route) -> None:
    """A script that comes when the page has been drawn."""
    time.sleep(0.7)
    route.continue_()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@contextmanager
def opened(browser: Browser, server: Server, large: bool = False, **options: Any) -> Iterator[Page]:
    """The chat page in a browser of its own."""
    context = browser.new_context(**{"viewport": DESKTOP} | options)
    page = context.new_page()
    page.goto(server.url)
    if large:
        page.get_by_role("button", name="大字版").click()
        expect(page.get_by_role("button", name="标准字号")).to_be_visible()
        page.wait_for_load_state()
    yield page
    context.close()


def answered(page: Page, question: str) -> None:
    before = page.locator(".reply").count()
    ask(page, question)
    expect(page.locator(".reply")).to_have_count(before + 1)


def accessible(page: Page) -> None:
    results = Axe().run(page, options=WCAG)
    assert results.violations_count == 0, results.generate_report()


# The first screen -------------------------------------------------------------------------------------------


def test_the_first_screen_says_whose_it_is_and_what_can_be_done(browser: Browser, server: Server) -> None:
    with opened(browser, server, viewport=PHONE) as page:
        welcome = page.get_by_role("region", name="本助手能做什么")
        expect(welcome).to_contain_text("洛阳市互联网金融风险专项整治工作领导小组办公室主办")
        expect(welcome).to_contain_text("洛政办〔2016〕58号，2016年6月27日印发")
        for job in ("问政策", "企业自查", "举报", "查进度"):
            expect(welcome.get_by_text(job, exact=True)).to_be_in_viewport(ratio=1)
        for link in ("关于与联系", "隐私说明", "无障碍说明"):
            page.get_by_role("contentinfo").get_by_role("link", name=link).click()
            expect(page.get_by_role("heading", level=1, name=link)).to_be_visible()
            page.go_back()


@pytest.mark.parametrize("viewport", [(1280, 800), (1920, 1080)])
def test_on_a_desktop_the_first_screen_is_whole(browser: Browser, server: Server, viewport: tuple[int, int]) -> None:
    """From who publishes it to the links of the footer, nothing is cut off by the box."""
    width, height = viewport
    with opened(browser, server, viewport={"width": width, "height": height}) as page:
        for link in ("关于与联系", "隐私说明", "无障碍说明", "110", "12345"):
            shown = page.get_by_role("contentinfo").get_by_role("link", name=link)
            expect(shown).to_be_in_viewport(ratio=1)
            assert shown.evaluate(ON_TOP), link


def test_examples_of_the_first_screen_are_answered_from_the_plan(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        examples = page.get_by_role("form", name="常见问题").get_by_role("button").all_inner_texts()
    assert len(examples) >= 4
    for example in examples:
        body = {"sender": "first-screen-of-the-page", "message": example}
        (reply,) = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=60).json()
        assert reply["custom"]["job"] in ("policy", "duty", "deadline"), example
        assert reply["custom"]["citations"], example


# The box ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("viewport", [(390, 844), (320, 568), (844, 390), (640, 512), (320, 256)])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("letters", ["100%", "200%"])
def test_the_box_is_at_the_bottom_and_never_over_a_fifth_of_the_screen(
    browser: Browser, server: Server, viewport: tuple[int, int], large: bool, letters: str
) -> None:
    """320 x 256 is a screen of 1280 x 1024 at 400 %; ``letters`` is the size that the browser is set to."""
    width, height = viewport
    with opened(browser, server, large, viewport={"width": width, "height": height}, bypass_csp=True) as page:
        if letters == "200%":
            page.add_style_tag(
                content=f":root{'.large' if large else ''} {{ font-size: {'325%' if large else '225%'} }}"
            )
        for text in ("", "第一行\n第二行\n第三行\n" * 8):
            page.locator("#message").fill(text)
            box = page.locator("#ask").bounding_box()
            field = page.locator("#message").bounding_box()
            assert box and field
            assert box["height"] <= height * 0.2 + 1
            assert abs(box["y"] + box["height"] - height) <= 1
            assert field["height"] >= min(34, height * 0.15)
            assert field["y"] + field["height"] <= height + 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_box_says_what_it_is_for(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        expect(page.get_by_label("请输入您的问题")).to_be_visible()
        answered(page, "企业自查")
        expect(page.get_by_label("回答第 1/12 题：企业名称")).to_be_visible()
        answered(page, FIRM)
        page.reload()
        expect(page.get_by_label("回答第 2/12 题：统一社会信用代码")).to_be_visible()


def test_enter_sends_and_with_shift_it_breaks_the_line(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        box = page.locator("#message")
        box.press_sequentially("P2P")
        page.keyboard.press("Shift+Enter")
        box.press_sequentially("谁牵头")
        assert box.input_value() == "P2P\n谁牵头"
        page.keyboard.press("Enter")
        expect(page.locator(".said")).to_have_count(1)
        expect(page.locator(".reply").last).to_contain_text("洛阳银监分局")


def test_what_is_typed_outlives_a_reload_but_nothing_of_a_report_is_kept(browser: Browser, server: Server) -> None:
    kept = "Object.values(sessionStorage).join() + Object.values(localStorage).join()"
    with opened(browser, server) as page:
        page.locator("#message").press_sequentially("首付贷是不是")
        page.reload()
        expect(page.locator("#message")).to_have_value("首付贷是不是")
        answered(page, STORY)
        assert page.evaluate(kept) == ""
        page.locator("#message").press_sequentially("我妈在涧西的门店")
        assert page.evaluate(kept) == ""


def test_several_messages_wait_in_view_and_are_answered_in_their_order(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        held: list[Route] = []

        def hold_the_first(route: Route) -> None:
            if held:
                route.continue_()
            else:
                held.append(route)

        page.route("**/chat", hold_the_first)
        for question in ("P2P谁牵头", "时间安排", "股权众筹谁牵头"):
            ask(page, question)
        expect(page.locator(".typing")).to_be_visible()
        expect(page.locator(".queued")).to_have_count(2)
        held[0].continue_()
        expect(page.locator(".reply")).to_have_count(4)
        expect(page.locator(".queued")).to_have_count(0)
        said = [text.removeprefix("您") for text in page.locator(".said").all_text_contents()]
        assert said == ["P2P谁牵头", "时间安排", "股权众筹谁牵头"]


@pytest.mark.parametrize("viewport", [(390, 844), (195, 422)])
@pytest.mark.parametrize("large", [False, True])
def test_nothing_is_cut_off_or_pushed_out_of_the_window(
    browser: Browser, server: Server, viewport: tuple[int, int], large: bool
) -> None:
    """195 x 422 is a phone at 200 %."""
    width, height = viewport
    with opened(browser, server, large, viewport={"width": width, "height": height}) as page:
        name = page.locator(".site .short").bounding_box()
        assert name and name["width"] >= 100
        for message in ("P2P能不能搞资金池", STORY, "其余跳过"):
            answered(page, message)
            assert page.evaluate("scrollY") == 0
            box = page.locator("#ask").bounding_box()
            assert box and abs(box["y"] + box["height"] - height) <= 1
        for change in page.get_by_role("button", name=re.compile("^修改")).all():
            place = change.bounding_box()
            assert place and place["x"] >= 0 and place["x"] + place["width"] <= width


def test_on_a_phone_the_menu_is_there_after_a_long_answer(browser: Browser, server: Server) -> None:
    with opened(browser, server, viewport=PHONE) as page:
        answered(page, "企业自查")
        page.get_by_role("button", name="菜单").click(timeout=5000)
        expect(page.get_by_role("button", name="清除对话")).to_be_in_viewport(ratio=1)


# Suggestions ------------------------------------------------------------------------------------------------


def test_suggestions_by_keyboard_none_in_a_form_and_nothing_typed_leaves_the_browser(
    browser: Browser, server: Server
) -> None:
    with opened(browser, server) as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
        box, suggestions = page.locator("#message"), page.get_by_role("option")
        box.press_sequentially("P2P谁牵")
        expect(suggestions.first).to_be_visible()
        accessible(page)
        assert not any("P2P" in request for request in sent)
        page.keyboard.press("ArrowDown")
        chosen = suggestions.first.inner_text()
        expect(suggestions.first).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Enter")
        expect(page.locator(".said p")).to_have_text([chosen])
        expect(page.locator(".reply")).to_have_count(2)
        box.press_sequentially("资金池")
        expect(suggestions.first).to_be_visible()
        page.keyboard.press("Escape")
        expect(suggestions).to_have_count(0)
        answered(page, STORY)
        box.press_sequentially("P2P谁牵")
        expect(page.locator("#asks")).to_contain_text("回答第")
        expect(suggestions).to_have_count(0)


# Answers ----------------------------------------------------------------------------------------------------


def test_an_answer_is_a_conclusion_a_quotation_and_its_clause(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        answered(page, "P2P能不能搞资金池")
        answer = page.locator(".answer").last
        expect(answer.locator(".conclusion")).to_have_text("不可以。网贷平台不得设立资金池。")
        expect(answer.locator("blockquote mark")).to_have_text("资金池")
        expect(answer.locator("cite")).to_contain_text("二（一）1")
        card = answer.get_by_role("link", name="二（一）1")
        expect(card).to_contain_text("P2P网络借贷和股权众筹业务")
        expect(answer.get_by_role("button", name="查看整条原文")).to_have_count(0)
        next_questions = answer.get_by_role("form", name="接着问").get_by_role("button")
        assert 2 <= next_questions.count() <= 3
        for tool in ("复制", "打印"):
            expect(answer.get_by_role("button", name=tool)).to_be_visible()
        next_questions.first.click()
        expect(page.locator(".answer")).to_have_count(2)
        expect(page.get_by_role("form", name="接着问")).to_have_count(1)


def test_each_of_several_questions_has_its_own_conclusion(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        answered(page, "第三方支付谁牵头，资金池能不能搞")
        answer = page.locator(".answer").last
        expect(answer.locator(".conclusion")).to_have_count(2)
        expect(answer.locator(".conclusion").first).to_contain_text("人民银行洛阳市中心支行")
        expect(answer.locator(".conclusion").last).to_contain_text("不可以")


def test_the_plan_opens_beside_the_chat_or_over_it_and_back_returns(browser: Browser, server: Server) -> None:
    for viewport, beside in ((DESKTOP, True), (PHONE, False)):
        with opened(browser, server, viewport=viewport) as page:
            answered(page, "P2P能不能搞资金池")
            place = page.evaluate(SCROLLED)
            card = page.locator(".answer").last.get_by_role("link", name="二（一）1")
            card.click()
            reader = page.get_by_role("dialog", name="方案原文")
            expect(reader.locator("#c2-1-1")).to_be_in_viewport()
            expect(reader.get_by_role("button", name="返回对话")).to_be_in_viewport(ratio=1)
            accessible(page)
            conclusion = page.locator(".answer").last.locator(".conclusion")
            assert conclusion.evaluate(ON_TOP) is beside
            page.go_back()
            expect(reader).to_be_hidden()
            expect(card).to_be_focused()
            assert abs(page.evaluate(SCROLLED) - place) <= 2
            expect(page).to_have_url(re.compile(r"/$"))


def test_what_is_asked_at_a_clause_is_answered_in_the_chat(browser: Browser, server: Server) -> None:
    for viewport in (DESKTOP, PHONE):
        with opened(browser, server, viewport=viewport) as page:
            answered(page, "P2P能不能搞资金池")
            page.locator(".answer").last.get_by_role("link", name="二（一）1").click()
            clause = page.locator("#reader #c2-1-1")
            expect(clause.locator("summary")).to_contain_text("牵头：洛阳银监分局")
            clause.locator("summary").click()
            accessible(page)
            clause.get_by_role("button", name="网贷平台能不能线下营销").click()
            expect(page.locator(".answer")).to_have_count(2)
            conclusion = page.locator(".answer").last.locator(".conclusion")
            expect(conclusion).to_be_in_viewport()
            assert conclusion.evaluate(ON_TOP)


def test_a_proxy_whose_server_is_away_is_no_answer(browser: Browser, server: Server) -> None:
    """A page of the proxy's is not shown as ours, and what was said is kept once."""
    with opened(browser, server) as page:
        page.route("**/chat", lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>nginx</h1>"))
        ask(page, "P2P谁牵头")
        expect(page.get_by_role("status").first).to_contain_text("您输入的内容已保留")
        expect(page.locator("#message")).to_have_value("P2P谁牵头")
        expect(page.get_by_text("nginx")).to_have_count(0)
        expect(page.locator("#status")).to_contain_text("已重新连接")
        page.unroute("**/chat")
        answered(page, "P2P谁牵头")


# Forms ------------------------------------------------------------------------------------------------------


class Taps:
    """Taps on a phone, counted."""

    count = 0

    def __call__(self, target: Locator) -> None:
        self.count += 1
        target.tap()


def test_a_self_check_on_a_phone_in_eight_taps(browser: Browser, server: Server) -> None:
    """Question by question it takes 17: one to begin, ten for the box and its button, six for quick replies."""
    tap = Taps()
    with opened(browser, server, viewport=PHONE, has_touch=True) as page:
        tap(page.locator(".jobs").get_by_role("button", name="企业自查"))
        expect(page.locator(".question")).to_have_count(0)  # it is the first field; asked above it too, which to fill?
        tap(page.locator(".whole").get_by_label("企业名称"))
        keys = page.keyboard
        for typed in (FIRM, "", "", "张三", "13837912345"):
            keys.insert_text(typed)
            keys.press("Enter")
        tap(page.get_by_label("与法定代表人相同"))
        for typed in ("0379-63312345", "5000", "洛阳市涧西区南昌路5号"):
            keys.insert_text(typed)
            keys.press("Enter")
        tap(page.get_by_label("与注册地相同"))
        tap(page.get_by_role("button", name="填好了"))
        expect(page.get_by_role("button", name="否", exact=True)).to_be_in_viewport(ratio=1)
        expect(page.get_by_text("已记录，点开核对")).to_be_visible()
        tap(page.get_by_role("button", name="否", exact=True))
        expect(page.get_by_role("row", name="注册资本")).to_contain_text("5,000万元人民币")
        expect(page.locator(".review tr", has_text="实际控制人：")).to_contain_text("张三")
        accessible(page)
        tap(page.get_by_role("button", name=FILED))
        expect(page.locator(".reply").last).to_contain_text(re.compile(NUMBER))
        expect(page.get_by_role("link", name="企业自查信息表.docx")).to_be_in_viewport(ratio=1)
    assert tap.count <= 8


def test_a_field_that_cannot_be_read_is_asked_again_and_the_others_are_kept(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        answered(page, "企业自查")
        whole = page.locator(".whole")
        whole.get_by_label("企业名称").fill(FIRM)
        whole.get_by_label("法定代表人", exact=True).fill("张三")
        whole.get_by_label("法定代表人电话", exact=True).fill("12")
        whole.get_by_label("注册资本", exact=True).fill("5000")
        whole.get_by_label("注册地", exact=True).fill("洛阳市涧西区南昌路5号")
        whole.get_by_role("button", name="填好了").click()
        last = page.locator(".reply").last
        expect(last).to_contain_text("法定代表人电话：")
        expect(last).to_contain_text("企业名称 洛阳某某信息科技有限公司")
        expect(page.locator("#asks")).to_contain_text("法定代表人电话")


def test_questions_are_forms_and_the_review_changes_in_its_row(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        answered(page, STORY)
        answered(page, "其余跳过")
        review = page.get_by_role("form", name="核对填写的内容")
        expect(review.get_by_role("row", name="涉及金额")).to_contain_text("3万元人民币")
        review.get_by_role("button", name="修改涉及金额").click()
        page.get_by_label("涉及金额", exact=True).fill("12.5")
        page.get_by_role("combobox", name="单位").select_option("万元")
        page.get_by_role("button", name="填好了").click()
        expect(page.get_by_role("row", name="涉及金额").last).to_contain_text("12.5万元人民币")
        page.get_by_role("button", name="修改什么时候").click()
        page.get_by_label("记得是哪天的话").fill("2016-09-30")
        page.get_by_role("button", name="就是这天").click()
        expect(page.get_by_role("row", name="什么时候").last).to_contain_text("2016年9月30日")
        page.get_by_role("button", name="修改业务种类").click()
        before = page.locator(".said").count()
        page.get_by_role("button", name="选好了").click()
        expect(page.locator("#status")).to_contain_text("没有勾选任何一项")
        assert page.locator(".said").count() == before
        page.get_by_role("checkbox", name="1. P2P网络借贷").check()
        page.get_by_role("checkbox", name="4. 第三方支付").check()
        page.get_by_role("button", name="选好了").click()
        expect(page.get_by_role("row", name="业务种类").last).to_contain_text("P2P网络借贷、第三方支付")


def test_forms_with_script_off(browser: Browser, server: Server) -> None:
    with opened(browser, server, java_script_enabled=False) as page:
        page.locator(".jobs").get_by_role("button", name="企业自查").click()
        whole = page.locator(".whole")
        for name, words in (("企业名称", FIRM), ("法定代表人", "张三"), ("法定代表人电话", "13837912345")):
            whole.get_by_label(name, exact=True).fill(words)
        whole.get_by_label("与法定代表人相同").check()
        whole.get_by_label("与法定代表人电话相同").check()
        whole.get_by_label("注册资本", exact=True).fill("5000")
        whole.get_by_label("注册地", exact=True).fill("洛阳市涧西区南昌路5号")
        whole.get_by_label("与注册地相同").check()
        whole.get_by_role("button", name="填好了").click()
        page.get_by_role("button", name="是", exact=True).click()
        page.get_by_role("button", name="选好了").click()
        expect(page.get_by_role("alert")).to_contain_text("没有勾选任何一项")
        page.get_by_role("checkbox", name="6. 首付贷").check()
        page.get_by_role("button", name="选好了").click()
        expect(page.locator(".reply").last).to_contain_text("业务种类 首付贷")
        page.get_by_role("button", name="清除对话").click()
        expect(page.get_by_role("heading", name="清除这里的对话？")).to_be_visible()
        page.get_by_role("button", name="清除", exact=True).click()
        expect(page.locator(".said")).to_have_count(0)


def test_pictures_are_dropped_pasted_and_cancelled(browser: Browser, server: Server) -> None:
    give = """([kind, name, bytes]) => {
        const files = new DataTransfer();
        files.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
        const event = new Event(kind, {bubbles: true, cancelable: true});
        event[kind === "paste" ? "clipboardData" : "dataTransfer"] = files;
        document.querySelector("main").dispatchEvent(event);
    }"""
    with opened(browser, server) as page:
        answered(page, STORY)
        page.evaluate(give, ["drop", "早了.gif", list(picture("GIF"))])
        expect(page.locator(".reply").last).to_contain_text("已收到 1 个文件：早了.gif")
        answered(page, "继续")
        answered(page, "修改手头的证据")
        page.evaluate(give, ["dragover", "一.png", list(picture())])
        expect(page.locator("body")).to_have_class(re.compile("dropping"))
        page.evaluate(give, ["drop", "一.png", list(picture())])
        said = page.locator(".upload [role=status]")
        expect(said).to_contain_text("已收到 2 个文件：早了.gif、一.png")
        page.evaluate(give, ["paste", "二.jpg", list(picture("JPEG"))])
        expect(said).to_contain_text("已收到 3 个文件")
        page.route("**/evidence", lambda route: None)
        page.evaluate(give, ["drop", "三.png", list(picture())])
        page.get_by_role("button", name="取消上传 三.png").click()
        expect(said).to_contain_text("三.png：已取消")
        page.get_by_role("button", name="继续", exact=True).click()
        expect(page.locator(".upload")).to_have_count(0)


def test_a_report_with_a_photo_on_a_phone_in_nine_taps_and_how_far_it_is(browser: Browser, server: Server) -> None:
    """Question by question it took 14: six times 跳过."""
    tap = Taps()
    with opened(browser, server, viewport=PHONE, has_touch=True) as page:
        tap(page.locator(".jobs").get_by_role("button", name="举报"))
        expect(page.locator("#asks")).to_contain_text("发生了什么")
        tap(page.locator("#message"))
        page.keyboard.insert_text("我妈被一个叫金鼎财富的拉去投了20万，现在提不出来")
        tap(page.locator("#ask .send"))
        tap(page.get_by_role("button", name="传照片或文件"))
        photo: Any = {"name": "转账.png", "mimeType": "image/png", "buffer": picture()}
        page.get_by_label("拍照").set_input_files(photo)
        tap.count += 2  # 拍照, and the camera's own button
        on = page.locator(".go-on")
        expect(on).to_be_in_viewport(ratio=1)
        assert on.evaluate(ON_TOP)
        tap(on)
        tap(page.get_by_role("button", name="其余跳过，去核对"))
        expect(page.get_by_role("row", name="手头的证据")).to_contain_text("转账.png")
        tap(page.get_by_role("button", name=SUBMIT))
        receipt = page.locator(".save-receipt").get_attribute("data-receipt") or ""
        assert tap.count <= 9
        page.goto(f"{server.url}/tip-off")
        page.get_by_label("16 位回执码").fill(receipt)
        page.get_by_role("button", name="查看进度").click()
        steps = page.get_by_role("list", name="办到哪一步")
        expect(steps.get_by_role("listitem")).to_have_count(4)
        expect(steps.locator("[aria-current=step]")).to_contain_text("收到（现在）")
        expect(page.get_by_text("下一步：等")).to_be_visible()
        accessible(page)


@pytest.mark.parametrize(
    "text", ["我要举报", STORY, f"{STORY}。{'业务员天天上门，说保本保息，到期连本带利都给。' * 12}"]
)
def test_on_a_phone_the_first_question_of_a_report_is_in_view(browser: Browser, server: Server, text: str) -> None:
    """What is good to know before is folded, so that nobody scrolls to find out what is asked."""
    with opened(browser, server, viewport={"width": 390, "height": 844}, has_touch=True) as page:
        answered(page, text)
        question = page.locator(".question").last
        expect(question).to_be_in_viewport(ratio=1)
        assert question.evaluate(ON_TOP)
        expect(page.get_by_text("请先拨打 110").last).to_be_in_viewport(ratio=1)
        expect(page.get_by_text("可以匿名").last).not_to_be_visible()
        page.get_by_text("怎么填，谁能看到").last.click()
        expect(page.get_by_text("可以匿名").last).to_be_visible()
        accessible(page)


def test_a_receipt_stands_above_the_box_and_after_a_reload_it_says_how_to_go_on(
    browser: Browser, server: Server
) -> None:
    with opened(browser, server, viewport=PHONE) as page:
        answered(page, STORY)
        answered(page, "其余跳过")
        page.get_by_role("button", name=SUBMIT).click()
        card = page.get_by_role("region", name="举报回执")
        expect(card.locator(".groups")).to_be_in_viewport(ratio=1)
        groups, box = card.locator(".groups").bounding_box(), page.locator("#ask").bounding_box()
        assert groups and box
        assert groups["y"] + groups["height"] < box["y"]
        receipt = card.locator(".groups").inner_text()
        assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", receipt)
        with page.expect_download() as download:
            card.get_by_role("link", name="保存回执到本机").click()
        assert receipt in Path(download.value.path()).read_text(encoding="utf-8")
        page.reload()
        expect(page.get_by_role("region", name="回执已显示过")).to_contain_text("刷新后不再显示")
        assert receipt not in page.content()
        page.get_by_role("button", name="再看一次回执码").click()
        expect(page.locator(".groups")).to_have_text(receipt)


# Light, size, paper, network --------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("large", [False, True])
def test_every_state_is_accessible_in_dark_and_in_large_letters(
    browser: Browser, server: Server, scheme: Any, large: bool
) -> None:
    with opened(browser, server, large, viewport=PHONE, color_scheme=scheme) as page:
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 21, 29)"
        assert dark is (scheme == "dark")
        accessible(page)
        page.get_by_role("button", name="菜单").click()
        accessible(page)
        page.keyboard.press("Escape")
        answered(page, "P2P谁牵头")
        accessible(page)
        for message in (STORY, "修改业务种类", "其余跳过"):
            answered(page, message)
            accessible(page)
        page.get_by_role("button", name=SUBMIT).click()
        expect(page.get_by_role("region", name="举报回执")).to_be_visible()
        accessible(page)
        page.get_by_role("button", name="菜单").click()
        page.get_by_role("button", name="清除对话").click()
        accessible(page)
        for path in ("/about", "/privacy", "/accessibility", "/offline", "/my-data", "/no-such-page"):
            page.goto(server.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            accessible(page)
            assert page.evaluate("document.documentElement.classList.contains('large')") is large


def test_large_letters_stay_on_the_page_where_they_were_chosen(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        page.goto(f"{server.url}/tip-off")
        page.get_by_role("button", name="大字版").click()
        expect(page).to_have_url(re.compile("/tip-off$"))
        expect(page.get_by_role("button", name="标准字号")).to_be_visible()
    answer = httpx.post(f"{server.url}/display", data={"text": "large", "back": "//evil.example"})
    assert answer.headers["location"] == "/"


def test_printed_without_buttons(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        answered(page, "P2P谁牵头")
        page.emulate_media(media="print")
        expect(page.locator(".conclusion")).to_be_visible()
        for button in page.get_by_role("button").all():
            expect(button).to_be_hidden()
        expect(page.locator("#ask")).to_be_hidden()


def test_reduced_motion_is_kept(browser: Browser, server: Server) -> None:
    with opened(browser, server, reduced_motion="reduce") as page:
        page.route("**/chat", lambda route: None)
        ask(page, "P2P谁牵头")
        moving = page.locator(".typing i").first.evaluate("e => getComputedStyle(e).animationName")
        assert moving == "none"


def test_people_are_shown_errors_in_the_sites_own_page_and_programs_in_json(server: Server) -> None:
    people = {"accept": "text/html,application/xhtml+xml"}
    for path, status in (("/no-such-page", 404), ("/plan?doc=none", 404), ("/files/x/y", 410), ("/display", 405)):
        answer = httpx.get(server.url + path, headers=people)
        assert answer.status_code == status
        assert "主办：" in answer.text, path
    large = httpx.post(f"{server.url}/chat", content=b"x" * 70_000, headers=people)
    assert (large.status_code, "主办：" in large.text) == (413, True)
    for path, sent in (("/chat", b"x" * 70_000), ("/no-such-page", b"")):
        letters = httpx.post(server.url + path, content=sent, headers=people | {"cookie": "text=large"})
        assert '<html lang="zh-CN" class="large">' in letters.text, path
    assert httpx.get(f"{server.url}/no-such-page").json()["error"].startswith("没有这个页面")
    assert httpx.get(f"{server.url}/webhooks/none", headers=people).json()["error"]


def test_installed_and_offline_it_says_whom_to_call_and_shows_the_plan(browser: Browser, server: Server) -> None:
    manifest = httpx.get(f"{server.url}/manifest.webmanifest").json()
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        assert httpx.get(server.url + icon["src"]).headers["content-type"] == icon["type"]
    with opened(browser, server) as page:
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("caches.match('/plan').then(found => Boolean(found))")
        answered(page, STORY)
        page.context.set_offline(True)
        page.goto(server.url)
        expect(page.get_by_role("heading", name="现在没有连上网络")).to_be_visible()
        for number in ("110", "12345"):
            expect(page.get_by_role("main").get_by_role("link", name=number)).to_have_attribute("href", f"tel:{number}")
        page.get_by_role("main").get_by_role("link", name="查看方案原文").click()
        expect(page.locator("#c2-1-1")).to_contain_text("不得设立资金池")
        kept = page.evaluate("""async () => {
            const found = [];
            for (const name of await caches.keys())
                for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
            return found.sort();
        }""")
        assert kept == ["/icons/icon.svg", "/look.css", "/offline", "/plan", "/static/plan.css", "/static/plan.js"]


# The city's own ---------------------------------------------------------------------------------------------


def test_a_citys_name_colours_and_emblem_come_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: KnowledgeBase
) -> None:
    own = (Path(__file__).parent.parent / "bot/web/data/city.yml").read_text(encoding="utf-8")
    own = own.replace("title: 洛阳市", "title: 邻市").replace("emblem: null", "emblem: emblem.svg")
    own = own.replace("colours: null", 'colours: {light: "#7a1020", dark: "#f0a0a8"}')
    (tmp_path / "city.yml").write_text(own, encoding="utf-8")
    (tmp_path / "emblem.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    monkeypatch.setenv("ASSISTANT_CITY_DIR", str(tmp_path))
    city.cache_clear()
    settings = Settings.current().model_copy(update={"public_url": "https://city.example/"})
    assistant: Any = SimpleNamespace(knowledge=knowledge, settings=settings)
    app = FastAPI()
    app.include_router(site_routes(assistant, Jinja2Templates(FOLDER / "templates")))
    app.include_router(site_file_routes(assistant))
    app.include_router(asset_routes())
    browser = TestClient(app)
    page = browser.get("/about").text
    assert "邻市互联网金融风险专项整治政策助手" in page
    assert '<meta property="og:image" content="https://city.example/icons/icon-512.png">' in page
    styles = re.search(r'href="(/look\.css\?v=\w+)"', page)
    assert styles and "--brand:#7a1020" in browser.get(styles[1]).text
    assert browser.get("/city/emblem").headers["content-type"].startswith("image/svg")
    assert browser.get("/manifest.webmanifest").json()["theme_color"] == "#7a1020"
    city.cache_clear()


def test_a_colour_that_nobody_could_read_is_refused() -> None:
    with pytest.raises(ValueError, match="请换更深或更浅的颜色"):
        Colours(light="#f0c040", dark="#8fbdf3")


def test_only_what_is_the_same_for_everybody_is_packed(server: Server) -> None:
    for path in ("/look.css", "/static/site.css", "/static/chat.js", "/plan", "/suggestions.json"):
        assert httpx.get(server.url + path).headers.get("content-encoding") == "gzip", path
    for path in ("/", "/my-data", "/tip-off", "/console/login"):
        assert "content-encoding" not in httpx.get(server.url + path).headers, path


def test_styles_and_scripts_are_kept_by_the_browser_under_their_version_and_asked_for_without(server: Server) -> None:
    linked = {
        path for page in ("/", "/plan", "/console/login") for path in LINKED.findall(httpx.get(server.url + page).text)
    }
    assert {path.partition("?")[0] for path in linked} >= {"/look.css", "/static/chat.js", "/static/plan.css"}
    for path in linked:
        assert "immutable" in httpx.get(server.url + path).headers["cache-control"], path
        for other in (path.partition("?")[0], f"{path}0"):
            assert httpx.get(server.url + other).headers["cache-control"] == "no-cache", other


def test_a_page_waits_for_one_file_of_styles_before_it_is_drawn(server: Server) -> None:
    head = httpx.get(server.url).text.partition("</head>")[0]
    assert head.count('rel="stylesheet"') == 1
    assert all("defer" in script for script in re.findall("<script[^>]*>", head))


@pytest.mark.parametrize("path", ["/", "/plan", "/plan?q=资金池", "/tip-off", "/self-check", "/about"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP])
def test_nothing_moves_when_the_script_comes_late(
    browser: Browser, server: Server, path: str, viewport: dict[str, int]
) -> None:
    """On a slow phone the page is read before its script is there."""
    context = browser.new_context(viewport=viewport, service_workers="block")  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script(SHIFTS)
    page.route("**/*.js?*", late)
    page.goto(server.url + path)
    page.wait_for_timeout(300)
    assert page.evaluate("window.shifted") <= 0.02
    context.close()


def test_the_script_stays_small() -> None:
    static = Path(__file__).parent.parent / "bot/web/static"
    sizes = [len(gzip.compress((static / name).read_bytes())) for name in ("chat.js", "sw.js")]
    assert sum(sizes) < 60_000
