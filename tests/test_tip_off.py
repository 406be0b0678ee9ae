"""Tip-offs over the REST contract: told once, asked little, routed, escalated, followed by receipt, withdrawn."""

from __future__ import annotations

import re
import time

import httpx
import pytest

from casework.cases.case import ASKING, CLOSED, EXAMINING
from casework.cases.receipts import DIGITS, found_receipt, new_receipt
from casework.cases.store import CaseStore
from casework.tip_off.definition import tip_off_definition
from casework.tip_off.extraction import extract_answers
from knowledge.base import KnowledgeBase
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import DATA, Server
from tests.officials import opened
from tests.talk import CODE, Person

SUBMIT = "确认如实举报并提交"
STORY = "我妈被一个叫金鼎财富的拉去投了20万"


@pytest.fixture
def person(server: Server) -> Person:
    return Person(server)


@pytest.fixture
def desk(server: Server) -> CaseStore:
    """The case store as the handlers' side has it."""
    settings = ActionSettings(data_dir=DATA)
    return CaseStore(DATA / "cases.db", load_encryptor(settings))


def reported(person: Person, *messages: str) -> str:
    """Report, skip the rest, submit; returns the receipt."""
    person.say(*messages)
    if "请核对" not in person.text:
        person.say("其余跳过")
    person.say(SUBMIT)
    return str(person.custom["receipt"])


def test_one_message_is_enough(person: Person) -> None:
    heard = person.say(STORY)
    assert heard.startswith("您反映的情况我记下了")
    assert "平台或公司名称 金鼎财富，涉及金额 20万元人民币" in heard
    assert "怎么找到它" in heard
    assert person.custom["job"] == "tip_off"
    review = person.say("其余跳过")
    assert "发生了什么：我妈被一个叫金鼎财富的拉去投了20万" in review
    assert "业务种类：投资理财公司、金融广告" in review
    done = person.say(SUBMIT)
    assert re.search(r"\d{4} \d{4} \d{4} \d{4}", done)
    assert re.search(r"举报编号：JB-", done)
    assert person.custom["routes"][0] == "市工商局"
    assert "市公安局" in person.custom["routes"]  # 拉人头
    assert person.custom["receipt_qr"].startswith("<svg")


def test_step_by_step(person: Person) -> None:
    asked = person.say("我要举报")
    assert "第 1/" in asked
    assert "发生了什么" in asked
    person.say("他们说把钱借给别人能拿高利息，现在取不出来了")
    assert "平台或公司名称" in person.text
    person.say("某某贷、洛阳某某信息公司")
    person.say("网址 www.mm.example")
    assert "业务种类" in person.text
    person.say("1")
    assert "从您说的看，可能是：提现困难、到期不还" in person.text
    person.say("对")
    person.say("三万", "不清楚", "上个月", "西工区")
    assert "手头的证据" in person.text
    person.say("合同一份")
    assert "可以不留" in person.text
    person.say("否")
    assert "在哪个县（市、区）：西工区" in person.text
    person.say(SUBMIT)
    assert person.custom["routes"] == ["洛阳银监分局", "市领导小组办公室", "西工区政府"]


def test_without_a_name_there_must_be_a_way_to_find_it(person: Person) -> None:
    person.say("我要举报", "有人在小区门口发传单拉老人投资，说保本保息")
    assert "至少写一样能找到它的" in person.say("跳过")
    person.say("其余跳过")
    assert "怎么找到这个平台" in person.text
    assert "还需要您填写" in person.say("其余跳过")
    person.say("涧西区南昌路建行对面二楼", "其余跳过")
    assert "请核对" in person.text


def test_contact_details_are_asked_last_and_only_when_wanted(person: Person) -> None:
    person.say(STORY, "网址不知道，门店在老城区", "跳过", "跳过", "跳过", "跳过")
    while "是否留联系方式" not in person.text:
        person.say("跳过")
    assert "匿名举报同样处理" in person.text
    person.say("是", "李女士", "13837912345")
    assert "您的联系方式：138 3791 2345" in person.text


