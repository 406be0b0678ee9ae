"""Ways to find a platform in a story: pages, accounts, shops, telephones that are not the reporter’s own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from casework.interview.numbers import find_phones
from casework.tip_off.own_contact import is_own, is_own_phone

URL = re.compile(
    r"(?:https?://|www\.)[A-Za-z0-9\-._/?=&%#:]+|"
    # 3w点jinfulai点com: as it is said aloud
    r"(?:(?:3w|www)点)?(?<![A-Za-z0-9])[A-Za-z0-9\-]{2,}(?:点[A-Za-z0-9\-]{2,})*点(?:com|cn|net|org|vip|top|cc|xyz|app|example)(?![A-Za-z0-9])|"
    r"(?<![A-Za-z0-9@.\-_])[A-Za-z0-9\-]{2,}\.(?:com|cn|net|org|vip|top|cc|xyz|app|example)(?![A-Za-z0-9])[A-Za-z0-9\-._/?=&%]*"
)
ACCOUNT = re.compile(
    r"(?:收款|银行|对公|打款)?(?:账号|帐号|账户|帐户|卡号|户头|(?:银行|[农工中建交招邮]行|信用社|储蓄)卡)"
    r"(?:号码?)?(?:是|为|:)?\s*\d[\d -]{8,24}\d"
)
SOCIAL = re.compile(
    r"(?:微信公众号|公众号|小程序|视频号|微信号|微信|qq群|qq号|qq|抖音号?|快手号?|telegram|飞机|蝙蝠|钉钉群?|app)(?:号|名|群)?"
    r"(?:(?:叫做?|是|为|:|名叫)\s*[“\"]?[\w\-·]{2,20}[”\"]?|[“\"][\w\-·]{2,20}[”\"]|\s*@?[A-Za-z0-9_\-]{5,20})",
    re.IGNORECASE,
)
# 支付宝收款 fmt2016@163.example
MAIL = re.compile(
    r"(?:(?:支付宝|财付通|邮箱|信箱)(?:账号|收款|号)?(?:是|为|[:：\s])*)?"
    r"(?<![A-Za-z0-9.])[A-Za-z0-9][A-Za-z0-9.+_\-]*@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+"
)
# 在应用宝能下, 苹果商店搜得到
APP_STORE = re.compile(
    r"(?:应用宝|应用商店|应用市场|app ?store|苹果商店|安卓市场|华为市场|豌豆荚|手机助手)"
    r"(?:里|上面?|都|还|现在|就)*(?:能|可以|还能)?(?:下载?|搜|找|装)"
    r"(?:得?到)?",
    re.IGNORECASE,
)
# A street, with what stands before it in its clause and behind it up to what is no place any more.
STREET = re.compile(
    r"(?:(?<=在)|(?<=到)|(?<=位于)|(?<=址)|(?<=是)|(?<=[:,，。;；\s])|^)"
    r"[\u3400-\u9fffA-Za-z0-9]{0,14}?[\u3400-\u9fff]{1,3}"
    r"(?<![跑跳套出网思走一半后门线道铁公高销])(?:路(?:(?![人上费口路])|(?=上(?:有|开|的|那)))|大道|大街|街|巷|广场|大厦|写字楼|商场)"
    r"(?:[\u3400-\u9fffA-Za-z0-9\-]{0,16}?(?:号楼?|楼|层|室|座|单元|对面|旁边|附近|隔壁|门口|交叉口|路口)(?:\d{2,5}室?(?![\d年月日元块万千百人户]))?|[A-Za-z]?\d{2,5}(?![\d年月日元块万千百人户]))?"
    # 王城大道88号财富中心B座1502室: what stands behind the number, down to the room
    r"(?:(?<=号)[\u3400-\u9fffA-Za-z]{0,12}?[A-Za-z\d一二三四五六七八九十]{1,4}(?:号楼|楼|层|室|座|单元|幢|栋|院)|"
    r"(?<=[楼层座元幢栋院])[A-Za-z]?\d{1,5}(?:[室层]|单元|号)?(?![\d年月日元块万千百人户]))*"
    # 中州路百货楼对过二楼
    r"(?:斜?对面|斜?对过|旁边|附近|隔壁|门口|楼上|楼下|[东西南北]侧)?(?:的?[一二三四五六七八九十\d]{1,2}[楼层](?!有|的人))?"
)
# 在王府井对过那栋楼三层, 家乐福旁边租的门面, 上海市场那边二楼: by what stands beside it, or by its floor.
BESIDE = re.compile(
    r"(?:[就老常总]?在|位于|搬到|开在|设在)(?P<way>(?P<mark>[\u3400-\u9fffA-Za-z0-9]{2,12}?)(?:"
    r"(?:斜?对面|斜?对过|斜?对门|旁边|隔壁|楼上|楼下|[东西南北正]门)[^,，。;；!！?？\n]{0,12}|"
    # 青年宫往南二百米
    r"(?:往|向|朝)[东西南北里外前后上下左右]{1,2}走?[^,，。;；!！?？\n]{0,8}?(?:米|里地?|步|路口|家)|"
    r"(?:那边|那儿|的)?(?:负?[一二三四五六七八九十\d]{1,2})(?:楼|层)[^,，。;；!！?？\n]{0,8}))"
)
NO_LANDMARK = re.compile(
    r"^(?:我|俺|他|她|你|您|小区|厂|学校|单位|村|家(?=$|里|门)|门口|这|那|哪|楼|路|公司|医院|银行|超市|菜市场)+|"
    r"[我俺他她们被把给拉说让]"
)
BEFORE_STREET = re.compile(
    r"^.{0,12}?(?:就?在|位于|到|是|反映|检举|(?:举报|投诉)(?:一下|就|是|有)*|来电(?:人?称|反映|人)?|人称)(?=.{3})"
)
SHOP = re.compile(
    r"(?:门店|店面|门面|办公室|办公点|营业部|总部|公司地址|地址|店)(?:就)?(?:在|是|:)\s*("
    # without a comma behind it, up to where somebody tells on
    r"(?:(?![我俺咱你您她]|他们?|它|去年|今年|前年|现在|然后|结果|后来|已经|上个?月|20\d\d年)[^,，。;；!！?？\n]){2,40})"
)
# 在首阳山镇上有个门面
HAS_A_SHOP = re.compile(
    r"(?:在|搁)(?P<way>[\u3400-\u9fffA-Za-z0-9]{2,16}?(?:有|开了?|租了?|设了?)(?:一|两|几)?(?:个|家|间|处)?"
    r"(?:门面房?|门店|店面|店|营业部|办公室|办事处|网点|服务[点站]|代办点))"
)


def without(text: str, parts: Iterable[str]) -> str:
    for part in parts:
        text = text.replace(part.removeprefix("电话 "), " ")
    return text


def ways_in(text: str) -> list[str]:
    """Addresses of pages, accounts, shops and telephones that are not the reporter's own."""
    ways = [match[0].rstrip(".") for match in URL.finditer(text)]
    ways += [
        match[0].strip()
        for pattern in (ACCOUNT, SOCIAL, APP_STORE)
        for match in pattern.finditer(text)
        if not is_own(text[: match.start()])
    ]
    ways += [match[0].strip() for match in MAIL.finditer(text) if not is_own(text[: match.start()])]
    rest = without(text, ways)
    shops = [match[0].strip() for match in SHOP.finditer(rest)] or [
        match["way"] for match in HAS_A_SHOP.finditer(rest) if not NO_LANDMARK.search(match["way"])
    ]
    streets = [BEFORE_STREET.sub("", match[0].strip()) for match in STREET.finditer(rest)]
    ways += shops or streets or [m["way"].strip() for m in BESIDE.finditer(rest) if not NO_LANDMARK.search(m["mark"])]
    rest = without(text, ways)
    ways += [f"电话 {rest[phone.start : phone.end]}" for phone in find_phones(rest) if not is_own_phone(rest, phone)]
    return list(dict.fromkeys(ways))
