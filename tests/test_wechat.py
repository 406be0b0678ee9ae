"""WeChat with its real client library, against a real gateway with nobody's account behind it."""

from __future__ import annotations

import asyncio
import io
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from cryptography.fernet import Fernet
from PIL import Image
from pydantic import SecretStr

from bot.assembly import Assistant
from bot.channels.inbox import Brought, keep
from bot.channels.outbox import Outbox
from bot.channels.relay import Relay, in_group
from bot.channels.rendering import Part
from bot.channels.wechat import WeChat
from bot.channels.wechat_words import FACE, Words, own_words, passed_on, spoken
from bot.settings import Settings
from casework.desk.account import Role
from storage.encryption import Encryptor, load_encryptor
from storage.settings import ActionSettings
from tests.conftest import QuickServer, Server, server_of_its_own
from tests.lengths import length, long
from tests.messengers import FIVE, Behind, assert_answered_in_order, nothing_more_comes
from tests.talk import SHORT
from tests.test_tip_off import SUBMIT
from tests.wechat_gateway import TOKEN, Gateway, WeChatter

pytestmark = pytest.mark.skipif(not Gateway.there(), reason="没有 Node 或网关的软件包（见 tests/prepare_machine.sh）")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    started = Gateway(tmp_path_factory.mktemp("gateway") / "log")
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def server(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"wechat_endpoint": gateway.endpoint, "wechat_token": TOKEN, "wechat_per_second": "500"}
    limits |= {"public_url": "https://zhengzhi.example"}
    with server_of_its_own(tmp_path_factory.mktemp("wechat"), QuickServer, **limits) as running:
        gateway.wait_until_ready()
        yield running


@pytest.fixture
def person(gateway: Gateway, server: Server) -> WeChatter:
    return WeChatter(gateway)


def photo() -> bytes:
    """More than 20 KiB, so that the gateway keeps it to be fetched."""
    out = io.BytesIO()
    Image.frombytes("RGB", (200, 200), os.urandom(200 * 200 * 3)).save(out, "JPEG", quality=95)
    assert len(out.getvalue()) > 40_000
    return out.getvalue()


def test_a_question_with_its_clause_a_link_and_choices_by_number(person: WeChatter) -> None:
    reply = person.say("P2P能不能搞资金池")
    assert "不得设立资金池" in reply
    assert "依据 二（一）1：https://zhengzhi.example/plan#c2-1-1" in reply
    assert "回复数字即可：\n1. 查看整条原文\n2. 有用\n3. 没用，换一条" in reply
    assert person.say("回复 1").startswith("【二（一）1】1. P2P网络借贷平台")


def test_a_tip_off_with_a_photo_and_its_status(person: WeChatter, gateway: Gateway, server: Server) -> None:
    reply = person.say("我妈被一个叫金鼎财富的拉去投了20万", replies=2)
    assert "微信自己也会保存" in person.texts()[0]  # said before anything is told
    assert reply.endswith("也可以回复：跳过、上一题、为什么要问这个、先停一下")  # a number would be an answer here
    person.sends("现场照片.jpg", photo())
    person.wait_for(3)
    assert "已收到 1 个文件：现场照片.jpg" in person.last and person.last.endswith("发完请说“继续”。")
    assert "www.jinding.example" in person.say("www.jinding.example")
    person.say("其余跳过")
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", person.say(SUBMIT))
    assert receipt
    assert "已收到" in WeChatter(gateway).say(receipt[0])
    store = Behind(server).cases
    case = store.by_receipt(receipt[0])
    assert case and [evidence.name for evidence in store.evidence(case)] == ["现场照片.jpg"]


def test_a_self_check_begun_elsewhere_with_its_papers(person: WeChatter, gateway: Gateway, server: Server) -> None:
    first = WeChatter(gateway)
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", first.say("企业自查"))
    assert code
    first.say(*SHORT[:2])
    person.say(code[0])
    person.say(*SHORT[2:])
    assert "1. 确认如实填报并提交" in person.last
    have = len(person.heard())
    person.says("1")
    papers = {reply["file"]: person.content(reply) for reply in person.wait_for(have + 6)[have:] if "file" in reply}
    assert papers["企业自查信息表.docx"].startswith(b"PK")
    pdf = next(content for name, content in papers.items() if name.endswith(".pdf"))
    assert pdf.startswith(b"%PDF-") and len(pdf) > 20 * 1024  # sent up to the gateway in pieces


