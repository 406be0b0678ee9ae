"""What is wrong with the settings, in a Chinese sentence each that says what to do: before anything is built."""

from __future__ import annotations

import difflib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import psycopg2.extensions
from dotenv import dotenv_values
from pydantic import ValidationError

from bot.anchors import SYSLOG
from bot.settings import PREFIX, Settings
from knowledge.encoder_names import EMBEDDED_ONES
from storage.encryption import KeyFileError, load_encryptor

# pydantic's kinds of mistakes; what is in the message is filled in from the limits that were broken.
SAID = {
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "date_from_datetime_parsing": "应为日期，例如 2016-10-13",
    "date_parsing": "应为日期，例如 2016-10-13",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "应为 {expected} 之一",
    "string_pattern_mismatch": "格式不对，请对照 README 的设置表",
}
ADDRESS = re.compile(r"https?://[^\s/]+(/[^\s?#]*)?")
# A key that may be used and what it needs besides; the last is an EncodingAESKey.
TOGETHER = {
    "service_account_id": ("service_account_secret", "service_account_token", "service_account_aes_key"),
    "wecom_corp_id": ("wecom_agent_id", "wecom_secret", "wecom_token", "wecom_aes_key"),
}
AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
DATABASES, REDIS = ("postgresql://", "postgres://"), ("redis://", "rediss://", "unix://")


def refused(error: ValidationError) -> Iterator[str]:
    """The mistakes that the settings' own types found."""
    for problem in error.errors():
        name = f"{PREFIX}{str(problem['loc'][0]).upper()}" if problem["loc"] else "设置"
        said = SAID.get(problem["type"], "不正确，请对照 README 的设置表").format(**problem.get("ctx") or {})
        yield f"设置 {name} {said}。"


def mistakes(settings: Settings) -> list[str]:
    """The mistakes that no type can find: names nobody knows, addresses that are none, folders that are not there."""
    found = [_unknown_names(), _wrong_addresses(settings), _wrong_key(settings), _wrong_folders(settings)]
    return [mistake for mistakes in (*found, _wrong_tencent(settings)) for mistake in mistakes]


def _unknown_names() -> Iterator[str]:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    given = {name for name in os.environ if name.startswith(PREFIX)}
    if Path(".env").is_file():
        given |= {name.upper() for name in dotenv_values(".env") if name.upper().startswith(PREFIX)}
    for name in sorted(given - set(known)):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"是不是想写 {near[0]}？" if near else "README 的设置表列出了全部名称。"
        yield f"没有 {name} 这个设置，{hint}请改正或删除后重新启动。"


def _wrong_addresses(settings: Settings) -> Iterator[str]:
    try:
        socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        yield f"设置 {PREFIX}HOST 不是本机的地址：{settings.host}。本机用 127.0.0.1，对外用 0.0.0.0。"
    for name in ("public_url", "telegram_url", "service_account_url", "wecom_url"):
        address = getattr(settings, name)
        if address and not ADDRESS.fullmatch(address):
            yield f"设置 {PREFIX}{name.upper()} 应是以 https:// 或 http:// 开头的网址，例如 https://zhengzhi.example。"
    if settings.telegram_webhook and not settings.public_url.startswith("https://"):
        yield f"用了 {PREFIX}TELEGRAM_WEBHOOK，就要把 {PREFIX}PUBLIC_URL 设为 https:// 开头的网址。"
    if settings.database_url and not settings.postgres_url.startswith(DATABASES):
        yield f"设置 {PREFIX}DATABASE_URL 应以 postgresql:// 开头；用 SQLite 请不要设置它。"
    elif settings.database_url and not _can_be_parsed(settings.postgres_url):
        yield f"设置 {PREFIX}DATABASE_URL 的写法不对，例如 postgresql://用户:密码@主机:5432/库名。"
    if settings.redis_url and not settings.redis_url.get_secret_value().startswith(REDIS):
        yield f"设置 {PREFIX}REDIS_URL 应以 redis:// 开头。"


def _wrong_tencent(settings: Settings) -> Iterator[str]:
    """公众号 and 企业微信: what belongs together is there together."""
    for head, rest in TOGETHER.items():
        given = [name for name in (head, *rest) if getattr(settings, name)]
        missing = [f"{PREFIX}{name.upper()}" for name in (head, *rest) if name not in given]
        if given and missing:
            yield f"用了 {PREFIX}{given[0].upper()}，还要设置 {'、'.join(missing)}。"
        key = getattr(settings, rest[-1])
        if key and not AES_KEY.fullmatch(key.get_secret_value()):
            yield f"设置 {PREFIX}{rest[-1].upper()} 应是后台显示的 43 位 EncodingAESKey。"
        if given and not settings.public_url:
            yield f"用了 {PREFIX}{given[0].upper()}，就要把 {PREFIX}PUBLIC_URL 设为对外的网址。"
    if settings.wecom_kf and not settings.wecom_corp_id:
        yield f"用了 {PREFIX}WECOM_KF，还要设置 {PREFIX}WECOM_CORP_ID。"


def _can_be_parsed(database_url: str) -> bool:
    try:
        psycopg2.extensions.parse_dsn(database_url)
    except psycopg2.ProgrammingError:
        return False
    return True


def _wrong_key(settings: Settings) -> Iterator[str]:
    if settings.encryption_key:
        try:
            load_encryptor(settings)
        except KeyFileError as error:
            yield str(error)


def _wrong_folders(settings: Settings) -> Iterator[str]:
    if settings.city_dir and not settings.city_dir.is_dir():
        yield f"设置 {PREFIX}CITY_DIR 指向的文件夹不存在：{settings.city_dir}。"
    if settings.data_dir.exists() and not settings.data_dir.is_dir():
        yield f"设置 {PREFIX}DATA_DIR 应是文件夹，{settings.data_dir} 是一个文件。"
    anchor = Path(settings.audit_anchor).resolve() if settings.audit_anchor not in ("", SYSLOG) else None
    if anchor and (anchor.is_relative_to(settings.data_dir.resolve()) or not anchor.parent.is_dir()):
        yield (f"设置 {PREFIX}AUDIT_ANCHOR 应是数据文件夹以外的一个文件（它的文件夹要已经存在），或 syslog。")
    # A SentenceTransformer is a folder, or its owner's and its own name.
    if settings.encoder not in EMBEDDED_ONES and "/" not in settings.encoder and not Path(settings.encoder).is_dir():
        yield f"设置 {PREFIX}ENCODER 不认识“{settings.encoder}”：可用 {'、'.join(EMBEDDED_ONES)}，或模型文件夹。"
