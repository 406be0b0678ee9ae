"""What can be lifted from a citizen's own words: names, ways to find a platform, sums, people, dates, places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from actions.interview.answers import Answer, half_width, ticked
from actions.interview.errors import AnswerError
from actions.interview.numbers import DIGITS, find_phone, read_count, read_money, shown_phone
from actions.interview.questions import Question
from actions.tip_off.definition import Definition
from knowledge.directory import Directory
from knowledge.places import county_of, present_name
from knowledge.text import normalise

URL = re.compile(
    r"(?:https?://|www\.)[A-Za-z0-9\-._/?=&%#:]+|"
    r"(?<![A-Za-z0-9])[A-Za-z0-9\-]{2,}\.(?:com|cn|net|org|vip|top|cc|xyz|app|example)(?![A-Za-z0-9])[A-Za-z0-9\-._/?=&%]*"
)
MONEY = re.compile(rf"[{DIGITS}]+(?:多|来|几)?(?:个)?(?:万|亿|千|百)?(?:多|来)?(?:元|块钱?|万|亿|美元)")
PEOPLE = re.compile(rf"([{DIGITS}]+(?:多|来)?)(?:个|名|位|户)?(?:多)?(?:人|老人|户|投资人|受害|家庭|村民|居民)")
NAME_END = r"(?:的|拉|让|骗|说|公司|平台|里|上|,|，|。|;|；|!|！|\s|$|投|跑|是|在|，)"
CALLED = re.compile(rf"(?:名叫|名为|叫做|叫|自称)(?!什么|啥|我|他|她)[“\"《]?([\w·]{{2,14}}?)[”\"》]?(?={NAME_END})")
QUOTED = re.compile(r"[“\"《]([\w·]{2,20})[”\"》]")
# A proper name in front of what such firms call themselves.
NAMED = re.compile(
    r"([\u3400-\u9fffA-Za-z0-9]{2,6}(?:财富|金融|贷|资本|众筹|理财|投资|支付|金服|宝)(?:公司|平台|集团|有限公司)?)"
)
NOT_NAMES = re.compile(
    r"某|^(?:有人|什么|一个|一家|某|这个|那个|那家|这家|有个|有家|我|他|她|他们|举报|非法|第三方|网络|互联网|股权|"
    r"小区|门口|楼下|投资|理财|平台|公司|可疑|发现|提供|被|在|把|去|做|搞|卖|买|骗子|P2P|网贷|首付)",
    re.IGNORECASE,
)
# Characters of a sentence rather than of a name, where nothing marks the name as one.
SENTENCE = re.compile(r"[拉让给说在的是被把去我你他她们人有做搞买卖发和]")
WHEN = re.compile(
    r"(?:20\d\d年)?(?:\d{1,2}月份?)(?:\d{1,2}[日号])?|20\d\d年(?:初|底|年底|上半年|下半年)?|"
    r"(?:去年|前年|今年|上个?月|这个?月|上周|本周|昨天|前天|今天|最近|近期|大前年)(?:年?初|年?底|\d{1,2}月份?|上半年|下半年|春节|以来)?"
)
LEAD_IN = re.compile(r"^(我们?)?(要|想)?(举报|投诉|反映|揭发)(一个|一家|一下)?(叫|名叫)?(?=[^，。,])")
MINE = re.compile(r"(我的?|本人|联系我)[^，。,;；]{0,6}$")


def lifted(definition: Definition, directory: Directory, told: str) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Read a story.

    Returns:
        What it says outright, by question; and what it only suggests (business, conducts), to be confirmed.
    """
    text = half_width(told)
    found: dict[str, Answer] = {}
    if names := _names(LEAD_IN.sub("", text)):
        found["target"] = Answer("、".join(names), "、".join(names))
    if ways := _ways(text):
        # Asked in one of two ways, by whether there is a name; told once, it answers both.
        found["reach"] = found["reach_required"] = Answer("，".join(ways), "，".join(ways))
    for question, answer in (("amount", _amount(text)), ("people", _people(text))):
        if answer:
            found[question] = answer
    if mine := _own_phone(text):
        found |= {"contact": Answer("yes", "是"), "contact_phone": mine}
    if whens := list(dict.fromkeys(match[0] for match in WHEN.finditer(text))):
        found["since"] = Answer("、".join(whens), "、".join(whens))
    name = next((mention.id for mention in directory.mentions(text) if mention.kind == "county"), None)
    if county := county_of(directory, text) or (name and present_name(name)):
        found["place"] = Answer(county, county)
    suggested = {
        question: ticked(definition.question(question), chosen)
        for question in ("business", "conducts")
        if (chosen := _options(definition.question(question), text))
    }
    return found, suggested


def _names(text: str) -> list[str]:
    found = [match[1] for pattern in (CALLED, QUOTED) for match in pattern.finditer(text)]
    found += [match[1] for match in NAMED.finditer(text) if not SENTENCE.search(match[1])]
    kept: list[str] = []
    for name in (re.sub(r"(的|了|是)$", "", each) for each in found):
        if len(name) >= 2 and not NOT_NAMES.search(name) and not any(name in k or k in name for k in kept):
            kept.append(name)
    return kept[:3]


def _ways(text: str) -> list[str]:
    ways = [match[0].rstrip(".") for match in URL.finditer(text)]
    phone = find_phone(text)
    if phone and not MINE.search(text[: phone[1]]):
        ways.append(f"电话 {text[phone[1] : phone[2]]}")
    return list(dict.fromkeys(ways))


def _own_phone(text: str) -> Answer | None:
    """A reporter's own number, given without being asked."""
    phone = find_phone(text)
    if phone and MINE.search(text[: phone[1]]):
        return Answer(phone[0], shown_phone(phone[0]))
    return None


def _amount(text: str) -> Answer | None:
    """The largest sum named, for that is what matters to whoever acts."""
    sums = []
    for match in MONEY.finditer(text):
        try:
            value, shown = read_money(normalise(match[0]), 10**12, "", may_be_zero=False)
        except AnswerError:
            continue
        sums.append((Decimal(value["yuan"]), Answer(value, shown)))
    return max(sums, key=lambda item: item[0])[1] if sums else None


def _people(text: str) -> Answer | None:
    for match in PEOPLE.finditer(text):
        try:
            count, shown = read_count(normalise(match[0]), 10**8, "")
        except AnswerError:
            continue
        if count > 1:
            return Answer(count, shown)
    return None


def _options(question: Question, text: str) -> list[str]:
    plain = normalise(text)
    return [o.id for o in question.options if _any(plain, o.words) and o.id not in ("other", "unknown")]


def _any(text: str, words: Iterable[str]) -> bool:
    return any(normalise(word) in text for word in words)
