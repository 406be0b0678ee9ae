"""``python -m bot cases``: back up, restore, check, and change the key of what is kept."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bot.anchors import written_down
from bot.backups import back_up, back_up_keys, restore
from bot.channels.outbox import Outbox
from bot.channels.tencent.records import Records
from bot.settings import Settings
from casework.cases.audit_acts import AuditAct
from casework.cases.case_secrets import KEYS, CaseSecrets
from casework.cases.store import CaseStore
from casework.cases.store_care import BackupError
from casework.desk.accounts import Accounts
from casework.desk.questions import Questions
from casework.desk.tasks import Tasks
from casework.shared import shared_cases
from storage.copying import CopyError, copy_store
from storage.database import EncryptedStore, StoreLocation
from storage.encryption import KeyFileError, OutOfPlaceError
from storage.shared import shared_store

OTHERS: dict[str, type[EncryptedStore]] = {
    "accounts": Accounts,
    "tasks": Tasks,
    "questions": Questions,
    "outbox": Outbox,
    "tencent": Records,
}


def all_stores() -> dict[str, type[EncryptedStore]]:
    """Every store of an installation, by name."""
    from bot.conversations import Conversations  # imports Rasa

    return {KEYS: CaseSecrets, "cases": CaseStore, "conversations": Conversations, **OTHERS}


def copy_data(settings: Settings, folder: Path) -> int:
    """Move an installation from SQLite to PostgreSQL, table by table, compared row by row. Returns the exit status."""
    if not settings.postgres_url:
        print("请先设置 ASSISTANT_DATABASE_URL=postgresql://…，再运行本命令。", file=sys.stderr)
        return 2
    try:
        for name, kind in all_stores().items():
            location = StoreLocation(folder / f"{name}.db", settings.postgres_url)
            if location.path.exists():
                copied = copy_store(location, kind.migrations)
                print(f"{name}：{copied} 行，逐行核对一致。", flush=True)
    except CopyError as error:
        print(error, file=sys.stderr)
        return 1
    print("全部复制完毕。上传的文件仍在原数据文件夹的 evidence 中，请让 ASSISTANT_DATA_DIR 指向它；密钥不变。")
    return 0


def back_up_or_restore(settings: Settings, options: argparse.Namespace) -> int:
    """``python -m bot backup`` and ``restore``. Returns the exit status."""
    try:
        if options.command == "backup":
            made = back_up(settings, options.folder, options.keep)
            print(f"已备份到 {made}。内容仍是加密的，恢复时需要同一把密钥，请把密钥另外妥善保存。")
            keys = options.keys or beside(options.folder)
            if back_up_keys(settings, keys):
                print(f"举报的钥匙单独备份在 {keys}，只留最新一份；恢复举报两样都要，请放到另一块盘上。")
        else:
            whole, broken, gone = restore(settings, options.folder, options.keys, options.drop_unreadable)
            if gone:
                print(f"备份之后销毁或打不开的举报 {gone} 件，没有恢复。")
            print(f"已从 {options.folder} 恢复，操作记录完整，{whole} 个举报文件可以打开。")
            if broken:
                print(f"另有 {broken} 个文件不在备份中：备份时所属举报正被撤回或到期删除。")
    except BackupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def beside(folder: Path) -> Path:
    """Where the keys of reports go when nobody says where: never into a folder that is kept, but not lost either."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-keys")


def run_person_command(settings: Settings, task: str, conversation_id: str, file: Path | None) -> int:
    """``python -m bot person``, for who asks in person and has shown who they are. Returns the exit status."""
    channel, colon, sender = conversation_id.partition(":")
    if not (channel and colon and sender):
        print("请写明渠道和账号，例如 python -m bot person export telegram:123456 副本.json", file=sys.stderr)
        return 2
    if task == "export" and (file is None or file.exists()):
        print("请写明一个新的文件名，副本写到那里。", file=sys.stderr)
        return 2
    from bot.conversations import Conversations  # imports Rasa
    from bot.personal_data import ERASED, PersonalData

    try:
        kept = PersonalData(
            shared_store("conversations", Conversations, settings),
            shared_cases(settings),
            shared_store("accounts", Accounts, settings),
            shared_store("outbox", Outbox, settings),
            shared_store("tencent", Records, settings),
        )
    except KeyFileError as error:
        print(error, file=sys.stderr)
        return 1
    if task == "export" and file:
        file.touch(mode=0o600)
        file.write_text(json.dumps(kept.of(conversation_id), ensure_ascii=False, indent=1), encoding="utf-8")
        print(f"副本已写到 {file}。请只交给本人，交付后删除。")
    else:
        erased = kept.erase(conversation_id)
        print(ERASED.format(**erased))
    kept.cases.record("command line", AuditAct.EXPORT_PERSON if task == "export" else AuditAct.ERASE_PERSON)
    return 0


def _checked(settings: Settings, store: CaseStore, file: Path | None) -> int:
    """Check what can be checked of the stores; says where the audit ends, to be written down outside."""
    from bot.conversations import Conversations  # imports Rasa

    store.check()
    wrong = store.mistakes(written_down(settings, file))
    for name, kind in {**OTHERS, "conversations": Conversations}.items():
        for place in dict.fromkeys(shared_store(name, kind, settings).out_of_place()):
            wrong.append(f"{name} 库的 {place} 中有内容被改动或挪动过。")
    if wrong:
        print(*wrong, "请立即保全现场并报告。", sep="\n")
        return 1
    print("案件库可以读写，操作记录完整，与案件一致；加密内容都在原处。")
    print(f"操作记录末尾（可抄录存档，以后用 python -m bot cases check 文件 核对）：{store.head()}")
    return 0


def run_cases_command(settings: Settings, task: str, file: Path | None) -> int:
    """Look after the case store; the assistant may be running meanwhile. Returns the exit status."""
    if task in ("backup", "restore") and file is None:
        print(f"请写明备份文件：python -m bot cases {task} 文件名", file=sys.stderr)
        return 2
    try:
        store = shared_cases(settings)
        if task == "backup" and file:
            store.backup(file)
            print(f"已备份到 {file}。内容仍是加密的，恢复时需要同一把密钥，请把密钥另外妥善保存。")
            print("举报还要数据文件夹里的钥匙库（cases_keys）才能打开，它不在这份备份里。")
        elif task == "restore" and file:
            store.restore(file)
            print(f"已从 {file} 恢复。")
        elif task == "rotate":
            from bot.conversations import Conversations  # imports Rasa

            count = store.rotate()
            shared_store("conversations", Conversations, settings).rotate()
            for name, kind in OTHERS.items():
                shared_store(name, kind, settings).rotate()
            print(f"已用新密钥重新加密 {count} 个案件和全部对话，旧密钥可以停用。")
        else:
            return _checked(settings, store, file)
    except OSError as error:
        print(f"读不了 {error.filename}。", file=sys.stderr)
        return 1
    except (BackupError, KeyFileError, OutOfPlaceError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
