"""``python -m bot``: serve the web page and the REST contract, chat in the terminal, care for the case store."""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import psycopg2
from pydantic import ValidationError

from bot.cli import parts, tencent
from bot.cli.accounts import add_arguments, run_account_command
from bot.cli.cases import back_up_or_restore, copy_data, run_cases_command, run_person_command
from bot.logs import configure_logs
from bot.settings import Part, Settings
from bot.settings_check import mistakes, refused
from knowledge.datafile import DataFileError
from storage.database import StoreError
from storage.encryption import KeyFileError, OutOfPlaceError


def program_version() -> str:
    """The version that pyproject.toml names."""
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['name']} {project['version']}"


def _add_backups(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser("backup", help="copy everything that cannot be made again into a new folder")
    backup.add_argument("folder", type=Path, help="the folder that holds the backups")
    backup.add_argument("--keep", type=int, default=0, help="how many to keep, the newest; 0: all")
    keys = "where the keys of reports are kept apart, the newest copy only (backup: beside FOLDER, as FOLDER-keys)"
    backup.add_argument("--keys", type=Path, help=keys)
    restoring = commands.add_parser("restore", help="put a backup into an empty installation")
    restoring.add_argument("folder", type=Path, help="one backup")
    restoring.add_argument("--keys", type=Path, help=keys)
    restoring.add_argument(
        "--drop-unreadable", action="store_true", help="go on without reports whose keys are lost, and delete them"
    )


def command_line() -> argparse.ArgumentParser:
    """All commands and what each takes."""
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    parser.add_argument("--version", action="version", version=program_version())
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the chat page and the REST contract")
    serve.add_argument("--port", type=int)
    serve.add_argument(
        "--serves", choices=get_args(Part), help="only this part; the others are served by other processes"
    )
    commands.add_parser("chat", help="chat in the terminal")
    cases = commands.add_parser("cases", help="care for the case store: back up, restore, check, change the key")
    cases.add_argument("task", choices=["backup", "restore", "check", "rotate"])
    cases.add_argument(
        "file",
        type=Path,
        nargs="?",
        help="the backup to write or to read; for check, ends of the audit written down earlier",
    )
    _add_backups(commands)
    person = commands.add_parser("person", help="what is kept of one conversation: a copy for its person, or erasure")
    person.add_argument("task", choices=["export", "erase"])
    person.add_argument("place", help="the conversation, as channel:sender, e.g. telegram:123456")
    person.add_argument("file", type=Path, nargs="?", help="the copy to write")
    copying = commands.add_parser("copy-data", help="copy a SQLite installation into the empty ASSISTANT_DATABASE_URL")
    copying.add_argument("folder", type=Path, help="the data folder to copy from")
    parts.add_arguments(commands.add_parser("parts", help="give each part a database user and keys of its own"))
    add_arguments(commands.add_parser("account", help="make, invite, stop and list officials' accounts"))
    tencent.add_arguments(commands.add_parser("tencent", help="公众号 and 企业微信: check, publish menus, make codes"))
    return parser


def _settings(options: argparse.Namespace) -> Settings | None:
    """The settings, with what the command line says otherwise; None when some are wrong, which is said."""
    try:
        given = {name: getattr(options, name, None) for name in ("port", "serves")}
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        print(*refused(error), sep="\n", file=sys.stderr)
        return None
    except UnicodeDecodeError:
        print("设置文件 .env 不是 UTF-8 编码，请另存为 UTF-8 后重新启动。", file=sys.stderr)
        return None
    if wrong := mistakes(settings):
        print(*wrong, sep="\n", file=sys.stderr)
        return None
    return settings


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = command_line().parse_args(arguments)
    configure_logs()
    settings = _settings(options)
    if settings is None:
        return 2
    caring = {
        "cases": lambda: run_cases_command(settings, options.task, options.file),
        "backup": lambda: back_up_or_restore(settings, options),
        "restore": lambda: back_up_or_restore(settings, options),
        "person": lambda: run_person_command(settings, options.task, options.place, options.file),
        "copy-data": lambda: copy_data(settings, options.folder),
        "parts": lambda: parts.run_parts_command(settings, options),
        "account": lambda: run_account_command(settings, options),
        "tencent": lambda: tencent.run_tencent_command(settings, options),
    }
    # What cares for the data comes before the imports that take seconds.
    return in_plain_words(caring.get(options.command, lambda: run(options, settings)))


def in_plain_words(work: Callable[[], int]) -> int:
    """The exit status of a command; what is wrong outside of the program is said in a sentence."""
    try:
        return work()
    except (KeyFileError, OutOfPlaceError, StoreError, DataFileError) as error:
        print(error, file=sys.stderr)
    except psycopg2.errors.InsufficientPrivilege:
        print(
            "数据库用户没有这项权利，没有办成。分开运行的各部分请先由数据库所有者运行 python -m bot parts"
            "（docs/operations.md），再重新启动。",
            file=sys.stderr,
        )
    except psycopg2.Error:
        print("数据库暂时连不上，没有办成。请检查 ASSISTANT_DATABASE_URL 和数据库服务，然后重新运行。", file=sys.stderr)
    except sqlite3.Error:
        print("数据文件夹里的数据库读写不了：磁盘满了、被别的程序占着，或已损坏。请检查后重新运行。", file=sys.stderr)
    except PermissionError as error:
        print(f"没有权限读写 {error.filename}。请检查 ASSISTANT_DATA_DIR 指向的文件夹。", file=sys.stderr)
    except OSError as error:
        if not error.filename:
            raise
        print(f"读写不了 {error.filename}。请检查磁盘和 ASSISTANT_DATA_DIR 指向的文件夹。", file=sys.stderr)
    return 1


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Run the command until it is done or the user stops it; returns the exit status."""
    from nlu.training import TrainingError

    try:
        if options.command == "serve":
            from bot.web.server import serve_web

            return serve_web(settings, say)
        from bot.assembly import assemble
        from bot.cli.terminal import chat

        chat(assemble(settings, say))
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def say(message: str) -> None:
    """Tell whoever started the program how far it is."""
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
