"""Which of the likely entries answers a question best, by what kind of answer it wants.

The judge tells what a question is about; two entries about the same thing (a rule and its deadline, a list and one of
its things, a rule for those with a licence and one for those without) are told apart here by the form of the question.
"""

from __future__ import annotations

import re
from itertools import pairwise

from actions.answers import WITHOUT_REASON, Asked, denies
from knowledge.base import KnowledgeBase
from knowledge.entries import Entry, Fact, NotSaid, Overview
from knowledge.question_form import ATTRIBUTES, licence_named, speaks_of_what_is_asked
from knowledge.values import A_COUNT, A_DAY

Likely = list[tuple[Entry, float]]

# Asked why, a fact with a stated reason is taken when it is this likely beside the first.
REASON_SHARE = 0.2
# One thing of a list is taken before the whole of it when it is this likely beside the list.
ONE_OF_LIST = 0.15
# That the plan leaves a number open is said before a rule without a number when it is this likely beside the rule.
LEFT_OPEN = 0.3
# How sure the judge must be of what is attributed to a unit, without the unit's name.
SURE_WITHOUT_UNIT = 0.5
# 一口气全说出来, 都念给我听听, 剩下三条, 依次是啥: all of it, not one.
ALL_OF_IT = (
    r"一口气|一次性|全(?:都|部)?(?:说|列|念|讲|给|摆|报|写|数)|(?:都|统统|挨个|逐个|一个个)(?:念|说|讲|列|报|数|给)(?!过|了)|原样给|哪几|"
    r"捋一?[遍下]|(?:剩下|其余|其他|另外)(?:的)?[一二两三四五六几]|依次(?:是|为|叫)|凡是.{1,14}(?:都|全)"
)
ASKS_LIST = re.compile(
    rf"{ALL_OF_IT}|哪些|几[种类项条个步]|都有|分别|各自|列|所有|全部|有什么|有啥|清单|总结|概括|一览|区别|不同|对比|比较|多少|几件|什么样的|啥样的|总数|总共|一共|拢共"
)
ASKS_VALUE = re.compile(
    r"多少|多久|多长|多高|多大|几(?:天|个月|年|家|次|倍|成|块|万|毛|元|条线|岁|位数)|哪(?:一)?家|哪个银行|什么标准|啥标准|百分之几"
)


