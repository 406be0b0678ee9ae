"""What the scenes of both messengers share: five questions, and what stands behind a server of its own."""

from __future__ import annotations

import io
import time
from pathlib import Path

from PIL import Image

from bot.channels.outbox import Outbox
from casework.cases.store import CaseStore
from casework.desk.account import Role
from casework.desk.accounts import Accounts
from casework.desk.tasks import Tasks
from storage.database import StoreLocation
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import Server

FIVE = {
    "第三方支付谁牵头": "人民银行洛阳市中心支行",
    "P2P谁牵头": "洛阳银监分局",
    "股权众筹谁牵头": "市政府金融办",
    "互联网保险谁牵头": "市保险业协会",
    "谢谢": "不客气",
}


def photo() -> bytes:
    """A small picture without words."""
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "JPEG")
    return out.getvalue()


def nothing_more_comes(server: Server, channel: str, seconds: float = 60) -> None:
    """Wait until a messenger has nothing left to answer and nothing left to send: what it has sent is then all."""
    given, until = server.settings, time.monotonic() + seconds
    folder = Path(given["data_dir"])
    encryptor = load_encryptor(ActionSettings(data_dir=folder, encryption_key=given.get("encryption_key")))
    outbox = Outbox(StoreLocation(folder / "outbox.db", given.get("database_url", "")), encryptor)
    try:
        while outbox.kept(channel) or outbox.places():
            assert time.monotonic() < until, (len(outbox.kept(channel)), outbox.places())
            time.sleep(0.02)
    finally:
        outbox.close()


def assert_answered_in_order(heard: list[str]) -> None:
    """Every one of the five is answered once, in the order in which they were asked."""
    assert len(heard) == len(FIVE)
    for text, holds in zip(heard, FIVE.values(), strict=True):
        assert holds in text


class Behind:
    """The stores of a running server, opened beside it."""

    def __init__(self, server: Server) -> None:
        settings = ActionSettings(data_dir=server.settings["data_dir"])
        encryptor = load_encryptor(settings)
        self.accounts = Accounts(settings.data_dir / "accounts.db", encryptor)
        self.tasks = Tasks(settings.data_dir / "tasks.db", encryptor)
        self.cases = CaseStore(settings.data_dir / "cases.db", encryptor)

    def handed_over(self, place: str) -> dict[str, str]:
        """What somebody handed over for the report that they are telling, as who handles it reads it."""
        (draft,) = self.cases.drafts_of(place, "tip_off")
        kept = {}
        for evidence in self.cases.evidence(draft):
            text = evidence.name.endswith(".txt")
            kept[evidence.name] = self.cases.content_of(evidence).decode() if text else ""
        return kept

    def reminds(self, login: str, name: str, place: str, text: str) -> None:
        """An official who is signed in at a place of a messenger has something to be told."""
        account = self.accounts.add(login, name, "市公安局", Role.OFFICIAL)
        self.accounts.bind(account, place)
        self.tasks.tell(account.id, text)
