"""Somebody talks at random to a report, and every word that was acknowledged is in the case."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.cases.contact import apart
from casework.cases.evidence import Finding
from casework.cases.store import CaseStore
from casework.tip_off.story import with_files, with_findings, with_story
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.conftest import DATA, Server
from tests.interviews import Draft
from tests.lengths import length, long
from tests.officials import opened
from tests.talk import Person
from tests.test_evidence import WAV
from tests.test_tip_off import SUBMIT

# What people say at any question; {n} makes each saying one of its kind, so that it can be found again.
SAYINGS = (
    "叫第{n}财富",
    "网站是www.p{n}.example",
    "公众号叫好理财{n}",
    "门店在南昌路{n}号",
    "他们老板叫王大发，电话136379{n:05d}",
    "一共{n}万",
    "我投了{n}万，我弟投了5万",
    "大概{n}个人被骗",
    "去年十月开始投，说第{n}期翻倍",
    "我妈气得住院{n}天了",
    "合同编号{n}，还有转账截图",
    "收款账号62220212345678{n:05d}",
    "业务员说{n}天返利，现在提不出来",
    "不对，平台叫第{n}金服",
    "在涧西区，{n}号院门口",
    "有人说{n}号楼也有人被骗",
    "1、3，还卖第{n}种保健品",
    "我住{n}楼，不方便留电话",
    "😭他们把第{n}个群解散了",
)
STEERING = ("跳过", "上一题", "看看填了什么", "不清楚", "是", "否", "继续", "帮助", "其余跳过")
talk = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(SAYINGS), st.integers(11, 97)).map(lambda saying: saying[0].format(n=saying[1])),
        st.sampled_from(STEERING),
    ),
    min_size=3,
    max_size=14,
)
# Nothing of these is left out; what is no word (，) or only courtesy may be.
TELLING = re.compile(r"www\.\S+|\d{2,}|[一-鿿]{2,}")
COURTESY = re.compile(
    r"不对|叫|网站是|公众号|门店在|电话|一共|大概|被骗|开始投|还有|平台|我投了|个人|收款账号|在|个|，|是|号|了"
)
ACKNOWLEDGED = ("已记录", "已记入", "从您说的记下")


def facts_of(saying: str) -> list[str]:
    """The numbers, addresses and names of a saying: what a reader of the case would miss."""
    return re.findall(
        r"www\.p\d+\.example|第\d+(?:财富|金服|期|种|个群)|好理财\d+|\d{5,}|\d+(?=[万天楼号])|王大发|保健品|解散",
        saying,
    )


@long
@settings(max_examples=length(40, 150), deadline=None, derandomize=True)
@given(talk)
def test_every_acknowledged_word_is_in_the_case(messages: list[str]) -> None:
    draft = Draft("tip_off", "有人在小区里拉老人投资，说保本保息")
    replaced: list[str] = []
    told: list[tuple[str, str]] = []
    for message in messages:
        held = draft.all_words()
        reply = draft.say(message)
        said = reply.split("\n第 ")[0]
        replaced += re.findall(r"（原来是 (.+?)）", said)
        if message not in STEERING and any(word in said for word in ACKNOWLEDGED):
            told += [(message, fact) for fact in facts_of(message)]
        assert message in STEERING or reply, held
    case = re.sub(r"[ ,]", "", draft.all_words()) + re.sub(r"[ ,]", "", " ".join(replaced))
    lost = [(message, fact) for message, fact in told if fact not in case]
    assert lost == []


@long
@settings(max_examples=length(30, 100), deadline=None, derandomize=True)
@given(talk)
def test_nothing_that_is_said_to_a_report_is_refused(messages: list[str]) -> None:
    """Each saying that tells something is acknowledged, wherever it is said."""
    draft = Draft("tip_off", "有人在小区里拉老人投资，说保本保息")
    for message in messages:
        reply = draft.say(message)
        if message not in STEERING:
            assert any(word in reply for word in (*ACKNOWLEDGED, "是哪一项", "是洛阳的吗")), (draft.at, message, reply)


# The page's forms, 改 in a row of the review, files with their captions, and what was read in them; {n} as above.
ROWS = (
    ("平台或公司名称", "第{n}财富"),
    ("怎么找到它", "www.p{n}.example"),
    ("涉及金额", "{n}万"),
    ("涉及人数", "{n}人"),
    ("什么时候", "第{n}期开始以后"),
    ("手头的证据", "第{n}期的合同一份"),
    ("发生了什么", "业务员上门说{n}天翻倍"),
)
FIELDS = {
    "target": "第{n}财富",
    "reach": "公众号叫好理财{n}",
    "amount": "{n}万元",
    "people": "好多好多，1{n}号楼都投了",
    "since": "",
    "place": "涧西区{n}号院",
    "evidence": "转账给2{n}号账户的截图",
}
files = st.sampled_from(("合同{n}.pdf", "截图{n}.png"))
number = st.integers(11, 97)
deeds = st.one_of(
    st.tuples(st.just("say"), st.sampled_from((*SAYINGS, *STEERING)), number),
    st.tuples(st.just("row"), st.sampled_from(ROWS), number),
    st.tuples(st.just("form"), st.lists(st.sampled_from(list(FIELDS)), min_size=2, max_size=7, unique=True), number),
    st.tuples(st.just("file"), files, number),
    st.tuples(st.just("caption"), st.just("他们在第{n}期的会上说保本，我把录音发来"), number),
    st.tuples(st.just("read"), st.just("第{n}金服"), number),
)
# What is put right of what the case holds at that moment: the field, and how somebody says it.
RIGHTED = (
    ("涉及金额", "哎呀糊涂了，不是{old}，存折上是{n}万"),
    ("涉及金额", "不是{old}是{n}万"),
    ("涉及金额", "你记错了！我说的是{n}万！"),
    ("涉及人数", "金额和人数都错了，人数{n}，金额{n}万"),
    ("涉及人数", "人数不是{old}，是{n}人"),
    ("平台或公司名称", "名字听错了不是{old}是第{n}金服"),
    ("平台或公司名称", "平台不叫{old}了，今年改叫第{n}金服"),
    ("什么时候", "时间那栏请改为第{n}期开始以后"),
)
righting = st.tuples(st.just("right"), st.sampled_from(RIGHTED), number)


class Page:
    """A report on the page, and all that was acknowledged."""

    def __init__(self) -> None:
        self.draft = Draft("tip_off", "有人在小区里拉老人投资，说保本保息")
        self.told: list[tuple[str, str]] = []
        self.replaced: list[str] = []
        self.files: list[str] = []

    def does(self, deed: str, what: Any, n: int) -> None:
        ways: dict[str, Callable[[Any, int], None]] = {
            "say": self._say,
            "row": self._row,
            "form": self._form,
            "file": self._file,
            "right": self._right,
        }
        ways.get(deed, self._beside)(what, n)

    def _noted(self, words: str, reply: str) -> None:
        said = reply.split("\n第 ", maxsplit=1)[0]
        self.replaced += re.findall(r"（原来是 ((?:.|\n)+?)）[，。]", said)
        if any(word in said for word in (*ACKNOWLEDGED, "您的原话已记在", "从您说的")):
            self.told += [(words, fact) for fact in facts_of(words)]

    def _say(self, saying: str, n: int) -> None:
        words = saying.format(n=n)
        reply = self.draft.say(words)
        self._noted("" if saying in STEERING else words, reply)

    def _row(self, row: tuple[str, str], n: int) -> None:
        self.replaced.append(self.draft.held().get(row[0], ""))  # they see it, and write something else
        self.draft.say(f"修改{row[0]}")
        words = row[1].format(n=n)
        self._noted(words, self.draft.say(words))

    def _form(self, ids: list[str], n: int) -> None:
        given = {id_: FIELDS[id_].format(n=n) for id_ in ids}
        self._noted("\n".join(given.values()), self.draft.fill(given))

    def _right(self, how: tuple[str, str], n: int) -> None:
        label, words = how
        old = re.sub(r"人民币$|（.*）$|^约", "", self.draft.held().get(label, ""))
        if not old or "未填" in old or "、" in old:
            return
        self.replaced.append(self.draft.held()[label])
        said = words.format(old=old, n=n)
        self._noted(said, self.draft.say(said))

    def _file(self, name: str, n: int) -> None:
        self.files = list(dict.fromkeys([*self.files, name.format(n=n)]))
        self.draft.beside(lambda state: (with_files(state, self.files), ()))

    def _beside(self, words: str, n: int) -> None:
        """A caption, or a name that was read in a picture and confirmed."""
        said, services = words.format(n=n), self.draft.services
        if "金服" in said:
            found = [Finding("name", said)]
            self.draft.beside(lambda state: with_findings(state, found))
            return
        directory, today = services.knowledge.directory, services.today()
        self.draft.beside(lambda state: with_story(directory, today, state, said))
        self.told += [(said, fact) for fact in facts_of(said)]


@long
@settings(max_examples=length(40, 150), deadline=None, derandomize=True)
@given(st.lists(deeds, min_size=3, max_size=12))
def test_forms_rows_and_files_lose_no_acknowledged_word(done: list[tuple[str, Any, int]]) -> None:
    """In any order: all that was acknowledged is in the case, and every file is named."""
    page = Page()
    for deed, what, n in done:
        page.does(deed, what, n)
    case = re.sub(r"[ ,]", "", page.draft.all_words() + " ".join(page.replaced))
    assert [(said, fact) for said, fact in page.told if fact not in case] == []
    assert [name for name in page.files if name not in page.draft.held().get("手头的证据", "")] == []


@long
@settings(max_examples=length(40, 150), deadline=None, derandomize=True)
@given(st.lists(st.one_of(deeds, righting), min_size=4, max_size=12))
def test_corrections_among_files_and_stories_lose_no_acknowledged_word(done: list[tuple[str, Any, int]]) -> None:
    """Whatever is put right in whichever words: it stands in the case, and what it replaced was said back."""
    page = Page()
    for deed, what, n in done:
        page.does(deed, what, n)
    case = re.sub(r"[ ,]", "", page.draft.all_words() + " ".join(page.replaced))
    assert [(said, fact) for said, fact in page.told if fact not in case] == []
    assert [name for name in page.files if name not in page.draft.held().get("手头的证据", "")] == []


# What reporters tell of themselves, and what they tell of those who did it; {n} can be found again.
OF_ONESELF = (
    ("加我微信 lianxi_{n}x 就行", "lianxi_{n}x"),
    ("我电话137003790{n}，微信wode_{n}x", "wode_{n}x"),
    ("可以发我邮箱 wode{n}@mail.example", "wode{n}@mail.example"),
    ("有事打我电话137003790{n}", "137003790{n}"),
)
OF_THEM = (
    ("他加我微信 pian_{n}x 催我充钱", "pian_{n}x"),
    ("业务员给我打电话的号是136379123{n}", "136379123{n}"),
    ("客服邮箱是 kefu{n}@pt.example", "kefu{n}@pt.example"),
)
told_of = st.lists(st.tuples(st.sampled_from((*OF_ONESELF, *OF_THEM)), number), min_size=1, max_size=5)


@long
@settings(max_examples=length(40, 150), deadline=None, derandomize=True)
@given(told_of, st.booleans())
def test_what_reporters_tell_of_themselves_is_sealed_and_what_they_tell_of_others_is_not(
    told: list[tuple[tuple[str, str], int]], at_once: bool
) -> None:
    """In any order, in one message or in several, the case that handlers read holds theirs and not the reporter's."""
    draft = Draft("tip_off", "聚鼎易贷骗了我妈3万，业务员上门拉人")
    messages = [words.format(n=n) for (words, _), n in told]
    draft.say(*(["，".join(messages)] if at_once else messages))
    case, details = apart(draft.state.as_json())
    shown = re.sub(r"\s", "", str(case["answers"]))
    sealed = re.sub(r"\s", "", str(details))
    for (words, fact), n in told:
        own = (words, fact) in OF_ONESELF
        assert (fact.format(n=n) in shown) is not own, (words.format(n=n), shown)
        assert not own or fact.format(n=n) in sealed


