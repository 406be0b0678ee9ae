"""Several answers in one message (法人张三，电话138…), and answers that point at others (跟注册地一样)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from casework.interview.answers import MARKUP, Answer, read
from casework.interview.errors import AnswerError
from casework.interview.numbers import DIGITS, find_phone
from casework.interview.questions import Question

PHONE = "phone?"
GENERIC_PHONE = ("联系电话", "联系方式", "手机号码", "手机号", "手机", "电话号码", "电话")
OPENING = r"(?:^|(?<=[,，;；。、\n\s]))(?:我们|我司|本公司|公司|企业|另外|还有|其中|然后|嗯)?(?:的)?"
VERB = r"(?:就是|是|叫做|叫|为|:|：)"
IS = r"\s*(?:就是|是|为|叫做|叫|:|：|=|在|有)?\s*"
SAME_NUMBER = (
    r"(?:还是|就是|也是|用|打)?(?:刚才|上面|前面|同)?(?:的|那|这)?(?:同一?个?|一个|个)?"
    r"(?:号码?|电话|手机)(?:号|号码)?(?:吧|一样|相同)?"
)
SAME = r"(?:一样|相同|一致|同一?个?人|一个人|同一?个?地方|一个地方)"
POINTS = re.compile(r"同|刚才|上面|前面|那|这|一个|还是|也是|就是|一样|相同")
SAME_ALONE = re.compile(
    rf"(跟|和|与)?(同上|{SAME}|上面|前面|前一个|(?:上面|前面|刚才|刚说)(?:的)?(?:那|这)?(?:个|位)?(?:人)?|也是他|也是她|就是他|就是她|也是|不变)(一样|相同)?的?"
)


# 就是注册的那个地方
THAT_PLACE = re.compile(r"(?<=注册|登记|经营|办公)的?(?:那|这)?个?地[方儿]")
# 法人就是我，王建军
MYSELF = re.compile(r"^(?:就?是)?(?:我(?:本人|自己)?|本人)[,，、 ]+(?=[㐀-鿿·]{2,})")


@dataclass(frozen=True)
class Piece:
    """A part of a message and the question it is for."""

    question: str
    text: str


def labelled(text: str, questions: Sequence[Question], current: Question | None) -> list[Piece]:
    """Parts of a message that begin with a question's name; what stands before them goes to the current question."""
    names = {name: q.id for q in questions for name in (q.label, *q.names)}
    names |= dict.fromkeys(GENERIC_PHONE, PHONE)
    longest = sorted(names, key=len, reverse=True)
    any_name = "|".join(map(re.escape, longest))
    if both := re.fullmatch(
        rf"(?:我们?|公司)?的?({any_name})(?:和|跟|与|及|、)({any_name})(?:都|均|全)(?:是|为|叫)?(.+)", text
    ):
        return [Piece(target, both[3].strip()) for name in (both[1], both[2]) if (target := names[name])]
    # 同注册地址 points at another answer and begins none.
    pattern = re.compile(rf"(?<![同跟和与即]){OPENING}({any_name}){IS}")
    found = list(pattern.finditer(text))
    if not re.search(r"[,，;；。、\n]", text):  # said in one breath: the name of a question and a verb begin a part
        run_on = list(
            re.finditer(
                rf"(?<![同跟和与即的])(?:然后|还有|另外|我们|公司的)*({any_name})\s*(?:{VERB}|(?<=[叫在]))\s*", text
            )
        )
        found = run_on if len(run_on) > max(1, len(found)) else found
    pieces: list[Piece] = []
    if not found:
        return pieces
    if current and (before := text[: found[0].start()].strip(" ,，;；。、\n")):
        pieces.append(Piece(current.id, before))
    person = current.id if current and current.phone else None
    by_id = {question.id: question for question in questions}
    for match, end in zip(found, [*(m.start() for m in found[1:]), len(text)], strict=True):
        value = MYSELF.sub("", text[match.end() : end].strip(" ,，;；。、\n"))
        target = names[match[1]]
        if target == PHONE:
            target = _phone_meant(by_id, person, current)
        elif by_id[target].phone:
            person = target
        if value and target:
            pieces.append(Piece(target, value))
    return pieces


