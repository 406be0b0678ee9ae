"""The same conversations in every channel: what people there do, what they see, and how that differs from the page.

Each channel is spoken to by its real client library or its documented wire; what is seen is brought into one form, and
everything that a channel shows otherwise than the page has a letter in ``REASONS`` that says why.
"""

from __future__ import annotations

import io
import itertools
import re
import time
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email.message import Message
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import yaml
from pydantic import BaseModel, ConfigDict

from bot.channels.outbox import Outbox
from bot.channels.relay import in_group
from bot.channels.rendering import PATH
from bot.channels.tencent.arranging import BUNDLE, CHOOSE, CHOOSE_TOO, FILES
from bot.intake import GO_ON
from casework.desk.account import Account, Role
from casework.interview.commands import TICK
from storage.encryption import load_encryptor
from storage.settings import ActionSettings
from tests.bot_api import BOT, TOKEN, BotApi
from tests.conftest import QuickServer, Server, server_of_its_own
from tests.messengers import Behind, photo
from tests.tencent import (
    APP_ID,
    CORP_ID,
    KF,
    Caller,
    Citizen,
    Follower,
    Member,
    Oracle,
    Tencent,
    of_service_account,
    of_wecom,
)
from tests.wechat_gateway import TOKEN as WECHAT_TOKEN
from tests.wechat_gateway import Gateway, WeChatter

SCRIPTS = Path(__file__).parent / "data" / "conversations.yml"
PUBLIC = "https://zhengzhi.example"
# Papers are made one after the other, for all channels at once.
WITHIN = 300.0
# Each channel talks from a county of its own, so that no official sees what was reported in another channel.
COUNTIES = ("新安县", "宜阳县", "伊川县", "汝阳县", "栾川县", "洛宁县")
REASONS = {
    "数": "没有按钮：选项是编号，回复数字或原话",
    "链": "公众号不能发文件：给一小时内有效的链接",
    "包": "一次最多五条：放不下的文件装在一个压缩包里",
    "存": "先提醒这个平台自己也会保存所发的内容",
    "继": "收到文件后说怎样继续；网页接口只说收到了什么",
    "推": "提醒自己会到；网页上随下一句话到",
    "码": "回执码另有一个复制按钮",
    "群": "群里只答政策，个人的事请对方私聊",
    "点": "群里由点名来说，回答也点提问人的名",
}
NO_GROUPS = "—"


# The conversations -------------------------------------------------------------------------------------------------


class Turn(BaseModel):
    """What somebody does, and what the page's reply must contain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: str = ""
    presses: str = ""
    sends: str = ""
    place: dict[str, Any] | None = None
    reminded: str = ""
    holds: str = ""
    in_private: bool = False

    @property
    def shown(self) -> str:
        """As it stands in the table."""
        if self.presses or self.sends:
            return f"［{self.presses}］" if self.presses else f"（{self.sends}）"
        return self.says or ("（位置）" if self.place else f"（到期提醒）{self.reminded}")


class Script(BaseModel):
    """One conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    turns: tuple[Turn, ...]
    official: bool = False
    group: bool = False


@lru_cache(maxsize=1)
def scripts() -> tuple[Script, ...]:
    return tuple(Script.model_validate(each) for each in yaml.safe_load(SCRIPTS.read_text(encoding="utf-8")))


