"""What can be lifted from a citizen's own words: names, ways to find a platform, sums, people, dates, places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from casework.interview.answers import Answer, half_width, ticked
from casework.interview.questions import Question
from casework.tip_off.definition import Definition
from casework.tip_off.heads import people_in
from casework.tip_off.names import names_in_story
from casework.tip_off.own_contact import INTRODUCED_NAME, contact_in
from casework.tip_off.places import locate
from casework.tip_off.sums import THOUSANDS, amount_in
from casework.tip_off.ways import ways_in, without
from knowledge.directory import Directory
from knowledge.text import normalise

SEASON = (
    r"(?:双十[一二]|双1[12]|冬月|教师节|妇女节|母亲节|父亲节|儿童节|护士节|劳动节|情人节|春节|过年|元旦|元宵|清明|五一|端午|中秋|国庆|十一长假|腊月|正月|开春|春上|三一五|3[.·]15|重阳|七夕|除夕|小年|腊八|"
    r"[春夏秋冬]天|暑假|寒假|入[夏秋冬]|麦收)"
)
# 二〇一五年九月, 一六年三月, 八月十五: written out.
YEAR_OUT = r"(?:二[〇零0]一[二三四五六]|(?<![一二三四五六七八九十])一[三四五六])年"
MONTH_OUT = r"(?:十[一二]?|[一二三四五六七八九])月"
DAY_OUT = r"(?:初[一二三四五六七八九十]|[二三]?十[一二三四五六七八九]?(?![万千百块元个户人年])|廿[一二三四五六七八九])"
WHEN = re.compile(
    rf"{YEAR_OUT}(?:{MONTH_OUT}份?(?:{DAY_OUT}[日号]?)?|初|底|年初|年底|上半年|下半年)?|"
    r"(?<![\d.])20\d\d[-./](?:1[0-2]|0?[1-9])(?:[-./](?:3[01]|[12]\d|0?[1-9]))?(?![\d.\-/])|"
    rf"(?:20\d\d年)?(?:\d{{1,2}}月份?)(?:\d{{1,2}}[日号])?(?:初|底|中旬)?|20\d\d年(?:初|底|年底|上半年|下半年|{SEASON})?|"
    r"(?<![\d月])(?:[12]?\d|3[01])号(?![楼院门店线库])|(?:去年|前年|今年(?!\d{2}岁|[一二三四五六七八九]?十.?岁|[高周虚]?[寿岁龄])|"
    r"上个?月|这个?月|上上?个?(?:周|星期|礼拜)[一二三四五六日天]?|[这本]个?(?:周|星期|礼拜)[一二三四五六日天]?|昨天|前天|今天|最近|近期|大前年)"
    rf"(?:的?(?:\d{{1,2}}|十[一二]?|[一二三四五六七八九])月份?(?:\d{{1,2}}[日号]|{DAY_OUT}[日号]?|初|底|中旬)?|的?\d{{1,2}}[日号]|年?初|年?底|上半年|下半年|{SEASON}|以来)?"
)
# 你们去年咋不查: a time in a reproach to us is none of what happened.
REPROACH = re.compile(
    r"[^,，。;；!！?？]*(?:咋|怎么|为啥|为什么|为何)(?:就|都)?(?:不|没)(?:早点?)?(?:来)?(?:查|管|抓|封|办)[^,，。;；!！?？]*"
)


EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]+")


@dataclass(frozen=True)
class Extracted:
    """What a text says.

    Attributes:
        answers: outright, by question.
        suggested: only suggested (business, conducts), to be confirmed.
        used: by question, the words of the text that its answer holds.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    suggested: dict[str, Answer] = field(default_factory=dict)
    used: dict[str, list[str]] = field(default_factory=dict)


