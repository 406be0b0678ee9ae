"""What strangers do on the chat page that nobody asked them to: hand over a file at once, paste a whole story, press
twice, add something to a report that is with the officials already."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.web.phone_links import with_phones
from tests.conftest import Server
from tests.evidence_files import screenshot
from tests.test_chat_page import STORY, SUBMIT, accessible, answered, opened
from tests.test_evidence import picture
from tests.test_page import PHONE, ask

GIVE = """([kind, files]) => {
    const given = new DataTransfer();
    for (const [name, bytes] of files) given.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
    const event = new Event(kind, {bubbles: true, cancelable: true});
    event[kind === "paste" ? "clipboardData" : "dataTransfer"] = given;
    document.querySelector("main").dispatchEvent(event);
}"""
SENTENCE = "我爸被丰源理财骗了三万元，他们天天打电话。"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


# Seconds in which a busy machine has read a picture.
READ_WITHIN = 120


def give(page: Page, kind: str, *files: tuple[str, bytes]) -> None:
    page.evaluate(GIVE, [kind, [[name, list(content)] for name, content in files]])


def submitted(page: Page) -> str:
    """Report and submit; returns the receipt."""
    answered(page, STORY)
    answered(page, "其余跳过")
    page.get_by_role("button", name=SUBMIT).click()
    return page.locator(".save-receipt").get_attribute("data-receipt") or ""


# Files nobody asked for -------------------------------------------------------------------------------------


def test_a_picture_pasted_on_the_first_screen_opens_a_report_and_is_kept(browser: Browser, server: Server) -> None:
    with opened(browser, server, viewport=PHONE) as page:
        give(page, "paste", ("转账.png", picture()))
        last = page.locator(".reply").last
        expect(last).to_contain_text("已为您开始一份举报，已收到 1 个文件：转账.png")
        expect(page.locator("#asks")).to_contain_text("发生了什么")
        expect(page.locator(".said").last).to_contain_text("转账.png")
        expect(page.locator(".question")).to_be_in_viewport(ratio=1)
        accessible(page)
        page.reload()
        expect(page.locator(".said")).to_contain_text("（上传文件）转账.png")
        answered(page, STORY)
        answered(page, "其余跳过")
        expect(page.get_by_role("row", name="手头的证据")).to_contain_text("转账.png")


def test_three_files_dropped_before_they_are_asked_for_are_answered_once(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        answered(page, STORY)
        replies = page.locator(".reply").count()
        give(page, "drop", ("一.png", picture()), ("二.jpg", picture("JPEG")), ("三.exe", b"MZ\x90\x00" * 64))
        said = page.locator(".said").last
        expect(said.locator(".uploads li")).to_have_count(3)
        expect(said.get_by_role("alert")).to_have_count(2)
        expect(said.get_by_role("alert").first).to_contain_text("已收到 2 个文件：一.png、二.jpg")
        expect(said.get_by_role("alert").last).to_contain_text("三.exe")
        give(page, "drop", ("四.gif", picture("GIF")), ("五.bmp", picture("BMP")))
        expect(page.locator(".reply")).to_have_count(replies + 1)
        expect(page.locator(".reply").last).to_contain_text("已收到 4 个文件")
        answered(page, "继续")
        expect(page.locator("#asks")).to_contain_text("回答第")


def test_files_for_a_report_that_is_submitted_are_chosen_where_it_says_that_they_may_be_sent(
    browser: Browser, server: Server
) -> None:
    with opened(browser, server, viewport=PHONE) as page:
        submitted(page)
        page.get_by_role("button", name="我已记下回执码").click()
        expect(page.locator(".said p").last).to_have_text("我已记下回执码")
        answered(page, "补充情况")
        expect(page.locator("#asks")).to_contain_text("补充情况")
        expect(page.locator(".reply").last).to_contain_text("照片、文件直接发到这里就行")
        photo: Any = {"name": "新的.png", "mimeType": "image/png", "buffer": picture()}
        page.locator(".upload input").first.set_input_files(photo)
        expect(page.locator(".upload [role=status]")).to_contain_text("新的.png。办理单位会看到")
        page.get_by_role("button", name="传完了，看进度").click()
        steps = page.locator(".reply").last.get_by_role("list", name="办到哪一步")
        expect(steps.locator("[aria-current=step]")).to_contain_text("收到")
        expect(page.locator(".reply").last).not_to_contain_text("→")
        accessible(page)
        give(page, "paste", ("又一张.jpg", picture("JPEG")))
        expect(page.locator(".reply").last).to_contain_text("又一张.jpg。办理单位会看到")


def test_without_script_it_is_said_that_files_arrived_and_more_may_follow(browser: Browser, server: Server) -> None:
    with opened(browser, server, java_script_enabled=False) as page:
        ask(page, STORY)
        page.get_by_role("button", name="传照片或文件").click()
        for name in ("一.png", "二.png"):
            photo: Any = {"name": name, "mimeType": "image/png", "buffer": picture() + name.encode()}
            page.locator(".upload input").first.set_input_files(photo)
            page.get_by_role("button", name="上传", exact=True).click()
            expect(page.locator(".reply").last).to_contain_text(name)
        expect(page.locator(".reply").last).to_contain_text("已收到 2 个文件")
        page.get_by_role("button", name="继续").click()
        expect(page.locator("#asks")).to_contain_text("回答第")


def test_of_the_plain_page_no_file_name_is_shown_again(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        page.goto(f"{server.url}/quiet")
        give(page, "paste", ("转账.png", picture()))
        expect(page.locator(".reply").last).to_contain_text("已收到 1 个文件")
        page.reload()
        expect(page.get_by_text("转账.png")).to_have_count(0)


def test_what_was_read_in_files_is_ticked_and_not_written_out(browser: Browser, server: Server) -> None:
    with opened(browser, server, viewport=PHONE) as page:
        answered(page, STORY)
        give(page, "paste", ("截图.png", screenshot()))
        expect(page.locator(".reply").last).to_contain_text("已收到 1 个文件")
        form = page.locator("form[data-none]")
        until = time.monotonic() + READ_WITHIN
        while (
            not form.count() and time.monotonic() < until
        ):  # it is read beside the conversation, offered with a later answer
            answered(page, "先等等")
            page.wait_for_timeout(500)
        found = form.get_by_role("checkbox")
        expect(found.first).to_be_checked()
        expect(page.get_by_text("对的请回复“认得对”")).to_have_count(0)
        expect(page.get_by_role("button", name="都不对")).to_have_count(0)
        accessible(page)
        count = found.count()
        found.first.uncheck()
        form.get_by_role("button", name="核对好了").click()
        expect(page.locator(".reply").last).to_contain_text(f"已记下 {count - 1} 条" if count > 1 else "认错的都去掉了")


# Words ------------------------------------------------------------------------------------------------------


def test_a_long_story_is_taken_whole_with_script_and_without(browser: Browser, server: Server) -> None:
    story = SENTENCE * 260
    with opened(browser, server) as page:
        page.locator("#message").fill(story)
        page.keyboard.press("Enter")
        expect(page.locator(".reply").last).to_contain_text(f"您说的较长（{len(story)} 字），已全部记进举报")
    with opened(browser, server, java_script_enabled=False) as page:
        page.locator("#message").fill(story)
        page.get_by_role("button", name="发送").click()
        expect(page.locator(".reply").last).to_contain_text(f"您说的较长（{len(story)} 字），已全部记进举报")


def test_what_is_longer_than_a_message_may_be_is_sent_in_parts(browser: Browser, server: Server) -> None:
    story = SENTENCE * 600
    with opened(browser, server) as page:
        page.locator("#message").fill(story)
        page.keyboard.press("Enter")
        expect(page.locator(".said")).to_have_count(2)
        expect(page.locator(".queued")).to_have_count(0)
        expect(page.locator(".reply")).to_have_count(3)
        kept = re.findall(r"您说的较长（(\d+) 字）", page.locator("#history").inner_text())
        assert sum(map(int, kept)) == len(story)


def test_a_second_press_on_the_empty_box_says_nothing_in_another_language(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        page.locator("#message").fill("P2P谁牵头")
        page.locator("#ask .send").dblclick()
        expect(page.locator(".reply")).to_have_count(2)
        assert page.locator("#ask").evaluate("e => e.noValidate")
        expect(page.locator(".said")).to_have_count(1)


def test_a_refusal_goes_when_what_is_said_next_is_answered(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        ask(page, "网络借贷是指个体和个体之间通过互联网平台实现的直接借贷。" * 50)
        expect(page.locator("li.problem")).to_contain_text("请精简")
        page.locator("#message").fill("")
        answered(page, "P2P谁牵头")
        expect(page.locator("li.problem")).to_have_count(0)


def test_numbers_to_call_are_links_and_sums_are_not(browser: Browser, server: Server) -> None:
    with opened(browser, server, viewport=PHONE) as page:
        answered(page, "要债的人堵在我家门口，说要砍我儿子")
        expect(page.locator(".reply").last.get_by_role("link", name="110")).to_have_attribute("href", "tel:110")
    for text in ("投了12345元", "中州路110号", "0379-12345", "110万", "电话13812345678", "第110条", "110 元", "1.110"):
        assert "<a" not in with_phones(text), text
    assert with_phones("<b>拨打 96110") == '&lt;b&gt;拨打 <a href="tel:96110">96110</a>'


# Forms ------------------------------------------------------------------------------------------------------


def test_the_rest_is_skipped_from_a_question_that_was_to_be_changed(browser: Browser, server: Server) -> None:
    """It was asked again instead: the button that leads to the review led back to itself."""
    with opened(browser, server) as page:
        answered(page, STORY)
        give(page, "drop", ("一.png", picture()))
        expect(page.locator(".reply").last).to_contain_text("已收到 1 个文件")
        answered(page, "继续")
        page.get_by_role("button", name="传照片或文件").click()
        expect(page.locator("#asks")).to_contain_text("手头的证据")
        page.get_by_role("button", name="其余跳过，去核对").click()
        expect(page.locator(".said p").last).to_have_text("其余跳过，去核对")
        expect(page.get_by_role("row", name="手头的证据")).to_contain_text("一.png")
        expect(page.locator("#asks")).to_contain_text("核对")
        expect(page.locator(".progress")).to_have_count(0)


def test_a_form_to_tick_does_not_say_how_to_answer_in_words(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        answered(page, STORY)
        answered(page, "修改业务种类")
        expect(page.get_by_role("group", name="业务种类（可以多选）")).to_be_visible()
        expect(page.locator(".reply").last).not_to_contain_text("选好了”")


# The receipt's page -----------------------------------------------------------------------------------------


def test_the_receipts_page_says_what_was_added_and_when_nothing_was(browser: Browser, server: Server) -> None:
    with opened(browser, server, viewport=PHONE) as page:
        receipt = submitted(page)
        page.goto(f"{server.url}/tip-off")
        page.get_by_label("16 位回执码").fill(receipt)
        page.get_by_role("button", name="查看进度").click()
        expect(page.get_by_text("已补充给办理单位")).to_have_count(0)
        page.get_by_role("button", name="提交补充").click()
        expect(page.get_by_role("alert")).to_contain_text("还没有补充内容")
        page.get_by_label("补充说明").fill("合同原件在我这里")
        photo: Any = {"name": "合同.png", "mimeType": "image/png", "buffer": picture()}
        page.get_by_label("补充材料").set_input_files(photo)
        page.get_by_role("button", name="提交补充").click()
        expect(page.get_by_text("已补充给办理单位：补充说明、合同.png。")).to_be_in_viewport(ratio=1)
        expect(page.get_by_role("listitem").filter(has_text="合同原件在我这里")).to_contain_text(
            re.compile(r"\d+月\d+日 您")
        )
        accessible(page)