def _phone_meant(by_id: dict[str, Question], person: str | None, current: Question | None) -> str:
    if person and person in by_id:
        return by_id[person].phone or ""
    if current and current.type == "phone":
        return current.id
    return next((question.id for question in by_id.values() if question.type == "phone"), "")


def with_phone(question: Question, text: str) -> list[Piece]:
    """A person's name with a phone number behind it: two answers."""
    found = find_phone(text) if question.phone else None
    if not found or not question.phone:
        return [Piece(question.id, text)]
    _, start, end = found
    rest = re.sub(r"(联系)?(电话|手机号?|号码)(是|为|:)?\s*$", "", text[:start].strip(" ,，;；。、\n"))
    name = (rest or text[end:]).strip(" ,，;；。、(（)）\n")
    return [Piece(question.id, name), Piece(question.phone, text[start:end])] if name else [Piece(question.id, text)]


# What stands behind an answer and is none of it: 1000万，实缴300万; 洛阳某某公司，简称某某.
BESIDES = {
    "money": re.compile(
        r"[,，;；、(（ ]\s*(?:其中)?(?:实缴|实收|实际(?:缴纳|到位|出资)|已?到位|已缴|还?(?:没|未)实?缴).*$", re.DOTALL
    ),
    "name": re.compile(r"[,，;；(（]\s*(?:以下)?(?:简称|又称|原名|原来叫|曾用名|英文名).*$", re.DOTALL),
}


# 实缴是200万，注册的时候写的1000万
BESIDES_BEFORE = {
    "money": re.compile(
        r"^[^,，;；]*(?:实缴|实收|实际(?:缴纳|到位|出资)|到位)[^,，;；]*[,，;；]\s*(?=.*[\d一二三四五六七八九十百千万亿])"
    )
}


def parted_from(question: Question, piece: Piece) -> tuple[Piece, str]:
    """A piece without what it says besides, and that."""
    if question.type in BESIDES_BEFORE and (first := BESIDES_BEFORE[question.type].search(piece.text)):
        return Piece(piece.question, piece.text[first.end() :].strip()), first[0].strip(" ,，;；、")
    match = BESIDES[question.type].search(piece.text) if question.type in BESIDES else None
    if match is None or not piece.text[: match.start()].strip():
        return piece, ""
    return Piece(piece.question, piece.text[: match.start()].strip()), match[0].strip(" ,，;；、")


def pointed_at(text: str, question: Question, questions: Sequence[Question]) -> str | None:
    """The question whose answer this one shall have too: 跟注册地一样, 就是法人, 同上."""
    if not question.same_as:
        return None
    source = next(q for q in questions if q.id == question.same_as)
    names = _any_name(source)
    message = THAT_PLACE.sub("地", text.strip(" ,，。！!"))
    if question.type == "phone" and POINTS.search(message) and re.fullmatch(SAME_NUMBER, message):
        return source.id
    by_name = rf"(?:等?同于?)?(就是|也是|还是|同|跟|和|与|即)?({names})(的|地址)?({SAME}|本人)?(的|啊|呀|吧|，)*"
    return source.id if SAME_ALONE.fullmatch(message) or re.fullmatch(by_name, message) else None


def _any_name(question: Question) -> str:
    """A pattern for all that a question is called, the longest first."""
    return "|".join(map(re.escape, sorted((question.label, *question.names), key=len, reverse=True)))


def equation(text: str, questions: Sequence[Question]) -> tuple[str, str] | None:
    """法人就是实控人, 经营地和注册地一样: (question to copy to, question to copy from)."""
    for question in questions:
        source = next((q for q in questions if q.id == question.same_as), None)
        if source is None:
            continue
        mine, theirs = _any_name(question), _any_name(source)
        message = text.strip(" ,，。！!")
        for one, other in ((mine, theirs), (theirs, mine)):
            link = "(?:跟|和|与|同|就是|也是|也就是|即是?|=)"
            equal = rf"(?:我们|公司)?(?:的)?({one}){link}({other})(?:都)?(?:是)?{SAME}?(?:的|啊|，)?"
            if re.fullmatch(equal, message):
                return question.id, source.id
    return None


