"""What ``python -m bot tencent`` does."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import segno

from bot.channels.relay import Away
from bot.channels.tencent import customer_service, service_account, wecom
from bot.channels.tencent.api import Account, Api, Refused
from bot.channels.tencent.listening import SCENES
from bot.channels.tencent.menus import Which, as_buttons, menus
from bot.channels.tencent.records import Records
from bot.settings import Settings
from casework.cases.codes import found_code
from storage.encryption import KeyFileError
from storage.shared import shared_store

NAMES = {"service-account": "公众号", "wecom": "企业微信", "kf": "微信客服"}
SETUP = "{name}没有设置，请先按 docs/{docs}.md 填写 ASSISTANT_{setting} 等设置。"
CODE_SECONDS = 2_592_000
RESUME = "resume_"


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Run one command; returns the exit status."""
    account, missing = _account(settings, options.account)
    if missing:
        print(missing, file=sys.stderr)
        return 2
    tasks: dict[str, Callable[[Api], Awaitable[str]]] = {
        "check": _check,
        "menu": lambda api: _publish(api, settings, options.account),
        "code": lambda api: _code(api, options),
    }
    try:
        print(asyncio.run(_with_api(account, settings, tasks[options.task])))
        return 0
    except Refused as error:
        print(f"对方没有接受（错误码 {error.code}）。错误码的意思见平台的“全局返回码”说明。", file=sys.stderr)
    except Away:
        print("没有取得访问令牌：连不上对方，或密钥不对，或本机地址不在 IP 白名单里。", file=sys.stderr)
    except (KeyFileError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
    return 1


def _account(settings: Settings, which: str) -> tuple[Account, str]:
    """Whose interface it is, and what is missing for it."""
    name = NAMES[which]
    if which == "service-account":
        missing = SETUP.format(name=name, docs="service-account", setting="SERVICE_ACCOUNT_ID")
        return service_account.account_of(settings), "" if settings.service_account_id else missing
    missing = SETUP.format(name=name, docs="wecom", setting="WECOM_CORP_ID")
    account = customer_service.account_of(settings) if which == "kf" else wecom.account_of(settings)
    return account, "" if settings.wecom_corp_id else missing


async def _with_api(account: Account, settings: Settings, task: Callable[[Api], Awaitable[str]]) -> str:
    api = Api(account, shared_store("tencent", Records, settings))
    try:
        return await task(api)
    finally:
        await api.close()


async def _check(api: Api) -> str:
    await api.reachable()
    return "可以使用：已取得访问令牌。"


async def _publish(api: Api, settings: Settings, which: str) -> str:
    name: Which = "wecom" if which == "wecom" else "service_account"
    query = {"agentid": str(settings.wecom_agent_id)} if name == "wecom" else {}
    await api.post("/cgi-bin/menu/create", as_buttons(menus().of(name), settings.public_url), **query)
    return "菜单已发布。手机上重新进入后可见，最迟一天。"


async def _code(api: Api, options: argparse.Namespace) -> str:
    scene, resume = options.scene, found_code(options.scene)
    if scene not in SCENES and not (resume and options.account == "service-account"):
        raise ValueError(f"场景请用 {'、'.join(SCENES)}；公众号还可以用自查的续填码。")
    if options.account == "kf":
        address = await _customer_service_link(api, options)
    else:
        address = await _scan_code(api, scene, resume)
    segno.make(address, error="m").save(str(options.file), scale=8)
    return f"已写到 {options.file}，内容是 {address}。"


async def _scan_code(api: Api, scene: str, resume: str | None) -> str:
    """A code for a poster lasts for ever, one with a resume code thirty days, as its draft does."""
    about: dict[str, Any] = {"action_name": "QR_LIMIT_STR_SCENE"}
    if resume:
        scene, about = RESUME + resume, {"action_name": "QR_STR_SCENE", "expire_seconds": CODE_SECONDS}
    told = await api.post("/cgi-bin/qrcode/create", about | {"action_info": {"scene": {"scene_str": scene}}})
    return str(told["url"])


async def _customer_service_link(api: Api, options: argparse.Namespace) -> str:
    if not options.kf:
        raise ValueError("请用 --kf 写明客服账号（open_kfid）。")
    told = await api.post("/cgi-bin/kf/add_contact_way", {"open_kfid": options.kf, "scene": options.scene})
    return str(told["url"])
