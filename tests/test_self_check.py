"""Whole self-checks over the REST contract, in the words of the people who do them."""

from __future__ import annotations

import re
import uuid

import httpx
import pytest

from tests.conftest import Server
from tests.talk import CODE, FIRM, NUMBER, SHORT, SUBMIT, Person

LENDER = (
    "我们公司要做自查",
    "公司名称是洛阳金鼎财富信息科技有限公司，平台叫金鼎财富，法人张三，电话13837912345，注册资本五千万",
    "跳过",
    "一样",
    "洛阳市涧西区南昌路5号",
    "跟注册地一样",
    "软件开发；投资管理",
    "是的",
    "1",
    "两年都有",
    "去年三百来笔，两千万，一百五十人",
    "500笔，1.2亿，两千人",
    "都没有",
)


@pytest.fixture
def person(server: Server) -> Person:
    return Person(server)


def test_a_firm_without_internet_finance_has_a_short_form(person: Person) -> None:
    opening = person.say("我们公司要做自查")
    assert "第 1/12 题 · 企业名称" in opening
    assert person.custom["job"] == "self_check"
    review = person.say(*SHORT)
    assert "注册资本：5,000万元人民币" in review
    assert "红线" not in review
    assert "如实说明有关情况并提供有关文件、资料，不得拒绝、阻碍和隐瞒" in review
    assert person.clauses == ["四（二）1"]
    done = person.say(SUBMIT)
    assert re.search(NUMBER, done)
    assert "疑似违规 0 项，需核实 0 项，符合 1 项" in done
    assert person.custom["routes"] == ["市领导小组办公室", "涧西区政府"]


def test_a_clean_enterprise(person: Person) -> None:
    person.say("企业自查", *SHORT[:-1], "是", "4", "2016年", "1000笔，五亿，3万人")
    person.say(*["都没有"] * 9)
    assert "经营范围：计算机软件开发；商务信息咨询" in person.text
    done = person.say(SUBMIT)
    assert "疑似违规 0 项，需核实 0 项" in done
    assert person.custom["routes"] == ["人民银行洛阳市中心支行", "市领导小组办公室", "涧西区政府"]
    assert "非银行支付业务：人民银行洛阳市中心支行（非银行支付机构风险专项整治工作小组，三（二）1）" in done


def test_a_lender_with_five_red_lines_crossed(person: Person) -> None:
    person.say(*LENDER)
    assert "P2P网络借贷底线" in person.text
    person.say("2、4、6", "没有存管，3", "都没有", "4", "都没有", "都没有")
    done = person.say(SUBMIT)
    assert "疑似违规 5 项" in done
    assert "需核实 1 项" in done  # 投资管理 in the scope
    for words in ("设立资金池", "非法集资", "保本保息", "第三方存管", "误导性、虚假违法宣传"):
        assert words in done
    assert {"二（一）1", "二（一）3", "二（四）", "四（一）1"} <= set(person.clauses)
    assert person.custom["routes"] == ["洛阳银监分局", "市领导小组办公室", "涧西区政府"]
    assert "实施清理整顿：2016年10月20日前完成（还有 7 天，四（二）2）" in done
    assert "开展摸底排查：2016年7月10日前完成（已过 95 天，四（二）1）" in done
    report = person.file("自查数据.json").json()
    breaches = {finding["rule"] for finding in report["findings"] if finding["outcome"] == "疑似违规"}
    assert breaches == {"pool", "illegal_fundraising", "guaranteed_return", "no_custody", "false_advertising"}
    assert report["form"]["count_2015"] == {"value": 300, "shown": "约300"}


def test_ticking_a_forbidden_business_is_a_finding_whatever_is_said_later(person: Person) -> None:
    person.say("企业自查", *SHORT[:-1], "是", "首付贷", "2015年", "3笔，10万，3人", *["都没有"] * 5)
    done = person.say(SUBMIT)
    assert "疑似违规 1 项" in done
    assert "严禁各类机构开展“首付贷”性质的业务。" in done
    assert {"洛阳银监分局", "市住房城乡建设委"} <= set(person.custom["routes"])


def test_a_name_that_only_finance_may_use(person: Person) -> None:
    person.say("企业自查", "洛阳某某P2P理财基金管理有限公司", *SHORT[1:])
    done = person.say(SUBMIT)
    assert "疑似违规：企业名称使用了“P2P”“理财”“基金管理”字样" in done
    assert "四（一）1" in person.clauses


