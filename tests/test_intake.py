"""What is handed over besides a message: kept wherever the conversation is, answered once, read while it goes on."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pypdf
import pytest
import segno
from PIL import Image

from bot.intake import LONGEST_TEXT, parts_of
from casework.cases.case import Case
from casework.cases.evidence import Evidence, EvidenceError
from casework.cases.file_formats import FILE_FORMATS
from casework.cases.items import items_of
from casework.cases.ocr import words_of
from casework.cases.store import CaseStore
from casework.desk.account import Role
from casework.interview.answers import Answer
from casework.interview.state import State
from casework.tip_off.readings import AGREE_BUTTON, answer_to_offer, findings_in, luhn, terms_of_findings
from casework.tip_off.story import takes_no_yes
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import DATA, Server
from tests.evidence_files import (
    WORDS,
    mail,
    open_document,
    pages,
    saved,
    scan,
    screenshot,
    sheet,
    sound_wav,
    text_pdf,
    word_file,
)
from tests.officials import Official, opened, released
from tests.talk import Person
from tests.voices import amr

SUBMIT = "确认如实举报并提交"
STORY = "我妈被一个叫鼎盛普惠的拉去投了20万，现在提现不了"
READ_WITHIN = 90
PLACE = {
    "type": "location",
    "latitude": 34.6587,
    "longitude": 112.3955,
    "title": "金鼎财富门店",
    "address": "南昌路",
}
CARD = {"type": "contact", "name": "张经理", "phones": ["13837912345"]}
LINK = {"type": "link", "url": "https://www.jinding-cf.example/invite?x=1", "title": "稳赚不赔"}
FORWARDED = {"type": "forwarded", "from": "客服小李", "text": "保本保息，明天涨价\n加微信：wx_jinding88"}


def store() -> CaseStore:
    return CaseStore(DATA / "cases.db", load_encryptor(ActionSettings(data_dir=DATA)))


def send(person: Person, content: bytes, name: str, caption: str = "") -> dict[str, Any]:
    headers = {"x-sender": person.sender, "x-filename": quote(name), "x-caption": quote(caption)}
    answer = httpx.post(f"{person.server.url}/webhooks/rest/evidence", content=content, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def hand_over(person: Person, items: Sequence[dict[str, Any]], message: str = "") -> httpx.Response:
    body = {"sender": person.sender, "message": message, "metadata": {"evidence": list(items)}}
    return httpx.post(f"{person.server.url}/webhooks/rest/webhook", json=body, timeout=60)


def draft_of(person: Person) -> Case:
    return store().drafts_of(f"rest:{person.sender}", "tip_off")[0]


def submitted(person: Person) -> Case:
    person.say("其余跳过", SUBMIT)
    assert "receipt" in person.custom, person.text
    case = store().by_receipt(person.custom["receipt"])
    assert case
    return opened(person.server, store(), case)


def until(done: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + READ_WITHIN
    while not (found := done()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def read_files(person: Person, count: int) -> list[Evidence]:
    """A draft's files, once all of them were read."""

    def all_read() -> list[Evidence]:
        files = store().evidence(draft_of(person))
        return files if len([file for file in files if file.found is not None]) >= count else []

    return list(until(all_read))


# Before a report is open --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [("照片.heic", saved("HEIF")), ("通话录音.amr", lambda: b"#!AMR\n" + b"\x3c" * 64), ("合同.docx", word_file)],
)
def test_a_file_before_any_report_opens_one(server: Server, name: str, content: Callable[[], bytes]) -> None:
    person = Person(server)
    answer = send(person, content(), name)
    (reply,) = answer["replies"]
    assert "已为您开始一份举报" in reply["text"] and name in reply["text"]
    assert "110" in reply["text"] and "第 1/" in reply["text"]
    assert reply["custom"]["opening"] == "tip_off"
    assert "已记录：发生了什么" in person.say(STORY)
    case = submitted(person)
    assert [file.name for file in store().evidence(case)] == [name]
    assert case.content["answers"]["happened"]["shown"] == STORY


