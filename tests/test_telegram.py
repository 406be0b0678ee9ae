"""Telegram with its real client library, against a Bot API on this machine."""

from __future__ import annotations

import io
import itertools
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from PIL import Image

from bench.databases import free_port
from bot.channels.inbox import WORDS_AT_ONCE
from bot.channels.outbox import Outbox
from bot.channels.rendering import Part, split
from casework.cases.case import ASKING
from casework.desk.account import Role
from storage.encryption import Encryptor
from tests.bot_api import TOKEN, BotApi
from tests.conftest import QuickServer, Server, server_of_its_own
from tests.lengths import length, long
from tests.messengers import FIVE, Behind, assert_answered_in_order, nothing_more_comes
from tests.postgres import new_database
from tests.talk import SHORT
from tests.talk import SUBMIT as SELF_CHECKED
from tests.test_tip_off import SUBMIT

USERS = itertools.count(1000)


@pytest.fixture(scope="module")
def server(api: BotApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"telegram_token": TOKEN, "telegram_url": api.url, "public_url": "https://zhengzhi.example"}
    limits |= {"telegram_per_second": "1000"}
    with server_of_its_own(tmp_path_factory.mktemp("telegram"), QuickServer, **limits) as running:
        yield running


class Telegramer:
    """Somebody on Telegram."""

    def __init__(self, api: BotApi) -> None:
        self.api, self.id = api, next(USERS)

    def say(self, *texts: str, replies: int = 1) -> str:
        """Type, wait for so many messages to each; returns the last."""
        for text in texts:
            have = len(self.api.sent[self.id])
            self.api.says(self.id, text)
            self.api.wait_for(self.id, have + replies)
        return self.last

    @property
    def last(self) -> str:
        return self.api.texts(self.id)[-1]

    def tap(self, title: str) -> str:
        have = len(self.api.sent[self.id])
        self.api.presses(self.id, title)
        self.api.wait_for(self.id, have + 1)
        return self.last


@pytest.fixture
def person(api: BotApi, server: Server) -> Telegramer:
    return Telegramer(api)


def test_a_question_with_its_clause_and_a_link(person: Telegramer) -> None:
    reply = person.say("P2P能不能搞资金池")
    assert "不得设立资金池" in reply
    assert "依据 二（一）1：https://zhengzhi.example/plan#c2-1-1" in reply
    assert "二（一）1" in person.tap("查看整条原文")


def test_commands_stand_in_the_menu_and_work(person: Telegramer, api: BotApi) -> None:
    assert {command["command"] for command in api.commands["all_private_chats"]} == {
        "start",
        "help",
        "selfcheck",
        "report",
        "status",
        "tasks",
        "cancel",
    }
    assert "您好" in person.say("/start")
    assert "查政策" in person.say("/help")
    assert "登录" in person.say("/tasks")
    assert "回执码" in person.say("/status@luoyang_test_bot")
    assert "不需要取消" in person.say("/cancel")


def test_a_tip_off_with_a_photo_and_its_status(person: Telegramer, api: BotApi, server: Server) -> None:
    person.say("我妈被一个叫金鼎财富的拉去投了20万", replies=2)
    heard = api.texts(person.id)
    assert "Telegram自己也会保存" in heard[0]  # said before anything is told
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "JPEG")
    have = len(api.sent[person.id])
    api.sends(person.id, "", out.getvalue(), photo=True)
    api.wait_for(person.id, have + 1)
    assert "已收到 1 个文件" in person.last
    person.say("其余跳过")
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", person.say(SUBMIT))
    assert receipt
    assert "已收到" in Telegramer(api).say(receipt[0])
    store = Behind(server).cases
    case = store.by_receipt(receipt[0])
    assert case and len(store.evidence(case)) == 1


def test_a_self_check_with_its_papers(person: Telegramer, api: BotApi) -> None:
    person.say("/selfcheck", replies=2)
    assert api.sent[person.id][1]["document"]["file_name"] == "企业自查信息表（空白）.docx"
    person.say(*SHORT)
    have = len(api.sent[person.id])
    api.says(person.id, "确认如实填报并提交")
    papers = [m for m in api.wait_for(person.id, have + 6)[have:] if "document" in m]
    names = [paper["document"]["file_name"] for paper in papers]
    assert "企业自查信息表.docx" in names and any(name.endswith(".pdf") for name in names)
    assert next(p for p in papers if p["document"]["file_name"].endswith(".pdf"))["content"].startswith(b"%PDF-")


