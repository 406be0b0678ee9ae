"""What 公众号 and 企业微信 share: Tencent's encryption beside ours, tokens of several processes, long turns."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sqlite3
import time
import zipfile
from pathlib import Path
from threading import get_ident
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerHour

from bot.assembly import Assistant
from bot.channels.inbox import FILES_AT_ONCE, Brought, Inbox
from bot.channels.outbox import DAY, Outbox
from bot.channels.relay import Away, File
from bot.channels.rendering import Part
from bot.channels.tencent.api import Account, Api, Refused, TooLarge
from bot.channels.tencent.arranging import MORE, Room, arranged, pieces, size, unbundling
from bot.channels.tencent.crypto import CallbackCrypto, Forged, as_xml, read_xml
from bot.channels.tencent.listening import said_by_scene
from bot.channels.tencent.menus import as_buttons, menus
from bot.channels.tencent.records import Allowance, Records
from bot.channels.tencent.service_account import ServiceAccount, crypto_of
from bot.channels.tencent.wecom import MemberPace
from bot.settings import Settings
from bot.web.callbacks import _answered as answered
from storage.database import now
from storage.encryption import Encryptor
from tests.tencent import AES_KEY, APP_ID, APP_SECRET, TOKEN, Oracle, Standing, Tencent, of_service_account

OURS = CallbackCrypto(TOKEN, AES_KEY, APP_ID)


def records_in(folder: Path) -> Records:
    return Records(folder / "tencent.db", Encryptor([Fernet.generate_key()]))


# What comes ---------------------------------------------------------------------------------------------------------


def outbox_in(folder: Path) -> Outbox:
    return Outbox(folder / "outbox.db", Encryptor([Fernet.generate_key()]))


async def until(happened: list[str], *what: str) -> None:
    async with asyncio.timeout(10):
        while sorted(happened) != sorted(what):
            await asyncio.sleep(0.01)


def test_what_cannot_be_handled_is_said_and_what_the_database_misses_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.inbox.AGAIN_SECONDS", (0.05,))
    kept, happened = outbox_in(tmp_path), list[str]()

    async def handle(brought: Brought) -> None:
        happened.append(brought.id)
        if brought.id == "a database that is away" and happened.count(brought.id) == 1:
            raise sqlite3.OperationalError("locked")
        if brought.id == "a fault of ours":
            raise ZeroDivisionError
        if brought.id == "what it never takes":
            raise sqlite3.IntegrityError

    async def failed(brought: Brought) -> None:
        happened.append(f"told of {brought.id}")

    async def run() -> None:
        inbox = Inbox(kept, "wecom", handle, failed)
        running = asyncio.create_task(inbox.run())
        away, fault, never = "a database that is away", "a fault of ours", "what it never takes"
        for what in (away, fault, never):
            assert inbox.keep(Brought(what, what, {}))
        await until(happened, away, away, fault, f"told of {fault}", never, never, f"told of {never}")
        await asyncio.sleep(0.1)
        running.cancel()
        assert not kept.kept("wecom")

    asyncio.run(run())


def test_words_do_not_wait_for_files(tmp_path: Path) -> None:
    kept, happened = outbox_in(tmp_path), list[str]()

    async def run() -> None:
        fetched = asyncio.Event()

        async def handle(brought: Brought) -> None:
            happened.append(brought.id)
            if brought.is_file:
                await fetched.wait()

        inbox = Inbox(kept, "kf", handle)
        running = asyncio.create_task(inbox.run())
        files = [f"file {number}" for number in range(100)]
        for number, file in enumerate(files):
            inbox.keep(Brought(file, file, {"msgtype": "image"} if number % 2 else {"MsgType": "video"}))
        words = [f"words {number}" for number in range(20)]
        for one in words:
            inbox.keep(Brought(one, one, {"msgtype": "text"}))
        await until(happened, *files[:FILES_AT_ONCE], *words)
        fetched.set()
        await until(happened, *files, *words)
        running.cancel()

    asyncio.run(run())


def test_what_nobody_could_be_sent_for_two_months_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, at = outbox_in(tmp_path), now()
    kept.put("kf:x/who never writes again", [Part("旧的回复")])
    monkeypatch.setattr("bot.channels.outbox.now", lambda: at + 59 * DAY)
    kept.put("kf:x/somebody", [Part("新的回复")])
    assert len(kept.places()) == 2
    monkeypatch.setattr("bot.channels.outbox.now", lambda: at + 61 * DAY)
    kept.put("kf:x/somebody", [Part("更新的回复")])
    assert kept.places() == ["kf:x/somebody"] and len(kept.waiting("kf:x/somebody")) == 2


# A turn that takes longer than WeChat waits ------------------------------------------------------------------------


class SlowAssistant:
    """Answers when it is let."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.may_answer, self.asked = settings, asyncio.Event(), list[str]()

    async def turn(self, channel: str, sender: str, text: str) -> list[dict[str, Any]]:
        self.asked.append(text)
        await self.may_answer.wait()
        return [{"text": f"关于{text}的回答"}]