def test_a_caption_that_tells_something_is_the_story(server: Server) -> None:
    person = Person(server)
    caption = "金鼎财富在涧西区骗了我妈20万元，现在提现不了"
    (reply,) = send(person, saved("JPEG")(), "照片.jpg", caption)["replies"]
    assert "说明已记进举报" in reply["text"] and "金鼎财富" in reply["text"]
    answers = draft_of(person).content["answers"]
    assert answers["happened"]["shown"] == caption
    assert answers["target"]["shown"] == "金鼎财富" and answers["amount"]["value"]["yuan"] == "200000"
    send(person, saved("PNG")(), "截图.png", "这是转账的截图")
    case = submitted(person)
    assert case.content["answers"]["happened"]["shown"] == f"{caption}\n这是转账的截图"
    assert [file.caption for file in store().evidence(case)] == [caption, "这是转账的截图"]


def test_a_caption_that_is_a_title_stays_with_its_file(server: Server) -> None:
    person = Person(server)
    (reply,) = send(person, saved("JPEG")(), "1.jpg", "合同")["replies"]
    assert "发生了什么" in reply["text"]
    assert "happened" not in draft_of(person).content["answers"]
    assert store().evidence(draft_of(person))[0].caption == "合同"


def test_a_caption_never_answers_the_open_question(server: Server) -> None:
    person = Person(server)
    person.say("我要举报", "他们让老人排队交钱，说稳赚不赔，现在门关了")
    asked = person.custom["interview"]["question"]
    assert asked == "target"
    send(person, saved("JPEG")(), "1.jpg", "门口的照片")
    assert "target" not in draft_of(person).content["answers"]
    person.say("继续")
    assert person.custom["interview"]["question"] == asked


def test_a_guessable_sender_is_told_and_nothing_is_kept(server: Server) -> None:
    answer = httpx.post(
        f"{server.url}/webhooks/rest/evidence", content=saved("PNG")(), headers={"x-sender": "a"}, timeout=60
    )
    assert answer.status_code == 409 and "不可猜测" in answer.json()["error"]


def test_in_a_self_check_a_file_is_not_taken_and_nothing_is_lost(server: Server) -> None:
    person = Person(server)
    person.say("企业自查", "洛阳某某信息科技有限公司")
    headers = {"x-sender": person.sender, "x-filename": "a.png"}
    url = f"{server.url}/webhooks/rest/evidence"
    answer = httpx.post(url, content=saved("PNG")(), headers=headers, timeout=60)
    assert answer.status_code == 409 and "先停一下" in answer.json()["error"]
    person.say("先停一下")
    assert "已为您开始一份举报" in send(person, saved("PNG")(), "a.png")["replies"][0]["text"]


def test_a_first_file_that_is_not_taken_says_why_and_that_a_report_was_opened(server: Server) -> None:
    person = Person(server)
    headers = {"x-sender": person.sender, "x-filename": "a.png"}
    url = f"{server.url}/webhooks/rest/evidence"
    answer = httpx.post(url, content=b"MZ\0\x01" * 60, headers=headers, timeout=60)
    assert answer.status_code == 422 and "程序" in answer.json()["error"]
    (reply,) = answer.json()["replies"]
    assert "程序" in reply["text"] and "发生了什么" in reply["text"]


def test_two_files_at_once_open_one_report(server: Server) -> None:
    person = Person(server)
    with ThreadPoolExecutor(4) as pool:
        names = [f"{number}.png" for number in range(4)]
        list(pool.map(lambda name: send(person, saved("PNG", "RGBA")() + name.encode(), name), names))
    (draft,) = store().drafts_of(f"rest:{person.sender}", "tip_off")
    assert sorted(file.name for file in store().evidence(draft)) == names
    assert "happened" not in draft.content["answers"]
    assert "已上传 4 个文件" in draft.content["answers"]["evidence"]["shown"]