# What is seen ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """One message on somebody's screen.

    Attributes:
        files: names of documents.
        copies: whether a button copies something.
        why: letters of ``REASONS`` that the channel itself can tell.
    """

    text: str = ""
    choices: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    picture: bool = False
    copies: bool = False
    why: str = ""


@dataclass(frozen=True)
class Reply:
    """All that answers a turn, in the form in which channels are compared.

    Attributes:
        text: without white space, addresses of ours as their paths, and what is different each time as its kind.
        files: names of documents, and 图片 for each picture.
        citations: the clauses given as sources.
        raw: the words as they were shown.
        shown: the messages as they were shown.
    """

    text: str
    choices: frozenset[str]
    files: tuple[str, ...]
    citations: tuple[str, ...]
    reasons: frozenset[str] = field(default=frozenset(), compare=False)
    raw: str = field(default="", compare=False)
    shown: tuple[Shown, ...] = field(default=(), compare=False)


SOURCE = re.compile(rf"^依据 (.+?)：{re.escape(PUBLIC)}/\S+$", re.MULTILINE)
IN_THE_CONSOLE = re.compile(rf"^(.+?)：{re.escape(PUBLIC)}/console\S+$", re.MULTILINE)
AS_LINK = re.compile(rf"^(.+?)：{re.escape(PUBLIC)}(/full/\S+)$", re.MULTILINE)
NUMBERED = re.compile(r"回复数字即可：((?:\n\d+\. .+)+)")
ONE = re.compile(r"^\d+\. (.+)$", re.MULTILINE)
NAMED = re.compile(r"^也可以回复：(.+)$", re.MULTILINE)
KEEPS = re.compile(r"^提示：您在\S+上发的内容，.*自己也会保存.*$", re.MULTILINE)
MENTION = re.compile(r"^@\S+?\u2005", re.MULTILINE)
RECEIPT, CODE = re.compile(r"\d{4} \d{4} \d{4} \d{4}"), re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
DIFFERENT = (
    (RECEIPT, "（回执码）"),
    (CODE, "（续填码）"),
    (re.compile(r"(?:ZC|JB)-[0-9A-Z]{4}-[0-9A-Z]{4}"), "（编号）"),
    (re.compile(r"任务 ?\d+"), "任务（编号）"),
    (re.compile(r"\d{1,2}:\d{2}"), "（时刻）"),
    (re.compile(r"/calendar/[\w\-./]+"), "/calendar"),
)


def reply_of(shown: Sequence[Shown], own: Mapping[str, str], reasons: Iterable[str] = ()) -> Reply:
    """Bring a channel's messages into one form.

    Args:
        own: what is only this person's, by what is put in its place.
    """
    why = {*reasons, *(letter for message in shown for letter in message.why)}
    texts, choices, files, cited = [], set[str](), list[str](), list[str]()
    for message in shown:
        text = message.text
        named = {each for found in NUMBERED.findall(text) for each in ONE.findall(found)}
        named |= {each for found in NAMED.findall(text) for each in found.split("、")}
        told = {"数": named, "存": KEEPS.search(text), "点": MENTION.search(text), "码": message.copies}
        why |= {letter for letter, there in told.items() if there}
        choices |= {*message.choices, *named}
        cited += SOURCE.findall(text)
        files += [*message.files, *IN_THE_CONSOLE.findall(text), *(["图片"] if message.picture else [])]
        for found in (SOURCE, NUMBERED, NAMED, KEEPS, MENTION, IN_THE_CONSOLE):
            text = found.sub("", text)
        texts.append(text.replace(CHOOSE, "").replace(CHOOSE_TOO, ""))
    return Reply(
        plain("\n".join(texts), own),
        frozenset(plain(each, own) for each in choices),
        tuple(sorted(plain(name, own) for name in files)),
        tuple(dict.fromkeys(cited)),
        frozenset(why),
        "\n".join(message.text for message in shown),
        tuple(shown),
    )


def plain(text: str, own: Mapping[str, str]) -> str:
    text = PATH.sub(lambda found: found["path"], text.replace(PUBLIC, ""))
    for pattern, kind in DIFFERENT:
        text = pattern.sub(kind, text)
    for name, value in own.items():
        text = text.replace(value, f"（{name}）")
    return re.sub(r"\s", "", text)


# The channels ------------------------------------------------------------------------------------------------------


class Talker(Protocol):
    """Somebody in one channel."""

    def says(self, text: str) -> list[Shown]: ...
    def presses(self, title: str) -> list[Shown]: ...
    def sends(self, name: str, content: bytes) -> list[Shown]: ...
    def place(self, place: dict[str, Any]) -> list[Shown]: ...
    def hears(self, tell: Callable[[], None]) -> list[Shown]:
        """What comes when the desk tells something."""
        ...

    @property
    def at(self) -> str:
        """channel:sender, where an official is reminded."""
        ...


class OnThePage:
    """Through the REST contract, as the page speaks to it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=WITHIN)
        self.sender = uuid.uuid4().hex
        self._said: dict[str, str] = {}

    @property
    def at(self) -> str:
        return f"rest:{self.sender}"

    def says(self, text: str, **metadata: Any) -> list[Shown]:
        return self._shown(self._replies(text, **metadata))

    def _replies(self, text: str, **metadata: Any) -> list[dict[str, Any]]:
        body = {"sender": self.sender, "message": text, **({"metadata": metadata} if metadata else {})}
        answer = self.http.post("/webhooks/rest/webhook", json=body)
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def presses(self, title: str) -> list[Shown]:
        return self.says(self._said[title])

    def sends(self, name: str, content: bytes) -> list[Shown]:
        headers = {"x-sender": self.sender, "x-filename": quote(name)}
        answer = self.http.post("/webhooks/rest/evidence", content=content, headers=headers)
        assert answer.status_code == 200, answer.text
        return self._shown([answer.json(), *answer.json().get("replies", [])])

    def place(self, place: dict[str, Any]) -> list[Shown]:
        return self.says("", evidence=[{"type": "location", **place}])

    def hears(self, tell: Callable[[], None]) -> list[Shown]:
        tell()
        return self._shown(each for each in self._replies("谢谢") if each.get("custom", {}).get("notice"))

    def _shown(self, replies: Iterable[dict[str, Any]]) -> list[Shown]:
        shown = []
        for reply in replies:
            custom = reply.get("custom") or {}
            buttons = reply.get("buttons") or []
            self._said.update({button["title"]: button["payload"] for button in buttons})
            sources = {each["url"]: each["clause"] for each in custom.get("citations") or []}
            lines = [reply.get("text") or "", *(f"依据 {each}：{PUBLIC}/plan" for each in list(sources.values())[:5])]
            shown.append(Shown("\n".join(lines), tuple(button["title"] for button in buttons)))
            shown += [Shown(picture=True)] if reply.get("image") else []
            shown += [Shown(files=(self._name_of(file),)) for file in custom.get("files") or []]
        return shown

    def _name_of(self, file: dict[str, str]) -> str:
        if file["url"].startswith("/console"):  # opens only there: named by its title everywhere
            return file["title"]
        return name_of(self.http.get(file["url"]))

    @property
    def ticks(self) -> frozenset[str]:
        """Choices that stand in the question itself."""
        return frozenset(plain(title, {}) for title, says in self._said.items() if TICK.fullmatch(says))


