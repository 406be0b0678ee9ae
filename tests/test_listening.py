"""Nothing a person says is lost, misfiled or asked twice: reports, self-checks and cases, talked over REST."""

from __future__ import annotations

import io
import re
import zipfile

import httpx
import pytest

from casework.cases.case import ASKING, CLOSED, EXAMINING
from casework.cases.store import CaseStore
from casework.desk.account import Role
from casework.desk.outcomes import read_outcome
from casework.desk.questions import Questions
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import DATA, Server
from tests.officials import Official, opened
from tests.talk import CODE, FIRM, NUMBER, SHORT, Person
from tests.talk import SUBMIT as SUBMIT_SELF_CHECK
from tests.test_tip_off import STORY, SUBMIT, reported


@pytest.fixture
def person(server: Server) -> Person:
    return Person(server)


@pytest.fixture
def desk(server: Server) -> CaseStore:
    return CaseStore(DATA / "cases.db", load_encryptor(ActionSettings(data_dir=DATA)))


def test_an_address_is_kept_wherever_it_is_said_and_when_the_name_changes(person: Person) -> None:
    person.say("我要举报", "有人在小区门口发传单拉老人投资，说保本保息")
    assert "怎么找到它 www.jdcf.example" in person.say("叫金鼎财富，网站www.jdcf.example")
    assert "平台或公司名称 鼎盛普惠（原来是 金鼎财富）" in person.say("刚才平台名称填错了，应该叫鼎盛普惠")
    review = person.say("其余跳过")
    assert "请核对" in review and "怎么找到它：www.jdcf.example" in review
    person.say("修改平台或公司名称", "不知道")
    assert "请核对" in person.text and "www.jdcf.example" in person.text
    assert person.say(SUBMIT).startswith("举报已收到")


def test_what_is_no_answer_is_added_to_the_story(person: Person, desk: CaseStore) -> None:
    person.say("我要举报", "有人在小区门口发传单拉老人投资，说保本保息")
    heard = person.say("去年十月开始投，一共20万，说年化18%保本，现在提不出来")
    assert "涉及金额 20万元人民币" in heard and "已记入“发生了什么”" in heard
    assert "2015年10月" in heard
    receipt = reported(person, "叫金鼎财富")
    case = desk.by_receipt(receipt)
    assert case
    answers = opened(person.server, desk, case).content["answers"]
    assert "年化18%保本，现在提不出来" in answers["happened"]["shown"]
    assert answers["target"]["shown"] == "金鼎财富"


def test_a_report_that_ends_in_a_question_is_answered_and_kept(person: Person) -> None:
    person.say(STORY)
    reply = person.say("他们客服说保本保息是国家允许的，网址是www.q.example，平台承诺保本保息合法吗？")
    assert "【" in reply and "我们继续" in reply
    assert "www.q.example" in person.say("看看填了什么")


def test_a_quick_second_message_never_lands_in_the_wrong_place(person: Person) -> None:
    person.say(STORY)
    assert "怎么找到它" in person.text
    for said in ("一共30人", "😭", "我妈气得住院了"):
        person.say(said)
    review = person.say("其余跳过")
    assert re.search(r"涉及人数：30", review)
    assert "怎么找到它：（未填）" in review
    assert "我妈气得住院了" in review.split("平台或公司名称")[0]


def test_after_the_button_the_next_message_is_the_supplement(person: Person, desk: CaseStore) -> None:
    receipt = reported(person, STORY)
    person.say(receipt)
    for wish, words in (
        ("补充情况", "有个叫鼎盛的平台也是他们开的，骗了我同事3万"),
        ("我要补充情况", "今天天气不错他们又开门了"),
        ("我想补充一点", "P2P资金池他们也做"),
    ):
        assert "下一条消息会原样转给办理单位" in person.say(wish)
        assert "已补充到 JB-" in person.say(words)
        assert person.custom["job"] == "tip_status"
        assert f"您：{words}" in person.text
    case = desk.by_receipt(receipt)
    assert case and len(desk.notes(case, internal=True)) == 3


def test_with_a_receipt_in_hand_words_go_to_the_case_and_questions_are_answered(person: Person) -> None:
    person.say(reported(person, STORY))
    assert "已补充到 JB-" in person.say("他们昨天换了一个收款账户")
    assert person.say("P2P谁牵头？").startswith("洛阳银监分局")
    assert "不客气" in person.say("谢谢")
    assert "✓" in person.say("查进度") or "▶" in person.text
    assert "好的，请把情况告诉我" in person.say("我要举报")