def extract_answers(
    definition: Definition, directory: Directory, text: str
) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Read a story: what it says outright, and what it only suggests."""
    extracted = extract(definition, directory, text)
    return extracted.answers, extracted.suggested


def extract(definition: Definition, directory: Directory, message: str) -> Extracted:
    """Read a text of a reporter, a whole story or a few words."""
    text = EMOJI.sub(" ", half_width(message))
    found: dict[str, Answer] = {}
    used: dict[str, list[str]] = {}
    if names := names_in_story(text):
        found["target"] = Answer("、".join(names), "、".join(names))
        used["target"] = names
    contact, words = contact_in(text)
    own = words.get("contact_phone", [])
    if ways := [way for way in ways_in(text) if not any(each in way for each in own)]:
        found["reach"] = Answer("，".join(ways), "，".join(ways))
        used["reach"] = [way.removeprefix("电话 ") for way in ways]
    rest = _simplified(THOUSANDS.sub("", without(text, ways)))
    for question, read_one in (("amount", amount_in(rest)), ("people", people_in(rest))):
        if read_one:
            used[question] = [read_one[0]]
            found[question] = read_one[1]
    found, used = found | contact, used | words
    if whens := list(dict.fromkeys(match[0] for match in WHEN.finditer(REPROACH.sub(" ", text)))):
        found["since"] = Answer("、".join(whens), "、".join(whens))
        used["since"] = whens
    location = locate(directory, INTRODUCED_NAME.sub(" ", text))  # 孟津生 is a man
    if location.where == "here" and location.county:
        found["place"] = Answer(location.county, location.county)
        used["place"] = [location.county if location.county in text else location.county[:2]]
    doubtful = {"place": Answer(location.district, location.district)} if location.where == "doubtful" else {}
    suggested = doubtful | {
        question: ticked(definition.question(question), chosen)
        for question in ("business", "conducts")
        if (chosen := _options(definition.question(question), text))
    }
    if proof := _proof(text):
        suggested["evidence"] = Answer(proof, proof)
    return Extracted(found, suggested, used)


PAPERS = (
    r"(?:合同|协议|转账记录|转账截图|转账凭证|转账|聊天记录|聊天截图|微信记录|通话记录|记录|录音|录像|视频|截图|照片|流水|收据|借条|欠条|凭证|发票|传单|"
    r"宣传册|宣传单|存单|存折|保单|名片)"
)
# 我有录音还有收据; 合同还在，转账记录也有: what somebody has in hand, in the words it was said in.
HAVE = re.compile(
    rf"(?<!没)(?<![他她司台们方员板家主])(?:还|都|也|就|手[里头上]|我|俺|这[里儿]|家里)*(?:有|留着|留有|存着|保存着?|保留着?|拍了|录了|截了)[^,，。;；没不\d]{{0,6}}{PAPERS}[^,，。;；]{{0,12}}|"
    rf"(?:{PAPERS}(?:[和跟、及]|还有|以及)?)+(?:我|俺|都|还|也|全)*(?:还在|在手|在我|在俺|都在|有|留着|保存着?|保留着?|存着|没丢|没扔)[^,，。;；]{{0,6}}"
)
ASKED_OF_PAPERS = re.compile(r"[吗么不没][?？]?$|[?？]$")


def _proof(text: str) -> str:
    """The clauses that tell what papers somebody has; "" where none does."""
    told = [match[0].strip() for match in HAVE.finditer(text) if not ASKED_OF_PAPERS.search(match[0])]
    return "，".join(dict.fromkeys(told))


def _simplified(text: str) -> str:
    """Figures and units of traditional script as they are read: 18萬."""
    return text.translate(OLD)


OLD = str.maketrans("萬億圓個戶兩幾塊錢", "万亿圆个户两几块钱")


def _options(question: Question, text: str) -> list[str]:
    plain = normalise(text)
    return [o.id for o in question.options if _any(plain, o.words) and o.id not in ("other", "unknown")]


def _any(text: str, words: Iterable[str]) -> bool:
    return any(normalise(word) in text for word in words)
