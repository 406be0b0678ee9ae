"""Corrections in free words: 不对，是李四; 刚才平台名称填错了，应该叫…; 人数不是30，是300; 发生了什么改成：…."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from casework.interview.answers import UNKNOWN, read, without_spelling
from casework.interview.errors import AnswerError
from casework.interview.numerals import DIGITS
from casework.interview.questions import Question
from casework.interview.state import State
from knowledge.text import normalise

GAP = r"[,，。;；:：!！~、 ]*"
HEAD = (
    rf"(?:(?:等等|等一下|等下|慢着|且慢|哎呀?|呸|sorry|"
    rf"(?:我|刚才|刚刚)*(?:(?:打|写|填|说|输)?(?:多|少|漏)(?:打|写|填|说|输)?|(?:打|写|填|说|输)(?:多|少|漏))了?[一两几]?个?(?:零|0|字)了?|"
    rf"哦|噢|喔|呃|对不起|不好意思|抱歉|打错字?了?|(?:我|俺|刚才|刚刚)*[说写填输搞弄记打][错岔]了?|错了|"
    rf"(?:前面|上面|刚才)?第[一二三四五六七八九十\d]+个?(?:题|问题|项|条)?(?:我|俺)?(?:也|都|给)?[答填写说选]错了?|"
    rf"(?:我|俺)?(?:给)?[记说填写答]岔了|算了(?=[,，]?还是)|"
    rf"不对|不是的?|不(?=[,，])|更正一?下?|纠正一?下?|改正一?下?|我?改一下|说反了|说?秃噜嘴了?|口误|笔误){GAP})+"
)
EARLIER = r"(?:我)?(?:刚才|刚刚|之前|前面|上面|上次|先前|前述|上述)?(?:说|填|写|报)?(?:的|那个|这个)?"
PREVIOUS = r"上一?(?:题|个问题|个|项|条|步)"
WRONG = (
    r"(?:(?:我|俺|给|都|是)*(?:填|写|说|报|答|打|输|弄|搞|记|叫|发|选|点|标)?"
    r"(?:[错岔]了?|反了|漏了|少了|多了|有误|不对|不准确?)(?:一?个?字|了)*[哈啊呀啦哦呢吧]?|"
    r"(?:说|写|填|打|报)?(?:少|漏|多)(?:打|写|填|输)?了?(?:[“\"][^”\"]{1,6}[”\"])?(?:[一两几]个)?字?)"
)
SHOULD = (
    r"(?:应该?|其实|实际上?|正确的?|准确的?|真正的?|我|人家|它|他们?)*(?:是|叫做|叫|为|写成|填|在)|"
    r"(?:应该?|请|要)*(?:改成|改为|换成|更正为|更改为|修改为|改到)|应为|实为|实际为|实系|只有|只是|总共是?|一共是?|"
    r"(?:其实|实际上?|真正)(?:也|就|才|只|有)+|还是(?!不|别|要|想|算|先|得)|"
    # 我实际只给了9万8
    r"(?:我|俺|我们|俺家)?(?:其实|实际上?|真正|到底|只|就|才)+(?:给|投|交|转|付|打|存|借|拿|充|进)(?:了|过|进去)(?:他们?)?"
)
# 后来想想是两万三: how somebody came to know better.
THINKING = (
    r"(?:(?:我|后来|又|再|刚|刚才|仔细|回头|回家|重新)*"
    r"(?:经|想|查|看|翻|核对|核实|问|算|数|对)(?:核实|核对|核查|查实|确认)?(?:了?[想查看翻问算数对]|了?一[想查看翻问算数]|了?一?下|了|过)?"
    r"(?:合同|单子|记录|账|家里人?)?)?"
)
CHANGE = (
    r"(?:(?:已经?|刚刚?|现在|最近|去年|今年|上个?月|这个月|前几天)*(?:换人了?|变了|变更了|换了)[,，]?(?:现在|新的)?(?:是|叫|为)|"
    r"(?:已经?|刚刚?|现在|最近|去年|今年|上个?月|这个月|前几天)*"
    r"(?:(?:改|换|更正|修改)一?下[,， ]*)?(?:改成|改为|改到|换成|变成|变更为|更正为|更改为|修改为|更新为|"
    r"(?:改|换|更正|修改)一?下[,，:： ]*(?:应该)?(?:是|叫|为|成))|应该是|应该叫|应该为|应为|其实是|实际是)"
)
# 5万改成8万, 金福来改金福莱: what stands there, and what shall.
INSTEAD = r"(?:改成|改为|改到|换成|更正为|更改为|修改为|应该是|应为|改)"
PATTERNS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rf"(?:{HEAD})?(?:把|将)?{EARLIER}(?P<last>{PREVIOUS})的?(?:{WRONG})?{GAP}(?:{SHOULD}){GAP}(?P<to>.+)",
        rf"(?:{HEAD})?(?:把|将)?{EARLIER}(?P<what>[^,，。]{{1,16}}?)的?{WRONG}{GAP}{THINKING}{GAP}(?:{SHOULD}){GAP}(?P<to>.+)",
        rf"(?:{HEAD})?(?:把|将)?{EARLIER}(?P<what>[^,，。]{{1,16}}?)的?{WRONG}{GAP}[^。]{{1,30}}?[,，。]\s*(?:{SHOULD}){GAP}(?P<to>.+)",
        rf"(?:{HEAD})?(?:请|把|将)+{EARLIER}(?P<what>[^,，。]{{1,16}}?)的?[从由](?P<old>[^,，。]{{1,40}}?){INSTEAD}{GAP}(?P<to>.+)",
        rf"(?:{HEAD})?(?:把|将)?{EARLIER}(?P<what>[^,，。]{{1,16}}?)的?不是(?P<old>[^,，。]{{1,40}}?){GAP}而?(?:{SHOULD}){GAP}(?P<to>.+)",
        # 刚问了群主，人数不是30，后来又进来12个，一共42
        rf"(?:{HEAD})?(?:(?:我|俺|刚|刚才|后来|又|回头|昨天|今天)*(?:问|查|看|翻|数|核对|打听)了?[^,，。]{{0,10}}[,，])?{EARLIER}"
        rf"(?P<what>[^,，。]{{1,8}}?)的?不是(?P<old>[^,，。]{{1,16}}?)[,，](?:[^,，。]{{1,16}}[,，])?"
        rf"(?:{SHOULD}|共|合计|加起来)(?:有|是)?{GAP}(?P<to>[^,，。]{{1,20}})",
        # 更正：前述地点“洛龙区”应为“伊滨区”
        rf"(?:{HEAD})?(?:把|将)?{EARLIER}(?P<what>[^,，。“\"]{{1,12}}?)[“\"](?P<old>[^“”\"]{{1,40}})[”\"]"
        rf"(?:{SHOULD}|{CHANGE}){GAP}(?P<to>.+)",
        # 记岔了，涧西那是我家，他们店在西工; 八月是我儿子结婚，投钱是去年十月
        rf"{HEAD}(?P<old>[^,，。]{{1,8}}?)(?:那|这)?(?:个|里|边)?是(?:我|俺|他|她)[^,，。]{{1,12}}[,，。 ]+"
        rf"[^,，。是在]{{0,8}}?(?:{SHOULD}){GAP}(?P<to>.+)",
        rf"(?:{HEAD})?(?:把|将)?{EARLIER}(?P<what>[^,，。]{{1,16}}?)的?{WRONG}{GAP}不是(?P<old>[^,，。]{{1,40}}?){GAP}"
        rf"而?(?:{SHOULD}){GAP}(?P<to>.+)",
        rf"(?:{HEAD})?{EARLIER}(?P<what>[^,，。]{{1,8}}?)的?(?:我|俺|后来|又|刚才?|再|重新)*(?:问|查|看|算|数(?=了|过)|核对|核实|打听)[^,，。]{{0,10}}{GAP}"
        rf"(?:其实|实际上?|应该|一共|总共)+(?:是|有|叫|在|为)*{GAP}(?P<to>[^,，。]{{1,40}})",
        rf"(?:{HEAD})?(?:请|把|将)*(?:修改|更改|更正|改)?{EARLIER}(?P<what>[^,，。]{{1,16}}?)的?{CHANGE}{GAP}(?P<to>.+)",
        rf"{HEAD}(?:(?:不是)(?P<old>[^,，。]{{1,40}}?){GAP})?而?(?:{SHOULD}){GAP}(?P<to>.+)",
        rf"(?:(?:我|俺|他|她|你)?(?:们)?(?:家|爱人|老公|老婆|老伴|媳妇|儿子|闺女|女儿|孩子|爸|妈|哥|姐|弟|妹)?说)?"
        rf"不是(?P<old>[^,，。]{{1,40}}?)(?:{GAP}而?(?:{SHOULD}){GAP}|[,，]\s*(?=[\d一二两三四五六七八九十]))(?P<to>.+)",
        rf"(?:{HEAD})?(?:应该)?是(?P<to>[^,，。]{{1,40}}?){GAP}而?不是(?P<old>[^,，。]{{1,40}})",
        rf"(?:{HEAD})?(?:把|将)?{EARLIER}(?P<what>[^,，。]{{1,16}}?)的?(?:你|您|麻烦|请)*(?:给|帮|替)?(?:我|俺)?"
        rf"(?:改|更正|修改|换)(?:了|一下|下|过来)?{GAP}(?:{SHOULD}){GAP}(?P<to>.+)",
        rf"(?:{HEAD})?不在(?P<old>[^,，。]{{1,20}}?)[,，。 ]+(?:而?是)?在(?P<to>[^,，。]{{1,40}})",
        rf"{HEAD}(?:那|这|它)(?:个|家)?是[^,，。]{{1,16}}[,，。 ]+(?:{SHOULD}){GAP}(?P<to>.+)",
        rf"(?:{HEAD})?(?:我|他|她)?不(?:姓|叫)(?P<old>[^,，。]{{1,20}}?){GAP}而?是?(?:姓|叫)(?P<to>[^,，。]{{1,20}})",
        rf"{HEAD}{EARLIER}(?P<what>[^,，。]{{1,16}}?)的?(?:{SHOULD}){GAP}(?P<to>.+)",
        rf"(?:{HEAD})?(?:请|把|将)?(?P<whole>[^,，。]{{1,30}}?){INSTEAD}{GAP}(?P<to>.+)",
    )
)
# 更正：平台全名金福来财富管理; 公司名漏了两个字，洛阳…公司: the name of a question, then its answer.
NAMED_AFTER = re.compile(
    rf"{HEAD}{EARLIER}(?P<rest>[^,，。]{{3,}})|{EARLIER}(?P<what>[^,，。]{{1,16}}?)的?{WRONG}[,，:：]\s*(?P<to>[^,，。]{{2,}})",
    re.DOTALL,
)
LINK = re.compile(r"^(?:的)?(?:应该|其实|全称|全名)*(?:是|叫做|叫|为|在|:|：)?\s*")
# What people call all questions of a type.
KINDS = {
    "phone": re.compile(r"(?:联系)?(?:电话|手机)(?:号码?)?|号码|联系方式"),
    "person": re.compile(r"(?:人的?)?(?:名字|姓名|人名)"),
    "money": re.compile(r"金额|钱数?|数额|数目"),
    "count": re.compile(r"人数|数量|笔数"),
    "name": re.compile(r"(?:平台|公司|企业)?的?(?:名字|名称|名)"),
    "address": re.compile(r"地址|地方|地点"),
}
# Types whose answers are known by their form, whatever was asked.
BY_FORM = ("phone", "uscc", "money", "person", "address", "count")
COUNT = re.compile(rf"[约大概得有差不多]*[{DIGITS}几多来]+(?:个|名|位|户|号|笔|单|件|家)?(?:人|企业|客户)?(?:左右)?")


@dataclass(frozen=True)
class Correction:
    """A new answer, and the questions it could be for.

    Attributes:
        words: what was said to be right, where ``to`` is a longer answer with these words put into it.
    """

    meant: tuple[str, ...]
    to: str
    words: str = ""


# *6万, 金福莱*: as people correct themselves in a chat.
STARRED = re.compile(r"[*＊](?P<before>[^*＊\n]{1,40})|(?P<behind>[^*＊\n]{1,40})[*＊]")
MONEY_UNIT = re.compile(r"[元块万亿wk]$", re.IGNORECASE)
# 是洛阳鼎胜信息咨询有限公司: like the name that was given.
RESPELT = re.compile(rf"(?:{HEAD})?(?:应该)?(?:是|叫)(?P<to>[^,，。]{{2,40}})")
ALIKE = 0.6
# 涧西 for 涧西区: an answer with so few characters more is but these words.
LITTLE_MORE = 4
# 去年八月（2015年8月）: what was added to an answer is not what was said.
BY_CALENDAR = re.compile(r"（[^（）]*）$")
# 涉及金额：9万
LABEL_AND_ANSWER = re.compile(r"(?P<what>[^,，。:：\n]{2,12})[:：]\s*(?P<to>[^;；\n]{1,60})")
PARTS = re.compile(r"[,，;；\n]+(?:还有|另外|然后)?")


def corrections(message: str, state: State, applicable: Sequence[Question]) -> list[Correction]:
    """All that a message corrects: 钱数改成11万，人数改成40人 is two; empty where it corrects nothing."""
    parts = [part.strip() for part in PARTS.split(message.strip(" 。！!")) if part.strip()]
    if len(parts) > 1 and all(CHANGED.search(part) for part in parts):
        each = [found for part in parts if (found := correction(part, state, applicable)) and len(found.meant) == 1]
        if len(each) == len(parts) and len({found.meant for found in each}) == len(parts):
            return each
    if len(parts) > 1 and (several := _each_named(parts, state, applicable)):
        return several
    found = correction(message, state, applicable)
    return [found] if found else []


CHANGED = re.compile(r"[^,，。]改(?:成|为|到)?|换成|更正为|更改为|修改为|应为|应该是|不是.+是")


def _each_named(parts: Sequence[str], state: State, applicable: Sequence[Question]) -> list[Correction]:
    """更正：平台名称为车友帮贷，涉及金额为21500元: each part names its question; empty where one does not."""
    head = re.match(HEAD, parts[0])
    if head is None or not parts[0][head.end() :]:
        return []
    named_parts = [parts[0][head.end() :], *parts[1:]]
    found = [correction(f"更正:{part}", state, applicable) for part in named_parts]
    known = [each for each in found if each and len(each.meant) == 1]
    return known if len(known) == len(parts) == len({each.meant for each in known}) else []


def correction(message: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """What a message corrects; None when it corrects nothing that was answered or can be named."""
    text = without_spelling(message.strip(" 。！!"))
    if starred := STARRED.fullmatch(text):
        return _starred((starred["before"] or starred["behind"]).strip(), state, applicable)
    if (labelled := LABEL_AND_ANSWER.fullmatch(text)) and (found := _labelled(labelled, state, applicable)):
        return found
    for pattern in PATTERNS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        parts = match.groupdict()
        to = _new_answer(parts["to"])
        if whole := parts.get("whole"):
            meant = _holding_just(whole, to, state, applicable)
        else:
            meant = _meant(parts.get("what"), parts.get("old"), bool(parts.get("last")), to, state, applicable)
        if meant and to and not UNKNOWN.fullmatch(to):
            within = _within(meant, parts.get("old"), to, state)
            return Correction(tuple(question.id for question in meant), within, to)
    return (
        _named_after(text, state, applicable) or _respelt(text, state, applicable) or _in_part(text, state, applicable)
    )


def _starred(to: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """The answer that a starred word is put in the place of: of its form, or a name like it."""
    answered = [question for question in applicable if question.id in state.answers]
    meant = [q for q in answered if q.type in BY_FORM and q.type != "person" and state.has(q.id) and _reads(q, to)]
    meant = [q for q in meant if q.type != "count" or not MONEY_UNIT.search(to)] or meant
    return Correction(tuple(q.id for q in meant), to) if meant else _like(to, state, applicable)


def _labelled(match: re.Match[str], state: State, applicable: Sequence[Question]) -> Correction | None:
    """涉及金额：9万 where that was answered before; what nobody answered is read where all labels are."""
    wanted = normalise(match["what"]).strip(" 的")
    for question in applicable:
        if wanted in {normalise(name) for name in (question.label, *question.names)}:
            known = question.type != "text" and state.has(question.id) and not question.adds
            return Correction((question.id,), match["to"]) if known and _reads(question, match["to"]) else None
    return None


def _respelt(text: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    match = RESPELT.fullmatch(text)
    return _like(match["to"].strip(), state, applicable) if match else None


def _like(to: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """The one name among the answers that is written nearly the same."""
    alike = [
        question
        for question in applicable
        if question.type in ("name", "person")
        and state.has(question.id)
        and _alike(state.answers[question.id].shown, to)
    ]
    return Correction((alike[0].id,), to) if len(alike) == 1 and _reads(alike[0], to) else None


def _alike(one: str, other: str) -> bool:
    return one != other and len(one) == len(other) and SequenceMatcher(None, one, other).ratio() >= ALIKE


# 是张山 不是张三: what it is not.
NOT_THAT = re.compile(r"[,， ]*而?不是[^,，。]{1,40}$")
# 是三万，刚才说秃噜嘴了: that it was a slip is no part of it.
A_SLIP = re.compile(
    r"[,，。; ]*(?:前面|之前|刚才|刚刚|上面|原来|那个|我|是|的|都)*"
    r"(?:笔误|口误|手误|[写说打填输记弄搞][错岔](?:的)?|说?秃噜嘴)了?[^,，。]{0,4}$|"
    # 少打了个1, 漏了一个零
    r"[,，。; ]+(?:我|刚才|前面|上面|是)*(?:(?:少|多|漏)(?:打|写|输|填|说)|(?:打|写|输|填|说)?(?:少|多|漏))了?"
    r"(?:一|两|几)?个?[\d零一二三四五六七八九字数位]{1,2}了?$|"
    r"[,，。; ]*(?:是)?(?:你们?|您|系统|机器)(?:给)?(?:我)?(?:听|记|写|看|认|弄|识别)(?:成|错)[^,，。]*$"
)
# 应为“伊滨区”，其余不变; 还是6万，我查了流水没错: what is said of the correction itself.
CLOSING = re.compile(
    r"[,，。; ]+(?:(?:其余|其他|其它|别的|剩下的)(?:内容|的)?(?:都)?(?:不变|没错|照旧|不动)|"
    r"(?:我|俺|刚|刚才|又|回头)*(?:查|看|翻|核对|问|算|数)(?:了|过)[^,，。]{0,8}(?:没错|是对的|不会错|准确?)?)$"
)
IN_QUOTES = re.compile(r"[“\"‘'《](?P<inner>[^“”\"‘’'《》]+)[”\"’'》]")
# 换成赵敏了: what closes the sentence is no part of the answer.
DONE = re.compile(r"(?<=\S)(?:了|啦|哈|哦)$")


def _new_answer(words: str) -> str:
    """What shall stand there, without what is said around it."""
    to = A_SLIP.sub("", DONE.sub("", NOT_THAT.sub("", CLOSING.sub("", words.strip(" :："))).strip()))
    quoted = IN_QUOTES.fullmatch(to)
    return quoted["inner"] if quoted else to


# 名字里那个来是莱阳的莱; 电话尾号打错了，是9998: one character, or the last digits.
ONE_CHARACTER = re.compile(
    r"(?:[^,，。]{0,8}?(?:里|中)面?的?)?(?:那|这)个?[“\"]?(?P<old>[㐀-鿿])[”\"]?字?"
    r"(?:应该|写错了?|打错了?|不对|[,，])*是[^,，。的]{1,4}的[“\"]?(?P<new>[㐀-鿿])[”\"]?字?"
)
LAST_DIGITS = re.compile(
    r"[^,，。\d]{0,10}(?:尾号|末尾|最后|后面?)[一二两三四五六\d]?位?(?:数字?)?"
    r"(?:[^,，。\d]{0,8}[,，]最后(?:那|一|的)*(?:个|位)?\d{1,4})?[^,，。\d]{0,8}[,，:： ]*"
    r"(?:应该|其实|改成|改为|是|为)*(?P<tail>\d{1,6})"
)


def _in_part(text: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """A part of an answer that is put right."""
    answered = [question for question in applicable if state.has(question.id)]
    if match := ONE_CHARACTER.fullmatch(text):
        held = [q for q in answered if q.type in ("name", "person") and match["old"] in state.answers[q.id].shown]
        if len(held) == 1:
            return Correction((held[0].id,), state.answers[held[0].id].shown.replace(match["old"], match["new"]))
    if match := LAST_DIGITS.fullmatch(text):
        phones = [q for q in answered if q.type == "phone"]
        phones = [q for q in phones if q.id == state.last] or phones
        digits = re.sub(r"\D", "", state.answers[phones[0].id].shown) if len(phones) == 1 else ""
        new = digits[: len(digits) - len(match["tail"])] + match["tail"]
        return Correction((phones[0].id,), new) if digits and _reads(phones[0], new) else None
    return None


def _named_after(text: str, state: State, applicable: Sequence[Question]) -> Correction | None:
    """更正：平台全名金福来财富管理: a question's name and its answer, with nothing between them."""
    match = NAMED_AFTER.fullmatch(text)
    if match is None:
        return None
    if match["what"]:
        called = named(match["what"], applicable) or _of_kind(
            match["what"], [question for question in applicable if question.id in state.answers], None, state
        )
        meant = [question for question in called if _reads(question, match["to"])]
        return Correction((meant[0].id,), match["to"]) if len(meant) == 1 else None
    names = sorted(
        ((name, question) for question in applicable for name in (question.label, *question.names)),
        key=lambda pair: -len(pair[0]),
    )
    for name, question in names:
        if not match["rest"].startswith(name):
            continue
        to = LINK.sub("", match["rest"][len(name) :])
        return Correction((question.id,), to) if len(to) > 1 and _reads(question, to) else None
    return None


