"""What the words of an answer tell of: a way to find somebody, a time, a paper, a place, something that happened."""

from __future__ import annotations

import re

from casework.interview.questions import Question

# A short answer to what is asked in words is taken as it is; a longer one must have something of the kind in it.
SHORT = 25
WAY = re.compile(
    r"门店|门面|网站|网址|链接|公众号|小程序|app|微信|qq|群|电话|地址|[路街巷楼号店]|扫码|二维码|账号|对面|附近|旁边|门口|"
    r"小区|广场|大厦|村|应用商店|下载",
    re.IGNORECASE,
)
WHEN = re.compile(r"[年月日号天周]|星期|春节|最近|近期|去年|今年|以前|之前|开始|前后|早|晚|初|底|过年|中秋|国庆|五一")
PROOF = re.compile(
    r"合同|协议|记录|截图|照片|图片|录音|视频|录像|聊天|转账|凭证|流水|收据|票|名片|传单|宣传|欠条|借条|单|证|卡|存折|短信|没有?|无|丢|删|^有|都在"
)
PLACE = re.compile(r"[省市区县镇乡村路街]|网上|线上|全国|各地|不在")
LETTER_OR_DIGIT = re.compile(r"[㐀-鿿]|[A-Za-z0-9]+")
# What stands between the things a message tells and tells nothing itself.
FILLER = re.compile(
    r"我们?|他们?|她们?|它|自己|一共|总共|大概|大约|差不多|左右|就是|应该|好像|可能|就|是|叫做|叫|的|了|吧|啊|呀|呢|嗯|哦|有|在|投了?|"
    r"平台|网站|网址|地址|名称|名字|公司|电话|手机号?|金额|人数|时间|骗了|被骗|损失|涉及|都|个|人|钱|块|元|app|开始|和|还|加起来|共|"
    r"可以|愿意|好|行|姓名|称呼|联系|号码|邮箱|到|吧|从",
    re.IGNORECASE,
)
KEPT_FROM = 3


TELLS = re.compile(
    r"[他她我]们?.{0,8}[了走跑骗说]|[了着过](?:[,，。]|$)|骗|跑|说|骂|威胁|恐吓|骚扰|不还|[拉劝哄]我|拉人|登不上|打不开|取不|提不|退不|不给|不让|投的|打不通"
)
# 没有了, to which of these it was.
NONE_OF_THESE = re.compile(r"(?:都|上面|这些)*(?:没有?|无|没)(?:了|的|啊)*")
COUNTS_SOMETHING = re.compile(
    r"(?<![A-Za-z])\d+(?:\.\d+)?\s*(?:[千百块元人户名位家]|个(?!和|、)|[kKwW](?![A-Za-z]))|[一二两三四五六七八九十][千百万块元]"
)
# FXkaihu, said before anything else.
BARE_NAME = re.compile(r"[\u3400-\u9fff]{3,6}")
LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._\-]{3,19}(?: [A-Z][A-Za-z0-9]+){0,2}")
HAPPENED = re.compile(r"[\u3400-\u9fff]{2}[了过][!！。]*$")
# 爆仓了, 打漏了, 搞活动买的: something that happened, and no way to anybody.
NO_PLACE_NAMED = re.compile(
    r"(?:[了过着]|[买卖投交存借充转打扣骗赔亏赚还]的|呢|啊|吧|呀)[*＊!！ ]*$|"
    r"^(?:哦|噢|嗯|啊|哎|对|那|还有|而且|但)|[错漏改补]|[还借投交充返给欠赚亏][了过]?\d"
)


def is_sentence(message: str) -> bool:
    """Whether words tell something that happened rather than name a thing."""
    return bool(TELLS.search(message)) and len(message) > KEPT_FROM


def without_options(text: str, question: Question) -> str:
    for word in sorted((w for o in question.options for w in (o.label, *o.words)), key=len, reverse=True):
        text = re.sub(re.escape(word), " ", text, flags=re.IGNORECASE)
    return re.sub(r"[\d、,，和.第一二三四五六七八九十个项]+", " ", text)
