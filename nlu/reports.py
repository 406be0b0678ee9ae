"""Whether somebody reports or asks: the words by which a message plainly does the one or the other.

The judge's probabilities decide where nothing here speaks.
"""

from __future__ import annotations

import re

from knowledge.base import KnowledgeBase

ANSWERS = ("policy", "duty", "deadline")
# A procedure that is at least this likely may be what somebody asks for.
LEAST_ASKED_FOR = 0.015


def reported_or_asked(text: str, first: str, probabilities: dict[str, float], answers: str) -> str:
    """Whether somebody plainly reports, or plainly asks about what they heard of; "" where it is not plain."""
    if (first in (*ANSWERS, "tip_off") and tells_a_loss(text)) or accuses(text, probabilities):
        return "tip_off"
    return answers if first == "tip_off" and asks_of_hearsay(text) else ""


def tells_a_loss(text: str) -> bool:
    """Whether somebody tells, without asking anything, that money was given and does not come back: a report."""
    return bool(
        MONEY_GIVEN.search(text)
        and NOT_GIVEN_BACK.search(text)
        and OURS.search(text)
        and not ASKS_ANYTHING.search(PLEAS.sub("", text))
    )


def accuses(text: str, probabilities: dict[str, float]) -> bool:
    """Whether somebody says whom or what they report, and asks nothing: 举报金福来骗了我5万, 镇上有个合作社拉人存钱."""
    if WANTS_NO_NAME.search(text) and not ASKS_ANYTHING.search(text):
        return True
    if WISHES_TO_REPORT.search(text) and FIGURE.search(text):
        return True  # what is asked before it is part of the story: 还说我欠2700，这合法吗，我要举报
    says_it = bool(ACCUSES.match(text) or TELLS_OF.search(text)) and not ASKS_ANYTHING.search(PLEAS.sub("", text))
    return (says_it and probabilities.get("tip_off", 0.0) >= LEAST_ASKED_FOR) or accuses_besides(text)


def accuses_besides(text: str) -> bool:
    """Whether one part of a message says whom it reports and another asks something: both are heard."""
    parts = [part.strip() for part in CLAUSES.split(text) if part.strip()]
    return any(ASKS_ANYTHING.search(part) for part in parts) and any(
        (match := ACCUSES_BY_NAME.fullmatch(part))
        and not GENERIC.fullmatch(match["whom"])
        and not TOLD_BY_DEEDS.search(match["whom"])
        and not DONE_BEFORE.match(part)
        for part in parts
        if not ASKS_ANYTHING.search(part)
    )


def asks_of_hearsay(text: str) -> bool:
    """Whether somebody asks about what they heard or read, and tells nothing that happened to them: no report."""
    own = MONEY_GIVEN.search(text) and OURS.search(text)
    return bool(HEARSAY.match(text) and ASKS_AT_LAST.search(text) and not own)


def tells_of_own_work(text: str) -> bool:
    """Whether somebody tells what is done or asked of them where they work, and accuses nobody by name."""
    named = (
        ACCUSES.match(text)
        or WANTS_NO_NAME.search(text)
        or NAMES_ONE.search(text)
        or WISHES_TO_REPORT.search(text)
        or (MONEY_GIVEN.search(text) and NOT_GIVEN_BACK.search(text))
    )
    return bool(OWN_WORK.search(text)) and not named


def sure_of_one(knowledge: KnowledgeBase, text: str) -> bool:
    """Whether, if a message is a question to the plan, it is plain which entry answers it."""
    judged = knowledge.judgement(text)
    return judged.answers[0].probability >= SURE_OF_ONE * judged.chance_of_answer


