"""What a file names that matters to whoever looks for a platform: names, addresses, accounts, phones, sums.

A machine read the words (``casework/cases/ocr.py``) and may have read them wrong, so the reporter is asked; what they
do not deny finds the case for its handlers (``terms_of_findings``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import phonenumbers

from casework.cases.evidence import Evidence, Finding
from casework.cases.ocr import words_of
from casework.cases.search_tokens import name_tokens, plain_name
from casework.interview.answers import half_width

LABELS = {"name": "名称", "site": "网址", "account": "账号", "phone": "电话", "sum": "金额"}
MOST_EACH, MOST_OFFERED = 6, 12

FIRM = re.compile(
    r"[一-鿿（）()A-Za-z0-9]{2,30}?(?:有限责任公司|股份有限公司|有限公司|合伙企业(?:[（(]有限合伙[）)])?|合作社)"
)
# Something called by a label; the label says what it is.
LABELLED = re.compile(
    r"(?:平台名称|平台|公司名称|公司|商户名称|商户全称|商户|收款方|收款人|收款单位|户名|对方户名|付款方|App名称|APP|公众号)"
    r"\s*(?:名称)?[::]\s*([一-鿿A-Za-z0-9·（）()\-]{2,40})"
)
BRAND = re.compile(
    r"[一-鿿A-Za-z0-9]{2,6}(?:财富|金融|金服|金控|网贷|资本|众筹|理财|投资|基金|钱包|支付|宝|贷)(?![一-鿿])"
)
# Words of a sentence, or of every bank's and messenger's pages.
NOT_A_BRAND = re.compile(
    r"[的我你他她们是在了把被给让和与请]|^(?:微信|支付宝|余额|互联网|网络|网上|移动|手机|快捷|立即|确认|扫码|个人|第三方|零钱|"
    r"我要|马上|线上|在线|什么|怎么|银行|银联|农业|工商|建设|中国|转账|收款|付款)"
)
SITE = re.compile(
    r"https?://[\w.\-]+(?::\d+)?(?:/[\w.\-/?=&%#~+]*)?|"
    r"(?<![\w@.\-])(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62})\.)+"
    r"(?:com|cn|net|org|vip|top|cc|xyz|app|io|info|biz|shop|site|online|club|pro|live|tv|co|hk|tw|me|us|mobi|wang|ltd|"
    r"fun|icu|win|bid|loan|money|finance|fund|link|work|store|tech|cloud|example)"
    r"(?![A-Za-z0-9\-])(?::\d+)?(?:/[\w.\-/?=&%#~+]*)?",
    re.ASCII,
)
MAIL = re.compile(r"[A-Za-z0-9._%+\-]{2,40}@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+", re.ASCII)
DIGITS = re.compile(r"(?<![\d.,*])\d(?:[ \-]?\d){11,29}(?![\d.,*])")
ACCOUNT_LABEL = re.compile(r"(?:卡号|账号|帐号|账户|帐户|银行卡|对公)\D{0,6}$")
SERIAL_LABEL = re.compile(r"(?:单号|流水|编号|凭证|订单|序号|代码|证号|身份证|证件|参考号)\D{0,6}$")
SOCIAL = re.compile(
    r"(?:微信号?|QQ群?|支付宝(?:账号)?|Telegram|飞机|蝙蝠)\s*(?:号|账号|群)?\s*[::]?\s*([A-Za-z][\w\-]{4,19}|\d{5,12})",
    re.ASCII | re.I,
)
SUM = re.compile(
    r"[¥￥]\s?(\d[\d,]*(?:\.\d+)?)\s*(万|亿)?|(?<![\d.,])(\d[\d,]*(?:\.\d+)?)\s*(万|亿)?(?:元|块钱|美元|港元|USDT)",
    re.IGNORECASE,
)
LEAST_SUM = 10


def read_findings(content: bytes, kind: str) -> list[Finding]:
    """What a file names; reads its words, so it runs in a process of its own."""
    return findings_in(words_of(content, kind))


def findings_in(text: str) -> list[Finding]:
    """What a text names, each once, the likeliest first; at most MOST_EACH of a kind."""
    plain = "\n".join(half_width(line) for line in text.splitlines())
    accounts, rest = _accounts(plain)
    found = {
        "name": _names(plain),
        "site": (match[0].rstrip(".,/") for match in SITE.finditer(MAIL.sub(" ", plain))),
        "account": iter(accounts),
        "phone": _phones(rest),
        "sum": _sums(plain),
    }
    return [Finding(kind, each) for kind, texts in found.items() for each in list(dict.fromkeys(texts))[:MOST_EACH]]


def _names(text: str) -> Iterator[str]:
    kept: list[str] = []
    for line in text.splitlines():
        given = [match[1] for match in LABELLED.finditer(line)]
        given += [match[0] for match in FIRM.finditer(line)]
        given += [match[0] for match in BRAND.finditer(line) if not NOT_A_BRAND.search(match[0])]
        for name in given:
            short = re.sub(r"^(?:户名|收款人|收款方|公司名称|公司|平台|名称|甲方|乙方|出借人)", "", name).strip(
                "()（） "
            )
            known = any(short in other or other in short for other in kept)
            if len(short) > 1 and not known and not short.isdigit() and "*" not in short:
                kept.append(short)
    yield from kept


def _accounts(text: str) -> tuple[list[str], str]:
    """Numbers of cards and accounts, payment addresses, social accounts; and the text without them."""
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        digits, before = (
            re.sub(r"\D", "", match[0]),
            text[max(match.start() - 20, 0) : match.start()].rpartition("\n")[2],
        )
        if SERIAL_LABEL.search(before):
            return " "
        card = 16 <= len(digits) <= 19 and luhn(digits)
        if card or (ACCOUNT_LABEL.search(before) and len(digits) >= 12):
            found.append(digits)
            return " "
        return match[0]

    rest = DIGITS.sub(take, text)
    found += [match[0] for match in MAIL.finditer(rest)]
    rest = MAIL.sub(" ", rest)
    found += [match[0].strip() for match in SOCIAL.finditer(rest)]
    return found, rest


def luhn(digits: str) -> bool:
    """Whether the last digit of a card's number checks the others (ISO/IEC 7812)."""
    doubled = [int(d) * 2 if at % 2 else int(d) for at, d in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _phones(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for match in phonenumbers.PhoneNumberMatcher(line, "CN"):
            if not SERIAL_LABEL.search(line[: match.start]):
                yield re.sub(r"[^\d+]", "", match.raw_string)


def _sums(text: str) -> Iterator[str]:
    """The largest first: that is what matters to whoever acts."""
    sums: dict[str, float] = {}
    for match in SUM.finditer(text):
        value = float((match[1] or match[3]).replace(",", "")) * {"万": 1e4, "亿": 1e8}.get(
            match[2] or match[4] or "", 1
        )
        if value >= LEAST_SUM:
            sums.setdefault(match[0].strip(), value)
    yield from sorted(sums, key=lambda shown: -sums[shown])


# Asking the reporter ---------------------------------------------------------------------------------------

AGREED, DENIED = "材料认得对", "材料认得不对"
AGREE_BUTTON, DENY_BUTTON = "认得对", "都不对"
ONE = r"第?\s*(?:\d{1,2}|[一二三四五六七八九十])(?:条|项|个)?"
NUMBERS = rf"(?P<numbers>{ONE}(?:\s*[、,，和\s]\s*{ONE})*)"
RIGHT = r"(?:是)?(?:对|没错|正确|没问题)的?"
REST = r"(?:其他|其它|其余|别的|剩下)的?(?:几[条项个])?"
ONLY = re.compile(rf"(?:只有|只要|就)?\s*{NUMBERS}\s*{RIGHT}")
# 第2条不对，其他都对; 除了2都对
ALL_BUT = re.compile(
    rf"{NUMBERS}\s*(?:都)?(?:不对|不是|错了?|有误|认错了?)(?:的)?(?:[,，。 ]*{REST}都?{RIGHT})?|"
    rf"除了?\s*{NUMBERS.replace('numbers', 'others')}\s*(?:以?外)?[,，]?(?:{REST})?都?{RIGHT}"
)
ALL, SEEN = r"(?:都|全|全部|全都)", r"(?:认得|识别得?)"
FALSE = r"(?:不对|不是|错了?|认错了?)的?"
ALL_RIGHT = re.compile(rf"(?:这些|上面的?)?{ALL}{SEEN}?{RIGHT}|(?:这些)?{SEEN}(?:都|全)?{RIGHT}")
ALL_WRONG = re.compile(rf"(?:这些|上面的?)?{ALL}{SEEN}?{FALSE}|没有?一[条个项](?:是)?对的?|{SEEN}(?:都|全)?不对")
# A yes that names nothing is one where nothing else that was asked takes a yes.
PLAIN_YES = re.compile(rf"(?:嗯+|是|好)?[,， ]*{RIGHT}(?:吧|啊|呀)?|是的?|嗯+")
ORDINALS = "一二三四五六七八九十"
OFFER = (
    "从您发来的材料里认出下面这些，请核对：\n{lines}\n"
    "对的请回复“认得对”；只有几条对，回复如“1、3对”，有错的回复如“2不对”；全错请回复“都不对”。"
)
CONFIRMED, REFUSED = "好的，已记下 {count} 条，会一并转给办理单位。", "好的，认错的都去掉了；材料本身仍保留。"


def offered(files: Iterable[Evidence], states: Sequence[str] = ("new",)) -> list[tuple[Evidence, Finding]]:
    """What is to be asked about, each text once, in the order in which it is numbered."""
    seen: set[tuple[str, str]] = set()
    chosen: list[tuple[Evidence, Finding]] = []
    for file in files:
        for finding in file.found or ():
            if finding.state in states and (finding.kind, finding.text) not in seen:
                seen.add((finding.kind, finding.text))
                chosen.append((file, finding))
    return chosen[:MOST_OFFERED]


def offer(findings: Sequence[Finding]) -> str:
    lines = [f"{n}. {LABELS[finding.kind]}：{finding.text}" for n, finding in enumerate(findings, start=1)]
    return OFFER.format(lines="\n".join(lines))


def answer_to_offer(text: str, count: int, plain: bool = False) -> list[bool] | None:
    """Which of so many offered findings a message confirms; None when it is about something else.

    Args:
        plain: whether 对 alone is an answer to the offer, since nothing else that was asked takes it.
    """
    message = half_width(text).strip(" 。.!！")
    if message == AGREED or ALL_RIGHT.fullmatch(message) or (plain and PLAIN_YES.fullmatch(message)):
        return [True] * count
    if message == DENIED or ALL_WRONG.fullmatch(message):
        return [False] * count
    for pattern, named_are in ((ONLY, True), (ALL_BUT, False)):
        if match := pattern.fullmatch(message):
            numbers = _numbers(match["numbers"] or match.groupdict().get("others") or "")
            if numbers and max(numbers) <= count and min(numbers) >= 1:
                return [(n in numbers) is named_are for n in range(1, count + 1)]
    return None


def _numbers(words: str) -> set[int]:
    """1、3 and 第一条 as numbers."""
    found = re.findall(rf"\d+|[{ORDINALS}]", words)
    return {ORDINALS.index(one) + 1 if one in ORDINALS else int(one) for one in found}


def with_states(file: Evidence, states: dict[tuple[str, str], str]) -> list[Finding]:
    """A file's findings with what was answered about some of them."""
    return [replace(f, state=states.get((f.kind, f.text), f.state)) for f in file.found or ()]


# Finding cases ---------------------------------------------------------------------------------------------


def terms_of_findings(findings: Iterable[Finding]) -> list[str]:
    """What a case can be found by for these; what the reporter denied is left out."""
    terms: list[str] = []
    for finding in findings:
        if finding.state != "no":
            terms += _terms(finding)
    return list(dict.fromkeys(terms))


def _terms(finding: Finding) -> list[str]:
    if finding.kind == "name":
        name = plain_name(finding.text)
        return name_tokens(name) if len(name) > 1 else []
    if finding.kind == "site":
        return [f"host:{host}"] if (host := host_of(finding.text)) else []
    if finding.kind == "account":
        return [account_term(finding.text)]
    if finding.kind == "phone":
        return [f"phone:{finding.text.removeprefix('+86').removeprefix('86')}"]
    return []


def account_term(text: str) -> str:
    """An account as it is searched for: its digits, or its letters in lower case."""
    digits = re.sub(r"\D", "", text)
    return f"account:{digits if len(digits) >= 12 else text.lower()}"


def account_typed(text: str) -> str:
    """The term of an account that an official types; empty when it is none."""
    plain = half_width(text).strip()
    if re.fullmatch(r"\d(?:[ \-]?\d){13,29}", plain) or MAIL.fullmatch(plain):
        return account_term(plain)
    return ""


def host_of(address: str) -> str:
    full = address if "://" in address else f"http://{address}"
    try:
        return (urlsplit(full).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