def test_questions_commands_and_corrections_in_between(person: Person) -> None:
    person.say("企业自查", FIRM, "跳过", "没有")
    assert "第 4/12 题 · 法定代表人" in person.text
    answer = person.say("P2P能不能搞资金池？")
    assert "不得设立资金池" in answer
    assert person.custom["job"] == "policy"
    assert person.clauses[0] == "二（一）1"
    assert "我们继续。\n第 4/12 题 · 法定代表人" in answer
    why = person.say("为什么要问这个")
    assert "为什么要问“法定代表人”" in why
    assert person.clauses == ["附件2"]
    assert "第 3/12 题 · 平台名称" in person.say("上一题")
    assert "现在填的是：无" in person.text
    assert "平台名称 某某通" in person.say("某某通")
    assert "第 4/12 题" in person.text
    person.say("张三，13837912345")
    assert "第 6/12 题 · 实际控制人" in person.text
    assert "现在填的是：张三" in person.say("修改法定代表人")
    assert "已记录：法定代表人 张三丰" in person.say("张三丰")
    assert "已记录：法定代表人电话 0379 6331 2345" in person.say("法人电话改成0379-63312345")
    shown = person.say("看看填了什么")
    assert "法定代表人：张三丰" in shown
    assert "还有 7 题未填" in shown
    assert "直接用平常的话回答就可以" in person.say("帮助")
    assert "第 6/12 题" in person.say("继续")
    assert "您可以联系" in person.say("转人工")
    assert "还有 7 题没有填" in person.say(SUBMIT)


def test_what_does_not_look_like_a_question_belongs_to_the_form(person: Person) -> None:
    person.say("企业自查", FIRM, "跳过", "不让提现")
    assert "平台名称 不让提现" in person.text
    assert "第 4/12 题" in person.text


def test_skipped_questions_come_back_before_the_end(person: Person) -> None:
    person.say("企业自查", FIRM, "跳过", "没有", "跳过")
    assert "法定代表人：留到最后再填" in person.text
    person.say("13837912345", "李四", "13837912345", "五千万", "洛阳市涧西区南昌路5号", "一样", "跳过", "否")
    assert "第 4/12 题 · 法定代表人" in person.text
    assert "必填项" in person.say("跳过")
    assert "请核对" in person.say("张三")


def test_cancel_and_restart_ask_once(person: Person) -> None:
    person.say("企业自查", FIRM)
    assert "确定要取消吗" in person.say("取消")
    assert "已保留您填写的内容" in person.say("不")
    assert "确定要清空吗" in person.say("重新开始")
    assert "第 1/12 题" in person.say("确定")
    person.say(FIRM, "取消")
    assert "填写的内容已删除" in person.say("确定")
    assert person.say("P2P谁牵头").startswith("洛阳银监分局牵头P2P网络借贷")
    assert "没有未完成的填写" in person.say("继续")
    assert "不需要取消" in person.say("取消")


def test_a_draft_that_was_put_aside_is_cancelled_after_asking(person: Person) -> None:
    person.say("企业自查", FIRM, "先停一下")
    assert "您有一份没有提交的企业自查" in person.say("不想填了")
    assert "已保留您填写的内容" in person.say("不")
    person.say("先停一下", "取消")
    assert "填写的内容已删除" in person.say("确定")
    assert "没有未完成的填写" in person.say("继续")


def test_pause_restart_and_go_on(server: Server, person: Person) -> None:
    person.say("企业自查", FIRM, "跳过", "没有", "张三，13837912345")
    paused = person.say("先停一下")
    assert "草稿保留至" in paused
    assert person.say("P2P谁牵头").startswith("洛阳银监分局牵头P2P网络借贷")
    server.restart()
    resumed = person.say("继续")
    assert "接着上次的填写，第 6/12 题" in resumed
    assert "法定代表人：张三" in person.say("看看填了什么")
    person.say("先停一下")
    assert "接着上次的填写" in person.say("我要自查")


def test_going_on_from_another_channel_with_the_code(server: Server, person: Person) -> None:
    person.say("企业自查", FIRM, "跳过", "没有")
    code = re.search(CODE, person.say("先停一下"))
    assert code
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=60) as browser:
        browser.get("/")
        assert "第 4/12 题" in browser.post("/chat", data={"message": f"续填码{code[0].lower()}"}).text
        assert "法定代表人 张三" in browser.post("/chat", data={"message": "张三"}).text
    assert "第 5/12 题" in person.say("继续")
    stranger = Person(server)
    assert "没有找到这个码" in stranger.say("3333-4444-6666")
    assert "没有未完成的填写" in stranger.say("继续自查")
    assert "这里没有这份自查" in stranger.say("ZC-3333-4444")


def test_changing_the_kind_of_business_asks_only_what_is_new(person: Person) -> None:
    person.say(*LENDER, *["都没有"] * 6)
    assert "请核对" in person.text
    person.say("修改业务种类", "1、4")
    assert "已按您的情况调整后面的问题" in person.text
    assert "集团内关联交易" in person.text
    person.say("都没有", "都没有", "都没有", "都没有")
    assert "请核对" in person.text
    assert "否" in person.say("修改是否开展或参与互联网金融业务", "否")
    assert "P2P网络借贷底线" not in person.text