def test_typed_evidence_and_ticks_outlive_an_upload(server: Server) -> None:
    person = Person(server)
    person.say("我要举报", "他们让老人排队交钱，说稳赚不赔，现在门关了", "金鼎财富", "跳过", "勾选 1", "勾选 2")
    send(person, saved("PNG")(), "1.png")
    assert draft_of(person).content["picked"] == ["p2p", "equity_crowdfunding"]
    person.say("选好了", "修改手头的证据", "合同一份，转账截图三张")
    send(person, saved("JPEG")(), "2.jpg")
    shown = draft_of(person).content["answers"]["evidence"]["shown"]
    assert shown == "合同一份，转账截图三张；已上传 2 个文件：1.png、2.jpg"
    send(person, saved("WEBP")(), "3.webp")
    assert draft_of(person).content["answers"]["evidence"]["shown"].startswith("合同一份，转账截图三张；已上传 3 个")


def test_a_file_stays_named_when_something_is_typed_over_it_or_it_is_skipped(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    send(person, b"%d" % 12345 + b" contract", "合同.txt")
    assert "已上传的文件都在" in person.say("修改手头的证据", "还有三张截图")
    shown = draft_of(person).content["answers"]["evidence"]["shown"]
    assert "还有三张截图" in shown and "合同.txt" in shown
    person.say("修改手头的证据", "跳过")
    assert "合同.txt" in draft_of(person).content["answers"]["evidence"]["shown"]


def test_what_is_to_be_chosen_outlives_a_file(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    assert "是洛阳的吗" in person.say("修改在哪个县（市、区）", "高新区")
    send(person, b"12345 contract", "合同.txt", "这是当面签的合同，业务员姓孙")
    assert "洛阳" in person.say("1") and "高新区" in draft_of(person).content["answers"]["place"]["shown"]


def test_a_json_file_is_a_file(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    headers = {"x-sender": person.sender, "x-filename": "chat.json", "content-type": "application/json"}
    content = b'{"messages": ["hello"]}'
    answer = httpx.post(f"{server.url}/webhooks/rest/evidence", content=content, headers=headers, timeout=60)
    assert answer.json()["files"] == 1 and store().evidence(draft_of(person))[0].name == "chat.json"


def test_on_the_page_a_file_opens_a_report_too(server: Server) -> None:
    with httpx.Client(base_url=server.url, timeout=60) as browser:
        browser.get("/")
        headers = {"x-requested-with": "fetch", "x-filename": quote("照片.heic"), "x-caption": quote("门店的照片")}
        answer = browser.post("/evidence", content=saved("HEIF")(), headers=headers)
        assert "已为您开始一份举报" in answer.json()["replies"][0]["text"]
        assert "（上传文件）门店的照片" in browser.get("/").text
        form = browser.post("/evidence", data={"caption": "合同"}, files=[("file", ("合同.docx", word_file()))])
        assert form.status_code == 303 and "已收到 2 个文件" in browser.get("/").text


# With a receipt -----------------------------------------------------------------------------------------------


def test_after_a_receipt_was_shown_files_go_to_its_case(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    case = submitted(person)
    receipt = person.custom["receipt"]
    late = send(person, saved("JPEG")(), "晚到的.jpg")  # the last picture of an album, after the button
    assert late["files"] == 1
    other = Person(server)
    other.say(receipt)
    send(other, saved("PNG")(), "补充.png", "他们换了收款账户")
    kept = opened(server, store(), case)
    assert [file.name for file in store().evidence(kept)] == ["晚到的.jpg", "补充.png"]
    assert [note.text for note in store().notes(kept, internal=False)] == ["他们换了收款账户"]
    assert store().drafts_of(f"rest:{other.sender}", "tip_off") == []


# What is no file ----------------------------------------------------------------------------------------------


def test_places_cards_links_and_forwarded_words_are_evidence(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    answer = hand_over(person, [PLACE, CARD, LINK, FORWARDED], "业务员给我的")
    assert answer.status_code == 200 and "已收到 4 个文件" in answer.json()[0]["text"]
    files = read_files(person, 4)
    assert [file.kind for file in files] == ["location", "contact", "link", "forwarded"]
    contents = [store().content_of(file).decode() for file in files]
    assert "34.658700" in contents[0] and "13837912345" in contents[1] and LINK["url"] in contents[2]
    assert "转发自：客服小李" in contents[3]
    case = submitted(person)
    assert "保本保息" not in case.content["answers"]["happened"]["shown"]  # somebody else's words
    found = {(finding.kind, finding.text) for file in files for finding in file.found or ()}
    assert ("phone", "13837912345") in found and ("site", LINK["url"]) in found


def test_items_open_a_report_and_come_to_the_upload_address_too(server: Server) -> None:
    person = Person(server)
    (reply,) = hand_over(person, [PLACE]).json()
    assert "已为您开始一份举报" in reply["text"]
    body = {"evidence": [LINK], "caption": "他们发来的链接"}
    url = f"{server.url}/webhooks/rest/evidence"
    answer = httpx.post(url, json=body, headers={"x-sender": person.sender}, timeout=60)
    assert answer.json()["files"] == 2
    assert [file.kind for file in store().evidence(draft_of(person))] == ["location", "link"]


@pytest.mark.parametrize(
    "given",
    [
        "link",
        [{"type": "location", "latitude": 91, "longitude": 0}],
        [{"type": "location", "latitude": "nan", "longitude": 0}],
        [{"type": "contact"}],
        [{"type": "link", "url": ""}],
        [{"type": "virus"}],
        [{}],
        [LINK] * 21,
    ],
)
def test_what_is_no_item_is_refused_in_chinese(given: Any) -> None:
    with pytest.raises(EvidenceError, match=r"没有收下|再发一次"):
        items_of(given)


def test_a_wrong_item_is_a_422_and_the_report_goes_on(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    answer = hand_over(person, [{"type": "virus"}])
    assert answer.status_code == 422 and "没有收下" in answer.json()["error"]
    assert re.search(r"第 \d+/\d+ 题", person.say("继续"))


# Long texts ---------------------------------------------------------------------------------------------------


def told(length: int) -> str:
    lines = [f"第{n}次去金鼎财富门店要钱，业务员说再等{n}天就能提现。" for n in range(1, 400)]
    return ("我妈被一个叫金鼎财富的拉去投了20万元。" + "".join(lines))[:length]


def test_a_long_story_opens_a_report_and_is_kept_whole(server: Server) -> None:
    person, text = Person(server), told(2600)
    reply = person.say(text)
    assert "2600 字" in reply and "已全部记进举报" in reply and "金鼎财富" in reply
    case = submitted(person)
    assert case.content["answers"]["happened"]["shown"] == text
    assert case.content["answers"]["target"]["shown"] == "金鼎财富"


def test_in_a_report_a_long_text_is_added_to_the_story(server: Server) -> None:
    person, text = Person(server), told(1500)
    person.say(STORY)
    question = person.custom["interview"]["question"]
    person.say(text)
    assert person.custom["interview"]["question"] == question
    assert draft_of(person).content["answers"]["happened"]["shown"] == f"{STORY}\n{text}"


def test_with_a_receipt_a_long_text_goes_to_the_handlers_in_parts(server: Server) -> None:
    person, text = Person(server), told(2300)
    person.say(STORY)
    case = submitted(person)
    other = Person(server)
    other.say(person.custom["receipt"])
    assert "已全部补充给办理单位" in other.say(text)
    assert "".join(note.text for note in store().notes(case, internal=False)) == text


def test_a_long_question_is_asked_to_be_short(server: Server) -> None:
    body = {"sender": Person(server).sender, "message": "P2P平台的资金存管由哪个部门负责。" * 100}
    answer = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=60)
    assert answer.status_code == 400 and "1000 字" in answer.json()["error"]
    body["message"] = told(2000) * 6
    answer = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=60)
    assert answer.status_code in (400, 413)


def test_parts_hold_every_word() -> None:
    for text in (told(9000), "字" * 5000, "a" * 999 + "。" + "b" * 1001, LONGEST_TEXT * "，"):
        parts = parts_of(text, 1000)
        assert "".join(parts) == text and max(map(len, parts)) <= 1000


# Reading ------------------------------------------------------------------------------------------------------

FOUND = {
    "name": "金鼎财富",
    "site": "www.jinding-cf.example",
    "account": "6222021602001234567",
    "phone": "13837912345",
    "sum": "¥200,000.00",
}


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("png", screenshot),
        ("heic", lambda: screenshot("HEIF")),
        ("tiff", lambda: screenshot("TIFF")),
        ("pdf", scan),
        ("pdf", text_pdf),
    ],
)
def test_pictures_and_scans_are_read(kind: str, made: Callable[[], bytes]) -> None:
    found: dict[str, list[str]] = {name: [] for name in FOUND}
    for finding in findings_in(words_of(made(), kind)):
        found[finding.kind].append(finding.text)
    for name, text in FOUND.items():
        assert text in found[name], found
    assert "洛阳金鼎信息咨询有限公司" in found["name"]


@pytest.mark.parametrize(
    ("kind", "made", "words"),
    [
        ("docx", word_file, "洛阳金鼎信息咨询有限公司"),
        ("odt", open_document("text"), "鼎盛普惠"),
        ("xlsx", sheet, "收款人"),
        ("eml", mail, "13837912345"),
        ("eml", lambda: mail(html=True), "鼎盛普惠"),
        ("txt", lambda: "\n".join(WORDS).encode("gb18030"), "www.jinding-cf.example"),
    ],
)
def test_texts_are_read(kind: str, made: Callable[[], bytes], words: str) -> None:
    assert words in words_of(made(), kind)


def test_a_qr_code_is_read() -> None:
    out = io.BytesIO()
    segno.make("https://www.jinding-cf.example/down").save(out, kind="png", scale=8, border=4)
    found = findings_in(words_of(out.getvalue(), "png"))
    assert ("site", "https://www.jinding-cf.example/down") in {(finding.kind, finding.text) for finding in found}


@pytest.mark.parametrize("kind", sorted(FILE_FORMATS))
def test_what_cannot_be_read_has_no_words(kind: str) -> None:
    assert words_of(b"\x89PNG\r\n\x1a\n\0\0\0\0\xff\xd8\xff", kind) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("收款人：洛阳鼎盛普惠科技有限公司", {("name", "洛阳鼎盛普惠科技有限公司")}),
        ("平台名称:金鼎贷", {("name", "金鼎贷")}),
        ("微信支付 转账成功 零钱", set()),
        ("我在他们那里投资", set()),
        ("6222 0216 0200 1234 568 招商银行", {("account", "6222021602001234568")}),
        ("6222 0216 0200 1234 567 招商银行", set()),
        ("卡号6222 0216 0200 1234 567 招商银行", {("account", "6222021602001234567")}),
        ("对公账户：410001234567890", {("account", "410001234567890")}),
        ("转账单号1000050001202010130012345678", set()),
        ("订单号 6222021602001234567", set()),
        ("尾号 4567", set()),
        ("支付宝 jinding@example.com", {("account", "jinding@example.com")}),
        ("加微信：wx_jinding88", {("account", "微信:wx_jinding88")}),
        ("客服400-888-1234，0379-63312345", {("phone", "4008881234"), ("phone", "037963312345")}),
        ("电话：138 3791 2345", {("phone", "13837912345")}),
        ("app.jinding.vip/down 下载", {("site", "app.jinding.vip/down")}),
        ("版本 3.2.1 时间 12:30", set()),
        ("-¥50,000.00", {("sum", "¥50,000.00")}),
        ("余额3.5万元", {("sum", "3.5万元")}),
        ("¥0.01", set()),
    ],
)
def test_what_is_found_in_words(text: str, found: set[tuple[str, str]]) -> None:
    assert {(finding.kind, finding.text) for finding in findings_in(text)} == found