def test_an_official_signs_in_is_reminded_and_sees_a_chart(person: WeChatter, server: Server) -> None:
    behind = Behind(server)
    account = behind.accounts.add("zhou", "周明", "市公安局", Role.OFFICIAL)
    assert "登录成功：周明" in person.say(f"登录 {behind.accounts.invite(account)}")
    assert "任务" in person.say("1")  # 我的任务
    behind.tasks.tell(account.id, "任务提醒：评估七天后到期。")
    have = len(person.heard())
    person.wait_for(have + 1, seconds=20)
    assert person.last == "任务提醒：评估七天后到期。"
    person.says("本周统计")
    picture = person.wait_for(have + 3)[-1]
    assert person.content(picture).startswith(b"\x89PNG")


def test_petition_staff_get_their_explanation(person: WeChatter) -> None:
    reply = person.say("信访口径 平台跑路了群众要求政府赔钱怎么答")
    assert "依据" in reply


def test_a_new_friend_is_accepted_and_greeted(person: WeChatter, gateway: Gateway) -> None:
    gateway.asks("/befriend", **{"from": person.wxid})
    person.wait_for(1)
    assert "您好" in person.last
    assert f"f-{person.wxid}" in gateway.asks("/state")["accepted"]


def test_a_message_that_is_delivered_twice_is_answered_once(person: WeChatter, gateway: Gateway) -> None:
    person.say("第三方支付谁牵头")
    gateway.asks("/again", id=person.last_id)
    person.say("谢谢")
    assert len(person.heard()) == 2


def test_in_a_group(gateway: Gateway, server: Server) -> None:
    asker = WeChatter(gateway)

    def answers() -> list[str]:
        return [reply["text"] for reply in gateway.collect() if reply["room"] == "群甲@chatroom"]

    def wait_for(count: int) -> None:
        until = time.monotonic() + 20
        while len(answers()) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(answers()) == count

    asker.says("P2P谁牵头", room="群甲")
    asker.says("@政务助手\u2005P2P谁牵头", room="群甲", mention=True)
    wait_for(1)
    asker.says("@政务助手 我要举报金鼎财富骗了我20万", room="群甲")  # a gateway that does not list who is mentioned
    wait_for(2)
    asker.says("@政务助手\u2005给我讲个笑话", room="群甲", mention=True)
    wait_for(3)
    asker.says("@政务助手\u20052", room="群甲", mention=True)  # 我要举报
    wait_for(4)
    WeChatter(gateway).says("1", room="群甲")  # nobody offered them anything
    asker.says("@政务助手2 P2P谁牵头", room="群甲")  # somebody else's name
    asker.says("「政务助手：P2P谁牵头」\n- - - - - - - - - - - - - - -\n第三方支付谁牵头", room="群甲")
    wait_for(5)
    asker.says("回复 1", room="群甲")  # 查看整条原文
    wait_for(6)
    asker.says("我家 1 楼有人", room="群甲")
    asker.says("「小王：@政务助手 P2P谁牵头」\n- - - - - - - - - - - - - - -\n好的", room="群甲")
    asker.says("@政务助手\u2005谢谢", room="群甲", mention=True)
    wait_for(7)
    first, second, third, fourth, fifth, sixth, seventh = answers()
    assert "人民银行洛阳市中心支行" in fifth and "【三（二）" in sixth and "不客气" in seventh
    assert first.startswith(f"@用户{asker.wxid}\u2005洛阳银监分局牵头P2P网络借贷") and "三（二）3" in first
    assert "2. 我要举报" in third
    assert "与我单独对话" in second and "与我单独对话" in fourth
    assert not asker.heard()


def test_in_a_group_what_is_said_to_all_is_not_said_to_us(gateway: Gateway, server: Server) -> None:
    asker = WeChatter(gateway)

    def answers() -> list[str]:
        return [reply["text"] for reply in gateway.collect() if reply["room"] == "群乙@chatroom"]

    asker.says("@所有人\u2005P2P谁牵头", room="群乙", mention=True)  # a gateway lists everybody as mentioned
    asker.says("@张三\u2005@小助手\u2005第三方支付谁牵头", room="群乙", mention=True)  # our name in that group
    asker.says("@所有人\u2005@政务助手\u2005谢谢", room="群乙", mention=True)
    until = time.monotonic() + 20
    while len(answers()) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    first, second = answers()
    assert "人民银行洛阳市中心支行" in first and "不客气" in second


