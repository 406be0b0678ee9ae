"""The same conversations in every channel: what is said and done there is what the page says and does."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from bot.channels.outbox import Outbox
from bot.channels.tencent.records import Records
from bot.conversations import Conversations
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.channels import (
    CHANNELS,
    NO_GROUPS,
    PAGE,
    REASONS,
    WITH_GROUPS,
    Held,
    Script,
    difference,
    hold_all,
    scripts,
    table,
)
from tests.conftest import ROOT
from tests.tencent import Oracle
from tests.test_sealing import opened_of
from tests.wechat_gateway import Gateway

AllHeld = dict[str, dict[str, Held]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("channels")


@pytest.fixture(scope="module")
def held(folder: Path) -> AllHeld:
    if not (Oracle.there() and Gateway.there()):
        pytest.skip("没有 Node、@wecom/crypto 或网关的软件包（见 tests/prepare_machine.sh）")
    return hold_all(folder)


@pytest.mark.parametrize("script", scripts(), ids=lambda script: script.name)
def test_on_the_page_it_goes_as_it_should(held: AllHeld, script: Script) -> None:
    for turn, reply in zip(script.turns, held[script.name][PAGE].replies, strict=True):
        assert reply.raw, (turn.shown, reply.text)
        assert turn.holds in reply.raw, (turn.shown, reply.raw)


@pytest.mark.parametrize("channel", CHANNELS[1:])
@pytest.mark.parametrize("script", scripts(), ids=lambda script: script.name)
def test_elsewhere_it_goes_as_on_the_page(held: AllHeld, script: Script, channel: str) -> None:
    if script.group and channel not in WITH_GROUPS:
        assert channel not in held[script.name]
        return
    page, there = held[script.name][PAGE], held[script.name][channel]
    for turn, on_page, reply in zip(script.turns, page.replies, there.replies, strict=True):
        wrong = difference(turn, on_page, reply, page.ticks)
        assert not wrong, f"{turn.shown}\n{wrong}"
    assert there.case == page.case


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_shown_can_be_understood_by_itself(held: AllHeld, channel: str) -> None:
    """Of each message: choices say what they choose and stand under words, and nobody is told a thing twice."""
    for reply in (
        reply for script in scripts() if channel in held[script.name] for reply in held[script.name][channel].replies
    ):
        for shown in reply.shown:
            assert not [choice for choice in shown.choices if re.fullmatch(r"[☐☑] 第 \d+ 项", choice)], shown
            assert not shown.choices or re.sub(r"(?m)^依据 .+$", "", shown.text).strip(), shown
            for named in re.findall(r"^也可以回复：(.+)$", shown.text, re.MULTILINE):
                assert not all(f"“{choice}”" in shown.text for choice in named.split("、")), shown


def test_what_was_submitted_stays_with_no_messenger(held: AllHeld, folder: Path) -> None:
    """Opened with the installation's own key: what came, what went, what buttons mean, conversations, pages."""
    replies = [reply.raw for in_channel in held["举报带材料"].values() for reply in in_channel.replies]
    told = {word for raw in replies for word in re.findall(r"金鼎\d+号|www\.jd\d+|\d{4} \d{4} \d{4} \d{4}", raw)}
    assert len(told) == 3 * len(CHANNELS)
    encryptor = load_encryptor(ActionSettings(data_dir=folder))
    with closing(Records(folder / "tencent.db", encryptor)) as records:
        records._db.execute("update given set until = 0")  # ten minutes later
        records.delete_old(page_minutes=60)
    for name, kind in (("outbox", Outbox), ("tencent", Records), ("conversations", Conversations)):
        with closing(kind(folder / f"{name}.db", encryptor)) as store:
            kept = opened_of(store)
            assert kept, name
            assert [word for word in told for text in kept if word in text] == [], name


def test_the_table_of_the_documentation_is_what_happens(held: AllHeld) -> None:
    shown = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
    assert "\n".join(table(held)) in shown
    for letter, why in REASONS.items():
        assert f"| {letter} | {why} |" in shown
    assert NO_GROUPS in shown
