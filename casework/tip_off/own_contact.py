"""How the reporter can be reached, where that is told without being asked; and that they want to stay unnamed."""

from __future__ import annotations

import re

from casework.interview.answers import Answer
from casework.interview.numbers import find_phones, shown_phone
from casework.interview.phones import Found

# 还是留个电话吧，136…: whoever leaves a number leaves their own.
MINE = re.compile(
    # 联系人是我儿子，电话…
    r"联系人[^。;；\d]{0,14}$|"
    r"(?:我的?|本人|联系我)[^，。,;；]{0,6}$|留(?:个|下|一个|我的?)*(?:电话|手机号?|号码|联系方式)[^，。,;；\d]{0,4}[，,:：]?\s*$"
)
# 加我微信 lyzhang_1988, zhaolei163@163.com: how somebody can be reached without a telephone.
HANDLE = re.compile(
    r"(?P<kind>微信号?|vx|qq号?|邮箱|email)(?:号码?|是|为|[:：]|\s)*(?P<id>[A-Za-z0-9][\w\-]{4,19})(?![\w@.])|"
    r"(?P<mail>(?<![\w.])[A-Za-z0-9][\w.+\-]*@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+)",
    re.IGNORECASE | re.ASCII,
)
MY_HANDLE = re.compile(
    r"(?:(?:联系|找|回)(?:我|俺)[^,，。;；]{0,4}|(?:加|联系|找|留|发)(?:一?下|给|到)?(?:我|俺)(?:的|个)?|(?<![给加让拉找骗教])(?:我|俺|本人)(?:的|个人|自己)*)"
    r"(?:联系|常用)?(?:邮箱|信箱|e-?mail)?(?:是|为|[:：\s])*$",
    re.IGNORECASE,
)
# 他加我微信 scam01, 骗子打我电话的号是…: of whoever did it to the reporter, and for the handlers to see.
THEM = (
    r"(?:他们?|她们?|对方|客服|业务员|业务|经理|老板|老师|有人|"
    r"骗子|群主|陌生人|平台|公司|那[个人家]|美女|网友|介绍人|中介)"
)
THEIRS_BEFORE = re.compile(
    rf"{THEM}[^,，。;；]{{0,8}}(?:(?:[给跟让叫教拉骗加找发向]|联系)(?:了)?(?:我|俺|本人)[^,，。;；]{{0,10}}|"
    r"[^,，。;；]{0,10}的(?:号码?|电话|手机号?|微信)(?:就?是|为|:|：)?)$"
)
# 159… 微信同号: said of one's own number.
MINE_BEHIND = re.compile(
    r"^[ (（]*(?:是?我(?:的|本人|自己的)(?!电话|手机|号|微信)|(?:联系|找)我)|"
    r"^[ ,，(（]*(?:电话|手机|和|跟|也是|就是)*微信(?:同号|同步|一样|也是)"
)
# 电话不方便留, 我不想留名, 匿名举报
REFUSED = re.compile(
    r"(?:电话|手机号?|号码|联系方式|真?名字?|姓名|真名)(?:就|我|都|也)*(?:不方便|不便|不想|不愿意?|不敢|别|不用|不)(?:给你们?)?(?:留|写|填|给|登记)|"
    r"(?:不想|不愿意?|不便|不方便|不敢|不能|别)(?:给你们?)?(?:留|写|填|透露|暴露)(?:下|我的?|真)*(?:名|姓|电话|手机|号码|联系方式|身份)|"
    r"(?:电话|手机号?|号码|联系方式|名字)(?:还是|就|也|都|给我|帮我|先)*(?:撤|删|去掉|取消|抹)(?:了|掉|去)*|(?:我|就|还是)不(?:想|愿意?)留(?:了|$|[,，。])|"
    r"(?:我|要|想|希望|请|是|就)匿名(?!吗|么|[?？])|匿名举报(?!吗|么|[?？可行])"
)


INTRODUCED = re.compile(
    r"(?:我叫|我是|我姓|免贵姓|本人)[\u3400-\u9fff]{1,4}[,，、 ]*"
    r"(?:我的?)?(?:联系)?(?:电话|手机号?|号码)?(?:是|为|:)?\s*$"
)


INTRODUCED_NAME = re.compile(
    r"(?:我叫|本人叫?|免贵姓|我姓)([\u3400-\u9fff]{1,4})(?:[,，、。 ]|$)|"
    r"(?:叫|喊|称呼)我(?:一声)?([\u3400-\u9fff]{1,6}?)(?:就行|就好|就可以|就中|即可)"
)


def contact_in(text: str) -> tuple[dict[str, Answer], dict[str, list[str]]]:
    """The reporter's own number and name, or that they give none; and the words of each."""
    if mine := _own_ways(text):
        found, used = {"contact": Answer("yes", "是"), "contact_phone": mine[1]}, {"contact_phone": mine[0]}
        if named := INTRODUCED_NAME.search(text):
            name = named[1] or named[2]
            found["contact_name"], used["contact_name"] = Answer(name, name), [name]
        return found, used
    if refused := REFUSED.search(text):
        return {"contact": Answer("no", "否")}, {"contact": [refused[0]]}
    return {}, {}


def _own_ways(text: str) -> tuple[list[str], Answer] | None:
    """A reporter's own numbers, accounts and mail addresses, given without being asked, and the words they stood in."""
    handles = list(HANDLE.finditer(text))
    phones = [
        phone
        for phone in find_phones(text)
        if is_own_phone(text, phone) and not any(m.start() <= phone.start < m.end() for m in handles)  # QQ 2885562233
    ]
    ways = [(text[each.start : each.end], Answer(each.e164, shown_phone(each.e164))) for each in phones]
    ends = [each.end for each in phones]
    for match in handles:
        beside = any(BESIDE_OWN.fullmatch(text[end : match.start()]) for end in ends if end <= match.start())
        if beside or is_own(text[: match.start()]):
            ways.append(own_handle(match))
    if not ways:
        return None
    values, shown = (
        dict.fromkeys(str(part) for part in parts) for parts in zip(*((a.value, a.shown) for _, a in ways), strict=True)
    )
    return [words for words, _ in ways], Answer(",".join(values), "、".join(shown))


# 我电话138…，微信lyz_88
BESIDE_OWN = re.compile(r"[,，、;；和及 ]*(?:我|俺)?的?")


def own_handle(match: re.Match[str]) -> tuple[str, Answer]:
    """The words of an account or a mail address of the reporter's, and the answer to where they can be reached."""
    shown = match["mail"] or f"{match['kind'].removesuffix('号')} {match['id']}"
    return match["mail"] or match["id"], Answer(shown, shown)


def is_own(before: str) -> bool:
    """Whether the account or mail address behind these words is the reporter's own, not of who got in touch."""
    return bool(MY_HANDLE.search(before)) and not THEIRS_BEFORE.search(before)


def is_own_phone(text: str, phone: Found) -> bool:
    before, behind = text[: phone.start], text[phone.end :]
    if THEIRS_BEFORE.search(before):
        return False
    return bool(MINE.search(before) or INTRODUCED.search(before) or MINE_BEHIND.search(behind))