def name_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.url
    given = Message()
    given["content-disposition"] = answer.headers.get("content-disposition", "attachment")
    return given.get_filename() or ""


class OnAMessenger:
    """Somebody whose messages come by themselves: a turn is over when nothing more waits for them.

    Attributes:
        at: channel:sender, under which the outbox keeps what waits.
    """

    at = ""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox

    def messages(self) -> list[Any]:
        """Everything on the screen, as the far end has it."""
        raise NotImplementedError

    def one(self, message: Any) -> Shown:
        raise NotImplementedError

    def state_of(self, message: Any) -> Any:
        """What changes when a message changes in its place."""
        return None

    def complete(self, message: Any) -> bool:
        return True

    def hears(self, act: Callable[[], object]) -> list[Shown]:
        """What is new on the screen, or has changed there, after doing something."""
        before, until = [self.state_of(message) for message in self.messages()], time.monotonic() + WITHIN
        act()
        while not (new := self._new(before)) or self.outbox.waiting(self.at) or not all(map(self.complete, new)):
            assert time.monotonic() < until, f"{self.at.partition(':')[0]}: no answer"
            time.sleep(0.01)
        return [self.one(message) for message in self._new(before)]

    def _new(self, before: list[Any]) -> list[Any]:
        now = self.messages()
        changed = [m for m, old in zip(now, before, strict=False) if self.state_of(m) != old]
        return [*changed, *now[len(before) :]]