def test_card_numbers_check_themselves() -> None:
    assert luhn("6222021602001234568") and not luhn("6222021602001234567")


@pytest.mark.parametrize(
    ("message", "right"),
    [
        ("认得对", [True] * 3),
        ("都对。", [True] * 3),
        ("都不对", [False] * 3),
        ("1、3对", [True, False, True]),
        ("只有2是对的", [False, True, False]),
        ("第2条不对", [True, False, True]),
        ("二不对，其他都对", [True, False, True]),
        ("除了1和3都对", [False, True, False]),
        ("没有一个对的", [False] * 3),
        ("4对", None),
        ("对", None),
        ("他们说的不对", None),
        ("1", None),
        ("1、3", None),
        ("13837912345", None),
    ],
)
def test_answers_about_what_was_read(message: str, right: list[bool] | None) -> None:
    assert answer_to_offer(message, 3) == right


@pytest.mark.parametrize(
    ("message", "taken"), [("对", True), ("嗯，没错", True), ("是的", True), ("第", False), ("好", False)]
)
def test_a_plain_yes_is_an_answer_to_what_was_read_where_nothing_else_takes_one(message: str, taken: bool) -> None:
    assert answer_to_offer(message, 2, plain=True) == ([True, True] if taken else None)
    asked_for_a_name = State({"happened": Answer("他们收钱", "他们收钱")})
    assert takes_no_yes(asked_for_a_name)
    guessed = {"business": Answer(["p2p"], "P2P网络借贷")}
    others: list[dict[str, Any]] = [{"suggested": guessed, "at": "business"}, {"at": "contact"}, {"pending": "cancel"}]
    for busy in others:
        assert not takes_no_yes(replace(asked_for_a_name, **busy))