def test_an_official_signs_in_and_is_reminded(person: Telegramer, api: BotApi, server: Server) -> None:
    behind = Behind(server)
    account = behind.accounts.add("zhou", "周明", "市公安局", Role.OFFICIAL)
    assert "登录成功：周明" in person.say(f"登录 {behind.accounts.invite(account)}")
    behind.tasks.tell(account.id, "任务提醒：评估七天后到期。")
    api.wait_for(person.id, len(api.sent[person.id]) + 1, seconds=20)
    assert person.last == "任务提醒：评估七天后到期。"
    have = len(api.sent[person.id])
    api.says(person.id, "本周统计")
    picture = api.wait_for(person.id, have + 2)[-1]
    assert picture["content"].startswith(b"\x89PNG")


def test_an_answer_to_a_self_check_comes_unasked(person: Telegramer, api: BotApi, server: Server) -> None:
    """The enterprise hears of it where it filled the form in, and answers there."""
    behind = Behind(server)
    for text in ("企业自查", *SHORT):
        person.say(text)
    api.says(person.id, SELF_CHECKED)
    number = re.search(r"ZC-\w{4}-\w{4}", api.wait_until(person.id, "受理编号"))
    assert number
    case = behind.cases.by_number(number[0])
    assert case
    behind.cases.set_status(case, ASKING, "somebody")  # first: what is told is told as soon as there is a note
    behind.cases.add_note(case, "handler", "请补充平台备案号", "somebody")
    assert number[0] in api.wait_until(person.id, "请补充平台备案号")
    assert "直接回复即可" in person.last
    assert "已补充到" in person.say("我们没有备案")
    assert [note.text for note in behind.cases.notes(case, internal=False)][-1] == "我们没有备案"


def test_a_message_that_is_delivered_twice_is_answered_once(person: Telegramer, api: BotApi) -> None:
    number = api.says(person.id, "第三方支付谁牵头")
    api.wait_for(person.id, 1)
    chat = {"id": person.id, "type": "private"}
    api._update({"message": {"message_id": number, "from": {"id": person.id, "is_bot": False, "first_name": "某"},
                             "chat": chat, "date": 1, "text": "第三方支付谁牵头"}})  # fmt: skip
    person.say("谢谢")
    assert len(api.sent[person.id]) == 2


def test_in_a_group(api: BotApi, server: Server) -> None:
    group, user = {"id": -77, "type": "group", "title": "群"}, next(USERS)
    api.says(user, "P2P谁牵头", chat=group)
    api.says(user, "@luoyang_test_bot P2P谁牵头", chat=group)
    api.wait_for(-77, 1)
    api.says(user, "@luoyang_test_bot 我要举报金鼎财富骗了我20万", chat=group)
    api.wait_for(-77, 2)
    first, second = api.texts(-77)
    assert "洛阳银监分局" in first
    assert "与我单独对话" in second and "t.me/luoyang_test_bot" in second


def test_what_cannot_be_read_or_was_edited(person: Telegramer, api: BotApi) -> None:
    api._arrives(person.id, {"sticker": {"file_id": "s", "file_unique_id": "s", "width": 1, "height": 1,
                                         "is_animated": False, "is_video": False, "type": "regular"}})  # fmt: skip
    api.wait_for(person.id, 1)
    assert "看不懂" in person.last
    number = api.says(person.id, "谢谢")
    api.wait_for(person.id, 2)
    api.edits(person.id, number, "谢谢您")
    api.wait_for(person.id, 3)
    assert "作为新消息" in person.last


def test_telegram_asks_to_slow_down_and_somebody_blocks_us(api: BotApi, server: Server) -> None:
    blocking, other = Telegramer(api), Telegramer(api)
    api.blocked.add(blocking.id)
    api.says(blocking.id, "谢谢")
    api.slow_down = 2
    assert "洛阳银监分局" in other.say("P2P谁牵头")
    api.blocked.clear()
    assert "洛阳银监分局" in blocking.say("P2P谁牵头")
    assert len(api.sent[blocking.id]) == 1


def test_the_far_end_goes_away_in_the_middle(api: BotApi, server: Server) -> None:
    people = [Telegramer(api) for _ in range(5)]
    for person in people:
        api.says(person.id, "第三方支付谁牵头")
    api.wait_for(people[0].id, 1)
    api.stop()
    for person in people:
        api.says(person.id, "P2P谁牵头")
    time.sleep(1)
    api.start()
    for person in people:
        api.wait_for(person.id, 2, seconds=60)
    nothing_more_comes(server, "telegram")
    for person in people:
        first, second = api.texts(person.id)
        assert "人民银行洛阳市中心支行" in first and "洛阳银监分局" in second


