"""企业微信 for officials, 微信客服 for the public: callbacks to a running server, a far end with limits and faults."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from bot.channels.outbox import Outbox
from casework.desk.account import Role
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import QuickServer, Server, command, server_of_its_own
from tests.lengths import length, long
from tests.messengers import FIVE, Behind, assert_answered_in_order, photo
from tests.postgres import new_database
from tests.talk import SHORT
from tests.tencent import (
    AES_KEY,
    AGENT,
    CORP_ID,
    CORP_SECRET,
    KF,
    KF_SECRET,
    TOKEN,
    Caller,
    Citizen,
    Member,
    Oracle,
    Standing,
    Tencent,
    of_wecom,
    wait_until_all_is_sent,
    xml,
)
from tests.test_evidence import WAV
from tests.test_tip_off import STORY, SUBMIT

PATH = "/wecom"
APP_SEND, KF_SEND, KF_READ = "/cgi-bin/message/send", "/cgi-bin/kf/send_msg", "/cgi-bin/kf/sync_msg"


@pytest.fixture(scope="module")
def server(tencent: Tencent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_of_its_own(tmp_path_factory.mktemp("wecom"), QuickServer, **of_wecom(tencent)) as running:
        yield running


@pytest.fixture(scope="module")
def caller(oracle: Oracle, server: Server) -> Caller:
    return Caller(oracle, server.url, PATH, CORP_ID)


@pytest.fixture
def member(tencent: Tencent, caller: Caller) -> Member:
    tencent.faults.clear()
    return Member(tencent, caller)


@pytest.fixture
def citizen(tencent: Tencent, caller: Caller) -> Citizen:
    tencent.faults.clear()
    return Citizen(tencent, caller)


def waiting_for(server: Server, place: str, count: int) -> None:
    """Until so many messages wait for somebody."""
    settings = ActionSettings(data_dir=server.settings["data_dir"])
    outbox, until = Outbox(settings.data_dir / "outbox.db", load_encryptor(settings)), time.monotonic() + 30
    while len(outbox.waiting(place)) < count:
        assert time.monotonic() < until
        time.sleep(0.05)
    outbox.close()


# The application, for officials -------------------------------------------------------------------------------------


def test_an_officials_day(member: Member, server: Server, tencent: Tencent) -> None:
    behind = Behind(server)
    account = behind.accounts.add("zhou", "周明", "市公安局", Role.OFFICIAL)
    assert "登录" in member.say("我的任务")
    assert "登录成功：周明" in member.say(f"登录 {behind.accounts.invite(account)}")
    assert behind.accounts.bound(f"wecom:{member.id}") == account
    assert "任务" in member.say("我的任务")
    assert "案件" in member.say("我的案件")
    behind.tasks.tell(account.id, "任务提醒：评估七天后到期。")
    member.wait_for(5, seconds=20)
    assert member.last == "任务提醒：评估七天后到期。"
    member.caller.brings(member.message("text", Content="本周统计"))
    picture = member.wait_for(7)[-1]
    assert picture["content"].startswith(b"\x89PNG")
    have = len(member.shown)
    member.caller.brings(member.message("event", Event="click", EventKey="日历"))
    calendar = [shown for shown in member.wait_for(have + 2) if "file" in shown or "ics" in shown.get("text", "")]
    assert calendar
    assert "洛阳银监分局" in member.say("P2P谁牵头")


def test_files_and_speech_of_a_member(member: Member, server: Server, tencent: Tencent) -> None:
    member.say(STORY)
    message = member.message("image", MediaId=tencent.add_media("x.jpg", photo()), PicUrl="http://p")
    member.caller.brings(message)
    member.wait_for(2)
    assert "已收到 1 个文件：照片.jpg" in member.last
    member.caller.brings(member.message("voice", MediaId=tencent.add_media("x.amr", WAV), Format="amr"))
    member.wait_for(3)
    assert "已收到 2 个文件" in member.last
    member.caller.brings(member.message("link", Title="骗局", Description="d", Url="http://jinding.example"))
    member.wait_for(4)
    assert "已收到 3 个文件" in member.last
    member.caller.brings(member.message("location", Location_X="1", Location_Y="2", Scale="3", Label="洛阳市西工区"))
    member.wait_for(5)
    kept = Behind(server).handed_over(f"wecom:{member.id}")
    assert kept["链接 骗局.txt"] == "骗局\nhttp://jinding.example\nd"
    assert kept["位置 洛阳市西工区.txt"].startswith("洛阳市西工区\n北纬 1.0")
    member.caller.brings(member.message("event", Event="enter_agent", EventKey=""))
    assert "不客气" in Member(tencent, member.caller).say("谢谢")
    assert len(member.shown) == 5


def test_a_file_that_the_platform_has_deleted_is_asked_for_again(member: Member, citizen: Citizen) -> None:
    member.caller.brings(member.message("image", MediaId="ended", PicUrl="http://p"))
    member.wait_for(1)
    citizen.sends("image", media_id="ended")
    citizen.wait_for(1)
    assert "请再发一次" in member.last and "请再发一次" in citizen.last
    assert "洛阳银监分局" in member.say("P2P谁牵头") and "洛阳银监分局" in citizen.say("P2P谁牵头")


@pytest.mark.parametrize("faults", [[42001], [40014], [-1], [-1, -1, -1, -1], [45009], [60020], ["broken"], ["lost"]])
def test_faults_of_the_far_end_lose_and_double_nothing(
    member: Member, tencent: Tencent, faults: list[int | str]
) -> None:
    tencent.faults[APP_SEND], before = list(faults), tencent.asked[APP_SEND]
    assert "洛阳银监分局" in member.say("P2P谁牵头")
    until = time.monotonic() + 30
    while tencent.faults[APP_SEND]:
        assert time.monotonic() < until
        time.sleep(0.05)
    if faults == ["lost"]:  # was shown, and nobody told us: it is sent again and shows once
        while tencent.asked[APP_SEND] < before + 2:
            assert time.monotonic() < until
            time.sleep(0.05)
    member.say("谢谢")
    assert len(member.shown) == 2


def test_who_left_is_signed_out(member: Member, server: Server) -> None:
    behind = Behind(server)
    gone = Member(member.tencent, member.caller)
    gone.id = f"gone{gone.id}"
    account = behind.accounts.add("gone", "赵云", "市公安局", Role.OFFICIAL)
    behind.accounts.bind(account, f"wecom:{gone.id}")
    gone.caller.brings(gone.message("text", Content="谢谢"))
    until = time.monotonic() + 20
    while behind.accounts.bound(f"wecom:{gone.id}"):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_address_is_proved_and_forgeries_are_refused(member: Member, oracle: Oracle, server: Server) -> None:
    caller = member.caller
    echo = oracle.ask("seal", key=AES_KEY, text="1616140317555161061", id=CORP_ID)
    query = caller.query(echo) | {"echostr": echo}
    assert httpx.get(f"{server.url}{PATH}", params=query).text == "1616140317555161061"
    assert httpx.get(f"{server.url}{PATH}", params=query | {"msg_signature": "0" * 40}).status_code == 403
    foreign = oracle.ask("seal", key=AES_KEY, text=member.message("text", Content="谢谢"), id="ww-other")
    answer = caller.http.post(PATH, params=caller.query(foreign), content=xml(Encrypt=foreign).encode())
    assert answer.status_code == 403 and answer.json() == {"error": "只接受平台发来的消息。"}
    member.id = "a|b"  # several people in one
    assert caller.brings(member.message("text", Content="谢谢")) is None
    assert not member.shown


# 微信客服, for the public ------------------------------------------------------------------------------------------


def test_a_question_with_real_buttons(citizen: Citizen) -> None:
    reply = citizen.say("P2P能不能搞资金池")
    assert "不得设立资金池" in reply
    assert "查看整条原文" in [item["content"] for item in citizen.shown[-1]["items"]]
    assert "回复数字" not in reply
    assert "【二（一）1】1. P2P网络借贷平台" in citizen.taps("查看整条原文")
    citizen.say("P2P谁牵头")
    assert "市政府金融办" in citizen.say("那股权众筹呢")


def test_who_comes_in_is_greeted_by_where_they_came_from(citizen: Citizen, tencent: Tencent) -> None:
    citizen.enters()
    citizen.wait_for(1)
    assert "您好" in citizen.last and citizen.shown[0]["items"]
    other = Citizen(tencent, citizen.caller)
    other.enters("status")
    other.wait_for(1)
    assert "回执码" in other.last
    assert other.say("谢谢") and len(other.shown) == 2
    reporter = Citizen(tencent, citizen.caller)  # a greeting is one message: the note and the first question are in it
    reporter.enters("report")
    reporter.wait_for(1)
    assert "提示：您在微信上发的内容" in reporter.last and re.search(r"第 1/\d+ 题", reporter.last)
    assert re.search(r"第 [2-9]/\d+ 题", reporter.say(STORY)) and len(reporter.shown) == 2


def test_a_report_with_files_and_its_status(citizen: Citizen, server: Server, tencent: Tencent) -> None:
    citizen.sends("text", content=STORY)
    citizen.wait_for(2)
    have = len(citizen.shown)
    assert have == 2 and citizen.texts[0].startswith("提示：您在微信上发的内容") and citizen.shown[1]["items"]
    citizen.sends("image", media_id=tencent.add_media("a.jpg", photo(), "image/jpeg"))
    citizen.wait_for(have + 1)
    assert "已收到 1 个文件：照片.jpg" in citizen.last
    citizen.sends("file", media_id=tencent.add_media("借款合同.pdf", b"%PDF-1.4\n%%EOF"))
    citizen.wait_for(have + 2)
    assert "借款合同.pdf" in citizen.last
    citizen.sends("voice", media_id=tencent.add_media("v.amr", WAV))
    citizen.wait_for(have + 3)
    citizen.sends("video", media_id="ended")
    citizen.wait_for(have + 4)
    assert "请再发一次" in citizen.last
    citizen.sends("link", title="骗局", desc="", url="http://jinding.example", pic_url="")
    citizen.wait_for(have + 5)
    citizen.sends("location", latitude=34.6, longitude=112.4, name="金鼎大厦", address="洛阳市西工区中州中路")
    citizen.wait_for(have + 6)
    citizen.sends("business_card", userid="zhangsan")
    citizen.wait_for(have + 7)
    citizen.sends("miniprogram", title="金鼎理财", appid="wx123", pagepath="a", thumb_media_id="t")
    citizen.wait_for(have + 8)
    kept = Behind(server).handed_over(f"kf:{KF}/{citizen.id}")
    assert kept["链接 骗局.txt"] == "骗局\nhttp://jinding.example"
    assert kept["位置 金鼎大厦.txt"] == "金鼎大厦\n洛阳市西工区中州中路\n北纬 34.600000，东经 112.400000"
    assert kept["名片.txt"] == "账号：zhangsan"
    assert kept["链接 金鼎理财.txt"] == "金鼎理财\nwx123"
    words = json.dumps({"text": {"content": "保本保息"}})
    said = {"send_time": 1, "sender_name": "业务员", "msgtype": "text", "msg_content": words}
    seen = {"send_time": 2, "sender_name": "张三", "msgtype": "image", "msg_content": "…"}
    citizen.sends("merged_msg", title="聊天记录", item=[said, seen])
    citizen.wait_for(have + 9)
    conversation = Behind(server).handed_over(f"kf:{KF}/{citizen.id}")["转发 聊天记录.txt"]
    assert "业务员：保本保息" in conversation and "张三：［image］" in conversation
    citizen.sends("note")
    citizen.wait_for(have + 10)
    assert "看不懂" in citizen.last
    citizen.say("其余跳过", SUBMIT)
    receipt = citizen.wait_for_text(r"\d{4} \d{4} \d{4} \d{4}")
    store = Behind(server).cases
    case = store.by_receipt(receipt)
    assert case and len(store.evidence(case)) == 8
    assert "已收到" in citizen.say(receipt)


def test_what_is_quoted_and_a_face_are_no_testimony(citizen: Citizen, member: Member) -> None:
    for person in (citizen, member):
        person.say("我要举报")
        assert "请用文字说明" in person.say("[微笑]")
        person.say("这是一条引用/回复消息：\n“政务助手：\n请说说发生了什么”\n------\n有个叫某某宝的骗了我3万元")
        shown = person.say("看看填了什么")
        assert "发生了什么：有个叫某某宝的骗了我3万元" in shown and "引用" not in shown
        person.say("取消", "确定")


def test_who_takes_a_message_back_is_told_what_that_does_not_undo(citizen: Citizen) -> None:
    event = {"event_type": "user_recall_msg", "open_kfid": KF, "external_userid": citizen.id, "recall_msgid": "m1"}
    citizen.say("P2P谁牵头")
    citizen._told("event", event, 4)  # no report: nothing of it was kept
    citizen.say("谢谢")
    assert len(citizen.shown) == 2
    citizen.sends("text", content=STORY)
    citizen.wait_for(4)
    citizen._told("event", event, 4)
    citizen.calls()
    citizen.wait_for(5)
    assert "撤回删不掉它" in citizen.last and "取消" in citizen.last


def test_what_is_said_aloud_after_the_report_goes_to_it(citizen: Citizen, server: Server, tencent: Tencent) -> None:
    citizen.sends("text", content=STORY)
    citizen.wait_for(2)
    citizen.say("其余跳过", SUBMIT)
    case = Behind(server).cases.by_receipt(citizen.wait_for_text(r"\d{4} \d{4} \d{4} \d{4}"))
    assert case
    citizen.sends("voice", media_id=tencent.add_media("v.amr", WAV))
    citizen.wait_for_text("已补充到举报")
    assert [evidence.name for evidence in Behind(server).cases.evidence(case)] == ["录音.amr.wav"]
    other = Citizen(tencent, citizen.caller)  # who has no report is asked for words
    other.sends("voice", media_id=tencent.add_media("v.amr", WAV))
    other.wait_for_text("转文字")
    assert Behind(server).cases.drafts_of(f"kf:{KF}/{other.id}", "tip_off") == []


def test_what_wechat_did_not_show_is_said_when_they_write_again(citizen: Citizen, tencent: Tencent) -> None:
    citizen.say("P2P谁牵头")
    have = len(citizen.shown)
    event = {"event_type": "msg_send_fail", "open_kfid": KF, "external_userid": citizen.id, "fail_msgid": "a"}
    for _ in range(2):  # the second may well be about what told of the first
        citizen._told("event", {**event, "fail_type": 6}, 4)
    citizen.calls()
    citizen.say("谢谢", replies=2)
    lost, thanks = citizen.texts[have:]
    assert "没有显示出来" in lost and "再发一次" in lost and "不客气" in thanks
    refused = Citizen(tencent, citizen.caller)
    refused.say("P2P谁牵头")
    refused._told("event", {**event, "external_userid": refused.id, "fail_type": 10}, 4)  # they turned us off
    refused.calls()
    refused.say("谢谢")
    assert len(refused.shown) == 2


def test_what_wechat_does_not_take_is_said_to_be_missing(citizen: Citizen, member: Member, tencent: Tencent) -> None:
    for path, one in ((KF_SEND, citizen), (APP_SEND, member)):
        tencent.faults[path] = [45002]
        assert "没有收下，没能显示" in one.say("P2P谁牵头")
        assert "不客气" in one.say("谢谢") and len(one.shown) == 2


def test_a_week_of_reminders_keeps_no_answer_back(citizen: Citizen, server: Server, tencent: Tencent) -> None:
    behind = Behind(server)
    account = behind.accounts.add("week-by-kf", "李强", "市公安局", Role.OFFICIAL)
    behind.accounts.bind(account, f"kf:{KF}/{citizen.id}")
    reminders = [f"任务提醒：第{number}项三天后到期。" for number in range(9)]
    for text in reminders:
        behind.tasks.tell(account.id, text)
    waiting_for(server, f"kf:{KF}/{citizen.id}", len(reminders))
    citizen.sends("text", content="P2P谁牵头")
    citizen.wait_for_text("洛阳银监分局")
    said = "\n".join(citizen.texts)
    assert len(citizen.shown) <= 5 and [said.count(text) for text in reminders] == [1] * len(reminders)


def test_a_self_check_gives_its_papers_in_five_messages(citizen: Citizen, server: Server) -> None:
    citizen.sends("text", content="企业自查")
    citizen.wait_for(2)
    wait_until_all_is_sent(server, "kf")
    for answer in SHORT:
        citizen.say(answer)
    wait_until_all_is_sent(server, "kf")
    have = len(citizen.shown)
    citizen.sends("text", content="确认如实填报并提交")
    shown = citizen.wait_for(have + 5)[have:]
    files = [each for each in shown if "file" in each]
    names = [each["file"] for each in files]
    with zipfile.ZipFile(
        io.BytesIO(next(each["content"] for each in files if each["file"].endswith(".zip")))
    ) as bundle:
        names += bundle.namelist()
    assert "企业自查信息表.docx" in names and "企业自查信息表.pdf" in names and len(set(names)) == len(names)
    assert citizen.say("谢谢") and len(citizen.shown) == have + 6


def test_a_crisis_is_told_where_to_turn(citizen: Citizen) -> None:
    assert re.search("110", citizen.say("有人正在逼我转账，怎么办"))


def test_a_callback_that_comes_twice_or_never_changes_nothing(citizen: Citizen, tencent: Tencent) -> None:
    citizen.sends("text", content="第三方支付谁牵头")
    citizen.calls()
    citizen.calls()
    citizen.wait_for(1)
    citizen._told("text", {"content": "P2P谁牵头"}, 3)  # its own callback is lost; the next brings it too
    citizen._told("text", {"content": "我来处理"}, 5)  # a colleague wrote by hand
    citizen.say("谢谢", replies=2)
    assert len(citizen.shown) == 3
    for text, holds in zip(citizen.texts, ("人民银行洛阳市中心支行", "洛阳银监分局", "不客气"), strict=True):
        assert holds in text


@pytest.mark.parametrize(
    "faults", [[42001], [-1], [-1, -1, -1, -1], ["broken"], ["lost"], ["slow"], [95001], [45047], [45015]]
)
def test_faults_when_sending_lose_and_double_nothing(
    citizen: Citizen, tencent: Tencent, faults: list[int | str]
) -> None:
    tencent.faults[KF_SEND] = list(faults)
    citizen.sends("text", content="P2P谁牵头")
    until = time.monotonic() + 30
    while tencent.faults[KF_SEND]:
        assert time.monotonic() < until
        time.sleep(0.05)
    if faults[0] in (95001, 45047, 45015):  # until they write again
        citizen.say("谢谢", replies=2)
    else:
        citizen.wait_for(1)
        citizen.say("谢谢")
    assert len(citizen.shown) == 2
    assert "洛阳银监分局" in citizen.texts[0] and "不客气" in citizen.texts[1]


@pytest.mark.parametrize("faults", [[42001], [-1, -1, -1, -1], ["broken"], [95007]])
def test_faults_when_reading_lose_nothing(citizen: Citizen, tencent: Tencent, faults: list[int | str]) -> None:
    tencent.faults[KF_READ] = list(faults)
    assert "洛阳银监分局" in citizen.say("P2P谁牵头")
    assert len(citizen.shown) == 1


def test_after_48_hours_nothing_is_tried_until_they_write(citizen: Citizen, server: Server, tencent: Tencent) -> None:
    behind, place = Behind(server), f"kf:{KF}/{citizen.id}"
    account = behind.accounts.add("by-kf", "李强", "市公安局", Role.OFFICIAL)
    behind.accounts.bind(account, place)
    citizen.say("谢谢")
    tencent.faults[KF_SEND] = [95001]  # no more than this is asked
    for number in range(6):
        behind.tasks.tell(account.id, f"提醒{number}")
        waiting_for(server, place, number + 1)
    assert len(citizen.shown) == 1
    asked = tencent.asked[KF_SEND]
    citizen.sends("text", content="P2P谁牵头")
    citizen.wait_for_text("洛阳银监分局")
    text = "".join(citizen.texts)
    assert [text.count(f"提醒{number}") for number in range(6)] == [1] * 6
    assert len(citizen.shown) - 1 == tencent.asked[KF_SEND] - asked <= 5  # all that waited, and the answer


@long
def test_two_hundred_people_at_once(citizen: Citizen, tencent: Tencent, caller: Caller) -> None:
    people = [Citizen(tencent, caller) for _ in range(length(40, 200))]

    def talks(one: Citizen) -> None:
        for question in FIVE:
            one.sends("text", content=question)

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(talks, people))
    for one in people:
        one.wait_for(len(FIVE), seconds=180)
    for one in people:
        assert_answered_in_order(one.texts)


@long
def test_two_hundred_members_at_once(member: Member, tencent: Tencent, caller: Caller) -> None:
    people = [Member(tencent, caller) for _ in range(length(40, 200))]

    def talks(one: Member) -> None:
        for question in FIVE:
            caller.brings(one.message("text", Content=question))

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(talks, people))
    for one in people:
        one.wait_for(len(FIVE), seconds=180)
    for one in people:
        assert_answered_in_order(one.texts)


def test_nothing_secret_is_logged(server: Server, citizen: Citizen) -> None:
    citizen.say("我妈被一个叫金鼎财富的拉去投了20万")
    log = server.log.read_text()
    assert "企业微信：已启用" in log and "微信客服：已启用" in log
    for secret in (CORP_SECRET, KF_SECRET, TOKEN, AES_KEY, "access_token", "金鼎", citizen.id):
        assert secret not in log


# Servers of their own ---------------------------------------------------------------------------------------------


@contextmanager
def of_its_own(oracle: Oracle, folder: Path) -> Iterator[tuple[Tencent, QuickServer, Caller]]:
    """A far end, a server that speaks to it, and who brings that its callbacks."""
    far = Tencent()
    far.start()
    try:
        with server_of_its_own(folder, QuickServer, **of_wecom(far)) as running:
            yield far, running, Caller(oracle, running.url, PATH, CORP_ID)
    finally:
        far.stop()


def test_an_accounts_past_is_not_answered(oracle: Oracle, tmp_path: Path) -> None:
    """However many pages it has, and though reading breaks off in its middle."""
    with of_its_own(oracle, tmp_path) as (far, running, caller):
        past = [Citizen(far, caller) for _ in range(8)]
        for one in past:
            one._told("text", {"content": "P2P谁牵头"}, 3)["send_time"] -= 3600
            far.people[one.id].standing = Standing(5, time.time() + 10_000)
        far.faults[KF_READ] = ["well", 45009]  # the first page, and the second is not to be had
        assert "洛阳银监分局" in Citizen(far, caller).say("P2P谁牵头")
        wait_until_all_is_sent(running, "kf", "kf_sync")
        assert [one.texts for one in past] == [[]] * 8


def test_killed_in_the_middle_everybody_is_answered_once(oracle: Oracle, tmp_path: Path) -> None:
    with of_its_own(oracle, tmp_path) as (far, running, caller):
        citizens = [Citizen(far, caller) for _ in range(60)]
        for citizen in citizens:
            citizen._told("text", {"content": "P2P谁牵头"}, 3)
            far.people[citizen.id].standing = Standing(5, time.time() + 10_000)
        citizens[0].calls()
        members = [Member(far, caller) for _ in range(20)]
        for member in members:
            caller.brings(member.message("text", Content="P2P谁牵头"))
        unanswered = [person for person in (*citizens, *members) if not person.shown]
        running.restart()
        assert unanswered, "killed too late to show anything"
        for person in (*citizens, *members):
            person.wait_for(1, seconds=60)
        wait_until_all_is_sent(running, "kf", "kf_sync", "wecom")
        for person in (*citizens, *members):
            assert len(person.shown) == 1, person.texts
            assert re.search("洛阳银监分局|请再发一次", person.last)
        answered = sum("洛阳银监分局" in person.last for person in (*citizens, *members))
        assert answered > (len(citizens) + len(members)) / 2


def test_any_of_several_processes_takes_a_callback(oracle: Oracle, tmp_path: Path) -> None:
    far = Tencent()
    far.start()
    shared = of_wecom(far) | {"encryption_key": Fernet.generate_key().decode()}
    with ExitStack() as opened:
        opened.callback(far.stop)
        shared["database_url"] = opened.enter_context(new_database())
        callers = []
        for name in "ab":
            (tmp_path / name).mkdir()
            running = opened.enter_context(server_of_its_own(tmp_path / name, QuickServer, **shared))
            callers.append(Caller(oracle, running.url, PATH, CORP_ID))
        for caller in callers:
            citizen, member = Citizen(far, caller), Member(far, caller)
            assert "洛阳银监分局" in citizen.say("P2P谁牵头")
            assert "洛阳银监分局" in member.say("P2P谁牵头")
        assert far.asked["/cgi-bin/gettoken"] == 2  # one each for the application and for 微信客服


def test_the_commands(tencent: Tencent, tmp_path: Path) -> None:
    environment = {f"ASSISTANT_{key.upper()}": value for key, value in of_wecom(tencent).items()}
    environment["ASSISTANT_DATA_DIR"] = str(tmp_path / "data")
    assert "可以使用" in command(environment, "tencent", "check", "kf").stdout
    assert "菜单已发布" in command(environment, "tencent", "menu", "wecom").stdout
    assert tencent.menus[-1]["for"] == str(AGENT)
    made = command(environment, "tencent", "code", "kf", "report", str(tmp_path / "code.svg"), "--kf", KF)
    assert made.returncode == 0 and "enc_scene=report" in made.stdout, made.stderr
    assert "<svg" in (tmp_path / "code.svg").read_text()
    environment["ASSISTANT_WECOM_AES_KEY"] = "short"
    wrong = command(environment, "tencent", "check", "wecom")
    assert wrong.returncode == 2 and "43 位" in wrong.stderr
