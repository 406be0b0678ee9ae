"""What kind of answer a question wants: may one, must one, is it so, who, when, how much, why.

The forms are those of Chinese questions (A不A, …吗, …吧, 对不对, question words); they decide only how the
conclusion is put, never which fact it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from knowledge.entries import Fact
from knowledge.locality import locality
from knowledge.query_cleaning import ASKED

Form = Literal["may", "must", "confirm", "yes_no", "other"]

TAG = (
    r"(?:对吧|对吗|对么|对不对|对不|是吧|是吗|是么|没错吧|没错吗|是不是(?:这样|真的)?|"
    r"属实吗|真的吗|真的假的|真的么|有这(?:回)?事吗|吧)"
)
CONFIRM = re.compile(
    rf"{TAG}(?:[?？。!！~ ]*$|[?？][^?？]{{0,12}}$)|^(?:是不是|听说|据说|难道)|难道|"
    r"(?:方案|文件).{0,4}(?:允许|要求|规定|说).{0,30}(?:吧|了吗)"
)
YES_NO = re.compile(
    r"(?:[吗嘛吧]|(?<![什怎那这])么)[?？。!！~ ]*$|[吗嘛吧][，,]|"
    r"是否|是不是|有没有|(.)不\1|没有[?？]?$|不[?？]?$|了没[?？]?$"
)
MAY = re.compile(
    r"能不能|可不可以|可以不可以|可否|能否|行不行|行吗|行么|行不|允不允许|允许|准不准|让不让|许不许|合法|合规|合不合|"
    # 查出违规的, 违法违规活动: told, not asked.
    r"(?<![不没])(?:违规|违法|犯法|犯规)(?!违|的|者|行为|活动|机构|企业|平台|公司|单位|业务|情节|情形|金额|所得|问题|经营|从业|广告|宣传|集资|放贷|用户|人员|线索|被|了会|后|之后)|"
    r"犯不犯|算不算违|成不成|中不中|中吗|得不得行|没问题吧|有问题吗|没事吧|有事吗|走得通|使得|办得了|可行|敢不敢|碰不碰|踩线|越线|(?:踩|越|碰|触|过|是|算)[^，。]{0,4}红线|"
    r"能[^，。?？]{1,24}(?:吗|么|不|不能|吧)[?？]?|可以[^，。?？]{0,24}(?:吗|么|不|吧)|(?:可以|能)[?？]$|(?:可以|能行)$|不能|可以不"
)
MUST = re.compile(
    r"要不要|用不用|需不需要|需要[^，。?？]{0,24}(?:吗|么|不)|必须|应不应该|应该[^，。?？]{0,24}(?:吗|么|不)|该不该|非得|有必要|有没有必要|"
    r"是否(?:需要|应当|必须|要)|得[^，。?？到]{1,20}(?:吗|么|不)[?？]?$|(?<![只想])要[^，。?？]{1,20}(?:吗|么)[?？]?$|有义务|强制|"
    r"(?:还|也|都)(?:得|要|用)[^，。?？]{2,24}[?？]$|非[^，。?？]{1,8}不(?:可|行|成)(?:吗|么|嘛)?[?？。]*$|非[^，。?？]{1,8}不可[，,]"
)
WHO = re.compile(
    r"谁|哪个(?:部门|单位|局|机关|口|领导|人)|哪家|哪些(?:部门|单位)|哪位|归哪|归谁|找哪|哪里管|哪管|叫什么名|叫啥名|(?:报送?|交|递)(?:给|到|往|在)?哪"
)
WHEN = re.compile(
    r"时限|期限|几号|哪天|哪一天|几月|(?:什么|啥|几)时|多久|多长时间|截止|截至|最晚|最迟|月底前|进度要求|时间节点|哪年|到期|之前要|前要"
)
# By when something must be done: not since when, nor how long.
ENDS = re.compile(
    r"(?:几号|哪天|几月|(?:什么|啥|几)时候?).{0,6}(?:之?前|完|截止|结束|交|弄|做|办)|截止|截至|最晚|最迟|到期|时限|期限|"
    r"(?:卡|限|截)(?:到|在)(?:几|啥|什么|哪|何)|"
    r"(?:拖|推|延|等|留|放)(?:到|后|迟).{0,12}(?:来得及|赶得|赶趟|行|成|中|晚|迟|可以|再)|来得及|来不来得及|赶得[上及]|赶趟"
)
DAYS_ASKED = re.compile(r"还有?(?:几|多少|剩)|还剩|剩(?:几|多少)|几天|多少天|过了多久|过去多久|过期多久|倒计时")
NOW = re.compile(
    r"现在|如今|眼下|目前|当前|当下|今年|今天(?=.{0,6}(?:还|的规定))|这会儿|最新|现行|现任|至今|到今天|事到如今|这两年|这几年|近年|近几年|"
    r"后来|之后(?:又)?(?:改|变|出)|还(?:有效|管用|作数|算数|生效|适用|合法|存在|在不在|执行|有用吗|叫)|过时|失效|废止|作废|改没改|变了|"
    r"上个?月|上(?:个)?(?:周|星期)|昨天|前天|前几天|刚刚?(?=爆雷|暴雷|跑路|倒|关|成立|注册|开)|再过[^，。]{1,4}天|到底结束|结束了?(?:没|吗|么)|"
    r"(?:20(?:1[7-9]|2\d|3\d)|1[7-9]|2\d)年(?!化)|(?:都|已经)?(?:这么多|好多|好几|十|近十)年了|还是(?:他|她|组长|局长|那个|这个)(?=[吗么嘛吧?？]|$|在|当)"
)
# 现在 that only says that somebody is in trouble now, not that they ask for today's rules.
TELLS_NOW = re.compile(r"现在(?:提现|取|钱|拿|联系|打|人|平台|怎么办|咋办|该|我|亏|还没|又|找|报|去|想|要|就|才)")
SAYS_ALLOWED = re.compile(
    r"可以|能(?!不能)|允许|准许|没事|没问题|合法|合规|放开|不管|不限|随便|自由|有权|权利|也成|行(?=[吧对])"
)
SAYS_FORBIDDEN = re.compile(
    r"不能|不得|不准|不许|不让|不可以|不可|禁止|严禁|违规|违法|不行|不允许|一律|叫停|取缔|封杀|犯法|吊照|吊销|关停|关门"
)
SAYS_NEEDLESS = re.compile(r"不用|不必|不需要|没必要|无需|可以不|用不着|自愿|不强制|可有可无|免")
SAYS_NEEDED = re.compile(r"必须|要|应当|应该|得|需要|非得|强制|规定了")

# 能不能, 要不要: no negation. What is left of 不, 没, 拒 … says that something is not to be done.
A_NOT_A = re.compile(r"(.)不\1|可不可以|能否|可否|是否|对不对|行不行?$|不[?？]?$|没问题|不是")
UNDONE = re.compile(r"不|没|拒|免|省|绕|躲|瞒|逃|混|别的|代替|自己(?:来|搞|管|存|留)|先.{0,6}再|晚|拖")


# 不找银行这样合规吗, but not 拒不整改会怎么处理.
ASKS_YES_OR_NO = re.compile(r"(?:[吗嘛]|(?<![什怎那这])么|不)[?？。]?$|能不能|可不可以|行不行|合不合|可否|能否")


# A question speaks of a norm when it has one of so many of its pairs of letters.
SPOKEN_OF = 2
WHY = re.compile(
    # 认定主体为何: who it is, not why.
    r"为什么|为啥|为了(?:什么|啥)|为何(?![?？。]*$)|凭什么|凭啥|什么原因|啥原因|什么道理|图[个]?[啥什]|怕(?:什么|啥)|"
    r"(?:由头|缘由|原因|理由|初衷)(?:是|为|在)?(?:什么|啥|何|哪)?[呢啊嘞?？。]*$|"
    r"干[嘛吗啥](?=非|还|要|得|叫|让|不|给|把|设)|目的|是防[啥什]|有啥用|有什么用|用意"
)


@dataclass(frozen=True)
class QuestionForm:
    """How a question wants its answer to begin."""

    form: Form
    who: bool
    when: bool
    ends: bool
    days: bool
    now: bool
    why: bool


def read_question_form(text: str) -> QuestionForm:
    """Read the form of a normalised question, of a story that of what it asks."""
    today, why, text = asks_of_today(text), bool(WHY.search(text)), asking_part(text)
    who, when = bool(WHO.search(text)), bool(WHEN.search(text))
    form: Form = "other"
    if (who and not CONFIRM.search(text)) or UNFINISHED.search(text):
        form = "other"
    elif CONFIRM.search(text):
        form = "confirm"
    elif MUST.search(text) or MAY.search(text):
        form = "must" if _last(MUST, text) >= _last(MAY, text) else "may"
    elif YES_NO.search(text):
        form = "yes_no"
    elif SUPPOSED.search(text) and not ASKED.search(text):
        form = "confirm"
    ends, days = bool(ENDS.search(text)), bool(DAYS_ASKED.search(text))
    return QuestionForm(form, who, when, ends, days, today, why)


# 剩下的义务是？ what follows the verb is asked for.
UNFINISHED = re.compile(r"(?<!是不)(?<!也)(?:是|为|叫|归|由|找)[?？][”」』\s]*$")


# 备付金账户只能开在人民银行？: told, and asked by the mark alone.
SUPPOSED = re.compile(r"(?:只[能要有需]|就|都|全|得|要|可以|能|不|算|一律|必须|归|由|够)[^?？]{3,}[?？]$")


# 现在想举报，还能走…吗, 现在还要不要交: whether what was so still is.
STILL = re.compile(r"(?:现在|如今|今年|眼下).{0,14}还(?:能|可以|要|得|用|需要|有|是|算)[^，。]{0,16}[吗么不没呢?？]")


def _last(pattern: re.Pattern[str], text: str) -> int:
    """Where a pattern is found last; -1 where it is not: what is asked stands at the end."""
    return max((match.start() for match in pattern.finditer(text)), default=-1)


def asks_of_today(text: str) -> bool:
    """Whether a question is about the law or the people of today rather than of 2016.

    In a story 如今大门上锁了 and 去年才三个人，今年三百号 tell what happened: only what it asks counts.
    """
    asked = asking_part(text)
    return bool(STILL.search(asked) or NOW.search(TELLS_NOW.sub("", asked)))


# Up to so many letters a message is read whole.
LONGEST_QUESTION = 45


def asking_part(text: str) -> str:
    """The sentences, and of them the pieces, in which a long message asks something; a short one whole."""
    if len(text) <= LONGEST_QUESTION:
        return text
    sentences = [one for one in SENTENCES.findall(text) if one.strip()]
    asking = [one for one in sentences if ASKED.search(one) or one[-1] in "?？"] or sentences[-1:]
    pieces = [piece for one in asking for piece in re.split(r"[,，:：]", one) if piece]
    asks = [bool(ASKED.search(piece) or MUST.search(piece) or MAY.search(piece)) for piece in pieces]
    return "，".join(piece for n, piece in enumerate(pieces) if asks[n] or n == len(pieces) - 1)


SENTENCES = re.compile(r"[^。！!?？;；\n]+[。！!?？;；\n]?")


def opening(fact: Fact, text: str, right: bool, competing: bool) -> str:
    """The word that answers a question before the conclusion: 可以, 不可以, 应当, 不对, 对; empty when none fits.

    Args:
        fact: what answers it.
        text: the normalised question.
        right: whether the question names the value that the fact states.
        competing: whether it names another unit, person, day or number.
    """
    form = read_question_form(text).form
    mistaken = form in ("confirm", "yes_no") and _gives_it_to_another(fact, text, competing)
    if mistaken or (form != "other" and _overstates(fact, text)):
        return "不对"
    if fact.values and form != "other" and (right or competing or form != "confirm"):
        says = {(True, False): "对", (False, True): "不对"}.get((right, competing), "")
        if says == "不对" or form not in ("may", "must"):
            return says if says != "对" or _is_about(fact, text) else ""
    if form == "confirm":
        return _confirmed(fact, text)
    if form == "must":
        return fact.must or (fact.may if fact.modality == "不得" else "")
    if form == "may":
        return _allowed(fact, text)
    return fact.may if form == "yes_no" and fact.modality == "不得" else ""


# What answers whether something is so; which pair of words, the question says.
DENYING = ("不对", "不是", "没有", "不会")
NEGATIVE = ("不可以", "不应当", "不必")
CONFIRMING = ("对", "是的", "有", "会", *DENYING)
EXISTS = re.compile(r"有没有|有[^，。?？]{1,16}[吗么没不][?？]?$|了没有?[?？]?$|过[吗没]")
# 算不算违规, 会被禁吗: whether it is a breach is asked, not whether one may.
ASKS_BREACH = re.compile(
    r"(?:违规|违法|违禁|犯法|犯规|犯忌|踩线|踩雷|红线|触线|越线|越界|不合规|不合法|出格|违反规定)[了的]?(?:吗|么|嘛|不|没|没有|吧|呢)?(?:[?？，,。]|$)|"
    r"(?:算不算|是不是|是否|会不会|算|属于|属不属于)(?:是)?违|犯不犯|禁不禁|(?:禁止|被禁)(?:的)?[吗么不]"
)
HAPPENS = re.compile(r"会不会|会[^，。?？议计]{1,16}[吗么不][?？]?$")


def worded(form: Form, text: str, fact: Fact, by_form: str, so: bool) -> str:
    """The word for a verdict, as the form of the question wants it.

    Args:
        by_form: what ``opening`` says of question and fact.
        so: whether what is asked for or supposed is so.
    """
    if ASKS_BREACH.search(text) and form != "confirm":
        banned = fact.modality == "不得" or fact.may == "不可以"
        return ("不可以" if banned else "是的") if so else "不是"
    if not so and (by_form in DENYING or (form != "confirm" and by_form in NEGATIVE)):
        return by_form
    if form == "may":
        return ("应当" if by_form == "应当" else "可以") if so else "不可以"
    if form == "must" and so:
        return "应当" if fact.modality in ("应当", "不得", "负责", "可以") else "是的"
    if form == "confirm":
        return "对" if so else "不对"
    pair = ("有", "没有") if EXISTS.search(text) else ("会", "不会") if HAPPENS.search(text) else ("是的", "不是")
    return pair[0] if so else pair[1]


# 有资质的, 没有牌照的: whether a question or a norm is about those who have a licence or about those who have none.
LICENCE = r"[^，。；,没未无不]{0,8}(?:资质|牌照|许可证?|批准|执照|批文)"
HAS = re.compile(rf"(?<![没未无])(?:有|持|取得|具备|拿到|办了){LICENCE}|持牌|经(?:过)?(?:有权)?(?:部门)?批准")
LACKS = re.compile(
    rf"(?:没有?|无|未取得|未获|未依法取得|未经|没拿){LICENCE}|无证|没证|未经[^，。]{{0,8}}批准|无照|没批"
)


def licence_named(text: str) -> str:
    """Whether a text is about those who have a licence or an approval, or those who lack it: has, lacks, or neither."""
    if LACKS.search(text):
        return "lacks"
    return "has" if HAS.search(text) else ""


# A ban on how a thing is done, not on the thing: 不得进行虚假宣传 does not forbid 宣传.
MANNER = re.compile(r"虚假|误导|违规|违法|违反|不当|变相|夸大|虚构|超出|恶意|挪用|瞒|骗|假|编|吹")


def _is_allowed_otherwise(fact: Fact, text: str) -> bool:
    """Whether a ban on the manner is asked about by who has a licence and does not ask about that manner."""
    of_manner = fact.modality == "不得" and MANNER.search(fact.what)
    return bool(of_manner) and licence_named(text) == "has" and not MANNER.search(text)


def _allowed(fact: Fact, text: str) -> str:
    """A duty answers 不可以 to whoever would leave it undone, and 应当 to whoever asks whether they may do it."""
    if _is_allowed_otherwise(fact, text):
        return "有条件"
    if not fact.may and BY_THEMSELVES.search(text) and TIED.search(fact.quote):
        return "不可以"
    if fact.may == "可以" and not speaks_of_what_is_asked(fact, text):
        return ""
    if fact.modality == "应当" and fact.may == "不可以" and not UNDONE.search(A_NOT_A.sub("", text)):
        return "应当" if _speaks_of(fact, text) else fact.may
    if fact.must == "应当" and not fact.may and ASKS_YES_OR_NO.search(text) and UNDONE.search(A_NOT_A.sub("", text)):
        return "不可以"
    return fact.may


def speaks_of_what_is_asked(fact: Fact, text: str) -> bool:
    """Whether the part of a question that asks 能不能 names anything of what a norm allows."""
    pieces = re.split(r"[，,。；;]", text)
    last = max((n for n, piece in enumerate(pieces) if MAY.search(piece)), default=len(pieces) - 1)
    # 开在商业银行，不开在人民银行，行吗: what is asked stands before a piece that only asks.
    first = next((n for n in range(last, -1, -1) if len(normal_letters(pieces[n])) >= LEAST_SAID), 0)
    said = normal_letters("".join(pieces[max(0, first - (first < last)) : last + 1]))
    pairs = {"".join(pair) for pair in pairwise(normal_letters(f"{fact.what}{fact.quote}"))}
    return bool({"".join(pair) for pair in pairwise(said)} & pairs)


# Letters that a piece has which says what it asks about.
LEAST_SAID = 3


def normal_letters(text: str) -> str:
    """A text without what every question has: 能不能, 可以, 允许吗."""
    return re.sub(r"可不可以|可以|能不能|能否|不能|行不行|允不允许|允许|[能行吗么不，。?？!！]", "", text.lower())


def _speaks_of(fact: Fact, text: str) -> bool:
    """Whether a question is put in the words of the duty itself."""
    pairs = {"".join(pair) for pair in pairwise(fact.what.lower())}
    return len(pairs & {"".join(pair) for pair in pairwise(text)}) * SPOKEN_OF >= len(pairs)


# Words that nearly every question and every norm of the plan share.
@lru_cache(maxsize=1)
def common_words() -> re.Pattern[str]:
    city = locality()
    return re.compile(rf"本?方案|文件|专项|整治|工作|{city.name}{city.ending}?|领导|小组|通知")


def _is_about(fact: Fact, text: str) -> bool:
    """Whether a question speaks of what a fact says of its value: 是省政府办公厅发的吧 is not about 贯彻落实其文件."""
    said, asked = fact.conclusion.lower(), text
    for value in fact.values:
        said, asked = said.replace(value.lower(), "，"), asked.replace(value.lower(), "，")
    told, question = (pairwise(common_words().sub("，", one)) for one in (said, asked))
    return any("".join(pair).isalnum() for pair in {*told} & {*question})


# That somebody decides by themselves what the norm ties to another's opinion or approval.
BY_THEMSELVES = re.compile(r"自己|直接|单独|独自|擅自|随便|随意|说了算|一家(?:定|就)|不用(?:商量|请示|批)|想.{0,4}就")
TIED = re.compile(r"根据|依据|会同|批准|经(?=[有相金省市人])|报.{0,8}(?:同意|批准)|由.{2,14}(?:研究认定|认定|组织)")
# That something is somebody's to do: 是公安局罚的, 归信访局管, 是我们局该办的事.
ATTRIBUTES = re.compile(
    r"(?:是|由|归|该|让|靠)[^，。?？]{2,16}(?:负责|主管|管|牵头|办|做|定|罚|处理|认定|组织|派|出|发|审|查|吊|收)|"
    r"(?:的|该.)(?:事|活|责任|任务|职责)"
)


# 一律吊照, 统统不许, where the norm knows exceptions or tells cases apart.
WITHOUT_EXCEPTION = re.compile(r"一律|统统|通通|一概|全都|不论轻重|不管轻重|一刀切")
TELLS_APART = re.compile(r"原则上|较轻|较重|严重的|区别|取得相关业务资质的")


def _overstates(fact: Fact, text: str) -> bool:
    """Whether a question supposes a ban without exception where the norm has one."""
    apart = bool(fact.unless) or bool(TELLS_APART.search(f"{fact.quote}{fact.conclusion}"))
    return apart and bool(WITHOUT_EXCEPTION.search(text) and SAYS_FORBIDDEN.search(text))


def supposes_a_ban(fact: Fact, text: str) -> bool:
    """Whether a ban is supposed of what a norm only says how it is to be done: 高收益的一律不许卖，是不是."""
    bans_something = SAYS_FORBIDDEN.search(fact.conclusion)
    regulates = fact.modality == "应当" and not bans_something and not _speaks_of(fact, text)
    return regulates and bool(WITHOUT_EXCEPTION.search(text) and SAYS_FORBIDDEN.search(text))


def _gives_it_to_another(fact: Fact, text: str, competing: bool) -> bool:
    """Whether a question supposes that another body does it, or that one decides alone what others must agree to."""
    by_itself = bool(BY_THEMSELVES.search(text) and TIED.search(fact.quote))
    return by_itself or (competing and not fact.values and bool(fact.who and ATTRIBUTES.search(text)))


def _confirmed(fact: Fact, text: str) -> str:
    if fact.may == "不可以" and fact.modality == "不得":
        if SAYS_FORBIDDEN.search(text):
            return "对" if _speaks_of(fact, text) else ""
        return "不对" if SAYS_ALLOWED.search(text) else "不可以"
    if fact.must == "应当":
        if SAYS_NEEDLESS.search(text):
            return "不对"
        return "对" if SAYS_NEEDED.search(text) and _speaks_of(fact, text) else ""
    if fact.may == "可以":
        return "不对" if SAYS_FORBIDDEN.search(text) else "对" if SAYS_ALLOWED.search(text) else ""
    return ""