def test_large_cases_go_to_the_leading_group_at_once(person: Person) -> None:
    reported(person, "洛龙区有个叫鼎盛理财的公司承诺保本，几百个老人投了三千多万，老板跑路了")
    assert "立即报市领导小组【四（二）1】" in person.text
    assert "四（二）1" in person.clauses
    assert {"市领导小组", "市公安局", "洛龙区政府"} <= set(person.custom["routes"])
    reported(person, "一个叫小小贷的网贷平台多收了我200元利息")
    assert "市领导小组" not in person.custom["routes"]
    assert person.custom["routes"][0] == "洛阳银监分局"


def test_why_it_was_escalated_is_recorded(person: Person, desk: CaseStore) -> None:
    receipt = reported(person, "有个叫鼎盛理财的平台卷走了五百万，老板跑路了")
    case = desk.by_receipt(receipt)
    assert case
    read = opened(person.server, desk, case).content
    assert read["escalated"] == ["资金量大（500万元人民币）", "涉嫌重大非法集资等违法行为（跑路、失联、关门）"]
    route = next(route for route in desk.routes(case) if route.unit == "市领导小组")
    assert "资金量大" in route.because and "500万" not in route.because, "what was told stays in what is sealed"


@pytest.mark.parametrize(
    ("message", "lead"),
    [
        ("洛阳有个叫天天付的公司没有支付牌照在发购物卡", "人民银行洛阳市中心支行"),
        ("一个叫众众筹的股权众筹平台卖原始股骗了我五万", "市政府金融办"),
        ("偃师有个叫丰收的农民合作社高息揽储，300多人", "市农业局"),
        ("一个叫老凤的典当行在高息吸收存款", "市商务局"),
        ("有个叫安心保的网上保险骗了我两千元", "市保险业协会"),
        ("有个叫某某通的不知道干什么的骗了我两千元", "市领导小组办公室"),
    ],
)
def test_who_leads(person: Person, message: str, lead: str) -> None:
    person.say(message)
    if "怎么找到这个平台" in person.text or "平台或公司名称" in person.text:
        person.say("某某通")
    person.say("其余跳过", SUBMIT)
    assert person.custom["routes"][0] == lead


def test_somebody_in_danger_hears_110_first(person: Person) -> None:
    reply = person.say("被平台骗光了，我不想活了")
    assert person.custom["job"] == "safety" and "110" in reply and "12356" in reply
    person.say("我要举报")
    reply = person.say("金鼎财富客服说再交5万保证金才能提现，让我现在就转")
    assert reply.startswith("请先停止转账") and "96110" in reply
    assert "追赃" not in reply


def test_words_that_raise_an_alarm_reach_the_case_in_hand_as_well(person: Person, desk: CaseStore) -> None:
    receipt = reported(person, STORY)

    reply = person.say("我妈知道钱没了，昨晚说不想活了，要喝农药")

    assert person.custom["job"] == "safety" and "12356" in reply and "已补充到" in reply
    case = desk.by_receipt(receipt)
    assert case and "要喝农药" in desk.notes(case, internal=False)[-1].text
    assert "12356" in person.say("我真的不想活了") and len(desk.notes(case, internal=False)) == 2


