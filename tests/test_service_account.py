"""公众号: callbacks sealed by Tencent's own package to a running server, and a far end with its limits and faults."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from bot.channels.tencent.service_account import AFTER_EVENT
from casework.desk.account import Role
from tests.conftest import QuickServer, Server, command, server_of_its_own
from tests.lengths import length, long
from tests.messengers import FIVE, Behind, assert_answered_in_order, photo
from tests.postgres import new_database
from tests.talk import SHORT
from tests.tencent import (
    AES_KEY,
    APP_ID,
    TOKEN,
    Caller,
    Follower,
    Oracle,
    Standing,
    Tencent,
    fields_of,
    of_service_account,
    wait_until_all_is_sent,
)
from tests.test_evidence import WAV
from tests.test_tip_off import STORY, SUBMIT

PATH = "/service-account"


@pytest.fixture(scope="module")
def server(tencent: Tencent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = of_service_account(tencent, service_account_template="template-1")
    with server_of_its_own(tmp_path_factory.mktemp("service"), QuickServer, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def caller(oracle: Oracle, server: Server) -> Caller:
    return Caller(oracle, server.url, PATH, APP_ID)


@pytest.fixture
def person(tencent: Tencent, caller: Caller) -> Follower:
    tencent.faults.clear()
    return Follower(tencent, caller)


def enclosed(sealed: str) -> str:
    return f"<xml><Encrypt>{sealed}</Encrypt></xml>"


def test_a_question_is_answered_within_the_callback(person: Follower) -> None:
    reply = person.say("P2P能不能搞资金池")
    assert person.shown[0]["passive"]
    assert "不得设立资金池" in reply
    assert "依据 二（一）1：https://zhengzhi.example/plan#c2-1-1" in reply
    assert "回复数字即可：\n1. 查看整条原文" in reply
    assert person.say("1").startswith("【二（一）1】1. P2P网络借贷平台")
    person.say("P2P谁牵头")
    assert "市政府金融办" in person.say("那股权众筹呢")


def test_a_report_with_a_photo_and_its_status(person: Follower, server: Server, tencent: Tencent) -> None:
    reply = person.say(STORY)
    assert reply.startswith("提示：您在微信上发的内容，微信自己也会保存")  # said before anything is told
    assert "怎么找到它" in reply and len(person.shown) == 1
    person.sends("image", photo(), PicUrl="http://mmbiz.qpic.cn/x")
    assert "已收到 1 个文件：照片.jpg" in person.last
    person.say("其余跳过")
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", person.say(SUBMIT))
    assert receipt
    store = Behind(server).cases
    case = store.by_receipt(receipt[0])
    assert case and [evidence.name for evidence in store.evidence(case)] == ["照片.jpg"]
    assert "已收到" in person.say(receipt[0])
    person.say("补充：门店已经关门，老板姓王")
    assert "门店已经关门" in "\n".join(note.text for note in store.notes(case, internal=False))


def test_a_self_check_gives_its_papers_as_links(person: Follower, server: Server) -> None:
    person.say("企业自查", *SHORT)
    person.say("确认如实填报并提交")
    assert "ZC-" in "\n".join(person.texts[-2:])
    links = dict(re.findall(r"^(.+?)：https://zhengzhi\.example(/full/[\w-]+)$", "\n".join(person.texts), re.M))
    assert any(name.startswith("企业自查信息表") for name in links)
    opened = [httpx.get(f"{server.url}{path}", timeout=60, follow_redirects=True) for path in links.values()]
    assert {answer.status_code for answer in opened} == {200}
    assert any(answer.content.startswith(b"%PDF-") for answer in opened)


def test_an_official_signs_in_and_is_reminded_after_48_hours_too(
    person: Follower, tencent: Tencent, server: Server
) -> None:
    behind = Behind(server)
    account = behind.accounts.add("zhou", "周明", "市公安局", Role.OFFICIAL)
    assert "登录成功：周明" in person.say(f"登录 {behind.accounts.invite(account)}")
    assert "任务" in person.say("我的任务")
    behind.tasks.tell(account.id, "任务提醒：评估七天后到期。")
    person.wait_for(3, seconds=20)
    assert person.last == "任务提醒：评估七天后到期。"
    tencent.people[person.id].standing = Standing()  # as two days later
    behind.tasks.tell(account.id, "任务提醒：清理整顿三天后到期，请报送进展情况。")
    notice = person.wait_for(4, seconds=20)[-1]
    assert notice["template"] == "template-1"
    assert notice["data"]["thing1"]["value"] == "任务提醒：清理整顿三天后到期，请报送进…"
    person.say("谢谢", replies=2)
    # One goes in the answer to the callback, the other by a request of its own: they arrive in either order.
    reminder, thanks = sorted(person.texts[-2:], key=lambda text: "不客气" in text)
    assert reminder == "任务提醒：清理整顿三天后到期，请报送进展情况。" and "不客气" in thanks
    assert sum("template" in shown for shown in person.shown) == 1


def test_a_crisis_is_told_where_to_turn(person: Follower) -> None:
    assert "110" in person.say("有人正在逼我转账，怎么办") or "96110" in person.last


def test_menu_codes_and_following(person: Follower) -> None:
    person.event("subscribe")
    assert "您好" in person.last
    person.event("CLICK", "企业自查")
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", "\n".join(person.texts))
    assert code
    person.say(*SHORT[:2])
    elsewhere = Follower(person.tencent, person.caller)
    elsewhere.event("subscribe", f"qrscene_resume_{code[0]}", Ticket="t")
    assert "第 3/" in "\n".join(elsewhere.texts)
    elsewhere.event("SCAN", "status", Ticket="t")  # in the middle of a question: it is no answer to it
    assert "刚才填写的已保存" in elsewhere.last and "回执码" in elsewhere.last
    assert "第 3/" in elsewhere.say("继续")
    have = len(elsewhere.shown)
    elsewhere.event("VIEW", "https://zhengzhi.example/plan")
    elsewhere.event("LOCATION", Latitude="34.6", Longitude="112.4", Precision="10")
    assert len(elsewhere.shown) == have


def test_speech_places_links_and_what_cannot_be_read(person: Follower, server: Server) -> None:
    person.sends("voice", WAV, Format="amr", Recognition="第三方支付谁牵头")
    assert "人民银行洛阳市中心支行" in person.last
    person.sends("voice", WAV, Format="amr", Recognition="")
    assert "转文字" in person.last
    person.brings(person.message("emoji"))
    assert "看不懂" in person.last
    have = len(person.shown)
    person.sends("voice", WAV, Format="amr", Recognition=STORY)  # a report that is begun by speaking
    person.wait_for(have + 2)
    person.wait_for_text("已收到 1 个文件：录音.amr")
    link = person.message("link", Title="金鼎财富骗局", Description="保本保息", Url="http://jinding.example/a")
    person.brings(link)
    at = person.message("location", Location_X="34.6", Location_Y="112.4", Scale="16", Label="洛阳市西工区中州中路1号")
    person.brings(at)
    assert "已收到 3 个文件" in person.last
    kept = Behind(server).handed_over(f"service_account:{person.id}")
    assert kept["链接 金鼎财富骗局.txt"] == "金鼎财富骗局\nhttp://jinding.example/a\n保本保息"
    assert kept["位置 洛阳市西工区中州中路1号.txt"] == "洛阳市西工区中州中路1号\n北纬 34.600000，东经 112.400000"
    asking = Follower(person.tencent, person.caller)  # with no report, a page that was read is what is asked about
    asking.brings(asking.message("link", Title="P2P谁牵头", Description="", Url="http://news.example/a"))
    assert "洛阳银监分局" in asking.last
    person.sends("video", b"")
    assert person.shown


STICKER = "【收到不支持的消息类型，暂无法显示】"


def test_a_sticker_and_a_face_are_nobodys_testimony(person: Follower) -> None:
    """WeChat gives them as texts."""
    assert "请打字告诉我" in person.say("[微笑]") and "看不懂" in person.say(STICKER)
    person.say("我要举报")
    assert "请用文字说明" in person.say("[微笑][玫瑰]") and "请用文字说明" in person.say("/::)")
    assert "看不懂" in person.say(STICKER)
    person.say("有个叫某某宝的骗了我3万元[流泪]")
    shown = person.say("看看填了什么")
    assert "发生了什么：有个叫某某宝的骗了我3万元[流泪]" in shown
    assert "微笑" not in shown and "不支持" not in shown
    person.say("取消", "确定")


def test_a_video_is_fetched_from_its_address(person: Follower, tencent: Tencent) -> None:
    person.say(STORY)
    media = tencent.add_media("v", f"{tencent.url}/video".encode(), "video_url")
    person.brings(person.message("video", MediaId=media, ThumbMediaId="t"))
    assert "已收到 1 个文件：视频.mp4" in person.last
    media = tencent.add_media("v", b"http://169.254.169.254/latest", "video_url")
    person.brings(person.message("video", MediaId=media, ThumbMediaId="t"))
    assert "没有取到" in person.last


def test_a_file_that_cannot_be_fetched_now_is_fetched_later(person: Follower, tencent: Tencent) -> None:
    person.say(STORY)
    tencent.faults["/cgi-bin/media/get"] = ["broken", -1]
    person.sends("image", photo())
    assert "暂时没有取到" in person.texts[1] and person.shown[1]["passive"]
    person.wait_for(3)
    assert "已收到 1 个文件" in person.last
    person.brings(person.message("image", MediaId="ended"))
    assert "请再发一次" in person.last


def test_a_message_that_comes_twice_is_answered_once_and_alike(person: Follower) -> None:
    message = person.message("text", Content="P2P谁牵头")
    first, second = person.caller.brings(message), person.caller.brings(message)
    assert first and "洛阳银监分局" in first
    assert second and re.sub(r"\d{10}", "", second) == re.sub(r"\d{10}", "", first)  # had the first been lost
    press = person._xml("event", Event="CLICK", EventKey="查举报进度")
    asked, again = person.caller.brings(press), person.caller.brings(press)
    assert asked and again and fields_of(asked)["Content"] == fields_of(again)["Content"]
    person.say("谢谢")
    assert len(person.shown) == 1  # nothing came besides


def test_what_comes_at_once_and_twice_is_answered_once(person: Follower) -> None:
    message = person.message("text", Content="第三方支付谁牵头")
    with ThreadPoolExecutor(4) as threads:
        replies = list(threads.map(lambda _: person.caller.post(message).text, range(4)))
    told = [person.caller.opened(reply) for reply in replies if reply != "success"]
    assert told and len({re.sub(r"\d{10}", "", reply) for reply in told}) == 1
    person.say("谢谢")
    assert len(person.shown) == 1


@long
def test_two_hundred_people_at_once(person: Follower, tencent: Tencent, caller: Caller) -> None:
    """Five messages each: every one answered once, and each person's in order."""
    people = [Follower(tencent, caller) for _ in range(length(40, 200))]

    def talks(one: Follower) -> None:
        for question in FIVE:
            one.brings(one.message("text", Content=question))

    with ThreadPoolExecutor(40) as threads:
        list(threads.map(talks, people))
    for one in people:
        one.wait_for(len(FIVE), seconds=60)
        assert_answered_in_order(one.texts)