def test_a_quotation_is_not_what_somebody_says(person: WeChatter) -> None:
    person.say("我妈被一个叫金鼎财富的拉去投了20万", replies=2)
    reply = person.say("「业务员：保本保息\n请放心投」\n- - - - - - - - - - - - - - -\nwww.jinding.example")
    assert "已记录：怎么找到它 www.jinding.example。" in reply


def test_a_conversation_that_is_passed_on_is_material(person: WeChatter, server: Server) -> None:
    person.says(HISTORY, type=4)
    person.wait_for(1)
    assert "收到您转发的消息" in person.last  # nothing is told in somebody else's words
    person.say("我妈被一个叫金鼎财富的拉去投了20万", replies=2)
    have = len(person.heard())
    person.says(HISTORY, type=4)
    person.wait_for(have + 1)
    assert "已收到 1 个文件：转发 聊天记录" in person.last


def test_a_voice_message_is_kept_and_its_words_asked_for(person: WeChatter) -> None:
    person.say("我妈被一个叫金鼎财富的拉去投了20万", replies=2)
    person.sends("录音.mp3", b"ID3" + bytes(100), type=2)
    person.wait_for(3)
    assert "已收到 1 个文件：录音.mp3" in person.last and "请长按语音转文字" in person.last


HISTORY = (
    "<msg><appmsg><title>聊天记录</title><des>业务员: 我被骗了20万</des><type>19</type><recorditem>"
    "&lt;recordinfo&gt;&lt;datalist&gt;&lt;dataitem&gt;&lt;sourcename&gt;业务员&lt;/sourcename&gt;&lt;datadesc&gt;"
    "我被金鼎财富骗了20万&lt;/datadesc&gt;&lt;/dataitem&gt;&lt;/datalist&gt;&lt;/recordinfo&gt;"
    "</recorditem></appmsg></msg>"
)


@pytest.mark.parametrize(
    ("text", "own", "quoted"),
    [
        ("P2P谁牵头", "P2P谁牵头", ""),
        ("「小王：P2P」\n- - - - - - - - - - - - - - -\n谁牵头\n急", "谁牵头\n急", "小王"),
        ("「小王：「小李：一」\n- - - - - -\n二」\n- - - - - -\n三", "三", "小王"),
        ("「金鼎财富」是什么", "「金鼎财富」是什么", ""),
        ("<msg><appmsg><title>谁牵头</title><refermsg><displayname>小王</displayname></refermsg></appmsg></msg>",
         "谁牵头", "小王"),
        ("看 <refermsg> 这个", "看 <refermsg> 这个", ""),
    ],
)  # fmt: skip
def test_words_and_quotations(text: str, own: str, quoted: str) -> None:
    assert own_words(text) == Words(own, quoted)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[微笑]", FACE),
        ("[强][OK] [捂脸]\n", FACE),
        ("/::)", FACE),
        ("/:rose/:8-)", FACE),
        ("[1]", "[1]"),
        ("被骗了[流泪]", "被骗了[流泪]"),
        ("洛政办[2016]58号", "洛政办[2016]58号"),
        ("/report", "/report"),
        ("", ""),
        (" ", " "),
        ("这是一条引用/回复消息：\n“政务助手：\n第 1/11 题 · 发生了什么”\n------\n我被某某宝骗了", "我被某某宝骗了"),
        ('This is a quote/reply:\n"政务助手：\n您好"\n------\n[微笑]', FACE),
        ("「政务助手：第 1/11 题」\n- - - - - - - - - - - - - - -\n我被某某宝骗了", "我被某某宝骗了"),
    ],
)
def test_faces_and_quotations_are_no_words_of_ones_own(text: str, meant: str) -> None:
    assert spoken(text) == meant


@pytest.mark.parametrize("broken", ["", "<", "<msg/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><msg>&b;</msg>", "<a>" * 99])
def test_what_is_passed_on_is_not_trusted(broken: str) -> None:
    assert passed_on(broken) == ""


def test_the_lines_of_what_is_passed_on() -> None:
    assert passed_on(HISTORY) == "业务员 ：我被金鼎财富骗了20万"