def test_followed_by_receipt_from_another_device(server: Server, person: Person, desk: CaseStore) -> None:
    receipt = reported(person, STORY)
    other = Person(server)
    shown = other.say(receipt)
    assert other.custom["job"] == "tip_status"
    assert "：已收到。" in shown
    assert "市工商局" in shown
    case = desk.by_receipt(receipt)
    assert case
    desk.set_status(case, EXAMINING, "市工商局")
    desk.add_note(case, "handler", "请问收款账户是哪家银行？", "市工商局")
    desk.set_status(case, ASKING, "市工商局")
    asked = other.say(f"回执码{receipt.replace(' ', '-')}")
    assert "需补充" in asked
    assert "办理单位：请问收款账户是哪家银行？" in asked
    answered = other.say("补充：是城东支行，户名王某")
    assert "核查中" in answered
    assert "您：是城东支行，户名王某" in answered
    assert [note.author for note in desk.notes(case, internal=True)] == ["handler", "reporter"]
    desk.add_note(case, "handler", "已依法处理。", "市工商局")
    desk.set_status(case, CLOSED, "市工商局")
    assert "已办结" in other.say(receipt)
    assert "已经办结" in other.say("补充：还有")
    assert "请先把 16 位回执码发给我" in Person(server).say("补充：别人的")


def test_withdrawn_only_before_work_has_begun(person: Person, desk: CaseStore) -> None:
    receipt = reported(person, STORY)
    person.say(receipt)
    assert "确定要撤回吗" in person.say("撤回举报")
    assert "已全部删除" in person.say("确认撤回举报")
    assert desk.by_receipt(receipt) is None
    assert "没有找到这个回执码" in person.say(receipt)
    second = reported(person, STORY)
    case = desk.by_receipt(second)
    assert case
    desk.set_status(case, EXAMINING, "市工商局")
    person.say(second)
    assert "不能撤回" in person.say("确认撤回举报")
    assert desk.by_receipt(second)


def test_closed_tip_offs_are_deleted_when_their_time_is_over(person: Person, desk: CaseStore) -> None:
    receipt = reported(person, STORY)
    case = desk.by_receipt(receipt)
    assert case
    desk.add_note(case, "handler", "已处理", "市工商局")
    desk.set_status(case, CLOSED, "市工商局")
    assert desk.delete_closed_older_than(1) == 0
    desk._db.execute("update cases set closed = closed - 2 * 86400 where id = ?", [case.id])
    assert desk.delete_closed_older_than(1) == 1
    assert desk.by_receipt(receipt) is None
    assert desk.notes(case, internal=True) == []


def test_a_tip_off_that_nobody_closes_is_not_kept_for_ever(person: Person, desk: CaseStore) -> None:
    receipt = reported(person, STORY)
    case = desk.by_receipt(receipt)
    assert case
    desk.set_status(case, EXAMINING, "市工商局")
    assert desk.delete_idle_older_than(1) == 0
    desk._db.execute("update cases set updated = updated - 2 * 86400 where id = ?", [case.id])
    desk.add_note(case, "reporter", "他们换了收款账户", "reporter")
    assert desk.delete_idle_older_than(1) == 0  # something was said on it since
    desk._db.execute("update cases set updated = updated - 2 * 86400 where id = ?", [case.id])
    desk._db.execute("update notes set at = at - 2 * 86400 where case_id = ?", [case.id])
    assert desk.delete_idle_older_than(1) == 1
    assert desk.by_receipt(receipt) is None


def test_guessing_is_slowed_down(server: Server) -> None:
    guesser = Person(server)
    for n in range(3):
        assert "没有找到" in guesser.say(f"0000 0000 0000 000{n}")
    assert "没有找到" not in guesser.say("0000 0000 0000 0009")
    assert "秒后再试" in guesser.text


def test_nothing_ties_a_report_to_who_made_it(server: Server, person: Person, desk: CaseStore) -> None:
    receipt = reported(person, "西工区有个叫银河通宝的骗了我爸王铁柱八万元，他电话13900001111")
    digits = receipt.replace(" ", "")
    case = desk.by_receipt(receipt)
    assert case
    assert case.code == ""
    assert desk.of_owner(f"rest:{person.sender}", "tip_off") == []
    assert {act.actor for act in desk.history(case)} == {"reporter"}
    person.say(receipt)
    time.sleep(0.1)
    for path in [*DATA.glob("cases.db*"), *DATA.glob("conversations.db*"), server.log]:
        content = path.read_bytes()
        for secret in ("银河通宝", "王铁柱", "13900001111", digits, receipt, person.sender, case.number or ""):
            if secret == case.number and path.name.startswith("cases.db"):
                continue  # a receipt number is no secret
            assert secret.encode() not in content, (path.name, secret)
    assert "银河通宝" not in httpx.get(f"{server.url}/metrics").text