class OnTelegram(OnAMessenger):
    """python-telegram-bot against a Bot API of the tests' own."""

    users = itertools.count(700_000)

    def __init__(self, outbox: Outbox, api: BotApi, group: bool) -> None:
        super().__init__(outbox)
        self.api, self.user = api, next(self.users)
        self.chat = -self.user if group else self.user
        self.at = f"telegram:{in_group(self.chat, str(self.user)) if group else self.user}"

    def messages(self) -> list[Any]:
        return list(self.api.sent[self.chat])

    def state_of(self, message: Any) -> Any:
        return message.get("edits")

    def one(self, message: Any) -> Shown:
        rows = (message.get("reply_markup") or {}).get("inline_keyboard") or []
        titles = [button["text"] for row in rows for button in row if "callback_data" in button]
        copies = any("copy_text" in button for row in rows for button in row)
        files = (message["document"]["file_name"],) if "document" in message else ()
        return Shown(message.get("text", ""), tuple(titles), files, "photo" in message, copies)

    def says(self, text: str) -> list[Shown]:
        if self.chat == self.user:
            return self.hears(lambda: self.api.says(self.user, text))
        group = {"id": self.chat, "type": "group", "title": "群"}
        return self.hears(lambda: self.api.says(self.user, f"@{BOT['username']} {text}", group))

    def presses(self, title: str) -> list[Shown]:
        return self.hears(lambda: self.api.presses(self.user, title, self.chat))

    def sends(self, name: str, content: bytes) -> list[Shown]:
        return self.hears(lambda: self.api.sends(self.user, name, content, photo=True))

    def place(self, place: dict[str, Any]) -> list[Shown]:
        where = {"latitude": place["latitude"], "longitude": place["longitude"]}
        venue = {"location": where, "title": place["title"], "address": place["address"]}
        return self.hears(lambda: self.api._arrives(self.user, {"venue": venue, "location": where}))


class ByNumber(OnAMessenger):
    """Where choices are answered by their number, or by their words where a number would be an answer."""

    def says(self, text: str) -> list[Shown]:
        raise NotImplementedError

    def presses(self, title: str) -> list[Shown]:
        for message in reversed(self.messages()):
            if NUMBERED.search(text := self.one(message).text):
                number = re.search(rf"^(\d+)\. {re.escape(title)}$", text, re.MULTILINE)
                return self.says(number[1] if number else title)
        return self.says(title)


class OnWechaty(ByNumber):
    """wechaty against the real gateway with nobody's account behind it."""

    def __init__(self, outbox: Outbox, gateway: Gateway, group: bool) -> None:
        super().__init__(outbox)
        self.person = WeChatter(gateway)
        self.room = f"群{self.person.wxid}" if group else ""
        wxid = self.person.wxid
        self.at = f"wechat:{in_group(f'{self.room}@chatroom', wxid) if group else wxid}"

    def messages(self) -> list[Any]:
        replies = self.person.gateway.collect()
        if self.room:
            return [reply for reply in replies if reply["room"] == f"{self.room}@chatroom"]
        return [reply for reply in replies if reply["to"] == self.person.wxid]

    def complete(self, message: Any) -> bool:
        return bool(message["text"] or message.get("file"))

    def one(self, message: Any) -> Shown:
        file = str(message.get("file") or "")
        picture = file.startswith("图片")
        return Shown(message["text"], files=(file,) if file and not picture else (), picture=picture)

    def says(self, text: str) -> list[Shown]:
        if not self.room:
            return self.hears(lambda: self.person.says(text))
        return self.hears(lambda: self.person.says(f"@政务助手\u2005{text}", room=self.room, mention=True))

    def sends(self, name: str, content: bytes) -> list[Shown]:
        return self.hears(lambda: self.person.sends(name, content))

    def place(self, place: dict[str, Any]) -> list[Shown]:
        about = {"name": place["title"], **{key: place[key] for key in ("address", "latitude", "longitude")}}
        return self.hears(lambda: self.person.hands("location", **about, accuracy=15))


class OnTencent(OnAMessenger):
    """公众号, 企业微信, 微信客服: callbacks sealed by Tencent's own package, and an interface with its limits."""

    channel = ""

    def __init__(self, outbox: Outbox, person: Any) -> None:
        super().__init__(outbox)
        self.person = person
        self.at = f"{self.channel}:{person.id}"

    def messages(self) -> list[Any]:
        return list(self.person.shown)

    def one(self, message: Any) -> Shown:
        titles = tuple(item["content"] for item in message.get("items", []))
        files = (message["file"],) if "file" in message else ()
        return Shown(message.get("text", ""), titles, files, "image" in message)

    def _media(self, content: bytes) -> str:
        return str(self.person.tencent.add_media("x", content))