def test_an_officials_question_is_answered_by_the_next_message(server: Server, person: Person, desk: CaseStore) -> None:
    receipt = reported(person, STORY)
    case = desk.by_receipt(receipt)
    assert case
    desk.set_status(case, EXAMINING, "市工商局")
    desk.add_note(case, "handler", "请问收款账户是哪家银行？", "市工商局")
    desk.set_status(case, ASKING, "市工商局")
    asked = person.say(receipt)
    assert "直接回复即可" in asked and "请问收款账户是哪家银行？" in asked
    assert "核查中" in person.say("城东支行，户名王某，帮助中心有写")
    assert "您：城东支行，户名王某，帮助中心有写" in person.text


def test_status_is_a_line_of_steps(person: Person, desk: CaseStore) -> None:
    receipt = reported(person, STORY)
    shown = person.say(receipt)
    assert re.search(r"▶收到（\d+月\d+日） → ○受理 → ○办理 → ○答复", shown)
    assert "下一步：等市工商局受理" in shown
    case = desk.by_receipt(receipt)
    assert case
    desk.set_status(case, EXAMINING, "某人")
    shown = person.say(receipt)
    assert re.search(r"✓收到（.+?） → ✓受理（\d+月\d+日，市工商局） → ▶办理 → ○答复", shown)
    desk.transfer(case, "市公安局", "转办", "某人")
    assert re.search(r"▶转办（\d+月\d+日，市公安局）", person.say(receipt))
    desk.set_status(case, CLOSED, "某人", "police")
    shown = person.say(receipt)
    assert re.search(r"✓答复（\d+月\d+日，涉嫌犯罪，已移送公安机关）", shown)
    assert [step["name"] for step in person.custom["steps"]] == ["收到", "受理", "转办", "办理", "答复"]


def test_withdrawal_says_at_once_when_it_is_too_late(person: Person, desk: CaseStore) -> None:
    receipt = reported(person, STORY)
    assert "确定要撤回吗" in person.say(f"撤回举报 {receipt}")
    case = desk.by_receipt(receipt)
    assert case
    desk.set_status(case, EXAMINING, "市工商局")
    assert "已经开始处理，不能撤回" in person.say("撤回举报")
    assert "确定" not in person.text


@pytest.mark.parametrize("form", ["企业自查", "我要举报"])
def test_receipts_status_and_withdrawal_inside_a_form(server: Server, form: str) -> None:
    receipt = reported(Person(server), STORY)
    person = Person(server)
    first = person.say(form)
    question = re.search(r"第 \d+/\d+ 题 · \S+", first)
    assert question
    shown = person.say(receipt)
    assert "您的举报（JB-" in shown and "我们继续" in shown and question[0] in shown
    assert "您的举报（JB-" in person.say("我的举报怎么样了")
    assert "已补充到" in person.say("补充：他们换了收款账户")
    assert "确定要撤回吗" in person.say("撤回举报")
    assert "已全部删除" in person.say("确认撤回举报")
    assert question[0] in person.text
    assert "没有找到这个回执码" in person.say("回执码 1111 2222 3333 4444")
    assert "还没有提交" in person.say("撤回举报")
    assert receipt not in person.say("看看填了什么")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("自查码 7K3M-9QXT-CDF", ["11 位", "12 位"]),
        ("自查码：7K3M-9QXT-CD0F", ["不会有“0”"]),
        ("自查码 3333-4444-6666", ["没有找到这个自查码"]),
        ("7K3M-9QXT-CDFGH", ["13 位"]),
        ("回执码 1234 5678 9012 345", ["16 位", "15 位"]),
        ("登录 7K3M9-QXTC", ["10 位", "9 位"]),
    ],
)
def test_a_mistyped_code_gets_a_sentence_of_its_own_and_is_kept_nowhere(
    server: Server, typed: str, words: list[str]
) -> None:
    person = Person(server)
    reply = person.say(typed)
    for word in words:
        assert word in reply
    assert not kept_questions_with(typed[-9:])


def test_a_mistyped_code_is_no_answer(person: Person) -> None:
    person.say("企业自查")
    assert "13 位" in person.say("7K3M-9QXT-CDFGH")
    assert "第 1/12 题 · 企业名称" in person.text
    person.say(FIRM)
    assert f"企业名称：{FIRM}" in person.say("看看填了什么")


def kept_questions_with(words: str) -> list[str]:
    store = Questions(DATA / "questions.db", load_encryptor(ActionSettings(data_dir=DATA)))
    return [question.text for question in store.open(1000) if words in question.text]