@pytest.mark.parametrize("fault", [42001, 40001, 40014])
def test_a_token_that_ended_is_renewed_once(person: Follower, tencent: Tencent, server: Server, fault: int) -> None:
    account = Behind(server).accounts.add(f"renew{fault}", "李强", "市公安局", Role.OFFICIAL)
    Behind(server).accounts.bind(account, f"service_account:{person.id}")
    person.say("谢谢")
    tencent.end_tokens()
    before = tencent.asked["/cgi-bin/stable_token"]
    tencent.faults["/cgi-bin/message/custom/send"] = [fault]
    Behind(server).tasks.tell(account.id, "提醒一")
    person.wait_for(2, seconds=20)
    assert person.last == "提醒一"
    assert tencent.asked["/cgi-bin/stable_token"] - before == 1


@pytest.mark.parametrize("faults", [[-1], [-1, -1, -1, -1], [45009], ["broken"], [45047], [45015]])
def test_faults_of_the_far_end_lose_nothing(
    person: Follower, tencent: Tencent, server: Server, faults: list[int | str]
) -> None:
    account = Behind(server).accounts.add(f"fault{faults}", "李强", "市公安局", Role.OFFICIAL)
    Behind(server).accounts.bind(account, f"service_account:{person.id}")
    person.say("谢谢")
    tencent.faults["/cgi-bin/message/custom/send"] = list(faults)
    Behind(server).tasks.tell(account.id, "提醒一")
    until = time.monotonic() + 20
    while tencent.faults["/cgi-bin/message/custom/send"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    if faults[0] in (45047, 45015):  # nothing more until they write
        person.wait_for(2, seconds=20)
        assert "template" in person.shown[1]
        person.say("P2P谁牵头", replies=2)
        reminder, answer = sorted(person.texts[1:], key=lambda text: "洛阳银监分局" in text)
        assert reminder == "提醒一" and "洛阳银监分局" in answer
    else:
        person.wait_for(2, seconds=30)
        assert person.texts[1] == "提醒一"
    wait_until_all_is_sent(server, "service_account")
    assert person.texts.count("提醒一") == 1


def test_the_far_end_goes_away(person: Follower, tencent: Tencent, server: Server) -> None:
    account = Behind(server).accounts.add("away", "李强", "市公安局", Role.OFFICIAL)
    Behind(server).accounts.bind(account, f"service_account:{person.id}")
    person.say("谢谢")
    tencent.stop()
    Behind(server).tasks.tell(account.id, "提醒一")
    assert "洛阳银监分局" in person.say("P2P谁牵头")  # a reply in the callback needs nothing of the far end
    Behind(server).tasks.tell(account.id, "提醒二")
    tencent.start()
    until = time.monotonic() + 30
    while "提醒二" not in person.last:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert "".join(person.texts).count("提醒一") == "".join(person.texts).count("提醒二") == 1


def test_only_what_is_signed_and_sealed_for_us_is_heard(person: Follower, oracle: Oracle, server: Server) -> None:
    caller = person.caller
    message = person.message("text", Content="谢谢")
    sealed = oracle.ask("seal", key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", text=message, id=APP_ID)
    other = oracle.ask("seal", key=AES_KEY, text=message, id="wx-another")
    good = oracle.ask("seal", key=AES_KEY, text=message, id=APP_ID)
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'
    )
    inside = oracle.ask("seal", key=AES_KEY, text=bomb, id=APP_ID)
    bodies = [(enclosed(each), caller.query(each)) for each in (sealed, other, inside, good[:40])]
    bodies += [(enclosed(good), caller.query(good) | change) for change in (
        {"msg_signature": "0" * 40}, {"nonce": "other"}, {"timestamp": str(int(time.time()) - 10**6)})]  # fmt: skip
    bodies += [(bomb, caller.query("")), ("", caller.query("")), ("<xml>", {}), ("<a>" * 5000, {})]
    for body, query in bodies:
        answer = httpx.post(f"{server.url}{PATH}", params=query, content=body.encode(), timeout=30)
        assert answer.status_code == 403, (body[:60], answer.text)
        assert answer.json() == {"error": "只接受平台发来的消息。"}
    old = str(int(time.time()) - 10**6)
    signed = oracle.ask("sign", token=TOKEN, timestamp=old, nonce="n", sealed=good)
    query = {"msg_signature": signed, "timestamp": old, "nonce": "n"}
    answer = httpx.post(f"{server.url}{PATH}", params=query, content=enclosed(good), timeout=30)
    assert answer.status_code == 403
    assert person.say("P2P谁牵头") and len(person.shown) == 1


def test_the_address_is_proved(oracle: Oracle, server: Server) -> None:
    timestamp = str(int(time.time()))
    signed = oracle.ask("sign", token=TOKEN, timestamp=timestamp, nonce="n", sealed="")
    query = {"signature": signed, "timestamp": timestamp, "nonce": "n", "echostr": "5927782489442352469"}
    assert httpx.get(f"{server.url}{PATH}", params=query).text == "5927782489442352469"
    assert httpx.get(f"{server.url}{PATH}", params=query | {"signature": "0" * 40}).status_code == 403


def test_who_unfollows_is_signed_out_and_left_alone(person: Follower, server: Server) -> None:
    behind = Behind(server)
    account = behind.accounts.add("leaving", "赵云", "市公安局", Role.OFFICIAL)
    behind.accounts.bind(account, f"service_account:{person.id}")
    person.event("unsubscribe")
    assert behind.accounts.bound(f"service_account:{person.id}") is None
    assert not person.shown


def test_nothing_secret_is_logged(server: Server, person: Follower) -> None:
    person.say("我妈被一个叫金鼎财富的拉去投了20万")
    log = server.log.read_text()
    assert "公众号：已启用" in log
    for secret in ("service-account-secret", TOKEN, "jWmYm7qr5nMo", "access_token", "金鼎", person.id):
        assert secret not in log


# Servers of their own ---------------------------------------------------------------------------------------------


def test_an_account_that_may_only_reply_says_all_within_the_callback(
    oracle: Oracle, tencent: Tencent, tmp_path: Path
) -> None:
    settings = of_service_account(tencent, service_account_customer_messages="false")
    with server_of_its_own(tmp_path, QuickServer, **settings) as running:
        person = Follower(tencent, Caller(oracle, running.url, PATH, APP_ID))
        before = tencent.asked["/cgi-bin/message/custom/send"]
        person.say(STORY, "其余跳过", SUBMIT, "谢谢")
        assert len(person.shown) == 4 and all(shown["passive"] for shown in person.shown)
        reply = person.say("领导小组有哪些人")
        full = re.search(r"查看全文：https://zhengzhi\.example(/full/\S+)$", reply)
        if full:
            page = httpx.get(f"{running.url}{full[1]}")
            assert page.status_code == 200 and "王戈峰" in page.text
        assert httpx.get(f"{running.url}/full/nobody").status_code == 410
        assert tencent.asked["/cgi-bin/message/custom/send"] == before
        # What takes longer is met with silence, on which WeChat asks again; any other answer it shows as a fault.
        person.say(STORY)
        tencent.faults["/cgi-bin/media/get"] = ["slow"]
        picture, heard = person.message("image", MediaId=tencent.add_media("x", photo())), list[str]()
        while len(heard) < 3 and heard[-1:] in ([], ["silence"]):
            try:
                answer = person.caller.post(picture)
                heard.append(
                    person.caller.opened(answer.text) if answer.status_code == 200 else str(answer.status_code)
                )
            except httpx.TimeoutException:
                heard.append("silence")
        assert heard[0] == "silence" and "没有取到" in heard[-1], heard


def test_an_answer_that_was_on_its_way_when_the_process_died_is_given_once(
    oracle: Oracle, tencent: Tencent, tmp_path: Path
) -> None:
    """WeChat asks again; whoever was being answered is answered, or told to write again."""
    with server_of_its_own(tmp_path, QuickServer, **of_service_account(tencent)) as running:
        people = [Follower(tencent, Caller(oracle, running.url, PATH, APP_ID)) for _ in range(40)]

        def asks(one: Follower) -> None:
            message = one.message("text", Content="P2P谁牵头")
            one.tencent.people[one.id].standing = Standing(5, time.time() + 1000)
            for _ in range(200):  # as long as it takes to come back
                try:
                    answer = one.caller.post(message)
                except httpx.TransportError:
                    time.sleep(0.2)
                    continue
                if answer.status_code == 200:
                    if answer.text != "success":
                        told = fields_of(one.caller.opened(answer.text))
                        one.shown.append({"text": told["Content"], "passive": True})
                    return

        with ThreadPoolExecutor(40) as threads:
            asking = [threads.submit(asks, one) for one in people]
            until = time.monotonic() + 30
            while not any(one.shown for one in people):
                assert time.monotonic() < until
                time.sleep(0.001)
            running.restart()
            for each in asking:
                each.result(120)
        for one in people:
            one.wait_for(1, seconds=30)
        wait_until_all_is_sent(running, "service_account")
        # A reply that had gone out when the process died, before it noted so, is sent again; no other is.
        assert sum(len(one.shown) > 1 for one in people) <= len(people) / 3
        for one in people:
            assert len(set(one.texts)) == 1, one.texts
            assert re.search("洛阳银监分局|请再发一次", one.last)
        assert any("洛阳银监分局" in one.last for one in people)


def test_any_of_several_processes_takes_a_callback_and_they_share_a_token(oracle: Oracle, tmp_path: Path) -> None:
    far = Tencent()
    far.start()
    shared = of_service_account(far) | {"encryption_key": Fernet.generate_key().decode()}
    with ExitStack() as opened:
        opened.callback(far.stop)
        shared["database_url"] = opened.enter_context(new_database())
        servers = []
        for name in "ab":
            (tmp_path / name).mkdir()
            servers.append(opened.enter_context(server_of_its_own(tmp_path / name, QuickServer, **shared)))
        people = [Follower(far, Caller(oracle, servers[number % 2].url, PATH, APP_ID)) for number in range(8)]
        for person in people:
            person.brings(person.message("text", Content="P2P谁牵头"))
        for person in people:
            assert "洛阳银监分局" in person.wait_for(1)[0]["text"]
        assert {len(person.shown) for person in people} == {1}
        assert far.asked["/cgi-bin/stable_token"] == 1


def test_the_commands(tencent: Tencent, tmp_path: Path) -> None:
    environment = {f"ASSISTANT_{key.upper()}": value for key, value in of_service_account(tencent).items()}
    environment["ASSISTANT_DATA_DIR"] = str(tmp_path / "data")
    assert "可以使用" in command(environment, "tencent", "check", "service-account").stdout
    assert "菜单已发布" in command(environment, "tencent", "menu", "service-account").stdout
    menu = tencent.menus[-1]
    assert [entry["name"] for entry in menu["button"]] == ["问政策", "举报", "企业自查"]
    opened = [choice for entry in menu["button"] for choice in entry["sub_button"] if choice["type"] == "view"]
    assert {choice["url"].partition(".example")[0] for choice in opened} == {"https://zhengzhi"}
    code = command(environment, "tencent", "code", "service-account", "status", str(tmp_path / "code.png"))
    assert code.returncode == 0 and (tmp_path / "code.png").read_bytes().startswith(b"\x89PNG"), code.stderr
    wrong = command(environment, "tencent", "code", "service-account", "nonsense", str(tmp_path / "x.png"))
    assert wrong.returncode == 1 and "场景请用" in wrong.stderr
    environment["ASSISTANT_SERVICE_ACCOUNT_SECRET"] = "wrong-secret"
    refused = command(environment, "tencent", "check", "service-account")
    assert refused.returncode == 1 and "密钥不对" in refused.stderr and "wrong-secret" not in refused.stderr
    del environment["ASSISTANT_SERVICE_ACCOUNT_TOKEN"]
    half = command(environment, "tencent", "check", "service-account")
    assert half.returncode == 2 and "还要设置 ASSISTANT_SERVICE_ACCOUNT_TOKEN" in half.stderr


def test_what_an_event_allows_is_what_wechat_says() -> None:
    assert (AFTER_EVENT.messages, AFTER_EVENT.seconds) == (3, 60)
