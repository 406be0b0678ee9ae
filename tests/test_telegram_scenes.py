"""Reports as people make them on Telegram: albums, captions, voices, edits, replies, forwards, cards, ticks."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bench.listening import answer_of
from tests.bot_api import TOKEN, BotApi
from tests.conftest import QuickServer, Server, server_of_its_own
from tests.evidence_files import VCARD, branded, screenshot
from tests.messengers import nothing_more_comes, photo
from tests.test_tip_off import SUBMIT

USERS = itertools.count(7000)
REVIEW = "看看填了什么"
OGG = b"OggS" + bytes(60)
FILM = branded(b"isom", b"mp42")()
SPEAKER = {"id": 99, "is_bot": False, "first_name": "客服小美"}
FORWARDED = {"forward_origin": {"type": "user", "date": 1, "sender_user": SPEAKER}}
QUOTED = {
    "reply_to_message": {
        "message_id": 5,
        "date": 1,
        "chat": {"id": 1, "type": "private"},
        "from": SPEAKER,
        "text": "年化20%，本金保证",
    }
}
PLACE = {"latitude": 34.65, "longitude": 112.39}
# Beginnings: whom it is about, and how much.
BEGUN = "举报聚鼎易贷骗了我3万"


@pytest.fixture(scope="module")
def server(api: BotApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"telegram_token": TOKEN, "telegram_url": api.url, "telegram_per_second": "1000"}
    with server_of_its_own(tmp_path_factory.mktemp("telegram"), QuickServer, **limits) as running:
        yield running


class Reporter:
    """Somebody on Telegram, and what they do one after the other; each waits until all was answered."""

    def __init__(self, api: BotApi, server: Server) -> None:
        self.api, self.server, self.id = api, server, next(USERS)

    def does(self, act: Callable[[], object]) -> str:
        have = len(self.api.sent[self.id])
        act()
        self.api.wait_for(self.id, have + 1)
        nothing_more_comes(self.server, "telegram")
        return self.api.texts(self.id)[-1]

    def says(self, *texts: str, **more: Any) -> str:
        for text in texts:
            said = self.does(lambda text=text: self.api.says(self.id, text, **more))  # type: ignore[misc]
        return said

    def sends(self, content: bytes = b"", name: str = "", **more: Any) -> str:
        return self.does(lambda: self.api.sends(self.id, name, content or photo(), photo=not name, **more))

    def hands(self, kind: str, content: bytes = b"", **about: Any) -> str:
        return self.does(lambda: self.api.hands(self.id, kind, content, **about))

    def taps(self, title: str) -> str:
        return self.does(lambda: self.api.presses(self.id, title))

    def has(self, label: str) -> str:
        return answer_of(self.says(REVIEW), label)


@pytest.fixture
def person(api: BotApi, server: Server) -> Reporter:
    return Reporter(api, server)


def test_a_photo_before_anything_opens_a_report_with_its_caption(person: Reporter) -> None:
    person.sends(caption="叫河图宝，骗了我家四万二")
    assert person.has("平台或公司名称") == "河图宝"
    assert person.has("涉及金额") == "4.2万元人民币"
    assert "叫河图宝，骗了我家四万二" in person.has("发生了什么")
    assert "照片" in person.has("手头的证据")


def test_a_caption_in_the_middle_of_a_report_goes_on_with_the_story(person: Reporter) -> None:
    person.says(BEGUN)
    person.sends(caption="这是他们店门口，在老城区东大街")
    assert "这是他们店门口" in person.has("发生了什么")
    assert person.has("手头的证据")


def test_an_album_is_one_message_and_one_answer(person: Reporter, api: BotApi) -> None:
    person.says(BEGUN)
    have = len(api.sent[person.id])
    person.does(lambda: api.sends_album(person.id, [photo(), screenshot("PNG", ["合同"]), photo() + b""], "三张合同"))
    assert len(api.sent[person.id]) == have + 1
    assert "三张合同" in person.has("发生了什么")


def test_an_album_without_words_before_any_report(person: Reporter, api: BotApi) -> None:
    said = person.does(lambda: api.sends_album(person.id, [photo(), screenshot("PNG", ["转账"])]))
    assert "2 个文件" in said


def test_a_voice_is_kept_and_its_words_asked_for(person: Reporter) -> None:
    person.says(BEGUN)
    said = person.hands("voice", OGG, duration=9)
    assert "已收到 1 个文件：语音.ogg" in said and "文字" in said
    assert "语音.ogg" in person.has("手头的证据")


def test_a_voice_with_a_caption_tells_both(person: Reporter) -> None:
    person.hands("voice", OGG, duration=9, beside={"caption": "经理在群里喊单的录音，平台叫汇金狐"})
    assert person.has("平台或公司名称") == "汇金狐"
    assert "语音.ogg" in person.has("手头的证据")


def test_a_round_video_is_evidence(person: Reporter) -> None:
    person.says(BEGUN)
    assert "圆形视频.mp4" in person.hands("video_note", FILM, length=240, duration=3)


def test_a_song_that_is_a_recorded_call(person: Reporter) -> None:
    person.says(BEGUN)
    said = person.hands("audio", b"#!AMR\n" + bytes(200), duration=60, file_name="通话 2016:10:12.amr")
    assert "已收到 1 个文件" in said


def test_a_place_that_is_shared_is_evidence_and_no_answer(person: Reporter) -> None:
    person.says(BEGUN)
    assert "位置" in person.hands("location", **PLACE)
    assert person.has("平台或公司名称") == "聚鼎易贷"


def test_a_card_of_the_salesman_is_evidence(person: Reporter) -> None:
    person.says(BEGUN)
    said = person.hands("contact", phone_number="+8613721590031", first_name="经理", last_name="宋", vcard=VCARD)
    assert "名片" in said and "名片" in person.has("手头的证据")


def test_a_card_before_any_report(person: Reporter) -> None:
    person.hands("contact", phone_number="+8613721590032", first_name="业务员")
    person.says("这个人骗了我两万八，平台叫银河钱庄")
    assert person.has("涉及金额") == "2.8万元人民币" and person.has("平台或公司名称") == "银河钱庄"


def test_forwarded_words_are_evidence_and_no_answer(person: Reporter) -> None:
    person.says(BEGUN)
    said = person.says("我们公司叫诚信天下，投10万返12万", **FORWARDED)
    assert "转发" in said
    assert person.has("平台或公司名称") == "聚鼎易贷" and person.has("涉及金额") == "3万元人民币"


def test_a_forwarded_photo_keeps_its_caption_with_the_evidence(person: Reporter) -> None:
    person.says(BEGUN)
    person.sends(caption="稳赚不赔，一月回本", **FORWARDED)
    assert "稳赚不赔" not in person.has("发生了什么")


def test_a_quotation_is_not_the_persons_words(person: Reporter) -> None:
    person.says(BEGUN)
    person.says("这是他们经理说的，根本不给本金", **QUOTED)
    story = person.has("发生了什么")
    assert "根本不给本金" in story and "年化20%" not in story


def test_an_answer_by_reply_to_our_question_is_the_answer(person: Reporter, api: BotApi) -> None:
    person.says(BEGUN)
    asked = api.sent[person.id][-1]
    person.says("www.jdyd.example", reply_to_message={**asked, "chat": {"id": person.id, "type": "private"}})
    assert person.has("怎么找到它") == "www.jdyd.example"


def test_an_edited_message_is_not_taken_silently(person: Reporter, api: BotApi) -> None:
    number = api.says(person.id, BEGUN)
    api.wait_for(person.id, 2)
    nothing_more_comes(person.server, "telegram")
    assert "作为新消息" in person.does(lambda: api.edits(person.id, number, "举报聚鼎易贷骗了我8万"))
    assert person.has("涉及金额") == "3万元人民币"
    person.says("金额写错了，是8万")
    assert person.has("涉及金额") == "8万元人民币"


def test_a_button_that_is_pressed_twice_skips_once(person: Reporter, api: BotApi) -> None:
    person.says(BEGUN)
    asked = len(api.sent[person.id])
    person.taps("跳过")
    label = re.search(r"第 (\d+)/\d+ 题", api.texts(person.id)[-1])
    api.presses(person.id, "跳过")
    api.wait_for(person.id, asked + 2)
    nothing_more_comes(person.server, "telegram")
    assert label and len(api.sent[person.id]) >= asked + 2
    assert person.has("平台或公司名称") == "聚鼎易贷"


def test_ticks_edit_the_keyboard_in_place(person: Reporter, api: BotApi) -> None:
    person.says(BEGUN, "跳过")
    have = len(api.sent[person.id])
    rows = api.sent[person.id][-1]["reply_markup"]["inline_keyboard"]
    first, third = (next(b["text"] for row in rows for b in row if word in b["text"]) for word in ("P2P", "理财"))
    for title in (first, third):
        ticked = api.sent[person.id][-1].get("edits", 0)
        api.presses(person.id, title)
        until = time.monotonic() + 30
        while api.sent[person.id][-1].get("edits", 0) == ticked:
            assert time.monotonic() < until, "the keyboard was not edited"
            time.sleep(0.02)
    titles = [b["text"] for row in api.sent[person.id][-1]["reply_markup"]["inline_keyboard"] for b in row]
    assert len(api.sent[person.id]) == have and first not in titles
    person.taps("选好了（2 项）")
    assert "P2P" in person.has("业务种类")


def test_a_long_story_in_parts_is_whole(person: Reporter, api: BotApi) -> None:
    parts = [f"第{n}段：业务员在会上讲了又讲，{'保本保息，' * 300}完" for n in range(1, 4)]
    person.says("我要举报")
    have = len(api.sent[person.id])
    for part in parts:
        api.says(person.id, part)
    api.wait_for(person.id, have + 1)
    nothing_more_comes(person.server, "telegram")
    person.says(REVIEW)
    shown = "".join(api.texts(person.id)[have:])
    assert all(f"第{n}段" in shown for n in (1, 2, 3))


def test_back_from_a_start_code(person: Reporter, api: BotApi, server: Server) -> None:
    opening = person.says(BEGUN)
    opening = "".join(api.texts(person.id)) + opening
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", opening)
    assert code
    elsewhere = Reporter(api, server)
    elsewhere.says(f"/start {code[0]}")
    elsewhere.says("门店在涧西区南昌路")
    assert "南昌路" in elsewhere.has("怎么找到它") and elsewhere.has("涉及金额") == "3万元人民币"


def test_a_report_in_a_group_is_asked_to_come_alone(person: Reporter, api: BotApi) -> None:
    group = {"id": -700 - person.id, "type": "supergroup", "title": "邻居群"}
    api.says(person.id, "@luoyang_test_bot 举报聚鼎易贷骗了我3万", chat=group)
    told = api.wait_for(group["id"], 1)[-1]["text"]
    assert "单独" in told and "3万" not in told


def test_a_question_in_a_topic_is_answered_there(person: Reporter, api: BotApi) -> None:
    group = {"id": -8000 - person.id, "type": "supergroup", "title": "政策群", "is_forum": True}
    api.says(person.id, "@luoyang_test_bot P2P谁牵头", chat=group, message_thread_id=77, is_topic_message=True)
    assert api.wait_for(group["id"], 1)[-1]["message_thread_id"] == 77


def test_a_supplement_with_a_photo_after_the_receipt(person: Reporter, api: BotApi) -> None:
    person.says(BEGUN, "其余跳过", SUBMIT)
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", "".join(api.texts(person.id)))
    assert receipt
    later = Reporter(api, person.server)
    later.says(receipt[0])
    assert "已补充" in later.sends(caption="昨天又催我充钱的截图")
    assert "昨天又催我充钱的截图" in later.says(receipt[0])


def test_a_receipt_in_the_middle_of_another_report(person: Reporter, api: BotApi) -> None:
    person.says(BEGUN, "其余跳过", SUBMIT)
    receipt = re.search(r"\d{4} \d{4} \d{4} \d{4}", "".join(api.texts(person.id)))
    assert receipt
    person.says("我要举报另一家叫满仓红")
    assert "您的举报（JB-" in person.says(f"之前那个{receipt[0]}有进展没")
    assert receipt[0] not in person.says(REVIEW)


def test_a_sticker_and_a_poll_are_said_not_to_be_read(person: Reporter) -> None:
    person.says(BEGUN)
    sticker = {"file_id": "s", "file_unique_id": "s", "width": 1, "height": 1, "is_animated": False}
    assert "看不懂" in person.hands("sticker", **sticker, is_video=False, type="regular")
    assert person.has("涉及金额") == "3万元人民币"


def test_emoji_between_messages_change_nothing(person: Reporter) -> None:
    person.says(BEGUN, "😭😭", "一共俩人", "🙏")
    assert person.has("涉及人数") == "2" and person.has("怎么找到它") in ("", "（未填）")


def test_ones_own_account_stays_out_of_the_story(person: Reporter) -> None:
    person.says(BEGUN, "加我微信 lianxi_2016 就行，他加我微信 jdyd_888 催的")
    assert "lianxi_2016" in person.has("您的联系方式") and "jdyd_888" in person.has("怎么找到它")