@pytest.mark.parametrize(
    "message",
    [
        "业务员小马拉我买了他们的保健品套餐",
        "我家老人在他们那里存了钱现在拿不回来还被威胁",
        "他们的客服电话是13700001111打不通了",
        "登陆码 9QXT7 CDFGA",
        "ABCD-EFGH-JKLM",
    ],
)
def test_a_report_or_a_code_that_is_not_understood_is_no_question_for_the_office(server: Server, message: str) -> None:
    Person(server).say(message)
    assert not kept_questions_with(message[-6:])


def test_what_nobody_asked_of_a_report_is_still_learnt_from(server: Server) -> None:
    Person(server).say("火星移民需要办什么手续")
    assert kept_questions_with("火星移民")


def test_an_answer_to_a_self_check_reaches_the_enterprise(server: Server, person: Person) -> None:
    person.say("企业自查", *SHORT)
    done = person.say(SUBMIT_SELF_CHECK)
    number, code = re.search(NUMBER, done), re.search(CODE, done)
    assert number and code
    office = Official(server, Role.OFFICE)
    office.signs_in()
    office.say(f"案件 {number[0]}")
    assert f"{number[0]} 已受理" in office.say("受理")
    assert f"{number[0]} 已请填报企业补充" in office.say("追问 请说明经营范围是否含代客理财")
    shown = person.say(f"查看自查 {number[0]}")
    assert "办理单位：请说明经营范围是否含代客理财" in shown and "直接回复即可" in shown
    assert "已补充到 ZC-" in person.say("不含代客理财，只做软件开发")
    assert "填报企业：不含代客理财，只做软件开发" in office.say(f"案件 {number[0]}")
    office.say("回复 已核实，没有问题")
    assert "办理单位：已核实，没有问题" in Person(server).say(f"自查码 {code[0]}")


def self_checked(server: Server, person: Person) -> tuple[str, str, Official]:
    """A submitted self-check: its number, its code, and the office that has it in hand."""
    person.say("企业自查", *SHORT)
    done = person.say(SUBMIT_SELF_CHECK)
    number, code = re.search(NUMBER, done), re.search(CODE, done)
    assert number and code
    office = Official(server, Role.OFFICE)
    office.signs_in()
    office.say(f"案件 {number[0]}", "受理")
    return number[0], code[0], office


def test_an_answer_comes_with_whatever_the_enterprise_says_next_once(server: Server, person: Person) -> None:
    number, _, office = self_checked(server, person)
    office.say("追问 去年有没有代销过理财产品")
    person.say("P2P谁牵头")
    (told,) = person.notices
    assert number in told and "去年有没有代销过理财产品" in told and "直接回复即可" in told
    assert "已补充到 ZC-" in person.say("没有代销过")
    assert not person.notices
    office.say(f"案件 {number}", "办结 不属于本次整治范围 材料已核实")
    person.say("你好")
    assert len(person.notices) == 1 and "材料已核实" in person.notices[0]
    person.say("谢谢")
    assert not person.notices


def test_an_answer_stands_on_the_enterprises_own_page_and_can_be_answered_there(server: Server, person: Person) -> None:
    number, code, office = self_checked(server, person)
    office.say("追问 请说明收款账户的开户行")
    shown = httpx.post(f"{server.url}/self-check", data={"code": code}, timeout=60).text
    assert number in shown and "请说明收款账户的开户行" in shown
    assert re.search(r'aria-current="step"><strong>办理', shown), "the step that it is at"
    said = {"code": code, "message": "开户行是洛阳银行西工支行"}
    assert "开户行是洛阳银行西工支行" in httpx.post(f"{server.url}/self-check", data=said, timeout=60).text
    assert "填报企业：开户行是洛阳银行西工支行" in office.say(f"案件 {number}")
    office.say("办结 不属于本次整治范围")
    late = httpx.post(f"{server.url}/self-check", data=said | {"message": "还有一句"}, timeout=60).text
    assert "没有收下" in late and "还有一句" not in office.say(f"案件 {number}")


def test_what_an_enterprise_said_beside_the_questions_stands_in_its_report(person: Person) -> None:
    person.say("企业自查", *SHORT[:8], "我们正在搬家，新地址还没有定下来", *SHORT[8:])
    done = person.say(SUBMIT_SELF_CHECK)
    assert re.search(NUMBER, done), done
    content = zipfile.ZipFile(io.BytesIO(person.file("红线自查报告.docx").content)).read("word/document.xml").decode()
    assert "补充说明（企业原话）" in content and "我们正在搬家" in content


