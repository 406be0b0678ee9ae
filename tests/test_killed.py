"""The server is killed without warning at every question of a self-check: no acknowledged answer is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import QuickServer, Server, server_of_its_own
from tests.talk import NUMBER, SHORT, SUBMIT, Person

SHOWN = (
    "企业名称：洛阳某某信息科技有限公司",
    "统一社会信用代码：（未填）",
    "平台名称：无",
    "法定代表人：张三",
    "法定代表人电话：138 3791 2345",
    "实际控制人：李四",
    "实际控制人电话：0379 6331 2345",
    "注册资本：5,000万元人民币",
    "注册地：洛阳市涧西区南昌路5号",
    "经营地：洛阳市涧西区南昌路5号",
    "经营范围：计算机软件开发；商务信息咨询",
    "是否开展或参与互联网金融业务：否",
)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """A server of its own, with its own cases and conversations beside the built knowledge."""
    with server_of_its_own(tmp_path, QuickServer) as server:
        yield server


def test_killed_after_every_answer(mortal: Server) -> None:
    person = Person(mortal)
    person.say("企业自查")
    for number, answer in enumerate(SHORT):
        person.say(answer)
        mortal.restart()
        review = person.say("看看填了什么")
        for shown in SHOWN[: number + 1]:
            assert shown in review
    receipt = re.search(NUMBER, person.say(SUBMIT))
    assert receipt
    mortal.restart()
    assert receipt[0] in person.say("我的自查")