class OnServiceAccount(OnTencent, ByNumber):
    """公众号: the first message of an answer in the callback, files as links."""

    channel = "service_account"

    def one(self, message: Any) -> Shown:
        """A file comes as a link: its name is what a browser would save it as."""
        shown = super().one(message)
        links, http = AS_LINK.findall(shown.text), self.person.caller.http
        if not links:
            return shown
        names = tuple(name_of(http.get(path, follow_redirects=True, timeout=WITHIN)) for _, path in links)
        return replace(shown, text=AS_LINK.sub("", shown.text).replace(FILES, ""), files=names, why="链")

    def says(self, text: str) -> list[Shown]:
        return self.hears(lambda: self.person.brings(self.person.message("text", Content=text)))

    def sends(self, name: str, content: bytes) -> list[Shown]:
        message = self.person.message("image", MediaId=self._media(content), PicUrl="http://mmbiz.qpic.cn/x")
        return self.hears(lambda: self.person.brings(message))

    def place(self, place: dict[str, Any]) -> list[Shown]:
        where = {"Location_X": str(place["latitude"]), "Location_Y": str(place["longitude"]), "Scale": "16"}
        return self.hears(lambda: self.person.brings(self.person.message("location", **where, Label=place["address"])))


class OnWeCom(OnTencent, ByNumber):
    """企业微信: messages of the office's application."""

    channel = "wecom"

    def _brings(self, kind: str, **about: str) -> list[Shown]:
        return self.hears(lambda: self.person.caller.brings(self.person.message(kind, **about)))

    def says(self, text: str) -> list[Shown]:
        return self._brings("text", Content=text)

    def sends(self, name: str, content: bytes) -> list[Shown]:
        return self._brings("image", MediaId=self._media(content), PicUrl="http://p")

    def place(self, place: dict[str, Any]) -> list[Shown]:
        where = {"Location_X": str(place["latitude"]), "Location_Y": str(place["longitude"]), "Scale": "16"}
        return self._brings("location", **where, Label=place["address"])


class OnCustomerService(OnTencent):
    """微信客服: read from a cursor, buttons in menu messages, five messages at most."""

    channel = "kf"

    def __init__(self, outbox: Outbox, person: Citizen) -> None:
        super().__init__(outbox, person)
        self.at = f"kf:{KF}/{person.id}"

    def one(self, message: Any) -> Shown:
        shown = super().one(message)
        if shown.files != (BUNDLE,):
            return shown
        with zipfile.ZipFile(io.BytesIO(message["content"])) as bundle:
            return replace(shown, files=tuple(bundle.namelist()), why="包")

    def says(self, text: str) -> list[Shown]:
        return self.hears(lambda: self.person.sends("text", content=text))

    def presses(self, title: str) -> list[Shown]:
        if not any(title in self.one(message).choices for message in self.messages()):
            raise LookupError(title)
        return self.hears(lambda: self.person.presses(title))

    def sends(self, name: str, content: bytes) -> list[Shown]:
        return self.hears(lambda: self.person.sends("image", media_id=self._media(content)))

    def place(self, place: dict[str, Any]) -> list[Shown]:
        about = {"name": place["title"], **{key: place[key] for key in ("address", "latitude", "longitude")}}
        return self.hears(lambda: self.person.sends("location", **about))


# All of them at once -----------------------------------------------------------------------------------------------