class AtTheCallback:
    """A running 公众号 of ours, and what WeChat does with it."""

    def __init__(self, folder: Path, tencent: Tencent, oracle: Oracle, **more: str) -> None:
        given = {**of_service_account(tencent), **more, "data_dir": str(folder)}
        self.assistant = SlowAssistant(Settings.model_validate(given))
        self.crypto, self.oracle, self.person = crypto_of(self.assistant.settings), oracle, f"oSlow{folder.name}"
        keeps = outbox_in(folder), records_in(folder), cast(Any, None), lambda said: None
        self.account = ServiceAccount(cast(Assistant, self.assistant), *keeps)
        tencent.people[self.person].standing = Standing(5, time.time() + 1000)

    async def brings(self, message_id: str, text: str) -> str | None:
        """What WeChat is answered within the callback: a message, "" for none, None for silence (it asks again)."""
        about = {"FromUserName": self.person, "ToUserName": "gh", "MsgType": "text", "MsgId": message_id}
        assert self.crypto
        answer = await answered(self.account, self.crypto, Brought(message_id, self.person, about | {"Content": text}))
        if answer.status_code != 200:
            return None
        if answer.background:
            await answer.background()
            told = read_xml(bytes(answer.body))
            inner = self.oracle.ask("open", key=AES_KEY, sealed=told["Encrypt"])["message"]
            return read_xml(inner)["Content"]
        return ""


