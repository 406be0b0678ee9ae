"""``python -m bot parts``: chat, receipt page and console each with a database user and keys of their own."""

from __future__ import annotations

import argparse
import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg2

from bot.cli.cases import all_stores
from bot.settings import Settings
from storage.database import EncryptedStore
from storage.encryption import KEY_FILE, load_encryptor
from storage.postgres import PostgresDatabase
from storage.rights import PARTS, LimitedPart, give_rights, make_role, part_key
from storage.shared import shared_store

ROLE = re.compile(r"[a-z_][a-z0-9_]{0,40}")
NOT_POSTGRES = (
    "各部分的数据库用户要在 PostgreSQL 中设。请先设置 ASSISTANT_DATABASE_URL=postgresql://…（docs/operations.md）。"
)
EARLIER = "{name} 库中还有早先版本加密的内容，各部分的密钥打不开。请先运行 python -m bot cases rotate，再运行本命令。"
NOT_OWNER = "ASSISTANT_DATABASE_URL 中的用户不是 {name} 库的所有者。请换成建库时的用户，再运行本命令。"
NO_ROLES = (
    "这个数据库用户不能建用户。请加上 --admin postgresql://…（可以建用户的账号），或请数据库管理员执行："
    "alter role 所有者 createrole;"
)
DONE = """已写好 {files}（只有运行本命令的用户可读）。
请把每个文件只交给它的部分（systemd 的写法见 deploy/README.md），再重新启动各部分；upkeep 先启动。
每次运行都换新口令，旧的立即失效。"""
KEY_LEFT = """整套密钥还在 {path}。各部分读得到它，就等于都有整套密钥。
请把它另存到别处，再从数据文件夹删除（upkeep.env 中已有）。"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("folder", type=Path, help="where the settings of each part are written, a file a part")
    parser.add_argument(
        "--prefix", default="assistant", help="the users are PREFIX_chat, PREFIX_intake, PREFIX_console"
    )
    parser.add_argument("--admin", default="", help="postgresql://… of somebody who may make users; else the owner")


def run_parts_command(settings: Settings, options: argparse.Namespace) -> int:
    """Make the users, give them their rights, write their settings. Returns the exit status."""
    url = settings.postgres_url
    if not url or not ROLE.fullmatch(options.prefix):
        print(NOT_POSTGRES if not url else f"--prefix 只能用小写字母、数字和下划线：{options.prefix}", file=sys.stderr)
        return 2
    for name, kind in all_stores().items():
        if wrong := _unfit(name, shared_store(name, kind, settings)):
            print(wrong, file=sys.stderr)
            return 1
    PostgresDatabase(url, "locks").close()
    roles: dict[LimitedPart, str] = {part: f"{options.prefix}_{part}" for part in PARTS}
    passwords = {part: secrets.token_urlsafe(32) for part in PARTS}
    try:
        for part, role in roles.items():
            make_role(options.admin or url, role, passwords[part])
    except psycopg2.errors.InsufficientPrivilege:
        print(NO_ROLES, file=sys.stderr)
        return 1
    give_rights(url, roles)
    written = _write(settings, options.folder, {part: as_user(url, roles[part], passwords[part]) for part in PARTS})
    print(DONE.format(files="、".join(map(str, written))))
    if (left := settings.data_dir / KEY_FILE).exists():
        print(KEY_LEFT.format(path=left))
    return 0


def _unfit(name: str, store: EncryptedStore) -> str:
    """Why parts cannot work on a store yet; empty: they can."""
    if not store.owned:
        return NOT_OWNER.format(name=name)
    return EARLIER.format(name=name) if store.has_earlier_seals() else ""


def as_user(url: str, user: str, password: str) -> str:
    """The same database for another user."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def _write(settings: Settings, folder: Path, urls: Mapping[LimitedPart, str]) -> list[Path]:
    """A file of settings for each part, which its user's URL and its keys stand in."""
    encryptor = load_encryptor(settings)
    kept = settings.encryption_key.get_secret_value() if settings.encryption_key else ""
    whole = kept or (settings.data_dir / KEY_FILE).read_text(encoding="ascii").strip()
    given: dict[str, tuple[str, str]] = {part: (urls[part], part_key(encryptor, part)) for part in PARTS}
    given["upkeep"] = settings.postgres_url, whole
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for part, (url, key) in given.items():
        path = folder / f"{part}.env"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"ASSISTANT_SERVES={part}\nASSISTANT_DATABASE_URL={url}\nASSISTANT_ENCRYPTION_KEY={key}\n")
        written.append(path)
    return written