@dataclass
class FarEnds:
    """What stands on the other side of every channel on this machine, and the settings of a server that uses it."""

    api: BotApi
    gateway: Gateway
    tencent: Tencent
    oracle: Oracle

    @property
    def settings(self) -> dict[str, str]:
        telegram = {"telegram_token": TOKEN, "telegram_url": self.api.url, "telegram_per_second": "1000"}
        wechaty = {"wechat_endpoint": self.gateway.endpoint, "wechat_token": WECHAT_TOKEN, "wechat_per_second": "1000"}
        unlimited = {"messages_per_minute": "100000", "address_messages_per_minute": "1000000"}
        unlimited |= {"reports_per_hour": "100000"}
        return {**telegram, **wechaty, **of_service_account(self.tencent), **of_wecom(self.tencent), **unlimited}

    def follower(self, url: str) -> Follower:
        return Follower(self.tencent, Caller(self.oracle, url, "/service-account", APP_ID))

    def member(self, url: str) -> Member:
        return Member(self.tencent, Caller(self.oracle, url, "/wecom", CORP_ID))

    def citizen(self, url: str) -> Citizen:
        return Citizen(self.tencent, Caller(self.oracle, url, "/wecom", CORP_ID))


@contextmanager
def far_ends(folder: Path) -> Iterator[FarEnds]:
    with ExitStack() as opened:
        api, gateway, tencent, oracle = BotApi(), Gateway(folder / "gateway.log"), Tencent(), Oracle()
        opened.callback(oracle.stop)
        for each in (api, gateway, tencent):
            each.start()
            opened.callback(each.stop)
        yield FarEnds(api, gateway, tencent, oracle)


PAGE = "网页"
CHANNELS = (PAGE, "Telegram", "wechaty", "公众号", "企业微信", "微信客服")
# Where several people talk in one place.
WITH_GROUPS = ("Telegram", "wechaty")


def somebody_in(channel: str, ends: FarEnds, server: Server, outbox: Outbox, group: bool = False) -> Talker:
    """A new person in a channel."""
    match channel:
        case "Telegram":
            return OnTelegram(outbox, ends.api, group)
        case "wechaty":
            return OnWechaty(outbox, ends.gateway, group)
        case "公众号":
            return OnServiceAccount(outbox, ends.follower(server.url))
        case "企业微信":
            return OnWeCom(outbox, ends.member(server.url))
        case "微信客服":
            return OnCustomerService(outbox, ends.citizen(server.url))
        case _:
            return OnThePage(server.url)


