"""How many people a story speaks of."""

from __future__ import annotations

import re

from casework.interview.answers import Answer
from casework.interview.errors import AnswerError
from casework.interview.numbers import DIGITS, read_count
from casework.interview.numerals import multiplied

PEOPLE = re.compile(
    rf"((?:[{DIGITS}几]+\s*[-~至到]\s*)?(?:上|(?<!人)数|近|约)?[{DIGITS}几]+(?:多|来|余)?)(?:个|名|位|户|号|口子?)?(?:多|来|余)?(?:老|小|女|男)?"
    r"(?:人(?!民)|老人|护士|医生|老师|教师|伙计|师傅|哥们|朋友|农民|工人|民工|女工|战友|病友|牌友|舞友|队友|室友|网友|保安|保洁|骑手|快递员|大叔|大姐|阿姨|姑娘|小伙|的哥|司机|大妈|大爷|学生|同学|家长|(?:不特定)?对象|街坊|老乡|工友|商户|租户|姐妹|家(?=的钱|人家|都)|户(?!名|头)|投资人|受害|家庭|村民|居民|业主|亲戚|邻居|员工|会员|同事|群众|储户)"
)
# 投资人47名: who, before how many.
HEADS = re.compile(
    rf"(?:投资者|出借者|自然人|投资人|受害人|参与人|参与者|集资人|群众|会员|储户|出借人|客户|老年人|老人|人员|员工|职工|村民|居民|业主|学生|市民|农户)"
    rf"(?:一?共|总共|共计|合计|已|约|大约|大概|近|达|多达|有|涉及|数|为|是|:)*[{DIGITS}几]+(?:余|多|来)?(?:名|人|户|位|个)|"
    # 人数是19个
    rf"(?<!户)人数(?:一?共|总共|大概|大约|约|有|是|为|:)+[{DIGITS}几]+(?:余|多|来)?(?:名|人|位|个)?(?![万亿千元块])"
)


# 我们一家四口
FAMILY = re.compile(rf"(?:连我|一家|全家|家里|家)(?:子|老小|上下|老少|人)?(?P<count>[{DIGITS}]+)口")


# 我舍友四个都借了
ALL_OF_THEM = re.compile(
    rf"(?P<count>[{DIGITS}]+)(?:个|口子?)(?:人)?(?:全|也)?都(?:是|给|在|去)?(?:[借投买存交充贷参被让上中]|办了)"
)
# 一共俩人, 我们仨
TWO_OR_THREE = re.compile(
    r"(?:一共|总共|[我俺咱他她]们?)(?:就|是|有|家)*(?P<count>[俩仨])(?:个?人|都|(?=[,，。;；!！]|$))"
)


# 除了我还有五个同事
BESIDE_ME = re.compile(
    rf"除了?(?:我|俺)(?:自己|本人)?(?:以外|之外|外)?[,，]?(?:还|另外|也)*(?:有)?(?P<count>[{DIGITS}]+)(?:个|名|位|口)"
)
# 我们班45个人，办了的有13个; 217户，按人头算是三百零六人: those that it happened to, of more that are spoken of.
THOSE = re.compile(
    rf"(?:(?:办|借|投|交|买|存|骗|坑|贷|参与|加入|入伙|上当|中招|受害|叫上名字|叫得上名|认识|知道)(?:了|过|进去)?的"
    rf"(?:就|已经|至少|一共|总共|大概)*(?:有|是)|按人头(?:来)?(?:算|说|数)?(?:就|一共|共)?(?:是|有)?)(?P<count>[{DIGITS}]+)(?:个|名|位|人)(?![月年天])"
)


def people_in(text: str) -> tuple[str, Answer] | None:
    if groups := multiplied(text):
        words, count = groups
        return words, Answer(count, f"{words}（约{count:,}）")
    if those := BESIDE_ME.search(text) or THOSE.search(text):
        count, shown = read_count(those["count"], 10**8, "", rough=True)
        return those[0], Answer(count + 1, f"{count + 1:,}") if those.re is BESIDE_ME else Answer(count, shown)
    for match in (*PEOPLE.finditer(text), *HEADS.finditer(text)):
        for rough in (False, True):
            try:
                count, shown = read_count(_count_in(match), 10**8, "", rough)
            except AnswerError:
                continue
            if count > 1:
                return match[0], Answer(count, shown)
    if few := TWO_OR_THREE.search(text) or ALL_OF_THEM.search(text):
        return few[0], Answer(*read_count(f"{few['count']}人", 10**8, ""))
    if family := FAMILY.search(text):
        return family[0], Answer(*read_count(family["count"], 10**8, ""))
    return None


def _count_in(match: re.Match[str]) -> str:
    """What is counted without who it is that is counted."""
    return re.sub(rf"^[^{DIGITS}几]+", "", match[0]).strip() if match.re is HEADS else match[0].strip()