def tabled(text: str, question: Question, questions: Sequence[Question], this_year: int) -> list[Piece]:
    """Parts of an answer to a table by years: 去年三百来笔，两千万；今年五百笔."""
    cells: dict[tuple[str | None, str], str] = {(q.year, q.measure): q.id for q in questions if q.year and q.measure}
    years = sorted({q.year for q in questions if q.year})
    year, told, counts = question.year, dict[str, list[str]](), set[str]()
    parts = [part for part in re.split(r"[,，;；。、\n]|(?<=[笔单件人名家户元万亿])和", text) if part.strip()]
    for part in parts:
        said, named = _year(part, years, this_year)
        year = named or year
        measure = _measure(said) or (question.measure if len(parts) == 1 or not told else None)
        cell = cells.get((year, measure)) if measure else None
        if cell and said.strip():
            told[cell] = [*told.get(cell, []), said.strip()]
            counts |= {cell} if measure in ("count", "people") else set()
    # What several parts say of one cell (出借人1500人，借款人300人) is read together: not the last of them alone.
    pieces = [
        Piece(cell, _counted(parts[0]) if cell in counts and len(parts) == 1 else "，".join(parts))
        for cell, parts in told.items()
    ]
    return pieces or [Piece(question.id, text)]


# 一共撮合了1280笔: the 一 of 一共 counts nothing.
IN_ALL = re.compile(r"一共|一起|一总|统一|一直|一般")
FIGURE = re.compile(
    rf"(?:大概|大约|约|差不多|将近|不到|超过|近)*[{DIGITS}几][{DIGITS}几,.]*(?:多|来|余)?(?:\s*[-~至到]\s*[{DIGITS}几]+(?:多|来|余)?)?"
    r"(?:个|笔|单|件|家|人|名|户|位)+(?:多|左右|上下)?(?:人|企业|客户)?"
)


def _counted(part: str) -> str:
    """The figure in a part, where it has one: 借款人900多个 is 900多个, whoever they are."""
    figures = FIGURE.findall(IN_ALL.sub("", part))
    return figures[0].strip() if len(figures) == 1 else part.strip()


def _year(text: str, years: list[str], this_year: int) -> tuple[str, str | None]:
    """A part without its year, and the column that the year means."""
    match = re.match(
        r"\s*(20\d\d(?![\d.,]*[万亿笔元块人户家单件])|\d\d(?=年)|去年|前年|今年|本年)年?度?(以来|全年|至今)?(的)?", text
    )
    if not match:
        return text, None
    word = match[1]
    number = {"去年": this_year - 1, "前年": this_year - 2, "今年": this_year, "本年": this_year}.get(word)
    if number is None:
        number = int(word) if len(word) == 4 else 2000 + int(word)
    column = next((year for year in years if year == str(number)), None)
    return text[match.end() :], column


def _measure(text: str) -> str | None:
    if re.search(r"[万亿元块]|人民币|规模", text) and not re.search(r"[人名家户笔单件]", text.replace("人民币", "")):
        return "scale"
    if re.search(r"[笔单件]|数量", text):
        return "count"
    return "people" if re.search(r"[人名家户]", text) else None


def read_leading(question: Question, text: str) -> tuple[Answer, str]:
    """Read an answer; of a name with more said behind it (融信贷，主要撮合个人借款) the name, and the rest.

    Raises:
        AnswerError: neither the whole nor what stands before the first comma answers the question.
    """
    try:
        return read(question, text), ""
    except AnswerError as error:
        parts = BEHIND_COMMA.fullmatch(text.strip()) if question.type in ("name", "person") else None
        if MARKUP.search(text):
            raise
        if parts is None:
            raise
        try:
            return read(question, parts["head"]), parts["rest"].strip()
        except AnswerError:
            raise error from None


BEHIND_COMMA = re.compile(r"(?P<head>[^,，;；。\n]{2,60})[,，;；。\n]+\s*(?P<rest>.+)", re.DOTALL)