def test_a_place_a_card_and_a_shared_page(person: WeChatter, server: Server) -> None:
    person.hands("url", title="P2P谁牵头", url="http://news.example/a", description="")
    person.wait_for(1)
    assert "洛阳银监分局" in person.last  # with no report, a page that was read is what is asked about
    person.say("我妈被一个叫金鼎财富的拉去投了20万", replies=2)
    person.hands(
        "location", name="金鼎大厦", address="洛阳市西工区中州中路", latitude=34.66, longitude=112.43, accuracy=15
    )
    person.wait_for(4)
    person.hands("contact", id="wxid_manager", name="张经理", weixin="jinding888")
    person.wait_for(5)
    person.hands("url", title="金鼎财富骗局", url="http://jinding.example/a", description="保本保息")
    person.wait_for(6)
    assert "已收到 3 个文件" in person.last
    kept = Behind(server).handed_over(f"wechat:{person.wxid}")
    assert kept["位置 金鼎大厦.txt"] == "金鼎大厦\n洛阳市西工区中州中路\n北纬 34.660000，东经 112.430000"
    assert kept["名片 张经理.txt"] == "姓名：张经理\n账号：jinding888"
    assert kept["链接 金鼎财富骗局.txt"] == "金鼎财富骗局\nhttp://jinding.example/a\n保本保息"


@pytest.mark.parametrize("kind", [9, 16])  # a mini program, a post that wechaty does not know
def test_what_cannot_be_read(kind: int, person: WeChatter) -> None:
    person.says("<xml/>", type=kind)
    person.wait_for(1)
    assert "看不懂" in person.last
    assert "洛阳银监分局" in person.say("P2P谁牵头")


def test_who_is_not_answered(person: WeChatter, gateway: Gateway) -> None:
    newsletter = WeChatter(gateway, "gh_newsletter")
    newsletter.says("欢迎关注")
    person.says("撤回了一条消息", type=13)
    person.say("谢谢")
    assert not newsletter.heard() and len(person.heard()) == 1


def test_a_file_with_no_tip_off_and_one_that_is_too_large(person: WeChatter) -> None:
    person.sends("照片.jpg", photo())
    person.wait_for(2)
    assert "已为您开始一份举报，已收到 1 个文件：照片.jpg" in person.last
    person.sends("录像.mp4", os.urandom(21 * 2**20))
    person.wait_for(3)
    assert "超过 20 MB" in person.last


def test_the_gateway_refuses_for_a_moment_and_the_account_is_logged_out(person: WeChatter, gateway: Gateway) -> None:
    gateway.asks("/refuse", times=2)
    assert "人民银行洛阳市中心支行" in person.say("第三方支付谁牵头")
    gateway.asks("/log_out")
    person.says("P2P谁牵头")
    person.says("谢谢")
    gateway.asks("/log_in")
    person.wait_for(3)
    assert "洛阳银监分局" in person.texts()[1] and "不客气" in person.texts()[2]


def test_the_gateway_goes_away_in_the_middle(gateway: Gateway, server: Server) -> None:
    people = [WeChatter(gateway) for _ in range(5)]
    for each in people:
        each.say("第三方支付谁牵头")
    gateway.stop()
    Behind(server).reminds("wu", "吴平", f"wechat:{people[0].wxid}", "任务提醒：明天到期。")
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    gateway.start()
    for each in people:
        each.says("P2P谁牵头")
    for each in people[1:]:
        each.wait_for(2, seconds=60)
    people[0].wait_for(3)
    for each in people:
        assert "人民银行洛阳市中心支行" in each.texts()[0]
        assert sum("洛阳银监分局" in text for text in each.texts()) == 1
    assert people[0].texts().count("任务提醒：明天到期。") == 1


def test_we_go_away_in_the_middle(gateway: Gateway, server: Server) -> None:
    """The process of ours that speaks to the gateway ends with the other, and is not left behind."""
    someone = WeChatter(gateway)
    someone.say("第三方支付谁牵头")
    server.kill()
    Behind(server).reminds("he", "何静", f"wechat:{someone.wxid}", "任务提醒：后天到期。")
    server.start()
    someone.wait_for(2, seconds=60)
    assert someone.last == "任务提醒：后天到期。"
    assert "洛阳银监分局" in someone.say("P2P谁牵头")