def reported_to_its_lead(server: Server) -> tuple[Person, str, re.Match[str], Official]:
    """Who has reported, with receipt and number, and an official of its lead unit who has signed in."""
    reporter = Person(server)
    receipt = reported(reporter, STORY)
    number = re.search(r"JB-\w{4}-\w{4}", reporter.text)
    assert number
    lead = Official(server, Role.OFFICIAL, "市工商局")
    lead.signs_in()
    return reporter, receipt, number, lead


def test_an_official_works_on_the_case_in_hand(server: Server) -> None:
    reporter, receipt, number, lead = reported_to_its_lead(server)
    assert "请先打开一件案件" in lead.say("受理")
    lead.say(f"案件 {number[0]}")
    assert f"{number[0]} 已受理" in lead.say("受理")
    assert f"{number[0]} 已请举报人补充" in lead.say("追问 请问收款账户户名是什么？")
    assert "请问收款账户户名是什么？" in reporter.say(receipt)
    assert f"{number[0]} 已记备注" in lead.say("备注：已电话核实")
    assert "请写明办理结果" in lead.say("办结")
    assert f"{number[0]} 已办结" in lead.say("办结 属实，已依法处置")
    lead.say("退出登录")
    assert "需要工作人员登录" in lead.say("我的任务")


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ("下个月5号前到期的任务", "下个月5号前"),
        ("12月1日到12月10日我们要交什么", "12月1日到12月10日"),
        ("1月到期的任务", "2017年1月1日"),
        ("我们3个工作日内到期的任务", "3个工作日内"),
        ("2月30日到期的任务", "没有看懂"),
    ],
)
def test_days_are_read_whole_or_asked_about(server: Server, asked: str, holds: str) -> None:
    official = Official(server, Role.OFFICIAL, "涧西区政府")
    official.signs_in()
    assert holds in official.say(asked)


def test_how_many_questions_there_will_be_is_known_early(person: Person) -> None:
    opening = person.say("企业自查")
    assert re.search(r"不做互联网金融的共 12 题，约 \d+ 分钟；做的再按业务种类问，最多 \d+ 题", opening)
    assert re.search(r"第 1/12 题 · 企业名称　一、企业基本情况，还有约 \d+ 分钟", opening)
    decides = person.say(*SHORT[:-1])
    most = re.search(r"答“是”，再按业务种类问几组，全部最多 (\d+) 题", decides)
    assert most
    person.say("是")
    seen = [int(n) for n in re.findall(r"/(\d+) 题", person.text)]
    person.say("1、2、3、4、5、6、7、8", "说明一下", "两年都有")
    seen += [int(n) for n in re.findall(r"/(\d+) 题", person.text)]
    assert max(seen) <= int(most[1])
    assert "已按您的情况调整后面的问题" in person.text


def test_an_outcome_that_is_half_said_is_asked_about_and_chosen(server: Server) -> None:
    """属实 does not say what was done, 部分不属实 and 整改 say two things: nothing is closed by a guess."""
    reporter, receipt, number, lead = reported_to_its_lead(server)
    lead.say(f"案件 {number[0]}", "受理")
    assert "没有写怎么处理" in lead.say("办结 属实")
    assert "两种说法" in lead.say("办结 部分不属实，违规宣传已整改")
    assert "已办结" not in reporter.say(receipt)
    choice = next(b for b in lead.reply["buttons"] if b["title"] == "已责令整改并落实")
    assert f"{number[0]} 已办结" in lead.say(choice["payload"])
    reply = reporter.say(receipt)
    assert "已责令整改并落实。部分不属实，违规宣传已整改" in reply


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("未发现涉嫌犯罪，已责令整改", "rectified"),
        ("不构成犯罪，不予移送，已处罚", "handled"),
        ("整改不到位，已取缔", "handled"),
        ("查无实据", "unfounded"),
        ("查无此企业", "untraceable"),
        ("属实，罚款5万元，已移送公安", "police"),
        ("情况属实但不属于本次整治范围", "elsewhere"),
        ("经查举报不实，不存在违规放贷", "unfounded"),
        ("处理不了", ""),
        ("排除涉嫌犯罪", ""),
        ("属实，未处置", ""),
        ("既移送公安又无法核查", ""),
    ],
)
def test_an_outcome_is_read_with_its_denials(message: str, outcome: str) -> None:
    assert read_outcome(message).outcome == outcome


def test_a_receipt_is_shown_where_a_report_was_begun_and_submitted_elsewhere(server: Server) -> None:
    here, there = Person(server), Person(server)
    code = re.search(CODE, here.say(STORY))
    assert code
    there.say(code[0])
    receipt = reported(there, "网站是www.p9.example")
    assert "您的举报（JB-" in here.say(receipt)
    assert "已补充到" in here.say("他们换了收款账户")
