"""A backup that is taken under load is a working system somewhere else; what cannot be restored says why."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

import bot  # noqa: F401  (prepares the process for Rasa)
from bot.backups import back_up, back_up_keys, restore
from bot.settings import Settings
from casework.desk.tasks import Tasks
from casework.shared import shared_accounts, shared_cases
from storage.encryption import Encryptor, load_encryptor
from tests.conftest import QuickServer, command, server_of_its_own
from tests.postgres import new_database
from tests.talk import Person
from tests.test_load import Reporter
from tests.test_sealing import PLANTED, POLICE, REMARK, STORY, WAV, Desk, everything_that_opens, whole_case

KEY = Fernet.generate_key().decode()
LIMITS = {"messages_per_minute": "100000", "address_messages_per_minute": "1000000", "reports_per_hour": "100000"}


def run(folder: Path, url: str, *arguments: str, key: str = KEY) -> subprocess.CompletedProcess[str]:
    given = {"ASSISTANT_DATA_DIR": str(folder), "ASSISTANT_DATABASE_URL": url, "ASSISTANT_ENCRYPTION_KEY": key}
    return command(given, *arguments)


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Where an installation keeps its data, and where another will."""
    with ExitStack() as opened:
        made = [opened.enter_context(new_database()) if request.param == "postgresql" else "" for _ in range(2)]
        yield made[0], made[1]


def test_a_backup_under_load_is_a_working_system(tmp_path: Path, urls: tuple[str, str]) -> None:
    here, there, backups, keys = (tmp_path / name for name in ("here", "there", "backups", "keys"))
    here.mkdir()
    there.mkdir()
    shared = {"encryption_key": KEY, **LIMITS}
    acknowledged: dict[str, tuple[int, str]] = {}
    with server_of_its_own(here, QuickServer, database_url=urls[0], **shared) as server:
        half_done = Person(server)
        half_done.say("有个叫永昌理财的骗了我5万元")
        reporter, over = Reporter(server, acknowledged), threading.Event()

        def go_on(first: int) -> None:
            for number in range(first, 10**6, 4):
                if over.is_set():
                    return
                reporter.report(number)

        people = [threading.Thread(target=go_on, args=(first,)) for first in range(4)]
        for person in people:
            person.start()
        until = time.monotonic() + 240
        while len(acknowledged) < 20 and time.monotonic() < until:
            over.wait(0.05)
        for _ in range(5):  # a machine that is busy elsewhere may answer nobody for as long as a backup takes
            before, answered = dict(acknowledged), reporter.answered
            done = run(here, urls[0], "backup", str(backups), "--keep", "1", "--keys", str(keys))
            if meanwhile := reporter.answered - answered:
                break
            over.wait(1.1)  # a backup is named by its second
        over.set()
        for person in people:
            person.join()
        assert done.returncode == 0, done.stderr
        assert meanwhile, "the backup was taken under load"
    (made,) = backups.iterdir()
    assert not list(made.rglob("secret.key"))
    refused = run(there, urls[1], "restore", str(made)) if not urls[1] else None
    assert refused is None or (refused.returncode == 1 and "钥匙不在这里" in refused.stderr)
    restored = run(there, urls[1], "restore", str(made), "--keys", str(keys))
    assert restored.returncode == 0, restored.stderr
    assert "操作记录完整" in restored.stdout
    with server_of_its_own(there, QuickServer, database_url=urls[1], **shared) as server:
        for receipt in before:
            assert "已收到" in Person(server).say(receipt) or "已转办" in Person(server).say(receipt)
        assert "永昌" in Person(server, half_done.sender).say("看看填了什么")
    again = run(there, urls[1], "restore", str(made))
    assert again.returncode == 1
    assert "已经有数据" in again.stderr


def desk_of(settings: Settings) -> Desk:
    tasks = Tasks(settings.data_dir / "tasks.db", load_encryptor(settings))
    return Desk(shared_cases(settings), shared_accounts(settings), tasks)


def test_who_names_no_place_for_the_keys_of_reports_finds_them_beside_the_backups(tmp_path: Path) -> None:
    here, there, backups = (tmp_path / name for name in ("here", "there", "backups"))
    desk = desk_of(Settings(data_dir=here, encryption_key=SecretStr(KEY)))
    _, receipt = whole_case(desk, desk.member(POLICE))
    done = run(here, "", "backup", str(backups))
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "backups-keys") in done.stdout
    (made,) = backups.iterdir()
    restored = run(there, "", "restore", str(made), "--keys", str(tmp_path / "backups-keys"))
    assert restored.returncode == 0, restored.stderr
    found = desk_of(Settings(data_dir=there, encryption_key=SecretStr(KEY))).cases.by_receipt(receipt)
    assert found is not None