# Corrections, what is said with a file, and what follows a receipt; {n} can be found again.
CORRECTIONS = ("不对，平台叫第{n}金服", "金额写错了，是{n}万", "刚才地点填错了，是洛龙区{n}号院")
CAPTIONS = ("这是第{n}期的合同，业务员当面盖的章", "转给他们{n}万的截图", "群里{n}楼住户的聊天记录")
SUPPLEMENTS = (
    "他们的门店换到{n}号院了",
    "补充：老板说只要我撤了就退我{n}万，这能答应吗",
    "我把经过再写一遍。" + "他们天天在群里喊人充值，说保本保息。" * 40 + "最后又叫我转{n}万",
    "又有一家投了{n}万",
    "收款账号换成62220212345678{n:05d}了",
)
messages_of = st.tuples(
    st.lists(st.sampled_from((*SAYINGS, *CORRECTIONS)), min_size=2, max_size=5),
    st.lists(st.sampled_from(CAPTIONS), min_size=1, max_size=2),
    st.lists(st.sampled_from(SUPPLEMENTS), min_size=1, max_size=3, unique=True),
    st.integers(11, 97),
)
CODE = re.compile(r"[34679CDFGHJKMNPQRTWXY]{4}(?:-[34679CDFGHJKMNPQRTWXY]{4}){2}")


