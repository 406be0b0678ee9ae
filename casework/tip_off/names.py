"""The names of platforms and firms in a story."""

from __future__ import annotations

import re

from casework.tip_off.naming import (
    ACCUSED,
    ACCUSED_ALONE,
    ACCUSED_FIRST,
    ACCUSED_WHOLE,
    BEFORE_CALLED,
    BEFORE_FIRM,
    BEHIND_NAME,
    BETWEEN_CLAUSES,
    BOUGHT_OF,
    CALLED,
    DEED,
    DOES,
    DONE_BY,
    EMPLOYED,
    IS_ACCUSED,
    KIND_ALONE,
    LABELLED_NAME,
    LATIN,
    NAMED,
    NOT_A_MATTER,
    NOT_ACCUSED,
    PAID_TO,
    PERSON_BEFORE,
    PERSON_BEHIND,
    PUT_IN,
    QUOTED,
    REGISTERED,
    SIGN,
    SO_CALLED,
    SOMEWHERE,
    SPACED,
    THAT_WHAT,
    THERE_IS,
)
from casework.tip_off.places import places
from knowledge.locality import locality

# 李国强骗了我 may be a man: a short name that begins with a surname is asked about where it does what people do.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾"
    "夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤小老阿"
)
LONGEST_PERSON = 3
NO_DOER = re.compile(
    r"有人|网友|现在|已经|昨天|今天|突然|一直|又|也|都|还|就|骗|链接|页面|网页|系统|账号|账户|电话|客服|手机|资金|本金|利息|存款|老板|经理|"
    r"老总|业务|法人|[哥姐弟妹叔婶姨舅姑嫂爷奶妈爸]$|同学|孩子|师傅|先生|女士|小姐|老头|老太|小伙|姑娘|网红|群主|代理|团队|机构|组织|企业|养老院|医院|学校|工厂|饭店|支书|主任|讲师|老师|群主|亲戚|对象|男|女|友$|家$|[上里下中边外]$|总部|后台|店|门|网站|软件|app$|合伙|全部|怎么|为什|如何|举报|团伙|集资|传销",
    re.IGNORECASE,
)
# 没想到, 说实话, 反正呢: what stands between two commas as well.
NO_NAME_ALONE = re.compile(
    r"[没不想到了着过呢吧啊嘛很真就才会能要天年月日时候次回个位些多少实反总老每]|结果|原来|后来|当场|客户|亲自"
)
# Where somebody stands, how they came, and what kind of thing it is: no name of a platform.
NO_PLATFORM = re.compile(
    r"银行|信用社|邮局|邮储|门口|门店|店里|网上|线上|手机|电脑|微信|支付宝|群|小区|社区|村|单位|厂|学校|商场|超市|医院|市场|公园|广场|"
    r"[区县市镇乡路街省]$|[年月日号天周]$|时候|期间|以前|之前|后来|当时|当场|现场|家里|家$|朋友|邻居|同事|亲戚|熟人|老师|"
    r"介绍|推荐|劝|忽悠|鼓动|项目|产品|东西|玩意|游戏|会员|活动|讲座|名下|手[上里]?$|一起|一共|总共|前后|先后|平台|公司|合作社$|互助社$|^\d|[一二两三四五六七八九十]"
)
BEFORE_NAME = re.compile(
    r"^(?:[要想]?(?:举报|投诉|反映|揭发|检举)(?:一下)?)?(?:那个啥|这个啥|那个|这个|啥|什么|有个|有家|一个|一家)*"
    r"(?:名?叫做?(?=.{3}))?"
)
NOT_NAMES = re.compile(
    r"某|诈$|^[好真太很][害生难可气恶丢后]|^[个件点](?:事儿?|情况|人|案子?)|^(?:有人|什么|一个|一家|某|这个|那个|那家|这家|有个|有家|我|他|她|他们|举报|非法|第三方|网络|互联网|股权|"
    r"小区|门口|楼下|高利|线下|线上|网上|投资|理财|平台|公司|可疑|发现|提供|被|在|把|去|做|搞|卖|买|骗子|P2P|网贷|首付)",
    re.IGNORECASE,
)
# Characters of a sentence rather than of a name, where nothing marks the name as one.
SENTENCE = re.compile(r"[拉让给说在的是被把去我你他她们人有做搞买卖发和叫]")
LEAD_IN = re.compile(r"^(我们?)?(要|想)?(举报|投诉|反映|揭发)(一个|一家|一下)?(?=[^，。,])")


