"""What waits for somebody goes out: all of it, once, in order, and in as few messages as the messenger still takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet

from bot.channels.messenger import Away, File, Rejected, Unsure
from bot.channels.outbox import Outbox
from bot.channels.rendering import Part
from bot.channels.sending import Sending
from bot.channels.tencent.arranging import Room, arranged
from storage.encryption import Encryptor

PLACE, SENDER = "kf:wk/somebody", "wk/somebody"
REMINDERS = [f"任务提醒：第{number}项三天后到期，请报送进展情况。" for number in range(12)]
ANSWER = "洛阳银监分局牵头P2P网络借贷整治。"


class Pages:
    def put_text(self, text: str) -> str:
        raise AssertionError("nothing of this is too long")

    put_file = put_text


class Far:
    """A messenger that takes so many messages now, as 微信客服 does after each of somebody's."""

    channel = "kf"

    def __init__(self, room: int | None, refuses: Callable[[Part], Exception | None] = lambda part: None) -> None:
        self.left, self.refuses = room, refuses
        self.shown: list[Part] = []

    def arrange(self, parts: list[Part], most: int | None = None) -> list[Part]:
        return arranged(parts, Room(2048, min(5, most or 5), 1024, 10, public_url="https://z.example"), Pages())

    def room(self, sender: str) -> int | None:
        return self.left

    async def send(self, sender: str, part: Part, file: File | None) -> None:
        assert sender == SENDER
        if self.left == 0:
            raise Away
        if error := self.refuses(part):
            raise error
        self.shown.append(part)
        self.left = None if self.left is None else self.left - 1


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db", Encryptor([Fernet.generate_key()]))


async def fetch(path: str) -> File:
    return File("自查表.pdf", b"%PDF-1.4")


def sent(outbox: Outbox, far: Far, rounds: int = 1) -> list[str]:
    """The texts that are shown after everything was tried so often."""

    async def scene() -> None:
        sending = Sending(outbox, cast(Any, far), fetch, lambda place: None, "https://z.example")
        for _ in range(rounds):
            await sending.now(PLACE)

    asyncio.run(scene())
    return [part.text for part in far.shown]


def test_after_a_week_of_reminders_the_answer_is_among_the_five_messages(outbox: Outbox) -> None:
    outbox.put(PLACE, [Part(text) for text in REMINDERS])
    outbox.put(PLACE, [Part(ANSWER, (("查看整条原文", "原文 三（二）3"),))])
    shown = sent(outbox, far := Far(5))
    assert len(shown) <= 5 and not outbox.waiting(PLACE)
    lines = "\n\n".join(shown).split("\n\n")
    assert lines == [*REMINDERS, ANSWER]  # each once, in order
    assert far.shown[-1].buttons and len({part.key for part in far.shown}) == len(shown)


def test_what_fits_goes_as_it_is(outbox: Outbox) -> None:
    outbox.put(PLACE, [Part(text) for text in REMINDERS[:5]])
    assert sent(outbox, Far(5)) == REMINDERS[:5]
    outbox.put(PLACE, [Part(text) for text in REMINDERS])
    assert sent(outbox, Far(None)) == REMINDERS


def test_nothing_is_joined_while_nothing_may_be_sent(outbox: Outbox) -> None:
    outbox.put(PLACE, [Part(text) for text in REMINDERS])
    assert sent(outbox, Far(0)) == []
    assert [waiting.part.text for waiting in outbox.waiting(PLACE)] == REMINDERS


def test_what_may_have_been_taken_is_sent_again_under_its_own_name(outbox: Outbox) -> None:
    outbox.put(PLACE, [Part(text) for text in REMINDERS[:3]])
    before, tries = outbox.waiting(PLACE), list[str]()

    def lost(part: Part) -> Exception | None:
        tries.append(part.key)
        if len(tries) > 1:
            return None
        far.left = 2  # it counted, though nobody said so: less may be sent now than waits
        return Unsure()

    far = Far(3, lost)
    assert sent(outbox, far, rounds=2) == REMINDERS[:2]
    assert tries[:2] == [before[0].part.key] * 2
    assert [waiting.part.text for waiting in outbox.waiting(PLACE)] == REMINDERS[2:3]


def test_what_a_messenger_does_not_take_is_said_and_holds_up_nothing(outbox: Outbox) -> None:
    outbox.put(PLACE, [Part("这句不让发"), Part(file="/files/a", name="自查表.pdf"), Part(ANSWER)])

    def refuses(part: Part) -> Exception | None:
        return Rejected() if part.text == "这句不让发" or part.file else None

    first, second, third = sent(outbox, Far(None, refuses))
    assert "没有收下" in first and "https://z.example/" in first
    assert "自查表.pdf" in second and "没能发给您" in second
    assert third == ANSWER and not outbox.waiting(PLACE)


def test_who_takes_nothing_at_all_is_not_tried_for_ever(outbox: Outbox) -> None:
    outbox.put(PLACE, [Part(ANSWER)])
    assert sent(outbox, Far(None, lambda part: Rejected())) == []
    assert not outbox.waiting(PLACE)


def test_messages_are_replaced_before_what_came_after_them(outbox: Outbox) -> None:
    outbox.put(PLACE, [Part("一"), Part("二"), Part("三")])
    waiting = outbox.waiting(PLACE)
    outbox.put(PLACE, [Part("四")])
    outbox.put("kf:wk/another", [Part("别人的")])
    kept = outbox.replace(waiting, [waiting[0].part, Part("二\n\n三")])
    assert kept == outbox.waiting(PLACE)[:2]
    assert [each.part.text for each in outbox.waiting(PLACE)] == ["一", "二\n\n三", "四"]
    assert kept[0].part.key == waiting[0].part.key  # as it was
    assert kept[1].part.key not in {each.part.key for each in waiting}
    assert [each.part.text for each in outbox.waiting("kf:wk/another")] == ["别人的"]