def test_an_answer_that_takes_longer_than_wechat_waits_comes_by_itself_and_once(
    oracle: Oracle, tencent: Tencent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def wechat_waits(seconds: float) -> None:
        monkeypatch.setattr("bot.web.callbacks.PASSIVE_SECONDS", seconds)

    async def scene() -> list[str]:
        wechat = AtTheCallback(tmp_path, tencent, oracle)
        running, shown = asyncio.create_task(wechat.account.inbox.run()), tencent.people[wechat.person].shown
        wechat_waits(0.05)
        assert await wechat.brings("1", "慢") == ""  # taken: WeChat shows no fault and does not ask again
        assert await wechat.brings("1", "慢") == ""  # asked again all the same, and still at it
        wechat_waits(30)
        third = asyncio.create_task(wechat.brings("1", "慢"))
        async with asyncio.timeout(10):
            while wechat.account._slots["1"].filled.done():
                await asyncio.sleep(0.01)
        wechat.assistant.may_answer.set()  # done while WeChat waits once more: it gets it in that answer
        assert await third == "关于慢的回答" and not shown
        wechat.assistant.may_answer.clear()
        wechat_waits(0.05)
        assert await wechat.brings("2", "更慢") == ""
        wechat_waits(30)
        wechat.assistant.may_answer.set()
        async with asyncio.timeout(10):
            while not shown:
                await asyncio.sleep(0.01)
        assert await wechat.brings("2", "更慢") == ""  # shown by then, and not again
        running.cancel()
        await wechat.account.stop()
        assert wechat.assistant.asked == ["慢", "更慢"]
        return [each["text"] for each in shown]

    assert asyncio.run(scene()) == ["关于更慢的回答"]


def test_an_account_that_may_only_reply_is_asked_again_until_the_answer_is_there(
    oracle: Oracle, tencent: Tencent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.callbacks.SILENT_SECONDS", 0.01)

    async def scene() -> None:
        wechat = AtTheCallback(tmp_path, tencent, oracle, service_account_customer_messages="false")
        running = asyncio.create_task(wechat.account.inbox.run())
        monkeypatch.setattr("bot.web.callbacks.PASSIVE_SECONDS", 0.05)
        assert await wechat.brings("1", "慢") is None
        monkeypatch.setattr("bot.web.callbacks.PASSIVE_SECONDS", 30)
        wechat.assistant.may_answer.set()
        async with asyncio.timeout(10):
            while not wechat.account._outbox.waiting(f"service_account:{wechat.person}"):
                await asyncio.sleep(0.01)
        assert await wechat.brings("1", "慢") == "关于慢的回答"
        assert await wechat.brings("2", "快") == "关于快的回答"
        running.cancel()
        await wechat.account.stop()
        assert wechat.assistant.asked == ["慢", "快"]

    asyncio.run(scene())


# Encryption ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 33, 700, 2048])
def test_tencents_package_opens_ours_and_we_open_theirs(oracle: Oracle, length: int) -> None:
    text = ("洛阳 A😀" * length)[:length]
    told = oracle.ask("open", key=AES_KEY, sealed=OURS.seal(text))
    assert told == {"message": text, "id": APP_ID}
    assert OURS.open(oracle.ask("seal", key=AES_KEY, text=text, id=APP_ID)) == text
    signed = oracle.ask("sign", token=TOKEN, timestamp="1409659813", nonce="1372623149", sealed="x")
    assert OURS.signature("1409659813", "1372623149", "x") == signed


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_whatever_is_not_sealed_for_us_is_refused_and_nothing_else_happens(content: bytes) -> None:
    with pytest.raises(Forged):
        OURS.open(content.decode(errors="replace"))
    with pytest.raises(Forged):
        read_xml(content)


def test_a_changed_letter_another_time_or_another_receiver_is_refused() -> None:
    sealed, now = OURS.seal("<xml/>"), str(int(time.time()))
    signed = OURS.signature(now, "n", sealed)
    OURS.check(signed, now, "n", sealed)
    changed = sealed[:30] + ("A" if sealed[30] != "A" else "B") + sealed[31:]
    for timestamp, nonce, content in ((now, "n", changed), (now, "m", sealed), (str(int(now) + 1), "n", sealed)):
        with pytest.raises(Forged):
            OURS.check(signed, timestamp, nonce, content)
    long_ago = str(int(now) - 3 * 86_400)
    with pytest.raises(Forged):
        OURS.check(OURS.signature(long_ago, "n", sealed), long_ago, "n", sealed)
    with pytest.raises(Forged):
        CallbackCrypto(TOKEN, AES_KEY, "wx-another").open(sealed)
    with pytest.raises(ValueError, match="43"):
        CallbackCrypto(TOKEN, "short", APP_ID)


@pytest.mark.parametrize("text", ["]]></Content><MsgType>event</MsgType>", "<a>&amp;", "\x00\x08\ufffe洛阳", "a\nb"])
def test_no_text_ends_its_field(text: str) -> None:
    fields = read_xml(as_xml({"Content": text, "MsgType": "text"}))
    assert fields["MsgType"] == "text"
    assert fields["Content"] == re.sub("[\x00\x08\ufffe]", "", text)


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><xml/>',
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Content>&b;</Content></xml>',
    ],
)
def test_xml_with_a_document_type_is_refused(content: str) -> None:
    with pytest.raises(Forged):
        read_xml(content)


# The interface ------------------------------------------------------------------------------------------------------


def api_of(tencent: Tencent, records: Records, secret: str = APP_SECRET) -> Api:
    return Api(Account(tencent.url, APP_ID, secret, stable=True), records)


def test_many_callers_of_several_processes_get_one_token(tencent: Tencent, tmp_path: Path) -> None:
    records = records_in(tmp_path)
    before = tencent.asked["/cgi-bin/stable_token"]

    async def all_at_once() -> None:
        apis = [api_of(tencent, records) for _ in range(4)]
        await asyncio.gather(*[api.post("/cgi-bin/menu/create", {"button": []}) for api in apis for _ in range(5)])
        assert tencent.asked["/cgi-bin/stable_token"] == before + 1
        tencent.end_tokens()
        await asyncio.gather(*[api.post("/cgi-bin/menu/create", {"button": []}) for api in apis for _ in range(5)])
        assert tencent.asked["/cgi-bin/stable_token"] == before + 2

    asyncio.run(all_at_once())
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(token.encode() in content for token in tencent.good_tokens)


def test_a_wrong_secret_is_known_and_does_not_lock_others_out(tencent: Tencent, tmp_path: Path) -> None:
    records = records_in(tmp_path)

    async def twice() -> None:
        for _ in range(2):
            wrong = api_of(tencent, records, "wrong")
            with pytest.raises(Away):
                await wrong.reachable()
            assert wrong.wrong_secret
        await api_of(tencent, records).reachable()

    asyncio.run(twice())