def _holding_just(words: str, to: str, state: State, applicable: Sequence[Question]) -> list[Question]:
    """The questions whose whole answer is these words, or the same figure: 五万 where 5万元人民币 stands."""
    return [
        question
        for question in applicable
        if question.id in state.answers
        and question.type != "text"
        and _is(state, question, words)
        and _reads(question, to)
    ]


def _is(state: State, question: Question, words: str) -> bool:
    answer = state.answers[question.id]
    if words.strip() == answer.shown:
        return True
    if question.type not in ("money", "count", "phone"):
        return False
    try:
        return bool(read(question, words).value == answer.value)
    except AnswerError:
        return False


def _meant(
    what: str | None, old: str | None, last: bool, to: str, state: State, applicable: Sequence[Question]
) -> list[Question]:
    answered = [question for question in applicable if question.id in state.answers]
    if what:
        # 联系方式改成138…: no yes or no is meant
        called = [q for q in named(what, applicable) if q.type != "yes_no" or _reads(q, to)]
        found = _holding(called, old, state) or _of_kind(what, answered, old, state)
        # 五万说少了，是五万八: what is wrong may be told by what stands there.
        return found or [q for q in answered if _is(state, q, what) and _reads(q, to)]
    if old:
        holding = [question for question in answered if _shows(state, question, old)]
        # A story may hold the same words; the answer that is but these is meant.
        alone = [q for q in holding if len(BY_CALENDAR.sub("", state.answers[q.id].shown)) <= len(old) + LITTLE_MORE]
        return [q for q in holding if q.type != "text" and _reads(q, to)] or alone or holding
    previous = next((question for question in answered if question.id == state.last), None)
    if previous and _reads(previous, to) and (last or previous.type in (*BY_FORM, "name", "yes_no", "choices")):
        return [previous]
    return [question for question in answered if question.type in BY_FORM and _reads(question, to)]