def test_a_sealed_report_comes_back_sealed_and_its_units_open_it(tmp_path: Path, urls: tuple[str, str]) -> None:
    """Of either database: with the server's key and a backup nothing of it is read, with a password all of it."""
    here, there = (
        Settings(data_dir=tmp_path / name, database_url=SecretStr(url) if url else None, encryption_key=SecretStr(KEY))
        for name, url in zip(("here", "there"), urls, strict=True)
    )
    desk = desk_of(here)
    police = desk.member(POLICE)
    case, receipt = whole_case(desk, police)
    desk.cases._db.execute("update deliveries set at = 0")
    desk.cases.forget_deliveries()
    made, keys = back_up(here, tmp_path / "backups"), tmp_path / "keys"
    back_up_keys(here, keys)
    assert restore(there, made, keys) == (1, 0, 0)
    back = desk_of(there)
    kept = everything_that_opens(back.cases)
    assert case.id in str(back.cases._read("select id from cases"))
    assert [word for word in PLANTED if word in kept] == []
    opened = back.signs_in(police.account).opens(case)
    assert STORY in str(opened.content) and REMARK in [n.text for n in back.cases.notes(opened, internal=True)]
    (file,) = back.cases.evidence(opened)
    assert back.cases.content_of(file) == WAV * 9
    assert len(back.cases.notes(back.cases.by_receipt(receipt) or case, internal=False)) == 2


def test_only_the_newest_are_kept_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    here, backups = tmp_path / "here", tmp_path / "backups"
    (here / "evidence").mkdir(parents=True)
    (here / "evidence" / "a").write_bytes(b"sealed")
    for old in ("20160101-000000", "20160102-000000"):
        (backups / old).mkdir(parents=True)
        (backups / old / "files.sealed").write_text("{}")
    (backups / "notes").mkdir()
    assert run(here, "", "backup", str(backups), "--keep", "2").returncode == 0
    left = sorted(path.name for path in backups.iterdir())
    assert left[0] == "20160102-000000"
    assert len(left) == 3
    assert left[-1] == "notes", "what is not a backup stays"
    made = backups / left[1]
    (made / "evidence" / "a").write_bytes(b"changed")
    refused = run(tmp_path / "there", "", "restore", str(made))
    assert refused.returncode == 1
    assert "1 个文件损坏" in refused.stderr
    assert not (tmp_path / "there").exists()
    nothing = run(tmp_path / "there", "", "restore", str(backups / "notes"))
    assert "不是一份完整的备份" in nothing.stderr


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/tmp/outside.txt", "evidence/../../outside", "schedule.py", "x/y.db"]
)
def test_a_list_that_names_what_is_no_part_of_a_backup_is_refused(tmp_path: Path, name: str) -> None:
    """Even sealed with the right key: what is restored stays within the data folder."""
    made, there = tmp_path / "made", tmp_path / "there"
    made.mkdir()
    sealed = Encryptor([KEY.encode()]).encrypt({name: hashlib.sha256(b"").hexdigest()})
    (made / "files.sealed").write_bytes(sealed)
    refused = run(there, "", "restore", str(made))
    assert refused.returncode == 1
    assert "没有恢复" in refused.stderr
    assert not there.exists()


def test_a_list_that_nobody_with_the_key_wrote_is_refused(tmp_path: Path) -> None:
    here, there, backups = tmp_path / "here", tmp_path / "there", tmp_path / "backups"
    assert run(here, "", "cases", "check").returncode == 0
    assert run(here, "", "backup", str(backups)).returncode == 0
    (made,) = backups.iterdir()
    assert all(path.stat().st_mode & 0o077 == 0 for path in made.rglob("*"))
    (made / "evidence").mkdir()
    (made / "evidence" / "planted").write_bytes(b"x")
    planted = {"evidence/planted": hashlib.sha256(b"x").hexdigest()}
    (made / "files.sealed").write_text(json.dumps(planted))
    refused = run(there, "", "restore", str(made))
    assert refused.returncode == 1
    assert "清单被改动过" in refused.stderr
    assert not there.exists()


def test_a_refused_restore_leaves_nothing(tmp_path: Path) -> None:
    """The list is right, the store within is none."""
    made, there = tmp_path / "made", tmp_path / "there"
    made.mkdir()
    (made / "cases.db").write_bytes(b"no database" * 500)
    digest = hashlib.sha256(b"no database" * 500).hexdigest()
    (made / "files.sealed").write_bytes(Encryptor([KEY.encode()]).encrypt({"cases.db": digest}))
    refused = run(there, "", "restore", str(made))
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert not list(there.rglob("*.db*"))


def test_a_lost_key_is_not_replaced(tmp_path: Path) -> None:
    made = command({"ASSISTANT_DATA_DIR": str(tmp_path)}, "cases", "check")
    assert made.returncode == 0, made.stderr
    (tmp_path / "secret.key").unlink()
    refused = command({"ASSISTANT_DATA_DIR": str(tmp_path)}, "cases", "check")
    assert refused.returncode != 0
    assert "密钥文件 secret.key 不见了" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "secret.key").exists()


def test_another_key_is_said(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    assert run(here, "", "cases", "check").returncode == 0
    assert run(here, "", "backup", str(tmp_path / "backups")).returncode == 0
    (made,) = (tmp_path / "backups").iterdir()
    refused = run(there, "", "restore", str(made), key=Fernet.generate_key().decode())
    assert refused.returncode == 1
    assert "另一把密钥" in refused.stderr
    assert "Traceback" not in refused.stderr
