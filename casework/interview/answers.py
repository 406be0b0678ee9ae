"""How words become the value of an answer. One reader a type; a reader raises AnswerError."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from casework.interview.errors import AnswerError
from casework.interview.numbers import read_count, read_money, read_phone
from casework.interview.questions import Option, Question
from casework.interview.spelling import HAN, without_spelling
from knowledge.text import clean, normalise


@dataclass(frozen=True)
class Answer:
    """A value and the words that show it, in the review and on paper."""

    value: Any
    shown: str

    def as_json(self) -> dict[str, Any]:
        return {"value": self.value, "shown": self.shown}


SKIPPED = Answer("", "（未填）")
UNKNOWN = re.compile(
    r"(我们?|俺们?|咱|现在|暂时|目前|还|也|都|这个?|这些|那个?|早就?|实在|真的?|具体|有点|太久|可|就)*(不知道|不清楚|不了解|不晓得|不记得|记不清楚?|记不得|记不住|"
    r"记不起来?|想不起来|忘记?光?了?|说不清楚?|说不上来?|说不准|不确定|不详|不好说|待定|待核实|不懂|不明白|弄不[清懂]楚?|搞不[清懂]楚?|拿不准|没数|"
    r"没(?:注意|留意|印象|问过|打听)过?|不大?(?:清楚|知道|懂|记得)|"
    r"(?:哪|咋|怎么)(?:里|儿|能|会|还)*(?:知道|晓得|记得|清楚|懂)|谁(?:还|能|会)*(?:知道|晓得|记得|清楚)(?:这个?)?|鬼(?:才)?知道|天知道)"
    r"(这些|这个|那个|那些)?[了啊呀呢吧嘛呗哦咧哩]*"
)
UNKNOWN_OPTION = "unknown"
NOTHING = r"(没有?|无|暂无|还没有?|没得|不适用)"
LEAD_IN = re.compile(
    r"^(嗯|哦|啊|好的?|我们?|我司|本公司|贵公司|也|还|应该|好像|大概|可能)*[,，。: ]*"
    r"(公司|企业|平台|全称|名称|名字|姓名|地址|它|他|她|这个)*(的)?"
    r"((全称|名称|名字|姓名|地址)?(就)?(是|叫做|叫|为|在|:|：)|(?<=全称)(?=[\u3400-\u9fff]{4}))\s*"
)
TAIL = re.compile(r"[\s,，。;；、!！~～.]+$")
NAME = re.compile(r"[\w·（）()&\-—.、“”《》'+ ]+")
PERSON = re.compile(
    rf"[{HAN}]{{2,8}}|[{HAN}]{{1,12}}(·[{HAN}]{{1,12}}){{1,6}}|[A-Za-z][A-Za-z .\-']{{1,38}}|"
    rf"[{HAN}]{{2,4}}[ ]?[A-Za-z][A-Za-z .\-']{{1,30}}"
)
# All the dots that keyboards offer between the parts of a name.
DOTS = re.compile(rf"(?<=[{HAN}])\s*[·•・‧∙⋅●●◦﹒．.｡⸱᛫ㆍ᠂˙]\s*(?=[{HAN}])")
IN_A_NAME = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
# What people say around a name, and a remark behind it.
KIN = (
    r"(?:爱人|老公|老婆|媳妇|妻子|丈夫|对象|老伴|儿子|女儿|闺女|孩子|孙子|孙女|(?:老)?(?:爸|妈|爹|娘|大)|父亲|母亲|爷爷|奶奶|姥姥|姥爷|"
    r"公公|婆婆|岳父|岳母|大?(?:哥|弟|姐|妹|嫂)|叔|姑|姨|舅|侄子|外甥|妯娌|小姑子|小舅子|合伙人|老板|同学|朋友)"
)
ME = re.compile(
    r"^(?:是|就是)?(?:我|他|她)?本人[,，:]?\s*(?=\S{2})|^(?:请?(?:叫|称呼)我|我就是|我叫|人?叫)\s*|"
    r"^就?(?:写|填|记)(?:上|成|作|的是)?(?=\S{2})|^(?:营业)?执照上?(?:面|头)?(?:写)?的?(?:就)?是(?=\S{2})|"
    rf"^(?:就?是)?(?:我|俺|他|她|法人|法定代表人|老板)们?的?{KIN}(?:叫)?[,， ]*(?=[{HAN}]{{2,4}}$)"
)
# 不是他，是李建设控股的: whom it is not, and how somebody comes to it.
NOT_HIM = re.compile(
    rf"^(?:不是|不)(?:他|她|同一?个?人|一个人|一样)?(?:的)?[,，。 ]+(?:而?是|实际(?:上)?是|叫)(?=[{HAN}]{{2}})"
)
HOLDS = re.compile(r"(?:实际)?(?:控股|控制|负责|担任|出资|持股|当家|说了算|做主)的?$")
# 赵铁柱，兼总经理
POST = re.compile(r"(?<=\S)[,，、 ]+(?P<post>(?:兼任?|担任|任|系)[^,，。;；（()）]{2,12})$")
# 跟法人是夫妻，叫钱多多
CALLED_AT_LAST = re.compile(rf"[,，。 ](?:名字?)?叫(?P<name>[{HAN}]{{2,4}})$")
# 姓赵名铁柱
FAMILY_AND_GIVEN = re.compile(
    rf"(?:他|她|我)?姓(?P<family>[{HAN}]{{1,2}})[,， ]?名(?:字?叫?)?(?P<given>[{HAN}]{{1,3}})"
)
WILL_DO = re.compile(r"(?:就行|就好|就可以|即可|可以|吧)了?$")
SEX = re.compile(r"[,，、 ]+(?:男|女)(?:性|的)?$")
TITLE = re.compile(r"^(?P<name>[^(（]{2,})[(（](?P<title>[^)）]{1,20})[)）]$")
CHINESE = re.compile(r"[\u3400-\u9fff]")
LETTERS = re.compile(r"[A-Za-z\u3400-\u9fff]")
MARKUP = re.compile(r"[<>{}\\]|--|;\s*(drop|select|delete|insert|update)\b|javascript:", re.IGNORECASE)
PLACE = re.compile(r"[省市区县镇乡村路街道号楼园座室弄巷组]")
# Hardly one of these stands in a name of five characters or more, hardly a sentence does without.
IN_A_SENTENCE = re.compile(r"[的了是在我你们这那什么不没和跟就也都还要被把给吗呢吧很]")
NOT_A_PERSON = re.compile(r"不[让想愿肯能方]|公司|企业|平台|中心|身份|保密|没有|随便|测试|秘密|不想|拒绝|以后|稍后")

# 填这个有啥用, 我还想举报别人: said to whoever asks, and nobody's name. 什么值得买 is one.
SAID_TO_US = re.compile(
    r"[?？]$|.[吗呢]$|^(?:为什么|为啥|怎么|咋|啥叫|啥是|什么叫|什么是|谁)|(?:有|是|干|叫|做|弄)(?:啥|什么|嘛)(?:用|意思|意义|东西|玩意)?[的呀啊]?$|"
    r"(?:啥|什么)意思|(?:填|写)(?:啥|什么|哪个|哪里|错)|(?:能|可|是|要|用)不(?:能|可以|是|要|用)|"
    r"^(?:我|俺|咱)们?(?:还|也|就|只|先|又|再|现在|其实|已经|是|刚才?)*"
    r"(?:(?:想|要|得|来|去)+(?:再|先)?(?:举报|投诉|问|改|填|说|退|找|看|查|取消|修改|走|停|休息|了解)|觉得|认为|担心|忘|搞错|填错|写错|不[想会懂]|没[听看弄])"
)
WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


BESIDE_CHINESE = re.compile(r"(?<=[\u3400-\u9fff“”（）])[,;:?!](?!\d)|(?<=\S)[,;](?=[\u3400-\u9fff])")


def printed(text: str) -> str:
    """Punctuation between Chinese characters as it is printed: full-width."""
    return BESIDE_CHINESE.sub(lambda mark: chr(ord(mark[0]) + 0xFEE0), text)


def half_width(text: str) -> str:
    """Full-width Latin letters, digits and punctuation as half-width, character for character."""
    return clean(text).translate(WIDE)


def read(question: Question, text: str) -> Answer:
    """Read an answer to a question.

    Args:
        text: what was said, half-width.

    Raises:
        AnswerError: it does not answer the question; says what would.
    """
    message = TAIL.sub("", text.strip())
    if not message:
        raise AnswerError("还没有收到内容。", question.example)
    if question.type not in ("checklist", "yes_no") and UNKNOWN.fullmatch(message):
        if question.unknown:
            return Answer(None, "待核实")
        if question.skips:
            return SKIPPED
        if any(option.id == UNKNOWN_OPTION for option in question.options):
            return ticked(question, [UNKNOWN_OPTION])
        raise AnswerError("这一项需要如实填写。手头没有资料时，可以回复“跳过”，最后再填。", question.example)
    nothing = rf"{NOTHING}({'|'.join(map(re.escape, _names(question)))})?"
    if question.none and re.fullmatch(rf"{nothing}([,，](我们|我司|公司|目前|也|都)*{nothing})*", message):
        return Answer("", question.none)
    return READERS[question.type](question, message)


def _names(question: Question) -> list[str]:
    return sorted({question.label, question.label[:2], *question.names}, key=len, reverse=True)


def _plain(question: Question, message: str, shortest: int) -> str:
    value = printed(TAIL.sub("", LEAD_IN.sub("", message)).strip())
    if MARKUP.search(value):
        raise AnswerError("内容里有不能使用的符号，请只用文字填写。", question.example)
    if len(value) < shortest:
        raise AnswerError("内容太短了，请填完整。", question.example)
    if len(value) > question.most:
        raise AnswerError(f"内容有 {len(value)} 个字，超过了 {question.most} 字，请精简。", question.example)
    return value


# 只有个公众号，叫鼎盛财富
ONLY_CALLED = re.compile(
    r".{0,16}(?:公众号|网站|app|平台|小程序|软件)[,，:： ]*(?:名字|名称)?(?:叫做?|名为|是)"
    r"[“\"]?(?P<name>[^,，。“”\"]{2,30})[”\"]?",
    re.IGNORECASE,
)


def _name(question: Question, message: str) -> Answer:
    called = ONLY_CALLED.fullmatch(message)
    value = _plain(question, without_spelling(called["name"] if called else message), 2)
    if not NAME.fullmatch(value) or not LETTERS.search(value) or SAID_TO_US.search(value):
        raise AnswerError(f"这不像{question.label}，请只填名称。", question.example)
    if CHINESE.search(value):
        value = value.replace("(", "（").replace(")", "）")
    return Answer(value, value)


def _person(question: Question, message: str) -> Answer:
    told = HOLDS.sub("", NOT_HIM.sub("", without_spelling(message)))
    told = POST.sub(lambda match: f"（{match['post']}）", told)
    called = CALLED_AT_LAST.search(told)
    told = called["name"] if called else told
    parts = FAMILY_AND_GIVEN.fullmatch(told)
    told = f"{parts['family']}{parts['given']}" if parts else told
    given = _plain(question, WILL_DO.sub("", ME.sub("", LEAD_IN.sub("", told))), 2)
    given = IN_A_NAME.sub("", DOTS.sub("·", SEX.sub("", given)))
    title = TITLE.match(given)
    named, remark = (title["name"].strip(), f"（{title['title']}）") if title else (given, "")
    bare = re.sub(r"(先生|女士|同志)$", "", named).strip()
    value = bare if len(bare) > 1 else named  # 李女士 stays what she wants to be called
    sentence = len(value) >= 5 and "·" not in value and IN_A_SENTENCE.search(value)
    if not PERSON.fullmatch(value) or SAID_TO_US.search(value) or NOT_A_PERSON.search(value) or sentence:
        raise AnswerError("这不像人名，请填姓名。", question.example)
    return Answer(value + remark, value + remark)


def _phone(question: Question, message: str) -> Answer:
    return Answer(*read_phone(message))


def _money(question: Question, message: str) -> Answer:
    zero = question.year is not None
    return Answer(*read_money(message, question.most, question.example, may_be_zero=zero, rough=question.unknown))


def _count(question: Question, message: str) -> Answer:
    return Answer(*read_count(message, question.most, question.example, rough=question.unknown))


def _address(question: Question, message: str) -> Answer:
    value = _plain(question, message, 5)
    if len(CHINESE.findall(value)) < 4 or not PLACE.search(value):
        raise AnswerError("请填中文地址，写到路名和门牌号。", question.example)
    return Answer(value, value)


def _text(question: Question, message: str) -> Answer:
    if MARKUP.search(message):
        raise AnswerError("内容里有不能使用的符号，请只用文字填写。", question.example)
    if not LETTERS.search(message):
        raise AnswerError("请用文字说明。", question.example)
    if len(message) > question.most:
        raise AnswerError(f"内容有 {len(message)} 个字，超过了 {question.most} 字，请精简。", question.example)
    value = printed(message)
    return Answer(value, value)


YES = re.compile(r"(是|对|嗯|有|开展|做|参与|涉及|从事|当然|确实|没错|yes|y|ok|好)")
NO = re.compile(r"(不|没|无|否|未|从来|no\b|n$)")


# 以前做过，今年停了 is a yes as well: both years are asked about.
WHO_AND_WHEN = (
    r"(我们|我司|公司|企业|单位|目前|现在|暂时|一直|都|也|从|"
    r"以前|之前|原来|原先|曾经|过去|早年|早先|去年|前年|今年|20\d\d年|\d\d年|就|倒|还|确实|[,，、])*"
)


def _yes_no(question: Question, message: str) -> Answer:
    text = normalise(message)
    if re.search(r"是.*不是|有没有|是否", text) or UNKNOWN.fullmatch(text):
        raise AnswerError("请选择“是”或“否”。", "是")
    if NO.match(text) or re.match(rf"{WHO_AND_WHEN}(不|没|无|未)", text):
        return Answer("no", "否")
    if YES.match(text) or re.match(rf"{WHO_AND_WHEN}(是|有|做|开展|参与|在做|搞|弄|办)", text):
        return Answer("yes", "是")
    raise AnswerError("请选择“是”或“否”。", "是")


ALL_NOTHING = re.compile(
    r"(以上|这些|上面)?(全都?|都|全部|一项|一个|一条)?(也|都)?(没有?|无|不存在|不涉及|未发生)(任何|这些|以上|上述|涉及|发生|过|这些?情况|情形|问题|的|情况)*|否|均?无|均没有|均不存在|no|none"
)
ALL = re.compile(r"(以上|这?两年|两个?时间|每年)?(都有|全有|全部都?有?|都存在|全选|都是|全都有|都做|都开展)")
UNSURE = re.compile(r"不确定|不清楚|不知道|说不准|拿不准|不好说|待核实|不了解")
DENIED = re.compile(r"不是|没有?|不[^确清知好了少]|未|无|并非|除了")
PIECES = re.compile(r"[,，。;；\n]|但是?|不过|而且|还有|另外")


def _choices(question: Question, message: str) -> Answer:
    if ALL.fullmatch(normalise(message)):
        chosen = [option.id for option in question.options]
    else:
        chosen = pick(question, message)["yes"]
    if not chosen:
        raise AnswerError("没有看懂是哪几项，请回复编号或名称，可以多选。", "1、2")
    return ticked(question, chosen)


def ticked(question: Question, chosen: list[str]) -> Answer:
    """The answer that ticks these options, in the order they are printed."""
    inside = [option for option in question.options if option.id in chosen]
    return Answer([option.id for option in inside], "、".join(option.label for option in inside))


def _checklist(question: Question, message: str) -> Answer:
    text = normalise(message)
    everything = [option.id for option in question.options]
    if ALL_NOTHING.fullmatch(text):
        return checked(question, [], [])
    if UNKNOWN.fullmatch(text) or re.fullmatch(r"(都|全部?)?不确定|(都|全)?不清楚", text):
        return checked(question, [], everything)
    if ALL.fullmatch(text):
        return checked(question, everything, [])
    found = pick(question, message)
    if not found["yes"] and not found["unsure"] and not found["no"]:
        raise AnswerError("没有看懂是哪几项，请回复编号；都没有请回复“都没有”。", "1、3，5不确定")
    if found["no"] and not found["yes"] and not found["unsure"] and len(found["no"]) < len(everything):
        raise AnswerError("请说明其余各项有没有：有的回复编号，都没有请回复“都没有”。", "1、3")
    return checked(question, found["yes"], found["unsure"])


def checked(question: Question, yes: list[str], unsure: list[str]) -> Answer:
    """The answer of a checklist: which items apply, which are unsure; the rest do not apply."""
    unsure = [item for item in unsure if item not in yes]
    parts = [_list("存在", question, yes), _list("不确定", question, unsure)]
    shown = "；".join(part for part in parts if part) or "均不存在"
    return Answer({"yes": yes, "unsure": unsure}, shown)


def _list(lead: str, question: Question, items: list[str]) -> str:
    labels = [option.label for option in question.options if option.id in items]
    return f"{lead}：{'、'.join(labels)}" if labels else ""


def pick(question: Question, message: str) -> dict[str, list[str]]:
    """Sort the options a text names, by number or by words, into yes, no and unsure.

    Raises:
        AnswerError: it names a number that is not there.
    """
    found: dict[str, list[str]] = {"yes": [], "no": [], "unsure": []}
    for piece in PIECES.split(normalise(message)):
        numbers, rest = _numbers(piece, question.options)
        by_name, rest = _named(rest, question.options)
        named = [*numbers, *by_name]
        # A denial inside an option's own words (没有存管) is what the option says, not a denial of it.
        kind = "unsure" if UNSURE.search(rest) else "no" if DENIED.search(rest) else "yes"
        for option in named:
            if all(option not in others for others in found.values()):
                found[kind].append(option)
    return {kind: [o.id for o in question.options if o.id in ids] for kind, ids in found.items()}


def _numbers(piece: str, options: tuple[Option, ...]) -> tuple[list[str], str]:
    """Option numbers in a piece: 1、3, 第二, 1-4; numbers inside a name (P2P, 2015) are not meant."""
    ordinal = {word: str(n) for n, word in enumerate("一二三四五六七八九十", start=1)}
    text = re.sub(r"第([一二三四五六七八九十])(个|项|条|种|类)?(?!方)", lambda m: f" {ordinal[m[1]]} ", piece)
    if re.fullmatch(r"[一二三四五六七八九十、和 ]+", text):
        text = "".join(ordinal.get(char, " ") for char in text)
    found: list[int] = []

    def take(match: re.Match[str]) -> str:
        first, last = int(match[1]), int(match[2] or match[1])
        for number in range(first, last + 1) if last - first < 20 else (first, last):
            if not 1 <= number <= len(options):
                raise AnswerError(f"没有第 {number} 项，请在 1 至 {len(options)} 中选择。", "1、2")
            found.append(number)
        return " "

    rest = re.sub(r"(?<![a-z0-9.])(\d{1,2})(?:\s*[-~至到]\s*(\d{1,2}))?(?![a-z0-9年月日万亿%])", take, text)
    return [options[number - 1].id for number in found], rest


def _named(text: str, options: tuple[Option, ...]) -> tuple[list[str], str]:
    """Options named in a text, and what is left of it; a longer name hides the shorter ones inside it."""
    words = sorted(
        ((normalise(word), option.id) for option in options for word in (option.label, *option.words)),
        key=lambda item: -len(item[0]),
    )
    found: list[str] = []
    for word, option in words:
        if word in text:
            text = text.replace(word, " " * len(word))
            if option not in found:
                found.append(option)
    return found, text


USCC_LENGTH = 18


def _uscc(question: Question, message: str) -> Answer:
    value = re.sub(r"[^0-9A-Za-z]", "", LEAD_IN.sub("", message)).upper()
    try:
        number = str(uscc.validate(value))
    except ValidationError as error:
        wrong = "统一社会信用代码校验不通过，请核对是否抄错。"
        if len(value) != USCC_LENGTH:
            wrong = f"统一社会信用代码应为 {USCC_LENGTH} 位，您填的是 {len(value)} 位。"
        raise AnswerError(wrong, question.example) from error
    return Answer(number, number)


READERS: dict[str, Callable[[Question, str], Answer]] = {
    "name": _name,
    "person": _person,
    "phone": _phone,
    "money": _money,
    "count": _count,
    "address": _address,
    "text": _text,
    "yes_no": _yes_no,
    "choices": _choices,
    "checklist": _checklist,
    "uscc": _uscc,
}