def _within(meant: Sequence[Question], old: str | None, to: str, state: State) -> str:
    """不是金福来，是金福莱 in a story: the words within it are changed, and the story stays."""
    if len(meant) != 1 or meant[0].type not in ("text", "person") or not old:
        return to
    shown = state.answers[meant[0].id].shown if meant[0].id in state.answers else ""
    if shown.startswith(old) and len(shown) <= len(old) + LITTLE_MORE < len(to):
        return to  # 西工百货楼对面, where 涧西区 stands: all of it
    return shown.replace(old, to) if old in shown else to


def named(what: str, applicable: Sequence[Question]) -> list[Question]:
    """Questions that a name means: its own name first, else a part of one."""
    wanted = normalise(what).strip(" 的：:")
    bare = {wanted, wanted.replace("的", ""), re.sub(r"的?(?:名字|姓名|全名)$", "", wanted)}
    exact = [q for q in applicable if bare & {normalise(name) for name in (q.label, *q.names)}]
    if exact or len(wanted) < 2:
        return exact
    part = [q for q in applicable if any(wanted in normalise(name) for name in (q.label, *q.names))]
    # 投资时间: with a word more than its name has
    longer = [q for q in applicable if any(len(name) > 1 and wanted.endswith(normalise(name)) for name in q.names)]
    return part or (longer if len(longer) == 1 else [])


def _holding(questions: list[Question], old: str | None, state: State) -> list[Question]:
    """Of several, the one whose answer is the one that is said to be wrong."""
    if not old or len(questions) < 2:
        return questions
    return [q for q in questions if _shows(state, q, old)] or questions


def _shows(state: State, question: Question, words: str) -> bool:
    if question.id in state.answers and _is(state, question, words):
        return True
    shown = state.answers[question.id].shown if question.id in state.answers else ""
    return words in shown or words.replace(" ", "") in shown.replace(" ", "")


def _of_kind(what: str, answered: list[Question], old: str | None, state: State) -> list[Question]:
    kinds = [name for name, words in KINDS.items() if words.fullmatch(what.strip())]
    return _holding([question for question in answered if question.type in kinds], old, state)


def _reads(question: Question, text: str) -> bool:
    if question.type == "count" and not COUNT.fullmatch(text):
        return False
    try:
        read(question, text)
    except AnswerError:
        return False
    return True
