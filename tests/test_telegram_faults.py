"""Telegram when its far end fails, misleads or is overrun, and what people do there besides typing words.

The real client library against the Bot API of the tests, which answers with the faults that a scene asks for.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock

import pytest
from cryptography.fernet import Fernet
from PIL import Image
from pydantic import SecretStr
from telegram import InlineKeyboardButton

from bot.assembly import Assistant
from bot.channels.foreign import is_foreign
from bot.channels.messenger import Unlimited
from bot.channels.ordering import Locks
from bot.channels.outbox import Outbox
from bot.channels.pacing import REFUSED_CHATS, Pace
from bot.channels.rendering import Carries, Part, rendered
from bot.channels.sending import Sending
from bot.channels.telegram import FETCH_AGAIN_SECONDS, TRIES_OF_A_WRONG_ID, Telegram
from bot.channels.telegram_menu import descriptions, in_words
from bot.channels.telegram_posting import Chat, in_columns
from bot.settings import Settings
from casework.desk.account import Role
from storage.encryption import Encryptor
from tests.bot_api import TOKEN, BotApi
from tests.conftest import QuickServer, Server, server_of_its_own
from tests.messengers import Behind
from tests.talk import SHORT
from tests.test_telegram import USERS, Telegramer
from tests.test_tip_off import SUBMIT

GROUPS = itertools.count(1)
STORY = "我妈被一个叫金鼎财富的拉去投了20万"
RECEIPT = re.compile(r"\d{4} \d{4} \d{4} \d{4}")


@pytest.fixture(scope="module")
def server(api: BotApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"telegram_token": TOKEN, "telegram_url": api.url, "public_url": "https://zhengzhi.example"}
    limits |= {"telegram_per_second": "1000"}
    with server_of_its_own(tmp_path_factory.mktemp("telegram"), QuickServer, **limits) as running:
        yield running


@pytest.fixture
def person(api: BotApi, server: Server) -> Telegramer:
    return Telegramer(api)


@pytest.fixture
def reporter(person: Telegramer) -> Telegramer:
    """Somebody in the middle of a report."""
    person.say(STORY, replies=2)
    return person


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(out, "JPEG")
    return out.getvalue()


def group(**more: Any) -> dict[str, Any]:
    return {"id": -1000 - next(GROUPS), "type": "supergroup", "title": "群", **more}


def until(happened: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that no message shows."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


def sends(someone: Telegramer, answers: int = 1, **what: Any) -> list[str]:
    """Send a picture; returns what comes back."""
    have = len(someone.api.texts(someone.id))
    someone.api.sends(someone.id, "", picture(), photo=True, **what)
    until(lambda: len(someone.api.texts(someone.id)) >= have + answers)
    return someone.api.texts(someone.id)[have:]


def files_of(server: Server, someone: Telegramer) -> list[str]:
    """Names of the files of a report that is being told."""
    store = Behind(server).cases
    return [file.name for file in store.evidence(store.drafts_of(f"telegram:{someone.id}", "tip_off")[0])]


# Files that Telegram does not give ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "code", "why"),
    [
        ("getFile", 502, "Bad Gateway"),
        ("getFile", 429, "Too Many Requests: retry after 1"),
        ("getFile", 400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
        ("download", 502, ""),
        ("download", 404, ""),
    ],
)
def test_a_file_that_is_not_to_be_had_now_is_fetched_later(
    reporter: Telegramer, api: BotApi, server: Server, method: str, code: int, why: str
) -> None:
    api.fails(method, code, why, parameters={"retry_after": 1} if code == 429 else {})
    told, kept = sends(reporter, answers=2)
    assert "暂时没有从 Telegram 取到" in told and "照片.jpg" in told
    assert "已收到 1 个文件：照片.jpg" in kept
    assert files_of(server, reporter) == ["照片.jpg"]


def test_a_file_that_is_waited_for_outlives_a_restart(tmp_path: Path) -> None:
    api = BotApi()  # of its own, since it fails for everybody
    api.start()
    limits = {"telegram_token": TOKEN, "telegram_url": api.url}
    with server_of_its_own(tmp_path, QuickServer, **limits) as running:
        reporter = Telegramer(api)
        reporter.say(STORY, replies=2)
        fault = api.fails("getFile", 502, "Bad Gateway", times=-1)
        assert "暂时没有" in sends(reporter)[0]
        running.kill()
        asked = fault.times
        running.start()
        until(lambda: fault.times < asked)  # by the new process
        fault.times = 0
        until(lambda: "已收到 1 个文件" in reporter.last)
        assert files_of(running, reporter) == ["照片.jpg"]
    api.stop()


def test_a_file_that_telegram_calls_too_big_is_said_to_be(reporter: Telegramer, api: BotApi, server: Server) -> None:
    api.fails("getFile", 400, "Bad Request: file is too big")
    (told,) = sends(reporter)
    assert "超过 20 MB" in told and "https://zhengzhi.example/" in told
    assert "已记录" in reporter.say("www.jinding.example")
    assert files_of(server, reporter) == []


@pytest.mark.parametrize(("wrong", "tries"), [(True, TRIES_OF_A_WRONG_ID), (False, len(FETCH_AGAIN_SECONDS))])
def test_after_so_many_tries_a_file_is_said_to_be_lost(tmp_path: Path, wrong: bool, tries: int) -> None:
    told: list[str] = []

    class Listening:
        async def tell(self, sender: str, message_id: str, text: str, counted: bool) -> None:
            assert not counted
            told.append(text)

    settings = Settings(data_dir=tmp_path, telegram_token=SecretStr(TOKEN))
    outbox = Outbox(tmp_path / "outbox.db", Encryptor([Fernet.generate_key()]))
    channel = Telegram(cast(Assistant, SimpleNamespace(settings=settings)), outbox, cast(Any, None), told.append)
    channel.relay = cast(Any, Listening())
    message = SimpleNamespace(chat=SimpleNamespace(id=1), message_id=2)
    update = cast(Any, SimpleNamespace(update_id=3, effective_message=message, effective_user=SimpleNamespace(id=1)))
    for _ in range(tries + 1):
        asyncio.run(channel._fetch_again(update, "照片.jpg", wrong))
    assert all("暂时没有" in text for text in told[:-1]) and len(told) == tries + 1
    assert "请再发一次" in told[-1]


# Files as people send them ----------------------------------------------------------------------------------


def test_an_album_is_one_message_and_one_answer(reporter: Telegramer, api: BotApi, server: Server) -> None:
    have = len(api.texts(reporter.id))
    api.sends_album(reporter.id, [picture("red"), picture("green"), picture("blue")])
    api.says(reporter.id, "继续")
    until(lambda: len(api.texts(reporter.id)) >= have + 2)
    first, second = api.texts(reporter.id)[have:]
    assert "已收到 3 个文件" in first and "第 3/11 题" in second
    assert len(files_of(server, reporter)) == 3


def test_an_album_with_words_before_any_report(person: Telegramer, api: BotApi, server: Server) -> None:
    api.sends_album(person.id, [picture("red"), picture("green")], caption=STORY)
    api.wait_for(person.id, 2)
    assert "已为您开始一份举报，已收到 2 个文件" in person.last and "第 3/11 题" in person.last
    assert "金鼎财富" in person.last
    assert len(files_of(server, person)) == 2


def test_of_an_album_only_what_is_missing_is_fetched_later(reporter: Telegramer, api: BotApi, server: Server) -> None:
    api.fails("getFile", 502, "Bad Gateway")
    have = len(api.texts(reporter.id))
    api.sends_album(reporter.id, [picture("red"), picture("green")])
    until(lambda: len(api.texts(reporter.id)) >= have + 3)
    said = api.texts(reporter.id)[have:]
    assert ["暂时没有" in said[0], "已收到 1 个" in said[1], "已收到 2 个" in said[2]] == [True] * 3
    assert len(files_of(server, reporter)) == 2


def test_a_recording_is_kept_and_words_are_asked_for(reporter: Telegramer, api: BotApi, server: Server) -> None:
    api.files["voice"] = b"OggS" + bytes(60)
    voice = {"file_id": "voice", "file_unique_id": "v", "duration": 3, "file_size": 64, "mime_type": "audio/ogg"}
    have = len(api.texts(reporter.id))
    api._arrives(reporter.id, {"voice": voice})
    until(lambda: len(api.texts(reporter.id)) > have)
    assert "已收到 1 个文件：语音.ogg" in reporter.last and "请再用文字说一下" in reporter.last


def test_files_after_the_report_was_submitted(reporter: Telegramer, api: BotApi, server: Server) -> None:
    reporter.say("其余跳过")
    receipt = RECEIPT.search(reporter.say(SUBMIT))
    assert receipt
    store = Behind(server).cases
    case = store.by_receipt(receipt[0])
    assert case
    (told,) = sends(reporter)
    assert f"已补充到举报 {case.number}：照片.jpg" in told
    later = Telegramer(api)
    later.say(receipt[0])
    assert f"已补充到举报 {case.number}" in sends(later, caption="这是他们的门店")[0]
    assert [file.name for file in store.evidence(case)] == ["照片.jpg"]  # the same picture once


def test_papers_are_given_again_after_submission(person: Telegramer, api: BotApi) -> None:
    person.say("/selfcheck", replies=2)
    person.say(*SHORT)
    for asked in ("确认如实填报并提交", "我的自查"):
        have = len(api.sent[person.id])
        api.says(person.id, asked)
        papers = [m for m in api.wait_for(person.id, have + 6)[have:] if "document" in m]
        assert len(papers) == 5 and papers[1]["content"].startswith(b"%PDF-")


def test_somebody_elses_words_are_material_and_not_a_testimony(
    reporter: Telegramer, api: BotApi, server: Server
) -> None:
    origin = {"type": "user", "date": 1, "sender_user": {"id": 5, "is_bot": False, "first_name": "业务员"}}
    have = len(api.texts(reporter.id))
    api.says(reporter.id, "我们是正规公司，保本保息，请放心投", forward_origin=origin)
    until(lambda: len(api.texts(reporter.id)) > have)
    assert "已收到 1 个文件：转发 业务员" in reporter.last
    assert "保本保息" not in reporter.say("看看填了什么")
    quoted = {"text": "保本保息，请放心投", "position": 0}
    replied = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "保本保息，请放心投"}
    have = len(api.texts(reporter.id))
    api.says(reporter.id, "www.jinding.example", quote=quoted, reply_to_message=replied)
    until(lambda: len(api.texts(reporter.id)) > have)
    assert "www.jinding.example" in reporter.last and "请放心投" not in reporter.last


def test_somebody_elses_words_open_no_report(person: Telegramer, api: BotApi) -> None:
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "老王"}
    api.says(person.id, STORY, forward_origin=origin)
    api.wait_for(person.id, 1)
    assert "收到您转发的消息" in person.last
    api.says(person.id, STORY, forward_date=1)  # as Bot API servers before 7.0 said it
    api.wait_for(person.id, 2)
    assert "收到您转发的消息" in person.last
    api.says(person.id, "P2P谁牵头", forward_origin=origin)
    api.wait_for(person.id, 3)
    assert "洛阳银监分局" in person.last


def test_places_and_cards_are_kept_with_a_report(reporter: Telegramer, api: BotApi, server: Server) -> None:
    card = {"phone_number": "+8613837912345", "first_name": "经理", "last_name": "张"}
    for count, what in enumerate(({"location": {"latitude": 34.6, "longitude": 112.4}}, {"contact": card}), start=1):
        api._arrives(reporter.id, what)
        until(lambda count=count: f"已收到 {count} 个文件" in reporter.last)  # type: ignore[misc]
    assert files_of(server, reporter) == ["位置.txt", "名片 张 经理.txt"]


def test_a_forwarded_picture_opens_a_report_and_its_words_are_nobodys_story(
    person: Telegramer, api: BotApi, server: Server
) -> None:
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "老王"}
    text = "\n".join(sends(person, answers=2, caption="投金鼎财富，保本保息", forward_origin=origin))
    assert "已为您开始一份举报，已收到 2 个文件：照片.jpg、转发 老王" in text
    assert "保本保息" not in person.say("看看填了什么")


def test_words_that_came_with_a_file_are_not_lost_with_it(reporter: Telegramer, api: BotApi, server: Server) -> None:
    api.fails("getFile", 400, "Bad Request: file is too big")
    too_large, answered = sends(reporter, answers=2, caption="www.jinding.example")
    assert "超过 20 MB" in too_large and "已记录：怎么找到它 www.jinding.example" in answered
    api.fails("getFile", 502, "Bad Gateway")
    waits, kept = sends(reporter, answers=2, caption="他们在涧西区南昌路租了门店，天天拉老人去听课")
    assert "暂时没有" in waits and "已收到 1 个文件" in kept and "附的说明已记进举报" in kept


def test_what_is_told_at_length_is_taken_whole(person: Telegramer, api: BotApi) -> None:
    reply = person.say(STORY + "。" + "他们说保本保息，月息三分，随时可以取。" * 60, replies=2)
    assert "已全部记进举报" in reply


# Updates that cannot be read --------------------------------------------------------------------------------


def test_what_the_library_cannot_read_stops_nobody_and_is_in_no_log(
    person: Telegramer, api: BotApi, server: Server
) -> None:
    other, third = Telegramer(api), Telegramer(api)
    api._arrives(person.id, {"poll": {"id": "p", "question": "机密的投票"}})  # of an older Bot API server
    api._arrives(other.id, {"text": "P2P谁牵头", "poll": {"id": "p"}, "entities": []})
    api._update({"message": {"message_id": "x", "text": "机密的文字"}})
    api._update({"callback_query": {"data": "机密的按钮"}})
    api.nonsense += ["机密的废话", None, {"update_id": "机密"}]
    third.say("P2P谁牵头")
    api.wait_for(person.id, 1)
    api.wait_for(other.id, 1)
    assert "看不懂" in person.last and "洛阳银监分局" in other.last and "洛阳银监分局" in third.last
    log = server.log.read_text()
    assert "telegram unreadable" in log
    assert "机密" not in log and "Traceback" not in log
    assert "不客气" in person.say("谢谢")


def test_an_answer_that_is_no_json_stops_nobody(person: Telegramer, api: BotApi, server: Server) -> None:
    api.fails("getUpdates", 502, "Bad Gateway", times=2)
    conflict = api.fails("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    until(lambda: conflict.times == 0)
    assert "洛阳银监分局" in person.say("P2P谁牵头")
    assert "另有程序" in server.log.read_text()


def test_a_button_is_heard_though_telegram_does_not_take_our_thanks(person: Telegramer, api: BotApi) -> None:
    person.say("P2P能不能搞资金池")
    api.fails("answerCallbackQuery", 502, "Bad Gateway")
    api.fails("editMessageReplyMarkup", 502, "Bad Gateway")
    assert "二（一）1" in person.tap("查看整条原文")


# One chat is no other's business ----------------------------------------------------------------------------


def test_a_group_that_talks_a_lot_makes_nobody_else_wait(person: Telegramer, api: BotApi) -> None:
    chat = group()
    for _ in range(95):
        api.says(next(USERS), "@luoyang_test_bot P2P谁牵头", chat=chat)
    assert "洛阳银监分局" in person.say("P2P谁牵头")
    assert len(api.sent[chat["id"]]) < 95  # Telegram takes 20 a minute for a group


def test_a_chat_that_is_told_to_slow_down_makes_nobody_else_wait(person: Telegramer, api: BotApi) -> None:
    slowed = Telegramer(api)
    wait = api.fails("sendMessage", 429, "Too Many Requests", chat=slowed.id, parameters={"retry_after": 3})
    api.says(slowed.id, "P2P谁牵头")
    until(lambda: wait.times == 0)
    assert "洛阳银监分局" in person.say("P2P谁牵头")
    assert not api.sent[slowed.id]
    api.wait_for(slowed.id, 1)


def test_a_chat_that_fails_holds_up_no_reminder(api: BotApi, server: Server) -> None:
    failing, official = Telegramer(api), Telegramer(api)
    fault = api.fails("sendMessage", 500, "Internal Server Error", chat=failing.id, times=-1)
    odd = group()
    api.fails("sendMessage", 418, "I am a teapot", chat=odd["id"], times=-1)
    api.says(next(USERS), "@luoyang_test_bot P2P谁牵头", chat=odd)
    api.says(failing.id, "P2P谁牵头")
    until(lambda: fault.times < -1)
    Behind(server).reminds(f"x{official.id}", "吴平", f"telegram:{official.id}", "任务提醒：明天到期。")
    api.wait_for(official.id, 1)
    assert official.last == "任务提醒：明天到期。"
    fault.times = 0
    api.wait_for(failing.id, 1, seconds=90)


def test_a_group_that_moved_is_followed(api: BotApi, server: Server) -> None:
    chat = group()
    moved = chat["id"] - 1_000_000
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    parameters = {"migrate_to_chat_id": moved}
    api.fails("sendMessage", 400, description, chat=chat["id"], times=-1, parameters=parameters)
    api.says(next(USERS), "@luoyang_test_bot P2P谁牵头", chat=chat)
    api.wait_for(moved, 1)
    assert "洛阳银监分局" in api.texts(moved)[0]


def test_somebody_who_writes_too_much_is_told_so_once(api: BotApi, server: Server) -> None:
    flooding, other = Telegramer(api), Telegramer(api)
    for _ in range(60):
        api.says(flooding.id, "谢谢")
    assert "洛阳银监分局" in other.say("P2P谁牵头")
    api.wait_for(flooding.id, 41, seconds=60)
    api.says(flooding.id, "P2P谁牵头")
    assert "洛阳银监分局" in other.say("P2P谁牵头")
    texts = api.texts(flooding.id)
    assert sum("不客气" in text for text in texts) == 40  # ASSISTANT_MESSAGES_PER_MINUTE
    assert sum("发送得太快" in text for text in texts) == 1


def test_what_telegram_refuses_is_sent_plainer(person: Telegramer, api: BotApi) -> None:
    api.fails("sendMessage", 400, "Bad Request: BUTTON_TYPE_INVALID", chat=person.id, times=2)
    assert "不得设立资金池" in person.say("P2P能不能搞资金池")
    assert "reply_markup" not in api.sent[person.id][-1]


def test_what_telegram_takes_in_no_way_is_said_to_be_missing(person: Telegramer, api: BotApi) -> None:
    api.fails("sendMessage", 400, "Bad Request: MESSAGE_SOMETHING_INVALID", chat=person.id, times=3)
    assert "没有收下，没能显示" in person.say("P2P能不能搞资金池")
    assert "洛阳银监分局" in person.say("P2P谁牵头") and len(api.sent[person.id]) == 2


# Groups and topics ------------------------------------------------------------------------------------------


def test_buttons_work_in_a_group_for_whoever_presses_them(api: BotApi, server: Server) -> None:
    chat, asker, other = group(), next(USERS), next(USERS)
    number = api.says(asker, "@luoyang_test_bot P2P能不能搞资金池", chat=chat)
    (first,) = api.wait_for(chat["id"], 1)
    assert first["reply_to_message"]["message_id"] == number
    api.presses(other, "查看整条原文", chat=chat["id"])
    api.wait_for(chat["id"], 2)
    assert "【二（一）1】" in api.texts(chat["id"])[1]
    api.presses(other, "没用，换一条", chat=chat["id"])  # goes on with the asker's conversation
    third = api.wait_for(chat["id"], 3)[2]
    assert third["reply_to_message"]["message_id"] == number
    assert "【二（一）1】" not in third["text"]
    api.says(other, "@luoyang_test_bot 给我讲个笑话", chat=chat)
    api.wait_for(chat["id"], 4)
    api.presses(other, "我要举报", chat=chat["id"])
    api.wait_for(chat["id"], 5)
    assert "与我单独对话" in api.texts(chat["id"])[4]


def test_an_answer_stays_in_its_topic(api: BotApi, server: Server) -> None:
    chat, user = group(is_forum=True), next(USERS)
    api.says(user, "@luoyang_test_bot P2P能不能搞资金池", chat=chat, message_thread_id=42, is_topic_message=True)
    assert api.wait_for(chat["id"], 1)[0]["message_thread_id"] == 42
    api.presses(user, "查看整条原文", chat=chat["id"])
    assert api.wait_for(chat["id"], 2)[1]["message_thread_id"] == 42
    api.fails("sendMessage", 400, "Bad Request: message thread not found", chat=chat["id"])
    api.says(user, "@luoyang_test_bot P2P谁牵头", chat=chat, message_thread_id=43, is_topic_message=True)
    assert "message_thread_id" not in api.wait_for(chat["id"], 3)[2]


def test_who_is_spoken_to_in_a_group(api: BotApi, server: Server) -> None:
    chat, user = group(), next(USERS)
    for not_us in ("@luoyang_test_bot2 P2P谁牵头", "/help@luoyang_test_bot2", "mail@luoyang_test_bot P2P谁牵头"):
        api.says(user, not_us, chat=chat)
    api.says(user, "👋👋 @Luoyang_Test_Bot，P2P谁牵头", chat=chat)
    api.says(user, "/help@luoyang_test_bot", chat=chat)
    api.says(user, "@luoyang_test_bot", chat=chat)
    us = {"type": "text_mention", "offset": 0, "length": 2, "user": {**SELF, "id": 123456}}
    api.says(user, "助手 第三方支付谁牵头", chat=chat, entities=[us])
    api._arrives(user, {"photo": [PHOTO], "caption": "@luoyang_test_bot 看看", "caption_entities": MENTION}, chat)
    api.wait_for(chat["id"], 5)
    first, second, third, fourth, fifth = api.texts(chat["id"])
    assert "洛阳银监分局" in first and "查政策" in second and "查政策" in third
    assert "人民银行洛阳市中心支行" in fourth and "与我单独对话" in fifth


ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
AS_A_CHANNEL = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}


def test_who_speaks_for_a_group_or_a_channel_is_answered(api: BotApi, server: Server) -> None:
    chat, other = group(), next(USERS)
    number = api.says(1, "@luoyang_test_bot P2P能不能搞资金池", chat=chat, **{"from": ANONYMOUS, "sender_chat": chat})
    assert api.wait_for(chat["id"], 1)[0]["reply_to_message"]["message_id"] == number
    api.presses(other, "没用，换一条", chat=chat["id"])  # goes on with the conversation of who asked
    assert "【二（一）1】" not in api.wait_for(chat["id"], 2)[1]["text"]
    first, second = ({"id": -1001 - n, "type": "channel", "title": "频道"} for n in range(2))
    said = {"from": AS_A_CHANNEL}
    api.says(1, "@luoyang_test_bot P2P谁牵头", chat=chat, sender_chat=first, **said)
    assert "洛阳银监分局" in api.wait_for(chat["id"], 3)[2]["text"]
    api.says(1, "@luoyang_test_bot 那股权众筹呢", chat=chat, sender_chat=first, **said)
    assert "市政府金融办" in api.wait_for(chat["id"], 4)[3]["text"]
    api.says(1, "@luoyang_test_bot 查看整条原文", chat=chat, sender_chat=second, **said)  # who has asked nothing
    assert "【三（三）" not in api.wait_for(chat["id"], 5)[4]["text"]


def test_what_is_passed_on_in_a_group_was_said_to_others(api: BotApi, server: Server) -> None:
    """Among it what Telegram itself puts into the discussion group of a channel."""
    chat, user = group(), next(USERS)
    channel = {"id": -1009, "type": "channel", "title": "频道"}
    origin = {"type": "channel", "date": 1, "chat": channel, "message_id": 1}
    telegram = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
    posted = {"from": telegram, "sender_chat": channel, "is_automatic_forward": True, "forward_origin": origin}
    api.says(1, "@luoyang_test_bot 第三方支付谁牵头", chat=chat, **posted)
    api.says(user, "@luoyang_test_bot 第三方支付谁牵头", chat=chat, forward_origin=origin)
    api.says(user, "@luoyang_test_bot 谢谢", chat=chat)
    assert "不客气" in api.wait_for(chat["id"], 1)[0]["text"]
    assert len(api.sent[chat["id"]]) == 1


SELF = {"is_bot": True, "first_name": "整治助手"}
PHOTO = {"file_id": "x", "file_unique_id": "x", "file_size": 9, "width": 9, "height": 9}
MENTION = [{"type": "mention", "offset": 0, "length": 17}]


# What is shown ----------------------------------------------------------------------------------------------


def test_ticks_change_the_question_in_its_place(reporter: Telegramer, api: BotApi) -> None:
    asked = reporter.say("www.jinding.example")
    assert "业务种类" in asked
    have = len(api.sent[reporter.id])
    question = api.sent[reporter.id][-1]
    for edits, title in enumerate(("☐ 1. P2P网络借贷", "☐ 2. 股权众筹", "☑ 1. P2P网络借贷"), start=1):
        api.presses(reporter.id, title)
        until(lambda edits=edits: question.get("edits") == edits)  # type: ignore[misc]
    assert len(api.sent[reporter.id]) == have
    shown = [button["text"] for row in question["reply_markup"]["inline_keyboard"] for button in row]
    assert "☐ 1. P2P网络借贷" in shown and "☑ 2. 股权众筹" in shown and "选好了（1 项）" in shown
    assert "业务种类 股权众筹" in reporter.tap("选好了（1 项）")


def test_a_tick_on_a_question_that_was_deleted(reporter: Telegramer, api: BotApi) -> None:
    reporter.say("www.jinding.example")
    api.fails("editMessageText", 400, "Bad Request: message can't be edited")
    assert "业务种类" in reporter.tap("☐ 2. 股权众筹")


def test_a_receipt_is_copied_by_a_button_and_not_passed_on(reporter: Telegramer, api: BotApi) -> None:
    reporter.say("其余跳过")
    receipt = RECEIPT.search(reporter.say(SUBMIT))
    shown = api.sent[reporter.id][-1]
    assert receipt and shown["how"]["protected"]
    buttons = [button for row in shown["reply_markup"]["inline_keyboard"] for button in row]
    assert buttons[0] == {"text": "复制回执码", "copy_text": {"text": receipt[0]}}
    assert not any(message["how"]["protected"] for message in api.sent[reporter.id][:-1])


def test_a_receipt_is_not_passed_on_where_its_button_is_not_taken(reporter: Telegramer, api: BotApi) -> None:
    """By a Bot API server that is older than such buttons."""
    reporter.say("其余跳过")
    api.fails("sendMessage", 400, "Bad Request: BUTTON_TYPE_INVALID", chat=reporter.id)
    assert RECEIPT.search(reporter.say(SUBMIT))
    assert api.sent[reporter.id][-1]["how"]["protected"]


def test_links_lead_somewhere_and_unfold_no_preview(person: Telegramer, api: BotApi, server: Server) -> None:
    person.say("P2P能不能搞资金池")
    assert not api.sent[person.id][-1]["how"]["preview"]
    behind = Behind(server)
    account = behind.accounts.add(f"l{person.id}", "周明", "市公安局", Role.OFFICIAL)
    person.say(f"登录 {behind.accounts.invite(account)}")
    person.say("信访口径 平台跑路了群众要求政府赔钱怎么答")
    assert "打印版（工作台）：https://zhengzhi.example/console/explanations" in person.last
    other = Telegramer(api)
    other.say("我要举报", replies=2)
    assert "请改用网页举报 https://zhengzhi.example/ " in api.texts(other.id)[0]


def test_a_live_location_is_answered_once(person: Telegramer, api: BotApi) -> None:
    place = {"latitude": 34.6, "longitude": 112.4, "live_period": 900}
    number = api._arrives(person.id, {"location": place})
    api.wait_for(person.id, 2)
    assert "已为您开始一份举报，已收到 1 个文件：位置" in person.last
    message = {"message_id": number, "from": {"id": person.id, "is_bot": False, "first_name": "某"}, "date": 1}
    message |= {"chat": {"id": person.id, "type": "private"}}
    for moved in range(3):
        api._update({"edited_message": {**message, "edit_date": 2 + moved, "location": place}})
    assert "金鼎财富" in person.say(STORY)
    assert len(api.sent[person.id]) == 3


def test_what_follows_a_command_is_heard(api: BotApi, server: Server) -> None:
    reporting = Telegramer(api)
    reporting.say(f"/report {STORY}", replies=2)
    assert "金鼎财富" in reporting.last and "第 3/11 题" in reporting.last
    first = Telegramer(api)
    first.say("/selfcheck", replies=2)
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", api.texts(first.id)[0])
    assert code
    first.say(*SHORT[:2])
    assert "第 3/" in Telegramer(api).say(f"/start {code[0]}")
    checking = Telegramer(api)
    checking.say("/selfcheck 洛阳某某信息科技有限公司", replies=3)
    assert "企业名称 洛阳某某信息科技有限公司" in checking.last
    assert "没有找到这个回执码" in Telegramer(api).say("/status 1234 5678 1234 5678")


def test_who_writes_in_another_language_is_told_what_is_understood(person: Telegramer, api: BotApi) -> None:
    person.say("How are you today", replies=2)
    assert "answers in Chinese" in api.texts(person.id)[0]
    english = Telegramer(api)
    api.says(english.id, "/start", **{"from": {**SELF, "is_bot": False, "id": english.id, "language_code": "en"}})
    api.wait_for(english.id, 2)
    assert "answers in Chinese" in api.texts(english.id)[0] and "您好" in api.texts(english.id)[1]
    assert "answers in Chinese" not in Telegramer(api).say("/start")


def test_what_telegram_shows_of_the_bot_and_brings_to_it(api: BotApi, server: Server) -> None:
    until(lambda: "short_description" in api.about)
    long, short = descriptions()
    assert api.about == {"description": long, "short_description": short}
    assert len(long) <= 512 and len(short) <= 120
    assert [command["command"] for command in api.commands["all_group_chats"]] == ["help"]
    assert "report" in {command["command"] for command in api.commands["all_private_chats"]}
    until(lambda: bool(api.allowed))
    assert set(api.allowed) == {"message", "edited_message", "callback_query"}


# The parts alone --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("/start", ("你好",)),
        ("/START ABCD-EFGH-JKMN", ("ABCD-EFGH-JKMN",)),
        ("/report@luoyang_test_bot 被骗了", ("我要举报，被骗了",)),
        ("/start report", ("我要举报",)),
        ("/start start", ("你好",)),
        ("/report", ("我要举报",)),
        ("/status 1234567812345678", ("1234567812345678",)),
        ("/cancel 不填了", ("取消", "不填了")),
        ("/unknown", ("帮助",)),
        ("/unknown P2P谁牵头\n急", ("P2P谁牵头\n急",)),
        ("P2P谁牵头 /help", ("P2P谁牵头 /help",)),
    ],
)
def test_commands_in_words(text: str, means: tuple[str, ...]) -> None:
    assert in_words(text) == means


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        ("What is P2P lending?", "", True),
        ("что такое", "", True),
        ("こんにちは", "", True),
        ("hello", "en", True),
        ("hello", "", False),
        ("ok", "zh-hans", False),
        ("P2P", "en", False),
        ("ABCD-EFGH-3KMN", "en", False),
        ("www.jinding.example", "en", False),
        ("a@b.example 和 https://jin.example/a/b", "", False),
        ("P2P谁牵头 who is in charge of it", "en", False),
        ("", "", False),
    ],
)
def test_other_languages(text: str, language: str, foreign: bool) -> None:
    assert is_foreign(text, language) is foreign


def test_short_buttons_stand_in_two_columns() -> None:
    titles = ["有用", "没用，换一条", "☐ 6. 投资理财公司、金融广告", "跳过", "上一题", "为什么要问这个"]
    rows = in_columns([InlineKeyboardButton(title, callback_data="=") for title in titles])
    assert [[button.text for button in row] for row in rows] == [
        ["有用", "没用，换一条"],
        ["☐ 6. 投资理财公司、金融广告"],
        ["跳过", "上一题"],
        ["为什么要问这个"],
    ]


def test_paths_of_ours_get_their_host_or_go() -> None:
    reply = {"text": "请在工作台（/console）查看；比例 1/2，见 /plan#c2-1-1 和 https://a.example/plan。"}
    files = {"custom": {"files": [{"title": "打印版（工作台）", "url": "/console/explanations?ids=a"}]}}

    def shown(url: str) -> str:
        return rendered([reply | files], Carries(4096, True, url)).parts[0].text

    assert shown("https://z.example/") == (
        "请在工作台 https://z.example/console 查看；比例 1/2，见  https://z.example/plan#c2-1-1  和 https://a.example/plan。"
        "\n\n打印版（工作台）：https://z.example/console/explanations?ids=a"
    )
    assert shown("") == "请在工作台查看；比例 1/2，见  和 https://a.example/plan。"


def test_a_source_and_the_choices_stand_under_some_of_the_answer() -> None:
    answer = "各领域的牵头单位：" + "".join(f"\n{n}. 第{n}个领域由某某单位牵头负责" for n in range(1, 56))
    reply = {
        "text": answer,
        "custom": {"citations": [{"clause": "三（二）", "url": "/plan#c3-2"}]},
        "buttons": [{"title": "查看整条原文", "payload": "查看整条原文"}],
    }
    for longest in range(len(answer) - 60, len(answer) + 60):
        parts = rendered([reply], Carries(longest, False, "https://z.example")).parts
        assert all(len(part.text) <= longest for part in parts)
        assert re.search(r"某某单位牵头负责\n\n依据 三（二）：\S+\n\n回复数字即可：\n1\. 查看整条原文$", parts[-1].text)
        assert "\n".join(part.text for part in parts).count("牵头负责") == 55


def test_a_part_that_an_earlier_version_kept_can_still_be_sent() -> None:
    kept = {"text": "一", "buttons": [["继续", "继续"]], "file": "", "name": ""}
    assert Part.from_json(kept) == Part("一", (("继续", "继续"),))
    whole = replace(Part("一"), copies="1", answers="2:3", edits="4:5")
    assert Part.from_json(whole.as_json()) == whole


def test_where_a_message_goes() -> None:
    assert Chat.of("17") == Chat(17) and not Chat.of("17").is_group
    assert Chat.of("group|-100|17") == Chat(-100) and Chat.of("group|-100/42|17") == Chat(-100, 42)


def test_many_chats_that_are_refused_make_all_wait() -> None:
    async def scene() -> list[int]:
        pace, sent = Pace(1000), []

        async def send(chat: int) -> None:
            async with pace.to(chat, group=False):
                sent.append(chat)

        pace.pause(1, 3600)
        waiting = asyncio.create_task(send(1))
        await send(2)
        for chat in range(10, 10 + REFUSED_CHATS):
            pace.pause(chat, 3600)
        others = asyncio.create_task(send(3))
        for _ in range(10):
            await asyncio.sleep(0)
        waiting.cancel()
        others.cancel()
        return sent

    assert asyncio.run(scene()) == [2]


def test_what_was_taken_while_the_database_was_away_is_not_sent_again(tmp_path: Path) -> None:
    outbox, sent = Outbox(tmp_path / "outbox.db", Encryptor([Fernet.generate_key()])), []

    class Far(Unlimited):
        channel = "telegram"

        async def send(self, sender: str, part: Part, file: object) -> None:
            sent.append(part.text)

    async def scene() -> None:
        sending = Sending(outbox, cast(Any, Far()), cast(Any, None), sent.append)
        outbox.put("telegram:5", [Part("一"), Part("二")])
        working, outbox.sent = outbox.sent, Mock(side_effect=sqlite3.OperationalError)  # type: ignore[method-assign]
        sending.soon("telegram:5")
        await asyncio.gather(*sending._tasks.values())
        outbox.sent = working  # type: ignore[method-assign]
        sending.again("telegram:5")  # its time has not come yet
        assert not sending._tasks and sent == ["一"]
        sending.forgive()
        sending.again("telegram:5")
        await asyncio.gather(*sending._tasks.values())

    asyncio.run(scene())
    assert sent == ["一", "二"] and not outbox.places()


def test_locks_keep_the_order_and_leave_nothing_behind() -> None:
    async def scene() -> tuple[list[int], Locks]:
        locks, done = Locks(), []

        async def work(number: int) -> None:
            async with locks.of("one"):
                await asyncio.sleep(0)
                done.append(number)

        await asyncio.gather(*(work(number) for number in range(5)))
        return done, locks

    done, locks = asyncio.run(scene())
    assert done == list(range(5)) and not locks._locks and not locks._wanted
