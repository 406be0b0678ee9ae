"""What people call a document for short: 反诈法, 个保法, 非法集资条例 for 《防范和处置非法集资条例》."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from knowledge.datafile import DATA, Data, load
from knowledge.documents import COUNTRY, Document

HAN = "\u4e00-\u9fff"
KIND = re.compile("条例|办法|细则|规则|准则|法(?![治律院官人庭学定则规])")
# 《…法实施细则》 and the like are documents of their own.
OF_ANOTHER = re.compile(r"(?:的)?(?:实施|施行|修正案|司法解释|解释|补充规定|释义|细则)")
# Words that many titles have: a name of nothing else is short for none of them.
OF_MANY = re.compile("暂行|试行|管理|监督|监管|实施|工作|有关|若干|业务|活动|专项|具体|处理|相关|规定|方式|和|与|的")
# 互联网保险办法 and 互联网保险暂行办法 are two documents, none of them short for the other.
TEMPORARY = re.compile("暂行|试行")
# A name begins with the message or behind one of these: what stands before it otherwise is a part of another name, as
# 洛阳市 before 防范非法集资条例, or 老 before 年人保护法.
BEFORE = re.compile(
    rf"(?:^|[^{HAN}]|问|一?下|按照?|根?据|依照?|在|里|中|的|和|与|及|或|是|看|查|说|这个|那个|国家|有关|相关|关于|现行|请|给|用|从|对|违反|"
    r"了解|知道|想|讲|到|把|由|属于|适用|参照|触犯|学习|执行|您|你|我|们|新)$"
)
FEWEST_OWN, LONGEST = 2, 20


class LawNames(Data):
    """Names of laws, each of that law alone; and short names with the law they are short for."""

    names: frozenset[str]
    short: dict[str, str]


@lru_cache(maxsize=4)
def law_names() -> LawNames:
    """Laws by the names they are spoken of, held or not.

    Raises:
        DataFileError: the file does not fit its schema.
    """
    return load(DATA / "law_names.yml", LawNames)


def meant_by_short_name(documents: Iterable[Document], text: str) -> tuple[tuple[Document, ...], int, str]:
    """The documents that a text names for short, where the name begins, and the name; no documents where it names none.

    Several are meant where the name is short for several. A law that is not held counts too: 环保法 is 环境保护法, also
    where 环境保护税法 alone is held.
    """
    searched = {_bare(document.info.title): document for document in documents if document.is_searched}
    for begin, name in _names(text):
        whole = text[: begin + len(name)]
        meant = [title for title in searched if is_short_for(name, title) and not whole.endswith(_lasting(title))]
        if not meant:
            continue
        others = [len(title) for title in law_names().names if title not in searched and is_short_for(name, title)]
        found = tuple(searched[title] for title in meant if all(len(title) < length for length in others))
        return (found, begin, name) if found else ((), -1, "")
    return (), -1, ""


def _names(text: str) -> Iterator[tuple[int, str]]:
    """What may be a name for short, the longest of each kind word first; nothing in 《》, where titles stand whole."""
    for kind in KIND.finditer(text):
        before = text[: kind.start()]
        if before.count("《") > before.count("》") or OF_ANOTHER.match(text[kind.end() :]):
            continue
        run = re.search(rf"[{HAN}]*$", before)
        longest = min(len(run[0]) if run else 0, LONGEST)
        for length in range(longest, 0, -1):
            begin = kind.start() - length
            if BEFORE.search(text[:begin]):
                yield begin, text[begin : kind.end()]


def is_short_for(name: str, title: str) -> bool:
    """Whether a name has characters of a title in their order and ends in the same kind word, and is no law's own."""
    bare = _bare(title)
    if law_names().short.get(name) == bare:
        return True
    kind = next((match[0] for match in KIND.finditer(name) if match.end() == len(name)), "")
    if not kind or not bare.endswith(kind) or name in law_names().names:
        return False
    own, whole = name.removesuffix(kind), bare.removesuffix(kind)
    if len(OF_MANY.sub("", own)) < FEWEST_OWN or len(TEMPORARY.sub("", own)) >= len(TEMPORARY.sub("", whole)):
        return False
    return _in_order(own, whole)


def _bare(title: str) -> str:
    return re.sub(r"\([^)]*\)$", "", unicodedata.normalize("NFKC", title)).removeprefix(COUNTRY)


def _lasting(title: str) -> tuple[str, ...]:
    """The title of the document that took the place of a 暂行 one; none where a title is of no such."""
    return (lasting,) if (lasting := TEMPORARY.sub("", title)) != title else ()


def _in_order(some: str, whole: str) -> bool:
    rest = iter(whole)
    return all(char in rest for char in some)