def test_a_sum_that_was_read_and_confirmed_is_not_asked_for_again(server: Server) -> None:
    person = Person(server)
    person.say("我要举报", "他们让老人排队交钱，说稳赚不赔，现在门关了")
    send(person, screenshot(lines=("平台名称：云顶优贷", "转账金额 ¥50,000.00 元")), "截图.png")
    read_files(person, 1)
    assert "¥50,000.00" in person.say("继续")
    assert "云顶优贷" in person.say("对")
    asked = person.say("修改涉及金额")
    assert "可能是：5万元人民币" in asked
    assert "涉及金额 5万元人民币" in person.say("对")


def test_what_was_read_is_offered_confirmed_and_found_by_the_office(server: Server) -> None:
    person = Person(server)
    person.say("我要举报", "他们让老人排队交钱，说稳赚不赔，现在门关了")
    send(person, screenshot(), "截图.png")
    read_files(person, 1)
    reply = person.say("继续")
    assert "请核对" in reply and "账号：6222021602001234567" in reply and AGREE_BUTTON in person.buttons
    numbers = {text: number for number, text in re.findall(r"(\d+)\. \S+：(\S+)", reply)}
    wanted = [numbers[FOUND[kind]] for kind in ("name", "site", "account")]
    assert "请核对" not in person.say("继续")  # asked once
    reply = person.say(f"只有{'、'.join(wanted)}对")
    assert "已记下 3 条" in reply and "平台或公司名称：金鼎财富" in reply and "第 " in reply
    answers = draft_of(person).content["answers"]
    assert answers["target"]["shown"] == "金鼎财富" and "www.jinding-cf.example" in answers["reach"]["shown"]
    case = submitted(person)
    assert case.number
    states = {finding.kind: finding.state for file in store().evidence(case) for finding in file.found or ()}
    assert states["account"] == "yes" and states["phone"] == "no" and states["sum"] == "no"
    office = Official(server, Role.OFFICE, name="刘芳").console()
    assert case.number in office.get("/console/cases", q="6222 0216 0200 1234 567").text
    page = re.sub(r"<[^>]+>", "|", office.get(f"/console/cases/{case.number}").text)
    assert "6222021602001234567（举报人已确认）" in page and "13837912345（机器" not in page, page


