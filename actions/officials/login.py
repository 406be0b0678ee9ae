"""登录 and 退出登录: an official's conversation becomes theirs with an invitation code."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import Reply, fixed
from actions.senders import SHORTEST_SENDER, guessable
from actions.served import ServedAction
from actions.wording import wording
from casework.cases.audit_acts import AuditAct
from casework.desk.account import Account
from casework.desk.roles import ROLE_NAMES, Permission, may
from casework.desk.security_keys import AccountError
from casework.interview.showing import Button
from casework.services import Services
from knowledge.text import clean

INVITATION = re.compile(r"(?:登录|登陆|绑定|邀请码)(?:码|是)?[:： ]*([0-9a-z]{5}[ -]?[0-9a-z]{5})(?![0-9a-z])")
# A code with a character too many or too few.
LIKE_INVITATION = re.compile(r"(?:登录|登陆|绑定|邀请码)(?:码|是)?[:： ]*([0-9a-z]{3,7}[ -]?[0-9a-z]{0,7})$")


def signed_in(services: Services, tracker: Tracker) -> Account | None:
    """Who is speaking, if they have signed in here."""
    return services.accounts.bound(tracker.sender_id)


def said_by(tracker: Tracker) -> str:
    return clean(str(tracker.latest_message.get("text") or ""))


class ActionLogin(ServedAction):
    """登录 加邀请码, 退出登录."""

    def name(self) -> str:
        return "action_login"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        login(self.services, tracker.sender_id, said_by(tracker)).send(dispatcher)
        return []


def login(services: Services, conversation_id: str, message: str) -> Reply:
    """Sign in or out of a conversation, or say how."""
    # Width and case are folded; nothing is mended: a code or a name is not a slip of another word.
    accounts, text = services.accounts, unicodedata.normalize("NFKC", message).lower().strip()
    if re.search(r"退出|注销|解绑|登出", text):
        was = accounts.unbind(conversation_id)
        head = "已退出登录。" if was else "您现在没有登录。"
        return Reply("login", f"{head}政策、分工和时限无需登录，可以直接问我。")
    code = INVITATION.search(text)
    if code:
        return _redeemed(services, conversation_id, code[1])
    if like := LIKE_INVITATION.search(text):
        length = sum(char.isalnum() for char in like[1])
        return Reply("login", f"邀请码应为 10 位字母和数字，您发的是 {length} 位，请核对后再发一次。")
    return _who(services, accounts.bound(conversation_id))


def _who(services: Services, account: Account | None) -> Reply:
    if account is None:
        return fixed("login", wording().login, services.knowledge)
    text = f"您已登录：{account.name}（{account.unit}，{ROLE_NAMES[account.role]}）。不是本人请回复“退出登录”。"
    return Reply("login", text, desk_buttons(account))


def _redeemed(services: Services, conversation_id: str, code: str) -> Reply:
    accounts, tries = services.accounts, services.invitations
    channel = conversation_id.partition(":")[0]
    if guessable(conversation_id):
        return Reply("login", f"为防冒用，接口登录要求 sender 至少 {SHORTEST_SENDER} 个字符且不可猜测。")
    if wait := tries.begin(conversation_id):
        return Reply("login", f"邀请码输错多次，请 {wait} 秒后再试。")
    try:
        account = accounts.redeem(code)
    except AccountError as error:
        return Reply("login", str(error))
    tries.right(conversation_id)
    accounts.bind(account, conversation_id)
    services.cases.record(account.id, AuditAct.SIGN_IN_CHAT, channel=channel)
    text = (
        f"登录成功：{account.name}（{account.unit}，{ROLE_NAMES[account.role]}）。\n"
        "您可以问“我的任务”“我的案件”“本月到期”，到期前我会在这里提醒您；说“退出登录”可随时退出。\n"
        "手机丢失请立即联系系统管理员停用。"
    )
    return Reply("login", text, desk_buttons(account))


def desk_buttons(account: Account) -> tuple[Button, ...]:
    buttons = []
    if may(account, Permission.SEE_TASKS):
        buttons.append(Button("我的任务", "我的任务"))
    if may(account, Permission.SEE_CASES):
        buttons.append(Button("我的案件", "我的案件"))
    if may(account, Permission.SEE_STATISTICS):
        buttons.append(Button("本周统计", "本周统计"))
    buttons.append(Button("退出登录", "退出登录"))
    return tuple(buttons)