def test_who_is_asked_too_often_is_left_alone_by_everybody(
    tencent: Tencent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.tencent.api.REST_SECONDS", 0.4)
    path, other = "/cgi-bin/menu/create", "/cgi-bin/qrcode/create"

    async def many(api: Api) -> list[object]:
        return await asyncio.gather(*[api.post(path, {"button": []}) for _ in range(5)], return_exceptions=True)

    async def all_at_once() -> None:
        api = api_of(tencent, records_in(tmp_path))
        await api.reachable()
        tencent.faults[path], before = [45009, 45009], tencent.asked[path]
        for rest in (0.4, 0.8):  # twice as long as before
            with pytest.raises(Away):
                await api.post(path, {"button": []})
            asked = tencent.asked[path]
            assert {type(told) for told in await many(api)} == {Away}
            await asyncio.sleep(rest - 0.2)
            assert {type(told) for told in await many(api)} == {Away}
            assert tencent.asked[path] == asked
            await api.post(other, {"action_info": {"scene": {"scene_str": "report"}}})
            await asyncio.sleep(0.3)
        assert tencent.asked[path] == before + 2
        assert {type(told) for told in await many(api)} == {dict}

    asyncio.run(all_at_once())


@pytest.mark.parametrize("code", [40164, 48002, 60020])
def test_what_is_not_set_up_at_the_platform_loses_no_message(tencent: Tencent, tmp_path: Path, code: int) -> None:
    async def ask() -> None:
        tencent.faults["/cgi-bin/menu/create"] = [code]
        with pytest.raises(Away):
            await api_of(tencent, records_in(tmp_path)).post("/cgi-bin/menu/create", {"button": []})

    asyncio.run(ask())


def test_what_is_downloaded_has_its_name_and_its_limit(tencent: Tencent, tmp_path: Path) -> None:
    media = tencent.add_media("借款合同.pdf", b"%PDF" * 100)

    async def fetch() -> None:
        api = api_of(tencent, records_in(tmp_path))
        assert await api.download(media, 1000) == File("借款合同.pdf", b"%PDF" * 100)
        with pytest.raises(TooLarge):
            await api.download(media, 399)
        with pytest.raises(Refused):
            await api.download("ended", 1000)
        uploaded = await api.upload("image", File("图.png", b"png"))
        assert tencent.media[uploaded][:2] == ("图.png", b"png")

    asyncio.run(fetch())


def test_who_may_be_written_to(tmp_path: Path) -> None:
    records = records_in(tmp_path)
    assert not records.may_write_to("kf:a")
    records.heard_from("kf:a", Allowance(2, 1000))
    records.heard_from("kf:a", Allowance(1, 10))  # allows less than is left already
    for _ in range(2):
        assert records.may_write_to("kf:a")
        records.wrote_to("kf:a")
    assert not records.may_write_to("kf:a")
    records.heard_from("kf:a", Allowance(2, 1000))
    records.spent("kf:a")
    assert not records.may_write_to("kf:a")
    records.heard_from("kf:a", Allowance(2, 0))
    assert not records.may_write_to("kf:a")
    assert b"kf:a" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


# Long turns ---------------------------------------------------------------------------------------------------------

SENTENCES = "第一条规定如下。平台不得设立资金池，不得发放贷款😀。\n\n第二条规定如下；各单位照办。" * 60


@pytest.mark.parametrize("most_bytes", [100, 1024, 2048])
def test_pieces_fit_in_bytes_and_end_with_sentences(most_bytes: int) -> None:
    found = list(pieces(SENTENCES, most_bytes))
    assert all(size(piece) <= most_bytes for piece in found)
    assert "".join("".join(found).split()) == "".join(SENTENCES.split())
    assert all(piece[-1] in "。；" for piece in found)


class Kept:
    """Keeps what does not fit."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def put_text(self, text: str) -> str:
        self.kept.append(text)
        return "/full/key"

    put_file = put_text


def test_short_texts_become_one_message_and_nothing_is_left_out() -> None:
    parts = [Part("一"), Part("二", file=""), Part(SENTENCES[:600]), Part(file="/a.docx", name="自查表.docx")]
    room = Room(2048, 4, files=False, pictures=False, public_url="https://z.example/")
    pages = Kept()
    (only,) = arranged(parts, room, pages)
    assert only.text.startswith("一\n\n二\n\n第一条")
    assert only.text.endswith("自查表.docx：https://z.example/full/key")
    assert pages.kept == ["/a.docx"]


def test_a_turn_with_too_many_messages_ends_with_a_link_to_all_of_it() -> None:
    pages = Kept()
    (only,) = arranged([Part(SENTENCES)], Room(2048, 1, public_url="https://z.example"), pages)
    assert size(only.text) <= 2048
    assert only.text.endswith(f"。……\n\n{MORE}https://z.example/full/key")
    assert "".join(pages.kept[0].split()) == "".join(SENTENCES.split())


def test_buttons_stand_under_a_short_head() -> None:
    buttons = (("继续", "继续"),)
    room = Room(2048, 5, head_bytes=1024)
    (both,) = arranged([Part("短"), Part("问", buttons)], room, Kept())
    assert (both.text, both.buttons) == ("短\n\n问", buttons)
    first, second = arranged([Part("提示"), Part(f"{SENTENCES[:600]}\n\n第 3 题", buttons)], room, Kept())
    assert first.text == f"提示\n\n{SENTENCES[:600]}".strip() and not first.buttons
    assert (second.text, second.buttons) == ("第 3 题", buttons)
    assert arranged([Part("长" * 400, buttons)], room, Kept())[-1].text == "请选择："


def test_buttons_stand_under_their_question_and_not_under_a_source() -> None:
    buttons, source = (("1. 甲", "勾选 1"),), "依据 四（一）3：https://z.example/plan#c4-1-3"
    question = "第 4/11 题 · 业务种类\n它做的是哪一类？\n1. 甲\n2. 乙"
    told, room = f"您反映的情况我记下了。{SENTENCES[:400]}", Room(2048, 5, head_bytes=1024)
    first, second = arranged([Part(f"{told}\n\n{question}\n\n{source}", buttons)], room, Kept())
    assert (first.text, second.text) == (told.strip(), f"{question}\n\n{source}") and second.buttons == buttons
    quoted = f"【二（一）1】{'平台不得设立资金池。' * 40}"
    first, second = arranged([Part(f"{quoted}\n\n{source}", buttons)], room, Kept())
    assert (first.text, second.text) == (f"{quoted}\n\n{source}", "请选择：")


def test_more_choices_than_a_menu_holds_go_on_in_the_next() -> None:
    buttons = tuple((f"修改第{number}项", f"修改第{number}项") for number in range(1, 14))
    first, second = arranged([Part("请核对", buttons)], Room(2048, 5, 1024, 10), Kept())
    assert (first.text, second.text) == ("请核对", "还可以选择：")
    assert (*first.buttons, *second.buttons) == buttons and len(first.buttons) == 10


def test_a_member_is_sent_no_more_than_the_platform_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    pace, waited, sleep, here = MemberPace((RateLimitItemPerHour(2),)), list[float](), asyncio.sleep, get_ident()

    async def an_hour(seconds: float) -> None:
        if get_ident() != here:  # the far end's own server
            await sleep(seconds)
            return
        waited.append(seconds)
        pace.forget()

    monkeypatch.setattr("bot.channels.tencent.wecom.asyncio.sleep", an_hour)

    async def five() -> None:
        for member in ("zhou", "zhou", "wang", "wang"):
            await pace.may_send(member)
        assert not waited
        await pace.may_send("zhou")

    asyncio.run(five())
    assert len(waited) == 1 and 0 < waited[0] <= 3600


def test_files_that_are_too_many_come_in_one_archive() -> None:
    files = [Part(file=f"/f{number}", name=f"材料{number % 2}") for number in range(6)]
    fitted = arranged([Part("已提交"), *files], Room(2048, 5, head_bytes=1024), Kept())
    assert len(fitted) == 5 and fitted[-1].name.endswith(".zip")

    async def fetch(path: str) -> File:
        return File("表.pdf", path.encode())

    async def opened() -> File:
        assert (await unbundling(fetch)("/f0")).content == b"/f0"
        return await unbundling(fetch)(fitted[-1].file)

    with zipfile.ZipFile(io.BytesIO(asyncio.run(opened()).content)) as bundle:
        assert sorted(bundle.read(name) for name in bundle.namelist()) == [b"/f3", b"/f4", b"/f5"]


# What stands in files -----------------------------------------------------------------------------------------------


def test_the_menus_are_what_the_platforms_take() -> None:
    for which in ("service_account", "wecom"):
        buttons = as_buttons(menus().of(which), "https://z.example/")["button"]
        assert 1 <= len(buttons) <= 3 and all(1 <= len(entry["sub_button"]) <= 5 for entry in buttons)
        assert "https://z.example/plan" in json.dumps(buttons)


@pytest.mark.parametrize(
    ("scene", "message"),
    [("status", "查举报进度"), ("report", "我要举报"), ("resume_CDFG-HJKM-NPQR", "CDFG-HJKM-NPQR"), ("x'--", "你好")],
)
def test_what_a_scanned_code_says(scene: str, message: str) -> None:
    assert said_by_scene(scene) == message