def test_the_page_shows_a_receipt_once(server: Server) -> None:
    for script in (True, False):
        headers = {"x-requested-with": "fetch"} if script else {}
        with httpx.Client(base_url=server.url, follow_redirects=True, timeout=60) as browser:
            browser.get("/")
            for message in (STORY, "其余跳过"):
                browser.post("/chat", data={"message": message}, headers=headers)
            page = browser.post("/chat", data={"message": SUBMIT}, headers=headers)
            receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", page.text)
            assert receipt
            assert 'class="qr"' in page.text
            again = browser.get("/").text
            assert receipt[0] not in again
            assert 'class="qr"' not in again
            browser.post("/chat", data={"message": receipt[0]}, headers=headers)
            assert receipt[0] not in browser.get("/").text


def test_an_unfinished_report_goes_on_elsewhere(server: Server, person: Person) -> None:
    code = re.search(CODE, person.say(STORY))
    assert code
    other = Person(server)
    assert "接着上次的填写" in other.say(code[0])
    assert other.custom["job"] == "tip_off"
    other.say("其余跳过", SUBMIT)
    assert "receipt" in other.custom


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (STORY, {"target": "金鼎财富", "amount": "20万元人民币"}),
        (
            "www.jinding.com 这个网站去年底让我充值5万就打不开了，客服电话400-800-1234",
            {"reach": "www.jinding.com，电话 400-800-1234", "amount": "5万元人民币", "since": "去年底"},
        ),
        (
            "偃师有个合作社高息揽储，三百多人，一共两千三百万",
            {"people": "约300", "amount": "2,300万元人民币", "place": "偃师区"},
        ),
        ("我的电话13837912345，西工区某众筹平台骗了我3万块", {"contact_phone": "138 3791 2345", "place": "西工区"}),
        ("“天天宝”让我们投了一亿二千万元", {"target": "天天宝", "amount": "12,000万元人民币"}),
        ("我同事拉我进了一个叫聚宝盆的App，我投了2万", {"target": "聚宝盆", "amount": "2万元人民币"}),
        ("2016年3月起不能提现", {"since": "2016年3月"}),
        ("我要举报", {}),
    ],
)
def test_what_is_lifted_from_a_story(knowledge: KnowledgeBase, text: str, found: dict[str, str]) -> None:
    said, _ = extract_answers(tip_off_definition(), knowledge.directory, text)
    shown = {question: answer.shown for question, answer in said.items()}
    for question, words in found.items():
        assert shown.get(question) == words
    if not found:
        assert not shown


def test_receipts_are_sixteen_digits_however_typed() -> None:
    receipt = new_receipt()
    digits = receipt.replace(" ", "")
    assert len(digits) == DIGITS
    for typed in (receipt, digits, receipt.replace(" ", "-"), f"我的回执码是{receipt}。"):
        assert found_receipt(typed) == digits
    assert found_receipt("6222021234567890123") is None  # a bank account is longer


def test_an_address_is_enough_without_a_name(person: Person) -> None:
    person.say("我要举报，网站 www.mingzi-bu-zhidao.example 骗了我3万块钱，不知道叫什么")
    person.say("其余跳过")
    assert "请核对" in person.text and "www.mingzi-bu-zhidao.example" in person.text
    assert person.say(SUBMIT).startswith("举报已收到")


def test_a_name_right_behind_the_verb(person: Person) -> None:
    assert "平台或公司名称 金鼎财富" in person.say("我要举报金鼎财富网承诺保本保息，我投了20万取不出来")