# 洛阳还有几家P2P在运营: nothing is told.
ASKS_HOW_MANY = re.compile(
    r"^[^,，。]{0,12}(?:还有|还剩|剩|有)(?:下)?(?:几|多少|哪些|哪几)(?:家|个)?[^,，。]{0,12}$|^[^,，。]{0,16}(?:几|多少)家[^,，。]{0,12}(?:啊|呀|呢|了)?[?？]?$"
)
# The likeliest entry has this share of all entries' probability.
SURE_OF_ONE = 0.35
BOSS = r"(?:老板|主管|经理|领导|店长|总监|组长|头儿|上头|上面|师傅|总部|公司|单位|行长|主任|编辑)"
OWN_WORK = re.compile(
    rf"{BOSS}[^,，。]{{0,4}}(?:让|叫|喊|要|逼|催|说|吩咐|交代|派)(?:我|俺|咱|大家|大伙|人)|"
    # 我们厂门口招人投钱: where it is done, not who does it.
    r"(?:我|俺|咱)们?(?:这个?)?(?:平台|公司|店|社|行|厂|团队|部门|页面|网站|app|小贷|典当行|支付公司|合作社)"
    r"(?!门口|附近|旁边|边上|对面|楼下|隔壁|的?人都)|"
    r"(?:我|俺)们?(?:是|在)(?:一家|个)?[^,，。]{0,6}(?:平台|公司|店|p2p|网贷|众筹|支付|中介|行|社)"
)
# 别暴露我身份: who tells so wants it looked into.
WANTS_NO_NAME = re.compile(r"(?:别|不要|不能|不想|怕)[^,，。]{0,4}(?:暴露|泄露|留名|报复)|匿名")
# 有个叫豪信通的: whoever is named is accused.
NAMES_ONE = re.compile(r"(?:有(?:一?[个家])?|那个?|这个?)(?:什么)?(?:平台|公司|app)?叫(?!我|俺|咱)[^,，。]{2,8}")
CLAUSES = re.compile(r"[,，。;；!！?？\n]")
ACCUSES_BY_NAME = re.compile(
    r"(?:另外|还有|然后|顺便|同时|再|对了|你好|您好|[我俺咱]|现在|也|还|就|是|要|想|来|实名|匿名)*"
    r"(?:举报|检举|揭发|告发)(?:一?下|一?个|一家)?(?:叫)?(?P<whom>[^,，。]{2,20})"
)
# 网上卖保险的平台, 中介搞首付贷: a kind of platform, told by what it does.
TOLD_BY_DEEDS = re.compile(r"[搞做卖办放发拉收骗]|的(?:平台|公司|机构|企业|网站|app|人)$", re.IGNORECASE)
# What may be reported without saying whom, and what only speaks of reports.
GENERIC = re.compile(
    r"(?:一?个|一家|某个?|这种|这类|那种|别的|其他|什么|[我俺他她的]|违规|违法|非法|可疑|网上|本地|本市|互联网|网络|金融|理财|投资|网贷|p2p|众筹|支付|"
    r"集资|诈骗|传销|骗子|黑|平台|公司|企业|机构|人|网站|app|行为|广告|问题|情况|线索)+|"
    r"(?:有|的|后|者|人|电话|方式|渠道|途径|平台|网站|网址|邮箱|信箱|奖|流程|程序|材料|内容|信息|保密|保护|制度|范围|结果|进度|条件|时效|期限|要求|"
    r"完|以后|之后|之前|好几|多次|[了过]).*",
    re.IGNORECASE,
)
# 上个月举报的, 我已经举报过: told of, not done.
DONE_BEFORE = re.compile(r".{0,8}(?:已经|之前|以前|上个?月|去年|昨天|前天|刚才|[没不]).{0,4}举报")
HEARSAY = re.compile(
    r"(?:请问|你好|您好|[,，]|我|俺|刚|刚刚|刚才|最近|今天|昨天|前几天)*"
    r"(?:听(?:人|别人|邻居|同事|朋友)?说|据说|看到?(?:了|个|一[个条篇])?(?:新闻|报道|消息|通报|网上|朋友圈|抖音|电视)|"
    r"(?:新闻|网上|电视|报纸|抖音|朋友圈)(?:上|里)?(?:都|有人)?(?:说|讲|报道|看到|传|看见))"
)
ASKS_AT_LAST = re.compile(
    r"(?:[吗么嘛]|[没不]|呢|是真是假|真的假的|怎么回事|咋回事|啥情况|什么情况|有没有[^,，。]{0,12}|是不是[^,，。]{0,12}|会不会[^,，。]{0,12})[啊呀吧]?[?？。]?$|[?？]$"
)