def names_in_story(text: str) -> list[str]:
    """Platforms and firms that a story names, those that are accused outright among them."""
    accused = [
        match[1]
        for match in ACCUSED.finditer(text)
        if not (SENTENCE.search(_no_lender(match[1])) or NO_DOER.fullmatch(match[1]))
    ]
    accused += [match[1] for match in ACCUSED_FIRST.finditer(text) if _is_accused(match[1])]
    accused += [match["name"] for match in (ACCUSED_WHOLE.fullmatch(text),) if match and _is_matter(match["name"])]
    accused += [
        m["name"]
        for does in (DOES, THERE_IS, DONE_BY, ACCUSED_ALONE, IS_ACCUSED, BETWEEN_CLAUSES)
        for m in does.finditer(text)
        if _names_a_platform(m, text)
    ]
    accused = [name for name in dict.fromkeys(accused) if not NOT_NAMES.search(name)]
    return _longest(names_called(LEAD_IN.sub("", text)), accused) or accused


def is_name_alone(words: str) -> bool:
    """Whether a few words behind 我要举报 are a name and tell nothing: 闪电花, but not 血本无归."""
    return not NOT_NAMES.search(words) and _is_matter(words)


def _is_matter(name: str) -> bool:
    """Whether what a whole message says it reports is a name, a person's as well, and no deed or kind of offence."""
    told = DEED.search(_no_lender(name)) or SOMEWHERE.search(name) or NOT_A_MATTER.search(name)
    return not (told or KIND_ALONE.fullmatch(name) or NO_DOER.search(name))


def _longest(names: list[str], accused: list[str]) -> list[str]:
    """举报兴农宝库: the name as it was accused, where what sounds like a firm's is but the beginning of it."""
    return [next((whole for whole in accused if whole.startswith(name)), name) for name in names]


def _is_accused(name: str) -> bool:
    """Whether what stands alone behind 举报 is a name: no kind of offence, no place, and not likely a person's."""
    match = SENTENCE.search(_no_lender(name)) or NO_PLATFORM.search(name) or NO_DOER.search(name)
    return not (match or NOT_A_MATTER.search(name) or KIND_ALONE.fullmatch(name) or _is_person(name))


def _names_a_platform(match: re.Match[str], text: str) -> bool:
    """Whether what stands before 打不开 or 骗了 is a name, and not likely a person's."""
    name = match["name"]
    if SENTENCE.search(_no_lender(name)) or NO_PLATFORM.search(name) or NO_DOER.search(name):
        return False
    if match.re is ACCUSED_ALONE and NOT_ACCUSED.search(name):
        return False
    if match.re is BETWEEN_CLAUSES and NO_NAME_ALONE.search(name):
        return False
    person = _is_person(name) and not ENDING.search(name)
    return not (person and (match.re is not DOES or re.match(r"骗|坑|卷|跑", text[match.end() :])))


def _no_lender(name: str) -> str:
    """亿人贷 and 小牛在线 without the 人 and 在 that elsewhere tell of a sentence."""
    return re.sub(r"人+(?=贷)|在(?=线)|发(?=[宝财贷达展投金])", "", name)


def names_called(text: str) -> list[str]:
    naming = [*LATIN.finditer(text), *SPACED.finditer(text), *SIGN.finditer(text), *CALLED.finditer(text)]
    called = [
        m[1]
        for m in naming
        if not PERSON_BEFORE.search(text[: m.start()])
        and not (_is_person(m[1]) and PERSON_BEHIND.search(text[m.end(1) :]))
    ]
    registered = [_firm_alone(BEFORE_FIRM.sub("", BEFORE_CALLED.sub("", m[1]))) for m in REGISTERED.finditer(text)]
    registered += [m["name"] for m in EMPLOYED.finditer(text) if _is_employer(m["name"])]
    found = [match[1] for match in LABELLED_NAME.finditer(text)]
    found += [*registered, *called, *(match[1] for match in QUOTED.finditer(text))]
    found += [
        name
        for match in NAMED.finditer(text)
        if not LINE_OF_BUSINESS.search(text[: match.start(1)] + match[1])
        and (name := _behind_sentence(A_PLATFORM.sub("", match[1])))
    ]
    put = [
        match["name"]
        for pattern in (PUT_IN, PAID_TO, SO_CALLED, BOUGHT_OF, THAT_WHAT)
        for match in pattern.finditer(text)
    ]
    city = locality().name
    found += [n for n in put if not SENTENCE.search(_no_lender(n)) and not NO_PLATFORM.search(n) and city not in n]
    kept: list[str] = []
    for name in (BEHIND_NAME.sub("", BEFORE_NAME.sub("", printed_name(each))) for each in found):
        if len(name) < 2 or NOT_NAMES.search(name) or KIND_ALONE.fullmatch(name):
            continue
        if not any(name in k or k in name for k in kept):
            kept.append(name)
    return kept[:3]