@long
def test_two_hundred_people_at_once(api: BotApi, server: Server) -> None:
    """Five messages each: every one answered once, and each person's in order."""
    people = [next(USERS) for _ in range(length(40, 200))]
    for question in FIVE:
        for person in people:
            api.says(person, question)
    for person in people:
        api.wait_for(person, len(FIVE), seconds=180)
    nothing_more_comes(server, "telegram")
    for person in people:
        assert_answered_in_order(api.texts(person))


def webhook_of(api: BotApi) -> dict[str, str]:
    """What Telegram sends with each update, once it was asked to."""
    until = time.monotonic() + 20
    while not api.webhook:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert api.webhook["url"] == "https://zhengzhi.example/telegram"
    return {"x-telegram-bot-api-secret-token": api.webhook["secret_token"]}


def update_of(user: int, text: str) -> dict[str, object]:
    message = {"message_id": 1, "from": {"id": user, "is_bot": False, "first_name": "某"}, "date": 1}
    return {"update_id": user, "message": {**message, "chat": {"id": user, "type": "private"}, "text": text}}


def test_telegram_sends_to_us_when_it_is_asked_to(api: BotApi, tmp_path: Path) -> None:
    with server_of_its_own(tmp_path, QuickServer, **by_webhook(api)) as running:
        user, known = next(USERS), webhook_of(api)
        for headers, status in (({}, 403), (dict.fromkeys(known, "wrong"), 403), (known, 200), (known, 200)):
            answer = httpx.post(
                f"{running.url}/telegram", json=update_of(user, "P2P谁牵头"), headers=headers, timeout=60
            )
            assert answer.status_code == status
        assert "洛阳银监分局" in api.wait_for(user, 1)[0]["text"]
        broken = {"update_id": next(USERS), "message": {"message_id": "x"}}
        assert httpx.post(f"{running.url}/telegram", json=broken, headers=known, timeout=60).status_code == 200
        assert httpx.post(f"{running.url}/telegram", json=[1], headers=known, timeout=60).status_code == 200
        assert httpx.post(f"{running.url}/telegram", content=b"[" * 60_000, timeout=60).status_code == 403
        user = next(USERS)
        httpx.post(f"{running.url}/telegram", json=update_of(user, "P2P谁牵头"), headers=known, timeout=60)
        assert "洛阳银监分局" in api.wait_for(user, 1)[0]["text"]
        nothing_more_comes(running, "telegram")
        assert len(api.sent[user]) == 1


def by_webhook(api: BotApi) -> dict[str, str]:
    api.webhook = {}
    return {
        "telegram_token": TOKEN,
        "telegram_url": api.url,
        "telegram_webhook": "true",
        "public_url": "https://zhengzhi.example",
        "telegram_per_second": "1000",
    }


def assert_everybody_was_answered(api: BotApi, server: Server, people: list[int]) -> None:
    """Or told to write again, who was being answered when the process died; nobody hears nothing.

    Telegram has no way to say whether it took an answer from a process that died while it sent it: those few, and no
    others, are sent again.
    """
    for person in people:
        api.wait_for(person, 1, seconds=60)
    nothing_more_comes(server, "telegram")
    assert sum(len(api.sent[person]) > 1 for person in people) <= len(people) / 3
    for person in people:
        assert len({*api.texts(person)}) == 1
        assert re.search("洛阳银监分局|请再发一次", api.texts(person)[0])
    assert sum("请再发一次" in api.texts(person)[0] for person in people) <= WORDS_AT_ONCE


@pytest.mark.parametrize("way", ["webhook", "polling"])
def test_what_telegram_was_told_had_come_is_answered_though_the_process_dies(tmp_path: Path, way: str) -> None:
    api = BotApi()  # of its own: Telegram gives what people say to whoever asks first
    api.start()
    settings = by_webhook(api) | {"telegram_webhook": "true" if way == "webhook" else "false"}
    with server_of_its_own(tmp_path, QuickServer, **settings) as running:
        people = [next(USERS) for _ in range(120)]
        if way == "webhook":
            known = webhook_of(api)
            with httpx.Client(base_url=running.url, headers=known, timeout=60) as client:
                for person in people:
                    assert client.post("/telegram", json=update_of(person, "P2P谁牵头")).status_code == 200
        else:
            for person in people:
                api.says(person, "P2P谁牵头")
            until = time.monotonic() + 30
            while len(api.updates) == len(people):  # until the first were confirmed
                assert time.monotonic() < until
                time.sleep(0.01)
        unanswered = [person for person in people if not api.sent[person]]
        running.restart()
        assert unanswered, "killed too late to show anything"
        assert_everybody_was_answered(api, running, people)
    api.stop()


