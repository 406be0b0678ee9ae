"""``python -m bot tencent``: check the accounts of 公众号 and 企业微信, publish their menus, make codes to scan."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.settings import Settings

ACCOUNTS = ("service-account", "wecom", "kf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", required=True)
    check = tasks.add_parser("check", help="ask for an access token, to see that id, secret and network are right")
    check.add_argument("account", choices=ACCOUNTS)
    menu = tasks.add_parser("menu", help="publish the menu of bot/channels/data/menus.yml")
    menu.add_argument("account", choices=["service-account", "wecom"])
    code = tasks.add_parser("code", help="a QR code that opens the chat and says what it is for")
    code.add_argument("account", choices=["service-account", "kf"])
    code.add_argument("scene", help="status, report, selfcheck, or a self-check's resume code (公众号)")
    code.add_argument("file", type=Path, help="the .png or .svg to write")
    code.add_argument("--kf", default="", help="the customer-service account (open_kfid), for kf")


def run_tencent_command(settings: Settings, options: argparse.Namespace) -> int:
    """Run one command; returns the exit status."""
    from bot.channels.tencent.commands import run  # imports Rasa

    return run(settings, options)
