"""The server is killed without warning at every question of a self-check: no acknowledged answer is lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from casework.cases.store import CaseStore
from casework.interview.hearing import Remarks
from casework.interview.state import State
from casework.workflows import WORKFLOWS
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import TODAY, QuickServer, Server, server_of_its_own
from tests.talk import CODE, NUMBER, SHORT, SUBMIT, Person

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


# What a crash after an answer leaves is looked at after each; a whole server dies and comes back after these three.
KILLED_AFTER = (0, len(SHORT) // 2, len(SHORT) - 1)


def left_by_a_crash(folder: Path, code: str) -> str:
    """The review of a draft from the files as they are at this moment: whatever is still in memory is lost."""
    with TemporaryDirectory() as crashed:
        for path in folder.glob("*.db*"):
            shutil.copy(path, crashed)
        store = CaseStore(Path(crashed) / "cases.db", load_encryptor(ActionSettings(data_dir=folder)))
        case = store.by_code(code)
        store.close()
    assert case
    interview = WORKFLOWS["self_check"].interview(date.fromisoformat(TODAY), lambda _: None, Remarks())
    return interview.review(State.from_json(case.content))[0]


def test_killed_after_every_answer(mortal: Server, tmp_path: Path) -> None:
    person = Person(mortal)
    code = re.search(CODE, person.say("企业自查"))
    assert code
    for number, answer in enumerate(SHORT):
        person.say(answer)
        reviews = [left_by_a_crash(tmp_path, code[0])]
        if number in KILLED_AFTER:
            mortal.restart()
            reviews.append(person.say("看看填了什么"))
        for shown in SHOWN[: number + 1]:
            assert all(shown in review for review in reviews), shown
    receipt = re.search(NUMBER, person.say(SUBMIT))
    assert receipt
    mortal.restart()
    assert receipt[0] in person.say("我的自查")
