"""What officials and petition staff write, where the words alone are taken for something else."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker

from actions.officials.cases import ALONE, number_in_hand
from actions.officials.login import signed_in
from actions.officials.paraphrases import in_plain_words
from casework.cases.codes import found_number
from casework.desk.account import Role
from casework.desk.dates import find_span
from casework.desk.roles import Permission, may
from casework.services import Services
from casework.tip_off.definition import tip_off_definition
from casework.tip_off.extraction import extract
from knowledge.text import clean

DESK, REPORT, EXPLANATION, STATUS, TASKS = "desk_cases", "tip_off", "petition", "tip_status", "tasks"
# 转办：群众举报…: with no case open, a report this likely is one that was handed on to whoever writes it down here.
LEAST_REPORTED = 0.2
SHORTEST_REPORT = 12
# 群众问为啥还让开, 他非要政府赔: what somebody at the counter says, as it is told by who receives them.
AT_THE_COUNTER = re.compile(
    r"(?:群众|老百姓|老(?:太太|大爷|大娘|两口|年人)|大(?:妈|爷|姐|哥|娘)|阿姨|家属|来访(?:人|者|的)?|上访(?:人|户|的)?|信访人|访民|投资人|出借人|受害人|老人|对方|[他她]们?|有人)[^。？?]{0,16}?"
    r"(?:问|说|反映|要求|质问|追问|非要|硬要|闹|喊|哭|骂|威胁|扬言|怀疑|质疑|不信|不满|嫌|埋怨|抱怨|认为|觉得|想不通|不理解|讨要?说法)"
)
# What the plan is asked for, and no explanation.
ASKS_THE_PLAN = re.compile(
    r"方案|第[一二三四五]|[一二三四五]（|牵头|哪个(?:单位|部门)|谁(?:负责|管)|什么时候|几号|渠道"
)
# 手头还有几件没办: what waits for whoever asks.
OWN_CASES = re.compile(
    r"(?:手头|手里|手上|名下|我这|我们这|咱这|今天|现在|眼下|还)[^。？?]{0,6}?(?:几|多少|哪些|哪几|啥|什么)(?:件|起|个)?[^。？?]{0,3}?"
    r"(?:没办|没结|没处理|要办|待办|案件|案子|线索|举报件?)|"
    r"(?:新|没办完?|没结|没处理|待办|未办|未结|在办|要办|手头)的(?:案件|案子|线索|举报件?)|(?:案件|案子|线索)(?:还)?有?(?:几|多少)[件个起]"
)
# 下个月5号前有哪些任务, 下周要交什么: a time, and what is due in it.
OWN_TASKS = re.compile(r"任务|到期|(?:要|该|得)(?:办|交|报|完成)")
# 提醒提前5天, 提前三天提醒我
OWN_REMINDERS = re.compile(r"提醒[^。？?]{0,8}提前|提前[^。？?]{0,8}天[^。？?]{0,6}(?:提醒|通知|告诉)")
ANSWERED = ("policy", "duty", "deadline", "unclear", "out_of_scope")


def meant_by_staff(services: Services, tracker: Tracker, text: str, parsed: dict[str, Any]) -> str:
    """The intent of a message that is another than it seems, since of whom and where it is said; "" where it is not."""
    intent = str((parsed.get("intent") or {}).get("name") or "")
    message = clean(text)
    if intent == DESK and _handed_on(message, parsed) and number_in_hand(tracker) is None:
        return REPORT
    if _acts_on_case(services, tracker, message):
        return DESK
    if _explained(services, tracker, intent, message):
        return EXPLANATION
    staff = signed_in(services, tracker)
    if intent in ANSWERED and may(staff, Permission.SEE_TASKS) and _of_own_tasks(services, message):
        return TASKS
    asks_own = intent in (*ANSWERED, STATUS) and OWN_CASES.search(message)
    return DESK if asks_own and may(staff, Permission.SEE_CASES) else ""


def _of_own_tasks(services: Services, message: str) -> bool:
    """Whether what is due in some time is asked, or the reminders of it are set; not what the plan says of days."""
    if OWN_REMINDERS.search(message):
        return True
    named = OWN_TASKS.search(message) and not ASKS_THE_PLAN.search(message)
    return bool(named and find_span(message, services.today()))


def _acts_on_case(services: Services, tracker: Tracker, message: str) -> bool:
    """回复举报人：已约谈: an act upon the case in hand, in other words than its command's."""
    if in_plain_words(services.knowledge.directory, message) == message:
        return False
    meant = found_number(message) or number_in_hand(tracker)
    return bool(meant) and may(signed_in(services, tracker), Permission.SEE_CASES)


def _explained(services: Services, tracker: Tracker, intent: str, message: str) -> bool:
    """Whether petition staff tell what somebody at the counter says, and write down no report."""
    if intent not in (*ANSWERED, REPORT) or not AT_THE_COUNTER.search(message) or ASKS_THE_PLAN.search(message):
        return False
    account = signed_in(services, tracker)
    if account is None or account.role is not Role.PETITION or (intent == REPORT and _records(services, message)):
        return False
    return bool(services.explanations.find(message))


def _records(services: Services, message: str) -> bool:
    """Whether what a visitor said is written down as a report: it is called one, or says whom or how much."""
    found = extract(tip_off_definition(), services.knowledge.directory, message).answers
    return bool(RECORD.search(message) or found.keys() & {"target", "amount", "reach", "people"})


RECORD = re.compile(r"接访|登记|记录|转办|来信|来电|工单|举报|线索")


def _handed_on(message: str, parsed: dict[str, Any]) -> bool:
    """Whether 转办：… tells of a report rather than where a case goes."""
    act = ALONE.match(message)
    if act is None or act[1] != "转办" or found_number(message) or len(act[2]) < SHORTEST_REPORT:
        return False
    likely = {one["name"]: float(one["confidence"]) for one in parsed.get("intent_ranking") or []}
    return likely.get(REPORT, 0.0) >= LEAST_REPORTED
