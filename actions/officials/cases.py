"""What officials do with cases in a conversation: 我的案件, 受理, 转办, 追问, 回复, 备注, 办结, and 本周统计."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.officials.login import said_by, signed_in
from actions.officials.paraphrases import in_plain_words
from actions.officials.tasks import FINISH, answer_tasks, unit_named
from actions.replies import Reply
from actions.served import ServedAction
from casework.cases.case import CLOSED, FORWARDED, SUBMITTED, Case
from casework.cases.case_queries import CaseFilter
from casework.cases.codes import found_number
from casework.cases.links import PictureLink, picture_path
from casework.cases.store import CaseStore
from casework.cases.words import OUTCOMES, SEVERITY_NAMES, STATUS_NAMES
from casework.desk.account import Account
from casework.desk.handling import (
    HandlingError,
    accept,
    ask,
    close,
    name_of,
    outcomes_named,
    remark,
    reply,
    status_line,
    still_open,
    transfer,
    viewed,
)
from casework.desk.outcomes import Read, read_outcome, without_outcome
from casework.desk.roles import NOT_SIGNED_IN, Permission, Refused, may, require
from casework.desk.statistics import in_words, statistics_for
from casework.desk.tasks import TaskError
from casework.document_blocks import day
from casework.interview.showing import Button
from casework.services import Services
from casework.workflows import WORKFLOWS
from knowledge.text import clean
from storage.settings import LUOYANG

MOST_LISTED = 8
# Messengers keep what they carry: there a case is shown without its story.
PRIVATE_CHANNELS = ("web", "rest", "terminal")


class ActionDeskCases(ServedAction):
    """我的案件, 案件 JB-…, 受理 JB-…, 转办 …, 追问 …, 回复 …, 备注 …, 办结 …."""

    def name(self) -> str:
        return "action_desk_cases"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        services = self.services
        account = signed_in(services, tracker)
        if account is None:
            text = A_NUMBER if found_number(said_by(tracker)) else NOT_SIGNED_IN
            Reply("tasks", text, (Button("查举报进度", "查举报进度"),)).send(dispatcher)
            return []
        said = in_plain_words(services.knowledge.directory, said_by(tracker))
        channel = tracker.sender_id.partition(":")[0]
        number = found_number(said) or number_in_hand(tracker)
        try:
            reply = _of_tasks(services, account, said, number) or answer_cases(services, account, said, channel, number)
            reply.send(dispatcher)
        except (Refused, HandlingError, TaskError) as error:
            choices = error.buttons if isinstance(error, UnclearError) else ()
            Reply("tasks", str(error), (*choices, Button("我的案件", "我的案件"))).send(dispatcher)
        return [SlotSet(SLOT, {"number": number, "until": time.time() + OPEN_SECONDS})] if number else []


SLOT = "case_in_hand"
# So long after a case was opened or worked on, 受理 and 追问 … mean that one.
OPEN_SECONDS = 30 * 60
# 受理; 追问：…; 办结 属实，…: an act without a number.
ALONE = re.compile(r"^\s*(受理|转办|追问|回复|备注|办结)(?:吧|这件|此件|该件|了)?(?:[:：,， ]+|$)(.*)$", re.DOTALL)


def number_in_hand(tracker: Tracker) -> str | None:
    """The number of the case that was opened last in this conversation, a short while ago."""
    slot = tracker.get_slot(SLOT)
    return str(slot["number"]) if slot and slot["until"] > time.time() else None


def _of_tasks(services: Services, account: Account, message: str, number: str | None) -> Reply | None:
    """办结 3 已报送 without a case in hand is about task 3."""
    if number is None and FINISH.match(message):
        return answer_tasks(services, account, message)
    return None


A_NUMBER = "这是案件编号。查自己举报的进度，请发提交时给您的 16 位回执码；查自查，请发 12 位自查码。"
ACT = re.compile(r"^\s*(受理|转办|追问|回复|备注|办结|查看|案件)?(?:案件|举报|自查)?\s*", re.IGNORECASE)
Act = Callable[[CaseStore, Account, Case, str], Case]


def answer_cases(services: Services, account: Account, message: str, channel: str, number: str | None = None) -> Reply:
    """What an official asks about cases, or does with one.

    Args:
        number: the case that is meant; one in the message itself comes first.

    Raises:
        Refused: it is not theirs to see or to do.
        HandlingError: it cannot be done now.
    """
    store, written = services.cases, found_number(message)
    alone = ALONE.match(message) if written is None else None
    if written is None and alone is None:
        return _queue(store, account)
    number = written or number
    if number is None:
        raise HandlingError(
            f"请先打开一件案件，再{alone[1] if alone else '办理'}：发送“案件”加编号，或从“我的案件”里选。"
        )
    if not may(account, Permission.SEE_CASES):
        return Reply("tasks", status_line(store, account, number))
    case = store.by_number(number)
    if case is None:
        raise HandlingError(f"没有编号为 {number} 的案件，请核对编号。")
    match = ACT.match(message)
    act = alone[1] if alone else (match[1] if match else None) or "查看"
    rest = alone[2].strip() if alone else _behind_number(message)
    if act in ("查看", "案件"):
        return _shown(store, account, case, channel)
    case = _do(services, account, case, act, rest)
    done = DONE_WORDS[act].format(who=WORKFLOWS[case.kind].brought_by)
    # What the status says again is not said twice.
    now = "" if done.endswith(STATUS_NAMES[case.status]) else f"现在：{STATUS_NAMES[case.status]}。"
    text = f"{case.number} {done}。{now}"
    if act == "办结" and case.status == CLOSED:
        told = WORKFLOWS[case.kind].brought_by
        text = f"{case.number} 已办结：{OUTCOMES.get(case.outcome or '', '')}。{told}查进度时能看到结果和您写的话。"
    if act == "办结" and case.status != CLOSED:
        others = "、".join(still_open(store, case))
        text = f"{case.number} 中{account.unit}的部分已办结；{others}还没有办结，全案仍在办理。"
    return Reply("tasks", text, (Button("查看案件", f"案件 {case.number}"), Button("我的案件", "我的案件")))


DONE_WORDS = {
    "受理": "已受理",
    "转办": "已转办",
    "追问": "已请{who}补充",
    "回复": "已回复{who}",
    "备注": "已记备注",
    "办结": "已办结",
}


def _behind_number(message: str) -> str:
    """What stands behind the number: 转办 JB-XXXX-XXXX 市公安局：涉嫌诈骗."""
    match = re.search(r"(?:JB|ZC)[ -]?\w{4}[ -]?\w{4}[:：,， ]*(.*)$", message, re.IGNORECASE | re.DOTALL)
    return match[1].strip() if match else ""


def _do(services: Services, account: Account, case: Case, act: str, rest: str) -> Case:
    store = services.cases
    simple: dict[str, Act] = {"追问": ask, "回复": reply, "备注": remark}
    if act == "受理":
        return accept(store, account, case)
    if act == "转办":
        unit, _, because = rest.replace(":", "：").partition("：")
        known = unit_named(services.knowledge.directory, unit) or clean(unit)
        return transfer(services, account, case, known, because)
    if act == "办结":
        read = read_outcome(rest)
        if read.could_be:
            raise UnclearError(case, rest, read)
        return close(store, account, case, read.outcome, without_outcome(rest, read.outcome))
    return simple[act](store, account, case, rest)


class UnclearError(HandlingError):
    """What came of a case can be read in several ways, or half of it was not said: one is chosen."""

    def __init__(self, case: Case, message: str, read: Read) -> None:
        names = "；".join(OUTCOMES[key] for key in read.could_be)
        super().__init__(f"{case.number} 还没有办结：{read.why}。请选一个：{names}。您写的话会一起答复。")
        self.buttons = tuple(
            Button(OUTCOMES[key], f"办结 {case.number} {OUTCOMES[key]}：{message}") for key in read.could_be
        )


def _queue(store: CaseStore, account: Account) -> Reply:
    require(account, Permission.SEE_CASES)
    unit = None if may(account, Permission.SEE_ALL_UNITS) else account.unit
    counts = store.counts(CaseFilter(unit=unit), "status")
    open_ = {status: n for status, n in counts.items() if status != CLOSED}
    where, ended = ("全市" if unit is None else unit), counts.get(CLOSED, 0)
    lines = [
        f"{where}在办案件 {sum(open_.values())} 件"
        + ("：" + "，".join(f"{STATUS_NAMES[s]} {n} 件" for s, n in open_.items()) if open_ else "")
        + (f"；另有 {ended} 件已办结。" if ended else "。")
    ]
    if not counts:
        lines = [f"{where}现在没有案件。"]
    cases = [case for case in store.queue(CaseFilter(unit=unit), 50) if case.status != CLOSED][:MOST_LISTED]
    for case in cases:
        when_ = day(case.submitted.astimezone(LUOYANG)) if case.submitted else ""
        mark = f"【{SEVERITY_NAMES[case.severity]}】" if case.severity else ""
        where_ = case.county or "地点不详"
        lines.append(
            f"· {case.number}　{mark}{WORKFLOWS[case.kind].name}，{when_}，{where_}，{STATUS_NAMES[case.status]}"
        )
    lines.append("全部案件和材料请在工作台（/console）查看。")
    return Reply("tasks", "\n".join(lines), tuple(Button(str(c.number), f"案件 {c.number}") for c in cases[:4]))


def _shown(store: CaseStore, account: Account, case: Case, channel: str) -> Reply:
    view = viewed(store, account, case)
    sent = day(case.submitted.astimezone(LUOYANG)) if case.submitted else ""
    lines = [
        f"{case.number}　{WORKFLOWS[case.kind].name}，{sent}提交，{STATUS_NAMES[case.status]}，主办{view.lead}。",
        f"程度：{SEVERITY_NAMES[case.severity]}{'（' + '；'.join(view.escalated) + '）' if view.escalated else ''}",
    ]
    if case.locked:
        lines.append("内容已密封，聊天里打不开，请在工作台（/console）用密码登录后查看。")
    elif channel in PRIVATE_CHANNELS:
        lines.append(f"对象：{name_of(case)}")
        lines += [f"{label}：{shown}" for label, shown in view.rows]
        authors = {"reporter": WORKFLOWS[case.kind].brought_by, "handler": "办理"}
        lines += [f"{authors.get(note.author, '内部')}：{note.text}" for note in view.notes]
    else:
        lines.append("为保护举报人，内容不在这里显示，请在工作台查看。")
    if view.files:
        lines.append(f"材料 {len(view.files)} 个，联系方式和材料请在工作台查看。")
    if not view.can_act:
        return Reply("tasks", "\n".join(lines), (Button("我的案件", "我的案件"),))
    lines.append(
        f"可以直接回复：受理、追问、回复、备注、转办、办结（加内容），都算这一件（{case.number}），"
        "例如“追问 请问收款账户是什么”；办别的案件请加上编号。"
    )
    lines.append(f"办结请写明结果（任选一种）：{outcomes_named()}。")
    own = next((part for part in view.parts if part.unit == account.unit), None) if view.joint else None
    untouched = case.status in (SUBMITTED, FORWARDED) or (own is not None and own.accepted is None)
    first = (Button("受理", f"受理 {case.number}"),) if untouched else ()
    return Reply("tasks", "\n".join(lines), (*first, Button("我的案件", "我的案件")))


class ActionStatistics(ServedAction):
    """本周统计: the counts in a few lines and as a picture."""

    def name(self) -> str:
        return "action_statistics"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[dict[str, Any]]:
        services, today = self.services, self.services.today()
        account = signed_in(services, tracker)
        try:
            account = require(account, Permission.SEE_STATISTICS)
        except Refused as error:
            Reply("tasks", str(error)).send(dispatcher)
            return []
        statistics = statistics_for(
            account, services.knowledge, services.cases, services.tasks, services.questions, today
        )
        url = picture_path(services.encryptor, PictureLink("report", account.id))
        Reply("tasks", in_words(statistics, today), image=url).send(dispatcher)
        return []
