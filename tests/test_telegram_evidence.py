"""What a Telegram message holds, read by the real client library from what the Bot API sends."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Message

from bot.channels.telegram_evidence import LARGEST, contents_of

PERSON = {"id": 7, "is_bot": False, "first_name": "小李", "username": "li"}
SIZED = {"file_id": "F", "file_unique_id": "U", "file_size": 9}
SEEN = {**SIZED, "width": 2, "height": 2}
SMALL = {"file_id": "small", "file_unique_id": "s", "width": 1, "height": 1}
PLACE = {"latitude": 34.65, "longitude": 112.39}


def message(**fields: Any) -> Message:
    about = {"message_id": 1, "date": 1476331800, "chat": {"id": 7, "type": "private"}, "from": PERSON}
    read = Message.de_json({**about, **fields}, None)
    assert read
    return read


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"photo": [SMALL, SEEN]}, "照片.jpg"),
        ({"document": {**SIZED, "file_name": "合同.pdf"}}, "合同.pdf"),
        ({"document": SIZED}, "文件"),
        ({"voice": {**SIZED, "duration": 3}}, "语音.ogg"),
        ({"audio": {**SIZED, "duration": 3, "file_name": "通话.amr"}}, "通话.amr"),
        ({"video": {**SEEN, "duration": 3}}, "视频.mp4"),
        ({"video_note": {**SIZED, "length": 240, "duration": 3}}, "圆形视频.mp4"),
        (
            {"animation": {**SEEN, "duration": 3}, "document": {**SIZED, "file_name": "a.gif", "file_id": "other"}},
            "动图.mp4",
        ),
    ],
)
def test_every_file_is_fetched_once(fields: dict[str, Any], name: str) -> None:
    contents = contents_of(message(**fields, caption="这是合同"))
    (file,) = contents.files
    assert (file.file_id, file.name, file.size, file.too_large) == ("F", name, 9, False)
    assert contents.caption == "这是合同" and not contents.items


def test_what_telegram_does_not_let_us_fetch_is_known_before() -> None:
    (file,) = contents_of(message(document={**SIZED, "file_size": LARGEST + 1})).files
    assert file.too_large


def test_places_and_cards_are_items() -> None:
    (venue,) = contents_of(
        message(location=PLACE, venue={"location": PLACE, "title": "金鼎财富", "address": "涧西区南昌路"})
    ).items
    assert venue.kind == "location" and "涧西区南昌路" in venue.text and "34.650000" in venue.text
    (live,) = contents_of(message(location={**PLACE, "live_period": 900})).items
    assert "112.390000" in live.text
    (card,) = contents_of(
        message(contact={"phone_number": "+8613837912345", "first_name": "经理", "last_name": "张"})
    ).items
    assert card.kind == "contact" and "+8613837912345" in card.text and "张 经理" in card.text


@pytest.mark.parametrize(
    ("origin", "who"),
    [
        ({"type": "user", "date": 1, "sender_user": PERSON}, "小李（@li）"),
        ({"type": "hidden_user", "date": 1, "sender_user_name": "客服"}, "客服"),
        (
            {"type": "channel", "date": 1, "message_id": 3, "chat": {"id": -1, "type": "channel", "title": "金鼎公告"}},
            "金鼎公告",
        ),
        ({"type": "chat", "date": 1, "sender_chat": {"id": -2, "type": "supergroup", "title": "投资群"}}, "投资群"),
    ],
)
def test_forwarded_words_are_somebody_elses(origin: dict[str, Any], who: str) -> None:
    contents = contents_of(message(text="保本保息", forward_origin=origin))
    (item,) = contents.items
    assert (
        item.kind == "forwarded"
        and item.text == f"转发自：{who}\n原文时间：1970-01-01 00:00（UTC）\n保本保息"
        and contents.caption == ""
    )
    with_photo = contents_of(message(photo=[SEEN], caption="稳赚", forward_origin=origin))
    assert with_photo.files and with_photo.items[0].text.endswith("稳赚") and with_photo.caption == ""


def test_forwarded_as_older_servers_say_it() -> None:
    contents = contents_of(message(text="保本保息", forward_date=1))
    assert contents.items[0].text == "保本保息" and contents.caption == ""


def test_a_shared_page_is_an_item_and_a_link_in_words_is_words() -> None:
    preview = {"link_preview_options": {"url": "https://www.jinding-cf.example/a"}}
    (item,) = contents_of(message(text="看这个", **preview)).items
    assert item.kind == "link" and "jinding-cf.example" in item.text
    assert not contents_of(message(text="https://www.jinding-cf.example/a 骗人", **preview))
    assert not contents_of(message(text="他们骗人"))
