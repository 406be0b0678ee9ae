"""What goes wrong at the far end of every channel, and what becomes of what was said; the table: docs/channels.md."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.outbox import Outbox
from casework.desk.account import Role
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.bot_api import Fault
from tests.channels import CHANNELS, FarEnds, OnAMessenger, OnThePage, far_ends, somebody_in
from tests.conftest import ROOT, QuickServer, server_of_its_own
from tests.messengers import Behind
from tests.tencent import CUSTOMER_SECONDS, Oracle, Standing, fields_of
from tests.wechat_gateway import Gateway

MESSENGERS = CHANNELS[1:]
SEND = {
    "公众号": "/cgi-bin/message/custom/send",
    "企业微信": "/cgi-bin/message/send",
    "微信客服": "/cgi-bin/kf/send_msg",
}
ONCE, TWICE, LATER, NONE = "一次", "两次", "再来信时一次", "—"
# What becomes of a reminder, or of what somebody says, by fault and channel; — where there is no such fault.
OUTCOMES = {
    "令牌过期（42001）": (NONE, NONE, ONCE, ONCE, ONCE),
    "条数用完（45047）": (NONE, NONE, LATER, NONE, LATER),
    "超过 48 小时（45015）": (NONE, NONE, LATER, NONE, LATER),
    "繁忙（-1，Telegram 429，网关拒绝）": (ONCE, ONCE, ONCE, ONCE, ONCE),
    "回应是坏的（502）": (ONCE, NONE, ONCE, ONCE, ONCE),
    "回应太慢，其实已发出": (TWICE, NONE, TWICE, ONCE, ONCE),
    "对方断开再恢复": (ONCE, ONCE, ONCE, ONCE, ONCE),
    "来信送达两次": (ONCE, ONCE, ONCE, ONCE, ONCE),
    "两条来信次序颠倒": (ONCE, NONE, ONCE, ONCE, ONCE),
    "处理中途被杀（SIGKILL）": (ONCE, ONCE, ONCE, ONCE, ONCE),
}
CODES = {"令牌过期（42001）": 42001, "条数用完（45047）": 45047, "超过 48 小时（45015）": 45015}
BUSY, BROKEN, SLOW = list(OUTCOMES)[3:6]
AWAY, AGAIN, TURNED, KILLED = list(OUTCOMES)[6:]
QUESTION, ANSWER, REMINDER = "P2P谁牵头", "洛阳银监分局", "任务提醒：清理整顿七天后到期。"
WITHIN = 120.0
# What is seen of a fault, and the test that has it happen.
LATE, WAITED = "晚到几秒到一分钟", "写一句话，就先收到等着的，再收到回答"
REFUSED, FAILED = "test_what_a_platform_refuses_is_sent_when_it_may_be", "test_a_message_that_fails_is_sent_again"
SEEN = {
    "令牌过期（42001）": (LATE, REFUSED),
    "条数用完（45047）": (WAITED, REFUSED),
    "超过 48 小时（45015）": (WAITED, REFUSED),
    BUSY: (LATE, FAILED),
    BROKEN: (LATE, FAILED),
    SLOW: ("先到的那条；接口不认名字的，过一会儿又来一条一样的", FAILED),
    AWAY: ("恢复后一分钟内收到", "test_a_far_end_that_goes_away_and_comes_back"),
    AGAIN: ("一个回答", "test_what_is_delivered_twice_is_answered_once"),
    TURNED: ("两个回答，先到的先答", "test_what_arrives_out_of_order_is_answered_all_the_same"),
    KILLED: ("回答，或者“请再发一次”", "test_killed_in_the_middle_everybody_is_answered"),
}


def table() -> Iterator[str]:
    yield f"| | {' | '.join(MESSENGERS)} | what is seen | test |"
    yield f"|---|{'---|' * len(MESSENGERS)}---|---|"
    for fault, outcomes in OUTCOMES.items():
        seen, test = SEEN[fault]
        yield f"| {fault} | {' | '.join(outcomes)} | {seen} | `{test}` |"


def test_the_table_of_the_documentation_is_this_one() -> None:
    assert "\n".join(table()) in (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")


def test_the_tests_that_the_documentation_names_are_there() -> None:
    shown = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+)::(test_\w+)`", shown)
    named += [("test_channel_faults", test) for _, test in SEEN.values()]
    assert len(named) > 2 * len(SEEN)
    for file, test in named:
        assert f"\ndef {test}(" in (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8"), (file, test)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def ends(folder: Path) -> Iterator[FarEnds]:
    if not (Oracle.there() and Gateway.there()):
        pytest.skip("没有 Node、@wecom/crypto 或网关的软件包（见 tests/prepare_machine.sh）")
    with far_ends(folder) as started:
        yield started


@pytest.fixture(scope="module")
def server(ends: FarEnds, folder: Path) -> Iterator[QuickServer]:
    with server_of_its_own(folder, QuickServer, **ends.settings) as running:
        ends.gateway.wait_until_ready()
        yield running


class Someone:
    """Somebody in a messenger who is signed in there, so that reminders reach them."""

    def __init__(self, channel: str, ends: FarEnds, server: QuickServer) -> None:
        self.channel, self.ends, self.behind = channel, ends, Behind(server)
        settings = ActionSettings(data_dir=Path(server.settings["data_dir"]))
        self.outbox = Outbox(settings.data_dir / "outbox.db", load_encryptor(settings))
        person = somebody_in(channel, ends, server, self.outbox)
        assert isinstance(person, OnAMessenger)
        self.person: Any = person
        self.account = self.behind.accounts.add(uuid.uuid4().hex[:12], "周明", "市公安局", Role.OFFICIAL)
        self.behind.accounts.bind(self.account, person.at)
        self.person.says("谢谢")  # from now on the platforms let us write

    def times(self, text: str) -> int:
        return sum(text in self.person.one(message).text for message in self.person.messages())

    def reminded(self) -> None:
        self.behind.tasks.tell(self.account.id, REMINDER)

    def wait_for(self, text: str, times: int = 1) -> None:
        """Until something is shown so often, and nothing more waits."""
        until = time.monotonic() + WITHIN
        while self.times(text) < times or self.outbox.waiting(self.person.at):
            assert time.monotonic() < until, f"{self.channel}: {text} {self.times(text)} times"
            time.sleep(0.05)

    def is_delivered_until_answered(self, text: str) -> None:
        """What 公众号 and 企业微信 do whose callback found nobody."""
        person = self.person.person
        message, until = person.message("text", Content=text), time.monotonic() + WITHIN
        while time.monotonic() < until:
            try:
                answer = person.caller.post(message)
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if answer.status_code == 200:
                if answer.text not in ("", "success"):
                    told = fields_of(person.caller.opened(answer.text))
                    person.shown.append({"text": told["Content"], "passive": True})
                return

    def wait_until_spent(self, path: str) -> None:
        """Until the far end has given every fault that was set for it."""
        until = time.monotonic() + WITHIN
        while self.ends.tencent.faults[path]:
            assert time.monotonic() < until
            time.sleep(0.05)


def expected(fault: str) -> dict[str, str]:
    return {channel: how for channel, how in zip(MESSENGERS, OUTCOMES[fault], strict=True) if how != NONE}


def in_each(fault: str, scene: Callable[[str], None]) -> None:
    """One scene in every channel that knows the fault, side by side."""
    with ThreadPoolExecutor(len(MESSENGERS)) as threads:
        list(threads.map(scene, expected(fault)))


@pytest.mark.parametrize("fault", CODES)
def test_what_a_platform_refuses_is_sent_when_it_may_be(ends: FarEnds, server: QuickServer, fault: str) -> None:
    def scene(channel: str) -> None:
        someone = Someone(channel, ends, server)
        ends.tencent.faults[SEND[channel]] = [CODES[fault]]
        someone.reminded()
        someone.wait_until_spent(SEND[channel])
        if expected(fault)[channel] == LATER:
            assert not someone.times(REMINDER)
            someone.person.says("P2P能不能搞资金池")
        someone.wait_for(REMINDER)
        assert someone.times(REMINDER) == 1

    in_each(fault, scene)


def fails(ends: FarEnds, channel: str, fault: str) -> None:
    """Have the next message to a channel fail."""
    match channel, fault:
        case "Telegram", other if other == SLOW:
            ends.api.fails("sendMessage", 504, "Gateway Timeout", done=True, seconds=8)
        case "Telegram", other if other == BROKEN:
            ends.api.faults["sendMessage"].append(Fault(502, "Bad Gateway"))
        case "Telegram", _:
            ends.api.fails("sendMessage", 429, "Too Many Requests", parameters={"retry_after": 1})
        case "wechaty", _:
            ends.gateway.asks("/refuse", times=1)
        case _:
            ends.tencent.faults[SEND[channel]] = [{BUSY: -1, BROKEN: "broken", SLOW: "slow"}[fault]]


@pytest.mark.parametrize("fault", [BUSY, BROKEN, SLOW])
def test_a_message_that_fails_is_sent_again(ends: FarEnds, server: QuickServer, fault: str) -> None:
    def scene(channel: str) -> None:
        someone = Someone(channel, ends, server)
        fails(ends, channel, fault)
        someone.reminded()
        times = 2 if expected(fault)[channel] == TWICE else 1
        someone.wait_for(REMINDER, times)
        assert someone.times(REMINDER) == times

    in_each(fault, scene)


def test_a_far_end_that_goes_away_and_comes_back(ends: FarEnds, server: QuickServer) -> None:
    people = [Someone(channel, ends, server) for channel in expected(AWAY)]
    far = (ends.api, ends.gateway, ends.tencent)
    for each in far:
        each.stop()
    for someone in people:
        someone.reminded()
    until = time.monotonic() + WITHIN
    while not all(someone.outbox.waiting(someone.person.at) for someone in people):  # tried, and kept
        assert time.monotonic() < until
        time.sleep(0.05)
    for each in far:
        each.start()
    for someone in people:
        someone.wait_for(REMINDER)
        assert someone.times(REMINDER) == 1


def test_what_is_delivered_twice_is_answered_once(ends: FarEnds, server: QuickServer) -> None:
    def scene(channel: str) -> None:
        someone = Someone(channel, ends, server)
        arrives = delivery(someone, QUESTION)
        arrives()
        someone.wait_for(ANSWER)
        if channel == "wechaty":
            ends.gateway.asks("/again", id=someone.person.person.last_id)
        else:
            arrives()
        someone.person.says("谢谢")
        assert someone.times(ANSWER) == 1

    in_each(AGAIN, scene)


def test_what_arrives_out_of_order_is_answered_all_the_same(ends: FarEnds, server: QuickServer) -> None:
    def scene(channel: str) -> None:
        someone = Someone(channel, ends, server)
        first, second = delivery(someone, QUESTION), delivery(someone, "第三方支付谁牵头")
        second()
        first()
        someone.wait_for(ANSWER)
        someone.wait_for("人民银行洛阳市中心支行")
        someone.person.says("谢谢")
        assert (someone.times(ANSWER), someone.times("人民银行洛阳市中心支行")) == (1, 1)

    in_each(TURNED, scene)


def delivery(someone: Someone, text: str) -> Callable[[], None]:
    """A message of somebody, which arrives when it is called, again when it is called again."""
    person = someone.person
    match someone.channel:
        case "Telegram":
            api = someone.ends.api
            api.says(person.user, text)
            update = api.takes_back()
            return lambda: api.delivers(update)
        case "wechaty":
            return lambda: person.person.says(text)
        case "公众号":
            follower, message = person.person, person.person.message("text", Content=text)
            follower.tencent.people[follower.id].standing = Standing(5, time.time() + CUSTOMER_SECONDS)

            def in_the_callback() -> None:
                """WeChat asks again when it saw no reply, and shows one: the same reply twice is one."""
                reply = follower.caller.brings(message)
                said = fields_of(reply)["Content"] if reply else ""
                if said and said not in follower.texts:
                    follower.shown.append({"text": said, "passive": True})

            return in_the_callback
        case "企业微信":
            message = person.person.message("text", Content=text)
            return lambda: person.person.caller.brings(message) and None
        case _:
            citizen = person.person
            citizen.tencent.people[citizen.id].standing = Standing(5, time.time() + CUSTOMER_SECONDS)
            told = citizen.told("text", {"content": text})

            def arrives() -> None:
                citizen.tencent.told.append(told)
                citizen.calls()

            return arrives


class Asking(Someone):
    """Somebody who asks once, and what they have heard since."""

    def __init__(self, channel: str, ends: FarEnds, server: QuickServer) -> None:
        super().__init__(channel, ends, server)
        self.behind.accounts.unbind(self.person.at)  # no reminder comes in between
        self._before = len(self.person.messages())

    def heard(self) -> list[str]:
        return [self.person.one(message).text for message in self.person.messages()[self._before :]]

    def asks(self) -> None:
        if self.channel in ("公众号", "企业微信"):
            self.is_delivered_until_answered(QUESTION)
        else:
            delivery(self, QUESTION)()

    def waits(self, seconds: float) -> bool:
        """Until an answer is there and no more waits; whether it came."""
        until = time.monotonic() + seconds
        while (not self.heard() or self.outbox.waiting(self.person.at)) and time.monotonic() < until:
            time.sleep(0.02)
        return bool(self.heard())


def asks_on_the_page(page: OnThePage) -> str:
    """What the page does: the same message under the same id until there is an answer."""
    until = time.monotonic() + WITHIN
    while True:
        try:
            return "".join(shown.text for shown in page.says(QUESTION, id=f"q-{page.sender}"))
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.2)


def test_killed_in_the_middle_everybody_is_answered(ends: FarEnds, server: QuickServer) -> None:
    """Whoever was being answered is answered, or told to write again; nobody hears two different things.

    What nobody has a name for (公众号, Telegram, wechaty) may show twice if it was on its way that very moment.
    """
    people = [Asking(channel, ends, server) for channel in MESSENGERS for _ in range(12)]
    pages = [OnThePage(server.url) for _ in range(12)]
    with ThreadPoolExecutor(len(people) + len(pages)) as threads:
        said = [threads.submit(someone.asks) for someone in people]
        asked = [threads.submit(asks_on_the_page, page) for page in pages]
        until = time.monotonic() + WITHIN
        while not any(someone.heard() for someone in people):
            assert time.monotonic() < until
            time.sleep(0.001)
        assert not all(someone.heard() for someone in people), "too late to show anything"
        server.restart()
        for each in said:
            each.result()
        assert all(ANSWER in each.result() for each in asked)
    ends.gateway.wait_until_ready()
    # A gateway keeps nothing for a client that has gone: who hears nothing there says it again, as people do.
    unheard = [someone for someone in people if not someone.waits(20 if someone.channel == "wechaty" else WITHIN)]
    assert {someone.channel for someone in unheard} <= {"wechaty"}
    for someone in unheard:
        someone.person.says(QUESTION)
    for someone in people:
        assert len(set(someone.heard())) == 1, (someone.channel, someone.heard())
        assert re.search(f"{ANSWER}|请再发一次", someone.heard()[0])
    doubled = [someone.channel for someone in people if len(someone.heard()) > 1]
    assert not {"企业微信", "微信客服"} & set(doubled)
    assert len(doubled) <= len(people) / 3