def test_ticking_one_by_one(person: Person) -> None:
    person.say(*LENDER[:8])
    assert "☐ 1. P2P网络借贷" in person.buttons
    person.say("勾选 1", "勾选 3", "勾选 1")
    assert "☑ 3. 互联网资产管理" in person.buttons
    assert "☐ 1. P2P网络借贷" in person.buttons
    assert "业务种类 互联网资产管理" in person.say("选好了")


def test_the_eighth_kind_asks_what_it_is_and_is_routed_by_it(person: Person) -> None:
    person.say(*LENDER[:8])
    assert "其他活动的说明" in person.say("8")
    person.say("帮几家公司代销互联网保险", "2016年", "不清楚", "不清楚", "不清楚")
    person.say("都没有", "都没有", "都没有", "都没有", "都没有", "都没有", "都没有")
    while "题 ·" in person.text:
        person.say("都没有")
    person.say(SUBMIT)
    assert person.custom["routes"][0] == "市保险业协会"


def test_a_submitted_self_check_stays_and_is_amended_beside_it(person: Person) -> None:
    person.say("企业自查", *SHORT)
    first = re.search(NUMBER, person.say(SUBMIT))
    assert first
    person.say("更正自查")
    assert f"正在更正 {first[0]}" in person.text
    assert "注册资本：5,000万元人民币" in person.text
    second = person.say("注册资本改成六千万", SUBMIT)
    assert "第 2 次填报" in second
    assert first[0] not in second
    assert first[0] in person.say(f"查看自查 {first[0]}")
    old = person.file("自查数据.json").json()
    assert old["form"]["capital"]["shown"] == "5,000万元人民币"
    listed = person.say("我的自查")
    assert len(re.findall(NUMBER, listed)) == 2


def test_two_submissions_of_one_draft_give_one_number(server: Server, person: Person) -> None:
    person.say("企业自查", *SHORT)
    code = re.search(CODE, person.say("先停一下"))
    assert code
    other = Person(server)
    other.say(code[0])
    person.say("继续")
    number = re.search(NUMBER, person.say(SUBMIT))
    assert number
    other.say(SUBMIT)
    assert other.custom["number"] == number[0]


def test_links_end_and_are_not_to_be_guessed(server: Server, person: Person) -> None:
    person.say("企业自查", *SHORT, SUBMIT)
    assert person.file("企业自查信息表.pdf").content.startswith(b"%PDF")
    assert person.reply["attachment"].startswith("/files/")
    token = person.custom["files"][0]["url"].split("/")[2]
    forged = httpx.get(f"{server.url}/files/{token[:-4]}AAAA/x.docx")
    assert forged.status_code == 410
    assert "重新获取" in forged.text


def test_the_browser_that_filled_it_in_may_open_its_papers_and_no_other(server: Server) -> None:
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=60) as browser:
        browser.get("/")
        for message in ("企业自查", *SHORT, SUBMIT):
            page = browser.post("/chat", data={"message": message}, headers={"x-requested-with": "fetch"}).text
        link = re.search(r'href="(/files/[^"]+\.docx)"', page)
        code = re.search(CODE, page)
        assert link
        assert code
        assert browser.get(link[1]).headers["content-disposition"].startswith("attachment")
    stranger = httpx.get(f"{server.url}{link[1]}")
    assert stranger.status_code == 403
    assert "自查码" in stranger.text
    by_code = httpx.post(f"{server.url}/self-check", data={"code": code[0]})
    assert "受理编号" in by_code.text
    match = re.search(r'href="(/files/[^"]+\.json)"', by_code.text)
    assert match
    assert httpx.get(f"{server.url}{match[1]}").json()["form"]["company"]["value"] == FIRM
    assert httpx.post(f"{server.url}/self-check", data={"code": "3333-4444-6666"}).status_code == 404


def test_names_and_numbers_of_the_enterprise_are_kept_sealed(server: Server) -> None:
    from tests.conftest import DATA

    person = Person(server, uuid.uuid4().hex)
    person.say("企业自查", *SHORT, SUBMIT)
    code = re.search(CODE, person.text)
    assert code
    for path in [*DATA.glob("cases.db*"), *DATA.glob("conversations.db*"), server.log]:
        content = path.read_bytes()
        for secret in (FIRM, "13837912345", "+8613837912345", "南昌路", code[0], person.sender):
            assert secret.encode() not in content, (path.name, secret)
    assert FIRM not in httpx.get(f"{server.url}/metrics").text
