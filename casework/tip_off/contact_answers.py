"""What is answered to 愿意留联系方式吗, 怎么称呼您, 请留一个电话."""

from __future__ import annotations

import re

from casework.interview.answers import Answer, read
from casework.interview.errors import AnswerError
from casework.interview.phones import find_phone, read_phone, spelt_out
from casework.interview.questions import Question
from casework.tip_off.extraction import Extracted
from casework.tip_off.own_contact import HANDLE, own_handle
from knowledge.locality import locality

MY_NAME = re.compile(r"(?:我|本人)?(?:叫|姓名是?|姓)(?P<name>[㐀-鿿]{1,4}(?:·[㐀-鿿]{1,8})?)(?=[,，。;； ]|$)")
# 张师傅 15838880099: how people call themselves to an office.
STYLED = re.compile(
    r"(?<=找)[老小][㐀-鿿](?=[,，。;； ]|$)|"
    r"[㐀-鿿]{1,2}(?:师傅|先生|女士|小姐|大姐|大妈|大爷|大哥|阿姨|叔叔|老师|经理|同志)"
)
# 叫我马大姐就行
WISHED = re.compile(
    r"(?:就|请)?(?:(?:叫|喊|称呼)(?:我|俺))(?:一声)?(?P<name>[㐀-鿿]{1,6}?)"
    r"(?=就行|就好|就可以|就中|即可|吧|[,，。;； ]|$)"
)
SURNAME = re.compile(r"(?:我|免贵|本人)*姓(?P<name>[㐀-鿿]{1,2})")
# To 愿意留联系方式吗.
UNNAMED = re.compile(
    r"匿名|不留|不想留|不愿|不用|不便|不方便|不敢|不必|不需要|算了|保密|别(?:透露|说|联系|打|找)|怕|不要|免了|不了$"
)
WILLING = re.compile(
    r"(?:好的?|可以的?|愿意的?|行的?|能|同意|要|想|当然|没问题|没事|嗯|我|留|给|"
    r"联系方式|电话|座机|个|一个|下|[吧啊呀,， ])+|"
    r"(?:sure|ok|okay|yes|yeah|yep|可)",
    re.IGNORECASE,
)


# A number of this city, without its code.
LOCAL = re.compile(r"(?<![\d-])[2-8]\d{7}(?!\d)")


def contact_answer(current: Question, message: str, extracted: Extracted) -> dict[str, Answer] | None:
    """What is answered to the three questions on the reporter; None: read it as any answer of the question's type."""
    if current.id == "contact_name":
        return _called(current, message)
    if current.id == "contact_phone" and (find_phone(message) or not HANDLE.search(message)):
        return _words(current, message)
    return _reached(current, message, extracted)


def _reached(current: Question, message: str, extracted: Extracted) -> dict[str, Answer] | None:
    """Who gives a number wants to be called."""
    if find_phone(message):
        part = re.split(r"[,，;； ]+", message)
        kept = " ".join(piece for piece in part if find_phone(piece)) or message
        named = _name_with_number(message)
        return {"contact": Answer("yes", "是"), "contact_phone": Answer(*read_phone(kept))} | named
    if handle := HANDLE.search(message):
        words, answer = own_handle(handle)
        extracted.used["contact_phone"] = [words]
        named = _name_with_number(HANDLE.sub(" ", message))
        return {"contact": Answer("yes", "是"), "contact_phone": answer} | named
    if local := LOCAL.search(spelt_out(message)):
        # 六五一二三四五六, of a citizen of this city; how it was read is said back
        number = f"{locality().area_code}-{local[0]}"
        return {"contact": Answer("yes", "是"), "contact_phone": Answer(*read_phone(number))} | _name_with_number(
            message
        )
    plain = message.strip(" ,，。！!~～")
    if UNNAMED.search(plain) and not re.search(r"[?？吗]$", plain):
        return {current.id: Answer("no", "否")}
    return {current.id: Answer("yes", "是")} if WILLING.fullmatch(plain) else None


def _name_with_number(message: str) -> dict[str, Answer]:
    """How somebody wants to be called who gives a number or an account."""
    name = ""
    if called := MY_NAME.search(message) or SURNAME.search(message):
        own = called.re is MY_NAME and not called[0].startswith(("我姓", "姓"))
        name = called["name"] if own else called[0].lstrip("我")
    elif styled := STYLED.search(message):
        name = styled[0]
    if wished := WISHED.search(message):
        name = wished["name"]
    return {"contact_name": Answer(name, name)} if name else {}


def _called(current: Question, message: str) -> dict[str, Answer] | None:
    phone = find_phone(message)
    if phone is None and (wished := WISHED.fullmatch(message.strip(" 。！!,，"))):
        return {current.id: Answer(wished["name"], wished["name"])}
    if phone is None:
        called = SURNAME.fullmatch(message.strip(" 。！!,，"))
        return {current.id: Answer(f"姓{called['name']}", f"姓{called['name']}")} if called else None
    rest = (message[: phone[1]] + " " + message[phone[2] :]).strip()
    rest = re.sub(r"(?:我的?)?(?:联系)?(?:电话|手机号?|号码)(?:是|为|:|：)?\s*$", "", rest).strip(" ,，。;；:")
    answers = {"contact_phone": Answer(*read_phone(message[phone[1] : phone[2]]))}
    return answers | (_words(current, rest) if rest else {})


def _words(current: Question, message: str) -> dict[str, Answer]:
    try:
        return {current.id: read(current, message)}
    except AnswerError as error:
        return {"": Answer("", error.wrong)}
