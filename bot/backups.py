"""``python -m bot backup`` and ``restore``: everything of an installation that cannot be made again, while it runs.

A backup is a folder: the stores (each SQLite file, or one ``pg_dump``), the files that came with tip-offs, the
documents and questions that were added, and a list of them with their digests, sealed with the installation's key, so
that who has no key can neither change a backup nor make one. All of it stays sealed as it is; the key is not in it.
The keys of reports (``cases_keys``) are not in it either: they are backed up apart, the newest copy only, so that a
report whose key was destroyed is gone from every backup as soon as that copy was made again.
Stores first, files after: a file that the stores know of was there before them, so none is missing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import psycopg2
from psycopg2 import sql

from bot.settings import Settings
from casework.cases.case_secrets import KEYS
from casework.cases.store import CaseStore
from casework.cases.store_care import BackupError
from casework.shared import shared_cases
from knowledge.postgres_vectors import SCHEMA
from storage.database import StoreError
from storage.encryption import KEY_FILE, KeyFileError, OutOfPlaceError, load_encryptor
from storage.settings import LUOYANG

DUMP, LIST = "postgresql.dump", "files.sealed"
KEY_STORE = f"{KEYS}.db"
NO_KEYS = (
    "有 {missing} 件举报的钥匙不在这里，没有恢复。请用 --keys 指明举报钥匙的备份（或把原来的钥匙库放进数据文件夹）；"
    "钥匙确实丢了的，加 --drop-unreadable 恢复其余的，这些举报会被删除。"
)
KEYS_THERE = "这里已经有举报的钥匙库，没有恢复。请不要加 --keys，或换空的数据文件夹和数据库。"
# Beside the stores, what else of the data folder cannot be made again.
FOLDERS, FILES = (
    ("evidence", "documents"),
    ("added_questions.jsonl", "corrected_entries.jsonl", "approved_explanations.jsonl"),
)
# What may stand in a list: nothing outside the folders that a backup is made of.
BELONGS = re.compile(rf"[a-z_]+\.db|{re.escape(DUMP)}|(?:{'|'.join(FOLDERS)})/[^/]+|{'|'.join(map(re.escape, FILES))}")


def back_up(settings: Settings, into: Path, keep: int = 0) -> Path:
    """Make a backup in a new folder below ``into``, then drop all but the last ``keep`` (0: keep all).

    Raises:
        BackupError: it could not be made; nothing half is left, and no older one was dropped.
    """
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = into / datetime.now(LUOYANG).strftime("%Y%m%d-%H%M%S")
    work = into / f".{made.name}"
    if made.exists() or work.exists():
        raise BackupError(f"{made} 已经存在，请过一会儿再备份。")
    work.mkdir(mode=0o700)
    try:
        _copy_stores(settings, work)
        for name in FOLDERS:
            for path in sorted((settings.data_dir / name).glob("*")):
                _copy_file(path, work / name / path.name)
        for name in FILES:
            _copy_file(settings.data_dir / name, work / name)
        _listed_in(settings, work)
        work.rename(made)
    except (OSError, sqlite3.Error, subprocess.SubprocessError) as error:
        raise BackupError(f"备份没有写成：{error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for old in sorted(path.parent for path in into.glob(f"*/{LIST}"))[: -keep or None] if keep else ():
        shutil.rmtree(old)
    return made


def back_up_keys(settings: Settings, folder: Path) -> bool:
    """Copy the keys of reports, in place of the copy before; False where no report has been begun yet.

    Raises:
        BackupError: they could not be copied; the copy before is still there.
    """
    if not settings.postgres_url and not (settings.data_dir / KEY_STORE).exists():
        return False
    work, before = (folder.with_name(f".{folder.name}.{state}") for state in ("new", "before"))
    try:
        for path in (work, before):
            shutil.rmtree(path, ignore_errors=True)
        work.mkdir(parents=True, mode=0o700)
        if settings.postgres_url:
            into = ("--format=custom", "--file", work / DUMP)
            _run("pg_dump", *into, f"--schema={KEYS}", "--dbname", "{url}", url=settings.postgres_url)
        else:
            _copy_store(settings.data_dir / KEY_STORE, work)
        _listed_in(settings, work)
        if folder.exists():
            folder.rename(before)
        work.rename(folder)
        shutil.rmtree(before, ignore_errors=True)
        return True
    except (OSError, sqlite3.Error, subprocess.SubprocessError) as error:
        raise BackupError(f"举报的钥匙没有备份成：{error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def restore(
    settings: Settings, folder: Path, keys: Path | None = None, drop_unreadable: bool = False
) -> tuple[int, int, int]:
    """Put a backup into an empty installation and check that it can be read.

    Args:
        keys: where the keys of reports were kept apart; without it those that are here already are used.
        drop_unreadable: delete reports whose keys are lost, instead of restoring nothing.

    Returns:
        How many files of tip-offs can be read whole, how many cannot (deleted while the backup was made), and how many
        reports were destroyed since.

    Raises:
        BackupError: it is not whole, the installation has data already, or the key is not the one it was sealed with.
    """
    digests = _listed(settings, folder)
    _check_fits(settings, folder, digests)
    data = settings.data_dir
    copied: list[Path] = [] if (data / KEY_STORE).exists() else [data / KEY_STORE]
    there = set(_schemas(settings)) if settings.postgres_url else set()
    try:
        if keys:
            _restore_keys(settings, keys)
        for name in digests:
            if name != DUMP:
                copied.append(data / name)
                _copy_file(folder / name, data / name)
        if settings.postgres_url:
            _load_dump(settings, folder)
        store = shared_cases(settings)
        gone, missing = store.drop_destroyed(drop_unreadable)
        if missing:
            raise BackupError(NO_KEYS.format(missing=missing))
        _check_untouched(store)
        return *store.evidence_at_hand(), gone
    except BackupError:
        _undo(data, copied)
        _drop_schemas(settings, there)
        raise
    except (KeyFileError, OutOfPlaceError, StoreError) as error:
        _undo(data, copied)
        raise BackupError(str(error)) from error
    except (OSError, sqlite3.Error, psycopg2.Error, subprocess.SubprocessError) as error:
        _undo(data, copied)
        raise BackupError(f"没有恢复成：{error}") from error


def _listed_in(settings: Settings, work: Path) -> None:
    digests = {str(path.relative_to(work)): _digest(path) for path in _files(work)}
    (work / LIST).write_bytes(load_encryptor(settings).encrypt(digests))
    for path in _files(work):
        path.chmod(0o600)


def _restore_keys(settings: Settings, keys: Path) -> None:
    """Put the keys of reports into an installation that has none.

    Raises:
        BackupError: it has some, or the copy is not whole.
    """
    digests = _listed(settings, keys)
    if any(_digest(keys / name) != digest for name, digest in digests.items()):
        raise BackupError("举报钥匙的备份损坏，没有恢复。")
    if set(digests) != {DUMP if settings.postgres_url else KEY_STORE}:
        raise BackupError(f"{keys} 不是这种数据库的举报钥匙备份，没有恢复。")
    if settings.postgres_url:
        if KEYS in _schemas(settings):
            raise BackupError(KEYS_THERE)
        _load_dump(settings, keys)
    elif (settings.data_dir / KEY_STORE).exists():
        raise BackupError(KEYS_THERE)
    else:
        _copy_file(keys / KEY_STORE, settings.data_dir / KEY_STORE)


def _load_dump(settings: Settings, folder: Path) -> None:
    whole = ("--no-owner", "--exit-on-error", "--single-transaction")
    _run("pg_restore", *whole, "--dbname", "{url}", folder / DUMP, url=settings.postgres_url)


def _check_fits(settings: Settings, folder: Path, digests: dict[str, str]) -> None:
    """Refuse a backup that is not whole or not of this kind of installation, and an installation that is not empty.

    Raises:
        BackupError: with what to do.
    """
    broken = [name for name, digest in digests.items() if _digest(folder / name) != digest]
    if broken:
        raise BackupError(f"备份中有 {len(broken)} 个文件损坏或缺失（{broken[0]} 等），没有恢复。请换一份备份。")
    if (DUMP in digests) != bool(settings.postgres_url):
        raise BackupError("备份的数据库与 ASSISTANT_DATABASE_URL 的设置不是一种，没有恢复。请按备份时的设置恢复。")
    data = settings.data_dir
    stores = [path for path in data.glob("*.db") if path.name != KEY_STORE]
    if stores or any((data / name).exists() for name in FOLDERS) or _has_tables(settings):
        raise BackupError("这里已经有数据，没有恢复。请停止程序，并使用空的数据文件夹和空的数据库。")


def _check_untouched(store: CaseStore) -> None:
    """Refuse what somebody changed after it was sealed.

    Raises:
        BackupError: with what to do.
    """
    if not store.audit_is_whole():
        raise BackupError("备份中的操作记录被改动过，没有恢复。请保全这份备份并报告。")
    if store.out_of_place():
        raise BackupError("备份中有加密内容被改动或挪动过，没有恢复。请保全这份备份并报告。")


def _listed(settings: Settings, folder: Path) -> dict[str, str]:
    """The files of a backup with their digests.

    Raises:
        BackupError: there is no list, this installation's key did not seal it, or it names what belongs in no backup.
    """
    try:
        sealed = (folder / LIST).read_bytes()
    except OSError as error:
        raise BackupError(f"{folder} 不是一份完整的备份。") from error
    if not settings.encryption_key and not (settings.data_dir / KEY_FILE).exists():
        raise BackupError(
            f"没有密钥，没有恢复。请先把原来的 {KEY_FILE} 放进数据文件夹，或设置 ASSISTANT_ENCRYPTION_KEY。"
        )
    try:
        digests = load_encryptor(settings).decrypt(sealed)
    except KeyFileError as error:
        raise BackupError(str(error)) from error
    if not isinstance(digests, dict):
        raise BackupError("备份的清单被改动过，或是用另一把密钥加密的，没有恢复。请核对密钥和备份来源。")
    foreign = [name for name in digests if not BELONGS.fullmatch(name) or ".." in name.split("/")]
    if foreign:
        raise BackupError(f"备份的清单里有不该有的文件（{foreign[0]}），没有恢复。")
    return digests


def _undo(data: Path, copied: list[Path]) -> None:
    """Leave nothing of a backup that was refused; a database undoes itself."""
    for path in copied:
        for left in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            left.unlink(missing_ok=True)
    for name in FOLDERS:
        with suppress(OSError):  # not there, or not empty
            (data / name).rmdir()


def _drop_schemas(settings: Settings, but: set[str]) -> None:
    """The same for a database into which a whole backup had been read before it was refused."""
    if not settings.postgres_url:
        return
    with closing(psycopg2.connect(settings.postgres_url)) as connection, connection, connection.cursor() as cursor:
        for name in set(_schemas(settings)) - but:
            cursor.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(name)))


def _copy_stores(settings: Settings, work: Path) -> None:
    if settings.postgres_url:
        # Named one by one: vectors can be made again, and what restores them would need their extension.
        stores = [f"--schema={name}" for name in _schemas(settings) if name != KEYS]
        into = ("--format=custom", "--file", work / DUMP)
        _run("pg_dump", *into, *stores, "--dbname", "{url}", url=settings.postgres_url)
    for path in sorted(settings.data_dir.glob("*.db")):
        if path.name != KEY_STORE:
            _copy_store(path, work)


def _copy_store(path: Path, work: Path) -> None:
    opened = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    with closing(opened) as source, closing(sqlite3.connect(work / path.name)) as copy:
        source.backup(copy)


def _run(program: str, *arguments: str | Path, url: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by its environment, where other users cannot see it."""
    parts = psycopg2.extensions.parse_dsn(url)
    environment = os.environ | {"PGPASSWORD": parts.pop("password", "")}
    address = " ".join(f"{key}={value}" for key, value in parts.items())
    command = [program, *(str(argument).replace("{url}", address) for argument in arguments)]
    try:
        subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise BackupError(f"没有找到 {program}，请安装 postgresql-client。") from error
    except subprocess.CalledProcessError as error:
        raise BackupError(f"{program} 没有成功：{error.stderr.strip()[-300:]}") from error


def _has_tables(settings: Settings) -> bool:
    return bool(settings.postgres_url) and bool(set(_schemas(settings)) - {KEYS})


def _schemas(settings: Settings) -> list[str]:
    """The schemas of the database that hold what cannot be made again."""
    with closing(psycopg2.connect(settings.postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select distinct schemaname from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema', %s) order by 1",
            [SCHEMA],
        )
        return [name for (name,) in cursor.fetchall()]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _copy_file(source: Path, target: Path) -> None:
    """Copy a file; one that was deleted meanwhile (withdrawn, or its time was up) is not an error."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return
    target.chmod(0o600)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