def test_what_had_reached_us_when_we_died_is_answered_or_asked_for_again(gateway: Gateway, server: Server) -> None:
    someone, other, sender = (WeChatter(gateway) for _ in range(3))
    for each in (someone, other, sender):
        each.say("第三方支付谁牵头")
    server.kill()
    settings = ActionSettings(data_dir=Path(server.settings["data_dir"]))
    outbox = Outbox(settings.data_dir / "outbox.db", load_encryptor(settings))

    def had_reached_us(who: WeChatter, number: str, **heard: Any) -> None:
        keep(outbox, "wechat", Brought(number, who.wxid, {"id": number, "sender": who.wxid, **heard}))

    had_reached_us(someone, "m1", event="text", text="P2P谁牵头")
    had_reached_us(other, "m2", event="text", text="P2P谁牵头")
    assert outbox.begin("wechat", "m2") == "new"  # and its turn had begun
    had_reached_us(sender, "m3", event="file", name="照片.jpg", voice=False)
    server.start()
    for each, holds in ((someone, "洛阳银监分局"), (other, "请再发一次"), (sender, "文件没有取到")):
        each.wait_for(2, seconds=60)
        assert holds in each.last
        each.say("谢谢")
        assert len(each.texts()) == 3
    assert not outbox.kept("wechat")


@long
def test_two_hundred_people_at_once(gateway: Gateway, server: Server) -> None:
    """Five messages each: every one answered once, and each person's in order."""
    people = [WeChatter(gateway) for _ in range(length(40, 200))]
    for question in FIVE:
        for each in people:
            each.says(question)
    until = time.monotonic() + 180
    ids = {each.wxid for each in people}
    while sum(reply["to"] in ids for reply in gateway.collect()) < len(FIVE) * len(people) and time.monotonic() < until:
        time.sleep(0.1)
    nothing_more_comes(server, "wechat")
    for each in people:
        assert_answered_in_order(each.texts())


def test_an_intent_that_nobody_thought_of_is_not_spoken_of_in_a_group(tmp_path: Path) -> None:
    asked: list[str] = []

    async def parse(text: str) -> dict[str, Any]:
        return {"intent": {"name": "policy" if text == "P2P谁牵头" else "a job of tomorrow's"}}

    async def turn(channel: str, sender: str, text: str) -> list[dict[str, Any]]:
        asked.append(text)
        return [{"text": "市公安局"}]

    async def not_in_form(conversation: str) -> bool:
        return False

    async def send(sender: str, part: Part, file: object) -> None:
        pass

    async def scene() -> None:
        assistant = SimpleNamespace(settings=Settings(data_dir=tmp_path), parse=parse, turn=turn, in_form=not_in_form)
        messenger = SimpleNamespace(
            channel="wechat",
            longest=2000,
            has_buttons=False,
            in_private="请单独找我",
            arrange=list,
            room=lambda sender: None,
            send=send,
        )
        outbox = Outbox(tmp_path / "outbox.db", Encryptor([Fernet.generate_key()]))
        relay = Relay(cast(Assistant, assistant), outbox, cast(Any, messenger), cast(Any, None))
        for number, text in enumerate(("P2P谁牵头", "我的那件事怎么样了")):
            await relay.hear_in_group(in_group("room", "somebody"), str(number), text)

    asyncio.run(scene())
    assert asked == ["P2P谁牵头"]


def test_a_wrong_token_is_said_once_and_not_tried_again(gateway: Gateway, tmp_path: Path) -> None:
    said: list[str] = []

    async def scene() -> None:
        settings = Settings(data_dir=tmp_path, wechat_endpoint=gateway.endpoint, wechat_token=SecretStr("puppet_wrong"))
        nobody = SimpleNamespace(settings=settings, accounts=SimpleNamespace(everybody=list))
        outbox = Outbox(tmp_path / "outbox.db", Encryptor([Fernet.generate_key()]))
        channel = WeChat(cast(Assistant, nobody), outbox, cast(Any, None), said.append)
        channel.start()
        await asyncio.wait_for(asyncio.shield(channel._running), 20)
        await channel.stop()

    asyncio.run(scene())
    assert said == ["微信：令牌无效，该渠道未启动，其他渠道照常。请检查 ASSISTANT_WECHAT_TOKEN。"]