# Holding a conversation --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """A conversation as it went in one channel.

    Attributes:
        ticks: choices that stand in a question itself, as the page knows them.
        case: what the desk has of the report at its end, in one form as well; empty when there is none.
    """

    replies: tuple[Reply, ...]
    ticks: frozenset[str]
    case: str


class Conversation:
    """One script, held by somebody in one channel."""

    def __init__(self, script: Script, channel: str, number: int, person: Talker, behind: Behind) -> None:
        self.script, self.channel, self.person, self.behind = script, channel, person, behind
        self.own = {"n": str(number), "county": COUNTIES[CHANNELS.index(channel)]}
        self.known = dict(self.own)
        self.account: Account | None = None

    def hold(self) -> Held:
        if self.script.official:
            unit = f"{self.own['county']}政府"
            self.account = self.behind.accounts.add(uuid.uuid4().hex[:12], "周明", unit, Role.OFFICIAL)
            self.known["invitation"] = self.behind.accounts.invite(self.account)
        replies = []
        for turn in self.script.turns:
            try:
                replies.append(self._taken(turn))
            except (AssertionError, LookupError, httpx.HTTPError) as error:  # shown as a difference; the next go on
                replies.append(Reply(f"没有回答：{error!r}", frozenset(), (), ()))
            for name, pattern in (("receipt", RECEIPT), ("code", CODE)):
                if match := pattern.search(replies[-1].raw):
                    self.known[name] = match[0]
        ticks = self.person.ticks if isinstance(self.person, OnThePage) else frozenset[str]()
        return Held(tuple(replies), ticks, self._case())

    def _taken(self, turn: Turn) -> Reply:
        reasons = ""
        if turn.says:
            shown = self.person.says(turn.says.format(**self.known))
        elif turn.presses:
            shown = self.person.presses(turn.presses)
        elif turn.sends:
            shown = self.person.sends(turn.sends, photo())
        elif turn.place:
            shown = self.person.place(turn.place)
        else:
            assert self.account
            account = self.account
            shown = self.person.hears(lambda: self.behind.tasks.tell(account.id, turn.reminded))
            reasons = "推" if self.channel != PAGE else ""
        return reply_of(shown, self.own, reasons)

    def _case(self) -> str:
        case = self.behind.cases.by_receipt(self.known.get("receipt", ""))
        if case is None:
            return ""
        lines = [f"{name}：{answer['shown']}" for name, answer in sorted(case.content["answers"].items())]
        lines += [evidence.name for evidence in self.behind.cases.evidence(case)]
        lines += [note.text for note in self.behind.cases.notes(case, internal=False)]
        return plain("\n".join([case.status, *lines]), self.own)


def hold_all(folder: Path) -> dict[str, dict[str, Held]]:
    """Every conversation in every channel, by conversation and channel."""
    with far_ends(folder) as ends, server_of_its_own(folder, QuickServer, ocr="false", **ends.settings) as server:
        ends.gateway.wait_until_ready()
        return hold(scripts(), ends, server, folder)


def hold(which: Sequence[Script], ends: FarEnds, server: Server, folder: Path) -> dict[str, dict[str, Held]]:
    """Some conversations, with the channels side by side on one assistant."""
    settings = ActionSettings(data_dir=folder)

    def in_one(channel: str) -> dict[str, Held]:
        outbox, behind = Outbox(folder / "outbox.db", load_encryptor(settings)), Behind(server)
        held = {}
        for number, script in enumerate(which, start=700 + len(which) * CHANNELS.index(channel)):
            if script.group and channel not in (PAGE, *WITH_GROUPS):
                continue
            person = somebody_in(channel, ends, server, outbox, script.group and channel != PAGE)
            held[script.name] = Conversation(script, channel, number, person, behind).hold()
        return held

    with ThreadPoolExecutor(len(CHANNELS)) as threads:
        by_channel = dict(zip(CHANNELS, threads.map(in_one, CHANNELS), strict=True))
    return {
        script.name: {channel: held[script.name] for channel, held in by_channel.items() if script.name in held}
        for script in which
    }


# The table ---------------------------------------------------------------------------------------------------------


def difference(turn: Turn, on_page: Reply, there: Reply, ticks: frozenset[str]) -> str:
    """What is wrong with a reply beside the page's; empty when nothing is, but for what has a reason."""
    if turn.in_private:
        return "" if "个人信息" in there.text else there.text
    here, text = on_page.text, there.text
    if turn.sends:  # the interface answers a file with what was received, and a client knows how to go on
        here, text = here.rstrip("。"), text.replace(plain(GO_ON, {}), "").rstrip("。")
    pairs: dict[str, tuple[Any, Any]] = {
        "text": (here, text),
        "files": (on_page.files, there.files),
        "citations": (on_page.citations, there.citations),
    }
    if not turn.sends:
        in_words = {choice for choice in on_page.choices if f"“{choice}”" in there.text}
        shown = [sorted(reply.choices - ticks - in_words) for reply in (on_page, there)]
        pairs["choices"] = (shown[0], shown[1])
    return "\n".join(f"{name}:\n  {page}\n  {other}" for name, (page, other) in pairs.items() if page != other)


def letters(turn: Turn, there: Reply) -> str:
    """Why a reply is not the page's to the letter."""
    more = "群" if turn.in_private else "继" if turn.sends and plain(GO_ON, {}) in there.text else ""
    return "".join(sorted({*there.reasons, *more}, key=list(REASONS).index)) or "＝"


def table(all_held: Mapping[str, Mapping[str, Held]]) -> Iterator[str]:
    """The table of docs/channels.md: a line a turn, a column a channel."""
    yield f"| | {' | '.join(CHANNELS[1:])} |"
    yield f"|---|{'---|' * (len(CHANNELS) - 1)}"
    for script in scripts():
        held = all_held[script.name]
        yield f"| **{script.name}** |{' |' * (len(CHANNELS) - 1)}"
        for number, turn in enumerate(script.turns):
            cells = []
            for channel in CHANNELS[1:]:
                if channel not in held:
                    cells.append(NO_GROUPS)
                    continue
                there, page = held[channel].replies[number], held[PAGE]
                wrong = difference(turn, page.replies[number], there, page.ticks)
                cells.append("≠" if wrong else letters(turn, there))
            yield f"| {turn.shown.replace('|', '/')} | {' | '.join(cells)} |"