# 谁来管管, 你们管不管, 能替他们举报不: whoever says so at the end of a story asks for no rule.
PLEAS = re.compile(
    r"(?:到底|究竟)?(?:还)?(?:有没有人|有人|谁)(?:能|来|给)*管(?:一?管|一下|得了)?(?:吗|呢|啊|呀|不)?[?？!！。]*$|"
    r"(?:你们?|您|政府|国家|上面|到底|究竟|还)*管不管(?:啊|呀)?[?？!！。]*$|还有没有(?:王法|天理|良心)了?[?？!！。]*$|"
    r"(?:我)?(?:能不能|能|可以|可不可以)(?:替|帮|代)[^,，。]{1,6}(?:举报|反映|报)(?:一下)?(?:吗|么|不)?[?？。]*$"
)
WISHES_TO_REPORT = re.compile(
    r"[,，。;；!！?？\s](?:我们?|俺们?)?(?:现在|就)?(?:要|想|得|必须)(?:实名|匿名)?(?:举报|检举|告发)"
    r"(?:一?下)?(?:他们?|它|这家?(?:平台|公司)|这个平台)?[。!！]*$"
)
FIGURE = re.compile(r"\d|[一二两三四五六七八九十几][十百千万]")
TELLS_OF = re.compile(
    r"有(?:一?[个家伙帮群]|人)[^,，。]{0,16}(?:拉|哄|骗|忽悠|鼓动|劝|吸收|收)(?:着|了|走)?[^,，。]{0,4}"
    r"(?:人|钱|款|存|投|入伙|老人|老头|老太|大家|村民|我|俺)"
)
ACCUSES = re.compile(
    r"(?:我|俺|咱)?(?:现在)?(?:要|想|来)?(?:实名|匿名)?(?:举报|检举|揭发|告发)(?:一?下|一?个)?"
    r"(?!有|的|后|者|人|电话|方式|渠道|途径|平台|网站|网址|邮箱|信箱|奖|流程|程序|材料|内容|线索|信息|保密|保护|制度|范围|结果|进度|"
    r"条件|时效|期限|要求)[^,，。]{3,}"
)
OURS = re.compile(r"我|俺|咱|隔壁|对门|楼[上下]|亲戚|老人|村里?|邻居|街坊|老乡|同事|父母|爸|妈|奶奶|爷爷")
MONEY_GIVEN = re.compile(
    r"收了[^,，。]{0,8}钱|存(?:了|到|在|进|钱|的)|投(?:了|到|给|进|的)|交(?:了|给|的)|充了|买了|借给|打给|转给|集资"
)
NOT_GIVEN_BACK = re.compile(
    r"不给(?:钱|取|退|兑|利息|本金)|取不(?:出|了|到)|提不(?:出|了)|退不(?:了|出)|拿不(?:出|回|到)|要不回|不还钱|不让(?:取|提|退)|"
    r"(?:网站|app|软件|页面|平台)[^,，。]{0,4}(?:打不开|登不上|进不去)|不兑付|不到账|没到账|不退(?:钱|款)?|到期(?:不|没)|一分(?:都|也)?(?:不|没)|跑路|联系不上|人去楼空|关门|卷(?:钱|款)"
)
ASKS_ANYTHING = re.compile(
    r"[?？]|吗|呢|怎么|咋|如何|谁|哪|什么|啥时|多久|几时|是不是|能不能|该|有没有|可以|合法|违法|规定|算不算|属于|真的假的|是真是假"
)
