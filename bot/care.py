"""``python -m bot cases``: back up, restore, check, and change the key of what is kept."""

from __future__ import annotations

import sys
from pathlib import Path

from actions.cases.copying import CopyError, copy_store
from actions.cases.database import Place, SealedStore
from actions.cases.sealing import KeyFileError
from actions.cases.shared import shared_cases, shared_store
from actions.cases.store import BackupError, CaseStore
from actions.desk.accounts import Accounts
from actions.desk.questions import Questions
from actions.desk.tasks import Tasks
from bot.channels.outbox import Outbox
from bot.settings import Settings

OTHERS: dict[str, type[SealedStore]] = {
    "accounts": Accounts,
    "tasks": Tasks,
    "questions": Questions,
    "outbox": Outbox,
}


def copy_data(settings: Settings, folder: Path) -> int:
    """Move an installation from SQLite to PostgreSQL, table by table, compared row by row. Returns the exit status."""
    from bot.conversations import Conversations  # imports Rasa

    if not settings.postgres_url:
        print("请先设置 ASSISTANT_DATABASE_URL=postgresql://…，再运行本命令。", file=sys.stderr)
        return 2
    kinds: dict[str, type[SealedStore]] = {"cases": CaseStore, "conversations": Conversations, **OTHERS}
    try:
        for name, kind in kinds.items():
            place = Place(folder / f"{name}.db", settings.postgres_url)
            if place.path.exists():
                copied = copy_store(place, kind.migrations)
                print(f"{name}：{copied} 行，逐行核对一致。", flush=True)
    except CopyError as error:
        print(error, file=sys.stderr)
        return 1
    print("全部复制完毕。上传的文件仍在原数据文件夹的 evidence 中，请让 ASSISTANT_DATA_DIR 指向它；密钥不变。")
    return 0


def care(settings: Settings, task: str, file: Path | None) -> int:
    """Look after the case store; the assistant may be running meanwhile. Returns the exit status."""
    if task in ("backup", "restore") and file is None:
        print(f"请写明备份文件：python -m bot cases {task} 文件名", file=sys.stderr)
        return 2
    try:
        store = shared_cases(settings)
        if task == "backup" and file:
            store.backup(file)
            print(f"已备份到 {file}。内容仍是加密的，恢复时需要同一把密钥，请把密钥另外妥善保存。")
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
            store.check()
            whole = store.audit_is_whole()
            print("案件库可以读写，操作记录完整。" if whole else "操作记录被改动过，请立即保全现场并报告。")
            return 0 if whole else 1
    except (BackupError, KeyFileError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