def in_fitting_order(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Likely:
    """The entries with the one that fits the form of the question first.

    Args:
        entries: the likeliest first, with their probabilities; at least one.
    """
    for fitting in (
        _thing_that_is_named, _attributed, _one_of_list, _whole_list, _what_follows, _deadline, _deadline_of_what,
        _of_the_condition, _of_the_severity, _duty_beside_ban, _ban_beside_power, _rule_beside_open,
        _denial_beside_open, _left_open, _counted, _not_supposed, _handled_how, _whom_it_binds,
    ):  # fmt: skip
        if (better := fitting(knowledge, entries, asked)) and better is not entries[0][0]:
            return [(better, entries[0][1]), *(one for one in entries if one[0] is not better)]
    return entries


def asked_why_of(knowledge: KnowledgeBase, entries: Likely) -> Fact | None:
    """The norm whose reason is asked for: the likeliest with a stated reason among those nearly as likely as the first.

    Where none has a reason it is the likeliest norm, when the judge itself thinks of the question as one left open.
    """
    least = entries[0][1] * REASON_SHARE
    close = [entry for entry, probability in entries if probability >= least]
    norms = [entry for entry in close if isinstance(entry, Fact)]
    if entries[0][0].id == WITHOUT_REASON:  # it says of no norm in particular which one is asked about
        norms = norms or [entry for entry, _ in entries if isinstance(entry, Fact)][:1]
    reasoned = next((fact for fact in norms if knowledge.entries.reason_of(fact.id)), None)
    left_open = any(entry.id == WITHOUT_REASON for entry in close)
    return reasoned or (norms[0] if norms and left_open else None)


def _attributed(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """追赃挽损是信访局该办的事，对吧: the norm about what is attributed, where it is not the named unit's."""
    named = [mention for mention in asked.mentions if mention.kind == "unit"]
    first, text = entries[0][0], asked.text
    if asked.wanted.form not in ("confirm", "yes_no") or len(named) > 1 or not ATTRIBUTES.search(text):
        return None
    # A body that the directory does not know stands beside 是 or 由: 是河南省政府发的吧.
    body = None if named else OTHER_BODY.search(text)
    at = (named[0].start, named[0].end) if named else body.span("body") if body else (0, 0)
    if at == (0, 0) or not isinstance(first, Fact):
        return None
    # 是谁发的: who it is stays open; a unit of the directory would be looked for wherever it is named.
    best = knowledge.choices(text[: at[0]] + ("" if named else "谁") + text[at[1] :])[0]
    entry = knowledge.entry(best.label)
    if not isinstance(entry, Fact) or best.probability < SURE_WITHOUT_UNIT:
        return None
    told = f"{entry.who}{entry.what}"
    by_named = text[at[0] : at[1]] in told or any(
        mention.id == unit.id for unit in named for mention in knowledge.directory.mentions(told)
    )
    return None if by_named else entry


OTHER_BODY = re.compile(
    r"(?:是|由|归)(?P<body>[\u4e00-\u9fff]{0,4}(?:省|国务院|部|总局|中央)[\u4e00-\u9fff]{0,6}?)"
    r"(?=发|定|管|负责|牵头|出|印)"
)


def _one_of_list(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """The one thing of a list that is asked about, where no list is asked for."""
    first, chance = entries[0]
    if not isinstance(first, Overview) or ASKS_LIST.search(asked.text):
        return None
    shown = [(item.clause, item.quote) for item in first.items]
    for entry, probability in entries[1:]:
        if isinstance(entry, Fact) and probability >= chance * ONE_OF_LIST and _is_shown(entry, shown):
            return entry
    return None


# 哪些字眼, 都有啥红线: several things are asked for, by a word that no single one answers.
ASKS_SEVERAL = re.compile(
    rf"{ALL_OF_IT}|哪些(?!人说)|都(?:有|是|列|写)(?:了)?(?:哪|什么|啥|谁)|有(?:什么|啥|哪些|哪几)(?:要求|规定|红线|禁|限制|方面|办法|渠道|工作|职责|活|事项)|"
    r"哪几(?:样|项|个方面|类|种|条|方面)|一条[一条]*条?(?:给我)?(?:列|说|念|讲)|逐[条项]|清单|一串|"
    r"先(?:干|做|弄|办)[^，。]{0,3}(?:后|再)(?:来)?(?:干|做|弄|办)"
)
LIST_SHARE = 0.03


def _whole_list(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """The list that holds the likeliest norm, where several things are asked for: P2P平台的红线有哪些."""
    first, chance = entries[0]
    if not isinstance(first, Fact) or not ASKS_SEVERAL.search(asked.text) or asked.wanted.form in ("may", "must"):
        return None
    lists = [
        entry
        for entry, probability in entries[1:]
        if isinstance(entry, Overview) and entry.shape == "list" and probability >= chance * LIST_SHARE
    ]
    showing = [one for one in lists if _is_shown(first, [(item.clause, item.quote) for item in one.items])]
    same_clause = [one for one in lists if any(item.clause == first.clause for item in one.items)]
    return next(iter((*showing, *same_clause)), None)


ASKS_WHAT_FOLLOWS = re.compile(
    r"下一步|接下来|接着(?:呢|怎么|咋|该|给|往)|然后(?:呢|给|往|怎么|咋|该)|之后(?:给|往|怎么|咋|该|交)"
)


def _what_follows(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked what comes after, the next norm of the same sentence: 发现了可疑公司，下一步给谁."""
    first = entries[0][0]
    if not isinstance(first, Fact) or not ASKS_WHAT_FOLLOWS.search(asked.text):
        return None
    clause = knowledge.plan.clause(first.clause)
    sentence = next((one.text for one in clause.sentences if first.quote in one.text), "") if clause else ""
    behind = sentence.find(first.quote) + len(first.quote) - 1
    later = [one for one in knowledge.entries.by_clause[first.clause] if sentence.find(one.quote) >= behind > 0]
    return min(later, key=lambda one: sentence.find(one.quote), default=None)


# What an entry says not to be in the plan: 方案没有提到彩票.
NOT_NAMED = re.compile(r"没有(?:提到|点名)(?P<things>[^。，]+)")
BETWEEN_THINGS = re.compile(r"[、和与及]|这类|产品|投资|项目|炒作")


def _thing_that_is_named(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Where the first says of a thing that the plan does not name it, and the question names another, the next one."""
    kept = [entry for entry, _ in entries if not _is_of_another_thing(entry, asked.text)]
    if not kept or kept[0] is entries[0][0]:
        return None
    return kept[0]


def _is_of_another_thing(entry: Entry, text: str) -> bool:
    if not isinstance(entry, NotSaid) or not (match := NOT_NAMED.search(entry.says)):
        return False
    things = BETWEEN_THINGS.split("、".join((match["things"], entry.topic, *entry.things)))
    letters = {"".join(pair) for thing in things for pair in pairwise(thing.lower())}
    return not any("".join(pair) in letters for pair in pairwise(text.lower()))


ASKS_WHOM = re.compile(
    r"针对|适用于?|所有(?:的)?(?:企业|公司|机构|平台)|哪一?[类种](?:企业|公司|机构|平台|人)|限制的?是(?:谁|哪)"
)
BINDS = re.compile(r"限制?针对|限于|只(?:对|适用)|适用于")


def _whom_it_binds(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked whom a rule binds, the norm of the same clause that says so: 是所有企业都不能用吗."""
    first = entries[0][0]
    if not isinstance(first, Fact) or not ASKS_WHOM.search(asked.text) or BINDS.search(first.conclusion):
        return None
    return next((one for one in knowledge.entries.by_clause[first.clause] if BINDS.search(one.conclusion)), None)


# 会被怎么着, 什么后果: what is done about it, not whether it is so.
ASKS_HANDLING = re.compile(
    r"(?:会|要)?(?:被|把(?:我|俺|它|他)[们]?)?(?:怎么|咋|如何)(?:着|处理|处置|处罚|收拾|整治|对待|罚)|(?:什么|啥|哪些)(?:后果|下场|处罚|影响)|会咋样|会怎样|会怎么样"
)
HANDLING = re.compile(r"处理|查处|处罚|后果|监管对象|关注|整改|取缔|吊销|处置")


def _handled_how(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked what is done about it, the list of that before that nobody here can say whether the case is one."""
    first = entries[0][0]
    if not isinstance(first, NotSaid) or first.kind != "personal" or not ASKS_HANDLING.search(asked.text):
        return None
    return next(
        (one for one, _ in entries[1:] if not isinstance(one, NotSaid) and HANDLING.search(one.conclusion)), None
    )


def _is_shown(fact: Fact, shown: list[tuple[str, str]]) -> bool:
    return any(fact.clause == clause and (fact.quote in quote or quote in fact.quote) for clause, quote in shown)


def _deadline(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked by when, the deadline in the likeliest clause, though another norm of it is likelier."""
    first, chance = entries[0]
    if not asked.wanted.ends or (isinstance(first, Fact) and first.modality == "期限"):
        return None
    if asked.wanted.who and isinstance(first, Fact):
        return None  # 报送哪儿，最晚什么时候: the answer says both
    if not isinstance(first, Fact):
        likely = (entry for entry, probability in entries[1:4] if probability >= chance * LEFT_OPEN)
        return next((one for one in likely if isinstance(one, Fact) and one.modality == "期限"), None)
    due = [f for f in knowledge.entries.by_clause[first.clause] if f.modality == "期限" and A_DAY.search(f.conclusion)]
    return due[0] if due else None


# What asks for a day; what is left of a question says of what it is asked.
DAY_ASKED = re.compile(
    r"(?:最晚|最迟|要|得|该|应该|需要|必须)?(?:在|到)?(?:几月几号|几月几日|几号|哪一?天|几月份?|(?:什么|啥|几)时候?|何时)(?:之?前)?(?:要|得|该)?|"
    r"最晚|最迟|截止(?:日期|时间)?|时限|期限|到期"
)


def _deadline_of_what(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked by when, the deadline of the clause that what is asked about stands in: days are alike, tasks are not."""
    first = entries[0][0]
    if not asked.wanted.ends or not isinstance(first, Fact) or first.modality != "期限":
        return None
    about = DAY_ASKED.sub("", asked.text)
    best = knowledge.choices(about)[0] if len(about) >= LEAST_ABOUT else None
    norm = knowledge.entry(best.label) if best and best.probability >= SURE_WITHOUT_DAY else None
    if not isinstance(norm, Fact) or norm.modality == "期限" or norm.clause == first.clause:
        return None
    due = [f for f in knowledge.entries.by_clause[norm.clause] if f.modality == "期限" and A_DAY.search(f.conclusion)]
    return due[0] if len(due) == 1 else None


# Letters that a question has at least without the words for a day, and how sure the judge must be of what they say.
LEAST_ABOUT, SURE_WITHOUT_DAY = 5, 0.6


def _duty_beside_ban(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked whether one has to, a duty of the same clause before a ban that is as near to it: 用不用建防火墙."""
    first, chance = entries[0]
    if asked.wanted.form != "must" or not isinstance(first, Fact) or first.must == "应当" or first.modality != "不得":
        return None
    for entry, probability in entries[1:]:
        is_duty = isinstance(entry, Fact) and entry.clause == first.clause and entry.must == "应当"
        if is_duty and probability >= chance * DUTY_SHARE:
            return entry
    return None


def _ban_beside_power(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked whether one may do a thing, a ban on it before what others may do: 被登记保存了，能不能先卖了."""
    first = entries[0][0]
    if asked.wanted.form != "may" or not isinstance(first, Fact) or first.may != "可以":
        return None
    if speaks_of_what_is_asked(first, asked.text):
        return None
    likely = [entry for entry, _ in entries[1:] if isinstance(entry, Fact) and entry.clause == first.clause]
    return next((one for one in likely if one.modality == "不得"), None)


# What the plan leaves open is how, how much or when: no answer to whether one may.
LEFT_OPEN_HOW = re.compile(r"怎么|如何|多少|哪|何时|什么|多久|几|能否|怎样|谁")
RULE_SHARE = 0.2


def _rule_beside_open(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked whether one may, a rule on it before what leaves open how it is done: 没牌照装刷卡机收钱，让干不."""
    first, chance = entries[0]
    if asked.wanted.form != "may" or not isinstance(first, NotSaid) or first.kind == "premise":
        return None
    if not LEFT_OPEN_HOW.search(first.says) or ASKS_VALUE.search(asked.text):
        return None
    for entry, probability in entries[1:4]:
        if isinstance(entry, Fact) and entry.may and probability >= chance * RULE_SHARE:
            return entry
    return None


def _denial_beside_open(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """What the plan says against a premise before that it leaves the case open: 名字有理财的一律吊照，是吧."""
    first, chance = entries[0]
    if asked.wanted.form != "confirm" or not isinstance(first, NotSaid) or first.says.startswith("不对"):
        return None
    close = (entry for entry, probability in entries[1:3] if probability >= chance * RULE_SHARE)
    return next((one for one in close if isinstance(one, Fact) and denies(knowledge, one, asked)), None)


# How bad a thing is that is asked about, as questions put it and as the plan does.
BADLY = re.compile(r"情节[^，。；]{0,4}(?:严重|重|恶劣)|(?:特别|很|太|非常)严重|拒不|死活不改|就是不改|屡教不改")
LIGHTLY = re.compile(r"(?:情节|毛病|问题|违规|错)[^，。；]{0,4}(?:轻|不大|不严重|很小)|轻微|小毛病|不严重")
PLAN_BADLY, PLAN_LIGHTLY = re.compile(r"情节严重|情节较重|拒不"), re.compile(r"情节较轻")
# A norm for the degree that is asked about is answered when it is this likely beside the first.
DEGREE_SHARE = 0.03


def _of_the_severity(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked what happens in a grave case or a slight one, the norm for it before one for any case."""
    badly, lightly = bool(BADLY.search(asked.text)), bool(LIGHTLY.search(asked.text))
    first, chance = entries[0]
    degree = PLAN_BADLY if badly else PLAN_LIGHTLY
    if badly == lightly or isinstance(first, Overview) or (isinstance(first, Fact) and degree.search(_said_by(first))):
        return None
    likely = [entry for entry, probability in entries[1:] if probability >= chance * DEGREE_SHARE]
    same = knowledge.entries.by_clause.get(first.clause, []) if isinstance(first, Fact) else []
    return next((one for one in (*likely, *same) if isinstance(one, Fact) and degree.search(_said_by(one))), None)


# A duty is answered before a ban when it is this likely beside the ban.
DUTY_SHARE = 0.05


def _of_the_condition(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked about those who have a licence, a norm of the same clause about them before one about those without."""
    first = entries[0][0]
    wanted = licence_named(asked.text)
    if not isinstance(first, Fact) or not wanted or licence_named(_said_by(first)) in (wanted, ""):
        return None
    likeliest = [entry for entry, _ in entries[1:] if isinstance(entry, Fact) and entry.clause == first.clause]
    others = [*likeliest, *knowledge.entries.by_clause[first.clause]]
    return next((other for other in others if licence_named(_said_by(other)) == wanted), None)


def _said_by(fact: Fact) -> str:
    return f"{fact.conclusion}{fact.unless}"


def _left_open(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked how many or which one, that the plan leaves it open, before a rule that states no number or name."""
    first, chance = entries[0]
    asks = ASKS_VALUE.search(asked.text) or AN_AMOUNT.search(asked.text)
    if not asks or isinstance(first, NotSaid) or _states_value(first):
        return None
    close = (entry for entry, probability in entries[1:3] if probability >= chance * LEFT_OPEN)
    return next((entry for entry in close if isinstance(entry, NotSaid)), None)


# A sum or a share that a question supposes: 一律罚十万.
AN_AMOUNT = re.compile(r"罚(?:款|金)?[^，。]{0,4}?(?:[\d一二三四五六七八九十百千两几]+)(?:万|千|百|元|块|倍|%|成)")


def _counted(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Asked how many there are, the entry that says a number of them."""
    first, chance = entries[0]
    if not HOW_MANY.search(asked.text) or isinstance(first, NotSaid) or A_COUNT.search(first.conclusion):
        return None
    close = (entry for entry, probability in entries[1:4] if probability >= chance * COUNT_SHARE)
    return next((one for one in close if A_COUNT.search(one.conclusion)), None)


HOW_MANY = re.compile(
    r"(?:(?<![好])几|多少)(?:位|个|名|家|人|项|步|条|类|种)|总数|(?:一共|总共|拢共|共)(?:设|有|分|列|是)?(?:了)?(?:多少|几)"
)
COUNT_SHARE = 0.03


def _not_supposed(knowledge: KnowledgeBase, entries: Likely, asked: Asked) -> Entry | None:
    """Where the first denies a number that the question does not suppose (不是30天), what leaves the number open."""
    first, chance = entries[0]
    if not isinstance(first, NotSaid) or not (denied := A_NUMBER.findall(first.says)):
        return None
    if any(number in asked.text for number in denied):
        return None
    close = (entry for entry, probability in entries[1:4] if probability >= chance * ONE_OF_LIST)
    return next((one for one in close if not A_NUMBER.search(one.conclusion)), None)


A_NUMBER = re.compile(r"\d+")


def _states_value(entry: Entry) -> bool:
    if isinstance(entry, Fact):
        return bool(entry.values) or entry.modality in ("期限", "负责") or any(c.isdigit() for c in entry.conclusion)
    return isinstance(entry, Overview) and entry.shape == "sum"
