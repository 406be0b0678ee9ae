"""Papers, and answers that were ready, when the far end fails or our process dies in the middle: each comes once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.channels.inbox import Brought, keep
from tests.bot_api import Fault
from tests.channels import FarEnds, far_ends, scripts
from tests.conftest import QuickServer, server_of_its_own
from tests.tencent import Oracle, fields_of
from tests.test_channel_faults import ANSWER, MESSENGERS, QUESTION, SEND, WITHIN, Someone, delivery
from tests.wechat_gateway import Gateway

UPLOAD, SUBMIT = "/cgi-bin/media/upload", "确认如实填报并提交"
PAPERS = ("企业自查信息表.docx", "企业自查信息表.pdf", "红线自查报告.docx", "红线自查报告.pdf", "自查数据.json")
# Whose interface has no name for a message: what was on its way when the process died, or what was taken and not
# acknowledged, may come twice.
NAMELESS = ("Telegram", "wechaty", "公众号")
OFFICES = ("企业微信", "微信客服")
EXPIRED, BUSY, BROKEN, LOST = "令牌过期", "繁忙", "回应是坏的", "已发出而没有回应"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("papers")


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


class Filling(Someone):
    """Somebody who has filled in a self-check up to its submission, and the papers that they are shown."""

    def __init__(self, channel: str, ends: FarEnds, server: QuickServer) -> None:
        super().__init__(channel, ends, server)
        self.behind.accounts.unbind(self.person.at)
        (script,) = (script for script in scripts() if script.name == "企业自查")
        for turn in script.turns[:-1]:
            self.person.says(turn.says.format(n=f"{MESSENGERS.index(channel)}{time.monotonic_ns() % 10**6}"))
        self._before = len(self.person.messages())

    def submits(self) -> None:
        if self.channel in ("公众号", "企业微信"):
            self.is_delivered_until_answered(SUBMIT)
        else:
            delivery(self, SUBMIT)()

    def papers(self) -> Counter[str]:
        """How often each was shown."""
        new = self.person.messages()[self._before :]
        return Counter(name for message in new for name in self.person.one(message).files)

    def messages_with_files(self) -> int:
        """Without opening a link."""
        new = self.person.messages()[self._before :]
        return sum("/full/" in str(each.get("text")) or bool({"file", "document"} & {*each}) for each in new)

    def has_everything(self) -> bool:
        return not self.outbox.waiting(self.person.at) and {*PAPERS} <= {*self.papers()}

    def waits_for_papers(self) -> Counter[str]:
        until = time.monotonic() + WITHIN
        while not self.has_everything():
            assert time.monotonic() < until, (self.channel, self.papers(), len(self.outbox.waiting(self.person.at)))
            time.sleep(0.1)
        return self.papers()


def fails_in_the_middle(ends: FarEnds, channel: str, fault: str) -> None:
    """The first goes well, what comes next does not."""
    tencent: dict[str, int | str] = {EXPIRED: 42001, BUSY: -1, BROKEN: "broken", LOST: "lost"}
    match channel:
        case "Telegram":
            ends.api.faults["sendDocument"].append(Fault(502, "Bad Gateway", done=fault == LOST))
        case "wechaty":
            ends.gateway.asks("/refuse", times=1)
        case "公众号":
            ends.tencent.faults[SEND[channel]] = [tencent[fault]]
        case _:
            ends.tencent.faults[SEND[channel]] = ["well", tencent[fault]]
            if fault != LOST:
                ends.tencent.faults[UPLOAD] += ["well", tencent[fault]]


@pytest.mark.parametrize(
    ("fault", "channels"),
    [(EXPIRED, ("公众号", *OFFICES)), (BUSY, MESSENGERS), (BROKEN, MESSENGERS), (LOST, OFFICES)],
)
def test_papers_come_once_though_the_far_end_fails_in_the_middle(
    ends: FarEnds, server: QuickServer, fault: str, channels: tuple[str, ...]
) -> None:
    def scene(channel: str) -> None:
        someone = Filling(channel, ends, server)
        fails_in_the_middle(ends, channel, fault)
        someone.submits()
        papers = someone.waits_for_papers()
        assert papers == Counter(PAPERS), (channel, papers)

    with ThreadPoolExecutor(len(channels)) as threads:
        list(threads.map(scene, channels))


@pytest.mark.parametrize("code", [45015, 45047, 95001])
def test_papers_that_may_not_be_sent_any_more_come_when_somebody_writes(
    ends: FarEnds, server: QuickServer, code: int
) -> None:
    someone = Filling("微信客服", ends, server)
    ends.tencent.faults[SEND["微信客服"]] = ["well", "well", code]
    someone.submits()
    someone.wait_until_spent(SEND["微信客服"])
    assert not someone.has_everything()
    delivery(someone, "谢谢")()
    assert someone.waits_for_papers() == Counter(PAPERS)
    someone.wait_for("不客气")


def test_papers_come_though_the_process_dies_in_the_middle(ends: FarEnds, server: QuickServer) -> None:
    people = [Filling(channel, ends, server) for channel in MESSENGERS]
    with ThreadPoolExecutor(len(people)) as threads:
        for each in people:
            threads.submit(each.submits)
        until = time.monotonic() + WITHIN
        # Papers of the last of them lie ready, of the others some are on their way: what was not taken up before the
        # kill is for the platform to deliver again, which is another scene.
        while not all(each.messages_with_files() or each.outbox.waiting(each.person.at) for each in people):
            assert time.monotonic() < until
            time.sleep(0.001)
        server.restart()
    ends.gateway.wait_until_ready()
    for each in people:
        papers = each.waits_for_papers()
        assert max(papers.values()) <= (2 if each.channel in NAMELESS else 1), (each.channel, papers)


def test_what_was_ready_when_the_process_died_is_sent_once_though_it_is_delivered_again(
    ends: FarEnds, server: QuickServer
) -> None:
    """Answers lie in the outbox, nothing takes them, we die; then what was said arrives again, the last of it first."""
    people = [Ready(channel, ends, server) for channel in MESSENGERS if channel != "wechaty"]
    refuse(ends, True)
    for each in people:
        for number in range(2):
            each.first_delivery(number)
    until = time.monotonic() + WITHIN
    while not all(len(each.outbox.waiting(each.person.at)) == 2 for each in people):
        assert time.monotonic() < until
        time.sleep(0.02)
    server.kill()
    refuse(ends, False)
    server.start()
    ends.gateway.wait_until_ready()
    for each in people:
        each.delivery(1)
        each.delivery(0)
    for each in people:
        each.wait_for(ANSWER)
        each.wait_for(SECOND[1])
        each.person.says("谢谢")
        assert (each.times(ANSWER), each.times(SECOND[1])) == (1, 1), each.channel


SECOND = ("第三方支付谁牵头", "人民银行洛阳市中心支行")


class Ready(Someone):
    """Somebody who asks two things, and whose answers are ready and not taken."""

    def __init__(self, channel: str, ends: FarEnds, server: QuickServer) -> None:
        super().__init__(channel, ends, server)
        self.behind.accounts.unbind(self.person.at)
        questions = (QUESTION, SECOND[0])
        self._messages: list[str] = []
        if channel == "公众号":
            self._messages = [self.person.person.message("text", Content=question) for question in questions]
        else:
            self._arrive = [delivery(self, question) for question in questions]

    def first_delivery(self, number: int) -> None:
        """To 公众号 by a callback that another process took: there is no reply within it."""
        if not self._messages:
            self._arrive[number]()
            return
        fields = fields_of(self._messages[number])
        keep(self.outbox, "service_account", Brought(fields["MsgId"], fields["FromUserName"], fields))

    def delivery(self, number: int) -> None:
        if self._messages:
            self.person.person.brings(self._messages[number])
        else:
            self._arrive[number]()


def refuse(ends: FarEnds, refused: bool) -> None:
    """Have no message taken, or every one."""
    for path in SEND.values():
        ends.tencent.faults[path] = ["broken"] * 200 if refused else []
    ends.api.faults["sendMessage"] = [Fault(502, "Bad Gateway", times=200)] if refused else []