@settings(max_examples=8, deadline=None, derandomize=True)
@given(messages_of)
def test_what_two_conversations_say_to_one_report_is_all_in_its_case(
    server: Server, talked: tuple[list[str], list[str], list[str], int]
) -> None:
    """A report begun in one conversation, gone on with in another, with files, corrections and supplements."""
    sayings, captions, supplements, n = talked
    here, there = Person(server), Person(server)
    opening = here.say("有人在小区里拉老人投资，说保本保息，我妈也投了")
    code = CODE.search(opening)
    assert code
    told: list[str] = []
    replaced: list[str] = []

    def say(person: Person, message: str) -> None:
        reply = person.say(message).split("\n第 ")[0]
        replaced.extend(re.findall(r"（原来是 (.+?)）", reply))
        if any(word in reply for word in ACKNOWLEDGED):
            told.extend(facts_of(message))

    for number, saying in enumerate(sayings[: len(sayings) // 2]):
        say(here, saying.format(n=n + number))
    there.say(code[0])
    for number, saying in enumerate(sayings[len(sayings) // 2 :]):
        say(there, saying.format(n=n + 20 + number))
    for number, caption in enumerate(captions):
        said = caption.format(n=n + 40 + number)
        headers = {"x-sender": there.sender, "x-filename": "a.wav", "x-caption": quote(said)}
        address, content = f"{server.url}/webhooks/rest/evidence", WAV * (5 + number)
        sent = httpx.post(address, content=content, headers=headers, timeout=60)
        assert "已收到" in sent.json()["text"]
        told.extend(facts_of(said))
    if "请至少写一样" in there.say("继续", "其余跳过"):  # nothing of what was said names it
        there.say("门店在涧西区南昌路")
    there.say(SUBMIT)
    receipt = str(there.custom["receipt"])
    here.say(receipt)
    for number, supplement in enumerate(supplements):
        said = supplement.format(n=n + 60 + number)
        assert "已补充到" in here.say(said)
        told.extend(facts_of(said))
    store = CaseStore(DATA / "cases.db", load_encryptor(ActionSettings(data_dir=DATA)))
    found = store.by_receipt(receipt)
    assert found
    case = opened(server, store, found)
    kept = [answer["shown"] for answer in case.content["answers"].values()]
    kept += [note.text for note in store.notes(case, internal=False)]
    kept += [file.caption for file in store.evidence(case)]
    words = re.sub(r"[ ,]", "", "\n".join([*kept, *replaced]))
    assert [fact for fact in told if fact not in words] == []