def test_without_an_answer_the_office_still_finds_what_was_read(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    case = submitted(person)
    send(person, screenshot(lines=("平台名称：云顶优贷", "收款账户 6212 2617 0200 1234 563")), "截图.png")
    until(lambda: store().evidence(case)[0].found)
    office = Official(server, Role.OFFICE, name="刘芳").console()
    for query in ("云顶优贷", "6212261702001234563"):
        assert case.number and case.number in office.get("/console/cases", q=query).text, query
    assert "云顶优贷（机器识别，请核对原件）" in office.get(f"/console/cases/{case.number}").text


def test_denied_findings_find_nothing() -> None:
    (finding,) = findings_in("客服电话 13837912345")
    assert terms_of_findings([finding]) == ["phone:13837912345"]


# What officials see -------------------------------------------------------------------------------------------


def test_officials_see_what_browsers_cannot_show(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    for name, content in (
        ("照片.heic", saved("HEIF")()),
        ("图.avif", saved("AVIF")()),
        ("聊天.txt", "保本保息".encode("gb18030")),
        ("邀请.eml", mail()),
        ("录音.wav", sound_wav()),
        ("通话.amr", amr(1)),
        ("微信语音.silk", b"\x02#!SILK_V3\x0c\0" + b"\xa7" * 60),
        ("带宏.docm", word_file(word__vbaProject_bin=b"\0")),
    ):
        send(person, content, name)
    case = submitted(person)
    office = Official(server, Role.OFFICE, name="刘芳").console()
    page = office.get(f"/console/cases/{case.number}").text
    assert "文档含宏，请勿启用" in page and "图片（HEIC）" in page
    at = {file.name: f"/console/cases/{case.number}/files/{file.id}" for file in store().evidence(case)}
    for name in ("照片.heic", "图.avif"):
        seen = office.get(at[name])
        assert seen.headers["content-type"] == "image/jpeg" and "sandbox" in seen.headers["content-security-policy"]
        assert Image.open(io.BytesIO(seen.content)).size == (64, 48)
    assert office.get(at["聊天.txt"]).text == "保本保息"
    assert "主题：投资邀请" in office.get(at["邀请.eml"]).text
    assert office.get(at["录音.wav"]).headers["content-type"] == "audio/wav"
    spoken = office.get(at["通话.amr"])
    assert spoken.headers["content-type"] == "audio/wav" and spoken.content[:4] == b"RIFF"
    assert office.get(at["通话.amr"], download=1).content[:5] == b"#!AMR"
    raw = office.get(at["微信语音.silk"])
    assert raw.headers["content-type"] == "application/octet-stream"
    assert raw.headers["content-disposition"].startswith("attachment")
    heic = at["照片.heic"]
    assert office.get(heic, download=1).headers["content-disposition"].endswith(".jpg")
    released(server, office, str(case.number), heic.rpartition("/")[2])
    original = office.get(heic, original=1)
    assert "%E7%85%A7%E7%89%87.heic" in original.headers["content-disposition"]
    assert original.content[4:12] == b"ftypheic" or original.content[4:8] == b"ftyp"


def test_a_case_taken_out_says_what_was_read(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    hand_over(person, [CARD], "业务员的名片")
    read_files(person, 1)
    case = submitted(person)
    leader = Official(server, Role.OFFICE, name="刘芳").console()
    released(server, leader, str(case.number))
    taken = leader.get(f"/console/cases/{case.number}/bundle.zip")
    assert taken.status_code == 200
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        about = json.loads(archive.read(f"{case.number}.json"))
        assert "材料/01-名片 张经理.txt" in archive.namelist()
    assert about["files"][0]["caption"] == "业务员的名片"
    assert about["files"][0]["found"][0]["text"] == "13837912345"


def test_a_scan_of_several_pages_is_shown_as_one_paper(server: Server) -> None:
    person = Person(server)
    person.say(STORY)
    send(person, pages()(), "扫描.tif")
    case = submitted(person)
    office = Official(server, Role.OFFICE, name="刘芳").console()
    (file,) = store().evidence(case)
    seen = office.get(f"/console/cases/{case.number}/files/{file.id}")
    assert len(pypdf.PdfReader(io.BytesIO(seen.content)).pages) == 3