# 做crypto投资的: what is done, by no name
LINE_OF_BUSINESS = re.compile(r"[做搞玩炒][a-z]{2,}(?:投资|理财|支付|金融)$")
# 牡丹贷平台
A_PLATFORM = re.compile(r"(?<=贷|宝)平台$")
NO_EMPLOYER = re.compile(
    r"^(?:他们?|她们?|这|那|我|俺|某|一个|一家|小|大)|[你您](?:们)?|^(?:公司|平台|单位|厂里?|里面|里头|家里?|县城|城里|市里)$"
)


def _is_employer(name: str) -> bool:
    known = places()
    bare = re.sub(r"(?:有限)?(?:公司|平台|集团)$", "", name)
    return not (NO_EMPLOYER.search(name) or NO_PLATFORM.search(bare)) and name not in (
        locality().name,
        *known.cities,
        *known.elsewhere,
    )


def _is_person(name: str) -> bool:
    return name[0] in SURNAMES and len(name) <= LONGEST_PERSON


def printed_name(name: str) -> str:
    """A Chinese name with its brackets as they are printed."""
    return name.replace("(", "（").replace(")", "）") if re.search(r"[\u3400-\u9fff]", name) else name


def _firm_alone(name: str) -> str:
    """喇叭喊让存钱到惠农合作社: the firm without the sentence before it, where there plainly is one."""
    name = LEADS_TO_FIRM.sub("", name)
    name = name.rpartition("的")[2] if len(name.rpartition("的")[2]) > LEAST_FIRM else name  # 桂花大道的洛阳…合作社
    told = [match.end() for match in TOLD_OF_FIRM.finditer(name)]
    alone = name[told[-1] :] if len(told) > 1 else name
    return alone if len(alone) > LEAST_FIRM else name


# 主体为河南…有限公司, 俺要告一个合作社
LEADS_TO_FIRM = re.compile(
    r"^(?:(?:涉嫌|涉事|被举报|举报|运营|经营)*(?:主体|单位|对象|公司|企业|平台|名称|方|人)(?:名称)?(?:就?是|为|系)(?=.{4})|"
    r"[我俺咱]?们?(?:要|想|来)*(?:告|举报|反映|投诉|检举)(?:一?下|一?[个家])*)"
)
# Of a firm's own name hardly two of these are part.
TOLD_OF_FIRM = re.compile(r"[让叫给投存被把拉骗喊说弄搞办了到个在](?=.{5})")
LEAST_FIRM = 4


def _behind_sentence(name: str) -> str:
    """我在银通宝, 抵押了90万投给鼎丰创投: the name alone, where enough of it is left; else nothing."""
    proper = ENDING.sub("", name)
    ending = name[len(proper) :]
    last = max((match.end() for match in SENTENCE_OR_FIGURE.finditer(proper)), default=0)
    proper = BEFORE_NAME.sub("", proper[last:])
    return proper + ending if len(proper) >= LEAST_PROPER else ""


SENTENCE_OR_FIGURE = re.compile(
    r"[拉让给说在的是被把去我你他她们人有做搞买卖发和叫了投存借从进用玩跟被个俺咱家块元打钱放销往荐绍推办]|\d+(?:\.\d+)?[万千百亿]|\d{4,}|\d+号楼?"
)
ENDING = re.compile(
    r"(?:财富|金融|贷|资本|众筹|理财|投资|支付|金服|创投|钱包|白条|互助社|宝)(?:公司|平台|集团|有限公司)?$"
)
LEAST_PROPER = 2