def test_any_of_several_processes_takes_what_telegram_sends(api: BotApi, tmp_path: Path) -> None:
    shared = by_webhook(api) | {"encryption_key": Fernet.generate_key().decode()}
    with ExitStack() as opened:
        shared["database_url"] = opened.enter_context(new_database())
        servers = []
        for name in "ab":
            (tmp_path / name).mkdir()
            servers.append(opened.enter_context(server_of_its_own(tmp_path / name, QuickServer, **shared)))
        known, people = webhook_of(api), [next(USERS) for _ in range(8)]
        for number, person in enumerate(people):
            url = f"{servers[number % 2].url}/telegram"
            assert httpx.post(url, json=update_of(person, "P2P谁牵头"), timeout=60).status_code == 403
            assert httpx.post(url, json=update_of(person, "P2P谁牵头"), headers=known, timeout=60).status_code == 200
        assert_everybody_was_answered(api, servers[0], people)


def test_a_wrong_token_and_a_gateway_that_is_not_there_leave_the_rest_running(api: BotApi, tmp_path: Path) -> None:
    limits = {"telegram_token": "123456:WRONG", "telegram_url": api.url}
    limits |= {"wechat_endpoint": f"127.0.0.1:{free_port()}", "wechat_token": "puppet_secret"}
    with server_of_its_own(tmp_path, QuickServer, **limits) as running:
        until = time.monotonic() + 20
        while not {"令牌无效", "连不上网关"} <= set(re.findall("令牌无效|连不上网关", running.log.read_text())):
            assert time.monotonic() < until
            time.sleep(0.05)
        time.sleep(2)  # it is tried again meanwhile, and not said again
        log = running.log.read_text()
        assert log.count("令牌无效") == log.count("连不上网关") == 1
        assert "WRONG" not in log and "puppet_secret" not in log
        assert httpx.get(f"{running.url}/healthz").status_code == 200
        assert httpx.post(f"{running.url}/telegram", json={}).status_code == 404


def test_a_button_with_more_to_say_than_telegram_has_room_for(tmp_path: Path) -> None:
    outbox, says = Outbox(tmp_path / "outbox.db", Encryptor([Fernet.generate_key()])), "口径 " + "很长" * 30
    key = outbox.key_for(says)
    assert len(f"#{key}".encode()) <= 64
    assert outbox.payload_of(key) == says
    assert outbox.payload_of("forged") is None


def test_what_waits_outlives_a_restart_in_order(tmp_path: Path) -> None:
    encryptor = Encryptor([Fernet.generate_key()])
    first = Outbox(tmp_path / "outbox.db", encryptor)
    assert first.begin("telegram", "5:1") == "new"
    assert first.begin("telegram", "5:1") == "broken off"  # delivered again after a crash
    first.answer("telegram", "5:1", "telegram:5", [Part("一"), Part("二", (("继续", "继续"),))])
    assert first.begin("telegram", "5:1") == "answered"
    first.close()
    again = Outbox(tmp_path / "outbox.db", encryptor)
    assert again.places() == ["telegram:5"]
    waiting = again.waiting("telegram:5")
    assert [each.part.text for each in waiting] == ["一", "二"]
    again.sent(waiting[0])
    assert [each.part.buttons for each in again.waiting("telegram:5")] == [(("继续", "继续"),)]
    again.answer_once("notice", "9", "telegram:5", [Part("三")])
    again.answer_once("notice", "9", "telegram:5", [Part("三")])
    assert len(again.waiting("telegram:5")) == 2
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"telegram:5" not in content


@pytest.mark.parametrize("longest", [20, 50, 4096])
def test_long_texts_are_parted_at_sentence_ends(longest: int) -> None:
    text = "第一条规定如下。平台不得设立资金池，不得发放贷款。\n\n第二条规定如下；各单位照办。" * 9
    pieces = list(split(text, longest))
    assert all(len(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(re.search(r"[。；，]$", piece) or len(piece) > longest // 3 for piece in pieces)


@pytest.mark.parametrize("longest", [1, 21, 4096])
def test_pieces_are_as_long_as_telegram_counts(longest: int) -> None:
    """It counts UTF-16 units, of which 😀 and 𠮷 have two."""
    text = "他说😀😀他说𠮷。" * 900
    pieces = list(split(text, longest))
    assert "".join(pieces) == text
    assert all(len(piece.encode("utf-16-le")) // 2 <= max(longest, 2) for piece in pieces)
    assert len(pieces) <= len(text.encode("utf-16-le")) // max(longest // 3, 1) + 1
